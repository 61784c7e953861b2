// $GENERATE, which BIND has for series of records: a range and a line in which $ stands for the number. Here the range
// and the templates only; the lines that come out are parsed by `zone-file-parser.ts`. No RFC has it.

import { type TextScanner, TokenKind } from "./scanner.ts";
import { indexInToken, numberOf } from "./scanner-values.ts";

/** Records that one $GENERATE may make: a range over all ports, or the hosts of a /16. */
export const maxGenerateSteps = 65_536;

/** Octets of a template, owner and rest each. */
export const maxTemplateOctets = 1024;

/** Octets of a line that comes out. */
export const maxGeneratedOctets = 4096;

/** The highest number in a range, and the greatest offset: 2^31 - 1, as BIND has it. */
const maxNumber = 0x7fff_ffff;

/** Digits that a number may be padded to. */
const maxWidth = 255;

const DOLLAR = 36;
const DASH = 45;
const COMMA = 44;
const SLASH = 47;
const BACKSLASH = 92;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** The numbers that a $GENERATE runs over: `first`, `first + step` … up to `last`. */
export interface GenerateRange {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

/** How a number stands in a template. */
interface Hole {
  readonly offset: number;
  /** Least number of characters; shorter ones get zeros before them. */
  readonly width: number;
  /** `n` and `N` are the hexadecimal digits in reverse with dots between, as in ip6.arpa. */
  readonly base: string;
}

/** Literal octets and holes, in order. */
export type Template = readonly (Uint8Array | Hole)[];

const rangeWords = "a range such as 1-100 or 0-254/2";

/** Reads a range. After a failure the result means nothing. */
export function readRange(scanner: TextScanner): GenerateRange {
  if (scanner.next() !== TokenKind.word) {
    scanner.failToken("bad-number", rangeWords);
    return { first: 0, last: 0, step: 1 };
  }
  const { tokenStart, tokenEnd } = scanner;
  const dashAt = indexInToken(scanner, DASH, tokenStart);
  const slashAt = indexInToken(scanner, SLASH, tokenStart);
  const first = numberOf(scanner, tokenStart, Math.min(dashAt, slashAt), maxNumber, rangeWords);
  const last = numberOf(scanner, Math.min(dashAt + 1, tokenEnd), slashAt, maxNumber, rangeWords);
  const step = slashAt < tokenEnd ? numberOf(scanner, slashAt + 1, tokenEnd, maxNumber, rangeWords) : 1;
  if (last < first || step === 0) scanner.fail("bad-number", `${rangeWords}, from low to high`);
  else if ((last - first) / step >= maxGenerateSteps) {
    scanner.fail("too-many-records", `a range of at most ${maxGenerateSteps} numbers`);
  }
  return { first, last, step };
}

/** Reads the owner template: the next word. */
export function readOwnerTemplate(scanner: TextScanner): Template {
  if (scanner.next() !== TokenKind.word)
    scanner.failToken("bad-character", "an owner name with $ in it, such as host-$");
  return scanner.failure
    ? []
    : parseTemplate(scanner, scanner.octets.subarray(scanner.tokenStart, scanner.tokenEnd));
}

/**
 * Reads the rest of the record as a template: TTL, class, type and RDATA. RDATA of several items is written as they
 * are, or in one pair of quotes, which are taken away.
 */
export function readRestTemplate(scanner: TextScanner): Template {
  const parts: Uint8Array[] = [];
  let octets = 0;
  while (scanner.next() !== TokenKind.end) {
    parts.push(scanner.octets.subarray(scanner.tokenStart, scanner.tokenEnd));
    octets += scanner.tokenEnd - scanner.tokenStart + 1;
    if (octets > maxTemplateOctets)
      scanner.fail("string-too-long", `a template of at most ${maxTemplateOctets} octets`);
  }
  if (parts.length < 2) scanner.failToken("missing-value", "a type and its RDATA");
  if (scanner.failure) return [];
  const line = new Uint8Array(octets);
  let at = 0;
  for (const part of parts) {
    line.set(part, at);
    at += part.length;
    line[at++] = 32;
  }
  return parseTemplate(scanner, line);
}

/** Splits a template; `$$` and `\$` are a dollar sign, `$` and `${offset,width,base}` a number. */
function parseTemplate(scanner: TextScanner, octets: Uint8Array): Template {
  if (octets.length > maxTemplateOctets) {
    scanner.fail("string-too-long", `a template of at most ${maxTemplateOctets} octets`);
    return [];
  }
  const template: (Uint8Array | Hole)[] = [];
  let literal: number[] = [];
  const endLiteral = (): void => {
    if (literal.length > 0) template.push(Uint8Array.from(literal));
    literal = [];
  };
  for (let at = 0; at < octets.length; at++) {
    const octet = octets[at]!;
    if (octet === BACKSLASH && at + 1 < octets.length) {
      literal.push(octet, octets[++at]!);
    } else if (octet !== DOLLAR) {
      literal.push(octet);
    } else if (octets[at + 1] === DOLLAR) {
      literal.push(BACKSLASH, DOLLAR);
      at++;
    } else if (octets[at + 1] === OPEN_BRACE) {
      endLiteral();
      const end = octets.indexOf(CLOSE_BRACE, at);
      const hole = end < 0 ? undefined : parseHole(octets.subarray(at + 2, end));
      if (!hole) {
        scanner.fail("bad-value", "${offset,width,base} with base d, o, x, X, n or N");
        return [];
      }
      template.push(hole);
      at = end;
    } else {
      endLiteral();
      template.push({ offset: 0, width: 0, base: "d" });
    }
  }
  endLiteral();
  return template;
}

/** What stands in the braces; undefined where it is malformed. */
function parseHole(octets: Uint8Array): Hole | undefined {
  const parts: string[] = [""];
  for (const octet of octets) {
    if (octet === COMMA) parts.push("");
    else parts[parts.length - 1] += String.fromCharCode(octet);
  }
  const [offset = "0", width = "0", base = "d"] = parts;
  if (
    parts.length > 3 ||
    !/^-?\d{1,10}$/.test(offset) ||
    !/^\d{1,3}$/.test(width) ||
    !/^[doxXnN]$/.test(base)
  ) {
    return undefined;
  }
  const hole = { offset: Number(offset), width: Number(width), base };
  return Math.abs(hole.offset) > maxNumber || hole.width > maxWidth ? undefined : hole;
}

/**
 * Fills a template with a number.
 * @returns undefined where a number would be negative or the text longer than {@link maxGeneratedOctets}
 */
export function fillTemplate(template: Template, number: number): Uint8Array | undefined {
  const line: number[] = [];
  for (const part of template) {
    if (part instanceof Uint8Array) {
      for (const octet of part) line.push(octet);
    } else {
      const value = number + part.offset;
      if (value < 0) return undefined;
      const text = formatHole(part, value);
      for (let i = 0; i < text.length; i++) line.push(text.charCodeAt(i));
    }
    if (line.length > maxGeneratedOctets) return undefined;
  }
  return Uint8Array.from(line);
}

function formatHole({ width, base }: Hole, value: number): string {
  switch (base) {
    case "o":
      return value.toString(8).padStart(width, "0");
    case "x":
      return value.toString(16).padStart(width, "0");
    case "X":
      return value.toString(16).toUpperCase().padStart(width, "0");
    case "n":
    case "N":
      return formatNibbles(base === "n" ? value.toString(16) : value.toString(16).toUpperCase(), width);
    default:
      return String(value).padStart(width, "0");
  }
}

/** Hexadecimal digits in reverse with dots between; the width counts digits and dots. */
function formatNibbles(digits: string, width: number): string {
  const nibbles = digits.split("").reverse();
  while (nibbles.length * 2 < width) nibbles.push("0");
  // An even width ends in a dot, for the label that follows.
  return nibbles.join(".") + (width > 0 && nibbles.length * 2 === width ? "." : "");
}
