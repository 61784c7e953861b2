// Names, chains and keys of users, good and bad, and what of an issued certificate can be seen without another program. How OpenSSL
// judges what is issued stands in test/platform/openssl.test.ts.

import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { expect, test } from "vitest";
import {
  coversHost,
  formatPem,
  makeIssuing,
  makePrivateKey,
  makeRoot,
  missingHosts,
  permittedNamesOf,
  readCertificates,
  readChain,
  readHostName,
  readPem,
  readPrivateKey,
  renewalId,
} from "./index.ts";
import { issueTestLeaf } from "./testing.ts";

const day = 86_400_000;
const now = 1_800_000_000_000;
const permitted = ["test", "internal", "home.arpa"];
const root = makeRoot(permitted, now);
const issuing = makeIssuing(root, permitted, now);

const pemOf = (key: KeyObject): string => key.export({ type: "pkcs8", format: "pem" });

const leaf = (
  names: string[],
  more: { addresses?: string[]; at?: number } = {},
): ReturnType<typeof issueTestLeaf> => issueTestLeaf(issuing, names, more.at ?? now, more.addresses);

test("what is issued has its names and life, a serial number of its own, and never outlives its issuer", () => {
  const [details] = read(leaf(["shop.test", "*.shop.test"]).pem);
  expect(details).toMatchObject({
    names: ["shop.test", "*.shop.test"],
    subject: "CN=shop.test",
    issuer: read(issuing.certificate)[0]?.subject,
    notBefore: now - 3_600_000,
    notAfter: now + 90 * day,
    isAuthority: false,
    keyAlgorithm: "ECDSA P-256",
  });
  const serials = new Set(Array.from({ length: 20 }, () => read(leaf(["a.test"]).pem)[0]?.serial));
  expect([serials.size, [...serials].every((serial) => /^[4-7][0-9a-f]{31}$/.test(serial ?? ""))]).toEqual([
    20,
    true,
  ]);
  const late = read(leaf(["shop.test"], { at: now + 5 * 365 * day - 30 * day }).pem);
  expect(late[0]?.notAfter).toBe(read(issuing.certificate)[0]?.notAfter);
  expect(permittedNamesOf(root.certificate)).toEqual(permitted);
});

test.each([
  ["shop.test", "shop.test"],
  ["Shop.TEST.", "shop.test"],
  ["*.shop.test", "*.shop.test"],
  ["xn--bcher-kva.test", "xn--bcher-kva.test"],
  ["nas", "nas"],
])("%s is a name for certificates", (text, name) => {
  expect(readHostName(text)).toEqual({ ok: true, value: name });
});

test.each([
  ["", /empty/],
  [".", /empty/],
  ["a..test", /label/],
  ["*.test", /wildcard/],
  ["www.*.test", /leftmost/],
  ["w*.shop.test", /leftmost/],
  ["_dmarc.shop.test", /label/],
  ["-a.test", /label/],
  ["bücher.test", /label/],
  ["127.0.0.1", /address/],
  ["::1", /address/],
  ["1.2.3.4.5", /number/],
  [`${"a".repeat(64)}.test`, /label/],
  [`${"a.".repeat(130)}test`, /longer/],
  ["shop.test\n", /label/],
  ["shop test", /label/],
])("%j is none", (text, reason) => {
  expect(readHostName(text)).toMatchObject({ ok: false, reason: expect.stringMatching(reason) as string });
});

test.each([
  ["shop.test", "shop.test", true],
  ["*.shop.test", "www.shop.test", true],
  ["*.shop.test", "shop.test", false],
  ["*.shop.test", "a.b.shop.test", false],
  ["*.shop.test", "*.shop.test", true],
  ["*.shop.test", "*.b.shop.test", false],
  ["*.shop.test", ".shop.test", false],
  ["shop.test", "www.shop.test", false],
])("%s covers %s: %s (RFC 9525 section 6.3)", (name, host, isCovered) => {
  expect(coversHost(name, host)).toBe(isCovered);
});

test("a chain of a user's is put in order, and belongs to its key", () => {
  const { pem, key } = leaf(["shop.test"]);
  const chain = readChain(`${root.certificate}${issuing.certificate}${pem}`, pemOf(key), now);
  expect(chain.ok && chain.value.pem).toBe(`${pem}${issuing.certificate}${root.certificate}`);
  const alone = readChain(`some text\r\n${pem.replaceAll("\n", "\r\n")}`, pemOf(key), now);
  expect(alone.ok && alone.value.certificates[0]?.names).toEqual(["shop.test"]);
  expect(missingHosts(["shop.test", "*.shop.test"], ["www.shop.test", "a.b.shop.test"])).toEqual([
    "a.b.shop.test",
  ]);
});

test("what does not belong together, has run out or is for something else is refused with the reason", () => {
  const { pem, key } = leaf(["shop.test"]);
  const other = leaf(["shop.test"]);
  const keyText = pemOf(key);
  const rows: [string, string, number, RegExp][] = [
    [pem, pemOf(other.key), now, /private key belongs to none/],
    [pem, keyText, now + 91 * day, /ran out at/],
    [pem, keyText, now - 2 * day, /not valid before/],
    [`${pem}${other.pem}`, keyText, now, /did not issue/],
    [`${pem}${pem}`, keyText, now, /more than one/],
    [`${pem}${root.certificate}`, keyText, now, /the chain is broken/],
    [issuing.certificate, pemOf(issuing.key), now, /certificate authority/],
    ["", keyText, now, /no certificate/],
    ["-----BEGIN CERTIFICATE-----\nAAAA\n", keyText, now, /has no end/],
    ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", keyText, now, /cannot be read/],
    ["-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n", keyText, now, /not base64/],
    [pem.repeat(11), keyText, now, /more than 10/],
    ["x".repeat(1 << 20), keyText, now, /longer/],
    [pem, "", now, /no private key/],
    [pem, `${keyText}${keyText}`, now, /more than one private key/],
    [pem, formatPem("ENCRYPTED PRIVATE KEY", new Uint8Array(20)), now, /without a passphrase/],
    [pem, formatPem("PRIVATE KEY", new Uint8Array(20)), now, /cannot be read/],
    [
      pem,
      "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n-----END RSA PRIVATE KEY-----",
      now,
      /encrypted/,
    ],
    [pem, pemOf(generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey), now, /1024 bits/],
    [pem, pemOf(generateKeyPairSync("ed25519").privateKey), now, /ed25519/],
    [pem, pemOf(generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey), now, /curve/],
  ];
  for (const [chain, privateKey, at, reason] of rows)
    expect(readChain(chain, privateKey, at)).toMatchObject({
      ok: false,
      reason: expect.stringMatching(reason) as string,
    });
});

test("damaged certificates are values: every octet changed in turn throws nothing", () => {
  const [{ der } = { der: new Uint8Array() }] = read(leaf(["shop.test"]).pem);
  let refused = 0;
  for (let i = 0; i < der.length; i++) {
    const damaged = new Uint8Array(der);
    damaged[i] = (damaged[i] ?? 0) ^ (1 << (i % 8));
    if (!readCertificates(formatPem("CERTIFICATE", damaged)).ok) refused++;
    if (i % 16 === 0) expect(readCertificates(formatPem("CERTIFICATE", der.subarray(0, i))).ok).toBe(false);
  }
  expect(refused).toBeGreaterThan(100);
});

test("a renewal id is the key identifier and the serial number (RFC 9773 section 4.1)", () => {
  const [details] = read(leaf(["shop.test"]).pem);
  const id = details && renewalId(details);
  expect(id).toMatch(/^[\w-]{27}\.[\w-]{22}$/);
  expect(Buffer.from(id?.split(".")[1] ?? "", "base64url").toString("hex")).toBe(details?.serial);
});

test("PEM is read with text around it, and keys of all three forms", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const forms = [
    pemOf(makePrivateKey()),
    makePrivateKey().export({ type: "sec1", format: "pem" }),
    rsa.export({ type: "pkcs1", format: "pem" }),
  ];
  for (const form of forms) expect(readPrivateKey(`Bag Attributes\n${form}`).ok).toBe(true);
  expect(readPem(`x\n${forms[0]}\n\ny\n`)).toMatchObject({ ok: true, value: [{ label: "PRIVATE KEY" }] });
});

function read(pem: string): Extract<ReturnType<typeof readCertificates>, { ok: true }>["value"] {
  const found = readCertificates(pem);
  if (!found.ok) throw new Error(found.reason);
  return found.value;
}
