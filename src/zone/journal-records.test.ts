// The journal's records: what goes in comes out, and octets that a disk has changed are none.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Name, parseZoneFile, RrType, type ResourceRecord } from "#wire";
import { Journal } from "./journal.ts";
import { decodeJournalEvent, encodeJournalEvent, type JournalEvent } from "./journal-records.ts";
import type { Rrset } from "./rrset.ts";
import type { VersionDiff } from "./version.ts";

const apex = nameOf("example.test.");

function nameOf(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

function records(text: string): ResourceRecord[] {
  return [...parseZoneFile(text, { origin: apex, ttl: 60 }).records];
}

function soa(serial: number): Rrset {
  const [record] = records(`@ SOA ns host ${serial} 1 1 1 1`);
  return { owner: apex, type: RrType.SOA, ttl: 60, rdata: [record?.rdata ?? new Uint8Array()] };
}

function diff(from: number, to: number, removed = "", added = ""): VersionDiff {
  return { from: soa(from), to: soa(to), removed: records(removed), added: records(added) };
}

const add = (from: number, to: number): JournalEvent => ({
  kind: "add",
  apex,
  diff: diff(from, to, "www A 192.0.2.1\nold\\.dot TXT a b", "www A 192.0.2.2\n*.x TYPE65280 \\# 3 010203"),
});

describe("records", () => {
  test.each<JournalEvent>([
    add(1, 2),
    { kind: "add", apex: Name.root, diff: { ...diff(1, 2), removed: [], added: [] } },
    { kind: "cut", apex, serial: 4_294_967_295 },
    { kind: "forget", apex },
  ])("$kind", (event) => {
    const decoded = decodeJournalEvent(encodeJournalEvent(event));
    expect(decoded && encodeJournalEvent(decoded)).toEqual(encodeJournalEvent(event));
    expect(decoded?.apex.equals(event.apex)).toBe(true);
    expect(decoded?.kind).toBe(event.kind);
  });

  test("of any size", () => {
    for (let count = 1; count < 200; count += 3) {
      const text = Array.from({ length: count }, (_, i) => `host${i} TXT ${"x".repeat(i + 1)}`).join("\n");
      const event: JournalEvent = { kind: "add", apex, diff: diff(1, 2, "", text) };
      const decoded = decodeJournalEvent(encodeJournalEvent(event));
      expect(decoded?.kind === "add" && decoded.diff.added.length).toBe(count);
      expect(decoded && encodeJournalEvent(decoded)).toEqual(encodeJournalEvent(event));
    }
  });

  test("are none where octets are missing, or are too many", () => {
    const octets = encodeJournalEvent(add(1, 2));
    for (let length = 0; length < octets.length; length++)
      expect(decodeJournalEvent(octets.slice(0, length))).toBeUndefined();
    expect(decodeJournalEvent(Uint8Array.of(...octets, 0))).toBeUndefined();
  });

  test("that somebody has changed do not throw, and take no more room than they are long", () => {
    const octets = encodeJournalEvent(add(1, 2));
    fc.assert(
      fc.property(fc.nat(octets.length - 1), fc.integer({ min: 1, max: 255 }), (at, bits) => {
        const changed = octets.slice();
        changed[at] = changed[at]! ^ bits;
        const decoded = decodeJournalEvent(changed);
        if (decoded?.kind === "add") expect(decoded.diff.added.length).toBeLessThan(octets.length);
      }),
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (any) => void decodeJournalEvent(any)));
  });

  test("that promise four billion records are none", () => {
    const octets = encodeJournalEvent({ kind: "add", apex, diff: { ...diff(1, 2), removed: [], added: [] } });
    octets.fill(0xff, octets.length - 8);
    expect(decodeJournalEvent(octets)).toBeUndefined();
  });
});

describe("Journal.resume", () => {
  const journal = (): { journal: Journal; told: string[] } => {
    const made = new Journal();
    for (let i = 1; i < 5; i++) made.add(apex, diff(i, i + 1));
    const told: string[] = [];
    made.onEvent = (event) => told.push(event.kind);
    return { journal: made, told };
  };

  test.each([
    ["the last version: all holds", 5, 4, []],
    ["a version before: what is known up to it holds", 3, 2, []],
    ["the first: nothing is known of before", 1, undefined, []],
    ["a version that nobody knows: nothing holds", 77, undefined, ["forget"]],
  ] as const)("%s", (_, serial, known, events) => {
    const { journal: own, told } = journal();
    own.resume(apex, serial);
    expect(own.since(apex, 1)?.length).toBe(known);
    expect(told).toEqual(events);
  });

  test.each([
    ["step by step", [[3, 4]], 3],
    ["by two steps at once", [[3, 5]], 4],
  ] as const)("a zone that goes the same way again, %s, has all that it had", (_, steps, known) => {
    const { journal: own, told } = journal();
    own.resume(apex, 3);
    for (const [from, to] of steps) own.add(apex, diff(from, to));
    expect(own.since(apex, 1)).toHaveLength(known);
    expect(told).toEqual([]);
  });

  test.each([
    ["to another serial", diff(3, 6)],
    ["to the same serial by other records", diff(3, 4, "", "other A 192.0.2.1")],
  ])("one that goes another way, %s, has what was before, and that", (_, other) => {
    const { journal: own, told } = journal();
    own.resume(apex, 3);
    own.add(apex, other);
    expect(own.since(apex, 1)?.at(-1)).toBe(other);
    expect(own.since(apex, 1)).toHaveLength(3);
    expect(told).toEqual(["cut", "add"]);
  });

  test("what is repeated on an empty journal comes to the same", () => {
    const { journal: own } = journal();
    const events: JournalEvent[] = [...own.events()];
    own.onEvent = (event) => events.push(event);
    own.resume(apex, 4);
    own.add(apex, diff(4, 9)); // another way than to 5
    const other = new Journal();
    for (const event of events) {
      const read = decodeJournalEvent(encodeJournalEvent(event));
      if (read) other.repeat(read);
    }
    expect(other.since(apex, 1)).toEqual(own.since(apex, 1));
    expect(other.since(apex, 1)).toHaveLength(4);
  });
});
