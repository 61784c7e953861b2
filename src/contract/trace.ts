// A trace: one visit, told by the processes that served it. Each step is reported by the role that did it, with
// the question, the answer and what came from its cache; `fairlead trace` puts the steps in order and adds nothing.
//
// The id travels in an EDNS option on DNS queries inside the private tree and in a header field on the request.

import { z } from "zod";

/** EDNS option that carries a trace, from the range for local use (RFC 6891 section 9). 8 octets id, 1 octet flags. */
export const traceOptionCode = 65_311;

/** Flag in the option: the resolver must not answer from its cache. */
export const traceFlagFresh = 1;

/** Header field that carries a trace's id, 16 hexadecimal digits. */
export const traceHeader = "fairlead-trace";

/** The eight hops of a visit, in order; a trace may have several steps at one hop. */
export const traceHop = z.enum([
  "browser",
  "resolver",
  "root",
  "tld",
  "name-servers",
  "record",
  "address",
  "page",
]);
export type TraceHop = z.infer<typeof traceHop>;

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
});
/** One step of a trace. */
export type TraceStep = z.infer<typeof traceStep>;

export const trace = z.strictObject({
  id: z.string(),
  url: z.string(),
  /** True where the resolver was told to pass its cache by. */
  fresh: z.boolean(),
  steps: z.array(traceStep),
  /** The first failed step in words; absent where the page came. */
  failure: z.string().optional(),
});
export type Trace = z.infer<typeof trace>;
