// Random visitors, origins, purges and times on one engine: whatever happens, each answer that is whole is one of the origin's for just that path,
// nothing is thrown, and in the end nothing is held, counted or under way that should not be. A failure names its seed.

import { expect, test } from "vitest";
import type { Caching } from "#contract";
import { distribution, plain, transparent } from "../testing-distribution.ts";
import type { FarEnd } from "../testing.ts";

interface Visitor {
  readonly peer: FarEnd;
  /** What was asked on it: method and path of each request. */
  readonly asked: { readonly method: string; readonly path: string }[];
}

function pickOf(seed: number): <T>(choices: readonly T[]) => T {
  let state = seed | 1;
  return (choices) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return choices[(state >>> 8) % choices.length] as (typeof choices)[number];
  };
}

/** Content that tells which it is: whoever gets a part of another, or of two, is found out. */
function contentOf(path: string, version: number, length: number): string {
  const unit = `${path}#${version}.`;
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, Math.max(length, unit.length));
}

/** Reads all that came on a connection, and checks each answer that is whole. */
function check({ peer, asked }: Visitor, why: string): number {
  let text = peer.text;
  let whole = 0;
  for (const { method, path } of asked) {
    let head: RegExpExecArray | null;
    let status: number;
    let fields: string;
    do {
      head = /^HTTP\/1\.1 (\d{3}) [^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n/.exec(text);
      if (!head) {
        // What is cut off is cut off at the end of the connection.
        if (text !== "" && !"HTTP/1.1 ".startsWith(text.slice(0, 9)))
          expect(text.slice(0, 80), why).toMatch(/^HTTP\/1\.1/);
        return whole;
      }
      text = text.slice(head[0].length);
      status = Number(head[1]);
      fields = head[2] ?? "";
    } while (status < 200);
    const length = /^Content-Length: (\d+)\r$/im.exec(fields)?.[1];
    let body = "";
    if (method === "HEAD" || status === 304 || status === 204) body = "";
    else if (length !== undefined) {
      if (text.length < Number(length)) return whole;
      body = text.slice(0, Number(length));
      text = text.slice(Number(length));
    } else if (/^Transfer-Encoding: chunked\r$/im.test(fields)) {
      for (;;) {
        const size = /^([0-9a-f]+)\r\n/.exec(text);
        if (!size) return whole;
        const count = Number.parseInt(size[1] ?? "0", 16);
        const next = text.slice(size[0].length);
        if (next.length < count + 2) return whole;
        body += next.slice(0, count);
        expect(next.slice(count, count + 2), why).toBe("\r\n");
        text = next.slice(count + 2);
        if (count === 0) break;
      }
    } else {
      // Until the end: only the last one can be so.
      body = text;
      text = "";
      if (!peer.hasEnd || peer.wasDestroyed) return whole;
    }
    whole++;
    if (status !== 200 && status !== 206) continue;
    if (method === "HEAD" || method === "POST") continue;
    const version = /^Version: (\d+)\r$/im.exec(fields)?.[1];
    expect(version, `${why}\n${fields}`).toBeDefined();
    const total = Number(/^Total: (\d+)\r$/im.exec(fields)?.[1]);
    const expected = contentOf(path, Number(version), total);
    if (status === 200)
      expect(body === expected, `${why} ${path} ${version}: ${body.slice(0, 60)}`).toBe(true);
    else {
      const range = /^Content-Range: bytes (\d+)-(\d+)\//im.exec(fields);
      if (range) expect(body === expected.slice(Number(range[1]), Number(range[2]) + 1), why).toBe(true);
    }
  }
  return whole;
}

/** One in three distributions forwards nothing but query strings, and keeps what its origin says nothing of. */
function settingsOf(seed: number): Caching {
  const page = { errorCode: 503, responseCode: 500, pagePath: "/page", minTtl: 3 };
  const errorPages = seed % 3 === 0 ? [page] : [];
  if (seed % 3 !== 1) return { ...transparent, errorPages };
  return {
    ...plain,
    ttl: { default: 30, minimum: 2, maximum: 100 },
    allowedMethods: ["*"],
    behaviors: [{ path: "/c", behavior: "dont-cache" }],
    forwardedQueryStrings: { option: "all", names: [] },
    errorPages: seed % 2 === 0 ? [page] : [],
  };
}

function run(seed: number): number {
  const pick = pickOf(seed);
  const caching = settingsOf(seed);
  let version = 0;
  /** What each connection to the origin sends next, in order. */
  const steps = new Map<FarEnd, (() => void)[]>();
  const take = (): (() => void) | undefined => {
    const [origin, queue] = steps.size === 0 ? [] : pick([...steps]);
    const next = queue?.shift();
    if (origin && queue?.length === 0) steps.delete(origin);
    return next;
  };
  const world = distribution(
    (request, origin) => {
      // A request that is pipelined behind content does not come here: each is by itself.
      const [method = "", target = ""] = request.split(" ", 2);
      if (!target.startsWith("/")) return undefined;
      const own = ++version;
      const path = target;
      const length = pick([0, 10, 500, 5000, 40_000, 90_000, 250_000]);
      const content = contentOf(path, own, length);
      const control = pick([
        "max-age=60",
        "max-age=60",
        "max-age=5, stale-while-revalidate=20",
        "max-age=5, stale-if-error=60",
        "no-store",
        "private",
        "no-cache",
        "s-maxage=9",
        "",
      ]);
      const lines =
        `Version: ${own}\r\nTotal: ${content.length}\r\n${control === "" ? "" : `Cache-Control: ${control}\r\n`}` +
        pick(["", `ETag: "${own}"\r\n`, "Vary: A\r\n", `Vary: A\r\nETag: W/"${own}"\r\n`]);
      const isHead = method === "HEAD";
      const kind = pick([
        "length",
        "length",
        "length",
        "chunked",
        "close",
        "304",
        "error",
        "cut",
        "reset",
        "silent",
        "early",
        "garbage",
      ]);
      const pieces: string[] = [];
      const cut = (text: string): void => {
        const size = pick([7, 100, 4000, 100_000]);
        for (let at = 0; at < text.length; at += Math.max(size, text.length / 20))
          pieces.push(text.slice(at, at + Math.max(size, text.length / 20)));
      };
      if (kind === "304" && /If-None-Match|If-Modified-Since/.test(request))
        cut(`HTTP/1.1 304 Not Modified\r\nCache-Control: ${control}\r\n\r\n`);
      else if (kind === "error") cut("HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nno");
      else if (kind === "garbage") cut("HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nxx");
      else if (kind === "chunked" || kind === "early") {
        const early = kind === "early" ? "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" : "";
        cut(
          `${early}HTTP/1.1 200 OK\r\n${lines}Transfer-Encoding: chunked\r\n\r\n${isHead ? "" : `${content.length.toString(16)}\r\n${content}\r\n0\r\n\r\n`}`,
        );
      } else if (kind === "close") {
        cut(`HTTP/1.1 200 OK\r\n${lines}\r\n${isHead ? "" : content}`);
      } else
        cut(`HTTP/1.1 200 OK\r\n${lines}Content-Length: ${content.length}\r\n\r\n${isHead ? "" : content}`);
      if (kind === "cut" || kind === "reset") pieces.length = Math.ceil(pieces.length / 2);
      if (kind === "silent") pieces.length = 0;
      const queue = steps.get(origin) ?? [];
      steps.set(origin, queue);
      for (const piece of pieces) queue.push(() => !origin.isGone && origin.send(piece));
      if (kind === "close" || kind === "cut") queue.push(() => origin.end());
      if (kind === "reset") queue.push(() => origin.reset());
      if (queue.length === 0) steps.delete(origin);
      return undefined;
    },
    caching,
    {
      limits: { cacheOctets: pick([60_000, 400_000, 4_000_000]), cachedResponseOctets: 80_000 },
      origin: { responseTimeoutMs: 5000 },
    },
  );
  const visitors: Visitor[] = [];
  let orders = 0;
  world.set(caching, []);
  for (let step = 0; step < 150; step++) {
    const action = pick([
      "open",
      "open",
      "ask",
      "ask",
      "ask",
      "serve",
      "serve",
      "serve",
      "read",
      "reset",
      "end",
      "advance",
      "purge",
    ]);
    const alive = visitors.filter(({ peer }) => !peer.isGone && !peer.hasSentEnd);
    if (action === "open") {
      const peer = world.open();
      peer.capacity = pick([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 1000, 20_000]);
      visitors.push({ peer, asked: [] });
    } else if (action === "ask" && alive.length > 0) {
      const { peer, asked } = pick(alive);
      const method = pick(["GET", "GET", "GET", "GET", "GET", "HEAD", "POST"]);
      const path = pick(["/a", "/b", "/c", "/d?x"]);
      asked.push({ method, path });
      const lines = pick([
        "",
        "",
        "",
        "A: 1\r\n",
        'If-None-Match: "1"\r\n',
        "Range: bytes=2-5\r\n",
        "Cache-Control: no-cache\r\n",
        "Authorization: x\r\n",
        "Connection: close\r\n",
      ]);
      peer.send(
        `${method} ${path} HTTP/1.${pick([1, 1, 1, 1, 0])}\r\nHost: a\r\n${lines}${method === "POST" ? "Content-Length: 0\r\n" : ""}\r\n`,
      );
    } else if (action === "serve") {
      for (let i = 0; i < 6; i++) take()?.();
    } else if (action === "read") for (const { peer } of visitors) peer.read();
    else if (action === "reset" && alive.length > 0) pick(alive).peer.reset();
    else if (action === "end" && alive.length > 0) pick(alive).peer.end();
    else if (action === "advance") world.network.advance(pick([10, 1000, 6000, 12_000, 61_000]));
    else if (action === "purge")
      world.set(caching, [{ number: ++orders, paths: [pick(["/a", "/d*", "/*"])] }]);
    if (action === "serve") for (const { peer } of visitors) if (pick([true, false])) peer.read();
  }
  for (let i = 0; i < 12; i++) {
    while (steps.size > 0) take()?.();
    for (let j = 0; j < 12; j++) for (const { peer } of visitors) peer.read();
    world.network.advance(5100);
  }
  let whole = 0;
  for (const visitor of visitors) {
    const count = check(visitor, `seed ${seed}`);
    // Nobody waits for ever.
    if (!visitor.peer.isGone && !visitor.peer.hasEnd)
      expect(count, `seed ${seed} ${JSON.stringify(visitor.asked)}`).toBe(visitor.asked.length);
    whole += count;
  }
  for (const { peer } of visitors) if (!peer.isGone) peer.reset();
  world.network.advance(200_000);
  const counters = world.engine.readCounters();
  const why = `seed ${seed}`;
  expect(counters["cache-fetches-open"], why).toBe(0);
  expect(counters["connections-open"], why).toBe(0);
  expect(counters["requests-under-way"], why).toBe(0);
  expect(counters["octets-held"], why).toBe(0);
  expect(world.network.peers.size, why).toBe(0);
  // Nothing stored is lost or counted twice: once all is purged and pushed out, nothing is left.
  expect(counters["cache-octets"], why).toBeLessThanOrEqual(4_000_000);
  return whole;
}

test("whatever visitors and origins do, answers are whole or cut off, and nothing is left over", () => {
  let whole = 0;
  for (let seed = 1; seed <= 60; seed++) whole += run(seed * 104_729);
  // Found one in thousands: a 304 came for what had turned out too large to stay.
  whole += run(183_979_527);
  // It would prove nothing if hardly any answer came through.
  expect(whole).toBeGreaterThan(600);
});
