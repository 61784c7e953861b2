import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Name } from "#wire";
import { checkLoadedZone, checkZone, type ZoneFinding } from "./check.ts";
import { ZoneImage } from "./image/zone-image.ts";
import type { LoadedZone } from "./load.ts";
import { feedOf, name, rrsets } from "./testing.ts";

const apex = "@ SOA ns1 h 1 1 1 1 1\n@ NS ns1\nns1 A 192.0.2.1\n";

test.each<[rule: string, text: string, findings: string[]]>([
  [
    "a sound zone",
    `${apex}www CNAME ns1\n@ MX 1 ns1\nsub NS ns.sub\nns.sub AAAA ::1\nsub DS 1 13 2 00\n`,
    [],
  ],
  ["RFC 1035 section 5.2: a zone has a SOA", "@ NS a.\n", ["error soa-missing example.org."]],
  [
    "RFC 1035 section 5.2: a zone has one SOA",
    `${apex}@ SOA ns2 h 1 1 1 1 1\n`,
    ["error soa-several example.org."],
  ],
  [
    "RFC 1035 section 5.2: SOA is at the apex",
    `${apex}a SOA ns2 h 1 1 1 1 1\n`,
    ["error soa-below-apex a.example.org."],
  ],
  ["RFC 1034 section 4.2.1: a zone has NS", "@ SOA a. b. 1 1 1 1 1\n", ["error ns-missing example.org."]],
  [
    "RFC 1035 section 5.2: names are in the zone",
    `${apex}www.example.net. A 192.0.2.1\n`,
    ["error name-outside-zone www.example.net."],
  ],
  [
    "RFC 1034 section 3.6.2: CNAME stands alone",
    `${apex}a CNAME b\na TXT x\n`,
    ["error cname-and-other-data a.example.org."],
  ],
  [
    "RFC 2181 section 10.1: one CNAME",
    `${apex}a CNAME b\na CNAME c\n`,
    ["error cname-several a.example.org."],
  ],
  ["RFC 4034 section 3: RRSIG and NSEC stand beside CNAME", `${apex}a CNAME b\na NSEC b CNAME\n`, []],
  [
    "RFC 6672 section 2.4: one DNAME",
    `${apex}a DNAME b.\na DNAME c.\n`,
    ["error dname-several a.example.org."],
  ],
  [
    "RFC 6672 section 2.3: no DNAME at a zone cut",
    `${apex}a DNAME b.\na NS b.\n`,
    ["error dname-at-zone-cut a.example.org.", "warning occluded-by-delegation a.example.org."],
  ],
  ["RFC 6672 section 2.3: DNAME beside NS at the apex", "@ SOA a. b. 1 1 1 1 1\n@ NS a.\n@ DNAME b.\n", []],
  [
    "RFC 6672 section 2.4: nothing below a DNAME",
    `${apex}a DNAME b.\nx.a A 192.0.2.1\n`,
    ["error occluded-by-dname x.a.example.org."],
  ],
  [
    "RFC 4035 section 2.4: DS with a delegation",
    `${apex}a DS 1 13 2 00\n`,
    ["error ds-without-delegation a.example.org."],
  ],
  [
    "RFC 4035 section 2.4: no DS at the apex",
    `${apex}@ DS 1 13 2 00\n`,
    ["error ds-without-delegation example.org."],
  ],
  [
    "RFC 4592 section 4.2: NS at a wildcard",
    `${apex}*.w NS b.\n`,
    ["warning wildcard-delegation *.w.example.org."],
  ],
  [
    "RFC 2136 section 7.18: data at and below a cut",
    `${apex}sub NS b.\nsub TXT x\nx.sub TXT x\nglue.sub A 192.0.2.1\n`,
    ["warning occluded-by-delegation sub.example.org.", "warning occluded-by-delegation x.sub.example.org."],
  ],
  [
    "RFC 9471 section 2.1: in-domain name servers have glue",
    `${apex}sub NS ns.sub\n`,
    ["error glue-missing sub.example.org."],
  ],
  [
    "name servers and mail servers in the zone have addresses",
    "@ SOA a. b. 1 1 1 1 1\n@ NS ns1\n@ MX 1 mail\n_s SRV 1 1 1 gone\n",
    [
      "warning target-without-address example.org.",
      "warning target-without-address example.org.",
      "warning target-without-address _s.example.org.",
    ],
  ],
  [
    "targets elsewhere, the null MX (RFC 7505), and what a wildcard covers",
    `${apex}@ MX 0 .\na MX 1 b.example.net.\nc MX 1 x.w\n*.w A 192.0.2.1\n`,
    [],
  ],
  [
    "targets that other name servers or a DNAME answer for",
    `${apex}sub NS b.\na MX 1 x.sub\nd DNAME b.\nc MX 1 x.d\n`,
    [],
  ],
  [
    "RFC 2181 section 10.3: NS and MX name no alias",
    `${apex}a MX 1 b\nb CNAME ns1\nsub NS b\n`,
    ["error target-is-alias a.example.org.", "error target-is-alias sub.example.org."],
  ],
])("checkZone(): %s", (_, text, expected) => {
  const findings = checkZone(name("example.org."), rrsets("example.org.", text));
  const told = findings.map(({ severity, code, owner }) => `${severity} ${code} ${owner.toString()}`);
  expect(told).toEqual(expected);
});

const part = fc.constantFrom(
  ...["a", "b.a", "c.b.a", "*.a", "*", "ns1", "x.y.z"].flatMap((owner) =>
    ["A 192.0.2.1", "TXT x", "NS ns1", "NS ns.a", "CNAME b.a", "DNAME b", "DS 1 13 2 00", "MX 1 q.a"].map(
      (data) => `${owner} ${data}\n`,
    ),
  ),
  "@ DNAME b.\n",
  "@ MX 1 x\n",
  "@ DS 1 13 2 00\n",
  "b.a SOA a. b. 1 1 1 1 1\n",
);

test("a zone that lies in an image is found to be what the same zone as values is", () => {
  fc.assert(
    fc.property(fc.uniqueArray(part, { maxLength: 12 }), fc.boolean(), (parts, hasApex) => {
      const own = name("example.org.");
      const all = rrsets("example.org.", (hasApex ? apex : "") + parts.join(""));
      const findings: ZoneFinding[] = [];
      const check = (zone: LoadedZone): void => {
        checkLoadedZone(own, zone, (finding) => findings.push(finding));
        expect([...zone.rrsets()]).toEqual(all);
      };
      new ZoneImage(2 ** 20).load([{ apex: own, groups: [], feed: feedOf(all), check }]);
      const sorted = findings.sort((a, b) => Name.compare(a.owner, b.owner));
      expect(sorted.map(({ message }) => message)).toEqual(checkZone(own, all).map(({ message }) => message));
    }),
    { numRuns: 300 },
  );
});

test("checkZone() says what is wrong in one sentence", () => {
  const text = `${apex}a CNAME b\na TXT x\na A 192.0.2.1\nsub NS ns.sub\n`;
  expect(
    checkZone(name("example.org."), rrsets("example.org.", text)).map((finding) => finding.message),
  ).toEqual([
    "a.example.org.: a CNAME stands alone, but there is A, TXT beside it",
    "sub.example.org.: NS names ns.sub.example.org., which cannot be found without an A or AAAA record here",
  ]);
});
