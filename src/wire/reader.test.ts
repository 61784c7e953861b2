// The reading cursor: bounds, sticky failure, and the rules of compression pointers.

import { describe, expect, it } from "vitest";
import { Name } from "./name.ts";
import { Reader } from "./reader.ts";
import { hex, name, toHex } from "./testing.ts";

const header = "00".repeat(12);

describe("Reader", () => {
  it("reads numbers and runs in network order", () => {
    const reader = new Reader(hex("01 0203 fffefdfc 616263"));
    expect([reader.u8(), reader.u16(), reader.u32()]).toEqual([1, 0x0203, 0xfffefdfc]);
    expect(toHex(reader.take(2))).toBe("6162");
    reader.skip(1);
    expect([reader.remaining, reader.failure]).toEqual([0, undefined]);
  });

  it.each([
    ["u8", ""],
    ["u16", "00"],
    ["u32", "000000"],
  ] as const)("%s fails over the end and keeps the first failure", (read, octets) => {
    const reader = new Reader(hex(octets));
    expect(reader[read]()).toBe(0);
    expect(reader.failure).toEqual({ code: "short-input", offset: 0 });
    reader.fail("bad-rdata");
    expect(reader.failure?.code).toBe("short-input");
    expect(reader.u8()).toBe(0);
    expect(reader.take(0).length).toBe(0);
    expect(reader.name()).toBe(Name.root);
    expect(reader.position).toBe(0);
  });

  it("keeps to an inner bound and refuses what is left over", () => {
    const reader = new Reader(hex("01020304"));
    const outer = reader.enter(2);
    expect([reader.u8(), reader.remaining]).toEqual([1, 1]);
    reader.leave(outer);
    expect(reader.failure).toEqual({ code: "leftover-octets", offset: 1 });
    const short = new Reader(hex("0102"));
    expect([short.enter(3), short.failure?.code]).toEqual([2, "short-input"]);
  });

  it("copies what it takes", () => {
    const octets = hex("0102");
    const taken = new Reader(octets).take(2);
    octets[0] = 9;
    expect(taken[0]).toBe(1);
  });
});

/** The root, then pointers, each to the one before; the reader stands at the last. */
function chain(pointers: number): Reader {
  const octets = new Uint8Array(13 + 2 * pointers);
  for (let i = 0; i < pointers; i++) {
    const target = i === 0 ? 12 : 13 + 2 * (i - 1);
    octets[13 + 2 * i] = 0xc0 | (target >> 8);
    octets[14 + 2 * i] = target;
  }
  return new Reader(octets, 13 + 2 * (pointers - 1));
}

describe("Reader.name", () => {
  it.each([
    ["the root", "00", 0, ".", 13],
    ["labels", "0141 0162 00", 0, "A.b.", 17],
    ["a pointer to a name", "0161 00 c00c", 3, "a.", 17],
    ["labels and a pointer", "0161 00 0162 c00c", 3, "b.a.", 19],
    ["a pointer to a pointer", "0161 00 c00c c00f", 5, "a.", 19],
    ["a pointer into a name", "0161 0162 00 c00e", 5, "b.", 19],
    ["a pointer to the root", "00 0161 c00c", 1, "a.", 17],
  ])("reads %s", (_, octets, at, text, end) => {
    const reader = new Reader(hex(header + octets), 12 + at);
    expect(reader.name().toString()).toBe(text);
    expect(reader.failure).toBeUndefined();
    expect(reader.position).toBe(end);
  });

  it.each([
    ["nothing", "", 0, "short-input"],
    ["a label over the end", "0261", 0, "short-input"],
    ["no root", "0161", 0, "short-input"],
    ["half a pointer", "00 c0", 1, "short-input"],
    ["label type 01", "4161 00", 0, "bad-label-type"],
    ["label type 10", "8161 00", 0, "bad-label-type"],
    ["a pointer to itself", "c00c", 0, "bad-pointer"],
    ["a pointer forwards", "c00e 00", 0, "bad-pointer"],
    ["a pointer over the end", "ffff", 0, "bad-pointer"],
    ["a pointer into the header", "c000", 0, "bad-pointer"],
    ["a pointer to its own first label", "0161 c00c", 0, "bad-pointer"],
    ["a pointer into its own label", "0300 6100 c00d", 0, "bad-pointer"],
    ["two pointers in a ring", "c00e c00c", 2, "bad-pointer"],
    ["a name that runs into the one that aims at it", "0161 0162 c00c", 2, "bad-pointer"],
    ["64 octets in a label", `40${"61".repeat(64)}00`, 0, "bad-label-type"],
    ["256 octets", `${`3f${"61".repeat(63)}`.repeat(3)}3e${"61".repeat(62)}00`, 0, "name-too-long"],
    [
      "256 octets by a pointer",
      `${`3f${"61".repeat(63)}`.repeat(3)}00 3e${"61".repeat(62)}c00c`,
      193,
      "name-too-long",
    ],
  ])("refuses %s", (_, octets, at, code) => {
    const reader = new Reader(hex(header + octets), 12 + at);
    expect(reader.name()).toBe(Name.root);
    expect(reader.failure?.code).toBe(code);
    expect(reader.position).toBe(12 + at);
  });

  it("takes 255 octets", () => {
    const reader = new Reader(hex(`${`3f${"61".repeat(63)}`.repeat(3)}3d${"61".repeat(61)}00`));
    expect(reader.name().octets.length).toBe(255);
    expect(reader.failure).toBeUndefined();
  });

  it("follows 126 pointers and no more (RFC 9267 section 2)", () => {
    const right = chain(126);
    expect([right.name(), right.failure]).toEqual([Name.root, undefined]);
    const wrong = chain(127);
    expect([wrong.name(), wrong.failure?.code]).toEqual([Name.root, "too-many-pointers"]);
  });

  it("refuses pointers where none may be", () => {
    const reader = new Reader(hex(`${header}0161 00 c00c`), 15);
    expect([reader.name(false), reader.failure?.code]).toEqual([Name.root, "bad-pointer"]);
  });

  it("gives the same name again for a second pointer to it", () => {
    const reader = new Reader(hex(`${header}0161 00 c00c 0162 00 c00c c00c`), 12);
    const first = reader.name();
    expect(reader.name()).toBe(first);
    expect(reader.name().toString()).toBe("b.");
    const third = reader.name();
    expect(third.equals(name("a"))).toBe(true);
    expect(reader.name()).toBe(third);
    expect([reader.remaining, reader.failure]).toEqual([0, undefined]);
  });

  it("ends at the bound for the labels before a pointer", () => {
    const reader = new Reader(hex(`${header}0161 00`), 12);
    reader.enter(2);
    reader.name();
    expect(reader.failure?.code).toBe("short-input");
  });
});
