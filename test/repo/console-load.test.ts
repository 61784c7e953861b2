// The first load of the console stays small, whichever page is opened first. Where the console was not built there is nothing to look at:
// `npm test` and `npm start` build it.

import { dirname } from "node:path";
import { expect, test } from "vitest";
import { maxFirstLoad, measureConsole } from "../console/load.ts";

const load = measureConsole(dirname(dirname(import.meta.dirname)));

test.skipIf(!load)("whichever page is opened first, at most 250 KiB are loaded", () => {
  expect(load?.pages.length).toBeGreaterThan(5);
  expect(load?.pages.filter(({ first }) => first > maxFirstLoad)).toEqual([]);
});
