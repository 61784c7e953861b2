// A zone file that is signed: its records go into one image, and signed into another, so that a zone of millions of names is no objects. What is written
// then is read from there.

import { createHash } from "node:crypto";
import { totalmem } from "node:os";
import { PlatformError } from "#contract/plain";
import {
  type SigningKey,
  signRrset,
  splitKeys,
  WholeSigner,
  withKeyRecords,
  type LiveSigning,
} from "#dnssec";
import { decodeRdata, lowerCase, Name, parseZoneFileOctets, type ResourceRecord, RrType } from "#wire";
import {
  findRrset,
  type Rrset,
  serialOf,
  toRecords,
  withSerial,
  withSnapshot,
  ZoneImage,
  zonemdRrset,
  type ZoneSnapshot,
  madeTypes,
} from "#zone";
import { readInput } from "./read-file.ts";
import { refuseDefects, unreadable, zoneFileOptions } from "./read-zone-file.ts";
import type { SignOptions } from "./sign-options.ts";

/** Most octets of an image: half of the machine's memory, as far as it can use it. Pages are taken as they are used. */
const imageOctets: number = Math.min(2 ** 33, Math.floor(totalmem() / 2));

/** A zone as its file has it. */
export interface ReadZone {
  readonly apex: Name;
  readonly image: ZoneImage;
  readonly soa: Rrset;
}

/** A zone that is signed. */
export interface SignedFile {
  /** Signatures that were made. */
  readonly made: number;
  /** All its records, each with the signatures over it behind it, as often as they are wanted; the SOA first. */
  records(): Generator<ResourceRecord>;
}

/**
 * Reads a zone file whole.
 * @param zone  its name as the option gives it; without, the file says it by $ORIGIN or names in full, and the SOA's owner is the apex
 *
 * Throws `path-unusable`, `zone-file-malformed`, and `name-malformed`.
 */
export function readWholeZone(path: string, zone: string | boolean | undefined, action: string): ReadZone {
  const given = typeof zone === "string" ? Name.parse(zone, Name.root) : undefined;
  if (given && !given.ok) throw new PlatformError("name-malformed", `${action}: "${zone}" is no domain name`);
  const options = zoneFileOptions(path, given?.ok ? given.value : undefined);
  let text: Buffer;
  try {
    text = readInput(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
  const apex = given?.ok ? given.value : apexIn(text, options, action);
  const image = new ZoneImage(imageOctets);
  image.load([
    {
      apex,
      groups: [],
      feed: (put) =>
        refuseDefects(
          parseZoneFileOctets(text, options, (owner, ownerOctets, ...record) => {
            // What lies elsewhere is not of the zone.
            if (isBelow(owner, ownerOctets, apex.octets)) put(owner, ownerOctets, ...record);
          }),
          action,
        ),
    },
  ]);
  const soa = withSnapshot(image, (snapshot) => findRrset(snapshot, apex, apex, RrType.SOA));
  if (!soa)
    throw new PlatformError(
      "zone-file-malformed",
      `${action}: zone ${apex.toString()} has no SOA at its apex`,
    );
  return { apex, image, soa };
}

/** The owner of the first SOA. */
function apexIn(text: Buffer, options: ReturnType<typeof zoneFileOptions>, action: string): Name {
  const isThere = new Error("the SOA is there");
  let apex: Name | undefined;
  try {
    const errors = parseZoneFileOctets(text, options, (owner, ownerOctets, type) => {
      if (type !== RrType.SOA) return;
      apex = Name.fromOctets(owner.slice(0, ownerOctets));
      throw isThere;
    });
    refuseDefects(errors, action);
  } catch (error) {
    if (error !== isThere) throw error;
  }
  if (apex) return apex;
  throw new PlatformError(
    "zone-file-malformed",
    `${action}: it has no SOA record, and --zone does not say which zone it is`,
  );
}

/** Whether a name is that of a zone or lies below it. */
function isBelow(name: Uint8Array, nameOctets: number, apex: Uint8Array): boolean {
  let at = 0;
  while (nameOctets - at > apex.length) at += name[at]! + 1;
  if (nameOctets - at !== apex.length) return false;
  for (let i = 0; i < apex.length; i++) if (lowerCase[name[at + i]!] !== lowerCase[apex[i]!]) return false;
  return true;
}

/** Signs a zone. What of DNSSEC stands in it already is left out, but for DNSKEY, CDS and CDNSKEY: those of other signers stay. */
export function signZoneFile(
  { apex, image, soa: before }: ReadZone,
  keys: readonly SigningKey[],
  options: SignOptions,
): SignedFile {
  const soa = withSerial(before, options.serial(serialOf(before) ?? 0));
  const signing = signingOf(soa, keys, options);
  const signer = new WholeSigner(apex, signing, undefined);
  const signed = new ZoneImage(imageOctets);
  const hasDigest = withSnapshot(image, (zone) => {
    const isWanted = options.hasDigest || findRrset(zone, apex, apex, RrType.ZONEMD) !== undefined;
    const feed: Parameters<ZoneImage["load"]>[0][number]["feed"] = (put) => {
      for (const rrsets of signer.publish(contentOf(apex, zone, soa, keys, options, isWanted)))
        for (const { owner, type, ttl, rdata } of rrsets)
          for (const octets of rdata)
            put(owner.octets, owner.octets.length, type, ttl, octets, octets.length);
    };
    signed.load([{ apex, groups: [], feed }]);
    return isWanted;
  });
  if (hasDigest) putDigest(apex, signed, signing);
  return {
    made: signer.made,
    *records() {
      const snapshot = signed.snapshot();
      if (snapshot) yield* recordsIn(apex, snapshot);
      snapshot?.release();
    },
  };
}

function signingOf(
  soa: Rrset,
  keys: readonly SigningKey[],
  { denial, inception, expiration }: SignOptions,
): LiveSigning {
  const decoded = soa.rdata[0] && decodeRdata(RrType.SOA, soa.rdata[0]);
  return {
    ...splitKeys(keys),
    denial,
    // RFC 9077 section 3
    negativeTtl: decoded?.ok ? Math.min(soa.ttl, decoded.value.minimum) : soa.ttl,
    validity: () => ({ inception, expiration }),
    renewBefore: 0,
  };
}

/** The names of a zone with what is theirs, the apex with the records of the keys and the place of a digest, which the chain is to know of (RFC 8976 section 3.2). */
function* contentOf(
  apex: Name,
  zone: ZoneSnapshot,
  soa: Rrset,
  keys: readonly SigningKey[],
  { dnskeyTtl, announcesKeys }: SignOptions,
  hasDigest: boolean,
): Generator<readonly Rrset[]> {
  for (const rrsets of zone.onward(apex, apex, "names")) {
    const own = rrsets.filter(({ type }) => !madeTypes.has(type));
    if (own.length === 0) continue;
    if (own[0]?.owner.equals(apex) !== true) {
      yield own;
      continue;
    }
    const others = own.filter(({ type }) => type !== RrType.SOA && type !== RrType.ZONEMD);
    const all = withKeyRecords(apex, [soa, ...others], { keys, dnskeyTtl, announcesKeys });
    if (hasDigest) all.push({ owner: apex, type: RrType.ZONEMD, ttl: soa.ttl, rdata: [new Uint8Array(6)] });
    yield all.sort((a, b) => a.type - b.type);
  }
}

/** Puts the digest of all of a zone in its place. RFC 8976 section 3.5: made when all else is signed, and then signed itself. */
function putDigest(apex: Name, zone: ZoneImage, { forData, validity }: LiveSigning): void {
  const [digest, own] = withSnapshot(zone, (snapshot) => [
    zonemdRrset(apex, Array.from(snapshot.rrsets(apex) ?? []), createHash),
    findRrset(snapshot, apex, apex, RrType.RRSIG),
  ]);
  if (!digest) return;
  const signatures = forData.map((key) => signRrset(apex, digest, key, validity(apex)));
  const others = (own?.rdata ?? []).filter((rdata) => coveredBy(rdata) !== RrType.ZONEMD);
  const put = [digest, ...(own ? [{ ...own, rdata: [...others, ...signatures] }] : [])];
  zone.apply({ put: put.map((rrset) => ({ ...rrset, kind: "rrset", apex })), remove: [] });
}

/** The records of a signed zone: the SOA before all else, for most readers of zone files look for it there. */
function* recordsIn(apex: Name, zone: ZoneSnapshot): Generator<ResourceRecord> {
  for (const row of ["names", "hashed"] as const)
    for (const rrsets of zone.onward(apex, apex, row)) {
      const signatures = rrsets.find(({ type }) => type === RrType.RRSIG)?.rdata ?? [];
      const sorted = rrsets.some(isSoa)
        ? [...rrsets.filter(isSoa), ...rrsets.filter((rrset) => !isSoa(rrset))]
        : rrsets;
      for (const rrset of sorted) {
        if (rrset.type === RrType.RRSIG) continue;
        yield* toRecords([rrset]);
        const { owner, type, ttl } = rrset;
        const rdata = signatures.filter((octets) => coveredBy(octets) === type);
        if (rdata.length > 0) yield* toRecords([{ owner, type: RrType.RRSIG, ttl, rdata }]);
      }
    }
}

function isSoa({ type }: Rrset): boolean {
  return type === RrType.SOA;
}

/** The type that a signature is over. */
function coveredBy(rdata: Uint8Array): number {
  return (rdata[0]! << 8) | rdata[1]!;
}
