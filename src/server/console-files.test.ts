// The console's files: only those that are listed are given, whatever a path says; compressed where that saves something.

import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { filesIn } from "./console-files.ts";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-console-"));
  mkdirSync(join(folder, "dist", "assets"), { recursive: true });
  writeFileSync(join(folder, "secret.txt"), "not of the console");
  writeFileSync(join(folder, "dist", ".built"), "0");
  writeFileSync(join(folder, "dist", "assets", "main-1.js"), "x".repeat(2000));
  writeFileSync(join(folder, "dist", "index.html"), "<!doctype html>");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a file has its type, its tag, and is compressed where that saves something", () => {
  const files = filesIn(join(folder, "dist"));
  const [page, script] = [files.get("index.html"), files.get("assets/main-1.js")];
  expect(page).toMatchObject({ mediaType: "text/html; charset=utf-8", isImmutable: false });
  expect(page?.gzip).toBeUndefined();
  expect(script).toMatchObject({ mediaType: "text/javascript; charset=utf-8", isImmutable: true });
  expect(gunzipSync(script?.gzip ?? "").length).toBe(2000);
  expect(script?.entityTag).not.toBe(page?.entityTag);
});

test.each([
  "../secret.txt",
  "assets/../../secret.txt",
  "/etc/passwd",
  ".built",
  "assets",
  "",
  "assets/main-2.js",
])("nothing is given for %j", (path) => {
  expect(filesIn(join(folder, "dist")).get(path)).toBeUndefined();
});

test("what is built anew is given anew, and nothing where nothing was built", () => {
  const files = filesIn(join(folder, "dist"));
  const before = files.get("index.html")?.entityTag;
  writeFileSync(join(folder, "dist", "index.html"), "<!doctype html><title>2</title>");
  utimesSync(join(folder, "dist", "index.html"), 2_000_000_000, 2_000_000_000);
  expect(files.get("index.html")?.entityTag).not.toBe(before);
  rmSync(join(folder, "dist", "index.html"));
  expect(files.get("assets/main-1.js")).toBeUndefined();
});
