// Values as people write them on a command line: whole numbers, times, domain names with letters of any script, text of TXT records.

import { domainToASCII } from "node:url";
import { PlatformError } from "#contract/plain";

/** Seconds in each unit that a time may have, as in zone files (BIND). */
const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Octets that one character-string of a TXT record holds. @see RFC 1035 section 3.3 */
const maxCharStringOctets = 255;

/** Reads a whole number from `least` to `most`. Throws `usage`. */
export function readWholeNumber(option: string, text: string, least: number, most: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new PlatformError(
    "usage",
    `Cannot read ${option} "${text}": expected a whole number from ${least} to ${most}`,
  );
}

/** Reads a time in seconds, or with units: 300, 5m, 1h30m. Throws `usage`. */
export function readSeconds(option: string, text: string): number {
  const parts = /^(?:\d{1,10}|(?:\d{1,10}[smhdw])+)$/i.test(text)
    ? [...text.matchAll(/(\d+)([smhdw]?)/gi)]
    : [];
  const value = parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * (units[unit?.toLowerCase() || "s"] ?? 1),
    0,
  );
  if (parts.length > 0 && value <= 2_147_483_647) return value;
  throw new PlatformError(
    "usage",
    `Cannot read ${option} "${text}": expected seconds, or a time such as 5m or 1h30m`,
  );
}

/** Reads a time as {@link readSeconds} does, or a part of a second such as 0.5, in milliseconds. Throws `usage`. */
export function readMilliseconds(option: string, text: string): number {
  const value = /^\d{1,7}\.\d{1,3}$/.test(text) ? Number(text) : readSeconds(option, text);
  return Math.round(value * 1000);
}

/** A domain name as the platform takes it: letters beyond ASCII become A-labels, all else is left to the platform to judge. */
export function readDomainName(text: string): string {
  // oxlint-disable-next-line no-control-regex -- all of ASCII is meant
  if (/^[\x00-\x7F]*$/.test(text)) return text;
  // A name that IDNA refuses gives the empty string; the platform says then what it expects of the name as it was written.
  return domainToASCII(text) || text;
}

/**
 * The data of one record as the platform takes it: text for a TXT record that stands in no quotes is taken as it is, in as many
 * character-strings as it needs. In presentation format its spaces would part it, and a semicolon would end it.
 */
export function readRecordData(type: string, text: string): string {
  if (!/^(?:txt|spf)$/i.test(type) || /^\s*(?:"|\\#)/.test(text)) return text;
  const octets = Buffer.from(text, "utf8");
  const strings: string[] = [];
  for (let at = 0; at === 0 || at < octets.length; at += maxCharStringOctets) {
    const part = octets.subarray(at, at + maxCharStringOctets);
    strings.push(`"${[...part].map(escapeOctet).join("")}"`);
  }
  return strings.join(" ");
}

function escapeOctet(octet: number): string {
  if (octet === 0x22 || octet === 0x5c) return `\\${String.fromCharCode(octet)}`;
  return octet >= 0x20 && octet < 0x7f
    ? String.fromCharCode(octet)
    : `\\${octet.toString().padStart(3, "0")}`;
}
