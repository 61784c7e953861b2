// What can break a visit, each with a code: what that means, and what mends it. `fairlead explain` and docs/reference/errors.md are made from this
// table; the reports of traces (failure-report.ts) carry its codes.

import type { TraceHop } from "./trace-hop.ts";

/** One row of the table. */
export interface VisitFailureRow {
  /** The hop at which it is seen. */
  readonly hop: TraceHop;
  /** What it is, in a sentence. */
  readonly meaning: string;
  /** What to do, in a sentence. */
  readonly help: string;
}

const table = {
  "visit-resolver-silent": {
    hop: "browser",
    meaning: "The resolver did not answer.",
    help: "`fairlead status` shows whether the role runs; one that ended is started again within seconds.",
  },
  "visit-outside-refused": {
    hop: "resolver",
    meaning: "The name lies outside the private tree, and the resolver does not look outside.",
    help: "Start the platform with --outside iterate or --outside forward=ADDR:PORT, or use a name under one of its top-level domains.",
  },
  "visit-resolution-failed": {
    hop: "resolver",
    meaning: "The resolver asked and got no answer that it could use.",
    help: "The evidence names the servers and what each of them said.",
  },
  "visit-tld-unknown": {
    hop: "root",
    meaning: "The root knows no such top-level domain.",
    help: "Use a name under one of the platform's top-level domains: `fairlead status` lists them.",
  },
  "visit-domain-unregistered": {
    hop: "tld",
    meaning: "Nobody has registered the domain, so that its top-level domain knows no such name.",
    help: "Register it: `fairlead register NAME`.",
  },
  "visit-domain-undelegated": {
    hop: "tld",
    meaning: "The domain is registered, and its top-level domain does not delegate it.",
    help: "`fairlead domain show NAME` says why: a hold, no name servers, or a deletion under way.",
  },
  "visit-negative-kept": {
    hop: "record",
    meaning: "The resolver keeps an answer from before that the name does not exist.",
    help: "Wait until it has run out, or trace with --fresh: what that finds is kept instead.",
  },
  "visit-servers-silent": {
    hop: "name-servers",
    meaning: "No name server of the zone answers.",
    help: "`fairlead status` shows whether the role names runs; one that ended is started again within seconds.",
  },
  "visit-servers-lame": {
    hop: "name-servers",
    meaning: "The name servers that the domain is delegated to do not serve its zone.",
    help: "Give the domain name servers that serve it: `fairlead domain name-servers NAME --help`.",
  },
  "visit-name-missing": {
    hop: "name-servers",
    meaning: "The zone has no such name.",
    help: "Assign the name to a resource, or give it a record.",
  },
  "visit-no-address": {
    hop: "record",
    meaning: "The name exists and has no address.",
    help: "Assign the name to a resource, or give it an A or AAAA record.",
  },
  "visit-address-dead": {
    hop: "address",
    meaning: "Nothing takes connections at the address that the name leads to.",
    help: "Mend the record, or start what should listen there.",
  },
  "visit-address-refused": {
    hop: "address",
    meaning: "The name leads to an address of this machine that traces do not visit.",
    help: "Assign the name to a resource: traces go to ports that the edge serves, and to other machines.",
  },
  "visit-handshake-failed": {
    hop: "tls",
    meaning: "No TLS connection came about.",
    help: "`fairlead certificate list` shows which names have a certificate.",
  },
  "visit-certificate-missing": {
    hop: "tls",
    meaning: "The certificate that was presented is not for this name.",
    help: "Ask for a certificate: `fairlead assign NAME RESOURCE` does so by itself.",
  },
  "visit-certificate-expired": {
    hop: "tls",
    meaning: "The certificate has ended, or has not begun.",
    help: "Renew it: `fairlead certificate renew NAME`.",
  },
  "visit-certificate-untrusted": {
    hop: "tls",
    meaning: "The certificate is of an authority that visitors do not trust.",
    help: "Trust the platform's authority on this machine (`fairlead trust`), or use a public one.",
  },
  "visit-name-unrouted": {
    hop: "edge",
    meaning: "The request reached the edge, and no resource is served under that name.",
    help: "Assign the name: `fairlead assign NAME RESOURCE`.",
  },
  "visit-port-closed": {
    hop: "edge",
    meaning: "The resource is not served on that port.",
    help: "Open the port: `fairlead instance ports NAME --help`.",
  },
  "visit-no-target": {
    hop: "edge",
    meaning: "The resource has nothing that could answer.",
    help: "Attach an instance, deploy a version, or enable it.",
  },
  "visit-instance-stopped": {
    hop: "resource",
    meaning: "The instance is stopped.",
    help: "Start it: `fairlead instance start NAME`.",
  },
  "visit-instance-failed": {
    hop: "resource",
    meaning: "The instance's process ended by itself.",
    help: "Read what it wrote: `fairlead instance logs NAME`. It is started again by itself, at longer and longer intervals.",
  },
  "visit-target-silent": {
    hop: "resource",
    meaning: "The target did not take the connection, or did not answer in time.",
    help: "See whether it runs and listens where it should.",
  },
  "visit-page-missing": {
    hop: "resource",
    meaning: "The resource answered that it has no such page.",
    help: "The way to it is whole: look at the path, and at what the resource serves.",
  },
  "visit-page-error": {
    hop: "resource",
    meaning: "The resource answered with an error of its own.",
    help: "The way to it is whole: read what the resource wrote, `fairlead instance logs NAME`.",
  },
  "visit-page-cut": {
    hop: "page",
    meaning: "The answer broke off.",
    help: "Trace again; where it stays so, read what the resource wrote.",
  },
  "server-silent": {
    hop: "name-servers",
    meaning:
      "One of the name servers does not answer. Visitors are asked to wait, and then get their answer from another.",
    help: "See to that server, or take it out of the domain's name servers.",
  },
  "server-lame": {
    hop: "name-servers",
    meaning: "One of the name servers does not serve the zone.",
    help: "Have it serve the zone, or take it out of the domain's name servers.",
  },
  "server-behind": {
    hop: "name-servers",
    meaning: "One of the name servers has an older version of the zone than others.",
    help: "It takes the newer one over by itself; where it does not, look at its log.",
  },
  "server-differs": {
    hop: "name-servers",
    meaning: "Name servers with the same version of the zone answer differently.",
    help: "Trace again; where it stays so, restart the role names: its state is made anew from control's.",
  },
  "target-unhealthy": {
    hop: "resource",
    meaning: "A target of the resource is not healthy. Others serve in its place.",
    help: "See why its health check fails.",
  },
  "target-tried": {
    hop: "resource",
    meaning: "A target did not answer this request, and another one did.",
    help: "See whether it runs.",
  },
  "certificate-ends": {
    hop: "tls",
    meaning: "The certificate ends soon.",
    help: "It is renewed by itself; where it is not, `fairlead certificate list` says why.",
  },
  "address-tried": {
    hop: "address",
    meaning: "One of the addresses takes no connections, and another one did.",
    help: "Take it out of the records, or start what should listen there.",
  },
} as const satisfies Record<string, VisitFailureRow>;

/** A code of the table. */
export type VisitFailureCode = keyof typeof table;

/** All rows, by code. */
export const visitFailures: Readonly<Record<VisitFailureCode, VisitFailureRow>> = table;
