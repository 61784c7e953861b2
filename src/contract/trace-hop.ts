// The hops of a visit from a name to a page. A trace has steps at hops (trace.ts), and a failure may say at which it was.

import { z } from "zod";

/** In order, `tls` for https only, `cache` for distributions only. */
export const traceHop = z.enum([
  "browser",
  "resolver",
  "root",
  "tld",
  "name-servers",
  "record",
  /** The connection to an address. */
  "address",
  "tls",
  /** The route: which resource the request is for. */
  "edge",
  "cache",
  /** Which target of the resource it went to, and what that answered. */
  "resource",
  "page",
]);
export type TraceHop = z.infer<typeof traceHop>;
