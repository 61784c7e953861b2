// Text of TXT records in which a character-string is too long: keys for mail are pasted as one, and RFC 1035 section 3.3 has 255 octets at
// most in each. They are cut into as many as they need; who reads them joins them again (RFC 7208 section 3.3, RFC 6376 section 3.6.2.2).

import { maxCharStringOctets, RrType } from "#wire";

/** Types of text whose strings are joined without blanks by those who read them. */
const joinedTypes: ReadonlySet<number> = new Set([RrType.TXT, RrType.SPF]);

/** Cuts what is too long. Text that is not understood is given back as it is: the parser says what is wrong with it. */
export function splitLongStrings(type: number, text: string): string {
  // A letter is three octets at most for each unit that it counts as.
  if (!joinedTypes.has(type) || 3 * text.length <= maxCharStringOctets || text.includes("\\#")) return text;
  const strings = scan(text);
  if (!strings?.some((units) => units.length > maxCharStringOctets)) return text;
  return strings.flatMap(cut).join(" ");
}

/** Whether text of such a type stands in no quotes and holds several words, which are strings of their own. */
export function isUnquotedText(type: number, text: string): boolean {
  return joinedTypes.has(type) && !/["\\]/.test(text) && /\S\s+\S/.test(text);
}

function cut(units: readonly string[]): string[] {
  const parts: string[] = [];
  for (let at = 0; at === 0 || at < units.length; at += maxCharStringOctets)
    parts.push(`"${units.slice(at, at + maxCharStringOctets).join("")}"`);
  return parts;
}

/** The octets of each string, as they are written between quotes; undefined for text with what this does not know. */
function scan(text: string): string[][] | undefined {
  const strings: string[][] = [];
  let current: string[] | undefined;
  let isQuoted = false;
  for (let at = 0; at < text.length;) {
    const unit = /^(?:\\\d{3}|\\[^\d]|[^\\])/su.exec(text.slice(at, at + 4))?.[0];
    if (unit === undefined) return undefined;
    at += unit.length;
    if (unit === '"') {
      if (isQuoted) {
        strings.push(current ?? []);
        current = undefined;
      } else if (current) return undefined;
      else current = [];
      isQuoted = !isQuoted;
    } else if (!isQuoted && /^[ \t]$/.test(unit)) {
      if (current) strings.push(current);
      current = undefined;
    } else if (!isQuoted && /^[\s();]$/.test(unit)) return undefined;
    else (current ??= []).push(...octetsOfUnit(unit));
  }
  if (isQuoted) return undefined;
  if (current) strings.push(current);
  return strings;
}

/** One octet stays as it is written; a letter of several is written by their numbers, so that it can be cut between them. */
function octetsOfUnit(unit: string): string[] {
  if (unit.startsWith("\\") || unit.codePointAt(0)! < 0x80) return [unit];
  return [...new TextEncoder().encode(unit)].map((octet) => `\\${octet}`);
}
