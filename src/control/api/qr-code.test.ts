// Codes are read back here by the standard's way of reading, written apart from the way they are drawn: patterns where they belong, format,
// mask, order of the modules, and error correction whose syndromes are all zero.

import { describe, expect, test } from "vitest";
import { qrModules, qrPath } from "./qr-code.ts";

/** Powers of 2 in GF(256) with the polynomial 0x11d. */
const powers: number[] = [1];
for (let i = 1; i < 255; i++) {
  const next = (powers[i - 1] ?? 0) << 1;
  powers.push(next > 255 ? next ^ 0x11d : next);
}
const logarithms = new Map(powers.map((power, i) => [power, i]));
const times = (a: number, b: number): number =>
  a === 0 || b === 0 ? 0 : (powers[((logarithms.get(a) ?? 0) + (logarithms.get(b) ?? 0)) % 255] ?? 0);

/** Modules that hold no data. ISO/IEC 18004 section 6.3. */
function isFunction(x: number, y: number, size: number, centres: readonly number[]): boolean {
  const last = size - 1;
  if (x === 6 || y === 6) return true;
  if ((x < 9 && y < 9) || (x > last - 8 && y < 9) || (x < 9 && y > last - 8)) return true;
  const isVersioned = size >= 45;
  if (isVersioned && ((x > last - 11 && y < 6) || (y > last - 11 && x < 6))) return true;
  const end = centres.at(-1);
  return centres.some((cy) =>
    centres.some((cx) => {
      const isOnFinder = (cx === 6 && (cy === 6 || cy === end)) || (cx === end && cy === 6);
      return !isOnFinder && Math.abs(x - cx) <= 2 && Math.abs(y - cy) <= 2;
    }),
  );
}

/** Reads a code of error correction L and mask 0 in one block or more. */
function read(
  modules: boolean[][],
  centres: readonly number[],
  blocks: readonly number[],
  correction: number,
): string {
  const size = modules.length;
  const bits: number[] = [];
  let isUp = true;
  for (let right = size - 1; right > 0; right -= 2, isUp = !isUp) {
    if (right === 6) right--;
    for (let i = 0; i < size; i++) {
      const y = isUp ? size - 1 - i : i;
      for (const x of [right, right - 1])
        if (!isFunction(x, y, size, centres))
          bits.push(Number((modules[y]?.[x] ?? false) !== ((x + y) % 2 === 0)));
    }
  }
  const words = Array.from({ length: Math.floor(bits.length / 8) }, (_, i) =>
    Number.parseInt(bits.slice(8 * i, 8 * i + 8).join(""), 2),
  );
  const parts: number[][] = blocks.map(() => []);
  const longest = Math.max(...blocks);
  for (let i = 0; i < longest; i++)
    for (const [b, length] of blocks.entries()) if (i < length) parts[b]?.push(words.shift() ?? 0);
  const data = parts.flatMap((part) => part.slice());
  for (let i = 0; i < correction; i++) for (const part of parts) part.push(words.shift() ?? 0);
  for (const part of parts)
    for (let i = 0; i < correction; i++)
      expect(part.reduce((sum, word) => times(sum, powers[i] ?? 0) ^ word, 0)).toBe(0);
  const all = data.map((word) => word.toString(2).padStart(8, "0")).join("");
  expect(all.slice(0, 4)).toBe("0100");
  const headBits = size < 57 ? 8 : 16;
  const length = Number.parseInt(all.slice(4, 4 + headBits), 2);
  const octets = Array.from({ length }, (_, i) =>
    Number.parseInt(all.slice(4 + headBits + 8 * i, 12 + headBits + 8 * i), 2),
  );
  return new TextDecoder().decode(Uint8Array.from(octets));
}

describe("code", () => {
  test.each<[number, readonly number[], readonly number[], number]>([
    [17, [], [19], 7],
    [32, [6, 18], [34], 10],
    [100, [6, 30], [108], 26],
    [150, [6, 22, 38], [78, 78], 20],
    [190, [6, 24, 42], [97, 97], 24],
    [271, [6, 28, 50], [68, 68, 69, 69], 18],
  ])("of %d octets is read back", (length, centres, blocks, correction) => {
    const text = `otpauth://totp/${"A1b2".repeat(80)}`.slice(0, length);
    const modules = qrModules(text) ?? [];
    expect(read(modules, centres, blocks, correction)).toBe(text);
  });

  test("has its finders, timing, format (twice) and dark module where they belong", () => {
    const modules = qrModules("a") ?? [];
    const line = (y: number): string => (modules[y] ?? []).map((isDark) => (isDark ? "#" : ".")).join("");
    expect([line(0).slice(0, 8), line(1).slice(0, 8), line(2).slice(0, 8), line(7).slice(0, 8)]).toEqual([
      "#######.",
      "#.....#.",
      "#.###.#.",
      "........",
    ]);
    expect(line(6)).toMatch(/^#######\.#\.#\.#\.#######$/);
    // Error correction L with mask 0 is 111011111000100 (ISO/IEC 18004 annex C.2).
    const format = "111011111000100";
    const at = (x: number, y: number): string => (modules[y]?.[x] ? "1" : "0");
    const across =
      [0, 1, 2, 3, 4, 5, 7].map((x) => at(x, 8)).join("") +
      [13, 14, 15, 16, 17, 18, 19, 20].map((x) => at(x, 8)).join("");
    const down =
      [20, 19, 18, 17, 16, 15, 14].map((y) => at(8, y)).join("") +
      [8, 7, 5, 4, 3, 2, 1, 0].map((y) => at(8, y)).join("");
    expect([across, down]).toEqual([format, format]);
    expect(at(8, 13)).toBe("1");
  });

  test("tells its version from 7 on", () => {
    const modules = qrModules("a".repeat(150)) ?? [];
    // Version 7 is 000111110010010100 (ISO/IEC 18004 annex D.2).
    const bits = Array.from({ length: 18 }, (_, i) =>
      modules[Math.floor(i / 3)]?.[34 + (i % 3)] ? "1" : "0",
    );
    expect(bits.reverse().join("")).toBe("000111110010010100");
  });
});

test("the smallest version that holds a text is taken, and none for one that is too long", () => {
  const sideOf = (length: number): number | undefined => qrModules("a".repeat(length))?.length;
  expect([17, 18, 106, 107, 230, 231, 271, 272].map(sideOf)).toEqual([21, 25, 37, 41, 53, 57, 57, undefined]);
  expect(qrPath("a".repeat(272))).toBeUndefined();
  expect(qrPath("a")).toMatchObject({ size: 29, path: expect.stringMatching(/^M4 4h1v1h-1zM5 4/) });
});
