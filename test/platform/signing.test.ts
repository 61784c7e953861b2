// A platform whose zones are signed, judged by BIND's delv: what the resolver gives is validated by it from the key of a top-level domain down,
// what is there and what is not. And the resolver's own judgement, a restart, and a zone that is signed no more.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ZoneSigningStatus } from "#contract";
import { startPlatform, type Platform } from "./harness.ts";

let platform: Platform;
let folder: string;
let anchors: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fl-signing-"));
  platform = await startPlatform({ example: true, words: ["--signing", "nsec"] });
  platform.json("records", "set", "shop.test", "*.any", "TXT", '"any"');
  anchors = join(folder, "anchors");
  const [key] = dig(platform.address("127.53.1.1"), 5301, "test", "DNSKEY", "+short", "+nosplit").filter(
    (line) => line.startsWith("257 "),
  );
  const [flags, protocol, algorithm, publicKey] = key?.split(" ") ?? [];
  writeFileSync(
    anchors,
    `trust-anchors { "test." static-key ${flags} ${protocol} ${algorithm} "${publicKey}"; };\n`,
  );
});
afterAll(async () => {
  await platform?.remove();
  rmSync(folder, { recursive: true, force: true });
});

function dig(address: string, port: number, ...words: string[]): string[] {
  const { stdout } = spawnSync("dig", [`@${address}`, "-p", String(platform.port(port)), ...words], {
    encoding: "utf8",
  });
  return stdout.split("\n");
}

/** What delv says of an answer, and of it its first words. */
function delv(name: string, type: string): string {
  const { stdout, stderr } = spawnSync(
    "delv",
    ["@127.0.0.1", "-p", String(platform.port(5300)), "-a", anchors, "+root=test.", name, type],
    { encoding: "utf8" },
  );
  return `${stdout}\n${stderr}`;
}

function flagsOf(name: string, type: string): string {
  return dig("127.0.0.1", 5300, name, type, "+dnssec").find((line) => line.startsWith(";; flags")) ?? "";
}

test.each([
  ["shop.test", "A", "; fully validated"],
  ["shop.test", "DS", "; fully validated"],
  ["test", "SOA", "; fully validated"],
  ["at.any.shop.test", "TXT", "; fully validated"],
  ["nothing.shop.test", "A", "; negative response, fully validated"],
  ["shop.test", "MX", "; negative response, fully validated"],
  ["nothing.test", "A", "; negative response, fully validated"],
])("delv and the resolver find %s %s secure", (name, type, words) => {
  expect(delv(name, type)).toContain(words);
  expect(flagsOf(name, type)).toMatch(/ ad[ ;]/);
});

test("a start signs nothing anew, and the zone is secure on", async () => {
  const signatures = (): string[] =>
    dig(platform.address("127.53.2.1"), 5301, "shop.test", "NS", "+dnssec", "+short").toSorted();
  const before = signatures();
  expect(before.some((line) => line.startsWith("NS 13 "))).toBe(true);
  await platform.stop();
  await platform.start();
  expect(signatures()).toEqual(before);
  const { state, keys } = platform.json<ZoneSigningStatus>("dnssec", "status", "shop.test");
  expect([state, keys.map(({ role, stage }) => `${role} ${stage}`)]).toEqual([
    "secure",
    ["ksk active", "zsk active"],
  ]);
});

test("how the root is signed is told too, whose name no path of the API can carry", () => {
  const { zone, state, ds } = platform.json<ZoneSigningStatus>("dnssec", "status", ".");
  expect([zone, state, ds.length]).toEqual([".", "signed", 1]);
});

test("a key that is rolled is first shown beside the other, and a zone can go over to hashed names", async () => {
  platform.json("dnssec", "roll", "shop.test", "--role", "zsk");
  platform.json("dnssec", "enable", "shop.test", "--denial", "nsec3");
  await expect
    .poll(() => platform.json<ZoneSigningStatus>("dnssec", "status", "shop.test").keys.length, {
      timeout: 60_000,
    })
    .toBe(3);
  // Not in any cache yet.
  expect(delv("nowhere.shop.test", "A")).toContain("; negative response, fully validated");
});
