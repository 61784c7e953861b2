// Reads tar archives as a stream: POSIX ustar and pax, and GNU's long names and large numbers. Every size is bounded before anything is kept;
// contents go past in pieces. What is no archive, is cut off or wants too much ends the reading with an `ArchiveFailure`.
//
// Names are given as they stand: whoever makes files of them has to see to where they lead (unpack-layer.ts).

import { tarBlockOctets } from "./tar-writer.ts";

/** Why an archive cannot be used, in words. */
export class ArchiveFailure extends Error {
  override name = "ArchiveFailure";
}

/** One member of an archive. */
export interface TarEntry {
  readonly name: string;
  /** The type as it stands in the header: `0` a file, `1` a hard link, `2` a link, `3` and `4` devices, `5` a folder, `6` a pipe. */
  readonly type: string;
  /** Octets of its content. */
  readonly size: number;
  readonly mode: number;
  readonly owner: number;
  readonly group: number;
  /** Seconds since 1970. */
  readonly changed: number;
  readonly linkName: string;
  /** The content in pieces, to be read before the next member is asked for; what is not read is passed over. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** What is read at most. */
export interface TarBounds {
  readonly maxEntries: number;
  /** Octets of the whole archive. */
  readonly maxOctets: number;
}

/** Octets of an extended header: names of 4096 octets and some attributes fit many times. */
const maxExtendedOctets = 1 << 20;
/** Octets of a name: the system's own longest path. */
const maxNameOctets = 4096;

/** Reads the members of an archive, in order. */
export async function* readTar(
  octets: AsyncIterable<Uint8Array>,
  { maxEntries, maxOctets }: TarBounds,
): AsyncGenerator<TarEntry> {
  const source = new BlockSource(octets, maxOctets);
  let extended: Extended = {};
  for (let entries = 0; ;) {
    const header = await source.block();
    if (!header || header.every((octet) => octet === 0)) {
      if (!header && entries === 0) throw new ArchiveFailure("it is empty");
      await source.rest();
      return;
    }
    checkSum(header);
    const type = String.fromCharCode(header[typeAt] || 0x30);
    const size = extended.size ?? numberAt(header, 124, 12);
    if ("xgLK".includes(type)) {
      if (size > maxExtendedOctets) throw new ArchiveFailure("an extended header of it is too large");
      const text = await source.whole(size);
      // What is said for all members that follow (`g`) names nothing that matters here.
      if (type === "x") extended = { ...extended, ...parseExtended(text) };
      else if (type === "L") extended = { ...extended, path: cString(text) };
      else if (type === "K") extended = { ...extended, linkPath: cString(text) };
      continue;
    }
    if (++entries > maxEntries) throw new ArchiveFailure(`it has more than ${maxEntries} members`);
    if (type === "S" || extended.isSparse)
      throw new ArchiveFailure("it has sparse files, which are not supported");
    // Only files have content; old writers give links and folders sizes that mean nothing.
    const hasContent = type === "0" || type === "7" || !/[1-6]/.test(type);
    const content = source.content(hasContent ? size : 0);
    yield {
      name: bounded(extended.path ?? nameOf(header)),
      type: type === "7" ? "0" : type,
      size: hasContent ? size : 0,
      mode: numberAt(header, 100, 8) & 0o7777,
      owner: extended.owner ?? numberAt(header, 108, 8),
      group: extended.group ?? numberAt(header, 116, 8),
      changed: extended.changed ?? numberAt(header, 136, 12),
      linkName: bounded(extended.linkPath ?? stringAt(header, 157, 100)),
      content,
    };
    extended = {};
    for await (const _ of content); // what was left
  }
}

/** What an extended header says of the member after it. */
interface Extended {
  readonly path?: string;
  readonly linkPath?: string;
  readonly size?: number;
  readonly owner?: number;
  readonly group?: number;
  readonly changed?: number;
  readonly isSparse?: boolean;
}

const typeAt = 156;

/** Octets in blocks, as they come. */
class BlockSource {
  readonly #octets: AsyncIterator<Uint8Array>;
  readonly #maxOctets: number;
  #chunk: Uint8Array = new Uint8Array();
  #at = 0;
  #read = 0;

  constructor(octets: AsyncIterable<Uint8Array>, maxOctets: number) {
    this.#octets = octets[Symbol.asyncIterator]();
    this.#maxOctets = maxOctets;
  }

  /** One block; undefined at the end. */
  async block(): Promise<Buffer | undefined> {
    const first = await this.#some(tarBlockOctets);
    if (!first) return undefined;
    if (first.length === tarBlockOctets) return Buffer.from(first);
    const block = Buffer.alloc(tarBlockOctets);
    block.set(first);
    let length = first.length;
    while (length < tarBlockOctets) {
      const more = await this.#some(tarBlockOctets - length);
      if (!more) throw new ArchiveFailure("it is cut off");
      block.set(more, length);
      length += more.length;
    }
    return block;
  }

  /** The content of a member, and what fills it up. */
  async *content(size: number): AsyncGenerator<Uint8Array> {
    let left = size;
    let padding = (tarBlockOctets - (size % tarBlockOctets)) % tarBlockOctets;
    try {
      while (left > 0) {
        const part = await this.#some(left);
        if (!part) throw new ArchiveFailure("it is cut off");
        left -= part.length;
        yield part;
      }
    } finally {
      // Whoever stops reading leaves the rest to be passed over.
      while (left > 0 || padding > 0) {
        const part = await this.#some(left > 0 ? left : padding);
        if (!part) break;
        if (left > 0) left -= part.length;
        else padding -= part.length;
      }
    }
  }

  /** A small content as a whole. */
  async whole(size: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for await (const part of this.content(size)) parts.push(Uint8Array.from(part));
    return Buffer.concat(parts);
  }

  /** Reads what follows the end of the archive: writers fill it up. */
  async rest(): Promise<void> {
    while (await this.#some(Number.POSITIVE_INFINITY));
  }

  /** Some octets that come next, at most so many; undefined at the end. */
  async #some(most: number): Promise<Uint8Array | undefined> {
    while (this.#at >= this.#chunk.length) {
      const { value, done } = await this.#octets.next();
      if (done === true) return undefined;
      this.#chunk = value;
      this.#at = 0;
      this.#read += value.length;
      if (this.#read > this.#maxOctets)
        throw new ArchiveFailure(`it has more than ${this.#maxOctets} octets`);
    }
    const part = this.#chunk.subarray(this.#at, this.#at + most);
    this.#at += part.length;
    return part;
  }
}

/** The header's octets add up to what it says, its own field counted as blanks. */
function checkSum(header: Buffer): void {
  let sum = 0;
  for (let i = 0; i < header.length; i++) sum += i >= 148 && i < 156 ? 0x20 : (header[i] ?? 0);
  if (sum !== numberAt(header, 148, 8)) throw new ArchiveFailure("it is no tar archive, or damaged");
}

/** A number: octal text, or GNU's form for what has no room in that. */
function numberAt(header: Buffer, at: number, length: number): number {
  const first = header[at] ?? 0;
  if ((first & 0x80) !== 0) {
    let value = 0n;
    for (let i = at + 1; i < at + length; i++) value = (value << 8n) | BigInt(header[i] ?? 0);
    if ((first & 0x7f) !== 0 || value > BigInt(Number.MAX_SAFE_INTEGER))
      throw new ArchiveFailure("a number in it is too large");
    return Number(value);
  }
  const text = stringAt(header, at, length).trim();
  if (text === "") return 0;
  if (!/^[0-7]+$/.test(text)) throw new ArchiveFailure("a number in it is none");
  return Number.parseInt(text, 8);
}

function nameOf(header: Buffer): string {
  const name = stringAt(header, 0, 100);
  const prefix = header.toString("latin1", 257, 263) === "ustar\0" ? stringAt(header, 345, 155) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

function stringAt(header: Buffer, at: number, length: number): string {
  return cString(header.subarray(at, at + length));
}

function cString(octets: Buffer): string {
  const end = octets.indexOf(0);
  return octets.toString("utf8", 0, end < 0 ? octets.length : end);
}

function bounded(name: string): string {
  if (Buffer.byteLength(name) > maxNameOctets) throw new ArchiveFailure("a name in it is too long");
  return name;
}

/** Records of `LENGTH KEY=VALUE` and a line end, the length counting all of it. */
function parseExtended(text: Buffer): Extended {
  let found: Extended = {};
  for (let at = 0; at < text.length;) {
    const blank = text.indexOf(0x20, at);
    const digits = blank < 0 ? "" : text.toString("latin1", at, blank);
    const end = at + (/^[1-9]\d{0,8}$/.test(digits) ? Number(digits) : 0);
    if (end <= blank + 1 || end > text.length || text[end - 1] !== 0x0a)
      throw new ArchiveFailure("an extended header of it is damaged");
    const record = text.toString("utf8", blank + 1, end - 1);
    const key = record.slice(0, record.indexOf("="));
    found = { ...found, ...meaningOf(key, record.slice(key.length + 1)) };
    at = end;
  }
  return found;
}

function meaningOf(key: string, value: string): Extended {
  switch (key) {
    case "path":
      return { path: value };
    case "linkpath":
      return { linkPath: value };
    case "size":
      return { size: numberIn(value) };
    case "uid":
      return { owner: numberIn(value) };
    case "gid":
      return { group: numberIn(value) };
    case "mtime":
      return { changed: numberIn(value.replace(/\..*/s, "").replace(/^-.*/s, "0")) };
    default:
      return key.startsWith("GNU.sparse") ? { isSparse: true } : {};
  }
}

function numberIn(value: string): number {
  const number = Number(value);
  if (!/^\d{1,16}$/.test(value) || !Number.isSafeInteger(number))
    throw new ArchiveFailure("a number in it is none");
  return number;
}
