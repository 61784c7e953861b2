// What the built-in authority issues, as OpenSSL judges it: taken for private names and this machine, refused for anything else.

import { execFileSync, spawnSync } from "node:child_process";
import { createPublicKey, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  issueLeaf,
  makeIssuing,
  makePrivateKey,
  makeRoot,
  makeSigningRequest,
  permittedNamesOf,
  readCertificates,
  readChain,
  type CertificateAuthority,
} from "#certificate";
import { issueTestLeaf } from "#certificate/testing";

const day = 86_400_000;
/** OpenSSL judges by the machine's clock, so what it is shown is of today. */
const now = Date.now();
const permitted = ["test", "internal", "home.arpa"];

let folder = "";
let root: CertificateAuthority;
let issuing: CertificateAuthority;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-certificate-"));
  root = makeRoot(permitted, now);
  issuing = makeIssuing(root, permitted, now);
  writeFileSync(join(folder, "root.pem"), root.certificate);
  writeFileSync(join(folder, "issuing.pem"), issuing.certificate);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const leaf = (
  names: string[],
  more: { addresses?: string[]; at?: number } = {},
): ReturnType<typeof issueTestLeaf> => issueTestLeaf(issuing, names, more.at ?? now, more.addresses);

/** What `openssl verify` says of a certificate, as that of a web server called `host`. */
function verify(pem: string, ...words: string[]): string {
  writeFileSync(join(folder, "leaf.pem"), pem);
  const file = (name: string): string => join(folder, name);
  const ran = spawnSync(
    "openssl",
    [
      "verify",
      "-x509_strict",
      "-purpose",
      "sslserver",
      "-CAfile",
      file("root.pem"),
      "-untrusted",
      file("issuing.pem"),
      ...words,
      file("leaf.pem"),
    ],
    { encoding: "utf8" },
  );
  return `${ran.stdout}${ran.stderr}`;
}

test("OpenSSL takes what is issued for private names and for this machine, strictly", () => {
  const { pem } = leaf(["shop.test", "*.shop.test", "nas.home.arpa"], { addresses: ["127.0.0.1", "::1"] });
  for (const host of ["shop.test", "www.shop.test", "nas.home.arpa"])
    expect(verify(pem, "-verify_hostname", host)).toContain(": OK");
  for (const address of ["127.0.0.1", "::1"]) expect(verify(pem, "-verify_ip", address)).toContain(": OK");
  expect(verify(pem, "-verify_hostname", "a.b.shop.test")).toMatch(/hostname mismatch/i);
  expect(verify(leaf(["test"]).pem)).toContain(": OK");
});

test.each([
  ["a public name", ["example.com"], []],
  ["a public name beside a private one", ["shop.test", "www.example.com"], []],
  ["a public wildcard", ["*.example.org"], []],
  ["a name that only ends alike", ["contest"], []],
  ["an address of somebody else's", [], ["192.0.2.1"]],
  ["a private address", ["shop.test"], ["10.0.0.1"]],
  ["an IPv6 address", [], ["2001:db8::1"]],
] as [string, string[], string[]][])(
  "whoever holds the keys cannot have %s trusted",
  (_what, names, addresses) => {
    expect(verify(leaf(names, { addresses }).pem)).toMatch(/permitted subtree violation/);
  },
);

test("an authority below the issuing one, or another one's root, is not trusted", () => {
  const below = makeIssuing(issuing, permitted, now);
  const key = makePrivateKey();
  const pem = issueLeaf(below, { names: ["shop.test"], publicKey: createPublicKey(key), now });
  expect(verify(pem, "-untrusted", join(folder, "leaf.pem"))).not.toContain(": OK");
  const other = makeIssuing(makeRoot(permitted, now), permitted, now);
  expect(verify(issueLeaf(other, { names: ["shop.test"], publicKey: createPublicKey(key), now }))).toMatch(
    /unable to get local issuer/,
  );
});

test("what is issued is as browsers and the CA/Browser Forum want it", () => {
  const { pem, key } = leaf(["shop.test", "www.shop.test"]);
  const text = execFileSync("openssl", ["x509", "-noout", "-text"], { input: pem, encoding: "utf8" });
  expect(text).toMatch(/Version: 3/);
  expect(text).toMatch(/Signature Algorithm: ecdsa-with-SHA256/);
  expect(text).toMatch(/Basic Constraints: critical\s+CA:FALSE/);
  expect(text).toMatch(/Key Usage: critical\s+Digital Signature\n/);
  expect(text).toMatch(/Extended Key Usage: ?\s+TLS Web Server Authentication\n/);
  expect(text).toMatch(/Subject Alternative Name: ?\s+DNS:shop.test, DNS:www.shop.test\n/);
  const [details] = read(pem);
  const [authority] = read(issuing.certificate);
  expect(details).toMatchObject({
    names: ["shop.test", "www.shop.test"],
    subject: "CN=shop.test",
    isAuthority: false,
    isForOtherUse: false,
    keyAlgorithm: "ECDSA P-256",
    issuer: authority?.subject,
  });
  expect(
    [details?.notBefore, details?.notAfter].map((time) => Math.abs((time ?? 0) - now) < 91 * day),
  ).toEqual([true, true]);
  expect((details?.notAfter ?? 0) - (details?.notBefore ?? 0)).toBeLessThanOrEqual(91 * day);
  expect(details?.notBefore).toBeLessThan(now - 3_000_000);
  expect(details?.serial).toMatch(/^[4-7][0-9a-f]{31}$/);
  expect(new X509Certificate(pem).checkPrivateKey(key)).toBe(true);
  const serials = new Set(Array.from({ length: 20 }, () => read(leaf(["a.test"]).pem)[0]?.serial));
  expect(serials.size).toBe(20);
});

test("the authorities are as they should be, and never outlived", () => {
  const textOf = (pem: string): string =>
    execFileSync("openssl", ["x509", "-noout", "-text"], { input: pem, encoding: "utf8" });
  const rootText = textOf(root.certificate);
  expect(rootText).toMatch(/Basic Constraints: critical\s+CA:TRUE, pathlen:1/);
  expect(rootText).toMatch(
    /Name Constraints: critical\s+Permitted:\s+DNS:test\s+DNS:internal\s+DNS:home.arpa/,
  );
  expect(rootText).toMatch(/IP:127.0.0.0\/255.0.0.0/);
  expect(textOf(issuing.certificate)).toMatch(/Basic Constraints: critical\s+CA:TRUE, pathlen:0/);
  expect(permittedNamesOf(root.certificate)).toEqual(permitted);
  const late = now + 5 * 365 * day - 30 * day;
  expect(read(leaf(["shop.test"], { at: late }).pem)[0]?.notAfter).toBe(
    read(issuing.certificate)[0]?.notAfter,
  );
});

test("a name too long for a common name stands in the alternative names alone, critical", () => {
  const name = `${"a".repeat(60)}.${"b".repeat(60)}.test`;
  const { pem } = leaf([name]);
  expect(read(pem)[0]).toMatchObject({ subject: "", names: [name] });
  expect(verify(pem, "-verify_hostname", name)).toContain(": OK");
});

test("a signing request has its names and a good signature", () => {
  const key = makePrivateKey();
  const names = [
    "shop.test",
    "*.shop.test",
    ...Array.from({ length: 8 }, (_, i) => `${i}-${"x".repeat(50)}.shop.test`),
  ];
  const text = execFileSync("openssl", ["req", "-inform", "DER", "-noout", "-text", "-verify"], {
    input: makeSigningRequest(names, key),
    encoding: "utf8",
    stdio: ["pipe", "pipe", "pipe"],
  });
  expect(text).toContain(names.map((name) => `DNS:${name}`).join(", "));
});

test("RSA certificates of other authorities are read, and one for clients is refused", () => {
  const file = (name: string): string => join(folder, name);
  const make = (...words: string[]): void => {
    const out = ["-keyout", file("rsa.key"), "-out", file("rsa.pem")];
    execFileSync(
      "openssl",
      ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...out, "-subj", "/CN=x", "-days", "30", ...words],
      {
        stdio: "ignore",
      },
    );
  };
  const readBack = (): ReturnType<typeof readChain> =>
    readChain(
      execFileSync("cat", [file("rsa.pem")], { encoding: "utf8" }),
      execFileSync("cat", [file("rsa.key")], { encoding: "utf8" }),
      now + 60_000,
    );
  make(
    "-addext",
    "subjectAltName=DNS:mine.example.org,IP:192.0.2.1",
    "-addext",
    "basicConstraints=critical,CA:FALSE",
  );
  const good = readBack();
  expect(good.ok && good.value.certificates[0]).toMatchObject({
    names: ["mine.example.org"],
    keyAlgorithm: "RSA 2048",
  });
  make(
    "-addext",
    "subjectAltName=DNS:mine.example.org",
    "-addext",
    "basicConstraints=critical,CA:FALSE",
    "-addext",
    "extendedKeyUsage=clientAuth",
  );
  expect(readBack()).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/not for web servers/) as string,
  });
  make("-addext", "basicConstraints=critical,CA:FALSE");
  expect(readBack()).toMatchObject({ ok: false, reason: expect.stringMatching(/names no host/) as string });
});

function read(pem: string): Extract<ReturnType<typeof readCertificates>, { ok: true }>["value"] {
  const found = readCertificates(pem);
  if (!found.ok) throw new Error(found.reason);
  return found.value;
}
