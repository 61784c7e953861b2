// A zone file as a zone, for the commands that work on files without a platform.

import { PlatformError } from "#contract/plain";
import { Name, RrType, type ResourceRecord } from "#wire";
import { groupRecords, type Rrset } from "#zone";
import { eachRecord } from "./read-zone-file.ts";

/** A zone that was read from a file. */
export interface FileZone {
  readonly apex: Name;
  /** In canonical order. */
  readonly rrsets: Rrset[];
}

/** The option that names the zone of a file. */
export const zoneArgument = {
  zone: {
    type: "string",
    valueHint: "NAME",
    description: "the zone's name, which relative names are of (the owner of the file's SOA)",
  },
} as const;

/**
 * Reads a zone file whole.
 * @param zone  its name as the option gives it; without, the file says it by $ORIGIN or names in full, and the SOA's owner is the apex
 *
 * Throws `path-unusable`, `zone-file-malformed`, and `name-malformed`.
 */
export function zoneOfFile(path: string, zone: string | boolean | undefined, action: string): FileZone {
  const given = typeof zone === "string" ? Name.parse(zone, Name.root) : undefined;
  if (given && !given.ok) throw new PlatformError("name-malformed", `${action}: "${zone}" is no domain name`);
  const records: ResourceRecord[] = [];
  const origin = given?.ok ? { origin: given.value } : {};
  eachRecord(path, { ...origin, action }, (record) => records.push(record));
  const apex = given?.ok ? given.value : records.find(({ type }) => type === RrType.SOA)?.name;
  if (!apex)
    throw new PlatformError(
      "zone-file-malformed",
      `${action}: it has no SOA record, and --zone does not say which zone it is`,
    );
  return { apex, rrsets: groupRecords(records) };
}

/** The SOA before all else: most readers of zone files look for it there. */
export function* soaFirst(rrsets: Iterable<Rrset>): Generator<Rrset> {
  const waiting: Rrset[] = [];
  let isThere = false;
  for (const rrset of rrsets) {
    if (isThere || rrset.type === RrType.SOA) yield rrset;
    else waiting.push(rrset);
    if (isThere || rrset.type !== RrType.SOA) continue;
    // It is the apex's, which stands before all others: few have waited for it.
    isThere = true;
    yield* waiting.splice(0);
  }
  yield* waiting;
}
