// The hash of keys, patterns, and references against a base.

import { expect, test } from "vitest";
import { hashOf } from "./hash.ts";
import { resolvePath } from "./passed-responses.ts";
import { fitsPattern } from "./pattern.ts";

test("the hash is HalfSipHash-2-4: the first of its authors' test vectors", () => {
  const octets = Uint8Array.from({ length: 64 }, (_, i) => i);
  const hex = (length: number): string => {
    const hash = hashOf([0x03020100, 0x07060504], octets, 0, length);
    return [0, 8, 16, 24].map((shift) => ((hash >>> shift) & 0xff).toString(16).padStart(2, "0")).join("");
  };
  expect([0, 1, 2, 3].map(hex)).toEqual(["a9359f5b", "27475ab8", "fa62a603", "8afee704"]);
});

test("the hash is of the octets named and of no others", () => {
  const octets = Uint8Array.from({ length: 40 }, (_, i) => i * 7);
  for (let from = 0; from < 8; from++)
    for (let to = from; to < 40; to++)
      expect(hashOf([1, 2], octets, from, to)).toBe(hashOf([1, 2], octets.slice(from, to), 0, to - from));
});

test.each([
  ["/a", "/a", true],
  ["/a", "/A", false],
  ["/a", "/a/", false],
  ["/img/x.png", "/img/*", true],
  ["/img", "/img/*", false],
  ["/img/", "/img/*", true],
  ["/a/b.php", "*.php", true],
  ["/a.php/b", "*.php", false],
  ["/a/x/b/y/c", "/a/*/b/*/c", true],
  ["/a/b/c", "/a/*/b/*/c", false],
  ["/", "*", true],
  ["", "*", true],
  ["/a?b", "/a?b", true],
  ["/axb", "/a?b", false],
])("%s and the pattern %s", (text, pattern, fits) => {
  expect(fitsPattern(text, pattern, false)).toBe(fits);
});

test("a question mark stands for one character in names of cookies", () => {
  expect(fitsPattern("session", "sess?on", true)).toBe(true);
  expect(fitsPattern("sesson", "sess?on", true)).toBe(false);
});

test("a pattern of many stars takes no longer for a text that was made for it", () => {
  // Tried one way after the other, this would not end in this century.
  expect(fitsPattern("a".repeat(8000), `${"*a".repeat(50)}*b`, false)).toBe(false);
});

test.each([
  ["b", "/a/c?d", "/a/b"],
  ["../b", "/a/c/d", "/a/b"],
  ["../../../b", "/a/c", "/b"],
  ["/b?x", "/a", "/b?x"],
  ["?y", "/a?x", "/a?y"],
  ["", "/a?x", "/a?x"],
  ["#f", "/a", "/a"],
  [".", "/a/b", "/a/"],
  ["http://shop.test/b#f", "/a", "/b"],
  ["HTTP://SHOP.test", "/a", "/"],
  ["//shop.test/b", "/a", "/b"],
  ["https://shop.test:8443/b", "/a", undefined],
  ["http://other.test/b", "/a", undefined],
  ["http://shop.test@other.test/b", "/a", undefined],
  ["mailto:x", "/a", undefined],
])("RFC 3986 section 5.2: %s at %s is %s", (reference, base, path) => {
  expect(resolvePath(reference, base, "shop.test", -1)).toBe(path);
});
