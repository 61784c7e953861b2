// Who looks whether names validate again that negative trust anchors are for (RFC 7646 section 2): every five minutes, past the anchors; two good looks
// in a row take one away, as a change of an actor of its own that can be undone.

import { beforeEach, expect, test } from "vitest";
import type { Change, NegativeAnchorList, NegativeAnchorObject, WriteAnswer } from "#contract";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, pass } = api;
const path = "/v1/negative-anchors";
const pause = 300_000;
/** What the resolver finds of a name; nothing of others than these. */
let found: Record<string, unknown>;
let looks: string[];

beforeEach(async () => {
  await api.start();
  found = {};
  looks = [];
  api.roles.resolver.validates = (name) => {
    looks.push(name);
    return found[name] ?? broken;
  };
});

const broken = { isValid: false, text: "a signature has run out" };
const mended = { isValid: true, text: "it validates" };
const set = (body: object): Promise<WriteAnswer> => json("PUT", path, body);
const list = async (): Promise<NegativeAnchorList["negativeAnchors"]> =>
  (await json<NegativeAnchorList>("GET", path)).negativeAnchors;
const held = (): string[] =>
  [...api.roles.resolver.objects.values()]
    .filter((object): object is NegativeAnchorObject => object.kind === "negative-anchor")
    .map(({ name }) => name);
const history = async (): Promise<Change[]> =>
  (await json<{ changes: Change[] }>("GET", "/v1/changes")).changes;

test("while nothing is set nobody looks, and what is found broken stays and is shown", async () => {
  await pass(3 * pause);
  expect(looks).toEqual([]);
  await set({ name: "broken.test" });
  expect((await list())[0]).not.toHaveProperty("lastLook");
  await pass(pause);
  expect((await list())[0]?.lastLook).toEqual({ at: new Date(api.time.now).toISOString(), ...broken });
  await pass(10 * pause);
  expect(looks).toHaveLength(11);
  expect(held()).toEqual(["broken.test."]);
});

test("two good looks in a row take it away, told as a change of its own, which can be undone", async () => {
  await set({ name: "broken.test", reason: "its keys are gone" });
  found["broken.test."] = mended;
  await pass(pause);
  expect(held()).toEqual(["broken.test."]);
  expect((await list())[0]?.lastLook).toMatchObject(mended);
  await pass(pause);
  expect([held(), await list()]).toEqual([[], []]);
  const [change] = await history();
  expect(change).toMatchObject({
    actor: "platform:validation",
    title: "Delete the negative trust anchor at broken.test: it validates",
  });
  await json("POST", `/v1/changes/${change?.id}/undo`, {});
  expect((await list())[0]).toMatchObject({ name: "broken.test", reason: "its keys are gone" });
  found = {};
  await pass(2 * pause);
  expect(held()).toEqual(["broken.test."]);
});

test("one good look between bad ones says nothing, and one of an anchor that was set anew counts from none", async () => {
  await set({ name: "broken.test" });
  for (let i = 0; i < 4; i++) {
    found["broken.test."] = i % 2 === 0 ? mended : broken;
    await pass(pause);
  }
  expect(held()).toEqual(["broken.test."]);
  found["broken.test."] = mended;
  await pass(pause);
  await set({ name: "broken.test", seconds: 7200 });
  expect((await list())[0]).not.toHaveProperty("lastLook");
  await pass(pause);
  expect(held()).toEqual(["broken.test."]);
  await pass(pause);
  expect(held()).toEqual([]);
});

test("one that is forced is not looked past, and lasts for its time", async () => {
  const { plan } = await set({ name: "broken.test", seconds: 3600, force: true });
  expect(plan.changes[0]?.text).toContain("whatever is found there");
  found["broken.test."] = mended;
  await pass(3_599_000);
  expect([looks, held()]).toEqual([[], ["broken.test."]]);
  expect((await list())[0]).toMatchObject({ isForced: true });
  await pass(1000);
  expect(await list()).toEqual([]);
});

test("the lifetime stays the bound, and after it nobody looks", async () => {
  await set({ name: "broken.test", seconds: 700 });
  await pass(700_000);
  expect(looks).toHaveLength(2);
  expect(await list()).toEqual([]);
  await pass(10 * pause);
  expect(looks).toHaveLength(2);
});

test.each([[null], [{}], [{ isValid: "yes", text: "" }], [{ isValid: true }]])(
  "an answer such as %j is none",
  async (answer) => {
    await set({ name: "broken.test" });
    found["broken.test."] = answer;
    api.roles.resolver.validates = () => answer;
    await pass(3 * pause);
    expect(held()).toEqual(["broken.test."]);
    expect((await list())[0]).not.toHaveProperty("lastLook");
  },
);

test("a hundred whose servers never answer are looked at ten at a time, within the pause", async () => {
  for (let i = 0; i < 100; i++) await set({ name: `n${i}.test` });
  let underWay = 0;
  let most = 0;
  api.roles.resolver.validates = (name) => {
    looks.push(name);
    most = Math.max(most, ++underWay);
    // Three questions of eight seconds each.
    return new Promise((resolve) => {
      api.time.timers.after(24_000, () => {
        underWay--;
        resolve(name === "n99.test." ? mended : broken);
      });
    });
  };
  await pass(pause);
  expect([looks.length, most]).toEqual([10, 10]);
  // One is set anew while it is looked at: it was not looked past.
  await set({ name: "n0.test", seconds: 7200 });
  for (let i = 0; i < 10; i++) await pass(24_000);
  expect([looks.length, most, underWay]).toEqual([100, 10, 0]);
  const shown = await list();
  expect(shown.filter(({ lastLook }) => lastLook).length).toBe(99);
  expect(shown.find(({ name }) => name.startsWith("n0."))).not.toHaveProperty("lastLook");
});

test("a resolver that is away is looked for again; a control that starts anew looks anew", async () => {
  await set({ name: "a.test" });
  await set({ name: "b.test" });
  found["a.test."] = mended;
  api.roles.resolver.disconnect();
  await pass(2 * pause);
  expect(looks).toEqual([]);
  api.roles.resolver.connect(api.control.hub);
  await pass(pause);
  expect(looks).toEqual(["a.test.", "b.test."]);
  await api.control.close();
  api.time.forget();
  await api.restart();
  for (const role of Object.values(api.roles)) role.connect(api.control.hub);
  await pass(pause);
  expect(held()).toEqual(["a.test.", "b.test."]);
  await pass(pause);
  expect(held()).toEqual(["b.test."]);
  expect((await list())[0]?.lastLook).toMatchObject(broken);
});
