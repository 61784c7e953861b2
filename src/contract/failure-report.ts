// The one shape in which a failure is told, wherever it comes from: a visit that broke, a request that was refused, an operation that
// did not get through. What failed, at which hop, on what evidence, why, what mends it, and when it heals by itself.

import { z } from "zod";
import { command } from "./operation.ts";
import { traceHop } from "./trace-hop.ts";

/** What can be done about a failure. */
export const repair = z.strictObject({
  /** In a sentence: `Start instance web`. */
  text: z.string(),
  /** The same as a command of the API: `POST /v1/plans` shows what it would do. Absent where no command mends it. */
  command: command.optional(),
  /** The same on the command line: `fairlead instance start web`. */
  cli: z.string().optional(),
  /** For how many seconds after the repair resolvers may give the old answer still; absent where they give none. */
  seenWithinSeconds: z.number().optional(),
});
export type Repair = z.infer<typeof repair>;

export const failureReport = z
  .strictObject({
    /** What failed, as a headline: `shop.test does not exist`. */
    what: z.string(),
    /** Where on the way of a visit; absent for what is none. */
    hop: traceHop.optional(),
    /** Who answered so, or did not: an address and port, a name, a resource. */
    server: z.string().optional(),
    /** What was seen, a line each, as exactly as it was said. */
    evidence: z.array(z.string()),
    /** Why, in a sentence. */
    cause: z.string(),
    /** How sure that is: `certain` where the evidence allows nothing else. */
    confidence: z.enum(["certain", "likely", "possible"]).optional(),
    repair: repair.optional(),
    /** When it is over if nobody does anything, in ISO 8601; absent where it is not, or where nobody can tell. */
    healsAt: z.string().optional(),
    /** The same, in seconds from when this was told. */
    healsInSeconds: z.number().optional(),
    /** A code that `fairlead explain` knows. */
    code: z.string().optional(),
  })
  .meta({ id: "FailureReport" });
/** See the head of this file. */
export type FailureReport = z.infer<typeof failureReport>;
