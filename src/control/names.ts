// Names, types and data as people write them, into the form of facts; each refusal is one sentence.

import { PlatformError } from "#contract";
import {
  formatBase64,
  maxRdataOctets,
  maxTtl,
  Name,
  parseBase64,
  parseRecordText,
  rdataExample,
  rdataType,
  RrType,
  typeName,
  typeNumber,
} from "#wire";
import { splitLongStrings } from "./long-strings.ts";

/** Reads a domain name, with or without final dot. @returns absolute, lower case. Throws `name-malformed`. */
export function readName(text: string): string {
  const parsed = Name.parse(text);
  if (!parsed.ok || text === "@") {
    const expected = parsed.ok ? "a domain name" : (parsed.failure["expected"] ?? parsed.failure.code);
    throw new PlatformError("name-malformed", `Cannot use name "${text}": expected ${expected}`);
  }
  return parsed.value.toLowerCase().toString();
}

/** Relative names that cannot be meant as whole ones: one label, a wildcard of one, or labels that end with one of `_tcp`'s kind. */
const surelyInside = /^(?:\*\.)?[^.]+$|(?:^|\.)_[^.]*$/;

/**
 * Reads the name of a record of a zone: `@` for the apex, a name inside the zone as `surelyInside` has it, or a name that ends with the
 * zone's.
 *
 * Other names without a final dot are refused rather than completed: `www.example.com` in `shop.test` is more often a mistake than
 * `www.example.com.shop.test`. Throws `name-malformed` or `name-outside-zone`.
 */
export function readOwner(text: string, zone: string): string {
  if (text === "@") return zone;
  const absolute = readName(text);
  if (absolute === zone || absolute.endsWith(`.${zone}`)) return absolute;
  const isRelative = !text.endsWith(".");
  if (!isRelative || !surelyInside.test(text)) {
    const hint = isRelative ? `; "${text}.${shown(zone)}" would be inside` : "";
    throw new PlatformError(
      "name-outside-zone",
      `Cannot use name "${text}" in zone "${shown(zone)}": it does not end with "${shown(zone)}"${hint}`,
    );
  }
  return readName(`${text}.${zone}`);
}

/** Reads a type's mnemonic or TYPEnnn. Throws `record-malformed` for what is no type, or none of records. */
export function readType(text: string): number {
  const type = typeNumber(text.toUpperCase());
  if (type === undefined) {
    throw new PlatformError(
      "record-malformed",
      `Cannot use record type "${text}": expected A, AAAA, CNAME, MX, TXT or another type of records`,
    );
  }
  return type;
}

/**
 * Reads RDATA in presentation format. Relative names in it are the zone's; text of TXT that is too long for one string is cut. Throws
 * `record-malformed`, or `address-malformed` for A and AAAA, with what was expected and an example.
 */
export function readRecordText(type: number, text: string, owner: string, zone: string): string {
  const origin = Name.parse(zone);
  const parsed = parseRecordText(type, splitLongStrings(type, text), origin.ok ? origin.value : undefined);
  if (parsed.ok) {
    if (parsed.value.length <= maxRdataOctets) return formatBase64(parsed.value);
    throw new PlatformError(
      "input-too-large",
      `Cannot use ${typeName(type)} record at "${shown(owner)}": at most ${maxRdataOctets} octets`,
    );
  }
  const isAddress = type === RrType.A || type === RrType.AAAA;
  const code = isAddress ? "address-malformed" : "record-malformed";
  const { line, column, expected, found } = parsed.failure;
  const place = line > 1 ? `line ${line}, column ${column}` : `column ${column}`;
  const instead = found === "" ? "nothing" : `"${clip(found)}"`;
  throw new PlatformError(
    code,
    `Cannot use "${clip(text)}" as ${typeName(type)} record of "${shown(owner)}": expected ${expected}, found ${instead} at ${place}; ${describeType(type, zone)}`,
  );
}

/** What a record of a type is made of, with an example that would do in a zone: `MX is PREFERENCE EXCHANGE, such as 10 mail.shop.test.` */
export function describeType(type: number, zone: string): string {
  const fields = (rdataType(type)?.fields ?? []).map(({ name }) =>
    name.replaceAll(/[A-Z]/g, (letter) => `-${letter}`).toUpperCase(),
  );
  const example = rdataExample(type).replaceAll("example.org.", zone);
  return `${typeName(type)} is ${fields.length === 0 ? "its octets" : fields.join(" ")}, such as ${example}`;
}

/** Checks a TTL. Throws `record-malformed`. */
export function checkTtl(ttl: number, owner: string): number {
  if (!Number.isInteger(ttl) || ttl < 0 || ttl > maxTtl) {
    throw new PlatformError(
      "record-malformed",
      `Cannot use TTL ${ttl} at "${shown(owner)}": expected 0 to ${maxTtl} seconds`,
    );
  }
  return ttl;
}

/** A name for people: without the final dot; the root as a dot. */
export function shown(name: string): string {
  return name === "." ? name : name.slice(0, -1);
}

/** A name and its ancestors down to the TLD, in presentation format; escaped dots do not part labels. */
export function* suffixesOf(name: string): Generator<string> {
  let rest = name;
  while (rest !== "" && rest !== ".") {
    yield rest;
    const label = /^(?:\\.|[^.\\])*\./.exec(rest);
    rest = label ? rest.slice(label[0].length) : "";
  }
}

/** The name that RDATA of NS, CNAME or DNAME is, in lower case. */
export function nameIn(rdata: string): string {
  const octets = parseBase64(rdata);
  return (octets && Name.fromOctets(octets)?.toLowerCase().toString()) ?? ".";
}

function clip(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
