import type { TraceStep } from "#contract";
import { expect, test } from "vitest";
import type { Visitor } from "./ports.ts";
import { lonelyVisitor, ManualTime, seededRandom, testHost } from "./testing.ts";
import { knowing } from "./testing-traces.ts";
import { Traces, type TracesOptions } from "./traces.ts";

/** Traces of a visitor, with what control knows. */
function tracesOf(time?: ManualTime, visitor?: Visitor, more: Partial<TracesOptions> = {}): Traces {
  return new Traces({ ...testHost(time, visitor), known: knowing(), ...more });
}

const found: Visitor = {
  ...lonelyVisitor,
  query: (name, type) =>
    Promise.resolve({
      server: "127.0.0.1:5300",
      answer: type === "A" ? [`${name} 60 IN A 127.53.8.1`] : [],
      addresses: type === "A" ? ["127.53.8.1"] : [],
      outcome: "NOERROR",
      flags: ["ra"],
      isFailure: false,
    }),
  request: (_url, address) =>
    Promise.resolve({
      server: `${address}:8080`,
      outcome: "200 OK",
      answer: ["12 octets"],
      isConnected: true,
      isFailure: false,
      connectMs: 2,
      pageMs: 5,
    }),
};

/** Lets promises and timers run until a trace is done. */
async function finish<T>(time: ManualTime, promise: Promise<T>): Promise<T> {
  let isDone = false;
  const done = promise.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    for (let i = 0; i < 20; i++) await Promise.resolve();
    time.advance(10);
  }
  return done;
}

function step(traceId: string, hop: TraceStep["hop"], at: number, more: Partial<TraceStep> = {}): TraceStep {
  return {
    traceId,
    hop,
    reportedBy: "names",
    at,
    question: "shop.test. A",
    answer: [],
    outcome: "NOERROR",
    isFailure: false,
    ...more,
  };
}

test("a trace has the visitor's and the roles' steps in the order of the visit", async () => {
  const time = new ManualTime();
  const visitor: Visitor = {
    ...found,
    query: async (name, type, traceId, fresh) => {
      const { now } = time;
      traces.add(step(traceId, "record", now + 3));
      traces.add(step(traceId, "root", now + 1));
      traces.add(step(traceId, "tld", now + 2));
      traces.add(step("0000", "root", now));
      // This one comes late, within the wait.
      time.timers.after(30, () =>
        traces.add(step(traceId, "resolver", now, { reportedBy: "resolver", cached: { ttlLeftSeconds: 5 } })),
      );
      return found.query(name, type, traceId, fresh);
    },
  };
  const traces = tracesOf(time, visitor);
  const trace = await finish(time, traces.trace("shop.test", true));
  expect(trace).toMatchObject({
    url: "http://shop.test/",
    fresh: true,
    id: expect.stringMatching(/^[0-9a-f]{16}$/),
  });
  expect(trace.failure).toBeUndefined();
  expect(trace.steps.map(({ hop }) => hop)).toEqual([
    "browser",
    "resolver",
    "root",
    "tld",
    "record",
    "address",
    "page",
  ]);
  expect(trace.steps.at(-1)).toMatchObject({
    outcome: "200 OK",
    reportedBy: "visitor",
    server: "127.53.8.1:8080",
  });
  expect(traces.get(trace.id)).toEqual(trace);
  traces.add(step(trace.id, "name-servers", 0));
  expect(traces.get(trace.id)?.steps[4]?.hop).toBe("name-servers");
});

test("a trace names what broke it, and tells of what else went wrong", async () => {
  const time = new ManualTime();
  const visitor: Visitor = {
    ...lonelyVisitor,
    query: (name, type, traceId, fresh) => {
      traces.add(
        step(traceId, "name-servers", time.now, {
          reportedBy: "resolver",
          server: "127.53.2.1:5301",
          outcome: "timeout",
          isFailure: true,
        }),
      );
      return lonelyVisitor.query(name, type, traceId, fresh);
    },
  };
  const traces = tracesOf(time, visitor);
  const trace = await finish(time, traces.trace("http://shop.test/a?b", false));
  expect(trace.failure?.what).toBe("The resolver does not answer");
  expect(trace.steps.map(({ hop }) => hop)).toEqual(["browser", "name-servers"]);
});

test("a trace does not visit where it may not, says so, and goes on to the next address", async () => {
  const time = new ManualTime();
  const visited: string[] = [];
  const visitor: Visitor = {
    ...found,
    query: async (...asked) => ({ ...(await found.query(...asked)), addresses: ["127.0.0.1", "127.53.8.1"] }),
    request: (url, address, ...more) => {
      visited.push(address);
      return found.request(url, address, ...more);
    },
  };
  const traces = tracesOf(time, visitor, { mayVisit: (_, address) => address !== "127.0.0.1" });
  const trace = await finish(time, traces.trace("http://shop.test/", false));
  expect(visited).toEqual(["127.53.8.1"]);
  expect(trace.steps.filter(({ hop }) => hop === "address").map(({ outcome }) => outcome)).toEqual([
    expect.stringMatching(/^not visited/),
    "connected",
  ]);
  expect(trace.failure).toBeUndefined();
});

test("a trace goes on to the next address where one does not connect", async () => {
  const time = new ManualTime();
  const visitor: Visitor = {
    ...found,
    query: async (...query) => ({ ...(await found.query(...query)), addresses: ["192.0.2.1", "127.53.8.1"] }),
    request: (url, address, ...rest) =>
      (address === "192.0.2.1" ? lonelyVisitor : found).request(url, address, ...rest),
  };
  const trace = await finish(time, tracesOf(time, visitor).trace("shop.test", false));
  expect(trace.failure).toBeUndefined();
  expect(trace.steps.map(({ hop, outcome }) => `${hop} ${outcome}`)).toEqual([
    "browser NOERROR",
    "address connection refused",
    "address connected",
    "page 200 OK",
  ]);
});

test.each([
  [
    { outcome: "TLSv1.3, trusted", answer: ["shop.test, until 2027-01-01"], isFailure: false },
    ["tls", "page"],
    undefined,
  ],
  [
    { outcome: "TLSv1.3, not trusted: CERT_HAS_EXPIRED", answer: [], isFailure: true },
    ["tls"],
    "The certificate of shop.test is not good at this time",
  ],
])(
  "over https the certificate is a hop of its own, and nothing is asked of a server with a wrong one",
  async (tls, hops, failure) => {
    const time = new ManualTime();
    let trusted: readonly string[] = [];
    const visitor: Visitor = {
      ...found,
      request: async (url, address, id, authorities) => {
        trusted = authorities;
        return { ...(await found.request(url, address, id, authorities)), tls: { ...tls, tookMs: 3 } };
      },
    };
    const traces = tracesOf(time, visitor, { authorities: () => ["the root"] });
    const trace = await finish(time, traces.trace("https://shop.test/", false));
    expect(trace.steps.map(({ hop }) => hop)).toEqual(["browser", "address", ...hops]);
    expect(trace.failure?.what).toBe(failure);
    expect(trace.failure?.repair === undefined).toBe(failure === undefined);
    expect(trusted).toEqual(["the root"]);
  },
);

test.each([
  "ftp://shop.test/",
  "http://",
  "http://127.0.0.1/",
  "http://[::1]/",
  "http://a:b@shop.test/",
  "",
  "file:///etc",
])("trace() refuses %j", async (url) => {
  await expect(tracesOf().trace(url, false)).rejects.toMatchObject({ code: "input-malformed" });
});

test("every name server of the zone is asked beside the visit, and what it reports by itself is told once", async () => {
  const time = new ManualTime();
  const dns = (id: number, address: string) => ({
    transport: "udp" as const,
    address,
    port: 5301,
    dig: "",
    query: { id, octets: "" } as never,
  });
  const visitor: Visitor = {
    ...found,
    queryServer: async ({ address }, name, type, traceId) => {
      if (address === "127.53.2.2")
        return {
          ...(await lonelyVisitor.queryServer({ address, port: 5301 }, name, type, traceId)),
          dns: dns(2, address),
        };
      traces.add(
        step(traceId, "name-servers", time.now, {
          isAside: true,
          flags: ["aa"],
          server: "ns1 reports",
          dns: dns(1, address),
        }),
      );
      return { ...(await found.query(name, type, traceId, false)), dns: dns(1, address) };
    },
  };
  const servers = ["127.53.2.1", "127.53.2.2"].map((address, i) => ({
    name: `ns${i + 1}.`,
    address,
    port: 5301,
  }));
  const traces = tracesOf(time, visitor, { known: knowing({ serversOf: () => servers }) });
  const trace = await finish(time, traces.trace("shop.test", false));
  expect(
    trace.steps
      .filter(({ hop }) => hop === "name-servers")
      .map(({ server, reportedBy, outcome, isAside }) => [server, reportedBy, outcome, isAside]),
  ).toEqual([
    ["ns1 reports", "names", "NOERROR", true],
    ["ns2. 127.53.2.2:5301", "visitor", "no answer", true],
  ]);
  expect(trace.failure).toBeUndefined();
  expect(trace.problems).toMatchObject([{ code: "server-silent" }]);
  expect(traces.list()).toMatchObject([{ id: trace.id, problemCount: 1 }]);
});

test("the last good trace of a URL is kept over a restart, and one that fails is held against it", async () => {
  const time = new ManualTime();
  let saved: readonly unknown[] = ["{}", { id: 1 }];
  const traceShelf = {
    load: () => Promise.resolve(JSON.parse(JSON.stringify(saved)) as unknown[]),
    save: (all: readonly unknown[]) => {
      saved = all;
      return Promise.resolve();
    },
  };
  const before = tracesOf(time, found, { traceShelf });
  await before.start();
  const good = await finish(time, before.trace("shop.test", false));
  expect(before.compare(good.id)?.good).toBeUndefined();
  expect(saved).toEqual([good]);

  const after = tracesOf(
    time,
    { ...lonelyVisitor, query: found.query.bind(found) },
    { traceShelf, random: seededRandom(2) },
  );
  await after.start();
  const bad = await finish(time, after.trace("shop.test", false));
  const comparison = after.compare(bad.id);
  expect(comparison).toMatchObject({
    good: { id: good.id },
    trace: { id: bad.id },
    firstDifference: "address",
  });
  expect(comparison?.hops.map(({ hop, difference }) => `${hop} ${difference}`)).toEqual([
    "browser same",
    "address changed",
    "page missing",
  ]);
  // What failed takes no good trace's place.
  expect(saved).toEqual([good]);
  expect(after.get(good.id)).toEqual(good);
  expect(after.compare("0000")).toBeUndefined();
  expect(after.compare(bad.id, good.id)?.firstDifference).toBe("address");
});

test("a shelf that fails costs nothing but the traces on it", async () => {
  const time = new ManualTime();
  const broken = () => Promise.reject(new Error("planted"));
  const traces = tracesOf(time, found, { traceShelf: { load: broken, save: broken } });
  await traces.start();
  expect((await finish(time, traces.trace("shop.test", false))).failure).toBeUndefined();
});

test("one trace holds a bounded number of octets, whatever is reported", async () => {
  const time = new ManualTime();
  const visitor: Visitor = {
    ...found,
    query: (name, type, traceId, fresh) => {
      for (let i = 0; i < 100; i++)
        traces.add(step(traceId, "root", time.now, { answer: ["x".repeat(100_000)] }));
      return found.query(name, type, traceId, fresh);
    },
  };
  const traces = tracesOf(time, visitor);
  const trace = await finish(time, traces.trace("shop.test", false));
  expect(JSON.stringify(trace).length).toBeLessThan(2_100_000);
  expect(trace.failure).toBeUndefined();
});
