// Host names as certificates carry them (RFC 5280 section 4.2.1.6): lower case, without the final dot, of letters, digits and hyphens;
// `*` as the whole leftmost label only (RFC 9525 section 6.3). Names of other alphabets come in their A-label form.

import { parseAddress } from "#engine";
import { bad, good, type Read } from "./read.ts";

/** Octets of a name without its final dot. @see RFC 1035 section 2.3.4 */
const maxNameLength = 253;

/** Reads a host name of a certificate; a final dot and upper case are taken away. */
export function readHostName(text: string): Read<string> {
  const name = text.toLowerCase().replace(/\.$/, "");
  if (name === "") return bad("it is empty");
  if (name.length > maxNameLength) return bad(`it is longer than ${maxNameLength} characters`);
  if (parseAddress(name)) return bad("it is an address, and certificates here are for names");
  const labels = name.split(".");
  const isWildcard = labels[0] === "*";
  for (const label of isWildcard ? labels.slice(1) : labels) {
    if (label.includes("*")) return bad('"*" can only be the whole leftmost label');
    if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label))
      return bad(
        `its label "${label.slice(0, 64)}" is not of 1 to 63 letters, digits and hyphens, with none of these at an end`,
      );
  }
  if (isWildcard && labels.length < 3)
    return bad("a wildcard for a whole top-level domain is honoured by no browser");
  if (/^\d+$/.test(labels.at(-1) ?? "")) return bad("its last label is a number");
  return good(name);
}

/**
 * Tells whether a name of a certificate covers a host; a wildcard stands for exactly one label.
 * @param host  lower case, without the final dot; may be a wildcard itself, which only the same covers
 * @see RFC 9525 section 6.3
 */
export function coversHost(name: string, host: string): boolean {
  if (name === host) return true;
  if (!name.startsWith("*.") || host.startsWith("*.")) return false;
  const dot = host.indexOf(".");
  return dot > 0 && host.slice(dot) === name.slice(1);
}

/** Tells whether a name is one of some suffixes, or below one. Neither has a final dot. @see RFC 5280 section 4.2.1.10 */
export function isWithin(name: string, suffixes: Iterable<string>): boolean {
  for (const suffix of suffixes) if (name === suffix || name.endsWith(`.${suffix}`)) return true;
  return false;
}
