// A trace: one visit, told by the processes that served it. Each step is reported by the role that did it, with
// the question, the answer and what came from its cache; `fairlead trace` puts the steps in order and adds nothing.
//
// The id travels in an EDNS option on DNS queries inside the private tree and in a header field on the request.

import { z } from "zod";
import { failureReport } from "./failure-report.ts";
import { cacheDetail, dnsDetail, httpDetail, routeDetail, targetDetail, tlsDetail } from "./trace-detail.ts";
import { traceHop } from "./trace-hop.ts";

export const traceStep = z.strictObject({
  traceId: z.string(),
  hop: traceHop,
  /** The process that reports. `visitor` is the one that asked: the trace itself. */
  reportedBy: z.enum(["visitor", "control", "names", "resolver", "edge", "runtime"]),
  /** Wall time in milliseconds since 1970. */
  at: z.number(),
  /** Milliseconds it took, where it took any. */
  tookMs: z.number().optional(),
  /** Who was asked: an address and port, and a name where it has one. */
  server: z.string().optional(),
  /** What was asked: `shop.test. A`, or `GET http://shop.test/`. */
  question: z.string(),
  /** What came back, a line each, records in presentation format. */
  answer: z.array(z.string()),
  /** DNS rcode or HTTP status in words: NOERROR, `200 OK`. */
  outcome: z.string(),
  /** Header flags of a DNS answer: aa, tc, rd, ra. */
  flags: z.array(z.string()).optional(),
  /** From the cache of the process that reports. Absent: asked for anew. */
  cached: z.strictObject({ ttlLeftSeconds: z.number() }).optional(),
  isFailure: z.boolean(),
  /** Milliseconds from when the process that reports began with this visit; absent where it cannot say. */
  afterMs: z.number().optional(),
  /** Milliseconds from the beginning of the trace to that of the step, put together by control. */
  startMs: z.number().optional(),
  /** True for what the visit did not need: a name server that was asked beside it, to be compared. */
  isAside: z.boolean().optional(),
  dns: dnsDetail.optional(),
  tls: tlsDetail.optional(),
  http: httpDetail.optional(),
  route: routeDetail.optional(),
  cache: cacheDetail.optional(),
  target: targetDetail.optional(),
});
/** One step of a trace. */
export type TraceStep = z.infer<typeof traceStep>;

/** A visit with its steps, in the order of the hops. */
export const trace = z.strictObject({
  id: z.string(),
  url: z.string(),
  /** True where the resolver was told to pass its cache by. */
  fresh: z.boolean(),
  /** When it began, in ISO 8601. */
  at: z.string(),
  /** Milliseconds until the page was there, or until it was plain that it does not come. */
  tookMs: z.number(),
  steps: z.array(traceStep),
  /** What broke the visit; absent where the page came. */
  failure: failureReport.optional(),
  /** What is wrong beside that: a name server that is behind, a target that does not answer, a certificate that ends soon. */
  problems: z.array(failureReport),
});
export type Trace = z.infer<typeof trace>;

/** A trace in a list. */
export const traceSummary = z.strictObject({
  ...trace.pick({ id: true, url: true, fresh: true, at: true, tookMs: true }).shape,
  failure: failureReport.optional(),
  /** How many things are wrong beside that. */
  problemCount: z.number(),
});
export type TraceSummary = z.infer<typeof traceSummary>;

/** A trace held against the last good one of its URL. */
export const traceComparison = z.strictObject({
  trace,
  /** Absent where no visit of the URL has been good so far. */
  good: trace.optional(),
  /** The hops that either came by, in order. */
  hops: z.array(
    z.strictObject({
      hop: traceHop,
      difference: z.enum(["same", "changed", "missing", "added"]),
      /** What the hop came to, a line each: then and now. */
      was: z.array(z.string()),
      is: z.array(z.string()),
    }),
  ),
  /** The first hop that came to something else. */
  firstDifference: traceHop.optional(),
});
export type TraceComparison = z.infer<typeof traceComparison>;
