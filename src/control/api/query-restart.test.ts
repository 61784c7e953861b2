// The last hour of queries over a restart of control: what was kept is there again, what was counted meanwhile is in it, and a row that is torn,
// another version's, old or of times to come is as good as none.

import { beforeEach, expect, test } from "vitest";
import type { NameServerFigures } from "#contract";
import { settle, testConfig } from "../testing.ts";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, pass } = api;
const minute = 60_000;
const config = { ...testConfig, collectsMetrics: true };
let counted: Record<string, number>;

beforeEach(async () => {
  await api.startWith(config);
  await json("POST", "/v1/domains", { name: "shop.test" });
  counted = {};
  api.roles.names.counters = () => ({ "zone-counters": 1000, ...counted });
  // To when the first minute was collected, in which nothing was asked.
  await pass(minute + 40);
});

function add(queries: number): void {
  for (const name of ["queries{group=s1}", "queries{group=s1,type=A}", "zone-queries{zone=shop.test.}"])
    counted[name] = (counted[name] ?? 0) + queries;
}

/** Control ends, some time goes by, and another one starts. */
async function restart(awayMs = 0, begin: () => void = () => {}): Promise<void> {
  await api.control.close();
  api.roles.names.disconnect();
  api.time.forget();
  api.time.now += awayMs;
  begin();
  await api.restart(config);
  api.roles.names.connect(api.control.hub);
  await settle();
}

const whole = (): Promise<NameServerFigures> => json("GET", "/v1/queries/figures");
async function counts(): Promise<number[]> {
  return (await whole()).spans.map(({ queries }) => queries).filter((queries) => queries > 0);
}

test("the hour is as it was, of all servers and of a zone", async () => {
  for (const queries of [3, 5, 7]) {
    add(queries);
    await pass(minute);
  }
  const [before, zone] = [await whole(), await json("GET", "/v1/zones/shop.test/queries/figures")];
  expect(await counts()).toEqual([3, 5, 7]);
  await restart();
  expect(await whole()).toEqual(before);
  expect(await json("GET", "/v1/zones/shop.test/queries/figures")).toEqual(zone);
});

test("what was counted while control was away is told, with the time that it was in", async () => {
  add(3);
  await pass(minute);
  await pass(30_000);
  await restart(50_000, () => add(20));
  await pass(minute);
  const { spans, seconds } = await whole();
  expect(spans.map((span) => span.queries)).toEqual([0, 3, 20, 0, 0]);
  expect(spans.reduce((sum, span) => sum + span.seconds, 0)).toBe(seconds);
  expect(spans[2]?.seconds).toBe(80);
  // Nothing is told twice, and no time is missing between two spans.
  for (const [i, span] of spans.slice(1).entries())
    expect(Date.parse(span.at)).toBe(Date.parse(spans[i]?.at ?? "") + (spans[i]?.seconds ?? 0) * 1000);
});

test("away for longer, control leaves a gap; name servers that began anew meanwhile count from zero", async () => {
  add(3);
  await pass(minute);
  await restart(10 * minute, () => add(1000));
  add(5);
  await pass(minute);
  expect(await counts()).toEqual([3, 5]);
  await restart(1000, () => (counted = { "queries{group=s1}": 2, "queries{group=s1,type=A}": 2 }));
  await pass(minute);
  expect(await counts()).toEqual([3, 5, 2]);
});

test("an hour later nothing of it is told, and nothing of it lies in the store", async () => {
  add(3);
  await pass(minute);
  await restart(70 * minute);
  await pass(minute);
  expect(await counts()).toEqual([]);
  expect((await api.store.queries.next(0))?.at).toBeGreaterThan(api.time.now - 2 * minute);
});

test("a control that starts again and again keeps a row a minute, and all that was counted", async () => {
  for (let i = 0; i < 12; i++) {
    add(1);
    await restart(20_000);
  }
  await pass(minute);
  let rows = 0;
  for (let row = await api.store.queries.next(0); row; row = await api.store.queries.next(row.at)) rows++;
  expect(rows).toBeLessThanOrEqual(7);
  expect((await whole()).queries).toBe(12);
});

test.each([
  ["torn", (told: string) => told.slice(0, -5)],
  ["no object", () => "[]"],
  ["another version's", (told: string) => told.replace('"version":1', '"version":2')],
  ["no numbers", (told: string) => told.replace(/:\d+\}\}$/, ':"many"}}')],
  ["endless", (told: string) => `${told}${" ".repeat(1_000_000)}`],
])("a row that is %s is left out, and its time is in the next one's", async (_name, damage) => {
  add(3);
  await pass(minute);
  const row = await api.store.queries.next(api.time.now - 1000);
  if (!row) throw new Error("no row was written");
  const damaged = damage(row.told);
  expect(damaged).not.toBe(row.told);
  await api.store.queries.put({ ...row, told: damaged }, 0);
  await restart(1000, () => add(4));
  await pass(minute);
  expect(await counts()).toEqual([7]);
});

test("rows of times to come, which a clock left that was put back, are not read and go", async () => {
  add(3);
  await pass(minute);
  await restart(0, () => (api.time.ahead = -30 * minute));
  expect(await counts()).toEqual([]);
  add(4);
  await pass(minute);
  expect(await counts()).toEqual([4]);
  expect((await api.store.queries.next(api.time.clock.wall()))?.at).toBeUndefined();
});

test("of more zones than a row holds, what all servers counted is kept alone", async () => {
  add(3);
  for (let i = 0; i < 5000; i++) counted[`zone-queries{zone=${"a-long-name.".repeat(16)}${i}.test.}`] = 1;
  await pass(minute);
  expect((await api.store.queries.next(api.time.now - 1000))?.told.length).toBeLessThan(1000);
  await restart();
  expect(await counts()).toEqual([3]);
});

test("a store that refuses is said once, and figures go on in memory", async () => {
  const { queries } = api.store;
  const put = queries.put.bind(queries);
  queries.put = () => Promise.reject(new Error("full"));
  add(3);
  await pass(3 * minute);
  expect(await counts()).toEqual([3]);
  queries.put = put;
  const next = queries.next.bind(queries);
  queries.next = () => Promise.reject(new Error("unreadable"));
  await restart();
  queries.next = next;
  add(4);
  await pass(minute);
  expect(await counts()).toEqual([4]);
});
