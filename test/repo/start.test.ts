// What is loaded at the start, by the imports as they stand in the source: a command that speaks to no platform, a name server that stands alone and its
// threads load neither schemas nor control, which take longer than all else of them.

import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

const root = dirname(dirname(import.meta.dirname));
const { imports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  imports: Readonly<Record<string, { readonly "fairlead-source": string }>>;
};

/** Files of ours and packages that are loaded with a file. Types are not, nor what is loaded when it is wanted. */
function loadedWith(entry: string): string[] {
  const loaded = new Set<string>();
  const waiting = [join(root, entry)];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (loaded.has(file)) continue;
    loaded.add(file);
    if (!file.startsWith(root)) continue;
    const source = readFileSync(file, "utf8");
    for (const [, name = ""] of source.matchAll(/^(?:im|ex)port (?!type\b)(?:[^;"]*?\sfrom )?"([^"]+)";/gm))
      waiting.push(
        name.startsWith(".")
          ? join(dirname(file), name)
          : name.startsWith("#")
            ? join(root, imports[name]?.["fairlead-source"] ?? name)
            : name,
      );
  }
  return [...loaded].map((file) => (file.startsWith(root) ? relative(root, file) : file));
}

test.each([
  "src/cli/run.ts",
  "src/cli/command-version.ts",
  "src/cli/command-name-server.ts",
  "src/cli/command-zone-file.ts",
  "src/cli/command-zone-sign.ts",
  "src/cli/zone-reader-program.ts",
  "src/server/name-server-alone.ts",
  "src/server/names-worker-program.ts",
])("%s loads neither schemas nor control", (entry) => {
  const loaded = loadedWith(entry);
  expect(loaded.length).toBeGreaterThan(entry.endsWith("version.ts") ? 1 : 8);
  const heavy =
    /^(zod|pino|hono|koffi|@peculiar.*|reflect-metadata)$|^src\/(control|certificate|edge|http|identity|registry|resolver|runtime|store)\//;
  expect(loaded.filter((file) => heavy.test(file))).toEqual([]);
});

test("the command line itself loads no command", () => {
  expect(loadedWith("src/cli/main.ts").concat(loadedWith("src/cli/run.ts"))).not.toContainEqual(
    expect.stringMatching(/command-/),
  );
});

test("what every command loads is seen: one that speaks to the platform's schemas loads them", () => {
  expect(loadedWith("src/cli/command-alarm.ts")).toContain("zod");
});
