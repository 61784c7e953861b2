// What a cache had to do with an answer, in a sentence: every word of RFC 9211 section 2, and what is none.

import { expect, test } from "vitest";
import { formatCacheStatus } from "./format-cache-status.ts";

test.each([
  ["cache: hit", "cache: answered from the store"],
  ["cache: hit; ttl=59", "cache: answered from the store, fresh for 59 s"],
  [
    "cache: hit; ttl=-90; detail=refreshing",
    "cache: answered from the store with what is stale since 1 min 30 s (refreshing)",
  ],
  [
    "cache: fwd=uri-miss; fwd-status=200; stored; ttl=60",
    "cache: the origin was asked, since nothing was stored under it; it says 200; kept for 1 min",
  ],
  [
    "cache: fwd=stale; fwd-status=304; stored; ttl=86400",
    "cache: the origin was asked, since what was stored is no longer fresh; it says that nothing has changed; kept for 1 d",
  ],
  [
    "cache: fwd=miss; fwd-status=200; detail=private",
    "cache: the origin was asked, since nothing was stored that answers it; it says 200; not kept (private)",
  ],
  [
    "cache: fwd=uri-miss; fwd-status=200; stored; collapsed",
    "cache: the origin was asked, since nothing was stored under it; another visitor asked already, and this one waited; kept",
  ],
  [
    'cache: fwd=bypass; detail="no more room"',
    "cache: the origin was asked, since its path, or what it asks for, is not cached; not kept (no more room)",
  ],
  ["cache: fwd=later-word", "cache: the origin was asked, since later-word; not kept"],
  ["cache: ", "cache: "],
  ["855 octets of content", "855 octets of content"],
])("%s", (line, text) => {
  expect(formatCacheStatus(line)).toBe(text);
});
