// What the filter bar understands: `type:mx ttl<300 name:www value:192.0.2 from:assign is:staged`, words that stand in the name or the value, and
// a minus before what is not wanted. All that is written holds. What is not understood is looked for as a word.

import type { RecordRow } from "./record-model.ts";

/** What a row is looked at with beside itself. */
export interface FilterContext {
  /** Keys of RRsets that there is advice of. */
  readonly advised: ReadonlySet<string>;
}

/** Tells whether a row is wanted. */
export type Matcher = (row: RecordRow, context: FilterContext) => boolean;

const spans: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const term = /^(type|name|value|from|is)[:=](.*)$/i;
const ttlTerm = /^ttl(<=|>=|<|>|=|:)(\d+)([smhdw]?)$/i;

/** Reads a filter; undefined where nothing is written. */
export function readFilter(text: string): Matcher | undefined {
  const words = (text.match(/(?:"[^"]*"|[^\s"])+/g) ?? []).map((word) => word.replaceAll('"', ""));
  const matchers = words.filter((word) => word !== "" && word !== "-").map(readWord);
  if (matchers.length === 0) return undefined;
  return (row, context) => matchers.every((matches) => matches(row, context));
}

function readWord(word: string): Matcher {
  if (word.startsWith("-")) {
    const matches = readTerm(word.slice(1));
    return (row, context) => !matches(row, context);
  }
  return readTerm(word);
}

function readTerm(word: string): Matcher {
  const [, field, value = ""] = term.exec(word) ?? [];
  const wanted = value.toLowerCase();
  switch (field?.toLowerCase()) {
    case "type": {
      const types = new Set(wanted.toUpperCase().split(","));
      return ({ type }) => types.has(type);
    }
    case "name":
      return ({ name }) => matchesText(name, wanted);
    case "value":
      return ({ data }) => data.toLowerCase().includes(wanted);
    case "from":
      return ({ origin }) => origin === wanted;
    case "is":
      if (wanted === "staged") return ({ mark }) => mark !== "same";
      if (wanted === "conflict") return ({ isInConflict }) => isInConflict;
      if (wanted === "advised") return ({ key }, { advised }) => advised.has(key);
      break;
    default:
  }
  const [, sign, number, unit = ""] = ttlTerm.exec(word) ?? [];
  if (sign !== undefined) {
    const seconds = Number(number) * (spans[unit.toLowerCase()] ?? 1);
    return ({ ttl }) => compare(ttl, sign, seconds);
  }
  const text = word.toLowerCase();
  return ({ name, data, type }) =>
    name.includes(text) || data.toLowerCase().includes(text) || type.toLowerCase() === text;
}

/** A name whole or in part; an asterisk stands for anything. */
function matchesText(name: string, wanted: string): boolean {
  if (!wanted.includes("*")) return name.includes(wanted);
  let at = 0;
  for (const part of wanted.split("*")) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return true;
}

function compare(ttl: number, sign: string, seconds: number): boolean {
  switch (sign) {
    case "<":
      return ttl < seconds;
    case ">":
      return ttl > seconds;
    case "<=":
      return ttl <= seconds;
    case ">=":
      return ttl >= seconds;
    default:
      return ttl === seconds;
  }
}
