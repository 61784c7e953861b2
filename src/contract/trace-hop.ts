// The hops of a visit from a name to a page. A trace has steps at them (trace.ts), and a failure may say at which it was.

import { z } from "zod";

/** In order, `tls` for https only. */
export const traceHop = z.enum([
  "browser",
  "resolver",
  "root",
  "tld",
  "name-servers",
  "record",
  "address",
  "tls",
  "page",
]);
export type TraceHop = z.infer<typeof traceHop>;
