// Base64 (RFC 4648 section 4), as RDATA travels in JSON. The language library that this layer sees has none.

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Writes octets as base64 with padding. */
export function encodeBase64(octets: Uint8Array): string {
  let text = "";
  for (let i = 0; i < octets.length; i += 3) {
    const left = octets.length - i;
    const bits = ((octets[i] ?? 0) << 16) | ((octets[i + 1] ?? 0) << 8) | (octets[i + 2] ?? 0);
    text += alphabet.charAt(bits >> 18) + alphabet.charAt((bits >> 12) & 63);
    text += left > 1 ? alphabet.charAt((bits >> 6) & 63) : "=";
    text += left > 2 ? alphabet.charAt(bits & 63) : "=";
  }
  return text;
}

/**
 * Reads base64 with padding, and nothing else in it.
 * @returns undefined where the text is no base64
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const octets = new Uint8Array((text.length / 4) * 3 - padding);
  let bits = 0;
  let at = 0;
  for (let i = 0; i < text.length - padding; i++) {
    const value = alphabet.indexOf(text.charAt(i));
    if (value < 0) return undefined;
    bits = (bits << 6) | value;
    if (i % 4 === 0) continue;
    octets[at++] = bits >> (6 - 2 * (i % 4));
  }
  return octets;
}
