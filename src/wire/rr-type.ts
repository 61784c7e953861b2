// The numbers of RR types and their mnemonics (IANA "Resource Record (RR) TYPEs"). What is in the RDATA of a type
// says rdata/table.ts, which has a row for each of them but the query types.

import { numberAfter } from "./constants.ts";

/** RR types by mnemonic, and the query types at the end. */
export const RrType = {
  A: 1,
  NS: 2,
  MD: 3,
  MF: 4,
  CNAME: 5,
  SOA: 6,
  MB: 7,
  MG: 8,
  MR: 9,
  NULL: 10,
  PTR: 12,
  HINFO: 13,
  MINFO: 14,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  X25: 19,
  ISDN: 20,
  RT: 21,
  NSAP: 22,
  SIG: 24,
  KEY: 25,
  PX: 26,
  GPOS: 27,
  AAAA: 28,
  LOC: 29,
  SRV: 33,
  NAPTR: 35,
  KX: 36,
  CERT: 37,
  DNAME: 39,
  OPT: 41,
  APL: 42,
  DS: 43,
  SSHFP: 44,
  IPSECKEY: 45,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  DHCID: 49,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  HIP: 55,
  TALINK: 58,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  CSYNC: 62,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  DSYNC: 66,
  SPF: 99,
  NID: 104,
  L32: 105,
  L64: 106,
  LP: 107,
  EUI48: 108,
  EUI64: 109,
  /** Query type of RFC 9824: in NSEC bitmaps only, for a name that is not there. */
  NXNAME: 128,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
  URI: 256,
  CAA: 257,
  AVC: 258,
  AMTRELAY: 260,
  RESINFO: 261,
  WALLET: 262,
} as const;

/** A mnemonic of {@link RrType}. */
export type RrTypeName = keyof typeof RrType;

const numberByName: ReadonlyMap<string, number> = new Map(Object.entries(RrType));

const nameByNumber: ReadonlyMap<number, string> = new Map(
  Object.entries(RrType).map(([name, number]) => [number, name]),
);

/** The mnemonic of an RR type, or TYPE### (RFC 3597 section 5). */
export function typeName(number: number): string {
  return nameByNumber.get(number) ?? `TYPE${number}`;
}

/** The number of an RR type from its mnemonic or TYPE###, in any case; undefined where there is none. */
export function typeNumber(text: string): number | undefined {
  return numberByName.get(text) ?? numberByName.get(text.toUpperCase()) ?? numberAfter("TYPE", text);
}

/**
 * Tells whether a type is for queries or for the transport of a message only, so that no zone holds records of it.
 * @see RFC 6895 section 3.1 (128 to 255 are QTYPEs and Meta-TYPEs; OPT is one; the first and the last number are reserved)
 */
export function isMetaType(type: number): boolean {
  return isReservedType(type) || type === RrType.OPT || (type >= 128 && type <= 255);
}

/** Tells whether a number is reserved and stands for no type. @see RFC 6895 section 3.1 */
export function isReservedType(type: number): boolean {
  return type === 0 || type === 65_535;
}
