// Brings node_modules to what package-lock.json asks for, and only then. Plain JavaScript for any Node from 18 on:
// it runs before the pinned Node is there.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const marker = join(root, "node_modules", ".fairlead-lock");

/** The pinned Node of this checkout; undefined on a platform that has none or before the first install. */
export function pinnedNode() {
  const path = join(root, "node_modules", `node-${process.platform}-${process.arch}`, "bin", "node");
  return existsSync(path) ? path : undefined;
}

/**
 * Installs the packages of the lock file where it differs from what was installed last.
 *
 * A platform that runs from this checkout is never reinstalled under its feet: the process ends with a sentence.
 */
export function prepare() {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(marker) && readFileSync(marker, "utf8") === lock) return;
  const running = processesOfThisCheckout();
  if (running.length > 0) {
    fail(
      `Cannot install packages: a platform runs from this folder (process ${running.join(", ")}).\n` +
        "Stop it first (Ctrl-C in its terminal, or `npx fairlead down`), then run this again.",
    );
  }
  process.stdout.write(
    "Installing the packages of package-lock.json (about 30 seconds the first time) ...\n",
  );
  const started = Date.now();
  const npm = process.env["npm_execpath"];
  const args = ["ci", "--ignore-scripts", "--loglevel=error"];
  // npm_config_ignore_scripts and the like of an outer npm run would leak in: the arguments decide here.
  const result = npm?.endsWith(".js")
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: "inherit" })
    : spawnSync("npm", args, { cwd: root, stdio: "inherit" });
  if (result.status !== 0) fail("Cannot install the packages: `npm ci` failed. Its reason stands above.");
  writeFileSync(marker, lock);
  process.stdout.write(`Packages installed in ${((Date.now() - started) / 1000).toFixed(0)} s.\n`);
}

/** Process ids of platforms that run on this checkout's pinned Node: supervisors, roles, instances. Linux only. */
function processesOfThisCheckout() {
  const node = pinnedNode();
  if (!node || process.platform !== "linux") return [];
  const path = realpathSync(node);
  const ours = ancestors();
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid) || ours.has(Number(pid))) return false;
    try {
      if (readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, "") !== path) return false;
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`${root}/src/`);
    } catch {
      return false; // it ended meanwhile, or is not ours to look at
    }
  });
}

function ancestors() {
  const pids = new Set();
  let pid = process.pid;
  while (pid > 1 && !pids.has(pid)) {
    pids.add(pid);
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      pid = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    } catch {
      break;
    }
  }
  return pids;
}

/** Ends the process with a sentence for the person in front of it. */
export function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
