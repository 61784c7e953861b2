// Fuzzes the zone-file parser: takes the seeds in zone-file.in, changes them by chance, and checks that reading ends in
// bounded time with records and errors that have a place in the text, and that the records are the same after writing
// and reading them again.
//
// Run: node --conditions=fairlead-source fuzz/zone-file.ts [--seconds N] [--seed N]
// The seed is printed first; the same seed makes the same texts. A text that breaks a rule is printed as a JSON string,
// as small as it can be made, and ends the run with exit code 1: put it into zone-file.in and a row into a test.

import {
  areSameOctets,
  checkRdata,
  formatZoneFile,
  type IncludedText,
  maxIncludeDepth,
  maxZoneFileErrors,
  Name,
  parseRecordText,
  parseZoneFile,
  rdataTypes,
} from "#wire";
import { fuzz, tooSlow } from "./shared/fuzz.ts";
import { chance, pick, seedFiles, usedMs } from "./shared/run.ts";

/** Processor time: a text that takes more of it to read counts as hanging; garbage collection included. */
const slowMs = 2000;
/** What each record may take beside: a line can make very many ($GENERATE), and others can include it again and again. */
const slowMsEach = 0.02;
const maxTextOctets = 20_000;

const seeds = seedFiles("zone-file.in", ".zone");

/** Pieces of text that mean something somewhere. */
const pieces = [
  ...' \n\t();"\\@.$,=/:-0'.split(""),
  "\r\n",
  "\u0000",
  "\r",
  "\\#",
  "\\000",
  "\\25",
  "$ORIGIN ",
  "$TTL ",
  "$INCLUDE x ",
  "$GENERATE 1-9 a$ ",
  "${1,2,n}",
  " IN ",
  " TYPE65280 \\# 2 ABCD ",
  "4294967296",
  "1w1d",
  "x".repeat(64),
  "x.".repeat(128),
  '"\u00ff"',
  "alpn=h2\\\\,h3",
  "mandatory=port",
].map((piece) => Uint8Array.from(piece, (character) => character.charCodeAt(0)));

/** One change: an octet, a piece put in, or a run that is dropped, doubled or taken from another text. */
function mutate(text: Uint8Array): Uint8Array {
  const at = chance(text.length + 1);
  const to = Math.min(text.length, at + 1 + chance(40));
  switch (chance(7)) {
    case 0:
      return text.with(Math.min(at, text.length - 1), chance(256));
    case 1:
    case 2:
      return Uint8Array.of(...text.subarray(0, at), ...pick(pieces), ...text.subarray(at));
    case 3:
      return Uint8Array.of(...text.subarray(0, at), ...text.subarray(to));
    case 4:
      return Uint8Array.of(...text.subarray(0, to), ...text.subarray(at));
    case 5: {
      const other = pick(seeds);
      const from = chance(other.length);
      return Uint8Array.of(
        ...text.subarray(0, at),
        ...other.subarray(from, from + 100),
        ...text.subarray(at),
      );
    }
    default:
      return text.slice(0, at);
  }
}

const origin = Name.parse("example.org.");
if (!origin.ok) throw new Error("Cannot parse the origin");
const zone = origin.value;

let wholes = 0;

/** The rule that a text breaks; undefined where it breaks none. */
function broken(text: Uint8Array, included: Uint8Array): string | undefined {
  const from = usedMs();
  const include = (): IncludedText => ({ ok: true, text: included, file: "included" });
  const { records, errors } = parseZoneFile(text, { origin: zone, ttl: 60, file: "", include });
  if (usedMs() - from > slowMs + slowMsEach * records.length) return tooSlow;
  if (errors.length > maxZoneFileErrors + 1) return "too many errors";
  const firstFatal = errors.findIndex((error) => error.isFatal);
  if (firstFatal >= 0 && errors.length - firstFatal > maxIncludeDepth + 1) return "errors behind a fatal one";
  const lines = Math.max(countLines(text), countLines(included));
  for (const { line, column, expected } of errors) {
    if (line < 1 || line > lines || column < 1 || expected === "") return `an error at ${line}:${column}`;
  }
  for (const { type, rdata } of records) if (!checkRdata(type, rdata).ok) return "malformed RDATA";
  if (errors.length === 0) wholes++;
  const again = parseZoneFile(formatZoneFile(records, { origin: zone }));
  if (again.errors[0]) return `not read again: ${again.errors[0].message}`;
  const isSame = records.every((record, i) => {
    const other = again.records[i];
    return (
      other !== undefined &&
      areSameOctets(record.name.octets, other.name.octets) &&
      areSameOctets(record.rdata, other.rdata) &&
      [record.type, record.class, record.ttl].join() === [other.type, other.class, other.ttl].join()
    );
  });
  return isSame && again.records.length === records.length ? undefined : "not the same after writing";
}

function countLines(text: Uint8Array): number {
  return 1 + text.reduce((count, octet) => count + (octet === 10 ? 1 : 0), 0);
}

/** The rule that reading a text as RDATA breaks. */
function brokenRdata(text: string): string | undefined {
  const { number } = pick(rdataTypes);
  const parsed = parseRecordText(number, text, zone);
  if (parsed.ok) return checkRdata(number, parsed.value).ok ? undefined : `malformed RDATA of type ${number}`;
  return parsed.failure.message.startsWith("Cannot read ") ? undefined : "a failure without message";
}

await fuzz<Uint8Array>({
  inputs: "texts",
  make: () => {
    let text: Uint8Array = pick(seeds);
    for (let changes = 1 + chance(4); changes > 0 && text.length > 0; changes--) text = mutate(text);
    return text.subarray(0, maxTextOctets);
  },
  broken: (text) => {
    const line = Buffer.from(text).toString("latin1").split("\n")[0] ?? "";
    return broken(text, pick(seeds)) ?? brokenRdata(line.split("\t").slice(-1).join());
  },
  print: (text) => JSON.stringify(Buffer.from(text).toString("latin1")),
  tally: () => `, ${wholes} of them without errors`,
});
