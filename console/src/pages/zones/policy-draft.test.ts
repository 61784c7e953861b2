// What is typed of a routing policy: what is wrong with it, what it comes to, and the command that makes it so.

import { expect, test } from "vitest";
import type { Rrset } from "#contract";
import {
  commandOf,
  draftOf,
  isGood,
  lintOf,
  newDraft,
  newSet,
  plainCommandOf,
  shareOf,
  type PolicyDraft,
  type SetDraft,
} from "./policy-draft.ts";

const place = { zone: "shop.test", name: "www.shop.test", type: "A" };

function rrset(over: Partial<Rrset>): Rrset {
  return {
    zone: "shop.test",
    name: "www.shop.test",
    type: "A",
    setIdentifier: "",
    ttl: 60,
    origin: "user",
    entries: [{ id: "1", data: "192.0.2.1" }],
    ...over,
  };
}

/** A draft of sets, each with a name and a value of its own. */
function draft(kind: PolicyDraft["kind"], ...sets: Partial<SetDraft>[]): PolicyDraft {
  return {
    kind,
    ttl: "60",
    sets: sets.map((set, i) => ({
      ...newSet(kind, []),
      id: `s${i}`,
      place: i === 0 ? "*" : `p${i}`,
      values: `192.0.2.${i + 1}`,
      ...set,
    })),
  };
}

const wrong = (of: PolicyDraft, type = "A"): unknown[] =>
  [...lintOf(of, type).sets.values()].flatMap((fields) => Object.entries(fields).map(([field]) => field));

test.each<[string, PolicyDraft, string[]]>([
  ["no name", draft("weighted", { id: "" }), ["id"]],
  ["a blank in it", draft("weighted", { id: "a b" }), ["id"]],
  ["the same name twice", draft("weighted", { id: "a" }, { id: "a" }), ["id", "id"]],
  ["no value", draft("weighted", { values: " \n" }), ["values"]],
  ["a weight beyond 255", draft("weighted", { weight: "256" }), ["weight"]],
  ["a weight that is none", draft("weighted", { weight: "-1" }), ["weight"]],
  [
    "two values of one that is given together",
    draft("multivalue", { values: "192.0.2.1\n192.0.2.2" }),
    ["values"],
  ],
  [
    "the same value twice",
    draft("multivalue", { values: "192.0.2.1" }, { values: "192.0.2.1" }),
    ["values", "values"],
  ],
  ["no place", draft("nearest", { place: "" }), ["place"]],
  ["one place twice", draft("nearest", { place: "eu" }, { place: "eu" }), ["place", "place"]],
  ["no resource", draft("weighted", { health: "resource" }), ["of"]],
  ["no port to listen on", draft("weighted", { health: "tcp", of: "192.0.2.1" }), ["of"]],
  ["a path of nothing but a port", draft("weighted", { health: "tcp", of: "192.0.2.1:1/x" }), ["of"]],
  ["a host in the place of an address", draft("weighted", { health: "http", of: "shop.test/" }), ["of"]],
  ["a port that there is not", draft("weighted", { health: "http", of: "192.0.2.1:65536/" }), ["of"]],
  ["a look each moment", draft("weighted", { health: "http", of: "192.0.2.1", every: "0.1" }), ["every"]],
  [
    "a time-out longer than its interval",
    draft("weighted", { health: "http", of: "192.0.2.1", every: "1", within: "2" }),
    ["within"],
  ],
  ["looks that are no number", draft("weighted", { health: "http", of: "192.0.2.1", times: "x" }), ["times"]],
  [
    "an address as a host",
    draft("weighted", { health: "http", of: "192.0.2.1", host: "192.0.2.1" }),
    ["host"],
  ],
  [
    "a blank in a server name",
    draft("weighted", { health: "https", of: "192.0.2.1", serverName: "a b" }),
    ["serverName"],
  ],
  [
    "a host that nobody asks for over TCP",
    draft("weighted", { health: "tcp", of: "192.0.2.1:1", host: "a b" }),
    [],
  ],
  ["IPv6 with a path", draft("weighted", { health: "http", of: "[2001:db8::1]:80/up", every: "1" }), []],
])("%s is told beside its field", (_, of, fields) => {
  expect(wrong(of)).toEqual(fields);
});

test("what is wrong with all sets together is told", () => {
  const problems = (of: PolicyDraft, type = "A"): readonly string[] => lintOf(of, type).problems;
  expect(problems(draft("failover", {}, {}))).toEqual([
    "Two sets are the primary: a failover has one primary and one secondary",
  ]);
  expect(problems(draft("weighted", {}), "NS")).toEqual([
    "NS records are the same for everybody: no policy chooses them",
  ]);
  expect(problems(draft("multivalue", {}), "CNAME")).toHaveLength(1);
  expect(problems({ ...draft("weighted", {}), ttl: "soon" })).toHaveLength(1);
  expect(problems(draft("weighted"))).toEqual(["Add a set at least"]);
  expect(problems(draft("weighted", ...Array.from({ length: 101 }, () => ({}))))).toHaveLength(1);
});

test("values that are no data of their type stand beside their set", () => {
  const of = draft("weighted", { values: "192.0.2.x" });
  const lint = lintOf(of, "A", new Map([[of.sets[0]?.row ?? 0, "Expected an IPv4 address"]]));
  expect([...lint.sets.values()]).toEqual([{ values: "Expected an IPv4 address" }]);
  expect(isGood(lint)).toBe(false);
});

test("what may surprise is noted where nothing is wrong", () => {
  const notes = (of: PolicyDraft): string => lintOf(of, "A").notes.join("; ");
  expect(notes(draft("weighted", {}))).toContain("One set alone");
  expect(notes(draft("weighted", { weight: "0" }, { weight: "0" }))).toContain("All weights are 0");
  expect(notes(draft("weighted", { weight: "0" }, {}))).toContain("Set s0 has weight 0");
  expect(notes(draft("failover", {}, { role: "secondary" }))).toContain("the secondary is never given");
  expect(notes(draft("failover", {}))).toContain("There is no secondary");
  expect(notes(draft("failover", { role: "secondary" }))).toContain("There is no primary");
  expect(notes(draft("nearest", { place: "eu" }, {}))).toContain("No set is for all others");
  expect(notes(draft("multivalue", ...Array.from({ length: 9 }, () => ({}))))).toContain("Eight");
  expect(notes(draft("failover", { health: "resource", of: "web" }, { role: "secondary" }))).toBe("");
});

test("a share of the answers follows from weights that are good", () => {
  const of = draft("weighted", { weight: "9" }, { weight: "1" });
  expect(of.sets.map((set) => shareOf(set, of))).toEqual([0.9, 0.1]);
  const bad = draft("weighted", { weight: "x" }, {});
  expect(bad.sets.map((set) => shareOf(set, bad))).toEqual([undefined, undefined]);
});

test("the first sets take the place of a record that stood there, as one change", () => {
  const plain = rrset({ ttl: 120 });
  const begun = newDraft("failover", plain.ttl, "192.0.2.1");
  const [first, second] = begun.sets;
  expect([first?.id, first?.values, second?.id, second?.role]).toEqual([
    "primary",
    "192.0.2.1",
    "secondary",
    "secondary",
  ]);
  const of = {
    ...begun,
    sets: begun.sets.map((set, i) =>
      i === 0
        ? { ...set, health: "http" as const, of: "192.0.2.1:8080/up", every: "1.5", times: "2" }
        : { ...set, values: "192.0.2.2" },
    ),
  };
  const name = { name: "www.shop.test.", type: "A" };
  expect(commandOf(place, of, [plain])).toEqual({
    action: "change-rrsets",
    zone: "shop.test",
    edits: [
      { ...name, expected: { ttl: 120, records: ["192.0.2.1"] }, put: null },
      {
        ...name,
        setIdentifier: "primary",
        policy: { kind: "failover", role: "primary" },
        health: { kind: "check", url: "http://192.0.2.1:8080/up", intervalMs: 1500, threshold: 2 },
        expected: null,
        put: { ttl: 120, records: ["192.0.2.1"] },
      },
      {
        ...name,
        setIdentifier: "secondary",
        policy: { kind: "failover", role: "secondary" },
        expected: null,
        put: { ttl: 120, records: ["192.0.2.2"] },
      },
    ],
  });
});

const eu = rrset({
  setIdentifier: "eu",
  policy: { kind: "weighted", weight: 3 },
  health: { kind: "check", url: "tcp://192.0.2.1:53", timeoutMs: 900 },
});
const us = rrset({ setIdentifier: "us", policy: { kind: "weighted", weight: 1 }, ttl: 30 });

test("what the form has no field of stays with the way that it belongs to", () => {
  const check = { kind: "check", host: "www.shop.test", verifyCertificate: true } as const;
  const own = rrset({
    setIdentifier: "eu",
    policy: { kind: "weighted", weight: 3 },
    health: { ...check, url: "https://192.0.2.1/up" },
  });
  const of = draftOf([own, us]);
  const healthBy = (edit: Partial<SetDraft>): unknown => {
    const draft = { ...of, sets: of.sets.map((set, i) => (i === 0 ? { ...set, ...edit } : set)) };
    const command = commandOf(place, draft, [own, us]);
    return command?.action === "put-rrset" ? command.health : undefined;
  };
  expect(healthBy({ of: "192.0.2.9/up" })).toEqual({ ...check, url: "https://192.0.2.9/up" });
  expect(healthBy({ health: "http" })).toEqual({
    kind: "check",
    host: "www.shop.test",
    url: "http://192.0.2.1/up",
  });
  expect(healthBy({ health: "tcp", of: "192.0.2.1:53" })).toEqual({
    kind: "check",
    url: "tcp://192.0.2.1:53",
  });
});

test("what is as it was is no change; one that differs is a command of its own", () => {
  const of = draftOf([eu, us]);
  expect(isGood(lintOf(of, "A"))).toBe(true);
  expect(commandOf(place, of, [eu, us])).toBeUndefined();
  const change = (row: number, edit: Partial<SetDraft>): PolicyDraft => ({
    ...of,
    sets: of.sets.map((set, i) => (i === row ? { ...set, ...edit } : set)),
  });
  const put = {
    action: "put-rrset",
    zone: "shop.test",
    name: "www.shop.test.",
    type: "A",
    setIdentifier: "eu",
  };
  expect(commandOf(place, change(0, { weight: "5" }), [eu, us])).toEqual({
    ...put,
    policy: { kind: "weighted", weight: 5 },
    health: eu.health,
    ttl: 60,
    records: ["192.0.2.1"],
  });
  expect(commandOf(place, change(0, { health: "none" }), [eu, us])).toMatchObject({ ...put, health: null });
  expect(commandOf(place, { ...of, sets: of.sets.slice(0, 1) }, [eu, us])).toEqual({
    action: "delete-rrset",
    zone: "shop.test",
    name: "www.shop.test.",
    type: "A",
    setIdentifier: "us",
  });
  // A TTL that is typed is that of all.
  const { edits = [] } = commandOf(place, { ...of, ttl: "90" }, [eu, us]) as unknown as {
    edits?: { put: { ttl: number } }[];
  };
  expect(edits.map((edit) => edit.put.ttl)).toEqual([90, 90]);
});

test("host, server name and certificate are of the ways to look that have them", () => {
  const health = {
    kind: "check",
    url: "https://192.0.2.1/up",
    host: "shop.test",
    serverName: "tls.shop.test",
    verifyCertificate: true,
  } as const;
  const before = rrset({ setIdentifier: "eu", policy: { kind: "weighted", weight: 3 }, health });
  const of = draftOf([before]);
  expect(commandOf(place, of, [before])).toBeUndefined();
  const looked = (edit: Partial<SetDraft>): unknown => {
    const command = commandOf(place, { ...of, sets: of.sets.map((set) => ({ ...set, ...edit })) }, [before]);
    return command && "health" in command ? command.health : undefined;
  };
  expect(looked({ health: "http" })).toEqual({
    kind: "check",
    url: "http://192.0.2.1/up",
    host: "shop.test",
  });
  expect(looked({ health: "tcp", of: "192.0.2.1:1" })).toEqual({ kind: "check", url: "tcp://192.0.2.1:1" });
  expect(looked({ verifies: false, serverName: "" })).toEqual({
    kind: "check",
    url: "https://192.0.2.1/up",
    host: "shop.test",
  });
  const unsaid = {
    ...before,
    health: { kind: "check", url: "https://192.0.2.1/", verifyCertificate: false } as const,
  };
  expect(commandOf(place, draftOf([unsaid]), [unsaid])).toBeUndefined();
});

test("a policy that is taken away leaves one RRset", () => {
  expect(plainCommandOf(place, [eu, us], { ttl: 60, records: ["192.0.2.1"] })).toMatchObject({
    edits: [
      { setIdentifier: "eu", put: null },
      { setIdentifier: "us", put: null },
      { expected: null, put: { ttl: 60, records: ["192.0.2.1"] } },
    ],
  });
});
