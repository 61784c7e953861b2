// The options on what is watched of queries, of `fairlead up` and `fairlead name-server` alike.

import { resolve } from "node:path";
import { PlatformError } from "#contract/plain";
import type { WatchPlan } from "#server";
import type { Arguments, Values } from "./command.ts";
import { readWholeNumber } from "./read-values.ts";

/** Zones that can have counters of their own: each is up to twenty series of a scrape. */
const maxZones = 100_000;
/** MiB of a query log that another file is begun from, where nobody says it; and files that are kept beside it. */
const usualLogMib = 64;
const keptLogs = 4;
/** The longest path of a UNIX socket that Linux takes. */
const maxSocketPath = 107;

const text = (valueHint: string, description: string) =>
  ({ type: "string", valueHint, description }) as const;

/** The options. */
export const watchArguments: Arguments = {
  "query-log": text("FILE", "a line of JSON for each query; files are begun anew as they grow"),
  "query-log-size": text("MIB", `how large each file grows (${usualLogMib} is the default); four are kept`),
  dnstap: text("unix:PATH|FILE", "messages as dnstap, to who listens on a socket or into a file"),
  "dnstap-identity": text("NAME", "what this server is called in them"),
  "query-sample": text("N", "one query of N is logged and sent (1 is the default)"),
  "query-rate": text(
    "N",
    "queries a second that are logged and sent at most, of each thread (5000 is the default)",
  ),
  "zone-counters": text("N", "zones that are counted each for itself, at most"),
};

/** Reads them. @param usual  what is watched where nothing is said */
export function readWatch(values: Values, usual: WatchPlan): WatchPlan {
  const given = (option: string): string | undefined => {
    const value = values[option];
    return typeof value === "string" ? value : undefined;
  };
  const number = (option: string, least: number, most: number): number | undefined => {
    const value = given(option);
    return value === undefined ? undefined : readWholeNumber(`--${option}`, value, least, most);
  };
  const every = number("query-sample", 1, 1_000_000) ?? 1;
  const size = number("query-log-size", 1, 65_536) ?? usualLogMib;
  const log = given("query-log");
  const dnstap = given("dnstap");
  return {
    zones: number("zone-counters", 0, maxZones) ?? usual.zones,
    isTimed: usual.isTimed,
    maxPerSecond: number("query-rate", 1, 1_000_000) ?? usual.maxPerSecond,
    ...(log === undefined
      ? {}
      : { queryLog: { path: resolve(log), every, maxOctets: size * 2 ** 20, kept: keptLogs } }),
    ...(dnstap === undefined
      ? {}
      : { dnstap: { to: readTarget(dnstap), every, identity: given("dnstap-identity") ?? "" } }),
  };
}

function readTarget(given: string): { readonly socket: string } | { readonly file: string } {
  if (!given.startsWith("unix:")) return { file: resolve(given) };
  const socket = resolve(given.slice("unix:".length));
  if (Buffer.byteLength(socket) > maxSocketPath)
    throw new PlatformError(
      "usage",
      `Cannot send to --dnstap "${given}": a socket's path has at most ${maxSocketPath} octets`,
    );
  return { socket };
}
