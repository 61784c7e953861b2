// Packages are never reinstalled under the feet of a platform that runs from the checkout: `npm start` and `npm run ok` say to stop it first,
// and change nothing. Done in a copy of the checkout, whose lock file changes while a platform runs from it.

import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root, startPlatform, type Platform } from "./harness.ts";

let folder = "";
let platform: Platform;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fl-copy-"));
  const left = new Set([".git", ".peers", ".types", "node_modules", "test", "fuzz", "bench"]);
  for (const entry of readdirSync(root)) {
    if (!left.has(entry)) copy(join(root, entry), join(folder, entry));
  }
  const modules = join(folder, "node_modules");
  // Links of the same files: /proc shows the path that a program was started by.
  const copied = spawnSync("cp", ["-al", join(root, "node_modules"), modules]);
  if (copied.status !== 0) {
    rmSync(modules, { recursive: true, force: true });
    copy(join(root, "node_modules"), modules);
  }
  platform = await startPlatform({ program: join(folder, "bin", "fairlead") });
});
/** Copies a file or a folder; anew where something went away meanwhile, which another test was writing. */
function copy(from: string, to: string): void {
  for (let tried = 1; ; tried++) {
    try {
      cpSync(from, to, { recursive: true });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || tried === 5) throw error;
      rmSync(to, { recursive: true, force: true });
    }
  }
}

afterAll(async () => {
  await platform?.remove();
  rmSync(folder, { recursive: true, force: true });
});

test.each(["start", "ok", "test"])(
  "scripts/%s.mjs leaves the packages alone while a platform runs",
  (script) => {
    appendFileSync(join(folder, "package-lock.json"), "\n");
    const modules = join(folder, "node_modules");
    const before = [statSync(modules).ino, readFileSync(join(modules, ".fairlead-lock"), "utf8")];
    const ran = spawnSync(process.execPath, [join(folder, "scripts", `${script}.mjs`)], {
      cwd: folder,
      env: platform.environment,
      encoding: "utf8",
      timeout: 180_000,
    });
    expect([ran.status, ran.stderr]).toEqual([
      1,
      expect.stringMatching(/a platform runs from this folder .*\n.*[Ss]top it first/),
    ]);
    expect(ran.stderr).toContain(String(platform.supervisor.pid));
    expect([statSync(modules).ino, readFileSync(join(modules, ".fairlead-lock"), "utf8")]).toEqual(before);
    expect(platform.fairlead("status").status).toBe(0);
  },
);
