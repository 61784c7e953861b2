import { expect, test } from "vitest";
import { CacheControl, maxDeltaSeconds } from "./cache-control.ts";
import { octetsOf } from "./octets.ts";

function read(...lines: string[]): CacheControl {
  const control = new CacheControl();
  for (const line of lines) control.read(octetsOf(line), 0, line.length);
  return control;
}

test.each([
  [["max-age=60"], { maxAge: 60 }],
  [["MAX-AGE=060"], { maxAge: 60 }],
  [['max-age="60"'], { maxAge: 60 }],
  [["max-age='60'"], { maxAge: 0 }],
  [["max-age=1.5"], { maxAge: 0 }],
  [["max-age=-1"], { maxAge: 0 }],
  [["max-age=60a"], { maxAge: 0 }],
  [["max-age"], { maxAge: 0 }],
  [["max-age= 60"], { maxAge: 0 }],
  [["max-age =60"], { maxAge: 0 }],
  [["max-age=99999999999999999999"], { maxAge: maxDeltaSeconds }],
  [["max-age=60, max-age=5"], { maxAge: 5 }],
  [["max-age=60", "max-age=5"], { maxAge: 5 }],
  [["max-age=5", "max-age=60"], { maxAge: 5 }],
  [['x="max-age=60", max-age=5'], { maxAge: 5 }],
  [['x="a, no-store", public'], { noStore: false, isPublic: true }],
  [['x="\\", no-store'], { noStore: false }],
  [
    ["s-maxage=7, stale-while-revalidate=8, stale-if-error=9"],
    { sMaxAge: 7, staleWhileRevalidate: 8, staleIfError: 9 },
  ],
  [["max-stale"], { maxStale: Number.POSITIVE_INFINITY }],
  [["max-stale=3, min-fresh=4, only-if-cached"], { maxStale: 3, minFresh: 4, onlyIfCached: true }],
  [
    ["No-Store,,, private ,must-revalidate,proxy-revalidate,must-understand"],
    {
      noStore: true,
      isPrivate: true,
      mustRevalidate: true,
      proxyRevalidate: true,
      mustUnderstand: true,
    },
  ],
  [['no-cache="Set-Cookie, A"'], { noCache: false, withheld: ["set-cookie", "a"] }],
  [['no-cache="not a name"'], { noCache: true, withheld: [] }],
  [['private=""'], { isPrivate: true }],
  [["private=a"], { isPrivate: false, withheld: ["a"] }],
  [["no-store=1"], { noStore: true }],
  [[""], { isPresent: false, maxAge: -1 }],
  [["a,".repeat(100)], { noStore: true }],
] as const)("RFC 9111 section 5.2: %j is read", (lines, expected) => {
  expect(read(...lines)).toMatchObject(expected);
});

test("is forgotten by clear", () => {
  const control = read('max-age=1, no-store, private="a"');
  control.clear();
  expect(control).toEqual(new CacheControl());
});
