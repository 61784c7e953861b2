// The walls between the layers stand: planted breaches in copies of the pure folders are named by the compiler and the linter,
// the layer table of ARCHITECTURE.md is that of the tsconfigs, and no source file is outside every project.

import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = dirname(dirname(import.meta.dirname));
const bin = join(root, "node_modules", ".bin");
const pureFolders = [
  "wire",
  "http",
  "engine",
  "contract",
  "zone",
  "answer",
  "transfer",
  "resolver",
  "registry",
  "edge",
];

const breaches: ReadonlyArray<{
  name: string;
  source: string;
  tool: "tsc" | "oxlint";
  round: string;
  says: RegExp;
}> = [
  {
    name: "an upward import",
    source: 'import type {} from "#server";\nexport type { Anything } from "#server";\n',
    tool: "tsc",
    round: "import",
    says: /TS6307/,
  },
  {
    name: "an upward import by path",
    source: 'export type { Anything } from "../server/index.ts";\n',
    tool: "tsc",
    round: "import by path",
    says: /TS6307/,
  },
  {
    name: "a module of the host",
    source: 'import { readFileSync } from "node:fs";\nexport const read: unknown = readFileSync;\n',
    tool: "tsc",
    round: "host",
    says: /TS2591|TS2307/,
  },
  {
    name: "a timer",
    source: "export const timer: unknown = setTimeout(() => {}, 1);\n",
    tool: "tsc",
    round: "host",
    says: /TS2304|TS2591/,
  },
  {
    name: "an npm import",
    source: 'import { pino } from "pino";\nexport const log: unknown = pino;\n',
    tool: "oxlint",
    round: "lint",
    says: /no-restricted-imports/,
  },
  {
    name: "the clock",
    source: "export const now: number = Date.now();\n",
    tool: "oxlint",
    round: "lint",
    says: /no-restricted-(properties|globals)/,
  },
  {
    name: "chance",
    source: "export const chance: number = Math.random();\n",
    tool: "oxlint",
    round: "lint",
    says: /no-restricted-properties/,
  },
];

/** A copy of what the tools read, to plant breaches in. */
let copy = "";

/** What each tool says of the copies with every breach planted in every pure folder. */
const said: Record<"tsc" | "oxlint", string[]> = { tsc: [], oxlint: [] };

const plantedFile = (folder: string, index: number): string => `src/${folder}/planted-breach-${index}.ts`;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "fairlead-walls-"));
  for (const name of ["package.json", "tsconfig.base.json", ".oxlintrc.json", "src"]) {
    // What the walls are made of, and nothing that the compiler would have to read beside the breaches.
    cpSync(join(root, name), join(copy, name), {
      recursive: true,
      filter: (path) => !path.endsWith(".ts") || path.endsWith(".d.ts"),
    });
  }
  for (const entry of readdirSync(join(copy, "src"), { withFileTypes: true }))
    if (entry.isDirectory()) writeFileSync(join(copy, "src", entry.name, "index.ts"), "export {};\n");
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  const run = (tool: string, words: string[]): string[] =>
    spawnSync(join(bin, tool), words, { cwd: copy, encoding: "utf8", maxBuffer: 1 << 28 }).stdout.split("\n");
  // The compiler stops at the first kind of fault that it meets in a program, so breaches of different kinds go one after the other.
  for (const round of new Set(breaches.map((breach) => breach.round))) {
    const planted = breaches.flatMap((breach, index) =>
      breach.round === round
        ? pureFolders.map((folder) => ({ path: plantedFile(folder, index), source: breach.source }))
        : [],
    );
    for (const { path, source } of planted) writeFileSync(join(copy, path), source);
    if (round === "lint") {
      const paths = planted.map(({ path }) => path);
      said.oxlint.push(...run("oxlint", ["--format", "unix", ...paths]));
    } else {
      said.tsc.push(...run("tsc", ["-b", ...pureFolders.map((folder) => `src/${folder}`)]));
    }
    for (const { path } of planted) rmSync(join(copy, path));
  }
}, 300_000); // a compiler run for each kind of breach: some seconds each, and many on a busy machine

afterAll(() => rmSync(copy, { recursive: true, force: true }));

test.each(breaches.map((breach, index) => ({ ...breach, index })))(
  "a planted breach is named in every pure folder: $name",
  ({ tool, says, index }) => {
    const silent = pureFolders.filter(
      (folder) => !said[tool].some((line) => line.includes(plantedFile(folder, index)) && says.test(line)),
    );
    expect(silent).toEqual([]);
  },
);

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
  const files = ["src", "test", "console", "bench", "fuzz", "examples"]
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map(
        (file) => `${folder}/${file}`,
      ),
    )
    .filter((file) => /\.tsx?$/.test(file) && !/\.d\.ts$|node_modules/.test(file));
  const { references } = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8")) as {
    references: { path: string }[];
  };
  for (const { path } of references) {
    const project = JSON.parse(readFileSync(join(root, path, "tsconfig.json"), "utf8")) as Record<
      string,
      unknown
    >;
    expect([project["exclude"], project["files"]], path).toEqual([undefined, undefined]);
    expect(project["include"], path).toContain("**/*.ts");
  }
  expect(files.length).toBeGreaterThan(50);
  expect(files.filter((file) => !references.some(({ path }) => file.startsWith(`${path}/`)))).toEqual([]);
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
