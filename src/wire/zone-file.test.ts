// Zone files: what is read from the forms that entries may have, and each kind of defect with its place.

import { describe, expect, test } from "vitest";
import { formatRecord } from "./zone-file-format.ts";
import { name } from "./testing.ts";
import { parseZoneFile, parseZoneFileEach } from "./zone-file.ts";
import type { IncludedText, ZoneFileOptions } from "./zone-file-options.ts";
import { maxGeneratedRecords, maxIncludeDepth, maxIncludes, maxZoneFileErrors } from "./zone-file-parser.ts";

const origin = name("example.org.");

/** The records of a zone file as lines, and its errors as `file:line:column code`. */
function read(text: string | Uint8Array, options: ZoneFileOptions = {}): string[] {
  const outcomes: string[] = [];
  parseZoneFileEach(
    text,
    {
      origin,
      ttl: 60,
      file: "z",
      ...options,
      onError: ({ file, line, column, code, isFatal }) =>
        outcomes.push(`${file}:${line}:${column} ${code}${isFatal ? " fatal" : ""}`),
    },
    (record) => outcomes.push(formatRecord(record)),
  );
  return outcomes;
}

/** Includes files from an object. */
function from(files: Readonly<Record<string, string>>): (path: string) => IncludedText {
  return (path) => {
    const text = files[path];
    return text === undefined ? { ok: false, reason: "no such file" } : { ok: true, text, file: path };
  };
}

const a1 = "a.example.org. 60 IN A 192.0.2.1";

describe("records", () => {
  test.each<[string, string, string[]]>([
    ["nothing", "", []],
    ["blanks and comments only", " \n\t; a\n;\n( )\n(\n;\n)\n", []],
    ["no line feed at the end", "a A 192.0.2.1", [a1]],
    ["a comment at the end", "a A 192.0.2.1;x", [a1]],
    ["CR LF", "a A 192.0.2.1\r\n\r\n A (\r\n192.0.2.1 )\r\n", [a1, a1]],
    ["a byte order mark", "\ufeffa A 192.0.2.1\n", [a1]],
    ["TTL before class", "a 5 IN A 192.0.2.1", ["a.example.org. 5 IN A 192.0.2.1"]],
    ["class before TTL", "a IN 1h1m A 192.0.2.1", ["a.example.org. 3660 IN A 192.0.2.1"]],
    ["TYPE### and CLASS###", "a CLASS1 TYPE1 \\# 4 c0000201", [a1]],
    ["words in any case", "a in type1 192.0.2.1", [a1]],
    ["an unknown type", "a TYPE65280 \\# 1 ff", ["a.example.org. 60 IN TYPE65280 \\# 1 FF"]],
    ["an owner that looks like a class", "IN A 192.0.2.1", ["IN.example.org. 60 IN A 192.0.2.1"]],
    ["an owner that looks like a TTL", "300 A 192.0.2.1", ["300.example.org. 60 IN A 192.0.2.1"]],
    ["an owner that looks like a directive", "\\$TTL A 192.0.2.1", ["\\$TTL.example.org. 60 IN A 192.0.2.1"]],
    [
      "an owner with octets by number",
      "\\000\\255.\\. A 192.0.2.1",
      ["\\000\\255.\\..example.org. 60 IN A 192.0.2.1"],
    ],
    ["parentheses around all", "( a\n A\n 192.0.2.1\n)", [a1]],
    ["parentheses without blanks", "a A(192.0.2.1)", [a1]],
    ["a quoted semicolon", 'a TXT "x;y" ; z', ['a.example.org. 60 IN TXT "x;y"']],
    ["8-bit text", 'a TXT "\u00e9"', ['a.example.org. 60 IN TXT "\\195\\169"']],
    [
      "the owner before, and @",
      "@ A 192.0.2.1\n A 192.0.2.2",
      ["example.org. 60 IN A 192.0.2.1", "example.org. 60 IN A 192.0.2.2"],
    ],
    [
      "the owner before, also behind $ORIGIN",
      "a A 192.0.2.1\n$ORIGIN b.\n A 192.0.2.1\nc NS d",
      [a1, a1, "c.b. 60 IN NS d.b."],
    ],
    ["$ORIGIN relative to the one before", "$ORIGIN b\n@ A 192.0.2.1", ["b.example.org. 60 IN A 192.0.2.1"]],
    ["an escaped line", "a TXT a\\;b\\ c", ['a.example.org. 60 IN TXT "a;b c"']],
  ])("%s", (_, text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test("8-bit octets that are no UTF-8", () => {
    expect(read(Uint8Array.from('a TXT "\u00ff"', (c) => c.charCodeAt(0)))).toEqual([
      'a.example.org. 60 IN TXT "\\255"',
    ]);
  });
});

describe("TTLs (RFC 2308 section 4, RFC 1035 section 5.1)", () => {
  test.each<[string, string, number | undefined, (number | string)[]]>([
    ["stated", "a 5 A 192.0.2.1", undefined, [5]],
    ["of $TTL, not of the record before", "$TTL 9\na 5 A 192.0.2.1\na A 192.0.2.1", undefined, [5, 9]],
    ["of the record before", "a 5 A 192.0.2.1\na A 192.0.2.1", 60, [5, 5]],
    ["of the option", "a A 192.0.2.1", 60, [60]],
    ["of the SOA's last field", "@ SOA a b 1 2 3 4 7\na A 192.0.2.1", undefined, [7, 7]],
    ["missing", "a A 192.0.2.1", undefined, ["missing-ttl"]],
    ["the highest", "a 4294967295 A 192.0.2.1", undefined, [4_294_967_295]],
    ["of all units", "a 1w1d1h1m1s A 192.0.2.1", undefined, [694_861]],
    ["of units and a rest", "a 1M30 A 192.0.2.1", undefined, [90]],
  ])("%s", (_, text, ttl, expected) => {
    const { records, errors } = parseZoneFile(text, ttl === undefined ? { origin } : { origin, ttl });
    expect([...records.map((record) => record.ttl), ...errors.map((error) => error.code)]).toEqual(expected);
  });
});

describe("defects", () => {
  test.each<[string, string, string[]]>([
    ["type-unknown", "a FOO x\na A 192.0.2.1", ["z:1:3 unknown-type", a1]],
    ["type-missing", "a 60 IN\na A 192.0.2.1", ["z:1:8 missing-value", a1]],
    ["type-quoted", 'a "A" 192.0.2.1', ["z:1:4 unknown-type"]],
    ["type-for-queries", "a ANY x", ["z:1:3 unknown-type"]],
    ["type-of-the-message", "a OPT \\# 0", ["z:1:3 unknown-type"]],
    ["type-number-over-65535", "a TYPE65536 \\# 0", ["z:1:3 unknown-type"]],
    ["class-other", "a CH A 192.0.2.1", ["z:1:3 wrong-class"]],
    ["class-twice", "a IN IN A 192.0.2.1", ["z:1:6 unknown-type"]],
    ["ttl-over-32-bits", "a 4294967296 A 192.0.2.1", ["z:1:3 number-too-large"]],
    ["ttl-over-32-bits-by-units", "a 7102w A 192.0.2.1", ["z:1:3 number-too-large"]],
    ["ttl-of-400-digits", `a ${"9".repeat(400)} A 192.0.2.1`, ["z:1:3 number-too-large"]],
    ["ttl-with-bad-unit", "a 1y A 192.0.2.1", ["z:1:3 bad-number"]],
    ["ttl-twice", "a 1 2 A 192.0.2.1", ["z:1:5 unknown-type"]],
    ["owner-missing", " A 192.0.2.1", ["z:1:2 missing-owner"]],
    [
      "owner-bad-costs-the-lines-that-share-it",
      "a,b A 192.0.2.1\n A 192.0.2.2\na A 192.0.2.1",
      ["z:1:2 bad-character", "z:2:2 missing-owner", a1],
    ],
    ["owner-quoted", '"a" A 192.0.2.1', ["z:1:2 bad-character"]],
    ["owner-with-umlaut", "x\u00fc A 192.0.2.1", ["z:1:2 bad-character"]],
    [
      "owner-of-100000-characters",
      `${"x".repeat(100_000)} A 192.0.2.1\na A 192.0.2.1`,
      ["z:1:1 label-too-long", a1],
    ],
    [
      "owner-of-100000-labels",
      `${"x.".repeat(100_000)} A 192.0.2.1\na A 192.0.2.1`,
      ["z:1:1 name-too-long", a1],
    ],
    ["owner-too-long-with-origin", `${"x.".repeat(121)}xx A 192.0.2.1`, ["z:1:1 name-too-long"]],
    ["owner-with-escape-at-the-end", "a\\", ["z:1:2 bad-escape"]],
    ["rdata-missing", "a A\na A 192.0.2.1", ["z:1:4 missing-value", a1]],
    ["rdata-missing-with-comment", "a A    ; x\n", ["z:1:4 missing-value"]],
    ["rdata-bad-in-parentheses", "a MX ( 10\n  a,b\n  )\na A 192.0.2.1", ["z:2:4 bad-character", a1]],
    ["rdata-leftover", "a A 192.0.2.1 x\na A 192.0.2.1", ["z:1:15 unexpected-value", a1]],
    ["rdata-column-counts-characters", 'a TXT "\u00e9\u00e9" x"', ["z:1:13 bad-character"]],
    [
      "rdata-over-65535-octets",
      `a TXT${' "x"'.repeat(32_768)}\na A 192.0.2.1`,
      ["z:1:131076 rdata-too-long", a1],
    ],
    ["string-over-255-octets", `a TXT ${"x".repeat(256)}`, ["z:1:7 string-too-long"]],
    ["quote-open", 'a TXT "x\na A 192.0.2.1', ["z:1:7 unclosed-quote", a1]],
    ["quote-open-at-the-end", 'a TXT "x', ["z:1:7 unclosed-quote"]],
    ["quote-open-behind-escape", 'a TXT "x\\"', ["z:1:7 unclosed-quote"]],
    ["quote-open-in-parentheses", 'a TXT ("x\na A 192.0.2.1', ["z:1:8 unclosed-quote fatal"]],
    ["escape-at-the-end", "a TXT x\\", ["z:1:8 bad-escape"]],
    ["escape-of-two-digits", "a TXT \\12", ["z:1:7 bad-escape"]],
    ["parenthesis-open", "a A ( 192.0.2.1\nb A 192.0.2.1\n", ["z:1:5 unclosed-parenthesis fatal"]],
    [
      "parenthesis-open-behind-defect",
      "a A ( 192.0.2\nb A 192.0.2.1\n",
      ["z:1:7 bad-value", "z:1:5 unclosed-parenthesis fatal"],
    ],
    ["parenthesis-closed-only", "a A 192.0.2.1 )\nb A 192.0.2.1", ["z:1:15 unopened-parenthesis fatal"]],
    ["parenthesis-in-parenthesis", "a A (( 192.0.2.1 ))", ["z:1:6 nested-parenthesis fatal"]],
    ["nul", "a\u0000 A 192.0.2.1\na A 192.0.2.1", ["z:1:2 bad-character", a1]],
    ["nul-in-quotes", 'a TXT "\u0000" x\na A 192.0.2.1', ["z:1:8 bad-character", a1]],
    ["nul-only", "\u0000".repeat(1000), ["z:1:1 bad-character"]],
    ["carriage-return-alone", "a A 192.0.2.1\rb A 192.0.2.1\na A 192.0.2.1", ["z:1:14 bad-character", a1]],
    ["origin-missing-name", "$ORIGIN\na A 192.0.2.1", ["z:1:8 missing-value fatal"]],
    ["origin-with-more", "$ORIGIN a. b", ["z:1:12 unexpected-value fatal"]],
    ["ttl-directive-bad", "$TTL x\na A 192.0.2.1", ["z:1:6 bad-number fatal"]],
    ["directive-unknown", "a A 192.0.2.1\n$FOO x\na A 192.0.2.1", [a1, "z:2:1 unknown-directive fatal"]],
    ["directive-indented", "a A 192.0.2.1\n $TTL 5", [a1, "z:2:2 unknown-type"]],
    ["include-missing-path", "$INCLUDE", ["z:1:9 missing-value fatal"]],
    ["include-refused", "$INCLUDE x", ["z:1:10 include-refused fatal"]],
  ])("%s", (_, text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test("relative names without origin, and an origin below the root without final dot", () => {
    expect(parseZoneFile("a 1 A 192.0.2.1").errors.map((error) => error.code)).toEqual(["missing-origin"]);
    expect(parseZoneFile("$ORIGIN a\n").errors.map((error) => error.code)).toEqual(["missing-origin"]);
  });

  test("an error is one sentence with place, expectation and finding", () => {
    const { errors } = parseZoneFile("a A 192.0.2\n", { origin, ttl: 1, file: "zones/a" });
    expect(errors).toEqual([
      {
        file: "zones/a",
        line: 1,
        column: 5,
        code: "bad-value",
        expected: "an IPv4 address such as 192.0.2.1",
        found: "192.0.2",
        field: "A.address",
        isFatal: false,
        message:
          'Cannot read A record at zones/a:1:5: expected an IPv4 address such as 192.0.2.1, found "192.0.2"',
      },
    ]);
    expect(parseZoneFile("a A\n", { origin, ttl: 1 }).errors[0]?.message).toBe(
      "Cannot read A record at line 1, column 4: expected an IPv4 address such as 192.0.2.1, found nothing",
    );
  });

  test("reading ends at the first error where that is wanted", () => {
    expect(read("a A x\na A y\n", { stopAtFirstError: true })).toEqual(["z:1:5 bad-value"]);
  });

  test("no more errors than the limit are collected", () => {
    const { errors } = parseZoneFile("x\n".repeat(maxZoneFileErrors * 2), { origin });
    expect(errors).toHaveLength(maxZoneFileErrors + 1);
    expect(errors.at(-1)?.code).toBe("too-many-errors");
  });

  test.each<[string, string]>([
    ["word", `a TXT ${"x".repeat(1e7)}\n`],
    ["quoted string", `a TXT "${"x".repeat(1e7)}"\n`],
    ["name", `${"x".repeat(1e7)} A 192.0.2.1\n`],
    ["escapes", `a TXT ${"\\000".repeat(2.5e6)}\n`],
    ["blanks", `a TXT ${" ".repeat(1e7)}\n`],
    ["parentheses", `a TXT ${"()".repeat(5e6)}\n`],
    ["control characters", `${"\u0001".repeat(1e7)}\n`],
  ])("a line of 10 MB costs itself only: %s", (_, line) => {
    const outcomes = read(`${line}a A 192.0.2.1\n`);
    expect(outcomes).toHaveLength(2);
    expect(outcomes[1]).toBe(a1);
  });
});

describe("$INCLUDE", () => {
  test("origin, owner and TTL are as before afterwards", () => {
    const include = from({ x: "$TTL 5\n$ORIGIN c.\nb A 192.0.2.1\n" });
    expect(read("$TTL 9\na A 192.0.2.1\n$INCLUDE x\n A 192.0.2.1\nd NS e", { include })).toEqual([
      "a.example.org. 9 IN A 192.0.2.1",
      "b.c. 5 IN A 192.0.2.1",
      "a.example.org. 9 IN A 192.0.2.1",
      "d.example.org. 9 IN NS e.example.org.",
    ]);
  });

  test.each<[string, string, Record<string, string>, string[]]>([
    [
      "an origin of its own",
      "$INCLUDE x sub",
      { x: "@ A 192.0.2.1" },
      ["sub.example.org. 60 IN A 192.0.2.1"],
    ],
    ["a quoted path with blanks", '$INCLUDE "x y" ; z', { "x y": "a A 192.0.2.1" }, [a1]],
    ["no final line feed", "$INCLUDE x\na A 192.0.2.1", { x: "a A 192.0.2.1" }, [a1, a1]],
    ["an empty file", "$INCLUDE x", { x: "" }, []],
    ["a file that is not there", "$INCLUDE x\na A 192.0.2.1", {}, ["z:1:10 include-refused fatal"]],
    [
      "no owner to go on with",
      "a A 192.0.2.1\n$INCLUDE x",
      { x: " A 192.0.2.1" },
      [a1, "x:1:2 missing-owner", "z:2:10 include-failed fatal"],
    ],
    [
      "a defect two files down",
      "$INCLUDE x\na A 192.0.2.1",
      { x: "$INCLUDE y", y: "\n a" },
      ["y:2:2 missing-owner", "x:1:10 include-failed fatal", "z:1:10 include-failed fatal"],
    ],
    ["a relative path handed on as it is", "$INCLUDE ../x", { "../x": "a A 192.0.2.1" }, [a1]],
  ])("%s", (_, text, files, expected) => {
    expect(read(text, { include: from(files) })).toEqual(expected);
  });

  test("tells the file that includes, for relative paths", () => {
    const calls: string[] = [];
    read("$INCLUDE x\n", {
      include: (path, file) => {
        calls.push(`${path} from ${file}`);
        return { ok: true, text: path === "x" ? "$INCLUDE y" : "", file: `dir/${path}` };
      },
    });
    expect(calls).toEqual(["x from z", "y from dir/x"]);
  });

  test("files that include themselves end", () => {
    const once = read("$INCLUDE z", { include: from({ z: "$INCLUDE z" }) });
    expect(once[0]).toBe("z:1:10 include-too-deep fatal");
    expect(once).toHaveLength(maxIncludeDepth + 1);
    const twice = read("$INCLUDE z", { include: from({ z: "a A 192.0.2.1\n$INCLUDE z\n$INCLUDE z" }) });
    expect(twice.filter((outcome) => outcome === a1)).toHaveLength(maxIncludeDepth);
  });

  test("no more files than the limit are opened", () => {
    const outcomes = read("$INCLUDE x\n".repeat(maxIncludes + 1), { include: from({ x: "" }) });
    expect(outcomes).toEqual([`z:${maxIncludes + 1}:10 too-many-includes fatal`]);
  });
});

describe("$GENERATE", () => {
  test.each<[string, string, string[]]>([
    [
      "a plain number",
      "$GENERATE 1-3/2 h$ A 192.0.2.$",
      ["h1.example.org. 60 IN A 192.0.2.1", "h3.example.org. 60 IN A 192.0.2.3"],
    ],
    [
      "offset, width and base",
      "$GENERATE 9-9 h${1,3,d} 5 TXT ${0,4,x} ${-1} ${0,0,X}",
      ['h010.example.org. 5 IN TXT "0009" "8" "9"'],
    ],
    [
      "nibbles",
      "$GENERATE 18-18 ${0,5,n} PTR h.${0,4,N}x",
      ["2.1.0.example.org. 60 IN PTR h.2.1.x.example.org."],
    ],
    ["a literal dollar sign", "$GENERATE 1-1 a TXT $$ \\$ $", ['a.example.org. 60 IN TXT "$" "$" "1"']],
    [
      "RDATA of several items in quotes",
      '$GENERATE 1-1 a MX "10 m$"',
      ["a.example.org. 60 IN MX 10 m1.example.org."],
    ],
    ["class and TTL", "$GENERATE 1-1 a 7 IN A 192.0.2.$", ["a.example.org. 7 IN A 192.0.2.1"]],
    ["several lines", "$GENERATE 1-1 ( a\n A ; x\n 192.0.2.$ )", [a1]],
    ["a range backwards", "$GENERATE 3-1 a A 192.0.2.1", ["z:1:11 bad-number fatal"]],
    ["a range without end", "$GENERATE 3 a A 192.0.2.1", ["z:1:12 bad-number fatal"]],
    ["a step of zero", "$GENERATE 1-3/0 a A 192.0.2.1", ["z:1:11 bad-number fatal"]],
    ["a range too large", "$GENERATE 0-65536 a A 192.0.2.1", ["z:1:11 too-many-records fatal"]],
    ["a bad hole", "$GENERATE 1-1 ${x} A 192.0.2.1", ["z:1:15 bad-value fatal"]],
    ["a hole that is not closed", "$GENERATE 1-1 ${1 A 192.0.2.1", ["z:1:15 bad-value fatal"]],
    ["a negative number", "$GENERATE 1-1 ${-2} A 192.0.2.1", ["z:1:1 bad-value fatal"]],
    [
      "a record that is bad",
      "$GENERATE 255-256 a A 192.0.2.$",
      ["a.example.org. 60 IN A 192.0.2.255", "z:1:1 bad-value fatal"],
    ],
    ["no RDATA", "$GENERATE 1-2 a A", ["z:1:18 missing-value fatal"]],
    ["a directive", "$GENERATE 1-2 $INCLUDE x y", ["z:1:1 unknown-type fatal"]],
    [
      "a line feed in it",
      '$GENERATE 1-1 a TXT ("x\ny")',
      ['a.example.org. 60 IN TXT "x"', "z:1:1 unexpected-value fatal"],
    ],
    ["a template too long", `$GENERATE 1-1 a TXT ${"x ".repeat(600)}`, ["z:1:1041 string-too-long fatal"]],
  ])("%s", (_, text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test("no more records than the limit are made", () => {
    let records = 0;
    const errors = parseZoneFileEach(
      "$GENERATE 0-65535 $ 1 A 192.0.2.1\n".repeat(5),
      { origin },
      () => records++,
    );
    expect([records, errors[0]?.code]).toEqual([maxGeneratedRecords, "too-many-records"]);
  });
});

test("parseZoneFileEach() tells where records start", () => {
  const places: string[] = [];
  parseZoneFileEach("\na 1 A (\n192.0.2.1 )\n\nb 1 A 192.0.2.1", { origin, file: "f" }, (_, line, file) =>
    places.push(`${file}:${line}`),
  );
  expect(places).toEqual(["f:2", "f:5"]);
});
