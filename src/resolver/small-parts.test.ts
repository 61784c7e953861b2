import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { endpoint, formatAddress } from "#engine";
import { frame, FrameReader, RrType, typeName } from "#wire";
import { Delegations, type Delegation } from "./delegations.ts";
import { Minimisation } from "./minimisation.ts";
import { negativeTtl, readReply, type Reply } from "./reply.ts";
import { Rank, collectRrsets, ttlLeft } from "./rrset.ts";
import { nameOf, queryFor, recordsOf, replyTo } from "./testing-authority.ts";
import { Trees, mayAsk, type ResolverConfiguration } from "./trees.ts";

const bounds = { minTtlSeconds: 5, maxTtlSeconds: 604_800 };

describe("Minimisation", () => {
  test.each([
    ["www.shop.test.", 0, ["test. NS", "shop.test. NS", "www.shop.test. A"]],
    ["www.shop.test.", 2, ["www.shop.test. A"]],
    ["shop.test.", 2, ["shop.test. A"]],
    [".", 0, [". A"]],
    [
      "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.",
      0,
      ["t. NS", "s.t. NS", "r.s.t. NS", "q.r.s.t. NS", "n.o.p.q.r.s.t. NS", "k.l.m.n.o.p.q.r.s.t. NS"],
    ],
  ])("%s from a zone of %d labels", (name, labels, expected) => {
    const minimisation = new Minimisation(nameOf(name), RrType.A, labels, 0, true);
    const asked: string[] = [];
    for (let i = 0; i < 30; i++) {
      asked.push(`${minimisation.name.toString()} ${typeName(minimisation.type)}`);
      if (!minimisation.isProbe) break;
      minimisation.advance();
    }
    expect(asked.slice(0, expected.length)).toEqual(expected);
    // RFC 9156 section 2.3: MAX_MINIMISE_COUNT, and the question itself.
    expect(asked.length).toBeLessThanOrEqual(11);
    expect(asked.at(-1)).toBe(`${name} A`);
  });

  test("shows everything where it is off or has been given up", () => {
    expect(new Minimisation(nameOf("a.b.c."), RrType.A, 0, 0, false).isProbe).toBe(false);
    const minimisation = new Minimisation(nameOf("a.b.c."), RrType.A, 0, 0, true);
    minimisation.giveUp();
    expect([minimisation.name.toString(), minimisation.isProbe]).toEqual(["a.b.c.", false]);
  });
});

describe("FrameReader", () => {
  test("puts messages together from pieces of any size", () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 1_500 }), { maxLength: 6 });
    fc.assert(
      fc.property(messages, fc.integer({ min: 1, max: 700 }), (sent, size) => {
        const octets = Uint8Array.from(sent.flatMap((message) => [...frame(message)]));
        const reader = new FrameReader();
        const got: Uint8Array[] = [];
        for (let at = 0; at < octets.length; at += size) {
          const piece = octets.slice(at, at + size);
          got.push(...reader.push(piece, piece.length));
        }
        expect(got).toEqual(sent);
        expect(reader.pending).toBe(0);
      }),
      { numRuns: 50 },
    );
  });
});

describe("collectRrsets", () => {
  const sets = (text: string) => collectRrsets(recordsOf(text), Rank.answer, 1_000, bounds);

  test("one set a name and type, equal records once, the lowest TTL for all (RFC 2181 section 5)", () => {
    const [a, ...rest] = sets(
      "x. 60 A 192.0.2.1\nX. 30 A 192.0.2.2\nx. 60 A 192.0.2.1\nx. 60 TXT a\ny. 60 A 192.0.2.1",
    );
    expect([a?.ttl, a?.rdata.length, a?.expiresAt, rest.length]).toEqual([30, 2, 31_000, 2]);
  });

  test("TTLs are brought within bounds", () => {
    expect(sets("x. 0 A 192.0.2.1\ny. 9999999 A 192.0.2.1").map(({ ttl }) => ttl)).toEqual([5, 604_800]);
  });

  test("signatures go with what they sign; alone they are a set", () => {
    const rrsig = (type: string) => `x. 60 RRSIG ${type} 13 1 60 20300101000000 20200101000000 1 x. AAAA`;
    const [a, alone] = sets(`x. 60 A 192.0.2.1\n${rrsig("A")}\n${rrsig("MX")}\n${rrsig("TXT")}`);
    expect([a?.signatures.length, alone?.type, alone?.rdata.length]).toEqual([1, RrType.RRSIG, 2]);
  });

  test("the TTL left never exceeds the TTL and ends at 0", () => {
    const [rrset] = sets("x. 60 A 192.0.2.1");
    expect([1_000, 1_001, 60_000, 61_000, 90_000].map((at) => ttlLeft(rrset!, at))).toEqual([
      60, 59, 1, 0, 0,
    ]);
  });
});

describe("negativeTtl", () => {
  test.each([
    ["300 SOA ns. h. 1 2 3 4 60", 60],
    ["30 SOA ns. h. 1 2 3 4 60", 30],
    ["300 SOA ns. h. 1 2 3 4 4294967295", 0],
  ])("%s: %d", (line, expected) => {
    const [soa] = collectRrsets(recordsOf(`x. ${line}`), Rank.authority, 0, bounds);
    expect(negativeTtl(soa!)).toBe(expected);
  });
});

describe("readReply", () => {
  const query = queryFor("www.shop.test.", "A");
  const read = (more: Parameters<typeof replyTo>[1], set: Parameters<typeof replyTo>[2] = {}): Reply =>
    readReply(
      replyTo(query, more, set),
      { name: nameOf("www.shop.test."), type: RrType.A, zone: nameOf("test."), mayFollow: () => true },
      0,
      bounds,
    );
  const soa = recordsOf("test. 60 SOA ns. h. 1 2 3 4 60");
  const referral = (owner: string) => ({ authority: recordsOf(`${owner} NS ns.x.`) });

  test.each<[string, Reply["kind"], Parameters<typeof replyTo>[1], Parameters<typeof replyTo>[2]?]>([
    ["the set asked for", "answer", { answer: recordsOf("www.shop.test. A 192.0.2.1") }],
    ["the set without AA", "answer", { answer: recordsOf("www.shop.test. A 192.0.2.1") }, { aa: false }],
    ["another name's set", "nodata", { answer: recordsOf("x.shop.test. A 192.0.2.1") }],
    ["a set of another zone", "nodata", { answer: recordsOf("www.shop. A 192.0.2.1") }],
    ["an alias", "alias", { answer: recordsOf("www.shop.test. CNAME a.test.") }],
    [
      "an alias with its target",
      "answer",
      { answer: recordsOf("www.shop.test. CNAME a.test.\na.test. A 192.0.2.1") },
    ],
    [
      "an alias with a foreign target",
      "alias",
      { answer: recordsOf("www.shop.test. CNAME a.b.\na.b. A 192.0.2.1") },
    ],
    ["a DNAME above", "alias", { answer: recordsOf("shop.test. DNAME b.") }],
    ["a DNAME above the zone of the server", "nodata", { answer: recordsOf(". DNAME b.") }],
    ["a DNAME at the name", "nodata", { answer: recordsOf("www.shop.test. DNAME b.") }],
    [
      "an alias and NXDOMAIN",
      "alias",
      { answer: recordsOf("www.shop.test. CNAME a.test."), rcode: 3, authority: soa },
    ],
    ["SOA alone", "nodata", { authority: soa }],
    ["SOA and NXDOMAIN", "nxdomain", { authority: soa, rcode: 3 }],
    ["nothing, with AA", "nodata", {}],
    ["NS below the zone", "referral", referral("shop.test."), { aa: false }],
    ["NS below the zone, with AA", "referral", referral("shop.test.")],
    ["NS of the zone", "lame", referral("test."), { aa: false }],
    ["NS of the zone, with AA", "nodata", referral("test.")],
    ["NS above the zone, with AA", "lame", referral(".")],
    ["NS elsewhere", "lame", referral("other.test."), { aa: false }],
    ["nothing, from a resolver", "lame", {}, { aa: false, ra: true }],
    ["SERVFAIL", "error", { rcode: 2 }],
    ["REFUSED", "error", { rcode: 5 }],
    ["YXDOMAIN without DNAME", "error", { rcode: 6 }],
  ])("%s: %s", (_what, kind, more, set) => {
    expect(read(more, set).kind).toBe(kind);
  });

  test("glue of the zone's own is taken and bounds the delegation; other addresses are spare", () => {
    const reply = read(
      {
        authority: recordsOf("shop.test. 3600 NS ns.shop.test.\nshop.test. 3600 NS ns.else."),
        additional: recordsOf(
          "ns.shop.test. 600 A 192.0.2.1\nns.else. 60 A 192.0.2.2\nns.third. 60 A 192.0.2.3",
        ),
      },
      { aa: false },
    );
    if (reply.kind !== "referral") throw new RangeError(`Cannot go on with "${reply.kind}"`);
    expect(reply.ttl).toBe(600);
    expect(
      reply.servers.map(({ name, addresses, spareAddresses }) => [
        name.toString(),
        addresses.map(formatAddress),
        spareAddresses?.map(formatAddress),
      ]),
    ).toEqual([
      ["ns.shop.test.", ["192.0.2.1"], ["192.0.2.1"]],
      ["ns.else.", [], ["192.0.2.2"]],
    ]);
  });
});

describe("Trees", () => {
  const configuration: ResolverConfiguration = {
    trees: [
      {
        kind: "tree",
        id: "a",
        suffixes: ["test.", "home.arpa."],
        rootHints: [],
        authorityPort: 5301,
        isPrivate: true,
      },
      {
        kind: "tree",
        id: "b",
        suffixes: ["lab.test.", "not a name \u0000"],
        rootHints: [],
        authorityPort: 53,
        isPrivate: true,
      },
    ],
    outside: { kind: "outside", policy: "iterate", forwarders: [] },
  };

  test.each([
    ["test.", "a"],
    ["x.TEST.", "a"],
    ["lab.test.", "b"],
    ["x.lab.test.", "b"],
    ["xlab.test.", "a"],
    ["arpa.", "#public"],
    ["x.home.arpa.", "a"],
    [".", "#public"],
    ["testing.", "#public"],
  ])("%s is in %s", (name, id) => {
    const place = new Trees(configuration).placeOf(nameOf(name));
    expect(place.kind === "tree" ? place.tree.id : place.kind).toBe(id);
  });

  test("the public tree has the thirteen root servers, in both families", () => {
    const place = new Trees(configuration).placeOf(nameOf("."));
    const hints = place.kind === "tree" ? place.tree.hints : [];
    expect(hints.map(({ addresses }) => addresses.length)).toEqual(Array<number>(13).fill(2));
  });

  test.each([
    ["127.0.0.1", true, false],
    ["10.0.0.1", true, false],
    ["::1", true, false],
    ["fe80::1", true, false],
    ["192.0.2.1", true, true],
    ["2001:db8::1", true, true],
    ["0.0.0.0", false, false],
    ["224.0.0.1", false, false],
    ["255.255.255.255", false, false],
    ["ff02::1", false, false],
    ["::", false, false],
  ])("%s may be asked in private trees: %s, in the public: %s", (address, inPrivate, inPublic) => {
    const tree = { id: "x", hints: [], anchors: [], authorityPort: 53, isPrivate: true };
    const octets = endpoint(address, 0).address;
    expect([mayAsk(tree, octets), mayAsk({ ...tree, isPrivate: false }, octets)]).toEqual([
      inPrivate,
      inPublic,
    ]);
  });
});

describe("Delegations", () => {
  const cut = (zone: string, expiresAt: number, storedAt: number = 0): Delegation => ({
    zone: nameOf(zone),
    depth: 1,
    servers: [{ name: nameOf(`ns.${zone}`), addresses: [endpoint("192.0.2.1", 0).address] }],
    ttl: 1,
    storedAt,
    expiresAt,
  });

  test.each([
    ["www.shop.test.", RrType.A, 0, 0, "shop.test."],
    ["shop.test.", RrType.A, 0, 0, "shop.test."],
    ["shop.test.", RrType.DS, 0, 0, "test."],
    ["www.shop.test.", RrType.A, 1_000, 0, "test."],
    ["www.shop.test.", RrType.A, 0, 10, "test."],
    ["other.", RrType.A, 0, 0, undefined],
  ])("nearest to %s for type %d at %d, since %d: %s", (name, type, at, since, expected) => {
    const delegations = new Delegations();
    delegations.put("t", cut("test.", 5_000, 10));
    delegations.put("t", cut("shop.test.", 1_000));
    expect(delegations.closest("t", nameOf(name), type, at, since)?.zone.toString()).toBe(expected);
    expect(delegations.closest("u", nameOf(name), type, at, since)).toBeUndefined();
  });

  test("are bounded in octets, and a tree can be forgotten", () => {
    const delegations = new Delegations();
    for (let i = 0; i < 60_000; i++) delegations.put("t", cut(`z${i}.`, 1_000));
    expect(delegations.size).toBeLessThan(50_000);
    delegations.put("u", cut("test.", 1_000));
    delegations.removeTree("t");
    expect(delegations.size).toBe(1);
  });
});
