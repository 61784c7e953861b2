// The ring that messages go through: nothing that was written is read otherwise, what finds no room is counted, and nobody waits.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { endpoint } from "./endpoint.ts";
import { Histogram } from "./histogram.ts";
import { makeRing, MessageRing, MessageSampler, type WatchedMessage } from "./message-ring.ts";

const from = endpoint("192.0.2.7", 40_000);
const to = endpoint("2001:db8::53", 53);

function put(ring: MessageRing, source: number, query: Uint8Array, response: Uint8Array, kept = 4096): void {
  const length = response.length;
  ring.write(
    source,
    "tcp",
    from,
    to,
    1000.5,
    1000.75,
    query,
    0,
    query.length,
    response,
    0,
    length,
    kept,
    length ? 3 : -1,
  );
}

function take(ring: MessageRing, most = 1e6): WatchedMessage[] {
  const taken: WatchedMessage[] = [];
  ring.read((message) => taken.push(message), most);
  return taken;
}

describe("MessageRing", () => {
  test("gives what was written, from the other side's views of the same memory", () => {
    const ring = new MessageRing(makeRing(2 ** 14));
    put(ring, 7, Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6, 7, 8));
    put(ring, 8, Uint8Array.of(9), new Uint8Array());
    put(ring, 9, Uint8Array.of(9), new Uint8Array(20).fill(1), 12);
    const [first, second, third, ...rest] = take(new MessageRing(ring.buffer));
    expect(rest).toEqual([]);
    expect(first).toEqual({
      source: 7,
      transport: "tcp",
      from,
      to,
      askedAt: 1000.5,
      answeredAt: 1000.75,
      query: Uint8Array.of(1, 2, 3),
      response: Uint8Array.of(4, 5, 6, 7, 8),
      queryOctets: 3,
      responseOctets: 5,
      rcode: 3,
    });
    expect(second).toMatchObject({ source: 8, rcode: -1, responseOctets: 0, response: new Uint8Array() });
    expect(third).toMatchObject({ responseOctets: 20, response: new Uint8Array(12).fill(1) });
  });

  test("property: whatever is written and read in between, all of it comes in order or is counted as lost", () => {
    const piece = fc.record({
      query: fc.integer({ min: 0, max: 6000 }),
      response: fc.integer({ min: 0, max: 6000 }),
      reads: fc.integer({ min: 0, max: 4 }),
    });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 80 }), (pieces) => {
        const ring = new MessageRing(makeRing(2 ** 14));
        const reader = new MessageRing(ring.buffer);
        const taken: WatchedMessage[] = [];
        for (const [i, { query, response, reads }] of pieces.entries()) {
          put(ring, i, new Uint8Array(query).fill(i), new Uint8Array(response).fill(i + 1));
          taken.push(...take(reader, reads));
        }
        taken.push(...take(reader));
        expect(taken.length + reader.lost).toBe(pieces.length);
        let last = -1;
        for (const message of taken) {
          const { source: i } = message;
          expect(i).toBeGreaterThan(last);
          last = i;
          const { query = 0, response = 0 } = pieces[i] ?? {};
          expect(message.query).toEqual(new Uint8Array(Math.min(query, 4096)).fill(i));
          expect(message.response).toEqual(new Uint8Array(Math.min(response, 4096)).fill(i + 1));
          expect([message.queryOctets, message.responseOctets]).toEqual([query, response]);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("goes on where its positions have come round 2^32", () => {
    const ring = new MessageRing(makeRing(2 ** 14));
    new Int32Array(ring.buffer).fill(-(2 ** 13), 0, 2); // written and read stand 8 KiB before the end
    for (let i = 0; i < 40; i++) {
      put(ring, i, new Uint8Array(1000).fill(i), new Uint8Array(100));
      expect(take(ring)).toMatchObject([{ source: i, query: new Uint8Array(1000).fill(i) }]);
    }
    expect(ring.lost).toBe(0);
  });

  test("loses what nobody takes out, and nothing else", () => {
    const ring = new MessageRing(makeRing(2 ** 14));
    for (let i = 0; i < 100; i++) put(ring, i, new Uint8Array(900), new Uint8Array(0));
    const taken = take(ring);
    expect(taken.map(({ source }) => source)).toEqual(taken.map((_, i) => i));
    expect(taken.length).toBeGreaterThan(14);
    expect(ring.lost).toBe(100 - taken.length);
    put(ring, 100, new Uint8Array(900), new Uint8Array(0));
    expect(take(ring)).toHaveLength(1);
  });
});

describe("MessageSampler", () => {
  const sampler = (every: number, maxPerSecond: number): MessageSampler =>
    new MessageSampler({
      ring: new MessageRing(makeRing(2 ** 14)),
      source: 0,
      every,
      maxPerSecond,
      isWhole: false,
      monotonic: () => 0,
    });

  test("takes the first of so many", () => {
    const one = sampler(3, 100);
    const due = Array.from({ length: 7 }, () => one.isDue({ monotonic: 0, wall: 0 }));
    expect(due).toEqual([true, false, false, true, false, false, true]);
  });

  test("takes so many in a second at most", () => {
    const one = sampler(1, 2);
    const due = [0, 1, 2, 3, 999, 1000, 1001, 1002].map((monotonic) => one.isDue({ monotonic, wall: 0 }));
    expect(due).toEqual([true, true, false, false, false, true, true, false]);
    expect(one.skipped).toBe(4);
  });
});

describe("Histogram", () => {
  test("counts what took at most so long, in seconds", () => {
    const times = new Histogram();
    times.add(0.02);
    times.add(1.5, 3);
    times.add(60_000);
    const read = times.read("t", "group=a");
    expect(read).toMatchObject({
      "t-bucket{group=a,le=0.00002}": 1,
      "t-bucket{group=a,le=0.001}": 1,
      "t-bucket{group=a,le=0.002}": 4,
      "t-bucket{group=a,le=5}": 4,
      "t-bucket{group=a,le=+Inf}": 5,
      "t-count{group=a}": 5,
    });
    expect(read["t-sum{group=a}"]).toBeCloseTo(60.004_52, 6);
    expect(Object.keys(new Histogram().read("t", ""))).toContain("t-bucket{le=0.001}");
  });
});
