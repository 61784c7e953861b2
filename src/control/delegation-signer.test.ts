// DS records of keys against the examples of the RFCs, and what is no key.

import { expect, test } from "vitest";
import { signerId, signerOf, readKey } from "./delegation-signer.ts";

const p256 = "GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==";

test("the DS record of a key is the RFC's", () => {
  // RFC 4509 section 2.3; the algorithm of that time is no longer taken from anybody.
  const old = {
    flags: 256,
    algorithm: 5,
    publicKey:
      "AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==",
  };
  expect(signerOf("dskey.example.com.", old)).toMatchObject({
    keyTag: 60485,
    algorithm: 5,
    digestType: 2,
    digest: "d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a",
  });
  // RFC 6605 section 6.1
  const signer = signerOf("example.net.", { flags: 257, algorithm: 13, publicKey: p256 });
  expect(signer).toMatchObject({
    keyTag: 55648,
    digest: "b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17",
  });
  expect(signerId(signer)).toBe("55648-b4c8c1fe2e747712");
});

test.each([
  ["algorithm 5 is none", { flags: 257, algorithm: 5, publicKey: p256 }],
  ["not base64", { flags: 257, algorithm: 13, publicKey: "!!" }],
  ["not base64", { flags: 257, algorithm: 13, publicKey: `${p256}=` }],
  ["has 64 octets, and one of algorithm 15 has 32", { flags: 257, algorithm: 15, publicKey: p256 }],
  ["has 3 octets, and one of algorithm 8 has 64 to 516", { flags: 256, algorithm: 8, publicKey: "AAAA" }],
] as const)("refuses a key: %s", (text, key) => {
  expect(() => readKey(key, "Cannot")).toThrow(text);
});

test("blanks within base64 are nothing", () => {
  const written = `${p256.slice(0, 40)}\n  ${p256.slice(40)}`;
  expect(readKey({ flags: 257, algorithm: 13, publicKey: written }, "Cannot").publicKey).toBe(p256);
});
