// Records as Lightsail writes them: one text a record, host names without the final dot, TXT in quotes. What a client sent is kept beside
// the record (`written` of its fact) where it is not what this file would write, since clients compare octet by octet.

import { formatRdata, Name, parseRecordText, RrType } from "#wire";
import { splitLongStrings } from "../long-strings.ts";
import { AwsError } from "./aws-error.ts";

/** Types whose text ends with a host name. */
const namedTypes: ReadonlySet<number> = new Set([RrType.CNAME, RrType.NS, RrType.MX, RrType.SRV, RrType.PTR]);

/** Whether the text of a type ends with a host name. */
export function isNamed(type: number): boolean {
  return namedTypes.has(type);
}

/** A record's RDATA as Lightsail writes it. */
export function targetOf(type: number, rdata: Uint8Array): string {
  const text = formatRdata(type, rdata);
  return isNamed(type) && /[^ .]\.$/.test(text) ? text.slice(0, -1) : text;
}

/**
 * A target as it is written in zone files: its names are whole, with or without the final dot. What cannot be read is given back as it is, so
 * that the plan says what is wrong with it. Throws `InvalidInputException` for text without quotes.
 */
export function dataOf(type: number, target: string): string {
  if (type === RrType.TXT && !isQuoted(target)) {
    throw new AwsError("InvalidInputException", "Input error: Target should be enclosed in quotation marks", {
      code: "InvalidParameter",
    });
  }
  const root = Name.parse(".");
  const parsed = parseRecordText(type, splitLongStrings(type, target), root.ok ? root.value : undefined);
  return parsed.ok ? formatRdata(type, parsed.value) : target;
}

/** Whether a target of TXT is one or more texts in quotes. */
function isQuoted(target: string): boolean {
  return /^\s*"[^]*"\s*$/.test(target);
}

/** A name as clients send it: Route 53's spelling of an asterisk stands for one. */
export function nameOf(text: string): string {
  if (text === "") return "@";
  return text.replace(/^\\052(?=\.|$)/, "*");
}

/** The id of an entry: the last 32 bits of a UUID, as a signed number; `salt` tells entries of one object apart. */
export function idOf(uuid: string, salt: number = 0): string {
  return String((Number.parseInt(uuid.slice(-8), 16) ^ salt) | 0);
}

/** The id of an entry that is derived from something else, by what it holds. @see http://www.isthe.com/chongo/tech/comp/fnv/ */
export function derivedId(...parts: readonly string[]): string {
  let hash = 0x811c9dc5;
  for (const octet of new TextEncoder().encode(parts.join("\0"))) {
    hash ^= octet;
    hash = Math.imul(hash, 0x01000193);
  }
  return String(hash | 0);
}
