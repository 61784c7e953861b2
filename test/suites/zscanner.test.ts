// The zscanner suite: zone files with the records that Knot's scanner reads from them and the lines it refuses. Our parser
// reads the same owner, class, TTL, type and RDATA octets, and refuses the same lines (WARNG: that record; ERROR: reading
// ends there), in the same order; scores/zscanner.json lists what differs, with the reason. The codes are our own. What is read is then put into a zone
// and asked of a name server on the linux driver.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import {
  canonicalRdata,
  type IncludedText,
  isMetaType,
  maxTtl,
  Name,
  parseZoneFile,
  parseZoneFileEach,
  type ResourceRecord,
  RrClass,
  RrType,
} from "#wire";
import { queryFor } from "../platform/nsd.ts";
import { LiveZone } from "./live-zone.ts";

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

    test("each record that is read is answered from the zone image on the linux driver, octet for octet", async () => {
      const live = await LiveZone.start("linux");
      const wrong: string[] = [];
      let asked = 0;
      try {
        for (const input of readdirSync(folder).filter((file) => file.endsWith(".in"))) {
          for (const record of new Map(recordsOf(input).map((one) => [keyOf(one), one])).values()) {
            asked++;
            const found = await answered(live, record);
            if (found !== keyOf(record)) wrong.push(`${input}: ${keyOf(record)}, answered ${found}`);
          }
        }
      } finally {
        await live.stop();
      }
      expect(wrong).toEqual([]);
      expect(asked).toBeGreaterThan(300);
    });
  });
}

/**
 * The records of a file that answers can hold: of class IN, and of no type that only stands in messages. What is hashed is no name of the zone, and is
 * never answered (RFC 5155 section 7.2.8).
 */
function recordsOf(file: string): ResourceRecord[] {
  const records: ResourceRecord[] = [];
  const path = join(folder, file);
  const text = readFileSync(path, "latin1").replaceAll("@TMPDIR@", folder);
  parseZoneFileEach(
    Uint8Array.from(text, (character) => character.charCodeAt(0)),
    { origin: Name.root, file: path, ttl: 0, include, onError: () => {} },
    (record) => {
      if (record.class === RrClass.IN && !isMetaType(record.type) && record.type !== RrType.NSEC3)
        records.push(record);
    },
  );
  return records;
}

/** Owner, TTL, type and RDATA; names count without regard to case, as a pointer may lead to another spelling. */
function keyOf({ name, ttl, type, rdata }: ResourceRecord): string {
  // RFC 2181 section 8: a TTL with its highest bit set is 0.
  return `${name.toLowerCase().toString()} ${ttl > maxTtl ? 0 : ttl} ${type} ${hex(canonicalRdata(type, rdata))}`;
}

/** What a server says of a record that stands in a zone by itself. */
async function answered(live: LiveZone, record: ResourceRecord): Promise<string> {
  const soa = parseZoneFile(". 60 IN SOA a. b. 1 1 1 1 1\n", { origin: Name.root }).records;
  const records = record.type === RrType.SOA ? [record] : [...soa, record];
  live.serve(Name.root, (put) => {
    for (const { name, type, ttl, rdata } of records)
      put(name.octets, name.octets.length, type, ttl, rdata, rdata.length);
  });
  const { answer, authority } = await live.ask(queryFor(record.name, record.type), "tcp");
  // NS below the apex is a delegation.
  const found = [...answer, ...authority].find(({ type }) => type === record.type);
  return found ? keyOf(found) : "nothing";
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
