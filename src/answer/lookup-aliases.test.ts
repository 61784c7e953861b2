// Aliases (CNAME, and DNAME of RFC 6672) in the algorithm of RFC 1034 section 4.3.2: followed within a group, ended where they lead elsewhere or in a circle.

import { describe, expect, test } from "vitest";
import { type LookupRow, lookupZones as zones, shopSoa } from "./testing-lookup.ts";
import { ask, block, engineOf, zonesOf } from "./testing.ts";

const chains: LookupRow[] = [
  [
    "RFC 1034 section 3.6.2: CNAME chains are followed inside the zone",
    "s1",
    "alias2.shop.test. A",
    `NOERROR aa
     answer alias2.shop.test. 60 CNAME alias.shop.test.
     answer alias.shop.test. 60 CNAME www.shop.test.
     answer www.shop.test. 60 A 192.0.2.2
     answer www.shop.test. 60 A 192.0.2.3`,
  ],
  [
    "RFC 1034 section 3.6.2: a query for CNAME is not followed",
    "s1",
    "alias2.shop.test. CNAME",
    `NOERROR aa
     answer alias2.shop.test. 60 CNAME alias.shop.test.`,
  ],
  [
    "RFC 6604 section 3: the rcode is that of the chain's end: NXDOMAIN",
    "s1",
    "dangling.shop.test. A",
    `NXDOMAIN aa
     answer dangling.shop.test. 60 CNAME nx.shop.test.
     authority ${shopSoa}`,
  ],
  [
    "RFC 2308 section 2.2: NODATA at the chain's end",
    "s1",
    "empty.shop.test. A",
    `NOERROR aa
     answer empty.shop.test. 60 CNAME b.c.shop.test.
     authority ${shopSoa}`,
  ],
  [
    "a chain out of our zones ends there",
    "s1",
    "away.shop.test. A",
    `NOERROR aa
     answer away.shop.test. 60 CNAME www.example.net.`,
  ],
  [
    "a chain into another zone of the group goes on",
    "s1",
    "over.shop.test. TXT",
    `NOERROR aa
     answer over.shop.test. 60 CNAME x.other.test.
     answer x.other.test. 60 TXT "from the other zone"`,
  ],
  [
    "a negative end in another zone has that zone's SOA",
    "s1",
    "over.shop.test. A",
    `NOERROR aa
     answer over.shop.test. 60 CNAME x.other.test.
     authority other.test. 30 SOA ns1.s1.nic.test. hostmaster.other.test. 9 3600 600 86400 30`,
  ],
  [
    "RFC 1035 section 4.1.1: AA is about the first name where the chain ends in a referral",
    "s1",
    "downtosub.shop.test. A",
    `NOERROR aa
     answer downtosub.shop.test. 60 CNAME x.sub.shop.test.
     authority sub.shop.test. 60 NS ns.sub.shop.test.
     authority sub.shop.test. 60 NS ns.sib.shop.test.
     authority sub.shop.test. 60 NS ns.far.sub.shop.test.
     additional ns.sub.shop.test. 60 A 192.0.2.101
     additional ns.far.sub.shop.test. 60 AAAA 2001:db8::102
     additional ns.sib.shop.test. 60 A 192.0.2.103`,
  ],
  [
    "RFC 1034 section 3.6.2: a CNAME loop ends",
    "s1",
    "loop1.shop.test. A",
    `NOERROR aa
     answer loop1.shop.test. 60 CNAME loop2.shop.test.
     answer loop2.shop.test. 60 CNAME loop1.shop.test.`,
  ],
  [
    "RFC 1034 section 3.6.2: a CNAME to itself ends",
    "s1",
    "self.shop.test. A",
    `NOERROR aa
     answer self.shop.test. 60 CNAME self.shop.test.`,
  ],
];

const dnames: LookupRow[] = [
  [
    "RFC 2181 section 5.5: a DNAME that leads to its own name is in the answer once",
    "s1",
    "climb.climb.shop.test. DNAME",
    `NOERROR aa
     answer climb.shop.test. 60 DNAME shop.test.
     answer climb.climb.shop.test. 60 CNAME climb.shop.test.`,
  ],
  [
    "RFC 6672 section 3.1: below a DNAME, the DNAME and a synthesised CNAME with its TTL, followed",
    "s1",
    "WWW.old.shop.test. A",
    `NOERROR aa
     answer old.shop.test. 60 DNAME new.shop.test.
     answer WWW.old.shop.test. 60 CNAME WWW.new.shop.test.
     answer WWW.new.shop.test. 60 A 192.0.2.14`,
  ],
  [
    "RFC 6672 section 2.3: the DNAME's own name is not redirected",
    "s1",
    "old.shop.test. A",
    `NOERROR aa
     answer old.shop.test. 60 A 192.0.2.12`,
  ],
  [
    "RFC 6672 section 2.3: DNAME is answered at its own name",
    "s1",
    "old.shop.test. DNAME",
    `NOERROR aa
     answer old.shop.test. 60 DNAME new.shop.test.`,
  ],
  [
    "RFC 6672 section 2.4: names below a DNAME are occluded",
    "s1",
    "deep.old.shop.test. A",
    `NXDOMAIN aa
     answer old.shop.test. 60 DNAME new.shop.test.
     answer deep.old.shop.test. 60 CNAME deep.new.shop.test.
     authority ${shopSoa}`,
  ],
  [
    "RFC 6672 section 3.2: a query for CNAME is answered by the synthesised one",
    "s1",
    "www.old.shop.test. CNAME",
    `NOERROR aa
     answer old.shop.test. 60 DNAME new.shop.test.
     answer www.old.shop.test. 60 CNAME www.new.shop.test.`,
  ],
  [
    "a DNAME out of our zones ends there",
    "s1",
    "a.b.gone.shop.test. A",
    `NOERROR aa
     answer gone.shop.test. 60 DNAME example.net.
     answer a.b.gone.shop.test. 60 CNAME a.b.example.net.`,
  ],
  [
    "RFC 6672 section 2.2: YXDOMAIN where the name gets too long, with the DNAME",
    "s1",
    `${"x".repeat(60)}.${"x".repeat(60)}.${"x".repeat(60)}.${"x".repeat(52)}.spin.shop.test. A`,
    `YXDOMAIN aa
     answer spin.shop.test. 60 DNAME spin.spin.shop.test.`,
  ],
];

describe.each(Object.entries({ chains, dnames }))("%s", (_, rows) => {
  test.each(rows)("%s (%s: %s)", (_rule, group, question, expected) => {
    expect(ask(engineOf(zones, group), question)).toEqual(block(expected));
  });
});

test("RFC 6672 section 2.2: a DNAME into itself ends", () => {
  const answer = ask(engineOf(zones, "s1"), "x.spin.shop.test. A", { transport: "tcp" });
  expect(answer[0]).toMatch(/^(NOERROR|YXDOMAIN) aa$/);
  expect(answer.filter((line) => line.includes(" DNAME "))).toHaveLength(1);
  expect(answer.length).toBeLessThan(20);
});

test("a CNAME chain is followed for 16 steps", () => {
  const rows = Array.from({ length: 30 }, (_, i) => `c${i} CNAME c${i + 1}\n`).join("");
  const long = zonesOf({ "example.org. s1": `@ SOA a. b. 1 1 1 1 1\n@ NS a.\n${rows}` });
  const answer = ask(engineOf(long, "s1"), "c0.example.org. A", { transport: "tcp" });
  expect(answer).toHaveLength(1 + 17);
  expect(answer.at(-1)).toBe("answer c16.example.org. 60 CNAME c17.example.org.");
});
