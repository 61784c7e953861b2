// The board that policies choose by: health by one octet, and places of networks.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  coordinatesOf,
  elsewhereSlot,
  FoundNetwork,
  noSlot,
  PolicyBoard,
  PolicyBoardWriter,
} from "./board.ts";
import { packedNetworkOctets, rangesOf } from "./networks.ts";

/** `ADDRESS IN HEX/BITS PLACE`, of IPv4 by four numbers. */
function packed(lines: readonly string[]): Uint8Array {
  const octets = new Uint8Array(lines.length * packedNetworkOctets);
  for (const [i, line] of lines.entries()) {
    const [network = "", place = ""] = line.split(" ");
    const [text = "", bits = ""] = network.split("/");
    const at = i * packedNetworkOctets;
    octets.set(address(text), at);
    octets[at + 16] = Number(bits) + (text.includes(".") ? 96 : 0);
    octets[at + 18] = Number(place);
  }
  return octets;
}

function address(text: string): Uint8Array {
  const octets = new Uint8Array(16);
  if (text.includes(".")) octets.set([0xff, 0xff, ...text.split(".").map(Number)], 10);
  else octets.set((text.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)));
  return octets;
}

function boardOf(lines: readonly string[], places = ["zero", "one", "two"]): PolicyBoardWriter {
  const board = new PolicyBoardWriter();
  board.setNetworks(
    places.map((name) => ({ name })),
    rangesOf(packed(lines))!,
  );
  return board;
}

function find(board: PolicyBoard, text: string): { place: number; bits: number } {
  const found = new FoundNetwork();
  board.find(address(text), found);
  return { place: found.place, bits: found.bits };
}

describe("PolicyBoard.find()", () => {
  const board = boardOf([
    "10.0.0.0/8 0",
    "10.1.0.0/16 1",
    "20010db8/32 2",
    "10.1.2.0/24 1",
    "192.0.2.128/25 2",
  ]);

  test.each([
    ["10.2.3.4", 0, 15], // 10.2/15 and above are the /8's; 10.0/15 has another network in it
    ["10.1.9.9", 1, 16],
    ["10.1.2.3", 1, 16],
    ["10.128.0.0", 0, 9],
    ["192.0.2.200", 2, 25],
    ["192.0.2.1", noSlot, 25],
    ["8.8.8.8", noSlot, 7],
  ])("%s", (text, place, bits) => expect(find(board, text)).toEqual({ place, bits: bits + 96 }));

  test("IPv6", () => {
    expect(find(board, "20010db8ffff")).toEqual({ place: 2, bits: 32 });
    expect(find(board, "20010db9")).toEqual({ place: noSlot, bits: 32 });
  });

  test("without a table nobody is anywhere, and nothing decides it", () => {
    expect(find(new PolicyBoardWriter(), "192.0.2.1")).toEqual({ place: noSlot, bits: 0 });
  });

  test("the whole space, and of equals the last", () => {
    expect(find(boardOf(["00/0 1", "00/0 2"]), "192.0.2.1")).toEqual({ place: 2, bits: 0 });
  });

  test("random tables: the smallest network counts, and all that share the bits are at the same place", () => {
    const network = fc.record({
      octets: fc.array(fc.nat(3), { minLength: 2, maxLength: 2 }),
      bits: fc.integer({ min: 0, max: 16 }),
      place: fc.nat(2),
    });
    fc.assert(
      fc.property(fc.array(network, { maxLength: 12 }), fc.nat(3), fc.nat(3), (networks, a, b) => {
        const mask = (x: number, y: number, bits: number): number =>
          bits === 0 ? 0 : ((x << 8) | y) & (0xffff << (16 - bits)) & 0xffff;
        const table = boardOf(
          networks.map(({ octets: [x = 0, y = 0], bits, place }) => `${x}.${y}.0.0/${bits} ${place}`),
        );
        const expected = (x: number, y: number): number => {
          let [best, place] = [-1, noSlot];
          for (const one of networks) {
            const [p = 0, q = 0] = one.octets;
            if (one.bits >= best && mask(x, y, one.bits) === mask(p, q, one.bits))
              [best, place] = [one.bits, one.place];
          }
          return place;
        };
        const { place, bits } = find(table, `${a}.${b}.0.0`);
        expect(place).toBe(expected(a, b));
        for (let x = 0; x < 5; x++)
          for (let y = 0; y < 5; y++)
            if (mask(x, y, Math.max(0, bits - 96)) === mask(a, b, Math.max(0, bits - 96)))
              expect(find(table, `${x}.${y}.0.0`).place).toBe(place);
      }),
      { numRuns: 80 },
    );
  });

  test("another table takes the place of one, for readers of the same memory too", () => {
    const writer = boardOf(["10.0.0.0/8 0"]);
    const reader = new PolicyBoard(writer.buffer);
    expect(find(reader, "10.0.0.1").place).toBe(0);
    writer.setNetworks([{ name: "new" }], rangesOf(packed(["10.0.0.0/8 0"]))!);
    expect(find(reader, "10.0.0.1").place).toBe(writer.placeSlot("new"));
    writer.setNetworks([], rangesOf(new Uint8Array())!);
    expect(find(reader, "10.0.0.1").place).toBe(noSlot);
  });

  test("octets that are no networks", () => {
    expect(rangesOf(new Uint8Array(18))).toBeUndefined();
    expect(rangesOf(new Uint8Array(19).fill(0xff))).toBeUndefined();
  });
});

describe("PolicyBoard.nearness()", () => {
  const board = new PolicyBoardWriter();
  const before = board.placeSlot("oslo");
  board.setNetworks(
    [
      { name: "berlin", latitude: 52.5, longitude: 13.4 },
      { name: "oslo", latitude: 59.9, longitude: 10.7 },
      { name: "sydney", latitude: -33.9, longitude: 151.2 },
      { name: "attic" },
    ],
    rangesOf(new Uint8Array())!,
  );
  const near = (a: string, b: string): number => board.nearness(board.placeSlot(a), board.placeSlot(b));

  test("is more for what is nearer, most for the same", () => {
    expect(board.placeSlot("oslo")).toBe(before);
    expect(near("berlin", "oslo")).toBeGreaterThan(near("berlin", "sydney"));
    expect(near("berlin", "52.5,13.4")).toBeCloseTo(1);
    expect(near("attic", "attic")).toBe(2);
  });

  test("of what has no coordinates nothing is known", () => {
    expect(near("berlin", "attic")).toBe(-2);
    expect(near("berlin", "*")).toBe(-2);
    expect(board.nearness(noSlot, elsewhereSlot)).toBe(-2);
  });

  test.each(["91,0", "0,181", "1", "1,", "1,2,3", "x,y", "1e3,0", " 1,2"])("%s are no coordinates", (text) =>
    expect(coordinatesOf(text)).toBeUndefined(),
  );
});

describe("health", () => {
  test("is good until it is known to be bad, and is seen by all readers", () => {
    const writer = new PolicyBoardWriter();
    const reader = new PolicyBoard(writer.buffer);
    const slot = writer.checkSlot("web");
    expect(reader.isHealthy(slot)).toBe(true);
    writer.setHealth("web", false);
    expect(reader.isHealthy(slot)).toBe(false);
    writer.setHealth("web", true);
    writer.setHealth("never heard of", true);
    expect(reader.isHealthy(slot)).toBe(true);
    expect(reader.isHealthy(noSlot)).toBe(true);
  });

  test("numbers of checks that are gone are used again, and begin healthy", () => {
    const writer = new PolicyBoardWriter();
    for (let i = 0; i < 60_000; i++) writer.setHealth(`check ${i}`, false);
    writer.sweep(() => ({ checks: new Set(["check 59999"]), places: new Set() }));
    const slots = new Set(Array.from({ length: 60_000 }, (_, i) => writer.checkSlot(`other ${i}`)));
    expect(slots.size).toBe(60_000);
    expect([...slots].every((slot) => writer.isHealthy(slot))).toBe(true);
    expect(writer.isHealthy(writer.checkSlot("check 59999"))).toBe(false);
    expect(() => {
      for (let i = 0; i < 60_000; i++) writer.checkSlot(`third ${i}`);
    }).toThrow(expect.objectContaining({ code: "image-full" }));
  });
});
