// The writing cursor: its maximum, taking back, and name compression.

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Reader } from "./reader.ts";
import { anyName, name, toHex } from "./testing.ts";
import { Writer } from "./writer.ts";

function writerAfterHeader(octets: number = 65_535): Writer {
  const writer = new Writer(new Uint8Array(octets));
  writer.bytes(new Uint8Array(12));
  return writer;
}

function written(writer: Writer): string {
  return toHex(writer.octets.subarray(12, writer.position));
}

/** Labels of one hash: "Aa" and "BB" have the same multiplicative one, so all that are made of them have. */
function collidingLabel(bits: number): string {
  return Array.from({ length: 12 }, (_, i) => ((bits >> i) & 1 ? "Aa" : "BB")).join("");
}

describe("Writer", () => {
  it("writes numbers in network order from its start on", () => {
    const writer = new Writer(new Uint8Array(10), 1);
    writer.u8(1);
    writer.u16(0x0203);
    writer.u32(0xfffefdfc);
    writer.patchU16(2, 0x0405);
    expect(toHex(writer.octets)).toBe("00010405fffefdfc0000");
    expect(writer.length).toBe(7);
  });

  it("writes nothing after what does not fit, until it is taken back", () => {
    const writer = new Writer(new Uint8Array(20), 0, 3);
    writer.u16(1);
    writer.u16(2);
    writer.u8(3);
    writer.patchU16(0, 9);
    writer.name(name("a"));
    expect([writer.hasOverflowed, writer.length, toHex(writer.octets.subarray(0, 4))]).toEqual([
      true,
      2,
      "00010000",
    ]);
    writer.rewind(2);
    writer.u8(3);
    expect([writer.hasOverflowed, writer.length]).toEqual([false, 3]);
    writer.name(name("."));
    expect(writer.hasOverflowed).toBe(true);
  });

  it("writes long runs", () => {
    const writer = new Writer(new Uint8Array(100));
    writer.bytes(new Uint8Array(90).fill(7));
    expect([writer.length, writer.octets[89], writer.octets[90]]).toEqual([90, 7, 0]);
  });
});

describe("Writer.name", () => {
  it("aims at the longest suffix written before", () => {
    const writer = writerAfterHeader();
    writer.name(name("www.example.org"));
    writer.name(name("example.org"));
    writer.name(name("mail.example.org"));
    writer.name(name("www.example.org"));
    writer.name(name("net"));
    writer.name(name("."));
    expect(written(writer)).toBe("03777777076578616d706c65036f726700c010046d61696cc010c00c036e65740000");
  });

  it("keeps the case of names: suffixes of other case are not aimed at", () => {
    const writer = writerAfterHeader();
    writer.name(name("a.Example"));
    writer.name(name("b.example"));
    writer.name(name("b.Example"));
    expect(written(writer)).toBe(
      "0161074578616d706c6500 0162076578616d706c6500 0162c00e".replaceAll(" ", ""),
    );
  });

  it("writes whole where told, and aims at that later", () => {
    const writer = writerAfterHeader();
    writer.name(name("a.b"));
    writer.name(name("c.a.b"), false);
    writer.name(name("c.a.b"));
    expect(written(writer)).toBe("01610162000163016101620 0c011".replaceAll(" ", ""));
  });

  it("aims at nothing that was taken back", () => {
    const writer = writerAfterHeader();
    writer.name(name("a.b"));
    const whole = writer.position;
    writer.name(name("x.y"));
    writer.rewind(whole);
    writer.name(name("z.y"));
    writer.name(name("x.y"));
    const reader = new Reader(writer.octets, 12, writer.position);
    expect([reader.name(), reader.name(), reader.name()].map(String)).toEqual(["a.b.", "z.y.", "x.y."]);
    expect(reader.failure).toBeUndefined();
  });

  it("aims at no offset over 14 bits", () => {
    const writer = writerAfterHeader();
    writer.bytes(new Uint8Array(0x4000 - 12 - 2));
    writer.name(name("a.b")); // "a" at 0x3ffe, "b" at 0x4000
    const first = writer.position;
    writer.name(name("a.b"));
    expect(toHex(writer.octets.subarray(first, writer.position))).toBe("fffe");
    const second = writer.position;
    writer.name(name("b"));
    expect(writer.position - second).toBe(3);
  });

  it("writes nothing where a name does not fit, compressed or not", () => {
    const writer = writerAfterHeader(12 + 9);
    writer.name(name("a.b"));
    const before = writer.position;
    writer.name(name("cc.a.b"));
    expect([writer.hasOverflowed, writer.position]).toEqual([true, before]);
    writer.rewind(before);
    writer.name(name("c.a.b"));
    expect([writer.hasOverflowed, writer.length]).toEqual([false, 21]);
  });

  it("is read back as it was, whatever is taken back between", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyName, fc.boolean(), fc.nat(4)), { maxLength: 40 }), (steps) => {
        const writer = writerAfterHeader(4096);
        const kept: { text: string; end: number }[] = [];
        for (const [each, compress, dice] of steps) {
          writer.name(each, compress);
          kept.push({ text: each.toString(), end: writer.position });
          if (dice === 0) {
            kept.splice(-2);
            writer.rewind(kept.at(-1)?.end ?? 12);
          }
        }
        const reader = new Reader(writer.octets, 12, writer.position);
        expect(kept.map(() => reader.name().toString())).toEqual(kept.map((each) => each.text));
        expect([reader.failure, reader.remaining]).toEqual([undefined, 0]);
      }),
    );
  });

  it("goes on with a full table of names", () => {
    const writer = writerAfterHeader();
    for (let i = 0; i < 4000; i++) writer.name(name(`n${i}.example`));
    expect(writer.hasOverflowed).toBe(false);
    const reader = new Reader(writer.octets, 12, writer.position);
    for (let i = 0; i < 4000; i++) expect(reader.name().toString()).toBe(`n${i}.example.`);
  });

  it("takes bounded time for names that collide, and writes them right", () => {
    const names = Array.from({ length: 2400 }, (_, i) => name(collidingLabel(i)));
    const writer = writerAfterHeader();
    for (const each of names) writer.name(each);
    expect(writer.hasOverflowed).toBe(false);
    const reader = new Reader(writer.octets, 12, writer.position);
    for (const each of names) expect(reader.name().toString()).toBe(each.toString());
    expect(reader.remaining).toBe(0);
  });

  it("is as new after a reset", () => {
    const writer = writerAfterHeader();
    writer.name(name("a.b"));
    writer.reset(14);
    writer.bytes(new Uint8Array(12));
    writer.name(name("a.b"));
    expect([writer.hasOverflowed, writer.length]).toEqual([true, 12]);
    writer.reset(30);
    writer.bytes(new Uint8Array(12));
    writer.name(name("a.b"));
    expect(written(writer)).toBe("0161016200");
  });
});
