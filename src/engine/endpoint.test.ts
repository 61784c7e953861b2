import { expect, test } from "vitest";
import { formatAddress, isElsewhere, isIpv4, isLoopback, isPrivate, parseAddress } from "./endpoint.ts";

test.each([
  ["127.0.0.1", "127.0.0.1"],
  ["::1", "::1"],
  ["::", "::"],
  ["2001:DB8::1", "2001:db8::1"],
  ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  ["fe80::", "fe80::"],
])("parseAddress() then formatAddress(): %s", (text, expected) => {
  const address = parseAddress(text);
  expect(address && formatAddress(address)).toBe(expected);
});

test.each([
  "",
  "1.2.3",
  "1.2.3.256",
  "01.2.3.4",
  "1.2.3.4.5",
  ":",
  ":::",
  "1::2::3",
  "12345::",
  "::1%lo",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:7::8",
  "1.2.3.4::",
  "::1.2.3",
])("parseAddress() refuses %j", (text) => {
  return expect(parseAddress(text)).toBeUndefined();
});

test.each([
  ["192.0.2.1", true],
  ["10.0.0.1", true],
  ["fd00::1", true],
  ["2001:db8::1", true],
  ...["0.0.0.0", "127.0.0.1", "169.254.169.254", "224.0.0.1", "255.255.255.255"].map((text) => [text, false]),
  ...["::", "::1", "::7f00:1", "fe80::1", "ff02::1", "64:ff9b::7f00:1", "2002:7f00:1::"].map((text) => [
    text,
    false,
  ]),
] as [string, boolean][])("isElsewhere(): %s is %s", (text, expected) => {
  expect(isElsewhere(parseAddress(text) ?? new Uint8Array(16))).toBe(expected);
});

test.each([
  ["127.9.9.9", true, false],
  ["::1", true, false],
  ["10.0.0.1", false, true],
  ["172.32.0.1", false, false],
  ["fd00::1", false, true],
  ["fe80::1", false, true],
  ["2001:db8::1", false, false],
])("isLoopback() and isPrivate(): %s", (text, loopback, privateRange) => {
  const address = parseAddress(text) ?? new Uint8Array(16);
  expect(isIpv4(address)).toBe(!text.includes(":"));
  expect([isLoopback(address), isPrivate(address)]).toEqual([loopback, privateRange]);
});
