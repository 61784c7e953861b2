// Reads a ClientHello ahead of the library that will answer it: server name and ALPN protocols, as octets arrive, in any pieces
// (RFC 8446 sections 4.1.2 and 5.1, RFC 6066 section 3, RFC 7301 section 3.1). The hello of TLS 1.2 has the same form.
// Strict in form, silent on content: versions, ciphers and keys are the library's to judge.

import { GatheredOctets } from "./gathered-octets.ts";
import { TlsAlert } from "./tls.ts";

/** What was read of a hello. */
export interface ClientHello {
  /** ASCII, as sent; absent where there is none. */
  readonly serverName: string | undefined;
  /** ALPN protocols in the client's order; absent where it sent no list. */
  readonly protocols: readonly string[] | undefined;
}

/** How the reading stands: `more` is wanted, or it ended. `failed` names the alert to send. */
export type HelloResult =
  | { readonly kind: "more" }
  | { readonly kind: "read"; readonly hello: ClientHello }
  | { readonly kind: "failed"; readonly alert: number };

/** Octets on the wire that a hello may take, records' headers included. With post-quantum keys they have about 2000. */
export const maxHelloOctets = 16_384;

const more: HelloResult = { kind: "more" };
const handshakeRecord = 22;
const clientHelloMessage = 1;
const recordHeaderOctets = 5;
const messageHeaderOctets = 4;
/** @see RFC 8446 section 5.1 */
const maxFragmentOctets = 16_384;

/** Gathers octets until a hello is whole. */
export class HelloReader {
  /** All octets so far, those behind the hello too: they are given to the library. */
  readonly wire: GatheredOctets = new GatheredOctets();
  /** The handshake message without the records' headers. */
  readonly #message = new GatheredOctets();
  #total = 0;
  readonly #header: Uint8Array = new Uint8Array(recordHeaderOctets);
  #headerLength = 0;
  /** Octets of the current record that are to come. */
  #left = 0;

  /** Takes a copy of what arrived. Call it no more once it has ended. */
  push(octets: Uint8Array): HelloResult {
    this.wire.add(octets);
    let at = 0;
    while (at < octets.length) {
      if (this.#total >= maxHelloOctets) return failed(TlsAlert.recordOverflow);
      if (this.#left === 0) {
        this.#header[this.#headerLength++] = octets[at++] ?? 0;
        this.#total++;
        const fault = this.#checkHeader();
        if (fault) return fault;
        continue;
      }
      const length = Math.min(this.#left, octets.length - at, maxHelloOctets - this.#total);
      this.#message.add(octets.subarray(at, at + length));
      this.#left -= length;
      this.#total += length;
      at += length;
      const result = this.#look();
      if (result.kind !== "more") return result;
    }
    return more;
  }

  /** Looks at the octet of a record's header that came last: what is no TLS is refused at its first octets. */
  #checkHeader(): HelloResult | undefined {
    const [type = 0, major = 0, , high = 0, low = 0] = this.#header;
    if (this.#headerLength === 1 && type !== handshakeRecord) return failed(TlsAlert.unexpectedMessage);
    // RFC 8446 section 5.1: the minor version is to be ignored.
    if (this.#headerLength === 2 && major !== 3) return failed(TlsAlert.decodeError);
    if (this.#headerLength < recordHeaderOctets) return undefined;
    this.#headerLength = 0;
    this.#left = (high << 8) | low;
    if (this.#left > maxFragmentOctets) return failed(TlsAlert.recordOverflow);
    // RFC 8446 section 5.1: handshake fragments are never empty.
    return this.#left === 0 ? failed(TlsAlert.unexpectedMessage) : undefined;
  }

  #look(): HelloResult {
    const message = this.#message.all;
    if (message[0] !== clientHelloMessage) return failed(TlsAlert.unexpectedMessage);
    if (message.length < messageHeaderOctets) return more;
    const end =
      messageHeaderOctets + (((message[1] ?? 0) << 16) | ((message[2] ?? 0) << 8) | (message[3] ?? 0));
    if (end > maxHelloOctets) return failed(TlsAlert.recordOverflow);
    if (message.length < end) return more;
    // RFC 8446 section 5.1: nothing follows a hello in its record, because keys change behind it.
    if (message.length > end || this.#left > 0) return failed(TlsAlert.unexpectedMessage);
    return parseClientHello(message.subarray(messageHeaderOctets, end));
  }
}

/** Parses the body of a ClientHello message. */
function parseClientHello(octets: Uint8Array): HelloResult {
  const fields = new Fields(octets);
  fields.skip(2 + 32); // legacy_version, random
  if (fields.vector(1).length > 32) fields.isBad = true; // legacy_session_id
  const suites = fields.vector(2);
  if (suites.length < 2 || suites.length % 2 !== 0) fields.isBad = true;
  if (fields.vector(1).length < 1) fields.isBad = true; // legacy_compression_methods
  if (fields.isBad) return failed(TlsAlert.decodeError);
  const hello: { serverName: string | undefined; protocols: string[] | undefined } = {
    serverName: undefined,
    protocols: undefined,
  };
  // RFC 5246 section 7.4.1.2: a hello of TLS 1.2 may end here.
  if (fields.isAtEnd) return { kind: "read", hello };
  const extensions = new Fields(fields.vector(2));
  if (fields.isBad || !fields.isAtEnd) return failed(TlsAlert.decodeError);
  const seen = new Set<number>();
  while (!extensions.isAtEnd) {
    const type = extensions.number(2);
    const content = new Fields(extensions.vector(2));
    if (extensions.isBad) return failed(TlsAlert.decodeError);
    // RFC 8446 section 4.2: no more than one extension of a type.
    if (seen.has(type)) return failed(TlsAlert.illegalParameter);
    seen.add(type);
    if (type === 0) {
      const fault = readServerName(content, hello);
      if (fault !== undefined) return failed(fault);
    } else if (type === 16) {
      hello.protocols = readProtocols(content);
      if (!hello.protocols) return failed(TlsAlert.decodeError);
    }
  }
  return { kind: "read", hello };
}

/** RFC 6066 section 3. One name is read: a second one of the same type is forbidden, and other types are not defined. */
function readServerName(content: Fields, hello: { serverName: string | undefined }): number | undefined {
  const list = new Fields(content.vector(2));
  const type = list.number(1);
  const name = list.vector(2);
  if (content.isBad || !content.isAtEnd || list.isBad || !list.isAtEnd) return TlsAlert.decodeError;
  if (type !== 0 || name.length === 0 || name.length > 255) return TlsAlert.decodeError;
  // Printable ASCII: with a NUL or a blank in it, others might take it for another name.
  for (const octet of name) if (octet <= 0x20 || octet >= 0x7f) return TlsAlert.illegalParameter;
  hello.serverName = String.fromCharCode(...name);
  return undefined;
}

/** RFC 7301 section 3.1: names of 1 to 255 octets, at least one. Octets are kept as characters of the same number. */
function readProtocols(content: Fields): string[] | undefined {
  const list = new Fields(content.vector(2));
  if (content.isBad || !content.isAtEnd || list.isAtEnd) return undefined;
  const protocols: string[] = [];
  while (!list.isAtEnd) {
    const name = list.vector(1);
    if (list.isBad || name.length === 0) return undefined;
    protocols.push(String.fromCharCode(...name));
  }
  return protocols;
}

function failed(alert: number): HelloResult {
  return { kind: "failed", alert };
}

/** A cursor whose fault is sticky: once something was short, all further reads are empty. */
class Fields {
  isBad = false;
  readonly #octets: Uint8Array;
  #at = 0;

  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  get isAtEnd(): boolean {
    return this.isBad || this.#at === this.#octets.length;
  }

  skip(length: number): void {
    if (this.#at + length > this.#octets.length) this.isBad = true;
    else this.#at += length;
  }

  number(octets: number): number {
    const from = this.#at;
    this.skip(octets);
    if (this.isBad) return 0;
    let value = 0;
    for (let i = from; i < this.#at; i++) value = value * 256 + (this.#octets[i] ?? 0);
    return value;
  }

  /** Octets behind their length, which takes `lengthOctets`. */
  vector(lengthOctets: number): Uint8Array {
    const length = this.number(lengthOctets);
    const from = this.#at;
    this.skip(length);
    return this.isBad ? this.#octets.subarray(0, 0) : this.#octets.subarray(from, from + length);
  }
}
