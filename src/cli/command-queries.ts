// Commands that look on as names are asked for: the queries themselves, as they come, and how often a zone is asked for by type.

import { setTimeout as wait } from "node:timers/promises";
import type { WatchedQueries, WatchedQuery, ZoneQueries } from "#contract";
import { PlatformError } from "#contract/plain";
import type { Command, Values } from "./command.ts";
import { formatCount } from "./format-time.ts";
import { readWholeNumber } from "./read-values.ts";

/** Milliseconds between two looks. */
const lookMs = 500;
/** How long is looked on where nobody says it, in seconds; and the longest. */
const usualSeconds = 10;
const mostSeconds = 86_400;

export const queries: Command = {
  description: "Show queries as name servers answer them, for some seconds or until Ctrl-C",
  args: {
    follow: { type: "boolean", description: "until Ctrl-C" },
    seconds: { type: "string", valueHint: "N", description: `for so long (${usualSeconds} is the default)` },
    resolver: { type: "boolean", description: "those of clients to the resolver, in place of name servers" },
    name: { type: "string", valueHint: "NAME", description: "at or below this name" },
    type: { type: "string", valueHint: "TYPE", description: "of this type" },
    rcode: { type: "string", valueHint: "CODE", description: "answered so, such as NXDOMAIN" },
  },
  examples: [
    "fairlead queries --seconds 1",
    "fairlead queries --follow --name shop.test",
    "fairlead queries --resolver --rcode SERVFAIL --seconds 1",
  ],
  async run(values, context) {
    const { output } = context;
    const client = context.api();
    const given = values["seconds"];
    const seconds =
      typeof given === "string" ? readWholeNumber("--seconds", given, 1, mostSeconds) : usualSeconds;
    const until = values["follow"] === true ? Number.POSITIVE_INFINITY : performance.now() + seconds * 1000;
    const isWanted = filterOf(values);
    const role = values["resolver"] === true ? "resolver" : "names";
    let next: number | undefined;
    let isFirst = true;
    let count = 0;
    for (;;) {
      const after: string = next === undefined ? "" : `&after=${next}`;
      const told = (await client.request("GET", `/v1/queries?role=${role}${after}`)) as WatchedQueries;
      ({ next } = told);
      if (told.missed > 0) output.line(`… ${countOf(told.missed)} more`);
      for (const query of told.queries) {
        if (!isWanted(query)) continue;
        if (isFirst) output.line(head);
        isFirst = false;
        count++;
        output.line(lineOf(query));
        output.data(query);
      }
      if (performance.now() >= until) break;
      await wait(Math.min(lookMs, until - performance.now()));
    }
    if (count === 0) output.line(`No such query in ${formatCount(seconds, "second")}.`);
  },
};

const columns = [12, 8, 22, 5, 7, 9, 6, 9] as const;
const head: string = row([
  "TIME (UTC)",
  "GROUP",
  "CLIENT",
  "OVER",
  "TYPE",
  "ANSWER",
  "OCTETS",
  "TOOK",
  "NAME",
]);

function lineOf({
  time,
  group,
  client,
  transport,
  name,
  type,
  opcode,
  rcode,
  size,
  tookMs,
}: WatchedQuery): string {
  return row([
    time.slice(11, 23),
    group,
    client,
    transport,
    opcode ?? type ?? "-",
    rcode ?? "-",
    String(size),
    `${tookMs.toFixed(2)} ms`,
    name ?? "-",
  ]);
}

function row(cells: readonly string[]): string {
  return cells
    .map((cell, i) => cell.padEnd(columns[i] ?? 0))
    .join("  ")
    .trimEnd();
}

function filterOf(values: Values): (query: WatchedQuery) => boolean {
  const text = (option: string): string | undefined => {
    const value = values[option];
    return typeof value === "string" ? value : undefined;
  };
  const top = text("name")?.toLowerCase().replace(/\.?$/, ".");
  const [type, rcode] = [text("type")?.toUpperCase(), text("rcode")?.toUpperCase()];
  if (top === ".") throw new PlatformError("usage", 'Cannot read --name "": expected a name');
  return (query) => {
    const name = query.name?.toLowerCase();
    return (
      (top === undefined || name === top || name?.endsWith(`.${top}`) === true) &&
      (type === undefined || query.type === type) &&
      (rcode === undefined || query.rcode === rcode)
    );
  };
}

export const zoneQueries: Command = {
  description: "Show how often a zone was asked for, by type, since its name servers run",
  args: { zone: { type: "positional", description: "the zone" } },
  examples: ["fairlead zone queries shop.test"],
  async run(values, context) {
    const { output } = context;
    const path = `/v1/zones/${encodeURIComponent(String(values["zone"]))}/queries`;
    const found = (await context.api().request("GET", path)) as ZoneQueries;
    output.data(found);
    const { zone, isCounted, queries: all, nxdomain, types } = found;
    if (!isCounted) {
      output.line(
        `${zone}: it has no counters of its own; \`fairlead up --zone-counters N\` gives more zones theirs.`,
      );
      return;
    }
    output.line(
      `${zone}: ${countOf(all)} since its name servers run, ${nxdomain} of them for names that there are not`,
    );
    if (types.length === 0) return;
    output.line();
    output.table(
      ["TYPE", "QUERIES", "SHARE"],
      types.map(({ type, queries: own }) => [type, String(own), `${Math.round((own / all) * 100)} %`]),
    );
  },
};

function countOf(count: number): string {
  return count === 1 ? "1 query" : `${count} queries`;
}
