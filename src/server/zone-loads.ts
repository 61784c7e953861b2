// What a name server that stands alone is to put of the zones that it has files of: as the file has them, as UPDATE has left them, or signed here, and
// nothing where that is what is served by now.

import {
  compareSerials,
  type LoadedZone,
  serialOf,
  withSnapshot,
  type ZoneChange,
  type ZoneFeed,
  type ZoneLoad,
  type ZoneStore,
} from "#zone";
import type { KeptZones } from "./kept-zones.ts";
import { serialAfter, serialIn, soaOf } from "./served-soa.ts";
import { inOnlyGroup, type ServedZone } from "./served-zones.ts";
import { feedOf, type SignedZonePlan, type SignedZones } from "./signed-zones.ts";
import type { SigningRoom } from "./signing-room.ts";

/** A zone that is to be put from its file, or from what is kept of it, and what was changed since. */
export interface PlannedLoad {
  readonly zone: ServedZone;
  readonly load: ZoneLoad;
  readonly changes: readonly ZoneChange[];
}

/** What was changed of most zones: one list for all, of which there may be a hundred thousand. */
const unchanged: readonly ZoneChange[] = [];

/** See the head of this file. */
export class ZoneLoads {
  readonly #zones: ZoneStore;
  readonly #kept: KeptZones;
  readonly #signed: SignedZones;

  /** @param zones  what is served */
  constructor(zones: ZoneStore, kept: KeptZones, signed: SignedZones) {
    this.#zones = zones;
    this.#kept = kept;
    this.#signed = signed;
  }

  /** What is to be put for a zone that has a file; nothing where it stays as it is. */
  plan(zone: ServedZone, room: SigningRoom): PlannedLoad[] {
    const { apex, feed, check, policy, signing } = zone;
    if (feed === undefined) return [];
    if (signing) return this.#planSigned(zone, feed, signing, room);
    const load = { apex, groups: inOnlyGroup, feed, ...(check ? { check } : {}) };
    if (policy.update.length === 0) return [{ zone, load, changes: unchanged }];
    // What UPDATE has made of a zone stands before its file, unless the file's serial is newer: somebody has written there.
    const serial = serialIn(apex, feed);
    const isNewer = (own: number | undefined): boolean =>
      own === undefined || serial === undefined || (compareSerials(serial, own) ?? 1) > 0;
    const soa = soaOf(this.#zones, apex);
    if (soa && !isNewer(serialOf(soa))) return [];
    const kept = soa ? undefined : this.#kept.load(apex);
    if (kept && !isNewer(serialAfter(apex, kept))) {
      this.#kept.take(apex);
      return [{ zone, load: { apex, groups: inOnlyGroup, feed: kept.feed }, changes: kept.changes }];
    }
    const keep = (made: LoadedZone): void => {
      check?.(made);
      this.#kept.save(apex, made.rrsets());
    };
    return [{ zone, load: { ...load, check: keep }, changes: unchanged }];
  }

  /** A zone that is signed here, of its file and of what was served before: nothing where that is what it is by now. */
  #planSigned(zone: ServedZone, feed: ZoneFeed, signing: SignedZonePlan, room: SigningRoom): PlannedLoad[] {
    const { apex, check, policy } = zone;
    const isInForce = soaOf(this.#zones, apex) !== undefined;
    const kept = isInForce ? undefined : this.#kept.load(apex);
    if (kept) this.#kept.take(apex);
    const before = isInForce ? this.#zones : kept && room.takeKept(apex, kept);
    const given = room.take(apex, feed, check);
    const isNewer =
      (compareSerials(serialOf(soaOf(given, apex)) ?? 0, serialOf(before && soaOf(before, apex)) ?? 0) ?? 1) >
      0;
    // What UPDATE has made of it stands before its file, unless that is newer.
    const isUpdated = policy.update.length > 0 && before !== undefined && !isNewer;
    const made = this.#signed.sign(apex, isUpdated ? before : given, signing, before);
    if (!made && (isInForce || !before)) return [];
    const all: ZoneFeed = (put) =>
      withSnapshot(before ?? given, (snapshot) => feedOf(snapshot.rrsets(apex) ?? [])(put));
    const keep = (whole: LoadedZone): void => {
      if (made) this.#kept.save(apex, whole.rrsets());
    };
    return [
      { zone, load: { apex, groups: inOnlyGroup, feed: made ?? all, check: keep }, changes: unchanged },
    ];
  }
}
