// The comments that CONTRIBUTING.md asks for are there: every source file begins with a paragraph, every export has a docstring, and
// what is caught and dropped says why. What they say is for people to judge.

import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const root = dirname(dirname(import.meta.dirname));

const sources = globSync(["src/**/*.ts", "console/*.ts", "console/src/**/*.{ts,tsx}"], { cwd: root })
  .filter((path) => !path.endsWith(".test.ts"))
  .sort()
  .map((path) => ({ path, lines: readFileSync(join(root, path), "utf8").split("\n") }));

/** Exports that stand on their own; lists of names that `index.ts` passes on are documented where they are defined. */
const exported =
  /^export (?:default |declare |abstract |async )*(?:function\*?|class|interface|type|const|let) (\w+)/;

/**
 * Whether the export on a line has a docstring. One docstring serves lines that follow each other without an empty one between:
 * limits that belong together, and a schema with the type that is inferred from it.
 */
function isDocumented(lines: readonly string[], at: number): boolean {
  for (let i = at - 1; i >= 0 && lines[i] !== ""; i--)
    if (/^(?:\/\*\*| \*).*\*\/$|^ \*\/$/.test(lines[i] ?? "")) return true;
  for (let i = at + 1; i < lines.length && lines[i] !== ""; i++)
    if (lines[i]?.startsWith("/**") === true) return true;
  return false;
}

test("every source file begins with a paragraph", () => {
  expect(sources.length).toBeGreaterThan(200);
  const without = sources.filter(({ lines: [first = ""] }) => !/^(?:#!|\/\/ \S+ \S+ \S+)/.test(first));
  expect(without.map(({ path }) => path)).toEqual([]);
});

test("every export has a docstring", () => {
  const without = sources.flatMap(({ path, lines }) =>
    lines.flatMap((line, at) => {
      const name = exported.exec(line)?.[1];
      // A command of the command line is described by its data, which `--help` shows.
      if (line.endsWith(": Command = {")) return [];
      return name === undefined || isDocumented(lines, at) ? [] : [`${path}:${at + 1} ${name}`];
    }),
  );
  expect(without).toEqual([]);
});

test("a file on a hot path names the benchmark that guards it", () => {
  const unguarded = sources.flatMap(({ path, lines }) => {
    const head = lines
      .slice(
        0,
        lines.findIndex((line) => !line.startsWith("//")),
      )
      .join(" ");
    if (!/\b[Hh]ot path\b/.test(head) || /[Nn]ot a hot path/.test(head)) return [];
    const benchmark = /bench\/\w+\.ts/.exec(head)?.[0];
    return benchmark !== undefined && existsSync(join(root, benchmark)) ? [] : [path];
  });
  expect(unguarded).toEqual([]);
});

test("an exception that is dropped says why", () => {
  const silent = sources.flatMap(({ path, lines }) =>
    lines.flatMap((line, at) => {
      if (!/\bcatch \{/.test(line)) return [];
      const block = lines.slice(
        at,
        at + 1 + lines.slice(at).findIndex((other, i) => i > 0 && /^\s*\}/.test(other)),
      );
      return block.some((other) => other.includes("//")) ? [] : [`${path}:${at + 1}`];
    }),
  );
  expect(silent).toEqual([]);
});
