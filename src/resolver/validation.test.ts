// The resolver validates: AD, CD, SERVFAIL with its reason, what is kept of it, and servers that lie beside ones that do not.

import { algorithmOf, dsOf, generateKey, type SignedRrset, type SigningKey, signZone } from "#dnssec";
import { EdnsOption, formatRecord, type Message, Rcode, RrType, type ResourceRecord } from "#wire";
import { expect, test } from "vitest";
import {
  answerFrom,
  configurationFor,
  nameOf,
  queryFor,
  recordsOf,
  replyTo,
  TestWorld,
} from "./testing-authority.ts";
import { groupRecords } from "#zone";
import type { TestServer } from "./testing-authority.ts";

/** The clock of the world begins here. */
const now = 1_700_000_000;
const soa = "@ SOA ns.test. hostmaster.test. 1 7200 900 1209600 60\n";

function p256(): SigningKey {
  const algorithm = algorithmOf(13);
  if (!algorithm) throw new Error("no algorithm 13");
  return generateKey(algorithm, true);
}

const keys = { root: p256(), test: p256(), shop: p256() };

function dsLine(zone: string, key: SigningKey): string {
  return formatRecord({
    name: nameOf(zone),
    type: RrType.DS,
    class: 1,
    ttl: 172800,
    rdata: dsOf(nameOf(zone), key),
  });
}

/** A server of one signed zone: answers with signatures, denials with the whole chain. */
function signed(
  apex: string,
  text: string,
  key: SigningKey,
  expiration: number = now + 14 * 86_400,
): TestServer {
  const zone = signZone(nameOf(apex), groupRecords(recordsOf(text, apex)), {
    keys: [key],
    denial: { kind: "nsec" },
    dnskeyTtl: 172_800,
    inception: now - 3600,
    expiration,
  });
  const plain = zone.rrsets.flatMap((rrset) => recordsIn(rrset));
  return (query) => {
    const reply = answerFrom(apex, plain, query);
    if (query.edns?.isDnssecOk !== true) return reply;
    const withSignatures = (records: readonly ResourceRecord[]): ResourceRecord[] =>
      zone.rrsets.flatMap((rrset) =>
        records.some(({ name, type }) => type === rrset.type && name.equals(rrset.owner))
          ? [...recordsIn(rrset), ...signaturesOf(rrset)]
          : [],
      );
    const isNegative = reply.answer.length === 0;
    const isReferral = !reply.flags.aa;
    const proof = zone.rrsets
      .filter(({ type }) => isNegative && type === RrType.NSEC)
      .flatMap((rrset) => [...recordsIn(rrset), ...signaturesOf(rrset)]);
    const cut = isReferral ? reply.authority[0]?.name : undefined;
    const ds = zone.rrsets.filter(({ owner, type }) => type === RrType.DS && cut?.equals(owner) === true);
    return {
      ...reply,
      answer: withSignatures(reply.answer),
      authority: isReferral
        ? [
            ...reply.authority,
            ...(ds.length > 0 ? ds.flatMap((rrset) => [...recordsIn(rrset), ...signaturesOf(rrset)]) : proof),
          ]
        : [...withSignatures(reply.authority), ...proof],
    };
  };
}

function recordsIn({ owner, type, ttl, rdata }: SignedRrset): ResourceRecord[] {
  return rdata.map((octets) => ({ name: owner, type, class: 1, ttl, rdata: octets }));
}

function signaturesOf({ owner, ttl, signatures }: SignedRrset): ResourceRecord[] {
  return signatures.map((octets) => ({ name: owner, type: RrType.RRSIG, class: 1, ttl, rdata: octets }));
}

const addresses = { root: "192.0.2.1", test: "192.0.2.2", shop: "192.0.2.3", other: "192.0.2.4" };
const shopZone = `${soa}@ NS ns1.shop.test.\nns1 A ${addresses.shop}\nns2 A ${addresses.other}\nwww A 192.0.2.80\nwww2 A 192.0.2.81\nalias CNAME www\n`;

function internet(
  more: Readonly<Record<string, TestServer>> = {},
  anchor: SigningKey = keys.root,
): TestWorld {
  const [tree] = configurationFor(addresses.root).trees;
  if (!tree) throw new Error("no tree");
  return new TestWorld(
    {
      [addresses.root]: signed(
        ".",
        `${soa}@ NS a.root.\na.root. A ${addresses.root}\ntest. NS ns.test.\nns.test. A ${addresses.test}\n${dsLine("test.", keys.test)}`,
        keys.root,
      ),
      [addresses.test]: signed(
        "test.",
        `${soa}@ NS ns.test.\nns A ${addresses.test}\nshop NS ns1.shop.test.\nshop NS ns2.shop.test.\nns1.shop A ${addresses.shop}\nns2.shop A ${addresses.other}\n` +
          `${dsLine("shop.test.", keys.shop)}\nplain NS ns.plain.test.\nns.plain A 192.0.2.9`,
        keys.test,
      ),
      [addresses.shop]: signed("shop.test.", shopZone, keys.shop),
      [addresses.other]: signed("shop.test.", shopZone, keys.shop),
      "192.0.2.9": { "plain.test.": `${soa}www A 192.0.2.90` },
      ...more,
    },
    {
      configuration: {
        ...configurationFor(addresses.root),
        trees: [{ ...tree, trustAnchors: [dsLine(".", anchor)] }],
      },
    },
  );
}

const wanting = (set: { ad?: boolean; cd?: boolean; isDnssecOk?: boolean }): Partial<Message> => ({
  flags: { ...queryFor("x.", "A").flags, ad: set.ad ?? false, cd: set.cd ?? false },
  edns: { udpPayloadSize: 1232, version: 0, isDnssecOk: set.isDnssecOk ?? false, options: [] },
});

function errorsOf({ edns }: Message): number[] {
  return (edns?.options ?? [])
    .filter(({ code }) => code === EdnsOption.EXTENDED_ERROR)
    .map(({ octets }) => ((octets[0] ?? 0) << 8) | (octets[1] ?? 0));
}

test("AD says that an answer is authentic, to those who ask for it (RFC 6840 sections 5.7 and 5.8)", () => {
  const net = internet();
  const plain = net.ask("www.shop.test.");
  expect([plain.rcode, plain.flags.ad, plain.answer.length]).toEqual([Rcode.NOERROR, false, 1]);
  expect(net.ask("www.shop.test.", "A", wanting({ ad: true })).flags.ad).toBe(true);
  const all = net.ask("www.shop.test.", "A", wanting({ isDnssecOk: true }));
  expect([all.flags.ad, all.answer.map(({ type }) => type)]).toEqual([true, [RrType.A, RrType.RRSIG]]);
  for (const [name, type, rcode] of [
    ["alias.shop.test.", "A", Rcode.NOERROR],
    ["no.shop.test.", "A", Rcode.NXDOMAIN],
    ["www.shop.test.", "TXT", Rcode.NOERROR],
    ["shop.test.", "DS", Rcode.NOERROR],
    ["shop.test.", "DNSKEY", Rcode.NOERROR],
    ["no.test.", "A", Rcode.NXDOMAIN],
  ] as const) {
    const answer = net.ask(name, type, wanting({ ad: true }));
    expect([name, answer.rcode, answer.flags.ad]).toEqual([name, rcode, true]);
    // And so from the cache.
    expect(net.ask(name, type, wanting({ ad: true })).flags.ad, name).toBe(true);
  }
  expect(net.faults).toEqual([]);
});

test("a second name of a zone costs one query: DS came with the referral, keys are kept", () => {
  const net = internet();
  net.ask("www.shop.test.");
  const first = net.count();
  net.ask("www2.shop.test.");
  expect(net.count() - first).toBe(1);
  // Priming, the name at each of three zones (one label more each), and three DNSKEY sets.
  expect(first).toBeLessThanOrEqual(8);
});

test("an insecure zone is answered without AD, and nothing is wrong with it", () => {
  const net = internet();
  const answer = net.ask("www.plain.test.", "A", wanting({ ad: true }));
  expect([answer.rcode, answer.flags.ad, answer.answer.length]).toEqual([Rcode.NOERROR, false, 1]);
  expect(net.ask("no.plain.test.", "A", wanting({ ad: true })).rcode).toBe(Rcode.NXDOMAIN);
});

/** Answers as the zone's server, but with the address of somebody else, and the signature of before. */
const liar: TestServer = (query, raw) => {
  const honest = signed("shop.test.", shopZone, keys.shop);
  const reply = typeof honest === "function" ? honest(query, raw) : undefined;
  if (!reply || reply instanceof Uint8Array || Array.isArray(reply) || !("answer" in reply)) return reply;
  return {
    ...reply,
    answer: reply.answer.map((record) =>
      record.type === RrType.A && record.rdata[3] === 80
        ? { ...record, rdata: Uint8Array.of(203, 0, 113, 66) }
        : record,
    ),
  };
};

test("what is bogus is SERVFAIL with the reason, kept for a moment, and had with CD (RFC 4035 section 3.2.2)", () => {
  const net = internet({ [addresses.shop]: liar, [addresses.other]: liar });
  const answer = net.ask("www.shop.test.", "A", wanting({ ad: true }));
  expect([answer.rcode, answer.answer, answer.flags.ad]).toEqual([Rcode.SERVFAIL, [], false]);
  expect(errorsOf(answer)).toContain(6);
  const before = net.count();
  expect(net.ask("www.shop.test.").rcode).toBe(Rcode.SERVFAIL);
  expect(net.count()).toBe(before);
  const unchecked = net.ask("www.shop.test.", "A", wanting({ cd: true, isDnssecOk: true }));
  expect([unchecked.rcode, unchecked.flags.ad, unchecked.answer[0]?.rdata]).toEqual([
    Rcode.NOERROR,
    false,
    Uint8Array.of(203, 0, 113, 66),
  ]);
  // What was had without validation is for nobody else.
  net.world.advance(60_000);
  expect(net.ask("www.shop.test.").rcode).toBe(Rcode.SERVFAIL);
  expect(net.ask("www2.shop.test.", "A", wanting({ ad: true })).flags.ad).toBe(true);
});

test("what is bogus is said before what else went wrong, such as a packet that was lost", () => {
  let lost = 0;
  const late: TestServer = (query, raw) => {
    const isAsked = query.question[0]?.name.toString() === "www.shop.test.";
    if (isAsked && lost++ === 0) return [];
    return typeof liar === "function" ? liar(query, raw) : [];
  };
  const answer = internet(both(late)).ask("www.shop.test.");
  expect([answer.rcode, ...errorsOf(answer).slice(0, 2)]).toEqual([Rcode.SERVFAIL, 6, 23]);
});

test("one server that lies is passed over for one that does not", () => {
  const net = internet({ [addresses.shop]: liar });
  for (let i = 0; i < 4; i++) {
    const answer = net.ask("www.shop.test.", "A", wanting({ ad: true }));
    expect([answer.rcode, answer.flags.ad, answer.answer[0]?.rdata[3]]).toEqual([Rcode.NOERROR, true, 80]);
    net.world.advance(200_000_000);
  }
});

test.each<[string, () => TestWorld, number]>([
  [
    "signatures that have ended",
    () => internet(both(signed("shop.test.", shopZone, keys.shop, now - 60))),
    7,
  ],
  [
    "a zone without signatures where the parent has a DS",
    () => internet(both({ "shop.test.": shopZone })),
    9,
  ],
  [
    "keys that the parent does not vouch for",
    () => internet(both(signed("shop.test.", shopZone, p256()))),
    9,
  ],
  ["an anchor that the root does not have", () => internet({}, p256()), 9],
  ["other records than those signed", () => internet(both(liar)), 6],
])("%s: SERVFAIL", (_, make, code) => {
  const net = make();
  const answer = net.ask("www.shop.test.");
  expect([answer.rcode, errorsOf(answer)[0]]).toEqual([Rcode.SERVFAIL, code]);
  expect(net.faults).toEqual([]);
});

function both(server: TestServer): Record<string, TestServer> {
  return { [addresses.shop]: server, [addresses.other]: server };
}

test("a denial without proof is not believed", () => {
  const denying: TestServer = (query) =>
    replyTo(query, { rcode: Rcode.NXDOMAIN, authority: recordsOf(soa, "shop.test.") });
  const answer = internet(both(denying)).ask("www.shop.test.");
  expect(answer.rcode).toBe(Rcode.SERVFAIL);
});

test("nothing is kept for longer than its signature holds", () => {
  const net = internet(both(signed("shop.test.", shopZone, keys.shop, now + 100)));
  const [record] = net.ask("www.shop.test.").answer;
  expect(record?.ttl).toBeLessThanOrEqual(100);
  net.world.advance(101_000);
  expect(net.ask("www.shop.test.").rcode).toBe(Rcode.SERVFAIL);
});

test("another anchor is another chain from then on", () => {
  const net = internet();
  expect(net.ask("www.shop.test.", "A", wanting({ ad: true })).flags.ad).toBe(true);
  const [tree] = configurationFor(addresses.root).trees;
  if (!tree) throw new Error("no tree");
  net.resolver.configure({
    ...configurationFor(addresses.root),
    trees: [{ ...tree, trustAnchors: [dsLine(".", p256())] }],
  });
  expect(net.ask("www2.shop.test.").rcode).toBe(Rcode.SERVFAIL);
  net.resolver.configure({
    ...configurationFor(addresses.root),
    trees: [{ ...tree, trustAnchors: ["no record", "."] }],
  });
  expect(net.ask("alias.shop.test.", "A", wanting({ ad: true })).flags.ad).toBe(false);
});

test("a zone's many names below empty non-terminals, and its DS by a name that nobody has", () => {
  const deep = `${shopZone}a.b.c.d A 192.0.2.5\n`;
  const net = internet(both(signed("shop.test.", deep, keys.shop)));
  expect(net.ask("a.b.c.d.shop.test.", "A", wanting({ ad: true })).flags.ad).toBe(true);
  expect(net.ask("c.d.shop.test.", "A", wanting({ ad: true })).flags.ad).toBe(true);
  expect(net.ask("x.a.b.c.d.shop.test.", "DS", wanting({ ad: true })).flags.ad).toBe(true);
});

/** The same world with negative trust anchors: of each name, in how many seconds it ends. */
function configureNegative(
  net: TestWorld,
  anchors: Readonly<Record<string, number>>,
  more: readonly string[] = [],
): void {
  const [tree] = configurationFor(addresses.root).trees;
  if (!tree) throw new Error("no tree");
  net.resolver.configure({
    ...configurationFor(addresses.root),
    trees: [{ ...tree, trustAnchors: [dsLine(".", keys.root), ...more] }],
    negativeAnchors: Object.entries(anchors).map(([name, seconds]) => ({
      kind: "negative-anchor",
      name,
      until: now * 1000 - 1000 + net.world.monotonic + seconds * 1000,
    })),
  });
}

/** Rcode, and whether the answer is authentic. */
function seen(net: TestWorld, name: string, type: string = "A"): string {
  const { rcode, flags } = net.ask(name, type, wanting({ ad: true }));
  return `${rcode === Rcode.SERVFAIL ? "SERVFAIL" : rcode === Rcode.NXDOMAIN ? "NXDOMAIN" : "NOERROR"}${flags.ad ? " AD" : ""}`;
}

test("under a negative trust anchor nothing is bogus and nothing authentic, until it ends (RFC 7646 section 2)", () => {
  const net = internet({ [addresses.shop]: liar, [addresses.other]: liar });
  expect(seen(net, "www.shop.test.")).toBe("SERVFAIL");
  configureNegative(net, { "shop.test.": 3600 });
  // At once, whatever was kept of the failure.
  const answer = net.ask("www.shop.test.", "A", wanting({ ad: true }));
  expect([answer.rcode, answer.flags.ad, answer.answer.length]).toEqual([Rcode.NOERROR, false, 1]);
  expect(errorsOf(answer)).toEqual([0]);
  expect(seen(net, "www2.shop.test.")).toBe("NOERROR");
  expect(seen(net, "no.shop.test.")).toBe("NXDOMAIN");
  expect(seen(net, "www.shop.test.", "TXT")).toBe("NOERROR");
  expect(seen(net, "shop.test.", "DNSKEY")).toBe("NOERROR");
  // Beside it and above it all is as ever.
  expect(seen(net, "ns.test.")).toBe("NOERROR AD");
  expect(seen(net, "no.test.")).toBe("NXDOMAIN AD");
  net.world.advance(3_599_000);
  expect(seen(net, "www.shop.test.")).toBe("NOERROR");
  // From the cache it would be an hour's old news.
  net.world.advance(2000);
  expect(seen(net, "www.shop.test.")).toBe("SERVFAIL");
  expect(net.faults).toEqual([]);
});

test("what was authentic is so no more while there is a negative trust anchor, and again once it is taken away", () => {
  const net = internet();
  expect(seen(net, "www.shop.test.")).toBe("NOERROR AD");
  configureNegative(net, { "test.": 3600 });
  expect([seen(net, "www.shop.test."), seen(net, "ns.test."), seen(net, "no.test.")]).toEqual([
    "NOERROR",
    "NOERROR",
    "NXDOMAIN",
  ]);
  configureNegative(net, {});
  expect([seen(net, "www.shop.test."), seen(net, "ns.test."), seen(net, "no.test.")]).toEqual([
    "NOERROR AD",
    "NOERROR AD",
    "NXDOMAIN AD",
  ]);
});

test("an anchor below a negative one is deeper, and holds; at the same name the negative one does", () => {
  const net = internet();
  configureNegative(net, { "test.": 3600 }, [dsLine("shop.test.", keys.shop)]);
  expect([seen(net, "www.shop.test."), seen(net, "ns.test.")]).toEqual(["NOERROR AD", "NOERROR"]);
  configureNegative(net, { "shop.test.": 3600 }, [dsLine("shop.test.", keys.shop)]);
  expect([seen(net, "www.shop.test."), seen(net, "ns.test.")]).toEqual(["NOERROR", "NOERROR AD"]);
});

test("an alias into a part that is not validated is not authentic as a whole", () => {
  const net = internet();
  configureNegative(net, { "www.shop.test.": 3600 });
  expect(seen(net, "alias.shop.test.")).toBe("NOERROR");
  expect(seen(net, "alias.shop.test.", "CNAME")).toBe("NOERROR AD");
  expect(seen(net, "www2.shop.test.")).toBe("NOERROR AD");
});

test("one that is over before it is heard of is none", () => {
  const net = internet({ [addresses.shop]: liar, [addresses.other]: liar });
  configureNegative(net, { "shop.test.": 0 });
  expect(seen(net, "www.shop.test.")).toBe("SERVFAIL");
});

/** Looks past the anchors, and gives what was found. */
function look(net: TestWorld, name: string): { isValid: boolean; text: string } {
  const found: { isValid: boolean; text: string }[] = [];
  net.resolver.lookPastAnchors(nameOf(name), (finding) => found.push(finding), net.world.now);
  net.world.runUntil(() => found.length > 0, 60_000);
  const [only] = found;
  if (!only || found.length > 1) throw new Error(`${found.length} findings`);
  return only;
}

test("whether a name validates again is asked past the anchors, and clients hear nothing of it (RFC 7646 section 2)", () => {
  const good = signed("shop.test.", shopZone, keys.shop);
  const bad = signed("shop.test.", shopZone, p256());
  let server: TestServer = bad;
  const shop: TestServer = (query, raw) => (typeof server === "function" ? server(query, raw) : []);
  const net = internet({ [addresses.shop]: shop, [addresses.other]: shop });
  configureNegative(net, { "shop.test.": 86_400 });
  expect(seen(net, "www.shop.test.")).toBe("NOERROR");
  expect(look(net, "shop.test.")).toMatchObject({ isValid: false });
  expect(look(net, "www.shop.test.").isValid).toBe(false);
  // Neither the failure nor what was found before is what clients get.
  expect(seen(net, "shop.test.", "SOA")).toBe("NOERROR");
  expect(seen(net, "shop.test.")).toBe("NOERROR");
  server = good;
  // What is known of its keys is known for a while.
  net.world.advance(120_000);
  expect(look(net, "shop.test.")).toEqual({ isValid: true, text: "it validates" });
  expect(look(net, "www.shop.test.")).toEqual({ isValid: true, text: "it validates" });
  expect(look(net, "no.shop.test.")).toEqual({ isValid: true, text: "it validates" });
  expect(look(net, "alias.shop.test.")).toEqual({ isValid: true, text: "it validates" });
  // The anchor is still there: nothing is authentic, of what was looked at neither.
  expect([seen(net, "shop.test.", "SOA"), seen(net, "www.shop.test.")]).toEqual(["NOERROR", "NOERROR"]);
  // And what was found once is not taken for what is.
  server = bad;
  expect(look(net, "shop.test.").isValid).toBe(false);
  // Of a zone in which one name is broken, the others say nothing of that.
  server = liar;
  expect(look(net, "www.shop.test.").isValid).toBe(false);
  expect(look(net, "shop.test.").isValid).toBe(true);
  configureNegative(net, {});
  expect(seen(net, "www.shop.test.")).toBe("SERVFAIL");
  expect(net.faults).toEqual([]);
});

test("a zone that is signed no more needs no anchor; one that is silent, and one that is not ours to judge, keep theirs", () => {
  let isSilent = false;
  const net = internet({ "192.0.2.9": (query) => (isSilent ? [] : plain(query)) });
  const records = recordsOf(`${soa}www A 192.0.2.90`, "plain.test.");
  const plain = (query: Message): Message => answerFrom("plain.test.", records, query);
  configureNegative(net, { "plain.test.": 3600 });
  expect(look(net, "www.plain.test.")).toEqual({ isValid: true, text: "it is not signed any more" });
  isSilent = true;
  const { isValid, text } = look(net, "plain.test.");
  expect(isValid).toBe(false);
  expect(text).not.toBe("");
  net.resolver.configure(configurationFor(addresses.root));
  expect(look(net, "plain.test.")).toEqual({ isValid: false, text: "nothing is validated there anyway" });
});
