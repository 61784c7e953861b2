// Zones of a stand-alone name server that it signs by itself, with keys from a folder: whole when they are read, then as much as an update touches, and again
// before signatures end. What is kept of a signed zone are its records: a start finds its signatures among them, and makes none that are there.
//
// Nothing of a zone is held here. What changes is signed against the zone as it is in force, which says all that there is to know.

import {
  type Denial,
  expirationOf,
  inceptionOf,
  type LiveSigning,
  type SigningKey,
  signEdit,
  type SignedEdit,
  splitKeys,
  WholeSigner,
  withKeyRecords,
} from "#dnssec";
import type { OpenedKey } from "./online-keys.ts";
import { soaOf } from "./served-soa.ts";
import { decodeRdata, type Name, RrType } from "#wire";
import {
  addToSerial,
  compareSerials,
  findRrset,
  type NameRow,
  type Rrset,
  serialOf,
  withSerial,
  withSnapshot,
  type ZoneChange,
  type ZoneFeed,
  type ZoneSnapshot,
  type ZoneStore,
  keyTypes,
  madeTypes,
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
/** Signatures that are made anew at once, and names that are looked through for them: nobody is answered by this thread meanwhile that sends an update or wants a transfer. */
const maxRenewed = 500;
const maxLooked = 500;

/** What it works with. */
export interface SignedZonesPorts {
  /** All zones as they are in force. */
  readonly zones: ZoneStore;
  /** Seconds since 1970. */
  readonly now: () => number;
  /** Told that there is something for {@link SignedZones.renew} before its time. */
  readonly onDue?: () => void;
}

/** What comes of looking for signatures that end soon, and for links of the chain with another TTL than it has now. */
export interface Renewal {
  /** Makes some of them anew; absent: none was found so far. */
  readonly change?: ZoneChange;
  /** Whether all of the zone was looked through, and nothing is left to be done for now. */
  readonly isDone: boolean;
}

/** A look through all signatures of a zone, which goes by parts. */
interface Round {
  row: NameRow;
  /** Where it goes on. */
  from: Name;
  /** Whether all of the row was looked through. */
  isRowDone: boolean;
  /** The earliest end that it has seen. */
  earliest: number | undefined;
}

/** See the head of this file. */
export class SignedZones {
  readonly #ports: SignedZonesPorts;
  readonly #plans = new Map<string, { readonly apex: Name; readonly plan: SignedZonePlan }>();
  /** By zone, the earliest end of any signature or an earlier time, where that is known. */
  readonly #earliest = new Map<string, number>();
  readonly #rounds = new Map<string, Round>();
  /** The latest time that was seen. */
  #latest = 0;

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
    this.#rounds.clear();
    for (const key of this.#earliest.keys()) if (!this.#plans.has(key)) this.#earliest.delete(key);
  }

  /**
   * Signs a zone that is read whole.
   * @param given  has its records
   * @param before  has the zone as it was served, with its signatures: those that fit are taken over, and its serial is counted up where the zone is another now
   * @returns what gives all its records, once or more often, while `given` and `before` are as they are; undefined where it is what it was
   */
  sign(apex: Name, given: ZoneStore, plan: SignedZonePlan, before?: ZoneStore): ZoneFeed | undefined {
    const soa = soaOf(given, apex);
    if (!soa) throw new RangeError(`Cannot sign ${apex.toString()}: it has no SOA at its apex`);
    const served = before && soaOf(before, apex);
    const [serial = 0, old] = [serialOf(soa), served && serialOf(served)];
    const isNewer = old === undefined || (compareSerials(serial, old) ?? 1) > 0;
    if (isNewer || !before) return this.#whole(apex, given, soa, plan, before);
    // With the serial that was served it shows whether anything else has changed.
    if (this.#isSame(apex, given, withSerial(soa, old), plan, before)) return undefined;
    return this.#whole(apex, given, withSerial(soa, addToSerial(old, 1)), plan, before);
  }

  #isSame(apex: Name, given: ZoneStore, soa: Rrset, plan: SignedZonePlan, before: ZoneStore): boolean {
    return withSnapshot(before, (old) =>
      withSnapshot(given, (zone) => {
        const signer = new WholeSigner(apex, this.#signing(plan, soa), old);
        for (const _ of signer.publish(contentOf(apex, zone, soa, plan))) if (!signer.isSame) return false;
        this.#noteEnd(apex, signer);
        return signer.isSame;
      }),
    );
  }

  #whole(
    apex: Name,
    given: ZoneStore,
    soa: Rrset,
    plan: SignedZonePlan,
    before: ZoneStore | undefined,
  ): ZoneFeed {
    const signWith = (put: Parameters<ZoneFeed>[0], old: ZoneSnapshot | undefined): void =>
      withSnapshot(given, (zone) => {
        const signer = new WholeSigner(apex, this.#signing(plan, soa), old);
        for (const rrsets of signer.publish(contentOf(apex, zone, soa, plan))) feedOf(rrsets)(put);
        this.#noteEnd(apex, signer);
      });
    return (put) => (before ? withSnapshot(before, (old) => signWith(put, old)) : signWith(put, undefined));
  }

  #noteEnd(apex: Name, { earliestEnd }: WholeSigner): void {
    if (earliestEnd !== undefined) this.#earliest.set(apex.key, earliestEnd);
    this.#rounds.delete(apex.key);
  }

  /**
   * Signs a change of a zone that is in force.
   * @returns the change with all that signing makes of it. Where it is not put in force after all, say so by {@link forget}.
   */
  change(apex: Name, change: ZoneChange): ZoneChange {
    const put = change.put.filter((each) => each.kind === "rrset").filter((each) => !isOurs(apex, each));
    const remove = change.remove
      .filter((each) => each.kind === "rrset")
      .filter((each) => !isOurs(apex, each));
    const plan = this.#planOf(apex);
    return withSnapshot(this.#ports.zones, (zone) => {
      const old = findRrset(zone, apex, apex, RrType.SOA);
      const soa = put.find(({ type, owner }) => type === RrType.SOA && owner.equals(apex)) ?? old;
      if (!old || !soa) throw new RangeError(`Cannot sign ${apex.toString()}: it has no SOA at its apex`);
      // The TTL of the chain is the SOA's (RFC 9077 section 3): all of it is another one. What the change touches has it at once, and the rest as signatures are
      // renewed, some names at a time: until then it says what it said, which caches may have for as long anyway.
      if (negativeTtlOf(old) !== negativeTtlOf(soa)) {
        this.forget(apex);
        this.#ports.onDue?.();
      }
      return changeOf(apex, signEdit(zone, apex, this.#signing(plan, soa), { put, remove }));
    });
  }

  /** Looks for signatures that end soon and links with the TTL of before, some names at a time, and makes them anew. */
  renew(apex: Name): Renewal {
    const plan = this.#planOf(apex);
    const now = this.#ports.now();
    const due = now + renewSeconds;
    // A clock that is set back was ahead: what it has made by then begins too late, and is looked for everywhere.
    if (now < this.#latest - earlierSeconds) {
      this.#earliest.clear();
      this.#latest = now;
    }
    const held = this.#rounds.get(apex.key);
    if (!held && (this.#earliest.get(apex.key) ?? 0) >= due) return { isDone: true };
    const round = held ?? { row: "names", from: apex, isRowDone: false, earliest: undefined };
    this.#rounds.set(apex.key, round);
    if (round.isRowDone && round.row === "hashed") {
      this.#rounds.delete(apex.key);
      this.#earliest.set(apex.key, round.earliest ?? due);
      return { isDone: true };
    }
    if (round.isRowDone) Object.assign(round, { row: "hashed", from: apex, isRowDone: false });
    return withSnapshot(this.#ports.zones, (zone) => {
      const soa = findRrset(zone, apex, apex, RrType.SOA);
      if (!soa) return { isDone: true };
      const found = lookOn(zone, apex, round, { now, due, negativeTtl: negativeTtlOf(soa) });
      if (found.length === 0) return { isDone: false };
      // What is made anew now holds for so long at least.
      noteEnd(round, now + signatureSeconds - spreadSeconds);
      const edit = {
        put: [withSerial(soa, addToSerial(serialOf(soa) ?? 0, 1))],
        remove: [],
        ...(round.row === "names" ? { renewed: found } : { renewedLinks: found }),
      };
      return {
        change: changeOf(apex, signEdit(zone, apex, this.#signing(plan, soa), edit)),
        isDone: false,
      };
    });
  }

  /** The zones that are signed here. */
  apexes(): Name[] {
    return [...this.#plans.values()].map(({ apex }) => apex);
  }

  /** A change of a zone was not put in force: signatures that it has made anew are looked for again. */
  forget(apex: Name): void {
    this.#rounds.delete(apex.key);
    this.#earliest.delete(apex.key);
  }

  #planOf(apex: Name): SignedZonePlan {
    const plan = this.#plans.get(apex.key)?.plan;
    if (!plan) throw new RangeError(`Cannot sign ${apex.toString()}: it is not signed here`);
    return plan;
  }

  #signing({ keys, denial }: SignedZonePlan, soa: Rrset): LiveSigning {
    const now = this.#ports.now();
    this.#latest = Math.max(this.#latest, now);
    return {
      ...splitKeys(keys),
      denial,
      negativeTtl: negativeTtlOf(soa),
      validity: (owner) => ({
        inception: now - earlierSeconds,
        expiration: now + signatureSeconds - (spreadOf(owner) % spreadSeconds),
      }),
      renewBefore: now + renewSeconds,
    };
  }
}

/**
 * Goes on with a round until enough is found.
 * @returns names of its row with signatures that end before they are `due`, or do not hold yet, or with a link of another TTL
 */
function lookOn(
  zone: ZoneSnapshot,
  apex: Name,
  round: Round,
  { now, due, negativeTtl }: { readonly now: number; readonly due: number; readonly negativeTtl: number },
): Name[] {
  const found: Name[] = [];
  let looked = 0;
  let count = 0;
  for (const rrsets of zone.onward(apex, round.from, round.row)) {
    const owner = rrsets[0]?.owner ?? apex;
    round.from = owner;
    if (looked++ === maxLooked || count >= maxRenewed) return found;
    const signatures = rrsets.find(({ type }) => type === RrType.RRSIG)?.rdata ?? [];
    const before = count;
    for (const rdata of signatures) {
      const end = expirationOf(rdata);
      if (end < due || inceptionOf(rdata) > now) count++;
      else noteEnd(round, end);
    }
    if (rrsets.some(({ type, ttl }) => linkTypes.has(type) && ttl !== negativeTtl)) count++;
    if (count > before) found.push(owner);
  }
  round.isRowDone = true;
  return found;
}

/** Types of the links of both chains. */
const linkTypes: ReadonlySet<number> = new Set([RrType.NSEC, RrType.NSEC3]);

function noteEnd(round: Round, end: number): void {
  if (round.earliest === undefined || end < round.earliest) round.earliest = end;
}

/** Whether an RRset comes of signing or of the keys, and is no part of a change that is given. */
function isOurs(apex: Name, { owner, type }: Pick<Rrset, "owner" | "type">): boolean {
  return madeTypes.has(type) || (keyTypes.has(type) && owner.equals(apex));
}

/** The names of a zone with what is theirs: without what signing makes, and with the records of the keys and this SOA. */
function* contentOf(
  apex: Name,
  zone: ZoneSnapshot,
  soa: Rrset,
  { keys }: SignedZonePlan,
): Generator<readonly Rrset[]> {
  for (const rrsets of zone.onward(apex, apex, "names")) {
    const isApex = rrsets[0]?.owner.equals(apex) === true;
    if (!isApex) {
      const own = rrsets.some(({ type }) => madeTypes.has(type))
        ? rrsets.filter(({ type }) => !madeTypes.has(type))
        : rrsets;
      if (own.length > 0) yield own;
      continue;
    }
    const own = rrsets.filter((rrset) => !isOurs(apex, rrset) && rrset.type !== RrType.SOA);
    const withKeys = withKeyRecords(apex, [soa, ...own], { keys, dnskeyTtl, announcesKeys: true });
    yield withKeys.sort((a, b) => a.type - b.type);
  }
}

function changeOf(apex: Name, { put, remove }: SignedEdit): ZoneChange {
  return {
    put: put.map((rrset) => ({ ...rrset, kind: "rrset", apex })),
    remove: remove.map((each) => ({ ...each, kind: "rrset", apex })),
  };
}

/** The TTL of the chain (RFC 9077 section 3). */
function negativeTtlOf(soa: Rrset): number {
  const decoded = soa.rdata[0] && decodeRdata(RrType.SOA, soa.rdata[0]);
  return decoded?.ok ? Math.min(soa.ttl, decoded.value.minimum) : soa.ttl;
}

/** A number that differs from owner to owner and is the same each time (FNV-1a). */
function spreadOf(owner: Name): number {
  let hash = 0x811c9dc5;
  for (const octet of owner.toLowerCase().octets) hash = Math.imul(hash ^ octet, 0x01000193);
  return hash >>> 0;
}

/** RRsets as a feed. */
export function feedOf(rrsets: Iterable<Rrset>): ZoneFeed {
  return (put) => {
    for (const { owner, type, ttl, rdata } of rrsets)
      for (const octets of rdata) put(owner.octets, owner.octets.length, type, ttl, octets, octets.length);
  };
}

/** The keys that sign data, as threads are given them. */
export function onlineKeysOf(keys: readonly SigningKey[]): OpenedKey[] {
  return splitKeys(keys).forData.map(({ rdata, key }) => ({
    dnskey: rdata,
    privateKey: new Uint8Array(key.export({ format: "der", type: "pkcs8" })),
  }));
}
