// The numbers of the DNS that are no RR types: classes, opcodes, response codes, EDNS options, extended errors.
// Each with its IANA mnemonic, and text for what has none.

/** RR and query classes (RFC 1035 section 3.2.4, RFC 2136 section 2.4). */
export const RrClass = { IN: 1, CH: 3, HS: 4, NONE: 254, ANY: 255 } as const;

/** Operation codes (RFC 1035 section 4.1.1, RFC 1996, RFC 2136, RFC 8490). */
export const Opcode = { QUERY: 0, IQUERY: 1, STATUS: 2, NOTIFY: 4, UPDATE: 5, DSO: 6 } as const;

/** Response codes, 12 bits with EDNS (RFC 1035, RFC 2136, RFC 6891, RFC 7873, RFC 8945). TSIG's share the space. */
export const Rcode = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
  DSOTYPENI: 11,
  /** In an OPT record (RFC 6891 section 9). */
  BADVERS: 16,
  /** In a TSIG record (RFC 8945 section 3), where 16 is BADSIG. */
  BADKEY: 17,
  BADTIME: 18,
  BADMODE: 19,
  BADNAME: 20,
  BADALG: 21,
  BADTRUNC: 22,
  BADCOOKIE: 23,
} as const;

/** EDNS option codes. */
export const EdnsOption = {
  /** RFC 8764. */
  LLQ: 1,
  /** RFC 5001. */
  NSID: 3,
  /** RFC 6975. */
  DAU: 5,
  DHU: 6,
  N3U: 7,
  /** RFC 7871. */
  CLIENT_SUBNET: 8,
  /** RFC 7314. */
  EXPIRE: 9,
  /** RFC 7873. */
  COOKIE: 10,
  /** RFC 7828. */
  TCP_KEEPALIVE: 11,
  /** RFC 7830. */
  PADDING: 12,
  /** RFC 7901. */
  CHAIN: 13,
  /** RFC 8145. */
  KEY_TAG: 14,
  /** RFC 8914. */
  EXTENDED_ERROR: 15,
  /** RFC 9567. */
  REPORT_CHANNEL: 18,
  /** RFC 9660. */
  ZONEVERSION: 19,
  /** First of the range for local use (RFC 6891 section 9), 65001 to 65534. */
  LOCAL_FIRST: 65001,
} as const;

/** Extended error codes (RFC 8914 section 4 and the registry it opens). */
export const ExtendedError = {
  OTHER: 0,
  UNSUPPORTED_DNSKEY_ALGORITHM: 1,
  UNSUPPORTED_DS_DIGEST_TYPE: 2,
  STALE_ANSWER: 3,
  FORGED_ANSWER: 4,
  DNSSEC_INDETERMINATE: 5,
  DNSSEC_BOGUS: 6,
  SIGNATURE_EXPIRED: 7,
  SIGNATURE_NOT_YET_VALID: 8,
  DNSKEY_MISSING: 9,
  RRSIGS_MISSING: 10,
  NO_ZONE_KEY_BIT_SET: 11,
  NSEC_MISSING: 12,
  CACHED_ERROR: 13,
  NOT_READY: 14,
  BLOCKED: 15,
  CENSORED: 16,
  FILTERED: 17,
  PROHIBITED: 18,
  STALE_NXDOMAIN_ANSWER: 19,
  NOT_AUTHORITATIVE: 20,
  NOT_SUPPORTED: 21,
  NO_REACHABLE_AUTHORITY: 22,
  NETWORK_ERROR: 23,
  INVALID_DATA: 24,
  SIGNATURE_EXPIRED_BEFORE_VALID: 25,
  TOO_EARLY: 26,
  UNSUPPORTED_NSEC3_ITERATIONS: 27,
  UNABLE_TO_CONFORM_TO_POLICY: 28,
  SYNTHESIZED: 29,
  INVALID_QUERY_TYPE: 30,
} as const;

/** The mnemonic of a class, or CLASS### (RFC 3597 section 5). */
export function className(number: number): string {
  return nameIn(RrClass, number) ?? `CLASS${number}`;
}

/** The number of a class from its mnemonic or CLASS###, in any case; undefined where there is none. */
export function classNumber(text: string): number | undefined {
  return numberIn(RrClass, text) ?? numberAfter("CLASS", text);
}

/** The mnemonic of a response code, or RCODE###. */
export function rcodeName(number: number): string {
  return nameIn(Rcode, number) ?? `RCODE${number}`;
}

/** The mnemonic of an operation code, or OPCODE###. */
export function opcodeName(number: number): string {
  return nameIn(Opcode, number) ?? `OPCODE${number}`;
}

function nameIn(table: Readonly<Record<string, number>>, number: number): string | undefined {
  for (const name in table) if (table[name] === number) return name;
  return undefined;
}

function numberIn(table: Readonly<Record<string, number>>, text: string): number | undefined {
  const name = text.toUpperCase();
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/**
 * The number in `PREFIX###`: decimal digits up to 65535 after the prefix, in any case (RFC 3597 section 5).
 * @returns undefined where the text is anything else
 */
export function numberAfter(prefix: string, text: string): number | undefined {
  const digits = text.slice(prefix.length);
  if (text.length <= prefix.length || digits.length > 5) return undefined;
  if (text.slice(0, prefix.length).toUpperCase() !== prefix) return undefined;
  let number = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number <= 0xffff ? number : undefined;
}
