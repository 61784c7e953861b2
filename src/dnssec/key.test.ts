// Keys, tags, DS and key files, with the vectors that the RFCs print.

import { decodeRdata, parseZoneFile, RrType } from "#wire";
import { expect, test } from "vitest";
import { algorithmOf, algorithms, parseAlgorithm } from "./algorithms.ts";
import { formatPrivateKey, keyFileName, parseKeyFiles } from "./key-file.ts";
import { dsOf, generateKey, keyTagOf, readPublicKey } from "./key.ts";
import { apex, name, p256 } from "./testing.ts";

function rdataOf(text: string): Uint8Array {
  const { records, errors } = parseZoneFile(text, { ttl: 60 });
  if (!records[0]) throw new Error(errors[0]?.message ?? text);
  return records[0].rdata;
}

test("the key tag of RFC 4034 section 5.4's key is 60485", () => {
  const dnskey = rdataOf(
    "dskey.example.com. DNSKEY 256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==",
  );
  expect(keyTagOf(dnskey)).toBe(60_485);
});

test.each([
  [
    "RFC 6605 section 6.1",
    "example.net.",
    "257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==",
    2,
    "55648 13 2 b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17",
  ],
  [
    "RFC 6605 section 6.2",
    "example.net.",
    "257 3 14 xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSADtNJhyem5RCOpgQ6K8X1DRSEkrbYQ+OB+v8/uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI37m40",
    4,
    "10771 14 4 72d7b62976ce06438e9c0bf319013cf801f09ecc84b8d7e9495f27e305c6a9b0563a9b5f4d288405c3008a946df983d6",
  ],
  [
    "RFC 8080 section 6.1",
    "example.com.",
    "257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
    2,
    "3613 15 2 3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b",
  ],
])("%s: the DS of its key", (_title, owner, key, digestType, ds) => {
  const dnskey = readPublicKey(rdataOf(`${owner} DNSKEY ${key}`));
  if (!dnskey) throw new Error("no key");
  expect(dsOf(name(owner), dnskey, digestType)).toEqual(rdataOf(`${owner} DS ${ds}`));
});

test.each(algorithms.filter(({ isForSigning }) => isForSigning).map((row) => [row.mnemonic, row] as const))(
  "%s: a key signs, its DNSKEY verifies, and its files give it back",
  (mnemonic, algorithm) => {
    const key = generateKey(algorithm, true);
    const octets = new TextEncoder().encode("what is signed");
    const signature = algorithm.sign(octets, key.key);
    const read = readPublicKey(key.rdata);
    if (!read) throw new Error("no key");
    expect(read.tag).toBe(key.tag);
    expect(algorithm.verify(octets, read.key, signature)).toBe(true);
    signature[5]! ^= 1;
    expect(algorithm.verify(octets, read.key, signature)).toBe(false);
    const files = formatPrivateKey(apex, key, 3600);
    expect(files.private).toContain(`Algorithm: ${algorithm.number} (${mnemonic})`);
    const back = parseKeyFiles(files.key, files.private);
    if ("problem" in back) throw new Error(back.problem);
    expect(back.key.rdata).toEqual(key.rdata);
    expect(algorithm.verify(octets, read.key, algorithm.sign(octets, back.key.key))).toBe(true);
    expect(keyFileName(apex, key)).toMatch(/^Kshop\.test\.\+0\d\d\+\d{5}$/);
  },
);

test("what is no key of a zone is not believed", () => {
  const { rdata } = p256();
  const changed = (at: number, value: number): Uint8Array =>
    Uint8Array.from(rdata, (o, i) => (i === at ? value : o));
  expect(readPublicKey(changed(0, 0))).toBeUndefined(); // no zone key
  expect(readPublicKey(changed(1, 0x81))).toBeUndefined(); // revoked
  expect(readPublicKey(changed(2, 2))).toBeUndefined(); // another protocol
  expect(readPublicKey(changed(3, 5))).toBeUndefined(); // RSASHA1
  expect(readPublicKey(rdata.subarray(0, 20))).toBeUndefined();
  expect(readPublicKey(Uint8Array.from([...rdata.subarray(0, 4), ...new Uint8Array(64)]))).toBeUndefined(); // no point
  const hugeRsa = Uint8Array.from([1, 1, 3, 8, 1, 3, ...new Uint8Array(600).fill(255)]);
  expect(readPublicKey(hugeRsa)).toBeUndefined();
});

test.each([
  ["65537", [1, 0, 1], true],
  ["the next number of Fermat's", [1, 0, 0, 0, 1], true],
  ["one of 48 bits", [1, 0, 0, 0, 0, 1], false],
  [
    "one as long as the modulus, whose verification costs fifty times as much",
    Array<number>(256).fill(0xa1),
    false,
  ],
])("of RSA keys with the exponent %s (RFC 3110 section 2)", (_, exponent, isRead) => {
  const length =
    exponent.length < 256 ? [exponent.length] : [0, exponent.length >> 8, exponent.length & 0xff];
  const modulus = new Uint8Array(256).fill(0xc3);
  expect(readPublicKey(Uint8Array.from([1, 0, 3, 8, ...length, ...exponent, ...modulus])) !== undefined).toBe(
    isRead,
  );
});

test("key files that do not fit together are told apart", () => {
  const [one, other] = [p256(), p256()].map((key) => formatPrivateKey(apex, key, 60));
  const ed = algorithmOf(15);
  if (!one || !other || !ed) throw new Error("no keys");
  expect(parseKeyFiles(one.key, other.private)).toEqual({
    problem: "the private key is not that of the .key file",
  });
  const edwards = formatPrivateKey(apex, generateKey(ed, true), 60);
  expect(parseKeyFiles(one.key, edwards.private)).toEqual({
    problem: "the two files are not of one algorithm",
  });
  expect(parseKeyFiles("", one.private)).toEqual({ problem: "the .key file has no DNSKEY record" });
  expect(parseKeyFiles(one.key, "Algorithm: 13\nPrivateKey: AAAA\n")).toHaveProperty("problem");
  expect(parseKeyFiles(one.key.replace(" 13 ", " 5 "), one.private)).toEqual({
    problem: "algorithm 5 is not signed with",
  });
});

test("a DS names the digest that was asked for, and no other is made", () => {
  const key = p256();
  const decoded = decodeRdata(RrType.DS, dsOf(apex, key, 4));
  expect(decoded.ok && decoded.value.digest.length).toBe(48);
  expect(() => dsOf(apex, key, 1)).toThrow(RangeError);
});

test("algorithms are found by mnemonic and number", () => {
  expect(parseAlgorithm("ed25519")?.number).toBe(15);
  expect(parseAlgorithm("13")?.mnemonic).toBe("ECDSAP256SHA256");
  expect(parseAlgorithm("RSASHA1")).toBeUndefined();
});
