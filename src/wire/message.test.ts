// Messages: known octets both ways, what is refused and where, EDNS, truncation to a maximum.

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Opcode, Rcode, RrClass } from "./constants.ts";
import { maxMessageOctets } from "./limits.ts";
import { decodeMessage } from "./message-decode.ts";
import { encodeMessage } from "./message-encode.ts";
import type { Message, ResourceRecord } from "./message.ts";
import { Name } from "./name.ts";
import { emptyMessage, noFlags } from "./request.ts";
import { RrType } from "./rr-type.ts";
import { anyMessage, hex, name, toHex } from "./testing.ts";

function message(parts: Partial<Message>): Message {
  return { ...emptyMessage, id: 0x1234, ...parts };
}

function a(owner: string, last: number = 1): ResourceRecord {
  return {
    name: name(owner),
    type: RrType.A,
    class: RrClass.IN,
    ttl: 60,
    rdata: Uint8Array.of(192, 0, 2, last),
  };
}

const question = { name: name("www.example"), type: RrType.A, class: RrClass.IN };
const response = "1234 8580 0001 0001 0001 0001";
const questionHex = "0377777707 6578616d706c65 00 0001 0001";

describe("decodeMessage and encodeMessage", () => {
  const octets = `${response} ${questionHex}
    c00c 0005 0001 0000003c 0004 0161 c010
    c010 0002 0001 0002a300 0005 026e73 c010
    c039 0001 0001 0002a300 0004 c0000201`;

  it("agree on a response with compressed names", () => {
    const decoded = decodeMessage(hex(octets));
    expect(decoded).toMatchObject({
      ok: true,
      value: {
        id: 0x1234,
        flags: { ...noFlags, qr: true, aa: true, rd: true, ra: true },
        rcode: Rcode.NOERROR,
        question: [{ type: RrType.A, class: RrClass.IN }],
        answer: [{ type: RrType.CNAME, ttl: 60, rdata: hex("0161 07 6578616d706c65 00") }],
        authority: [{ type: RrType.NS, ttl: 172_800, rdata: hex("026e73 07 6578616d706c65 00") }],
        additional: [{ type: RrType.A, rdata: hex("c0000201") }],
      },
    });
    if (!decoded.ok) return;
    expect(decoded.value.edns).toBeUndefined();
    expect(String(decoded.value.additional[0]?.name)).toBe("ns.example.");
    const encoded = encodeMessage(decoded.value);
    expect(encoded).toMatchObject({ ok: true, value: { isTruncated: false, omittedRecords: 0 } });
    expect(encoded.ok && toHex(encoded.value.octets)).toBe(toHex(hex(octets)));
  });

  it("agree on all flags, one by one", () => {
    const bits = { qr: 0x8000, aa: 0x400, tc: 0x200, rd: 0x100, ra: 0x80, ad: 0x20, cd: 0x10 };
    for (const [flag, bit] of Object.entries(bits)) {
      const encoded = encodeMessage(message({ flags: { ...noFlags, [flag]: true } }));
      expect(encoded.ok && toHex(encoded.value.octets.subarray(2, 4))).toBe(
        bit.toString(16).padStart(4, "0"),
      );
      const decoded = encoded.ok ? decodeMessage(encoded.value.octets) : encoded;
      expect(decoded.ok && decoded.value.flags).toEqual({ ...noFlags, [flag]: true });
    }
    const update = encodeMessage(
      message({ flags: { ...noFlags, opcode: Opcode.UPDATE }, rcode: Rcode.NOTZONE }),
    );
    expect(update.ok && toHex(update.value.octets.subarray(2, 4))).toBe("280a");
  });

  it("agree on any message", () => {
    fc.assert(
      fc.property(anyMessage, (any) => {
        const encoded = encodeMessage(any);
        expect(encoded.ok && encoded.value.omittedRecords).toBe(0);
        const decoded = encoded.ok ? decodeMessage(encoded.value.octets) : encoded;
        if (!decoded.ok) throw new Error(JSON.stringify(decoded.failure));
        expect(decoded.value.flags).toEqual(any.flags);
        expect(decoded.value.edns).toEqual(any.edns);
        for (const section of ["answer", "authority", "additional"] as const) {
          expect(
            decoded.value[section].map((each) => [String(each.name), each.type, each.ttl, each.rdata]),
          ).toEqual(any[section].map((each) => [String(each.name), each.type, each.ttl, each.rdata]));
        }
        const again = encodeMessage(decoded.value);
        expect(again).toEqual(encoded);
      }),
    );
  });

  it("never throw, whatever octets are changed, and keep RDATA of what is still a message", () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(anyMessage, changes, fc.nat(), (any, edits, cut) => {
        const encoded = encodeMessage(any);
        if (!encoded.ok) return;
        const { octets } = encoded.value;
        for (const [at, octet] of edits) octets[at % octets.length] = octet;
        const length = cut % 3 === 0 ? cut % (octets.length + 1) : octets.length;
        const decoded = decodeMessage(octets, length);
        if (!decoded.ok) {
          expect(decoded.failure.offset).toBeLessThanOrEqual(length);
          return;
        }
        const again = encodeMessage(decoded.value);
        const back = again.ok ? decodeMessage(again.value.octets) : again;
        expect(back.ok && back.value.answer.map((each) => toHex(each.rdata))).toEqual(
          decoded.value.answer.map((each) => toHex(each.rdata)),
        );
      }),
    );
  });
});

describe("decodeMessage", () => {
  const opt = "00 0029 04d0 00000000 0000";
  const tsig = "00 00fa 00ff 00000000 0011 00 000000000000 0000 0000 0000 0000 0000";

  it.each([
    ["nothing", "", "short-input", "header"],
    ["11 octets", "00".repeat(11), "short-input", "header"],
    ["no question where one is counted", "0000 0000 0001 0000 0000 0000", "short-input", "question"],
    ["a question without class", "0000 0000 0001 0000 0000 0000 00 0001", "short-input", "question"],
    ["65,535 records counted", "0000 0000 0000 ffff 0000 0000", "short-input", "answer"],
    ["octets after the message", "0000 0000 0000 0000 0000 0000 00", "leftover-octets", "additional"],
    ["half a record", "0000 0000 0000 0000 0001 0000 00 0001 0001 00", "short-input", "authority"],
    [
      "RDLENGTH over the end",
      "0000 0000 0000 0001 0000 0000 00 0001 0001 00000000 0005 01020304",
      "short-input",
      "answer",
    ],
    [
      "RDLENGTH short of its type",
      "0000 0000 0000 0001 0000 0000 00 0001 0001 00000000 0003 010203",
      "short-input",
      "answer",
    ],
    [
      "RDLENGTH over its type",
      "0000 0000 0000 0001 0000 0000 00 0001 0001 00000000 0005 0102030405",
      "leftover-octets",
      "answer",
    ],
    [
      "a name over RDLENGTH",
      "0000 0000 0000 0001 0000 0000 00 0002 0001 00000000 0001 0161 00",
      "short-input",
      "answer",
    ],
    [
      "a pointer in RDATA to itself",
      "0000 0000 0000 0001 0000 0000 00 0002 0001 00000000 0002 c017",
      "bad-pointer",
      "answer",
    ],
    ["an OPT among the answers", `0000 0000 0000 0001 0000 0000 ${opt}`, "bad-opt", "answer"],
    ["two OPTs", `0000 0000 0000 0000 0000 0002 ${opt} ${opt}`, "bad-opt", "additional"],
    ["an OPT of another owner", `0000 0000 0000 0000 0000 0001 0161 ${opt}`, "bad-opt", "additional"],
    [
      "half an option",
      "0000 0000 0000 0000 0000 0001 00 0029 04d0 00000000 0003 000a00",
      "short-input",
      "additional",
    ],
    [
      "an option over the RDATA",
      "0000 0000 0000 0000 0000 0001 00 0029 04d0 00000000 0004 000a 0001",
      "short-input",
      "additional",
    ],
    [
      "a TSIG before the last record",
      `0000 0000 0000 0000 0000 0002 ${tsig} ${opt}`,
      "bad-tsig",
      "additional",
    ],
    ["a TSIG among the answers", `0000 0000 0000 0001 0000 0000 ${tsig}`, "bad-tsig", "answer"],
  ])("refuses %s", (_, octets, code, section) => {
    expect(decodeMessage(hex(octets))).toMatchObject({ ok: false, failure: { code, section } });
  });

  it("names the field that is malformed and where", () => {
    const octets = hex("0000 0000 0000 0001 0000 0000 00 000f 0001 00000000 0004 000a 4161");
    expect(decodeMessage(octets)).toEqual({
      ok: false,
      failure: { code: "bad-label-type", offset: 25, section: "answer", field: "MX.exchange" },
    });
  });

  it("reads a message at the start of a longer buffer, and no further", () => {
    const buffer = new Uint8Array(100);
    expect(decodeMessage(buffer, 12).ok).toBe(true);
    expect(decodeMessage(buffer, 13).ok).toBe(false);
    expect(decodeMessage(buffer.subarray(0, 5), 12)).toMatchObject({ ok: false });
  });

  it("refuses more than 65,535 octets", () => {
    expect(decodeMessage(new Uint8Array(maxMessageOctets + 1))).toMatchObject({ ok: false });
  });

  it("reads EDNS: size, version, DO, options, extended response code (RFC 6891 section 6.1)", () => {
    const decoded = decodeMessage(
      hex("0000 800f 0000 0000 0000 0001 00 0029 04d0 02 00 8000 000a 0003 0002 6162 000c 0000"),
    );
    expect(decoded.ok && decoded.value.rcode).toBe(0x2f);
    expect(decoded.ok && decoded.value.additional).toEqual([]);
    expect(decoded.ok && decoded.value.edns).toEqual({
      udpPayloadSize: 1232,
      version: 0,
      isDnssecOk: true,
      options: [
        { code: 3, octets: hex("6162") },
        { code: 12, octets: hex("") },
      ],
    });
  });

  it("lets a query of another EDNS version be told (BADVERS), whatever its options are", () => {
    const decoded = decodeMessage(hex("0000 0000 0000 0000 0000 0001 00 0029 04d0 00 01 0000 0003 000a00"));
    expect(decoded.ok && decoded.value.edns).toEqual({
      udpPayloadSize: 1232,
      version: 1,
      isDnssecOk: false,
      options: [],
    });
  });

  it("takes empty RDATA in the classes of DNS UPDATE only (RFC 2136 section 2.4)", () => {
    const taken = ["00ff", "00fe", "0001"].map(
      (rrClass) => decodeMessage(hex(`0000 2800 0000 0001 0000 0000 00 0001 ${rrClass} 00000000 0000`)).ok,
    );
    expect(taken).toEqual([true, true, false]);
  });

  it("takes a TTL with its top bit set as 0 (RFC 2181 section 8)", () => {
    const decoded = decodeMessage(hex("0000 0000 0000 0001 0000 0000 00 0001 0001 80000001 0004 01020304"));
    expect(decoded.ok && decoded.value.answer[0]?.ttl).toBe(0);
  });

  it("keeps RDATA of unknown types and of known types in other classes as it is (RFC 3597 section 5)", () => {
    const octets = hex(`0000 0000 0000 0003 0000 0000
      00 ff00 0001 00000000 0002 c00c  00 0001 0003 00000000 0002 c00c  00 ff00 0001 00000000 0000`);
    const decoded = decodeMessage(octets);
    expect(decoded.ok && decoded.value.answer.map((record) => toHex(record.rdata))).toEqual([
      "c00c",
      "c00c",
      "",
    ]);
  });

  it("shares nothing with the buffer it read from", () => {
    const buffer = hex(
      `${response.replace("0001 0001 0001", "0001 0000 0000").slice(0, -4)}0000 ${questionHex}`,
    );
    const decoded = decodeMessage(buffer);
    buffer.fill(0xff);
    expect(decoded.ok && String(decoded.value.question[0]?.name)).toBe("www.example.");
  });

  it("reads the most names that pointers can hold in bounded time", () => {
    // A name of 127 labels, then 5,000 records whose owner and RDATA aim at it.
    const octets = new Uint8Array(maxMessageOctets);
    octets.set(hex("0000 0000 0001 1194 0000 0000"), 0);
    octets.set(hex("0161".repeat(127)), 12);
    let at = 12 + 255 + 4;
    for (; at + 14 <= octets.length; at += 14) octets.set(hex("c00c 0002 0001 00000000 0002 c00c"), at);
    const count = Math.floor((octets.length - 271) / 14);
    octets.set([count >> 8, count & 0xff], 6);
    const decoded = decodeMessage(octets, at);
    expect(decoded.ok && decoded.value.answer.length).toBe(count);
    const encoded = decoded.ok ? encodeMessage(decoded.value) : decoded;
    expect(encoded.ok && encoded.value.octets).toEqual(octets.slice(0, at));
  });
});

describe("encodeMessage", () => {
  const four = [a("www.example", 1), a("www.example", 2), a("www.example", 3), a("www.example", 4)];
  // Header 12, question 17, then 16 for each record with a compressed owner.
  const base = 12 + 17;

  it.each([
    ["all of it", base + 64, 4, false],
    ["an RRset whole or not at all", base + 63, 0, true],
    ["nothing but the question", base, 0, true],
  ])("keeps %s in %i octets", (_, max, records, isTruncated) => {
    const encoded = encodeMessage(message({ question: [question], answer: four }), max);
    expect(encoded).toMatchObject({ ok: true, value: { isTruncated, omittedRecords: 4 - records } });
    const decoded = encoded.ok ? decodeMessage(encoded.value.octets) : encoded;
    expect(decoded.ok && decoded.value.answer.length).toBe(records);
    expect(decoded.ok && decoded.value.flags.tc).toBe(isTruncated);
  });

  it("says so where not even the question fits", () => {
    const refused = { ok: false, failure: { code: "no-room" } };
    expect(encodeMessage(message({ question: [question] }), base - 1)).toMatchObject(refused);
    expect(encodeMessage(message({}), 11)).toMatchObject(refused);
    const edns = { udpPayloadSize: 1232, version: 0, isDnssecOk: false, options: [] };
    expect(encodeMessage(message({ question: [question], edns }), base + 10)).toMatchObject(refused);
    expect(encodeMessage(message({ question: [question], edns }), base + 11)).toMatchObject({ ok: true });
  });

  it("leaves out later RRsets of the answer once one is missing", () => {
    const answer = [...four, a("b.example")];
    const encoded = encodeMessage(
      message({ question: [question], answer, authority: [a("c.example")] }),
      base + 40,
    );
    expect(encoded).toMatchObject({ ok: true, value: { isTruncated: true, omittedRecords: 6 } });
  });

  it("leaves out additional RRsets without TC, and keeps smaller ones after them (RFC 2181 section 9)", () => {
    const additional = [a("n1.example", 1), a("n1.example", 2), a("n2.example", 3)];
    const encoded = encodeMessage(message({ question: [question], additional }), base + 24);
    expect(encoded).toMatchObject({ ok: true, value: { isTruncated: false, omittedRecords: 2 } });
    const decoded = encoded.ok ? decodeMessage(encoded.value.octets) : encoded;
    expect(decoded.ok && decoded.value.additional.map((each) => String(each.name))).toEqual(["n2.example."]);
  });

  it("sets TC where glue is missing that has to be there (RFC 9471 section 3)", () => {
    const additional = [a("n1.example"), a("n2.example")];
    const required = (requiredAdditional: number): boolean | undefined => {
      const encoded = encodeMessage(message({ question: [question], additional }), base + 24, {
        requiredAdditional,
      });
      return encoded.ok ? encoded.value.isTruncated : undefined;
    };
    expect([required(0), required(1), required(2)]).toEqual([false, false, true]);
  });

  it("keeps OPT and TSIG when records are left out, in this order at the end (RFC 8945 section 5.1)", () => {
    const tsig = {
      name: name("key"),
      type: RrType.TSIG,
      class: RrClass.ANY,
      ttl: 0,
      rdata: hex("0161 00 000000000000 012c 0000 0000 0000 0000"),
    };
    const edns = { udpPayloadSize: 1232, version: 0, isDnssecOk: true, options: [] };
    const parts = {
      question: [question],
      answer: four,
      additional: [a("x.example"), tsig],
      edns,
      rcode: 0x123,
    };
    const encoded = encodeMessage(message(parts), base + 11 + 34);
    const decoded = encoded.ok ? decodeMessage(encoded.value.octets) : encoded;
    expect(decoded.ok && decoded.value).toMatchObject({
      rcode: 0x123,
      edns,
      answer: [],
      flags: { tc: true },
    });
    expect(decoded.ok && decoded.value.additional.map((each) => each.type)).toEqual([RrType.TSIG]);
    expect(encodeMessage(message(parts), base + 11 + 33)).toMatchObject({ ok: false });
    const whole = encodeMessage(message(parts));
    const back = whole.ok ? decodeMessage(whole.value.octets) : whole;
    expect(back.ok && back.value.additional.map((each) => each.type)).toEqual([RrType.A, RrType.TSIG]);
  });

  it("needs EDNS for response codes over 15", () => {
    const edns = { udpPayloadSize: 512, version: 0, isDnssecOk: false, options: [] };
    expect(encodeMessage(message({ rcode: 16 }))).toMatchObject({
      ok: false,
      failure: { code: "bad-value" },
    });
    expect(encodeMessage(message({ rcode: 4096, edns }))).toMatchObject({ ok: false });
    expect(encodeMessage(message({ rcode: Rcode.BADVERS, edns }))).toMatchObject({ ok: true });
  });

  it("fills 65,535 octets and leaves out what is beyond", () => {
    const rdata = new Uint8Array(65_000);
    const large = { name: Name.root, type: RrType.NULL, class: RrClass.IN, ttl: 0, rdata };
    const fits = { ...large, rdata: new Uint8Array(65_535 - 12 - 11) };
    expect(encodeMessage(message({ answer: [fits] }), 100_000)).toMatchObject({
      ok: true,
      value: { isTruncated: false, octets: { length: 65_535 } },
    });
    expect(encodeMessage(message({ answer: [large, large] }))).toMatchObject({
      ok: true,
      value: { isTruncated: true, omittedRecords: 2 },
    });
    const other = { ...large, type: 65_280, rdata: new Uint8Array(70_000) };
    expect(encodeMessage(message({ answer: [other] }))).toMatchObject({
      ok: true,
      value: { omittedRecords: 1 },
    });
  });
});
