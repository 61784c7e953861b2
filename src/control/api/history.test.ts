// The history by zone, thing and person, page by page; and what those hear of commits who watch.

import type { Change, ChangeEvent, WriteAnswer } from "#contract";
import { beforeEach, describe, expect, test } from "vitest";
import { keyHeaders, TestApi } from "./testing.ts";

const api = new TestApi();
const { json, refused } = api;

beforeEach(api.start);

type Page = { changes: Change[]; nextPageToken?: string };
const titles = async (query: string): Promise<string[]> =>
  (await json<Page>("GET", `/v1/changes?${query}`)).changes.map(({ title }) => title);
const put = (zone: string, name: string, type: string, data: string): Promise<WriteAnswer> =>
  json("PUT", `/v1/zones/${zone}/rrsets`, { name, type, records: [data] });

describe("the history", () => {
  beforeEach(async () => {
    await json("POST", "/v1/domains", { name: "shop.test" });
    await json("POST", "/v1/domains", { name: "other.test" });
    await put("shop.test", "www", "A", "192.0.2.1");
    await put("other.test", "www", "A", "192.0.2.1");
    await json("POST", "/v1/instances", { name: "web", run: { kind: "site", folder: "/srv" } });
    await json("POST", "/v1/assignments", { name: "shop.test", resource: "web", https: false });
    await put("shop.test", "www", "TXT", '"x"');
  });

  const ofShop = [
    "Put TXT records at www.shop.test",
    "Assign shop.test to web",
    "Put A records at www.shop.test",
    "Register shop.test",
  ];

  test("is asked for by zone, by what was touched, by who did it, and by what was done", async () => {
    expect(await titles("zone=shop.test")).toEqual(ofShop);
    expect(await titles("zone=SHOP.TEST.")).toEqual(ofShop);
    expect(await titles("resource=web")).toEqual(["Assign shop.test to web", "Create instance web"]);
    expect(await titles("resource=www.shop.test%20A")).toEqual(["Put A records at www.shop.test"]);
    expect(await titles("zone=shop.test&resource=web")).toEqual(["Assign shop.test to web"]);
    const { changes } = await json<Page>("GET", "/v1/changes");
    const { actor } = changes[0] as Change;
    expect(await titles(`actor=${encodeURIComponent(actor)}&zone=shop.test`)).toEqual(ofShop);
    expect(await titles("actor=user:nobody@example.org")).toEqual([]);
    expect(await titles("action=assign")).toEqual(["Assign shop.test to web"]);
    expect(await titles("action=put-rrset&zone=other.test")).toEqual(["Put A records at www.other.test"]);
    expect(await titles("zone=nowhere.test")).toEqual([]);
  });

  test("each change has the records that it took away and added", async () => {
    const { changes } = await json<Page>("GET", "/v1/changes?resource=www.shop.test%20A");
    expect(changes[0]?.records).toEqual([
      {
        zone: "shop.test",
        removed: [],
        added: ["www.shop.test. 60 IN A 192.0.2.1"],
        moreRemoved: 0,
        moreAdded: 0,
      },
    ]);
  });

  test("comes in pages, with a filter and without; the last one has no token", async () => {
    for (const [query, all] of [
      ["zone=shop.test", await titles("zone=shop.test")],
      ["limit=200", await titles("limit=200")],
    ] as const) {
      const got: string[] = [];
      for (let token: string | undefined = ""; token !== undefined;) {
        const page: Page = await json(
          "GET",
          `/v1/changes?${query.replace(/limit=\d+/, "")}&limit=2${token === "" ? "" : `&pageToken=${token}`}`.replace(
            "?&",
            "?",
          ),
        );
        got.push(...page.changes.map(({ title }) => title));
        expect(page.changes.length).toBeGreaterThan(0);
        token = page.nextPageToken;
      }
      expect(got).toEqual(all);
    }
    const { revision } = (await json<Page>("GET", "/v1/changes?zone=shop.test")).changes[1] as Change;
    expect(await titles(`zone=shop.test&before=${revision}`)).toEqual(ofShop.slice(2));
  });

  test("is the same after a restart, and for a change of many things", async () => {
    const edits = Array.from({ length: 50 }, (_, i) => ({
      name: `n${i}`,
      type: "A",
      put: { ttl: 60, records: ["192.0.2.1"] },
    }));
    await json("POST", "/v1/zones/shop.test/rrsets/edits", { edits });
    for (const again of [false, true]) {
      if (again) await api.restart();
      expect(await titles("zone=shop.test")).toEqual(["Change 50 record sets in shop.test", ...ofShop]);
      expect(await titles("resource=n49.shop.test%20A")).toEqual(["Change 50 record sets in shop.test"]);
      expect(await titles("resource=n50.shop.test%20A")).toEqual([]);
    }
  });

  test.each(["before=x", "zone=a..b", "zone=", "limit=0", "limit=1e9", "actor=", "who=me", "pageToken=-1"])(
    "refuses %s",
    async (query) => {
      expect((await refused("GET", `/v1/changes?${query}`)).status).toBe(400);
    },
  );
});

describe("events", () => {
  /** Reads events until one is as asked for. */
  async function* changes(): AsyncGenerator<ChangeEvent> {
    const response = await api.control.app.request("http://127.0.0.1:7700/v1/events", {
      headers: keyHeaders,
    });
    const decoder = new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>;
    let text = "";
    for await (const part of (response.body as ReadableStream<Uint8Array>).pipeThrough(decoder)) {
      text += part;
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const data = /^event: change\ndata: (.*)$/s.exec(text.slice(0, end))?.[1];
        text = text.slice(end + 2);
        if (data !== undefined) yield JSON.parse(data) as ChangeEvent;
      }
    }
  }

  test("tell of each commit what it touched, who did it and where", async () => {
    const events = changes();
    const first = events.next();
    const { change } = await json<WriteAnswer>("POST", "/v1/domains", { name: "shop.test" });
    expect((await first).value).toEqual({
      revision: change?.revision,
      changeId: change?.id,
      title: "Register shop.test",
      actor: change?.actor,
      resources: expect.arrayContaining([
        { resourceType: "RegisteredDomain", resourceName: "shop.test" },
        { resourceType: "Domain", resourceName: "shop.test" },
      ]),
      moreResources: 0,
      zones: expect.arrayContaining(["shop.test"]),
    });
    // The delegation follows by itself, and is no change of the history.
    const released = (await events.next()).value as ChangeEvent;
    expect(released).toMatchObject({ actor: "platform", zones: expect.arrayContaining(["test"]) });
    expect(released.changeId).toBeUndefined();
    await put("shop.test", "www", "A", "192.0.2.1");
    expect((await events.next()).value).toMatchObject({
      resources: [{ resourceType: "Rrset", resourceName: "www.shop.test A" }],
      zones: ["shop.test"],
    });
    await json("POST", "/v1/zones/shop.test/rrsets/edits", {
      edits: Array.from({ length: 150 }, (_, i) => ({
        name: `n${i}`,
        type: "A",
        put: { records: ["192.0.2.1"] },
      })),
    });
    const many = (await events.next()).value as ChangeEvent;
    expect([many.resources.length, many.moreResources]).toEqual([100, 50]);
    await events.return(undefined);
  });
});
