// Negative trust anchors over the API: set, refused, shown, taken back, given to the resolver, and over by themselves.

import { beforeEach, expect, test } from "vitest";
import type { NegativeAnchorList, NegativeAnchorObject, WriteAnswer } from "#contract";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, refused } = api;
const path = "/v1/negative-anchors";
beforeEach(() => api.start());

const list = async (): Promise<NegativeAnchorList["negativeAnchors"]> =>
  (await json<NegativeAnchorList>("GET", path)).negativeAnchors;
const held = (): NegativeAnchorObject[] =>
  [...api.roles.resolver.objects.values()].filter((object) => object.kind === "negative-anchor");
const set = (body: object): Promise<WriteAnswer> => json("PUT", path, body);

test("one is planned, set for a day, given to the resolver, begun anew, and taken back", async () => {
  const plan = await json<WriteAnswer>("PUT", `${path}?plan=1`, { name: "Broken.test" });
  expect(plan.plan.changes.map(({ text }) => text)).toEqual([
    expect.stringContaining(
      "negative trust anchor at broken.test: nothing at or below it is validated until",
    ),
  ]);
  expect(held()).toEqual([]);
  const first = api.time.now;
  const { change } = await set({ name: "Broken.test", reason: "its keys are gone" });
  expect(held()).toEqual([{ kind: "negative-anchor", name: "broken.test.", until: first + 86_400_000 }]);
  expect(await list()).toEqual([
    { name: "broken.test", until: new Date(first + 86_400_000).toISOString(), reason: "its keys are gone" },
  ]);
  api.time.now += 3_600_000;
  await set({ name: "broken.test.", seconds: 60 });
  expect(held()).toEqual([{ kind: "negative-anchor", name: "broken.test.", until: first + 3_660_000 }]);
  expect(await list()).toEqual([{ name: "broken.test", until: new Date(first + 3_660_000).toISOString() }]);
  const deleted = await json<WriteAnswer>("DELETE", `${path}/broken.test`);
  expect(deleted.plan.changes.map(({ text }) => text)).toEqual([
    "Delete the negative trust anchor at broken.test: it is validated again",
  ]);
  expect([held(), await list()]).toEqual([[], []]);
  await json("POST", `/v1/changes/${deleted.change?.id}/undo`, {});
  expect(held()).toHaveLength(1);
  expect((await refused("POST", `/v1/changes/${change?.id}/undo`, {})).code).toBe("undo-refused");
});

test("one that is over is shown no more, and its fact goes with the next one that is set", async () => {
  await set({ name: "a.test", seconds: 60 });
  api.time.now += 60_000;
  expect(await list()).toEqual([]);
  await set({ name: "b.test" });
  expect(held().map(({ name }) => name)).toEqual(["b.test."]);
});

test("it is there after a restart", async () => {
  await set({ name: "broken.test" });
  const before = held();
  await api.restart();
  for (const role of Object.values(api.roles)) role.connect(api.control.hub);
  expect(held()).toEqual(before);
});

test.each([
  [{ name: "." }, "input-malformed", "nothing would be validated at all"],
  [{ name: "a..test" }, "name-malformed", "a..test"],
  [{ name: "a.test", seconds: 604_801 }, "input-malformed", ""],
  [{ name: "a.test", seconds: 0 }, "input-malformed", ""],
  [{ name: "a.test", reason: "a\nb" }, "input-malformed", ""],
])("%j is refused", async (body, code, reason) => {
  const answer = await refused("PUT", path, body);
  expect(answer.code).toBe(code);
  expect(answer.message).toContain(reason);
});

test("none is deleted that is not there, and a hundred and first is not set", async () => {
  expect((await refused("DELETE", `${path}/a.test`)).code).toBe("record-not-found");
  for (let i = 0; i < 100; i++) await set({ name: `n${i}.test` });
  expect((await refused("PUT", path, { name: "more.test" })).message).toContain("there are 100 already");
  await set({ name: "n7.test", seconds: 60 });
});

test("a whole top-level domain is warned of, and a name that is not validated anyway", async () => {
  expect((await set({ name: "test" })).plan.warnings).toEqual([
    "No name under test is validated then: rather name the one that is broken",
  ]);
  expect((await set({ name: "example.org" })).plan.warnings[0]).toContain(
    "The resolver validates nothing at example.org anyway",
  );
  expect((await set({ name: "a.test" })).plan.warnings).toEqual([]);
});

test("a key that is limited to zones sets none", async () => {
  await json("POST", "/v1/domains", { name: "shop.test" });
  const { accessKey } = await json<WriteAnswer>("POST", "/v1/keys", {
    name: "limited",
    role: "operator",
    zones: ["shop.test"],
  });
  const auth = `Bearer ${accessKey?.secret ?? ""}`;
  expect((await api.callAs(auth, "PUT", path, { name: "shop.test" })).status).toBe(403);
  expect((await api.callAs(auth, "GET", path)).status).toBe(403);
});
