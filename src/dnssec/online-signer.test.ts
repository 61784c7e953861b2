// Signatures that are made while answering: what they are over, how long they hold, and how many are made and kept whatever is asked.

import { expect, test } from "vitest";
import { decodeRdata, type Name, RrType } from "#wire";
import { algorithmOf } from "./algorithms.ts";
import { generateKey, readPublicKey, type SigningKey } from "./key.ts";
import { OnlineSigner, type OnlineSignerLimits } from "./online-signer.ts";
import { name as nameOf } from "./testing.ts";
import { verifyRrset } from "./verify.ts";

/** An address in 16 octets. */
function endpoint(text: string): Uint8Array {
  const octets = new Uint8Array(16);
  if (text.includes(":")) octets.set([0x20, 0x01, 0x0d, 0xb8]);
  else octets.set([0xff, 0xff, ...text.split(".").map(Number)], 10);
  return octets;
}

const apex = nameOf("shop.test.");
const start = 1_700_000_000;

function makeKey(number = 13): SigningKey {
  const algorithm = algorithmOf(number);
  if (!algorithm) throw new Error("no such algorithm");
  return generateKey(algorithm, false);
}

const key = makeKey();
const rdata = [Uint8Array.of(192, 0, 2, 1), Uint8Array.of(192, 0, 2, 7)];

/** A signer of shop.test, and what it signs for owners at times. */
function signer(limits?: OnlineSignerLimits, ...keys: SigningKey[]) {
  const online = new OnlineSigner(limits);
  online.put(apex, keys.length === 0 ? [key] : keys);
  const sign = (
    owner: Name,
    { seconds = 0, from }: { seconds?: number; from?: Uint8Array } = {},
  ): readonly Uint8Array[] | undefined =>
    online.sign(
      online.find(apex.octets, 0),
      owner.octets,
      0,
      RrType.A,
      60,
      rdata,
      { monotonic: seconds * 1000, wall: (start + seconds) * 1000 },
      from,
    );
  return { online, sign };
}

const host = (label: string): Name => nameOf(`${label}.shop.test.`);

test("what is signed is verified, by each key, and holds for two days", () => {
  const other = makeKey(15);
  const { sign } = signer(undefined, key, other);
  const signatures = sign(host("WWW")) ?? [];
  expect(signatures.length).toBe(2);
  for (const each of [key, other]) {
    const publicKey = readPublicKey(each.rdata);
    const rrset = { owner: host("www"), type: RrType.A, ttl: 60, rdata: [...rdata].reverse() };
    const at = (seconds: number) =>
      verifyRrset(rrset, signatures, apex, publicKey ? [publicKey] : [], start + seconds).isSecure;
    expect([at(-3_600), at(0), at(2 * 86_400)]).toEqual([true, true, true]);
    expect([at(-3_601), at(2 * 86_400 + 1)]).toEqual([false, false]);
  }
});

test("a signature is given again for a day, so that a day is left of it; names match in any case", () => {
  const { online, sign } = signer();
  const first = sign(host("www"));
  expect(sign(host("wWw"), { seconds: 86_399 })).toBe(first);
  expect(online.made).toBe(1);
  expect(sign(host("www"), { seconds: 86_400 })).not.toBe(first);
  expect([online.made, online.kept]).toEqual([2, 1]);
  // A clock that was set back: what is of the future is not given.
  expect(sign(host("www"), { seconds: -10 })).toBeDefined();
  expect(online.made).toBe(3);
});

test("RRsets that differ in anything have signatures of their own", () => {
  const { online } = signer();
  const at = { monotonic: 0, wall: start * 1000 };
  const handle = online.find(apex.octets, 0);
  const { octets } = host("www");
  online.sign(handle, octets, 0, RrType.A, 60, rdata, at, undefined);
  online.sign(handle, octets, 0, RrType.A, 61, rdata, at, undefined);
  online.sign(handle, octets, 0, RrType.TXT, 60, rdata, at, undefined);
  online.sign(handle, octets, 0, RrType.A, 60, rdata.slice(1), at, undefined);
  online.sign(
    handle,
    octets,
    0,
    RrType.A,
    60,
    [Uint8Array.of(192, 0), Uint8Array.of(2, 1, 192, 0, 2, 7)],
    at,
    undefined,
  );
  online.sign(handle, host("ww").octets, 0, RrType.A, 60, rdata, at, undefined);
  expect(online.made).toBe(6);
  // Large ones differ by their last octet too.
  const large = [new Uint8Array(60_000)];
  online.sign(handle, octets, 0, RrType.TXT, 60, large, at, undefined);
  online.sign(handle, octets, 0, RrType.TXT, 60, [large[0]!.with(59_999, 1)], at, undefined);
  online.sign(handle, octets, 0, RrType.TXT, 60, large, at, undefined);
  expect([online.made, online.kept]).toEqual([8, 1]);
});

test("another key with the same tag is another key: nothing of the first is given", () => {
  const { online, sign } = signer();
  const before = sign(host("www"));
  const twin = { ...makeKey(), tag: key.tag };
  online.put(apex, [twin]);
  const after = sign(host("www"));
  expect(after).not.toBe(before);
  online.put(apex, [twin]);
  expect(sign(host("www"))).toBe(after);
});

test("so many a second are made and no more, whoever asks; those that are proven have as many of their own", () => {
  const { online, sign } = signer({ signaturesPerSecond: 4, keptSignatures: 100 });
  const signed = (from: number, options: Parameters<typeof sign>[1]): number =>
    Array.from({ length: 10 }, (_, i) => sign(host(`n${from + i}`), options)).filter(Boolean).length;
  expect(signed(0, {})).toBe(4);
  expect(online.refused).toBe(6);
  // One network has a quarter of it, and leaves the rest to others.
  const networks = [1, 2, 3, 4, 5].map((i) => endpoint(`192.0.${i}.7`));
  expect(networks.map((from, i) => signed(10 * (i + 1), { from }))).toEqual([1, 1, 1, 1, 0]);
  // What was made is given on.
  expect(sign(host("n0"))).toBeDefined();
  expect(signed(70, { seconds: 0.4 })).toBe(1);
  expect(signed(80, { seconds: 100 })).toBe(4);
  expect(signed(90, { seconds: 99 })).toBe(0); // time does not run back
  expect(signed(100, { seconds: 101, from: endpoint("2001:db8::1") })).toBe(1);
});

test("what takes longer counts more often: RSA eleven times, with 4096 bits eighty-eight times", () => {
  const made = (each: SigningKey): number => {
    const { sign } = signer({ signaturesPerSecond: 100, keptSignatures: 1_000 }, each);
    return Array.from({ length: 120 }, (_, i) => sign(host(`n${i}`))).filter(Boolean).length;
  };
  expect(made(makeKey(15))).toBe(50);
  expect(made(makeKey(14))).toBe(3);
  const rsa = algorithmOf(8);
  if (!rsa) throw new Error("no algorithm 8");
  expect(made(generateKey(rsa, false))).toBe(9);
  expect(made(generateKey(rsa, false, 4096))).toBe(1);
});

test("what is kept is bounded, and what is asked for again stays", () => {
  const { online, sign } = signer({ signaturesPerSecond: 1_000, keptSignatures: 10 });
  sign(host("www"));
  for (let i = 0; i < 100; i++) {
    sign(host(`n${i}`), { seconds: i });
    if (i % 5 === 0) sign(host("www"), { seconds: i });
  }
  expect(online.made).toBe(101);
  sign(host("n1"), { seconds: 200 });
  expect(online.made).toBe(102);
});

test("zones come and go; what is of none is not signed", () => {
  const { online, sign } = signer();
  const other = nameOf("other.test.");
  expect(online.find(other.octets, 0)).toBe(-1);
  online.put(other, []);
  expect(online.find(nameOf("OTHER.test.").octets, 0)).toBe(1);
  const now = { monotonic: 0, wall: start * 1000 };
  expect(online.sign(1, other.octets, 0, RrType.A, 60, rdata, now, undefined)).toBeUndefined();
  online.remove(apex);
  expect(sign(host("www"))).toBeUndefined();
  online.remove(apex);
  online.put(nameOf("third.test."), [key]);
  expect(online.find(nameOf("third.test.").octets, 0)).toBe(0);
  online.remove(other);
  online.remove(nameOf("third.test."));
  expect(online.isEmpty).toBe(true);
});

test("the name of a wildcard is signed as one (RFC 4034 section 3.1.3)", () => {
  const { sign } = signer();
  const [rrsig] = sign(nameOf("*.any.shop.test.")) ?? [];
  const decoded = rrsig && decodeRdata(RrType.RRSIG, rrsig);
  expect(decoded?.ok && decoded.value.labels).toBe(3);
});
