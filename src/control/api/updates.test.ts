// DNS UPDATE of zones that control keeps (RFC 2136): what name servers tell of becomes a change, with the right response code behind it; what a key may
// not change, and what the platform makes itself, stays as it is.

import { beforeEach, describe, expect, test } from "vitest";
import type { Change, UpdateVerdict } from "#contract";
import {
  encodeRequest,
  formatBase64,
  Name,
  Opcode,
  parseZoneFile,
  rcodeName,
  type ResourceRecord,
  RrClass,
  RrType,
  typeNumber,
} from "#wire";
import type { UpdateMark } from "#zone";
import type { ControlConfig } from "../config.ts";
import { settle, testConfig } from "../testing.ts";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, lines } = api;
const apex = nameOf("shop.test.");

const config: ControlConfig = {
  ...testConfig,
  updates: [
    { zone: "shop.test.", key: "all." },
    { zone: "shop.test.", key: "acme.", below: ["_acme-challenge.shop.test."], types: [RrType.TXT] },
  ],
};

beforeEach(async () => {
  await api.startWith(config);
  await json("POST", "/v1/domains", { name: "shop.test" });
  await json("PUT", "/v1/zones/shop.test/rrsets", {
    name: "www",
    type: "A",
    ttl: 300,
    records: ["192.0.2.1"],
  });
});

function nameOf(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

/** Records as an update has them: `NAME TTL CLASS TYPE [RDATA]`. */
function records(texts: readonly string[]): ResourceRecord[] {
  return texts.map((line) => {
    const [owner = "", ttl = "", rrClass = "", type = "", ...data] = line.split(" ");
    const number = { IN: RrClass.IN, ANY: RrClass.ANY, NONE: RrClass.NONE }[rrClass] ?? 0;
    const parsed =
      data.length > 0 ? parseZoneFile(`x 0 IN ${type} ${data.join(" ")}`, { origin: apex }) : undefined;
    const rdata = parsed?.records[0]?.rdata ?? new Uint8Array();
    return { name: nameOf(owner), ttl: Number(ttl), class: number, type: typeNumber(type) ?? 0, rdata };
  });
}

let lastId = 0;

/** Has the name servers tell of an update, and gives what they are told. */
async function update(
  changes: readonly string[],
  options: {
    key?: string;
    zone?: string;
    prerequisites?: readonly string[];
    octets?: Uint8Array;
    mark?: UpdateMark;
  } = {},
): Promise<{ rcode: string; note: string | undefined; at: number }> {
  const { key = "all.", zone = "shop.test.", prerequisites = [] } = options;
  const octets =
    options.octets ??
    encodeRequest(nameOf(zone), RrType.SOA, {
      flags: { opcode: Opcode.UPDATE },
      answer: records(prerequisites),
      authority: records(changes),
    });
  const message = formatBase64(octets);
  const id = ++lastId;
  const { names } = api.roles;
  const before = names.messages.length;
  const { mark } = options;
  const report = { type: "update", id, zone, key, from: "192.0.2.9", message, ...(mark ? { mark } : {}) };
  names.send({ type: "report", report });
  await settle();
  const told = names.messages.slice(before);
  const at = told.findIndex(
    (one) => one.type === "ask" && one.question.ask === "updated" && one.question.id === id,
  );
  const asked = told[at];
  if (asked?.type !== "ask") throw new Error("nothing was told");
  const { rcode, note } = asked.question as UpdateVerdict;
  return { rcode: rcodeName(rcode), note: note?.text, at };
}

const at = (owner: string): string[] => lines("shop.test.", `${owner}.shop.test.`);
const changes = async (): Promise<Change[]> =>
  (await json<{ changes: Change[] }>("GET", "/v1/changes")).changes;
const count = async (): Promise<number> => (await changes()).length;

/** Name servers that start anew remember nothing; so does control, but for what its log says. */
async function restart(what: "names" | "control"): Promise<void> {
  if (what === "control") await api.restart(config);
  else api.roles.names.disconnect();
  api.roles.names.connect(api.control.hub);
  await settle();
}

describe("an update that comes again (RFC 8945 section 5.2.3)", () => {
  const signed = (id: string, secondsAgo = 0): UpdateMark => {
    const signedAt = Math.floor(api.time.clock.wall() / 1000) - secondsAgo;
    return { id, signedAt, until: signedAt + 300 };
  };
  const add = ["again.shop.test. 60 IN A 192.0.2.9"];
  const drop = ["again.shop.test. 0 ANY ANY"];

  test.each(["names", "control"] as const)("is not done twice, though %s started anew", async (what) => {
    const mark = signed("one");
    expect(await update(add, { mark })).toMatchObject({ rcode: "NOERROR" });
    await update(drop, { mark: signed("two") });
    const before = await count();
    await restart(what);
    expect(await update(add, { mark })).toMatchObject({ rcode: "NOERROR" });
    expect([at("again"), await count()]).toEqual([[], before]);
    // Another key's, and the same signed anew, are others.
    await update(add, { mark: signed("three") });
    expect(at("again")).toEqual(["60 A 192.0.2.9"]);
  });

  test("is told what it was told, where it changed nothing and name servers started anew", async () => {
    const mark = signed("one");
    const options = { mark, prerequisites: ["www.shop.test. 0 NONE ANY"] };
    expect(await update(add, options)).toMatchObject({ rcode: "YXDOMAIN" });
    await update(["www.shop.test. 0 ANY ANY"], { mark: signed("two") });
    await restart("names");
    expect(await update(add, options)).toMatchObject({ rcode: "YXDOMAIN" });
    expect(at("again")).toEqual([]);
  });

  test("is known by its key and signature, and not over the time that this is good for", async () => {
    await update(add, { mark: signed("one", 290) });
    await update(drop, { mark: signed("two") });
    await api.pass(20_000);
    await restart("control");
    // No name server would take its signature any more: nothing is kept of it.
    await update(add, { mark: signed("one", 310) });
    expect(at("again")).toEqual(["60 A 192.0.2.9"]);
    const own = { mark: signed("same"), key: "acme." };
    const challenge = ["_acme-challenge.shop.test. 60 IN TXT token"];
    await update(challenge, { mark: own.mark });
    await update(["_acme-challenge.shop.test. 0 ANY ANY"], { mark: signed("four") });
    await update(challenge, own);
    expect(at("_acme-challenge")).toEqual(['60 TXT "token"']);
  });
});

describe("an update", () => {
  test("is one change of the key's, told of behind what name servers are given, and can be taken back", async () => {
    const told = await update([
      "new.shop.test. 60 IN A 192.0.2.9",
      "new.shop.test. 60 IN A 192.0.2.10",
      "www.shop.test. 0 ANY A",
      "www.shop.test. 60 IN CNAME new.shop.test.",
    ]);
    expect(told).toMatchObject({ rcode: "NOERROR", note: undefined });
    expect(told.at).toBeGreaterThan(0); // the delta comes first
    expect(at("new")).toEqual(["60 A 192.0.2.9", "60 A 192.0.2.10"]);
    expect(at("www")).toEqual(["60 CNAME new.shop.test."]);
    const [change] = await changes();
    expect(change).toMatchObject({ actor: "tsig:all", title: "Update 3 record sets in shop.test" });
    await json("POST", `/v1/changes/${change?.id}/undo`, {});
    expect([at("new"), at("www")]).toEqual([[], ["300 A 192.0.2.1"]]);
  });

  test("keeps other records of an RRset with their ids, and is of the origin `update`", async () => {
    const shown = async (): Promise<{ origin: string; entries: { id: string }[] } | undefined> =>
      (
        await json<{ rrsets: { name: string; origin: string; entries: { id: string }[] }[] }>(
          "GET",
          "/v1/zones/shop.test/rrsets",
        )
      ).rrsets.find(({ name }) => name === "www.shop.test");
    const before = await shown();
    await update(["www.shop.test. 300 IN A 192.0.2.2"]);
    const after = await shown();
    expect(after?.origin).toBe("update");
    expect(after?.entries).toHaveLength(2);
    expect(after?.entries[0]?.id).toBe(before?.entries[0]?.id);
  });

  test("of what is there already, or of what is not, is no change", async () => {
    const before = await count();
    expect(await update(["www.shop.test. 300 IN A 192.0.2.1"])).toMatchObject({ rcode: "NOERROR" });
    expect(await update(["nothing.shop.test. 0 ANY A", "www.shop.test. 0 NONE A 192.0.2.77"])).toMatchObject({
      rcode: "NOERROR",
    });
    expect(await count()).toBe(before);
  });

  test("a token of ACME comes and goes", async () => {
    const name = "_acme-challenge.shop.test.";
    expect(await update([`${name} 60 IN TXT "token"`], { key: "acme." })).toMatchObject({ rcode: "NOERROR" });
    expect(at("_acme-challenge")).toEqual(['60 TXT "token"']);
    expect(await update([`${name} 0 NONE TXT "token"`], { key: "acme." })).toMatchObject({
      rcode: "NOERROR",
    });
    expect(at("_acme-challenge")).toEqual([]);
  });
});

describe("prerequisites are judged on the zone as it is when their turn comes", () => {
  test.each([
    ["www.shop.test. 0 ANY ANY", "NOERROR"],
    ["nothing.shop.test. 0 ANY ANY", "NXDOMAIN"],
    ["www.shop.test. 0 NONE ANY", "YXDOMAIN"],
    ["www.shop.test. 0 ANY AAAA", "NXRRSET"],
    ["www.shop.test. 0 NONE A", "YXRRSET"],
    ["www.shop.test. 0 IN A 192.0.2.1", "NOERROR"],
    ["www.shop.test. 0 IN A 192.0.2.2", "NXRRSET"],
    ["www.other.test. 0 ANY ANY", "NOTZONE"],
    ["www.shop.test. 5 ANY ANY", "FORMERR"],
    ["shop.test. 0 ANY SOA", "NOERROR"],
    ["shop.test. 0 ANY NS", "NOERROR"],
  ])("%s: %s", async (prerequisite, rcode) => {
    const before = await count();
    const told = await update(["new.shop.test. 60 IN A 192.0.2.9"], { prerequisites: [prerequisite] });
    expect(told.rcode).toBe(rcode);
    expect(await count()).toBe(before + (rcode === "NOERROR" ? 1 : 0));
  });

  test("of two that come together one wins", async () => {
    const prerequisites = ["lock.shop.test. 0 NONE ANY"];
    const told = await Promise.all([
      update(["lock.shop.test. 60 IN TXT one"], { prerequisites }),
      update(["lock.shop.test. 60 IN TXT two"], { prerequisites }),
    ]);
    expect(told.map(({ rcode }) => rcode).sort()).toEqual(["NOERROR", "YXDOMAIN"]);
    expect(at("lock")).toHaveLength(1);
  });

  test("see what is derived", async () => {
    await json("PUT", "/v1/zones/shop.test/aliases", { name: "go", target: "www.shop.test" });
    const prerequisites = ["go.shop.test. 0 ANY A"];
    expect(await update(["x.shop.test. 60 IN A 192.0.2.9"], { prerequisites })).toMatchObject({
      rcode: "NOERROR",
    });
  });
});

describe("is refused, with the reason, and changes nothing", () => {
  test.each([
    [
      "a key without a rule",
      ["x.shop.test. 60 IN A 192.0.2.9"],
      "other.",
      "key other. may not change this zone",
    ],
    ["a name outside of the key's", ["x.shop.test. 60 IN TXT y"], "acme.", "may not change all of that"],
    ["a type that is not the key's", ["_acme-challenge.shop.test. 60 IN A 192.0.2.9"], "acme.", "may not"],
    [
      "all types at a name, of one that may change one",
      ["_acme-challenge.shop.test. 0 ANY ANY"],
      "acme.",
      "may not",
    ],
    ["NS of the zone", ["shop.test. 60 IN NS ns.other.test."], "all.", "may not change all of that"],
    ["SOA", ["shop.test. 60 IN SOA a. b. 4000000000 1 1 1 1"], "all.", "may not change all of that"],
    ["signatures", ["www.shop.test. 60 IN NSEC x.shop.test. A"], "all.", "may not change all of that"],
    [
      "a CNAME at two places",
      ["x.shop.test. 60 IN A 192.0.2.9", "_acme-challenge.shop.test. 60 IN A 192.0.2.9"],
      "acme.",
      "may not change all of that",
    ],
  ])("%s", async (_, edits, key, why) => {
    const before = await count();
    expect(await update(edits, { key })).toMatchObject({
      rcode: "REFUSED",
      note: expect.stringContaining(why) as string,
    });
    expect(await count()).toBe(before);
  });

  test("an alias, whose records the platform makes", async () => {
    await json("PUT", "/v1/zones/shop.test/aliases", { name: "go", target: "www.shop.test" });
    const before = await count();
    for (const edit of [
      "go.shop.test. 0 ANY A",
      "go.shop.test. 60 IN A 192.0.2.9",
      "go.shop.test. 0 ANY ANY",
    ]) {
      expect(await update([edit])).toMatchObject({
        rcode: "REFUSED",
        note: expect.stringContaining("go.shop.test") as string,
      });
    }
    expect(await count()).toBe(before);
    expect(at("go")).toEqual(["60 A 192.0.2.1"]);
  });

  test("what a rule for records forbids: an address that is none of its zone's RRset, too many records", async () => {
    const many = Array.from({ length: 401 }, (_, i) => `many.shop.test. 60 IN A 10.0.${i >> 8}.${i & 255}`);
    expect(await update(many)).toMatchObject({
      rcode: "REFUSED",
      note: expect.stringContaining("400") as string,
    });
    expect(at("many")).toEqual([]);
  });

  test("a zone that is not here, and octets that are no message", async () => {
    expect(await update([], { zone: "other.test." })).toMatchObject({ rcode: "REFUSED" });
    expect(await update([], { octets: new Uint8Array(40).fill(0xc0) })).toMatchObject({ rcode: "FORMERR" });
    expect(await update([], { octets: new Uint8Array(3) })).toMatchObject({ rcode: "FORMERR" });
  });
});
