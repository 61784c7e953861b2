import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type DoneUpdate, PlainZones, type Rrset, type ZoneChange } from "#zone";
import { serialAfter } from "./served-soa.ts";
import { linesOf, nameOf, rrsetsOf } from "./testing-transfers.ts";
import { afterChanges, type KeptZone, ZoneFolder } from "./zone-folder.ts";

const apex = nameOf("example.org.");
const text = '@ SOA ns host 1 1 1 1 1\n@ NS ns\nns A 192.0.2.1\nodd\\.\\000 TXT "a\\"\\\\\\255"\n';
let folder: string;

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "fairlead-zones-"))));
afterEach(() => rmSync(folder, { recursive: true }));

function put(line: string): ZoneChange {
  return {
    put: rrsetsOf("example.org.", line).map((rrset) => ({ kind: "rrset", apex, ...rrset })),
    remove: [],
  };
}

/** The RRsets of a zone as it was kept, without the changes since. */
function rrsetsIn(kept: KeptZone | undefined, of = apex): Rrset[] {
  if (!kept) return [];
  const zones = new PlainZones();
  zones.load([{ apex: of, groups: [], feed: kept.feed }]);
  return [...(zones.rrsets(of) ?? [])];
}

test("a zone, its changes and until when it is good are there again", () => {
  const kept = new ZoneFolder(join(folder, "new"));
  expect(kept.load(apex)).toBeUndefined();
  kept.save(apex, rrsetsOf("example.org.", text));
  const change: ZoneChange = {
    ...put("www A 192.0.2.80"),
    remove: [{ kind: "rrset", apex, owner: nameOf("ns.example.org."), type: 1 }],
  };
  kept.append(apex, change);
  kept.append(apex, put("www A 192.0.2.81"));
  kept.vouch(apex, 1_800_000_000_000);
  const found = new ZoneFolder(join(folder, "new")).load(apex);
  const rrsets = rrsetsIn(found);
  expect(found?.expiresAt).toBe(1_800_000_000_000);
  expect(linesOf(afterChanges(rrsets, found?.changes ?? []))).toEqual(
    linesOf(rrsetsOf("example.org.", text.replace("ns A 192.0.2.1", "www A 192.0.2.81"))),
  );
  kept.save(apex, rrsetsOf("example.org.", text));
  expect(kept.load(apex)?.changes).toEqual([]);
  kept.remove(apex);
  expect(readdirSync(join(folder, "new"))).toEqual([]);
});

test("a zone that was kept is read until its SOA alone, and what is thrown at a record comes through", () => {
  const kept = new ZoneFolder(folder);
  kept.save(apex, rrsetsOf("example.org.", text));
  const found = kept.load(apex);
  if (!found) throw new Error("it is kept");
  expect(serialAfter(apex, found)).toBe(1);
  const enough = new Error("enough");
  expect(() =>
    found.feed(() => {
      throw enough;
    }),
  ).toThrow(enough);
});

test("updates are known again as long as their signatures are good, also once their changes are in the zone's file", () => {
  const kept = new ZoneFolder(folder);
  kept.save(apex, rrsetsOf("example.org.", text));
  const now = Math.floor(Date.now() / 1000);
  const marked = (id: string, until: number): DoneUpdate => ({ key: "k.", id, signedAt: until - 300, until });
  const good = [marked("one", now + 100_000), marked("two", now + 200_000)];
  const [one, two] = good;
  kept.append(apex, put("a A 192.0.2.1"), one);
  kept.append(apex, put("a A 192.0.2.2"), marked("over", now - 1));
  kept.append(apex, put("a A 192.0.2.3"));
  expect(new ZoneFolder(folder).load(apex)).toMatchObject({ updates: [one] });
  const again = new ZoneFolder(folder);
  expect(again.load(apex)?.changes).toHaveLength(3);
  again.append(apex, put("a A 192.0.2.4"), two);
  again.save(apex, rrsetsOf("example.org.", text));
  const found = new ZoneFolder(folder).load(apex);
  expect([found?.updates, found?.changes]).toEqual([good, []]);
  // One that forgets the zone forgets them.
  again.remove(apex);
  again.save(apex, rrsetsOf("example.org.", text));
  expect(new ZoneFolder(folder).load(apex)?.updates).toEqual([]);
});

test.each([0, 1, 20])(
  "a line that was cut off %i octets before its end is as if it had not been written",
  (missing) => {
    const kept = new ZoneFolder(folder);
    kept.save(apex, rrsetsOf("example.org.", text));
    kept.append(apex, put("a A 192.0.2.1"));
    const before = statSync(join(folder, "example.org.journal")).size;
    kept.append(apex, put("b A 192.0.2.1"));
    const path = join(folder, "example.org.journal");
    truncateSync(path, statSync(path).size - 1 - missing);
    expect(kept.load(apex)?.changes).toHaveLength(1);
    expect(readFileSync(path).length).toBeGreaterThan(before);
  },
);

test("behind a line that is damaged nothing is taken", () => {
  const kept = new ZoneFolder(folder);
  kept.save(apex, rrsetsOf("example.org.", text));
  kept.append(apex, put("a A 192.0.2.1"));
  appendFileSync(join(folder, "example.org.journal"), '{"put":[["..",1,1,[]]]}\n');
  kept.append(apex, put("b A 192.0.2.1"));
  expect(kept.load(apex)?.changes).toHaveLength(1);
});

test.each([
  ".",
  "\\.\\.\\/etc.test.",
  `${"x".repeat(63)}.${"y".repeat(63)}.${"z".repeat(63)}.test.`,
  "\\000.test.",
  "a\\%b.test.",
])("the name of zone %s leads to no other folder", (name) => {
  const kept = new ZoneFolder(folder);
  kept.save(nameOf(name), rrsetsOf(name, "@ SOA . . 1 1 1 1 1\n"));
  expect(rrsetsIn(kept.load(nameOf(name)), nameOf(name))).toHaveLength(1);
  expect(readdirSync(folder)).toHaveLength(1);
});
