// SOA records of a name server that stands alone: serials of zones before they are in force, and the one of a catalog that is made here.

import { encodeRdata, Name, RrType } from "#wire";
import { findRrset, type Rrset, serialOf, withSnapshot, type ZoneFeed, type ZoneStore } from "#zone";
import type { KeptZone } from "./zone-folder.ts";

/** The SOA record of a zone in a table. */
export function soaOf(zones: ZoneStore, apex: Name): Rrset | undefined {
  return withSnapshot(zones, (snapshot) => findRrset(snapshot, apex, apex, RrType.SOA));
}

/** The serial of the zone that a feed gives, absent where there is no SOA. It is read until there is its SOA. */
export function serialIn(apex: Name, feed: ZoneFeed): number | undefined {
  const found = new Error("the SOA is there");
  let soa: Rrset | undefined;
  try {
    feed((owner, ownerOctets, type, ttl, rdata, rdataOctets) => {
      if (type !== RrType.SOA || Name.fromOctets(owner.slice(0, ownerOctets))?.equals(apex) !== true) return;
      soa = { owner: apex, type, ttl, rdata: [rdata.slice(0, rdataOctets)] };
      throw found;
    });
  } catch (error) {
    if (error !== found) throw error;
  }
  return serialOf(soa);
}

/** The serial of a zone as it was kept, with the changes since. */
export function serialAfter(apex: Name, { feed, changes }: KeptZone): number | undefined {
  const put = changes
    .flatMap((change) => change.put)
    .findLast((each) => each.kind === "rrset" && each.type === RrType.SOA && each.owner.equals(apex));
  return put?.kind === "rrset" ? serialOf(put) : serialIn(apex, feed);
}

/** The SOA of a catalog that is made here: its timers are of secondaries that are told of each version. */
export function catalogSoa(apex: Name, serial: number): Rrset {
  const parsed = Name.parse("invalid.");
  const invalid = parsed.ok ? parsed.value : Name.root;
  const fields = {
    mname: invalid,
    rname: invalid,
    serial,
    refresh: 3600,
    retry: 600,
    expire: 2_147_483_646,
    minimum: 0,
  };
  const rdata = encodeRdata(RrType.SOA, fields);
  if (!rdata.ok) throw new RangeError(`Cannot make catalog "${apex.toString()}": ${rdata.failure.code}`);
  return { owner: apex, type: RrType.SOA, ttl: 0, rdata: [rdata.value] };
}

/** Tells whether two SOA records are the same octet by octet. */
export function isSameSoa(a: Rrset, b: Rrset): boolean {
  return Buffer.from(a.rdata[0] ?? []).equals(Buffer.from(b.rdata[0] ?? []));
}
