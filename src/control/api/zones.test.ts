// Zones of domains that are registered elsewhere: what is to be entered there, and the watch for the delegation on a clock of its own.

import type { Operation, WriteAnswer, Zone } from "#contract";
import { Rcode, RrType } from "#wire";
import { beforeEach, expect, test } from "vitest";
import { settle, testConfig } from "../testing.ts";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, refused } = api;
const own = [1, 2, 3, 4].map((i) => `ns${i}.s1.nic.test.`);
const iterating = { ...testConfig, outside: { policy: "iterate" as const, forwarders: [] } };

beforeEach(async () => {
  await api.startWith(iterating);
});

const create = (name = "shop.example"): Promise<WriteAnswer> => json("POST", "/v1/zones", { name });
const zone = (name = "shop.example"): Promise<Zone> => json("GET", `/v1/zones/${name}`);
const answer = (servers: readonly string[], rcode: number = Rcode.NOERROR): void =>
  api.resolver.set("shop.example.", RrType.NS, servers, { rcode });
const operation = (id: string | undefined): Promise<Operation> => json("GET", `/v1/operations/${id}`);

async function pass(milliseconds: number): Promise<void> {
  for (let left = milliseconds; left > 0; left -= 1000) {
    api.time.advance(Math.min(left, 1000));
    await settle();
  }
}

test("a zone is made without a registration, says what to enter, and its operation waits for the delegation", async () => {
  answer([], Rcode.NXDOMAIN);
  const { plan, operation: begun } = await create();
  expect(plan.evidence).toEqual(
    [1, 2, 3, 4].map(
      (i) => `enter at the registrar: name server ns${i}.s1.nic.test, address 127.53.2.${i} (port 5301)`,
    ),
  );
  expect(await zone()).toMatchObject({
    registration: "elsewhere",
    delegation: { state: "PENDING", text: expect.stringMatching(/^NXDOMAIN/), isWatched: true },
  });
  expect(await operation(begun?.id)).toMatchObject({
    status: "Started",
    steps: [
      { status: "Succeeded" },
      { title: expect.stringMatching(/answers with serial/), status: "Succeeded" },
      {
        title: "shop.example is delegated to these name servers where it is registered",
        status: "Started",
        detail: expect.stringMatching(/NXDOMAIN/),
      },
    ],
  });
  answer(own);
  await pass(5000);
  expect((await zone()).delegation).toMatchObject({ state: "DELEGATED" });
  expect(await operation(begun?.id)).toMatchObject({ status: "Succeeded", isTerminal: true });
});

test("it is asked for with growing pauses, and hourly once it is there", async () => {
  answer([], Rcode.NXDOMAIN);
  await create();
  const count = (): number => api.resolver.asked.length;
  const times: number[] = [];
  for (let second = 0; second < 700; second++) {
    const before = count();
    await pass(1000);
    if (count() > before) times.push(second + 1);
  }
  expect(times).toEqual([5, 15, 35, 75, 155, 315, 635]);
  answer(own);
  await pass(900_000);
  const before = count();
  await pass(3_500_000);
  expect(count()).toBe(before);
  answer(["ns1.other.example."]);
  await pass(200_000);
  expect((await zone()).delegation).toMatchObject({
    state: "ELSEWHERE",
    text: expect.stringMatching(/ns1\.other\.example, none/),
  });
}, 120_000);

test.each([
  ["NXDOMAIN", () => answer([], Rcode.NXDOMAIN), "PENDING", /not registered/],
  ["no delegation of its own", () => answer([]), "PENDING", /without a delegation/],
  ["other name servers", () => answer(["ns.other.example."]), "ELSEWHERE", /none of which is ours/],
  ["some of ours", () => answer(own.slice(0, 2)), "ELSEWHERE", /2 of which are ours/],
  ["ours and another", () => answer([...own, "ns.other.example."]), "ELSEWHERE", /4 of which/],
  ["ours", () => answer(own), "DELEGATED", /^delegated to ns1/],
  [
    "SERVFAIL under a parent that answers",
    () => {
      answer([], Rcode.SERVFAIL);
      api.resolver.set("example.", RrType.NS, ["a.nic.example."]);
    },
    "LAME",
    /do not answer for it/,
  ],
  ["SERVFAIL everywhere", () => answer([], Rcode.SERVFAIL), "PENDING", /does not reach example either/],
  ["no answer at all", () => api.resolver.names.set("shop.example.", "no answer"), "PENDING", /no answer/],
] as [string, () => void, string, RegExp][])(
  "a resolver that finds %s",
  async (_what, prepare, state, text) => {
    prepare();
    await create();
    expect((await zone()).delegation).toMatchObject({ state, text: expect.stringMatching(text) });
  },
);

test("a restart asks anew; a deleted zone is asked for no more, and its operation ends", async () => {
  answer([], Rcode.NXDOMAIN);
  const { operation: begun } = await create();
  api.control.hub.close();
  await api.restart(iterating);
  for (const role of Object.values(api.roles)) role.connect(api.control.hub);
  await settle();
  expect(await operation(begun?.id)).toMatchObject({ status: "Started" });
  const gone = await json<WriteAnswer>("DELETE", "/v1/zones/shop.example");
  expect(await operation(gone.operation?.id)).toMatchObject({
    status: "Succeeded",
    steps: [{}, { title: "Zone shop.example is off its name servers" }],
  });
  expect(api.roles.names.objects.has("zone/shop.example.")).toBe(false);
  expect(await operation(begun?.id)).toMatchObject({ isTerminal: true });
  expect(await refused("GET", "/v1/zones/shop.example")).toMatchObject({ code: "zone-not-found" });
});

test("where nothing outside is asked it says so, and no operation waits for ever", async () => {
  await api.startWith(testConfig);
  const { plan, operation: begun } = await create();
  expect(plan.warnings[0]).toBe(
    "its delegation cannot be watched: the resolver asks nobody outside the private tree (--outside refuse)",
  );
  expect((await zone()).delegation).toEqual({
    state: "UNKNOWN",
    isWatched: false,
    text: "it cannot be watched: the resolver asks nobody outside the private tree (--outside refuse)",
  });
  expect(await operation(begun?.id)).toMatchObject({ status: "Succeeded" });
  expect(api.resolver.asked).toEqual([]);
});

test("a zone under a private TLD waits for its registration, which takes it over with its records", async () => {
  await create("later.test");
  await json("PUT", "/v1/zones/later.test/rrsets", { name: "@", type: "A", records: ["192.0.2.1"] });
  expect((await zone("later.test")).delegation).toMatchObject({
    state: "PENDING",
    text: expect.stringMatching(/not registered/),
  });
  const { operation: begun } = await json<WriteAnswer>("POST", "/v1/domains", { name: "later.test" });
  expect((await operation(begun?.id)).steps.at(-1)).toMatchObject({
    title: "Zone test delegates later.test on all its name servers",
    status: "Succeeded",
  });
  expect((await zone("later.test")).delegation).toMatchObject({ state: "DELEGATED" });
  expect(api.lines("later.test.", "later.test.")).toContain("60 A 192.0.2.1");
});

test.each([
  ["test", "registry-policy", /registry itself/],
  ["arpa", "registry-policy", /registry itself/],
  [".", "registry-policy", /registry itself/],
  ["x.nic.test", "registry-policy", /reserved/],
  ["shop.test", "resource-exists", /served here already/],
  ["shops.fairlead.internal", "platform-owned", /names of its resources/],
  ["*.example", "name-malformed", /wildcard/],
  ["a..example", "name-malformed", /a\.\.example/],
  ["xn--a.example", "name-malformed", /another script/],
])("zone %s is refused as %s", async (name, code, message) => {
  await json("POST", "/v1/domains", { name: "shop.test" });
  expect(await refused("POST", "/v1/zones", { name })).toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
  expect(await refused("DELETE", "/v1/zones/none.example")).toMatchObject({ code: "zone-not-found" });
});
