// Whether a name that was assigned works for visitors by now: one check after the other along the way, each with what to do where it does
// not pass. Looked at anew each time it is asked for.

import { z } from "zod";
import { failureReport } from "./failure-report.ts";

/** The checks, in order. */
export const readinessCheckId = z.enum(["record", "name-servers", "resolver", "certificate", "page"]);
export type ReadinessCheckId = z.infer<typeof readinessCheckId>;

/** One check. */
export const readinessCheck = z.strictObject({
  id: readinessCheckId,
  /** What is to be, in words: `All four name servers give the address`. */
  title: z.string(),
  /** `waiting`: not yet, or not looked at before those above it pass. */
  status: z.enum(["done", "waiting", "failed"]),
  /** What was seen. */
  detail: z.string().optional(),
  /** What to fix, where it failed. */
  report: failureReport.optional(),
});
/** One check. */
export type ReadinessCheck = z.infer<typeof readinessCheck>;

export const readiness = z
  .strictObject({
    name: z.string(),
    resourceName: z.string(),
    /** What visitors open. */
    url: z.string(),
    /** True where every check passes: a visitor gets a page. */
    isReady: z.boolean(),
    checks: z.array(readinessCheck),
    /** The visit that was made for it, once name servers agree. */
    traceId: z.string().optional(),
  })
  .meta({ id: "Readiness" });
/** See the head of this file. */
export type Readiness = z.infer<typeof readiness>;
