import { expect, test } from "vitest";
import { errorTable, PlatformError } from "./errors.ts";

test.each(Object.entries(errorTable))("errorTable %s is one sentence with what to do", (code, row) => {
  expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
  expect(row.help).toMatch(/^[A-Z].*\.$/);
  expect(row.httpStatus >= 500).toBe(row.kind === "Service");
});

test("PlatformError keeps its cause and finds its row", () => {
  const cause = new Error("disk");
  const error = new PlatformError("internal", 'Cannot read "x": it is gone', { cause });
  expect([error.cause, error.row.kind, error.name]).toEqual([cause, "Service", "PlatformError"]);
});
