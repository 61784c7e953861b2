// Keys for new zones, in the change that makes them: a zone is signed before anybody is sent to it, and its delegation goes out with the DS.
// A zone that is made ahead of its domain, or that has its signing changed, is carried on by the keeper.

import { formatBase64, maxNameOctets, Name } from "#wire";
import type { ControlConfig } from "../config.ts";
import type { ZoneFact } from "../facts.ts";
import type { PlanContext } from "../plan-context.ts";
import { zoneAbove } from "../zone-cuts.ts";
import type { SignedDenial, ZoneSigningFact } from "./facts.ts";
import type { ZoneKeys } from "./keys.ts";
import { dsRdataOf } from "./publish-signing.ts";

/** How a zone is to be signed; undefined: not at all. */
export function wishOf(config: ControlConfig, zone: ZoneFact | undefined): SignedDenial | undefined {
  if (config.signing === undefined) return undefined;
  const wish = zone?.signing ?? config.signing;
  if (wish === "off") return undefined;
  // Keys of root and top-level domains, which have no zone fact, stay with control.
  if (wish === "compact" && zone === undefined) return "nsec";
  return wish === "nsec3" && zone !== undefined && !canBeHashed(zone.apex) ? "nsec" : wish;
}

/** Octets of a hash as a label (RFC 5155 section 1.3). */
const hashOctets = 33;

/** Whether names of a zone can stand hashed below it: its own is short enough for that. */
export function canBeHashed(apex: string): boolean {
  const name = Name.parse(apex);
  return name.ok && name.value.octets.length + hashOctets <= maxNameOctets;
}

/** The keys of a zone that is signed from now on. @param hasDs  whether the parent vouches for it in the same change */
export function newSigning(
  keys: ZoneKeys,
  apex: string,
  denial: SignedDenial,
  hasDs: boolean,
  now: number,
): ZoneSigningFact {
  const ksk = keys.make("ksk", "active", now);
  const zsk = keys.make("zsk", "active", now, [ksk]);
  const ds = hasDs ? [formatBase64(dsRdataOf(apex, ksk))] : [];
  return { apex, denial, keys: [ksk, zsk], ds, dsSince: now, rollsAsked: [] };
}

/** Drafts keys for the zones that a change makes, and takes away those of zones that it ends. */
export function stageSigning({ draft, state, config, now, zoneKeys }: PlanContext): void {
  const changed = [...draft.changes()];
  const newDomains = new Set(
    changed.flatMap(({ kind, key, before, after }) => (kind === "domain" && after && !before ? [key] : [])),
  );
  for (const { kind, key: apex, before, after } of changed) {
    if (kind !== "zone") continue;
    if (before && !after) draft.remove("zone-signing", apex);
    if (before || !after || state.get("zone-signing", apex)) continue;
    const wish = wishOf(config, after.value as ZoneFact);
    if (!wish) continue;
    // The delegation of a new domain waits for the zone (stage.ts), and so does its DS, which goes with it.
    const above = zoneAbove(state, apex);
    const hasDs =
      newDomains.has(apex) ||
      (above !== undefined && wishOf(config, state.value("zone", above)) !== undefined);
    draft.put("zone-signing", apex, newSigning(zoneKeys, apex, wish, hasDs, now));
  }
}

/**
 * Drafts keys for root and top-level domains where they have none.
 * @param isFirst  whether nobody has been served before, so that each can have its DS at once
 */
export function draftPlatformSigning(context: PlanContext, isFirst: boolean): void {
  const { draft, state, config, now, zoneKeys } = context;
  const wish = wishOf(config, undefined);
  if (!wish) return;
  for (const apex of [".", ...config.profile.tlds]) {
    if (state.get("zone-signing", apex)) continue;
    draft.put("zone-signing", apex, newSigning(zoneKeys, apex, wish, isFirst && apex !== ".", now));
  }
}
