// Octet-wise work that several files here share: ASCII case folding, comparison, joining.

/** The ASCII lower-case form of each octet (RFC 4343 section 3). Length octets (0 to 63) are their own. */
export const lowerCase: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) =>
  octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet,
);

/** Tells whether two runs of octets are the same. */
export function areSameOctets(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * Compares two runs as left-justified unsigned octets; the one that ends first is the smaller.
 * @returns negative, zero or positive
 * @see RFC 4034 section 6.3
 */
export function compareOctets(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
