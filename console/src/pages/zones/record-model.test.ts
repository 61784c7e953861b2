// Rows of served and staged records, their order, and what of the staged ones stands against what somebody else did.

import { describe, expect, test } from "vitest";
import type { Rrset } from "#contract";
import { partsOf } from "./edits.ts";
import { allRows, isSameContent, judgeStaged, keyOf, placeOf, type StagedEdit } from "./record-model.ts";

const rrset = (
  name: string,
  type: string,
  records: string[],
  ttl = 60,
  origin: Rrset["origin"] = "user",
): Rrset => ({
  zone: "shop.test",
  name,
  type,
  setIdentifier: "",
  ttl,
  origin,
  entries: records.map((data) => ({ id: data, data })),
});
const served = [
  rrset("shop.test", "SOA", ["ns. root. 1 2 3 4 5"], 60, "platform"),
  rrset("shop.test", "NS", ["ns1."], 60, "platform"),
  rrset("a.shop.test", "A", ["192.0.2.1", "192.0.2.2"]),
  rrset("www.shop.test", "A", ["192.0.2.1"]),
  rrset("www.shop.test", "TXT", ['"x"']),
];
const stagedOf = (...edits: StagedEdit[]): Map<string, StagedEdit> =>
  new Map(edits.map((edit) => [keyOf(edit), edit]));
const text = (staged: Map<string, StagedEdit>, grouping: "name" | "type" = "name"): string[] =>
  allRows(served, staged, () => true, grouping).map((row) =>
    row.kind === "head"
      ? `${row.title} ${row.count}`
      : `${row.name} ${row.type} ${row.data} ${row.ttl} ${row.mark}${row.isFirstOfName ? " *" : ""}${row.isInConflict ? " !" : ""}`,
  );

test("sets of one name and type have keys of their own, which can be taken apart", () => {
  const sets = ["eu", "us"].map((setIdentifier) => ({
    ...rrset("x.shop.test", "A", ["192.0.2.1"]),
    setIdentifier,
    policy: { kind: "weighted", weight: 1 } as const,
  }));
  const edit = { name: "x.shop.test", type: "A", setIdentifier: "us", expected: null, put: null };
  const rows = allRows(sets, stagedOf(edit), () => true, "name");
  expect(rows.map((row) => row.kind === "record" && `${row.set?.setIdentifier} ${row.mark}`)).toEqual([
    "eu same",
    "us removed",
  ]);
  for (const key of rows.map((row) => (row.kind === "record" ? row.key : "")))
    expect(keyOf(placeOf(key))).toBe(key);
  expect(partsOf("x.shop.test A =us +192.0.2.1")).toEqual({ key: "x.shop.test A =us", data: "192.0.2.1" });
  expect(partsOf('x.shop.test TXT +"a -b"')).toEqual({ key: "x.shop.test TXT", data: '"a -b"' });
});

describe("rows", () => {
  test("stand by name, or by type below heads", () => {
    expect(text(new Map()).slice(2)).toEqual([
      "a.shop.test A 192.0.2.1 60 same *",
      "a.shop.test A 192.0.2.2 60 same",
      "www.shop.test A 192.0.2.1 60 same *",
      'www.shop.test TXT "x" 60 same',
    ]);
    expect(text(new Map(), "type").filter((line) => !line.includes("shop"))).toEqual([
      "SOA 1",
      "NS 1",
      "A 3",
      "TXT 1",
    ]);
  });

  test("show what is staged where it will be", () => {
    const staged = stagedOf(
      { name: "b.shop.test", type: "A", expected: null, put: { ttl: 60, records: ["192.0.2.9"] } },
      { name: "z.shop.test", type: "A", expected: null, put: { ttl: 60, records: ["192.0.2.9"] } },
      {
        name: "a.shop.test",
        type: "A",
        expected: { ttl: 60, records: ["192.0.2.2", "192.0.2.1"] },
        put: { ttl: 300, records: ["192.0.2.2", "192.0.2.3"] },
      },
      { name: "www.shop.test", type: "TXT", expected: { ttl: 60, records: ['"y"'] }, put: null },
    );
    expect(text(staged).slice(2)).toEqual([
      "a.shop.test A 192.0.2.1 60 removed *",
      "a.shop.test A 192.0.2.2 300 changed",
      "a.shop.test A 192.0.2.3 300 added",
      "b.shop.test A 192.0.2.9 60 added *",
      "www.shop.test A 192.0.2.1 60 same *",
      'www.shop.test TXT "x" 60 removed !',
      "z.shop.test A 192.0.2.9 60 added *",
    ]);
  });

  test("have ids of their own", () => {
    const staged = stagedOf({
      name: "www.shop.test",
      type: "A",
      expected: null,
      put: { ttl: 60, records: ["192.0.2.7"] },
    });
    const ids = allRows(served, staged, () => true, "type").map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

test("contents are the same in whatever order", () => {
  expect(isSameContent({ ttl: 1, records: ["a", "b"] }, { ttl: 1, records: ["b", "a"] })).toBe(true);
  expect(isSameContent({ ttl: 1, records: ["a"] }, { ttl: 2, records: ["a"] })).toBe(false);
  expect(isSameContent(null, null)).toBe(true);
  expect(isSameContent(null, { ttl: 1, records: ["a"] })).toBe(false);
});

test("what is done already and what is another one is told apart", () => {
  const content = { ttl: 60, records: ["192.0.2.1"] };
  const staged = stagedOf(
    { name: "www.shop.test", type: "A", expected: null, put: content },
    { name: "www.shop.test", type: "TXT", expected: { ttl: 60, records: ['"old"'] }, put: null },
    { name: "new.shop.test", type: "A", expected: null, put: content },
    { name: "gone.shop.test", type: "A", expected: content, put: null },
  );
  const byKey = new Map(served.map((one) => [keyOf(one), one]));
  expect(judgeStaged((key) => byKey.get(key), staged)).toEqual({
    conflicts: ["www.shop.test TXT"],
    done: ["www.shop.test A", "gone.shop.test A"],
  });
});
