// What became of zones, version by version, within a bound of octets: where IXFR (RFC 1995) takes its differences from. And the zones that keep such a
// journal as they are changed.

import { type Name, RrType } from "#wire";
import type { ZoneChange } from "./change.ts";
import { diffZones, type ZoneDiff } from "./diff.ts";
import type { JournalEvent } from "./journal-records.ts";
import type { ZoneLoad } from "./load.ts";
import { type Rrset, rrsetKey } from "./rrset.ts";
import { compareSerials } from "./serial.ts";
import { findRrset, type ZoneSnapshot, type ZoneStore, withSnapshot } from "./snapshot.ts";
import {
  condense,
  isSameVersionDiff,
  recordsOctets,
  serialOf,
  type VersionDiff,
  versionDiff,
} from "./version.ts";

/** Octets that are kept where nobody says how many. */
const defaultMaxOctets = 16 * 2 ** 20;

/** RRsets of a zone that is replaced as a whole up to which its versions are compared; a larger one is transferred anew. */
const maxComparedRrsets = 500_000;

interface Kept {
  readonly key: string;
  readonly diff: VersionDiff;
  readonly octets: number;
}

/** Differences of all zones. The oldest go when there is no more room. */
export class Journal {
  /** Told of what is done to it, but not of what goes for want of room; absent: nobody is. */
  onEvent: ((event: JournalEvent) => void) | undefined;
  readonly #maxOctets: number;
  readonly #zones = new Map<string, Kept[]>();
  /** How many of a zone's versions are in force, where others after them are kept aside. */
  readonly #inForce = new Map<string, number>();
  /** In the order in which they came. */
  readonly #order = new Set<Kept>();
  #octets = 0;

  constructor(maxOctets: number = defaultMaxOctets) {
    this.#maxOctets = maxOctets;
  }

  /** Octets in use. */
  get octets(): number {
    return this.#octets;
  }

  /** Adds what a zone's next version came about by. One that does not go on from the last is the first of a new row. */
  add(apex: Name, diff: VersionDiff): void {
    const { key } = apex;
    if (this.#goesAlong(apex, diff)) return;
    const last = this.#zones.get(key)?.at(-1);
    if (last && serialOf(last.diff.to) !== serialOf(diff.from)) this.forget(apex);
    const octets = 200 + recordsOctets(diff.removed) + recordsOctets(diff.added);
    if (octets > this.#maxOctets / 2) {
      this.forget(apex);
      return;
    }
    const kept: Kept = { key, diff, octets };
    const row = this.#zones.get(key);
    if (row) row.push(kept);
    else this.#zones.set(key, [kept]);
    this.#order.add(kept);
    this.#octets += octets;
    this.onEvent?.({ kind: "add", apex, diff });
    for (const oldest of this.#order) {
      if (this.#octets <= this.#maxOctets) return;
      this.#drop(oldest);
    }
  }

  /** What became of a version since, in order; undefined where that is not known. Empty where it is the newest. */
  since(apex: Name, serial: number): readonly VersionDiff[] | undefined {
    const row = (this.#zones.get(apex.key) ?? []).slice(0, this.#inForce.get(apex.key));
    const last = row.at(-1);
    if (last && serialOf(last.diff.to) === serial) return [];
    const from = row.findIndex(({ diff }) => serialOf(diff.from) === serial);
    return from < 0 ? undefined : row.slice(from).map(({ diff }) => diff);
  }

  /** Forgets a zone. */
  forget(apex: Name): void {
    const row = this.#zones.get(apex.key);
    if (!row) return;
    for (let kept = row[0]; kept; kept = row[0]) this.#drop(kept);
    this.onEvent?.({ kind: "forget", apex });
  }

  /**
   * A zone is there again, with a version of before. What is known up to it holds. What was after it is kept aside: the zone may go the same way
   * again. A version that is not known is the first of a new row.
   */
  resume(apex: Name, serial: number): void {
    const row = this.#zones.get(apex.key);
    if (!row) return;
    let count = row.length;
    while (count > 0 && serialOf(row[count - 1]?.diff.to) !== serial) count--;
    if (count === 0 && serialOf(row[0]?.diff.from) !== serial) this.forget(apex);
    else if (count < row.length) this.#inForce.set(apex.key, count);
  }

  /** Whether a zone goes a way that it has gone before; where it goes another one, that is no more known. */
  #goesAlong(apex: Name, diff: VersionDiff): boolean {
    const row = this.#zones.get(apex.key);
    const count = this.#inForce.get(apex.key);
    if (!row || count === undefined) return false;
    const to = serialOf(diff.to);
    const end = row.findIndex((kept, i) => i >= count && serialOf(kept.diff.to) === to) + 1;
    const along = end > 0 ? condense(row.slice(count, end).map((kept) => kept.diff)) : undefined;
    if (along && isSameVersionDiff(along, diff)) {
      if (end === row.length) this.#inForce.delete(apex.key);
      else this.#inForce.set(apex.key, end);
      return true;
    }
    this.#cut(apex, count);
    return false;
  }

  /** Leaves so many versions of a zone. */
  #cut(apex: Name, count: number): void {
    const row = this.#zones.get(apex.key) ?? [];
    const last = row[count - 1];
    if (!last) return this.forget(apex);
    for (const kept of row.slice(count)) this.#drop(kept);
    this.#inForce.delete(apex.key);
    this.onEvent?.({ kind: "cut", apex, serial: serialOf(last.diff.to) ?? 0 });
  }

  /** Does again what was done before. */
  repeat(event: JournalEvent): void {
    if (event.kind === "add") this.add(event.apex, event.diff);
    else if (event.kind === "forget") this.forget(event.apex);
    else {
      const row = this.#zones.get(event.apex.key) ?? [];
      this.#cut(event.apex, row.findLastIndex(({ diff }) => serialOf(diff.to) === event.serial) + 1);
    }
  }

  /** All that is known, in the order in which it came. */
  *events(): Generator<JournalEvent> {
    for (const { diff } of this.#order) yield { kind: "add", apex: diff.to.owner, diff };
  }

  #drop(kept: Kept): void {
    if (!this.#order.delete(kept)) return;
    this.#octets -= kept.octets;
    const row = this.#zones.get(kept.key);
    const at = row?.indexOf(kept) ?? -1;
    if (!row || at < 0) return;
    row.splice(at, 1);
    const count = this.#inForce.get(kept.key);
    if (count !== undefined && at < count) this.#inForce.set(kept.key, count - 1);
    if (row.length > 0) return;
    this.#zones.delete(kept.key);
    this.#inForce.delete(kept.key);
  }
}

/** A zone has another version. */
export interface NewVersion {
  readonly apex: Name;
  /** Absent: the zone is gone, or has no SOA record. */
  readonly serial: number | undefined;
  /** What it came about by, where that is known. */
  readonly diff: VersionDiff | undefined;
}

/** Zones that keep a journal of what is done to them. */
export class JournaledZones implements ZoneStore {
  readonly journal: Journal;
  /** Told of each new version, once it is in force. */
  onVersion: ((version: NewVersion) => void) | undefined;
  readonly #zones: ZoneStore;

  constructor(zones: ZoneStore, journal: Journal = new Journal()) {
    this.#zones = zones;
    this.journal = journal;
  }

  apply(change: ZoneChange): void {
    const before = this.#before(change);
    this.#zones.apply(change);
    const versions: NewVersion[] = [];
    withSnapshot(this.#zones, (after) => {
      for (const old of before) {
        const version = this.#record(old.apex, old.soa, after, () => this.#compare(old, after));
        if (version) versions.push(version);
      }
    });
    for (const version of versions) this.onVersion?.(version);
  }

  load(zones: readonly ZoneLoad[]): void {
    const versions: NewVersion[] = [];
    withSnapshot(this.#zones, (before) => {
      this.#zones.load(zones);
      withSnapshot(this.#zones, (after) => {
        for (const { apex } of zones) {
          const version = this.#recordLoaded(apex, before, after);
          if (version) versions.push(version);
        }
      });
    });
    for (const version of versions) this.onVersion?.(version);
  }

  #recordLoaded(apex: Name, before: ZoneSnapshot, after: ZoneSnapshot): NewVersion | undefined {
    const old = findRrset(before, apex, apex, RrType.SOA);
    return this.#record(apex, old, after, () => after.diff(before, apex, maxComparedRrsets));
  }

  /** What a change will touch, as it is. */
  #before(change: ZoneChange): Touched[] {
    const touched = new Map<string, Touched>();
    withSnapshot(this.#zones, (snapshot) => {
      const of = (apex: Name): Touched => {
        let found = touched.get(apex.key);
        if (!found) {
          const soa = findRrset(snapshot, apex, apex, RrType.SOA);
          touched.set(apex.key, (found = { apex, soa, whole: undefined, names: new Map() }));
        }
        return found;
      };
      let last: Touched | undefined; // RRsets of one zone come together
      const touch = (apex: Name, place: Pick<Place, "owner" | "type">): void => {
        if (last?.apex !== apex) last = of(apex);
        // Of a zone that is new, and of one that is replaced as a whole, nothing has to be known one by one.
        if (last.soa === undefined || last.whole !== undefined) return;
        const { owner, type } = place;
        const key = rrsetKey(owner, type);
        if (!last.names.has(key))
          last.names.set(key, { owner, type, rrset: findRrset(snapshot, apex, owner, type) });
      };
      for (const removal of change.remove) {
        if (removal.kind !== "zone") continue;
        const zone = of(removal.apex);
        zone.whole = zone.soa === undefined ? [] : take(snapshot.rrsets(removal.apex) ?? []);
      }
      for (const removal of change.remove) if (removal.kind === "rrset") touch(removal.apex, removal);
      for (const put of change.put) if (put.kind === "rrset") touch(put.apex, put);
    });
    return [...touched.values()];
  }

  #record(
    apex: Name,
    oldSoa: Rrset | undefined,
    after: ZoneSnapshot,
    compare: () => ZoneDiff | undefined,
  ): NewVersion | undefined {
    const soa = findRrset(after, apex, apex, RrType.SOA);
    const [from, to] = [serialOf(oldSoa), serialOf(soa)];
    if (from === to) return undefined;
    const isLater =
      soa && oldSoa && to !== undefined && from !== undefined && (compareSerials(to, from) ?? -1) > 0;
    const changed = isLater ? compare() : undefined;
    if (!soa || !oldSoa || changed === undefined) {
      if (to !== undefined && !oldSoa) this.journal.resume(apex, to);
      else this.journal.forget(apex);
      return { apex, serial: to, diff: undefined };
    }
    const diff = versionDiff(changed, { from: oldSoa, to: soa });
    this.journal.add(apex, diff);
    return { apex, serial: to, diff };
  }

  #compare(old: Touched, after: ZoneSnapshot): ZoneDiff | undefined {
    if (old.whole !== undefined) {
      const young = take(after.rrsets(old.apex) ?? []);
      return old.whole === "too-many" || young === "too-many" ? undefined : diffZones(old.whole, young);
    }
    const before: Rrset[] = [];
    const now: Rrset[] = [];
    for (const { owner, type, rrset } of old.names.values()) {
      const young = findRrset(after, old.apex, owner, type);
      if (rrset) before.push(rrset);
      if (young) now.push(young);
    }
    return diffZones(before, now);
  }

  snapshot(isBrief?: boolean): ZoneSnapshot | undefined {
    return this.#zones.snapshot(isBrief);
  }
}

interface Touched {
  readonly apex: Name;
  readonly soa: Rrset | undefined;
  /** All of the zone, where it is replaced as a whole. */
  whole: readonly Rrset[] | "too-many" | undefined;
  readonly names: Map<string, Place>;
}

/** Where an RRset is touched, and what is there. */
interface Place {
  readonly owner: Name;
  readonly type: number;
  readonly rrset: Rrset | undefined;
}

function take(rrsets: Iterable<Rrset>): readonly Rrset[] | "too-many" {
  const taken: Rrset[] = [];
  for (const rrset of rrsets) {
    if (taken.length >= maxComparedRrsets) return "too-many";
    taken.push(rrset);
  }
  return taken;
}
