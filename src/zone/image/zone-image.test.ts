// Images do what every table of zones does; and what only they do: other threads' views, memory that comes back, order, room.

import * as fc from "fast-check";
import { Name, RrType } from "#wire";
import { expect, test } from "vitest";
import { PlainZones } from "../plain-zones.ts";
import { none, ZoneSearch } from "../reader.ts";
import type { Rrset } from "../rrset.ts";
import { withSnapshot, type ZoneStore } from "../snapshot.ts";
import { name, rrsets, zone } from "../testing.ts";
import { runZoneReaderContract } from "../zone-reader.contract.ts";
import { Arena } from "./arena.ts";
import { writeNode } from "./blocks.ts";
import { LeafWalk } from "./leaf-walk.ts";
import { TrieWriter } from "./trie-writer.ts";
import { emptyCell } from "./trie.ts";
import { readImage, ZoneImage } from "./zone-image.ts";

const reserved = 2 ** 20;

runZoneReaderContract("ZoneImage", () => new ZoneImage(reserved));

const labels = fc.constantFrom(
  "a",
  "B",
  "ab",
  "*",
  "\\000",
  "\\255",
  "b-c",
  "_x",
  "zz",
  "0",
  "a\\.b",
  "\\128",
);
const anyOwner = fc.array(labels, { maxLength: 5 }).map((parts) => [...parts, "example.org."].join("."));

test("an image and plain zones find the same for random names, while RRsets come and go", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          owner: anyOwner,
          type: fc.constantFrom("A", "TXT", "NS", "DNAME", "NSEC", "NSEC3"),
          isPut: fc.boolean(),
        }),
        {
          maxLength: 40,
        },
      ),
      fc.array(anyOwner, { maxLength: 20 }),
      (edits, asked) => {
        const image = new ZoneImage(reserved);
        const plain = new PlainZones();
        const both = [image, plain];
        for (const one of both) one.apply(zone("example.org.", ["s"], "@ SOA a. b. 1 1 1 1 1\n"));
        for (const { owner, type, isPut } of edits) {
          const apex = name("example.org.");
          const data = dataOf[type];
          const [rrset] = rrsets("example.org.", `${owner} ${type} ${data}\n`);
          if (!rrset || data === undefined) throw new Error(owner);
          for (const one of both)
            one.apply(
              isPut
                ? { put: [{ kind: "rrset", apex, ...rrset }], remove: [] }
                : { put: [], remove: [{ kind: "rrset", apex, owner: rrset.owner, type: rrset.type }] },
            );
        }
        for (const text of [...asked, ...edits.map(({ owner }) => owner)])
          expect(searched(image, text), text).toEqual(searched(plain, text));
        expect(walked(image, asked)).toEqual(walked(plain, asked));
      },
    ),
    { numRuns: 150 },
  );
});

/** What snapshots say of names and those beside them, row by row. */
function walked(zones: ZoneStore, asked: readonly string[]): unknown {
  const apex = name("example.org.");
  const lines = (rrsets: readonly Rrset[]): string[] =>
    rrsets.map(({ owner, type, rdata }) => `${owner.key} ${type} ${rdata.join(" ")}`);
  return withSnapshot(zones, (snapshot) =>
    (["names", "hashed"] as const).map((row) => [
      lines(snapshot.lastBefore(apex, undefined, row)),
      ...asked.map(name).map((owner) => ({
        at: lines(snapshot.at(apex, owner, row)),
        before: lines(snapshot.lastBefore(apex, owner, row)),
        onward: Array.from(snapshot.onward(apex, owner, row), lines),
      })),
    ]),
  );
}

/** RDATA of each type that random zones have. */
const dataOf: Readonly<Record<string, string>> = {
  A: "192.0.2.1",
  TXT: '"x"',
  NS: "ns.example.net.",
  DNAME: "d.example.net.",
  NSEC: "example.org. A NSEC",
  NSEC3: "1 0 0 - 0p9mhaveqvm6t7vbl5lop2u3t2rp3tom A",
};

/** All that a search tells, with owners in place of handles. */
function searched(zones: ZoneImage | PlainZones, text: string): unknown {
  zones.open();
  const { octets } = name(text);
  const found = new ZoneSearch();
  const handle = zones.findZone(zones.group("s"), octets, 0, false);
  zones.search(handle, octets, 0, found);
  const owner = (node: number): string | undefined => {
    if (node === none) return undefined;
    const output = new Uint8Array(256);
    zones.copyOwner(node, output, 0);
    return Name.fromOctets(output)?.key;
  };
  const { node, encloser, wildcard, cut, dname, apexAt, encloserAt } = found;
  return {
    apexAt,
    encloserAt,
    node: owner(node),
    encloser: owner(encloser),
    wildcard: owner(wildcard),
    cut: owner(cut),
    dname: owner(dname),
    types:
      node === none
        ? []
        : Array.from({ length: zones.rrsetCount(node) }, (_, i) => zones.type(zones.rrsetAt(node, i))),
    own: owner(zones.findNode(handle, octets, 0)),
    nsec: owner(zones.nsecNode(handle, octets, 0)),
    hashed: owner(zones.hashedNode(handle, octets.subarray(0, (octets[0] ?? 0) + 1))),
  };
}

test("the names of a trie come in canonical order (RFC 4034 section 6.1), whatever order they were put in", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(anyOwner, { maxLength: 40, selector: (text) => text.toLowerCase() }),
      (owners) => {
        const arena = new Arena(reserved);
        const trie = new TrieWriter(
          arena,
          emptyCell,
          () => true,
          () => {},
        );
        for (const text of owners)
          trie.put(name(text).octets, writeNode(arena, name(text).octets, [], false));
        const leaves = (): number[] => {
          const walk = new LeafWalk(arena, trie.cell);
          return Array.from({ length: 100 }, () => walk.next()).filter((ref) => ref !== 0);
        };
        const order = leaves().map((ref) => Name.fromOctets(arena.octets, 8 * ref + 8)?.key);
        expect(order).toEqual(
          owners
            .map(name)
            .sort((a, b) => Name.compare(a, b))
            .map(({ key }) => key),
        );
        for (const text of owners.slice(1)) expect(trie.remove(name(text).octets)).not.toBe(0);
        expect(leaves()).toHaveLength(Math.min(owners.length, 1));
      },
    ),
    { numRuns: 150 },
  );
});

test("a reader goes on with the revision that it has opened, whatever is written meanwhile", () => {
  const image = new ZoneImage(reserved);
  image.group("s");
  const reader = readImage(image.buffer, 1, ["s"]);
  image.apply(zone("example.org.", ["s"], "@ SOA a. b. 1 1 1 1 1\nwww A 192.0.2.1\n"));
  const { octets } = name("www.example.org.");
  const address = (): number => {
    const handle = reader.findZone(1, octets, 0, false);
    const output = new Uint8Array(4);
    reader.copyRdata(reader.rrset(reader.findNode(handle, octets, 0), RrType.A), 0, output, 0);
    return output[3] ?? 0;
  };
  const before = reader.open();
  for (let i = 2; i < 200; i++) {
    image.apply(zone("example.org.", ["s"], `@ SOA a. b. ${i} 1 1 1 1\nwww A 192.0.2.${i}\n`));
    expect(address()).toBe(1);
  }
  expect(reader.open()).toBeGreaterThan(before);
  expect(address()).toBe(199);
});

test("memory comes back once no reader can see it: a thousand changes cost what one does", () => {
  const image = new ZoneImage(reserved);
  const lines = Array.from({ length: 500 }, (_, i) => `host-${i} A 192.0.2.1\n`).join("");
  image.apply(zone("example.org.", ["s"], `@ SOA a. b. 1 1 1 1 1\n${lines}`));
  const used = image.usedOctets;
  const apex = name("example.org.");
  for (let i = 0; i < 1000; i++) {
    const [rrset] = rrsets("example.org.", `host-${i % 500} A 192.0.2.${i % 250}\n`);
    if (!rrset) throw new Error("no RRset");
    image.open();
    image.apply({ put: [{ kind: "rrset", apex, ...rrset }], remove: [] });
  }
  expect(image.usedOctets).toBe(used);
  image.apply({ put: [], remove: [{ kind: "zone", apex }] });
  image.apply(zone("example.org.", ["s"], `@ SOA a. b. 1 1 1 1 1\n${lines}`));
  expect(image.usedOctets).toBe(used);
});

test("a reader that rests holds nothing back, and one that reads does", () => {
  const image = new ZoneImage(reserved);
  const reader = readImage(image.buffer, 1, ["s"]);
  const put = (i: number): void => image.apply(zone("example.org.", ["s"], `@ SOA a. b. ${i} 1 1 1 1\n`));
  put(1);
  put(2);
  const used = image.usedOctets;
  reader.open();
  for (let i = 3; i < 50; i++) put(i);
  expect(image.usedOctets).toBeGreaterThan(used);
  reader.rest();
  put(50);
  expect(image.usedOctets).toBe(used);
});

test("a change that there is no room for is refused, and what was served is served on", () => {
  const image = new ZoneImage(2 ** 16);
  image.apply(zone("example.org.", ["s"], "@ SOA a. b. 1 1 1 1 1\nwww A 192.0.2.1\n"));
  const lines = Array.from({ length: 5000 }, (_, i) => `h${i} A 192.0.2.1\n`).join("");
  expect(() => image.apply(zone("large.org.", ["s"], `@ SOA a. b. 1 1 1 1 1\n${lines}`))).toThrow(
    expect.objectContaining({ code: "image-full" }),
  );
  image.open();
  const group = image.group("s");
  const { octets } = name("www.example.org.");
  const handle = image.findZone(group, octets, 0, false);
  expect(image.rrset(image.findNode(handle, octets, 0), RrType.A)).not.toBe(none);
  expect(image.findZone(group, name("large.org.").octets, 0, false)).toBe(none);
});
