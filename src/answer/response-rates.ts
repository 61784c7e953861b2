// Hot path (bench/answer.ts): response rate limiting. A name server answers over UDP whoever a query says it is from, so somebody who lies
// about that has it send answers to others. The same answer to the same network is therefore given a number of times a second; of
// more, some come truncated, so that who really asks gets through over TCP, and the others are not sent at all.
//
// A table of fixed size counts: an account that another one takes the place of begins anew, which lets somebody have a few answers more.

import { isIpv4, isNearby } from "#engine";
import { lowerCase } from "#wire";

/** What is to become of an answer. */
export const RateVerdict: {
  readonly SEND: 0;
  /** Send header and question with TC: who really asks comes again over TCP. */
  readonly SLIP: 1;
  readonly DROP: 2;
} = { SEND: 0, SLIP: 1, DROP: 2 };

/** Accounts in the table, a power of two. */
const accounts = 1 << 16;
/** Octets of an address that make a network: /24 for IPv4, /56 for IPv6, as peers have it. */
const ipv4Network = 3;
const ipv6Network = 7;

/** What is counted, and how much of it is let through. */
export interface ResponseRateOptions {
  /** Answers a second to one network; 0 for no limit. */
  readonly perSecond: number;
  /** Of the answers above the limit each so-manieth comes truncated; 0 for none, 1 for all. */
  readonly slip: number;
}

/** What an installation has that says nothing. @see nsd.conf(5), whose defaults these are */
export const usualResponseRates: ResponseRateOptions = { perSecond: 200, slip: 2 };

/** Counts answers by network and kind. */
export class ResponseRates {
  readonly #perSecond: number;
  readonly #slip: number;
  readonly #keys = new Int32Array(accounts);
  /** The second that an account counts in, and what it has counted: this second's, and half of what came before. */
  readonly #seconds = new Uint32Array(accounts);
  readonly #counts = new Float32Array(accounts);
  #excess = 0;

  constructor({ perSecond, slip }: ResponseRateOptions) {
    this.#perSecond = perSecond;
    this.#slip = slip;
  }

  /** Whether answers to an address are counted at all: those of this machine and of private networks cannot be somebody else. */
  counts(from: Uint8Array): boolean {
    return this.#perSecond > 0 && !isNearby(from);
  }

  /**
   * Counts an answer, and says what is to become of it.
   * @param from  16 octets, the address that it goes to
   * @param kind  what it says, such as its response code: answers of different kinds have accounts of their own
   * @param name  the buffer that has at `nameAt` the name which it is about, uncompressed; `nameAt` 0 for none
   * @param now  monotonic time in milliseconds
   */
  count(from: Uint8Array, kind: number, name: Uint8Array, nameAt: number, now: number): number {
    const key = accountOf(from, kind, name, nameAt);
    const slot = (key ^ (key >>> 16)) & (accounts - 1);
    const second = (now / 1000) >>> 0;
    if (this.#keys[slot] !== key) {
      this.#keys[slot] = key;
      this.#seconds[slot] = second;
      this.#counts[slot] = 0;
    }
    const passed = (second - this.#seconds[slot]!) >>> 0;
    if (passed > 0) {
      this.#counts[slot] = passed > 30 ? 0 : this.#counts[slot]! / 2 ** passed;
      this.#seconds[slot] = second;
    }
    const counted = ++this.#counts[slot]!;
    // What goes on at the limit stands at twice of it, with the halves of the seconds before.
    if (counted <= 2 * this.#perSecond) return RateVerdict.SEND;
    this.#excess++;
    return this.#slip > 0 && this.#excess % this.#slip === 0 ? RateVerdict.SLIP : RateVerdict.DROP;
  }
}

/** The account of an answer: network, kind and name, mixed (FNV-1a). */
function accountOf(from: Uint8Array, kind: number, name: Uint8Array, nameAt: number): number {
  let hash = 0x811c9dc5 ^ kind;
  const isV4 = isIpv4(from);
  const first = isV4 ? 12 : 0;
  const end = first + (isV4 ? ipv4Network : ipv6Network);
  for (let i = first; i < end; i++) hash = Math.imul(hash ^ from[i]!, 0x01000193);
  if (nameAt === 0) return hash;
  for (let at = nameAt; name[at] !== 0;) {
    const labelEnd = at + name[at]! + 1;
    for (; at < labelEnd; at++) hash = Math.imul(hash ^ lowerCase[name[at]!]!, 0x01000193);
  }
  return hash;
}
