// import-zone: the records of a zone file into a zone. RRsets of the file replace those of the same name and type; others stay.
// SOA and NS of the file's apex are left to the platform and named in the plan, and so are addresses that an alias or an assignment gives
// already: they are in every export. TTLs are kept.

import { PlatformError, type Command } from "#contract";
import { addressRrsets } from "#registry";
import { formatBase64, RrType, typeName } from "#wire";
import { rrsetKeyOf, type RrsetFact } from "./facts.ts";
import { checkTtl, readOwner, readRecordText, readType, shown } from "./names.ts";
import { checkWritable, entriesFor, findZone, putRrset } from "./plan-rrset.ts";
import type { CommandOutline, PlanContext, Plans } from "./plan-context.ts";
import { aliasRrsets } from "./publish-aliases.ts";
import { defaultTtl } from "./publish.ts";
import { rrsetAt, setsAt } from "./policies/policy-sets.ts";
import { publicAddressesOf } from "./resources.ts";

/** How each command of this area is planned. */
export const importPlans: Plans<"import-zone"> = {
  "import-zone": planImport,
};

interface Gathered {
  readonly owner: string;
  readonly type: number;
  ttl: number;
  readonly rdata: string[];
}

/** Imports records. */
function planImport(
  context: PlanContext,
  command: Extract<Command, { action: "import-zone" }>,
): CommandOutline {
  const { draft, state, warnings } = context;
  const { apex } = findZone(state, command.zone);
  const gathered = new Map<string, Gathered>();
  let replaced = 0;
  for (const record of command.records) {
    const owner = readOwner(record.name, apex);
    const type = readType(record.type);
    if (owner === apex && (type === RrType.SOA || type === RrType.NS)) {
      replaced++;
      warnings.push(
        `${shown(owner)} ${typeName(type)} ${record.data} of the file is replaced by the platform's own`,
      );
      continue;
    }
    checkWritable(type, owner, apex);
    const rdata = readRecordText(type, record.data, owner, apex);
    const ttl = checkTtl(record.ttl ?? defaultTtl, owner);
    const key = rrsetKeyOf({ zone: apex, owner, type, setIdentifier: "" });
    const set = gathered.get(key);
    if (!set) {
      gathered.set(key, { owner, type, ttl, rdata: [rdata] });
      continue;
    }
    // All records of an RRset have one TTL (RFC 2181 section 5.2); the lowest holds.
    if (set.ttl !== ttl) {
      set.ttl = Math.min(set.ttl, ttl);
      warnings.push(`${shown(owner)} ${typeName(type)} has records of different TTLs: all get ${set.ttl}`);
    }
    set.rdata.push(rdata);
  }
  if (gathered.size === 0) {
    throw new PlatformError(
      "input-malformed",
      `Cannot import into zone "${shown(apex)}": there is no record to import`,
    );
  }
  let updated = 0;
  let kept = 0;
  for (const [key, { owner, type, ttl, rdata }] of gathered) {
    const by = derivedFrom(context, { zone: apex, owner, type }, rdata);
    if (by !== undefined) {
      kept++;
      warnings.push(`${shown(owner)} ${typeName(type)} of the file is left to ${by}, which gives the same`);
      continue;
    }
    const before = state.value("rrset", key);
    // The same in the file, from an export, changes nothing; what a certificate is proven by stays with whatever TTL.
    if (before && isSame(before, rdata) && (before.ttl === ttl || before.origin === "validation")) {
      kept++;
      continue;
    }
    if (before) updated++;
    const entries = entriesFor(context, before, rdata);
    putRrset(context, { zone: apex, owner, type, ttl, origin: "import", entries });
  }
  if (draft.isEmpty && kept > 0) {
    throw new PlatformError(
      "input-malformed",
      `Cannot import into zone "${shown(apex)}": the file holds nothing that is not there already`,
    );
  }
  draft.require("zone", apex);
  const line = (
    effect: "create" | "update",
    count: number,
  ): { effect: typeof effect; resourceType: string; resourceName: string; text: string }[] =>
    count === 0
      ? []
      : [
          {
            effect,
            resourceType: "Rrset",
            resourceName: shown(apex),
            text: `${effect === "create" ? "Add" : "Replace"} ${count} record ${count === 1 ? "set" : "sets"} in zone ${shown(apex)}`,
          },
        ];
  return {
    title: `Import ${command.records.length - replaced} records into ${shown(apex)}`,
    operationType: "ImportZone",
    resourceName: shown(apex),
    resourceType: "Domain",
    summary: [...line("create", gathered.size - updated - kept), ...line("update", updated)],
  };
}

/** What gives a name the very same records: its assignment, its alias, or its sets. An export has them as the records that they are. */
function derivedFrom(
  { state, publisher }: PlanContext,
  { zone, owner, type }: Pick<RrsetFact, "zone" | "owner" | "type">,
  rdata: readonly string[],
): string | undefined {
  const assignment = state.value("assignment", owner);
  const alias = state.aliasAt(zone, owner);
  const isAssigned = assignment?.zone === zone;
  const derived = alias
    ? aliasRrsets(state, alias)
    : isAssigned
      ? addressRrsets(owner, defaultTtl, publicAddressesOf(state, assignment.resource))
      : publisher.cutRrsets(zone, owner);
  const same = derived.find((rrset) => rrset.type === type);
  const isChosen = !same && setsAt(state, zone, owner, type).length > 0;
  const standing = isChosen ? rrsetAt(state, zone, owner, type) : undefined;
  if (!same && !standing) return undefined;
  const given = new Set(
    same ? same.rdata.map((octets) => formatBase64(octets)) : standing?.entries.map((entry) => entry.rdata),
  );
  if (given.size !== new Set(rdata).size || !rdata.every((text) => given.has(text))) return undefined;
  if (isChosen) return "its routing policy";
  if (alias) return "its alias";
  return isAssigned ? `its assignment to ${assignment.resource}` : "the zone below, which is served here";
}

function isSame({ entries }: RrsetFact, rdata: readonly string[]): boolean {
  const wanted = new Set(rdata);
  return entries.length === wanted.size && entries.every((entry) => wanted.has(entry.rdata));
}
