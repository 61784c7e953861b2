// Live figures through the API: one event a second while somebody listens, nothing otherwise, with a role away, and bounded listeners.

import type { LiveFigures, LiveHistory, WriteAnswer } from "#contract";
import { beforeEach, expect, test } from "vitest";
import { settle } from "../testing.ts";
import { trafficApi } from "./testing-traffic.ts";
import { keyHeaders, TestApi } from "./testing.ts";

const api = new TestApi();
const { call, json, refused, pass } = api;
const { createInstances, resource } = trafficApi(api);

beforeEach(api.start);

/** Somebody who listens. */
interface Reader {
  /** Events that have come since the last time. */
  readonly take: () => Promise<LiveFigures[]>;
  readonly history: LiveHistory;
  readonly leave: () => Promise<void>;
  readonly isOver: () => boolean;
}

async function listen(authorization = keyHeaders["authorization"] ?? ""): Promise<Reader> {
  const response = await api.callAs(authorization, "GET", "/v1/live");
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const reader = response.body!.getReader();
  let text = "";
  let isOver = false;
  const follow = async (): Promise<void> => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      text += new TextDecoder().decode(value);
    }
    isOver = true;
  };
  void follow();
  await settle();
  const events = (): { type: string; data: unknown }[] => {
    const found = text
      .split("\n\n")
      .filter((part) => part !== "")
      .map((part) => {
        const [, type = "", data = ""] = /^event: (\w+)\ndata: (.*)$/.exec(part) ?? [];
        return { type, data: JSON.parse(data) as unknown };
      });
    text = "";
    return found;
  };
  const [first] = events();
  expect(first?.type).toBe("history");
  return {
    history: first?.data as LiveHistory,
    take: async () => {
      await settle();
      return events().map(({ type, data }) => {
        expect(type).toBe("live");
        return data as LiveFigures;
      });
    },
    leave: () => reader.cancel(),
    isOver: () => isOver,
  };
}

/** Questions that a role had. */
const asksOf = (role: "names" | "edge" | "resolver"): number =>
  api.roles[role].messages.filter(({ type }) => type === "ask").length;

test("once a second, rates of what each role counted since the second before", async () => {
  await createInstances("web");
  const id = resource("web")?.id;
  let second = 0;
  api.roles.names.counters = () => ({
    "queries{group=root}": second * 3,
    "queries{group=root,transport=udp}": second * 3,
    "queries{group=s1}": second * 100,
    "answers{group=s1,rcode=SERVFAIL}": second,
  });
  api.roles.resolver.counters = () => ({ "client-queries": 7, "cache-hits": 5 });
  api.roles.edge.counters = () => ({
    requests: second * 10,
    "responses{status=5xx}": second * 2,
    "cache-hits": second * 4,
    "cache-misses{reason=stale}": second,
    "cache-misses{reason=bypass}": second,
    "connections-open": 12,
  });
  api.roles.edge.live = () => ({
    at: second * 1000,
    resources: [
      { id, life: 1, counts: [second * 10, second * 2, 0, 0, second * 5000] },
      { id: "nobody knows it", life: 2, counts: [second, 0, 0, 0, 0] },
    ],
  });
  const reader = await listen();
  expect(reader.history).toEqual({ figures: [] });
  expect(await reader.take()).toEqual([]);
  second = 1;
  await pass(1000);
  const [figures, ...more] = await reader.take();
  expect(more).toEqual([]);
  expect(figures).toEqual({
    at: expect.any(String) as string,
    picture: expect.stringMatching(/^\d+\.\d+$/) as string,
    away: [],
    queries: [
      { group: "root", queries: { perSecond: 3, total: 3 }, errors: { perSecond: 0, total: 0 } },
      { group: "s1", queries: { perSecond: 100, total: 100 }, errors: { perSecond: 1, total: 1 } },
    ],
    resolver: {
      queries: { perSecond: 0, total: 7 },
      cacheHits: { perSecond: 0, total: 5 },
      errors: { perSecond: 0, total: 0 },
    },
    edge: {
      requests: { perSecond: 10, total: 10 },
      errors: { perSecond: 2, total: 2 },
      cacheHits: { perSecond: 4, total: 4 },
      cacheMisses: { perSecond: 2, total: 2 },
      octets: { perSecond: 0, total: 0 },
      connections: 12,
    },
    resources: [
      {
        name: "web",
        type: "Instance",
        requests: { perSecond: 10, total: 10 },
        errors: { perSecond: 2, total: 2 },
        cacheHits: { perSecond: 0, total: 0 },
        cacheMisses: { perSecond: 0, total: 0 },
        octets: { perSecond: 5000, total: 5000 },
      },
    ],
  });
});

test("the last minute is kept while somebody listens, and nothing is asked of anybody otherwise", async () => {
  const before = asksOf("edge");
  await pass(5000);
  expect(asksOf("edge")).toBe(before);
  const first = await listen();
  await pass(90_000);
  expect((await first.take()).length).toBe(90);
  const second = await listen();
  expect(second.history.figures.length).toBe(60);
  await first.leave();
  await pass(3000);
  expect((await second.take()).length).toBe(3);
  await second.leave();
  const asked = asksOf("edge");
  await pass(10_000);
  expect(asksOf("edge")).toBe(asked);
  const third = await listen();
  expect(third.history).toEqual({ figures: [] });
  await third.leave();
});

test("a role that is away is unknown, and its rates begin anew when it is back", async () => {
  api.roles.names.counters = () => ({ "queries{group=root}": 1000 });
  const reader = await listen();
  await pass(1000);
  expect((await reader.take())[0]).toMatchObject({ away: [], queries: [{ queries: { perSecond: 0 } }] });
  api.roles.names.disconnect();
  await pass(1000);
  const [gone] = await reader.take();
  expect(gone?.away).toEqual(["names"]);
  expect(gone).not.toHaveProperty("queries");
  expect(gone).toHaveProperty("edge");
  api.roles.names.counters = () => ({ "queries{group=root}": 2 });
  api.roles.names.connect(api.control.hub);
  await pass(1000);
  const [back] = await reader.take();
  expect(back?.away).toEqual([]);
  expect(back).not.toHaveProperty("queries");
  expect(back?.picture).not.toBe(gone?.picture);
  await pass(1000);
  expect((await reader.take())[0]).toMatchObject({ queries: [{ queries: { perSecond: 0, total: 2 } }] });
});

test("what no role ever says is as good as nothing said", async () => {
  api.roles.names.counters = () => ({ "queries{group=root}": "many" });
  api.roles.edge.live = () => ({ at: 0, resources: [{ id: 5 }] });
  const reader = await listen();
  await pass(2000);
  const [, figures] = await reader.take();
  expect(figures?.away).toEqual(["names"]);
  expect(figures).not.toHaveProperty("resources");
});

test("one key has so many streams at once, and a reader that does not read is let go", async () => {
  const readers: Reader[] = [];
  for (let i = 0; i < 16; i++) readers.push(await listen());
  expect(await refused("GET", "/v1/live")).toMatchObject({ status: 429, code: "too-many-listeners" });
  await readers[0]?.leave();
  const asleep = await call("GET", "/v1/live");
  expect(asleep.status).toBe(200);
  await pass(40_000);
  // Its place is free again, though it never said that it went.
  await (await listen()).leave();
  for (const reader of readers) await reader.leave();
  const response = await call("GET", "/v1/live");
  await response.body?.cancel();
});

test("a key that is limited to zones hears nothing, and who has lost the key is told no more", async () => {
  await json("POST", "/v1/domains", { name: "shop.test" });
  let lastId = "";
  const create = async (name: string, limits: object): Promise<string> => {
    const { accessKey } = await json<WriteAnswer>("POST", "/v1/keys", { name, ...limits });
    lastId = accessKey?.id ?? "";
    return `Bearer ${accessKey?.secret}`;
  };
  const limited = await create("limited", { zones: ["shop.test"] });
  expect((await api.callAs(limited, "GET", "/v1/live")).status).toBe(403);
  const watcher = await listen(await create("watcher", { role: "viewer" }));
  await pass(3000);
  expect((await watcher.take()).length).toBe(3);
  await json("DELETE", `/v1/keys/${lastId}`);
  await pass(2000);
  expect(await watcher.take()).toEqual([]);
  expect(watcher.isOver()).toBe(true);
});
