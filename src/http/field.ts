// The header fields that framing, routing and relaying have a rule for, recognised by octets while a head is read.
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
} as const;

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
