import { expect, test } from "vitest";
import { formatContentRange, parseContentRange, rangesOf } from "./range.ts";

test.each([
  ["bytes=0-1", [[0, 2]]],
  ["Bytes=0-1", [[0, 2]]],
  ["bytes=5-", [[5, 1000]]],
  ["bytes=-5", [[995, 1000]]],
  ["bytes=-5000", [[0, 1000]]],
  ["bytes=990-5000", [[990, 1000]]],
  [
    "bytes=0-0, 500-500",
    [
      [0, 1],
      [500, 501],
    ],
  ],
  [
    "bytes=500-500,0-0",
    [
      [500, 501],
      [0, 1],
    ],
  ],
  ["bytes=,0-0,,", [[0, 1]]],
  ["bytes=0-10,5-20,15-30", [[0, 31]]],
  ["bytes=0-0,2-2,4-4", [[0, 5]]],
  ["bytes=0-1,2000-", [[0, 2]]],
])("RFC 9110 section 14.1.2: %s of 1000 octets", (value, ranges) => {
  expect(rangesOf(value, 1000)).toEqual(ranges.map(([from, to]) => ({ from, to })));
});

test.each(["bytes=1000-", "bytes=-0", "bytes=2000-3000,4000-"])(
  "RFC 9110 section 15.5.17: %s is outside",
  (value) => {
    expect(rangesOf(value, 1000)).toBe("unsatisfiable");
  },
);

test.each([
  "",
  "bytes",
  "bytes=",
  "bytes=,",
  "bytes=-",
  "bytes=2-1",
  "bytes=a-b",
  "bytes=1-2-3",
  "bytes=+1-2",
  "bytes=0x1-2",
  "seconds=1-2",
  "bytes=1 - 2",
  "bytes=9999999999999999-",
  `bytes=${Array.from({ length: 17 }, (_, i) => `${i * 50}-${i * 50}`).join(",")}`,
  `bytes=${"0-,".repeat(10_000)}`,
])("RFC 9110 section 14.2: %s is passed over", (value) => {
  expect(rangesOf(value, 1000)).toBeUndefined();
});

test("nothing of an empty content can be had", () => {
  expect(rangesOf("bytes=0-", 0)).toBe("unsatisfiable");
  expect(rangesOf("bytes=-1", 0)).toBe("unsatisfiable");
});

test("RFC 9110 section 14.4: Content-Range is written and read", () => {
  expect(formatContentRange({ from: 2, to: 5 }, 10)).toBe("bytes 2-4/10");
  expect(formatContentRange(undefined, 10)).toBe("bytes */10");
  expect(parseContentRange("bytes 2-4/10")).toEqual({ from: 2, to: 5, length: 10 });
  for (const value of ["bytes 2-4/*", "bytes */10", "bytes 4-2/10", "bytes 2-10/10", "octets 2-4/10", "ANAN"])
    expect(parseContentRange(value)).toBeUndefined();
});
