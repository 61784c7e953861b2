import { describe, expect, test } from "vitest";
import { traceOptionCode, type TraceStep } from "#contract";
import { endpoint } from "#engine";
import type { AnswerEngineOptions } from "./answer-engine.ts";
import { collectSteps, engineOf, query, send, zonesOf } from "./testing.ts";

const zones = zonesOf({
  "test. tlds": "@ SOA a. b. 1 1 1 1 60\n@ NS a.\nshop NS ns.shop\nns.shop A 127.53.2.1\n",
  "shop.test. s1": "@ SOA ns b. 1 1 1 1 60\nwww A 192.0.2.1\nalias CNAME www\n",
});
const visitor = endpoint("127.0.0.1", 4000);
const id = Uint8Array.of(0, 1, 2, 3, 4, 5, 0xfe, 0xff);

function steps(
  group: string,
  hop: AnswerEngineOptions["hop"],
  question: string,
  { data = id, from = visitor, named = false } = {},
): TraceStep[] {
  const collected = collectSteps();
  const more = named ? { serverName: () => "a.nic.test." } : {};
  const engine = engineOf(zones, group, { hop, report: collected.report, ...more });
  const octets = query(question, { rd: true, edns: { options: [{ code: traceOptionCode, octets: data }] } });
  expect(send(engine, octets, { from }).length).toBeGreaterThan(0);
  return collected.steps;
}

const common = {
  traceId: "000102030405feff",
  reportedBy: "names",
  at: 1_800_000_000_000,
  server: "192.0.2.53:53",
  dns: expect.any(Object) as TraceStep["dns"],
} as const;

describe("a query with a trace", () => {
  test("has a step of its hop with the referral", () => {
    expect(steps("tlds", "tld", "www.shop.test. A", { named: true })).toEqual([
      {
        ...common,
        hop: "tld",
        server: "a.nic.test. 192.0.2.53:53",
        question: "www.shop.test. A",
        answer: ["shop.test. 60 IN NS ns.shop.test.", "ns.shop.test. 60 IN A 127.53.2.1"],
        outcome: "NOERROR",
        flags: ["rd"],
        isFailure: false,
      },
    ]);
  });

  test("has the messages, the command that asks again, and the zone's serial", () => {
    expect(steps("s1", "name-servers", "www.shop.test. A")[0]?.dns).toMatchObject({
      transport: "udp",
      address: "192.0.2.53",
      port: 53,
      dig: "dig @192.0.2.53 -p 53 www.shop.test. A +bufsize=1232 +nocookie",
      zone: "shop.test.",
      serial: 1,
      query: {
        flags: ["rd"],
        question: ["www.shop.test. IN A"],
        edns: { options: [{ code: traceOptionCode }] },
      },
      response: { flags: ["qr", "aa", "rd"], answer: ["www.shop.test. 60 IN A 192.0.2.1"], size: 58 },
    });
    expect(steps("tlds", "tld", "nx.other. A")[0]?.dns).not.toHaveProperty("zone");
  });

  test("beside the visit has a step that says so, and none for the record", () => {
    expect(steps("s1", "name-servers", "www.shop.test. A", { data: Uint8Array.of(...id, 2) })).toMatchObject([
      { hop: "name-servers", isAside: true, outcome: "NOERROR" },
    ]);
  });

  test("has a step for the record too, where a zone's name servers answer it", () => {
    const answer = ["alias.shop.test. 60 IN CNAME www.shop.test.", "www.shop.test. 60 IN A 192.0.2.1"];
    const step = {
      ...common,
      hop: "name-servers",
      question: "alias.shop.test. A",
      answer,
      outcome: "NOERROR",
      flags: ["aa", "rd"],
      isFailure: false,
    };
    expect(steps("s1", "name-servers", "alias.shop.test. A")).toEqual([step, { ...step, hop: "record" }]);
  });

  test("has one step where the record is not there, a failure where the name is not", () => {
    expect(steps("s1", "name-servers", "www.shop.test. AAAA")).toMatchObject([
      { outcome: "NOERROR", isFailure: false },
    ]);
    expect(steps("s1", "name-servers", "nx.shop.test. A")).toMatchObject([
      { outcome: "NXDOMAIN", isFailure: true },
    ]);
    expect(steps("s1", "name-servers", "example.org. A")).toMatchObject([
      { outcome: "REFUSED", isFailure: true },
    ]);
  });

  test("has one step where the TLD answers from its own zone", () => {
    expect(steps("tlds", "tld", "test. SOA")).toMatchObject([{ hop: "tld", flags: ["aa", "rd"] }]);
  });

  test("has no record step where the message is malformed, whatever was answered before", () => {
    const collected = collectSteps();
    const engine = engineOf(zones, "s1", { report: collected.report });
    const octets = query("www.shop.test. A", { edns: { options: [{ code: traceOptionCode, octets: id }] } });
    send(engine, octets, { from: visitor });
    send(engine, Uint8Array.of(...octets, 0), { from: visitor });
    expect(collected.steps.map((step) => `${step.hop} ${step.outcome}`)).toEqual([
      "name-servers NOERROR",
      "record NOERROR",
      "name-servers FORMERR",
    ]);
  });

  test("takes octets after the id for flags", () => {
    expect(steps("s1", "name-servers", "www.shop.test. A", { data: Uint8Array.of(...id, 1) })).toHaveLength(
      2,
    );
  });

  test.each([
    ["the id is too short", { data: id.slice(1) }],
    ["the peer is neither here nor on a private network", { from: endpoint("192.0.2.1", 4000) }],
  ])("has no step where %s", (_, options) => {
    expect(steps("s1", "name-servers", "www.shop.test. A", options)).toEqual([]);
  });

  test("is answered where its report fails, which is told", () => {
    const failures: unknown[] = [];
    const engine = engineOf(zones, "s1", {
      report: () => {
        throw new Error("planted");
      },
      onFailure: ({ error }) => failures.push(error),
    });
    const octets = query("www.shop.test. A", { edns: { options: [{ code: traceOptionCode, octets: id }] } });
    expect(send(engine, octets, { from: visitor }).length).toBeGreaterThan(12);
    expect(failures).toEqual([new Error("planted")]);
  });
});
