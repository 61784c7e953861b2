// The header fields that framing, routing, relaying and caching have a rule for, recognised by octets while a head is read.
// All other fields are relayed as they are and never become strings.

import { octetsOf, spells } from "./octets.ts";

/** Numbers of the fields that have a rule; 0 is any other field. */
export const Field = {
  other: 0,
  host: 1,
  contentLength: 2,
  transferEncoding: 3,
  connection: 4,
  upgrade: 5,
  te: 6,
  trailer: 7,
  keepAlive: 8,
  proxyConnection: 9,
  proxyAuthenticate: 10,
  proxyAuthorization: 11,
  expect: 12,
  maxForwards: 13,
  date: 14,
  via: 15,
  forwarded: 16,
  forwardedFor: 17,
  forwardedHost: 18,
  forwardedProto: 19,
  forwardedPort: 20,
  /** Others of that kind that programs behind proxies are known to believe. */
  forwardedOther: 21,
  // What caches read and write (RFC 9110, 9111, 9211, 9213).
  cacheControl: 22,
  pragma: 23,
  authorization: 24,
  cookie: 25,
  range: 26,
  ifNoneMatch: 27,
  ifModifiedSince: 28,
  ifMatch: 29,
  ifUnmodifiedSince: 30,
  ifRange: 31,
  age: 32,
  expires: 33,
  etag: 34,
  lastModified: 35,
  vary: 36,
  setCookie: 37,
  location: 38,
  contentLocation: 39,
  contentRange: 40,
  contentEncoding: 41,
  contentMd5: 42,
  contentType: 43,
  /** RFC 9213's field for caches of distributions, and the one for this program alone. */
  targetedCacheControl: 44,
  ownCacheControl: 45,
  surrogateControl: 46,
  cacheStatus: 47,
  cacheNote: 48,
  proxyAuthenticationInfo: 49,
} as const;

/** The name of the targeted field that this program's distributions obey before all others. @see RFC 9213 section 2.2 */
export const ownCacheControlName = "Fairlead-Cache-Control";

/** What a field does on its way through an intermediary. */
interface FieldRow {
  readonly name: string;
  readonly field: number;
  /** True where it concerns one connection only and is never relayed. @see RFC 9110 section 7.6.1 */
  readonly isHopByHop: boolean;
  /** True where it is dropped from a trailer section: framing, routing and the connection. @see RFC 9110 section 6.5.1 */
  readonly isForbiddenInTrailers: boolean;
}

const row = (name: string, field: number, isHopByHop: boolean, isForbiddenInTrailers: boolean): FieldRow => ({
  name,
  field,
  isHopByHop,
  isForbiddenInTrailers,
});

const table: readonly FieldRow[] = [
  row("host", Field.host, false, true),
  row("content-length", Field.contentLength, false, true),
  row("transfer-encoding", Field.transferEncoding, true, true),
  row("connection", Field.connection, true, true),
  row("upgrade", Field.upgrade, true, true),
  row("te", Field.te, true, true),
  row("trailer", Field.trailer, false, true),
  row("keep-alive", Field.keepAlive, true, true),
  row("proxy-connection", Field.proxyConnection, true, true),
  row("proxy-authenticate", Field.proxyAuthenticate, true, true),
  row("proxy-authorization", Field.proxyAuthorization, true, true),
  row("expect", Field.expect, false, true),
  row("max-forwards", Field.maxForwards, false, true),
  row("date", Field.date, false, true),
  row("via", Field.via, false, true),
  row("forwarded", Field.forwarded, false, true),
  row("x-forwarded-for", Field.forwardedFor, false, true),
  row("x-forwarded-host", Field.forwardedHost, false, true),
  row("x-forwarded-proto", Field.forwardedProto, false, true),
  row("x-forwarded-port", Field.forwardedPort, false, true),
  row("x-forwarded-server", Field.forwardedOther, false, true),
  row("x-forwarded-scheme", Field.forwardedOther, false, true),
  row("x-forwarded-ssl", Field.forwardedOther, false, true),
  row("x-forwarded-prefix", Field.forwardedOther, false, true),
  row("x-real-ip", Field.forwardedOther, false, true),
  // RFC 9110 section 6.5.1: what changes how the request is read, who it is of, or how the response may be kept.
  row("cache-control", Field.cacheControl, false, true),
  row("pragma", Field.pragma, false, true),
  row("authorization", Field.authorization, false, true),
  row("cookie", Field.cookie, false, true),
  row("range", Field.range, false, true),
  row("if-none-match", Field.ifNoneMatch, false, true),
  row("if-modified-since", Field.ifModifiedSince, false, true),
  row("if-match", Field.ifMatch, false, true),
  row("if-unmodified-since", Field.ifUnmodifiedSince, false, true),
  row("if-range", Field.ifRange, false, true),
  row("age", Field.age, false, true),
  row("expires", Field.expires, false, true),
  row("etag", Field.etag, false, false),
  row("last-modified", Field.lastModified, false, false),
  row("vary", Field.vary, false, true),
  row("set-cookie", Field.setCookie, false, true),
  row("location", Field.location, false, true),
  row("content-location", Field.contentLocation, false, true),
  row("content-range", Field.contentRange, false, true),
  row("content-encoding", Field.contentEncoding, false, true),
  row("content-md5", Field.contentMd5, false, false),
  row("content-type", Field.contentType, false, true),
  row("cdn-cache-control", Field.targetedCacheControl, false, true),
  row(ownCacheControlName.toLowerCase(), Field.ownCacheControl, false, true),
  row("surrogate-control", Field.surrogateControl, false, true),
  row("cache-status", Field.cacheStatus, false, false),
  row("x-cache", Field.cacheNote, false, false),
  row("proxy-authentication-info", Field.proxyAuthenticationInfo, true, true),
];

const byLength: { readonly name: Uint8Array; readonly field: number }[][] = [];
const hopByHop: boolean[] = [];
const forbiddenInTrailers: boolean[] = [];
for (const { name, field, isHopByHop, isForbiddenInTrailers } of table) {
  (byLength[name.length] ??= []).push({ name: octetsOf(name), field });
  hopByHop[field] = isHopByHop;
  forbiddenInTrailers[field] = isForbiddenInTrailers;
}

/** Finds the number of the field that octets name, whatever their case. */
export function fieldOf(octets: Uint8Array, from: number, to: number): number {
  const rows = byLength[to - from];
  if (rows) for (const row of rows) if (spells(octets, from, to, row.name)) return row.field;
  return Field.other;
}

/** Tells whether a field concerns one connection only. */
export function isHopByHop(field: number): boolean {
  return hopByHop[field] ?? false;
}

/** Tells whether a field is dropped from a trailer section. */
export function isForbiddenInTrailers(field: number): boolean {
  return forbiddenInTrailers[field] ?? false;
}
