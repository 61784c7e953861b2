// The ACME client against a server within the process, on a clock that waiting moves: retries, bounds, and a server that is hostile.

import { generateKeyPairSync } from "node:crypto";
import { beforeEach, expect, test } from "vitest";
import { AcmeClient } from "./client.ts";
import { AcmeFailure, readProblem } from "./failure.ts";
import { bindAccount, jsonWebKey, thumbprintOf } from "./jws.ts";
import { obtainCertificate, type ChallengeKind, type PublishedChallenge } from "./obtain.ts";
import type { AcmeResponse } from "./transport.ts";
import { renewalId, readCertificates, type Chain } from "../chain.ts";
import { makePrivateKey } from "../key.ts";
import { eagerTime, FakeAcmeServer } from "../testing.ts";

const start = 1_800_000_000_000;
let time: ReturnType<typeof eagerTime>;
let server: FakeAcmeServer;
let published: PublishedChallenge[];
let client: AcmeClient;

beforeEach(() => {
  time = eagerTime(start);
  published = [];
  server = new FakeAcmeServer(time, {
    texts: (name) =>
      published.filter((one) => one.kind === "dns-01" && one.name === name).map(({ text }) => text),
    page: (name, token) =>
      published.find((one) => one.kind === "http-01" && one.name === name && one.token === token)?.content,
  });
  client = makeClient();
});

function makeClient(directoryUrl: string = server.directoryUrl): AcmeClient {
  return new AcmeClient({
    directoryUrl,
    key: makePrivateKey(),
    transport: server,
    time,
    userAgent: "test/1",
  });
}

const account = { contact: ["mailto:a@example.org"], termsOfServiceAgreed: true };

async function obtain(
  names: string[],
  kinds: ChallengeKind[] = ["dns-01"],
  replaces?: string,
): Promise<Chain> {
  await client.account(account);
  return obtainCertificate(client, {
    names,
    key: makePrivateKey(),
    publisher: {
      kindsFor: () => kinds,
      publish: (challenges) => {
        published.push(...challenges);
        return Promise.resolve();
      },
      withdraw: () => {
        published.length = 0;
        return Promise.resolve();
      },
    },
    ...(replaces === undefined ? {} : { replaces }),
  });
}

/** Gives another body in place of the server's at a path. */
function twistTo(
  path: string,
  value: unknown,
  headers: Record<string, string> = {},
  status: number = 200,
): void {
  server.twist = (at, response): AcmeResponse =>
    at.startsWith(path)
      ? {
          status,
          headers: { ...response.headers, "content-type": "application/json", ...headers },
          body: new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value)),
        }
      : response;
}

test.each([
  ["dns-01", ["shop.test", "*.shop.test"]],
  ["http-01", ["shop.test", "www.shop.test"]],
] as [ChallengeKind, string[]][])(
  "a certificate is had by %s, and nothing stays published",
  async (kind, names) => {
    const chain = await obtain(names, [kind]);
    expect(chain.certificates[0]?.names).toEqual(names);
    expect(chain.certificates).toHaveLength(2);
    expect(published).toEqual([]);
  },
);

test("every other nonce refused is no failure, all of them is one in the end", async () => {
  server.refusesEveryNonce = 2;
  expect((await obtain(["shop.test"])).certificates).toHaveLength(2);
  server.refusesEveryNonce = 1;
  const before = server.requests.length;
  await expect(client.order(["shop.test"])).rejects.toThrow(/badNonce/);
  expect(server.requests.length - before).toBeLessThan(50);
});

test("an Ed25519 account signs with EdDSA (RFC 8037)", async () => {
  const key = generateKeyPairSync("ed25519").privateKey;
  client = new AcmeClient({
    directoryUrl: server.directoryUrl,
    key,
    transport: server,
    time,
    userAgent: "test/1",
  });
  expect((await obtain(["shop.test"])).certificates[0]?.names).toEqual(["shop.test"]);
});

test("an account key of another kind is refused", async () => {
  const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const other = new AcmeClient({
    directoryUrl: server.directoryUrl,
    key,
    transport: server,
    time,
    userAgent: "test/1",
  });
  await expect(other.account(account)).rejects.toThrow(/must be ECDSA P-256 or Ed25519/);
});

test("the thumbprint is that of RFC 7638, its members in order", () => {
  const key = makePrivateKey();
  expect(Object.keys(jsonWebKey(key))).toEqual(["crv", "kty", "x", "y"]);
  expect(thumbprintOf(key)).toMatch(/^[\w-]{43}$/);
  const bound = bindAccount(
    key,
    { keyId: "kid", hmacKey: "c2VjcmV0" },
    "https://acme.example.org/account",
  ) as { protected: string };
  expect(JSON.parse(Buffer.from(bound.protected, "base64url").toString())).toEqual({
    alg: "HS256",
    kid: "kid",
    url: "https://acme.example.org/account",
  });
});

test("what is renewed is named where the server has renewal information, and left out elsewhere (RFC 9773 section 5)", async () => {
  const [leaf] = (await obtain(["shop.test"])).certificates;
  const id = leaf && renewalId(leaf);
  await obtain(["shop.test"], ["dns-01"], id);
  expect(server.replaced).toEqual([]);
  server.renewal = { start: start + 1000, end: start + 2000 };
  client = makeClient();
  await obtain(["shop.test"], ["dns-01"], id);
  expect(server.replaced).toEqual([id]);
  expect(await client.renewalInfo(id ?? "")).toEqual({
    start: start + 1000,
    end: start + 2000,
    retryAfterMs: 21_600_000,
  });
  server.renewal = { start: start + 2000, end: start + 1000 };
  await expect(client.renewalInfo(id ?? "")).rejects.toThrow(/its window is none/);
});

test("an order that says that it was replaced already is made without", async () => {
  server.renewal = { start, end: start + 1000 };
  let refused = 0;
  server.twist = (path, response) => {
    if (path !== "/order" || refused++ > 0) return response;
    const body = JSON.stringify({ type: "urn:ietf:params:acme:error:alreadyReplaced" });
    const headers = { ...response.headers, "content-type": "application/problem+json" };
    return { status: 409, headers, body: new TextEncoder().encode(body) };
  };
  expect((await obtain(["shop.test"], ["dns-01"], "a.b")).certificates).toHaveLength(2);
});

test("the server's reason for a failed challenge reaches people, and all is taken away", async () => {
  await client.account(account);
  const withdrawn: string[] = [];
  const publisher = {
    kindsFor: (): ChallengeKind[] => ["dns-01"],
    publish: () => Promise.resolve(),
    withdraw: (challenges: readonly PublishedChallenge[]) => {
      withdrawn.push(...challenges.map(({ name }) => name));
      return Promise.resolve();
    },
  };
  const request = { names: ["shop.test"], key: makePrivateKey(), publisher };
  await expect(obtainCertificate(client, request)).rejects.toThrow(
    'Cannot prove "shop.test" by dns-01: unauthorized nothing to see at shop.test',
  );
  expect(withdrawn).toEqual(["shop.test"]);
});

test("a limit of the server's is told with when to come again", async () => {
  await client.account(account);
  const problem = {
    type: "urn:ietf:params:acme:error:rateLimited",
    detail: "too many certificates for example.org",
  };
  server.refusal = { status: 429, problem, retryAfter: "3600" };
  const failure = await client.order(["shop.test"]).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(AcmeFailure);
  expect(failure).toMatchObject({
    code: "issuer-failed",
    type: "rateLimited",
    httpStatus: 429,
    retryAfterMs: 3_600_000,
    message:
      "Cannot order a certificate for shop.test: acme.example.org answers 429 rateLimited: too many certificates for example.org",
  });
  server.refusal = { status: 429, problem, retryAfter: new Date(start + 50_000).toUTCString() };
  await expect(client.order(["shop.test"])).rejects.toMatchObject({ retryAfterMs: 50_000 });
  server.refusal = { status: 429, problem, retryAfter: "99999999999" };
  await expect(client.order(["shop.test"])).rejects.toMatchObject({ retryAfterMs: undefined });
});

test("a busy server is asked again a few times, and one that is away is told", async () => {
  await client.account(account);
  server.refusal = { status: 503, problem: {}, retryAfter: "7" };
  await expect(client.order(["shop.test"])).rejects.toThrow(/answers 503/);
  expect([time.now - start, server.requests.filter((one) => one === "POST /order").length]).toEqual([
    14_000, 3,
  ]);
  server.isAway = true;
  await expect(client.order(["shop.test"])).rejects.toThrow(
    "Cannot reach the ACME server at https://acme.example.org: connection refused",
  );
});

test("an authorization or order that never ends is given up", async () => {
  server.pollsBeforeValid = Infinity;
  await expect(obtain(["shop.test"])).rejects.toThrow(/come to no end in 15 minutes/);
  expect(server.requests.length).toBeLessThan(300);
  expect(time.now - start).toBeLessThan(20 * 60_000);
  expect(published).toEqual([]);
});

test("Retry-After of nothing does not make it ask without an end", async () => {
  server.pollsBeforeValid = Infinity;
  server.twist = (_path, response) => ({ ...response, headers: { ...response.headers, "retry-after": "0" } });
  await expect(obtain(["shop.test"])).rejects.toThrow(/come to no end/);
  expect(server.requests.length).toBeLessThan(500);
});

test.each([
  ["no https", "http://acme.example.org/dir", /no https URL/],
  ["no URL", "acme", /no https URL/],
  ["a file", "file:///etc/passwd", /no https URL/],
])("a directory that is %s is refused", (_what, url, words) => {
  expect(() => makeClient(url)).toThrow(words);
});

test.each([
  ["a URL of another server", { newNonce: "https://other.example/nonce" }, /names another server/],
  ["a URL of this machine", { newNonce: "http://127.0.0.1:7700/v1/domains" }, /names another server/],
  ["a URL with a password", { newNonce: "https://a:b@acme.example.org/nonce" }, /names another server/],
  ["a URL that is none", { newNonce: 7 }, /"newNonce" is not as RFC 8555 has it/],
  ["nothing that is wanted", { newNonce: undefined }, /"newNonce" is not/],
])("a directory with %s is refused", async (_what, members, words) => {
  const at = (path: string): string => `https://acme.example.org/${path}`;
  const directory = { newNonce: at("nonce"), newAccount: at("account"), newOrder: at("order") };
  twistTo("/dir", Object.assign(directory, members));
  await expect(client.account(account)).rejects.toThrow(words);
});

test.each([
  ["no JSON", "<html>", /it is not as RFC 8555/],
  ["JSON without an end", "[".repeat(200_000), /it is not as RFC 8555/],
  ["deep JSON", `${"[".repeat(100_000)}${"]".repeat(100_000)}`, /it is not as RFC 8555/],
  ["far too much", "x".repeat(1 << 20), /more than 262144 octets/],
  ["null", "null", /it is not as RFC 8555/],
  ["a directory of another kind", { newNonce: { a: 1 } }, /is not as RFC 8555/],
])("a directory of %s is refused", async (_what, value, words) => {
  twistTo("/dir", value);
  await expect(client.account(account)).rejects.toThrow(words);
});

test("redirects are not followed", async () => {
  twistTo("/dir", "", { location: "https://other.example/dir" }, 302);
  await expect(client.account(account)).rejects.toThrow(/answers with a redirect/);
});

test.each([
  ["/order/", { status: "sideways" }, /"status" is not/],
  ["/order/", { status: "valid", authorizations: [], finalize: "https://other.example/f" }, /no certificate/],
  [
    "/order/",
    { status: "valid", authorizations: [], finalize: "x", certificate: "https://other.example/c" },
    /names another server/,
  ],
  [
    "/order/",
    { status: "invalid", authorizations: [], finalize: "x", error: { detail: "CAA forbids\u001b[2J it" } },
    /Cannot finish the order: CAA forbids \[2J it/,
  ],
  [
    "/authorization",
    { status: "pending", identifier: { type: "dns", value: "evil.test" }, challenges: [] },
    /it was not ordered/,
  ],
  [
    "/authorization",
    { status: "pending", identifier: { type: "dns", value: "shop.test" }, challenges: [] },
    /takes nothing, and here can be published dns-01/,
  ],
  [
    "/authorization",
    { status: "revoked", identifier: { type: "dns", value: "shop.test" }, challenges: [] },
    /it is revoked/,
  ],
  [
    "/authorization",
    {
      status: "pending",
      identifier: { type: "dns", value: "shop.test" },
      challenges: [{ type: "dns-01", url: "https://acme.example.org/c", token: "../../etc/passwd" }],
    },
    /token is not of base64url/,
  ],
  [
    "/authorization",
    {
      status: "pending",
      identifier: { type: "dns", value: "shop.test" },
      challenges: Array.from({ length: 51 }, () => ({ type: "x", url: "y" })),
    },
    /"challenges" is not/,
  ],
] as [string, unknown, RegExp][])("an answer at %s of %j is refused", async (path, value, words) => {
  twistTo(path, value);
  await expect(obtain(["shop.test"])).rejects.toThrow(words);
  expect(published).toEqual([]);
});

test("a certificate for another key, another name or of yesterday is not taken", async () => {
  const twist = (pem: string): void => {
    server.twist = (path, response) =>
      path.startsWith("/certificate") ? { ...response, body: new TextEncoder().encode(pem) } : response;
  };
  const chain = await obtain(["other.test"]);
  twist(chain.pem);
  await expect(obtain(["shop.test"])).rejects.toThrow(/private key belongs to none/);
  twist("");
  await expect(obtain(["shop.test"])).rejects.toThrow(/no certificate in it/);
  server.twist = undefined;
  server.lifeDays = -1;
  await expect(obtain(["shop.test"])).rejects.toThrow(/Cannot use what the authority issued/);
});

test("alternate chains are fetched from the same server only, and not without an end", async () => {
  const links = Array.from(
    { length: 50 },
    (_, i) => `<https://acme.example.org/certificate/0?${i}>;rel="alternate"`,
  );
  server.twist = (path, response) =>
    path.startsWith("/certificate")
      ? { ...response, headers: { ...response.headers, link: links.join(", ") } }
      : response;
  await obtain(["shop.test"]);
  expect(server.requests.filter((one) => one === "POST /certificate/0")).toHaveLength(6);
  links.unshift('<https://other.example/x>; rel="alternate"');
  await expect(obtain(["shop.test"])).rejects.toThrow(/names another server/);
});

test("revoking sends the certificate, with a reason", async () => {
  const chain = await obtain(["shop.test"]);
  const [leaf] = chain.certificates;
  await client.revoke(leaf?.der ?? new Uint8Array(), 4);
  const read = readCertificates(chain.pem);
  expect(
    Buffer.from(server.revoked[0] ?? "", "base64url").equals(
      Buffer.from((read.ok && read.value[0]?.der) || ""),
    ),
  ).toBe(true);
});

test.each([
  [undefined, { type: "", detail: "no reason given" }],
  [7, { type: "", detail: "no reason given" }],
  [{ type: "about:blank" }, { type: "", detail: "about:blank" }],
  [
    { type: "urn:ietf:params:acme:error:caa", detail: "a\nb" },
    { type: "caa", detail: "a b" },
  ],
  [{ detail: "x".repeat(5000) }, { type: "", detail: "x".repeat(500) }],
  [
    {
      type: "urn:ietf:params:acme:error:compound",
      detail: "two",
      subproblems: [{ detail: "no", identifier: { value: "a.test" } }, null, 7],
    },
    { type: "compound", detail: "two; a.test: no" },
  ],
])("the problem document %j is read", (value, problem) => {
  expect(readProblem(value)).toEqual(problem);
});
