// Structured fields (RFC 9651): dictionaries are read, strictly, as the RFC has it: what is wrong anywhere is wrong as a whole. Strings and
// tokens are written for Cache-Status (RFC 9211).

/** A bare item. Byte sequences and display strings are kept as they are written. */
export type BareItem =
  | { readonly type: "integer" | "decimal" | "date"; readonly value: number }
  | { readonly type: "string" | "token" | "octets" | "display"; readonly value: string }
  | { readonly type: "boolean"; readonly value: boolean };

/** A member of a dictionary: an item, or a list of items. Parameters are checked and dropped. */
export type Member = BareItem | { readonly type: "list"; readonly items: readonly BareItem[] };

/** Characters and members that are read of one field: what is longer is wrong. */
const maxCharacters = 8192;
const maxMembers = 256;

/**
 * Reads a dictionary.
 * @param text  the field's lines, joined by commas
 * @returns its members, of equal keys the last; undefined where it is malformed
 * @see RFC 9651 section 4.2.2
 */
export function parseDictionary(text: string): Map<string, Member> | undefined {
  if (text.length > maxCharacters) return undefined;
  const scan = new Scan(text);
  const members = new Map<string, Member>();
  scan.skip(" ");
  while (!scan.isAtEnd) {
    const key = scan.match(keyPattern);
    if (key === undefined) return undefined;
    const member: Member | undefined = scan.take("=") ? readMember(scan) : { type: "boolean", value: true };
    if (!member || !readParameters(scan)) return undefined;
    members.delete(key);
    members.set(key, member);
    if (members.size > maxMembers) return undefined;
    scan.skip(" \t");
    if (scan.isAtEnd) return members;
    if (!scan.take(",")) return undefined;
    scan.skip(" \t");
    // A comma at the end has nothing after it.
    if (scan.isAtEnd) return undefined;
  }
  return members;
}

class Scan {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text.replace(/ +$/, "");
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  skip(characters: string): void {
    while (!this.isAtEnd && characters.includes(this.#text.charAt(this.#at))) this.#at++;
  }

  take(character: string): boolean {
    if (this.#text.charAt(this.#at) !== character) return false;
    this.#at++;
    return true;
  }

  /** Takes what a sticky pattern matches here. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (!found) return undefined;
    this.#at = pattern.lastIndex;
    return found[0];
  }
}

const keyPattern = /[a-z*][a-z0-9_\-.*]*/y;
const numberPattern = /-?\d+(\.\d+)?/y;
const stringPattern = /"(?:[ !#-[\]-~]|\\["\\])*"/y;
const tokenPattern = /[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*/y;
const octetsPattern = /:[A-Za-z0-9+/=]*:/y;
const booleanPattern = /\?[01]/y;
const datePattern = /@-?\d{1,15}/y;
const displayPattern = /%"(?:[ !#$&-~]|%[0-9a-f]{2})*"/y;

function readMember(scan: Scan): Member | undefined {
  if (!scan.take("(")) return readBareItem(scan);
  const items: BareItem[] = [];
  for (;;) {
    scan.skip(" ");
    if (scan.take(")")) return { type: "list", items };
    const item = readBareItem(scan);
    if (!item || !readParameters(scan) || items.length >= maxMembers) return undefined;
    items.push(item);
    // RFC 9651 section 4.2.1.2: a space or the end follows each item.
    if (scan.match(/(?=[ )])/y) === undefined) return undefined;
  }
}

function readParameters(scan: Scan): boolean {
  for (let count = 0; scan.take(";"); count++) {
    scan.skip(" ");
    if (count >= maxMembers || scan.match(keyPattern) === undefined) return false;
    if (scan.take("=") && !readBareItem(scan)) return false;
  }
  return true;
}

function readBareItem(scan: Scan): BareItem | undefined {
  const number = scan.match(numberPattern);
  if (number !== undefined) return numberItem(number);
  const text = scan.match(stringPattern);
  if (text !== undefined) return { type: "string", value: text.slice(1, -1).replaceAll(/\\(.)/g, "$1") };
  const token = scan.match(tokenPattern);
  if (token !== undefined) return { type: "token", value: token };
  const octets = scan.match(octetsPattern);
  if (octets !== undefined) return { type: "octets", value: octets.slice(1, -1) };
  const boolean = scan.match(booleanPattern);
  if (boolean !== undefined) return { type: "boolean", value: boolean === "?1" };
  const date = scan.match(datePattern);
  if (date !== undefined) return { type: "date", value: Number(date.slice(1)) };
  const display = scan.match(displayPattern);
  return display === undefined ? undefined : { type: "display", value: display.slice(2, -1) };
}

/** @see RFC 9651 section 4.2.4 */
function numberItem(text: string): BareItem | undefined {
  const [whole = "", fraction] = text.replace("-", "").split(".");
  if (fraction === undefined) return whole.length > 15 ? undefined : { type: "integer", value: Number(text) };
  if (whole.length > 12 || fraction.length > 3) return undefined;
  return { type: "decimal", value: Number(text) };
}

/** Writes a text as a string: what no string may hold is left out. @see RFC 9651 section 4.1.6 */
export function formatString(text: string): string {
  return `"${text.replaceAll(/[^ -~]/g, "").replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}
