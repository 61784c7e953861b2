// Builds the web console into console/dist where what it is made of differs from what it was built of last. Plain JavaScript for any Node
// from 18 on; Vite itself runs on the pinned one.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fail, pinnedNode, root } from "./prepare.mjs";

const marker = join(root, "console", "dist", ".built");
/** What the console is made of, below the checkout. */
const sources = ["console", "docs", "src/contract", "src/wire", "package-lock.json"];

/** Builds the console, if need be. @param isQuiet  true where only a failure is worth a word */
export function buildConsole({ isQuiet = false } = {}) {
  const state = digest();
  if (existsSync(marker) && readFileSync(marker, "utf8") === state) return;
  if (!isQuiet) process.stdout.write("Building the console ...\n");
  const started = Date.now();
  const vite = join(root, "node_modules", "vite", "bin", "vite.js");
  const { status, stdout, stderr } = spawnSync(
    pinnedNode() ?? process.execPath,
    [vite, "build", "--config", join(root, "console", "vite.config.ts"), "--logLevel", "error"],
    { cwd: root, encoding: "utf8", env: { ...process.env, NODE_ENV: "production" } },
  );
  if (status !== 0) fail(`Cannot build the console:\n${stdout}${stderr}`);
  mkdirSync(join(root, "console", "dist"), { recursive: true });
  writeFileSync(marker, state);
  if (!isQuiet) process.stdout.write(`Console built in ${((Date.now() - started) / 1000).toFixed(1)} s.\n`);
}

function digest() {
  const hash = createHash("sha256");
  for (const source of sources)
    for (const path of filesOf(source)) hash.update(`${path}\0`).update(readFileSync(join(root, path)));
  return hash.digest("hex");
}

function filesOf(path) {
  const full = join(root, path);
  const found = statSync(full, { throwIfNoEntry: false });
  if (!found) return [];
  if (found.isFile()) return [path];
  return readdirSync(full)
    .filter((name) => name !== "dist" && name !== "node_modules")
    .sort()
    .flatMap((name) => filesOf(`${path}/${name}`));
}

// `node scripts/console.mjs` builds it by itself.
if (process.argv[1] === fileURLToPath(import.meta.url)) buildConsole();
