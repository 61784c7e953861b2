// Hot path (bench/answer.ts): DNS cookies (RFC 7873) as RFC 9018 makes them interoperable: a server cookie of 16 octets that says when it
// was made and proves by SipHash-2-4 that it was made for this client here. Who shows one has received an answer of ours before, so the
// address that a query comes from is its own.
//
// The secret of a day follows from one that all servers of a name share, so they know each other's cookies; the days beside it count too.

import { isIpv4 } from "#engine";
import { SipHash } from "./sip-hash.ts";

/** What a query's cookie says of its sender. */
export const CookieState: {
  /** The length is none that a cookie has: FORMERR (RFC 7873 section 5.2.2). */
  readonly MALFORMED: 0;
  /** A client cookie alone, or with a server cookie that is not ours, not for this address, or too old. */
  readonly UNPROVEN: 1;
  /** A server cookie of ours. */
  readonly PROVEN: 2;
} = { MALFORMED: 0, UNPROVEN: 1, PROVEN: 2 };

/** Octets of a client cookie, and of a server cookie as it is made here. */
export const clientCookieOctets = 8;
const serverCookieOctets = 16;
/** Octets of both. */
export const cookieOctets: number = clientCookieOctets + serverCookieOctets;
/** Most octets of a whole cookie that any server makes (RFC 7873 section 4). */
const maxCookieOctets = 40;
/** Client cookie, version, reserved, time. */
const signedOctets = 16;
const cookieVersion = 1;

/** How long a server cookie counts, in seconds, and how far its time may lie ahead (RFC 9018 section 4.3). */
const lifetimeSeconds = 3600;
const aheadSeconds = 300;
const daySeconds = 86_400;

/** Makes and checks the server cookies of one set of servers. */
export class ServerCookies {
  readonly #daily: (day: number) => SipHash;
  readonly #material = new Uint8Array(signedOctets + 16);
  readonly #hash = new Uint8Array(8);
  #day = -1;
  #today: SipHash | undefined;
  #yesterday: SipHash | undefined;
  /** For what a server has made whose clock is ahead, shortly before midnight. */
  #tomorrow: SipHash | undefined;

  /** @param daily  gives the secret of a day, which is counted from 1970 */
  private constructor(daily: (day: number) => SipHash) {
    this.#daily = daily;
  }

  /** @param secret  16 octets that the servers of a name share; the secrets of days follow from it */
  static of(secret: Uint8Array): ServerCookies {
    const root = new SipHash(secret);
    return new ServerCookies((day) => {
      const key = new Uint8Array(16);
      const label = new Uint8Array([day >>> 24, day >>> 16, day >>> 8, day, 0]);
      root.hash(label, 0, 5, key, 0);
      label[4] = 1;
      root.hash(label, 0, 5, key, 8);
      return new SipHash(key);
    });
  }

  /** With one secret for all days, as the examples of RFC 9018 have it. */
  static withFixedSecret(secret: Uint8Array): ServerCookies {
    const fixed = new SipHash(secret);
    return new ServerCookies(() => fixed);
  }

  /**
   * Looks at the data of a query's cookie option.
   * @param from  16 octets, the address that the query came from
   * @param now  wall time in seconds
   * @returns one of {@link CookieState}
   */
  check(input: Uint8Array, at: number, length: number, from: Uint8Array, now: number): number {
    if (length !== clientCookieOctets && (length < cookieOctets - 8 || length > maxCookieOctets))
      return CookieState.MALFORMED;
    if (length !== cookieOctets || input[at + clientCookieOctets] !== cookieVersion)
      return CookieState.UNPROVEN;
    const made = readU32(input, at + clientCookieOctets + 4);
    // RFC 9018 section 4.3: serial number arithmetic, so that 2106 is a day like others.
    const age = (now - made) | 0;
    if (age > lifetimeSeconds || age < -aheadSeconds) return CookieState.UNPROVEN;
    this.#turn(now);
    // The secret is that of the day when it was made.
    const day = Math.floor((now - age) / daySeconds);
    const secret = day === this.#day ? this.#today : day < this.#day ? this.#yesterday : this.#tomorrow;
    return this.#isMadeWith(secret, input, at, from) ? CookieState.PROVEN : CookieState.UNPROVEN;
  }

  /** Writes a whole cookie for the client cookie at `at`: 24 octets. */
  write(
    input: Uint8Array,
    at: number,
    from: Uint8Array,
    now: number,
    output: Uint8Array,
    outputAt: number,
  ): void {
    this.#turn(now);
    for (let i = 0; i < clientCookieOctets; i++) output[outputAt + i] = input[at + i]!;
    let to = outputAt + clientCookieOctets;
    output[to++] = cookieVersion;
    output[to++] = 0;
    output[to++] = 0;
    output[to++] = 0;
    output[to++] = now >>> 24;
    output[to++] = now >>> 16;
    output[to++] = now >>> 8;
    output[to++] = now;
    this.#sign(this.#today!, output, outputAt, from);
    for (let i = 0; i < 8; i++) output[to + i] = this.#hash[i]!;
  }

  #turn(now: number): void {
    const day = Math.floor(now / daySeconds);
    if (day === this.#day) return;
    this.#today = this.#daily(day);
    this.#yesterday = this.#daily(day - 1);
    this.#tomorrow = this.#daily(day + 1);
    this.#day = day;
  }

  #isMadeWith(secret: SipHash | undefined, input: Uint8Array, at: number, from: Uint8Array): boolean {
    if (secret === undefined) return false;
    this.#sign(secret, input, at, from);
    // All octets are compared, whatever the first ones say.
    let difference = 0;
    for (let i = 0; i < 8; i++) difference |= this.#hash[i]! ^ input[at + signedOctets + i]!;
    return difference === 0;
  }

  /** The hash of client cookie, version, reserved, time and the client's address. */
  #sign(secret: SipHash, cookie: Uint8Array, at: number, from: Uint8Array): void {
    const material = this.#material;
    for (let i = 0; i < signedOctets; i++) material[i] = cookie[at + i]!;
    const first = isIpv4(from) ? 12 : 0;
    for (let i = first; i < 16; i++) material[signedOctets + i - first] = from[i]!;
    secret.hash(material, 0, signedOctets + 16 - first, this.#hash, 0);
  }
}

function readU32(octets: Uint8Array, at: number): number {
  return ((octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!) >>> 0;
}
