import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { contractSchema } from "./store.contract.ts";
import { createMemoryStore } from "./memory-store.ts";
import { createSealer } from "./sealer.ts";
import { Secrets } from "./secrets.ts";

const sealer = createSealer(new Uint8Array(32).fill(7));
const secret = new TextEncoder().encode("what nobody is to read");

describe("sealer", () => {
  test("opens what it sealed, of any length, each time in another form", () => {
    for (const length of [0, 1, 12, 1000, 100_000]) {
      const octets = new Uint8Array(randomBytes(length));
      const sealed = sealer.seal("p", "id", octets);
      expect(sealed).toMatch(/^1\.[\w-]+$/);
      expect(sealer.open("p", "id", sealed)).toEqual(octets);
      expect(sealer.seal("p", "id", octets)).not.toBe(sealed);
    }
  });

  const sealed = sealer.seal("certificate-key", "id-1", secret);
  const octets = Buffer.from(sealed.slice(2), "base64url");
  const changed = (at: number): string => {
    const copy = Buffer.from(octets);
    copy[at] = (copy[at] ?? 0) ^ 1;
    return `1.${copy.toString("base64url")}`;
  };
  test.each([
    ["another id", "certificate-key", "id-2", sealed],
    ["another purpose", "access-key", "id-1", sealed],
    ["purpose and id parted elsewhere", "certificate-key\0", "id-1", sealed],
    ["another version", "certificate-key", "id-1", `2${sealed.slice(1)}`],
    ["a changed nonce", "certificate-key", "id-1", changed(0)],
    ["a changed octet", "certificate-key", "id-1", changed(14)],
    ["a changed tag", "certificate-key", "id-1", changed(octets.length - 1)],
    ["a shorter tag", "certificate-key", "id-1", `1.${octets.subarray(0, -4).toString("base64url")}`],
    ["nothing", "certificate-key", "id-1", ""],
    ["too little", "certificate-key", "id-1", "1.AAAA"],
    ["what is no base64", "certificate-key", "id-1", "1.+++=== "],
    ["too much", "certificate-key", "id-1", `1.${"A".repeat(2_000_000)}`],
  ])("refuses %s", (_, purpose, id, text) => {
    expect(() => sealer.open(purpose, id, text)).toThrow(
      expect.objectContaining({ code: "secret-unreadable" }),
    );
  });

  test("refuses what another data key sealed", () => {
    const other = createSealer(new Uint8Array(32).fill(8));
    expect(() => other.open("certificate-key", "id-1", sealed)).toThrow(/another data key/);
    expect(other.derive("sessions")).not.toEqual(sealer.derive("sessions"));
    expect(sealer.derive("sessions")).toEqual(createSealer(new Uint8Array(32).fill(7)).derive("sessions"));
    expect(() => createSealer(new Uint8Array(31))).toThrow(RangeError);
  });
});

test("Secrets keep only sealed text in the table", async () => {
  const store = createMemoryStore(contractSchema);
  const secrets = new Secrets(store.secrets, sealer);
  const sealed = await secrets.put("p", "a", secret, 5);
  expect(await store.secrets.get("a")).toEqual({ id: "a", purpose: "p", sealed, at: 5 });
  expect(await secrets.getSealed("a")).toBe(sealed);
  expect(await secrets.get("p", "a")).toEqual(secret);
  await expect(secrets.get("q", "a")).rejects.toMatchObject({ code: "secret-unreadable" });
  expect(await secrets.list("p")).toEqual(["a"]);
  await secrets.delete("a");
  expect([await secrets.get("p", "a"), await secrets.getSealed("a")]).toEqual([undefined, undefined]);
});
