// RDATA as values with exact types, for the RR types that other layers work with; all other types as a record of
// field name to value. What the fields are and how they are coded is in table.ts; the types here repeat its names,
// and a test holds the two together.

import type { Result } from "../failure.ts";
import type { Name } from "../name.ts";
import type { SvcParam } from "./field.ts";
import { decodeRdataFields, encodeRdataFields, type RdataFields } from "./rdata.ts";

/** A and AAAA (RFC 1035 section 3.4.1, RFC 3596 section 2.2). */
export interface AddressRdata {
  /** 4 or 16 octets. */
  readonly address: Uint8Array;
}

/** RFC 1035 section 3.3.13. */
export interface SoaRdata {
  /** The primary server. */
  readonly mname: Name;
  /** The mailbox of the person responsible. */
  readonly rname: Name;
  readonly serial: number;
  /** In seconds, like the other three. */
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  /** The TTL of negative responses (RFC 2308 section 4). */
  readonly minimum: number;
}

/** RFC 1035 section 3.3.9. */
export interface MxRdata {
  /** Lower values are preferred. */
  readonly preference: number;
  readonly exchange: Name;
}

/** RFC 2782. */
export interface SrvRdata {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: Name;
}

/** RFC 8659 section 4.1. */
export interface CaaRdata {
  readonly flags: number;
  readonly tag: Uint8Array;
  readonly value: Uint8Array;
}

/** DS and CDS (RFC 4034 section 5.1). */
export interface DsRdata {
  readonly keyTag: number;
  readonly algorithm: number;
  readonly digestType: number;
  readonly digest: Uint8Array;
}

/** DNSKEY and CDNSKEY (RFC 4034 section 2.1). */
export interface DnskeyRdata {
  readonly flags: number;
  readonly protocol: number;
  readonly algorithm: number;
  readonly publicKey: Uint8Array;
}

/** RFC 4034 section 3.1. Times are seconds since 1970 in serial arithmetic. */
export interface RrsigRdata {
  readonly typeCovered: number;
  readonly algorithm: number;
  readonly labels: number;
  readonly originalTtl: number;
  readonly signatureExpiration: number;
  readonly signatureInception: number;
  readonly keyTag: number;
  readonly signersName: Name;
  readonly signature: Uint8Array;
}

/** RFC 4034 section 4.1. */
export interface NsecRdata {
  readonly nextDomainName: Name;
  /** Ascending. */
  readonly types: readonly number[];
}

/** RFC 5155 section 3.2. */
export interface Nsec3Rdata {
  readonly hashAlgorithm: number;
  readonly flags: number;
  readonly iterations: number;
  readonly salt: Uint8Array;
  readonly nextHashedOwnerName: Uint8Array;
  /** Ascending. */
  readonly types: readonly number[];
}

/** SVCB and HTTPS (RFC 9460 section 2.2). */
export interface SvcbRdata {
  /** 0 is AliasMode. */
  readonly svcPriority: number;
  readonly targetName: Name;
  /** By ascending key. */
  readonly svcParams: readonly SvcParam[];
}

/** RFC 8945 section 4.2. */
export interface TsigRdata {
  readonly algorithmName: Name;
  /** Seconds since 1970, 48 bits. */
  readonly timeSigned: number;
  /** In seconds. */
  readonly fudge: number;
  readonly mac: Uint8Array;
  readonly originalId: number;
  readonly error: number;
  readonly otherData: Uint8Array;
}

/** The exact types by RR type number. */
export interface TypedRdata {
  /** A. */
  1: AddressRdata;
  /** NS. */
  2: { readonly nsdname: Name };
  /** CNAME. */
  5: { readonly cname: Name };
  /** SOA. */
  6: SoaRdata;
  /** PTR. */
  12: { readonly ptrdname: Name };
  /** MX. */
  15: MxRdata;
  /** TXT. */
  16: { readonly strings: readonly Uint8Array[] };
  /** AAAA. */
  28: AddressRdata;
  /** SRV. */
  33: SrvRdata;
  /** DNAME. */
  39: { readonly target: Name };
  /** DS. */
  43: DsRdata;
  /** RRSIG. */
  46: RrsigRdata;
  /** NSEC. */
  47: NsecRdata;
  /** DNSKEY. */
  48: DnskeyRdata;
  /** NSEC3. */
  50: Nsec3Rdata;
  /** CDS. */
  59: DsRdata;
  /** CDNSKEY. */
  60: DnskeyRdata;
  /** SVCB. */
  64: SvcbRdata;
  /** HTTPS. */
  65: SvcbRdata;
  /** TSIG. */
  250: TsigRdata;
  /** CAA. */
  257: CaaRdata;
}

/** The value of RDATA of a type: exact where {@link TypedRdata} has it, else by field name. */
export type RdataOf<Type extends number> = Type extends keyof TypedRdata ? TypedRdata[Type] : RdataFields;

/**
 * Takes RDATA of class IN apart into values, as the type's row in `rdataTypes` has them.
 *
 * An opaque type has one field, `octets`. Malformed RDATA is a failure: `short-input`, `leftover-octets`,
 * `bad-pointer`, `bad-label-type`, `name-too-long` or `bad-rdata`, with `field` such as `MX.exchange`.
 * @param rdata  uncompressed octets
 * @example decodeRdata(RrType.MX, record.rdata) // { ok: true, value: { preference: 10, exchange: Name } }
 */
export function decodeRdata<Type extends number>(type: Type, rdata: Uint8Array): Result<RdataOf<Type>> {
  return decodeRdataFields(type, rdata) as Result<RdataOf<Type>>;
}

/**
 * Puts RDATA of class IN together from values, names uncompressed.
 *
 * A value that its field cannot hold is the failure `bad-value`; values that do not fit together fail as
 * {@link decodeRdata} would on the result. A missing field or one of the wrong JavaScript type throws a TypeError.
 */
export function encodeRdata<Type extends number>(type: Type, value: RdataOf<Type>): Result<Uint8Array> {
  return encodeRdataFields(type, value as RdataFields);
}
