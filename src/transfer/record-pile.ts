// The records of a transfer as octets, until all of them are there: as much memory as they take on the wire, and no object for any of them.

import { maxNameOctets } from "#wire";
import type { RecordOctetSink, ResourceRecord } from "#wire";

/** Octets of the first part of a pile, which most zones fit into; each further one is four times as large, up to the most. */
const firstPartOctets: number = 1 << 12;
/** Octets of a part of the pile at most: room for the largest record there is. */
const mostPartOctets: number = 1 << 20;
/** Octets of a record beside its RDATA, at most: length and octets of its owner, type, TTL, length of RDATA. */
const mostHeadOctets: number = 1 + maxNameOctets + 2 + 4 + 2;

/** See the head of this file. */
export class RecordPile {
  readonly #parts: Uint8Array[] = [];
  /** Where each part ends that is full; that of the last one is `#end`. */
  readonly #ends: number[] = [];
  #part = new Uint8Array(0);
  #end = 0;
  #octets = 0;
  #mostRdata = 0;

  /** Octets of memory that it takes. */
  get octets(): number {
    return this.#octets;
  }

  /** Adds a record of class IN. */
  put({ name, type, ttl, rdata }: ResourceRecord): void {
    const needed = mostHeadOctets + rdata.length;
    if (this.#end + needed > this.#part.length) {
      if (this.#parts.length > 0) this.#ends.push(this.#end);
      const usual = Math.min(mostPartOctets, firstPartOctets * 4 ** this.#parts.length);
      this.#parts.push((this.#part = new Uint8Array(Math.max(usual, needed))));
      this.#octets += this.#part.length;
      this.#end = 0;
    }
    this.#mostRdata = Math.max(this.#mostRdata, rdata.length);
    const part = this.#part;
    const owner = name.octets;
    let at = this.#end;
    part[at++] = owner.length;
    part.set(owner, at);
    at += owner.length;
    for (const [value, octets] of [
      [type, 2],
      [ttl, 4],
      [rdata.length, 2],
    ] as const)
      for (let i = octets - 1; i >= 0; i--) part[at++] = value >>> (8 * i);
    part.set(rdata, at);
    this.#end = at + rdata.length;
  }

  /** Gives all of it, in the order in which it came. */
  feed(put: RecordOctetSink): void {
    const owner = new Uint8Array(maxNameOctets);
    const rdata = new Uint8Array(this.#mostRdata);
    for (const [i, part] of this.#parts.entries()) {
      const end = this.#ends[i] ?? this.#end;
      for (let at = 0; at < end;) {
        const ownerOctets = part[at++]!;
        for (let k = 0; k < ownerOctets; k++) owner[k] = part[at++]!;
        const type = (part[at]! << 8) | part[at + 1]!;
        const ttl =
          ((part[at + 2]! << 24) | (part[at + 3]! << 16) | (part[at + 4]! << 8) | part[at + 5]!) >>> 0;
        const length = (part[at + 6]! << 8) | part[at + 7]!;
        at += 8;
        for (let k = 0; k < length; k++) rdata[k] = part[at++]!;
        put(owner, ownerOctets, type, ttl, rdata, length);
      }
    }
  }
}
