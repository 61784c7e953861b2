// The ACME client against Pebble, strict and refusing nonces, with the platform's own resolver as its DNS: names are proven by records of
// our zones and by pages of our edge, issued, renewed and revoked.

import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  AcmeClient,
  makePrivateKey,
  obtainCertificate,
  readCertificates,
  renewalId,
  type AcmeTransport,
  type Chain,
  type ChallengeKind,
  type ChallengePublisher,
} from "#certificate";
import { makeAcmeTransport } from "#server";
import { startPlatform, type Platform } from "./harness.ts";
import { startPebble, type Pebble } from "./pebble.ts";

let platform: Platform;
let pebble: Pebble;
let server: Server;
/** What the web server answers, by host and path. */
const pages = new Map<string, string>();

beforeAll(async () => {
  platform = await startPlatform();
  server = createServer((request, response) => {
    const page = pages.get(`${request.headers.host?.split(":")[0]}${request.url}`);
    response.writeHead(page === undefined ? 404 : 200).end(page ?? "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const at = server.address();
  if (at === null || typeof at === "string") throw new Error("The server has no port");
  platform.json("register", "mine.test");
  platform.json("instance", "create", "web", "--address", `127.0.0.1:${at.port}`);
  for (const name of ["mine.test", "www.mine.test"]) platform.json("assign", name, "web");
  pebble = await startPebble({
    dnsServer: `127.0.0.1:${platform.port(5300)}`,
    httpPort: platform.port(8080),
    nonceReject: 40,
    alternateRoots: 1,
  });
});
afterAll(async () => {
  await pebble?.stop();
  server?.close();
  await platform?.remove();
});

/** Publishes by hand what control will publish by itself. */
class ByHand implements ChallengePublisher {
  readonly used: string[] = [];
  readonly #kind: ChallengeKind;

  constructor(kind: ChallengeKind) {
    this.#kind = kind;
  }

  kindsFor(): ChallengeKind[] {
    return [this.#kind];
  }

  async publish(challenges: Parameters<ChallengePublisher["publish"]>[0]): Promise<void> {
    const texts = new Map<string, string[]>();
    for (const { kind, name, token, content, text } of challenges) {
      this.used.push(`${kind} ${name}`);
      pages.set(`${name}/.well-known/acme-challenge/${token}`, content);
      texts.set(name, [...(texts.get(name) ?? []), text]);
    }
    if (this.#kind === "http-01") return;
    for (const [name, [first = "", ...rest]] of texts) {
      const words = [
        "records",
        "set",
        "mine.test",
        `_acme-challenge.${name}`,
        "TXT",
        "--ttl",
        "1s",
        // A value may begin with a hyphen.
        "--",
        first,
        ...rest,
      ];
      const { status, stderr } = platform.fairlead(...words);
      if (status !== 0) throw new Error(stderr);
    }
    await Promise.resolve();
  }

  withdraw(): Promise<void> {
    pages.clear();
    return Promise.resolve();
  }
}

const time = {
  wall: () => Date.now(),
  wait: (milliseconds: number) =>
    new Promise<void>((resolve) => setTimeout(resolve, Math.min(milliseconds, 200))),
};
/** How often the server said `badNonce`. */
let refusedNonces = 0;

async function makeClient(
  to: Pebble = pebble,
  more: { agreed?: boolean; account?: { keyId: string; hmacKey: string } } = {},
): Promise<AcmeClient> {
  const inner = makeAcmeTransport(to.authority);
  const transport: AcmeTransport = {
    async send(...words) {
      const response = await inner.send(...words);
      if (new TextDecoder().decode(response.body).includes("error:badNonce")) refusedNonces++;
      return response;
    },
  };
  const client = new AcmeClient({
    directoryUrl: to.directoryUrl,
    key: makePrivateKey(),
    transport,
    time,
    userAgent: "fairlead-test",
  });
  await client.account({
    contact: ["mailto:hostmaster@mine.test"],
    termsOfServiceAgreed: more.agreed ?? true,
    ...(more.account ? { externalAccount: more.account } : {}),
  });
  return client;
}

async function obtain(
  client: AcmeClient,
  names: string[],
  kind: ChallengeKind,
  more: { replaces?: string; preferredIssuer?: string } = {},
): Promise<{ chain: Chain; used: string[] }> {
  const publisher = new ByHand(kind);
  const chain = await obtainCertificate(client, { names, key: makePrivateKey(), publisher, ...more });
  return { chain, used: publisher.used };
}

test("by DNS-01, a wildcard beside its apex, issued and renewed with refused nonces on the way", async () => {
  const client = await makeClient();
  const names = ["mine.test", "*.mine.test"];
  const first = await obtain(client, names, "dns-01");
  expect(first.used).toEqual(["dns-01 mine.test", "dns-01 mine.test"]);
  const [leaf, issuer] = first.chain.certificates;
  expect([...(leaf?.names ?? [])].sort()).toEqual(["*.mine.test", "mine.test"]);
  expect(issuer?.subject).toMatch(/Pebble Intermediate/);
  const replaces = leaf && renewalId(leaf);
  await new Promise((resolve) => setTimeout(resolve, 1500)); // the texts of before have a TTL of 1 s
  const second = await obtain(client, names, "dns-01", replaces === undefined ? {} : { replaces });
  expect(second.chain.certificates[0]?.serial).not.toBe(leaf?.serial);
  expect(refusedNonces).toBeGreaterThan(0);
});

test("by HTTP-01 through the edge, issued and renewed", async () => {
  const client = await makeClient();
  const first = await obtain(client, ["mine.test", "www.mine.test"], "http-01");
  expect([...first.used].sort()).toEqual(["http-01 mine.test", "http-01 www.mine.test"]);
  const second = await obtain(client, ["mine.test", "www.mine.test"], "http-01");
  expect(second.chain.certificates[0]?.notAfter).toBeGreaterThan(Date.now());
});

test("another chain is taken where its root is preferred", async () => {
  const client = await makeClient();
  const usual = await obtain(client, ["mine.test"], "http-01");
  const other = readCertificates(await pebble.manage("roots/1"));
  const name = (other.ok ? other.value[0]?.subject : undefined) ?? "none";
  const chosen = await obtain(client, ["mine.test"], "http-01", { preferredIssuer: name });
  expect(chosen.chain.certificates.at(-1)?.issuer).toBe(name);
  expect(usual.chain.certificates.at(-1)?.issuer).not.toBe(name);
});

test("a revoked certificate is revoked at the authority, and revoking twice is no failure", async () => {
  const client = await makeClient();
  const { chain } = await obtain(client, ["mine.test"], "http-01");
  const [leaf] = chain.certificates;
  if (!leaf) throw new Error("There is no certificate");
  await client.revoke(leaf.der, 4);
  await client.revoke(leaf.der, 4);
  const serial = leaf.serial.replace(/^0+/, "");
  expect(JSON.parse(await pebble.manage(`cert-status-by-serial/${serial}`))).toMatchObject({
    Status: "Revoked",
    Reason: 4,
  });
});

test("the account of a key is found again", async () => {
  const settings = {
    directoryUrl: pebble.directoryUrl,
    key: makePrivateKey(),
    transport: makeAcmeTransport(pebble.authority),
    time,
    userAgent: "fairlead-test",
  };
  const account = { contact: ["mailto:hostmaster@mine.test"], termsOfServiceAgreed: true };
  const first = await new AcmeClient(settings).account(account);
  expect(await new AcmeClient(settings).account({ contact: [], termsOfServiceAgreed: false })).toBe(first);
});

test.each([
  ["a name that is not ours", ["other.test"], /Cannot prove "other.test" by http-01/],
  [
    "a name that the authority does not take",
    ["a_b.mine.test"],
    /answers 400 (?:malformed|rejectedIdentifier)/,
  ],
] as [string, string[], RegExp][])("%s is refused in the authority's words", async (_what, names, words) => {
  await expect(obtain(await makeClient(), names, "http-01")).rejects.toThrow(words);
});

test("terms that nobody agreed to, and a server whose certificate is not trusted, are told", async () => {
  await expect(makeClient(pebble, { agreed: false })).rejects.toThrow(/terms at .* have not been agreed to/);
  const client = new AcmeClient({
    directoryUrl: pebble.directoryUrl,
    key: makePrivateKey(),
    transport: makeAcmeTransport(),
    time,
    userAgent: "x",
  });
  await expect(client.account({ contact: [], termsOfServiceAgreed: true })).rejects.toThrow(
    /Cannot reach the ACME server .* certificate/,
  );
});

test("an account is bound to one at the authority where that is wanted", async () => {
  const hmacKey = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
  const strict = await startPebble({
    dnsServer: `127.0.0.1:${platform.port(5300)}`,
    httpPort: platform.port(8080),
    nonceReject: 30,
    externalAccounts: { "kid-1": hmacKey },
  });
  try {
    await expect(makeClient(strict)).rejects.toThrow(/bound to an account/);
    await expect(
      makeClient(strict, { account: { keyId: "kid-1", hmacKey: hmacKey.replace("z", "y") } }),
    ).rejects.toThrow(/answers 4\d\d/);
    const client = await makeClient(strict, { account: { keyId: "kid-1", hmacKey } });
    expect((await obtain(client, ["www.mine.test"], "http-01")).chain.certificates[0]?.names).toEqual([
      "www.mine.test",
    ]);
  } finally {
    await strict.stop();
  }
});
