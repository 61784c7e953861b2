// The built-in authority and the ACME account through the API: made once, renewed, replaced where a top-level domain is added; their keys
// never shown.

import { X509Certificate } from "node:crypto";
import { beforeEach, expect, test } from "vitest";
import type { AcmeAccount, Authority, Change, WriteAnswer } from "#contract";
import { settle, testConfig } from "../testing.ts";
import { certificateApi } from "./testing-certificates.ts";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, refused, pass } = api;
const day = 86_400_000;
const { start, create, show, assign, atEdge } = certificateApi(api);
beforeEach(start);

test("the authority is made once, its root shown, its keys not", async () => {
  const shown = await json<Authority>("GET", "/v1/authority");
  expect(shown.permittedNames).toEqual(["test", "internal", "lab", "home.arpa"]);
  expect(new X509Certificate(shown.root).fingerprint256.replaceAll(":", "").toLowerCase()).toBe(
    shown.fingerprint,
  );
  expect(new X509Certificate(shown.issuing).verify(new X509Certificate(shown.root).publicKey)).toBe(true);
  await api.restart();
  expect(await json<Authority>("GET", "/v1/authority")).toEqual(shown);
  const log = JSON.stringify(await api.store.list("authority"));
  expect(log).not.toMatch(/PRIVATE/);
});

test("where a top-level domain is added, a root that permits it takes the place of the one before, and what serves is issued anew", async () => {
  await create("main", "shop.test");
  await pass(2000);
  await assign("shop.test");
  const [before, first] = [await json<Authority>("GET", "/v1/authority"), await show("main")];
  const { profile } = testConfig;
  await api.restart({ ...testConfig, profile: { ...profile, tlds: [...profile.tlds, "home."] } });
  for (const role of Object.values(api.roles)) role.connect(api.control.hub);
  await pass(120_000);
  const after = await json<Authority>("GET", "/v1/authority");
  expect(after.permittedNames).toEqual([...before.permittedNames, "home"]);
  expect(after.root).not.toBe(before.root);
  const found = await show("main");
  expect(found.serialNumber).not.toBe(first.serialNumber);
  expect(new X509Certificate(found.chain ?? "").verify(new X509Certificate(after.issuing).publicKey)).toBe(
    true,
  );
  expect(atEdge()["main"]?.chain).toBe(found.chain);
  // The keys of the root before are gone.
  expect(await api.store.secrets.list("authority-key")).toHaveLength(2);
});

test("the issuing certificate is made anew before it is too old, and the root stays", async () => {
  const before = await json<Authority>("GET", "/v1/authority");
  api.time.now += 4.5 * 365 * day;
  await create("main", "shop.test");
  await pass(60_000);
  const after = await json<Authority>("GET", "/v1/authority");
  expect([after.root === before.root, after.issuing === before.issuing]).toEqual([true, false]);
  const found = await show("main");
  expect(Date.parse(found.notAfter ?? "") - api.time.now).toBeGreaterThan(89 * day);
  expect(new X509Certificate(found.chain ?? "").verify(new X509Certificate(after.issuing).publicKey)).toBe(
    true,
  );
});

test("the ACME account is set without its keys in the answer, and taken away", async () => {
  expect(await json("GET", "/v1/acme-account")).toEqual({});
  const account = {
    directoryUrl: "https://acme.example.org/dir",
    email: "a@example.org",
    termsOfServiceAgreed: true,
    externalAccount: { keyId: "kid", hmacKey: "c2VjcmV0LW1hYw" },
  };
  const answer = await json<WriteAnswer>("PUT", "/v1/acme-account", account);
  expect(JSON.stringify(answer)).not.toContain("c2VjcmV0LW1hYw");
  const { acmeAccount } = await json<{ acmeAccount: AcmeAccount }>("GET", "/v1/acme-account");
  expect(acmeAccount).toMatchObject({
    directoryUrl: account.directoryUrl,
    email: "a@example.org",
    externalKeyId: "kid",
  });
  expect(Object.keys(acmeAccount)).not.toContain("keyId");
  const change = await json<Change>("GET", `/v1/changes/${answer.change?.id}`);
  expect(JSON.stringify(change)).not.toContain("c2VjcmV0LW1hYw");
  await json("DELETE", "/v1/acme-account");
  expect((await refused("DELETE", "/v1/acme-account")).code).toBe("resource-not-found");
  for (const bad of [
    { directoryUrl: "http://acme.example.org/dir" },
    { directoryUrl: "acme" },
    { email: "nobody" },
    { email: "a@b.c,d@e.f" },
  ])
    expect((await refused("PUT", "/v1/acme-account", { ...account, ...bad })).code).toBe("input-malformed");
  const command = {
    action: "set-acme-account",
    directoryUrl: account.directoryUrl,
    termsOfServiceAgreed: true,
    keyId: "some-id",
  };
  expect((await refused("POST", "/v1/plans", { command })).message).toMatch(/was not handed in/);
  await settle();
});
