// Cache-Control of requests and responses (RFC 9111 section 5.2, RFC 5861, RFC 8246 is passed over): its lines are read into numbers and
// flags. What is written wrong is read so that less is kept: a lifetime that is no number is 0, and of two the shorter one counts
// (RFC 9111 section 4.2.1 lets a cache take a response with such for stale).

import type { MessageHead } from "./head.ts";
import { COMMA, HTAB, isOf, SP, textOf, TOKEN } from "./octets.ts";

/** The most that a lifetime can be, in seconds: what RFC 9111 section 1.2.2 has an overflow read as. */
export const maxDeltaSeconds = 2_147_483_648;

/** Directives that are read of one message; what follows is as if it said no-store. */
const maxDirectives = 64;

/** What Cache-Control says. Reused: `clear`, then `read` each line. Absent numbers are -1. */
export class CacheControl {
  /** True where there was any directive. */
  isPresent = false;
  maxAge = -1;
  sMaxAge = -1;
  staleWhileRevalidate = -1;
  staleIfError = -1;
  /** Of a request: the most that a response may be stale; Infinity where no number is given. */
  maxStale = -1;
  minFresh = -1;
  noStore = false;
  /** True for the directive without field names. */
  noCache = false;
  isPrivate = false;
  isPublic = false;
  mustRevalidate = false;
  proxyRevalidate = false;
  mustUnderstand = false;
  onlyIfCached = false;
  noTransform = false;
  /** Names of fields, lower case, that `no-cache="…"` and `private="…"` name. */
  withheld: string[] = [];
  #directives = 0;

  /** Forgets everything. */
  clear(): void {
    this.isPresent = false;
    this.maxAge = this.sMaxAge = this.staleWhileRevalidate = this.staleIfError = -1;
    this.maxStale = this.minFresh = -1;
    this.noStore = this.noCache = this.isPrivate = this.isPublic = false;
    this.mustRevalidate = this.proxyRevalidate = this.mustUnderstand = this.onlyIfCached = false;
    this.noTransform = false;
    if (this.withheld.length > 0) this.withheld = [];
    this.#directives = 0;
  }

  /** Reads all fields of a number of `Field` in a head. Returns whether there was one. */
  readAll(head: MessageHead, octets: Uint8Array, start: number, field: number): boolean {
    let hasAny = false;
    for (let i = head.find(field); i >= 0; i = head.find(field, i + 1)) {
      hasAny = true;
      this.read(octets, start + head.valueStart(i), start + head.valueEnd(i));
    }
    return hasAny;
  }

  /** Reads one line's value. */
  read(octets: Uint8Array, from: number, end: number): void {
    let at = from;
    while (at < end) {
      while (at < end && (octets[at] === COMMA || isSpace(octets[at]))) at++;
      if (at === end) return;
      const nameFrom = at;
      while (at < end && isOf(TOKEN, octets[at])) at++;
      const name = textOf(octets, nameFrom, at).toLowerCase();
      let value: string | undefined;
      if (at < end && octets[at] === EQUALS) {
        at++;
        if (octets[at] === QUOTE && at < end) {
          const close = endOfQuoted(octets, at, end);
          value = textOf(octets, at + 1, Math.max(at + 1, close - 1)).replaceAll(/\\(.)/g, "$1");
          at = close;
        } else {
          const valueFrom = at;
          while (at < end && octets[at] !== COMMA) at++;
          value = textOf(octets, valueFrom, at).replace(/[ \t]+$/, "");
        }
      }
      // Whatever stands between a directive and the next comma makes it one that says something else: not this.
      const restFrom = at;
      while (at < end && octets[at] !== COMMA) at++;
      const isClean = restIsEmpty(octets, restFrom, at);
      if (++this.#directives > maxDirectives) {
        this.noStore = true;
        return;
      }
      this.isPresent = true;
      this.#directive(name, value, isClean);
    }
  }

  #directive(name: string, value: string | undefined, isClean: boolean): void {
    const seconds = (before: number): number => shorter(before, isClean ? secondsOf(value) : 0);
    switch (name) {
      case "max-age":
        this.maxAge = seconds(this.maxAge);
        break;
      case "s-maxage":
        this.sMaxAge = seconds(this.sMaxAge);
        break;
      case "stale-while-revalidate":
        this.staleWhileRevalidate = seconds(this.staleWhileRevalidate);
        break;
      case "stale-if-error":
        this.staleIfError = seconds(this.staleIfError);
        break;
      case "max-stale":
        this.maxStale = value === undefined ? Number.POSITIVE_INFINITY : seconds(this.maxStale);
        break;
      case "min-fresh":
        this.minFresh = Math.max(this.minFresh, secondsOf(value));
        break;
      case "no-store":
        this.noStore = true;
        break;
      case "no-cache":
        if (value === undefined || !this.#withhold(value)) this.noCache = true;
        break;
      case "private":
        if (value === undefined || !this.#withhold(value)) this.isPrivate = true;
        break;
      case "public":
        this.isPublic = true;
        break;
      case "must-revalidate":
        this.mustRevalidate = true;
        break;
      case "proxy-revalidate":
        this.proxyRevalidate = true;
        break;
      case "must-understand":
        this.mustUnderstand = true;
        break;
      case "only-if-cached":
        this.onlyIfCached = true;
        break;
      case "no-transform":
        this.noTransform = true;
        break;
      default:
        break;
    }
  }

  /** Takes the field names of a qualified directive; false where they are none, so that it counts as the unqualified one. */
  #withhold(value: string): boolean {
    const names = value
      .toLowerCase()
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "");
    if (names.length === 0 || names.length > maxDirectives) return false;
    if (!names.every((name) => /^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name))) return false;
    this.withheld.push(...names);
    return true;
  }
}

const EQUALS = 61;
const QUOTE = 34;

function isSpace(octet: number | undefined): boolean {
  return octet === SP || octet === HTAB;
}

function restIsEmpty(octets: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (!isSpace(octets[i])) return false;
  return true;
}

/** The offset after a quoted string's closing quote, or the end where it has none. */
function endOfQuoted(octets: Uint8Array, from: number, end: number): number {
  let at = from + 1;
  while (at < end && octets[at] !== QUOTE) at += octets[at] === 92 /* \ */ ? 2 : 1;
  return Math.min(at + 1, end);
}

/** A delta-seconds; 0 where it is none. @see RFC 9111 section 1.2.2 */
function secondsOf(value: string | undefined): number {
  if (value === undefined || !/^\d+$/.test(value)) return 0;
  return Math.min(Number(value), maxDeltaSeconds);
}

function shorter(before: number, now: number): number {
  return before < 0 ? now : Math.min(before, now);
}
