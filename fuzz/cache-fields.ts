// Fuzzes what reads the fields that caches go by: Cache-Control, ranges, dates, entity tags and dictionaries. Takes the lines of
// cache-fields.in, changes them by chance, and checks that reading ends in bounded time and that what is read keeps to its rules.
//
// Run: node --conditions=fairlead-source fuzz/cache-fields.ts [--seconds N] [--seed N]
// The seed is printed first; the same seed makes the same texts. A text that breaks a rule is printed as a JSON string,
// as small as it can be made, and ends the run with exit code 1: put it into cache-fields.in and a row into a test.

import {
  CacheControl,
  formatHttpDate,
  listsTag,
  maxDeltaSeconds,
  octetsOf,
  parseDictionary,
  parseHttpDate,
  rangesOf,
} from "#http";
import { fuzz, tooSlow } from "./shared/fuzz.ts";
import { chance, pick, seedFiles, usedMs } from "./shared/run.ts";

/** Processor time: a text that takes more of it to read counts as hanging; garbage collection included. */
const slowMs = 1000;
const maxTextOctets = 16_384;
const contentOctets = 10_000;
const wall = 784_111_777_000;

const seeds = seedFiles("cache-fields.in", "").flatMap((text) =>
  Buffer.from(text)
    .toString("latin1")
    .split("\n")
    .filter((line) => line !== ""),
);

/** Pieces of text that mean something somewhere. */
const pieces = [
  ...',;="\\()*:?@%-+/ \t'.split(""),
  "max-age=",
  "no-store",
  "99999999999999999999",
  "-0",
  '""',
  "bytes=",
  "0-0,".repeat(50),
  "0-",
  "GMT",
  "W/",
  "\u0000",
  "\u00ff",
  "a".repeat(200),
  "a,".repeat(300),
  "(".repeat(50),
];

/** One change: a piece put in, or a run that is dropped, doubled or taken from another text. */
function mutate(text: string): string {
  const at = chance(text.length + 1);
  const to = Math.min(text.length, at + 1 + chance(20));
  switch (chance(6)) {
    case 0:
      return text.slice(0, at) + String.fromCharCode(chance(256)) + text.slice(to);
    case 1:
    case 2:
      return text.slice(0, at) + pick(pieces) + text.slice(at);
    case 3:
      return text.slice(0, at) + text.slice(to);
    case 4:
      return text.slice(0, to) + text.slice(at);
    default:
      return text.slice(0, at) + pick(seeds) + text.slice(at);
  }
}

const control = new CacheControl();

function brokenControl(text: string): string | undefined {
  control.clear();
  control.read(octetsOf(text), 0, text.length);
  const { maxAge, sMaxAge, staleWhileRevalidate, staleIfError, maxStale, minFresh } = control;
  for (const number of [maxAge, sMaxAge, staleWhileRevalidate, staleIfError, minFresh]) {
    if (!Number.isInteger(number) || number < -1 || number > maxDeltaSeconds)
      return `a number that is ${number}`;
  }
  if (!(maxStale === Number.POSITIVE_INFINITY || (maxStale >= -1 && maxStale <= maxDeltaSeconds)))
    return "max-stale";
  if (control.withheld.some((name) => !/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name)))
    return "a name that is none";
  control.read(octetsOf("no-store"), 0, 8);
  return control.noStore ? undefined : "no-store on a line of its own is passed over";
}

function brokenRange(text: string): string | undefined {
  const ranges = rangesOf(text, contentOctets);
  if (!Array.isArray(ranges)) return undefined;
  if (ranges.length === 0 || ranges.length > 16) return `${ranges.length} ranges`;
  let sum = 0;
  for (const { from, to } of ranges) {
    if (!(from >= 0 && from < to && to <= contentOctets)) return `a range from ${from} to ${to}`;
    sum += to - from;
  }
  return sum > contentOctets ? "more than the whole" : undefined;
}

function brokenDate(text: string): string | undefined {
  const at = parseHttpDate(text, wall);
  if (Number.isNaN(at)) return undefined;
  if (!Number.isInteger(at)) return `a time that is ${at}`;
  if (at < 0 || at > 253_402_300_799_999) return undefined;
  return parseHttpDate(formatHttpDate(at), wall) === at ? undefined : "not the same after writing";
}

function brokenTags(text: string): string | undefined {
  const isListed = listsTag(text, '"abc"', false);
  if (isListed && !text.includes("abc") && text !== "*") return "a tag that is not there";
  if (listsTag(text, '"abc"', true) && !isListed) return "strong and not weak";
  return undefined;
}

function brokenDictionary(text: string): string | undefined {
  const members = parseDictionary(text);
  if (!members) return undefined;
  for (const [key, member] of members) {
    if (!/^[a-z*][a-z0-9_\-.*]*$/.test(key)) return `the key ${key}`;
    if (member.type === "integer" && !(Math.abs(member.value) < 1e15)) return `the number ${member.value}`;
  }
  return undefined;
}

/** The rule that a text breaks; undefined where it breaks none. */
function broken(text: string): string | undefined {
  const from = usedMs();
  for (const rule of [brokenControl, brokenRange, brokenDate, brokenTags, brokenDictionary]) {
    const found = rule(text);
    if (found !== undefined) return `${rule.name}: ${found}`;
  }
  return usedMs() - from > slowMs ? tooSlow : undefined;
}

await fuzz<string>({
  inputs: "texts",
  make: () => {
    let text = pick(seeds);
    for (let i = chance(8); i >= 0; i--) text = mutate(text).slice(0, maxTextOctets);
    return text;
  },
  broken,
  print: JSON.stringify,
});
