// What the tests of zones share: zones and RRsets from zone-file text.

import { Name, parseZoneFile } from "#wire";
import { replaceZone, type ZoneChange } from "./change.ts";
import type { ZoneFeed } from "./load.ts";
import { groupRecords, type Rrset } from "./rrset.ts";

/** Reads a name, relative to the root. Throws where it is none. */
export function name(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new Error(`Cannot read name "${text}": ${parsed.failure.code}`);
  return parsed.value;
}

/** Reads RRsets from zone-file text with TTL 60 by default. Throws where the text has an error. */
export function rrsets(apex: string, text: string): Rrset[] {
  const { records, errors } = parseZoneFile(text, { origin: name(apex), ttl: 60 });
  if (errors[0] !== undefined) throw new Error(`Cannot read zone "${apex}": ${errors[0].message}`);
  return groupRecords(records);
}

/** The change that puts a zone given as zone-file text. */
export function zone(apex: string, groups: readonly string[], text: string): ZoneChange {
  return replaceZone(name(apex), groups, rrsets(apex, text));
}

/** Gives RRsets record by record, as a zone file does. */
export function feedOf(all: Iterable<Rrset>): ZoneFeed {
  return (put) => {
    for (const { owner, type, ttl, rdata } of all)
      for (const octets of rdata) put(owner.octets, owner.octets.length, type, ttl, octets, octets.length);
  };
}
