// Zones of a stand-alone name server that it signs by itself, with keys from a folder: whole when they are read, then as much as an update touches, and again
// before signatures end. What is kept of a signed zone are its records: a start finds its signatures among them, and makes none that are there.
//
// The records of such a zone are held twice, here and in the image.

import {
  type Denial,
  digestOf,
  type KeptSignatures,
  type LiveChange,
  type LiveSigning,
  LiveZone,
  type SigningKey,
  splitKeys,
  withKeyRecords,
} from "#dnssec";
import type { OpenedKey } from "./online-keys.ts";
import { decodeRdata, Name, type ResourceRecord, RrClass, RrType } from "#wire";
import {
  addToSerial,
  compareSerials,
  groupRecords,
  type Rrset,
  rrsetKey,
  serialOf,
  withSerial,
  type ZoneChange,
  type ZoneFeed,
} from "#zone";

/** How a zone is signed here. */
export interface SignedZonePlan {
  /** At least one. */
  readonly keys: readonly SigningKey[];
  readonly denial: Denial;
}

/** Seconds that a signature holds, and that are left of it when it is made anew. */
const signatureSeconds: number = 14 * 86_400;
const renewSeconds: number = 7 * 86_400;
/** Seconds that ends of signatures are spread over, so that they are not all made anew at once. */
const spreadSeconds = 86_400;
/** Seconds before now that a signature begins: clocks differ. */
const earlierSeconds = 3_600;
/** TTL of the keys' records in seconds. */
const dnskeyTtl = 3_600;
/** Signatures that are made anew at once: nobody is answered by this thread meanwhile that sends an update or wants a transfer. */
const maxRenewed = 500;

/** Types that signing makes, and is given in no change. */
const madeTypes: ReadonlySet<number> = new Set([RrType.RRSIG, RrType.NSEC, RrType.NSEC3, RrType.NSEC3PARAM]);
/** Types at the apex that come of the keys. */
const keyTypes: ReadonlySet<number> = new Set([RrType.DNSKEY, RrType.CDS, RrType.CDNSKEY]);

/** What it works with. */
export interface SignedZonesPorts {
  /** All RRsets of a zone as they are in force; undefined where there is none. */
  readonly inForce: (apex: Name) => readonly Rrset[] | undefined;
  /** Seconds since 1970. */
  readonly now: () => number;
}

/** See the head of this file. */
export class SignedZones {
  readonly #ports: SignedZonesPorts;
  readonly #plans = new Map<string, { readonly apex: Name; readonly plan: SignedZonePlan }>();
  /** Zones as they are signed; one that is missing is put together from what is in force. */
  readonly #live = new Map<string, LiveZone>();
  readonly #ttls = new Map<string, number>();

  constructor(ports: SignedZonesPorts) {
    this.#ports = ports;
  }

  /** Whether a zone is signed here. */
  has(apex: Name): boolean {
    return this.#plans.has(apex.key);
  }

  /** Says how zones are signed from now on; those that are not among them are not. */
  replace(plans: Iterable<{ readonly apex: Name; readonly plan: SignedZonePlan }>): void {
    this.#plans.clear();
    for (const each of plans) this.#plans.set(each.apex.key, each);
    this.#live.clear();
  }

  /**
   * Signs a zone that is read whole.
   * @param before  the zone as it was served, with its signatures: those that fit are taken over, and its serial is counted up where the zone is another now
   * @returns all RRsets, or undefined where it is what it was
   */
  sign(
    apex: Name,
    given: readonly Rrset[],
    plan: SignedZonePlan,
    before?: readonly Rrset[],
  ): Rrset[] | undefined {
    const contents = unsigned(apex, given, plan);
    const soa = soaOf(apex, contents);
    if (!soa) throw new RangeError(`Cannot sign ${apex.toString()}: it has no SOA at its apex`);
    const served = before && soaOf(apex, before);
    const [serial = 0, old] = [serialOf(soa), served && serialOf(served)];
    const isNewer = old === undefined || (compareSerials(serial, old) ?? 1) > 0;
    // First with the serial that was served: then it shows whether anything else has changed.
    const first = this.#whole(apex, isNewer ? contents : renumbered(contents, soa, old), plan, before);
    if (isNewer || !before) return first;
    return isSame(first, before)
      ? undefined
      : this.#whole(apex, renumbered(contents, soa, addToSerial(old, 1)), plan, first);
  }

  #whole(
    apex: Name,
    contents: readonly Rrset[],
    plan: SignedZonePlan,
    before: readonly Rrset[] = [],
  ): Rrset[] {
    const live = new LiveZone(apex, this.#signing(apex, plan, contents), signaturesIn(before));
    live.change(contents, []);
    return [...contents, ...live.published()];
  }

  /**
   * Signs a change of a zone that is in force.
   * @returns the change with all that signing makes of it. Where it is not put in force after all, say so by {@link forget}.
   */
  change(apex: Name, change: ZoneChange): ZoneChange {
    const put = change.put.flatMap((each) =>
      each.kind === "rrset" && !this.#isOurs(apex, each) ? [each] : [],
    );
    const remove = change.remove.flatMap((each) =>
      each.kind === "rrset" && !this.#isOurs(apex, each) ? [each] : [],
    );
    try {
      const live = this.#liveOf(apex);
      const soa = soaOf(apex, put);
      const changes: LiveChange[] = [];
      const plan = this.#plans.get(apex.key)?.plan;
      if (soa && plan && negativeTtlOf(soa) !== this.#ttls.get(apex.key))
        changes.push(live.resign(this.#signing(apex, plan, [soa])));
      changes.push(live.change(put, remove));
      return merged(apex, put, remove, changes);
    } catch (error) {
      this.forget(apex);
      throw error;
    }
  }

  /** A change that makes signatures anew which end soon; undefined where none do. */
  renew(apex: Name): ZoneChange | undefined {
    const plan = this.#plans.get(apex.key)?.plan;
    if (!plan) return undefined;
    try {
      const live = this.#liveOf(apex);
      const due = this.#ports.now() + renewSeconds;
      if ((live.earliestEnd ?? due) >= due) return undefined;
      const soa = this.#ports
        .inForce(apex)
        ?.find(({ type, owner }) => type === RrType.SOA && owner.equals(apex));
      if (!soa) return undefined;
      const renewed = live.resign(this.#signing(apex, plan, [soa]), maxRenewed);
      const next = withSerial(soa, addToSerial(serialOf(soa) ?? 0, 1));
      return merged(apex, [{ ...next, kind: "rrset", apex }], [], [renewed, live.change([next], [])]);
    } catch (error) {
      this.forget(apex);
      throw error;
    }
  }

  /** The zones that are signed here. */
  apexes(): Name[] {
    return [...this.#plans.values()].map(({ apex }) => apex);
  }

  /** Forgets how a zone is signed by now: it is put together anew from what is in force. */
  forget(apex: Name): void {
    this.#live.delete(apex.key);
  }

  #isOurs(apex: Name, { owner, type }: Pick<Rrset, "owner" | "type">): boolean {
    return madeTypes.has(type) || (keyTypes.has(type) && owner.equals(apex));
  }

  #liveOf(apex: Name): LiveZone {
    const held = this.#live.get(apex.key);
    if (held) return held;
    const plan = this.#plans.get(apex.key)?.plan;
    const before = this.#ports.inForce(apex);
    if (!plan || !before) throw new RangeError(`Cannot sign ${apex.toString()}: it is not signed here`);
    const contents = unsigned(apex, before, plan);
    const live = new LiveZone(apex, this.#signing(apex, plan, contents), signaturesIn(before));
    live.change(contents, []);
    this.#live.set(apex.key, live);
    return live;
  }

  #signing(apex: Name, { keys, denial }: SignedZonePlan, rrsets: readonly Rrset[]): LiveSigning {
    const { now } = this.#ports;
    const soa = soaOf(apex, rrsets);
    const negativeTtl = soa ? negativeTtlOf(soa) : 0;
    this.#ttls.set(apex.key, negativeTtl);
    return {
      ...splitKeys(keys),
      denial,
      negativeTtl,
      validity: (owner) => ({
        inception: now() - earlierSeconds,
        expiration: now() + signatureSeconds - (spreadOf(owner) % spreadSeconds),
      }),
      get renewBefore() {
        return now() + renewSeconds;
      },
    };
  }
}

/** A zone without what signing makes, and with the records of its keys. */
function unsigned(apex: Name, rrsets: readonly Rrset[], { keys }: SignedZonePlan): Rrset[] {
  const own = rrsets.filter(
    ({ owner, type }) => !madeTypes.has(type) && !(keyTypes.has(type) && owner.equals(apex)),
  );
  return withKeyRecords(apex, own, { keys, dnskeyTtl, announcesKeys: true });
}

function renumbered(rrsets: readonly Rrset[], soa: Rrset, serial: number): Rrset[] {
  return rrsets.map((rrset) => (rrset === soa ? withSerial(soa, serial) : rrset));
}

/** The signatures in a zone, by what they are over. */
function* signaturesIn(rrsets: readonly Rrset[]): Generator<KeptSignatures> {
  const byKey = new Map(rrsets.map((rrset) => [rrsetKey(rrset.owner, rrset.type), rrset]));
  for (const { owner, type, rdata } of rrsets) {
    if (type !== RrType.RRSIG) continue;
    const covered = new Map<number, Uint8Array[]>();
    for (const octets of rdata) {
      const over = (octets[0]! << 8) | octets[1]!;
      covered.set(over, [...(covered.get(over) ?? []), octets]);
    }
    for (const [over, signatures] of covered) {
      const rrset = byKey.get(rrsetKey(owner, over));
      if (rrset) yield { owner, type: over, digest: digestOf(rrset), signatures };
    }
  }
}

function merged(
  apex: Name,
  put: ZoneChange["put"],
  remove: ZoneChange["remove"],
  changes: readonly LiveChange[],
): ZoneChange {
  const puts = new Map<string, Rrset>();
  const gone = new Map<string, Pick<Rrset, "owner" | "type">>();
  for (const change of changes) {
    for (const { owner, type } of change.removed) {
      puts.delete(rrsetKey(owner, type));
      gone.set(rrsetKey(owner, type), { owner, type });
    }
    for (const rrset of change.put) {
      gone.delete(rrsetKey(rrset.owner, rrset.type));
      puts.set(rrsetKey(rrset.owner, rrset.type), rrset);
    }
  }
  return {
    put: [...put, ...[...puts.values()].map((rrset) => ({ ...rrset, kind: "rrset" as const, apex }))],
    remove: [...remove, ...[...gone.values()].map((each) => ({ ...each, kind: "rrset" as const, apex }))],
  };
}

/** The TTL of the chain (RFC 9077 section 3). */
function negativeTtlOf(soa: Rrset): number {
  const decoded = soa.rdata[0] && decodeRdata(RrType.SOA, soa.rdata[0]);
  return decoded?.ok ? Math.min(soa.ttl, decoded.value.minimum) : soa.ttl;
}

/** Whether two versions of a zone have the same records. */
function isSame(a: readonly Rrset[], b: readonly Rrset[]): boolean {
  const lines = (rrsets: readonly Rrset[]): string =>
    rrsets
      .map((rrset) => `${rrsetKey(rrset.owner, rrset.type)} ${digestOf(rrset)}`)
      .sort()
      .join("\n");
  return lines(a) === lines(b);
}

function soaOf(apex: Name, rrsets: readonly Rrset[]): Rrset | undefined {
  return rrsets.find(({ type, owner }) => type === RrType.SOA && owner.equals(apex));
}

/** A number that differs from owner to owner and is the same each time (FNV-1a). */
function spreadOf(owner: Name): number {
  let hash = 0x811c9dc5;
  for (const octet of owner.toLowerCase().octets) hash = Math.imul(hash ^ octet, 0x01000193);
  return hash >>> 0;
}

/** The records that a feed gives, as RRsets. */
export function rrsetsOf(feed: ZoneFeed): Rrset[] {
  const records: ResourceRecord[] = [];
  feed((owner, ownerOctets, type, ttl, rdata, rdataOctets) => {
    const name = Name.fromOctets(owner.slice(0, ownerOctets));
    if (name) records.push({ name, type, class: RrClass.IN, ttl, rdata: rdata.slice(0, rdataOctets) });
  });
  return groupRecords(records);
}

/** RRsets as a feed. */
export function feedOf(rrsets: readonly Rrset[]): ZoneFeed {
  return (put) => {
    for (const { owner, type, ttl, rdata } of rrsets)
      for (const octets of rdata) put(owner.octets, owner.octets.length, type, ttl, octets, octets.length);
  };
}

/** The serial of a zone. */
export function serialAt(apex: Name, rrsets: readonly Rrset[]): number | undefined {
  return serialOf(soaOf(apex, rrsets));
}

/** The keys that sign data, as threads are given them. */
export function onlineKeysOf(keys: readonly SigningKey[]): OpenedKey[] {
  return splitKeys(keys).forData.map(({ rdata, key }) => ({
    dnskey: rdata,
    privateKey: new Uint8Array(key.export({ format: "der", type: "pkcs8" })),
  }));
}
