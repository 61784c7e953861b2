// The header and question of a message in place.

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeMessage } from "./message-decode.ts";
import { encodeMessage } from "./message-encode.ts";
import { questionView, readHeader, readQuestion } from "./question.ts";
import { anyMessage, hex, toHex } from "./testing.ts";

const header = "1234 0100 0001 0002 0003 0004";

describe("readQuestion", () => {
  it("reads header and question", () => {
    const view = questionView();
    expect(readQuestion(hex(`${header} 0161 0262 63 00 001c 0001 ff`), 100, view)).toBe(true);
    expect(view).toEqual({
      id: 0x1234,
      flags: 0x0100,
      questionCount: 1,
      answerCount: 2,
      authorityCount: 3,
      additionalCount: 4,
      nameOctets: 6,
      labelCount: 2,
      type: 28,
      class: 1,
      end: 22,
    });
  });

  it.each([
    ["no whole header", header.slice(0, -2)],
    ["no question", "1234 0100 0000 0000 0000 0000 00 0001 0001"],
    ["nothing after the header", header],
    ["a name without end", `${header} 0161`],
    ["a name and half a class", `${header} 00 0001 00`],
    ["a pointer", `${header} c00c 0001 0001`],
    ["label type 01", `${header} 40 00 0001 0001`],
    ["a label over the end", `${header} 3f 00 0001 0001`],
    ["256 octets", `${header} ${`3f${"61".repeat(63)}`.repeat(3)}3e${"61".repeat(62)}00 0001 0001`],
  ])("refuses %s", (_, octets) => {
    expect(readQuestion(hex(octets), hex(octets).length, questionView())).toBe(false);
  });

  it("keeps to the length given", () => {
    const octets = hex(`${header} 0161 00 0001 0001`);
    expect(readQuestion(octets, octets.length, questionView())).toBe(true);
    expect(readQuestion(octets, octets.length - 1, questionView())).toBe(false);
  });

  it("agrees with decodeMessage", () => {
    const view = questionView();
    fc.assert(
      fc.property(anyMessage, (any) => {
        const encoded = encodeMessage(any);
        if (!encoded.ok) return;
        const { octets } = encoded.value;
        const [question] = any.question;
        expect(readHeader(octets, octets.length, view)).toBe(true);
        expect(readQuestion(octets, octets.length, view)).toBe(question !== undefined);
        const decoded = decodeMessage(octets);
        expect(decoded.ok && [decoded.value.id, decoded.value.question.length]).toEqual([
          view.id,
          view.questionCount,
        ]);
        if (!question) return;
        expect([view.type, view.class, view.labelCount]).toEqual([
          question.type,
          question.class,
          question.name.labelCount,
        ]);
        expect(toHex(octets.subarray(12, 12 + view.nameOctets))).toBe(toHex(question.name.octets));
      }),
    );
  });
});
