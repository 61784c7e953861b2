// The algorithm of RFC 1034 section 4.3.2 on small zones: referrals, positive and negative answers, wildcards, ANY. Aliases are in
// lookup-aliases.test.ts.

import { describe, expect, test } from "vitest";
import { replaceZone, ZoneImage } from "#zone";
import { AnswerEngine } from "./answer-engine.ts";
import { type LookupRow, lookupZones as zones, shopSoa } from "./testing-lookup.ts";
import { ask, block, engineOf, name, zonesOf } from "./testing.ts";

const referrals: LookupRow[] = [
  [
    "RFC 1034 section 4.3.2 step 3b: a referral has NS in authority, glue, and no AA",
    "root",
    "www.shop.test. A",
    `NOERROR
     authority test. 172800 NS a.nic.test.
     authority test. 172800 NS b.nic.test.
     additional a.nic.test. 172800 A 127.53.1.1
     additional b.nic.test. 172800 A 127.53.1.2
     additional b.nic.test. 172800 AAAA ::1`,
  ],
  [
    "the root refers for NS of a TLD as well: the cut's NS are not the parent's to answer",
    "root",
    "test. NS",
    `NOERROR
     authority test. 172800 NS a.nic.test.
     authority test. 172800 NS b.nic.test.
     additional a.nic.test. 172800 A 127.53.1.1
     additional b.nic.test. 172800 A 127.53.1.2
     additional b.nic.test. 172800 AAAA ::1`,
  ],
  [
    "RFC 9471 section 2.2: sibling glue goes with a referral where the zone has it",
    "root",
    "x.home.arpa. A",
    `NOERROR
     authority home.arpa. 172800 NS a.nic.test.
     additional a.nic.test. 172800 A 127.53.1.1`,
  ],
  [
    "RFC 1034 section 4.2.1: glue itself is not answered but referred for",
    "root",
    "a.nic.test. A",
    `NOERROR
     authority test. 172800 NS a.nic.test.
     authority test. 172800 NS b.nic.test.
     additional a.nic.test. 172800 A 127.53.1.1
     additional b.nic.test. 172800 A 127.53.1.2
     additional b.nic.test. 172800 AAAA ::1`,
  ],
  [
    "RFC 1034 section 4.2.1: addresses of the zone's own name servers are answered",
    "tlds",
    "ns1.s1.nic.test. A",
    `NOERROR aa
     answer ns1.s1.nic.test. 172800 A 127.53.2.1`,
  ],
  [
    "RFC 9471 section 2.1: in-domain glue; a name server outside the zone has none",
    "tlds",
    "own.test. A",
    `NOERROR
     authority own.test. 172800 NS ns.own.test.
     authority own.test. 172800 NS ns.elsewhere.net.
     additional ns.own.test. 172800 A 192.0.2.7`,
  ],
  [
    "RFC 4035 section 3.1.4.1: DS at a cut is answered by the parent",
    "tlds",
    "shop.test. DS",
    `NOERROR aa
     answer shop.test. 172800 DS 4711 13 2 ${"00".repeat(32).toUpperCase()}`,
  ],
  [
    "RFC 4035 section 3.1.4.1: absence of DS at a cut is the parent's NODATA",
    "tlds",
    "own.test. DS",
    `NOERROR aa
     authority test. 60 SOA a.nic.test. h.nic.test. 7 1800 900 604800 60`,
  ],
  [
    "RFC 4035 section 3.1.4.1: DS below a cut is referred for",
    "tlds",
    "www.own.test. DS",
    `NOERROR
     authority own.test. 172800 NS ns.own.test.
     authority own.test. 172800 NS ns.elsewhere.net.
     additional ns.own.test. 172800 A 192.0.2.7`,
  ],
  [
    "RFC 4035 section 3.1.4.1: DS at an apex whose parent is not ours is NODATA",
    "s1",
    "shop.test. DS",
    `NOERROR aa
     authority ${shopSoa}`,
  ],
  [
    "RFC 4035 section 3.1.4.1: DS at an apex whose parent is ours comes from the parent",
    "s1",
    "child.shop.test. DS",
    `NXDOMAIN aa
     authority ${shopSoa}`,
  ],
  [
    "RFC 9471 section 3: glue in-domain first, then sibling; all that the zone has",
    "s1",
    "host.sub.shop.test. TXT",
    `NOERROR
     authority sub.shop.test. 60 NS ns.sub.shop.test.
     authority sub.shop.test. 60 NS ns.sib.shop.test.
     authority sub.shop.test. 60 NS ns.far.sub.shop.test.
     additional ns.sub.shop.test. 60 A 192.0.2.101
     additional ns.far.sub.shop.test. 60 AAAA 2001:db8::102
     additional ns.sib.shop.test. 60 A 192.0.2.103`,
  ],
];

const positive: LookupRow[] = [
  [
    "RFC 1034 section 4.3.2 step 3a: an answer has AA and the whole RRset",
    "s1",
    "www.shop.test. A",
    `NOERROR aa
     answer www.shop.test. 60 A 192.0.2.2
     answer www.shop.test. 60 A 192.0.2.3`,
  ],
  [
    "RFC 4343 section 4.1: names match without regard to case, owners repeat the question's",
    "s1",
    "wWw.ShOp.TeSt. TXT",
    `NOERROR aa
     answer wWw.ShOp.TeSt. 60 TXT "hello"`,
  ],
  [
    "the deepest zone of the group answers",
    "s1",
    "www.child.shop.test. A",
    `NOERROR aa
     answer www.child.shop.test. 60 A 192.0.2.60`,
  ],
  [
    "RFC 1034 section 4.3.2 step 6: NS at the apex with addresses from the zone",
    "s1",
    "shop.test. NS",
    `NOERROR aa
     answer shop.test. 60 NS ns1.s1.nic.test.
     answer shop.test. 60 NS ns.shop.test.
     additional ns.shop.test. 60 A 192.0.2.53`,
  ],
  [
    "RFC 1035 section 3.3.9: MX with addresses, also of a wildcard (RFC 4592 section 3.3.1)",
    "s1",
    "shop.test. MX",
    `NOERROR aa
     answer shop.test. 60 MX 10 mail.shop.test.
     answer shop.test. 60 MX 20 mail.example.net.
     answer shop.test. 60 MX 30 any.wild.shop.test.
     additional mail.shop.test. 60 A 192.0.2.25
     additional mail.shop.test. 60 AAAA 2001:db8::25
     additional any.wild.shop.test. 60 A 192.0.2.9`,
  ],
  [
    "RFC 2782: SRV with addresses",
    "s1",
    "_sip._tcp.shop.test. SRV",
    `NOERROR aa
     answer _sip._tcp.shop.test. 60 SRV 1 2 5060 mail.shop.test.
     additional mail.shop.test. 60 A 192.0.2.25
     additional mail.shop.test. 60 AAAA 2001:db8::25`,
  ],
  [
    "RFC 2782: SRV to a name without addresses",
    "s1",
    "_sip._udp.shop.test. SRV",
    `NOERROR aa
     answer _sip._udp.shop.test. 60 SRV 1 2 5060 gone.shop.test.`,
  ],
  [
    "RFC 9460 section 4.1: HTTPS in ServiceMode with target . has the owner's addresses",
    "s1",
    "shop.test. HTTPS",
    `NOERROR aa
     answer shop.test. 60 HTTPS 1 . alpn=h2
     additional shop.test. 60 A 192.0.2.1`,
  ],
  [
    "RFC 9460 section 4.1: SVCB with a target's addresses",
    "s1",
    "_tgt.shop.test. SVCB",
    `NOERROR aa
     answer _tgt.shop.test. 60 SVCB 0 www.shop.test.
     additional www.shop.test. 60 A 192.0.2.2
     additional www.shop.test. 60 A 192.0.2.3`,
  ],
  [
    "RFC 9460 section 4.1: SVCB in AliasMode with the target's own SVCB",
    "s1",
    "_bound.shop.test. SVCB",
    `NOERROR aa
     answer _bound.shop.test. 60 SVCB 0 _here.shop.test.
     additional _here.shop.test. 60 A 192.0.2.77
     additional _here.shop.test. 60 SVCB 1 .`,
  ],
  [
    "RFC 2181 section 5.4.1: addresses below a cut are not the zone's own and go with referrals only",
    "s1",
    "subalias.shop.test. MX",
    `NOERROR aa
     answer subalias.shop.test. 60 MX 1 ns.sub.shop.test.`,
  ],
  [
    "RFC 8482 section 4.1: ANY is answered with one RRset",
    "s1",
    "mail.shop.test. ANY",
    `NOERROR aa
     answer mail.shop.test. 60 A 192.0.2.25`,
  ],
  [
    "RFC 8482 section 4.1: ANY at a CNAME is answered with the CNAME",
    "s1",
    "alias.shop.test. ANY",
    `NOERROR aa
     answer alias.shop.test. 60 CNAME www.shop.test.`,
  ],
];

const negative: LookupRow[] = [
  [
    "RFC 2308 section 2.1: NXDOMAIN has the SOA, TTL min(TTL, MINIMUM) by section 3",
    "s1",
    "nx.shop.test. A",
    `NXDOMAIN aa
     authority ${shopSoa}`,
  ],
  [
    "RFC 2308 section 3: the SOA's own TTL where it is the lower one",
    "tlds",
    "nx.test. A",
    `NXDOMAIN aa
     authority test. 60 SOA a.nic.test. h.nic.test. 7 1800 900 604800 60`,
  ],
  [
    "RFC 2308 section 2.2: NODATA",
    "s1",
    "www.shop.test. AAAA",
    `NOERROR aa
     authority ${shopSoa}`,
  ],
  [
    "RFC 4592 section 2.2.2: an empty non-terminal is NODATA",
    "s1",
    "b.c.shop.test. A",
    `NOERROR aa
     authority ${shopSoa}`,
  ],
  [
    "RFC 8482 section 4: ANY at an empty non-terminal is NODATA",
    "s1",
    "c.shop.test. ANY",
    `NOERROR aa
     authority ${shopSoa}`,
  ],
  [
    "RFC 8020 section 2: below a name that is not, nothing is",
    "s1",
    "x.nx.shop.test. A",
    `NXDOMAIN aa
     authority ${shopSoa}`,
  ],
  ["RFC 1035 section 4.1.1: outside the group's zones is REFUSED", "s1", "www.example.org. A", "REFUSED"],
  ["a group answers for no other group's zone", "s1", "test. SOA", "REFUSED"],
  ["a group answers for no other group's zone: the TLD's servers refuse the root", "tlds", ". NS", "REFUSED"],
  ["a zone without SOA is SERVFAIL", "s1", "www.unloaded.test. A", "SERVFAIL"],
];

const wildcards: LookupRow[] = [
  [
    "RFC 4592 section 2.2.1: synthesised from the wildcard, with additional addresses",
    "s1",
    "a.b.wild.shop.test. MX",
    `NOERROR aa
     answer a.b.wild.shop.test. 60 MX 5 mail.shop.test.
     additional mail.shop.test. 60 A 192.0.2.25
     additional mail.shop.test. 60 AAAA 2001:db8::25`,
  ],
  [
    "RFC 4592 section 2.2.1: NODATA from the wildcard",
    "s1",
    "a.wild.shop.test. TXT",
    `NOERROR aa
     authority ${shopSoa}`,
  ],
  [
    "RFC 4592 section 2.2.1: a name that is keeps the wildcard out",
    "s1",
    "x.wild.shop.test. A",
    `NOERROR aa
     authority ${shopSoa}`,
  ],
  [
    "RFC 4592 section 3.3.1: the closest encloser's wildcard only",
    "s1",
    "y.x.wild.shop.test. A",
    `NXDOMAIN aa
     authority ${shopSoa}`,
  ],
  [
    "RFC 4592 section 2.1.1: the wildcard by its own name",
    "s1",
    "*.wild.shop.test. A",
    `NOERROR aa
     answer *.wild.shop.test. 60 A 192.0.2.9`,
  ],
  [
    "RFC 4592 section 2.3: nothing is synthesised below a wildcard's own name",
    "s1",
    "x.*.wild.shop.test. A",
    `NXDOMAIN aa
     authority ${shopSoa}`,
  ],
  [
    "RFC 4592 section 4.9: an empty non-terminal wildcard synthesises NODATA",
    "s1",
    "z.enta.shop.test. A",
    `NOERROR aa
     authority ${shopSoa}`,
  ],
  [
    "RFC 4592 section 4.3: CNAME at a wildcard is followed from the name asked for",
    "s1",
    "q.cwild.shop.test. TXT",
    `NOERROR aa
     answer q.cwild.shop.test. 60 CNAME www.shop.test.
     answer www.shop.test. 60 TXT "hello"`,
  ],
  [
    "a wildcard CNAME into itself ends",
    "s1",
    "q.lwild.shop.test. A",
    `NOERROR aa
     answer q.lwild.shop.test. 60 CNAME x.lwild.shop.test.
     answer x.lwild.shop.test. 60 CNAME x.lwild.shop.test.`,
  ],
];

describe.each(Object.entries({ referrals, positive, negative, wildcards }))("%s", (_, rows) => {
  test.each(rows)("%s (%s: %s)", (_rule, group, question, expected) => {
    expect(ask(engineOf(zones, group), question)).toEqual(block(expected));
  });
});

test("RFC 4035 section 3.1.4: a referral has the DS and its RRSIG where DNSSEC is asked for, and the zone is signed", () => {
  const referral = (more: string): string[] => {
    const text = `@ SOA a. b. 1 1 1 1 1\n@ NS a.\nshop NS ns.net.\nshop DS 4711 13 2 ${"00".repeat(32)}\n${more}`;
    const answer = ask(engineOf(zonesOf({ "test. tlds": text }), "tlds"), "www.shop.test. A", {
      edns: { isDnssecOk: true },
    });
    return answer.filter((line) => line.startsWith("authority")).map((line) => line.split(" ")[3] ?? "");
  };
  expect(referral("")).toEqual(["NS"]);
  expect(referral("shop RRSIG DS 13 2 60 20300101000000 20200101000000 1 test. AAAA\n")).toEqual([
    "NS",
    "DS",
    "RRSIG",
  ]);
});

test("names that one wildcard stands in for each have their addresses in the additional section, once", () => {
  const rows = "@ MX 1 a.wild\n@ MX 2 b.wild\n@ MX 3 A.wild\n*.wild A 192.0.2.9\n";
  const wild = zonesOf({ "example.org. s1": `@ SOA a. b. 1 1 1 1 1\n@ NS a.\n${rows}` });
  const answer = ask(engineOf(wild, "s1"), "example.org. MX");
  expect(answer.filter((line) => line.startsWith("additional"))).toEqual(
    block(`additional a.wild.example.org. 60 A 192.0.2.9
           additional b.wild.example.org. 60 A 192.0.2.9`),
  );
});

test("negative answers have the SOA of their own zone as it is now, wherever its apex stands in the question", () => {
  const soaOf = (engine: AnswerEngine, question: string): string =>
    ask(engine, question).find((line) => line.startsWith("authority")) ?? "";
  const image = new ZoneImage(2 ** 20);
  const put = (apex: string, text: string): void =>
    image.apply(replaceZone(name(apex), ["s1"], zonesOf({ [apex]: text }).rrsets(name(apex)) ?? []));
  const engine = new AnswerEngine({ zones: image, group: "s1", hop: "name-servers" });
  put("example.org.", "@ 600 SOA ns.a host.b 1 1 1 1 60\ncut CNAME nx.example.com.\n");
  put("example.com.", "@ 20 SOA @ @ 2 1 1 1 60\n");
  put(".", "@ 600 SOA ns. host. 3 1 1 1 60\n");
  const own = "authority example.org. 60 SOA ns.a.example.org. host.b.example.org. 1 1 1 1 60";
  for (let turn = 0; turn < 2; turn++) {
    expect(soaOf(engine, "x.example.org. A")).toBe(own);
    expect(soaOf(engine, "example.org. A")).toBe(own);
    expect(soaOf(engine, "y.x.EXAMPLE.org. A").toLowerCase()).toBe(own.toLowerCase());
    expect(soaOf(engine, "a.example.com. A")).toBe(
      "authority example.com. 20 SOA example.com. example.com. 2 1 1 1 60",
    );
    expect(soaOf(engine, "cut.example.org. A")).toBe(
      "authority example.com. 20 SOA example.com. example.com. 2 1 1 1 60",
    );
    expect(soaOf(engine, "nowhere. A")).toBe("authority . 60 SOA ns. host. 3 1 1 1 60");
  }
  for (const serial of [4, 5, 6]) {
    put("example.org.", `@ 600 SOA ns.elsewhere. host ${serial} 1 1 1 60\n`);
    expect(soaOf(engine, "x.example.org. A")).toContain(`ns.elsewhere. host.example.org. ${serial} `);
    put("example.org.", `@ 600 SOA ns host ${serial} 1 1 1 60\n`);
    expect(soaOf(engine, "x.example.org. A")).toContain(`ns.example.org. host.example.org. ${serial} `);
  }
});

test("RFC 8482 section 4.1: of a signed name ANY is answered with data, and its signatures to who wants them, whatever the number of the type", () => {
  const rrsig = (type: string): string =>
    `RRSIG ${type} 13 4 60 20300101000000 20200101000000 7 example.org. AAAA`;
  const signed = zonesOf({
    "example.org. s1": `
@ SOA ns1 host 1 3600 600 86400 60
@ NS ns1
_443._tcp TLSA 3 1 1 aa
_443._tcp NSEC @ TLSA RRSIG NSEC
_443._tcp ${rrsig("TLSA")}
_443._tcp ${rrsig("NSEC")}
bare.bare NSEC @ RRSIG NSEC
bare.bare ${rrsig("NSEC")}
ns1 A 192.0.2.53`,
  });
  const anyOf = (owner: string, isDnssecOk: boolean): string[] =>
    ask(engineOf(signed, "s1"), `${owner}.example.org. ANY`, { edns: { isDnssecOk } }).slice(1);
  const tlsa = "answer _443._tcp.example.org. 60 TLSA 3 1 1 AA";
  expect(anyOf("_443._tcp", false)).toEqual([tlsa]);
  expect(anyOf("_443._tcp", true)).toEqual([tlsa, `answer _443._tcp.example.org. 60 ${rrsig("TLSA")}`]);
  expect(anyOf("bare.bare", false)).toEqual([
    "answer bare.bare.example.org. 60 NSEC example.org. RRSIG NSEC",
  ]);
});
