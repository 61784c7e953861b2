// What a zone that is kept signed holds of a name. Between two changes that is one text, a character an octet: of objects, of which each signature would
// be three, a name costs six times as much as its records and signatures have octets. What is touched is opened, and closed when that is done.

import { Name } from "#wire";
import type { Rrset } from "#zone";
import type { ZoneNode } from "./authority.ts";

/** An RRset with the signatures over it. */
export interface LiveRrset {
  readonly rrset: Rrset;
  /** RDATA of each RRSIG. */
  readonly signatures: readonly Uint8Array[];
}

/** A name while it is open. */
interface OpenNode {
  readonly owner: Name;
  readonly rrsets: Map<number, Rrset>;
  signed: Map<number, LiveRrset>;
}

/** See the head of this file. */
export class LiveNode {
  /** {@link placeOf} its owner. */
  readonly place: string;
  kind: ZoneNode["kind"] = "plain";
  #packed = "";
  #open: OpenNode | undefined;
  /** Nodes that are open: whoever opens them closes them. */
  readonly #opened: Set<LiveNode>;

  constructor(owner: Name, opened: Set<LiveNode>) {
    this.place = placeOf(owner);
    this.#opened = opened;
    this.#open = { owner, rrsets: new Map(), signed: new Map() };
    opened.add(this);
  }

  get owner(): Name {
    return this.#open?.owner ?? ownerIn(this.#packed);
  }

  /** The zone's own RRsets there, by type. */
  get rrsets(): Map<number, Rrset> {
    return this.#opening().rrsets;
  }

  /** What is signed at this owner, by type; the chain's link among it. */
  get signed(): Map<number, LiveRrset> {
    return this.#opening().signed;
  }

  set signed(signed: Map<number, LiveRrset>) {
    this.#opening().signed = signed;
  }

  /** The name with its own RRsets as the zone has them; what is closed stays closed. */
  view(): ZoneNode {
    const { owner, rrsets } = this.#open ?? unpackNode(this.#packed);
    return { owner, kind: this.kind, rrsets: [...rrsets.values()].sort((a, b) => a.type - b.type) };
  }

  /** Each thing that is signed there; what is closed stays closed. */
  peek(): ReadonlyMap<number, LiveRrset> {
    return (this.#open ?? unpackNode(this.#packed)).signed;
  }

  /** Closes it; nothing where it is closed. */
  close(): void {
    if (!this.#open) return;
    this.#packed = packNode(this.#open);
    this.#open = undefined;
    this.#opened.delete(this);
  }

  #opening(): OpenNode {
    if (!this.#open) {
      this.#open = unpackNode(this.#packed);
      this.#packed = "";
      this.#opened.add(this);
    }
    return this.#open;
  }
}

/**
 * Where a name stands: texts in the order of their code units are names in canonical order (RFC 4034 section 6.1), and that of a name begins that of every
 * name below it. Labels from the right, each with an end that is lower than all octets; 0 and 1 are written as two.
 */
export function placeOf(owner: Name): string {
  const { octets } = owner;
  let place = "";
  for (let at = 0, length = octets[0]!; length !== 0; at += 1 + length, length = octets[at]!) {
    let label = "";
    for (let i = at + 1; i <= at + length; i++) {
      let octet = octets[i]!;
      if (octet >= 0x41 && octet <= 0x5a) octet += 0x20;
      label += octet > 1 ? String.fromCharCode(octet) : String.fromCharCode(1, octet + 1);
    }
    place = `${label}\0${place}`;
  }
  return place;
}

/** One thing that is signed, as one text. */
export function packSigned({ rrset, signatures }: LiveRrset): string {
  const writer = new Packer();
  writer.name(rrset.owner);
  writer.rrset(rrset);
  writer.records(signatures);
  return writer.text();
}

/** What {@link packSigned} has packed. */
export function unpackSigned(text: string): LiveRrset {
  const reader = new Unpacker(text);
  const rrset = reader.rrset(reader.name());
  return { rrset, signatures: reader.records() };
}

function packNode({ owner, rrsets, signed }: OpenNode): string {
  const writer = new Packer();
  writer.name(owner);
  writer.number(rrsets.size);
  for (const rrset of rrsets.values()) writer.rrset(rrset);
  writer.number(signed.size);
  for (const [type, { rrset, signatures }] of signed) {
    writer.number(type);
    const isOwn = rrsets.get(type) === rrset;
    writer.number(isOwn ? 1 : 0);
    if (!isOwn) writer.rrset(rrset);
    writer.records(signatures);
  }
  return writer.text();
}

function unpackNode(text: string): OpenNode {
  const reader = new Unpacker(text);
  const owner = reader.name();
  const rrsets = new Map<number, Rrset>();
  for (let left = reader.number(); left > 0; left--) {
    const rrset = reader.rrset(owner);
    rrsets.set(rrset.type, rrset);
  }
  const signed = new Map<number, LiveRrset>();
  for (let left = reader.number(); left > 0; left--) {
    const type = reader.number();
    const own = reader.number() === 1 ? rrsets.get(type) : undefined;
    signed.set(type, { rrset: own ?? reader.rrset(owner), signatures: reader.records() });
  }
  return { owner, rrsets, signed };
}

function ownerIn(text: string): Name {
  return new Unpacker(text.slice(0, maxOwnerCharacters)).name();
}

/** A name with its length. */
const maxOwnerCharacters = 2 + 255;

/** Puts numbers and octets behind one another. */
class Packer {
  #octets = scratch;
  #at = 0;

  number(value: number): void {
    this.#room(2);
    this.#octets[this.#at++] = value >>> 8;
    this.#octets[this.#at++] = value;
  }

  name({ octets }: Name): void {
    this.#put(octets);
  }

  rrset({ type, ttl, rdata }: Rrset): void {
    this.number(type);
    this.number(ttl >>> 16);
    this.number(ttl & 0xffff);
    this.records(rdata);
  }

  records(records: readonly Uint8Array[]): void {
    this.number(records.length);
    for (const octets of records) this.#put(octets);
  }

  text(): string {
    return this.#octets.toString("latin1", 0, this.#at);
  }

  #put(octets: Uint8Array): void {
    this.number(octets.length);
    this.#room(octets.length);
    this.#octets.set(octets, this.#at);
    this.#at += octets.length;
  }

  #room(more: number): void {
    if (this.#at + more <= this.#octets.length) return;
    const larger = Buffer.alloc(2 * (this.#at + more));
    larger.set(this.#octets.subarray(0, this.#at));
    this.#octets = larger;
  }
}

/** Where most is packed: names with more get room of their own. */
const scratch = Buffer.alloc(2 ** 14);

/** Takes them apart again. */
class Unpacker {
  readonly #octets: Buffer;
  #at = 0;

  constructor(text: string) {
    this.#octets = Buffer.from(text, "latin1");
  }

  number(): number {
    const value = (this.#octets[this.#at]! << 8) | this.#octets[this.#at + 1]!;
    this.#at += 2;
    return value;
  }

  name(): Name {
    const octets = this.#take();
    const name = Name.fromOctets(octets);
    if (!name) throw new RangeError("Cannot read what is held of a name: it begins with none");
    return name;
  }

  rrset(owner: Name): Rrset {
    const type = this.number();
    const ttl = this.number() * 0x1_0000 + this.number();
    return { owner, type, ttl, rdata: this.records() };
  }

  records(): Uint8Array[] {
    const records: Uint8Array[] = [];
    for (let left = this.number(); left > 0; left--) records.push(this.#take());
    return records;
  }

  #take(): Uint8Array {
    const length = this.number();
    const { buffer, byteOffset } = this.#octets;
    const octets = new Uint8Array(buffer, byteOffset + this.#at, length);
    this.#at += length;
    return octets;
  }
}
