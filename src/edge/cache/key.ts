// The key that a response is stored under: the distribution, scheme, host where the origin is shown it, path, query and whatever else of
// the request is forwarded. Hot path (bench/hits.ts): built in one buffer, used again for each request.
//
// Parts are ended by a line feed, which none of them can hold, so that no two requests have one key by chance or by design; and
// keys are compared octet by octet, whatever their hashes. Path and query have a hash of their own too, by which all that is stored of
// one path is found, whatever else is in the key.

import { Field, type MessageHead, textOf } from "#http";
import { hashOf, type HashKey } from "./hash.ts";
import type { CacheSettings } from "./settings.ts";

const LF = 10;
const QUESTION = 63;
const AMPERSAND = 38;
const EQUALS = 61;
const SLASH = 47;

/** Pairs of a query that an allow-list is held against; what follows is dropped. */
const maxPairs = 1000;

/** The key of one request after another. */
export class KeyWriter {
  octets: Uint8Array = new Uint8Array(1024);
  length = 0;
  /** Where path and query begin, where the query begins (or the path ends), and where both end. */
  pathFrom = 0;
  queryFrom = 0;
  uriEnd = 0;
  hash = 0;
  readonly #key: HashKey;

  constructor(key: HashKey) {
    this.#key = key;
  }

  /**
   * Writes the key of a request.
   * @param site  number of the distribution
   * @param path  stands in place of the request's path and query, where given
   * @param localText  what Host is where the request has none
   */
  write(
    site: number,
    settings: CacheSettings,
    head: MessageHead,
    octets: Uint8Array,
    start: number,
    isHttps: boolean,
    localText: string,
    path: Uint8Array | undefined,
  ): void {
    this.length = 0;
    for (let shift = 0; shift < 32; shift += 8) this.#octet((site >>> shift) & 0xff);
    this.#octet(isHttps ? 115 : 112);
    if (settings.forwardsHost) {
      if (head.hostField < 0) this.#text(localText);
      else
        this.#lower(octets, start + head.valueStart(head.hostField), start + head.valueEnd(head.hostField));
    }
    this.#octet(LF);
    this.pathFrom = this.length;
    if (path) this.#copy(path, 0, path.length);
    else this.#target(settings, octets, start + head.pathStart, start + head.pathEnd);
    this.#endUri();
    this.#octet(LF);
    if (!settings.isTransparent) this.#forwarded(settings, head, octets, start);
    this.hash = hashOf(this.#key, this.octets, 0, this.length);
  }

  /** The hash of path and query alone. */
  pathHash(): number {
    return this.hashOfPath(this.octets, this.pathFrom, this.uriEnd);
  }

  /** The hash of a path and query that lie in a buffer of any kind. */
  hashOfPath(octets: Uint8Array, from: number, to: number): number {
    return hashOf(this.#key, octets, from, to);
  }

  /** A copy of what was written. */
  take(): Uint8Array {
    return this.octets.slice(0, this.length);
  }

  #endUri(): void {
    this.uriEnd = this.length;
    let at = this.pathFrom;
    while (at < this.length && this.octets[at] !== QUESTION) at++;
    this.queryFrom = at;
  }

  #target(settings: CacheSettings, octets: Uint8Array, from: number, end: number): void {
    let query = from;
    while (query < end && octets[query] !== QUESTION) query++;
    // RFC 9112 section 3.2.1: an empty path is "/".
    if (query === from) this.#octet(SLASH);
    const isRoot = query === from || (query === from + 1 && octets[from] === SLASH);
    if (isRoot && settings.rootPath) {
      this.length = this.pathFrom;
      this.#copy(settings.rootPath, 0, settings.rootPath.length);
    } else this.#copy(octets, from, query);
    if (query === end || settings.queries === "none") return;
    if (settings.queries === "all") this.#copy(octets, query, end);
    else this.#pairs(settings, octets, query + 1, end);
  }

  /** The pairs of a query whose names are listed, as they came and in their order. */
  #pairs(settings: CacheSettings, octets: Uint8Array, from: number, end: number): void {
    let at = from;
    let separator = QUESTION;
    for (let count = 0; at < end && count < maxPairs; count++) {
      let to = at;
      while (to < end && octets[to] !== AMPERSAND) to++;
      let nameEnd = at;
      while (nameEnd < to && octets[nameEnd] !== EQUALS) nameEnd++;
      if (settings.forwardsQuery(textOf(octets, at, nameEnd))) {
        this.#octet(separator);
        this.#copy(octets, at, to);
        separator = AMPERSAND;
      }
      at = to + 1;
    }
  }

  /** What else the origin is shown: listed headers, cookies, and whether gzip is taken. */
  #forwarded(settings: CacheSettings, head: MessageHead, octets: Uint8Array, start: number): void {
    for (const name of settings.keyedNames) {
      for (
        let i = head.findName(octets, start, name);
        i >= 0;
        i = head.findName(octets, start, name, i + 1)
      ) {
        // A field that is there and empty differs from one that is not.
        this.#octet(61);
        this.#copy(octets, start + head.valueStart(i), start + head.valueEnd(i));
        this.#octet(LF);
      }
      this.#octet(LF);
    }
    if (settings.cookies !== "none") this.#text(cookiesOf(settings, head, octets, start));
    this.#octet(LF);
    this.#octet(takesGzip(head, octets, start) ? 103 : 105);
  }

  #octet(octet: number): void {
    this.#reserve(1);
    this.octets[this.length++] = octet;
  }

  #copy(octets: Uint8Array, from: number, to: number): void {
    this.#reserve(to - from);
    const { octets: own, length } = this;
    for (let i = 0; i < to - from; i++) own[length + i] = octets[from + i]!;
    this.length = length + to - from;
  }

  #lower(octets: Uint8Array, from: number, to: number): void {
    this.#reserve(to - from);
    for (let i = from; i < to; i++) {
      const octet = octets[i]!;
      this.octets[this.length++] = octet >= 65 && octet <= 90 ? octet | 32 : octet;
    }
  }

  #text(text: string): void {
    this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) this.octets[this.length++] = text.charCodeAt(i);
  }

  #reserve(count: number): void {
    if (this.length + count <= this.octets.length) return;
    const larger = new Uint8Array((this.length + count) * 2);
    larger.set(this.octets.subarray(0, this.length));
    this.octets = larger;
  }
}

/** The cookies that are forwarded, as one value; empty where there is none. */
export function cookiesOf(
  settings: CacheSettings,
  head: MessageHead,
  octets: Uint8Array,
  start: number,
): string {
  const kept: string[] = [];
  for (let i = head.find(Field.cookie); i >= 0; i = head.find(Field.cookie, i + 1)) {
    const value = head.valueText(octets, start, i);
    if (settings.cookies === "all") {
      if (value !== "") kept.push(value);
      continue;
    }
    for (const pair of value.split(";")) {
      const trimmed = pair.trim();
      if (trimmed !== "" && settings.forwardsCookie(trimmed.split("=", 1)[0]?.trimEnd() ?? ""))
        kept.push(trimmed);
    }
  }
  return kept.join("; ");
}

/** Tells whether a request takes gzip: named, or `*`, and not with `q=0`. @see RFC 9110 section 12.5.3 */
export function takesGzip(head: MessageHead, octets: Uint8Array, start: number): boolean {
  let byStar = false;
  for (let i = head.findName(octets, start, acceptEncoding); i >= 0;) {
    for (const element of head.valueText(octets, start, i).toLowerCase().split(",")) {
      const [coding = "", ...parameters] = element.split(";").map((part) => part.trim());
      const isRefused = parameters.some((parameter) => /^q=0(\.0{0,3})?$/.test(parameter));
      if (coding === "gzip" || coding === "x-gzip") return !isRefused;
      if (coding === "*") byStar = !isRefused;
    }
    i = head.findName(octets, start, acceptEncoding, i + 1);
  }
  return byStar;
}

const acceptEncoding = new TextEncoder().encode("accept-encoding");
