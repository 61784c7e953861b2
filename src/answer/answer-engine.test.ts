import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { endpoint } from "#engine";
import { decodeMessage, Opcode, Rcode, RrClass, udpPayloadOctets } from "#wire";
import { PlainZones } from "#zone";
import type { AnswerFailure } from "./answer-faults.ts";
import { ask, engineOf, lines, name, query, send, server, stranger, zonesOf } from "./testing.ts";

const zones = zonesOf({
  "example.org. s1": `
@     SOA  ns1 hostmaster 1 3600 600 86400 60
@     NS   ns1
ns1   A    192.0.2.1
www   A    192.0.2.2
big   TXT  ${Array.from({ length: 4 }, () => `"${"x".repeat(200)}"`).join(" ")}
big   A    192.0.2.3
huge  TXT  ${Array.from({ length: 261 }, () => `"${"y".repeat(250)}"`).join(" ")}
wide  A    ${Array.from({ length: 200 }, (_, i) => `192.0.2.${i}`).join("\nwide A ")}
alias CNAME big
sub   NS   ns1.sub
sub   NS   ns2.sub
sub   NS   ns.sib
ns1.sub A  192.0.2.11
ns2.sub AAAA 2001:db8::12
sib   NS   ns.sib
ns.sib A   192.0.2.13
ns.sib AAAA 2001:db8::13
${Array.from({ length: 13 }, (_, i) => `many NS ${"n".repeat(40)}${i}.many\n${"n".repeat(40)}${i}.many A 192.0.2.${i}`).join("\n")}
mx    MX   10 www
`,
});
const engine = engineOf(zones, "s1");

/** A query with some of its octets replaced: pairs of place and octet. */
function patched(question: string, ...patches: readonly [at: number, octet: number][]): Uint8Array {
  const octets = query(question);
  for (const [at, octet] of patches) octets[at] = octet;
  return octets;
}

/** A query with records at its end; `section` is the octet of the header that counts them. */
function withRecords(
  question: string,
  section: 7 | 9 | 11,
  ...records: readonly (readonly number[])[]
): Uint8Array {
  const octets = Uint8Array.of(...query(question), ...records.flat());
  octets[section] = records.length;
  return octets;
}

const optOf = (options: readonly number[] = [], version = 0, owner: readonly number[] = [0]): number[] => [
  ...owner,
  0,
  41,
  0x10,
  0,
  0,
  version,
  0,
  0,
  options.length >> 8,
  options.length & 255,
  ...options,
];
const opt = optOf();
const a = [0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4];

describe("header", () => {
  test("RFC 1035 section 4.1.1: ID, RD and question are repeated; RA, AD and CD are not set", () => {
    const response = send(engine, query("WWW.example.org. A", { id: 0xbeef, rd: true, cd: true }));
    expect(lines(response)[0]).toBe("NOERROR aa rd");
    const decoded = decodeMessage(response);
    expect(decoded.ok && [decoded.value.id, decoded.value.question[0]?.name.toString()]).toEqual([
      0xbeef,
      "WWW.example.org.",
    ]);
  });

  test("RFC 4035 section 3.1.6: AD and CD of a query are not repeated", () => {
    expect(lines(send(engine, patched("www.example.org. A", [3, 0x30])))[0]).toBe("NOERROR aa");
  });

  test.each([
    ["RFC 1035 section 4.1.1: a response", patched("www.example.org. A", [2, 0x80])],
    ["nothing", new Uint8Array()],
    ["less than a header", query("www.example.org. A").slice(0, 11)],
  ])("%s gets no reply", (_, octets) => {
    expect(send(engine, octets)).toHaveLength(0);
  });

  test.each([1, 2, 3, Opcode.NOTIFY, Opcode.UPDATE, 6, 15])(
    "RFC 8906 section 3.1.4: opcode %i is NOTIMP with the opcode repeated",
    (opcode) => {
      const response = send(engine, patched("www.example.org. A", [2, (opcode << 3) | 1]));
      expect([...response]).toEqual([0x12, 0x34, 0x80 | (opcode << 3) | 1, 4, 0, 0, 0, 0, 0, 0, 0, 0]);
    },
  );

  test.each([1, 2, Opcode.NOTIFY, Opcode.UPDATE, 6, 15])(
    "RFC 6891 sections 6.1.1 and 6.1.3: opcode %i with OPT has one in its answer, NOTIMP or BADVERS",
    (opcode) => {
      const withOpt = (version: number): Uint8Array => {
        const octets = query("www.example.org. A", { edns: { version } });
        octets[2] = opcode << 3;
        return octets;
      };
      for (const [version, rcode] of [
        [0, Rcode.NOTIMP],
        [1, Rcode.BADVERS],
      ] as const) {
        const decoded = decodeMessage(send(engine, withOpt(version)));
        expect(decoded.ok && [decoded.value.flags.opcode, decoded.value.rcode]).toEqual([opcode, rcode]);
        expect(decoded.ok && [decoded.value.edns?.version, decoded.value.question]).toEqual([0, []]);
      }
      // What is not laid out as a query is: NOTIMP alone. A trace in it leads nowhere.
      const broken = withOpt(1).slice(0, -1);
      expect([...send(engine, broken)].slice(2)).toEqual([0x80 | (opcode << 3), 4, 0, 0, 0, 0, 0, 0, 0, 0]);
    },
  );

  test.each([
    ["CHAOS", RrClass.CH],
    ["ANY", RrClass.ANY],
    ["NONE", RrClass.NONE],
    ["0", 0],
  ])("class %s is REFUSED", (_, rrClass) => {
    expect(ask(engine, "www.example.org. A", { class: rrClass })).toEqual(["REFUSED"]);
  });

  test.each(["AXFR", "IXFR"])("RFC 5936 section 2.2.1: %s is REFUSED over both transports", (type) => {
    expect(ask(engine, `example.org. ${type}`)).toEqual(["REFUSED"]);
    expect(ask(engine, `example.org. ${type}`, { transport: "tcp" })).toEqual(["REFUSED"]);
  });
});

describe("FORMERR", () => {
  const question = "www.example.org. A";
  const longName = `${"x".repeat(62)}.`.repeat(4);
  test.each([
    ["RFC 7873 section 5.4: no question, as there are no cookies", patched(question, [5, 0])],
    ["RFC 9619 section 4: two questions", patched(question, [5, 2])],
    ["a question that ends early", query(question).slice(0, -1)],
    ["a question without type", query(question).slice(0, -4)],
    ["a name that ends early", query(question).slice(0, 14)],
    ["a header alone that counts a question", query(question).slice(0, 12)],
    [
      "RFC 1035 section 4.1.4: a pointer to itself",
      Uint8Array.of(...patched(question).slice(0, 12), 0xc0, 12, 0, 1, 0, 1),
    ],
    [
      "RFC 1035 section 4.1.4: a pointer into the header",
      Uint8Array.of(...patched(question).slice(0, 12), 0xc0, 0, 0, 1, 0, 1),
    ],
    ["RFC 6891 section 5: label type 01", patched(question, [12, 0x41])],
    ["RFC 6891 section 5: label type 10", patched(question, [12, 0x81])],
    [
      "RFC 1035 section 2.3.4: a name of 256 octets",
      Uint8Array.of(...query(`${longName} A`).slice(0, -5), 2, 0x61, 0x61, 0, 0, 1, 0, 1),
    ],
    ["octets after the message", Uint8Array.of(...query(question), 0)],
    ["a record that is counted and not there", patched(question, [11, 1])],
    ["RDLENGTH over the end", withRecords(question, 11, a.slice(0, -1))],
    ["a record's owner with label type 01", withRecords(question, 11, [0x40, ...a])],
    ["RFC 6891 section 6.1.1: two OPT records", withRecords(question, 11, opt, opt)],
    ["RFC 6891 section 6.1.1: OPT in the answer section", withRecords(question, 7, opt)],
    ["RFC 6891 section 6.1.1: OPT in the authority section", withRecords(question, 9, opt)],
    [
      "RFC 6891 section 6.1.2: OPT not owned by the root",
      withRecords(question, 11, optOf([], 0, [1, 0x61, 0])),
    ],
    ["RFC 6891 section 6.1.2: an option that ends early", withRecords(question, 11, optOf([0, 10, 0, 8, 1]))],
    ["RFC 6891 section 6.1.2: half an option's code", withRecords(question, 11, optOf([0]))],
  ])("%s", (_, octets) => {
    const response = send(engine, octets);
    expect([...response.subarray(0, 2)]).toEqual([0x12, 0x34]);
    expect(lines(response)).toEqual(["FORMERR"]);
  });

  test("a response to a whole question repeats it, a response to none has none", () => {
    const whole = decodeMessage(send(engine, withRecords(question, 11, opt, opt)));
    const none = decodeMessage(send(engine, patched(question, [12, 0x41])));
    expect(whole.ok && whole.value.question).toHaveLength(1);
    expect(none.ok && none.value.question).toHaveLength(0);
  });

  test("records of other types in any section are passed over", () => {
    expect(lines(send(engine, withRecords(question, 9, a)))[0]).toBe("NOERROR aa");
    expect(lines(send(engine, withRecords(question, 11, [0xc0, 12, ...a.slice(1)], opt)))[0]).toBe(
      "NOERROR aa",
    );
  });
});

const ednsOf = (octets: Uint8Array): unknown => {
  const decoded = decodeMessage(send(engine, octets));
  return decoded.ok ? decoded.value.edns : decoded.failure;
};

describe("EDNS", () => {
  test("RFC 6891 section 6.1.1: no OPT in the response where the query has none", () => {
    expect(ednsOf(query("www.example.org. A"))).toBeUndefined();
  });

  test("RFC 6891 section 6.1.1: an OPT of ours where the query has one, options are not repeated", () => {
    const octets = withRecords("www.example.org. A", 11, optOf([0xff, 0x00, 0, 2, 1, 2]));
    expect(ednsOf(octets)).toEqual({
      udpPayloadSize: udpPayloadOctets,
      version: 0,
      isDnssecOk: false,
      options: [],
    });
  });

  test("RFC 3225 section 3: DO is repeated", () => {
    expect(ednsOf(query("www.example.org. A", { edns: { isDnssecOk: true } }))).toMatchObject({
      isDnssecOk: true,
    });
  });

  test.each(["nx.example.org. A", "www.example.net. A", "www.example.org. AXFR"])(
    "RFC 6891 section 6.1.1: the OPT is there for %s",
    (question) => {
      expect(ednsOf(query(question, { edns: {} }))).toMatchObject({ udpPayloadSize: 1232 });
    },
  );

  test("RFC 6891 section 6.1.3: a version above 0 is BADVERS with version 0, whatever its options look like", () => {
    for (const octets of [
      withRecords("www.example.org. A", 11, optOf([], 1)),
      withRecords("www.example.org. A", 11, optOf([1, 2, 3], 255)),
    ]) {
      expect(lines(send(engine, octets))).toEqual(["BADVERS"]);
      expect(ednsOf(octets)).toMatchObject({ version: 0 });
    }
  });
});

describe("truncation", () => {
  test.each<[string, Parameters<typeof ask>[2], string]>([
    ["RFC 1035 section 4.2.1: 512 octets without EDNS", {}, "NOERROR aa tc"],
    ["RFC 6891 section 6.2.3: a size below 512 is 512", { edns: { udpPayloadSize: 100 } }, "NOERROR aa tc"],
    ["RFC 6891 section 6.2.3: the size asked for", { edns: { udpPayloadSize: 800 } }, "NOERROR aa tc"],
    ["RFC 6891 section 6.2.3: where it fits, it is sent", { edns: { udpPayloadSize: 900 } }, "NOERROR aa"],
  ])("%s", (_, options, expected) => {
    expect(ask(engine, "big.example.org. TXT", options)[0]).toBe(expected);
  });

  test("RFC 9715 section 3.1: over UDP we send no more than 1232 octets", () => {
    const options = { edns: { udpPayloadSize: 65_535 } };
    expect(ask(engine, "wide.example.org. A", options)[0]).toBe("NOERROR aa tc");
    expect(send(engine, query("big.example.org. TXT", options)).length).toBeLessThanOrEqual(1232);
  });

  test("RFC 2181 section 9: what does not fit is left out as a whole RRset", () => {
    expect(ask(engine, "wide.example.org. A", { edns: {} })).toEqual(["NOERROR aa tc"]);
    expect(ask(engine, "alias.example.org. TXT")).toEqual([
      "NOERROR aa tc",
      "answer alias.example.org. 60 CNAME big.example.org.",
    ]);
  });

  test("RFC 7766 section 5: over TCP 65535 octets fit", () => {
    expect(ask(engine, "wide.example.org. A", { transport: "tcp" })).toHaveLength(201);
    expect(ask(engine, "big.example.org. TXT", { transport: "tcp" })[0]).toBe("NOERROR aa");
    expect(ask(engine, "huge.example.org. TXT", { transport: "tcp" })).toEqual(["NOERROR aa tc"]);
  });

  test("RFC 9471 section 3: in-domain glue that does not fit sets TC", () => {
    const [first, ...rest] = ask(engine, "x.many.example.org. A");
    expect(first).toBe("NOERROR tc");
    expect(rest.length).toBeLessThan(26);
  });

  test("RFC 9471 section 3.2: sibling glue that does not fit does not set TC", () => {
    const octets = query("x.sub.example.org. A");
    const full = send(engine, octets).length;
    const sibling = 16 + 28;
    for (let missing = 0; missing <= sibling + 28; missing++) {
      const [first] = lines(send(engine, octets, { room: full - missing }));
      expect(first).toBe(missing <= sibling ? "NOERROR" : "NOERROR tc");
    }
  });

  test("RFC 2181 section 9: additional data that does not fit is left out without TC", () => {
    const padded = zonesOf({
      "example.org. s1": `@ SOA a. b. 1 1 1 1 1\n@ MX 1 ${"m".repeat(60)}\n${"m".repeat(60)} A ${Array.from(
        { length: 40 },
        (_, i) => `192.0.2.${i}\n${"m".repeat(60)} A `,
      ).join("")}192.0.2.99\n${"m".repeat(60)} AAAA 2001:db8::1\n`,
    });
    const answer = ask(engineOf(padded, "s1"), "example.org. MX");
    expect(answer).toEqual([
      "NOERROR aa",
      `answer example.org. 60 MX 1 ${"m".repeat(60)}.example.org.`,
      `additional ${"m".repeat(60)}.example.org. 60 AAAA 2001:db8::1`,
    ]);
  });

  test("room is used to the last octet and never exceeded", () => {
    for (let size = 512; size <= 1232; size += 1) {
      const octets = query("x.many.example.org. A", { edns: { udpPayloadSize: size } });
      const response = send(engine, octets);
      expect(response.length).toBeLessThanOrEqual(size);
      expect(decodeMessage(response).ok).toBe(true);
    }
  });
});

describe("compression", () => {
  test("RFC 1035 section 4.1.4: an answer's owner is a pointer to the question", () => {
    const response = send(engine, query("www.example.org. A"));
    expect(response).toHaveLength(12 + 17 + 4 + 16);
    expect([...response.subarray(33, 35)]).toEqual([0xc0, 12]);
  });

  test("RFC 1035 section 4.1.4: names in RDATA are compressed against all before", () => {
    // A referral: three NS, four addresses; each name's tail is written once.
    const response = send(engine, query("x.sub.example.org. A"), { transport: "tcp" });
    const question = 12 + 19 + 4;
    const ns = 3 * (2 + 10) + (4 + 2) + (4 + 2) + (3 + 4 + 2);
    expect(response).toHaveLength(question + ns + 16 + 28 + 16 + 28);
  });

  test("RFC 1035 section 4.1.4: past 16383 octets nothing is pointed at", () => {
    const rows = Array.from({ length: 900 }, (_, i) => `@ MX ${i} host-with-a-long-name-${i}.sub${i}\n`).join(
      "",
    );
    const large = zonesOf({ "example.org. s1": `@ SOA a. b. 1 1 1 1 1\n${rows}` });
    const answer = ask(engineOf(large, "s1"), "example.org. MX", { transport: "tcp" });
    expect(answer).toHaveLength(901);
    expect(answer.at(-1)).toBe("answer example.org. 60 MX 899 host-with-a-long-name-899.sub899.example.org.");
  });

  test("RFC 3597 section 4: names in RDATA of newer types are not compressed", () => {
    const other = zonesOf({ "example.org. s1": "@ SOA a. b. 1 1 1 1 1\ns SRV 1 1 1 t.example.org.\n" });
    const response = send(engineOf(other, "s1"), query("s.example.org. SRV"));
    expect(response).toHaveLength(12 + 15 + 4 + 12 + 6 + 15);
  });
});

describe("hostile input", () => {
  test("every prefix of a query with EDNS gets one reply with its ID, or none without a whole header", () => {
    const whole = query("www.example.org. A", {
      edns: { options: [{ code: 10, octets: new Uint8Array(8) }] },
    });
    for (let length = 0; length <= whole.length; length++) {
      const response = send(engine, whole.slice(0, length));
      if (length < 12) expect(response).toHaveLength(0);
      else {
        expect(lines(response)[0]).toBe(length === whole.length ? "NOERROR aa" : "FORMERR");
        expect([...response.subarray(0, 2)]).toEqual([0x12, 0x34]);
      }
    }
  });

  test("any octets after an ID with QR=0 get one decodable reply with that ID", () => {
    const start = fc.constantFrom(
      ...["www.example.org. A", "x.sub.example.org. NS"].map((text) => query(text)),
    );
    const change = fc.record({ at: fc.nat({ max: 60 }), octet: fc.nat({ max: 255 }) });
    const mutated = fc
      .tuple(start, fc.array(change, { maxLength: 6 }), fc.uint8Array({ maxLength: 30 }))
      .map(([octets, changes, tail]) => {
        const result = Uint8Array.of(...octets, ...tail);
        for (const { at, octet } of changes) if (at < result.length) result[at] = octet;
        return result;
      });
    const random = fc.uint8Array({ minLength: 12, maxLength: 80 });
    fc.assert(
      fc.property(
        fc.oneof(mutated, random),
        fc.constantFrom("udp" as const, "tcp" as const),
        (octets, transport) => {
          octets[2]! &= 0x7f;
          const response = send(engine, octets, { transport });
          expect([...response.subarray(0, 2)]).toEqual([...octets.subarray(0, 2)]);
          expect(decodeMessage(response).ok).toBe(true);
          expect((response[2] ?? 0) & 0x80).toBe(0x80);
        },
      ),
      { numRuns: 500 },
    );
    expect(engine.counters()["failures{group=s1}"]).toBe(0);
  });
});

describe("faults of ours", () => {
  class Faulty extends PlainZones {
    override search(): void {
      throw new Error("planted");
    }
  }
  const from = stranger;
  const output = new Uint8Array(512);
  const make = (): { failures: AnswerFailure[]; answerAt: (monotonic: number) => string[] } => {
    const faulty = new Faulty();
    faulty.apply({ put: [{ kind: "zone", apex: name("example.org."), groups: ["s1"] }], remove: [] });
    const failures: AnswerFailure[] = [];
    const own = engineOf(faulty, "s1", { onFailure: (failure) => failures.push(failure) });
    const octets = query("www.example.org. A", { edns: {} });
    const answerAt = (monotonic: number): string[] => {
      const length = own.handle(octets, octets.length, from, server, output, 0, { monotonic, wall: 0 });
      return [...lines(output.slice(0, length)), String(own.counters()["failures{group=s1}"])];
    };
    return { failures, answerAt };
  };

  test("are answered SERVFAIL and counted", () => {
    const { answerAt } = make();
    expect(answerAt(0)).toEqual(["SERVFAIL", "1"]);
    expect(answerAt(0)).toEqual(["SERVFAIL", "2"]);
  });

  test("are reported with the query at most once a second, with how many were not", () => {
    const { failures, answerAt } = make();
    for (const at of [5000, 5001, 5999, 6000, 7000]) answerAt(at);
    expect(failures.map((failure) => failure.suppressed)).toEqual([0, 2, 0]);
    expect(failures[0]?.error).toEqual(new Error("planted"));
    expect(failures[0]?.query).toEqual(query("www.example.org. A", { edns: {} }));
  });
});

test("counters tell queries, transports, response codes, truncation and drops", () => {
  const own = engineOf(zones, "s1");
  ask(own, "www.example.org. A");
  ask(own, "nx.example.org. A", { transport: "tcp" });
  ask(own, "wide.example.org. A");
  ask(own, "www.example.net. A");
  send(own, new Uint8Array(3));
  expect(own.counters()).toEqual({
    "queries{group=s1}": 5,
    "queries{group=s1,transport=udp}": 4,
    "queries{group=s1,transport=tcp}": 1,
    "queries{group=s1,type=A}": 4,
    "truncated{group=s1}": 1,
    "dropped{group=s1}": 1,
    "limited{group=s1}": 0,
    "slipped{group=s1}": 0,
    "failures{group=s1}": 0,
    "answers{group=s1,rcode=NOERROR}": 2,
    "answers{group=s1,rcode=NXDOMAIN}": 1,
    "answers{group=s1,rcode=REFUSED}": 1,
  });
});

test("a change of zones shows in the next answer, all of it at once", () => {
  const own = zonesOf({ "example.org. s1": "@ SOA a. b. 1 1 1 1 1\nwww A 192.0.2.1\n" });
  const asked = engineOf(own, "s1");
  expect(ask(asked, "www.example.org. A").at(1)).toBe("answer www.example.org. 60 A 192.0.2.1");
  own.apply({ put: [], remove: [{ kind: "zone", apex: name("example.org.") }] });
  expect(ask(asked, "www.example.org. A")).toEqual(["REFUSED"]);
});

test("handle() answers a datagram at the start of its buffer", () => {
  const octets = query("www.example.org. A");
  const output = new Uint8Array(600);
  const from = endpoint("127.0.0.1", 5);
  const length = engine.handle(octets, octets.length, from, server, output, 7, { monotonic: 0, wall: 0 });
  expect(lines(output.slice(7, 7 + length))).toEqual([
    "NOERROR aa",
    "answer www.example.org. 60 A 192.0.2.2",
  ]);
});
