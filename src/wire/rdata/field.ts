// What a field of RDATA can be: the kinds that rows of table.ts are made of. A kind fixes the wire form (codecs in
// field-codecs.ts), the value that `decodeRdata` gives, and the presentation format (in the presentation files).

import type { Name } from "../name.ts";

/**
 * The kind of a field: wire form → value; presentation.
 *
 * Whole numbers, in network order → number; decimal unless said otherwise.
 * - `u8` `u16` `u32` `u48`
 * - `rr-type` 16 bits; an RR type's mnemonic or TYPE###
 * - `algorithm` 8 bits; a DNSSEC algorithm, decimal, its mnemonic taken too (RFC 4034 appendix A.1)
 * - `certificate-type` 16 bits; decimal, mnemonic taken (RFC 4398 section 2.1)
 * - `rcode` 16 bits; mnemonic of a response code (RFC 8945 section 3)
 * - `time` 32 bits, seconds since 1970 in serial arithmetic; YYYYMMDDHHmmSS or decimal (RFC 4034 section 3.2)
 * - `period` 32 bits, seconds; decimal, units such as 1h30m taken
 *
 * Octets of a length that is fixed or known from before → Uint8Array.
 * - `ipv4` 4; dotted
 * - `ipv6` 16; RFC 5952
 * - `eui48` 6; `eui64` 8: pairs of hexadecimal digits with hyphens (RFC 7043)
 * - `locator64` 8; four groups of hexadecimal digits with colons (RFC 6742 section 2.1)
 * - `hex-sized` `base64-sized`: as long as the number that `size` points at says
 * - `gateway`: nothing, 4, 16 or an uncompressed name, by the octet that `size` points at (RFC 4025 section 2.3)
 *
 * Octets with their length before them → Uint8Array without the length.
 * - `char-string` 8-bit length; quoted (RFC 1035 section 5.1)
 * - `tag` 8-bit length; letters and digits, not quoted (RFC 8659 section 4.1). Deviates: an empty one is carried
 * - `hex-8` 8-bit length; hexadecimal, `-` where empty (RFC 5155 section 3.3)
 * - `base32hex-8` 8-bit length, at least 1; base32hex without padding (RFC 5155 section 3.3)
 * - `base64-16` 16-bit length; base64 (RFC 8945 section 4.2)
 *
 * All octets that are left, at least `atLeast` → Uint8Array.
 * - `hex-rest` `base64-rest`: may be cut by blanks; `text-rest`: one quoted text; `nsap-rest`: 0x and hexadecimal digits
 *   with dots anywhere (RFC 1706 section 7)
 *
 * Names → Name; lists, up to the end of the RDATA → array.
 * - `name`; `names` any number of uncompressed ones (Name[])
 * - `char-strings` `atLeast` to `atMost` of them (Uint8Array[])
 * - `type-bitmap` (number[], ascending); mnemonics with blanks between (RFC 4034 section 4.1.2)
 * - `svc-params` ({@link SvcParam}[]); key=value (RFC 9460 section 2.1)
 * - `address-prefixes` ({@link AddressPrefix}[]); RFC 3123 section 5
 * - `edns-options` ({@link EdnsOptionValue}[]); no presentation format
 */
export type FieldKind =
  | NumberKind
  | OctetsKind
  | "name"
  | "names"
  | "char-strings"
  | "type-bitmap"
  | "svc-params"
  | "address-prefixes"
  | "edns-options";

/** Kinds whose value is a number. */
type NumberKind =
  | "u8"
  | "u16"
  | "u32"
  | "u48"
  | "rr-type"
  | "algorithm"
  | "certificate-type"
  | "rcode"
  | "time"
  | "period";

/** Kinds whose value is a run of octets. */
type OctetsKind =
  | "ipv4"
  | "ipv6"
  | "eui48"
  | "eui64"
  | "locator64"
  | "hex-sized"
  | "base64-sized"
  | "gateway"
  | "char-string"
  | "tag"
  | "hex-8"
  | "base32hex-8"
  | "base64-16"
  | "hex-rest"
  | "base64-rest"
  | "text-rest"
  | "nsap-rest";

/**
 * What may be done with a name in RDATA (RFC 3597 section 4).
 * - `compressible`: written with compression, read with it; the types of RFC 1035
 * - `decompressible`: written without, read with it
 * - `fixed`: never compressed; a pointer in it is malformed
 */
export type NameCompression = "compressible" | "decompressible" | "fixed";

/** One field of RDATA. */
export interface Field {
  /** The RFC's name in camelCase; unique in its row; the property of the decoded value. */
  readonly name: string;
  readonly kind: FieldKind;
  /** For `u8`: words that stand for some of its numbers in text. `dsync-scheme`: RFC 9859 section 2.1. */
  readonly mnemonics?: "dsync-scheme";
  /** For `name`. */
  readonly compression?: NameCompression;
  /** For `name`: whether the canonical form has it in lower case (RFC 4034 section 6.2, RFC 6840 section 5.1). */
  readonly isLowered?: boolean;
  /** For `…-rest`: least octets, absent is 0. For `char-strings`: least strings, absent is 1. */
  readonly atLeast?: number;
  /** For `char-strings`: most strings; absent is no bound. */
  readonly atMost?: number;
  /** For `…-sized` and `gateway`: where in the RDATA the number lies that says the size or the kind of address. */
  readonly size?: { readonly offset: number; readonly octets: 1 | 2; readonly mask?: number };
}

/** One SvcParam: a key and its value octets, uninterpreted (RFC 9460 section 2.2). */
export interface SvcParam {
  readonly key: number;
  readonly value: Uint8Array;
}

/** One item of an APL record (RFC 3123 section 4). */
export interface AddressPrefix {
  /** 1 is IPv4, 2 is IPv6. */
  readonly family: number;
  /** In bits. */
  readonly prefix: number;
  readonly isNegated: boolean;
  /** The address without trailing zero octets. */
  readonly address: Uint8Array;
}

/** One EDNS option (RFC 6891 section 6.1.2). */
export interface EdnsOptionValue {
  readonly code: number;
  readonly octets: Uint8Array;
}

/** The value of a field; which of these, its kind says. */
export type FieldValue =
  | number
  | Uint8Array
  | Name
  | readonly number[]
  | readonly Uint8Array[]
  | readonly Name[]
  | readonly SvcParam[]
  | readonly AddressPrefix[]
  | readonly EdnsOptionValue[];
