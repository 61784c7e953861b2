// Commands for zones and their records: list, set, delete, import, export.

import { basename } from "node:path";
import type { Rrset, Zone } from "#contract";
import type { Command } from "./command.ts";
import { readDomainName, readRecordData, readSeconds } from "./read-values.ts";
import { readZoneFile } from "./read-zone-file.ts";
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
  args: { zone: { type: "positional", description: "the zone" } },
  examples: ["fairlead records shop.test"],
  async run(values, context) {
    const { rrsets } = (await context.api().request("GET", `${zonePath(values["zone"])}/rrsets`)) as {
      rrsets: Rrset[];
    };
    context.output.data(rrsets);
    context.output.table(
      ["NAME", "TTL", "TYPE", "ORIGIN", "DATA"],
      rrsets.flatMap((rrset) =>
        rrset.entries.map((entry) => [rrset.name, String(rrset.ttl), rrset.type, rrset.origin, entry.data]),
      ),
    );
  },
};

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
    ...writeArguments,
  },
  examples: [
    "fairlead records set shop.test www A 192.0.2.1",
    "fairlead records set shop.test @ MX '10 mail.shop.test.' --ttl 3600",
    "fairlead records set shop.test www A 192.0.2.1 192.0.2.2 --ttl 5m",
    "fairlead records set shop.test @ TXT 'v=spf1 mx -all'",
    "fairlead records set shop.test '*' AAAA 2001:db8::1",
  ],
  rest: "values",
  async run(values, context, rest) {
    const ttl = values["ttl"];
    const type = String(values["type"]);
    await write(context, values, "PUT", `${zonePath(values["zone"])}/rrsets`, {
      name: readDomainName(String(values["name"])),
      type,
      ...(typeof ttl === "string" ? { ttl: readSeconds("--ttl", ttl) } : {}),
      records: [String(values["value"]), ...rest].map((text) => readRecordData(type, text)),
    });
  },
};

export const recordsDelete: Command = {
  description: "Delete the records of one name and type",
  args: {
    zone: { type: "positional", description: "the zone" },
    name: { type: "positional", description: "the name" },
    type: { type: "positional", description: "the type" },
    ...writeArguments,
  },
  examples: ["fairlead records delete shop.test www A"],
  async run(values, context) {
    const name = encodeURIComponent(readDomainName(String(values["name"])));
    const type = encodeURIComponent(String(values["type"]));
    await write(context, values, "DELETE", `${zonePath(values["zone"])}/rrsets/${name}/${type}`);
  },
};

export const importZone: Command = {
  description:
    "Import a BIND zone file into a zone; its apex SOA and NS are replaced by the platform's, and listed",
  args: {
    file: { type: "positional", description: "the zone file; what it includes is read from beside it" },
    zone: {
      type: "string",
      valueHint: "NAME",
      description: "the zone (default: by the file's name, NAME.zone or db.NAME)",
    },
    ...writeArguments,
  },
  examples: ["fairlead import mine.test.zone", "fairlead import zonefile --zone mine.test --plan"],
  async run(values, context) {
    const file = String(values["file"]);
    const zone =
      typeof values["zone"] === "string"
        ? values["zone"]
        : basename(file).replace(/^db\.(?=.)|\.(zone|db|txt)$/g, "");
    const { replaced, records: imported } = readZoneFile(file, readDomainName(zone));
    const path = `${zonePath(zone)}/import`;
    await write(context, values, "POST", path, { records: imported }, { replaced });
    for (const line of replaced) context.output.line(`Left out, as the platform has its own: ${line}`);
  },
};

export const exportZone: Command = {
  description: "Write a zone as a zone file",
  args: { zone: { type: "positional", description: "the zone" } },
  examples: ["fairlead export shop.test"],
  async run(values, context) {
    const text = await context.api().request("GET", `${zonePath(values["zone"])}/export`);
    context.output.data({ zone: values["zone"], text });
    if (!context.output.isJson) process.stdout.write(String(text));
  },
};
