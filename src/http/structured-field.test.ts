import { expect, test } from "vitest";
import { formatString, parseDictionary } from "./structured-field.ts";

const read = (text: string): unknown => {
  const members = parseDictionary(text);
  return (
    members &&
    [...members].map(([key, member]) => [
      key,
      member.type,
      "value" in member ? member.value : member.items.length,
    ])
  );
};

test.each([
  ["", []],
  ["max-age=60", [["max-age", "integer", 60]]],
  [
    "a=1, b;x=1;y, c=?0",
    [
      ["a", "integer", 1],
      ["b", "boolean", true],
      ["c", "boolean", false],
    ],
  ],
  [
    "a=1,b=2 ,\tc=-3",
    [
      ["a", "integer", 1],
      ["b", "integer", 2],
      ["c", "integer", -3],
    ],
  ],
  ["a=1, a=2", [["a", "integer", 2]]],
  ['a="x\\"y\\\\"', [["a", "string", 'x"y\\']]],
  ["a=tok:en/x", [["a", "token", "tok:en/x"]]],
  ["a=:aGk=:", [["a", "octets", "aGk="]]],
  ["a=@1659578233", [["a", "date", 1659578233]]],
  ['a=%"f%c3%bc"', [["a", "display", "f%c3%bc"]]],
  ["a=1.5;q=0.123", [["a", "decimal", 1.5]]],
  ["a=(1 2;x  b)", [["a", "list", 3]]],
  ["a=()", [["a", "list", 0]]],
  ["  a  ", [["a", "boolean", true]]],
])("RFC 9651 section 4.2.2: the dictionary %j is read", (text, members) => {
  expect(read(text)).toEqual(members);
});

test.each([
  ["A=1", "a key in capitals"],
  ["a=1,", "a comma at the end"],
  ["a=1,,b", "an empty member"],
  ["a=", "no value"],
  ["a =1", "a space before ="],
  ["a= 1", "a space after ="],
  ["a=1b", "something behind a number"],
  ["a=1234567890123456", "an integer of 16 digits"],
  ["a=1.2345", "four digits behind the point"],
  ["a=1.", "no digit behind the point"],
  ['a="x', "a string without an end"],
  ['a="\\x"', "an escape that is none"],
  ['a="ü"', "a character that is no ASCII"],
  ["a=:*:", "no base64"],
  ["a=?2", "no boolean"],
  ["a=(1", "a list without an end"],
  ["a=(1(2))", "a list in a list"],
  ["a;", "no parameter"],
  [`${"a,".repeat(5000)}b`, "too long"],
  [Array.from({ length: 300 }, (_, i) => `k${i}`).join(","), "too many members"],
])("RFC 9651 section 4.2: the dictionary %j is refused for %s", (text) => {
  expect(parseDictionary(text)).toBeUndefined();
});

test("RFC 9651 section 4.1.6: a string is written with escapes, and without what it cannot hold", () => {
  expect(formatString('a "b" \\ c\r\nü')).toBe('"a \\"b\\" \\\\ c"');
});
