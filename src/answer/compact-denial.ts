// Compact denial of existence (RFC 9824): one NSEC record at the very name that was asked for, made and signed while answering, says which types there are;
// where the name is not there at all, it says NXNAME. What a wildcard stands in for is signed as the name's own.
//
// Not a hot path: it makes a signature, which costs several times what all else of an answer does. Zones that are signed ahead never come here.

import type { Now } from "#engine";
import { maxNameOctets, maxTtl, RrType } from "#wire";
import {
  indexChoiceOctets,
  indexHeadOctets,
  none,
  type RrsetReader,
  type ZoneReader,
  type ZoneSearch,
} from "#zone";
import type { OnlineSigning } from "./online-signing.ts";
import { type ResponseWriter, Section } from "./response-writer.ts";
import { putSuccessor } from "./successor.ts";

/** Octets of a bitmap with every window full (RFC 4034 section 4.1.2). */
const maxBitmapOctets = 256 * 34;
const bitmapOctets = 65_536 / 8;
const windowOctets = 32;

/** Says what is not there in zones that are signed while answering. */
export class CompactDenial {
  /** Whether something could not be signed, so that there is no answer. */
  isUnsigned = false;
  readonly #zones: ZoneReader;
  readonly #writer: ResponseWriter;
  readonly #signing: OnlineSigning | undefined;
  readonly #rdata = new Uint8Array(maxNameOctets + maxBitmapOctets);
  readonly #types = new Uint8Array(bitmapOctets);
  #now: Now = { monotonic: 0, wall: 0 };
  #from: Uint8Array | undefined;

  /** @param signing  absent: no zone is signed so */
  constructor(zones: ZoneReader, writer: ResponseWriter, signing: OnlineSigning | undefined) {
    this.#zones = zones;
    this.#writer = writer;
    this.#signing = signing;
  }

  /** Begins a response. @param from  the address that asks where it is shown to be the asker's: over TCP it is; else undefined */
  begin(now: Now, from: Uint8Array | undefined): void {
    this.isUnsigned = false;
    this.#now = now;
    this.#from = from;
  }

  /** The signer of a zone that is signed while answering, by the name of its apex; `none` for others. */
  signerOf(name: Uint8Array, apexAt: number): number {
    return this.#signing === undefined || this.#signing.isEmpty ? none : this.#signing.find(name, apexAt);
  }

  /** Proves that a type is not at a name that is there, or that a wildcard stands in for. @returns whether it fitted */
  proveNoData(
    signer: number,
    zone: number,
    name: Uint8Array,
    at: number,
    found: ZoneSearch,
    section: number,
  ): boolean {
    const node = found.node === none ? found.wildcard : found.node;
    return this.#putLink(signer, zone, name, at, found.apexAt, node, node === found.cut, section);
  }

  /** Says of a name that it is not there. @returns whether it fitted. @see RFC 9824 section 3.1 */
  proveNoName(
    signer: number,
    zone: number,
    name: Uint8Array,
    at: number,
    found: ZoneSearch,
    section: number,
  ): boolean {
    return this.#putLink(signer, zone, name, at, found.apexAt, none, false, section);
  }

  /** Proves that a delegation has no DS. @returns whether it fitted */
  proveInsecure(signer: number, zone: number, name: Uint8Array, { cut, cutAt, apexAt }: ZoneSearch): boolean {
    return this.#putLink(signer, zone, name, cutAt, apexAt, cut, true, Section.AUTHORITY);
  }

  /**
   * Writes the signature over an RRset that a wildcard gave and that was written just before.
   * @param zones  what it is read from: the zones, or what was chosen among several sets
   * @see RFC 9824 section 3.3
   */
  putExpanded(signer: number, name: Uint8Array, at: number, zones: RrsetReader, rrset: number): boolean {
    const rdata: Uint8Array[] = [];
    for (let i = 0; i < zones.count(rrset); i++) {
      const octets = new Uint8Array(zones.rdataLength(rrset, i));
      zones.copyRdata(rrset, i, octets, 0);
      rdata.push(octets);
    }
    const ttl = Math.min(zones.ttl(rrset), maxTtl);
    return this.#putSignatures(signer, Section.ANSWER, name, at, zones.type(rrset), ttl, rdata);
  }

  /** @param node  whose types there are; `none` for a name that is not there. @param isCut  of these the parent has NS and DS alone */
  #putLink(
    signer: number,
    zone: number,
    name: Uint8Array,
    at: number,
    apexAt: number,
    node: number,
    isCut: boolean,
    section: number,
  ): boolean {
    const length = putSuccessor(name, at, apexAt, this.#rdata);
    const end = this.#putBitmap(node, isCut, length);
    const rdata = this.#rdata.slice(0, end);
    const ttl = this.#negativeTtl(zone);
    return (
      this.#writer.putMade(section, name, at, RrType.NSEC, ttl, rdata) &&
      this.#putSignatures(signer, section, name, at, RrType.NSEC, ttl, [rdata])
    );
  }

  #putSignatures(
    signer: number,
    section: number,
    name: Uint8Array,
    at: number,
    type: number,
    ttl: number,
    rdata: readonly Uint8Array[],
  ): boolean {
    const signatures = this.#signing?.sign(signer, name, at, type, ttl, rdata, this.#now, this.#from);
    if (signatures === undefined || signatures.length === 0) {
      this.isUnsigned = true;
      return false;
    }
    for (const signature of signatures)
      if (!this.#writer.putMade(section, name, at, RrType.RRSIG, ttl, signature)) return false;
    return true;
  }

  /** Writes the bitmap of a node's types behind the next name, and returns where it ends. @see RFC 4034 section 4.1.2 */
  #putBitmap(node: number, isCut: boolean, at: number): number {
    const zones = this.#zones;
    const types = this.#types;
    types.fill(0);
    // Two types come with the record itself: it is an NSEC, and is signed.
    setType(types, RrType.RRSIG);
    setType(types, RrType.NSEC);
    if (node === none) setType(types, RrType.NXNAME);
    const count = node === none ? 0 : zones.rrsetCount(node);
    for (let i = 0; i < count; i++) {
      const type = zones.type(zones.rrsetAt(node, i));
      if (!isCut || type === RrType.NS || type === RrType.DS) setType(types, type);
    }
    if (node !== none && !isCut) this.#setChosenTypes(node);
    const octets = this.#rdata;
    let to = at;
    for (let window = 0; window < 256; window++) {
      const from = window * windowOctets;
      let length = windowOctets;
      while (length > 0 && types[from + length - 1] === 0) length--;
      if (length === 0) continue;
      octets[to++] = window;
      octets[to++] = length;
      for (let i = 0; i < length; i++) octets[to++] = types[from + i]!;
    }
    return to;
  }

  /** Types of which a name has sets that are chosen from: perhaps none beside them that is always there. */
  #setChosenTypes(node: number): void {
    const zones = this.#zones;
    const policies = zones.policies(node);
    if (policies === none) return;
    const index = new Uint8Array(zones.rdataLength(policies, 0));
    zones.copyRdata(policies, 0, index, 0);
    for (let at = 0; at < index.length; at += indexHeadOctets + index[at + 3]! * indexChoiceOctets)
      setType(this.#types, (index[at]! << 8) | index[at + 1]!);
  }

  /** The lesser of the SOA's TTL and its MINIMUM. @see RFC 9077 section 3 */
  #negativeTtl(zone: number): number {
    const zones = this.#zones;
    const soa = zones.rrset(zones.apex(zone), RrType.SOA);
    if (soa === none) return 0;
    const end = zones.rdataLength(soa, 0);
    const minimum = zones.rdataU16(soa, 0, end - 4) * 65_536 + zones.rdataU16(soa, 0, end - 2);
    return Math.min(zones.ttl(soa), minimum, maxTtl);
  }
}

function setType(types: Uint8Array, type: number): void {
  types[type >> 3] = types[type >> 3]! | (0x80 >> (type & 7));
}
