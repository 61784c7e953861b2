// What is told beside a failure, or without one: name servers held against each other, and whatever others stood in for.

import type { TraceStep } from "#contract";
import { expect, test } from "vitest";
import { failedAt, knowing, stepAt, traceNow } from "./testing-traces.ts";
import { findProblems } from "./trace-problems.ts";

const answer = ["shop.test. 60 IN A 127.53.8.1"];

function server(i: number, more: Partial<TraceStep> & { serial?: number } = {}): TraceStep {
  const { serial = 7, ...rest } = more;
  return stepAt("name-servers", {
    reportedBy: "names",
    server: `ns${i}`,
    flags: ["aa"],
    answer,
    isAside: i > 1,
    dns: { transport: "udp", address: "127.53.2.1", port: 5301, dig: "", serial },
    ...rest,
  });
}

const found = stepAt("browser", { answer });
const whole = [found, stepAt("page", { outcome: "200 OK" })];

function problemsOf(steps: TraceStep[], more: Parameters<typeof knowing>[0] = {}): string[] {
  const visit = { url: new URL("https://shop.test/"), steps: [...whole, ...steps], known: knowing(more) };
  return findProblems(visit, undefined).map(({ code, what }) => `${code}: ${what}`);
}

test.each([
  ["four that agree", [server(1), server(2), server(3), server(4)], []],
  [
    "TTLs and order that differ",
    [
      server(1, { answer: [...answer, "shop.test. 60 IN A 127.53.8.2"] }),
      server(2, { answer: ["shop.test. 59 IN A 127.53.8.2", ...answer] }),
    ],
    [],
  ],
  [
    "one that is behind",
    [server(1), server(2, { serial: 6, answer: ["shop.test. 60 IN A 127.53.8.9"] })],
    ["server-behind: Name server ns2 is behind: serial 6, and others have 7"],
  ],
  [
    "one whose serial has gone round (RFC 1982)",
    [server(1, { serial: 4_294_967_295 }), server(2, { serial: 1 })],
    ["server-behind: Name server ns1 is behind: serial 4294967295, and others have 1"],
  ],
  [
    "one that answers otherwise",
    [server(1), server(2, { answer: ["shop.test. 60 IN A 127.53.8.9"] })],
    ["server-differs: Name server ns2 answers otherwise than ns1"],
  ],
  [
    "one that is lame, and one that refuses",
    [server(1), server(2, { flags: [] }), server(3, { outcome: "REFUSED", isFailure: true })],
    [
      "server-lame: Name server ns2 does not serve the zone of shop.test",
      "server-lame: Name server ns3 does not serve the zone of shop.test",
    ],
  ],
  [
    "one that is silent",
    [server(1), server(2, { outcome: "no answer", isFailure: true })],
    ["server-silent: Name server ns2 does not answer"],
  ],
])("findProblems() of %s", (_, steps, problems) => {
  expect(problemsOf(steps)).toEqual(problems);
});

test("findProblems() tells of an address that another one stood in for", () => {
  const steps = [
    stepAt("address", { outcome: "connection refused", server: "192.0.2.1:80" }),
    stepAt("address", { outcome: "connected", server: "127.53.8.1:80" }),
  ];
  expect(problemsOf(steps)).toEqual([
    "address-tried: shop.test also leads to 192.0.2.1:80, which does not answer",
  ]);
});

test("findProblems() tells of targets that others stood in for, with what starts them", () => {
  const step = stepAt("resource", {
    target: {
      resourceName: "front",
      name: "web-b",
      address: "127.53.9.2:80",
      state: "healthy",
      why: "",
      isSticky: false,
      tries: ["tried 127.53.9.1:80: refused"],
      others: [
        { name: "web-a", address: "127.53.9.1:80", state: "healthy" },
        { name: "web-c", address: "127.53.9.3:80", state: "unhealthy", detail: "connection refused" },
      ],
    },
  });
  const known = knowing({
    instance: () => ({ isStopped: true, isForeign: false, state: undefined }),
    checkSecondsOf: () => 30,
  });
  expect(
    findProblems({ url: new URL("http://shop.test/"), steps: [...whole, step], known }, undefined),
  ).toMatchObject([
    {
      code: "target-tried",
      evidence: expect.arrayContaining(["tried 127.53.9.1:80: refused"]) as string[],
      repair: { command: { action: "start-instance", name: "web-a" } },
    },
    {
      code: "target-unhealthy",
      cause: "connection refused",
      healsInSeconds: 30,
      repair: { command: { action: "start-instance", name: "web-c" } },
    },
  ]);
});

test.each([
  [3, 90, 1],
  [30, 90, 0],
  [2, 6, 0],
])("a certificate with %i days left of %i has %i problems", (left, life, count) => {
  const day = 86_400_000;
  const leaf = {
    subject: "shop.test",
    issuer: "ca",
    notBefore: new Date(traceNow - (life - left) * day).toISOString(),
    notAfter: new Date(traceNow + left * day).toISOString(),
    names: ["shop.test"],
    serial: "01",
    key: "EC P-256",
    fingerprint: "00",
  };
  const tls = { version: "TLSv1.3", cipher: "x", serverName: "shop.test", isTrusted: true, chain: [leaf] };
  expect(problemsOf([stepAt("tls", { tls })])).toHaveLength(count);
});

test("what broke the visit is not told twice", () => {
  const steps = [failedAt("browser", "SERVFAIL"), failedAt("name-servers", "no answer", { server: "ns1" })];
  const visit = { url: new URL("http://shop.test/"), steps, known: knowing() };
  const failure = { what: "", evidence: [], cause: "", hop: "name-servers" as const, server: "ns1" };
  expect(findProblems(visit, failure)).toEqual([]);
});
