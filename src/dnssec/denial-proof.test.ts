// Proofs of what is not there: on random zones they say what is so, with all links, and nothing else with any of them missing.

import * as fc from "fast-check";
import { type Name, RrType } from "#wire";
import { describe, expect, test } from "vitest";
import { deniedTypesOf, nodesOf } from "./authority.ts";
import { DenialProof } from "./denial-proof.ts";
import type { Denial } from "./denial.ts";
import { type SignedRrset, signZone } from "./sign-zone.ts";
import { anyZoneText, apex, expiration, head, inception, name, p256, rrsets } from "./testing.ts";

const key = p256();
const plain = { keys: [key], dnskeyTtl: 300, inception, expiration };
const nsec: Denial = { kind: "nsec" };
const nsec3: Denial = { kind: "nsec3", iterations: 1, salt: Uint8Array.of(0xab), hasOptOut: false };
const optOut: Denial = { ...nsec3, hasOptOut: true };

function linksOf(text: string, denial: Denial): SignedRrset[] {
  return signZone(apex, rrsets(text), { ...plain, denial }).rrsets.filter(
    ({ type }) => type === RrType.NSEC || type === RrType.NSEC3,
  );
}

type Truth = "nodata" | "nxdomain" | "other";

/** What is so of a question, by the zone's records. */
function truthOf(text: string, question: Name, type: number): Truth {
  const nodes = nodesOf(apex, rrsets(text)).filter(({ kind }) => kind !== "below");
  const hidden = nodes.some(
    ({ owner, kind, rrsets: own }) =>
      question.isSubdomainOf(owner) &&
      !(question.equals(owner) && (kind !== "cut" || type === RrType.DS)) &&
      (kind === "cut" || own.some((rrset) => rrset.type === RrType.DNAME)),
  );
  if (hidden) return "other";
  const typesAt = (at: Name): number[] | undefined => {
    const node = nodes.find(({ owner }) => owner.equals(at));
    if (node) return [...deniedTypesOf(node), ...(at.equals(apex) ? [RrType.DNSKEY] : [])];
    return nodes.some(({ owner }) => owner.isSubdomainOf(at)) ? [] : undefined;
  };
  let types = typesAt(question);
  if (!types) {
    let encloser = question;
    while (!typesAt(encloser)) encloser = encloser.parent() ?? apex;
    types = typesAt(encloser.prepend(Uint8Array.of(0x2a)) ?? encloser);
    if (!types) return "nxdomain";
  }
  if (type === RrType.DS && question.equals(apex)) return "other";
  return types.includes(type) || types.includes(RrType.CNAME) ? "other" : "nodata";
}

const anyQuestion = fc.record({
  owner: fc
    .array(fc.constantFrom("a", "b", "c", "*", "sub", "sec", "_x", "\\001", "zz", "m"), { maxLength: 4 })
    .map((labels) => name([...labels, "shop.test."].join("."))),
  type: fc.constantFrom(RrType.A, RrType.TXT, RrType.DS, RrType.NS),
});

describe.each([
  ["NSEC", nsec],
  ["NSEC3", nsec3],
] as const)("%s", (_, denial) => {
  test("of random zones proves what is so, and with links missing nothing that is not", () => {
    fc.assert(
      fc.property(
        anyZoneText,
        fc.array(anyQuestion, { minLength: 4, maxLength: 8 }),
        fc.infiniteStream(fc.boolean()),
        (text, questions, keeps) => {
          const links = linksOf(text, denial);
          const all = new DenialProof(apex, links);
          const some = new DenialProof(
            apex,
            links.filter(() => keeps.next().value),
          );
          for (const { owner, type } of questions) {
            const truth = truthOf(text, owner, type);
            const about = `${owner.toString()} ${type} in\n${text}`;
            expect(all.nodata(owner, type) === "proven", about).toBe(truth === "nodata");
            if (truth !== "nodata") expect(some.nodata(owner, type), about).toBe("unproven");
            if (type !== RrType.A) continue;
            expect(all.nxdomain(owner) === "proven", about).toBe(truth === "nxdomain");
            if (truth !== "nxdomain") expect(some.nxdomain(owner), about).toBe("unproven");
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("a wildcard's answer needs the proof that nothing nearer is there", () => {
    const text = `${head}*.w TXT "w"\nnear.w TXT "n"\n`;
    const proof = new DenialProof(apex, linksOf(text, denial));
    expect(proof.wildcard(name("far.w.shop.test."), name("w.shop.test."))).toBe("proven");
    expect(proof.wildcard(name("a.b.w.shop.test."), name("w.shop.test."))).toBe("proven");
    expect(proof.wildcard(name("near.w.shop.test."), name("w.shop.test."))).toBe("unproven");
    // Below a name that is there, the wildcard is not for it.
    expect(proof.wildcard(name("x.near.w.shop.test."), name("w.shop.test."))).toBe("unproven");
  });

  test("a cut without DS is insecure, other names are none, one with DS is neither", () => {
    const text = `${head}sub NS ns.x.\nsec NS ns.x.\nsec DS 1 13 2 0123456789012345678901234567890123456789012345678901234567890123\nwww A 192.0.2.1\n`;
    const proof = new DenialProof(apex, linksOf(text, denial));
    const at = (owner: string): string => proof.cut(name(`${owner}.shop.test.`));
    expect([at("sub"), at("sec"), at("www"), at("nothing"), proof.cut(apex)]).toEqual([
      "insecure",
      "unproven",
      "no-cut",
      "no-cut",
      "unproven",
    ]);
    // Nothing that the cut's own link says is about names below it (RFC 6840 section 4.1).
    expect(proof.nxdomain(name("www.sub.shop.test."))).toBe("unproven");
    expect(proof.nodata(name("sub.shop.test."), RrType.A)).toBe("unproven");
    expect(at("x.sub")).toBe("unproven");
  });
});

test("opt-out proves nothing of delegations that are not signed, and says so (RFC 5155 section 9.2)", () => {
  const text = `${head}sub NS ns.x.\nwww A 192.0.2.1\n`;
  const proof = new DenialProof(apex, linksOf(text, optOut));
  expect(proof.cut(name("sub.shop.test."))).toBe("insecure");
  expect(proof.nodata(name("sub.shop.test."), RrType.DS)).toBe("opt-out");
  expect(proof.nxdomain(name("nothing.shop.test."))).toBe("opt-out");
  expect(proof.nodata(name("www.shop.test."), RrType.TXT)).toBe("proven");
});

/** An NSEC of one's own making. */
function link(owner: string, text: string): SignedRrset {
  const [rrset] = rrsets(`${owner} NSEC ${text}\n`);
  if (!rrset) throw new Error("no NSEC");
  return { ...rrset, signatures: [] };
}

test("compact denial: the name stands there to say that it does not (RFC 9824)", () => {
  const proof = new DenialProof(apex, [
    link("no.shop.test.", "\\000.no.shop.test. RRSIG NSEC NXNAME"),
    link("ent.shop.test.", "\\000.ent.shop.test. RRSIG NSEC"),
  ]);
  expect(proof.nxdomain(name("no.shop.test."))).toBe("proven");
  expect(proof.nodata(name("no.shop.test."), RrType.A)).toBe("proven");
  expect(proof.nxdomain(name("ent.shop.test."))).toBe("unproven");
  expect(proof.nodata(name("ent.shop.test."), RrType.A)).toBe("proven");
});

test("links that lead nowhere prove nothing", () => {
  const outside = new DenialProof(apex, [link("a.shop.test.", "z.elsewhere.test. A RRSIG NSEC")]);
  expect(outside.nxdomain(name("b.shop.test."))).toBe("unproven");
  const backwards = new DenialProof(apex, [link("m.shop.test.", "b.shop.test. A RRSIG NSEC")]);
  expect(backwards.nxdomain(name("z.shop.test."))).toBe("unproven");
  const child = new DenialProof(name("b.shop.test."), [link("a.shop.test.", "c.shop.test. A RRSIG NSEC")]);
  expect(child.nxdomain(name("bb.b.shop.test."))).toBe("unproven");
});

test("rounds over the bound prove nothing, and cost nothing (RFC 9276; CVE-2023-50868)", () => {
  const links = linksOf(head, { kind: "nsec3", iterations: 50, salt: new Uint8Array(0), hasOptOut: false });
  const deep = name(`${"a.".repeat(100)}shop.test.`);
  // 100 names to hash 51 times each: the search ends before.
  expect(new DenialProof(apex, links).nxdomain(deep)).toBe("unproven");
  expect(new DenialProof(apex, links).nxdomain(name("a.b.shop.test."))).toBe("proven");
  const over = links.map((rrset) => ({
    ...rrset,
    rdata: rrset.rdata.map((rdata) => Uint8Array.from(rdata, (octet, i) => (i === 3 ? 51 : octet))),
  }));
  expect(new DenialProof(apex, over).nxdomain(name("a.b.shop.test."))).toBe("too-many-rounds");
});
