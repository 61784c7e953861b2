// Queries as they are told of to who looks on: what control asks roles, and how the API shows them. A line of a query log has the same members.

import { z } from "zod";

/** One query, and what was answered. */
export const watchedQuery = z
  .strictObject({
    time: z.string(),
    /** Of the listeners that it came to: `root`, `tlds`, a name-server set's id, or `resolver`. */
    group: z.string(),
    client: z.string(),
    port: z.int(),
    /** The address that was asked, where it is known. */
    server: z.string().optional(),
    transport: z.string(),
    /** Absent: it was a question. */
    opcode: z.string().optional(),
    /** Absent where no question could be read. */
    name: z.string().optional(),
    type: z.string().optional(),
    /** Absent: IN. */
    class: z.int().optional(),
    /** Absent where nothing was answered, or somebody else has answered: transfers and updates. */
    rcode: z.string().optional(),
    /** Octets of the answer. */
    size: z.int().min(0),
    truncated: z.boolean().optional(),
    /** Milliseconds until there was an answer, to a thousandth at best. */
    tookMs: z.number().min(0),
  })
  .meta({ id: "WatchedQuery" });
export type WatchedQuery = z.infer<typeof watchedQuery>;

/** Queries since the last time that somebody asked. */
export const watchedQueries = z
  .strictObject({
    /** To be asked with next. */
    next: z.int().min(0),
    /** Queries that came since and are not among these: there were too many. */
    missed: z.int().min(0),
    queries: z.array(watchedQuery).max(2000),
  })
  .meta({ id: "WatchedQueries" });
export type WatchedQueries = z.infer<typeof watchedQueries>;

/** What control asks a role of its queries. */
export const watchedQueriesQuestion = z.strictObject({
  ask: z.literal("queries"),
  /** `next` of the last answer; absent: what comes from now on. */
  after: z.int().min(0).optional(),
});

/** How often a zone was asked for, since its name servers run. */
export const zoneQueries = z
  .strictObject({
    zone: z.string(),
    /** False where the zone has no counters of its own: its queries count with those of others (`--zone-counters`). */
    isCounted: z.boolean(),
    queries: z.number().min(0),
    /** Those of them for names that there are not. */
    nxdomain: z.number().min(0),
    /** By type, the most frequent first; `other` stands for all types without counters of their own. */
    types: z.array(z.strictObject({ type: z.string(), queries: z.number().min(0) })),
  })
  .meta({ id: "ZoneQueries" });
export type ZoneQueries = z.infer<typeof zoneQueries>;
