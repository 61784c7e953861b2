// The order in which a change reaches DNS, seen through name servers: zone first, then delegation; removal in reverse; and what an
// operation says while it waits.

import type { Operation, Plan, WriteAnswer } from "#contract";
import { createMemoryStore, type Entry, type LogEntry } from "#store";
import { beforeEach, expect, test } from "vitest";
import { controlSchema } from "../facts.ts";
import { dataRoles } from "../data-roles.ts";
import { FakeRole, settle } from "../testing.ts";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, lines } = api;
beforeEach(api.start);

const register = async (name: string): Promise<string> =>
  (await json<WriteAnswer>("POST", "/v1/domains", { name })).operation?.id ?? "";
const operation = (id: string | undefined): Promise<Operation> => json("GET", `/v1/operations/${id}`);
const steps = async (id: string | undefined): Promise<string[]> =>
  (await operation(id)).steps.map(({ title, status }) => `${status} ${title}`);
const isDelegated = (name: string): boolean => lines("test.", `${name}.`).length > 0;
const hasZone = (name: string): boolean => api.roles.names.objects.has(`zone/${name}.`);

async function pass(milliseconds: number): Promise<void> {
  for (let i = 0; i < milliseconds; i += 100) {
    api.time.advance(100);
    await settle();
  }
}

/** Starts control anew on the same store; roles come back to it. */
async function restart(): Promise<void> {
  api.control.hub.close(); // as in a crash: nothing is written at the end
  await api.restart();
  for (const role of dataRoles) api.roles[role].connect(api.control.hub);
  await settle();
}

test("the delegation is published only after all four name servers have answered for the zone", async () => {
  const order: string[] = [];
  api.authority.onAsk = () => order.push(`${hasZone("shop.test")} ${isDelegated("shop.test")}`);
  const id = await register("shop.test");
  const { serial } = await json<{ serial: number }>("GET", "/v1/zones/shop.test");
  // Four times the zone, and then the delegation at both servers of the TLD.
  expect(order).toEqual([...Array(4).fill("true false"), ...Array(2).fill("true true")]);
  expect(api.authority.asked.slice(-6)).toEqual([
    ...[1, 2, 3, 4].map((i) => `127.53.2.${i} shop.test. 6`),
    ...[1, 2].map((i) => `127.53.1.${i} shop.test. 2`),
  ]);
  expect(await operation(id)).toMatchObject({
    status: "Succeeded",
    steps: [
      { title: expect.stringMatching(/^Recorded as revision \d+$/), status: "Succeeded" },
      {
        title: `Zone shop.test answers with serial ${serial} on all 4 name servers`,
        status: "Succeeded",
        detail: [1, 2, 3, 4].map((i) => `ns${i}.s1.nic.test: serial ${serial}`).join("; "),
      },
      {
        title: "Zone test delegates shop.test on all its name servers",
        status: "Succeeded",
        detail: expect.stringMatching(
          /^a\.nic\.test: delegation to ns1\.s1\.nic\.test\., .*; b\.nic\.test: /,
        ),
      },
    ],
  });
});

test("one name server that does not answer keeps the delegation back, is named, and is asked at most twice a minute in the end", async () => {
  api.authority.silent.add("127.53.2.3");
  const id = await register("shop.test");
  await pass(60_000);
  expect(isDelegated("shop.test")).toBe(false);
  expect(await operation(id)).toMatchObject({
    status: "Started",
    isTerminal: false,
    operationDetails: expect.stringMatching(/waiting for ns3\.s1\.nic\.test: no answer$/),
  });
  const before = api.authority.asked.length;
  await pass(60_000);
  expect(api.authority.asked.length - before).toBeLessThanOrEqual(4 * 2);
  api.authority.silent.clear();
  await pass(30_000);
  expect(isDelegated("shop.test")).toBe(true);
  expect(await operation(id)).toMatchObject({ status: "Succeeded" });
});

test("a zone is taken off its name servers only after no server of the TLD delegates it", async () => {
  await register("shop.test");
  api.authority.silent.add("127.53.1.2");
  const { operation: begun, plan } = await json<WriteAnswer>("DELETE", "/v1/domains/shop.test");
  expect(plan.records.map(({ zone }) => zone).sort()).toEqual(["shop.test", "test"]);
  await pass(1000);
  expect([isDelegated("shop.test"), hasZone("shop.test")]).toEqual([false, true]);
  expect(lines("shop.test.", "shop.test.")).toHaveLength(5);
  expect(await steps(begun?.id)).toEqual([
    expect.stringMatching(/^Succeeded Recorded/),
    "Started Zone test no longer delegates shop.test on any of its name servers",
    "Started Zone shop.test is off its name servers",
  ]);
  api.authority.silent.clear();
  await pass(10_000);
  expect(hasZone("shop.test")).toBe(false);
  expect(lines("shop.test.", "shop.test.")).toEqual([]);
  expect(await operation(begun?.id)).toMatchObject({ status: "Succeeded" });
});

test("a name that is registered again while its old zone is still served gets the new zone alone", async () => {
  await register("shop.test");
  await json("PUT", "/v1/zones/shop.test/rrsets", { name: "old", type: "A", records: ["192.0.2.1"] });
  api.authority.silent.add("127.53.1.1");
  const { operation: ended } = await json<WriteAnswer>("DELETE", "/v1/domains/shop.test");
  expect(lines("shop.test.", "old.shop.test.")).toHaveLength(1);
  const id = await register("shop.test");
  expect(lines("shop.test.", "old.shop.test.")).toEqual([]);
  api.authority.silent.clear();
  await pass(30_000);
  expect(isDelegated("shop.test")).toBe(true);
  expect(await operation(id)).toMatchObject({ status: "Succeeded" });
  expect(await operation(ended?.id)).toMatchObject({
    status: "Succeeded",
    steps: [{}, { detail: "a later change has taken its place" }, {}],
  });
});

test("every change of records is asked for by its serial", async () => {
  await register("shop.test");
  const { operation: begun } = await json<WriteAnswer>("PUT", "/v1/zones/shop.test/rrsets", {
    name: "www",
    type: "A",
    records: ["192.0.2.1"],
  });
  const { serial } = await json<{ serial: number }>("GET", "/v1/zones/shop.test");
  expect(await steps(begun?.id)).toEqual([
    expect.stringMatching(/^Succeeded Recorded/),
    `Succeeded Zone shop.test answers with serial ${serial} on all 4 name servers`,
  ]);
});

test("while the names role is away an operation says so for as long as it takes, and ends by itself afterwards", async () => {
  api.roles.names.disconnect();
  const id = await register("shop.test");
  await pass(120_000);
  const waiting = await operation(id);
  expect(waiting).toMatchObject({ status: "Started", isTerminal: false });
  expect(waiting).not.toHaveProperty("errorCode");
  expect(waiting.operationDetails).toMatch(/waiting for the names role, which is away/);
  api.roles.names.connect(api.control.hub);
  await settle();
  expect(await operation(id)).toMatchObject({ status: "Succeeded" });
  expect(isDelegated("shop.test")).toBe(true);
});

test("a control that starts anew holds back what was held back, and finishes it", async () => {
  api.authority.silent.add("127.53.2.1");
  const id = await register("shop.test");
  await restart();
  expect([hasZone("shop.test"), isDelegated("shop.test")]).toEqual([true, false]);
  expect(await operation(id)).toMatchObject({ status: "Started" });
  api.authority.silent.clear();
  await pass(1000);
  expect(isDelegated("shop.test")).toBe(true);
  expect(await operation(id)).toMatchObject({ status: "Succeeded" });
});

test("a role that refuses fails the operation with its reason; the change stands", async () => {
  api.roles.edge.refusal = "out of memory";
  const { operation: begun } = await json<WriteAnswer>("POST", "/v1/instances", {
    name: "web",
    run: { kind: "address", address: "::1", port: 80 },
  });
  expect(await operation(begun?.id)).toMatchObject({ status: "Failed", errorDetails: "out of memory" });
  const anew = new FakeRole("edge");
  anew.connect(api.control.hub);
  expect(anew.objects.size).toBe(1);
});

test("undo of a deletion brings the zone back first, and the delegation after it", async () => {
  await register("shop.test");
  const { change } = await json<WriteAnswer>("DELETE", "/v1/domains/shop.test");
  await pass(1000);
  const seen: string[] = [];
  api.authority.onAsk = () => seen.push(`${hasZone("shop.test")} ${isDelegated("shop.test")}`);
  await json("POST", `/v1/changes/${change?.id}/undo`, {});
  expect(seen).toEqual([...Array(4).fill("true false"), ...Array(2).fill("true true")]);
});

test("plans for different names of one zone can both be applied; serials go on", async () => {
  await register("shop.test");
  const plan = (name: string): Promise<Plan> =>
    json("POST", "/v1/plans", {
      command: { action: "put-rrset", zone: "shop.test", name, type: "A", records: ["192.0.2.1"] },
    });
  const [first, second] = [await plan("one"), await plan("two")];
  const serial = async (): Promise<number> =>
    (await json<{ serial: number }>("GET", "/v1/zones/shop.test")).serial;
  await json("POST", `/v1/plans/${first.id}/apply`, {});
  const before = await serial();
  const { operation: begun } = await json<WriteAnswer>("POST", `/v1/plans/${second.id}/apply`, {});
  expect(await serial()).toBe(before + 1);
  expect(await operation(begun?.id)).toMatchObject({ status: "Succeeded" });
});

test("a control on an older store gives the roles its state, with serials above those that were served", async () => {
  await register("shop.test");
  const backup = createMemoryStore(controlSchema);
  const copied = new Map<number, Entry[]>();
  const times = new Map<number, number>();
  for (const { revision, ordinal: _, at, ...entry } of (await api.store.log(
    { revision: 0 },
    1000,
  )) as LogEntry[]) {
    const rest = copied.get(revision) ?? [];
    copied.set(revision, [...rest, entry]);
    times.set(revision, at);
  }
  for (const [revision, entries] of copied) await backup.commit([], entries, times.get(revision) ?? 0);
  const serialOf = (apex: string): number =>
    Number(
      lines(apex, apex)
        .find((line) => line.includes(" SOA "))
        ?.split(" ")[4],
    );
  for (let i = 0; i < 5; i++) {
    await json("PUT", "/v1/zones/shop.test/rrsets", { name: "www", type: "A", records: [`192.0.2.${i}`] });
    api.time.advance(1000);
  }
  await register("other.test");
  const served = ["shop.test.", "test."].map(serialOf);
  api.time.advance(1000);
  api.store = backup;
  await restart();
  expect(hasZone("other.test")).toBe(false);
  expect(lines("shop.test.", "www.shop.test.")).toEqual([]);
  const now = ["shop.test.", "test."].map(serialOf);
  expect(now.every((serial, i) => serial > (served[i] ?? Infinity))).toBe(true);
});
