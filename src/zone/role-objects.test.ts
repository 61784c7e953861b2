import { describe, expect, test } from "vitest";
import type { RoleObject } from "#contract";
import { RrType } from "#wire";
import { decodeZoneChange, encodeRrset } from "./role-objects.ts";
import { hasSameRecords } from "./rrset.ts";
import { name, rrsets } from "./testing.ts";

describe("decodeZoneChange()", () => {
  const apex = name("Example.org.");
  const content = rrsets(
    "example.org.",
    "@ SOA a. b. 1 1 1 1 1\nWWW 5 A 192.0.2.1\nwww A 192.0.2.2\n\\000/1 TXT x\n",
  );

  test("gives back what encodeRrset() wrote, names in lower case", () => {
    const objects = content.map((rrset) => encodeRrset(apex, rrset));
    expect(objects.map(({ apex, owner, type }) => `${apex} ${owner} ${type}`)).toEqual([
      "example.org. example.org. 6",
      "example.org. \\000/1.example.org. 16",
      "example.org. www.example.org. 1",
    ]);
    const { put, remove } = decodeZoneChange(objects, objects);
    expect(remove).toHaveLength(3);
    expect(put).toHaveLength(3);
    for (const [i, rrset] of content.entries()) {
      const found = put[i];
      if (found?.kind !== "rrset") throw new Error("no RRset");
      expect([found.owner.equals(rrset.owner), hasSameRecords(found, rrset)]).toEqual([true, true]);
    }
  });

  test("takes zones with their groups, and leaves objects of other roles out", () => {
    const zone: RoleObject = { kind: "zone", apex: "example.org.", groups: ["s1", "tlds"] };
    const host: RoleObject = { kind: "host", host: "example.org", resourceId: "r1" };
    const change = decodeZoneChange([host, zone], [zone, host]);
    expect(change.put).toMatchObject([{ kind: "zone", groups: ["s1", "tlds"] }]);
    expect(change.remove.map((removal) => [removal.kind, removal.apex.toString()])).toEqual([
      ["zone", "example.org."],
    ]);
  });

  const good = {
    kind: "rrset",
    apex: "example.org.",
    owner: "example.org.",
    type: RrType.A,
    ttl: 1,
  } as const;
  test.each([
    ["name-malformed", { ...good, apex: "a..b.", rdata: [] }],
    ["name-malformed", { ...good, owner: `${"x".repeat(64)}.`, rdata: [] }],
    ["record-malformed", { ...good, rdata: ["AAAA", "?"] }],
  ])("refuses an object as %s", (code, object) => {
    expect(() => decodeZoneChange([object], [])).toThrow(expect.objectContaining({ code }));
  });
});
