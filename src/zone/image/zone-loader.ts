// A new zone put into an image record by record, as a zone file or a transfer gives them: what a zone of millions of records is loaded with.
// Records are written from the buffers that they were read to; no object stands for one of them. Records of one name that follow each
// other are written once; a name that comes again later has its node written anew.

import { PlatformError } from "#contract/plain";
import {
  canonicalRdata,
  compareOctets,
  lowerCase,
  maxTtl,
  Name,
  type RecordOctetSink,
  RrType,
  typeName,
} from "#wire";
import type { Arena } from "./arena.ts";
import { policiesType } from "../policies/choices.ts";
import {
  countOf,
  type NodeRrset,
  recordAt,
  rrsetsOf,
  unitsOf,
  writeNode,
  writeRecordNode,
} from "./blocks.ts";
import type { TrieWriter } from "./trie-writer.ts";

/** Room for the records of one name, at first. */
const firstRoom = 4096;

/** Takes the records of one new zone after the other. */
export class ZoneLoader {
  readonly #arena: Arena;
  #apex: Uint8Array = Name.root.octets;
  #trie!: TrieWriter;
  #hashed!: TrieWriter;
  /** The node of the apex: the last one that was written. */
  apexNode = 0;

  // The records of the name at hand: type, TTL, and where their RDATA stands in the scratch.
  readonly #owner = new Uint8Array(256);
  #ownerOctets = 0;
  #types: number[] = [];
  #ttls: number[] = [];
  #starts: number[] = [];
  #lengths: number[] = [];
  #count = 0;
  #scratch = new Uint8Array(firstRoom);
  #used = 0;
  /** The name right above which is known to be there, as it stands in an owner. */
  readonly #above = new Uint8Array(256);
  #aboveOctets = 0;

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  /** Begins a zone. @param apexNode  an empty node, which the trie of names has already */
  begin(apex: Name, trie: TrieWriter, hashed: TrieWriter, apexNode: number): this {
    this.#apex = apex.octets;
    this.#trie = trie;
    this.#hashed = hashed;
    this.apexNode = apexNode;
    this.#count = this.#used = 0;
    this.#ownerOctets = this.#aboveOctets = 0;
    return this;
  }

  /**
   * Takes one record, which is well-formed and of class IN. One that is there already counts once, and the lowest TTL of an RRset holds
   * (RFC 2181 section 5).
   * Throws `name-outside-zone`, and `record-malformed` for a type that no zone has (65535).
   */
  readonly put: RecordOctetSink = (owner, ownerOctets, type, ttl, rdata, rdataOctets) => {
    if (!this.#isOwner(owner, ownerOctets)) {
      this.#flush();
      this.#begin(owner, ownerOctets, type);
    }
    const start = this.#used;
    this.#makeRoom(rdataOctets);
    const scratch = this.#scratch;
    for (let i = 0; i < rdataOctets; i++) scratch[start + i] = rdata[i]!;
    this.#add(type, ttl > maxTtl ? 0 : ttl, start, rdataOctets);
  };

  /** Writes what is still at hand. */
  finish(): void {
    this.#flush();
  }

  #isOwner(owner: Uint8Array, octets: number): boolean {
    if (octets !== this.#ownerOctets) return false;
    for (let i = 0; i < octets; i++) if (lowerCase[owner[i]!] !== lowerCase[this.#owner[i]!]) return false;
    return true;
  }

  #begin(owner: Uint8Array, octets: number, type: number): void {
    for (let i = 0; i < octets; i++) this.#owner[i] = owner[i]!;
    this.#ownerOctets = octets;
    this.#count = 0;
    this.#used = 0;
    if (this.#isInside()) return;
    this.#ownerOctets = 0;
    const name = Name.fromOctets(owner)?.toString() ?? "";
    const apex = Name.fromOctets(this.#apex)?.toString() ?? "";
    throw new PlatformError(
      "name-outside-zone",
      `Cannot put "${name} ${typeName(type)}": it is not in zone "${apex}"`,
    );
  }

  /** Whether the owner ends with the apex, at the beginning of a label. */
  #isInside(): boolean {
    const from = this.#ownerOctets - this.#apex.length;
    if (from < 0) return false;
    for (let i = 0; i < this.#apex.length; i++)
      if (lowerCase[this.#owner[from + i]!] !== lowerCase[this.#apex[i]!]) return false;
    let at = 0;
    while (at < from) at += this.#owner[at]! + 1;
    return at === from;
  }

  #makeRoom(octets: number): void {
    const needed = this.#used + octets;
    if (needed > this.#scratch.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#scratch.length));
      larger.set(this.#scratch.subarray(0, this.#used));
      this.#scratch = larger;
    }
    this.#used = needed;
  }

  #add(type: number, ttl: number, start: number, length: number): void {
    if (type === policiesType)
      throw new PlatformError("record-malformed", `Cannot put a record of ${typeName(type)}: no zone has it`);
    const i = this.#count++;
    this.#types[i] = type;
    this.#ttls[i] = ttl;
    this.#starts[i] = start;
    this.#lengths[i] = length;
  }

  #flush(): void {
    if (this.#count === 0) return;
    let hasHashed = false;
    let hasPlain = false;
    for (let i = 0; i < this.#count; i++) {
      if (this.#isHashed(i)) hasHashed = true;
      else hasPlain = true;
    }
    if (hasHashed) this.#write(this.#hashed, true);
    if (hasPlain && this.#count === 1 && this.#ownerOctets !== this.#apex.length) {
      this.#ensureAbove();
      this.#writeOne();
    } else if (hasPlain) {
      this.#ensureAbove();
      const node = this.#write(this.#trie, false);
      if (this.#ownerOctets === this.#apex.length) this.apexNode = node;
    }
    this.#count = 0;
    this.#ownerOctets = 0;
  }

  /** See `isHashed` in src/zone/hashed.ts. */
  #isHashed(i: number): boolean {
    const type = this.#types[i]!;
    if (type === RrType.NSEC3) return true;
    if (type !== RrType.RRSIG) return false;
    const start = this.#starts[i]!;
    const covered = (this.#scratch[start]! << 8) + this.#scratch[start + 1]!;
    return covered === RrType.NSEC3;
  }

  /** Writes the node of a name with one record, as most have. */
  #writeOne(): void {
    const arena = this.#arena;
    const owner = this.#owner;
    if (this.#trie.find(owner) !== 0) {
      this.#write(this.#trie, false);
      return;
    }
    const [type, ttl] = [this.#types[0]!, this.#ttls[0]!];
    const [from, length] = [this.#starts[0]!, this.#lengths[0]!];
    const node = writeRecordNode(arena, owner, this.#ownerOctets, type, ttl, this.#scratch, from, length);
    this.#trie.putNew(node);
  }

  /** Writes the node of the name at hand, with what stands there already. */
  #write(trie: TrieWriter, isHashed: boolean): number {
    const arena = this.#arena;
    const owner = this.#owner.subarray(0, this.#ownerOctets);
    const before = trie.find(owner);
    const isApex = this.#ownerOctets === this.#apex.length;
    const rrsets = this.#rrsets(isHashed);
    const isAlone = before === 0 || countOf(arena, before) === 0;
    const node = writeNode(arena, owner, isAlone ? rrsets : this.#merged(before, rrsets), isApex);
    if (before === 0) trie.putNew(node);
    else trie.putFound(node);
    if (before !== 0) arena.release(before, unitsOf(arena, before));
    return node;
  }

  /** The RRsets of the records at hand, by type. */
  #rrsets(isHashed: boolean): RrsetAtHand[] {
    const rrsets: RrsetAtHand[] = [];
    for (let i = 0; i < this.#count; i++) {
      if (this.#isHashed(i) !== isHashed) continue;
      const type = this.#types[i]!;
      const rdata = this.#scratch.subarray(this.#starts[i], this.#starts[i]! + this.#lengths[i]!);
      addRecord(rrsets, type, this.#ttls[i]!, rdata);
    }
    return rrsets;
  }

  /** The RRsets of a node and those at hand: what is of one type is one RRset. */
  #merged(node: number, rrsets: readonly RrsetAtHand[]): NodeRrset[] {
    const arena = this.#arena;
    const merged: RrsetAtHand[] = [];
    for (const { type, at } of rrsetsOf(arena, node)) {
      const ttl = arena.words[2 * at + 1]!;
      for (let i = 0; i < countOf(arena, at); i++) {
        const record = recordAt(arena, at, i);
        const length = (arena.octets[record]! << 8) + arena.octets[record + 1]!;
        addRecord(merged, type, ttl, arena.octets.slice(record + 2, record + 2 + length));
      }
    }
    for (const { type, ttl, rdata } of rrsets)
      for (const octets of rdata) addRecord(merged, type, ttl, octets);
    return merged;
  }

  /** Makes the empty non-terminals between the apex and the name at hand. */
  #ensureAbove(): void {
    const owner = this.#owner;
    const apexAt = this.#ownerOctets - this.#apex.length;
    if (apexAt <= 0) return;
    const first = owner[0]! + 1;
    if (first >= apexAt || this.#isAboveKnown(first)) return;
    for (let at = first; at < apexAt; at += owner[at]! + 1) {
      if (this.#trie.find(owner, at) !== 0) break;
      this.#trie.putNew(writeNode(this.#arena, owner.slice(at, this.#ownerOctets), [], false));
    }
    this.#aboveOctets = this.#ownerOctets - first;
    for (let i = 0; i < this.#aboveOctets; i++) this.#above[i] = owner[first + i]!;
  }

  #isAboveKnown(first: number): boolean {
    if (this.#aboveOctets !== this.#ownerOctets - first) return false;
    for (let i = 0; i < this.#aboveOctets; i++) if (this.#above[i] !== this.#owner[first + i]) return false;
    return true;
  }
}

interface RrsetAtHand {
  readonly type: number;
  ttl: number;
  readonly rdata: Uint8Array[];
  /** The records by their canonical form, once there are many. */
  keys?: Set<string>;
}

/** Records of an RRset that are compared one by one. */
const fewRecords = 16;
/** Records that an RRset has room for. */
const maxRecords = 0xffff;

/** Adds a record to the RRset of its type, in the order of types, unless it is there. */
function addRecord(rrsets: RrsetAtHand[], type: number, ttl: number, rdata: Uint8Array): void {
  let at = rrsets.length;
  while (at > 0 && rrsets[at - 1]!.type > type) at--;
  const held = rrsets[at - 1];
  if (held?.type !== type) {
    rrsets.splice(at, 0, { type, ttl, rdata: [rdata] });
    return;
  }
  held.ttl = Math.min(held.ttl, ttl);
  if (isHeld(held, rdata)) return;
  if (held.rdata.length === maxRecords)
    throw new PlatformError(
      "record-malformed",
      `Cannot put an RRset of type ${typeName(type)}: it has more than ${maxRecords} records`,
    );
  held.rdata.push(rdata);
  held.keys?.add(keyOf(type, rdata));
}

function isHeld(rrset: RrsetAtHand, rdata: Uint8Array): boolean {
  const { type } = rrset;
  if (rrset.rdata.length < fewRecords) {
    const canonical = canonicalRdata(type, rdata);
    return rrset.rdata.some((other) => compareOctets(canonicalRdata(type, other), canonical) === 0);
  }
  rrset.keys ??= new Set(rrset.rdata.map((other) => keyOf(type, other)));
  return rrset.keys.has(keyOf(type, rdata));
}

function keyOf(type: number, rdata: Uint8Array): string {
  return canonicalRdata(type, rdata).join();
}
