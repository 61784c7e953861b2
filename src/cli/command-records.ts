// Commands for zones and their records: list, set, delete, import, export.

import { basename } from "node:path";
import type { Rrset, Zone } from "#contract";
import type { Command } from "./command.ts";
import { readZoneFile } from "./read-zone-file.ts";
import { write, writeArguments } from "./write-command.ts";

const zonePath = (zone: unknown): string => `/v1/zones/${encodeURIComponent(String(zone))}`;

export const zones: Command = {
  description: "List the zones",
  args: {},
  examples: ["fairlead zones"],
  async run(_values, context) {
    const { zones: list } = (await context.api().request("GET", "/v1/zones")) as { zones: Zone[] };
    context.output.data(list);
    context.output.table(
      ["ZONE", "SERIAL", "RRSETS", "NAME SERVERS"],
      list.map((zone) => [
        zone.name,
        String(zone.serial),
        String(zone.rrsetCount),
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
    value: { type: "positional", description: "the data, in presentation format; further ones after --" },
    ttl: { type: "string", valueHint: "SECONDS", description: "how long resolvers may keep it (60)" },
    ...writeArguments,
  },
  examples: [
    "fairlead records set shop.test www A 192.0.2.1",
    "fairlead records set shop.test @ MX '10 mail.shop.test.' --ttl 3600",
    "fairlead records set shop.test www A 192.0.2.1 -- 192.0.2.2 192.0.2.3",
  ],
  async run(values, context, rest) {
    const ttl = values["ttl"];
    await write(context, values, "PUT", `${zonePath(values["zone"])}/rrsets`, {
      name: values["name"],
      type: values["type"],
      ...(typeof ttl === "string" ? { ttl: Number(ttl) } : {}),
      records: [values["value"], ...rest],
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
    const [name, type] = [values["name"], values["type"]].map((value) => encodeURIComponent(String(value)));
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
      description: "the zone (default: the file's name without .zone or .db)",
    },
    ...writeArguments,
  },
  examples: ["fairlead import mine.test.zone", "fairlead import zonefile --zone mine.test --plan"],
  async run(values, context) {
    const file = String(values["file"]);
    const zone =
      typeof values["zone"] === "string" ? values["zone"] : basename(file).replace(/\.(zone|db|txt)$/, "");
    const { replaced, records: imported } = readZoneFile(file, zone);
    for (const line of replaced) context.output.line(`replaced by the platform's own: ${line}`);
    await write(context, values, "POST", `${zonePath(zone)}/import`, { records: imported });
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
