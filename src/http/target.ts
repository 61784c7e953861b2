// The request target and the Host field (RFC 9112 section 3.2, RFC 9110 section 7.2, RFC 3986 section 3.2): which of the four
// forms it is, whether it fits the method, and whether both name the same host. Targets are relayed as they came: no
// percent-decoding and no path normalisation here.

import type { HttpFailureCode } from "./failure.ts";
import { Field } from "./field.ts";
import type { MessageHead } from "./head.ts";
import { Method } from "./method.ts";
import { COLON, decimalOf, HEX, isOf, isSameText, octetsOf, REG_NAME, spells } from "./octets.ts";

/** The forms of a request target. */
export const TargetForm = { origin: 0, absolute: 1, authority: 2, asterisk: 3 } as const;

const SLASH = 47;
const QUESTION = 63;
const BACKSLASH = 92;
const http = octetsOf("http://");
const https = octetsOf("https://");

/** Where an authority's host stands and its port: reused, filled by `readAuthority`. */
const authority = { hostStart: 0, hostEnd: 0, port: -1 };

/**
 * Finds the target's form, its path and the host it is for, and sets them on the head.
 * @returns the failure, or undefined
 */
export function checkTarget(
  head: MessageHead,
  octets: Uint8Array,
  start: number,
): HttpFailureCode | undefined {
  const from = start + head.targetStart;
  const to = start + head.targetEnd;
  head.pathStart = head.targetStart;
  head.pathEnd = head.targetEnd;
  let hasAuthority = false;
  let defaultPort = 80;

  if (octets[from] === SLASH) {
    head.targetForm = TargetForm.origin;
    if (head.method === Method.CONNECT) return "target-malformed";
  } else if (head.method === Method.CONNECT) {
    // RFC 9112 section 3.2.3: authority-form, host and port, nothing else.
    head.targetForm = TargetForm.authority;
    if (!readAuthority(octets, from, to) || authority.port < 0 || authority.hostStart === authority.hostEnd) {
      return "target-malformed";
    }
    hasAuthority = true;
    head.pathStart = head.pathEnd;
  } else if (octets[from] === 42 /* * */ && to === from + 1) {
    head.targetForm = TargetForm.asterisk;
    if (head.method !== Method.OPTIONS) return "target-malformed";
  } else {
    head.targetForm = TargetForm.absolute;
    const isHttp = spells(octets, from, from + http.length, http);
    if (!isHttp && !spells(octets, from, from + https.length, https)) return "target-malformed";
    if (!isHttp) defaultPort = 443;
    const at = from + (isHttp ? http.length : https.length);
    let end = at;
    while (end < to && octets[end] !== SLASH && octets[end] !== QUESTION) end++;
    // An "@" is in no host, so user information (RFC 9110 section 4.2.4) is refused here.
    if (!readAuthority(octets, at, end) || authority.hostStart === authority.hostEnd)
      return "target-malformed";
    hasAuthority = true;
    head.pathStart = end - start;
  }
  for (let at = start + head.pathStart; at < to && octets[at] !== QUESTION; at++) {
    // Browsers read "\" in a path as "/", so no recipient may see one. In a query they leave it as it is.
    if (octets[at] === BACKSLASH) return "target-malformed";
  }
  if (hasAuthority) {
    head.hostStart = authority.hostStart - start;
    head.hostEnd = authority.hostEnd - start;
    head.port = authority.port;
  }
  return checkHost(head, octets, start, hasAuthority, defaultPort);
}

function checkHost(
  head: MessageHead,
  octets: Uint8Array,
  start: number,
  hasAuthority: boolean,
  defaultPort: number,
): HttpFailureCode | undefined {
  if (head.hostField < 0) return head.minorVersion === 0 ? undefined : "host-absent";
  if (head.find(Field.host, head.hostField + 1) >= 0) return "host-repeated";
  const from = start + head.valueStart(head.hostField);
  const to = start + head.valueEnd(head.hostField);
  if (!readAuthority(octets, from, to)) return "host-malformed";
  if (!hasAuthority) {
    head.hostStart = authority.hostStart - start;
    head.hostEnd = authority.hostEnd - start;
    head.port = authority.port;
    return undefined;
  }
  // Deviates from RFC 9112 section 3.2.2, which lets the target win: two names are two readings.
  const hasSameHost = isSameText(
    octets,
    start + head.hostStart,
    start + head.hostEnd,
    authority.hostStart,
    authority.hostEnd,
  );
  // Clients of a proxy may leave the port of CONNECT out of Host.
  const hasSamePort =
    head.method === Method.CONNECT
      ? authority.port < 0 || authority.port === head.port
      : portOr(authority.port, defaultPort) === portOr(head.port, defaultPort);
  return hasSameHost && hasSamePort ? undefined : "host-disagrees";
}

function portOr(port: number, otherwise: number): number {
  return port < 0 ? otherwise : port;
}

/** Reads `uri-host [ ":" port ]` into `authority`; an empty host passes. */
function readAuthority(octets: Uint8Array, from: number, to: number): boolean {
  let at = from;
  authority.hostStart = from;
  if (octets[at] === 91 /* [ */ && at < to) {
    at++;
    while (at < to && (isOf(HEX, octets[at]) || octets[at] === COLON || octets[at] === 46)) at++;
    if (at >= to || octets[at] !== 93 /* ] */ || at === from + 1) return false;
    at++;
  } else {
    while (at < to && isOf(REG_NAME, octets[at])) at++;
  }
  authority.hostEnd = at;
  authority.port = -1;
  if (at === to) return true;
  if (octets[at] !== COLON) return false;
  if (at + 1 === to) return true; // an empty port is the default one (RFC 3986 section 3.2.3)
  authority.port = decimalOf(octets, at + 1, to);
  return authority.port <= 65_535;
}
