import { formatAddress } from "#engine";
import { expect, test } from "vitest";
import { plainOctets, ReusedEndpoint } from "./node-address.ts";

test.each([
  ["127.0.0.1", "127.0.0.1"],
  ["255.10.0.9", "255.10.0.9"],
  ["::1", "::1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["fe80::1%eth0", "fe80::1"],
  ["2001:db8::42", "2001:db8::42"],
  ["", "::"],
])("ReusedEndpoint.set(%j) is %s, whatever it held before", (text, expected) => {
  const endpoint = new ReusedEndpoint();
  for (const before of ["2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "203.0.113.255"]) {
    const set = endpoint.set(before, 1).set(text, 53);
    expect([formatAddress(set.address), set.port]).toEqual([expected, 53]);
  }
});

test("plainOctets() is the same memory, and its slice() a copy", () => {
  const buffer = Buffer.from([1, 2, 3]);
  const plain = plainOctets(buffer);
  const copy = plain.slice(0, 2);
  buffer[0] = 9;
  expect([plain[0], copy[0], plain.length]).toEqual([9, 1, 3]);
});
