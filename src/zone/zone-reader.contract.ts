// What every implementation of the zone port must do (reader.ts, change.ts). Each runs it from a test of its own.

import { formatRdata, Name, RrType, typeName, typeNumber } from "#wire";
import { beforeEach, describe, expect, test } from "vitest";
import type { RrsetRemoval, ZoneTable } from "./change.ts";
import { none, ZoneSearch } from "./reader.ts";
import { name, rrsets, zone } from "./testing.ts";

const content = `
@           SOA   ns1 hostmaster 1 3600 600 86400 60
@           NS    ns1
@           NS    ns2.example.net.
WWW         AAAA  2001:db8::1
www         A     192.0.2.2
www         A     192.0.2.3
a.b.c       TXT   "deep"
sub         NS    ns.sub
sub         DS    1 13 2 00
ns.sub      A     192.0.2.9
deep.sub    TXT   "occluded"
*.wild      A     192.0.2.4
x.*.wild    A     192.0.2.5
old         DNAME new.example.net.
old         TXT   "at the DNAME"
below.old   TXT   "occluded"
\\000.\\046   TXT   "odd"
ns1    300  A     192.0.2.1
`;

const removal = (owner: string, type: string): RrsetRemoval => ({
  kind: "rrset",
  apex: name("example.org."),
  owner: name(owner),
  type: typeNumber(type) ?? 0,
});

/**
 * Runs the contract of `ZoneReader` and `ZoneTable`.
 *
 * @param implementation  its name, for the report
 * @param make  gives an empty one
 */
export function runZoneReaderContract(implementation: string, make: () => ZoneTable): void {
  describe(`ZoneReader contract: ${implementation}`, () => {
    let zones: ZoneTable;
    let s1: number;

    beforeEach(() => {
      zones = make();
      zones.apply(zone("example.org.", ["s1"], content));
      zones.open();
      s1 = zones.group("s1");
    });

    // Names are given inside a larger buffer, at an odd offset, with other octets around them.
    const buffer = new Uint8Array(300).fill(0xff);
    const at = 7;
    const put = (text: string): number => {
      buffer.fill(0xff);
      buffer.set(name(text).octets, at);
      return at;
    };
    const ownerOf = (node: number): string | undefined => {
      if (node === none) return undefined;
      const octets = new Uint8Array(300);
      const end = zones.copyOwner(node, octets, 3);
      const owner = Name.fromOctets(octets, 3);
      expect(end).toBe(3 + (owner?.octets.length ?? 0));
      return owner?.toString();
    };
    const linesOf = (node: number): string[] => {
      const lines: string[] = [];
      for (let i = 0; i < (node === none ? 0 : zones.rrsetCount(node)); i++) {
        const rrset = zones.rrsetAt(node, i);
        expect(zones.rrset(node, zones.type(rrset))).toBe(rrset);
        lines.push(...linesOfRrset(rrset));
      }
      return lines;
    };
    const linesOfRrset = (rrset: number): string[] =>
      Array.from({ length: zones.count(rrset) }, (_, i) => {
        const octets = new Uint8Array(300);
        const end = zones.copyRdata(rrset, i, octets, 5);
        expect(end - 5).toBe(zones.rdataLength(rrset, i));
        const rdata = formatRdata(zones.type(rrset), octets.slice(5, end));
        return `${zones.ttl(rrset)} ${typeName(zones.type(rrset))} ${rdata}`;
      });
    const search = (text: string): Record<string, string | undefined> => {
      const found = new ZoneSearch();
      const handle = zones.findZone(s1, buffer, put(text), false);
      zones.search(handle, buffer, at, found);
      const rest = (offset: number): string | undefined => Name.fromOctets(buffer, offset)?.toString();
      expect(rest(found.apexAt)?.toLowerCase()).toBe("example.org.");
      expect(rest(found.encloserAt)?.toLowerCase()).toBe(ownerOf(found.encloser)?.toLowerCase());
      if (found.cut !== none) expect(rest(found.cutAt)).toBe(ownerOf(found.cut));
      if (found.dname !== none) expect(rest(found.dnameAt)).toBe(ownerOf(found.dname));
      return {
        node: ownerOf(found.node)?.toLowerCase(),
        encloser: ownerOf(found.encloser)?.toLowerCase(),
        wildcard: ownerOf(found.wildcard),
        cut: ownerOf(found.cut),
        dname: ownerOf(found.dname),
      };
    };

    const apexOf = (group: string, text: string, isAbove = false): string | undefined => {
      const handle = zones.findZone(zones.group(group), buffer, put(text), isAbove);
      return handle === none ? undefined : ownerOf(zones.apex(handle));
    };

    const lines = (text: string): string[] | undefined => {
      zones.open();
      const handle = zones.findZone(s1, buffer, put(text), false);
      if (handle === none) return undefined;
      const node = zones.findNode(handle, buffer, at);
      return node === none ? undefined : linesOf(node);
    };
    const absent = { node: undefined, wildcard: undefined, cut: undefined, dname: undefined };
    const at0 = (node: string): object => ({ ...absent, node, encloser: node });
    test.each([
      ["the apex", "example.org.", at0("example.org.")],
      ["a name", "www.example.org.", at0("www.example.org.")],
      ["a name without regard to case (RFC 4343 section 3)", "wWw.EXAMPLE.org.", at0("www.example.org.")],
      ["an empty non-terminal (RFC 4592 section 2.2.2)", "b.c.example.org.", at0("b.c.example.org.")],
      [
        "labels of odd octets (RFC 2181 section 11)",
        "\\000.\\046.example.org.",
        at0("\\000.\\..example.org."),
      ],
      ["no name", "x.www.example.org.", { ...absent, encloser: "www.example.org." }],
      ["no name at the apex", "nx.example.org.", { ...absent, encloser: "example.org." }],
      [
        "no name below an empty non-terminal",
        "x.b.c.example.org.",
        { ...absent, encloser: "b.c.example.org." },
      ],
      [
        "a wildcard (RFC 4592 section 3.3.1)",
        "x.y.wild.example.org.",
        { ...absent, encloser: "wild.example.org.", wildcard: "*.wild.example.org." },
      ],
      ["a wildcard by its own name", "*.wild.example.org.", at0("*.wild.example.org.")],
      ["a name below a wildcard's own", "x.*.wild.example.org.", at0("x.*.wild.example.org.")],
      [
        "no wildcard for the closest encloser",
        "y.*.wild.example.org.",
        { ...absent, encloser: "*.wild.example.org." },
      ],
      ["a zone cut", "sub.example.org.", { ...at0("sub.example.org."), cut: "sub.example.org." }],
      [
        "a name below a zone cut",
        "deep.sub.example.org.",
        { ...absent, encloser: "sub.example.org.", cut: "sub.example.org." },
      ],
      ["a DNAME's own name (RFC 6672 section 2.3)", "old.example.org.", at0("old.example.org.")],
      [
        "a name below a DNAME",
        "below.old.example.org.",
        { ...absent, encloser: "old.example.org.", dname: "old.example.org." },
      ],
    ])("search() finds %s", (_, text, expected) => {
      expect(search(text)).toEqual(expected);
    });

    test("policies stand beside the RRsets of a name, are counted with none of them, and go by themselves", () => {
      const [apex, owner] = [name("example.org."), name("www.example.org.")];
      const records = [Uint8Array.of(1, 2, 3), Uint8Array.of(4)];
      zones.apply({ put: [], remove: [], policies: [{ apex, owner, records }] });
      zones.open();
      const zone = zones.findZone(s1, buffer, put("www.example.org."), false);
      const node = zones.findNode(zone, buffer, at);
      const policies = zones.policies(node);
      expect(zones.count(policies)).toBe(2);
      expect(zones.rdataU16(policies, 0, 1)).toBe(0x0203);
      expect(zones.rrsetCount(node)).toBe(2);
      expect(zones.policies(zones.apex(zone))).toBe(none);
      expect(() =>
        zones.apply({ put: [], remove: [], policies: [{ apex, owner: name("www.example.net."), records }] }),
      ).toThrow(expect.objectContaining({ code: "name-outside-zone" }));
      zones.apply({ put: [], remove: [], policies: [{ apex, owner, records: [] }] });
      zones.open();
      expect(zones.policies(zones.findNode(zones.findZone(s1, buffer, at, false), buffer, at))).toBe(none);
    });

    test("search() overwrites all of the last search", () => {
      const found = new ZoneSearch();
      const handle = zones.findZone(s1, buffer, put("x.wild.example.org."), false);
      zones.search(handle, buffer, at, found);
      zones.search(handle, buffer, put("www.example.org."), found);
      expect([found.wildcard, found.cut, found.dname]).toEqual([none, none, none]);
    });

    test("findNode() finds names below cuts and DNAMEs, and no wildcard", () => {
      const handle = zones.findZone(s1, buffer, put("example.org."), false);
      const find = (text: string): string | undefined => ownerOf(zones.findNode(handle, buffer, put(text)));
      expect(find("NS.sub.example.org.")).toBe("ns.sub.example.org.");
      expect(find("below.old.example.org.")).toBe("below.old.example.org.");
      expect(find("example.org.")).toBe("example.org.");
      expect(find("c.example.org.")).toBe("c.example.org.");
      expect(find("x.wild.example.org.")).toBeUndefined();
      expect(find("www.example.net.")).toBeUndefined();
      expect(find("org.")).toBeUndefined();
      expect(find(".")).toBeUndefined();
    });

    test("RRsets are read by type and by place, in the order of type numbers", () => {
      const handle = zones.findZone(s1, buffer, put("www.example.org."), false);
      const www = zones.findNode(handle, buffer, at);
      expect(linesOf(www)).toEqual(["60 A 192.0.2.2", "60 A 192.0.2.3", "60 AAAA 2001:db8::1"]);
      expect(zones.rrset(www, RrType.TXT)).toBe(none);
      expect(linesOf(zones.findNode(handle, buffer, put("c.example.org.")))).toEqual([]);
      expect(linesOf(zones.findNode(handle, buffer, put("ns1.example.org.")))).toEqual(["300 A 192.0.2.1"]);
      expect(ownerOf(zones.apex(handle))).toBe("example.org.");
    });

    describe("groups", () => {
      test("findZone() finds the deepest zone of the group, and no other group's", () => {
        zones.apply(zone(".", ["root"], "@ SOA a. b. 1 1 1 1 1\n"));
        zones.apply(zone("sub.example.org.", ["s1", "s2"], "@ SOA a. b. 1 1 1 1 1\n"));
        zones.open();
        expect(apexOf("s1", "x.sub.example.org.")).toBe("sub.example.org.");
        expect(apexOf("s1", "SUB.example.ORG.")).toBe("sub.example.org.");
        expect(apexOf("s1", "www.example.org.")).toBe("example.org.");
        expect(apexOf("s1", "org.")).toBeUndefined();
        expect(apexOf("s1", ".")).toBeUndefined();
        expect(apexOf("s1", "xexample.org.")).toBeUndefined();
        expect(apexOf("s2", "x.sub.example.org.")).toBe("sub.example.org.");
        expect(apexOf("s2", "www.example.org.")).toBeUndefined();
        expect(apexOf("root", "www.example.org.")).toBe(".");
        expect(apexOf("root", ".")).toBe(".");
        expect(apexOf("s3", "www.example.org.")).toBeUndefined();
      });

      test("findZone() leaves a zone out whose apex is the name, where asked to (RFC 4035 section 3.1.4.1)", () => {
        zones.apply(zone("sub.example.org.", ["s1"], "@ SOA a. b. 1 1 1 1 1\n"));
        zones.open();
        expect(apexOf("s1", "sub.example.org.", true)).toBe("example.org.");
        expect(apexOf("s1", "x.sub.example.org.", true)).toBe("sub.example.org.");
        expect(apexOf("s1", "example.org.", true)).toBeUndefined();
      });

      test("putting a zone that stands changes its groups and keeps its RRsets", () => {
        zones.apply({
          put: [{ kind: "zone", apex: name("Example.org."), groups: ["s2", "s3"] }],
          remove: [],
        });
        zones.open();
        expect(apexOf("s1", "example.org.")).toBeUndefined();
        expect(apexOf("s2", "example.org.")).toBe("example.org.");
        expect(apexOf("s3", "example.org.")).toBe("example.org.");
        const handle = zones.findZone(zones.group("s2"), buffer, put("www.example.org."), false);
        expect(linesOf(zones.findNode(handle, buffer, at))).toHaveLength(3);
      });

      test("the deepest name is found among zones of 127 labels (RFC 1035 section 2.3.4)", () => {
        const deep = "a.".repeat(127);
        zones.apply(zone(deep, ["s1"], "@ SOA a. b. 1 1 1 1 1\n"));
        zones.open();
        expect(apexOf("s1", deep)).toBe(deep);
        expect(apexOf("s1", deep, true)).toBeUndefined();
      });
    });

    describe("apply()", () => {
      test("makes all of a revision visible, with a greater number", () => {
        const before = zones.open();
        const [txt] = rrsets("example.org.", 'new 30 TXT "x"\n');
        const [a] = rrsets("example.org.", "WWW 5 A 192.0.2.77\n");
        if (txt === undefined || a === undefined) throw new Error("no RRsets");
        const apex = name("example.org.");
        zones.apply({
          put: [
            { kind: "rrset", apex, ...txt },
            { kind: "rrset", apex, ...a },
          ],
          remove: [removal("www.example.org.", "AAAA"), removal("nothing.example.org.", "A")],
        });
        expect(zones.open()).toBeGreaterThan(before);
        expect(lines("new.example.org.")).toEqual(['30 TXT "x"']);
        expect(lines("www.example.org.")).toEqual(["5 A 192.0.2.77"]);
      });

      test("a name ceases to be with its last RRset, and the empty non-terminals above it", () => {
        zones.apply({ put: [], remove: [removal("a.b.c.example.org.", "TXT")] });
        expect(lines("a.b.c.example.org.")).toBeUndefined();
        expect(lines("c.example.org.")).toBeUndefined();
        zones.apply({ put: [], remove: [removal("*.wild.example.org.", "A")] });
        expect(lines("*.wild.example.org.")).toEqual([]);
        expect(search("q.wild.example.org.")["wildcard"]).toBe("*.wild.example.org.");
        zones.apply({ put: [], remove: [removal("x.*.wild.example.org.", "A")] });
        zones.open();
        expect(search("q.wild.example.org.")).toEqual({ ...absent, encloser: "example.org." });
      });

      test("cuts and DNAMEs come and go with their RRsets", () => {
        zones.apply({
          put: [],
          remove: [removal("sub.example.org.", "NS"), removal("old.example.org.", "DNAME")],
        });
        zones.open();
        expect(search("deep.sub.example.org.")).toEqual(at0("deep.sub.example.org."));
        expect(search("below.old.example.org.")).toEqual(at0("below.old.example.org."));
      });

      test("removals come before what is put, and take a zone away with all that is in it", () => {
        zones.apply(zone("example.org.", ["s1"], "@ SOA a. b. 2 1 1 1 1\n"));
        expect(lines("www.example.org.")).toBeUndefined();
        expect(lines("example.org.")).toEqual(["60 SOA a. b. 2 1 1 1 1"]);
        zones.apply({ put: [], remove: [{ kind: "zone", apex: name("example.ORG.") }] });
        expect(lines("example.org.")).toBeUndefined();
        zones.apply({
          put: [],
          remove: [{ kind: "zone", apex: name("example.org.") }, removal("a.example.org.", "A")],
        });
      });

      test("the same change again, and one that is taken back, leave things as they were", () => {
        zones.apply(zone("example.org.", ["s1"], content));
        zones.apply({
          put: [],
          remove: [removal("www.example.org.", "A"), removal("www.example.org.", "AAAA")],
        });
        const apex = name("example.org.");
        const put = rrsets("example.org.", "www A 192.0.2.2\nwww AAAA 2001:db8::1\nwww A 192.0.2.3\n");
        zones.apply({ put: put.map((rrset) => ({ kind: "rrset" as const, apex, ...rrset })), remove: [] });
        expect(lines("www.example.org.")).toEqual([
          "60 A 192.0.2.2",
          "60 A 192.0.2.3",
          "60 AAAA 2001:db8::1",
        ]);
      });

      const good = { kind: "rrset", apex: name("example.org."), type: RrType.A, ttl: 60 } as const;
      const owner = name("www.example.org.");
      const rdata = [Uint8Array.of(192, 0, 2, 99)];
      test.each([
        ["zone-not-found", { ...good, apex: name("example.net."), owner: name("www.example.net."), rdata }],
        ["name-outside-zone", { ...good, owner: name("www.example.net."), rdata }],
        ["record-malformed", { ...good, owner, rdata: [] }],
        ["record-malformed", { ...good, owner, ttl: -1, rdata }],
        ["record-malformed", { ...good, owner, ttl: 2 ** 31, rdata }],
        ["record-malformed", { ...good, owner, rdata: [Uint8Array.of(192, 0, 2)] }],
        ["record-malformed", { ...good, owner, type: RrType.NS, rdata: [Uint8Array.of(1, 0x61, 0xc0, 0)] }],
      ])("refuses a change as %s and leaves all as it was", (code, bad) => {
        const before = zones.open();
        const put = [{ ...good, owner, rdata }, bad];
        expect(() => zones.apply({ put, remove: [removal("www.example.org.", "AAAA")] })).toThrow(
          expect.objectContaining({ code }),
        );
        expect(zones.open()).toBe(before);
        expect(lines("www.example.org.")).toEqual([
          "60 A 192.0.2.2",
          "60 A 192.0.2.3",
          "60 AAAA 2001:db8::1",
        ]);
      });

      test("a thousand changes leave what a table of owners and types says", () => {
        const expected = new Map<string, string>();
        const apex = name("example.org.");
        let state = 1;
        const next = (below: number): number => {
          state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
          return (state >> 8) % below;
        };
        zones.apply(zone("example.org.", ["s1"], ""));
        for (let i = 0; i < 1000; i++) {
          const owner = `${["", "a.", "b.a.", "*.", "c.b.a."][next(5)]}n${next(8)}.example.org.`;
          const type = ["A", "TXT"][next(2)] ?? "A";
          const key = `${owner} ${type}`;
          if (next(3) === 0) {
            expected.delete(key);
            zones.apply({ put: [], remove: [removal(owner, type)] });
          } else {
            const rdata = type === "A" ? `192.0.2.${next(250)}` : `"${i}"`;
            expected.set(key, `60 ${type} ${rdata}`);
            const [rrset] = rrsets("example.org.", `${owner} ${type} ${rdata}\n`);
            if (rrset === undefined) throw new Error("no RRset");
            zones.apply({ put: [{ kind: "rrset", apex, ...rrset }], remove: [] });
          }
        }
        const owners = new Set([...expected.keys()].map((key) => key.split(" ")[0] ?? ""));
        for (const prefix of ["", "a.", "b.a.", "*.", "c.b.a."]) {
          for (let i = 0; i < 8; i++) {
            const owner = `${prefix}n${i}.example.org.`;
            const own = ["A", "TXT"].flatMap((type) => expected.get(`${owner} ${type}`) ?? []);
            const exists = [...owners].some((other) => other === owner || other.endsWith(`.${owner}`));
            expect(lines(owner), owner).toEqual(exists ? own : undefined);
          }
        }
      });
    });
  });
}
