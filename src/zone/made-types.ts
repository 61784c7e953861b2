// Types of records in a signed zone that nobody gives: who signs it makes them, of the zone or of its keys.

import { RrType } from "#wire";

/** Types that are made of the zone, at any name. */
export const madeTypes: ReadonlySet<number> = new Set([
  RrType.RRSIG,
  RrType.NSEC,
  RrType.NSEC3,
  RrType.NSEC3PARAM,
]);

/** Types at the apex that come of the zone's keys. */
export const keyTypes: ReadonlySet<number> = new Set([RrType.DNSKEY, RrType.CDS, RrType.CDNSKEY]);
