// The chain of trust over a small internet of signed and unsigned zones, and every way in which it breaks.

import { Name, RrType } from "#wire";
import { expect, test } from "vitest";
import type { Denial } from "./denial.ts";
import { judgeNegative, judgeRrset } from "./judgement.ts";
import { dsOf, type SigningKey } from "./key.ts";
import { type SignedRrset, type SignedZone, signZone } from "./sign-zone.ts";
import { expiration, inception, name, p256, rrsets } from "./testing.ts";
import type { Judgement, TrustContext, TrustFound, TrustQuestion, TrustSteps, ZoneTrust } from "./trust.ts";

const soa = "SOA ns. hostmaster. 1 7200 900 1209600 60";
const nsec: Denial = { kind: "nsec" };

function dsText(zone: string, key: SigningKey): string {
  const rdata = dsOf(name(zone), key);
  return `${zone} DS ${(rdata[0] ?? 0) * 256 + (rdata[1] ?? 0)} ${rdata[2]} ${rdata[3]} ${Buffer.from(rdata.subarray(4)).toString("hex")}`;
}

/** Zones by apex, with what a server would say of them. */
class Internet {
  readonly keys = { root: p256(), test: p256(), shop: p256() };
  readonly zones = new Map<string, SignedZone>();
  readonly asked: string[] = [];
  readonly context: TrustContext;
  readonly #trusts = new Map<string, ZoneTrust>();
  /** What is answered in place of the truth, by "NAME TYPE". */
  readonly lies = new Map<string, TrustFound>();
  isForgetful = false;

  constructor(denial: Denial = nsec, now: number = inception + 100) {
    const { root, test: tld, shop } = this.keys;
    this.sign(".", `. ${soa}\n. NS ns.\ntest. NS ns.test.\n${dsText("test.", tld)}\n`, root, denial);
    this.sign(
      "test.",
      `test. ${soa}\ntest. NS ns.test.\nshop.test. NS ns.test.\n${dsText("shop.test.", shop)}\nplain.test. NS ns.test.\n` +
        `odd.test. NS ns.test.\nodd.test. DS 1 250 2 0123456789012345678901234567890123456789012345678901234567890123\n`,
      tld,
      denial,
    );
    this.sign(
      "shop.test.",
      `shop.test. ${soa}\nshop.test. NS ns.test.\nwww.shop.test. A 192.0.2.1\n*.w.shop.test. A 192.0.2.2\na.b.c.shop.test. TXT x\n`,
      shop,
      denial,
    );
    this.zones.set("plain.test.", {
      apex: name("plain.test."),
      rrsets: rrsets(`plain.test. ${soa}\nwww.plain.test. A 192.0.2.3\n`).map((rrset) => ({
        ...rrset,
        signatures: [],
      })),
      made: 0,
      kept: 0,
    });
    this.context = {
      anchors: [{ zone: Name.root, ds: [dsOf(Name.root, root)] }],
      now,
      work: { checksLeft: 100 },
      get: (at) => this.#trusts.get(at.key),
      put: (at, trust) => void this.#trusts.set(at.key, trust),
      forget: (at) => this.isForgetful && this.#trusts.delete(at.key),
    };
  }

  sign(apex: string, text: string, key: SigningKey, denial: Denial): void {
    const signing = { keys: [key], denial, dnskeyTtl: 300, inception, expiration };
    this.zones.set(apex, signZone(name(apex), rrsets(text), signing));
  }

  zoneOf(at: Name, type: number): SignedZone {
    const from = type === RrType.DS && !at.isRoot ? (at.parent() ?? at) : at;
    for (let drop = 0; drop <= from.labelCount; drop++) {
      const zone = this.zones.get(from.slice(drop).toString());
      if (zone) return zone;
    }
    throw new Error("no zone");
  }

  find(at: string, type: number): SignedRrset {
    const zone = this.zoneOf(name(at), type);
    const found = zone.rrsets.find((rrset) => rrset.type === type && rrset.owner.equals(name(at)));
    if (!found) throw new Error(`no ${at} ${type}`);
    return found;
  }

  /** SOA and the whole chain of a zone. */
  denial(zone: SignedZone): SignedRrset[] {
    return zone.rrsets.filter(
      ({ type }) => type === RrType.SOA || type === RrType.NSEC || type === RrType.NSEC3,
    );
  }

  answer({ name: at, type }: TrustQuestion): TrustFound {
    this.asked.push(`${at.toString()} ${type === RrType.DS ? "DS" : "DNSKEY"}`);
    const lie = this.lies.get(this.asked.at(-1) ?? "");
    if (lie) return lie;
    const zone = this.zoneOf(at, type);
    const rrset = zone.rrsets.find((each) => each.type === type && each.owner.equals(at));
    return rrset ? { kind: "answer", rrset } : { kind: "negative", authority: this.denial(zone) };
  }

  run(steps: TrustSteps<Judgement>): Judgement {
    let step = steps.next();
    while (step.done !== true) step = steps.next(this.answer(step.value));
    return step.value;
  }

  judge(rrset: SignedRrset, proof: readonly SignedRrset[] = []): Judgement {
    return this.run(judgeRrset(rrset, proof, this.context));
  }

  deny(at: string, type: number, isNxdomain: boolean, authority?: readonly SignedRrset[]): Judgement {
    const said = authority ?? this.denial(this.zoneOf(name(at), type));
    return this.run(judgeNegative(name(at), type, isNxdomain, said, this.context));
  }
}

const codeOf = (judgement: Judgement): string =>
  judgement.kind === "secure" ? "secure" : `${judgement.kind} ${judgement.reason?.code ?? ""}`.trim();

const nsec3: Denial = { kind: "nsec3", iterations: 0, salt: new Uint8Array(0), hasOptOut: false };
test.each([["NSEC", nsec] as const, ["NSEC3", nsec3] as const])(
  "with %s, what is signed down from the anchor is secure",
  (_, denial) => {
    const net = new Internet(denial);
    expect(codeOf(net.judge(net.find("www.shop.test.", RrType.A)))).toBe("secure");
    expect(net.asked).toEqual([
      "shop.test. DS",
      "test. DS",
      ". DNSKEY",
      "test. DS",
      "test. DNSKEY",
      "shop.test. DS",
      "shop.test. DNSKEY",
    ]);
    expect(codeOf(net.judge(net.find("shop.test.", RrType.DS)))).toBe("secure");
    expect(codeOf(net.deny("no.shop.test.", RrType.A, true))).toBe("secure");
    expect(codeOf(net.deny("b.c.shop.test.", RrType.A, false))).toBe("secure");
    expect(codeOf(net.deny("www.shop.test.", RrType.DS, false))).toBe("secure");
    expect(codeOf(net.deny("shop.test.", RrType.TXT, true))).toBe("bogus no-denial");
    expect(codeOf(net.deny("no.shop.test.", RrType.A, true, [net.find("shop.test.", RrType.SOA)]))).toBe(
      "bogus no-denial",
    );
    // Nothing more is asked for a second time.
    expect(net.asked).toHaveLength(7);
    const star = { ...net.find("*.w.shop.test.", RrType.A), owner: name("any.w.shop.test.") };
    expect(codeOf(net.judge(star, net.denial(net.zoneOf(star.owner, RrType.A))))).toBe("secure");
    expect(codeOf(net.judge(star))).toBe("bogus no-denial");
  },
);

test("what lies below a delegation without DS, or with one that nobody can look at, is insecure", () => {
  const net = new Internet();
  expect(codeOf(net.judge(net.find("www.plain.test.", RrType.A)))).toBe("insecure");
  expect(codeOf(net.deny("no.plain.test.", RrType.A, true))).toBe("insecure");
  const odd = { ...net.find("www.plain.test.", RrType.A), owner: name("www.odd.test.") };
  expect(codeOf(net.judge(odd))).toBe("insecure unknown-algorithm");
  // Without an anchor nothing is anything else.
  const without = { ...net.context, anchors: [] };
  expect(codeOf(net.run(judgeRrset(net.find("www.shop.test.", RrType.A), [], without)))).toBe("insecure");
});

test("signatures that were taken away, changed, or are another's are bogus", () => {
  const net = new Internet();
  const good = net.find("www.shop.test.", RrType.A);
  expect(codeOf(net.judge({ ...good, signatures: [] }))).toBe("bogus no-signature");
  expect(codeOf(net.judge({ ...good, rdata: [Uint8Array.of(6, 6, 6, 6)] }))).toBe("bogus wrong");
  expect(codeOf(net.judge({ ...good, owner: name("mail.shop.test.") }))).toBe("bogus wrong");
  // Signed by the parent, which has no say below its delegation: the key is not in the signer's zone.
  const byName = net.find("shop.test.", RrType.DS);
  expect(codeOf(net.judge({ ...good, signatures: byName.signatures }))).toMatch(/^bogus/);
  expect(codeOf(net.judge({ ...good, owner: name("www.plain.test."), signatures: [] }))).toBe("insecure");
});

test.each([
  ["expired", expiration + 1],
  ["not-yet-valid", inception - 1],
])("a chain that is %s is bogus and says so", (code, now) => {
  const net = new Internet(nsec, now);
  expect(codeOf(net.judge(net.find("www.shop.test.", RrType.A)))).toBe(`bogus ${code}`);
  // Asked again, as what was known might be of before, or one server's fault; and no more often than that.
  expect(net.asked.filter((question) => question === ". DNSKEY")).toHaveLength(3);
});

test.each<[string, string, (net: Internet) => TrustFound, string]>([
  ["no DNSKEY", "shop.test. DNSKEY", () => ({ kind: "failed" }), "bogus no-dnskey"],
  [
    "another's DNSKEY",
    "shop.test. DNSKEY",
    (net) => ({ kind: "answer", rrset: net.find("test.", RrType.DNSKEY) }),
    "bogus no-dnskey",
  ],
  [
    "DS denied without proof",
    "shop.test. DS",
    () => ({ kind: "negative", authority: [] }),
    "bogus no-denial",
  ],
  [
    "DS denied by the child",
    "shop.test. DS",
    (net) => ({ kind: "negative", authority: net.denial(net.zoneOf(name("shop.test."), RrType.A)) }),
    "bogus no-signature",
  ],
  ["nobody answers for DS", "shop.test. DS", () => ({ kind: "failed" }), "bogus no-answer"],
  [
    "a DS that is not signed",
    "shop.test. DS",
    (net) => ({ kind: "answer", rrset: { ...net.find("shop.test.", RrType.DS), signatures: [] } }),
    "bogus no-signature",
  ],
])("%s", (_, question, lie, code) => {
  const net = new Internet();
  net.lies.set(question, lie(net));
  expect(codeOf(net.judge(net.find("www.shop.test.", RrType.A)))).toBe(code);
});

test("keys that were known are given up for those that the zone has by now", () => {
  const net = new Internet();
  const next = p256();
  expect(codeOf(net.judge(net.find("www.shop.test.", RrType.A)))).toBe("secure");
  const signing = {
    keys: [net.keys.shop, next],
    denial: nsec,
    dnskeyTtl: 300,
    inception,
    expiration,
  };
  net.zones.set(
    "shop.test.",
    signZone(name("shop.test."), rrsets(`shop.test. ${soa}\nwww.shop.test. A 192.0.2.9\n`), signing),
  );
  const [, byNext] = net.find("www.shop.test.", RrType.A).signatures;
  const changed = { ...net.find("www.shop.test.", RrType.A), signatures: byNext ? [byNext] : [] };
  expect(codeOf(net.judge(changed))).toBe("bogus no-key");
  net.isForgetful = true;
  expect(codeOf(net.judge(changed))).toBe("secure");
});

test("the work for one query is bounded, whatever it is given (CVE-2023-50387)", () => {
  const net = new Internet();
  const good = net.find("www.shop.test.", RrType.A);
  const [signature] = good.signatures;
  if (!signature) throw new Error("no signature");
  const wrong = Uint8Array.from(signature, (octet, i) => (i === signature.length - 1 ? octet ^ 1 : octet));
  const many = Array.from({ length: 1_000 }, () => wrong);
  expect(codeOf(net.judge({ ...good, signatures: [...many, signature] }))).toBe("bogus too-many");
  for (let i = 0; i < 20; i++) net.judge({ ...good, signatures: many });
  expect(net.context.work.checksLeft).toBeLessThanOrEqual(0);
  expect(codeOf(net.judge(good))).toBe("bogus too-many");
});
