// Certificates through the API: asked for, proven by DNS, issued by the built-in authority, given to the edge sealed, renewed over a year of
// virtual time, taken back; and what is refused.

import { createPublicKey, X509Certificate } from "node:crypto";
import { beforeEach, expect, test } from "vitest";
import { decodePrivateKey, issueLeaf, makeIssuing, makePrivateKey, makeRoot, readChain } from "#certificate";
import { certificateKeyPurpose, type Certificate, type Status, type WriteAnswer } from "#contract";
import { createSealer } from "#store";
import { ensureCertificates } from "../certificates.ts";
import type { PlanContext } from "../plan-context.ts";
import { State } from "../state.ts";
import { certificateApi } from "./testing-certificates.ts";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { call, json, refused, pass } = api;
const day = 86_400_000;

const { start, create, show, assign, certified, atEdge, ofResource, operation } = certificateApi(api);
beforeEach(start);

test("a certificate is proven by a record that is added by itself, and issued at once", async () => {
  const answer = await create("main", "shop.test", {
    subjectAlternativeNames: ["*.shop.test", "Shop.Test.", "www.shop.test"],
  });
  await pass(2000);
  const found = await show("main");
  expect(found).toMatchObject({
    domainName: "shop.test",
    subjectAlternativeNames: ["shop.test", "*.shop.test", "www.shop.test"],
    status: "ISSUED",
    issuer: "built-in",
    keyAlgorithm: "ECDSA P-256",
    eligibleToRenew: "ELIGIBLE",
    inUseResourceCount: 0,
  });
  expect(found.domainValidationRecords).toHaveLength(2);
  for (const {
    resourceRecord,
    dnsRecordCreationState,
    validationStatus,
    domainName,
  } of found.domainValidationRecords) {
    expect(resourceRecord.name).toMatch(
      new RegExp(`^_[0-9a-f]{32}\\.${domainName.replaceAll(".", "\\.")}\\.$`),
    );
    expect(resourceRecord.value).toMatch(/^_[0-9a-f]{32}\.[a-z]{10}\.acm-validations\.fairlead\.internal\.$/);
    expect([dnsRecordCreationState.code, validationStatus]).toEqual(["SUCCEEDED", "SUCCESS"]);
    expect(api.lines("shop.test.", resourceRecord.name)).toEqual([`300 CNAME ${resourceRecord.value}`]);
  }
  const steps = (await operation(answer)).steps.map(({ title, status }) => `${title}: ${status}`);
  expect(steps.at(-1)).toBe("Certificate main is issued: Succeeded");
  expect(new X509Certificate(found.chain ?? "").subjectAltName).toBe(
    "DNS:shop.test, DNS:*.shop.test, DNS:www.shop.test",
  );
  // One certificate is shown with its chain read; a list is not.
  const [own, issuing, ...more] = found.chainCertificates ?? [];
  expect(more).toEqual([]);
  expect(own).toMatchObject({
    fingerprint: found.fingerprint,
    issuer: issuing?.subject,
    notAfter: found.notAfter,
  });
  const [listed] = (await json<{ certificates: Certificate[] }>("GET", "/v1/certificates")).certificates;
  expect(listed).not.toHaveProperty("chainCertificates");
});

test("the name servers are asked: while one of them does not answer, nothing is issued", async () => {
  api.authority.silent.add("127.53.2.3");
  const answer = await create("main", "shop.test");
  await pass(120_000);
  expect(await show("main")).toMatchObject({ status: "PENDING_VALIDATION" });
  expect((await operation(answer)).status).toBe("Started");
  api.authority.silent.clear();
  await pass(600_000);
  expect(await show("main")).toMatchObject({ status: "ISSUED" });
  expect((await operation(answer)).status).toBe("Succeeded");
});

test("the edge is given what serves an assigned name, with the key sealed, and nothing else", async () => {
  await create("main", "shop.test", { subjectAlternativeNames: ["*.shop.test"] });
  await create("spare", "other.shop.test");
  await pass(2000);
  expect([atEdge(), ofResource()]).toEqual([{}, []]);
  await assign("shop.test");
  await assign("www.shop.test");
  const { main, ...others } = atEdge();
  expect(others).toEqual({});
  expect(main?.names).toEqual(["shop.test", "*.shop.test"]);
  expect(ofResource()).toEqual([main?.id]);
  expect(await show("main")).toMatchObject({ usedBy: ["shop.test", "www.shop.test"], inUseResourceCount: 2 });
  const sealer = createSealer(new Uint8Array(32).fill(1));
  const key = decodePrivateKey(sealer.open(certificateKeyPurpose, main?.keyId ?? "", main?.sealedKey ?? ""));
  expect(new X509Certificate(main?.chain ?? "").checkPrivateKey(key)).toBe(true);
  await json("DELETE", "/v1/assignments/shop.test");
  await json("DELETE", "/v1/assignments/www.shop.test");
  expect([atEdge(), ofResource()]).toEqual([{}, []]);
});

test("a name that is assigned gets a certificate by itself, and a step of the operation; it goes with its domain", async () => {
  const answer = await certified("shop.test");
  expect(answer.plan.warnings).toEqual([]);
  expect(answer.plan.changes.map(({ text }) => text)).toEqual([
    "shop.test leads to web: its address records and the edge's route follow",
    "Create certificate shop.test for shop.test, issued by the built-in authority and renewed by itself",
  ]);
  expect(answer.plan.records[0]?.added).toEqual([
    "shop.test. 60 IN A 127.53.8.1",
    "shop.test. 60 IN AAAA ::1",
  ]);
  await pass(2000);
  const { status, steps } = await operation(answer);
  expect([status, steps.at(-1)?.title]).toEqual(["Succeeded", "Certificate shop.test is issued"]);
  expect(ofResource()).toEqual([atEdge()["shop.test"]?.id]);
  // One that is there is used, also for the name below it where it is a wildcard's.
  await create("wild", "*.shop.test");
  await certified("www.shop.test");
  expect(Object.keys(atEdge()).sort()).toEqual(["shop.test", "wild"]);
  const undone = await json<WriteAnswer>("POST", `/v1/changes/${answer.change?.id}/undo`, {});
  expect(undone.change).toBeDefined();
  expect((await refused("GET", "/v1/certificates/shop.test")).code).toBe("resource-not-found");
  await certified("shop.test");
  await pass(2000);
  const gone = await json<WriteAnswer>("DELETE", "/v1/domains/shop.test");
  expect(
    (await json<{ certificates: Certificate[] }>("GET", "/v1/certificates")).certificates.map(
      ({ name }) => name,
    ),
  ).toEqual(["wild"]);
  await json("POST", `/v1/changes/${gone.change?.id}/undo`, {});
  await pass(60_000);
  expect(await show("shop.test")).toMatchObject({ status: "ISSUED", usedBy: ["shop.test"] });
});

test("a host for which no certificate can be had is no failure of the plan: it warns with the reason", () => {
  const state = new State();
  const identity = { id: "1", arn: "", accountId: "", region: "" };
  const zone = { apex: "example.org.", nameServerSetId: "s1", negativeTtl: 60, createdAt: 0 };
  state.apply({ kind: "zone", key: zone.apex, ...identity, value: zone }, 1);
  const hosts = ["www.example.org.", "a_b.example.org"];
  expect(ensureCertificates({ state } as PlanContext, hosts)).toEqual({
    certificates: [],
    warnings: [
      "www.example.org will have no certificate and be served by HTTP only: www.example.org is a public name, and no ACME account is set",
      expect.stringMatching(
        /^a_b\.example\.org will have no certificate and be served by HTTP only: its label "a_b"/,
      ),
    ],
  });
});

test("a certificate that an assigned name needs goes by force only, one with a stand-in without", async () => {
  await create("main", "shop.test");
  await pass(2000);
  await assign("shop.test");
  expect(await refused("DELETE", "/v1/certificates/main")).toMatchObject({
    code: "resource-in-use",
    message:
      'Cannot delete certificate "main": shop.test would have none; with --force it is deleted all the same',
  });
  expect(Object.keys(atEdge())).toEqual(["main"]);
  await create("other", "shop.test");
  await pass(2000);
  await json("DELETE", "/v1/certificates/main");
  expect(Object.keys(atEdge())).toEqual(["other"]);
  const { plan } = await json<WriteAnswer>("DELETE", "/v1/certificates/other?force=1");
  expect(plan.warnings).toContain("shop.test will have no certificate");
  expect(Object.keys(atEdge())).toEqual([]);
});

test("an exact name is preferred to a wildcard", async () => {
  await create("wild", "*.shop.test");
  await pass(2000);
  await assign("www.shop.test");
  expect(Object.keys(atEdge())).toEqual(["wild"]);
  await create("exact", "www.shop.test");
  await pass(2000);
  expect(Object.keys(atEdge())).toEqual(["exact"]);
  expect(ofResource()).toEqual([atEdge()["exact"]?.id]);
  await json("DELETE", "/v1/certificates/exact");
  expect(Object.keys(atEdge())).toEqual(["wild"]);
});

test("a certificate is renewed at two thirds of its life, over a year, and keeps its id; old keys are forgotten", async () => {
  await create("main", "shop.test");
  await pass(2000);
  await assign("shop.test");
  const first = atEdge()["main"];
  const serials = new Set<string>();
  let least = Infinity;
  for (let i = 0; i < 365; i++) {
    await pass(day);
    const found = await show("main");
    expect(found.status).toBe("ISSUED");
    serials.add(found.serialNumber ?? "");
    least = Math.min(least, Date.parse(found.notAfter ?? "") - api.time.now);
  }
  // Each lives 90 days and an hour, and is replaced after two thirds.
  expect(serials.size).toBe(7);
  expect(least).toBeGreaterThan(28 * day);
  expect(atEdge()["main"]?.id).toBe(first?.id);
  expect(atEdge()["main"]?.keyId).not.toBe(first?.keyId);
  expect(await show("main")).toMatchObject({ renewalSummary: { renewalStatus: "Success" } });
  expect(await api.store.secrets.list(certificateKeyPurpose)).toHaveLength(1);
}, 240_000);

test("while renewal fails the old one is served, until it has run out; then it is served on as EXPIRED, and mended by itself", async () => {
  await create("main", "shop.test");
  await pass(2000);
  await assign("shop.test");
  const before = atEdge()["main"]?.chain;
  api.authority.silent.add("127.53.2.1");
  await pass(70 * day);
  expect(await show("main")).toMatchObject({
    status: "ISSUED",
    renewalSummary: {
      renewalStatus: "PendingValidation",
      renewalStatusReason: expect.stringContaining("no answer") as string,
    },
  });
  const problem = { name: "main", status: "ISSUED", problem: expect.stringContaining("no answer") as string };
  const about = await json<Status>("GET", "/v1/status");
  expect([about.counts.certificates, about.certificateProblems]).toEqual([1, [problem]]);
  await pass(25 * day);
  expect(await show("main")).toMatchObject({ status: "EXPIRED" });
  expect(atEdge()["main"]?.chain).toBe(before);
  api.authority.silent.clear();
  await pass(day);
  expect(await show("main")).toMatchObject({ status: "ISSUED" });
  expect(atEdge()["main"]?.chain).not.toBe(before);
}, 240_000);
const hourly = 3_600_000;

test("renew asks for a new one now", async () => {
  await create("main", "shop.test");
  await pass(2000);
  const before = (await show("main")).serialNumber;
  api.authority.silent.add("127.53.2.1");
  const answer = await json<WriteAnswer>("POST", "/v1/certificates/main/renew", {});
  expect(await operation(answer)).toMatchObject({
    status: "Started",
    operationDetails: expect.stringContaining("the one before is served") as string,
  });
  api.authority.silent.clear();
  await pass(120_000);
  const after = await show("main");
  expect(after).toMatchObject({ status: "ISSUED", renewalSummary: { renewalStatus: "Success" } });
  expect(after.serialNumber).not.toBe(before);
  expect((await operation(answer)).status).toBe("Succeeded");
});

test("a control that starts anew goes on where the one before stopped", async () => {
  api.authority.silent.add("127.53.2.1");
  await create("main", "shop.test");
  await pass(1000);
  await api.restart();
  api.authority.silent.clear();
  for (const role of Object.values(api.roles)) role.connect(api.control.hub);
  await pass(120_000);
  const issued = await show("main");
  expect(issued.status).toBe("ISSUED");
  await api.restart();
  for (const role of Object.values(api.roles)) role.connect(api.control.hub);
  await pass(120_000);
  expect((await show("main")).serialNumber).toBe(issued.serialNumber);
  await assign("shop.test");
  expect(Object.keys(atEdge())).toEqual(["main"]);
});

test("creating and deleting are taken back", async () => {
  const made = await create("main", "shop.test");
  await pass(2000);
  const records = (await show("main")).domainValidationRecords;
  await json("POST", `/v1/changes/${made.change?.id}/undo`, {});
  expect((await refused("GET", "/v1/certificates/main")).code).toBe("resource-not-found");
  expect(api.lines("shop.test.", records[0]?.resourceRecord.name ?? "")).toEqual([]);
  await pass(30_000);
  expect(await api.store.secrets.list(certificateKeyPurpose)).toEqual([]);
  await create("main", "shop.test");
  await pass(2000);
  const serial = (await show("main")).serialNumber;
  const gone = await json<WriteAnswer>("DELETE", "/v1/certificates/main");
  await pass(30_000);
  await json("POST", `/v1/changes/${gone.change?.id}/undo`, {});
  await pass(2000);
  expect(await show("main")).toMatchObject({ status: "ISSUED" });
  expect((await show("main")).serialNumber).not.toBe(serial);
});

test("renewal is no later edit: the change that made a certificate can still be taken back", async () => {
  const made = await create("main", "shop.test");
  await pass(70 * day);
  expect((await json<WriteAnswer>("POST", `/v1/changes/${made.change?.id}/undo`, {})).change).toBeDefined();
});

test("with the domain its zone goes: the certificate is served on, and says why it is not renewed", async () => {
  await create("main", "shop.test");
  await pass(2000);
  await json("DELETE", "/v1/domains/shop.test");
  await pass(65 * day);
  expect(await show("main")).toMatchObject({
    status: "ISSUED",
    renewalSummary: { renewalStatus: "PendingValidation" },
    domainValidationRecords: [{ dnsRecordCreationState: { code: "FAILED" } }],
  });
});

test.each([
  ["a name that is not ours", { domainName: "other.test" }, "zone-not-found", /other.test is not ours/],
  [
    "a name of ours beside one that is not",
    { domainName: "shop.test", subjectAlternativeNames: ["other.test"] },
    "zone-not-found",
    /other.test is not ours/,
  ],
  ["a public name", { domainName: "www.example.com" }, "issuer-missing", /public name, and no ACME account/],
  [
    "a public name of the built-in authority",
    { domainName: "example.com", issuer: "built-in" },
    "certificate-refused",
    /not trusted for example.com/,
  ],
  [
    "ACME without an account",
    { domainName: "shop.test", issuer: "acme" },
    "issuer-missing",
    /no ACME account/,
  ],
  ["a top-level domain", { domainName: "test" }, "zone-not-found", /not ours/],
  ["a wildcard of a top-level domain", { domainName: "*.test" }, "name-malformed", /wildcard/],
  ["an address", { domainName: "127.0.0.1" }, "name-malformed", /address/],
  ["an empty label", { domainName: "a..shop.test" }, "name-malformed", /label/],
  ["an underscore", { domainName: "a_b.shop.test" }, "name-malformed", /label/],
  [
    "eleven names",
    {
      domainName: "shop.test",
      subjectAlternativeNames: Array.from({ length: 10 }, (_, i) => `n${i}.shop.test`),
    },
    "certificate-refused",
    /11 names/,
  ],
  [
    "a name too long for its record",
    { domainName: `${"a".repeat(60)}.${"b".repeat(60)}.${"c".repeat(60)}.${"d".repeat(35)}.shop.test` },
    "certificate-refused",
    /too long/,
  ],
  ["a bad name of its own", { name: "a b", domainName: "shop.test" }, "input-malformed", /name/],
] as [string, object, string, RegExp][])("%s is refused in the plan", async (_what, body, code, message) => {
  const answer = await refused("POST", "/v1/certificates?plan=1", { name: "x", ...body });
  expect(answer).toMatchObject({ code, message: expect.stringMatching(message) as string });
});

test("a name that is taken, and one that is not there, are refused", async () => {
  await create("main", "shop.test");
  expect((await refused("POST", "/v1/certificates", { name: "main", domainName: "shop.test" })).code).toBe(
    "resource-exists",
  );
  for (const [method, path] of [
    ["GET", ""],
    ["DELETE", ""],
    ["POST", "/renew"],
  ] as const)
    expect(
      (await refused(method, `/v1/certificates/none${path}`, method === "POST" ? {} : undefined)).code,
    ).toBe("resource-not-found");
});

test("a domain registered here and served elsewhere is shown what to enter, watched, and given up after 72 hours", async () => {
  const seen: string[] = [];
  let answer: string[] = [];
  api.visitor = {
    query: (name) => {
      seen.push(name);
      return Promise.resolve({
        server: "",
        answer,
        addresses: [],
        outcome: "NXDOMAIN",
        flags: [],
        isFailure: true,
      });
    },
    queryServer: () => Promise.reject(new Error("no name server here")),
    request: () => Promise.reject(new Error("there is no page here")),
  };
  await json("PUT", "/v1/acme-account", {
    directoryUrl: "https://acme.example.org/dir",
    termsOfServiceAgreed: true,
  });
  await api.restart();
  for (const role of Object.values(api.roles)) role.connect(api.control.hub);
  const made = await create("far", "www.example.com");
  expect(made.plan.warnings).toEqual([
    expect.stringMatching(
      /^The zone of www.example.com is not served here: enter _[0-9a-f]{32}\.www\.example\.com\. CNAME /,
    ),
  ]);
  await pass(10_000);
  expect((await operation(made)).status).toBe("Succeeded");
  const [record] = (await show("far")).domainValidationRecords;
  expect(record).toMatchObject({
    dnsRecordCreationState: { code: "FAILED" },
    validationStatus: "PENDING_VALIDATION",
  });
  expect(new Set(seen)).toEqual(new Set([record?.resourceRecord.name]));
  await pass(71 * hourly);
  expect((await show("far")).status).toBe("PENDING_VALIDATION");
  await pass(2 * hourly);
  expect(await show("far")).toMatchObject({
    status: "VALIDATION_TIMED_OUT",
    domainValidationRecords: [{ validationStatus: "FAILED" }],
    requestFailureReason: expect.stringContaining("NXDOMAIN") as string,
  });
  const asked = seen.length;
  expect(asked).toBeLessThan(1000);
  await pass(day);
  expect(seen.length).toBe(asked);
  answer = [`${record?.resourceRecord.name} 60 IN CNAME ${record?.resourceRecord.value}`];
  await json("POST", "/v1/certificates/far/renew", {});
  await pass(60_000);
  expect(await show("far")).toMatchObject({
    status: "PENDING_VALIDATION",
    domainValidationRecords: [{ validationStatus: "SUCCESS" }],
  });
}, 240_000);

test("a certificate of a user's is taken over with its key, replaced, and runs out", async () => {
  const own = (names: string[], key = makePrivateKey()): { certificate: string; privateKey: string } => {
    const root = makeRoot(["example.org", "test"], api.time.now);
    const authority = makeIssuing(root, ["example.org", "test"], api.time.now);
    const leaf = issueLeaf(authority, { names, publicKey: createPublicKey(key), now: api.time.now });
    return {
      certificate: `${authority.certificate}${leaf}`,
      privateKey: key.export({ type: "pkcs8", format: "pem" }),
    };
  };
  const first = own(["www.example.org", "shop.test"]);
  await certified("shop.test");
  const answer = await json<WriteAnswer>("POST", "/v1/certificates/import", { name: "mine", ...first });
  expect(JSON.stringify(answer)).not.toContain("PRIVATE KEY");
  expect(answer.plan.changes[0]?.text).toMatch(
    /^Create certificate mine for www.example.org, shop.test, brought by you, good until \d/,
  );
  expect(await show("mine")).toMatchObject({
    status: "ISSUED",
    issuer: "imported",
    eligibleToRenew: "INELIGIBLE",
    domainValidationRecords: [],
    usedBy: ["shop.test"],
  });
  const found = atEdge()["mine"];
  const sealer = createSealer(new Uint8Array(32).fill(1));
  const key = decodePrivateKey(
    sealer.open(certificateKeyPurpose, found?.keyId ?? "", found?.sealedKey ?? ""),
  );
  expect(readChain(found?.chain ?? "", key.export({ type: "pkcs8", format: "pem" }), api.time.now).ok).toBe(
    true,
  );
  const second = await json<WriteAnswer>("POST", "/v1/certificates/import", {
    name: "mine",
    ...own(["shop.test"]),
  });
  expect(second.plan.warnings).toEqual(["The one before was for www.example.org too"]);
  expect(atEdge()["mine"]?.id).toBe(found?.id);
  expect(atEdge()["mine"]?.keyId).not.toBe(found?.keyId);
  await pass(60_000);
  // One of these is of the certificate that came with the name: it serves it again once the user's own has run out.
  expect(await api.store.secrets.list(certificateKeyPurpose)).toHaveLength(2);
  expect(Object.keys(atEdge())).toEqual(["mine"]);
  expect((await refused("POST", "/v1/certificates/mine/renew", {})).code).toBe("certificate-refused");
  expect((await refused("POST", `/v1/changes/${second.change?.id}/undo`, {})).message).toMatch(
    /gone with its private key/,
  );
  await pass(91 * day);
  expect(await show("mine")).toMatchObject({ status: "EXPIRED" });
  expect(Object.keys(atEdge())).toEqual(["shop.test"]);
});

test("what cannot be taken over is refused with the reason, and nothing is kept of it", async () => {
  const root = makeRoot(["test"], api.time.now - 100 * day);
  const authority = makeIssuing(root, ["test"], api.time.now - 100 * day);
  const key = makePrivateKey();
  const request = { names: ["shop.test"], publicKey: createPublicKey(key) };
  const good = issueLeaf(authority, { ...request, now: api.time.now });
  const expired = issueLeaf(authority, { ...request, now: api.time.now - 95 * day });
  const pem = (of: typeof key): string => of.export({ type: "pkcs8", format: "pem" });
  const rows: [string, string, RegExp][] = [
    [good, pem(makePrivateKey()), /private key belongs to none/],
    [expired, pem(key), /ran out/],
    ["nothing", pem(key), /no certificate in it/],
    [good, "nothing", /no private key in it/],
  ];
  for (const [certificate, privateKey, message] of rows) {
    const answer = await refused("POST", "/v1/certificates/import", {
      name: "mine",
      certificate,
      privateKey,
    });
    expect(answer).toMatchObject({
      code: "certificate-malformed",
      message: expect.stringMatching(message) as string,
    });
  }
  await create("main", "shop.test");
  expect(
    (
      await refused("POST", "/v1/certificates/import", {
        name: "main",
        certificate: good,
        privateKey: pem(key),
      })
    ).code,
  ).toBe("resource-exists");
  const command = { action: "import-certificate", name: "stolen", chain: good, keyId: "some-id" };
  expect((await refused("POST", "/v1/plans", { command })).code).toBe("certificate-malformed");
  // The key that came with the command that was refused waits for no other one.
  await json("DELETE", "/v1/certificates/main");
  await pass(60_000);
  expect(await api.store.secrets.list(certificateKeyPurpose)).toEqual([]);
});

test("routes refuse what is not theirs", async () => {
  expect((await call("POST", "/v1/certificates/import", { name: "x" })).status).toBe(400);
  expect(
    (
      await call("PUT", "/v1/acme-account", {
        directoryUrl: "https://a.example/",
        termsOfServiceAgreed: true,
        more: 1,
      })
    ).status,
  ).toBe(400);
});
