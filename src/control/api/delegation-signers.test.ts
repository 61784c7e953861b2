// Delegation signers through the API: what the top-level domain's zone has then, what is refused, and what an undo takes back.

import { beforeEach, expect, test } from "vitest";
import type { Domain, WriteAnswer } from "#contract";
import { RrType } from "#wire";
import { TestApi } from "./testing.ts";

const api = new TestApi();
beforeEach(async () => {
  await api.start();
  await api.json("POST", "/v1/domains", { name: "shop.test" });
  await api.pass(5000);
});

const path = "/v1/domains/shop.test/delegation-signers";
const publicKey = "GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==";
const key = { flags: 257, algorithm: 13, publicKey };
const domain = (): Promise<Domain> => api.json<Domain>("GET", "/v1/domains/shop.test");
const dsLines = (): string[] => api.lines("test.", "shop.test.").filter((line) => / DS /.test(line));
const serve = (): void => api.resolver.set("shop.test.", RrType.DNSKEY, [`257 3 13 ${publicKey}`]);

test("a key that the zone has is vouched for in the top-level domain's zone, until it is taken away or undone", async () => {
  serve();
  const { change } = await api.json<WriteAnswer>("POST", path, key);
  const [signer] = (await domain()).delegationSigners;
  expect(signer).toMatchObject({ algorithm: 13, digestType: 2, flags: 257, publicKey });
  expect(dsLines()).toEqual([`172800 DS ${signer?.keyTag} 13 2 ${signer?.digest.toUpperCase()}`]);
  await api.json("POST", `/v1/changes/${change?.id}/undo`, {});
  expect((await domain()).delegationSigners).toEqual([]);
  expect(dsLines()).toEqual([]);
  await api.json("POST", path, key);
  expect(await api.refused("POST", path, key)).toMatchObject({ code: "state-wrong" });
  await api.json("DELETE", `${path}/${signer?.id}`);
  expect(dsLines()).toEqual([]);
  expect(await api.refused("DELETE", `${path}/${signer?.id}`)).toMatchObject({ code: "resource-not-found" });
});

test("a key that the zone does not have is refused, unless it is forced", async () => {
  api.resolver.set("shop.test.", RrType.DNSKEY, []);
  expect(await api.refused("POST", path, key)).toMatchObject({
    code: "delegation-unsafe",
    message: expect.stringMatching(/its zone has no keys, so it is not signed/) as string,
  });
  api.resolver.set("shop.test.", RrType.DNSKEY, ["256 3 13 AAAA"]);
  expect((await api.refused("POST", path, key)).message).toMatch(/do not give that key \(1 other keys\)/);
  api.resolver.answers.set(`shop.test. ${RrType.DNSKEY}`, "no answer");
  expect((await api.refused("POST", path, key)).message).toMatch(/\(no answer\)/);
  const { plan } = await api.json<WriteAnswer>("POST", path, { ...key, force: true });
  expect(plan.warnings.join()).toMatch(/was not looked at/);
  expect(dsLines()).toHaveLength(1);
});

test("what is no key, or of no domain of ours, is refused; and more than eight", async () => {
  expect(await api.refused("POST", path, { ...key, algorithm: 1 })).toMatchObject({
    code: "input-malformed",
  });
  expect(await api.refused("POST", path, { ...key, flags: 0 })).toMatchObject({ code: "input-malformed" });
  const other = "/v1/domains/free.test/delegation-signers";
  expect(await api.refused("POST", other, key)).toMatchObject({ code: "domain-not-found" });
  expect(await api.refused("DELETE", `${other}/1-a`)).toMatchObject({ code: "domain-not-found" });
  for (let i = 0; i < 8; i++) {
    const octets = Buffer.alloc(64, i).toString("base64");
    await api.json("POST", path, { ...key, publicKey: octets, force: true });
  }
  expect(await api.refused("POST", path, { ...key, force: true })).toMatchObject({ code: "input-too-large" });
});
