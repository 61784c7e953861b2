// Classes of octets in HTTP/1.1 (RFC 9110 section 5.6.2 tokens, section 5.5 field values, RFC 3986 URI characters), and the
// few comparisons that work on octets in place, without a string.

/** The octets that HTTP/1.1 delimits with. */
export const CR = 13;
export const LF = 10;
export const SP = 32;
export const HTAB = 9;
export const COLON = 58;
export const COMMA = 44;

/** tchar: what methods and field names are made of. */
export const TOKEN = 1;
/** What a field value or reason phrase may hold: visible characters, spaces, tabs and obs-text. */
export const VALUE = 2;
/** What a request target may hold: visible ASCII without the three that no URI writer leaves as they are, and no fragment. */
export const TARGET = 4;
/** reg-name of RFC 3986 section 3.2.2: unreserved, percent and sub-delims. */
export const REG_NAME = 8;
/** Hexadecimal digit. */
export const HEX = 16;
/** Decimal digit. */
export const DIGIT = 32;
/** qdtext: what stands in a quoted string without a backslash. */
export const QUOTED = 64;

/** The classes of each octet. */
export const octetClasses: Uint8Array = new Uint8Array(256);

mark(/[!#$%&'*+\-.^_`|~0-9A-Za-z]/, TOKEN);
mark(/[\t\x20-\x7e\x80-\xff]/, VALUE);
mark(/[!$-;=?-~]/, TARGET);
mark(/[-._~%!$&'()*+,;=0-9A-Za-z]/, REG_NAME);
mark(/[0-9A-Fa-f]/, HEX);
mark(/[0-9]/, DIGIT);
mark(/[\t\x20!#-[\]-~\x80-\xff]/, QUOTED);

function mark(pattern: RegExp, octetClass: number): void {
  for (let octet = 0; octet < 256; octet++) {
    if (pattern.test(String.fromCharCode(octet)))
      octetClasses[octet] = (octetClasses[octet] ?? 0) | octetClass;
  }
}

/** Tells whether an octet is of a class. */
export function isOf(octetClass: number, octet: number | undefined): boolean {
  return octet !== undefined && ((octetClasses[octet] ?? 0) & octetClass) !== 0;
}

/** Makes octets of a text whose characters are below 256. */
export function octetsOf(text: string): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) octets[i] = text.charCodeAt(i);
  return octets;
}

/** Makes a text of octets, a character each (ISO 8859-1). */
export function textOf(octets: Uint8Array, from: number = 0, to: number = octets.length): string {
  let text = "";
  for (let i = from; i < to; i++) text += String.fromCharCode(octets[i]!);
  return text;
}

/**
 * Tells whether octets spell a name, whatever the case of their letters.
 * @param name  lower case; letters, digits and hyphens only
 */
export function spells(octets: Uint8Array, from: number, to: number, name: Uint8Array): boolean {
  if (to - from !== name.length) return false;
  for (let i = 0; i < name.length; i++) {
    const octet = octets[from + i]!;
    if ((octet >= 65 && octet <= 90 ? octet | 32 : octet) !== name[i]) return false;
  }
  return true;
}

/** Tells whether two ranges of one buffer are equal, whatever the case of their ASCII letters. */
export function isSameText(octets: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): boolean {
  if (aEnd - a !== bEnd - b) return false;
  for (let i = 0; i < aEnd - a; i++) {
    const left = octets[a + i]!;
    const right = octets[b + i]!;
    if (left === right) continue;
    const lower = left | 32;
    if (lower !== (right | 32) || lower < 97 || lower > 122) return false;
  }
  return true;
}

/**
 * Reads a decimal number.
 * @returns NaN where there is no digit, another character, or more than 2^53 - 1
 */
export function decimalOf(octets: Uint8Array, from: number, to: number): number {
  if (from >= to) return Number.NaN;
  let value = 0;
  for (let i = from; i < to; i++) {
    const octet = octets[i];
    if (!isOf(DIGIT, octet)) return Number.NaN;
    value = value * 10 + ((octet as number) - 48);
    if (value > Number.MAX_SAFE_INTEGER) return Number.NaN;
  }
  return value;
}
