import { expect, test } from "vitest";
import { parseTsigKeys } from "./tsig-file.ts";

const secret = "c2VjcmV0IHNlY3JldCBzZWNyZXQ=";

test.each([
  ["as tsig-keygen writes it", `key "transfer" {\n\talgorithm hmac-sha256;\n\tsecret "${secret}";\n};\n`],
  ["without quotes, on one line", `key transfer { algorithm HMAC-SHA256; secret ${secret}; };`],
  ["as dig -y takes it, with comments", `# keys\nhmac-sha256:transfer:${secret} // one\n`],
])("a key %s", (_, text) => {
  const [key, ...more] = parseTsigKeys(text, "keys");
  expect(more).toEqual([]);
  expect([key?.name.toString(), key?.algorithm.mnemonic]).toEqual(["transfer.", "hmac-sha256"]);
  expect(String.fromCharCode(...(key?.secret ?? []))).toBe("secret secret secret");
});

test.each([
  [
    "as tsig-keygen writes it",
    (text: string) => `key k {\n\talgorithm hmac-sha256; // one\n\tsecret "${text}"; # two\n};\n`,
  ],
  [
    "on one line, without quotes",
    (text: string) => `key k { algorithm hmac-sha256; secret ${text}; }; // three`,
  ],
  ["as dig -y takes it", (text: string) => `// four\nhmac-sha256:k:${text} // five\n`],
])("two slashes in a secret are of it, and no comment: %s", (_, textOf) => {
  const octets = Uint8Array.of(0xff, 0xff, 0xff, 0x00, 0x0f, 0xff, 0xff, 0xf0, 0x01);
  const [key] = parseTsigKeys(textOf("////AA////AB"), "keys");
  expect(key?.secret).toEqual(octets);
});

test("several keys, of both forms", () => {
  const text = `key a { algorithm hmac-sha512; secret ${secret}; };\nhmac-sha224:b:${secret}\nkey c { secret "${secret}"; algorithm hmac-sha384; };`;
  expect(
    parseTsigKeys(text, "keys")
      .map(({ name }) => name.toString())
      .sort(),
  ).toEqual(["a.", "b.", "c."]);
  expect(parseTsigKeys("", "keys")).toEqual([]);
});

test.each([
  ["no secret", "key a { algorithm hmac-sha256; };", /lacks its algorithm or its secret/],
  ["an algorithm that is not spoken", `hmac-md5:a:${secret}`, /expected one of hmac-sha224/],
  ["a secret that is not base64", "hmac-sha256:a:!!!", /not base64/],
  ["an empty secret", "hmac-sha256:a:", /not base64/],
  ["a name that is none", `hmac-sha256:a..b:${secret}`, /no domain name/],
  ["the root as a name", `hmac-sha256:.:${secret}`, /no domain name/],
  ["something else", 'include "other";', /expected key/],
])("a file with %s is refused, and no secret is told", (_, text, says) => {
  expect(() => parseTsigKeys(text, "keys")).toThrow(says);
  expect(() => parseTsigKeys(text, "keys")).not.toThrow(new RegExp(secret.slice(0, 8)));
});
