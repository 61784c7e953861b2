// Sets of a name that are chosen from, through the engine: every policy with health, and what else is asked at such names.

import { type NetworksObject, type PoliciesObject, traceOptionCode } from "#contract";
import { endpoint } from "#engine";
import {
  decodeMessage,
  EdnsOption,
  formatBase64,
  formatRdata,
  parseZoneFile,
  RrType,
  typeNumber,
} from "#wire";
import { applyObjects, groupRecords, PolicyBoardWriter, replaceZone, withSnapshot, ZoneImage } from "#zone";
import { beforeEach, describe, expect, test } from "vitest";
import { AnswerEngine } from "./answer-engine.ts";
import { ask, collectSteps, name, query, send } from "./testing.ts";

type Kind = PoliciesObject["types"][number]["policy"];
type Given = Partial<PoliciesObject["types"][number]["choices"][number]> & { readonly id: string };

/** Chance that follows from a seed (mulberry32). */
function seeded(seed: number): { integer(below: number): number } {
  let state = seed;
  return {
    integer: (below) => {
      state = (state + 0x6d2b79f5) | 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) % below;
    },
  };
}

/** Octets of hexadecimal digits. */
function hex(text: string): Uint8Array {
  return Uint8Array.from((text.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)));
}

const zoneText = `
@        SOA   ns1 hostmaster 1 3600 600 86400 60
@        NS    ns1
ns1      A     192.0.2.53
www      A     192.0.2.1
www      TXT   "beside"
www      MX    10 www
*.any    A     192.0.2.1
away     CNAME one.example.net.
mail     MX    10 www
`;

let board: PolicyBoardWriter;
let zones: ZoneImage;
let engine: AnswerEngine;

function rdata(type: string, text: string): string {
  const { records } = parseZoneFile(`x ${type} ${text}\n`, { origin: name("example.org."), ttl: 1 });
  return formatBase64(records[0]!.rdata);
}

/** Puts sets at a name of the zone; of choice number `i` the address is 192.0.2.(i + 1) where no other is given. */
function put(
  owner: string,
  policy: Kind,
  choices: readonly Given[],
  type = "A",
  together: string[][] = [],
): void {
  const object: PoliciesObject = {
    kind: "policies",
    apex: "example.org.",
    owner: `${owner}.example.org.`,
    types: [
      {
        type: typeNumber(type)!,
        policy,
        choices: choices.map((one, i) => ({
          ttl: 60,
          rdata: [rdata("A", `192.0.2.${i + 1}`)],
          signatures: [],
          weight: 0,
          ...one,
        })),
        together,
      },
    ],
  };
  applyObjects({ put: [object], removed: [], objects: new Map() }, zones, board);
}

function answers(question = "www.example.org. A", subnet?: string): string[] {
  const options = subnet === undefined ? [] : [{ code: EdnsOption.CLIENT_SUBNET, octets: hex(subnet) }];
  const decoded = decodeMessage(send(engine, query(question, { edns: { options } })));
  if (!decoded.ok) throw new Error(decoded.failure.code);
  return decoded.value.answer.map(({ type, rdata: octets }) => formatRdata(type, octets));
}

/** How often each answer comes in so many. */
function tally(times: number, question?: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < times; i++) {
    const key = answers(question).join(" ");
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

beforeEach(() => {
  board = new PolicyBoardWriter();
  zones = new ZoneImage(1 << 22);
  const { records } = parseZoneFile(zoneText, { origin: name("example.org."), ttl: 60 });
  zones.apply(replaceZone(name("example.org."), ["s1"], groupRecords(records)));
  engine = new AnswerEngine({
    zones,
    group: "s1",
    hop: "name-servers",
    policies: { board, random: seeded(1) },
  });
});

describe("weighted", () => {
  test("sets are drawn in proportion to their weights, and 0 is never drawn", () => {
    put("www", "weighted", [
      { id: "a", weight: 1 },
      { id: "b", weight: 3 },
      { id: "c", weight: 0 },
    ]);
    const counts = tally(4000);
    expect(Object.keys(counts).sort()).toEqual(["192.0.2.1", "192.0.2.2"]);
    // Six standard deviations of 4,000 draws of a quarter.
    expect(Math.abs(counts["192.0.2.1"]! - 1000)).toBeLessThan(6 * Math.sqrt(4000 * 0.25 * 0.75));
  });

  test("where all are 0, all are drawn alike", () => {
    put("www", "weighted", [{ id: "a" }, { id: "b" }]);
    const counts = tally(2000);
    expect(Math.abs(counts["192.0.2.1"]! - 1000)).toBeLessThan(6 * Math.sqrt(500));
  });

  test("the unhealthy are left out; then those of weight 0; where nothing is healthy, all are as if they were", () => {
    put("www", "weighted", [
      { id: "a", weight: 255, health: "A" },
      { id: "b", weight: 1, health: "B" },
      { id: "c", weight: 0, health: "C" },
    ]);
    board.setHealth("A", false);
    expect(tally(50)).toEqual({ "192.0.2.2": 50 });
    board.setHealth("B", false);
    expect(tally(50)).toEqual({ "192.0.2.3": 50 });
    board.setHealth("C", false);
    expect(Object.keys(tally(2000)).sort()).toEqual(["192.0.2.1", "192.0.2.2"]);
    expect(engine.counters()["choices-unhealthy{group=s1}"]).toBe(2000);
    board.setHealth("A", true);
    expect(tally(50)).toEqual({ "192.0.2.1": 50 });
    expect(engine.counters()["choices{group=s1,policy=weighted}"]).toBe(2150);
  });

  test("a hundred sets of names of 128 octets", () => {
    put(
      "www",
      "weighted",
      Array.from({ length: 100 }, (_, i) => ({ id: `${i}`.padEnd(128, "x"), weight: 255 })),
    );
    expect(Object.keys(tally(3000)).length).toBe(100);
  });
});

describe("failover", () => {
  beforeEach(() =>
    put("www", "failover", [
      { id: "second", weight: 0, health: "S", rdata: [rdata("A", "192.0.2.2")] },
      { id: "first", weight: 1, health: "P", rdata: [rdata("A", "192.0.2.1")] },
    ]),
  );

  test.each([
    [true, true, "192.0.2.1"],
    [false, true, "192.0.2.2"],
    [true, false, "192.0.2.1"],
    [false, false, "192.0.2.1"], // nothing is healthy: the primary
  ])("primary healthy %s, secondary %s: %s", (primary, secondary, expected) => {
    board.setHealth("P", primary);
    board.setHealth("S", secondary);
    expect(tally(5)).toEqual({ [expected]: 5 });
  });

  test("a secondary alone is given", () => {
    put("www", "failover", [{ id: "second", weight: 0, health: "S" }]);
    board.setHealth("S", false);
    expect(answers()).toEqual(["192.0.2.1"]);
  });
});

describe("multivalue", () => {
  const ids = (count: number): Given[] =>
    Array.from({ length: count }, (_, i) => ({ id: `${i}`, health: `h${i}` }));

  test("all healthy ones are given in random order", () => {
    put("www", "multivalue", ids(3));
    expect(Object.keys(tally(200)).length).toBe(6);
    board.setHealth("h1", false);
    for (let i = 0; i < 20; i++) expect(answers().sort()).toEqual(["192.0.2.1", "192.0.2.3"]);
  });

  test("at most eight are given, of more each as often", () => {
    put("www", "multivalue", ids(12));
    const seen = new Set<string>();
    for (let i = 0; i < 100; i++) {
      const given = answers();
      expect(new Set(given).size).toBe(8);
      for (const one of given) seen.add(one);
    }
    expect(seen.size).toBe(12);
  });

  test("where nothing is healthy, all are given", () => {
    put("www", "multivalue", ids(3));
    for (const one of ["h0", "h1", "h2"]) board.setHealth(one, false);
    expect(answers().sort()).toEqual(["192.0.2.1", "192.0.2.2", "192.0.2.3"]);
  });

  test("the lowest TTL is that of all", () => {
    put("www", "multivalue", [
      { id: "a", ttl: 60 },
      { id: "b", ttl: 30 },
    ]);
    expect(ask(engine, "www.example.org. A")[1]).toMatch(/ 30 A /);
  });
});

describe("nearest", () => {
  beforeEach(() => {
    const networks = ["c0000200/24 0", "c6336400/24 1", "cb007100/24 2"]; // 192.0.2.0, 198.51.100.0, 203.0.113.0
    const packed = new Uint8Array(networks.length * 19);
    for (const [i, line] of networks.entries()) {
      const [network = "", place] = line.split(" ");
      packed.set([0xff, 0xff, ...hex(network.slice(0, 8))], i * 19 + 10);
      packed[i * 19 + 16] = 120;
      packed[i * 19 + 18] = Number(place);
    }
    const table: NetworksObject = {
      kind: "networks",
      places: [
        { name: "berlin", latitude: 52.5, longitude: 13.4 },
        { name: "tokyo", latitude: 35.7, longitude: 139.7 },
        { name: "office" },
      ],
      packed: formatBase64(packed),
    };
    applyObjects({ put: [table], removed: [], objects: new Map() }, zones, board);
    put("www", "nearest", [
      { id: "rest", place: "*", health: "R" },
      { id: "eu", place: "48.9,2.4", health: "E" },
      { id: "jp", place: "tokyo", health: "J" },
      { id: "in", place: "office", health: "I" },
    ]);
  });

  /** The scope that an answer gives. */
  const scope = (subnet: string): number => {
    const options = [{ code: EdnsOption.CLIENT_SUBNET, octets: hex(subnet) }];
    const decoded = decodeMessage(send(engine, query("www.example.org. A", { edns: { options } })));
    if (!decoded.ok) throw new Error(decoded.failure.code);
    return decoded.value.edns!.options[0]!.octets[3]!;
  };

  test.each([
    ["by distance", "00011800c00002", "192.0.2.2"],
    ["at the very place", "00011800c63364", "192.0.2.3"],
    ["at a place without coordinates", "00011800cb0071", "192.0.2.4"],
    ["at none: the one for all others", "000118000a0000", "192.0.2.1"],
    ["IPv6 at none", "0002380020010db8000000", "192.0.2.1"],
  ])("%s", (_, subnet, expected) => expect(answers(undefined, subnet)).toEqual([expected]));

  test("the next nearest where that is unhealthy; where all are, as if they were healthy", () => {
    board.setHealth("E", false);
    expect(answers(undefined, "00011800c00002")).toEqual(["192.0.2.3"]);
    board.setHealth("J", false);
    expect(answers(undefined, "00011800c00002")).toEqual(["192.0.2.1"]);
    board.setHealth("R", false);
    expect(answers(undefined, "00011800c00002")).toEqual(["192.0.2.4"]);
    board.setHealth("I", false);
    expect(answers(undefined, "00011800c00002")).toEqual(["192.0.2.2"]);
  });

  test("the resolver's own address where it says nothing of its client", () => {
    const from = endpoint("198.51.100.7", 999);
    const given = (options: { code: number; octets: Uint8Array }[]): string => {
      const decoded = decodeMessage(
        send(engine, query("www.example.org. A", { edns: { options } }), { from }),
      );
      if (!decoded.ok) throw new Error(decoded.failure.code);
      return decoded.value.answer.map(({ type, rdata: octets }) => formatRdata(type, octets)).join();
    };
    expect(given([])).toBe("192.0.2.3");
    expect(given([{ code: EdnsOption.CLIENT_SUBNET, octets: Uint8Array.of(0, 1, 0, 0) }])).toBe("192.0.2.3");
  });

  test("RFC 7871 section 7.2.1: the scope is what decides, 0 where nothing is said", () => {
    expect(scope("00011800c00002")).toBe(24);
    expect(scope("00010800c0")).toBe(23); // of 192.0.0.0, as 192.0.2.0/24 is another place
    expect(scope("00010000")).toBe(0);
  });

  test("other sets and other names are everybody's", () => {
    put("www", "weighted", [{ id: "a", weight: 1 }]);
    expect(scope("00011800c00002")).toBe(0);
  });
});

describe("around such names", () => {
  beforeEach(() => put("www", "failover", [{ id: "p", weight: 1, rdata: [rdata("A", "192.0.2.99")] }]));

  test("other types are plain, what is not there is NODATA, and their own type is nobody's business", () => {
    expect(answers("www.example.org. TXT")).toEqual(['"beside"']);
    for (const type of ["AAAA", "DS", "TYPE65535"])
      expect(ask(engine, `www.example.org. ${type}`)).toEqual([
        "NOERROR aa",
        expect.stringMatching(/^authority example.org. 60 SOA /),
      ]);
  });

  test("RFC 8482: ANY gives one set, the chosen one", () => {
    expect(answers("www.example.org. ANY")).toEqual(["192.0.2.99"]);
  });

  test("no address is added that nobody has chosen", () => {
    expect(ask(engine, "mail.example.org. MX")).toEqual([
      "NOERROR aa",
      "answer mail.example.org. 60 MX 10 www.example.org.",
    ]);
  });

  test("RFC 4592: a wildcard's sets are chosen from for each name", () => {
    put("*.any", "weighted", [{ id: "a", weight: 1, rdata: [rdata("A", "192.0.2.77")] }]);
    expect(ask(engine, "x.any.example.org. A")).toEqual([
      "NOERROR aa",
      "answer x.any.example.org. 60 A 192.0.2.77",
    ]);
  });

  test("a chosen CNAME is followed", () => {
    put(
      "away",
      "weighted",
      [{ id: "here", weight: 1, rdata: [rdata("CNAME", "www.example.org.")] }],
      "CNAME",
    );
    expect(answers("away.example.org. A")).toEqual(["www.example.org.", "192.0.2.99"]);
    expect(answers("away.example.org. CNAME")).toEqual(["www.example.org."]);
  });

  test("two sets of CNAMEs that lead to each other end", () => {
    put("away", "weighted", [{ id: "x", weight: 1, rdata: [rdata("CNAME", "away.example.org.")] }], "CNAME");
    expect(answers("away.example.org. A")).toEqual(["away.example.org."]);
  });

  test("transfers have the default, and nothing of the sets", () => {
    const types = withSnapshot(zones, (snapshot) => [...(snapshot.rrsets(name("example.org.")) ?? [])]);
    expect(types.some(({ type }) => type === 65_535)).toBe(false);
    const www = types.find(({ owner, type }) => type === RrType.A && owner.equals(name("www.example.org.")));
    expect(www?.rdata.map((octets) => [...octets])).toEqual([[192, 0, 2, 1]]);
  });

  test("without what chooses, the default is given", () => {
    const plain = new AnswerEngine({ zones, group: "s1", hop: "name-servers" });
    expect(ask(plain, "www.example.org. A")[1]).toMatch(/192\.0\.2\.1$/);
  });

  test("removed, the default alone is left; the name goes with it", () => {
    const removed: PoliciesObject = {
      kind: "policies",
      apex: "example.org.",
      owner: "www.example.org.",
      types: [],
    };
    applyObjects({ put: [], removed: [removed], objects: new Map() }, zones, board);
    expect(answers()).toEqual(["192.0.2.1"]);
  });

  test("a trace says what was chosen, and why", () => {
    const { steps, report } = collectSteps();
    const traced = new AnswerEngine({
      zones,
      group: "s1",
      hop: "name-servers",
      policies: { board, random: seeded(2) },
      report,
    });
    const octets16 = new Uint8Array(16).fill(7);
    const octets = query("www.example.org. A", {
      edns: { options: [{ code: traceOptionCode, octets: octets16 }] },
    });
    send(traced, octets, { from: endpoint("127.0.0.1", 5000) });
    expect(steps[0]?.dns?.choice).toEqual({
      policy: "failover",
      sets: ["p"],
      reason: "the primary is healthy",
    });
  });
});

test("records of the type that sets lie in come from nowhere else", () => {
  const bad = {
    apex: name("example.org."),
    owner: name("x.example.org."),
    type: 65_535,
    ttl: 1,
    rdata: [Uint8Array.of(1)],
  };
  expect(() => zones.apply({ put: [{ kind: "rrset", ...bad }], remove: [] })).toThrow(
    expect.objectContaining({ code: "record-malformed" }),
  );
  expect(() =>
    zones.load([
      {
        apex: bad.apex,
        groups: ["s1"],
        feed: (sink) => sink(bad.owner.octets, bad.owner.octets.length, 65_535, 1, bad.rdata[0]!, 1),
      },
    ]),
  ).toThrow(expect.objectContaining({ code: "record-malformed" }));
  expect(answers("www.example.org. TXT")).toEqual(['"beside"']);
});
