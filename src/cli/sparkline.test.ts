import { expect, test } from "vitest";
import { formatNumber, sparkline } from "./sparkline.ts";

test.each([
  [[0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█"],
  [[5, undefined, 5], "█ █"],
  [[0, 0], "▁▁"],
  [[-7, 0], "▁█"],
  [[], ""],
  [[undefined], " "],
  [[Number.MAX_VALUE, 0], "█▁"],
])("sparkline(%j) is %j", (values, line) => {
  expect(sparkline(values)).toBe(line);
});

test.each([
  [0, "0"],
  [1234567, "1234567"],
  [0.0123456, "0.0123"],
  [0.5, "0.5"],
  [99.96, "100"],
  [1234.5, "1235"],
  [1e-9, "1e-9"],
  [100.4, "100"],
])("formatNumber(%d) is %s", (value, text) => {
  expect(formatNumber(value)).toBe(text);
});
