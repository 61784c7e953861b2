// Vary as the second key (RFC 9111 section 4.1): what a request has in the fields that a response depends on.

import { type MessageHead, octetsOf } from "#http";
import type { CacheEntry } from "./cache-entry.ts";
import type { StoredResponse } from "./stored-response.ts";

/** Names as octets: few are used, and each by many responses. */
const names = new Map<string, Uint8Array>();
const maxNames = 1000;

function nameOctets(name: string): Uint8Array {
  let octets = names.get(name);
  if (!octets) {
    if (names.size >= maxNames) names.clear();
    names.set(name, (octets = octetsOf(name)));
  }
  return octets;
}

/** Fields whose values mean the same in any case. */
const foldedNames: ReadonlySet<string> = new Set(["accept-language", "accept-encoding", "accept-charset"]);

/** What a request has in each field, in the form in which it is compared: lines joined, without spaces around commas. `\0`: the field is not there. */
export function varyValuesOf(
  varyNames: readonly string[],
  head: MessageHead,
  octets: Uint8Array,
  start: number,
): string[] {
  return varyNames.map((name) => {
    const spelled = nameOctets(name);
    let value: string | undefined;
    for (
      let i = head.findName(octets, start, spelled);
      i >= 0;
      i = head.findName(octets, start, spelled, i + 1)
    ) {
      const line = head.valueText(octets, start, i);
      value = value === undefined ? line : `${value},${line}`;
    }
    if (value === undefined) return "\0";
    // Inside quotes spaces mean what they are.
    const plain = value.includes('"') ? value : value.replaceAll(/[ \t]*,[ \t]*/g, ",");
    return foldedNames.has(name) ? plain.toLowerCase() : plain;
  });
}

/** Tells whether two requests have the same in each field. */
export function isSameValues(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** Finds the newest response of an entry that fits a request. */
export function selectVariant(
  entry: CacheEntry,
  head: MessageHead,
  octets: Uint8Array,
  start: number,
): StoredResponse | undefined {
  let names: readonly string[] | undefined;
  let values: readonly string[] = [];
  for (const response of entry.variants) {
    const { varyNames } = response;
    if (varyNames.length === 0) return response;
    // Variants of one URI mostly depend on the same fields.
    if (names !== varyNames && names?.join() !== varyNames.join()) {
      values = varyValuesOf(varyNames, head, octets, start);
    }
    names = varyNames;
    if (isSameValues(values, response.varyValues)) return response;
  }
  return undefined;
}
