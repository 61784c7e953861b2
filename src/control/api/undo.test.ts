// History and undo: inverse, compensating, refused with reasons.

import type { Change, WriteAnswer } from "#contract";
import { beforeEach, describe, expect, test } from "vitest";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, lines, refused } = api;
beforeEach(api.start);

const undo = (id: string | undefined): Promise<WriteAnswer> => json("POST", `/v1/changes/${id}/undo`, {});

describe("history and undo", () => {
  test("undo of a registration takes everything back, and undo of that registers anew", async () => {
    const { change } = await json<WriteAnswer>("POST", "/v1/domains", { name: "shop.test" });
    const undone = await undo(change?.id);
    expect(undone.plan.title).toBe("Undo: Register shop.test");
    expect(lines("test.", "shop.test.")).toEqual([]);
    expect(api.roles.names.objects.has("zone/shop.test.")).toBe(false);
    const again = await undo(undone.change?.id);
    expect(again.plan.warnings).toEqual([
      "shop.test is registered anew: for one year from today, with another ROID",
    ]);
    expect(lines("test.", "shop.test.")).toHaveLength(4);
    const { changes } = await json<{ changes: Change[] }>("GET", "/v1/changes");
    expect(changes.map(({ title }) => title)).toEqual([
      "Undo: Undo: Register shop.test",
      "Undo: Register shop.test",
      "Register shop.test",
      "Set up the platform's own names and addresses",
    ]);
    expect(changes[2]).toMatchObject({ undoneBy: undone.change?.id, actor: "first" });
  });

  test("a serial never goes back, not across deletion and undo", async () => {
    await json("POST", "/v1/domains", { name: "shop.test" });
    const serial = async (): Promise<number> =>
      (await json<{ serial: number }>("GET", "/v1/zones/shop.test")).serial;
    for (let i = 1; i < 9; i++)
      await json("PUT", "/v1/zones/shop.test/rrsets", { name: "w", type: "A", records: [`192.0.2.${i}`] });
    const before = await serial();
    const { change } = await json<WriteAnswer>("DELETE", "/v1/domains/shop.test");
    await undo(change?.id);
    expect(await serial()).toBeGreaterThan(before);
    expect(lines("shop.test.", "w.shop.test.")).toEqual(["60 A 192.0.2.8"]);
  });

  test("undo is refused with the reason for each object that was changed later", async () => {
    const register = await json<WriteAnswer>("POST", "/v1/domains", { name: "shop.test" });
    const put = (data: string): Promise<WriteAnswer> =>
      json("PUT", "/v1/zones/shop.test/rrsets", { name: "www", type: "A", records: [data] });
    const first = await put("192.0.2.1");
    const second = await put("192.0.2.2");
    expect(await refused("POST", `/v1/changes/${first.change?.id}/undo`, {})).toMatchObject({
      code: "undo-refused",
      message: `Cannot undo change ${first.change?.revision} (Put A records at www.shop.test): rrset www.shop.test A was changed later by change ${second.change?.revision}`,
    });
    expect(await refused("POST", `/v1/changes/${register.change?.id}/undo`, {})).toMatchObject({
      code: "undo-refused",
      message: expect.stringContaining(
        `www.shop.test A was added to zone shop.test later by change ${second.change?.revision}`,
      ),
    });
    await undo(second.change?.id);
    expect(lines("shop.test.", "www.shop.test.")).toEqual(["60 A 192.0.2.1"]);
    expect(await refused("POST", `/v1/changes/${second.change?.id}/undo`, {})).toMatchObject({
      code: "undo-refused",
    });
    expect(await refused("POST", "/v1/changes/1/undo", {})).toMatchObject({ code: "undo-refused" });
    expect(await refused("POST", "/v1/changes/nothing/undo", {})).toMatchObject({ code: "change-not-found" });
  });

  test("undo of an assignment whose instance is gone is refused", async () => {
    await json("POST", "/v1/domains", { name: "shop.test" });
    await json("POST", "/v1/instances", { name: "web", run: { kind: "address", address: "::1", port: 80 } });
    await json("POST", "/v1/assignments", { name: "shop.test", resource: "web" });
    const unassign = await json<WriteAnswer>("DELETE", "/v1/assignments/shop.test");
    const removed = await json<WriteAnswer>("DELETE", "/v1/instances/web");
    expect(await refused("POST", `/v1/changes/${unassign.change?.id}/undo`, {})).toMatchObject({
      code: "undo-refused",
      message: expect.stringContaining(
        `instance web, which shop.test led to, was deleted by change ${removed.change?.revision}`,
      ),
    });
    await json("POST", "/v1/instances", {
      name: "other",
      run: { kind: "address", address: "::1", port: 80 },
    });
    const back = await undo(removed.change?.id);
    expect(back.plan.warnings).toEqual(["web gets another public address: the one it had is in use"]);
    await undo(unassign.change?.id);
    expect(lines("shop.test.", "shop.test.")).toContain("60 A 127.53.8.2");
  });

  test("undo of an import takes back what it added and replaced, and names what was deleted since", async () => {
    await json("POST", "/v1/domains", { name: "shop.test" });
    await json("PUT", "/v1/zones/shop.test/rrsets", { name: "www", type: "A", records: ["192.0.2.1"] });
    const records = [
      { name: "www", type: "A", data: "192.0.2.2", ttl: 300 },
      { name: "mail", type: "A", data: "192.0.2.3" },
    ];
    const { change } = await json<WriteAnswer>("POST", "/v1/zones/shop.test/import", { records });
    const gone = await json<WriteAnswer>("DELETE", "/v1/zones/shop.test/rrsets/mail/A");
    expect(await refused("POST", `/v1/changes/${change?.id}/undo`, {})).toMatchObject({
      code: "undo-refused",
      message: expect.stringMatching(
        new RegExp(`: rrset mail\\.shop\\.test A was deleted later by change ${gone.change?.revision}$`),
      ),
    });
    await json("POST", "/v1/zones/shop.test/import", { records });
    expect(await refused("POST", `/v1/changes/${change?.id}/undo`, {})).toMatchObject({
      message: expect.stringContaining("rrset mail.shop.test A was changed later by change"),
    });
    await json("DELETE", "/v1/zones/shop.test/rrsets/mail/A");
    const again = await json<WriteAnswer>("POST", "/v1/zones/shop.test/import", { records });
    await undo(again.change?.id);
    expect(lines("shop.test.", "mail.shop.test.")).toEqual([]);
    expect(lines("shop.test.", "www.shop.test.")).toEqual(["300 A 192.0.2.2"]);
  });

  test("changes of one object are taken back one after the other: what was changed and taken back since is no conflict", async () => {
    await json("POST", "/v1/domains", { name: "shop.test" });
    const put = (data: string): Promise<WriteAnswer> =>
      json("PUT", "/v1/zones/shop.test/rrsets", { name: "www", type: "A", records: [data] });
    const first = await put("192.0.2.1");
    const second = await put("192.0.2.2");
    const gone = await json<WriteAnswer>("DELETE", "/v1/zones/shop.test/rrsets/www/A");
    expect(await refused("POST", `/v1/changes/${second.change?.id}/undo`, {})).toMatchObject({
      code: "undo-refused",
    });
    await undo(gone.change?.id);
    expect(lines("shop.test.", "www.shop.test.")).toEqual(["60 A 192.0.2.2"]);
    await undo(second.change?.id);
    expect(lines("shop.test.", "www.shop.test.")).toEqual(["60 A 192.0.2.1"]);
    expect(await refused("POST", `/v1/changes/${second.change?.id}/undo`, {})).toMatchObject({
      code: "undo-refused",
    });
    await undo(first.change?.id);
    expect(lines("shop.test.", "www.shop.test.")).toEqual([]);
  });

  test("undo that would put a CNAME beside what came later names the change it came from", async () => {
    await json("POST", "/v1/domains", { name: "shop.test" });
    await json("PUT", "/v1/zones/shop.test/rrsets", { name: "w", type: "CNAME", records: ["x.example."] });
    const { change } = await json<WriteAnswer>("DELETE", "/v1/zones/shop.test/rrsets/w/CNAME");
    const later = await json<WriteAnswer>("PUT", "/v1/zones/shop.test/rrsets", {
      name: "w",
      type: "TXT",
      records: ["x"],
    });
    expect(await refused("POST", `/v1/changes/${change?.id}/undo`, {})).toMatchObject({
      code: "undo-refused",
      message: expect.stringContaining(
        `at "w.shop.test" a CNAME record stands alone, and there is also TXT (from change ${later.change?.revision})`,
      ),
    });
  });

  test("undo of an instance's creation is refused while names lead to it, each with its change", async () => {
    await json("POST", "/v1/domains", { name: "shop.test" });
    const created = await json<WriteAnswer>("POST", "/v1/instances", {
      name: "web",
      run: { kind: "address", address: "::1", port: 80 },
    });
    const assigned = await json<WriteAnswer>("POST", "/v1/assignments", {
      name: "shop.test",
      resource: "web",
    });
    expect(await refused("POST", `/v1/changes/${created.change?.id}/undo`, {})).toMatchObject({
      code: "undo-refused",
      message: expect.stringContaining(`shop.test leads to web since change ${assigned.change?.revision}`),
    });
  });

  test("undo of a deletion is refused where the name was assigned since", async () => {
    await json("POST", "/v1/domains", { name: "shop.test" });
    await json("PUT", "/v1/zones/shop.test/rrsets", { name: "www", type: "A", records: ["192.0.2.1"] });
    const { change } = await json<WriteAnswer>("DELETE", "/v1/zones/shop.test/rrsets/www/A");
    await json("POST", "/v1/instances", { name: "web", run: { kind: "address", address: "::1", port: 80 } });
    const assigned = await json<WriteAnswer>("POST", "/v1/assignments", {
      name: "www.shop.test",
      resource: "web",
    });
    expect(await refused("POST", `/v1/changes/${change?.id}/undo`, {})).toMatchObject({
      code: "undo-refused",
      message: expect.stringContaining(
        `at "www.shop.test" A records are derived from an assignment there (from change ${assigned.change?.revision})`,
      ),
    });
    expect(lines("shop.test.", "www.shop.test.")).toEqual(["60 A 127.53.8.1", "60 AAAA ::1"]);
  });
});
