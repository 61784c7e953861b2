// Octets of the console's first load, and of each page, compressed. Guards the limit that test/repo/console-load.test.ts holds.
// Run: npm run bench:console

import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { maxFirstLoad, measureConsole } from "../test/console/load.ts";

const root = dirname(import.meta.dirname);
spawnSync(process.execPath, [join(root, "scripts", "console.mjs")], { stdio: "inherit" });
const load = measureConsole(root);
if (!load) throw new Error("Cannot measure the console: it was not built");
const kib = (octets: number): string => `${(octets / 1024).toFixed(1).padStart(7)} KiB`;
process.stdout.write(`${kib(load.frame)}  the frame: index.html, its scripts and styles\n`);
process.stdout.write(`${kib(maxFirstLoad)}  the most that a first page may take\n\n`);
process.stdout.write(`   first load  its own chunks  page\n`);
for (const { page, own, first } of load.pages)
  process.stdout.write(`${kib(first)}  ${kib(own)}     ${page}\n`);
