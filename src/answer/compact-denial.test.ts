// Compact denial of existence (RFC 9824): what is said of names and types that are not there, section by section of the RFC, with a signer that signs
// nothing but says what it was asked to sign. That validators believe it is tried in src/server/compact.test.ts and test/platform.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { decodeMessage, encodeRdata, Name, RrType, typeName } from "#wire";
import type { OnlineSigning } from "./online-signing.ts";
import { putSuccessor } from "./successor.ts";
import { ask, block, engineOf, lines, name, query, send, zonesOf } from "./testing.ts";

const zones = zonesOf({
  "example.org. s1": `@ 300 SOA a. b. 1 1 1 1 60
@ NS a.
@ 60 RRSIG SOA 13 2 300 20300101000000 20200101000000 7 example.org. AAAA
www 600 A 192.0.2.1
www RRSIG A 13 3 600 20300101000000 20200101000000 7 example.org. AAAA
alias 60 CNAME www
alias RRSIG CNAME 13 3 60 20300101000000 20200101000000 7 example.org. AAAA
to CNAME gone
to RRSIG CNAME 13 3 60 20300101000000 20200101000000 7 example.org. AAAA
deep.below.empty TXT "x"
*.any 120 TXT "any"
*.any RRSIG TXT 13 3 120 20300101000000 20200101000000 7 example.org. AAAA
*.alias 60 CNAME www
dark NS ns.dark
dark A 192.0.2.9
ns.dark A 192.0.2.53
lit NS a.
lit DS 1 13 2 00
lit RRSIG DS 13 3 60 20300101000000 20200101000000 7 example.org. AAAA
far DNAME www
far RRSIG DNAME 13 3 60 20300101000000 20200101000000 7 example.org. AAAA`,
  "plain.org. s1": `@ SOA a. b. 1 1 1 1 60
@ NS a.`,
});

/** Signs for example.org alone. @param most  how many it signs; then there are too many */
function signing(most: { udp: number; proven: number } = { udp: 99, proven: 99 }): OnlineSigning {
  const left = { ...most };
  return {
    isEmpty: false,
    find: (apex, at) => (Name.fromOctets(apex, at)?.equals(name("example.org.")) === true ? 5 : -1),
    sign: (signer, owner, ownerAt, type, ttl, rdata, _, from) => {
      const name = Name.fromOctets(owner, ownerAt);
      const which = from ? "proven" : "udp";
      if (signer !== 5 || !name || left[which]-- <= 0) return undefined;
      const encoded = encodeRdata(RrType.RRSIG, {
        typeCovered: type,
        algorithm: 13,
        labels: name.labelCount,
        originalTtl: ttl,
        signatureExpiration: 1_893_456_000,
        signatureInception: 1_577_836_800,
        keyTag: 8,
        signersName: nameOf("example.org."),
        signature: Uint8Array.of(rdata.length),
      });
      return encoded.ok ? [encoded.value] : undefined;
    },
  };
}

function nameOf(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

const engine = engineOf(zones, "s1", { signing: signing() });
const wants = { edns: { isDnssecOk: true } };

/** An answer without its signatures' dates and without the SOA. */
function told(question: string, options: Parameters<typeof ask>[2] = wants): string[] {
  return ask(engine, question, options)
    .filter((line) => !line.includes(" SOA "))
    .map((line) => line.replace(/20300101000000 20200101000000 /, ""));
}

test.each([
  [
    "a name that is not there (3.1)",
    "no.example.org. A",
    `NOERROR aa
     authority no.example.org. 60 NSEC \\000.no.example.org. RRSIG NSEC NXNAME
     authority no.example.org. 60 RRSIG NSEC 13 3 60 8 example.org. AQ==`,
  ],
  [
    "case of the question stands in the owner and is none of the next name",
    "No.Example.org. A",
    `NOERROR aa
     authority No.Example.org. 60 NSEC \\000.no.example.org. RRSIG NSEC NXNAME
     authority No.Example.org. 60 RRSIG NSEC 13 3 60 8 example.org. AQ==`,
  ],
  [
    "a type that is not there (3.2), with the types that are",
    "www.example.org. AAAA",
    `NOERROR aa
     authority www.example.org. 60 NSEC \\000.www.example.org. A RRSIG NSEC
     authority www.example.org. 60 RRSIG NSEC 13 3 60 8 example.org. AQ==`,
  ],
  [
    "an empty non-terminal (3.2) has two types and no NXNAME",
    "below.empty.example.org. A",
    `NOERROR aa
     authority below.empty.example.org. 60 NSEC \\000.below.empty.example.org. RRSIG NSEC
     authority below.empty.example.org. 60 RRSIG NSEC 13 4 60 8 example.org. AQ==`,
  ],
  [
    "an answer by a wildcard (3.3) is signed as the name's own, without a proof",
    "some.any.example.org. TXT",
    `NOERROR aa
     answer some.any.example.org. 120 TXT "any"
     answer some.any.example.org. 120 RRSIG TXT 13 4 120 8 example.org. AQ==`,
  ],
  [
    "a wildcard without the type (3.3)",
    "some.any.example.org. A",
    `NOERROR aa
     authority some.any.example.org. 60 NSEC \\000.some.any.example.org. TXT RRSIG NSEC
     authority some.any.example.org. 60 RRSIG NSEC 13 4 60 8 example.org. AQ==`,
  ],
  [
    "an alias by a wildcard, and what it leads to",
    "x.alias.example.org. A",
    `NOERROR aa
     answer x.alias.example.org. 60 CNAME www.example.org.
     answer x.alias.example.org. 60 RRSIG CNAME 13 4 60 8 example.org. AQ==
     answer www.example.org. 600 A 192.0.2.1
     answer www.example.org. 600 RRSIG A 13 3 600 7 example.org. AAAA`,
  ],
  [
    "an alias to what is not there: the link is of where it leads",
    "to.example.org. A",
    `NOERROR aa
     answer to.example.org. 60 CNAME gone.example.org.
     answer to.example.org. 60 RRSIG CNAME 13 3 60 7 example.org. AAAA
     authority gone.example.org. 60 NSEC \\000.gone.example.org. RRSIG NSEC NXNAME
     authority gone.example.org. 60 RRSIG NSEC 13 3 60 8 example.org. AQ==`,
  ],
  [
    "a referral to a zone that is not signed (3.4) has the cut's own types alone",
    "x.dark.example.org. A",
    `NOERROR
     authority dark.example.org. 60 NS ns.dark.example.org.
     authority dark.example.org. 60 NSEC \\000.dark.example.org. NS RRSIG NSEC
     authority dark.example.org. 60 RRSIG NSEC 13 3 60 8 example.org. AQ==
     additional ns.dark.example.org. 60 A 192.0.2.53`,
  ],
  [
    "the DS of a zone that is not signed",
    "dark.example.org. DS",
    `NOERROR aa
     authority dark.example.org. 60 NSEC \\000.dark.example.org. NS RRSIG NSEC
     authority dark.example.org. 60 RRSIG NSEC 13 3 60 8 example.org. AQ==`,
  ],
  [
    "a referral to a signed zone is as it was signed ahead",
    "x.lit.example.org. A",
    `NOERROR
     authority lit.example.org. 60 NS a.
     authority lit.example.org. 60 DS 1 13 2 00
     authority lit.example.org. 60 RRSIG DS 13 3 60 7 example.org. AAAA`,
  ],
  [
    "what is asked for is the link itself: it is the answer",
    "no.example.org. NSEC",
    `NOERROR aa
     answer no.example.org. 60 NSEC \\000.no.example.org. RRSIG NSEC NXNAME
     answer no.example.org. 60 RRSIG NSEC 13 3 60 8 example.org. AQ==`,
  ],
  [
    "and at an alias too, which is not followed",
    "alias.example.org. NSEC",
    `NOERROR aa
     answer alias.example.org. 60 NSEC \\000.alias.example.org. CNAME RRSIG NSEC
     answer alias.example.org. 60 RRSIG NSEC 13 3 60 8 example.org. AQ==`,
  ],
  [
    "ANY at a name that is not there",
    "no.example.org. ANY",
    `NOERROR aa
     authority no.example.org. 60 NSEC \\000.no.example.org. RRSIG NSEC NXNAME
     authority no.example.org. 60 RRSIG NSEC 13 3 60 8 example.org. AQ==`,
  ],
])("RFC 9824: %s", (_, question, answer) => {
  expect(told(question)).toEqual(block(answer));
});

test("RFC 9824 section 5: without the DO bit a name that is not there is NXDOMAIN, and nothing is signed", () => {
  expect(told("no.example.org. A", {})).toEqual(["NXDOMAIN aa"]);
  expect(told("no.example.org. A", { edns: {} })).toEqual(["NXDOMAIN aa"]);
});

/** Flags of the OPT record, and the response code. */
function flagsOf(question: string, coIsSet: boolean, isDnssecOk = true): { flags: number; rcode: number } {
  const octets = query(question, { edns: { isDnssecOk } });
  if (coIsSet) octets[octets.length - 4]! |= 0x40;
  const response = send(engine, octets);
  const decoded = decodeMessage(response);
  if (!decoded.ok) throw new Error(decoded.failure.code);
  return { flags: response[response.length - 4]!, rcode: decoded.value.rcode };
}

test("RFC 9824 section 5.1: who sets CO is told NXDOMAIN, with the flag in return", () => {
  expect(flagsOf("no.example.org. A", true)).toEqual({ flags: 0xc0, rcode: 3 });
  expect(flagsOf("no.example.org. A", false)).toEqual({ flags: 0x80, rcode: 0 });
  expect(flagsOf("to.example.org. A", true)).toEqual({ flags: 0xc0, rcode: 3 });
  expect(flagsOf("below.empty.example.org. A", true)).toEqual({ flags: 0xc0, rcode: 0 });
  expect(flagsOf("www.example.org. A", true)).toEqual({ flags: 0xc0, rcode: 0 });
  expect(flagsOf("no.example.org. A", true, false)).toEqual({ flags: 0x00, rcode: 3 });
  // A zone that is not signed so has nothing to say with the flag.
  expect(flagsOf("no.plain.org. A", true)).toEqual({ flags: 0x80, rcode: 3 });
});

test("RFC 9824 section 3.5: NXNAME is asked for by nobody: FORMERR, and why", () => {
  const response = send(engine, query("www.example.org. NXNAME", { edns: {} }));
  expect(lines(response)).toEqual(["FORMERR"]);
  expect([...response.subarray(-6)]).toEqual([0, 15, 0, 2, 0, 30]);
});

test("other zones of the group are answered as ever", () => {
  expect(told("no.plain.org. A")).toEqual(["NXDOMAIN aa"]);
});

test("too many signatures: over UDP TC, to who has come over TCP SERVFAIL with NOT_READY", () => {
  const busy = engineOf(zones, "s1", { signing: signing({ udp: 1, proven: 1 }) });
  const asked = query("no.example.org. A", wants);
  const head = (transport: "udp" | "tcp"): string | undefined => lines(send(busy, asked, { transport }))[0];
  expect(head("udp")).toBe("NOERROR aa");
  expect(head("udp")).toBe("NOERROR aa tc");
  expect(head("tcp")).toBe("NOERROR aa");
  const refused = send(busy, asked, { transport: "tcp" });
  expect(lines(refused)).toEqual(["SERVFAIL"]);
  expect([...refused.subarray(-6)]).toEqual([0, 15, 0, 2, 0, 14]);
  // What is signed ahead is answered on.
  expect(lines(send(busy, query("www.example.org. A", wants)))[0]).toBe("NOERROR aa");
});

const label = fc.uint8Array({ minLength: 1, maxLength: 63 });
const edges = fc.constantFrom(0x00, 0x40, 0x5a, 0x61, 0xff);
const anyName = fc.oneof(
  fc.array(label, { maxLength: 8 }),
  // At and near the greatest length.
  fc
    .tuple(edges, fc.integer({ min: 40, max: 63 }))
    .map(([octet, first]) => [
      new Uint8Array(first).fill(octet),
      new Uint8Array(63).fill(0x61),
      new Uint8Array(63).fill(octet),
      new Uint8Array(57).fill(0x62),
    ]),
);

test("the successor of a name is above it in canonical order, in the zone, and nothing is between them (RFC 4471 section 3.1.2)", () => {
  const apex = nameOf("z.");
  fc.assert(
    fc.property(anyName, (labels) => {
      let owner: Name | undefined = apex;
      for (const each of labels) owner = owner?.prepend(each) ?? owner;
      if (!owner) return;
      const buffer = new Uint8Array(300).fill(0xee);
      buffer.set(owner.octets, 7);
      const output = new Uint8Array(255);
      const length = putSuccessor(buffer, 7, 7 + owner.octets.length - apex.octets.length, output);
      const next = Name.fromOctets(output);
      expect(next?.octets.length).toBe(length);
      if (!next) return;
      expect(next.isSubdomainOf(apex)).toBe(true);
      expect(next.equals(apex) || Name.compare(owner, next) < 0).toBe(true);
      if (owner.octets.length <= 253) expect(next.octets.subarray(2)).toEqual(owner.toLowerCase().octets);
      // A name that one could think lies between: one label less, and one octet more.
      const parent = owner.parent();
      const grown = parent && parent.labelCount > 1 ? growLabel(parent) : undefined;
      if (grown && Name.compare(owner, grown) < 0 && !next.equals(apex))
        expect(Name.compare(next, grown)).toBeLessThanOrEqual(0);
    }),
    { numRuns: 300 },
  );
});

/** A name with a null octet more in its first label. */
function growLabel(owner: Name): Name | undefined {
  const first = owner.label(0);
  return first.length < 63 ? owner.parent()?.prepend(Uint8Array.of(...first, 0)) : undefined;
}

test("the rdata of NSEC names every window that there is (RFC 4034 section 4.1.2)", () => {
  const wide = zonesOf({
    "example.org. s1": `@ SOA a. b. 1 1 1 1 60
@ TYPE65280 \\# 1 00
@ CAA 0 issue "x"
@ TYPE1234 \\# 1 00`,
  });
  const [link] = ask(engineOf(wide, "s1", { signing: signing() }), "example.org. A", wants).filter((line) =>
    line.includes(" NSEC \\"),
  );
  expect(link).toBe(
    "authority example.org. 60 NSEC \\000.example.org. SOA RRSIG NSEC CAA TYPE1234 TYPE65280",
  );
  expect(typeName(RrType.NXNAME)).toBe("NXNAME");
});
