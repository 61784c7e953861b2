// Catalog zones (RFC 9432): a zone whose records say which zones a server is to serve. Made of a list of members, and read as one; what breaks a rule
// makes the catalog broken as a whole, and then nothing follows from it.

import { decodeRdata, encodeRdata, maxCharStringOctets, Name, RrType } from "#wire";
import { compareRrsets, type Rrset } from "./rrset.ts";

/** The one version of the schema (RFC 9432 section 4.2.1). */
const schemaVersion = "2";

/** Members that a catalog may have. */
export const maxCatalogMembers = 1_000_000;

/** A zone in a catalog. */
export interface CatalogMember {
  readonly zone: Name;
  /** The label that stands for it: another one means that all that is held of the zone is of no worth any more (RFC 9432 section 5.4). */
  readonly unique: string;
  /** Group property (RFC 9432 section 4.3.2): how its consumers configure it. */
  readonly group?: string;
  /** The catalog that it is about to change to (RFC 9432 section 4.3.1). */
  readonly changesTo?: Name;
}

/** A catalog that was read. */
export type ReadCatalog =
  | { readonly ok: true; readonly members: readonly CatalogMember[] }
  | { readonly ok: false; readonly reason: string };

const encoder = new TextEncoder();
const labels = { zones: encoder.encode("zones"), version: encoder.encode("version") };

/**
 * Makes the records of a catalog.
 *
 * @param soa  of the catalog, with its serial
 */
export function makeCatalog(soa: Rrset, members: Iterable<CatalogMember>): Rrset[] {
  const apex = soa.owner;
  const zones = below(apex, labels.zones);
  const rrsets: Rrset[] = [
    soa,
    // RFC 9432 section 4.1: nobody asks for them, but a zone has NS records.
    rrset(apex, RrType.NS, 0, encoded(RrType.NS, { nsdname: invalid })),
    rrset(below(apex, labels.version), RrType.TXT, 0, textRdata(schemaVersion)),
  ];
  for (const { zone, unique, group, changesTo } of members) {
    const owner = below(zones, encoder.encode(unique));
    rrsets.push(rrset(owner, RrType.PTR, 0, encoded(RrType.PTR, { ptrdname: zone })));
    if (group !== undefined)
      rrsets.push(rrset(below(owner, encoder.encode("group")), RrType.TXT, 0, textRdata(group)));
    if (changesTo)
      rrsets.push(
        rrset(
          below(owner, encoder.encode("coo")),
          RrType.PTR,
          0,
          encoded(RrType.PTR, { ptrdname: changesTo }),
        ),
      );
  }
  return rrsets.sort(compareRrsets);
}

const invalid = (() => {
  const parsed = Name.parse("invalid.");
  return parsed.ok ? parsed.value : Name.root;
})();

function rrset(owner: Name, type: number, ttl: number, rdata: Uint8Array): Rrset {
  return { owner, type, ttl, rdata: [rdata] };
}

function encoded<T extends 2 | 12>(
  type: T,
  fields: T extends 2 ? { nsdname: Name } : { ptrdname: Name },
): Uint8Array {
  const made = encodeRdata(type, fields as never);
  if (!made.ok) throw new RangeError(`Cannot make a catalog: ${made.failure.code}`);
  return made.value;
}

function textRdata(text: string): Uint8Array {
  const octets = encoder.encode(text).subarray(0, maxCharStringOctets);
  return Uint8Array.of(octets.length, ...octets);
}

function below(name: Name, label: Uint8Array): Name {
  const made = name.prepend(label);
  if (!made)
    throw new RangeError(`Cannot make a catalog below "${name.toString()}": the name would be too long`);
  return made;
}

/** Reads a catalog's records. Properties that are not known are passed over (RFC 9432 section 4.4). */
export function readCatalog(apex: Name, rrsets: Iterable<Rrset>): ReadCatalog {
  const zones = below(apex, labels.zones);
  const versionAt = below(apex, labels.version);
  const members = new Map<string, { zone: Name; unique: string; group?: string; changesTo?: Name }>();
  const properties: { readonly owner: Name; readonly name: string; readonly rrset: Rrset }[] = [];
  const seen = new Set<string>();
  let hasVersion = false;
  for (const each of rrsets) {
    const { owner, type, rdata } = each;
    if (owner.equals(versionAt) && type === RrType.TXT) {
      if (rdata.length !== 1 || textOf(rdata[0]) !== schemaVersion)
        return broken(`its version is not "${schemaVersion}"`);
      hasVersion = true;
      continue;
    }
    if (!owner.isSubdomainOf(zones) || owner.equals(zones)) continue;
    const depth = owner.labelCount - zones.labelCount;
    if (depth === 1 && type === RrType.PTR) {
      // RFC 9432 section 4.1: one PTR record for a member, each member once.
      const zone = rdata.length === 1 ? targetOf(rdata[0]) : undefined;
      if (!zone) return broken(`"${owner.toString()}" does not stand for one zone`);
      if (seen.has(zone.key)) return broken(`zone "${zone.toString()}" is in it twice`);
      if (members.size >= maxCatalogMembers) return broken(`it has more than ${maxCatalogMembers} members`);
      seen.add(zone.key);
      members.set(owner.key, { zone, unique: labelText(owner.label(0)) });
    } else if (depth === 2) properties.push({ owner, name: labelText(owner.label(0)), rrset: each });
  }
  if (!hasVersion) return broken("it does not say its version");
  for (const {
    owner,
    name,
    rrset: { type, rdata },
  } of properties) {
    const member = members.get(owner.slice(1).key);
    if (!member) continue;
    if (name === "group" && type === RrType.TXT && rdata.length === 1) {
      const text = textOf(rdata[0]);
      if (text !== undefined) member.group = text;
    }
    if (name === "coo" && type === RrType.PTR) {
      // RFC 9432 section 4.3.1: one PTR record, or all of the catalog is broken.
      const target = rdata.length === 1 ? targetOf(rdata[0]) : undefined;
      if (!target) return broken(`"${owner.toString()}" does not name one catalog`);
      member.changesTo = target;
    }
  }
  return { ok: true, members: [...members.values()] };
}

function broken(reason: string): ReadCatalog {
  return { ok: false, reason };
}

function targetOf(rdata: Uint8Array | undefined): Name | undefined {
  const fields = rdata && decodeRdata(RrType.PTR, rdata);
  return fields?.ok ? fields.value.ptrdname : undefined;
}

/** The text of a TXT record of one string of ASCII. */
function textOf(rdata: Uint8Array | undefined): string | undefined {
  if (!rdata || rdata[0] !== rdata.length - 1) return undefined;
  return String.fromCharCode(...rdata.subarray(1));
}

function labelText(label: Uint8Array): string {
  return String.fromCharCode(...label).toLowerCase();
}
