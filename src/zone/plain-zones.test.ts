import { expect, test } from "vitest";
import { PlainZones } from "./plain-zones.ts";
import { toRecords } from "./rrset.ts";
import { name, zone } from "./testing.ts";
import { runZoneReaderContract } from "./zone-reader.contract.ts";

runZoneReaderContract("PlainZones", () => new PlainZones());

test("PlainZones gives its zones back in canonical order (RFC 4034 section 6.1)", () => {
  const zones = new PlainZones();
  zones.apply(zone("b.example.", ["s1"], "z A 192.0.2.1\n@ SOA a. b. 1 1 1 1 1\na.z AAAA ::1\nZ TXT x\n"));
  zones.apply(zone("a.example.", ["s1"], ""));
  expect(zones.apexes().map((apex) => apex.toString())).toEqual(["a.example.", "b.example."]);
  const records = toRecords(zones.rrsets(name("B.example.")) ?? []);
  expect(records.map((record) => `${record.name.toString()} ${record.type}`)).toEqual([
    "b.example. 6",
    "z.b.example. 1",
    "Z.b.example. 16",
    "a.z.b.example. 28",
  ]);
  expect(zones.rrsets(name("example."))).toBeUndefined();
});

test("PlainZones refuses a handle that no longer holds", () => {
  const zones = new PlainZones();
  zones.apply(zone("example.", ["s1"], "@ SOA a. b. 1 1 1 1 1\n"));
  const handle = zones.findZone(zones.group("s1"), name("example.").octets, 0, false);
  zones.apply({ put: [], remove: [{ kind: "zone", apex: name("example.") }] });
  expect(() => zones.apex(handle)).toThrow("stale");
});
