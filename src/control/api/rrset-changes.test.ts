// Several RRsets as one change over the API: what two editors of one zone see of each other, and what is refused.

import type { Change, Rrset, RrsetChange, WriteAnswer } from "#contract";
import { beforeEach, describe, expect, test } from "vitest";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, refused, lines } = api;
const path = "/v1/zones/shop.test/rrsets/edits";

beforeEach(async () => {
  await api.start();
  await json("POST", "/v1/domains", { name: "shop.test" });
});

const a = (...records: string[]): { ttl: number; records: string[] } => ({ ttl: 60, records });
const put = (name: string, ...records: string[]): RrsetChange => ({ name, type: "A", put: a(...records) });
const change = (...edits: RrsetChange[]): Promise<WriteAnswer> => json("POST", path, { edits });

describe("change-rrsets", () => {
  test("is one plan, one change and one undo", async () => {
    await change(put("old", "192.0.2.1"));
    const edits: RrsetChange[] = [
      { name: "www", type: "A", expected: null, put: { ttl: 300, records: ["192.0.2.1", "192.0.2.2"] } },
      { name: "@", type: "MX", put: { records: ["10 mail"] } },
      { name: "old", type: "A", expected: a("192.0.2.1"), put: null },
      // In place of the addresses, in the same change.
      { name: "old", type: "CNAME", expected: null, put: { records: ["www"] } },
    ];
    const { plan } = await json<WriteAnswer>("POST", `${path}?plan=1`, { edits });
    expect(plan).toMatchObject({
      title: "Change 4 record sets in shop.test",
      // The TTL of what goes is 60, and so is that of a negative answer.
      oldAnswersUntil: new Date(api.time.now + 60_000).toISOString(),
    });
    expect(plan.changes.map(({ text }) => text)).toEqual([
      "Create A at www.shop.test: 192.0.2.1, 192.0.2.2 (TTL 300)",
      "Create MX at shop.test: 10 mail.shop.test. (TTL 60)",
      "Delete A at old.shop.test",
      "Create CNAME at old.shop.test: www.shop.test. (TTL 60)",
    ]);
    const { change: made } = await json<WriteAnswer>("POST", `/v1/plans/${plan.id}/apply`, {});
    expect(lines("shop.test.", "old.shop.test.")).toEqual(["60 CNAME www.shop.test."]);
    expect(lines("shop.test.", "www.shop.test.")).toEqual(["300 A 192.0.2.1", "300 A 192.0.2.2"]);
    await json("POST", `/v1/changes/${made?.id}/undo`, {});
    expect(lines("shop.test.", "old.shop.test.")).toEqual(["60 A 192.0.2.1"]);
    expect(lines("shop.test.", "www.shop.test.")).toEqual([]);
  });

  test("ids of values that stay, and a TTL that nobody gives, stay as they are", async () => {
    await change({ name: "www", type: "A", put: { ttl: 900, records: ["192.0.2.1", "192.0.2.2"] } });
    const entries = async (): Promise<Rrset["entries"]> =>
      (await json<{ rrsets: Rrset[] }>("GET", "/v1/zones/shop.test/rrsets")).rrsets.find(
        ({ name }) => name === "www.shop.test",
      )?.entries ?? [];
    const before = await entries();
    await change({ name: "www", type: "A", put: { records: ["192.0.2.2", "192.0.2.3"] } });
    expect(lines("shop.test.", "www.shop.test.")).toEqual(["900 A 192.0.2.2", "900 A 192.0.2.3"]);
    expect((await entries())[0]).toEqual(before[1]);
  });

  test("one who sees what is gone is refused with both sides of each, and nothing is changed", async () => {
    await change(put("www", "192.0.2.1"), put("api", "192.0.2.1"), put("gone", "192.0.2.1"));
    const seen = a("192.0.2.1");
    // The first editor.
    const first = await change(
      { name: "www", type: "A", expected: seen, put: a("192.0.2.7") },
      { name: "gone", type: "A", expected: seen, put: null },
    );
    // The second one, who has not looked since.
    const answer = await refused("POST", path, {
      edits: [
        { name: "www", type: "A", expected: seen, put: a("192.0.2.8", "192.0.2.9") },
        { name: "api", type: "A", expected: seen, put: a("192.0.2.8") },
        { name: "gone", type: "A", expected: seen, put: a("192.0.2.8") },
        { name: "new", type: "A", expected: null, put: a("192.0.2.8") },
      ],
    });
    expect(answer).toMatchObject({ status: 409, code: "change-conflict" });
    expect(answer.message).toBe(
      'Cannot change records of zone "shop.test": www.shop.test A, gone.shop.test A are not as expected, somebody else has changed them',
    );
    const place = { zone: "shop.test", type: "A", setIdentifier: "" };
    expect(answer.conflicts).toEqual([
      {
        ...place,
        name: "www.shop.test",
        expected: seen,
        current: a("192.0.2.7"),
        wanted: a("192.0.2.8", "192.0.2.9"),
        revision: first.change?.revision,
      },
      { ...place, name: "gone.shop.test", expected: seen, current: null, wanted: a("192.0.2.8") },
    ]);
    expect(lines("shop.test.", "api.shop.test.")).toEqual(["60 A 192.0.2.1"]);
    expect(lines("shop.test.", "new.shop.test.")).toEqual([]);
    const revision = answer.conflicts?.[0]?.revision;
    expect((await json<Change>("GET", `/v1/changes/${revision}`)).id).toBe(first.change?.id);
  });

  test("what is as it is to be already is no conflict, and nothing to do", async () => {
    await change(put("www", "192.0.2.1"), put("gone", "192.0.2.1"));
    await change(put("www", "192.0.2.2"), { name: "gone", type: "A", put: null });
    const edits: RrsetChange[] = [
      { name: "www", type: "A", expected: a("192.0.2.1"), put: a("192.0.2.2") },
      { name: "gone", type: "A", expected: a("192.0.2.1"), put: null },
    ];
    expect((await refused("POST", path, { edits })).message).toMatch(/as they are to be already$/);
    const { plan } = await change(...edits, put("new", "192.0.2.1"));
    expect(plan.title).toBe("Add A records at new.shop.test");
  });

  test("an older plan that is applied is refused with both sides", async () => {
    await change(put("www", "192.0.2.1"), put("api", "192.0.2.1"));
    const { plan } = await json<WriteAnswer>("PUT", "/v1/zones/shop.test/rrsets?plan=1", {
      name: "www",
      type: "A",
      records: ["192.0.2.5"],
    });
    await change(put("api", "192.0.2.6")); // another name does not matter
    await change(put("www", "192.0.2.6"));
    expect(await refused("POST", `/v1/plans/${plan.id}/apply`, {})).toMatchObject({
      code: "change-conflict",
      conflicts: [{ expected: a("192.0.2.1"), current: a("192.0.2.6"), wanted: a("192.0.2.5") }],
    });
  });

  test("an undo that a later edit stands against has both sides and its reasons apart", async () => {
    await change(put("www", "192.0.2.1"), put("api", "192.0.2.1"));
    const { change: second } = await change(put("www", "192.0.2.2"), put("api", "192.0.2.2"));
    const { change: third } = await change(put("www", "192.0.2.3"));
    const answer = await refused("POST", `/v1/changes/${second?.id}/undo`, {});
    expect(answer).toMatchObject({
      code: "undo-refused",
      reasons: [`rrset www.shop.test A was changed later by change ${third?.revision}`],
      conflicts: [
        {
          name: "www.shop.test",
          expected: a("192.0.2.2"),
          current: a("192.0.2.3"),
          wanted: a("192.0.2.1"),
          revision: third?.revision,
        },
      ],
    });
    await change({ name: "www", type: "A", put: null });
    expect((await refused("POST", `/v1/changes/${second?.id}/undo`, {})).conflicts).toMatchObject([
      { expected: a("192.0.2.2"), current: null, wanted: a("192.0.2.1") },
    ]);
  });

  test.each<[string, object[], string, RegExp]>([
    ["nothing", [], "input-malformed", /at least 1|>=1|edits/],
    [
      "one RRset twice",
      [put("www", "192.0.2.1"), put("WWW", "192.0.2.2")],
      "input-malformed",
      /edited twice/,
    ],
    ["SOA", [{ name: "@", type: "SOA", put: null }], "record-conflict", /SOA/],
    [
      "NS of the apex",
      [{ name: "@", type: "NS", put: { records: ["ns.example."] } }],
      "record-conflict",
      /NS/,
    ],
    ["a name outside", [put("www.other.test.", "192.0.2.1")], "name-outside-zone", /other\.test/],
    ["what is no address", [put("www", "192.0.2.x")], "address-malformed", /192\.0\.2\.x/],
    [
      "an expectation that is no address",
      [{ ...put("www", "192.0.2.1"), expected: a("x") }],
      "address-malformed",
      /"x"/,
    ],
    ["to delete what never was", [{ name: "x", type: "A", put: null }], "record-not-found", /there are none/],
    [
      "a CNAME beside others",
      [put("www", "192.0.2.1"), { name: "www", type: "CNAME", put: { records: ["x"] } }],
      "record-conflict",
      /stands alone/,
    ],
    ["other members", [{ ...put("www", "192.0.2.1"), comment: "x" }], "input-malformed", /comment/],
    ["no records", [put("www")], "input-malformed", /records/],
    [
      "too many edits",
      Array.from({ length: 10_001 }, (_, i) => put(`n${i}`, "192.0.2.1")),
      "input-malformed",
      /10000/,
    ],
  ])("refuses %s, whole", async (_, edits, code, message) => {
    const head = await api.store.head();
    const all = edits.length === 0 ? edits : [put("first", "192.0.2.1"), ...edits];
    expect(await refused("POST", path, { edits: edits.length > 10_000 ? edits : all })).toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    expect(await api.store.head()).toBe(head);
  });

  test("a key of another zone may not", async () => {
    await json("POST", "/v1/domains", { name: "other.test" });
    const { accessKey } = await json<WriteAnswer>("POST", "/v1/keys", {
      name: "dns",
      role: "operator",
      zones: ["other.test"],
    });
    const as = `Bearer ${accessKey?.secret}`;
    const edits = [put("www", "192.0.2.1")];
    expect((await api.callAs(as, "POST", path, { edits })).status).toBe(403);
    expect((await api.callAs(as, "POST", path.replace("shop", "other"), { edits })).status).toBe(200);
  });
});
