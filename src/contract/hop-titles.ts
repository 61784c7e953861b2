// What the hops of a visit are called, in the terminal as in the console. It needs no schema, so that a page that shows it has none.

import type { TraceHop } from "./trace-hop.ts";

/** A title for each hop. */
export const hopTitles: Readonly<Record<TraceHop, string>> = {
  browser: "Browser",
  resolver: "Resolver",
  root: "Root",
  tld: "TLD",
  "name-servers": "Name servers",
  record: "Record",
  address: "Address",
  tls: "Certificate",
  edge: "Edge",
  cache: "Cache",
  resource: "Resource",
  page: "Page",
};
