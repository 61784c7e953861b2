// Whether a response may be kept, for how long it is fresh and what may be done with it after that (RFC 9111 sections 3 and 4.2, RFC 5861,
// RFC 9213). Heuristics are off: an origin that says nothing has `ttl.default`, and where that is 0 only what can be validated is kept.

import { CacheControl, Field, type MessageHead, parseDictionary, parseHttpDate } from "#http";
import type { CacheSettings } from "./settings.ts";

/** Whether a response may be kept, and for how long it is good (RFC 9111 sections 3 and 4.2). Reused from one to the next. */
export interface Cacheability {
  /** Why it is not kept, a word for Cache-Status; undefined where it is. */
  reason: string | undefined;
  /** For how long it is fresh, from when it was made; and how old it was when it arrived. Milliseconds. */
  lifetimeMs: number;
  ageMs: number;
  staleWhileRevalidateMs: number;
  /** For how long after that it may stand in for an error; -1 where nothing is said. */
  staleIfErrorMs: number;
  /** True where it is never used stale. */
  mustRevalidate: boolean;
  /** True where it is used only once it is validated, however fresh. */
  alwaysValidates: boolean;
  /** Fields that are not kept, lower case. */
  withheld: readonly string[];
  /** True where its life is `ttl.default` and not the origin's word. */
  isImplicit: boolean;
}

/** What of the request decides whether the response may be kept. */
export interface RequestTraits {
  /** The request had Authorization, and the origin was shown it. */
  readonly hasAuthorization: boolean;
  /** The request had a cookie that is not in the key. */
  readonly hasUnkeyedCookie: boolean;
  /** The request said no-store. */
  readonly noStore: boolean;
}

/** Statuses that a response without explicit life may be kept with. @see RFC 9110 section 15.1 */
const kept: ReadonlySet<number> = new Set([200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501]);

/** Statuses whose meaning for caches is understood here: those of RFC 9110, but for 206 and 304. @see RFC 9111 section 5.2.2.3 */
const understood: ReadonlySet<number> = new Set([
  200, 201, 202, 203, 204, 205, 300, 301, 302, 303, 307, 308, 400, 401, 402, 403, 404, 405, 406, 407, 408,
  409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 426, 500, 501, 502, 503, 504, 505,
]);

const control = new CacheControl();
const targeted = new CacheControl();

/** Statuses that are never kept: parts, answers to conditions, and what is no final answer. */
function isNeverKept(status: number): boolean {
  return status < 200 || status === 206 || status === 304 || status === 416;
}

/**
 * Judges a response.
 * @param wall  when it arrived, and how long it took from the request
 */
export function judge(
  verdict: Cacheability,
  head: MessageHead,
  octets: Uint8Array,
  start: number,
  settings: CacheSettings,
  asked: RequestTraits,
  wall: number,
  tookMs: number,
): void {
  control.clear();
  const isTargeted = readTargeted(head, octets, start);
  if (isTargeted) control.clear();
  else control.readAll(head, octets, start, Field.cacheControl);
  const cc = isTargeted ? targeted : control;

  verdict.withheld = cc.withheld;
  verdict.isImplicit = false;
  verdict.alwaysValidates = cc.noCache;
  // RFC 9111 section 5.2.2.10: s-maxage means proxy-revalidate too.
  verdict.mustRevalidate = cc.mustRevalidate || cc.proxyRevalidate || cc.sMaxAge >= 0 || cc.noCache;
  verdict.staleWhileRevalidateMs = Math.max(0, cc.staleWhileRevalidate) * 1000;
  verdict.staleIfErrorMs = cc.staleIfError < 0 ? -1 : cc.staleIfError * 1000;
  verdict.ageMs = ageOf(head, octets, start, wall, tookMs);
  verdict.lifetimeMs = -1;
  verdict.reason = whyNot(head, cc, asked);
  if (verdict.reason !== undefined) return;

  const explicit = explicitMs(head, octets, start, cc, isTargeted, wall);
  if (explicit >= 0) {
    verdict.lifetimeMs = Math.min(Math.max(explicit, settings.minimumMs), settings.maximumMs);
  } else if (settings.defaultMs > 0 && isKeptUnsaid(head, cc, asked, settings)) {
    verdict.lifetimeMs = Math.min(Math.max(settings.defaultMs, settings.minimumMs), settings.maximumMs);
    verdict.isImplicit = true;
  } else if (cc.isPublic || kept.has(head.status)) verdict.lifetimeMs = 0;
  else {
    verdict.reason = "status";
    return;
  }
  const canValidate = head.find(Field.etag) >= 0 || head.find(Field.lastModified) >= 0;
  if (canValidate) return;
  if (verdict.alwaysValidates) verdict.reason = "no-cache";
  else if (
    verdict.lifetimeMs <= verdict.ageMs &&
    verdict.staleWhileRevalidateMs === 0 &&
    verdict.staleIfErrorMs <= 0
  ) {
    verdict.reason = explicit < 0 ? "no-explicit-freshness" : "expired";
  }
}

function whyNot(head: MessageHead, cc: CacheControl, asked: RequestTraits): string | undefined {
  const { status } = head;
  if (isNeverKept(status)) return "status";
  if (cc.mustUnderstand && !understood.has(status)) return "must-understand";
  // RFC 9111 section 5.2.2.3: who understands the status passes no-store over.
  if (cc.noStore && !cc.mustUnderstand) return "no-store";
  if (cc.isPrivate) return "private";
  if (asked.noStore) return "request-no-store";
  // RFC 9111 section 3.5.
  if (asked.hasAuthorization && !cc.isPublic && !cc.mustRevalidate && cc.sMaxAge < 0) return "authorization";
  return undefined;
}

/** Whether `ttl.default` applies: to what anybody could have been given, and not to what may be one visitor's own. */
function isKeptUnsaid(
  head: MessageHead,
  cc: CacheControl,
  asked: RequestTraits,
  settings: CacheSettings,
): boolean {
  if (!cc.isPublic && !kept.has(head.status)) return false;
  // Where no cookies are forwarded, none is passed back either.
  const setsCookie = settings.cookies !== "none" && head.find(Field.setCookie) >= 0;
  return cc.isPublic || (!asked.hasUnkeyedCookie && !setsCookie);
}

/** The life that the origin names, in milliseconds; -1 where it names none. @see RFC 9111 section 4.2.1 */
function explicitMs(
  head: MessageHead,
  octets: Uint8Array,
  start: number,
  cc: CacheControl,
  isTargeted: boolean,
  wall: number,
): number {
  if (cc.sMaxAge >= 0) return cc.sMaxAge * 1000;
  if (cc.maxAge >= 0) return cc.maxAge * 1000;
  const index = isTargeted ? -1 : head.find(Field.expires);
  if (index < 0) return -1;
  // RFC 9111 section 5.3: what is no date is in the past. Two that differ are no date.
  if (head.find(Field.expires, index + 1) >= 0) return 0;
  const expires = parseHttpDate(head.valueText(octets, start, index), wall);
  if (Number.isNaN(expires)) return 0;
  const date = dateOf(head, octets, start, wall);
  return Math.max(0, expires - date);
}

/** When the response was made, by its own word; else when it arrived. */
export function dateOf(head: MessageHead, octets: Uint8Array, start: number, wall: number): number {
  const index = head.find(Field.date);
  const date = index < 0 ? Number.NaN : parseHttpDate(head.valueText(octets, start, index), wall);
  return Number.isNaN(date) ? wall : date;
}

/** The most that an age is read as, in seconds. @see RFC 9111 section 1.2.2 */
const maxAge = 2_147_483_648;

/** How old a response was when it arrived, in milliseconds. @see RFC 9111 section 4.2.3 */
export function ageOf(
  head: MessageHead,
  octets: Uint8Array,
  start: number,
  wall: number,
  tookMs: number,
): number {
  const apparent = Math.max(0, wall - dateOf(head, octets, start, wall));
  let seconds = 0;
  const index = head.find(Field.age);
  if (index >= 0) {
    // RFC 9111 section 5.1: of a list the first counts; what is no number is passed over.
    const first = head.valueText(octets, start, index).split(",", 1)[0]?.trim() ?? "";
    if (/^\d+$/.test(first)) seconds = Math.min(Number(first), maxAge);
  }
  // The Date's second is not finished yet: a fraction of it is nobody's age.
  const byDate = apparent < 1000 ? 0 : apparent;
  return Math.max(byDate, seconds > 0 ? seconds * 1000 + tookMs : 0);
}

/**
 * Reads the first targeted field that is there and well-formed into `targeted`: ours, then the one for all distributions.
 * @see RFC 9213 section 2.1
 */
function readTargeted(head: MessageHead, octets: Uint8Array, start: number): boolean {
  return (
    readDictionary(head, octets, start, Field.ownCacheControl) ||
    readDictionary(head, octets, start, Field.targetedCacheControl)
  );
}

function readDictionary(head: MessageHead, octets: Uint8Array, start: number, field: number): boolean {
  let text: string | undefined;
  for (let i = head.find(field); i >= 0; i = head.find(field, i + 1)) {
    const value = head.valueText(octets, start, i);
    text = text === undefined ? value : `${text}, ${value}`;
  }
  if (text === undefined) return false;
  const members = parseDictionary(text);
  // RFC 9213 section 2.1: a field that is malformed or empty is as if it were not there.
  if (!members || members.size === 0) return false;
  targeted.clear();
  targeted.isPresent = true;
  const seconds = (name: string): number => {
    const member = members.get(name);
    return member?.type === "integer" && member.value >= 0 ? Math.min(member.value, maxAge) : -1;
  };
  const flag = (name: string): boolean => {
    const member = members.get(name);
    return member?.type === "boolean" && member.value;
  };
  targeted.maxAge = seconds("max-age");
  targeted.sMaxAge = seconds("s-maxage");
  targeted.staleWhileRevalidate = seconds("stale-while-revalidate");
  targeted.staleIfError = seconds("stale-if-error");
  targeted.noStore = flag("no-store");
  targeted.noCache = flag("no-cache");
  targeted.isPrivate = flag("private");
  targeted.isPublic = flag("public");
  targeted.mustRevalidate = flag("must-revalidate");
  targeted.proxyRevalidate = flag("proxy-revalidate");
  targeted.mustUnderstand = flag("must-understand");
  return true;
}
