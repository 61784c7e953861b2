// Public certificates through control, by an ACME server within the process that looks at what the roles hold: proven by records of our zones
// or by what the edge answers, renewed when their authority wants it, with limits, outages and restarts on the way.

import { beforeEach, expect, test } from "vitest";
import { FakeAcmeServer } from "#certificate/testing";
import { renewalId, readCertificates } from "#certificate";
import type { Certificate, Operation, Rrset, WriteAnswer } from "#contract";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, pass } = api;
const hour = 3_600_000;
const day = 24 * hour;
let server: FakeAcmeServer;

beforeEach(async () => {
  await api.start();
  server = new FakeAcmeServer(
    { wall: () => api.time.now },
    {
      texts: (name) =>
        api
          .lines("shop.test.", `_acme-challenge.${name}.`)
          .flatMap((line) => /TXT "?([\w-]+)"?$/.exec(line)?.[1] ?? []),
      page: (host, token) => {
        const object = api.roles.edge.objects.get(`challenge/${host}/${token}`);
        return object?.kind === "challenge" ? object.content : undefined;
      },
    },
  );
  await restart();
  await json("PUT", "/v1/acme-account", {
    directoryUrl: server.directoryUrl,
    email: "a@example.org",
    termsOfServiceAgreed: true,
  });
  await json("POST", "/v1/domains", { name: "shop.test" });
  await json("POST", "/v1/instances", {
    name: "web",
    run: { kind: "address", address: "127.0.0.1", port: 1 },
  });
  await json("POST", "/v1/assignments", { name: "shop.test", resource: "web" });
  await pass(2000);
});

async function restart(): Promise<void> {
  api.acme = server;
  await api.restart();
  for (const role of Object.values(api.roles)) role.connect(api.control.hub);
}

const create = (names: string[], challenge?: "dns-01" | "http-01"): Promise<WriteAnswer> =>
  json("POST", "/v1/certificates", {
    name: "public",
    domainName: names[0],
    subjectAlternativeNames: names.slice(1),
    issuer: "acme",
    ...(challenge ? { challenge } : {}),
  });
const show = (): Promise<Certificate> => json("GET", "/v1/certificates/public");
const status = async ({ operation }: WriteAnswer): Promise<Operation> =>
  json<Operation>("GET", `/v1/operations/${operation?.id}`);

/** Everything of challenges that is published. */
function published(): string[] {
  const challenges = [...api.roles.edge.objects.keys()].filter((key) => key.startsWith("challenge/"));
  return [
    ...challenges,
    ...[...api.roles.names.objects.keys()].filter((key) => key.includes("_acme-challenge")),
  ];
}

test("by DNS, with a wildcard: the records are there when the authority looks, and gone afterwards", async () => {
  const answer = await create(["shop.test", "*.shop.test"]);
  await pass(30_000);
  expect(await show()).toMatchObject({
    status: "ISSUED",
    issuer: "acme",
    subjectAlternativeNames: ["shop.test", "*.shop.test"],
    usedBy: ["shop.test"],
  });
  expect((await status(answer)).status).toBe("Succeeded");
  expect(server.requests.filter((one) => one.endsWith("dns-01"))).toHaveLength(2);
  expect(published()).toEqual([]);
});

test("by HTTP where that is asked for, for a name that leads here", async () => {
  await create(["shop.test"], "http-01");
  await pass(30_000);
  expect((await show()).status).toBe("ISSUED");
  expect(server.requests.filter((one) => one.endsWith("http-01"))).toHaveLength(1);
  expect(published()).toEqual([]);
});

test("what one way does not prove, the other does at the next attempt", async () => {
  // A CNAME of its user's at the challenge's name leads the authority elsewhere.
  await json("PUT", "/v1/zones/shop.test/rrsets", {
    name: "_acme-challenge",
    type: "CNAME",
    records: ["elsewhere.test."],
  });
  await create(["shop.test"]);
  await pass(30_000);
  expect((await show()).status).toBe("ISSUED");
  expect(server.requests.filter((one) => one.endsWith("http-01"))).toHaveLength(1);
});

test("texts of its user's at the challenge's name stay", async () => {
  const records = ['"mine"'];
  await json("PUT", "/v1/zones/shop.test/rrsets", {
    name: "_acme-challenge",
    type: "TXT",
    ttl: 300,
    records,
  });
  await create(["shop.test"]);
  await pass(30_000);
  expect((await show()).status).toBe("ISSUED");
  const { rrsets } = await json<{ rrsets: Rrset[] }>("GET", "/v1/zones/shop.test/rrsets");
  expect(rrsets.find(({ name }) => name === "_acme-challenge.shop.test")).toMatchObject({
    origin: "user",
    ttl: 300,
    entries: [{ data: '"mine"' }],
  });
});

test("a year of renewals, with an authority that is away for days and refuses for hours: something good is served at every time", async () => {
  await create(["shop.test"]);
  await pass(60_000);
  const serials = new Set<string>();
  for (let i = 0; i < 365; i++) {
    // Every ninth week it is away for six days, every fifth week it is at its limit for one.
    server.isAway = i % 63 < 6;
    server.refusal =
      i % 35 === 0
        ? {
            status: 429,
            problem: { type: "urn:ietf:params:acme:error:rateLimited", detail: "too many" },
            retryAfter: "3600",
          }
        : undefined;
    await pass(day);
    const found = await show();
    expect(found.status).toBe("ISSUED");
    expect(Date.parse(found.notAfter ?? "")).toBeGreaterThan(api.time.now + 15 * day);
    serials.add(found.serialNumber ?? "");
  }
  expect(serials.size).toBeGreaterThanOrEqual(6);
  expect(server.issued.length).toBe(serials.size);
  expect(published()).toEqual([]);
}, 240_000);

test("a limit is kept to, told on the operation, and ends", async () => {
  const problem = { type: "urn:ietf:params:acme:error:rateLimited", detail: "too many certificates" };
  server.refusal = { status: 429, problem, retryAfter: String((10 * hour) / 1000) };
  const answer = await create(["shop.test"]);
  await pass(60_000);
  const asked = server.requests.length;
  expect(await status(answer)).toMatchObject({
    status: "Started",
    operationDetails: expect.stringContaining(
      "rateLimited: too many certificates; tried again by itself",
    ) as string,
  });
  expect((await show()).requestFailureReason).toContain("rateLimited");
  server.refusal = undefined;
  await pass(9 * hour);
  expect([server.requests.length, (await show()).status]).toEqual([asked, "PENDING_VALIDATION"]);
  await pass(2 * hour);
  expect((await show()).status).toBe("ISSUED");
  expect((await status(answer)).status).toBe("Succeeded");
});

test("an authority that is away for 72 hours is given up, with the reason", async () => {
  server.isAway = true;
  const answer = await create(["shop.test"]);
  await pass(80 * hour);
  expect(await show()).toMatchObject({
    status: "FAILED",
    requestFailureReason: expect.stringContaining("connection refused") as string,
  });
  expect(await status(answer)).toMatchObject({ status: "Failed", errorCode: "issuer-failed" });
  const asked = server.requests.length;
  expect(asked).toBeLessThan(100);
  await pass(5 * day);
  expect(server.requests.length).toBe(asked);
  server.isAway = false;
  await json("POST", "/v1/certificates/public/renew", {});
  await pass(60_000);
  expect((await show()).status).toBe("ISSUED");
});

test("the authority's wish decides when it is renewed, and it is told which one it renews (RFC 9773)", async () => {
  server.renewal = { start: api.time.now + 20 * day, end: api.time.now + 21 * day };
  await create(["shop.test"]);
  await pass(60_000);
  const first = await show();
  const read = readCertificates(first.chain ?? "");
  const id = read.ok && read.value[0] ? renewalId(read.value[0]) : undefined;
  await pass(19 * day);
  expect((await show()).serialNumber).toBe(first.serialNumber);
  expect(Date.parse((await show()).renewsAt ?? "")).toBeLessThan(api.time.now + 2.1 * day);
  await pass(3 * day);
  expect((await show()).serialNumber).not.toBe(first.serialNumber);
  expect(server.replaced[0]).toBe(id);
  // A wish for yesterday is one for now: the authority is going to revoke it.
  const second = await show();
  server.renewal = { start: api.time.now - 2 * day, end: api.time.now - day };
  await pass(1.5 * day);
  expect((await show()).serialNumber).not.toBe(second.serialNumber);
  server.renewal = { start: api.time.now + 30 * day, end: api.time.now + 31 * day };
  await pass(10 * day);
  // The wish stayed in the past for days: it is followed once a day at most.
  expect(server.issued.length).toBeLessThan(8);
}, 240_000);

test("a control that ends while a challenge is published leaves nothing, and issues when it is back", async () => {
  server.pollsBeforeValid = Infinity;
  await create(["shop.test"], "http-01");
  await pass(5000);
  expect(published()).toHaveLength(1);
  await restart();
  await pass(1000);
  server.pollsBeforeValid = 1;
  await pass(120_000);
  expect((await show()).status).toBe("ISSUED");
  expect(published()).toEqual([]);
});

test("while the edge is away nothing is said to be published there", async () => {
  api.roles.edge.acknowledges = false;
  await create(["shop.test"], "http-01");
  await pass(70_000);
  expect(server.requests.some((one) => /challenge/.test(one))).toBe(false);
  expect((await show()).requestFailureReason).toMatch(
    /Cannot publish the challenge: the edge has not taken it over/,
  );
});

test("a certificate that is deleted while it is under way leaves nothing", async () => {
  server.pollsBeforeValid = Infinity;
  await create(["shop.test"]);
  await pass(5000);
  await json("DELETE", "/v1/certificates/public");
  await pass(20 * 60_000);
  expect(published()).toEqual([]);
  expect(
    (await json<{ certificates: Certificate[] }>("GET", "/v1/certificates")).certificates.map(
      ({ name }) => name,
    ),
  ).toEqual(["shop.test"]);
});
