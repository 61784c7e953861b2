// What is published of zones' keys: DNSKEY, CDS and CDNSKEY at the apex (RFC 7344), the DS at the parent, and the anchors that the resolver
// validates the private tree from.

import type { ZoneKeysObject } from "#contract";
import { dsOf, keyTagOf, readPublicKey } from "#dnssec";
import { delegationTtl, isDelegated, knownName, type DomainObject } from "#registry";
import { formatRecord, RrClass, RrType } from "#wire";
import type { Rrset } from "#zone";
import { hostsOf, type ControlProfile } from "../config.ts";
import { octetsOf } from "../octets.ts";
import type { State } from "../state.ts";
import type { ZoneKey, ZoneSigningFact } from "./facts.ts";

/** TTL of the DNSKEY RRset of zones below a top-level domain, in seconds; of root and TLDs it is two days, as that of their delegations. */
const zoneKeyTtl = 3_600;

/** TTL of a zone's DNSKEY RRset in seconds. @param tlds  of the profile */
export function keyTtlOf(tlds: readonly string[], apex: string): number {
  return apex === "." || tlds.includes(apex) ? delegationTtl : zoneKeyTtl;
}

/** Units of objects that a zone's keys bear on. */
export function* unitsOfSigning(tlds: readonly string[], apex: string): Generator<string> {
  if (apex === ".") yield* ["root", "resolver"];
  else if (tlds.includes(apex)) yield* [`tld ${apex}`, "root"];
  else yield* [`zone ${apex}`, `domain ${apex}`];
}

/** RDATA of the CDS and the CDNSKEY that ask a parent to vouch for nothing any more. @see RFC 8078 section 4 */
const deletion = {
  cds: Uint8Array.of(0, 0, 0, 0, 0),
  cdnskey: Uint8Array.of(0, 0, 3, 0, 0),
};

/**
 * DNSKEY of a zone's keys, and CDS and CDNSKEY of those that its parent is to vouch for; nothing where it has none.
 * @param isLeaving  whether the zone is to be signed no more: they ask for the end of all DS then
 */
export function keyRrsets(
  state: State,
  tlds: readonly string[],
  apex: string,
  isLeaving: boolean = false,
): Rrset[] {
  const fact = state.value("zone-signing", apex);
  if (!fact || fact.keys.length === 0) return [];
  const owner = knownName(apex);
  const ttl = keyTtlOf(tlds, apex);
  const rrsets: Rrset[] = [
    { owner, type: RrType.DNSKEY, ttl, rdata: fact.keys.map(({ dnskey }) => octetsOf(dnskey)) },
  ];
  if (isLeaving)
    return [
      ...rrsets,
      { owner, type: RrType.CDS, ttl, rdata: [deletion.cds] },
      { owner, type: RrType.CDNSKEY, ttl, rdata: [deletion.cdnskey] },
    ];
  const vouched = vouchedKeys(fact);
  if (apex === "." || vouched.length === 0) return rrsets;
  return [
    ...rrsets,
    { owner, type: RrType.CDS, ttl, rdata: vouched.map((key) => dsRdataOf(apex, key)) },
    { owner, type: RrType.CDNSKEY, ttl, rdata: vouched.map(({ dnskey }) => octetsOf(dnskey)) },
  ];
}

/**
 * The keys that name servers sign with when they are asked, where a zone is signed so (RFC 9824): those that sign data now. Name servers have them
 * before the chain goes, since a zone that is to be signed so is not signed so yet.
 * @param sealed  private keys by id
 * @param isWanted  whether the zone is to be signed so
 */
export function onlineKeys(
  state: State,
  sealed: ReadonlyMap<string, string>,
  apex: string,
  isWanted: boolean,
): ZoneKeysObject[] {
  const fact = state.value("zone-signing", apex);
  if (!fact || (fact.denial !== "compact" && !isWanted)) return [];
  const keys = fact.keys.flatMap(({ id, role, stage, dnskey }) => {
    const sealedKey = role === "zsk" && stage === "active" ? sealed.get(id) : undefined;
    return sealedKey === undefined ? [] : [{ id, dnskey, sealedKey }];
  });
  return [{ kind: "zone-keys", apex, keys }];
}

/** The keys that the parent is to have the DS of. */
export function vouchedKeys({ keys }: Pick<ZoneSigningFact, "keys">): ZoneKey[] {
  return keys.filter(({ role, stage }) => role === "ksk" && stage === "active");
}

/** RDATA of the DS of a key. */
export function dsRdataOf(apex: string, { dnskey }: Pick<ZoneKey, "dnskey">): Uint8Array {
  const key = readPublicKey(octetsOf(dnskey));
  if (!key) throw new RangeError(`Cannot make a DS: key ${keyTagOf(octetsOf(dnskey))} of ${apex} is none`);
  return dsOf(knownName(apex), key);
}

/** The DS RRset that a parent has of a zone of ours. */
export function dsRrsets(state: State, apex: string): Rrset[] {
  const ds = state.value("zone-signing", apex)?.ds ?? [];
  return ds.length === 0
    ? []
    : [{ owner: knownName(apex), type: RrType.DS, ttl: delegationTtl, rdata: ds.map(octetsOf) }];
}

/** Whether a domain is delegated to the name servers that its zone here is on. */
export function isOurs(state: State, profile: ControlProfile, domain: DomainObject): boolean {
  const zone = state.value("zone", domain.name);
  if (!zone || !isDelegated(domain)) return false;
  const own = new Set(hostsOf(profile, zone.nameServerSetId).map(({ name }) => name));
  return domain.nameServers.every((server) => own.has(server));
}

/** A domain's delegation with the DS of the keys that its zone here has. */
export function withOwnDs(
  state: State,
  profile: ControlProfile,
  domain: DomainObject,
  delegation: Rrset[],
): Rrset[] {
  const [own] = isOurs(state, profile, domain) ? dsRrsets(state, domain.name) : [];
  if (!own) return delegation;
  const given = delegation.find(({ type }) => type === RrType.DS);
  if (!given) return [...delegation, own];
  const rdata = new Map([...given.rdata, ...own.rdata].map((octets) => [octets.join(), octets]));
  return delegation.map((rrset) => (rrset === given ? { ...given, rdata: [...rdata.values()] } : rrset));
}

/** DS records of the root's keys, in presentation format: those that sign, and those that are to. */
export function trustAnchorsOf(state: State): string[] {
  const keys = state.value("zone-signing", ".")?.keys ?? [];
  return keys
    .filter(({ role, stage }) => role === "ksk" && stage !== "retired")
    .map((key) => dsText(".", dsRdataOf(".", key)));
}

/** A DS record in presentation format. */
export function dsText(apex: string, rdata: Uint8Array): string {
  const record = { name: knownName(apex), type: RrType.DS, class: RrClass.IN, ttl: delegationTtl, rdata };
  return formatRecord(record);
}
