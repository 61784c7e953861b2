import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatBase64, parseBase64 } from "./base64.ts";

describe("base64 (RFC 4648 section 10)", () => {
  test.each([
    ["", ""],
    ["f", "Zg=="],
    ["fo", "Zm8="],
    ["foo", "Zm9v"],
    ["foob", "Zm9vYg=="],
    ["fooba", "Zm9vYmE="],
    ["foobar", "Zm9vYmFy"],
  ])("%j is %j", (text, encoded) => {
    const octets = new TextEncoder().encode(text);
    expect(formatBase64(octets)).toBe(encoded);
    expect(parseBase64(encoded)).toEqual(octets);
  });

  test("all octets come back", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (octets) => {
        expect(parseBase64(formatBase64(octets))).toEqual(Uint8Array.from(octets));
      }),
    );
  });

  test.each(["A", "AA", "AAA", "AA=A", "A===", "AA A", "AA-_", "====", "AAAA\n"])("%j is refused", (text) => {
    expect(parseBase64(text)).toBeUndefined();
  });
});
