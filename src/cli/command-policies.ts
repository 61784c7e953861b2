// Commands for what routing policies choose by: the health that sets follow, and the table of clients' networks.

import type { NetworkTable, SetHealthList, SetHealthState } from "#contract";
import type { Command } from "./command.ts";
import { formatTime } from "./format-time.ts";
import { readNetworkTable } from "./read-network-table.ts";
import { write, writeArguments } from "./write-command.ts";

export const health: Command = {
  description: "List what record sets of routing policies follow the health of, and how that is",
  args: {},
  examples: ["fairlead health"],
  async run(_, context) {
    const list = (await context.api().request("GET", "/v1/health-checks")) as SetHealthList;
    context.output.data(list.checks);
    context.output.table(
      ["STATE", "OF", "SINCE", "LAST SEEN", "SETS"],
      list.checks.map((check) => [
        check.state,
        sourceWords(check),
        check.since === undefined ? "-" : formatTime(check.since),
        check.detail ?? "-",
        check.sets.map((set) => `${set.name} ${set.type} ${set.setIdentifier}`).join(", ") +
          (check.moreSets > 0 ? ` and ${check.moreSets} more` : ""),
      ]),
    );
  },
};

/** What is looked at, and as whom: `https://192.0.2.1/up as www.shop.test, certificate verified`. */
function sourceWords({ id, check }: SetHealthState): string {
  if (!check) return id;
  const { url, host, serverName, verifyCertificate } = check;
  const named = serverName === undefined || serverName === host ? "" : `, server name ${serverName}`;
  return `${url}${host === undefined ? "" : ` as ${host}`}${named}${verifyCertificate ? ", certificate verified" : ""}`;
}

export const networks: Command = {
  description: "Show where clients' networks are, for --nearest",
  args: {},
  examples: ["fairlead networks"],
  async run(_, context) {
    const table = (await context.api().request("GET", "/v1/network-table")) as NetworkTable;
    context.output.data(table);
    context.output.table(
      ["PLACE", "LATITUDE", "LONGITUDE", "NETWORKS"],
      table.places.map(({ name, latitude, longitude }) => [
        name,
        latitude === undefined ? "-" : String(latitude),
        longitude === undefined ? "-" : String(longitude),
        networksAt(table, name),
      ]),
    );
  },
};

/** Networks that one line names. */
const maxNamed = 5;

function networksAt({ networks: all }: NetworkTable, place: string): string {
  const own = all
    .filter((line) => line.endsWith(` ${place}`))
    .map((line) => line.slice(0, -place.length - 1));
  const more = own.length > maxNamed ? ` and ${own.length - maxNamed} more` : "";
  return own.length === 0 ? "-" : `${own.slice(0, maxNamed).join(" ")}${more}`;
}

export const networksSet: Command = {
  description:
    "Put a table of clients' networks in place: lines `place NAME LATITUDE LONGITUDE` and `NETWORK PLACE`, or JSON",
  args: {
    file: { type: "positional", description: "the file; - for standard input" },
    ...writeArguments,
  },
  examples: ["fairlead networks set networks.txt --plan", "fairlead networks set networks.txt"],
  async run(values, context) {
    await write(context, values, "PUT", "/v1/network-table", readNetworkTable(String(values["file"])));
  },
};

export const networksDelete: Command = {
  description: "Delete the table of clients' networks: every client is then at no place",
  args: { ...writeArguments },
  examples: ["fairlead networks delete"],
  async run(values, context) {
    await write(context, values, "DELETE", "/v1/network-table");
  },
};
