// What records of a type must and should be, beyond their form: lengths of digests, targets that are addresses, names that a type belongs
// at. One function for each rule; a rule that a standard makes a MUST refuses, all others warn.

import { PlatformError } from "#contract";
import {
  decodeRdataFields,
  formatRdata,
  Name,
  rdataNames,
  RrType,
  typeName,
  type RdataFields,
  type SvcParam,
} from "#wire";
import { octetsOf } from "./octets.ts";
import { nameIn, shown } from "./names.ts";

/** Where a record stands. */
interface Place {
  readonly owner: string;
  readonly apex: string;
  readonly type: number;
}

/** What is found of one record: `refused` stops the change. */
interface Finding {
  readonly refused?: string;
  readonly warned?: string;
}

/**
 * Checks the records of an RRset. Throws `record-malformed` or `record-conflict` with what is expected.
 * @param rdata  base64
 * @returns warnings
 */
export function checkRecords(place: Place, rdata: readonly string[]): string[] {
  const { owner, apex, type } = place;
  if (type === RrType.DS && owner === apex) {
    throw new PlatformError(
      "record-conflict",
      `Cannot put DS records at "${shown(owner)}": they belong into the zone above, which delegates it`,
    );
  }
  const warnings = checkOwner(place);
  if (!checks.has(type)) return warnings;
  for (const text of rdata) {
    const octets = octetsOf(text);
    for (const { refused, warned } of findingsOf(type, octets, place)) {
      if (refused !== undefined) {
        throw new PlatformError(
          "record-malformed",
          `Cannot use "${clip(formatRdata(type, octets))}" as ${typeName(type)} record of "${shown(owner)}": ${refused}`,
        );
      }
      warnings.push(`${shown(owner)} ${typeName(type)} ${clip(formatRdata(type, octets))}: ${warned}`);
    }
  }
  return warnings;
}

function clip(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

/** Types that mean something at the apex only. */
const apexTypes: ReadonlySet<number> = new Set([
  RrType.DNSKEY,
  RrType.NSEC3PARAM,
  RrType.CDS,
  RrType.CDNSKEY,
  RrType.CSYNC,
  RrType.ZONEMD,
]);
const addressTypes: ReadonlySet<number> = new Set([RrType.A, RrType.AAAA]);
const servicePrefix = /^(?:\*|_[^.]+)\.(?:\*|_[^.]+)\./;

/** What the name of a type's records should be. */
function checkOwner({ owner, apex, type }: Place): string[] {
  const at = `${typeName(type)} records at ${shown(owner)}`;
  const warnings: string[] = [];
  if (/[^.]\*|\*[^.]/.test(owner) || owner.indexOf("*") > 0)
    warnings.push(
      `${shown(owner)} is no wildcard: an asterisk stands for other names only as the whole first label`,
    );
  if (owner.startsWith("*.") && (type === RrType.NS || type === RrType.DNAME))
    warnings.push(`The ${at} do not hold for the names that the wildcard stands for`);
  if (addressTypes.has(type) && owner.slice(0, -apex.length).includes("_"))
    warnings.push(`The ${at} may not be found by programs that refuse underscores in host names`);
  if (type === RrType.SRV && !servicePrefix.test(owner))
    warnings.push(`The ${at} are looked for at names such as _sip._tcp.${shown(apex)}`);
  if (type === RrType.TLSA && !/^(?:\*|_\d+)\._(?:tcp|udp|sctp)\./.test(owner))
    warnings.push(`The ${at} are looked for at names such as _443._tcp.${shown(owner)}`);
  if (apexTypes.has(type) && owner !== apex)
    warnings.push(`The ${at} mean nothing below the zone's own name`);
  if (type === RrType.SPF) warnings.push(`The ${at} are read by nobody any more: SPF stands in TXT records`);
  return warnings;
}

type Check = (fields: RdataFields, octets: Uint8Array, place: Place) => Finding[];

/** Octets of the digest that each algorithm makes. */
const tlsaDigests: Readonly<Record<number, number>> = { 1: 32, 2: 64 };
const sshfpDigests: Readonly<Record<number, number>> = { 1: 20, 2: 32 };
const dsDigests: Readonly<Record<number, number>> = { 1: 20, 2: 32, 3: 32, 4: 48, 5: 32, 6: 32 };
const zonemdDigests: Readonly<Record<number, number>> = { 1: 48, 2: 64 };

/** @see RFC 6698 section 2.1; RFC 4255 section 3.1; RFC 4509 section 2; RFC 6605; RFC 8976 section 2.2 */
function digest(
  algorithmField: string,
  digestField: string,
  lengths: Readonly<Record<number, number>>,
): Check {
  return (fields) => {
    const algorithm = Number(fields[algorithmField]);
    const value = fields[digestField];
    const wanted = lengths[algorithm];
    if (!(value instanceof Uint8Array) || wanted === undefined || value.length === wanted) return [];
    return [
      {
        refused: `expected ${2 * wanted} hexadecimal digits for algorithm ${algorithm}, found ${2 * value.length}`,
      },
    ];
  };
}

/** A target that is an address: people write one where a name belongs. */
const target: Check = (_fields, octets, { type, apex }) =>
  rdataNames(type, octets).flatMap((name): Finding[] => {
    const text = name.toLowerCase().toString().replaceAll("\\:", ":");
    const inside = text.endsWith(`.${apex}`) ? text.slice(0, -apex.length - 1) : text.slice(0, -1);
    const isAddress =
      /^\d{1,3}(?:\.\d{1,3}){3}$/.test(inside) || /^[0-9a-f]*(?::[0-9a-f.]*){2,}$/.test(inside);
    if (!isAddress) return [];
    const instead =
      type === RrType.CNAME ? "an address stands in an A or AAAA record" : "give that address a name";
    return [{ refused: `expected a name, found the address ${inside}; ${instead}` }];
  });

/** @see RFC 7505 section 3 */
const nullMx: Check = (fields) =>
  fields["exchange"] instanceof Name && fields["exchange"].isRoot && fields["preference"] !== 0
    ? [{ warned: "that no mail is taken is said with preference 0" }]
    : [];

const caaTags: ReadonlySet<string> = new Set([
  "issue",
  "issuewild",
  "iodef",
  "contactemail",
  "contactphone",
  "issuemail",
  "issuevmc",
]);
/** An issuer's domain name, or nothing, and parameters. @see RFC 8659 section 4.2 */
const issuer =
  /^\s*(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*)?\s*(?:;\s*(?:[a-z0-9-]+\s*=\s*[!-:<-~]*\s*(?:;\s*|$))*)?$/i;

/** @see RFC 8659 section 4.1 */
const caa: Check = (fields) => {
  const tag = textOf(fields["tag"]);
  const value = textOf(fields["value"]);
  if (!/^[A-Za-z0-9]{1,15}$/.test(tag))
    return [{ refused: `expected a tag of letters and digits, such as issue, found "${tag}"` }];
  const findings: Finding[] = [];
  if (!caaTags.has(tag.toLowerCase())) findings.push({ warned: `no authority knows the tag ${tag}` });
  if (fields["flags"] !== 0 && fields["flags"] !== 128)
    findings.push({ warned: "of its flags only 128, critical, has a meaning" });
  if (/^issue(?:wild)?$/i.test(tag) && !issuer.test(value))
    findings.push({
      warned: `expected an authority's name such as ca.example.net; as it is, none may issue`,
    });
  if (/^iodef$/i.test(tag) && !/^(?:mailto:|https?:\/\/)/i.test(value))
    findings.push({ warned: "expected a mailto: or https: URL" });
  return findings;
};

/** @see RFC 9460 sections 2.4.2, 7.1.1 */
const serviceBinding: Check = (fields) => {
  const params = (fields["svcParams"] ?? []) as readonly SvcParam[];
  const has = (key: number): boolean => params.some((param) => param.key === key);
  if (fields["svcPriority"] === 0)
    return params.length > 0 ? [{ warned: "parameters of an alias (priority 0) are ignored" }] : [];
  return has(2) && !has(1) ? [{ refused: "expected alpn beside no-default-alpn" }] : [];
};

const checks: ReadonlyMap<number, readonly Check[]> = new Map<number, readonly Check[]>([
  [RrType.NS, [target]],
  [RrType.CNAME, [target]],
  [RrType.DNAME, [target]],
  [RrType.PTR, [target]],
  [RrType.MX, [target, nullMx]],
  [RrType.SRV, [target]],
  [RrType.AFSDB, [target]],
  [RrType.KX, [target]],
  [RrType.RT, [target]],
  [RrType.SVCB, [target, serviceBinding]],
  [RrType.HTTPS, [target, serviceBinding]],
  [RrType.CAA, [caa]],
  [RrType.TLSA, [digest("matchingType", "certificateAssociationData", tlsaDigests)]],
  [RrType.SMIMEA, [digest("matchingType", "certificateAssociationData", tlsaDigests)]],
  [RrType.SSHFP, [digest("fingerprintType", "fingerprint", sshfpDigests)]],
  [RrType.DS, [digest("digestType", "digest", dsDigests)]],
  [RrType.CDS, [digest("digestType", "digest", dsDigests)]],
  [RrType.ZONEMD, [digest("hashAlgorithm", "digest", zonemdDigests)]],
]);

function findingsOf(type: number, octets: Uint8Array, place: Place): Finding[] {
  const list = checks.get(type);
  const decoded = list && decodeRdataFields(type, octets);
  return list && decoded?.ok ? list.flatMap((check) => check(decoded.value, octets, place)) : [];
}

function textOf(value: unknown): string {
  return value instanceof Uint8Array ? String.fromCharCode(...value.subarray(0, 300)) : "";
}

/** The names that records of a type name as hosts: their addresses are looked up next. */
export function hostsNamed(type: number, rdata: readonly string[]): string[] {
  switch (type) {
    case RrType.NS:
      return rdata.map(nameIn);
    case RrType.MX:
    case RrType.SRV:
      return rdata.flatMap((text) =>
        rdataNames(type, octetsOf(text)).map((name) => name.toLowerCase().toString()),
      );
    default:
      return [];
  }
}
