// What name servers and the resolver tell of queries: the last ones, for who looks on, and how often a zone was asked for. Roles are asked;
// nothing is kept here.

import { counters as countersSchema, watchedQueries, type WatchedQueries, type ZoneQueries } from "#contract";
import type { RoleHub } from "./role-hub.ts";

/** How long a role may take to tell, in milliseconds. */
const answerMs = 2000;

/** The queries of a role since the last time. Throws `role-unreachable`. @param after  `next` of the last answer */
export async function readQueries(
  hub: RoleHub,
  role: "names" | "resolver",
  after: number | undefined,
): Promise<WatchedQueries> {
  const question = { ask: "queries", ...(after === undefined ? {} : { after }) } as const;
  return watchedQueries.parse(await hub.ask(role, question, answerMs));
}

/** A zone's name as labels of counters have it: what would end the label is written in digits. @param apex  absolute, in lower case */
export function zoneLabel(apex: string): string {
  return apex.replaceAll(
    /\\?([{},="])/g,
    (_, one: string) => `\\${String(one.charCodeAt(0)).padStart(3, "0")}`,
  );
}

/** How often a zone was asked for. Throws `role-unreachable` where name servers are away. @param apex  absolute, in lower case */
export async function readZoneQueries(hub: RoleHub, apex: string): Promise<ZoneQueries> {
  const zone = zoneLabel(apex);
  const told = countersSchema.parse(await hub.ask("names", { ask: "counters" }, answerMs));
  const types = Object.entries(told)
    .flatMap(([name, queries]) => {
      const [, of, type] = /^zone-queries\{zone=(.*),type=([^,]*)\}$/.exec(name) ?? [];
      return of === zone && type !== undefined ? [{ type, queries }] : [];
    })
    .sort((a, b) => b.queries - a.queries || (a.type < b.type ? -1 : 1));
  const queries = told[`zone-queries{zone=${zone}}`];
  return {
    zone: apex,
    isCounted: queries !== undefined || told["zone-queries{zone=other}"] === undefined,
    queries: queries ?? 0,
    nxdomain: told[`zone-nxdomain{zone=${zone}}`] ?? 0,
    types,
  };
}
