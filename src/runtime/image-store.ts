// The platform's own store of images: what `fairlead push-image` sends, checked in full before it is kept, under the digest of its octets. One
// process writes (control, on behalf of the API), another reads (the runtime): records are replaced whole, blobs never change.
//
//     FOLDER/images/HEX.json   the record of an image: its parts, what it runs (image-record.ts)
//     FOLDER/blobs/HEX         a configuration or a layer, as it came
//     FOLDER/incoming/N/       an archive that is being taken in; gone when that is over, and at the next start

import { createHash, randomUUID } from "node:crypto";
import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join, posix } from "node:path";
import { Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { PlatformError } from "#contract";
import { findImage, type ArchivedFile, type ArchivedFiles, type LayerForm } from "./image-archive.ts";
import { runOf, type StoredImage, type StoredLayer } from "./image-record.ts";
import { readJsonFile, replaceFile } from "./json-file.ts";
import { ArchiveFailure, readTar, type TarBounds } from "./tar-reader.ts";
import { tarEnd, tarHeader, tarPadding } from "./tar-writer.ts";
import { checkLayer, unpackLayer } from "./unpack-layer.ts";

/** Bounds of a store. */
export interface ImageBounds {
  /** Octets of an archive as it is sent. */
  readonly maxArchiveOctets: number;
  /** Octets of all layers of an image uncompressed: what it takes when it is unpacked. */
  readonly maxUnpackedOctets: number;
  /** Files, folders and links of all layers of an image. */
  readonly maxEntries: number;
}

/** Large images of machine learning apart, hardly any has a tenth of these. */
const defaultBounds: ImageBounds = {
  maxArchiveOctets: 4 * 2 ** 30,
  maxUnpackedOctets: 8 * 2 ** 30,
  maxEntries: 500_000,
};
/** Members of an archive: layers and documents, and old ones' folders. */
const maxMembers = 10_000;
/** Links that are followed from one name to its file. */
const maxLinks = 8;
const digestPattern = /^sha256:([0-9a-f]{64})$/;

/** Keeps images. */
export class ImageStore {
  readonly #folder: string;
  readonly #bounds: ImageBounds;
  /** Archives are taken in one at a time: each may need room for all of it. */
  #last: Promise<unknown> = Promise.resolve();

  /** @param folder  made with mode 0700 where absent */
  constructor(folder: string, bounds: Partial<ImageBounds> = {}) {
    this.#folder = folder;
    this.#bounds = { ...defaultBounds, ...bounds };
    for (const inner of ["images", "blobs", "incoming"])
      mkdirSync(join(folder, inner), { recursive: true, mode: 0o700 });
  }

  /** Removes what an earlier process was taking in when it ended. For the one process that writes, before it does. */
  sweep(): void {
    rmSync(join(this.#folder, "incoming"), { recursive: true, force: true });
    mkdirSync(join(this.#folder, "incoming"), { mode: 0o700 });
    this.#removeUnused();
  }

  /**
   * Takes in an archive: an OCI layout as a tar archive, or what `docker save` or `podman save` write; compressed as a whole or not. One that is
   * there already is given as it is.
   *
   * Throws `image-malformed` for what is no image for this machine, `input-too-large`, `disk-full`.
   */
  add(archive: AsyncIterable<Uint8Array>): Promise<StoredImage> {
    const added = this.#last.then(() => this.#add(archive));
    this.#last = added.catch(() => {}); // whoever asked is told
    return added;
  }

  /** The images, those that came last first. */
  list(): StoredImage[] {
    return readdirSync(join(this.#folder, "images"))
      .flatMap((name) => this.get(`sha256:${name.replace(/\.json$/, "")}`) ?? [])
      .sort((a, b) => b.storedAt - a.storedAt);
  }

  /** An image by its digest. */
  get(digest: string): StoredImage | undefined {
    const hex = digestPattern.exec(digest)?.[1];
    if (hex === undefined) return undefined;
    const record = readJsonFile(this.#recordPath(hex)) as Partial<StoredImage> | undefined;
    return record?.digest === digest && Array.isArray(record.layers) ? (record as StoredImage) : undefined;
  }

  /** Removes an image and what no other has of it. @returns false where it is not there */
  remove(digest: string): boolean {
    const image = this.get(digest);
    if (!image) return false;
    rmSync(this.#recordPath(hexOf(digest)), { force: true });
    this.#removeUnused();
    return true;
  }

  /** An image as `docker load` takes it, its layers uncompressed, under a name. Throws where it is not there. */
  archiveOf(digest: string, reference: string): Readable {
    const image = this.#known(digest);
    return Readable.from(this.#archive(image, reference), { objectMode: false });
  }

  /**
   * Unpacks an image into an empty folder. Throws where it is not there, and what the file system reports; what is in the folder then is of no use.
   * @param keepsOwners  see `unpackLayer`
   */
  async unpack(digest: string, root: string, keepsOwners: boolean): Promise<StoredImage> {
    const image = this.#known(digest);
    for (const layer of image.layers)
      await unpackLayer(this.#uncompressed(layer), root, this.#tarBounds(), keepsOwners);
    return image;
  }

  async #add(archive: AsyncIterable<Uint8Array>): Promise<StoredImage> {
    const incoming = join(this.#folder, "incoming", randomUUID());
    mkdirSync(incoming, { mode: 0o700 });
    try {
      const members = await this.#receive(archive, incoming);
      const found = await findImage(members);
      const earlier = this.get(found.digest);
      if (earlier) return earlier;
      let left = this.#bounds.maxUnpackedOctets;
      let entries = this.#bounds.maxEntries;
      const layers: StoredLayer[] = [];
      for (const { digest, octets, diffId } of found.layers) {
        const checked = await check(members.pathOf(digest), diffId, { maxOctets: left, maxEntries: entries });
        left -= checked.octets;
        entries -= checked.entries;
        layers.push({ digest, octets, form: checked.form, diffId, unpackedOctets: checked.octets });
      }
      const image: StoredImage = {
        digest: found.digest,
        config: { digest: found.config.digest, octets: found.config.octets },
        layers,
        references: found.references,
        octets: layers.reduce((sum, { octets }) => sum + octets, found.config.octets),
        storedAt: Date.now(),
        run: runOf(found.configText),
      };
      for (const { digest } of [image.config, ...layers]) this.#keep(members.pathOf(digest), hexOf(digest));
      replaceFile(this.#recordPath(hexOf(image.digest)), JSON.stringify(image));
      return image;
    } catch (error) {
      throw inWords(error, this.#bounds);
    } finally {
      rmSync(incoming, { recursive: true, force: true });
      // A client that is refused before all of its archive was read still sends: whoever owns the connection ends it.
    }
  }

  /** Puts the members of an archive on disk, by digest: no name out of it becomes a name here. */
  async #receive(archive: AsyncIterable<Uint8Array>, incoming: string): Promise<Received> {
    const received = new Received(incoming);
    const bounds = { maxEntries: maxMembers, maxOctets: this.#bounds.maxArchiveOctets };
    for await (const { name, type, linkName, content } of readTar(plainOf(archive), bounds)) {
      if (type === "0") received.add(name, await writeHashed(content, incoming));
      else if (type === "1") received.link(name, linkName);
      else if (type === "2") received.link(name, posix.join(posix.dirname(name), linkName));
    }
    return received;
  }

  #keep(from: string, hex: string): void {
    const path = this.#blobPath(hex);
    // The same layer twice in one image is moved once.
    if (!existsSync(from) || (existsSync(path) && statSync(path).size === statSync(from).size)) return;
    renameSync(from, path);
  }

  #removeUnused(): void {
    const used = new Set(
      this.list().flatMap(({ config, layers }) => [config, ...layers].map(({ digest }) => hexOf(digest))),
    );
    for (const hex of readdirSync(join(this.#folder, "blobs")))
      if (!used.has(hex)) rmSync(this.#blobPath(hex), { force: true });
  }

  async *#archive(image: StoredImage, reference: string): AsyncGenerator<Uint8Array> {
    const config = `${hexOf(image.config.digest)}.json`;
    const names = image.layers.map(({ diffId }, i) => `${i}-${hexOf(diffId)}.tar`);
    const list = Buffer.from(JSON.stringify([{ Config: config, RepoTags: [reference], Layers: names }]));
    const configOctets = readFileSync(this.#blobPath(hexOf(image.config.digest)));
    for (const [i, layer] of image.layers.entries()) {
      yield tarHeader({ name: names[i] ?? "", size: layer.unpackedOctets });
      yield* this.#uncompressed(layer);
      yield tarPadding(layer.unpackedOctets);
    }
    for (const [name, octets] of [
      [config, configOctets],
      ["manifest.json", list],
    ] as const) {
      yield tarHeader({ name, size: octets.length });
      yield octets;
      yield tarPadding(octets.length);
    }
    yield tarEnd();
  }

  #uncompressed({ digest, form }: StoredLayer): AsyncIterable<Uint8Array> {
    return uncompressed(this.#blobPath(hexOf(digest)), form);
  }

  #known(digest: string): StoredImage {
    const image = this.get(digest);
    if (!image) throw new Error(`Cannot use image ${digest.slice(0, 80)}: it is not in the image store`);
    return image;
  }

  #tarBounds(): TarBounds {
    const { maxEntries, maxUnpackedOctets: maxOctets } = this.#bounds;
    return { maxEntries, maxOctets };
  }

  #recordPath(hex: string): string {
    return join(this.#folder, "images", `${hex}.json`);
  }

  #blobPath(hex: string): string {
    return join(this.#folder, "blobs", hex);
  }
}

/** Members of an archive that lie on disk under their digests. */
class Received implements ArchivedFiles {
  readonly #folder: string;
  readonly #files = new Map<string, ArchivedFile>();
  readonly #links = new Map<string, string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  add(name: string, file: ArchivedFile): void {
    this.#files.set(posix.normalize(name), file);
  }

  link(name: string, target: string): void {
    this.#links.set(posix.normalize(name), posix.normalize(target));
  }

  file(name: string): ArchivedFile | undefined {
    let at: string | undefined = posix.normalize(name);
    for (let i = 0; at !== undefined && i < maxLinks; i++) {
      const found = this.#files.get(at);
      if (found) return found;
      at = this.#links.get(at);
    }
    return undefined;
  }

  text({ digest, octets }: ArchivedFile, maxOctets: number): Promise<string> {
    if (octets > maxOctets) return Promise.reject(new ArchiveFailure("a document in it is too large"));
    return Promise.resolve(readFileSync(this.pathOf(digest), "utf8"));
  }

  pathOf(digest: string): string {
    return join(this.#folder, hexOf(digest));
  }
}

/** Writes octets into a file that is called by their digest. */
async function writeHashed(content: AsyncIterable<Uint8Array>, folder: string): Promise<ArchivedFile> {
  const beside = join(folder, "part");
  const hash = createHash("sha256");
  let octets = 0;
  const file = openSync(beside, "w", 0o600);
  try {
    for await (const part of content) {
      hash.update(part);
      octets += part.length;
      for (let at = 0; at < part.length;) at += writeSync(file, part, at);
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  const hex = hash.digest("hex");
  renameSync(beside, join(folder, hex));
  return { digest: `sha256:${hex}`, octets };
}

/** Reads a layer through once: its digest, its size, and whether it could be unpacked. */
async function check(
  path: string,
  diffId: string,
  bounds: TarBounds,
): Promise<{ octets: number; entries: number; form: LayerForm }> {
  const form = formIn(path);
  const hash = createHash("sha256");
  let octets = 0;
  const hashed = async function* (): AsyncGenerator<Uint8Array> {
    for await (const part of uncompressed(path, form)) {
      hash.update(part);
      octets += part.length;
      yield part;
    }
  };
  const { entries } = await checkLayer(hashed(), bounds);
  if (`sha256:${hash.digest("hex")}` !== diffId)
    throw new ArchiveFailure("a layer in it is not the one that its configuration names");
  return { octets, entries, form };
}

/** How a file is compressed, by its first octets: media types are wrong at times. */
function formIn(path: string): LayerForm {
  const file = openSync(path, "r");
  try {
    const head = Buffer.alloc(headOctets);
    readSync(file, head, 0, head.length, 0);
    return formOf(head);
  } finally {
    closeSync(file);
  }
}

/** How many octets tell how something is compressed. */
const headOctets = 4;

function formOf(head: Buffer): LayerForm {
  if (head.length < headOctets) return "plain";
  return head.readUInt32BE(0) === 0x28b52ffd ? "zstd" : head.readUInt16BE(0) === 0x1f8b ? "gzip" : "plain";
}

/** The octets of an archive, which may have been compressed as a whole. */
async function* plainOf(archive: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const parts = archive[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  while (head.length < headOctets) {
    const { value, done } = await parts.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }
  const form = formOf(head);
  const whole = async function* (): AsyncGenerator<Uint8Array> {
    yield head;
    for (let next = await parts.next(); next.done !== true; next = await parts.next()) yield next.value;
  };
  if (form === "plain") yield* whole();
  else yield* decompressed(Readable.from(whole(), { objectMode: false }), form);
}

function uncompressed(path: string, form: LayerForm): AsyncIterable<Uint8Array> {
  const octets = createReadStream(path, { highWaterMark: 256 << 10 });
  return form === "plain" ? (octets as AsyncIterable<Buffer>) : decompressed(octets, form);
}

function decompressed(octets: Readable, form: "gzip" | "zstd"): AsyncIterable<Uint8Array> {
  const stream = form === "gzip" ? createGunzip() : createZstdDecompress();
  octets.once("error", (error) => stream.destroy(error));
  stream.once("close", () => octets.destroy());
  return octets.pipe(stream) as AsyncIterable<Buffer>;
}

function hexOf(digest: string): string {
  return digest.slice("sha256:".length);
}

function inWords(error: unknown, { maxArchiveOctets }: ImageBounds): unknown {
  if (error instanceof PlatformError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof ArchiveFailure) {
    return /more than \d+ (?:octets|members)$/.test(message)
      ? new PlatformError("input-too-large", `Cannot take in the image: ${message}`, { cause: error })
      : new PlatformError("image-malformed", `Cannot take in the image: ${message}`, { cause: error });
  }
  if (code?.startsWith("Z_") || code?.startsWith("ZSTD_"))
    return new PlatformError(
      "image-malformed",
      "Cannot take in the image: what is compressed in it is damaged",
      {
        cause: error,
      },
    );
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG")
    return new PlatformError(
      "disk-full",
      `Cannot take in the image: there is no room for it (at most ${maxArchiveOctets} octets are taken)`,
      { cause: error },
    );
  return error;
}
