// Octets as strings and names of presentation format (RFC 1035 section 5.1), written so that they are read back
// octet for octet. Reading is in `scanner-values.ts`.

import { maxLabelOctets, maxNameOctets } from "../limits.ts";
import { labelText } from "../name-text.ts";

const escapedOctets: readonly string[] = Array.from(
  { length: 256 },
  (_, octet) => `\\${String(octet).padStart(3, "0")}`,
);

/** How each octet of a string is written between quotes. */
const inQuotes: readonly string[] = Array.from({ length: 256 }, (_, octet) => {
  if (octet < 32 || octet > 126) return escapedOctets[octet]!;
  const character = String.fromCharCode(octet);
  return character === '"' || character === "\\" ? `\\${character}` : character;
});

/** Writes octets as a string in quotes. */
export function formatQuoted(octets: Uint8Array, from: number, to: number): string {
  let text = '"';
  for (let i = from; i < to; i++) text += inQuotes[octets[i]!]!;
  return `${text}"`;
}

/** Writes octets without quotes where they are letters, digits and the marks , - . _ : / + and not empty, else in quotes. */
export function formatWord(octets: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let i = from; i < to; i++) {
    const octet = octets[i]!;
    if (!isWordOctet(octet)) return formatQuoted(octets, from, to);
    text += String.fromCharCode(octet);
  }
  return text === "" ? '""' : text;
}

function isWordOctet(octet: number): boolean {
  const letter = octet | 0x20;
  return (
    (letter >= 0x61 && letter <= 0x7a) || (octet >= 0x2c && octet <= 0x3a) || octet === 0x5f || octet === 0x2b
  );
}

/**
 * Writes a name in wire form.
 *
 * @param at  where the name starts in `octets`; it must be whole and uncompressed
 * @param origin  names below it are written relative to it, and itself as `@`; only where its octets, case included,
 *   are those of the name, so that reading gives the same octets
 */
export function formatNameAt(octets: Uint8Array, at: number, origin?: Uint8Array): string {
  const originOctets = origin && origin.length > 1 ? origin.length : 0;
  const end = plainNameEnd(octets, at);
  const stop =
    origin && originOctets > 0 && end - at >= originOctets && endsWith(octets, end, origin)
      ? end - originOctets
      : -1;
  if (octets[at] === 0) return ".";
  if (stop === at) return "@";
  let text = "";
  for (let labelAt = at; ;) {
    const length = octets[labelAt]!;
    if (length === 0) return text;
    const labelEnd = labelAt + 1 + length;
    for (let i = labelAt + 1; i < labelEnd; i++) text += labelText[octets[i]!]!;
    if (labelEnd === stop) return text;
    text += ".";
    labelAt = labelEnd;
  }
}

/** The offset behind the name that starts at `at`, or -1 where there is none that is whole and uncompressed. */
export function plainNameEnd(octets: Uint8Array, at: number): number {
  for (let labelAt = at; labelAt - at < maxNameOctets;) {
    const length = octets[labelAt];
    if (length === undefined || length > maxLabelOctets) return -1;
    labelAt += 1 + length;
    if (length === 0) return labelAt - at > maxNameOctets ? -1 : labelAt;
  }
  return -1;
}

/** Whether the octets before `end` are those of `suffix`, and a label starts there. */
function endsWith(octets: Uint8Array, end: number, suffix: Uint8Array): boolean {
  const start = end - suffix.length;
  for (let i = 0; i < suffix.length; i++) if (octets[start + i] !== suffix[i]) return false;
  return true;
}
