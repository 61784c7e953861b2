import { expect, test } from "vitest";
import { formatOctets } from "./format-octets.ts";

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1 KiB"],
  [1536, "1.5 KiB"],
  [5_300_000_000, "4.94 GiB"],
  [2 ** 60, "1048576 TiB"],
])("%d octets are %s", (octets, text) => expect(formatOctets(octets)).toBe(text));
