import type { TraceStep } from "#contract";
import { expect, test } from "vitest";
import type { Visitor } from "./ports.ts";
import { lonelyVisitor, ManualTime, testHost } from "./testing.ts";
import { Traces } from "./traces.ts";

const found: Visitor = {
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
  const traces = new Traces(testHost(time, visitor));
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

test("a trace names the deepest hop that failed", async () => {
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
  const traces = new Traces(testHost(time, visitor));
  const trace = await finish(time, traces.trace("http://shop.test/a?b", false));
  expect(trace.failure?.what).toBe("the name servers of the zone (127.53.2.1:5301): shop.test. A → timeout");
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
  const traces = new Traces(
    testHost(time, visitor),
    () => [],
    (_, address) => address !== "127.0.0.1",
  );
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
    query: async (...query) => ({ ...(await found.query(...query)), addresses: ["192.0.2.1", "127.53.8.1"] }),
    request: (url, address, ...rest) =>
      (address === "192.0.2.1" ? lonelyVisitor : found).request(url, address, ...rest),
  };
  const trace = await finish(time, new Traces(testHost(time, visitor)).trace("shop.test", false));
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
    "the certificate (127.53.8.1:8080): TLS shop.test → TLSv1.3, not trusted: CERT_HAS_EXPIRED",
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
        return { ...(await found.request(url, address, id, authorities)), tls };
      },
    };
    const traces = new Traces(testHost(time, visitor), () => ["the root"]);
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
  await expect(new Traces(testHost()).trace(url, false)).rejects.toMatchObject({ code: "input-malformed" });
});
