// Commands for zones and their records: list, set, delete, import, export.

import { basename } from "node:path";
import type { Rrset, RrsetPage, Zone } from "#contract";
import { PlatformError } from "#contract/plain";
import { typeNumber } from "#wire";
import type { Arguments, Command, Values } from "./command.ts";
import type { Context } from "./context.ts";
import { readZoneDocument } from "./read-zone-document.ts";
import { readDomainName, readRecordData, readSeconds } from "./read-values.ts";
import { readRrsetChanges } from "./read-rrset-changes.ts";
import { readZoneFile } from "./read-zone-file.ts";
import { healthWords, policyArguments, policyWords, readSet, setArgument } from "./set-options.ts";
import { write, writeArguments } from "./write-command.ts";

const zonePath = (zone: unknown): string => `/v1/zones/${encodeURIComponent(readDomainName(String(zone)))}`;

export const zones: Command = {
  description: "List the zones",
  args: { all: { type: "boolean", description: "the platform's own too" } },
  examples: ["fairlead zones", "fairlead zones --all"],
  async run(values, context) {
    const path = `/v1/zones${values["all"] === true ? "?all=1" : ""}`;
    const { zones: list } = (await context.api().request("GET", path)) as { zones: Zone[] };
    context.output.data(list);
    context.output.table(
      ["ZONE", "SERIAL", "RRSETS", "DELEGATION", "NAME SERVERS"],
      list.map((zone) => [
        zone.name,
        String(zone.serial),
        String(zone.rrsetCount),
        zone.delegation.state,
        zone.nameServers.map((server) => server.name).join(" "),
      ]),
    );
  },
};

export const records: Command = {
  description: "List the records of a zone",
  args: {
    zone: { type: "positional", description: "the zone" },
    type: { type: "string", valueHint: "TYPE", description: "only records of this type" },
    name: {
      type: "string",
      valueHint: "NAME",
      description: "only records of this name: @, www, or www.shop.test",
    },
    ids: { type: "boolean", description: "show the ids that `records change` takes" },
  },
  examples: [
    "fairlead records shop.test",
    "fairlead records shop.test --type MX",
    "fairlead records shop.test --name www --ids",
  ],
  async run(values, context) {
    const list = (await readRrsets(context, values)).filter(filterOf(values));
    context.output.data(list);
    const hasIds = values["ids"] === true;
    const hasSets = list.some(({ policy }) => policy !== undefined);
    context.output.table(
      [
        "NAME",
        "TTL",
        "TYPE",
        "ORIGIN",
        ...(hasIds ? ["ID"] : []),
        ...(hasSets ? ["SET", "POLICY", "HEALTH"] : []),
        "DATA",
      ],
      list.flatMap((rrset) =>
        rrset.entries.map((entry) => [
          rrset.name,
          String(rrset.ttl),
          rrset.type,
          rrset.origin,
          ...(hasIds ? [entry.id || "-"] : []),
          ...(hasSets ? [rrset.setIdentifier || "-", policyWords(rrset), healthWords(rrset)] : []),
          entry.data,
        ]),
      ),
    );
  },
};

/** All record sets of a zone, page by page: of a large one, the platform is not to write all of them in one go. */
async function readRrsets(context: Context, values: Values): Promise<Rrset[]> {
  const api = context.api();
  const rrsets: Rrset[] = [];
  for (let token: string | undefined = ""; token !== undefined;) {
    const query = token === "" ? "" : `&pageToken=${encodeURIComponent(token)}`;
    const path = `${zonePath(values["zone"])}/rrsets?limit=2000${query}`;
    const page = (await api.request("GET", path)) as RrsetPage;
    rrsets.push(...page.rrsets);
    token = page.nextPageToken;
  }
  return rrsets;
}

/** Which record sets `--type` and `--name` leave. */
function filterOf(values: Values): (rrset: Rrset) => boolean {
  const zone = readDomainName(String(values["zone"])).toLowerCase().replace(/\.$/, "");
  const type = typeof values["type"] === "string" ? values["type"].toUpperCase() : undefined;
  if (type !== undefined && typeNumber(type) === undefined)
    throw new PlatformError(
      "usage",
      `Cannot read --type "${type}": expected a type of records, such as A, MX or TYPE65280`,
    );
  const text = typeof values["name"] === "string" ? readDomainName(values["name"]).toLowerCase() : undefined;
  const absolute = text?.replace(/\.$/, "");
  const names = text === "@" ? [zone] : [absolute, `${absolute}.${zone}`];
  return (rrset) =>
    (type === undefined || rrset.type === type) && (text === undefined || names.includes(rrset.name));
}

export const recordsSet: Command = {
  description: "Set the records of one name and type, replacing those that are there",
  args: {
    zone: { type: "positional", description: "the zone" },
    name: { type: "positional", description: "the name: @ for the zone's own, www, or www.shop.test" },
    type: { type: "positional", description: "the type: A, AAAA, MX, TXT ..." },
    value: {
      type: "positional",
      description: "the data as in a zone file, in quotes where it has spaces; text of TXT as it is",
    },
    ttl: {
      type: "string",
      valueHint: "TIME",
      description: "how long resolvers may keep it: 300, 5m, 1h30m (as before, or 60)",
    },
    ...policyArguments,
    ...writeArguments,
  },
  examples: [
    "fairlead records set shop.test www A 192.0.2.1",
    "fairlead records set shop.test @ MX '10 mail.shop.test.' --ttl 3600",
    "fairlead records set shop.test www A 192.0.2.1 192.0.2.2 --ttl 5m",
    "fairlead records set shop.test @ TXT 'v=spf1 mx -all'",
    "fairlead records set shop.test '*' AAAA 2001:db8::1",
    "fairlead records set shop.test api A 192.0.2.1 --failover primary --health http://192.0.2.1:8080/health",
    "fairlead records set shop.test api A 192.0.2.2 --failover secondary",
    "fairlead records set shop.test new A 192.0.2.3 --set blue --weight 10",
  ],
  rest: "values",
  async run(values, context, rest) {
    const ttl = values["ttl"];
    const type = String(values["type"]);
    await write(context, values, "PUT", `${zonePath(values["zone"])}/rrsets`, {
      name: readDomainName(String(values["name"])),
      type,
      ...readSet(values),
      ...(typeof ttl === "string" ? { ttl: readSeconds("--ttl", ttl) } : {}),
      records: [String(values["value"]), ...rest].map((text) => readRecordData(type, text)),
    });
  },
};

/** The arguments that name the records of one name and type. */
const recordArguments: Arguments = {
  zone: { type: "positional", description: "the zone" },
  name: { type: "positional", description: "the name: @ for the zone's own, www, or www.shop.test" },
  type: { type: "positional", description: "the type: A, AAAA, MX, TXT ..." },
};

export const recordsAdd: Command = {
  description: "Add records to those of one name and type",
  args: {
    ...recordArguments,
    value: { type: "positional", description: "the data, as for records set" },
    ttl: {
      type: "string",
      valueHint: "TIME",
      description: "how long resolvers may keep all of them: 300, 5m, 1h30m (as before, or 60)",
    },
    ...setArgument,
    ...writeArguments,
  },
  examples: [
    "fairlead records add shop.test www A 192.0.2.2",
    "fairlead records add shop.test @ CAA '0 issue \"ca.example.net\"'",
  ],
  rest: "values",
  async run(values, context, rest) {
    const { ttl } = values;
    await edit(context, values, {
      add: [String(values["value"]), ...rest],
      ...(typeof ttl === "string" ? { ttl: readSeconds("--ttl", ttl) } : {}),
    });
  },
};

export const recordsDelete: Command = {
  description: "Delete the records of one name and type: all of them, or those that are named",
  args: {
    ...recordArguments,
    value: { type: "positional", required: false, description: "the data of one; all of them without it" },
    ...setArgument,
    ...writeArguments,
  },
  examples: ["fairlead records delete shop.test www A", "fairlead records delete shop.test www A 192.0.2.2"],
  rest: "values",
  async run(values, context, rest) {
    if (typeof values["value"] === "string") {
      await edit(context, values, { remove: [values["value"], ...rest] });
      return;
    }
    const name = encodeURIComponent(readDomainName(String(values["name"])));
    const type = encodeURIComponent(String(values["type"]));
    const { set } = values;
    const which = typeof set === "string" ? `/${encodeURIComponent(set)}` : "";
    await write(context, values, "DELETE", `${zonePath(values["zone"])}/rrsets/${name}/${type}${which}`);
  },
};

export const recordsTtl: Command = {
  description: "Change the TTL of the records of one name and type",
  args: {
    ...recordArguments,
    ttl: { type: "positional", description: "how long resolvers may keep them: 300, 5m, 1h30m" },
    ...setArgument,
    ...writeArguments,
  },
  examples: ["fairlead records ttl shop.test www A 5m"],
  async run(values, context) {
    await edit(context, values, { ttl: readSeconds("TTL", String(values["ttl"])) });
  },
};

export const recordsChange: Command = {
  description: "Change one record, by the id that `records --ids` shows",
  args: {
    zone: { type: "positional", description: "the zone" },
    id: { type: "positional", description: "the id of the record" },
    value: { type: "positional", description: "its new data, as in a zone file" },
    ...writeArguments,
  },
  examples: ["fairlead records change shop.test 0192f0c1-7b1e-7c3a-8a52-1f6f2d3e4c5b 192.0.2.3"],
  async run(values, context) {
    const rrsets = await readRrsets(context, values);
    const id = String(values["id"]);
    const type = rrsets.find(({ entries }) => entries.some((entry) => entry.id === id))?.type ?? "";
    await write(context, values, "PUT", `${zonePath(values["zone"])}/records/${encodeURIComponent(id)}`, {
      data: readRecordData(type, String(values["value"])),
    });
  },
};

export const recordsApply: Command = {
  description:
    "Change several record sets as one, by a JSON file: [{name, type, put: {ttl, records} or null to delete, expected: what you saw}]",
  args: {
    zone: { type: "positional", description: "the zone" },
    file: { type: "positional", description: "the file; - for standard input" },
    ...writeArguments,
  },
  examples: [
    "fairlead records apply shop.test edits.json --plan",
    "fairlead records apply shop.test edits.json",
  ],
  async run(values, context) {
    await write(context, values, "POST", `${zonePath(values["zone"])}/rrsets/edits`, {
      edits: readRrsetChanges(String(values["file"])),
    });
  },
};

async function edit(
  context: Context,
  values: Values,
  { add, remove, ttl }: { add?: string[]; remove?: string[]; ttl?: number },
): Promise<void> {
  const type = String(values["type"]);
  const read = (list: readonly string[]): string[] => list.map((text) => readRecordData(type, text));
  await write(context, values, "POST", `${zonePath(values["zone"])}/rrsets`, {
    name: readDomainName(String(values["name"])),
    type,
    ...(typeof values["set"] === "string" ? { setIdentifier: values["set"] } : {}),
    ...(add ? { add: read(add) } : {}),
    ...(remove ? { remove: read(remove) } : {}),
    ...(ttl === undefined ? {} : { ttl }),
  });
}

export const importZone: Command = {
  description:
    "Import a BIND zone file, or what `export --format json` wrote; SOA and NS of the zone itself stay the platform's, and are listed",
  args: {
    file: {
      type: "positional",
      description: "the file; what a zone file includes is read from beside it; - for standard input",
    },
    zone: {
      type: "string",
      valueHint: "NAME",
      description:
        "the zone (default: by the file's name, NAME.zone or db.NAME; or the one that the document names)",
    },
    ...writeArguments,
  },
  examples: ["fairlead import mine.test.zone", "fairlead import zonefile --zone mine.test --plan"],
  async run(values, context) {
    const file = String(values["file"]);
    const given = typeof values["zone"] === "string" ? values["zone"] : undefined;
    const document = readZoneDocument(file);
    if (document) {
      await write(context, values, "POST", `${zonePath(given ?? document.zone)}/import`, { document });
      return;
    }
    const zone = given ?? basename(file).replace(/^db\.(?=.)|\.(zone|db|txt)$/g, "");
    const { replaced, records: imported } = readZoneFile(file, readDomainName(zone));
    const path = `${zonePath(zone)}/import`;
    await write(context, values, "POST", path, { records: imported }, { replaced });
    for (const line of replaced) context.output.line(`Left out, as the platform has its own: ${line}`);
  },
};

export const exportZone: Command = {
  description:
    "Write a zone as a BIND zone file, or as a JSON document that keeps ids, origins, aliases and assignments too",
  args: {
    zone: { type: "positional", description: "the zone" },
    format: { type: "string", valueHint: "bind|json", description: "which of the two (bind)" },
  },
  examples: ["fairlead export shop.test", "fairlead export shop.test --format json"],
  async run(values, context) {
    const { format = "bind" } = values;
    if (format !== "bind" && format !== "json")
      throw new PlatformError("usage", `Cannot export as "${String(format)}": expected bind or json`);
    const path = `${zonePath(values["zone"])}/${format === "json" ? "document" : "export"}`;
    const answer = await context.api().request("GET", path);
    context.output.data(format === "json" ? answer : { zone: values["zone"], text: answer });
    if (context.output.isJson) return;
    process.stdout.write(format === "json" ? `${JSON.stringify(answer, undefined, 2)}\n` : String(answer));
  },
};
