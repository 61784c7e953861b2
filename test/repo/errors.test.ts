// The error table and the codes that the source throws are the same set. docs/reference/errors.md is written from it (reference.test.ts).

import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { errorTable, visitFailures } from "#contract";
import { expect, test } from "vitest";

const root = dirname(dirname(import.meta.dirname));

function sources(): string[] {
  return readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter(
      (file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && !file.endsWith("contract/errors.ts"),
    )
    .map((file) => readFileSync(join(root, "src", file), "utf8"));
}

test("every code of a broken visit is one of a rule, and no error of the platform's", () => {
  const rules = sources().filter((text) => text.includes("Finding"));
  const used = new Set(
    rules.flatMap((text) => [...text.matchAll(/code: "([a-z-]+)"/g)].map((match) => match[1])),
  );
  expect(Object.keys(visitFailures).filter((code) => !used.has(code))).toEqual([]);
  expect(Object.keys(visitFailures).filter((code) => code in errorTable)).toEqual([]);
});

test("every code that the source throws is in the table, and every row is used", () => {
  const used = new Set(
    sources().flatMap((text) =>
      [...text.matchAll(/"([a-z]+(?:-[a-z]+)+|usage|internal)"/g)].map((match) => match[1]),
    ),
  );
  expect(Object.keys(errorTable).filter((code) => !used.has(code))).toEqual([]);
  const thrown = sources().flatMap((text) =>
    [...text.matchAll(/new PlatformError\(\s*"([^"]+)"/g)].map((match) => match[1]),
  );
  expect(thrown.filter((code) => !(code !== undefined && code in errorTable))).toEqual([]);
});
