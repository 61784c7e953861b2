// Names in letters of any script: U-labels into A-labels and back (RFC 5890 section 2.3.2.1), by the platform's own table in node:url.

import { domainToASCII, domainToUnicode } from "node:url";
import { PlatformError } from "#contract";

// oxlint-disable-next-line no-control-regex -- all of ASCII is meant
const ascii = /^[\u0000-\u007f]*$/;

/** A name's A-labels; ASCII as it is. Undefined where IDNA refuses the name. */
export function toAscii(text: string): string | undefined {
  if (ascii.test(text)) return text;
  const converted = domainToASCII(text);
  return converted === "" ? undefined : converted;
}

/** A name as it is read, where it has A-labels; undefined where it has none. */
export function toUnicode(name: string): string | undefined {
  if (!/(?:^|\.)xn--/i.test(name)) return undefined;
  const converted = domainToUnicode(name);
  return converted === "" || converted === name ? undefined : converted;
}

/** Tells whether every label that looks like an A-label is one: it says letters that give the same label again. */
export function hasTrueALabels(name: string): boolean {
  return name
    .toLowerCase()
    .split(".")
    .filter((label) => label.startsWith("xn--"))
    .every((label) => {
      const read = domainToUnicode(label);
      return read !== "" && read !== label && domainToASCII(read) === label;
    });
}

/** The name of a domain to be registered, in ASCII. Throws `name-malformed` for what IDNA refuses, and for an A-label that is none. */
export function asciiDomain(text: string): string {
  const name = toAscii(text);
  if (name === undefined) {
    throw new PlatformError(
      "name-malformed",
      `Cannot use name "${text}": IDNA does not allow it; expected letters, digits and inner hyphens`,
    );
  }
  if (!hasTrueALabels(name)) {
    throw new PlatformError(
      "name-malformed",
      `Cannot use name "${text}": a label that begins with xn-- stands for letters of another script, and this one does not`,
    );
  }
  return name;
}
