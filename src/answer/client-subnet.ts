// Hot path (bench/answer.ts): the client subnet option (RFC 7871): on whose behalf a resolver asks. Read by the letter, since a wrong one
// would spoil caches; repeated to who sent it, with the bits of the address that the answer is for.

import { EdnsOption, optionHeadOctets } from "#wire";
import { readU16 } from "./query.ts";

/** Octets of the option's data before the address. */
const headOctets = 4;

/** One option after the other. */
export class ClientSubnet {
  /** The network's first address, 16 octets, IPv4 mapped; meaningful where `bits` is above 0. */
  readonly address: Uint8Array = new Uint8Array(16);
  /** SOURCE PREFIX-LENGTH; 0: nothing is said of who asks. */
  bits = 0;
  #family = 0;
  #octets = 0;

  /**
   * Reads the option's data. False where it is malformed, which is FORMERR: a family that there is none of, a prefix that is longer than an
   * address, a scope in a query, too few or too many octets, and bits of the address beyond the prefix.
   * @see RFC 7871 sections 6, 7.1.2
   */
  read(input: Uint8Array, at: number, length: number): boolean {
    if (length < headOctets) return false;
    const family = readU16(input, at);
    const bits = input[at + 2]!;
    const octets = (bits + 7) >>> 3;
    // Of no family there can be no address: who does not want to say anything may say so without one.
    const most = family === 1 ? 32 : family === 2 ? 128 : family === 0 ? 0 : -1;
    if (bits > most || input[at + 3] !== 0 || length !== headOctets + octets) return false;
    if ((bits & 7) !== 0 && (input[at + headOctets + octets - 1]! & (0xff >>> (bits & 7))) !== 0)
      return false;
    this.#family = family;
    this.bits = bits;
    this.#octets = octets;
    const { address } = this;
    address.fill(0);
    const from = family === 1 ? 12 : 0;
    if (family === 1) address[10] = address[11] = 0xff;
    for (let i = 0; i < octets; i++) address[from + i] = input[at + headOctets + i]!;
    return true;
  }

  /** Octets of the option in a response. */
  get optionOctets(): number {
    return optionHeadOctets + headOctets + this.#octets;
  }

  /**
   * Writes the option: that of the query, with the scope of the answer.
   * @param deciding  how many of 128 bits (IPv4 mapped) decide the answer; 0 where it is everybody's
   * @returns the offset after it
   * @see RFC 7871 section 7.2.1
   */
  write(deciding: number, output: Uint8Array, at: number): number {
    let to = at;
    output[to++] = 0;
    output[to++] = EdnsOption.CLIENT_SUBNET;
    output[to++] = 0;
    output[to++] = headOctets + this.#octets;
    output[to++] = 0;
    output[to++] = this.#family;
    output[to++] = this.bits;
    // Who says nothing of the client is answered for everybody.
    output[to++] = this.bits === 0 ? 0 : Math.max(0, this.#family === 1 ? deciding - 96 : deciding);
    const from = this.#family === 1 ? 12 : 0;
    for (let i = 0; i < this.#octets; i++) output[to++] = this.address[from + i]!;
    return to;
  }
}
