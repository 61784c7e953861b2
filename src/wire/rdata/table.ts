// One row per RR type: its fields in wire order. Decoding, encoding, canonical form, compression, presentation format
// and tests derive from the rows (STYLE: one table per fact). A type without a row is opaque octets (RFC 3597).
// To add a type: a number in rr-type.ts and a row here.

import { RrType, type RrTypeName } from "../rr-type.ts";
import type { Field, FieldKind } from "./field.ts";

/** How the RDATA of one RR type is made up. */
export interface RdataType {
  /** The mnemonic. */
  readonly name: string;
  readonly number: number;
  /** Where the RDATA is specified: RFC number and section. */
  readonly rfc: string;
  /** In wire order; together they are the whole RDATA. */
  readonly fields: readonly Field[];
  /** Whether the row holds for class IN only; in other classes the RDATA is opaque (RFC 3597 section 4). */
  readonly isInternetOnly: boolean;
  /**
   * The presentation format where it is not the fields in wire order with blanks between: written by hand under this
   * name. `generic` has none of its own and uses \# (RFC 3597 section 5).
   */
  readonly presentation: "fields" | "loc" | "ipseckey" | "amtrelay" | "hip" | "generic";
  /** Whether a name in it may be written compressed. */
  readonly hasCompressibleName: boolean;
  /** Whether a name in it may be read compressed. */
  readonly hasDecompressibleName: boolean;
  /** Whether its canonical form differs from its wire form. */
  readonly hasLoweredName: boolean;
}

type Extra = Partial<Pick<RdataType, "isInternetOnly" | "presentation">>;

function row(name: RrTypeName, rfc: string, fields: readonly Field[], extra: Extra = {}): RdataType {
  return {
    name,
    number: RrType[name],
    rfc,
    fields,
    isInternetOnly: extra.isInternetOnly ?? false,
    presentation: extra.presentation ?? "fields",
    hasCompressibleName: fields.some((field) => field.compression === "compressible"),
    hasDecompressibleName: fields.some((field) => field.kind === "name" && field.compression !== "fixed"),
    hasLoweredName: fields.some((field) => field.isLowered === true),
  };
}

function is(kind: FieldKind, name: string, more: Partial<Field> = {}): Field {
  return { name, kind, ...more };
}

/** A name of RFC 1035: compressed on the way out. */
function compressible(name: string): Field {
  return { name, kind: "name", compression: "compressible", isLowered: true };
}

/** A name that is only decompressed: the list in RFC 3597 section 4, and KX (RFC 2230 section 3). */
function decompressible(name: string): Field {
  return { name, kind: "name", compression: "decompressible", isLowered: true };
}

/** A name that is never compressed, lower case in the canonical form. */
function lowered(name: string): Field {
  return { name, kind: "name", compression: "fixed", isLowered: true };
}

/** A name that is never compressed and keeps its case in the canonical form. */
function fixed(name: string): Field {
  return { name, kind: "name", compression: "fixed", isLowered: false };
}

const internet: Extra = { isInternetOnly: true };

const key = [
  is("u16", "flags"),
  is("u8", "protocol"),
  is("algorithm", "algorithm"),
  is("base64-rest", "publicKey", { atLeast: 1 }),
];
const delegationSigner = [
  is("u16", "keyTag"),
  is("algorithm", "algorithm"),
  is("u8", "digestType"),
  is("hex-rest", "digest", { atLeast: 1 }),
];
const certificateAssociation = [
  is("u8", "certificateUsage"),
  is("u8", "selector"),
  is("u8", "matchingType"),
  is("hex-rest", "certificateAssociationData", { atLeast: 1 }),
];
const serviceBinding = [is("u16", "svcPriority"), fixed("targetName"), is("svc-params", "svcParams")];
const strings = [is("char-strings", "strings")];

function signature(signersName: Field): Field[] {
  return [
    is("rr-type", "typeCovered"),
    is("algorithm", "algorithm"),
    is("u8", "labels"),
    is("u32", "originalTtl"),
    is("time", "signatureExpiration"),
    is("time", "signatureInception"),
    is("u16", "keyTag"),
    signersName,
    is("base64-rest", "signature", { atLeast: 1 }),
  ];
}

/** All rows, in the order of their numbers. */
export const rdataTypes: readonly RdataType[] = [
  row("A", "1035 section 3.4.1", [is("ipv4", "address")], internet),
  row("NS", "1035 section 3.3.11", [compressible("nsdname")]),
  row("MD", "1035 section 3.3.4", [compressible("madname")]),
  row("MF", "1035 section 3.3.5", [compressible("madname")]),
  row("CNAME", "1035 section 3.3.1", [compressible("cname")]),
  row("SOA", "1035 section 3.3.13", [
    compressible("mname"),
    compressible("rname"),
    is("u32", "serial"),
    is("period", "refresh"),
    is("period", "retry"),
    is("period", "expire"),
    is("period", "minimum"),
  ]),
  row("MB", "1035 section 3.3.3", [compressible("madname")]),
  row("MG", "1035 section 3.3.6", [compressible("mgmname")]),
  row("MR", "1035 section 3.3.8", [compressible("newname")]),
  row("NULL", "1035 section 3.3.10", [is("hex-rest", "anything")], { presentation: "generic" }),
  row("PTR", "1035 section 3.3.12", [compressible("ptrdname")]),
  row("HINFO", "1035 section 3.3.2", [is("char-string", "cpu"), is("char-string", "os")]),
  row("MINFO", "1035 section 3.3.7", [compressible("rmailbx"), compressible("emailbx")]),
  row("MX", "1035 section 3.3.9", [is("u16", "preference"), compressible("exchange")]),
  row("TXT", "1035 section 3.3.14", strings),
  row("RP", "1183 section 2.2", [decompressible("mboxDname"), decompressible("txtDname")]),
  row("AFSDB", "1183 section 1", [is("u16", "subtype"), decompressible("hostname")]),
  row("X25", "1183 section 3.1", [is("char-string", "psdnAddress")]),
  row("ISDN", "1183 section 3.2", [is("char-strings", "isdnAddressAndSa", { atLeast: 1, atMost: 2 })]),
  row("RT", "1183 section 3.3", [is("u16", "preference"), decompressible("intermediateHost")]),
  row("NSAP", "1706 section 5", [is("nsap-rest", "nsap", { atLeast: 1 })], internet),
  row("SIG", "2535 section 4.1", signature(decompressible("signersName"))),
  row("KEY", "2535 section 3.1", [
    is("u16", "flags"),
    is("u8", "protocol"),
    is("algorithm", "algorithm"),
    is("base64-rest", "publicKey"),
  ]),
  row("PX", "2163 section 4", [is("u16", "preference"), decompressible("map822"), decompressible("mapx400")]),
  row("GPOS", "1712 section 3", [
    is("char-string", "longitude"),
    is("char-string", "latitude"),
    is("char-string", "altitude"),
  ]),
  row("AAAA", "3596 section 2.2", [is("ipv6", "address")], internet),
  row(
    "LOC",
    "1876 section 2",
    [
      is("u8", "version"),
      is("u8", "size"),
      is("u8", "horizontalPrecision"),
      is("u8", "verticalPrecision"),
      is("u32", "latitude"),
      is("u32", "longitude"),
      is("u32", "altitude"),
    ],
    { presentation: "loc" },
  ),
  row("SRV", "2782", [
    is("u16", "priority"),
    is("u16", "weight"),
    is("u16", "port"),
    decompressible("target"),
  ]),
  row("NAPTR", "3403 section 4.1", [
    is("u16", "order"),
    is("u16", "preference"),
    is("char-string", "flags"),
    is("char-string", "services"),
    is("char-string", "regexp"),
    decompressible("replacement"),
  ]),
  row("KX", "2230 section 3", [is("u16", "preference"), decompressible("exchanger")], internet),
  row("CERT", "4398 section 2", [
    is("certificate-type", "type"),
    is("u16", "keyTag"),
    is("algorithm", "algorithm"),
    is("base64-rest", "certificate", { atLeast: 1 }),
  ]),
  row("DNAME", "6672 section 2.1", [lowered("target")]),
  row("OPT", "6891 section 6.1", [is("edns-options", "options")], { presentation: "generic" }),
  row("APL", "3123 section 4", [is("address-prefixes", "prefixes")], internet),
  row("DS", "4034 section 5.1", delegationSigner),
  row("SSHFP", "4255 section 3.1", [
    is("u8", "algorithm"),
    is("u8", "fingerprintType"),
    is("hex-rest", "fingerprint", { atLeast: 1 }),
  ]),
  row(
    "IPSECKEY",
    "4025 section 2.1",
    [
      is("u8", "precedence"),
      is("u8", "gatewayType"),
      is("u8", "algorithm"),
      is("gateway", "gateway", { size: { offset: 1, octets: 1 } }),
      is("base64-rest", "publicKey"),
    ],
    { presentation: "ipseckey" },
  ),
  row("RRSIG", "4034 section 3.1", signature(lowered("signersName"))),
  // Its name keeps its case in the canonical form (RFC 6840 section 5.1).
  row("NSEC", "4034 section 4.1", [fixed("nextDomainName"), is("type-bitmap", "types")]),
  row("DNSKEY", "4034 section 2.1", key),
  row("DHCID", "4701 section 3.1", [is("base64-rest", "data", { atLeast: 1 })], internet),
  row("NSEC3", "5155 section 3.2", [
    is("u8", "hashAlgorithm"),
    is("u8", "flags"),
    is("u16", "iterations"),
    is("hex-8", "salt"),
    is("base32hex-8", "nextHashedOwnerName"),
    is("type-bitmap", "types"),
  ]),
  row("NSEC3PARAM", "5155 section 4.2", [
    is("u8", "hashAlgorithm"),
    is("u8", "flags"),
    is("u16", "iterations"),
    is("hex-8", "salt"),
  ]),
  row("TLSA", "6698 section 2.1", certificateAssociation),
  row("SMIMEA", "8162 section 2", certificateAssociation),
  row(
    "HIP",
    "8005 section 5",
    [
      is("u8", "hitLength"),
      is("u8", "publicKeyAlgorithm"),
      is("u16", "publicKeyLength"),
      is("hex-sized", "hit", { size: { offset: 0, octets: 1 } }),
      is("base64-sized", "publicKey", { size: { offset: 2, octets: 2 } }),
      is("names", "rendezvousServers"),
    ],
    { presentation: "hip" },
  ),
  row("TALINK", "IANA TALINK/talink-completed-template", [fixed("previousName"), fixed("nextName")]),
  row("CDS", "7344 section 3.1", delegationSigner),
  row("CDNSKEY", "7344 section 3.2", key),
  row("OPENPGPKEY", "7929 section 2.1", [is("base64-rest", "publicKey", { atLeast: 1 })]),
  row("CSYNC", "7477 section 2.1", [is("u32", "soaSerial"), is("u16", "flags"), is("type-bitmap", "types")]),
  row("ZONEMD", "8976 section 2.2", [
    is("u32", "serial"),
    is("u8", "scheme"),
    is("u8", "hashAlgorithm"),
    // Deviates: a digest under 12 octets (RFC 8976 section 2.2.4) is carried; verifying a zone is what refuses it.
    is("hex-rest", "digest", { atLeast: 1 }),
  ]),
  row("SVCB", "9460 section 2.2", serviceBinding, internet),
  row("HTTPS", "9460 section 9", serviceBinding, internet),
  row("DSYNC", "9859 section 2.1", [
    is("rr-type", "rrType"),
    is("u8", "scheme", { mnemonics: "dsync-scheme" }),
    is("u16", "port"),
    fixed("target"),
  ]),
  row("SPF", "7208 section 3.1", strings),
  row("NID", "6742 section 2.1", [is("u16", "preference"), is("locator64", "nodeId")]),
  row("L32", "6742 section 2.2", [is("u16", "preference"), is("ipv4", "locator32")]),
  row("L64", "6742 section 2.3", [is("u16", "preference"), is("locator64", "locator64")]),
  row("LP", "6742 section 2.4", [is("u16", "preference"), fixed("fqdn")]),
  row("EUI48", "7043 section 3", [is("eui48", "address")]),
  row("EUI64", "7043 section 4", [is("eui64", "address")]),
  row(
    "TKEY",
    "2930 section 2",
    [
      fixed("algorithm"),
      is("time", "inception"),
      is("time", "expiration"),
      is("u16", "mode"),
      is("rcode", "error"),
      is("base64-16", "key"),
      is("base64-16", "otherData"),
    ],
    { presentation: "generic" },
  ),
  row(
    "TSIG",
    "8945 section 4.2",
    [
      fixed("algorithmName"),
      is("u48", "timeSigned"),
      is("u16", "fudge"),
      is("base64-16", "mac"),
      is("u16", "originalId"),
      is("rcode", "error"),
      is("base64-16", "otherData"),
    ],
    { presentation: "generic" },
  ),
  row("URI", "7553 section 4.5", [
    is("u16", "priority"),
    is("u16", "weight"),
    // Deviates: an empty target (RFC 7553 section 4.4) is carried, as other servers do.
    is("text-rest", "target"),
  ]),
  row("CAA", "8659 section 4.1", [is("u8", "flags"), is("tag", "tag"), is("text-rest", "value")]),
  row("AVC", "IANA AVC/avc-completed-template", strings),
  row(
    "AMTRELAY",
    "8777 section 4.2",
    [
      is("u8", "precedence"),
      // The top bit is D, discovery optional; the others are the type of the relay field.
      is("u8", "discoveryAndType"),
      is("gateway", "relay", { size: { offset: 1, octets: 1, mask: 0x7f } }),
    ],
    { presentation: "amtrelay" },
  ),
  row("RESINFO", "9606 section 5", strings),
  row("WALLET", "IANA WALLET/wallet-completed-template", strings),
];

const rowByNumber: (RdataType | undefined)[] = Array.from({ length: 1 + RrType.WALLET });
for (const type of rdataTypes) rowByNumber[type.number] = type;

/**
 * The row of an RR type.
 * @param rrClass  absent is IN
 * @returns undefined where RDATA of that type and class is opaque
 */
export function rdataType(type: number, rrClass: number = 1): RdataType | undefined {
  const found = type < rowByNumber.length ? rowByNumber[type] : undefined;
  return found !== undefined && found.isInternetOnly && rrClass !== 1 ? undefined : found;
}
