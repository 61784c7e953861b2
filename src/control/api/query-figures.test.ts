// The last hour of queries through the API: what name servers count becomes spans of its minutes, of all servers and of one zone; they are away,
// begin anew, count no zones, or more of them than have counters of their own.

import { beforeEach, expect, test } from "vitest";
import type { NameServerFigures, ZoneFigures } from "#contract";
import { testConfig } from "../testing.ts";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, refused, pass } = api;
const minute = 60_000;
/** Until just after the first minute. */
const firstMs = minute + 40;
let counted: Record<string, number>;
/** When a test began. */
let begin: number;

beforeEach(async () => {
  await api.startWith({ ...testConfig, collectsMetrics: true });
  await json("POST", "/v1/domains", { name: "shop.test" });
  counted = { "zone-counters": 1000 };
  api.roles.names.counters = () => ({ ...counted });
  // To when the first minute was collected, in which nothing was asked.
  await pass(firstMs);
  begin = api.time.now;
});

function add(grown: Record<string, number>): void {
  for (const [name, count] of Object.entries(grown)) counted[name] = (counted[name] ?? 0) + count;
}

/** Figures without the minute before the test. */
async function read<T extends NameServerFigures | ZoneFigures>(path: string): Promise<T> {
  const { spans, seconds, ...rest } = await json<T>("GET", path);
  const own = spans.filter(({ at }) => Date.parse(at) >= begin);
  const shown = spans.length - own.length === 1 ? seconds - firstMs / 1000 : seconds;
  return { ...rest, seconds: Math.round(shown * 1000) / 1000, spans: own } as unknown as T;
}
const whole = (): Promise<NameServerFigures> => read("/v1/queries/figures");
const ofZone = (zone = "shop.test"): Promise<ZoneFigures> => read(`/v1/zones/${zone}/queries/figures`);
const passMinutes = (count: number): Promise<void> => pass(count * minute);

/** Queries of datagrams to a group: so many up to each bound in milliseconds. */
function took(group: string, buckets: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(buckets).map(([le, count]) => [
      `query-seconds-bucket{group=${group},transport=udp,le=${le}}`,
      count,
    ]),
  );
}

test("minutes of all name servers: rates, response codes, types, and how long answers took", async () => {
  add({
    "queries{group=s1}": 120,
    "queries{group=s1,transport=udp}": 120,
    "queries{group=s1,type=A}": 100,
    "queries{group=s1,type=MX}": 20,
    "answers{group=s1,rcode=NOERROR}": 90,
    "answers{group=s1,rcode=NXDOMAIN}": 30,
    "choices{group=s1,policy=weighted}": 5,
    ...took("s1", { "0.00002": 0, "0.00005": 60, "0.0001": 119, "0.0002": 120, "+Inf": 120 }),
  });
  await passMinutes(1);
  add({
    "queries{group=root}": 1,
    "queries{group=root,type=NS}": 1,
    "answers{group=root,rcode=SERVFAIL}": 1,
  });
  await pass(10_000);
  const { spans, groups, ...all } = await whole();
  expect(all).toEqual({
    seconds: 70,
    queries: 121,
    answers: { NOERROR: 90, NXDOMAIN: 30, SERVFAIL: 1 },
    types: [
      { type: "A", queries: 100 },
      { type: "MX", queries: 20 },
      { type: "NS", queries: 1 },
    ],
    p50Ms: 0.05,
    p99Ms: 0.1,
    isAway: false,
  });
  expect(spans.map(({ seconds, queries, p50Ms }) => [seconds, queries, p50Ms])).toEqual([
    [60, 120, 0.05],
    [10, 1, undefined],
  ]);
  expect(Date.parse(spans[1]?.at ?? "") - Date.parse(spans[0]?.at ?? "")).toBe(minute);
  expect(groups.map(({ group, queries, answers, p99Ms }) => [group, queries, answers, p99Ms])).toEqual([
    ["root", 1, { SERVFAIL: 1 }, undefined],
    ["s1", 120, { NOERROR: 90, NXDOMAIN: 30 }, 0.1],
  ]);
});

test("a percentile lies within its bucket, and beyond the last one is that", async () => {
  add(took("s1", { "0.001": 50, "0.002": 98, "5": 99, "+Inf": 100 }));
  await passMinutes(1);
  expect(await whole()).toMatchObject({ p50Ms: 1, p99Ms: 5000 });
  add(took("s1", { "0.001": 0, "0.002": 100, "5": 100, "+Inf": 100 }));
  await passMinutes(1);
  const { spans } = await whole();
  expect(spans[1]).toMatchObject({ p50Ms: 1.5, p99Ms: 1.99 });
  add(took("s1", { "+Inf": 100 }));
  await passMinutes(1);
  expect((await whole()).spans[2]).toMatchObject({ p50Ms: 5000, p99Ms: 5000 });
});

test("minutes of one zone; those of others, and what is older than an hour, are not in them", async () => {
  add({
    "zone-queries{zone=shop.test.}": 10,
    "zone-queries{zone=shop.test.,type=A}": 7,
    "zone-queries{zone=shop.test.,type=other}": 3,
    "zone-nxdomain{zone=shop.test.}": 4,
    "zone-servfail{zone=shop.test.}": 1,
    "zone-queries{zone=other.test.}": 50,
    "zone-queries{zone=other.test.,type=A}": 50,
  });
  await passMinutes(1);
  expect(await ofZone()).toEqual({
    zone: "shop.test.",
    counting: "own",
    maxZones: 1000,
    seconds: 60,
    queries: 10,
    answers: { NOERROR: 5, NXDOMAIN: 4, SERVFAIL: 1 },
    types: [
      { type: "A", queries: 7 },
      { type: "other", queries: 3 },
    ],
    spans: [
      {
        at: expect.any(String) as string,
        seconds: 60,
        queries: 10,
        answers: { NOERROR: 5, NXDOMAIN: 4, SERVFAIL: 1 },
      },
    ],
  });
  await passMinutes(61);
  const later = await ofZone();
  expect(later).toMatchObject({ counting: "own", queries: 0, answers: {}, types: [] });
  expect(later.spans).toHaveLength(60);
  expect(later.seconds).toBe(3600);
});

test("of many types the most frequent are named", async () => {
  for (let i = 1; i <= 20; i++)
    add({ "queries{group=s1}": i, [`queries{group=s1,type=T${String(i).padStart(2, "0")}}`]: i });
  await passMinutes(1);
  const { types } = await whole();
  expect(types).toHaveLength(13);
  expect(types[0]).toEqual({ type: "T20", queries: 20 });
  expect(types.at(-1)).toEqual({ type: "other", queries: 36 });
});

test("why a zone has no figures is told", async () => {
  expect(await ofZone()).toMatchObject({ counting: "own", queries: 0 });
  add({ "zone-queries{zone=other}": 3 });
  expect((await ofZone()).counting).toBe("own");
  await pass(1000);
  expect((await ofZone()).counting).toBe("shared");
  counted = { "zone-counters": 0 };
  await pass(1000);
  expect(await ofZone()).toMatchObject({ counting: "off", maxZones: 0 });
  api.roles.names.disconnect();
  await pass(1000);
  const away = await ofZone();
  expect(away.counting).toBe("unknown");
  expect(away).not.toHaveProperty("maxZones");
  expect((await whole()).isAway).toBe(true);
  expect((await refused("GET", "/v1/zones/nowhere.test/queries/figures")).code).toBe("zone-not-found");
});

test("name servers that were away leave a gap, and those that began anew count from zero", async () => {
  add({ "queries{group=s1}": 1000 });
  await passMinutes(1);
  api.roles.names.disconnect();
  await passMinutes(5);
  expect((await whole()).queries).toBe(1000);
  counted = { "zone-counters": 1000, "queries{group=s1}": 7 };
  api.roles.names.connect(api.control.hub);
  await passMinutes(1);
  add({ "queries{group=s1}": 5 });
  await passMinutes(1);
  counted = { "zone-counters": 1000, "queries{group=s1}": 2 };
  await passMinutes(1);
  const { spans } = await whole();
  // What they counted while nobody could ask is no minute's.
  expect(spans.map(({ queries }) => queries)).toEqual([1000, 5, 2]);
  expect(Date.parse(spans[1]?.at ?? "") - Date.parse(spans[0]?.at ?? "")).toBeGreaterThan(6 * minute);
});

test("answers that are none are no figures, and nothing that is told later is lost by them", async () => {
  add({ "queries{group=s1}": 3 });
  api.roles.names.counters = () => ({ "queries{group=s1}": "many" });
  await passMinutes(1);
  expect(await whole()).toMatchObject({ queries: 0, isAway: true, spans: [] });
  api.roles.names.counters = () => ({ ...counted });
  await passMinutes(1);
  expect((await whole()).queries).toBe(3);
});

test("a zone whose name would end its label is found", async () => {
  await json("POST", "/v1/zones", { name: "a\\,b.test" });
  add({ "zone-queries{zone=a\\044b.test.}": 2, "zone-queries{zone=a\\044b.test.,type=A}": 2 });
  await passMinutes(1);
  const path = encodeURIComponent("a\\,b.test");
  expect(await ofZone(path)).toMatchObject({
    counting: "own",
    queries: 2,
    types: [{ type: "A", queries: 2 }],
  });
  expect(await json("GET", `/v1/zones/${path}/queries`)).toMatchObject({ queries: 2 });
});

test("while nobody looks, they are asked once a minute", async () => {
  const asks = (): number => api.roles.names.messages.filter(({ type }) => type === "ask").length;
  const before = asks();
  await passMinutes(10);
  expect(asks() - before).toBe(10);
  for (let i = 0; i < 5; i++) await whole();
  expect(asks() - before).toBe(11);
});
