// A text that is read in pieces gives the records and errors of the same text read whole, however it comes and whatever stands where one piece ends.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Name } from "./name.ts";
import { parseZoneFileOctets } from "./zone-file.ts";
import type { ZoneFileText } from "./zone-file-options.ts";
import { pieceOctets, ZoneFilePieces } from "./zone-file-pieces.ts";

const encoder = new TextEncoder();

/** Everything that reading gives, as lines. */
function readAll(text: ZoneFileText): string[] {
  const origin = Name.parse("example.org.");
  if (!origin.ok) throw new Error("origin");
  const lines: string[] = [];
  const errors = parseZoneFileOctets(
    text,
    { origin: origin.value, ttl: 60 },
    (owner, octets, type, ttl, rdata, length) =>
      lines.push(`${owner.slice(0, octets).join()} ${type} ${ttl} ${rdata.slice(0, length).join()}`),
  );
  return [...lines, ...errors.map(({ message }) => message)];
}

/** The text in pieces, given to the reader so many octets at a time. */
function inPieces(octets: Uint8Array, atOnce: number): { pieces: ZoneFilePieces; largest: () => number } {
  let from = 0;
  let largest = 0;
  const pieces = new ZoneFilePieces().begin((into, at, length) => {
    largest = Math.max(largest, into.length);
    const part = octets.subarray(from, from + Math.min(length, atOnce));
    into.set(part, at);
    from += part.length;
    return part.length;
  });
  return { pieces, largest: () => largest };
}

/** Brings what follows across the end of a piece. */
const filler = (octets: number): string =>
  `${";".repeat(99)}\n`.repeat(Math.floor(octets / 100)) + ";".repeat(octets % 100);

const part = fc.constantFrom(
  "a A 192.0.2.1\n",
  'b TXT "one;two" three\\; ; a comment with " and (\n',
  "c TXT ( a ; b ) (\n b\n ) \n",
  'd TXT ( "over\nlines" )\n',
  'e TXT "not closed\n',
  'f TXT \\"x \\( y\n',
  "g A 192.0.2.300\r\n",
  " TXT same\r\n",
  "h TXT \\\n",
  'i TXT a"b c"\n',
  "\n",
  "j TXT )\n",
  "k TXT ((\n",
  'l TXT (\n"never closed\n',
  "$TTL 7\n",
  "$ORIGIN sub.example.org.\n",
);

test("pieces give what the whole gives", () => {
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 0, max: 60 }),
      fc.constantFrom(pieceOctets, 70_001),
      (parts, before, atOnce) => {
        const text = parts.join("");
        const octets = encoder.encode(`${filler(pieceOctets - before - 1)}\n${text}`);
        expect(readAll(inPieces(octets, atOnce).pieces)).toEqual(readAll(octets));
      },
    ),
    { numRuns: 150 },
  );
});

test("a large text takes the memory of one piece", () => {
  const octets = encoder.encode("www 60 IN A 192.0.2.1 ; one of many\n".repeat(60_000));
  const { pieces, largest } = inPieces(octets, pieceOctets);
  let count = 0;
  parseZoneFileOctets(pieces, { origin: Name.root }, () => count++);
  expect(count).toBe(60_000);
  expect(largest()).toBe(pieceOctets);
});

test("a record larger than a piece is read whole", () => {
  const octets = encoder.encode(`a TXT (${'\n"x" ; '.padEnd(3000, "y").repeat(200)}\n)\nb A 192.0.2.1\n`);
  expect(readAll(inPieces(octets, pieceOctets).pieces)).toEqual(readAll(octets));
  expect(readAll(octets)).toHaveLength(2);
});

test("nothing is no text", () => {
  expect(readAll(inPieces(new Uint8Array(), 1).pieces)).toEqual([]);
});
