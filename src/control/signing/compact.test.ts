// Zones with compact denial of existence (RFC 9824): what name servers are given of their keys, in which order, and what is refused.

import type { ZoneKeysObject } from "#contract";
import { RrType } from "#wire";
import { expect, test } from "vitest";
import { TestApi } from "../api/testing.ts";
import { testConfig } from "../testing.ts";

const api = new TestApi();

async function start(
  signing: "nsec" | "compact",
  secondaries?: readonly (string | undefined)[],
): Promise<void> {
  await api.startWith({ ...testConfig, signing, ...(secondaries ? { secondaries } : {}) });
  await api.json("POST", "/v1/domains", { name: "shop.test" });
  await api.pass(60_000);
}

function keysOf(apex: string): ZoneKeysObject | undefined {
  const object = api.roles.names.objects.get(`zone-keys/${apex}`);
  return object?.kind === "zone-keys" ? object : undefined;
}

const hasChain = (apex: string): boolean =>
  api.roles.names.objects.has(`rrset/${apex}/${apex}/${RrType.NSEC}`) ||
  api.roles.names.objects.has(`rrset/${apex}/${apex}/${RrType.NSEC3PARAM}`);

const ask = (signing: string): Promise<unknown> =>
  api.json("PUT", "/v1/zones/shop.test/signing", { signing });

test("name servers have the key before the chain goes, and have it no more once there is a chain again", async () => {
  await start("nsec");
  expect(keysOf("shop.test.")).toBeUndefined();
  // As long as they do not answer with the change that brought the key, the chain stays.
  for (const i of [1, 2, 3, 4]) api.authority.silent.add(`127.53.2.${i}`);
  await ask("compact");
  await api.pass(30_000);
  expect([keysOf("shop.test.")?.keys.length, hasChain("shop.test.")]).toEqual([1, true]);
  api.authority.silent.clear();
  await api.pass(120_000);
  expect([keysOf("shop.test.")?.keys.length, hasChain("shop.test.")]).toEqual([1, false]);
  await ask("nsec3");
  await api.pass(60_000);
  expect([keysOf("shop.test."), hasChain("shop.test.")]).toEqual([undefined, true]);
});

test("of keys that sign keys name servers are never told, and of the next one when it signs", async () => {
  await start("compact");
  const dnskeys = (): string[] => {
    const object = api.roles.names.objects.get(`rrset/shop.test./shop.test./${RrType.DNSKEY}`);
    return object?.kind === "rrset" ? [...object.rdata] : [];
  };
  const [first] = keysOf("shop.test.")?.keys ?? [];
  expect(Buffer.from(first?.dnskey ?? "", "base64")[1]).toBe(0); // no SEP bit
  expect(first?.sealedKey).toMatch(/^1\./);
  await api.json("POST", "/v1/zones/shop.test/signing/rolls", { role: "zsk" });
  await api.pass(60_000);
  expect(dnskeys()).toHaveLength(3);
  expect(keysOf("shop.test.")?.keys).toEqual([first]);
  await api.pass(3 * 3_600_000);
  const after = keysOf("shop.test.")?.keys ?? [];
  expect(after).toHaveLength(1);
  expect(after[0]?.id).not.toBe(first?.id);
  expect(dnskeys()).toContain(after[0]?.dnskey);
});

test("root and top-level domains have a chain where zones have none: their keys stay with control", async () => {
  await start("compact");
  const keys = [...api.roles.names.objects.values()].flatMap((object) =>
    object.kind === "zone-keys" ? [object.apex] : [],
  );
  expect(keys.sort()).toEqual(["fairlead.internal.", "shop.test."]);
  expect([hasChain("."), hasChain("test."), hasChain("shop.test.")]).toEqual([true, true, false]);
});

test("a zone that other name servers are given is not to be had so", async () => {
  await start("nsec", ["shop.test."]);
  expect(await api.refused("PUT", "/v1/zones/shop.test/signing", { signing: "compact" })).toMatchObject({
    code: "state-wrong",
    message: expect.stringContaining("which cannot sign what they are asked"),
  });
});

test("a zone that is deleted takes its keys along", async () => {
  await start("compact");
  await api.json("DELETE", "/v1/domains/shop.test");
  await api.pass(300_000);
  expect(keysOf("shop.test.")).toBeUndefined();
});
