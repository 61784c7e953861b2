// Service parameters, the part of SVCB and HTTPS behind the target, written as text (RFC 9460 section 2.1, appendix A).
// Reading them is in `text-svcb.ts`.

import { formatIpv4, formatIpv6 } from "./text-address.ts";
import { formatBase64 } from "../base64.ts";
import { formatWord } from "./text-strings.ts";
import { isSvcParamValue, isTemplate, SvcParamKey, svcParamName } from "./text-svcb.ts";

const COMMA = 44;
const BACKSLASH = 92;

/**
 * Writes parameters with spaces between them.
 * @returns undefined where the octets are none, or a mandatory key is missing
 */
export function formatSvcParams(octets: Uint8Array, from: number, to: number): string | undefined {
  const params: string[] = [];
  const keys = new Set<number>();
  let lastKey = -1;
  let mandatoryAt = -1;
  for (let at = from; at < to;) {
    if (at + 4 > to) return undefined;
    const key = number16(octets, at);
    const start = at + 4;
    at = start + number16(octets, at + 2);
    if (key <= lastKey || at > to || !isSvcParamValue(key, octets, start, at)) return undefined;
    if (key === SvcParamKey.mandatory) mandatoryAt = start;
    lastKey = key;
    keys.add(key);
    params.push(formatParam(key, octets, start, at));
  }
  if (mandatoryAt >= 0) {
    const end = mandatoryAt + number16(octets, mandatoryAt - 2);
    for (let at = mandatoryAt; at < end; at += 2) if (!keys.has(number16(octets, at))) return undefined;
  }
  return params.join(" ");
}

function number16(octets: Uint8Array, at: number): number {
  return (octets[at]! << 8) | octets[at + 1]!;
}

function formatParam(key: number, octets: Uint8Array, from: number, to: number): string {
  const name = svcParamName(key);
  switch (key) {
    case SvcParamKey.mandatory:
      return `${name}=${formatList(from, to, 2, (at) => svcParamName(number16(octets, at)))}`;
    case SvcParamKey.alpn:
      return `${name}=${formatProtocols(octets, from, to)}`;
    case SvcParamKey.port:
      return `${name}=${number16(octets, from)}`;
    case SvcParamKey.ipv4hint:
      return `${name}=${formatList(from, to, 4, (at) => formatIpv4(octets, at))}`;
    case SvcParamKey.ipv6hint:
      return `${name}=${formatList(from, to, 16, (at) => formatIpv6(octets, at))}`;
    case SvcParamKey.ech:
      return `${name}=${formatBase64(octets, from, to)}`;
    default:
  }
  if (from === to) return key === SvcParamKey.dohpath ? `key${key}` : name;
  // What the name's own text cannot say is written under the key's number.
  const isPlain = key === SvcParamKey.ohttp || (key === SvcParamKey.dohpath && !isTemplate(octets, from, to));
  return `${isPlain ? `key${key}` : name}=${formatWord(octets, from, to)}`;
}

function formatList(from: number, to: number, width: number, format: (at: number) => string): string {
  const items: string[] = [];
  for (let at = from; at < to; at += width) items.push(format(at));
  return items.join(",");
}

/** Writes protocol names: first with a backslash before commas and backslashes, then as one string. */
function formatProtocols(octets: Uint8Array, from: number, to: number): string {
  const list: number[] = [];
  for (let at = from; at < to;) {
    if (at > from) list.push(COMMA);
    const end = at + 1 + octets[at]!;
    for (let i = at + 1; i < end; i++) {
      const octet = octets[i]!;
      if (octet === COMMA || octet === BACKSLASH) list.push(BACKSLASH);
      list.push(octet);
    }
    at = end;
  }
  return formatWord(Uint8Array.from(list), 0, list.length);
}
