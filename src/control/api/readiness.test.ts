// The checklist of an assigned name: what is asked in which order, what is not asked too early, and what each check says to fix.

import type { Readiness } from "#contract";
import { beforeEach, expect, test } from "vitest";
import type { Visitor, VisitorAnswer } from "../ports.ts";
import { lonelyVisitor } from "../testing.ts";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, refused } = api;

/** What the name servers give, by address; `no answer` where there is nothing. */
let given: (address: string) => readonly string[];
let resolved: readonly string[];
let page: string;
let asked: string[];

function answer(addresses: readonly string[], name: string): VisitorAnswer {
  return {
    server: "127.0.0.1:5300",
    answer: addresses.map((address) => `${name} 60 IN A ${address}`),
    addresses,
    outcome: addresses.length > 0 ? "NOERROR" : "NXDOMAIN",
    flags: [],
    isFailure: addresses.length === 0,
  };
}

const visitor: Visitor = {
  query: (name) => {
    asked.push("resolver");
    return Promise.resolve(answer(resolved, name));
  },
  queryServer: ({ address }, name) => {
    asked.push("name server");
    return Promise.resolve(answer(given(address), name));
  },
  request: async (url, address, id, authorities) => {
    asked.push("page");
    const lost = await lonelyVisitor.request(url, address, id, authorities);
    return { ...lost, isConnected: true, isFailure: page !== "200 OK", outcome: page };
  },
};

const look = async (): Promise<Readiness> => {
  const answered = json<Readiness>("GET", "/v1/assignments/shop.test/readiness");
  await api.pass(2000);
  return answered;
};
const told = ({ checks }: Readiness): string[] => checks.map(({ id, status }) => `${id} ${status}`);

beforeEach(async () => {
  await api.start();
  given = () => ["127.53.8.1"];
  resolved = ["127.53.8.1"];
  page = "200 OK";
  asked = [];
  api.visitor = visitor;
  await api.restart();
  for (const role of Object.values(api.roles)) role.connect(api.control.hub);
  await api.pass(0);
  await json("POST", "/v1/domains", { name: "shop.test" });
  await json("POST", "/v1/instances", {
    name: "web",
    run: { kind: "address", address: "192.0.2.1", port: 8080 },
  });
  await json("POST", "/v1/assignments", { name: "shop.test", resource: "web", https: false });
});

test("a name that works has every check done, and the visit that showed it", async () => {
  const found = await look();
  expect(found).toMatchObject({
    name: "shop.test",
    resourceName: "web",
    url: "http://shop.test/",
    isReady: true,
  });
  expect(told(found)).toEqual(["record done", "name-servers done", "resolver done", "page done"]);
  expect(found.checks[1]?.detail).toBe("4 of 4");
  expect(await json("GET", `/v1/traces/${found.traceId}`)).toMatchObject({ url: "http://shop.test/" });
});

test("while a name server does not give the address, the resolver is left alone: it would keep what it hears", async () => {
  given = (address) => (address === "127.53.2.3" ? [] : ["127.53.8.1"]);
  const found = await look();
  expect(told(found)).toEqual(["record done", "name-servers waiting", "resolver waiting", "page waiting"]);
  expect(found.checks[1]?.detail).toMatch(/^3 of 4; /);
  expect(asked).toEqual(["name server", "name server", "name server", "name server"]);
  expect(found.traceId).toBeUndefined();
});

test("a resolver that still has where the name led before is waited for", async () => {
  resolved = ["127.53.8.9"];
  const found = await look();
  expect(told(found)).toContain("resolver waiting");
  expect(found.checks.find(({ id }) => id === "resolver")?.detail).toBe("it still gives 127.53.8.9");
  expect(found.isReady).toBe(false);
});

test("a page that does not come says what to fix; of the visits made for it, one is kept", async () => {
  page = "502 Bad Gateway";
  const first = await look();
  expect(told(first)).toEqual(["record done", "name-servers done", "resolver done", "page failed"]);
  expect(first.checks.at(-1)?.report).toMatchObject({ code: "visit-page-error" });
  const second = await look();
  expect(second.traceId).not.toBe(first.traceId);
  const { traces } = await json<{ traces: { id: string }[] }>("GET", "/v1/traces");
  expect(traces.map(({ id }) => id)).toEqual([second.traceId]);
});

test("who asks while it is looked at gets the same answer", async () => {
  const both = Promise.all([
    json<Readiness>("GET", "/v1/assignments/shop.test/readiness"),
    json<Readiness>("GET", "/v1/assignments/shop.test/readiness"),
  ]);
  await api.pass(2000);
  const [first, second] = await both;
  expect(second).toEqual(first);
  expect(asked.filter((what) => what === "page")).toHaveLength(1);
});

test("a name that is assigned to nothing is refused", async () => {
  expect((await refused("GET", "/v1/assignments/other.test/readiness")).code).toBe("resource-not-found");
});
