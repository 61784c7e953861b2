// The pages of docs/reference that are written from the project's own tables are what these say now. `npm run golden` writes them.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { apiPage } from "./reference/api.ts";
import { commandLinePage } from "./reference/command-line.ts";
import { errorsPage } from "./reference/errors.ts";
import { metricsPage } from "./reference/metrics.ts";
import { recordTypesPage } from "./reference/record-types.ts";
import { tracePage } from "./reference/trace-steps.ts";

const folder = join(dirname(dirname(import.meta.dirname)), "docs", "reference");

test.each<[string, () => string | Promise<string>]>([
  ["api.md", apiPage],
  ["command-line.md", commandLinePage],
  ["errors.md", errorsPage],
  ["metrics.md", metricsPage],
  ["record-types.md", recordTypesPage],
  ["trace.md", tracePage],
])("docs/reference/%s is what the tables say", async (file, write) => {
  const page = await write();
  const path = join(folder, file);
  mkdirSync(folder, { recursive: true });
  if (process.env["FAIRLEAD_GOLDEN"] !== undefined) writeFileSync(path, page);
  expect(readFileSync(path, "utf8")).toBe(page);
});
