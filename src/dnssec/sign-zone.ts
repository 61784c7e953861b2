// Signs a zone ahead that is in memory as a list: DNSKEY at the apex, the chain of denial, and an RRSIG over every RRset that the zone is authoritative
// for. Signatures that are given from before are kept while they hold, so that a zone signed again costs what has changed. It is what
// whole-signer.ts and change-signer.ts, which go by names and hold no list, are held against.

import { createHash } from "node:crypto";
import { decodeRdata, maxNsec3Iterations, type Name, RrType } from "#wire";
import { hasSameRecords, keyTypes, type Rrset, rrsetKey, zonemdRrset } from "#zone";
import { nodesOf, signedRrsetsOf, type ZoneNode } from "./authority.ts";
import { type Denial, nsec3Chain, nsecChain } from "./denial.ts";
import { dsOf, type SigningKey } from "./key.ts";
import { signRrset, type Validity } from "./sign.ts";

/** How a zone is signed. */
export interface SigningSettings extends Validity {
  /** At least one. Each algorithm among them signs everything (RFC 4035 section 2.2). */
  readonly keys: readonly SigningKey[];
  readonly denial: Denial;
  /** TTL of the DNSKEY RRset in seconds. */
  readonly dnskeyTtl: number;
  /** Whether the zone gets a digest of all that it has (ZONEMD, RFC 8976). One that has a digest gets a new one in any case: signed it is another zone. */
  readonly hasDigest?: boolean;
  /** Whether CDS and CDNSKEY tell the parent which DS to publish (RFC 7344). */
  readonly announcesKeys?: boolean;
  /** A zone as it was signed before. What of it holds beyond `keepUntil` and is over the same records by the same keys is kept. */
  readonly before?: SignedZone;
  /** Seconds since 1970; signatures that end before are made anew. Absent: none is kept. */
  readonly keepUntil?: number;
}

/** An RRset with the signatures over it: none for glue and delegations. */
export interface SignedRrset extends Rrset {
  /** RDATA of each RRSIG. Their TTL is the RRset's. */
  readonly signatures: readonly Uint8Array[];
}

/** A signed zone. */
export interface SignedZone {
  readonly apex: Name;
  /** In canonical order of owners for what was given; the chain of NSEC3 follows. */
  readonly rrsets: readonly SignedRrset[];
  /** How many signatures were made, and how many kept. */
  readonly made: number;
  readonly kept: number;
}

/**
 * Signs a zone. What of DNSSEC stands in it already is left out, but for DNSKEY, CDS and CDNSKEY: those of other signers stay.
 *
 * Throws a RangeError where the zone has no SOA at its apex, there is no key, or the denial's iterations are too many.
 */
export function signZone(apex: Name, rrsets: Iterable<Rrset>, signing: SigningSettings): SignedZone {
  const { keys, denial } = signing;
  if (keys.length === 0) throw new RangeError(`Cannot sign ${apex.toString()}: there is no key`);
  if (denial.kind === "nsec3" && denial.iterations > maxNsec3Iterations)
    throw new RangeError(`Cannot sign ${apex.toString()}: ${maxNsec3Iterations} iterations are the most`);
  const given = withDigestPlace(apex, withKeyRecords(apex, rrsets, signing), signing.hasDigest === true);
  const nodes = nodesOf(apex, given.rrsets);
  const ttl = negativeTtlOf(apex, nodes);
  const chain = chainOf(apex, nodes, ttl, denial);
  const signer = new RrsetSigner(apex, signing);
  let signed: SignedRrset[] = [];
  for (const node of nodes) {
    const toSign = signedRrsetsOf(node);
    for (const rrset of node.rrsets)
      signed.push(
        toSign.includes(rrset) && rrset !== given.place
          ? signer.sign(rrset)
          : withSignatures(rrset, unsigned),
      );
  }
  for (const rrset of chain) signed.push(signer.sign(rrset));
  if (given.place) {
    // RFC 8976 section 3.5: made when all else is signed, and then signed itself.
    // RRSIG records of a name are one RRset in its order (RFC 8976 section 3.3.1.1): by what they cover first.
    const sorted = [...flatten({ rrsets: signed })].sort((a, b) => coveredBy(a) - coveredBy(b));
    const digest = zonemdRrset(apex, sorted, createHash);
    signed = signed.map((rrset) =>
      digest && rrset.type === RrType.ZONEMD && rrset.owner.equals(apex) ? signer.sign(digest) : rrset,
    );
  }
  const { made, kept } = signer;
  return { apex, rrsets: signed, made, kept };
}

const unsigned: readonly Uint8Array[] = [];

function withSignatures({ owner, type, ttl, rdata }: Rrset, signatures: readonly Uint8Array[]): SignedRrset {
  return { owner, type, ttl, rdata, signatures };
}

/** The type that signatures cover; 0 for other RRsets. */
function coveredBy({ type, rdata }: Rrset): number {
  const [first] = rdata;
  return type === RrType.RRSIG && first ? (first[0]! << 8) | first[1]! : 0;
}

/** A zone with the place where its digest will stand, which the chain is to know of (RFC 8976 section 3.2), if it is to have one. */
function withDigestPlace(
  apex: Name,
  rrsets: readonly Rrset[],
  isWanted: boolean,
): { readonly rrsets: readonly Rrset[]; readonly place?: Rrset } {
  const isOwn = ({ owner, type }: Rrset): boolean => type === RrType.ZONEMD && owner.equals(apex);
  if (!isWanted && !rrsets.some(isOwn)) return { rrsets };
  const place: Rrset = { owner: apex, type: RrType.ZONEMD, ttl: 0, rdata: [new Uint8Array(6)] };
  return { rrsets: [...rrsets.filter((rrset) => !isOwn(rrset)), place], place };
}

function chainOf(apex: Name, nodes: readonly ZoneNode[], ttl: number, denial: Denial): Rrset[] {
  switch (denial.kind) {
    case "nsec":
      return nsecChain(nodes, ttl);
    case "nsec3":
      return nsec3Chain(apex, nodes, ttl, denial);
    case "compact":
      return [];
  }
}

/** Puts the keys' own records to a zone: DNSKEY, and CDS and CDNSKEY where they are announced. */
export function withKeyRecords(
  apex: Name,
  rrsets: Iterable<Rrset>,
  { keys, dnskeyTtl, announcesKeys = false }: Pick<SigningSettings, "keys" | "dnskeyTtl" | "announcesKeys">,
): Rrset[] {
  const entryPoints = keys.filter(({ isEntryPoint }) => isEntryPoint);
  const own = new Map<number, readonly Uint8Array[]>([[RrType.DNSKEY, keys.map(({ rdata }) => rdata)]]);
  if (announcesKeys && entryPoints.length > 0) {
    own.set(
      RrType.CDS,
      entryPoints.map((key) => dsOf(apex, key)),
    );
    own.set(
      RrType.CDNSKEY,
      entryPoints.map(({ rdata }) => rdata),
    );
  }
  const result: Rrset[] = [];
  for (const rrset of rrsets) {
    const added = rrset.owner.equals(apex) ? own.get(rrset.type) : undefined;
    if (!added) {
      result.push(rrset);
      continue;
    }
    own.delete(rrset.type);
    const given = new Map([...rrset.rdata, ...added].map((rdata) => [rdata.join(), rdata]));
    result.push({ ...rrset, rdata: [...given.values()] });
  }
  for (const [type, rdata] of own) result.push({ owner: apex, type, ttl: dnskeyTtl, rdata });
  return result;
}

/** The TTL of the chain: the lesser of the SOA's own and its MINIMUM. @see RFC 9077 section 3 */
function negativeTtlOf(apex: Name, nodes: readonly ZoneNode[]): number {
  const soa = nodes.find(({ kind }) => kind === "apex")?.rrsets.find(({ type }) => type === RrType.SOA);
  const decoded = soa?.rdata[0] && decodeRdata(RrType.SOA, soa.rdata[0]);
  if (!soa || !decoded?.ok) throw new RangeError(`Cannot sign ${apex.toString()}: it has no SOA at its apex`);
  return Math.min(soa.ttl, decoded.value.minimum);
}

/** The keys that sign an RRset of a type. */
export function keysFor(
  type: number,
  forKeys: readonly SigningKey[],
  forData: readonly SigningKey[],
): readonly SigningKey[] {
  return keyTypes.has(type) ? forKeys : forData;
}

/** When a signature ends: seconds since 1970. @param rdata  of an RRSIG (RFC 4034 section 3.1.5) */
export function expirationOf(rdata: Uint8Array): number {
  return (
    (((rdata[8] ?? 0) << 24) | ((rdata[9] ?? 0) << 16) | ((rdata[10] ?? 0) << 8) | (rdata[11] ?? 0)) >>> 0
  );
}

/** When a signature begins: seconds since 1970. @param rdata  of an RRSIG */
export function inceptionOf(rdata: Uint8Array): number {
  return (
    (((rdata[12] ?? 0) << 24) | ((rdata[13] ?? 0) << 16) | ((rdata[14] ?? 0) << 8) | (rdata[15] ?? 0)) >>> 0
  );
}

/** The tag of the key that made a signature. */
export function tagOf(rdata: Uint8Array): number {
  return ((rdata[16] ?? 0) << 8) | (rdata[17] ?? 0);
}

class RrsetSigner {
  made = 0;
  kept = 0;
  readonly #apex: Name;
  readonly #signing: SigningSettings;
  readonly #before: ReadonlyMap<string, SignedRrset>;
  readonly #forKeys: readonly SigningKey[];
  readonly #forData: readonly SigningKey[];

  constructor(apex: Name, signing: SigningSettings) {
    this.#apex = apex;
    this.#signing = signing;
    const before = signing.keepUntil === undefined ? [] : (signing.before?.rrsets ?? []);
    this.#before = new Map(before.map((rrset) => [rrsetKey(rrset.owner, rrset.type), rrset]));
    // Within one algorithm a key of either kind does the other's work where it stands alone.
    this.#forKeys = chosen(signing.keys, true);
    this.#forData = chosen(signing.keys, false);
  }

  sign(rrset: Rrset): SignedRrset {
    const keys = keysFor(rrset.type, this.#forKeys, this.#forData);
    // Keys of names are texts, which are made for nothing where there is nothing to look for.
    const before = this.#before.size === 0 ? undefined : this.#before.get(rrsetKey(rrset.owner, rrset.type));
    const old = before && hasSameRecords(before, rrset) ? before.signatures : [];
    const signatures = keys.map((key) => {
      const held = old.find((rdata) => this.#holds(rdata, key));
      if (held) this.kept++;
      else this.made++;
      return held ?? signRrset(this.#apex, rrset, key, this.#signing);
    });
    return withSignatures(rrset, signatures);
  }

  #holds(rdata: Uint8Array, { tag, algorithm }: SigningKey): boolean {
    const decoded = decodeRdata(RrType.RRSIG, rdata);
    if (!decoded.ok) return false;
    const { keyTag, algorithm: number, signatureExpiration } = decoded.value;
    return (
      keyTag === tag && number === algorithm.number && signatureExpiration >= (this.#signing.keepUntil ?? 0)
    );
  }
}

/** The keys that sign keys, and those that sign data. Within one algorithm a key of either kind does the other's work where it stands alone. */
export function splitKeys(keys: readonly SigningKey[]): {
  readonly forKeys: readonly SigningKey[];
  readonly forData: readonly SigningKey[];
} {
  return { forKeys: chosen(keys, true), forData: chosen(keys, false) };
}

/** The keys that sign keys, or data: of each algorithm those of that kind, or all where there are none of it. */
function chosen(keys: readonly SigningKey[], areEntryPoints: boolean): SigningKey[] {
  return keys.filter(
    (key) =>
      key.isEntryPoint === areEntryPoints ||
      !keys.some((other) => other.algorithm === key.algorithm && other.isEntryPoint === areEntryPoints),
  );
}

/**
 * The RRsets of a signed zone for a table of zones: all RRSIG of a name in one RRset, those over NSEC3 apart. The TTL of an RRSIG is that
 * of what it covers, whatever the RRset says.
 */
export function* tableRrsets({ rrsets }: SignedZone): Generator<Rrset> {
  const signatures = new Map<string, { owner: Name; ttl: number; rdata: Uint8Array[] }>();
  for (const { signatures: own, ...rrset } of rrsets) {
    yield rrset;
    if (own.length === 0) continue;
    const key = `${rrset.type === RrType.NSEC3 ? "hashed" : "plain"} ${rrset.owner.key}`;
    const held = signatures.get(key);
    if (held) {
      held.rdata.push(...own);
      held.ttl = Math.min(held.ttl, rrset.ttl);
    } else signatures.set(key, { owner: rrset.owner, ttl: rrset.ttl, rdata: [...own] });
  }
  for (const rrset of signatures.values()) yield { ...rrset, type: RrType.RRSIG };
}

/** The RRsets of a signed zone as plain ones: RRSIG records apart, one RRset of them for each that they cover. */
export function* flatten({ rrsets }: Pick<SignedZone, "rrsets">): Generator<Rrset> {
  for (const { owner, type, ttl, rdata, signatures } of rrsets) {
    yield { owner, type, ttl, rdata };
    if (signatures.length > 0) yield { owner, type: RrType.RRSIG, ttl, rdata: signatures };
  }
}
