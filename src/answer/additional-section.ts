// Hot path (bench/answer.ts): the additional section. Glue of referrals (RFC 9471), and the addresses of names that
// answers point at (RFC 1034 section 4.3.2 step 6, RFC 2782, RFC 9460 section 4.1), from the same zone only.

import { lowerCase, maxRdataOctets, maxTtl, RrType } from "#wire";
import { none, type ZoneReader, ZoneSearch } from "#zone";
import { isAtOrBelow } from "./octet-names.ts";
import { type ResponseWriter, Section } from "./response-writer.ts";

/** RRsets in one response that are remembered, so that none is written twice. Beyond that, repetition is harmless. */
const maxPlaced = 64;

/** Writes additional sections. */
export class AdditionalSection {
  readonly #zones: ZoneReader;
  readonly #writer: ResponseWriter;
  readonly #found = new ZoneSearch();
  readonly #target = new Uint8Array(maxRdataOctets);
  /** Whether signatures go with what is written: the DO bit of the query. */
  isDnssecOk = false;
  readonly #placed = new Int32Array(maxPlaced);
  #placedCount = 0;

  constructor(zones: ZoneReader, writer: ResponseWriter) {
    this.#zones = zones;
    this.#writer = writer;
  }

  /** Forgets the last response. */
  begin(): void {
    this.#placedCount = 0;
  }

  /** Remembers that an RRset is in the response, in any section. */
  place(rrset: number): void {
    if (this.#placedCount < maxPlaced) this.#placed[this.#placedCount++] = rrset;
  }

  /** Tells whether an RRset is remembered. */
  isPlaced(rrset: number): boolean {
    for (let i = 0; i < this.#placedCount; i++) if (this.#placed[i] === rrset) return true;
    return false;
  }

  /**
   * Writes the addresses of a delegation's name servers, as far as the zone has them: first those at or below the
   * cut, then those elsewhere in the zone (glue of sibling domain name servers).
   *
   * @param name  the buffer with the name asked for; the cut is at `cutAt` in it and the zone's apex at `apexAt`
   * @returns false where glue of an in-domain name server did not fit
   * @see RFC 9471 section 3.1
   */
  addGlue(zone: number, ns: number, name: Uint8Array, cutAt: number, apexAt: number): boolean {
    const target = this.#target;
    const zones = this.#zones;
    const count = zones.count(ns);
    let isComplete = true;
    for (let i = 0; i < count; i++) {
      zones.copyRdata(ns, i, target, 0);
      if (!isAtOrBelow(target, 0, name, cutAt)) continue;
      const node = zones.findNode(zone, target, 0);
      if (node !== none && !this.#addAddresses(node, 0)) isComplete = false;
    }
    if (!isComplete) return false;
    for (let i = 0; i < count; i++) {
      zones.copyRdata(ns, i, target, 0);
      if (isAtOrBelow(target, 0, name, cutAt) || !isAtOrBelow(target, 0, name, apexAt)) continue;
      const node = zones.findNode(zone, target, 0);
      // RFC 9471 section 3.2: glue of sibling domain name servers may be left out.
      if (node !== none) this.#addAddresses(node, 0);
    }
    return true;
  }

  /**
   * Writes the addresses of what the records of an answered RRset point at, and its service bindings where they are such (RFC 9460 section 4.1),
   * where they are the zone's own.
   * What does not fit is left out (RFC 2181 section 9).
   *
   * @param name  the buffer with the RRset's owner at `nameAt` and the zone's apex at `apexAt`
   */
  addTargets(zone: number, rrset: number, name: Uint8Array, nameAt: number, apexAt: number): void {
    const zones = this.#zones;
    const type = zones.type(rrset);
    const targetAt = targetOffset(type);
    if (targetAt === none) return;
    const target = this.#target;
    const count = zones.count(rrset);
    for (let i = 0; i < count; i++) {
      zones.copyRdata(rrset, i, target, 0);
      if (target[targetAt] !== 0) {
        if (isAtOrBelow(target, targetAt, name, apexAt)) this.#addAnswerable(zone, target, targetAt, type);
      } else if (isServiceMode(type, target)) {
        // RFC 9460 section 2.5.2: in ServiceMode "." is the owner itself.
        this.#addAnswerable(zone, name, nameAt, type);
      }
    }
  }

  /**
   * Writes the addresses of a name that the zone answers for, by its own node or a wildcard's.
   * @param type  what points there: a service binding may lead to another one
   */
  #addAnswerable(zone: number, name: Uint8Array, at: number, type: number): void {
    const found = this.#found;
    const zones = this.#zones;
    zones.search(zone, name, at, found);
    if (found.cut !== none || found.dname !== none) return;
    const own = found.node === none ? found.wildcard : found.node;
    // Which of several sets is to be given, only a question for it decides.
    if (own === none || zones.policies(own) !== none) return;
    if (found.node !== none) {
      this.#addRrset(found.node, RrType.A, name, at);
      this.#addRrset(found.node, RrType.AAAA, name, at);
      if (isServiceBinding(type)) this.#addRrset(found.node, type, name, at);
      return;
    }
    const { wildcard } = found;
    // A wildcard's sets are written once for each name that they stand in for.
    if (this.isPlaced(expansionKey(wildcard, name, at))) return;
    this.place(expansionKey(wildcard, name, at));
    this.#putExpanded(wildcard, RrType.A, name, at);
    this.#putExpanded(wildcard, RrType.AAAA, name, at);
    if (isServiceBinding(type)) this.#putExpanded(wildcard, type, name, at);
  }

  #putExpanded(node: number, type: number, name: Uint8Array, at: number): void {
    const rrset = this.#zones.rrset(node, type);
    if (rrset !== none) this.#put(node, rrset, name, at);
  }

  #addAddresses(node: number, at: number): boolean {
    const hasRoomForA = this.#addRrset(node, RrType.A, this.#target, at);
    const hasRoomForAaaa = this.#addRrset(node, RrType.AAAA, this.#target, at);
    return hasRoomForA && hasRoomForAaaa;
  }

  /** Returns false where there is such an RRset and it does not fit. */
  #addRrset(node: number, type: number, name: Uint8Array, at: number): boolean {
    const rrset = this.#zones.rrset(node, type);
    if (rrset === none || this.isPlaced(rrset)) return true;
    if (!this.#put(node, rrset, name, at)) return false;
    this.place(rrset);
    return true;
  }

  /** Writes an RRset with its signatures. Returns false where it does not fit. */
  #put(node: number, rrset: number, name: Uint8Array, at: number): boolean {
    if (!this.#writer.putRrset(Section.ADDITIONAL, name, at, this.#zones, rrset, maxTtl)) return false;
    // What does not fit of these is left out (RFC 4035 section 3.1.1).
    if (this.isDnssecOk)
      this.#writer.putSignatures(Section.ADDITIONAL, name, at, this.#zones, node, rrset, maxTtl);
    return true;
  }
}

/** Stands for a wildcard's node and a name that it stands in for. Below -1, so that it is no handle. Two that are alike leave out what is optional. */
function expansionKey(node: number, name: Uint8Array, at: number): number {
  let hash = node;
  for (let i = at; name[i] !== 0;) {
    const end = i + name[i]! + 1;
    for (; i < end; i++) hash = Math.imul(hash ^ lowerCase[name[i]!]!, 0x01000193);
  }
  return hash | 0x8000_0000;
}

/** Where in the RDATA of a type the name stands whose addresses are wanted next, or `none`. */
function targetOffset(type: number): number {
  switch (type) {
    case RrType.NS:
      return 0;
    case RrType.MX:
    case RrType.SVCB:
    case RrType.HTTPS:
      return 2;
    case RrType.SRV:
      return 6;
    default:
      return none;
  }
}

function isServiceBinding(type: number): boolean {
  return type === RrType.SVCB || type === RrType.HTTPS;
}

function isServiceMode(type: number, rdata: Uint8Array): boolean {
  return isServiceBinding(type) && (rdata[0] !== 0 || rdata[1] !== 0);
}
