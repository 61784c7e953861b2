// Numbers in RDATA that may be written as a word: DNSSEC algorithms (RFC 4034 appendix A.1), certificate types
// (RFC 4398 section 2.1), DSYNC schemes (RFC 9859 section 2.1), and RR types. Words are read in any case.

import { typeNumber } from "../rr-type.ts";
import { type TextScanner, TokenKind } from "../scanner.ts";
import { failRdataTooLong, numberOf, type OctetSink, tokenText } from "../scanner-values.ts";

/** A list of words and the numbers they stand for. */
export interface Mnemonics {
  readonly numbers: ReadonlyMap<string, number>;
  readonly names: ReadonlyMap<number, string>;
  /** The value in words, for a failure. */
  readonly expected: string;
}

function mnemonics(expected: string, rows: Readonly<Record<string, number>>): Mnemonics {
  const numbers = new Map(Object.entries(rows));
  const names = new Map<number, string>();
  for (const [name, number] of numbers) if (!names.has(number)) names.set(number, name);
  return { numbers, names, expected };
}

/** DNSSEC algorithms (IANA "DNS Security Algorithm Numbers"). */
export const algorithmMnemonics: Mnemonics = mnemonics(
  "an algorithm: 0 to 255, or a name such as ECDSAP256SHA256",
  {
    RSAMD5: 1,
    DH: 2,
    DSA: 3,
    RSASHA1: 5,
    "DSA-NSEC3-SHA1": 6,
    "RSASHA1-NSEC3-SHA1": 7,
    NSEC3RSASHA1: 7,
    RSASHA256: 8,
    RSASHA512: 10,
    "ECC-GOST": 12,
    ECDSAP256SHA256: 13,
    ECDSAP384SHA384: 14,
    ED25519: 15,
    ED448: 16,
    SM2SM3: 17,
    "ECC-GOST12": 23,
    INDIRECT: 252,
    PRIVATEDNS: 253,
    PRIVATEOID: 254,
  },
);

/** Types of certificates in CERT (RFC 4398 section 2.1). */
export const certificateTypes: Mnemonics = mnemonics(
  "a certificate type: 0 to 65535, or a name such as PKIX",
  {
    PKIX: 1,
    SPKI: 2,
    PGP: 3,
    IPKIX: 4,
    ISPKI: 5,
    IPGP: 6,
    ACPKIX: 7,
    IACPKIX: 8,
    URI: 253,
    OID: 254,
  },
);

/** Schemes of DSYNC (RFC 9859 section 2.1). */
export const dsyncSchemes: Mnemonics = mnemonics("a scheme: NOTIFY, or 0 to 255", { NOTIFY: 1 });

/** Reads a number or one of the words, and puts `width` octets. */
export function putMnemonic(scanner: TextScanner, sink: OctetSink, words: Mnemonics, width: number): void {
  if (scanner.next() !== TokenKind.word) {
    scanner.failToken("bad-number", words.expected);
    return;
  }
  const first = scanner.octets[scanner.tokenStart]!;
  let number = words.numbers.get(first > 57 ? tokenText(scanner).toUpperCase() : "");
  if (number === undefined) {
    number = numberOf(scanner, scanner.tokenStart, scanner.tokenEnd, 256 ** width - 1, words.expected);
  }
  if (!sink.putNumber(number, width)) failRdataTooLong(scanner);
}

const typeWords = "an RR type such as AAAA or TYPE65280";

/** The number of the RR type that the token names, or -1 after a failure. */
export function rrTypeOf(scanner: TextScanner): number {
  const number = scanner.kind === TokenKind.word ? typeNumber(tokenText(scanner)) : undefined;
  if (number === undefined) scanner.failToken("unknown-type", typeWords);
  return number ?? -1;
}

/** Reads an RR type and puts its 2 octets. */
export function putRrType(scanner: TextScanner, sink: OctetSink): void {
  scanner.next();
  const number = rrTypeOf(scanner);
  if (number >= 0 && !sink.putNumber(number, 2)) failRdataTooLong(scanner);
}
