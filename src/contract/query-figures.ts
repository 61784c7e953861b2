// How many queries name servers answered in the last hour, how, of which types, and how long they took: for each minute, and of all of it.

import { z } from "zod";

const count = z.number().min(0);

/** Answers by response code; `other` stands for all codes without a counter of their own. */
const answersByRcode = z.record(z.string(), count);

/** What came in one span of time: a minute, or what of one is over. */
const querySpan = {
  /** When it began. */
  at: z.string(),
  /** How long it was. */
  seconds: count,
  queries: count,
  answers: answersByRcode,
};

/** The same of all spans together. */
const queryTotals = {
  /** Seconds that something is known of, 3600 at most: less where the platform has not looked for so long. */
  seconds: count,
  queries: count,
  answers: answersByRcode,
  /** The most frequent first; `other` stands for all types without counters of their own. */
  types: z.array(z.strictObject({ type: z.string(), queries: count })),
};

/** How long it took to answer, in milliseconds: half took less than `p50Ms`, and one of a hundred longer than `p99Ms`. Absent where nothing was timed. */
const answerTimes = { p50Ms: count.optional(), p99Ms: count.optional() };

/** What the name servers were asked in the last hour. */
export const nameServerFigures = z
  .strictObject({
    ...queryTotals,
    ...answerTimes,
    /** The oldest first. A minute of which nothing is known is left out. */
    spans: z.array(z.strictObject({ ...querySpan, ...answerTimes })),
    /** By group of listeners: `root`, `tlds`, or a name-server set's id. */
    groups: z.array(
      z.strictObject({ group: z.string(), queries: count, answers: answersByRcode, ...answerTimes }),
    ),
    /** True where the name servers are away: nothing is known of now. */
    isAway: z.boolean(),
  })
  .meta({ id: "NameServerFigures" });
export type NameServerFigures = z.infer<typeof nameServerFigures>;

/** Whose counters the queries of a zone are in. */
export const zoneCounting = z.enum([
  /** Its own. */
  "own",
  /** Those of all zones that have none of their own: more zones were asked for than may have some (`--zone-counters`). */
  "shared",
  /** Nobody's: zones are not counted (`--zone-counters 0`). */
  "off",
  /** Its own, but of so many zones the last hour is not kept. */
  "unkept",
  /** Nobody knows: the name servers are away. */
  "unknown",
]);
export type ZoneCounting = z.infer<typeof zoneCounting>;

/** What a zone's name servers were asked of it in the last hour. */
export const zoneFigures = z
  .strictObject({
    zone: z.string(),
    counting: zoneCounting,
    /** Zones that may have counters of their own; absent while the name servers are away. */
    maxZones: count.optional(),
    ...queryTotals,
    spans: z.array(z.strictObject(querySpan)),
  })
  .meta({ id: "ZoneFigures" });
export type ZoneFigures = z.infer<typeof zoneFigures>;
