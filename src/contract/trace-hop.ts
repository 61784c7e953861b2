// The hops of a visit from a name to a page, and the lanes in which they are shown. A trace has steps at hops (trace.ts), and a failure may
// say at which it was.

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

/** The lanes of the picture, in order, each with its title and hops. */
export const traceLanes: readonly {
  readonly title: string;
  readonly hops: readonly TraceHop[];
}[] = [
  { title: "Browser", hops: ["browser"] },
  { title: "Resolver", hops: ["resolver"] },
  { title: "Root", hops: ["root"] },
  { title: "TLD", hops: ["tld"] },
  { title: "Name servers", hops: ["name-servers"] },
  { title: "Record", hops: ["record"] },
  { title: "Edge", hops: ["address", "tls", "edge"] },
  { title: "Cache", hops: ["cache"] },
  { title: "Resource", hops: ["resource"] },
  { title: "Page", hops: ["page"] },
];
