// Names in presentation format (RFC 1035 section 5.1): parse and format, on octets. For `Name` only; others use that.

import { fail, type Result, succeed } from "./failure.ts";
import { maxLabelOctets, maxNameOctets } from "./limits.ts";

/** The octets of a name that was read from text. */
export interface ParsedName {
  /** Uncompressed, with the final zero octet. */
  readonly octets: Uint8Array;
  /** Without the root's. */
  readonly labelCount: number;
}

const dot = 0x2e;
const backslash = 0x5c;

// Filled by one parse, copied out at its end.
const scratch = new Uint8Array(maxNameOctets);

/** Reads a name; `origin` (octets of a name, else the root's) completes one without a final dot. */
export function parseNameText(text: string, origin?: Uint8Array): Result<ParsedName> {
  if (text === ".") return succeed({ octets: new Uint8Array(1), labelCount: 0 });
  if (text === "") return fail("empty-name", 0, { expected: "a domain name" });
  let labelCount = 0;
  let labelAt = 0; // where the current label's length octet goes
  let at = 1;
  let i = 0;
  while (i < text.length) {
    let octet = text.charCodeAt(i);
    const from = i++;
    if (octet === dot) {
      if (at === labelAt + 1) return fail("empty-label", from, { expected: "a label before the dot" });
      scratch[labelAt] = at - labelAt - 1;
      labelCount++;
      labelAt = at++;
      continue;
    }
    if (octet === backslash) {
      octet = escapedOctet(text, i);
      if (octet < 0) return fail("bad-escape", from, { expected: "\\DDD up to 255, or \\ and a character" });
      i += isDigit(text.charCodeAt(i)) ? 3 : 1;
    } else if (!isPlain(octet)) {
      return fail("bad-character", from, { expected: "letters, digits, - _ * /; others escaped" });
    }
    if (at - labelAt > maxLabelOctets) {
      return fail("label-too-long", from, { expected: `at most ${maxLabelOctets} octets in a label` });
    }
    // One octet stays free for the root.
    if (at >= maxNameOctets - 1) return tooLong(from);
    scratch[at++] = octet;
  }
  if (at === labelAt + 1) {
    // The text ended in a dot: the name is absolute, and the open label is the root's.
    scratch[labelAt] = 0;
    return succeed({ octets: scratch.slice(0, at), labelCount });
  }
  scratch[labelAt] = at - labelAt - 1;
  labelCount++;
  const suffixOctets = origin?.length ?? 1;
  if (at + suffixOctets > maxNameOctets) return tooLong(text.length);
  const octets = new Uint8Array(at + suffixOctets);
  octets.set(scratch.subarray(0, at));
  if (origin) {
    octets.set(origin, at);
    for (let k = 0; (origin[k] ?? 0) !== 0; k += 1 + (origin[k] ?? 0)) labelCount++;
  }
  return succeed({ octets, labelCount });
}

function tooLong(offset: number): Result<ParsedName> {
  return fail("name-too-long", offset, { expected: `at most ${maxNameOctets} octets in a name` });
}

/** The octet that the escape at `at` (after its backslash) stands for, or -1. */
function escapedOctet(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (!isDigit(first)) return first >= 0x20 && first <= 0x7e ? first : -1; // NaN at the end of the text is -1 too
  const second = text.charCodeAt(at + 1);
  const third = text.charCodeAt(at + 2);
  if (!isDigit(second) || !isDigit(third)) return -1;
  const octet = (first - 0x30) * 100 + (second - 0x30) * 10 + (third - 0x30);
  return octet > 255 ? -1 : octet;
}

function isDigit(character: number): boolean {
  return character >= 0x30 && character <= 0x39;
}

/** What stands in a name without an escape: letters, digits, and the four signs - _ * / that names are known to use. */
function isPlain(character: number): boolean {
  return (
    (character >= 0x61 && character <= 0x7a) ||
    (character >= 0x41 && character <= 0x5a) ||
    isDigit(character) ||
    character === 0x2d ||
    character === 0x5f ||
    character === 0x2a ||
    character === 0x2f
  );
}

const openingBracket = 0x5b;

/**
 * How each octet of a label is written: as is, escaped, or as \DDD. Of the characters that would do with a backslash two are written in digits all the same:
 * `\[` was the beginning of a bit-string label (RFC 2673), which BIND refuses, and NSD takes the dot after `\\` for a part of the label. Knot refuses
 * brackets and braces that have no backslash.
 */
export const labelText: readonly string[] = Array.from({ length: 256 }, (_, octet) => {
  if (octet <= 0x20 || octet >= 0x7f || octet === openingBracket || octet === backslash)
    return `\\${String(octet).padStart(3, "0")}`;
  return (isPlain(octet) ? "" : "\\") + String.fromCharCode(octet);
});

/** Writes a name's octets as text with a final dot. */
export function formatNameOctets(octets: Uint8Array): string {
  if (octets[0] === 0) return ".";
  let text = "";
  let at = 0;
  for (let length = octets[at] ?? 0; length !== 0; length = octets[at] ?? 0) {
    const end = at + 1 + length;
    for (let i = at + 1; i < end; i++) text += labelText[octets[i] ?? 0] ?? "";
    text += ".";
    at = end;
  }
  return text;
}
