// Hot path (bench/answer.ts): writes a response into the driver's buffer, with name compression (RFC 1035 section
// 4.1.4) and whole RRsets or nothing. What does not fit is a value: the caller sets TC or leaves it out.
//
// Compression looks up hashes of names written before in a small table and then compares octets, so a table entry
// can be stale or lost without harm. Names match without regard to case; the first spelling stands.

import { headerOctets, lowerCase, maxNameOctets, maxPointerTarget, RrClass, RrType } from "#wire";
import { NameWalk, type RrsetReader } from "#zone";
import { nameEnd } from "./octet-names.ts";
import { readU16 } from "./query.ts";

/** Where the records of a section are counted in the header. */
export const Section: { readonly ANSWER: 6; readonly AUTHORITY: 8; readonly ADDITIONAL: 10 } = {
  ANSWER: 6,
  AUTHORITY: 8,
  ADDITIONAL: 10,
};

/** Octets in our OPT record without its options. */
export const optOctets = 11;

const tableSize = 256;
/** The longest RDATA of the types in which names are compressed: SOA, with two names and five numbers. */
const scratchOctets = 2 * maxNameOctets + 20;

/** Stands for "not at a place a pointer can aim at". */
const nowhere = -1;
/** Stands for "the owner written before". */
const sameOwner = -1;

/** A response in the making. One object writes one response after the other. */
export class ResponseWriter {
  /** Offset after what is written. */
  at = 0;
  /** Where the owner of the last RRset can be pointed at, from the start of the message; -1 where it cannot. */
  ownerPlace: number = nowhere;

  #query: Uint8Array = new Uint8Array(headerOctets);
  #queryNameAt = 0;
  #octets: Uint8Array = new Uint8Array(headerOctets);
  #base = 0;
  #limit = 0;
  #questionAt = 0;
  #isQuestionKnown = false;
  #hasOverflown = false;

  /** Where the apex of the zone that is answered from stands in the question; 0 where it does not, or is the root. */
  #apexPlace = 0;
  #apexOctets = 0;
  /** Of the owner that is written next: its octets where it is in that zone, {@link sameOwner}, or 0 for any. */
  #nextOwner = 0;

  readonly #walk = new NameWalk();
  readonly #scratch = new Uint8Array(scratchOctets);
  // The table: for a hash of a name, where that name was written, and in which message.
  readonly #places = new Uint16Array(tableSize);
  readonly #messages = new Int32Array(tableSize);
  #message = 0;

  /**
   * Begins a message: a header with the query's ID, and its question, both copied from the query.
   *
   * @param query  the buffer that holds the query at `start`
   * @param questionAt  offset of the question, 0 for none
   * @param maxOctets  the most octets the message may have; at least as many as header and question
   */
  begin(
    query: Uint8Array,
    start: number,
    questionAt: number,
    questionEnd: number,
    output: Uint8Array,
    at: number,
    maxOctets: number,
  ): void {
    this.#query = query;
    this.#queryNameAt = questionAt;
    this.#octets = output;
    this.#base = at;
    this.#limit = at + maxOctets;
    this.#hasOverflown = false;
    this.#apexPlace = this.#nextOwner = 0;
    this.#message = (this.#message + 1) | 0;
    output[at] = query[start]!;
    output[at + 1] = query[start + 1]!;
    for (let i = 2; i < headerOctets; i++) output[at + i] = 0;
    let to = at + headerOctets;
    this.#questionAt = to;
    this.#isQuestionKnown = questionAt === 0;
    if (questionAt !== 0) {
      output[at + 5] = 1;
      for (let i = questionAt; i < questionEnd; i++) output[to++] = query[i]!;
    }
    this.at = to;
  }

  /**
   * Says that the zone which is answered from has its apex in the question, so that names of it are written without being looked for.
   * @param at  where, in the query's buffer
   */
  setApex(at: number, octets: number): void {
    this.#apexPlace = octets > 1 ? headerOctets + at - this.#queryNameAt : 0;
    this.#apexOctets = octets;
  }

  /** Says that the owner of the RRset that is written next is a name of that zone, of so many octets. */
  ownerInZone(octets: number): void {
    if (this.#apexPlace !== 0) this.#nextOwner = octets;
  }

  /** Says that what is written next has the owner of the RRset before. */
  sameOwner(): void {
    if (this.ownerPlace !== nowhere) this.#nextOwner = sameOwner;
  }

  /**
   * Writes one record of the apex from octets that were made before: all behind its owner, with room for a pointer to the apex at two places. Nothing
   * where it does not fit. After {@link setApex}.
   */
  putApexRecord(section: number, octets: Uint8Array, length: number, first: number, second: number): boolean {
    const mark = this.at;
    const place = this.#apexPlace;
    this.ownerPlace = place;
    this.#putPointer(place);
    if (this.#hasRoom(length)) {
      const to = this.#octets;
      const at = this.at;
      for (let i = 0; i < length; i++) to[at + i] = octets[i]!;
      to[at + first] = to[at + second] = 0xc0 | (place >> 8);
      to[at + first + 1] = to[at + second + 1] = place & 0xff;
      this.at = at + length;
    }
    return this.#close(section, 1, mark);
  }

  /** Sets aside octets at the end, for the OPT record. */
  reserve(octets: number): void {
    this.#limit -= octets;
  }

  /** Gives back what was set aside. */
  release(octets: number): void {
    this.#limit += octets;
  }

  /** Writes the two octets of flags in the header (RFC 1035 section 4.1.1). */
  putFlags(high: number, low: number): void {
    this.#octets[this.#base + 2] = high;
    this.#octets[this.#base + 3] = low;
  }

  /**
   * Writes an RRset, or nothing where it does not fit whole.
   *
   * @param section  one of {@link Section}
   * @param owner  the buffer that holds the owner's name, uncompressed, at `ownerAt`; in the query's buffer it is
   *   the question's name or an ancestor of it
   * @param maxTtl  the TTL where the RRset's own is higher
   * @returns whether it fitted
   */
  putRrset(
    section: number,
    owner: Uint8Array,
    ownerAt: number,
    zones: RrsetReader,
    rrset: number,
    maxTtl: number,
  ): boolean {
    const mark = this.at;
    const type = zones.type(rrset);
    const ttl = Math.min(zones.ttl(rrset), maxTtl);
    const count = zones.count(rrset);
    for (let i = 0; i < count && !this.#hasOverflown; i++) {
      this.#putOwner(owner, ownerAt, i === 0);
      this.#putFixedFields(type, ttl);
      const lengthAt = this.at - 2;
      this.#putRdata(zones, rrset, i, type);
      this.#putLength(lengthAt);
    }
    return this.#close(section, count, mark);
  }

  /**
   * Writes the signatures over an RRset that was written just before, with its TTL, or nothing where they do not fit.
   *
   * @param node  where the RRset stands in its zone, and its RRSIG records
   * @returns whether they fitted; also where there are none
   * @see RFC 4035 section 3.1.1
   */
  putSignatures(
    section: number,
    owner: Uint8Array,
    ownerAt: number,
    zones: RrsetReader,
    node: number,
    rrset: number,
    maxTtl: number,
  ): boolean {
    const signatures = zones.rrset(node, RrType.RRSIG);
    if (signatures < 0) {
      this.#nextOwner = 0;
      return true;
    }
    const covered = zones.type(rrset);
    // All RRSIG of a name stand as one RRset there; each has the TTL of what it covers (RFC 4034 section 3).
    const ttl = Math.min(zones.ttl(rrset), maxTtl);
    const mark = this.at;
    const count = zones.count(signatures);
    let written = 0;
    for (let i = 0; i < count && !this.#hasOverflown; i++) {
      if (zones.rdataU16(signatures, i, 0) !== covered) continue;
      this.#putOwner(owner, ownerAt, written === 0);
      this.#putFixedFields(RrType.RRSIG, ttl);
      const lengthAt = this.at - 2;
      this.#putRdata(zones, signatures, i, RrType.RRSIG);
      this.#putLength(lengthAt);
      written++;
    }
    return this.#close(section, written, mark);
  }

  /** Writes one record that is in no zone, its RDATA as it is given, or nothing where it does not fit. */
  putMade(
    section: number,
    owner: Uint8Array,
    ownerAt: number,
    type: number,
    ttl: number,
    rdata: Uint8Array,
  ): boolean {
    const mark = this.at;
    this.#putOwner(owner, ownerAt, true);
    this.#putFixedFields(type, ttl);
    const lengthAt = this.at - 2;
    if (this.#hasRoom(rdata.length)) {
      this.#octets.set(rdata, this.at);
      this.at += rdata.length;
    }
    this.#putLength(lengthAt);
    return this.#close(section, 1, mark);
  }

  /** Writes one CNAME record that is in no zone (RFC 6672 section 3.1), or nothing where it does not fit. */
  putCname(owner: Uint8Array, ownerAt: number, ttl: number, target: Uint8Array, targetAt: number): boolean {
    const mark = this.at;
    this.#putOwner(owner, ownerAt, true);
    this.#putFixedFields(RrType.CNAME, ttl);
    const lengthAt = this.at - 2;
    this.#putName(target, targetAt);
    this.#putLength(lengthAt);
    return this.#close(Section.ANSWER, 1, mark);
  }

  /** Writes our OPT record. Room for it was reserved and released. @see RFC 6891 section 6.1.2; RFC 9824 section 5.1 for the CO flag */
  putOpt(udpOctets: number, rcode: number, isDnssecOk: boolean, isCompactOk: boolean = false): void {
    const octets = this.#octets;
    let at = this.at;
    octets[at++] = 0;
    octets[at++] = 0;
    octets[at++] = RrType.OPT;
    octets[at++] = udpOctets >> 8;
    octets[at++] = udpOctets & 0xff;
    octets[at++] = rcode >> 4;
    octets[at++] = 0;
    octets[at++] = (isDnssecOk ? 0x80 : 0) | (isCompactOk ? 0x40 : 0);
    octets[at++] = 0;
    octets[at++] = 0;
    octets[at++] = 0;
    this.at = at;
    this.#count(Section.ADDITIONAL, 1);
  }

  /** Says that options were written behind our OPT record, which ends the message. @see RFC 6891 section 6.1.2 */
  addOptions(octets: number): void {
    if (octets === 0) return;
    this.#octets[this.at - 2] = octets >> 8;
    this.#octets[this.at - 1] = octets & 0xff;
    this.at += octets;
  }

  /** Tells whether the name written at a place of this message is the given one. */
  isNameAt(place: number, name: Uint8Array, at: number): boolean {
    const octets = this.#octets;
    const base = this.#base;
    let written = place;
    let offset = at;
    for (;;) {
      if (base + written >= this.at) return false;
      let length = octets[base + written]!;
      while (length >= 0xc0) {
        const target = readU16(octets, base + written) & maxPointerTarget;
        if (target >= written) return false;
        written = target;
        length = octets[base + written]!;
      }
      // A place taken back may reach into what is not written yet.
      if (length !== name[offset] || base + written + length >= this.at) return false;
      if (length === 0) return true;
      for (let i = 1; i <= length; i++) {
        if (lowerCase[octets[base + written + i]!] !== lowerCase[name[offset + i]!]) return false;
      }
      written += length + 1;
      offset += length + 1;
    }
  }

  /** Keeps what was written since `mark`, or takes it back where not all of it fitted. */
  #close(section: number, count: number, mark: number): boolean {
    this.#nextOwner = 0;
    if (this.#hasOverflown) {
      this.#hasOverflown = false;
      this.at = mark;
      return false;
    }
    this.#count(section, count);
    return true;
  }

  #count(section: number, records: number): void {
    const at = this.#base + section;
    const total = readU16(this.#octets, at) + records;
    this.#octets[at] = total >> 8;
    this.#octets[at + 1] = total & 0xff;
  }

  #hasRoom(octets: number): boolean {
    if (this.at + octets <= this.#limit && !this.#hasOverflown) return true;
    this.#hasOverflown = true;
    return false;
  }

  /** Writes an owner: for the first record of an RRset in full or by pointer, then by pointer where one can aim. */
  #putOwner(owner: Uint8Array, ownerAt: number, isFirst: boolean): void {
    if (isFirst) this.#putFirstOwner(owner, ownerAt);
    else if (this.ownerPlace === nowhere) this.#putName(owner, ownerAt);
    else this.#putPointer(this.ownerPlace);
  }

  #putFirstOwner(owner: Uint8Array, ownerAt: number): void {
    const next = this.#nextOwner;
    if (next !== 0) {
      this.#nextOwner = 0;
      if (next === sameOwner) this.#putPointer(this.ownerPlace);
      else this.#putBelowApex(owner, ownerAt, next - this.#apexOctets);
      return;
    }
    if (owner === this.#query && owner[ownerAt] !== 0) {
      // The name asked for or an ancestor of it, as it stands in the question.
      this.ownerPlace = headerOctets + ownerAt - this.#queryNameAt;
      this.#putPointer(this.ownerPlace);
      return;
    }
    const at = this.at;
    this.#putName(owner, ownerAt);
    if (this.#hasOverflown) return;
    const first = this.#octets[at]!;
    const place = first >= 0xc0 ? readU16(this.#octets, at) & maxPointerTarget : at - this.#base;
    // A pointer to the root is longer than the root.
    this.ownerPlace = first === 0 || place > maxPointerTarget ? nowhere : place;
  }

  /** Writes a name of the zone: `own` octets of labels, and a pointer to the apex. */
  #putBelowApex(owner: Uint8Array, ownerAt: number, own: number): void {
    if (own === 0) {
      this.ownerPlace = this.#apexPlace;
      this.#putPointer(this.#apexPlace);
      return;
    }
    if (!this.#hasRoom(own + 2)) return;
    const at = this.at;
    for (let i = 0; i < own; i++) this.#octets[at + i] = owner[ownerAt + i]!;
    this.at = at + own;
    this.ownerPlace = at - this.#base > maxPointerTarget ? nowhere : at - this.#base;
    this.#putPointer(this.#apexPlace);
  }

  #putPointer(place: number): void {
    if (!this.#hasRoom(2)) return;
    this.#octets[this.at] = 0xc0 | (place >> 8);
    this.#octets[this.at + 1] = place & 0xff;
    this.at += 2;
  }

  /** Writes type, class, TTL and an RDLENGTH of 0. */
  #putFixedFields(type: number, ttl: number): void {
    if (!this.#hasRoom(10)) return;
    const octets = this.#octets;
    const at = this.at;
    octets[at] = type >> 8;
    octets[at + 1] = type & 0xff;
    octets[at + 2] = 0;
    octets[at + 3] = RrClass.IN;
    octets[at + 4] = ttl >> 24;
    octets[at + 5] = ttl >> 16;
    octets[at + 6] = ttl >> 8;
    octets[at + 7] = ttl;
    this.at = at + 10;
  }

  #putLength(lengthAt: number): void {
    if (this.#hasOverflown) return;
    const length = this.at - lengthAt - 2;
    this.#octets[lengthAt] = length >> 8;
    this.#octets[lengthAt + 1] = length & 0xff;
  }

  #putRdata(zones: RrsetReader, rrset: number, index: number, type: number): void {
    // RFC 3597 section 4: names are compressed in the types of RFC 1035 only.
    switch (type) {
      case RrType.NS:
      case RrType.CNAME:
      case RrType.PTR: {
        zones.copyRdata(rrset, index, this.#scratch, 0);
        this.#putName(this.#scratch, 0);
        return;
      }
      case RrType.MX: {
        zones.copyRdata(rrset, index, this.#scratch, 0);
        this.#putScratch(0, 2);
        this.#putName(this.#scratch, 2);
        return;
      }
      case RrType.SOA: {
        const end = zones.copyRdata(rrset, index, this.#scratch, 0);
        this.#putName(this.#scratch, 0);
        this.#putName(this.#scratch, nameEnd(this.#scratch, 0));
        this.#putScratch(end - 20, end);
        return;
      }
      default: {
        if (this.#hasRoom(zones.rdataLength(rrset, index))) {
          this.at = zones.copyRdata(rrset, index, this.#octets, this.at);
        }
      }
    }
  }

  #putScratch(from: number, to: number): void {
    if (!this.#hasRoom(to - from)) return;
    for (let i = from; i < to; i++) this.#octets[this.at++] = this.#scratch[i]!;
  }

  /** Writes a name, as far as it was not written before. */
  #putName(name: Uint8Array, at: number): void {
    if (!this.#isQuestionKnown) this.#learnQuestion();
    const walk = this.#walk;
    walk.read(name, at);
    const labels = walk.labelCount;
    let known = 0;
    let place = nowhere;
    for (; known < labels; known++) {
      place = this.#find(walk.hashes[known]!, name, walk.labelAt[known]!);
      if (place !== nowhere) break;
    }
    const own = walk.labelAt[known]! - at;
    if (!this.#hasRoom(own + (known < labels ? 2 : 1))) return;
    const octets = this.#octets;
    const to = this.at;
    for (let i = 0; i < own; i++) octets[to + i] = name[at + i]!;
    for (let i = 0; i < known; i++) this.#learn(walk.hashes[i]!, to + walk.labelAt[i]! - at - this.#base);
    this.at = to + own;
    if (known < labels) this.#putPointer(place);
    else octets[this.at++] = 0;
  }

  #find(hash: number, name: Uint8Array, at: number): number {
    const slot = hash & (tableSize - 1);
    if (this.#messages[slot] !== this.#message) return nowhere;
    const place = this.#places[slot]!;
    return this.isNameAt(place, name, at) ? place : nowhere;
  }

  #learn(hash: number, place: number): void {
    if (place > maxPointerTarget) return;
    const slot = hash & (tableSize - 1);
    this.#messages[slot] = this.#message;
    this.#places[slot] = place;
  }

  /** Enters the question's name into the table, once a name is to be written: the shortest answers need none. */
  #learnQuestion(): void {
    this.#isQuestionKnown = true;
    const walk = this.#walk;
    walk.read(this.#octets, this.#questionAt);
    for (let i = 0; i < walk.labelCount; i++) this.#learn(walk.hashes[i]!, walk.labelAt[i]! - this.#base);
  }
}
