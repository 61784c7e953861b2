// RDATA in presentation format: every row of the table there and back, the forms that text may have, and what is refused,
// with its place.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Name } from "../name.ts";
import { RrType, type RrTypeName, typeName } from "../rr-type.ts";
import { anyName, anyRdata, name, toHex } from "../testing.ts";
import { formatGenericRdata, formatRdata, parseRecordText } from "./presentation.ts";
import { rdataExample } from "./presentation-examples.ts";
import { checkRdata } from "./rdata.ts";
import { rdataTypes } from "./table.ts";

const origin = name("example.org.");

/** The RDATA of a text in hexadecimal, or the code and column of what is wrong. */
function parsed(type: RrTypeName, text: string): string {
  const result = parseRecordText(RrType[type], text, origin);
  return result.ok ? toHex(result.value) : `${result.failure.code}@${result.failure.column}`;
}

describe("each row of the table", () => {
  test.each(rdataTypes.map((row) => [row.name, row] as const))(
    "%s: parse(format(rdata)) is rdata",
    (_, row) => {
      fc.assert(
        fc.property(anyRdata(row), anyName, (rdata, base) => {
          if (!checkRdata(row.number, rdata).ok) return;
          for (const each of [undefined, base]) {
            const text = formatRdata(row.number, rdata, each);
            const result = parseRecordText(row.number, text, each ?? Name.root);
            expect(result.ok ? toHex(result.value) : result.failure, text).toBe(toHex(rdata));
          }
        }),
        { numRuns: 40 },
      );
    },
  );

  test.each(rdataTypes.map((row) => [row.name, row] as const))(
    "%s: the example is as formatRdata() writes it",
    (_, row) => {
      const result = parseRecordText(row.number, rdataExample(row.number));
      expect(result.ok ? formatRdata(row.number, result.value) : result.failure.message).toBe(
        rdataExample(row.number),
      );
    },
  );

  test.each(rdataTypes.map((row) => [row.name, row] as const))(
    "%s: text that ends too early is refused",
    (_, row) => {
      const items = rdataExample(row.number).split(" ");
      for (let count = 0; count < items.length; count++) {
        const text = items.slice(0, count).join(" ");
        const result = parseRecordText(row.number, text, origin);
        // Some lists may be shorter; then what is read is whole RDATA.
        if (result.ok) expect(checkRdata(row.number, result.value).ok, text).toBe(true);
        else
          expect(result.failure.message).toMatch(
            /^Cannot read \S+ record: expected .+, found .+ at column \d+;/,
          );
      }
    },
  );
});

describe("parseRecordText()", () => {
  test.each<[RrTypeName, string, string]>([
    ["A", "192.0.2.1", "c0000201"],
    ["A", "( 192.0.2.1 ) ; a comment", "c0000201"],
    ["A", "\\# 4 C0 00 02 01", "c0000201"],
    ["AAAA", "::", "0".repeat(32)],
    ["AAAA", "::1", `${"0".repeat(30)}01`],
    ["AAAA", "1::", `0001${"0".repeat(28)}`],
    ["AAAA", "1:2:3:4:5:6:7::", "00010002000300040005000600070000"],
    ["AAAA", "::2:3:4:5:6:7:8", "00000002000300040005000600070008"],
    ["AAAA", "64:ff9b::192.0.2.33", "0064ff9b0000000000000000c0000221"],
    ["NS", "ns1", "036e7331076578616d706c65036f726700"],
    ["NS", "@", "076578616d706c65036f726700"],
    ["NS", ".", "00"],
    ["NS", "a\\.b\\046\\255.", "05612e622eff00"],
    [
      "SOA",
      "@ a.b. 1 1h 1m30s 2w 1d",
      "076578616d706c65036f7267000161016200 0000000100000e100000005a0012750000015180",
    ],
    ["TXT", 'a "b c" "\\"\\\\\\000" \\;', "0161 03622063 03225c00 013b"],
    ["TXT", '"é"', "02c3a9"],
    ["TXT", '""', "00"],
    ["CAA", '0 issue "x; y=\\"z\\""', "00056973737565783b20793d227a22"],
    ["URI", `1 2 "${"x".repeat(300)}"`, `00010002${"78".repeat(300)}`],
    ["DS", "1 ECDSAP256SHA256 2 AB c D", "00010d02abcd"],
    ["DNSKEY", "257 3 ed25519 AAEC AwQ=", "0101030f0001020304"],
    ["DNSKEY", "257 3 15 A AECAw Q=", "0101030f00010203 04"],
    [
      "RRSIG",
      "TYPE65280 8 2 60 20240229000000 4294967295 1 . AA==",
      "ff000802 0000003c 65dfc900 ffffffff 0001 00 00",
    ],
    ["NSEC", "a. MX A TYPE1234 A", `016100 00024001 041b ${"00".repeat(26)} 20`],
    ["NSEC3", "1 1 10 AABB 00======", "0101000a02aabb0100"],
    ["NSEC3", "1 1 10 - 0g A", "0101000a000104000140"],
    ["CERT", "PGP 1 0 AA==", "000300010000"],
    ["KEY", "49152 3 1", "c0000301"],
    ["APL", "", ""],
    ["APL", "1:10.0.0.0/8 !2:::/0", "000108010a 00020080"],
    ["LOC", "0 N 0 E 0", "00121613 80000000 80000000 00989680"],
    ["LOC", "1 30 S 2 0 0.5 w -1.5m 25m", "00231613 7fad9a40 7f92210c 009895ea"],
    ["IPSECKEY", "1 0 0 .", "010000"],
    ["AMTRELAY", "1 1 0 .", "0180"],
    ["HIP", "2 AB AAEC a b.", "01020003ab000102 0161076578616d706c65036f726700 016200"],
    ["NSAP", "0X47.0005.80", "47000580"],
    ["DSYNC", "cds notify 1 .", "003b01000100"],
    ["SVCB", "0 .", "000000"],
    ["SVCB", "1 . port=1 alpn=h2", "000100 00010003026832 000300020001"],
    ["SVCB", '1 . alpn="f\\\\\\\\oo\\\\,bar,h2"', "000100 0001000c 08665c6f6f2c626172 026832"],
    ["SVCB", "1 . mandatory=port,alpn port=1 alpn=h2", "000100 0000000400010003 00010003026832 000300020001"],
    ["SVCB", "1 . key667=hello\\210qoo key668", "000100 029b000968656c6c6fd2716f6f 029c0000"],
    ["EUI48", "00-00-5E-00-53-2A", "00005e00532a"],
    ["NID", "1 0014:4fff:FF20:ee64", "000100144fffff20ee64"],
  ])("%s %j", (type, text, expected) => {
    expect(parsed(type, text)).toBe(expected.replaceAll(" ", ""));
  });

  test.each<[string, RrTypeName, string, string]>([
    ["an empty text", "A", "", "missing-value@1"],
    ["a short address", "A", " 192.0.2", "bad-value@2"],
    ["an octet with a leading zero", "A", "192.0.2.01", "bad-value@1"],
    ["a second address", "A", "192.0.2.1 192.0.2.2", "unexpected-value@11"],
    ["a second line", "A", "192.0.2.1\n192.0.2.2", "unexpected-value@1"],
    ["two double colons", "AAAA", "1::2::3", "bad-value@1"],
    ["a group too many", "AAAA", "1:2:3:4:5:6:7:8:9", "bad-value@1"],
    ["a double colon for no group", "AAAA", "1:2:3:4:5:6:7:8::", "bad-value@1"],
    ["a colon at the end", "AAAA", "1:2:3:4:5:6:7:", "bad-value@1"],
    ["three colons", "AAAA", ":::1", "bad-value@1"],
    ["five digits", "AAAA", "::12345", "bad-value@1"],
    ["a missing name", "MX", "10", "missing-value@3"],
    ["a word for a number", "MX", "ten mail", "bad-number@1"],
    ["a number too large", "MX", "65536 mail", "number-too-large@1"],
    ["an empty label", "NS", "a..b", "empty-label@3"],
    ["a long label", "NS", "x".repeat(64), "label-too-long@1"],
    ["a long name", "NS", "x.".repeat(128), "name-too-long@1"],
    ["an at sign in a name", "NS", "a@b", "bad-character@2"],
    ["a comma in a name", "NS", "a,b", "bad-character@2"],
    ["an umlaut in a name", "NS", "aü", "bad-character@2"],
    ["quotes around a name", "NS", '"a"', "bad-character@2"],
    ["an escape over 255", "NS", "a\\256", "bad-escape@2"],
    ["an escape of two digits", "TXT", '"a\\25"', "bad-escape@3"],
    ["a string over 255 octets", "TXT", "x".repeat(256), "string-too-long@1"],
    ["a control character", "TXT", '"é\u0007"', "bad-character@3"],
    ["text behind a quote", "TXT", '"a"b', "bad-character@3"],
    ["an open quote", "TXT", 'a "b', "unclosed-quote@3"],
    ["an odd hexadecimal digit", "DS", "1 8 2 ABC", "bad-value@10"],
    ["a bad hexadecimal digit", "DS", "1 8 2 AG", "bad-value@8"],
    ["an unknown algorithm", "DS", "1 FOO 2 AB", "bad-number@3"],
    ["base64 cut short", "DNSKEY", "1 3 8 AAE", "bad-value@10"],
    ["base64 behind padding", "DNSKEY", "1 3 8 AA==AA==", "bad-value@11"],
    ["base64 behind padding, apart", "DNSKEY", "1 3 8 AA== AA==", "bad-value@12"],
    ["padding apart", "DNSKEY", "1 3 8 AA ==", "bad-value@10"],
    ["bits left over in base64", "DNSKEY", "1 3 8 AB==", "bad-value@9"],
    ["a KEY without key", "KEY", "256 3 8", "missing-value@8"],
    ["the 30th of February", "RRSIG", "A 8 2 60 20240230000000 0 1 . AA==", "bad-value@10"],
    ["an unknown type", "NSEC", "a. FOO", "unknown-type@4"],
    ["a bad family", "APL", "3:1.2.3.4/8", "number-too-large@1"],
    ["a prefix too long", "APL", "1:1.2.3.4/33", "number-too-large@11"],
    ["a place without hemisphere", "LOC", "1 2 3 4 E 0", "bad-value@7"],
    ["a gateway of another type", "IPSECKEY", "1 1 0 ::1", "bad-value@7"],
    ["a key that is not to be there", "IPSECKEY", "1 0 0 . AA==", "unexpected-value@9"],
    ["a key twice", "SVCB", "1 . port=1 port=2", "duplicate-key@12"],
    ["a mandatory key that is missing", "SVCB", "1 . mandatory=alpn port=1", "missing-key@5"],
    ["mandatory in itself", "SVCB", "1 . mandatory=mandatory", "bad-value@15"],
    ["a mandatory key twice", "SVCB", "1 . mandatory=port,port port=1", "duplicate-key@15"],
    ["a protocol that is empty", "SVCB", "1 . alpn=h2,,h3", "missing-value@10"],
    ["a backslash alone in a protocol", "SVCB", "1 . alpn=a\\\\b", "bad-escape@10"],
    ["a key in capitals", "SVCB", "1 . PORT=1", "bad-value@5"],
    ["a leading zero in a key's number", "SVCB", "1 . key01=a", "bad-value@5"],
    ["a fraction in a key's number", "SVCB", "1 . key7.1", "bad-value@5"],
    ["a negative zero in a key's number", "SVCB", "1 . key-0", "bad-value@5"],
    ["a port by number that is none", "SVCB", "1 . key3=abc", "bad-value@10"],
    ["a value where none may be", "SVCB", "1 . no-default-alpn=", "bad-value@21"],
    ["dohpath in no UTF-8", "SVCB", "1 . dohpath=/\\255", "bad-value@13"],
    ["generic RDATA too short", "A", "\\# 4 C00002", "length-mismatch@4"],
    ["generic RDATA too long for its type", "A", "\\# 5 C000020100", "bad-value@6"],
    ["generic RDATA with a compression pointer", "NS", "\\# 2 C000", "bad-value@6"],
    ["generic RDATA without length", "A", "\\#", "missing-value@3"],
    ["an odd digit of an NSAP address", "NSAP", "0x47.0005.8", "bad-value@1"],
    ["a type that has generic RDATA only", "NULL", "x", "bad-value@1"],
  ])("refuses %s", (_, type, text, expected) => {
    expect(parsed(type, text)).toBe(expected);
  });

  test("refuses a relative name where no origin is given", () => {
    const result = parseRecordText(RrType.NS, "ns1");
    expect(result.ok ? "" : result.failure.code).toBe("missing-origin");
  });

  test("names the field, the place and an example", () => {
    const result = parseRecordText(RrType.MX, "x mail.example.org.");
    expect(result.ok ? {} : result.failure).toEqual({
      code: "bad-number",
      offset: 0,
      expected: "a number from 0 to 65535",
      found: "x",
      field: "MX.preference",
      line: 1,
      column: 1,
      message:
        'Cannot read MX record: expected a number from 0 to 65535, found "x" at column 1; an example is 10 mail.example.org.',
    });
  });

  test("takes the RDATA of A in class CH as opaque", () => {
    expect(parseRecordText(RrType.A, "192.0.2.1", undefined, 3).ok).toBe(false);
    expect(parseRecordText(RrType.A, "\\# 1 00", undefined, 3).ok).toBe(true);
  });

  test("any text is read or refused with a place in it", () => {
    const piece = fc.constantFrom(
      " ",
      "(",
      ")",
      ";",
      '"',
      "\\",
      "\n",
      "\\#",
      "0",
      "a",
      "1.2.3.4",
      "=",
      "key9",
      ".",
      "@",
      "é",
    );
    fc.assert(
      fc.property(fc.constantFrom(...rdataTypes), fc.array(piece, { maxLength: 12 }), (row, pieces) => {
        const text = pieces.join("");
        const result = parseRecordText(row.number, text, origin);
        if (result.ok) expect(checkRdata(row.number, result.value).ok).toBe(true);
        else expect(result.failure.line).toBeLessThanOrEqual(text.split("\n").length);
      }),
      { numRuns: 500 },
    );
  });
});

describe("formatRdata()", () => {
  test.each<[string, RrTypeName, string, string]>([
    ["malformed RDATA", "A", "c00002", "\\# 3 C00002"],
    ["leftover octets", "MX", "00010000", "\\# 4 00010000"],
    ["a key that says it is absent", "IPSECKEY", "010000ff", "\\# 4 010000FF"],
    [
      "parameters out of order",
      "SVCB",
      "00010000030002000100010003026832",
      "\\# 16 00010000030002000100010003026832",
    ],
    ["a parameter that its name cannot say", "SVCB", "0001000003000101", "\\# 8 0001000003000101"],
    ["dohpath without text", "SVCB", "00010000070000", "1 . key7"],
    ["a TXT without string", "TXT", "", "\\# 0"],
    ["a bitmap with an empty window", "NSEC", "00000100", "\\# 4 00000100"],
    [
      "a LOC of another version",
      "LOC",
      "01121613800000008000000000989680",
      "\\# 16 01121613800000008000000000989680",
    ],
    ["a salt that is empty", "NSEC3PARAM", "0100000000", "1 0 0 -"],
    ["a tag with a blank", "CAA", "00036120620a", '0 "a b" "\\010"'],
  ])("writes %s so that nothing is lost", (_, type, octets, expected) => {
    const rdata = Uint8Array.from(octets.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    expect(formatRdata(RrType[type], rdata)).toBe(expected);
  });

  test("writes names relative to the origin only where the octets agree", () => {
    const names = ["example.org.", "a.b.example.org.", "a.EXAMPLE.org.", "aexample.org.", "."];
    expect(names.map((text) => formatRdata(RrType.NS, name(text).octets, origin))).toEqual([
      "@",
      "a.b",
      "a.EXAMPLE.org.",
      "aexample.org.",
      ".",
    ]);
  });

  test("writes an unknown type in the generic form", () => {
    expect(typeName(65_280)).toBe("TYPE65280");
    expect(formatRdata(65_280, Uint8Array.of(1, 2))).toBe("\\# 2 0102");
    expect(formatGenericRdata(new Uint8Array(0))).toBe("\\# 0");
  });

  test("writes any octets as one line that is read back, or refused as malformed", () => {
    fc.assert(
      fc.property(fc.constantFrom(...rdataTypes), fc.uint8Array({ maxLength: 40 }), (row, rdata) => {
        const text = formatRdata(row.number, rdata);
        expect(text).not.toMatch(/[\n\r]/);
        const result = parseRecordText(row.number, text);
        expect(result.ok).toBe(checkRdata(row.number, rdata).ok);
        if (result.ok) expect(toHex(result.value)).toBe(toHex(rdata));
      }),
      { numRuns: 2000 },
    );
  });
});
