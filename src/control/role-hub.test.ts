import type { RoleObject } from "#contract";
import { beforeEach, expect, test } from "vitest";
import { RoleHub } from "./role-hub.ts";
import { inSlices } from "./slices.ts";
import { FakeRole, ManualTime, testHost } from "./testing.ts";

const hosts = (...names: string[]): RoleObject[] =>
  names.map((host) => ({ kind: "host", host, resourceId: `r-${host}` }));
const zone: RoleObject = { kind: "zone", apex: "shop.test.", groups: ["s1"] };

let time: ManualTime;
let hub: RoleHub;
let edge: FakeRole;
beforeEach(() => {
  time = new ManualTime();
  const { timers, log } = testHost(time);
  hub = new RoleHub(timers, log);
  hub.publish(5, hosts("a", "b"), []);
  hub.begin(5);
  edge = new FakeRole("edge");
});

test("hello of a role that holds nothing is answered with a snapshot", () => {
  edge.connect(hub);
  expect(edge.messages).toMatchObject([{ type: "snapshot", version: 1, revision: 5 }]);
  expect([...edge.objects.keys()]).toEqual(["host/a", "host/b"]);
  expect(hub.serves("edge", 5)).toBe(true);
});

test("hello of a role that holds the same is answered with an empty delta", () => {
  edge.connect(hub);
  edge.disconnect();
  edge.revision = 3; // its number does not matter, what it holds does
  edge.connect(hub);
  expect(edge.messages.at(-1)).toMatchObject({ type: "delta", base: 3, revision: 5, put: [], remove: [] });
  expect(hub.serves("edge", 5)).toBe(true);
});

test("hello of a role that was away gets one delta of what it missed", () => {
  edge.connect(hub);
  edge.disconnect();
  hub.publish(6, hosts("c"), []);
  hub.publish(7, hosts("d"), hosts("a", "c"));
  edge.connect(hub);
  expect(edge.messages.at(-1)).toMatchObject({
    type: "delta",
    base: 5,
    revision: 7,
    put: [{ host: "d" }],
    remove: ["host/c", "host/a"],
  });
  expect([...edge.objects.keys()]).toEqual(["host/b", "host/d"]);
});

test("hello of a role that holds something else gets a snapshot", () => {
  edge.connect(hub);
  edge.disconnect();
  edge.objects.clear();
  edge.connect(hub);
  expect(edge.messages.at(-1)).toMatchObject({ type: "snapshot", revision: 5 });
});

test("publish() sends deltas to the roles that they bear on, and to no other", () => {
  const names = new FakeRole("names");
  edge.connect(hub);
  names.connect(hub);
  hub.publish(6, [zone], []);
  expect(names.messages.at(-1)).toMatchObject({ type: "delta", base: 5, revision: 6, put: [zone] });
  expect(edge.messages).toHaveLength(1);
  expect([hub.serves("names", 6), hub.serves("edge", 6)]).toEqual([true, true]);
});

test("serves() waits for the acknowledgement", () => {
  edge.acknowledges = false;
  edge.connect(hub);
  hub.publish(6, hosts("c"), []);
  expect(hub.serves("edge", 6)).toBe(false);
  edge.send({ type: "ack", revision: 5, digest: "" });
  expect(hub.serves("edge", 6)).toBe(false);
  edge.send({ type: "ack", revision: 6, digest: edge.digest() });
  expect(hub.serves("edge", 6)).toBe(true);
});

test("a role that refuses deltas gets one snapshot, whatever was in flight", () => {
  edge.connect(hub);
  edge.acknowledges = false;
  hub.publish(6, hosts("c"), []);
  hub.publish(7, hosts("d"), []);
  edge.acknowledges = true;
  edge.send({ type: "nack", revision: 6, reason: "a fault" });
  edge.send({ type: "nack", revision: 7, reason: "it builds on another revision" });
  expect(edge.messages.map(({ type }) => type)).toEqual(["snapshot", "delta", "delta", "snapshot"]);
});

test("a role that refuses its snapshot for ever is given it at growing pauses, whatever changes meanwhile", () => {
  edge.refusal = "out of memory";
  edge.connect(hub);
  expect(edge.messages).toHaveLength(1);
  expect(hub.problem("edge")).toBe("out of memory");
  for (let revision = 6; revision < 1006; revision++) hub.publish(revision, hosts(`h${revision}`), []);
  expect(edge.messages).toHaveLength(1);
  time.advance(63_750);
  expect(edge.messages).toHaveLength(9);
  time.advance(600_000);
  expect(edge.messages).toHaveLength(19);
  edge.refusal = undefined;
  time.advance(60_000);
  expect(edge.messages.at(-1)).toMatchObject({ type: "snapshot", revision: 1005 });
  expect([hub.problem("edge"), hub.serves("edge", 1005)]).toEqual([undefined, true]);
  hub.publish(1006, hosts("z"), []);
  expect(edge.messages.at(-1)).toMatchObject({ type: "delta", base: 1005 });
});

test("a role that leaves while a snapshot is put off is not sent one afterwards", () => {
  edge.refusal = "out of memory";
  edge.connect(hub);
  edge.disconnect();
  time.advance(600_000);
  expect(edge.messages).toHaveLength(1);
});

/** 20,000 RRsets with some 8 MB of data. */
const large: RoleObject[] = Array.from({ length: 20_000 }, (_, i) => ({
  kind: "rrset",
  apex: "shop.test.",
  owner: `h${i}.shop.test.`,
  type: 16,
  ttl: 60,
  rdata: ["A".repeat(400)],
}));

test("a snapshot, a delta and a removal that are too large for one message go in parts, and are one change", () => {
  const sizes = (messages: readonly unknown[]): boolean[] =>
    messages.map((message) => JSON.stringify(message).length < 8 << 20);
  hub.publish(6, large, []);
  const names = new FakeRole("names");
  names.connect(hub);
  expect(names.messages.map(({ type }) => type)).toEqual(["part", "part", "snapshot"]);
  expect(names.objects.size).toBe(20_000);
  hub.publish(7, [zone], large);
  expect(names.messages.slice(3).map(({ type }) => type)).toEqual(["delta"]);
  expect([...names.objects.keys()]).toEqual(["zone/shop.test."]);
  hub.publish(8, large, [zone]);
  expect(names.messages.slice(4).map(({ type }) => type)).toEqual(["part", "part", "delta"]);
  expect(names.objects.size).toBe(20_000);
  expect(hub.serves("names", 8)).toBe(true);
  expect(sizes(names.messages)).not.toContain(false);
});

test("a role that holds a later revision than there is takes a snapshot of the earlier, and is told of", () => {
  const ahead: unknown[] = [];
  hub.listen({ ahead: (...what) => ahead.push(what) });
  edge.connect(hub);
  hub.publish(9, hosts("c"), []);
  edge.disconnect();
  const { timers, log } = testHost(time);
  const restored = new RoleHub(timers, log);
  restored.listen({ ahead: (...what) => ahead.push(what) });
  restored.publish(5, hosts("a", "b"), []);
  restored.begin(5);
  edge.connect(restored);
  expect(edge.messages.at(-1)).toMatchObject({ type: "snapshot", revision: 5 });
  expect([...edge.objects.keys()]).toEqual(["host/a", "host/b"]);
  expect(restored.serves("edge", 5)).toBe(true);
  expect(ahead).toEqual([["edge", 9]]);
});

test("a problem is over once the role holds its state", () => {
  edge.refusal = "out of memory";
  edge.connect(hub);
  edge.disconnect();
  expect(hub.problem("edge")).toBe("out of memory");
  new FakeRole("edge").connect(hub);
  expect([hub.problem("edge"), hub.serves("edge", 5)]).toEqual([undefined, true]);
});

test("a role that acknowledges with another digest gets a snapshot", () => {
  edge.connect(hub);
  edge.send({ type: "ack", revision: 5, digest: "0000000000000000" });
  expect(edge.messages.at(-1)).toMatchObject({ type: "snapshot", revision: 5 });
});

test.each([
  [[1], 1],
  [[2], 2],
  [[1, 2, 3], 2],
])("a hub of version 2 speaks with a role of versions %j in version %j", (versions, version) => {
  const { timers, log } = testHost(time);
  const newer = new RoleHub(timers, log, 2);
  edge.connect(newer, versions);
  expect(edge.messages).toMatchObject([{ type: "snapshot", version }]);
});

test.each([
  [
    "a version that is not known",
    { type: "hello", role: "edge", pid: 1, protocolVersions: [9], lastRevision: 0, digest: "" },
  ],
  [
    "the role control",
    { type: "hello", role: "control", pid: 1, protocolVersions: [1], lastRevision: 0, digest: "" },
  ],
  ["no message", { type: "hullo" }],
  ["nothing", null],
])("a connection that sends %s is closed", (_, message) => {
  let isClosed = false;
  const link = hub.connect({ send: () => {}, close: () => (isClosed = true) });
  link.receive(message);
  expect(isClosed).toBe(true);
  expect(hub.roles().every(({ isConnected }) => !isConnected)).toBe(true);
});

test("a second process of a role takes the place of the first", () => {
  edge.connect(hub);
  const successor = new FakeRole("edge");
  successor.connect(hub);
  expect(edge.isClosed).toBe(true);
  edge.disconnect();
  hub.publish(6, hosts("c"), []);
  expect(successor.objects.size).toBe(3);
});

test("ask() gives the answer, or role-unreachable where there is none", async () => {
  await expect(hub.ask("edge", { ask: "counters" }, 100)).rejects.toMatchObject({ code: "role-unreachable" });
  edge.connect(hub);
  expect(await hub.ask("edge", { ask: "counters" }, 100)).toEqual({ queries: 7 });
  const silent = hub.connect({ send: () => {}, close: () => {} });
  silent.receive({
    type: "hello",
    role: "runtime",
    pid: 2,
    protocolVersions: [1],
    lastRevision: 0,
    digest: "",
  });
  const late = hub.ask("runtime", { ask: "counters" }, 100);
  time.advance(100);
  await expect(late).rejects.toMatchObject({
    code: "role-unreachable",
    message: 'Cannot ask role "runtime": it did not answer within 100 ms',
  });
  const left = hub.ask("runtime", { ask: "counters" }, 100);
  silent.closed();
  await expect(left).rejects.toMatchObject({ code: "role-unreachable" });
});

test("what was prepared in pieces is what publishing at once makes of it, whatever else is published beside it meanwhile", async () => {
  const clock = { monotonic: () => 0 };
  edge.connect(hub);
  const changed = hosts("a").map((object) => ({ ...object, resourceId: "r-2" }) as RoleObject);
  const put = [...changed, ...hosts("c")];
  const gone = hosts("b", "c", "never");
  const work = hub.preparing(put, gone);
  hub.publishBeside(hosts("beside"), []);
  const step = work.next();
  if (step.done !== true) throw new Error("it is no long work");
  hub.publish(6, put, gone, step.value);
  expect(edge.messages.at(-1)).toMatchObject({ type: "delta", revision: 6 });
  expect(new Map(hub.objects("edge"))).toEqual(edge.objects);
  expect(hub.serves("edge", 6)).toBe(true);
  // Of a key that is put twice the last one counts: that is for publishing to find out.
  const twice = hosts("x", "x");
  const prepared = await inSlices(clock, hub.preparing(twice, []));
  expect(prepared).toBeUndefined();
  hub.publish(7, twice, [], prepared);
  expect([hub.serves("edge", 7), edge.objects.has("host/x")]).toEqual([true, true]);
});
