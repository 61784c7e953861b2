// Where zones stand while they are signed: as their files have them, and as they were kept, in images that nobody is answered from. They are needed
// until what is made of them is in force.

import type { Name } from "#wire";
import { type LoadedZone, ZoneImage, type ZoneFeed, type ZoneStore } from "#zone";
import type { KeptZone } from "./zone-folder.ts";
import { zoneRoom } from "./zone-room.ts";

/** See the head of this file. */
export class SigningRoom {
  #given: ZoneImage | undefined;
  #kept: ZoneImage | undefined;

  /** Takes a zone as its file has it. What the feed and the check throw is thrown on. */
  take(apex: Name, feed: ZoneFeed, check: ((zone: LoadedZone) => void) | undefined): ZoneStore {
    const zones = (this.#given ??= new ZoneImage(zoneRoom()));
    zones.load([{ apex, groups: [], feed, ...(check ? { check } : {}) }]);
    return zones;
  }

  /** Takes a zone as it was kept, with what was changed since. */
  takeKept(apex: Name, { feed, changes }: KeptZone): ZoneStore {
    const zones = (this.#kept ??= new ZoneImage(zoneRoom()));
    zones.load([{ apex, groups: [], feed }]);
    for (const change of changes) zones.apply(change);
    return zones;
  }
}
