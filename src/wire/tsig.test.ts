import { expect, test } from "vitest";
import { encodeRequest } from "./request.ts";
import { RrType } from "./rr-type.ts";
import { Name } from "./name.ts";
import { Rcode } from "./constants.ts";
import {
  findTsig,
  type Hmac,
  maxUnsignedMessages,
  tsigAlgorithm,
  tsigAlgorithms,
  type TsigKey,
  tsigOctets,
  TsigSession,
  withoutTsig,
} from "./tsig.ts";

/** Stands in for HMAC: as many octets, each of which depends on all of secret and data. The real one signs in src/server. */
const hmac: Hmac = (hash, secret, data) => {
  const length = tsigAlgorithms.find((algorithm) => algorithm.hash === hash)!.digestOctets;
  let state = 0x811c9dc5;
  for (const octet of [...secret, ...data]) state = Math.imul(state ^ octet, 0x01000193);
  return Uint8Array.from(
    { length },
    () => (state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 1) >>> 24,
  );
};
const now = 1_800_000_000;

function name(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

function key(algorithm = "hmac-sha256", more: Partial<TsigKey> = {}): TsigKey {
  return {
    name: name("Key.example."),
    algorithm: tsigAlgorithm(algorithm)!,
    secret: new Uint8Array(32).fill(7),
    ...more,
  };
}

function message(id = 0x1234): Uint8Array {
  return encodeRequest(name("example.org."), RrType.AXFR, { id });
}

test.each(tsigAlgorithms.map(({ mnemonic }) => mnemonic))(
  "%s: what is signed is found good, and no longer than said",
  (mnemonic) => {
    const own = key(mnemonic);
    const signed = new TsigSession(own, hmac).sign(message(), now);
    expect(signed.length - message().length).toBeLessThanOrEqual(tsigOctets(own));
    const found = findTsig(signed);
    expect(found.ok && found.value?.mac.length).toBe(own.algorithm.macOctets);
    const verdict = new TsigSession(own, hmac).verify(signed, now + 300, true);
    expect(verdict).toEqual({ kind: "good", message: message(), error: 0 });
  },
);

test("any octet that is changed makes it bad (RFC 8945 section 5.2.2)", () => {
  const own = key();
  const signed = new TsigSession(own, hmac).sign(message(), now);
  for (let i = 0; i < signed.length; i++) {
    const changed = signed.slice();
    changed[i]! ^= 0x20;
    const verdict = new TsigSession(own, hmac).verify(changed, now, true);
    // Case of the key's and algorithm's name is not digested; the ID on the wire is not the original one.
    const mayPass = i < 2 || isNameOctet(signed, i);
    if (!mayPass) expect([i, verdict.kind]).not.toEqual([i, "good"]);
  }
});

function isNameOctet(signed: Uint8Array, i: number): boolean {
  const found = findTsig(signed);
  if (!found.ok || !found.value) return false;
  const { at, keyName } = found.value;
  const algorithmAt = at + keyName.octets.length + 10;
  return (i >= at && i < at + keyName.octets.length) || (i >= algorithmAt && i < algorithmAt + 13);
}

test.each([
  [300, "good"],
  [-300, "good"],
  [301, Rcode.BADTIME],
  [-301, Rcode.BADTIME],
])("a clock that is %i seconds away (RFC 8945 section 5.2.3)", (away, expected) => {
  const signed = new TsigSession(key(), hmac).sign(message(), now);
  const verdict = new TsigSession(key(), hmac).verify(signed, now + away, true);
  expect(verdict.kind === "bad" ? verdict.error : verdict.kind).toBe(expected);
});

test.each([
  [undefined, 32, "good"],
  [16, 16, "good"],
  [16, 32, "good"],
  [undefined, 16, Rcode.BADTRUNC],
  [20, 16, Rcode.BADTRUNC],
  [undefined, 15, "malformed"],
  [undefined, 0, "malformed"],
  [10, 10, "malformed"],
])(
  "a key that takes MACs of %s octets, and one of %i (RFC 8945 section 5.2.2.1)",
  (least, given, expected) => {
    const own = key("hmac-sha256", least === undefined ? {} : { macOctets: least });
    const signed = new TsigSession(key(), hmac, undefined, given).sign(message(), now);
    const verdict = new TsigSession(own, hmac).verify(signed, now, true);
    expect(verdict.kind === "bad" ? verdict.error : verdict.kind).toBe(expected);
  },
);

test("a response is good for its request alone, and many messages for their order alone (RFC 8945 section 5.3.1)", () => {
  const own = key();
  const request = new TsigSession(own, hmac);
  request.sign(message(), now);
  const server = new TsigSession(own, hmac, request.mac);
  const messages = [1, 2, 3, 4].map((id) => {
    if (id !== 2) return server.sign(message(id), now);
    server.pass(message(id));
    return message(id);
  });
  const kinds = (order: readonly number[], mac: Uint8Array | undefined = request.mac): string[] => {
    const client = new TsigSession(own, hmac, mac);
    return order.map((i) => client.verify(messages[i]!, now, i === 3).kind);
  };
  expect(kinds([0, 1, 2, 3])).toEqual(["good", "good", "good", "good"]);
  expect(kinds([0, 2, 1, 3])).toEqual(["good", "bad", "good", "bad"]);
  expect(kinds([0, 2])[1]).toBe("bad");
  expect(kinds([1])).toEqual(["unsigned"]);
  expect(kinds([0], new Uint8Array(32))).toEqual(["bad"]);
});

test(`no more than ${maxUnsignedMessages} messages in a row may be unsigned, and not the last`, () => {
  const own = key();
  const server = new TsigSession(own, hmac, new Uint8Array(32));
  const client = new TsigSession(own, hmac, new Uint8Array(32));
  expect(client.verify(server.sign(message(), now), now, false).kind).toBe("good");
  for (let i = 0; i < maxUnsignedMessages; i++)
    expect(client.verify(message(i), now, false).kind).toBe("good");
  expect(client.verify(message(1), now, false).kind).toBe("unsigned");
  const other = new TsigSession(own, hmac, new Uint8Array(32));
  expect(
    other.verify(new TsigSession(own, hmac, new Uint8Array(32)).sign(message(), now), now, false).kind,
  ).toBe("good");
  expect(other.verify(message(), now, true).kind).toBe("unsigned");
});

test("the original ID is digested, so that who passes a message on may give it another (RFC 8945 section 5.2)", () => {
  const signed = new TsigSession(key(), hmac).sign(message(7), now);
  signed[0] = 99;
  const verdict = new TsigSession(key(), hmac).verify(signed, now, true);
  expect(verdict.kind === "good" && verdict.message[0]).toBe(99);
});

test.each([
  ["cut off", (octets: Uint8Array) => octets.slice(0, -1)],
  ["followed by octets", (octets: Uint8Array) => Uint8Array.of(...octets, 0)],
  ["of another class", (octets: Uint8Array) => patched(octets, 2, 1)],
  ["with a TTL", (octets: Uint8Array) => patched(octets, 7, 1)],
])("a signature %s is malformed", (_, change) => {
  const signed = change(new TsigSession(key(), hmac).sign(message(), now));
  expect(new TsigSession(key(), hmac).verify(signed, now, true).kind).toBe("malformed");
});

/** Changes an octet behind the key's name. */
function patched(octets: Uint8Array, at: number, value: number): Uint8Array {
  const found = findTsig(octets);
  if (!found.ok || !found.value) throw new Error("no signature");
  const changed = octets.slice();
  changed[found.value.at + found.value.keyName.octets.length + at] = value;
  return changed;
}

test("a signature before the end is malformed (RFC 8945 section 5.1)", () => {
  const signed = new TsigSession(key(), hmac).sign(message(), now);
  const twice = new TsigSession(key(), hmac).sign(signed, now);
  expect(findTsig(twice).ok).toBe(false);
  const found = findTsig(signed);
  expect(found.ok && found.value && withoutTsig(signed, found.value)).toEqual(message());
});
