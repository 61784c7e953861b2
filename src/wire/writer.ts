// A cursor that writes one message into caller-owned octets up to a maximum, with a sticky overflow: after the first
// write that does not fit nothing is written any more, and the caller takes back to where it was whole.
// Compresses names (RFC 1035 section 4.1.4); which names may be, the caller knows (RFC 3597 section 4).

import {
  headerOctets,
  maxLabelOctets,
  maxLabels,
  maxMessageOctets,
  maxPointers,
  maxPointerTarget,
} from "./limits.ts";
import type { Name } from "./name.ts";

// Names already written are found by a hash of their octets. Power of two; at most three quarters are used, then
// later names are compressed against what is there only.
const tableSlots = 2048;
const maxTableEntries = (tableSlots * 3) / 4;

// How many octets may be compared in vain in one message while looking for suffixes. Far more than a message of 65,535 octets needs,
// unless its names were chosen to collide; then the rest of it is written with fewer pointers.
const maxComparedOctets = 1 << 20;

// The labels of the name that is being written; used within one call only.
const labelAt = new Uint8Array(maxLabels + 1);
const suffixHash = new Int32Array(maxLabels + 1);

/** Writes octets in order. Compression pointers count from where the writer began. */
export class Writer {
  readonly octets: Uint8Array;
  /** Where the message begins in the octets. */
  readonly start: number;
  /** Where the next write goes. */
  position: number;
  /** Where writing stops. Moving it nearer keeps room for what has to come last. */
  end: number;
  /** Whether something did not fit. Nothing is written until {@link Writer.rewind}. */
  hasOverflowed: boolean;
  #slots: Uint16Array | undefined;
  #entries: number;
  #comparedOctets: number;

  /** Writes into `octets` from `start` on, at most `maxOctets` octets, 65535, or to the end. */
  constructor(octets: Uint8Array, start: number = 0, maxOctets: number = octets.length - start) {
    this.octets = octets;
    this.start = start;
    this.position = start;
    this.end = Math.min(start + Math.min(maxOctets, maxMessageOctets), octets.length);
    this.hasOverflowed = false;
    this.#slots = undefined;
    this.#entries = 0;
    this.#comparedOctets = 0;
  }

  /** Makes the writer as new, over the same octets, with another maximum. */
  reset(maxOctets: number): void {
    this.position = this.start;
    this.end = Math.min(this.start + Math.min(maxOctets, maxMessageOctets), this.octets.length);
    this.hasOverflowed = false;
    if (this.#entries > 0) this.#slots?.fill(0);
    this.#entries = 0;
    this.#comparedOctets = 0;
  }

  /** Octets written. */
  get length(): number {
    return this.position - this.start;
  }

  /** Goes back to an earlier position, forgetting what was written after it and any overflow. */
  rewind(position: number): void {
    this.position = position;
    this.hasOverflowed = false;
  }

  /** Writes one octet. */
  u8(value: number): void {
    if (this.#hasRoom(1)) this.octets[this.position++] = value;
  }

  /** Writes 16 bits in network order. */
  u16(value: number): void {
    if (!this.#hasRoom(2)) return;
    this.octets[this.position++] = value >>> 8;
    this.octets[this.position++] = value;
  }

  /** Writes 32 bits in network order. */
  u32(value: number): void {
    if (!this.#hasRoom(4)) return;
    this.octets[this.position++] = value >>> 24;
    this.octets[this.position++] = value >>> 16;
    this.octets[this.position++] = value >>> 8;
    this.octets[this.position++] = value;
  }

  /** Writes 16 bits over octets written before, such as RDLENGTH when it is known. */
  patchU16(position: number, value: number): void {
    if (this.hasOverflowed) return;
    this.octets[position] = value >>> 8;
    this.octets[position + 1] = value;
  }

  /** Writes a run of octets. */
  bytes(octets: Uint8Array, from: number = 0, to: number = octets.length): void {
    if (!this.#hasRoom(to - from)) return;
    if (to - from <= 32) for (let i = from; i < to; i++) this.octets[this.position++] = octets[i] ?? 0;
    else {
      this.octets.set(octets.subarray(from, to), this.position);
      this.position += to - from;
    }
  }

  /**
   * Writes a name, with a pointer to an equal suffix written before where `compress`.
   *
   * Suffixes are compared octet by octet, case included, so that what is read back is what was written. Names
   * written without compression may still be what later pointers aim at.
   */
  name(name: Name, compress: boolean = true): void {
    this.nameOctets(name.octets, 0, compress);
  }

  /** Writes the name whose uncompressed octets are at `from`, like {@link Writer.name}. They must be a legal name. */
  nameOctets(octets: Uint8Array, from: number, compress: boolean): void {
    if (this.hasOverflowed) return;
    let labels = 0;
    let at = from;
    for (let length = octets[at] ?? 0; length !== 0; length = octets[at] ?? 0) {
      labelAt[labels++] = at - from;
      at += 1 + length;
    }
    const end = at + 1;
    if (labels === 0) return this.u8(0);
    this.#hashSuffixes(octets, from, labels, at);
    let shared = labels; // the first label that a pointer stands for
    let target = -1;
    if (compress && this.#slots !== undefined) {
      for (let i = 0; i < labels; i++) {
        target = this.#find(suffixHash[i] ?? 0, octets, from + (labelAt[i] ?? 0));
        if (target >= 0) {
          shared = i;
          break;
        }
      }
    }
    const begin = this.position;
    if (target < 0) this.bytes(octets, from, end);
    else {
      const kept = labelAt[shared] ?? 0;
      if (!this.#hasRoom(kept + 2)) return;
      this.bytes(octets, from, from + kept);
      this.u16(0xc000 | target);
    }
    if (this.hasOverflowed) return;
    for (let i = 0; i < shared; i++)
      this.#remember(suffixHash[i] ?? 0, begin + (labelAt[i] ?? 0) - this.start);
  }

  /** Hashes each suffix of the name, so that a suffix has the same hash whatever is before it. */
  #hashSuffixes(octets: Uint8Array, from: number, labels: number, rootAt: number): void {
    let hash = 0;
    let end = rootAt;
    for (let i = labels - 1; i >= 0; i--) {
      const begin = from + (labelAt[i] ?? 0);
      for (let k = begin; k < end; k++) hash = (Math.imul(hash, 31) + (octets[k] ?? 0)) | 0;
      hash ^= hash >>> 15;
      suffixHash[i] = hash;
      end = begin;
    }
  }

  /** The offset of a suffix equal to the name at `from`, or -1. */
  #find(hash: number, octets: Uint8Array, from: number): number {
    const slots = this.#slots;
    if (slots === undefined) return -1;
    for (let slot = hash & (tableSlots - 1); ; slot = (slot + 1) & (tableSlots - 1)) {
      const offset = slots[slot] ?? 0;
      if (offset === 0 || this.#comparedOctets >= maxComparedOctets) return -1;
      const compared = this.#comparedOctets;
      if (this.#isWrittenAt(offset, octets, from)) {
        // What was found is at most one for each name and needs no bound.
        this.#comparedOctets = compared;
        return offset;
      }
    }
  }

  /** Whether what is written at an offset is the name at `from`, wholly before the cursor and its pointers legal. */
  #isWrittenAt(offset: number, octets: Uint8Array, from: number): boolean {
    const written = this.octets;
    let limit = this.position;
    let segment = this.start + offset;
    let at = segment;
    let k = from;
    let pointers = 0;
    while (at < limit) {
      const length = written[at] ?? 0;
      this.#comparedOctets += 1 + (length & maxLabelOctets);
      if (length >= 0xc0) {
        const target = this.start + (((length & 0x3f) << 8) | (written[at + 1] ?? 0));
        // After a rewind, offsets may aim at other octets than those remembered: trust nothing here.
        if (at + 2 > limit || target >= segment || ++pointers >= maxPointers) return false;
        limit = segment;
        segment = at = target;
        continue;
      }
      if (at + 1 + length > limit) return false;
      for (let i = 0; i <= length; i++) if (written[at + i] !== octets[k + i]) return false;
      if (length === 0) return true;
      at += 1 + length;
      k += 1 + length;
    }
    return false;
  }

  /** Keeps an offset for later names. Gives up where probing has become too long. */
  #remember(hash: number, offset: number): void {
    // Where a message begins is its header, never a name; and offset 0 means a free slot.
    if (offset < headerOctets || offset > maxPointerTarget || this.#entries >= maxTableEntries) return;
    const slots = (this.#slots ??= new Uint16Array(tableSlots));
    let slot = hash & (tableSlots - 1);
    while ((slots[slot] ?? 0) !== 0) {
      slot = (slot + 1) & (tableSlots - 1);
      if (++this.#comparedOctets >= maxComparedOctets) return;
    }
    slots[slot] = offset;
    this.#entries++;
  }

  #hasRoom(count: number): boolean {
    if (this.hasOverflowed) return false;
    if (this.position + count <= this.end) return true;
    this.hasOverflowed = true;
    return false;
  }
}
