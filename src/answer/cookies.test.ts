// DNS cookies by the examples of RFC 9018 appendix A, by what an address or a moment changes, and at their bounds. SipHash by the
// first vectors of its authors.

import { assert, nat, property, uint8Array } from "fast-check";
import { parseAddress } from "#engine";
import { expect, test } from "vitest";
import { CookieState, cookieOctets, ServerCookies } from "./cookies.ts";
import { SipHash } from "./sip-hash.ts";

const octets = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const hex = (value: Uint8Array): string =>
  Array.from(value, (octet) => octet.toString(16).padStart(2, "0")).join("");
const address = (text: string): Uint8Array => parseAddress(text) ?? new Uint8Array(16);

test.each([
  [0, "310e0edd47db6f72"],
  [1, "fd67dc93c539f874"],
  [2, "5a4fa9d909806c0d"],
  [3, "2d7efbd796666785"],
  [8, "6224939a79f5f593"],
  [15, "e545be4961ca29a1"],
  [63, "724506eb4c328a95"],
])("SipHash-2-4 of the first %i octets of 0, 1, 2 …", (length, expected) => {
  const output = new Uint8Array(8);
  const counting = Uint8Array.from({ length: 64 }, (_, i) => i);
  new SipHash(counting.slice(0, 16)).hash(counting, 0, length, output, 0);
  expect(hex(output)).toBe(expected);
});

test.each<[string, string, string, string, number, string]>([
  [
    "A.1",
    "e5e973e5a6b2a43f48e7dc849e37bfcf",
    "198.51.100.100",
    "2464c4abcf10c957",
    1_559_731_985,
    "010000005cf79f111f8130c3eee29480",
  ],
  [
    "A.2",
    "e5e973e5a6b2a43f48e7dc849e37bfcf",
    "198.51.100.100",
    "2464c4abcf10c957",
    1_559_734_385,
    "010000005cf7a871d4a564a1442aca77",
  ],
  [
    "A.4",
    "dd3bdf9344b678b185a6f5cb60fca715",
    "2001:db8:220:1:59de:d0f4:8769:82b8",
    "22681ab97d52c298",
    1_559_741_817,
    "010000005cf7c57926556bd0934c72f8",
  ],
  [
    "A.4, the next secret",
    "445536bcd2513298075a5d379663c962",
    "2001:db8:220:1:59de:d0f4:8769:82b8",
    "22681ab97d52c298",
    1_559_741_961,
    "010000005cf7c609a6bb79d16625507a",
  ],
])("RFC 9018 appendix %s", (_, secret, from, client, now, server) => {
  const cookies = ServerCookies.withFixedSecret(octets(secret));
  const output = new Uint8Array(cookieOctets);
  cookies.write(octets(client), 0, address(from), now, output, 0);
  expect(hex(output)).toBe(client + server);
  expect(cookies.check(output, 0, cookieOctets, address(from), now)).toBe(CookieState.PROVEN);
});

const secret = octets("000102030405060708090a0b0c0d0e0f");
const client = octets("1122334455667788");
const here = address("192.0.2.1");
const then = 1_800_000_000;

function made(now: number): Uint8Array {
  const output = new Uint8Array(cookieOctets);
  ServerCookies.of(secret).write(client, 0, here, now, output, 0);
  return output;
}

test.each<[string, number, string, number]>([
  ["at once", 0, "192.0.2.1", CookieState.PROVEN],
  ["after an hour (RFC 9018 section 4.3)", 3600, "192.0.2.1", CookieState.PROVEN],
  ["after more", 3601, "192.0.2.1", CookieState.UNPROVEN],
  ["five minutes before it was made: clocks differ", -300, "192.0.2.1", CookieState.PROVEN],
  ["longer before", -301, "192.0.2.1", CookieState.UNPROVEN],
  ["from another address", 0, "192.0.2.2", CookieState.UNPROVEN],
])("a cookie %s", (_, later, from, state) => {
  expect(ServerCookies.of(secret).check(made(then), 0, cookieOctets, address(from), then + later)).toBe(
    state,
  );
});

test("a cookie of the evening counts after midnight, at every server with the secret and at no other", () => {
  const midnight = Math.ceil(then / 86_400) * 86_400;
  const cookie = made(midnight - 10);
  const check = (cookies: ServerCookies): number =>
    cookies.check(cookie, 0, cookieOctets, here, midnight + 10);
  expect(check(ServerCookies.of(secret))).toBe(CookieState.PROVEN);
  expect(check(ServerCookies.of(octets("ff0102030405060708090a0b0c0d0e0f")))).toBe(CookieState.UNPROVEN);
});

test("a cookie of after midnight counts before it where clocks differ (RFC 9018 section 4.3)", () => {
  const midnight = Math.ceil(then / 86_400) * 86_400;
  const check = (from: number): number =>
    ServerCookies.of(secret).check(made(from), 0, cookieOctets, here, midnight - 10);
  expect(check(midnight + 10)).toBe(CookieState.PROVEN);
  expect(check(midnight + 291)).toBe(CookieState.UNPROVEN);
});

test.each([0, 1, 7, 9, 15, 41, 65_535])("RFC 7873 section 5.2.2: %i octets are no cookie", (length) => {
  const state = ServerCookies.of(secret).check(new Uint8Array(66_000), 0, length, here, then);
  expect(state).toBe(CookieState.MALFORMED);
});

test("no cookie but ours is proven, whatever its octets and length", () => {
  const cookies = ServerCookies.of(secret);
  assert(
    property(uint8Array({ maxLength: 48 }), nat(100_000), (cookie, later) => {
      expect(cookies.check(cookie, 0, cookie.length, here, then + later)).not.toBe(CookieState.PROVEN);
    }),
  );
  // One bit of ours changed is not ours either, but for the three reserved octets, which are hashed too.
  const good = made(then);
  for (let bit = 0; bit < 8 * cookieOctets; bit++) {
    const bad = good.slice();
    bad[bit >> 3]! ^= 1 << (bit & 7);
    expect(cookies.check(bad, 0, cookieOctets, here, then)).toBe(CookieState.UNPROVEN);
  }
});
