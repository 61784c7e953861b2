import { describe, expect, test } from "vitest";
import { endpoint } from "#engine";
import { lameMs, maxKnownServers } from "./limits.ts";
import { ServerBook } from "./server-book.ts";
import { seededRandom } from "./testing.ts";
import { nameOf } from "./testing-authority.ts";

const servers = [1, 2, 3, 4].map((i) => ({ endpoint: endpoint(`192.0.2.${i}`, 53) }));
const at = (i: number) => servers[i]!.endpoint;
const newBook = (): ServerBook => new ServerBook(seededRandom(5));

/** How often each server is picked in a thousand picks. */
function picks(book: ServerBook, monotonic: number = 0): number[] {
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 1_000; i++) {
    const picked = book.pick(servers, monotonic);
    counts[servers.indexOf(picked!)]!++;
  }
  return counts;
}

describe("ServerBook.pick", () => {
  test("servers never heard of get even shares", () => {
    for (const count of picks(newBook())) expect(count).toBeGreaterThan(150);
  });

  test("servers about as fast get even shares, slower ones none", () => {
    const book = newBook();
    for (const [i, ms] of [10, 25, 200, 12].entries()) book.heard(at(i), ms);
    const [first, second, third, fourth] = picks(book);
    expect(third).toBe(0);
    for (const count of [first, second, fourth]) expect(count).toBeGreaterThan(200);
  });

  test("a server that was silent thrice is left until time has passed, or no other is there", () => {
    const book = newBook();
    for (let i = 0; i < 3; i++) book.silent(at(0), 1_000);
    expect(picks(book, 2_000)[0]).toBe(0);
    expect(book.pick(servers.slice(0, 1), 2_000)).toBe(servers[0]);
    expect(book.isSilent(at(0), 32_000)).toBe(false);
    book.heard(at(0), 5);
    expect(picks(book, 2_000)[0]).toBeGreaterThan(0);
  });

  test("of none it picks none", () => {
    expect(newBook().pick([], 0)).toBeUndefined();
  });
});

describe("ServerBook.timeoutMs", () => {
  test.each([
    ["never heard of", [], [400, 800, 1_500]],
    ["near", [1, 1, 1], [50, 400, 1_200]],
    ["at 100 ms", [100, 100, 100, 100, 100, 100, 100, 100], [126.7, 400, 1_200]],
    ["far and unsteady", [300, 900, 300, 900], [1_500, 1_500, 1_500]],
  ])("%s", (_what, heard, expected) => {
    const book = newBook();
    for (const ms of heard) book.heard(at(0), ms);
    const got = [0, 1, 2].map((tries) => book.timeoutMs(at(0), tries));
    for (const [i, ms] of expected.entries()) expect(got[i]).toBeCloseTo(ms, 0);
  });
});

describe("what servers turned out to be", () => {
  test("lame for one zone, for a while", () => {
    const book = newBook();
    book.markLame(at(0), nameOf("a."), 0);
    expect(book.isLame(at(0), nameOf("A."), 0)).toBe(true);
    expect(book.isLame(at(0), nameOf("b."), 0)).toBe(false);
    expect(book.isLame(at(1), nameOf("a."), 0)).toBe(false);
    expect(book.isLame(at(0), nameOf("a."), lameMs)).toBe(false);
    for (let i = 0; i < 100; i++) book.markLame(at(0), nameOf(`z${i}.`), 0);
    expect(book.isLame(at(0), nameOf("a."), 0)).toBe(false);
    expect(book.isLame(at(0), nameOf("z99."), 0)).toBe(true);
  });

  test("without EDNS, for a while", () => {
    const book = newBook();
    book.markWithoutEdns(at(0), 0);
    expect([
      book.isWithoutEdns(at(0), 1),
      book.isWithoutEdns(at(1), 1),
      book.isWithoutEdns(at(0), 600_000),
    ]).toEqual([true, false, false]);
  });

  test("no more servers are remembered than the bound says", () => {
    const book = newBook();
    for (let i = 0; i < maxKnownServers + 10; i++) {
      book.heard(
        {
          address: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, i >> 16, i >> 8, i & 255),
          port: 53,
        },
        1,
      );
    }
    expect(book.size).toBe(maxKnownServers);
  });
});
