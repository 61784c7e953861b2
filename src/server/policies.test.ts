// Every answer that a policy chooses verifies: whatever is healthy, whichever sets are drawn, the records that are given are those that the
// signatures beside them were made over, also of a wildcard and behind a CNAME.

import type { PoliciesObject } from "#contract";
import { AnswerEngine } from "#answer";
import { algorithmOf, generateKey, signRrset, verifyRrset } from "#dnssec";
import { endpoint } from "#engine";
import { SeededRandom } from "#reactor";
import { decodeMessage, encodeRequest, formatBase64, Name, parseZoneFile, RrType } from "#wire";
import { applyObjects, groupRecords, PolicyBoardWriter, replaceZone, type Rrset, ZoneImage } from "#zone";
import { describe, expect, test } from "vitest";

const now = 1_800_000_000;
const apex = name("example.org.");
const algorithm = algorithmOf(13);
if (!algorithm) throw new Error("no algorithm 13");
const key = generateKey(algorithm, false);

function name(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

function sign(rrset: Rrset): string {
  return formatBase64(signRrset(apex, rrset, key, { inception: now - 60, expiration: now + 86_400 }));
}

type Policy = PoliciesObject["types"][number];

/** Sets of addresses at a name, signed as control signs them: each, and several together in rings of eight. */
function signedSets(
  owner: string,
  policy: Policy["policy"],
  count: number,
  type: number = RrType.A,
): PoliciesObject {
  const rrsetOf = (choices: readonly number[]): Rrset => ({
    owner: name(owner),
    type,
    ttl: 60,
    rdata: choices.map((i) =>
      type === RrType.A ? Uint8Array.of(192, 0, 2, i) : name(`t${i}.example.org.`).octets.slice(),
    ),
  });
  const all = Array.from({ length: count }, (_, i) => i);
  const size = Math.min(count, 8);
  const windows = policy === "multivalue" ? (count > size ? all : [0]) : [];
  return {
    kind: "policies",
    apex: "example.org.",
    owner,
    types: [
      {
        type,
        policy,
        choices: all.map((i) => ({
          id: `set${i}`,
          ttl: 60,
          rdata: rrsetOf([i]).rdata.map((octets) => formatBase64(octets)),
          signatures: [sign(rrsetOf([i]))],
          weight: policy === "failover" ? (i === 0 ? 1 : 0) : i,
          health: `${owner} ${i}`,
          ...(policy === "nearest" ? { place: i === 0 ? "*" : `${i},${i}` } : {}),
        })),
        together: windows.map((from) => [sign(rrsetOf(all.slice(0, size).map((i) => (from + i) % count)))]),
      },
    ],
  };
}

const text = `
@     SOA   ns1 hostmaster 1 3600 600 86400 60
@     NS    ns1
www   A     192.0.2.0
*.w   A     192.0.2.0
c     CNAME t0
t0    A     192.0.2.100
t1    A     192.0.2.101
`;

/** Asks with DO until chance has had its say, and gives the answers as texts; throws where one does not verify. */
function askVerified(
  question: string,
  object: PoliciesObject,
  unhealthy: readonly number[],
  seed: number,
): Set<string> {
  const board = new PolicyBoardWriter();
  const zones = new ZoneImage(1 << 22);
  const { records } = parseZoneFile(text, { origin: apex, ttl: 60 });
  zones.apply(replaceZone(apex, ["s1"], groupRecords(records)));
  const put = unhealthy.map((i) => ({
    kind: "health" as const,
    id: `${object.owner} ${i}`,
    isHealthy: false,
  }));
  applyObjects({ put: [object, ...put], removed: [], objects: new Map() }, zones, board);
  const policies = { board, random: new SeededRandom(seed) };
  const engine = new AnswerEngine({ zones, group: "s1", hop: "name-servers", policies });
  const edns = { udpPayloadSize: 1232, version: 0, isDnssecOk: true, options: [] };
  const query = encodeRequest(name(question), RrType.A, { id: 1, edns });
  const output = new Uint8Array(65_535);
  const [from, to] = [endpoint("192.0.2.200", 4000), endpoint("192.0.2.53", 53)];
  const seen = new Set<string>();
  for (let times = 0; times < 60; times++) {
    const at = { monotonic: times, wall: now * 1000 };
    const length = engine.handle(query.slice(), query.length, from, to, output, 0, at);
    const decoded = decodeMessage(output.slice(0, length));
    if (!decoded.ok) throw new Error(decoded.failure.code);
    const { answer } = decoded.value;
    const signatures = answer.filter(({ type }) => type === RrType.RRSIG);
    const rrsets = groupRecords(answer.filter(({ type }) => type !== RrType.RRSIG));
    // What a CNAME leads to has no signature in this zone.
    const [rrset] = rrsets.filter(({ owner }) => owner.equals(name(question)));
    if (!rrset) throw new Error("no answer");
    const own = signatures.map(({ rdata }) => rdata);
    expect(own).toHaveLength(1);
    const verdict = verifyRrset(rrset, own, apex, [key], now);
    expect(verdict.isSecure, `${rrset.owner.toString()} of ${rrset.rdata.length}`).toBe(true);
    seen.add(
      rrsets
        .map(({ rdata }) =>
          rdata
            .map((octets) => octets.join("."))
            .sort()
            .join(" "),
        )
        .join("|"),
    );
  }
  return seen;
}

describe("RFC 4035 section 3.1.1", () => {
  test.each(["weighted", "failover", "multivalue", "nearest"] as const)("%s", (policy) => {
    for (const unhealthy of [[], [0], [1, 2], [0, 1, 2]])
      expect(
        askVerified("www.example.org.", signedSets("www.example.org.", policy, 3), unhealthy, 7).size,
      ).toBeGreaterThan(0);
  });

  test("of three together all are given; with one away, one by itself, each in its turn", () => {
    const object = signedSets("www.example.org.", "multivalue", 3);
    expect([...askVerified("www.example.org.", object, [], 1)]).toEqual(["192.0.2.0 192.0.2.1 192.0.2.2"]);
    expect([...askVerified("www.example.org.", object, [1], 1)].sort()).toEqual(["192.0.2.0", "192.0.2.2"]);
  });

  test("of twelve any eight in a row that are healthy", () => {
    const object = signedSets("www.example.org.", "multivalue", 12);
    expect(askVerified("www.example.org.", object, [], 2).size).toBe(12);
    // With 0 and 11 away, only those from 1, 2 and 3 on are whole.
    expect(askVerified("www.example.org.", object, [0, 11], 2).size).toBe(3);
  });

  test("a wildcard's sets", () => {
    expect(askVerified("x.w.example.org.", signedSets("*.w.example.org.", "weighted", 3), [], 3).size).toBe(
      2,
    );
  });

  test("a chosen CNAME and where it leads", () => {
    const object = signedSets("c.example.org.", "weighted", 2, RrType.CNAME);
    expect(askVerified("c.example.org.", object, [], 4).size).toBe(1);
    expect(askVerified("c.example.org.", object, [1], 4).size).toBe(1);
  });
});
