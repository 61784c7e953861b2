// Base64 (RFC 4648 section 4) of octets in JSON and in presentation format. The language library that pure folders see has
// none. Base64 in zone files, which may be split by blanks, is read in rdata/text-encodings.ts.

/** The digits by their value. */
export const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Writes octets as base64 with padding. */
export function formatBase64(octets: Uint8Array, from: number = 0, to: number = octets.length): string {
  let text = "";
  for (let i = from; i < to; i += 3) {
    const second = i + 1 < to ? octets[i + 1]! : 0;
    const third = i + 2 < to ? octets[i + 2]! : 0;
    const bits = (octets[i]! << 16) | (second << 8) | third;
    text += base64Digits.charAt(bits >> 18) + base64Digits.charAt((bits >> 12) & 63);
    text += i + 1 < to ? base64Digits.charAt((bits >> 6) & 63) : "=";
    text += i + 2 < to ? base64Digits.charAt(bits & 63) : "=";
  }
  return text;
}

/**
 * Reads base64 with padding, and nothing else in it.
 * @returns undefined where the text is no base64
 */
export function parseBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const octets = new Uint8Array((text.length / 4) * 3 - padding);
  let bits = 0;
  let at = 0;
  for (let i = 0; i < text.length - padding; i++) {
    const value = base64Digits.indexOf(text.charAt(i));
    if (value < 0) return undefined;
    bits = (bits << 6) | value;
    if (i % 4 === 0) continue;
    octets[at++] = bits >> (6 - 2 * (i % 4));
  }
  return octets;
}
