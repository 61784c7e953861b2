// The walls between the layers stand: planted breaches in copies of the pure folders are named by the compiler and the linter,
// the layer table of ARCHITECTURE.md is that of the tsconfigs, and no source file is outside every project.

import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = dirname(dirname(import.meta.dirname));
const bin = join(root, "node_modules", ".bin");
const pureFolders = ["wire", "http", "engine", "contract", "zone", "answer", "resolver", "registry", "edge"];

/** A copy of what the tools read, to plant breaches in. */
let copy = "";

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "fairlead-walls-"));
  for (const name of ["package.json", "tsconfig.base.json", ".oxlintrc.json", "src"]) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

const breaches: ReadonlyArray<{ name: string; source: string; tool: "tsc" | "oxlint"; says: RegExp }> = [
  {
    name: "an upward import",
    source: 'import type {} from "#server";\nexport type { Anything } from "#server";\n',
    tool: "tsc",
    says: /TS6307/,
  },
  {
    name: "an upward import by path",
    source: 'export type { Anything } from "../server/index.ts";\n',
    tool: "tsc",
    says: /TS6307/,
  },
  {
    name: "a module of the host",
    source: 'import { readFileSync } from "node:fs";\nexport const read: unknown = readFileSync;\n',
    tool: "tsc",
    says: /TS2591|TS2307/,
  },
  {
    name: "a timer",
    source: "export const timer: unknown = setTimeout(() => {}, 1);\n",
    tool: "tsc",
    says: /TS2304|TS2591/,
  },
  {
    name: "an npm import",
    source: 'import { pino } from "pino";\nexport const log: unknown = pino;\n',
    tool: "oxlint",
    says: /no-restricted-imports/,
  },
  {
    name: "the clock",
    source: "export const now: number = Date.now();\n",
    tool: "oxlint",
    says: /no-restricted-(properties|globals)/,
  },
  {
    name: "chance",
    source: "export const chance: number = Math.random();\n",
    tool: "oxlint",
    says: /no-restricted-properties/,
  },
];

test.each(breaches)("a planted breach is named in every pure folder: $name", ({ source, tool, says }) => {
  const planted = pureFolders.map((folder) => join(copy, "src", folder, "planted-breach.ts"));
  for (const path of planted) writeFileSync(path, source);
  try {
    const silent: string[] = [];
    if (tool === "oxlint") {
      const { stdout } = spawnSync(
        join(bin, "oxlint"),
        ["--format", "unix", ...planted.map((path) => relative(copy, path))],
        {
          cwd: copy,
          encoding: "utf8",
        },
      );
      for (const folder of pureFolders) {
        const lines = stdout.split("\n").filter((line) => line.includes(`src/${folder}/planted-breach.ts`));
        if (!lines.some((line) => says.test(line))) silent.push(folder);
      }
    } else {
      for (const folder of pureFolders) {
        const { stdout } = spawnSync(join(bin, "tsc"), ["-b", join("src", folder)], {
          cwd: copy,
          encoding: "utf8",
        });
        if (
          !stdout
            .split("\n")
            .some((line) => line.includes(`src/${folder}/planted-breach.ts`) && says.test(line))
        )
          silent.push(folder);
      }
    }
    expect(silent).toEqual([]);
  } finally {
    for (const path of planted) rmSync(path);
  }
});

test("without a breach the same tools are content with the copies", () => {
  const path = join(copy, "src", "engine", "planted-good.ts");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "/** Two. */\nexport const two: number = 2;\n");
  const types = spawnSync(join(bin, "tsc"), ["-b", "src/engine"], { cwd: copy, encoding: "utf8" });
  const lint = spawnSync(join(bin, "oxlint"), ["src/engine/planted-good.ts"], {
    cwd: copy,
    encoding: "utf8",
  });
  rmSync(path);
  expect([types.status, types.stdout, lint.status]).toEqual([0, "", 0]);
});

test("every TypeScript file belongs to a project", () => {
  const tracked = execFileSync(
    "git",
    ["ls-files", "--cached", "--others", "--exclude-standard", "*.ts", "*.tsx"],
    { cwd: root, encoding: "utf8" },
  )
    .split("\n")
    .filter((file) => /^(src|test|console|bench|fuzz|examples)\//.test(file) && !file.endsWith(".d.ts"));
  const projects = (
    JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8")) as { references: { path: string }[] }
  ).references;
  const listed = new Set<string>();
  for (const { path } of projects) {
    const { stdout } = spawnSync(join(bin, "tsc"), ["-p", path, "--listFilesOnly"], {
      cwd: root,
      encoding: "utf8",
    });
    for (const file of stdout.split("\n")) listed.add(relative(root, file));
  }
  expect(tracked.length).toBeGreaterThan(50);
  expect(tracked.filter((file) => !listed.has(file))).toEqual([]);
});

test("the layer table of ARCHITECTURE.md is that of the tsconfigs", () => {
  const text = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
  for (const folder of readdirSync(join(root, "src"), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  )) {
    const config = JSON.parse(readFileSync(join(root, "src", folder.name, "tsconfig.json"), "utf8")) as {
      references: { path: string }[];
    };
    const imports =
      config.references
        .map(({ path }) => path.replace("../", ""))
        .sort()
        .join(", ") || "nothing";
    const row = text.split("\n").find((line) => line.includes(`| \`src/${folder.name}\` |`));
    expect(row, folder.name).toBeDefined();
    const cell = row?.split("|")[2]?.trim().split(", ").sort().join(", ");
    expect(cell, `imports of src/${folder.name}`).toBe(imports);
  }
});

test("no package needs its install script: koffi alone has one, and works without", () => {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, { hasInstallScript?: boolean; resolved?: string }>;
  };
  const entries = Object.entries(lock.packages);
  expect(entries.length).toBeGreaterThan(50);
  expect(entries.filter(([, entry]) => entry.hasInstallScript).map(([path]) => path)).toEqual([
    "node_modules/koffi",
  ]);
  expect(entries.filter(([, entry]) => entry.resolved !== undefined)).toEqual([]);
});
