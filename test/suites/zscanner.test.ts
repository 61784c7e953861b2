// The zscanner suite: zone files with the records that Knot's scanner reads from them and the lines it refuses. Our parser
// reads the same owner, class, TTL, type and RDATA octets, and refuses the same lines (WARNG: that record; ERROR: reading
// ends there), in the same order; scores/zscanner.json lists what differs, with the reason. The codes are our own.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { type IncludedText, Name, parseZoneFileEach } from "#wire";

const root = join(import.meta.dirname, "../..");
const folder = join(process.env["FAIRLEAD_SUITES"] ?? join(root, "../shared/suites"), "zscanner");
const isRequired = process.env["FAIRLEAD_SUITES_REQUIRED"] === "1";

interface Scores {
  files: number;
  /** Records and refusals in them. */
  outcomes: number;
  /** What differs, by file: the reason, and for each place what is expected and what we give. */
  different: Record<string, { reason: string; places: string[] }>;
}

const scores = JSON.parse(readFileSync(join(import.meta.dirname, "scores/zscanner.json"), "utf8")) as Scores;

if (!existsSync(folder) && !isRequired) {
  test.skip("zscanner: the suite is absent", () => {});
} else {
  describe("zscanner", () => {
    test("reads the same records and refuses the same lines, but for the listed cases", () => {
      const inputs = readdirSync(folder).filter((file) => file.endsWith(".in"));
      const found: Scores = { files: inputs.length, outcomes: 0, different: {} };
      for (const input of inputs) {
        const expected = readExpected(input.replace(/\.in$/, ".out"));
        found.outcomes += expected.length;
        const places = compare(expected, readOurs(input));
        if (places.length > 0) {
          found.different[input] = { reason: scores.different[input]?.reason ?? "new", places };
        }
      }
      expect(found).toEqual(scores);
    });
  });
}

/** One line per outcome: a record's fields, WARNG or ERROR. */
function readExpected(file: string): string[] {
  const outcomes: string[] = [];
  for (const block of readFileSync(join(folder, file), "utf8").split("------\n")) {
    const fields = block.trim().split("\n");
    if (fields[0] === "") continue;
    outcomes.push(fields.map((field) => field.replace(/^(WARNG|ERROR)=.*/, "$1")).join(" "));
  }
  return outcomes;
}

function readOurs(file: string): string[] {
  const outcomes: string[] = [];
  const path = join(folder, file);
  const text = readFileSync(path, "latin1").replaceAll("@TMPDIR@", folder);
  parseZoneFileEach(
    Uint8Array.from(text, (character) => character.charCodeAt(0)),
    {
      origin: Name.root,
      file: path,
      ttl: 0,
      include,
      onError: (error) => outcomes.push(error.isFatal ? "ERROR" : "WARNG"),
    },
    ({ name, class: rrClass, ttl, type, rdata }) => {
      outcomes.push(
        `OWNER=${hex(name.octets)} CLASS=${digits(rrClass, 4)} RRTTL=${digits(ttl, 8)} ` +
          `RTYPE=${digits(type, 4)} RDATA=${hex(rdata)}`,
      );
    },
  );
  return outcomes;
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString("hex").toUpperCase();
}

function digits(value: number, count: number): string {
  return value.toString(16).toUpperCase().padStart(count, "0");
}

function include(path: string, from: string): IncludedText {
  const file = resolve(dirname(from), path);
  try {
    return { ok: true, text: readFileSync(file), file };
  } catch (error) {
    return { ok: false, reason: String(error) };
  }
}

/** The outcomes that differ, in the order of the file. */
function compare(expected: readonly string[], ours: readonly string[]): string[] {
  const places: string[] = [];
  for (let i = 0; i < Math.max(expected.length, ours.length); i++) {
    if (expected[i] === ours[i]) continue;
    places.push(`${i + 1}: ${shorten(expected[i])}, ours ${shorten(ours[i])}`);
  }
  return places;
}

function shorten(outcome: string | undefined): string {
  return (outcome ?? "nothing").replace(/OWNER=\S* CLASS=\S* RRTTL=\S* /, "").slice(0, 60);
}
