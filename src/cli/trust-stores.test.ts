// The system's store of trusted roots, in a folder of the test's own with a small program in the place of update-ca-certificates; and what
// is remembered. The databases of browsers are tried with the real certutil in test/platform/trust.test.ts.

import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeRoot } from "#certificate";
import { findTrustStores, readRoot, TrustRecord, type MachineTrustStore } from "./trust-stores.ts";

const root = readRoot(makeRoot(["test"], 1_800_000_000_000).certificate);
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-stores-"));
  mkdirSync(join(folder, "bin"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Puts the program there. Another program writes its file: one that this process has open is busy for who starts it, were it in a child of another thread. */
function program(text: string): void {
  const source = join(folder, "program");
  writeFileSync(source, `#!/bin/sh\n${text}\n`);
  execFileSync("install", ["-m", "755", source, join(folder, "bin", "update-ca-certificates")]);
}

/** The first store that is found: the system's. */
function systemStore(isAdministrator: boolean = true): MachineTrustStore | undefined {
  const path = join(folder, "bin");
  return findTrustStores({ home: folder, isAdministrator, path, systemRoot: folder })[0];
}

test("a root is put into the system's folder and made known; others there stay when it goes", () => {
  program(`echo "$0 $*" >> ${folder}/calls`);
  const store = systemStore();
  const where = join(folder, "usr", "local", "share", "ca-certificates");
  mkdirSync(where, { recursive: true });
  writeFileSync(join(where, "own.crt"), "somebody else's");
  expect(store?.has(root)).toBe(false);
  store?.add(root);
  expect(store?.has(root)).toBe(true);
  const name = `fairlead-${root.fingerprint.slice(0, 16)}.crt`;
  expect(readFileSync(join(where, name), "utf8")).toBe(root.pem);
  store?.remove(root);
  expect(readdirSync(where)).toEqual(["own.crt"]);
  expect(readFileSync(join(folder, "calls"), "utf8").trim().split("\n")).toHaveLength(2);
});

test("who is not root is told what root would do", () => {
  program("exit 0");
  expect(systemStore(false)?.hindrance).toMatch(
    /^only root may change it; as root: fairlead trust export > .*crt && update-ca-certificates$/,
  );
  expect(systemStore(true)?.hindrance).toBeUndefined();
});

test("what the system's own program says reaches people", () => {
  program("echo no room >&2; exit 3");
  expect(() => systemStore()?.add(root)).toThrow(/ended with 3: no room/);
});

test("a root is called by its common name", () => {
  expect(root.nickname).toMatch(/^Fairlead root [0-9a-f]{8}$/);
  expect(root.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  expect(() => readRoot("nothing")).toThrow();
});

test("roots that were added are remembered until they are taken away", () => {
  const record = new TrustRecord(join(folder, "config"));
  expect(record.list()).toEqual([]);
  record.remove(root);
  record.add(root);
  expect(new TrustRecord(join(folder, "config")).list()).toEqual([root]);
  record.remove(root);
  expect([record.list(), existsSync(join(folder, "config", "trusted-roots"))]).toEqual([[], true]);
});
