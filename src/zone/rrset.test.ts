import { describe, expect, test } from "vitest";
import { Name, type ResourceRecord, RrClass, RrType } from "#wire";
import { diffZones, isEmptyDiff } from "./diff.ts";
import { groupRecords, hasSameRecords, type Rrset, toRecords } from "./rrset.ts";
import { name, rrsets } from "./testing.ts";

const describeRrset = ({ owner, type, ttl, rdata }: Rrset): string =>
  `${owner.toString()} ${ttl} ${type} x${rdata.length}`;

const record = (owner: string, ttl: number, ...rdata: number[]): ResourceRecord => ({
  name: name(owner),
  type: RrType.A,
  class: RrClass.IN,
  ttl,
  rdata: Uint8Array.from(rdata),
});

describe("groupRecords()", () => {
  test("puts records together by owner without regard to case, in canonical order (RFC 2181 section 5)", () => {
    const grouped = rrsets("example.org.", "b A 192.0.2.1\na A 192.0.2.1\nB A 192.0.2.2\nB TXT x\n@ NS a\n");
    expect(grouped.map(describeRrset)).toEqual([
      "example.org. 60 2 x1",
      "a.example.org. 60 1 x1",
      "b.example.org. 60 1 x2",
      "B.example.org. 60 16 x1",
    ]);
  });

  test("counts a record given twice once, names in RDATA without regard to case (RFC 2181 section 5)", () => {
    expect(rrsets("example.org.", "a MX 1 b\na MX 1 B\na MX 2 b\n").map(describeRrset)).toEqual([
      "a.example.org. 60 15 x2",
    ]);
  });

  test("takes the lowest TTL of an RRset (RFC 2181 section 5.2) and 0 for one with the top bit (section 8)", () => {
    expect(
      groupRecords([record("a.", 60, 1, 2, 3, 4), record("a.", 30, 1, 2, 3, 5)]).map(describeRrset),
    ).toEqual(["a. 30 1 x2"]);
    expect(groupRecords([record("a.", 2 ** 31, 1, 2, 3, 4)])[0]?.ttl).toBe(0);
  });

  test("leaves other classes out", () => {
    expect(groupRecords([{ ...record("a.", 60, 1, 2, 3, 4), class: RrClass.CH }])).toEqual([]);
  });

  test("comes back as records", () => {
    const records = [
      record("a.", 60, 1, 2, 3, 4),
      record("a.", 60, 1, 2, 3, 5),
      record("b.", 60, 1, 2, 3, 4),
    ];
    expect(toRecords(groupRecords(records))).toEqual(records);
  });
});

const first = (text: string): Rrset =>
  rrsets("example.org.", text)[0] ?? { owner: Name.root, type: 0, ttl: 0, rdata: [] };

describe("hasSameRecords() compares as sets in canonical form (RFC 4034 section 6)", () => {
  test.each([
    ["a A 192.0.2.1\na A 192.0.2.2\n", "a A 192.0.2.2\na A 192.0.2.1\n", true],
    ["a NS b\n", "a NS B\n", true],
    ["a TXT b\n", "a TXT B\n", false],
    ["a A 192.0.2.1\n", "a A 192.0.2.2\n", false],
    ["a A 192.0.2.1\n", "a A 192.0.2.1\na A 192.0.2.2\n", false],
    ["a 5 A 192.0.2.1\n", "a 6 A 192.0.2.1\n", false],
  ])("%j and %j: %s", (a, b, expected) => {
    expect(hasSameRecords(first(a), first(b))).toBe(expected);
  });
});

describe("diffZones()", () => {
  const before = rrsets("example.org.", "z A 192.0.2.1\nb A 192.0.2.1\nb TXT x\nc MX 1 d\ne A 192.0.2.5\n");

  test("finds what was added, removed and changed, in canonical order", () => {
    const after = rrsets("example.org.", "B A 192.0.2.2\nB TXT x\nc MX 1 D\ny AAAA ::1\nx A 192.0.2.1\n");
    const diff = diffZones(before, after);
    expect(diff.added.map(describeRrset)).toEqual(["x.example.org. 60 1 x1", "y.example.org. 60 28 x1"]);
    expect(diff.removed.map(describeRrset)).toEqual(["e.example.org. 60 1 x1", "z.example.org. 60 1 x1"]);
    expect(diff.changed.map((change) => describeRrset(change.after))).toEqual(["B.example.org. 60 1 x1"]);
    expect(isEmptyDiff(diff)).toBe(false);
  });

  test("finds nothing between a zone and itself in another order", () => {
    expect(isEmptyDiff(diffZones(before, [...before].reverse()))).toBe(true);
  });
});
