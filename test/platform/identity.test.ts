// Who may do what on a running platform, with the clients that people have: the command line, curl with bearer keys and with
// `--aws-sigv4`. What keys were made of is found nowhere in the data folder.

import { afterAll, beforeAll, expect, test } from "vitest";
import type { AccessKey, Change, Me, WriteAnswer } from "#contract";
import { findSecrets, type KnownSecret } from "./find-secrets.ts";
import { run, startPlatform, type Platform } from "./harness.ts";

let platform: Platform;
let base: string;
/** Everything that must be found nowhere. */
const secrets: KnownSecret[] = [];

beforeAll(async () => {
  platform = await startPlatform({ example: true });
  base = `http://127.0.0.1:${platform.port(7700)}`;
  secrets.push({ name: "first API key", octets: platform.key() });
});
afterAll(() => platform?.remove());

/** Sends a request with curl. @returns status and body */
function curl(...words: string[]): [number, string] {
  const { stdout } = run("curl", ["-s", "-w", "\n%{http_code}", ...words]);
  const at = stdout.lastIndexOf("\n");
  return [Number(stdout.slice(at + 1)), stdout.slice(0, at)];
}

const json = ["-H", "content-type: application/json"];

function createKey(...words: string[]): { id: string; secret: string } {
  const { accessKey } = platform.json<WriteAnswer>("key", "create", ...words);
  if (!accessKey) throw new Error("no key");
  secrets.push({ name: words.join(" "), octets: accessKey.secret.slice(accessKey.type === "aws" ? 0 : 24) });
  return accessKey;
}

test("curl signs requests with an AWS style key: reads, writes with a body, and a query", () => {
  const { id, secret } = createKey("terraform", "--type", "aws");
  const signed = (service: string): string[] => [
    "--aws-sigv4",
    `aws:amz:eu-central-1:${service}`,
    "--user",
    `${id}:${secret}`,
  ];
  for (const service of ["fairlead", "lightsail", "route53domains"])
    expect(curl(...signed(service), `${base}/v1/me`)).toEqual([
      200,
      expect.stringContaining('"name":"terraform"'),
    ]);
  const body = JSON.stringify({ name: "signed", type: "TXT", records: ['"über\\226"'] });
  const put = [...signed("lightsail"), ...json, "-X", "PUT", "-d", body];
  expect(curl(...put, `${base}/v1/zones/shop.test/rrsets?plan=1`)[0]).toBe(200);
  expect(curl(...put, `${base}/v1/zones/shop.test/rrsets`)[0]).toBe(200);
  expect(curl(...signed("lightsail"), `${base}/v1/changes?limit=1`)).toEqual([
    200,
    expect.stringContaining('"actor":"key:terraform (first-key)"'),
  ]);
  expect(curl(...signed("s3"), `${base}/v1/me`)).toEqual([401, expect.stringContaining("signature-wrong")]);
  const other = ["--aws-sigv4", "aws:amz:eu-central-1:lightsail", "--user", `${id}:${secret.slice(1)}x`];
  expect(curl(...other, `${base}/v1/me`)).toEqual([401, expect.stringContaining("signature-wrong")]);
  const unknown = [
    "--aws-sigv4",
    "aws:amz:eu-central-1:lightsail",
    "--user",
    `AKIAAAAAAAAAAAAAAAAA:${secret}`,
  ];
  expect(curl(...unknown, `${base}/v1/me`)).toEqual([401, expect.stringContaining("key-wrong")]);
  // A body that is more than a signed request may have is not read.
  expect(
    curl(
      ...put.slice(0, -1),
      "x".repeat(1_200_000).slice(0, 100),
      "-H",
      "content-length: 2000000",
      `${base}/v1/plans`,
      "-m",
      "60",
    )[0],
  ).toBe(413);
});

test("a key of one zone edits that zone from the command line, and nothing else", () => {
  const { secret } = createKey(
    "acme",
    "--zones",
    "shop.test",
    "--verbs",
    "read,put-rrset,delete-rrset",
    "--expires",
    "90",
  );
  const as = (...words: string[]): [number | null, string] => {
    const ran = platform.fairleadWith({ FAIRLEAD_KEY: secret }, ...words);
    return [ran.status, ran.stdout + ran.stderr];
  };
  expect(as("whoami")).toEqual([
    0,
    "key acme: operator, only read, put-rrset, delete-rrset, only in shop.test\n",
  ]);
  expect(as("records", "set", "shop.test", "_acme-challenge", "TXT", "abc")).toEqual([
    0,
    expect.stringContaining("Done;"),
  ]);
  expect(as("records", "shop.test")).toEqual([0, expect.stringContaining("_acme-challenge.shop.test")]);
  expect(as("records", "delete", "shop.test", "_acme-challenge", "TXT")[0]).toBe(0);
  for (const words of [
    ["status"],
    ["instance", "list"],
    ["register", "x.test"],
    ["records", "test"],
    ["undo"],
    ["key", "create", "x"],
  ])
    expect(as(...words)).toEqual([4, expect.stringContaining("(access-denied)")]);
  const [latest] = platform.json<Change[]>("history");
  expect(latest).toMatchObject({ actor: "key:acme (first-key)", title: expect.stringContaining("TXT") });
  expect(platform.fairlead("history").stdout).toContain("key:acme (first-key)");
});

test("a deleted key ends at once", () => {
  const { id, secret } = createKey("brief");
  const bearer = ["-H", `authorization: Bearer ${secret}`, `${base}/v1/me`];
  expect(JSON.parse(curl(...bearer)[1]) as Me).toMatchObject({ name: "brief", role: "operator", keyId: id });
  platform.json("key", "delete", id);
  expect(curl(...bearer)).toEqual([401, expect.stringContaining("key-wrong")]);
  expect(platform.json<AccessKey[]>("key", "list").map(({ name }) => name)).toEqual(["acme", "terraform"]);
});

test("oversized and malformed credentials are refused in bounded time, and the API serves on", () => {
  for (const value of [
    `Bearer ${"x".repeat(12_000)}`,
    `AWS4-HMAC-SHA256 ${"a=b,".repeat(2000)}`,
    "AWS4-HMAC-SHA256 Credential=x, SignedHeaders=, Signature=",
    "Basic YTpi",
    "Bearer",
    "Bearer  ",
  ])
    expect(curl("-m", "60", "-H", `authorization: ${value}`, `${base}/v1/me`)[0], value.slice(0, 40)).toBe(
      401,
    );
  expect(curl("-m", "60", "-H", `authorization: Bearer ${"x".repeat(100_000)}`, `${base}/v1/me`)[0]).toBe(
    431,
  );
  expect(platform.fairlead("whoami").status).toBe(0);
});

test("nothing of it lies in the data folder in clear", async () => {
  expect(secrets.length).toBeGreaterThan(3);
  expect(findSecrets([platform.data], secrets)).toEqual([]);
  await platform.stop();
  expect(findSecrets([platform.data], secrets)).toEqual([]);
});
