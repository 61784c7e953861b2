// Commands on zone files, without a platform: check, format, diff. Signing is in command-zone-sign.ts.

import { createHash } from "node:crypto";
import { PlatformError } from "#contract/plain";
import { formatRecord, formatZoneFile, type Name, RrType } from "#wire";
import { checkZone, diffZones, type Rrset, RrsetList, toRecords, verifyZonemd, withZonemd } from "#zone";
import type { Command } from "./command.ts";
import { formatCount } from "./format-time.ts";
import { soaFirst, zoneArgument, zoneOfFile } from "./zone-of-file.ts";

const file = { type: "positional", description: "the zone file" } as const;

export const zoneCheck: Command = {
  description: "Check a zone file: form, records that do not go together, delegations without glue",
  args: { file, ...zoneArgument },
  needs: "nothing",
  examples: ["fairlead zone check shop.zone", "fairlead zone check db.shop --zone shop.test"],
  run(values, context) {
    const path = String(values["file"]);
    const { apex, rrsets } = zoneOfFile(path, values["zone"], `Cannot check "${path}"`);
    const findings = checkZone(apex, rrsets).map(({ owner, ...finding }) => ({
      ...finding,
      owner: owner.toString(),
    }));
    const digest = verifyZonemd(apex, new RrsetList(rrsets), createHash);
    if (digest.kind === "bad")
      throw new PlatformError("zone-file-malformed", `Cannot serve "${path}": ${digest.reason} (ZONEMD)`);
    const records = rrsets.reduce((sum, { rdata }) => sum + rdata.length, 0);
    context.output.data({ zone: apex.toString(), records, findings });
    for (const { severity, owner, message } of findings)
      context.output.line(`${severity} at ${owner}: ${message}`);
    const errors = findings.filter(({ severity }) => severity === "error").length;
    if (errors > 0)
      throw new PlatformError(
        "zone-file-malformed",
        `Cannot serve "${path}": ${formatCount(errors, "error")} in zone ${apex.toString()}`,
      );
    context.output.line(`${apex.toString()}: ${formatCount(records, "record")}, no error`);
    return Promise.resolve();
  },
};

export const zoneFormat: Command = {
  description: "Print a zone file in one form: canonical order, names relative to the zone, columns",
  args: {
    file,
    ...zoneArgument,
    zonemd: {
      type: "boolean",
      description: "with a digest of the zone, in the place of those that it has (ZONEMD)",
    },
  },
  needs: "nothing",
  examples: ["fairlead zone format shop.zone", "fairlead zone format --zonemd shop.zone"],
  run(values, context) {
    const path = String(values["file"]);
    const { apex, rrsets: read } = zoneOfFile(path, values["zone"], `Cannot format "${path}"`);
    const rrsets = values["zonemd"] === true ? withDigest(path, apex, read) : read;
    const text = formatZoneFile(toRecords(soaFirst(rrsets)), { origin: apex });
    context.output.data({ zone: apex.toString(), text });
    context.output.line(text.trimEnd());
    return Promise.resolve();
  },
};

export const zoneDiff: Command = {
  description: "Compare two zone files record by record, whatever their order and form",
  args: {
    before: { type: "positional", description: "the zone file of before" },
    after: { type: "positional", description: "the zone file of after" },
    ...zoneArgument,
  },
  needs: "nothing",
  examples: ["fairlead zone diff old.zone new.zone"],
  run(values, context) {
    const [before, after] = ["before", "after"].map((name) => {
      const path = String(values[name]);
      return zoneOfFile(path, values["zone"], `Cannot compare "${path}"`);
    });
    if (!before || !after) throw new TypeError("two files were asked for");
    if (!before.apex.equals(after.apex))
      throw new PlatformError(
        "usage",
        `Cannot compare zone ${before.apex.toString()} with zone ${after.apex.toString()}: expected one zone`,
      );
    const { added, removed, changed } = diffZones(before.rrsets, after.rrsets);
    const old = linesOf([...removed, ...changed.map((pair) => pair.before)]);
    const now = linesOf([...added, ...changed.map((pair) => pair.after)]);
    const gone = [...old].filter((line) => !now.has(line)).sort();
    const come = [...now].filter((line) => !old.has(line)).sort();
    context.output.data({ zone: before.apex.toString(), removed: gone, added: come });
    for (const line of gone) context.output.line(`- ${line}`);
    for (const line of come) context.output.line(`+ ${line}`);
    if (gone.length + come.length === 0) context.output.line("The two have the same records");
    return Promise.resolve();
  },
};

function linesOf(rrsets: readonly Rrset[]): Set<string> {
  return new Set(toRecords(rrsets).map(formatRecord));
}

/** A zone with its digest. One that is signed has to be signed after it, so it is refused. */
function withDigest(path: string, apex: Name, rrsets: readonly Rrset[]): readonly Rrset[] {
  const action = `Cannot make a digest of "${path}"`;
  if (rrsets.some(({ type, owner }) => type === RrType.DNSKEY && owner.equals(apex)))
    throw new PlatformError(
      "zone-file-malformed",
      `${action}: the zone is signed, and the digest is to be signed too`,
    );
  const made = withZonemd(apex, rrsets, createHash);
  if (!made) throw new PlatformError("zone-file-malformed", `${action}: there is no SOA record at the apex`);
  return made;
}
