// import-zone: the records of a zone file into a zone. RRsets of the file replace those of the same name and type; others stay.
// SOA and NS of the file's apex are left to the platform and named in the plan. TTLs are kept.

import { PlatformError, type Command } from "#contract";
import { RrType, typeName } from "#wire";
import { refuseAtAlias } from "./alias-rules.ts";
import { rrsetKeyOf } from "./facts.ts";
import { checkTtl, readOwner, readRdata, readType, shown } from "./names.ts";
import { checkCount, checkSize, checkWritable, entriesFor, findZone } from "./plan-rrset.ts";
import type { CommandOutline, PlanContext } from "./planner.ts";
import { defaultTtl } from "./publish.ts";

interface Gathered {
  readonly owner: string;
  readonly type: number;
  ttl: number;
  readonly rdata: string[];
}

/** Imports records. */
export function planImport(
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
    const rdata = readRdata(type, record.data, owner, apex);
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
  for (const [key, { owner, type, ttl, rdata }] of gathered) {
    const assignment = state.value("assignment", owner);
    if (assignment && (type === RrType.A || type === RrType.AAAA || type === RrType.CNAME)) {
      throw new PlatformError(
        "record-conflict",
        `Cannot import ${typeName(type)} records at "${shown(owner)}": the name is assigned to "${assignment.resource}"`,
      );
    }
    refuseAtAlias(state, apex, owner, type);
    checkCount(owner, type, rdata);
    checkSize(owner, type, rdata);
    const before = state.value("rrset", key);
    if (before) updated++;
    draft.put("rrset", key, {
      zone: apex,
      owner,
      type,
      setIdentifier: "",
      ttl,
      origin: "import",
      entries: entriesFor(context, before, rdata),
    });
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
    summary: [...line("create", gathered.size - updated), ...line("update", updated)],
  };
}
