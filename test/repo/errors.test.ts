// The error table, docs/errors.md and the codes that the source throws are the same set.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { errorTable } from "#contract";
import { expect, test } from "vitest";

const root = dirname(dirname(import.meta.dirname));

function sources(): string[] {
  return readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter(
      (file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && !file.endsWith("contract/errors.ts"),
    )
    .map((file) => readFileSync(join(root, "src", file), "utf8"));
}

/** docs/errors.md as it should be. `npm run golden` writes it. */
function page(): string {
  const rows = Object.entries(errorTable).map(
    ([code, row]) =>
      `| \`${code}\` | ${row.kind} | ${row.httpStatus} | ${row.eppCode ?? 2400} | ${row.retryable ? "yes" : "no"} | ${row.help} |`,
  );
  return [
    "# Errors",
    "",
    "Written from the table in `src/contract/errors.ts`. The CLI's exit code follows the kind: InvalidInput 2, NotFound 3, AccessDenied 4, Unauthenticated 5, OperationFailure 6, Service 7.",
    "",
    "| code | kind | HTTP | EPP | try again | what to do |",
    "|---|---|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

test("docs/errors.md lists exactly the table", () => {
  const path = join(root, "docs", "errors.md");
  if (process.env["FAIRLEAD_GOLDEN"]) writeFileSync(path, page());
  expect(readFileSync(path, "utf8")).toBe(page());
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
