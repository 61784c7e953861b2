// Each rule by the steps that it goes by: which code, at which hop, with what evidence, cause, repair and time.

import { command, visitFailures, type FailureReport, type TraceStep } from "#contract";
import { expect, test } from "vitest";
import { findProblems } from "./trace-problems.ts";
import { explainFailure } from "./trace-failure.ts";
import { failedAt, knowing, stepAt, traceNow } from "./testing-traces.ts";
import type { KnownDomain, TraceKnowledge } from "./trace-knowledge.ts";

const soa = "test. 60 IN SOA a.nic.test. hostmaster.nic.test. 1 7200 900 1209600 30";
const names = { reportedBy: "names" } as const;
const edge = { reportedBy: "edge" } as const;
const resolver = { reportedBy: "resolver" } as const;

const shop: KnownDomain = {
  name: "shop.test",
  domain: { name: "shop.test.", statuses: [] } as unknown as NonNullable<KnownDomain["domain"]>,
  isDelegated: true,
  isPending: false,
};
const free: KnownDomain = { ...shop, domain: undefined, isDelegated: false };
const held: KnownDomain = {
  ...shop,
  domain: { name: "shop.test.", statuses: ["clientHold"] } as unknown as NonNullable<KnownDomain["domain"]>,
  isDelegated: false,
};
const found = stepAt("browser", { answer: ["shop.test. 60 IN A 127.53.8.1"] });
const connected = stepAt("address", { outcome: "connected", server: "127.53.8.1:8080" });
const routed = stepAt("edge", {
  ...edge,
  outcome: "routed",
  route: { resourceName: "web", resourceType: "instance", by: "host", value: "shop.test" },
});
const target = {
  resourceName: "web",
  name: "web",
  address: "127.53.9.1:8080",
  state: "not checked",
  why: "the only one",
  isSticky: false,
  tries: [],
  others: [],
};
const silent = failedAt("resource", "502 Bad Gateway", {
  ...edge,
  answer: ['No answer from resource "web" at 127.53.9.1:8080: it refuses connections.'],
  http: { request: [], response: [], contentOctets: 0 },
  target,
});
const badGateway = failedAt("page", "502 Bad Gateway");
const leaf = {
  subject: "shop.test",
  issuer: "Fairlead issuing",
  notBefore: new Date(traceNow - 80 * 86_400_000).toISOString(),
  notAfter: new Date(traceNow + 10 * 86_400_000).toISOString(),
  names: ["shop.test"],
  serial: "01",
  key: "EC P-256",
  fingerprint: "00",
};
const handshake = {
  version: "TLSv1.3",
  cipher: "x",
  serverName: "shop.test",
  isTrusted: false,
  chain: [leaf],
};

interface Row {
  of: string;
  steps: TraceStep[];
  known?: Partial<TraceKnowledge>;
  url?: string;
  is: Partial<Omit<FailureReport, "what">> & {
    what: string | RegExp;
    code: keyof typeof visitFailures;
  };
}

const rows: Row[] = [
  {
    of: "a resolver that is gone",
    steps: [failedAt("browser", "no answer", { server: "127.0.0.1:5300" })],
    known: { isThere: (role) => role !== "resolver" },
    is: {
      code: "visit-resolver-silent",
      what: "The resolver does not answer",
      hop: "browser",
      cause: "The role resolver is away; it is started again by itself.",
      confidence: "certain",
      evidence: ["127.0.0.1:5300: shop.test. A → no answer"],
    },
  },
  {
    of: "a name outside the private tree",
    steps: [
      failedAt("browser", "REFUSED"),
      failedAt("resolver", "REFUSED", { ...resolver, answer: ["it is outside"] }),
    ],
    is: { code: "visit-outside-refused", what: /look up shop\.test/, hop: "resolver" },
  },
  {
    of: "a top-level domain that is not there",
    steps: [failedAt("browser", "NXDOMAIN"), failedAt("root", "NXDOMAIN", names)],
    is: { code: "visit-tld-unknown", what: 'There is no top-level domain ".test"', hop: "root" },
  },
  {
    of: "a domain that nobody registered",
    steps: [
      failedAt("browser", "NXDOMAIN"),
      failedAt("resolver", "NXDOMAIN", resolver),
      failedAt("tld", "NXDOMAIN", { ...names, server: "127.53.1.1:5301", answer: [soa], flags: ["aa"] }),
    ],
    known: { domainOf: () => free },
    is: {
      code: "visit-domain-unregistered",
      what: "shop.test is not registered",
      hop: "tld",
      server: "127.53.1.1:5301",
      evidence: ["127.53.1.1:5301: shop.test. A → NXDOMAIN [aa]", soa],
      confidence: "certain",
      repair: {
        text: "Register shop.test",
        command: { action: "register", name: "shop.test" },
        cli: "fairlead register shop.test",
        seenWithinSeconds: 30,
      },
    },
  },
  {
    of: "a domain on hold",
    steps: [failedAt("browser", "NXDOMAIN"), failedAt("tld", "NXDOMAIN", names)],
    known: { domainOf: () => held },
    is: {
      code: "visit-domain-undelegated",
      what: "shop.test is registered, and not delegated",
      repair: {
        text: "Take the hold away from shop.test",
        command: { action: "set-domain", name: "shop.test", removeStatuses: ["clientHold"] },
        cli: "fairlead domain status shop.test --remove clientHold",
      },
    },
  },
  {
    of: "a domain whose delegation is on its way",
    steps: [failedAt("browser", "NXDOMAIN"), failedAt("tld", "NXDOMAIN", names)],
    known: { domainOf: () => ({ ...shop, isPending: true }) },
    is: { code: "visit-domain-undelegated", what: /not delegated/, healsInSeconds: 5 },
  },
  {
    of: "a domain that the TLD did not know a moment ago",
    steps: [failedAt("browser", "NXDOMAIN"), failedAt("tld", "NXDOMAIN", { ...names, answer: [soa] })],
    known: { domainOf: () => shop },
    is: { code: "visit-negative-kept", what: /was not known/, confidence: "likely", healsInSeconds: 30 },
  },
  {
    of: "a negative answer that is kept though the name is there by now",
    steps: [
      failedAt("browser", "NXDOMAIN"),
      stepAt("name-servers", {
        ...names,
        isAside: true,
        server: "ns1 127.53.2.1:5301",
        answer: ["shop.test. 60 IN A 127.53.8.1"],
      }),
      failedAt("record", "NXDOMAIN", { ...resolver, cached: { ttlLeftSeconds: 7 } }),
    ],
    known: { domainOf: () => shop },
    is: {
      code: "visit-negative-kept",
      what: "The resolver still says that shop.test does not exist",
      hop: "record",
      healsInSeconds: 7,
      healsAt: new Date(traceNow + 7000).toISOString(),
      evidence: [
        "kept by the resolver for 7 s more: shop.test. A → NXDOMAIN",
        "ns1 127.53.2.1:5301: shop.test. A → NOERROR",
        "shop.test. 60 IN A 127.53.8.1",
      ],
    },
  },
  {
    of: "a name that its zone does not have, where there is one resource",
    steps: [
      failedAt("browser", "NXDOMAIN"),
      failedAt("name-servers", "NXDOMAIN", { ...names, answer: [soa] }),
    ],
    known: { domainOf: () => shop, onlyResource: () => "web" },
    is: {
      code: "visit-name-missing",
      what: "shop.test does not exist in its zone",
      hop: "name-servers",
      repair: {
        text: "Assign shop.test to web",
        command: { action: "assign", name: "shop.test", resource: "web" },
        cli: "fairlead assign shop.test web",
        seenWithinSeconds: 30,
      },
    },
  },
  {
    of: "an alias of a name that is not there",
    steps: [
      failedAt("browser", "NXDOMAIN"),
      failedAt("resolver", "NXDOMAIN", { ...resolver, answer: ["shop.test. 60 IN CNAME old.shop.test."] }),
      failedAt("name-servers", "NXDOMAIN", names),
    ],
    known: { domainOf: () => shop },
    is: {
      code: "visit-name-missing",
      what: "old.shop.test does not exist in its zone",
      cause: "shop.test is another name for it (CNAME), and there is no such name.",
    },
  },
  {
    of: "a name without an address",
    steps: [failedAt("browser", "NOERROR, no address"), stepAt("name-servers", { ...names, answer: [soa] })],
    is: {
      code: "visit-no-address",
      what: "shop.test has no address",
      hop: "name-servers",
      repair: {
        text: "Assign shop.test to a resource, or give it a record",
        cli: "fairlead assign shop.test RESOURCE",
        seenWithinSeconds: 30,
      },
    },
  },
  {
    of: "name servers that are silent",
    steps: [
      failedAt("browser", "SERVFAIL"),
      failedAt("resolver", "SERVFAIL", { ...resolver, answer: ['no server of "shop.test." gave an answer'] }),
      ...[1, 2].map((i) => failedAt("name-servers", "no answer", { ...resolver, server: `ns${i}` })),
    ],
    is: {
      code: "visit-servers-silent",
      what: "No name server of shop.test's zone answers",
      hop: "name-servers",
      evidence: [
        "ns2: shop.test. A → no answer",
        "ns1: shop.test. A → no answer",
        'no server of "shop.test." gave an answer',
      ],
    },
  },
  {
    of: "name servers that do not serve the zone",
    steps: [
      failedAt("browser", "SERVFAIL"),
      failedAt("resolver", "SERVFAIL", resolver),
      failedAt("name-servers", "REFUSED", resolver),
    ],
    known: { domainOf: () => shop },
    is: {
      code: "visit-servers-lame",
      what: "The name servers of shop.test do not serve its zone",
      repair: {
        text: "Give shop.test the platform's own name servers",
        command: { action: "set-name-servers", name: "shop.test" },
        cli: "fairlead domain name-servers shop.test --default",
      },
    },
  },
  {
    of: "a resolver that did not find an answer",
    steps: [
      failedAt("browser", "SERVFAIL"),
      failedAt("resolver", "SERVFAIL", { ...resolver, answer: ["the chain of aliases is too long"] }),
    ],
    is: {
      code: "visit-resolution-failed",
      what: "shop.test could not be looked up: SERVFAIL",
      cause: "the chain of aliases is too long.",
      confidence: "likely",
    },
  },
  {
    of: "an address where nothing listens",
    steps: [found, failedAt("address", "connection refused", { server: "192.0.2.1:80" })],
    is: {
      code: "visit-address-dead",
      what: "Nothing answers at 192.0.2.1:80 that shop.test leads to",
      hop: "address",
      cause: "The connection is not taken: connection refused.",
    },
  },
  {
    of: "an edge that is away",
    steps: [found, failedAt("address", "connection refused", { server: "127.53.8.1:8080" })],
    known: { assignedTo: () => "web", isThere: (role) => role !== "edge" },
    is: { code: "visit-address-dead", what: /8080/, confidence: "certain", healsInSeconds: 5 },
  },
  {
    of: "an address that is not visited",
    steps: [found, failedAt("address", "not visited: of this machine …", { server: "127.0.0.1" })],
    is: { code: "visit-address-refused", what: /traces do not visit/ },
  },
  {
    of: "a certificate for another name",
    url: "https://shop.test/",
    steps: [
      found,
      connected,
      failedAt("tls", "TLSv1.3, not trusted", {
        tls: { ...handshake, reason: "Hostname/IP does not match certificate's altnames" },
      }),
    ],
    is: {
      code: "visit-certificate-missing",
      what: "shop.test has no certificate",
      hop: "tls",
      repair: {
        text: "Ask for a certificate for shop.test",
        command: { action: "create-certificate", name: "shop.test", domainName: "shop.test" },
        cli: "fairlead certificate create shop.test shop.test",
      },
    },
  },
  {
    of: "a certificate that could not be issued yet",
    url: "https://shop.test/",
    steps: [found, connected, failedAt("tls", "no handshake: reset")],
    known: {
      certificateOf: () => ({
        name: "main",
        problem: "the authority is away",
        retryAt: traceNow + 90_000,
        isServed: false,
      }),
    },
    is: {
      code: "visit-certificate-missing",
      what: "The certificate of shop.test is not there yet",
      cause: "Certificate main could not be issued: the authority is away.",
      healsInSeconds: 90,
    },
  },
  {
    of: "a certificate that has ended",
    url: "https://shop.test/",
    steps: [
      found,
      connected,
      failedAt("tls", "TLSv1.3, not trusted", {
        tls: {
          ...handshake,
          reason: "CERT_HAS_EXPIRED",
          chain: [{ ...leaf, notAfter: new Date(traceNow - 1000).toISOString() }],
        },
      }),
    ],
    known: {
      certificateOf: () => ({ name: "main", problem: undefined, retryAt: undefined, isServed: true }),
    },
    is: {
      code: "visit-certificate-expired",
      what: /ended on/,
      repair: {
        text: "Renew certificate main",
        command: { action: "renew-certificate", name: "main" },
        cli: "fairlead certificate renew main",
      },
    },
  },
  {
    of: "a certificate of somebody that nobody trusts",
    url: "https://shop.test/",
    steps: [
      found,
      connected,
      failedAt("tls", "TLSv1.3, not trusted", {
        tls: { ...handshake, reason: "SELF_SIGNED_CERT_IN_CHAIN" },
      }),
    ],
    is: { code: "visit-certificate-untrusted", what: "The certificate of shop.test is not trusted" },
  },
  {
    of: "no handshake at all",
    url: "https://shop.test/",
    steps: [found, connected, failedAt("tls", "no handshake: reset")],
    known: {
      certificateOf: () => ({ name: "main", problem: undefined, retryAt: undefined, isServed: true }),
    },
    is: { code: "visit-handshake-failed", what: /No TLS connection/, cause: "no handshake: reset" },
  },
  {
    of: "a name that is assigned to nothing",
    steps: [found, connected, failedAt("edge", "unknown", edge), failedAt("page", "404 Not Found")],
    is: { code: "visit-name-unrouted", what: "No resource is served under shop.test", hop: "edge" },
  },
  {
    of: "a closed port",
    steps: [
      found,
      connected,
      { ...routed, outcome: "port closed", isFailure: true },
      failedAt("page", "421 Misdirected Request"),
    ],
    known: { instance: () => ({ isStopped: false, isForeign: false, state: undefined }) },
    is: {
      code: "visit-port-closed",
      what: "Port 80 of web is closed",
      repair: {
        text: "Open port 80 of web",
        command: {
          action: "set-instance-ports",
          name: "web",
          how: "open",
          ports: [{ protocol: "tcp", fromPort: 80, toPort: 80 }],
        },
        cli: "fairlead instance ports web --open 80",
      },
    },
  },
  {
    of: "a load balancer without an instance",
    steps: [
      found,
      connected,
      { ...routed, outcome: "no target", isFailure: true, answer: ["by host", "No instance is attached."] },
      failedAt("page", "503 Service Unavailable"),
    ],
    known: { resource: () => "LoadBalancer" },
    is: {
      code: "visit-no-target",
      what: "web has nothing that could answer",
      cause: "No instance is attached.",
      repair: { text: "Attach an instance to web", cli: "fairlead load-balancer attach web INSTANCE" },
    },
  },
  {
    of: "a distribution whose origin's instances are stopped",
    steps: [
      found,
      connected,
      { ...routed, route: { ...routed.route, originName: "front" } as TraceStep["route"] },
      failedAt("resource", "no target", { ...edge, answer: ["Nothing serves it."] }),
      failedAt("page", "503 Service Unavailable"),
    ],
    known: { resource: () => "LoadBalancer", stoppedOf: () => ["web-1", "web-2"] },
    is: {
      code: "visit-no-target",
      what: "front has nothing that could answer",
      hop: "resource",
      cause: "Its instances are stopped: web-1, web-2.",
      repair: {
        text: "Start instance web-1",
        command: { action: "start-instance", name: "web-1" },
        cli: "fairlead instance start web-1",
      },
    },
  },
  {
    of: "an instance that is stopped and no target any more",
    steps: [
      found,
      connected,
      { ...routed, outcome: "no target", isFailure: true },
      failedAt("page", "503 Service Unavailable"),
    ],
    known: { stoppedOf: (name) => [name] },
    is: { code: "visit-instance-stopped", what: "Instance web is stopped", hop: "resource" },
  },
  {
    of: "an instance that is stopped",
    steps: [found, connected, routed, silent, badGateway],
    known: { instance: () => ({ isStopped: true, isForeign: false, state: undefined }) },
    is: {
      code: "visit-instance-stopped",
      what: "Instance web is stopped",
      hop: "resource",
      repair: {
        text: "Start instance web",
        command: { action: "start-instance", name: "web" },
        cli: "fairlead instance start web",
      },
    },
  },
  {
    of: "an instance whose process ended",
    steps: [found, connected, routed, silent, badGateway],
    known: {
      instance: () => ({
        isStopped: false,
        isForeign: false,
        state: {
          id: "i",
          state: "failed",
          reason: "it ended with status 1\nboom",
          restartsAt: traceNow + 4000,
        },
      }),
    },
    is: {
      code: "visit-instance-failed",
      what: "Instance web does not run",
      cause: "it ended with status 1.",
      healsInSeconds: 4,
      evidence: [
        "GET http://shop.test/ → 502 Bad Gateway",
        'No answer from resource "web" at 127.53.9.1:8080: it refuses connections.',
        "boom",
      ],
    },
  },
  {
    of: "an instance that starts",
    steps: [found, connected, routed, silent, badGateway],
    known: { instance: () => ({ isStopped: false, isForeign: false, state: { id: "i", state: "pending" } }) },
    is: { code: "visit-target-silent", what: "Instance web is starting", healsInSeconds: 5 },
  },
  {
    of: "somebody's own server that is away",
    steps: [found, connected, routed, silent, badGateway],
    known: {
      instance: () => ({ isStopped: false, isForeign: true, state: undefined }),
      checkSecondsOf: () => 30,
    },
    is: {
      code: "visit-target-silent",
      what: "web does not answer",
      cause: 'No answer from resource "web" at 127.53.9.1:8080: it refuses connections.',
      confidence: "likely",
      repair: { text: "Start the server at 127.53.9.1:8080: its process is not Fairlead's." },
      healsInSeconds: 30,
    },
  },
  {
    of: "a page that the resource does not have",
    steps: [
      found,
      connected,
      routed,
      {
        ...silent,
        outcome: "404 Not Found",
        http: { request: [], response: ["HTTP/1.1 404"], contentOctets: 0 },
      },
      failedAt("page", "404 Not Found"),
    ],
    is: { code: "visit-page-missing", what: "web has no page /", hop: "resource" },
  },
  {
    of: "an error of the resource's own",
    steps: [
      found,
      connected,
      routed,
      { ...silent, outcome: "500 Oops", http: { request: [], response: ["HTTP/1.1 500"], contentOctets: 0 } },
      failedAt("page", "500 Oops"),
    ],
    is: { code: "visit-page-error", what: "web answered 500 Oops", hop: "resource" },
  },
  {
    of: "an error of somebody else's server",
    steps: [found, connected, failedAt("page", "503 No", { server: "192.0.2.1:80" })],
    is: { code: "visit-page-error", what: "192.0.2.1:80 answered 503 No", hop: "page" },
  },
  {
    of: "an answer that broke off",
    steps: [found, connected, routed, failedAt("page", "the answer was cut off")],
    is: { code: "visit-page-cut", what: /broke off/ },
  },
];

test.each(rows)("explainFailure() of $of", ({ steps, known, url = "http://shop.test/", is }) => {
  const report = explainFailure({ url: new URL(url), steps, known: knowing(known) });
  expect(report).toMatchObject({
    ...is,
    what: typeof is.what === "string" ? is.what : expect.stringMatching(is.what),
  });
  expect(report?.repair?.text).not.toBe("");
  // What is offered as a plan is a command that the API takes.
  if (report?.repair?.command) expect(command.safeParse(report.repair.command).success).toBe(true);
});

test("every code of the first half of the table has a row here", () => {
  const codes = new Set(rows.map(({ is }) => is.code));
  const wanted = Object.keys(visitFailures).filter((code) => code.startsWith("visit-"));
  expect(wanted.filter((code) => !codes.has(code as never))).toEqual([]);
});

test("a whole visit has no failure, also where a name server was silent on the way", () => {
  const steps = [
    found,
    failedAt("name-servers", "no answer", { ...resolver, server: "ns1" }),
    connected,
    stepAt("page", { outcome: "200 OK" }),
  ];
  const visit = { url: new URL("http://shop.test/"), steps, known: knowing() };
  expect(explainFailure(visit)).toBeUndefined();
  expect(findProblems(visit, undefined)).toMatchObject([{ code: "server-silent", server: "ns1" }]);
});

test("hostile names stand in commands for a shell as one word", () => {
  const url = new URL("http://shop.test/$(reboot)';x");
  const steps = [
    failedAt("browser", "NXDOMAIN"),
    stepAt("name-servers", { isAside: true, answer: ["shop.test. 60 IN A 127.53.8.1"] }),
    failedAt("record", "NXDOMAIN", { cached: { ttlLeftSeconds: 7 } }),
  ];
  expect(explainFailure({ url, steps, known: knowing() })?.repair?.cli).toBe(
    "fairlead trace 'http://shop.test/$(reboot)'\\'';x' --fresh",
  );
});
