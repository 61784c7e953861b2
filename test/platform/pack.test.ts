// The package as a user gets it: the tarball of `npm pack` installed into an empty project, and a visit to the example page of the
// platform that it starts. Needs the registry for the package's dependencies, as `npm ci` does.

import { spawnSync } from "node:child_process";
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root, run, startPlatform, type Platform, type Ran } from "./harness.ts";

/** One file of the tarball, as `npm pack --json` lists it. */
interface PackedFile {
  readonly path: string;
  readonly mode: number;
}

const installLimitMs = 300_000;

let folder: string;
let project: string;
let packed: readonly PackedFile[];
let platform: Platform | undefined;

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly version: string;
  readonly imports: Readonly<Record<string, { readonly default?: string }>>;
};

/** Runs a program of npm's in a folder. */
function npm(cwd: string, program: "npm" | "npx", words: readonly string[]): Ran {
  const { status, stdout, stderr, error } = spawnSync(program, words, {
    cwd,
    encoding: "utf8",
    timeout: installLimitMs,
  });
  if (error) throw new Error(`Cannot run ${program} ${words[0]}: ${error.message}`, { cause: error });
  return { status, stdout, stderr };
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-pack-"));
  project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{ "private": true }\n');
  const pack = npm(root, "npm", [
    "pack",
    "--json",
    "--silent",
    "--no-ignore-scripts",
    "--pack-destination",
    folder,
  ]);
  if (pack.status !== 0) throw new Error(`npm pack ended with ${pack.status}:\n${pack.stderr}`);
  const [tarball] = Object.values(
    JSON.parse(pack.stdout) as Record<string, { filename: string; files: PackedFile[] }>,
  );
  if (!tarball) throw new Error(`npm pack names no tarball:\n${pack.stdout}`);
  packed = tarball.files;
  const offlineFriendly = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
  const install = npm(project, "npm", ["install", ...offlineFriendly, join(folder, tarball.filename)]);
  if (install.status !== 0) throw new Error(`npm install ended with ${install.status}:\n${install.stderr}`);
}, 2 * installLimitMs);

afterAll(async () => {
  await platform?.remove();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

test("the tarball holds the emitted JavaScript of every source file, the example, the console, the documentation, and nothing else", () => {
  const emitted = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !/\.(test|contract|d)\.ts$|(^|\/)testing[^/]*$/.test(file))
    .map((file) => `dist/src/${file.replace(/\.ts$/, ".js")}`);
  const example = ["app", "shop"].flatMap((name) =>
    readdirSync(join(root, "examples", name)).map((file) => `examples/${name}/${file}`),
  );
  const console = readdirSync(join(root, "console", "dist"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1))
    .filter((file) => !file.includes("/."));
  expect(console).toContain("console/dist/index.html");
  const rest = ["LICENSE", "README.md", "bin/fairlead", "package.json"];
  expect(emitted.length).toBeGreaterThan(100);
  const docs = globSync("docs/**/*.{md,svg}", { cwd: root });
  expect(docs).toContain("docs/index.md");
  expect(packed.map(({ path }) => path).sort()).toEqual(
    [...emitted, ...example, ...console, ...docs, ...rest].sort(),
  );
});

test("packing leaves nothing behind in the checkout", () => {
  expect(existsSync(join(root, "dist"))).toBe(false);
});

test("the program is executable", () => {
  expect(packed.find(({ path }) => path === "bin/fairlead")?.mode).toBe(0o755);
});

test("every folder that the source imports by name is there in emitted form", () => {
  const targets = Object.values(manifest.imports).flatMap((target) => target.default ?? []);
  expect(targets.length).toBeGreaterThan(10);
  expect(targets.filter((path) => !existsSync(join(project, "node_modules", "fairlead", path)))).toEqual([]);
});

test("npx fairlead --help", () => {
  const { status, stdout } = npm(project, "npx", ["--no-install", "fairlead", "--help"]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^Usage: fairlead COMMAND/m);
  expect(stdout).toMatch(/^ {2}up +Start the platform/m);
});

test("the installed platform serves the example page to a visitor, from its own folder, and stops", async () => {
  const program = join(project, "node_modules", ".bin", "fairlead");
  platform = await startPlatform({ example: true, program });
  expect(platform.log()).toContain(join(project, "node_modules", "fairlead", "examples", "shop"));
  expect(platform.json<{ version: string; isReady: boolean }>("status")).toMatchObject({
    version: manifest.version,
    isReady: true,
  });

  expect(processesBelow(folder).length).toBeGreaterThan(5); // the supervisor and five roles

  const proxy = `http://127.0.0.1:${platform.port(7780)}`;
  const page = run("curl", ["--silent", "--show-error", "--fail", "-x", proxy, "http://shop.test/"]);
  expect([page.status, page.stderr]).toEqual([0, ""]);
  expect(page.stdout).toBe(readFileSync(join(root, "examples", "shop", "index.html"), "utf8"));

  const front = run("curl", ["--silent", "--fail", "--location", `http://127.0.0.1:${platform.port(7700)}/`]);
  expect(front.stdout).toBe(readFileSync(join(root, "console", "dist", "index.html"), "utf8"));

  await platform.stop();
  expect(platform.supervisor.exitCode).toBe(0);
  expect(platform.log()).toMatch(/^Stopped\./m);
  expect(platform.fairlead("status", "--json").stdout).toContain('"platform-unreachable"');
  expect(processesBelow(folder)).toEqual([]);
});

/** Processes that run on the Node.js installed in a folder. */
function processesBelow(path: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/exe`).startsWith(path);
    } catch {
      return false; // it ended meanwhile, or is not ours to look at
    }
  });
}
