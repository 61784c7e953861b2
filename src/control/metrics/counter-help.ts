// What each role's counters count, by the name that the role tells them under: the help of a scrape, and docs/reference/metrics.md. A test
// holds a real scrape against it.

import type { DataRole } from "../data-roles.ts";

/** What the relay of the edge and that of the visitor proxy count. */
const relay: Readonly<Record<string, string>> = {
  connections: "Connections of clients",
  "connections-open": "Connections of clients that are open",
  "connections-refused": "Connections that were too many",
  "connections-spared": "Idle connections that were ended to make room for another",
  "connections-shed": "Connections that were ended because they held too much",
  requests: "Requests",
  "requests-malformed": "Requests that the parser refused",
  "own-answers": "Responses that were given in the place of a target's",
  responses: "Final responses by class of status",
  retries: "Requests that were tried at a second target",
  tunnels: "Connections that became tunnels: CONNECT, or another protocol",
  "target-connections": "Connections to targets",
  "target-connections-reused": "Requests that went over a connection that was there",
  "target-failures": "Requests that failed at a target",
  timeouts: "Requests and responses that took too long",
  "octets-from-clients": "Octets from clients",
  "octets-to-clients": "Octets to clients",
  "octets-held": "Octets that wait for a slower side",
};

/** DNS over TLS and HTTPS, of name servers and of the resolver. */
const overTls = {
  "tls-handshakes": "Handshakes of DNS over TLS by outcome",
  "https-connections": "Connections of DNS over HTTPS",
  "https-responses": "Responses of DNS over HTTPS by status",
};

/** What name servers and the resolver tell of what they watch. */
const watched = {
  "query-seconds":
    "How long queries took: those of datagrams from when the system gave them until it had the answers",
  watched: "Messages that were written into the query log, or sent as dnstap, and those that were dropped",
  "watched-lost": "Messages that were not taken up soon enough to be logged or sent",
};

const engineFaults = {
  "engine-faults": "Faults of the program that were caught; each is a line in the role's log",
};

/** Counters by role. */
export const counterHelp: Readonly<Record<DataRole, Readonly<Record<string, string>>>> = {
  names: {
    ...engineFaults,
    ...watched,
    "zone-queries": "Queries by zone, for as many zones as have counters of their own",
    "zone-nxdomain": "Those of them for names that there are not",
    "zone-servfail": "Those of them that could not be answered",
    "zone-other-errors": "Those of them that were answered with another error",
    "zone-counters": "Zones that may have counters of their own",
    transfers: "Transfers, messages of new versions and updates, by what became of them",
    queries: "Messages that came, by group of servers",
    answers: "Answers by response code",
    truncated: "Answers that were cut, so that the client asks over TCP",
    dropped: "Messages that got no answer: responses, and less than a header",
    failures: "Faults of the program while it answered, each answered SERVFAIL",
    connections: "Connections over TCP",
    "tls-connections": "Connections over TLS",
    ...overTls,
    "responses-dropped": "Answers that the system did not take",
    choices: "Answers for which a routing policy chose among several record sets",
    "choices-unhealthy": "Of these, those where none of the sets was healthy",
    limited: "Answers that were held back because a network had its share of that second",
    "online-signatures":
      "Signatures that were made while answering, for zones with compact denial of existence",
    "online-signatures-kept": "Signatures that were made while answering before, and given once more",
    "online-signatures-refused":
      "Signatures that were not made: too many were asked for, or a zone's keys are not there",
    slipped: "Answers that were sent cut in such a case, so that who is real asks over TCP",
  },
  resolver: {
    ...engineFaults,
    ...overTls,
    ...watched,
    "client-answers": "Answers to clients by response code",
    "client-queries": "Queries of clients that were well formed",
    "client-refused": "Queries answered REFUSED",
    "client-malformed": "Packets answered FORMERR or NOTIMP, or dropped",
    "client-servfail": "Queries answered SERVFAIL",
    "cache-hits": "Queries answered without asking anybody",
    "cache-misses": "Queries that began or joined a resolution",
    coalesced: "Queries that joined a resolution under way",
    "upstream-queries": "Queries sent to servers, by hop",
    "upstream-tcp": "Those of them that went over TCP",
    "upstream-timeouts": "Queries that got no answer in time",
    "upstream-failures": "Queries that got an error from the network",
    "upstream-mismatches": "Packets of servers that did not match the query",
    "upstream-lame": "Replies of servers that do not serve the zone they were asked for",
    exhausted: "Resolutions ended for want of budget or time",
    overloads: "Queries answered SERVFAIL because too much was under way",
    validated: "Replies that were validated and found secure",
    bogus: "Replies that were validated and found bogus",
  },
  edge: {
    ...engineFaults,
    ...relay,
    ...Object.fromEntries(
      Object.entries(relay).map(([name, help]) => [
        `proxy-${name}`,
        `Visitor proxy: ${help[0]?.toLowerCase()}${help.slice(1)}`,
      ]),
    ),
    handshakes: "TLS handshakes by outcome",
    "sessions-resumed": "TLS sessions that were resumed",
    "certificates-unusable": "Certificates that cannot be served",
    "challenge-answers": "Challenges of certificate authorities that were answered",
    redirects: "Requests that were sent to HTTPS",
    targets: "Targets of load balancers and container services",
    "requests-under-way": "Requests under way at targets",
    "target-ejections": "Targets that were put aside for requests that failed",
    "retries-refused": "Second tries that were not made, for there were too many",
    probes: "Health probes, of load balancers, container services and routing policies",
    "probes-failed": "Health probes that failed",
    "probes-without-tls":
      "Of these, those over https to which no request was made, by what is wrong with the target's TLS",
    "cache-requests": "Requests to distributions",
    "cache-hits": "Requests that a cache answered",
    "cache-hits-stale": "Those of them with what was no longer fresh",
    "cache-misses": "Requests that went to an origin",
    "cache-collapsed": "Requests that waited for another one's response",
    "cache-validated": "Responses that an origin said have not changed",
    "cache-origin-octets": "Octets of content from origins",
    "cache-origin-errors": "Requests that failed at an origin",
    "cache-purges": "Purges and resets that were carried out",
    "cache-octets": "Octets that the store holds",
    "cache-responses": "Responses that the store holds",
    "cache-keys": "Keys that the store holds something under",
    "cache-evictions": "Responses that left the store to make room",
    "cache-fetches-open": "Requests of the cache to origins that are under way",
  },
  runtime: {
    instances: "Instances",
    "instance-starts": "Starts of instances",
    "instance-failures": "Instances whose process failed",
    "container-nodes": "Nodes of container services",
  },
};

/** Counters that are parts of a histogram: their names go on with `-bucket`, `-sum` and `-count`. */
export const histogramNames: ReadonlySet<string> = new Set(["query-seconds"]);

/** Counters that say how many there are now, without the `proxy-` that some of them have. */
const nowNames: ReadonlySet<string> = new Set([
  "connections-open",
  "octets-held",
  "requests-under-way",
  "targets",
  "instances",
  "container-nodes",
  "certificates-unusable",
  "cache-octets",
  "cache-responses",
  "cache-keys",
  "cache-fetches-open",
  "zone-counters",
]);

/** Whether a counter says how many there are now; all others only grow. */
export function isGauge(name: string): boolean {
  return nowNames.has(name.replace(/^proxy-/, ""));
}
