// Hot path (bench/answer.ts): the options of our OPT record, which say no more than was asked for: a cookie to who has one (RFC 7873), the
// server's name to who wants it (RFC 5001), the client's network to who named it (RFC 7871), how long a connection may be idle (RFC 7828), why
// something was refused (RFC 8914), and, where nobody else reads it, padding to who wants it (RFC 7830). Most queries want none of it, and then
// this costs a comparison.

import type { Endpoint, Now } from "#engine";
import { EdnsOption, optionHeadOctets, paddingBlockOctets, Rcode } from "#wire";
import { ClientSubnet } from "./client-subnet.ts";
import { clientCookieOctets, CookieState, cookieOctets, type ServerCookies } from "./cookies.ts";
import type { Query } from "./query.ts";

/** Octets of an extended error without text. */
const extendedErrorOctets = optionHeadOctets + 2;
/** The longest name that a server gives of itself: what is longer is cut. */
const maxNsidOctets = 128;

/** What an engine says of itself. */
export interface EdnsReplyOptions {
  /** Makes cookies; absent: cookies are ignored, as by servers that do not know them. */
  readonly cookies?: ServerCookies;
  /** The name of the server at a local endpoint, in octets; absent: NSID is ignored. */
  readonly nsid?: (to: Endpoint) => Uint8Array | undefined;
}

/** The options of one response after the other. */
export class EdnsReply {
  /** What the query's cookie says; meaningful where it had one. */
  cookieState: number = CookieState.UNPROVEN;
  /** The client's network; meaningful where `hasSubnet`. */
  readonly subnet: ClientSubnet = new ClientSubnet();
  hasSubnet = false;
  /** The query names a network by an option that is malformed. */
  isSubnetMalformed = false;
  readonly #cookies: ServerCookies | undefined;
  readonly #nsid: ((to: Endpoint) => Uint8Array | undefined) | undefined;
  #name: Uint8Array | undefined;
  #hasCookie = false;
  /** In units of 100 milliseconds; -1 where it is not told. */
  #idle = -1;
  #isPadded = false;

  constructor({ cookies, nsid }: EdnsReplyOptions) {
    this.#cookies = cookies;
    this.#nsid = nsid;
  }

  /**
   * Looks at what a query wants, before it is answered.
   * @param idleTimeoutMs  of the connection; 0 over UDP and HTTP, where keepalive has no meaning (RFC 7828 section 3.2.1)
   * @param isPrivate  it came over TLS. Elsewhere padding hides nothing, and is not given (RFC 7830 section 6).
   * @returns octets to keep free for the options
   */
  begin(
    query: Query,
    input: Uint8Array,
    from: Endpoint,
    to: Endpoint,
    now: Now,
    idleTimeoutMs: number,
    isPrivate: boolean,
  ): number {
    this.#isPadded = false;
    this.#hasCookie = false;
    this.#name = undefined;
    this.#idle = -1;
    this.cookieState = CookieState.UNPROVEN;
    this.hasSubnet = false;
    this.isSubnetMalformed = false;
    if (!query.hasOptions) return 0;
    let octets = 0;
    if (query.subnetAt !== 0) {
      this.hasSubnet = this.subnet.read(input, query.subnetAt, query.subnetLength);
      this.isSubnetMalformed = !this.hasSubnet;
      if (this.hasSubnet) octets += this.subnet.optionOctets;
    }
    if (query.cookieAt !== 0 && this.#cookies !== undefined) {
      const seconds = Math.floor(now.wall / 1000);
      this.cookieState = this.#cookies.check(
        input,
        query.cookieAt,
        query.cookieLength,
        from.address,
        seconds,
      );
      this.#hasCookie = this.cookieState !== CookieState.MALFORMED;
      if (this.#hasCookie) octets += optionHeadOctets + cookieOctets;
    }
    if (query.wantsNsid && this.#nsid !== undefined) {
      this.#name = this.#nsid(to)?.subarray(0, maxNsidOctets);
      if (this.#name !== undefined) octets += optionHeadOctets + this.#name.length;
    }
    if (query.wantsKeepalive && idleTimeoutMs > 0) {
      this.#idle = Math.min(Math.floor(idleTimeoutMs / 100), 0xffff);
      octets += optionHeadOctets + 2;
    }
    // RFC 7830 section 4: who pads gets padded responses.
    this.#isPadded = isPrivate && query.wantsPadding;
    return octets;
  }

  /**
   * The response code of a query that asks for a cookie and nothing else: a server cookie that is not ours is refused, and a server without
   * cookies knows no query without a question.
   * @see RFC 7873 section 5.4; RFC 9619 section 4
   */
  rcodeWithoutQuestion(query: Query): number {
    if (this.#cookies === undefined) return Rcode.FORMERR;
    if (query.cookieLength === clientCookieOctets || this.cookieState === CookieState.PROVEN)
      return Rcode.NOERROR;
    return Rcode.BADCOOKIE;
  }

  /**
   * Writes the options behind the head of our OPT record.
   * @param input  the query, whose client cookie is repeated
   * @param start  where the response begins
   * @param at  where the first option begins
   * @param limit  where the room ends
   * @param decidingBits  how many of 128 bits of the client's address decided the answer
   * @param extendedError  a code of RFC 8914, written where there is room; -1 for none
   * @returns octets written
   */
  write(
    query: Query,
    input: Uint8Array,
    from: Endpoint,
    now: Now,
    output: Uint8Array,
    start: number,
    at: number,
    limit: number,
    decidingBits: number,
    extendedError: number,
  ): number {
    let to = at;
    if (this.#hasCookie) {
      to = putHead(output, to, EdnsOption.COOKIE, cookieOctets);
      const seconds = Math.floor(now.wall / 1000);
      this.#cookies!.write(input, query.cookieAt, from.address, seconds, output, to);
      to += cookieOctets;
    }
    if (this.#name !== undefined) {
      to = putHead(output, to, EdnsOption.NSID, this.#name.length);
      output.set(this.#name, to);
      to += this.#name.length;
    }
    if (this.#idle >= 0) {
      to = putHead(output, to, EdnsOption.TCP_KEEPALIVE, 2);
      output[to++] = this.#idle >> 8;
      output[to++] = this.#idle & 0xff;
    }
    if (this.hasSubnet) to = this.subnet.write(decidingBits, output, to);
    if (extendedError >= 0 && to + extendedErrorOctets <= limit) {
      to = putHead(output, to, EdnsOption.EXTENDED_ERROR, 2);
      output[to++] = extendedError >> 8;
      output[to++] = extendedError & 0xff;
    }
    if (this.#isPadded && to + optionHeadOctets <= limit) {
      const octets = to - start + optionHeadOctets;
      const padding = Math.min(
        (paddingBlockOctets - (octets % paddingBlockOctets)) % paddingBlockOctets,
        limit - to - optionHeadOctets,
      );
      to = putHead(output, to, EdnsOption.PADDING, padding);
      output.fill(0, to, to + padding); // RFC 7830 section 3
      to += padding;
    }
    return to - at;
  }
}

function putHead(output: Uint8Array, at: number, code: number, length: number): number {
  output[at] = code >> 8;
  output[at + 1] = code & 0xff;
  output[at + 2] = length >> 8;
  output[at + 3] = length & 0xff;
  return at + optionHeadOctets;
}

/** Gives server names as NSID has them, in octets (RFC 5001 section 2.3 leaves open what they are), made once each. */
export function nsidOf(
  serverName: (to: Endpoint) => string | undefined,
): (to: Endpoint) => Uint8Array | undefined {
  const made = new Map<string, Uint8Array>();
  return (to) => {
    const name = serverName(to);
    if (name === undefined) return undefined;
    const octets = made.get(name) ?? Uint8Array.from(name, (character) => character.charCodeAt(0) & 0x7f);
    made.set(name, octets);
    return octets;
  };
}
