import { PlatformError } from "#contract";
import { expect, test } from "vitest";
import { readDomainName, readRecordData, readSeconds, readWholeNumber } from "./read-values.ts";

test.each([
  ["0", 0],
  ["300", 300],
  ["5m", 300],
  ["1h30m", 5400],
  ["2D", 172_800],
  ["1w", 604_800],
])("readSeconds(%s) is %d", (text, seconds) => expect(readSeconds("--ttl", text)).toBe(seconds));

test.each(["", "abc", "-5", "1h30", "1.5h", "h", "2147483648", "99999999999", "9999w9999w"])(
  "readSeconds(%s) is refused",
  (text) => expect(() => readSeconds("--ttl", text)).toThrow(PlatformError),
);

test("readWholeNumber takes numbers within bounds only, and says which", () => {
  expect(readWholeNumber("--years", "10", 1, 10)).toBe(10);
  for (const text of ["0", "11", "1e1", "", "two", "-1", "1.0"])
    expect(() => readWholeNumber("--years", text, 1, 10)).toThrow(/from 1 to 10/);
});

test.each([
  ["shop.test", "shop.test"],
  ["SHOP.test.", "SHOP.test."],
  ["bad..name", "bad..name"],
  ["münchen.test", "xn--mnchen-3ya.test"],
  ["www.日本.lab", "www.xn--wgv71a.lab"],
])("readDomainName(%s) is %s", (text, name) => expect(readDomainName(text)).toBe(name));

test.each([
  ["TXT", "v=spf1 mx -all", '"v=spf1 mx -all"'],
  ["txt", "v=DMARC1; p=none", '"v=DMARC1; p=none"'],
  ["TXT", 'say "hi" \\', '"say \\"hi\\" \\\\"'],
  ["TXT", "ü", '"\\195\\188"'],
  ["TXT", "", '""'],
  ["TXT", '"as" "it is"', '"as" "it is"'],
  ["TXT", "\\# 2 0141", "\\# 2 0141"],
  ["TXT", "x".repeat(256), `"${"x".repeat(255)}" "x"`],
  ["MX", "10 mail", "10 mail"],
])("readRecordData(%s, %s) is %s", (type, text, data) => expect(readRecordData(type, text)).toBe(data));
