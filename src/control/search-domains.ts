// The search for a name to register: the name itself under every private TLD, then names like it, each with whether it can be had.
// Names may be given in letters of any script, with or without a TLD, as words with blanks between.

import { PlatformError, type DomainSearch, type FoundName } from "#contract";
import { checkDomain, suggestLabels, wordsOf, type CheckDomainAnswer, type RegistryView } from "#registry";
import { hasTrueALabels, toAscii, toUnicode } from "./idna.ts";
import { shown } from "./names.ts";

/** What is looked for. */
export interface SearchRequest {
  readonly query: string;
  /** Names like it, beside the name itself under each TLD. */
  readonly count: number;
  /** Leaves out suggestions that cannot be had; the name itself is always told. */
  readonly onlyAvailable: boolean;
}

/** Labels that are made for a list that only available names are taken of, for each that is wanted. */
const spare = 4;

/** Looks for names. Throws `input-malformed` where the query holds no letter or digit. */
export function searchDomains(view: RegistryView, request: SearchRequest, now: number): DomainSearch {
  const { query, count, onlyAvailable } = request;
  const text = query.normalize("NFC").toLowerCase().trim().replace(/\.$/, "");
  const tlds = view.tlds.map(({ name }) => shown(name));
  const tld = tlds.filter((known) => text.endsWith(`.${known}`)).sort((a, b) => b.length - a.length)[0];
  const left = tld === undefined ? text : text.slice(0, -tld.length - 1);
  // Of a name with several labels, the one that a registration would have; of one under a foreign TLD, the one before it.
  const labels = left.split(".");
  const isWhole = tld !== undefined || labels.length > 1;
  const own = (tld === undefined && labels.length > 1 ? labels.at(-2) : labels.at(-1)) ?? "";
  const words = wordsOf(toUnicode(own) ?? own);
  if (words.length === 0) {
    throw new PlatformError(
      "input-malformed",
      `Cannot search for "${query.slice(0, 100)}": expected a name or words, such as shop, shop.test or "my shop"`,
    );
  }
  const order = tld === undefined ? tlds : [tld, ...tlds.filter((other) => other !== tld)];
  const results = new Map<string, FoundName>();
  const look = (name: string, isExact: boolean): void => {
    const ascii = toAscii(name) ?? name;
    if (results.has(ascii)) return;
    const found = describe(view, name, ascii, isExact, now);
    if (isExact || (found.availability !== "INVALID_NAME_FOR_TLD" && (found.isAvailable || !onlyAvailable)))
      results.set(ascii, found);
  };
  if (isWhole) look(text, true);
  const [first = "", ...others] = suggestLabels([...words], count * (onlyAvailable ? spare : 1) + 1);
  // A hyphen that was written is meant.
  const exact = /^[\p{L}\p{N}\p{M}-]+$/u.test(own) ? own : first;
  for (const known of order) look(`${exact}.${known}`, true);
  const exactCount = results.size;
  for (const label of [first, ...others]) {
    for (const known of order) {
      if (results.size >= exactCount + count) return { query, results: [...results.values()] };
      look(`${label}.${known}`, false);
    }
  }
  return { query, results: [...results.values()] };
}

function describe(
  view: RegistryView,
  written: string,
  ascii: string,
  isExact: boolean,
  now: number,
): FoundName {
  if (toAscii(written) === undefined || !hasTrueALabels(ascii)) {
    return {
      name: written,
      isExact,
      isAvailable: false,
      availability: "INVALID_NAME_FOR_TLD",
      reason: "IDNA does not allow these letters in a name",
    };
  }
  const outcome = checkDomain(view, ascii, now);
  if (outcome.code !== 1000) throw new RangeError(`Cannot check "${ascii}": ${outcome.reason}`);
  const unicodeName = toUnicode(ascii);
  return {
    ...viewAvailability(outcome.answer, ascii),
    ...(unicodeName !== undefined && { unicodeName }),
    isExact,
  };
}

/** Whether a name can be had, as the API tells it. */
export function viewAvailability(answer: CheckDomainAnswer, name: string): Omit<FoundName, "isExact"> {
  const { isAvailable, availability, reason, takenSince, freeFrom } = answer;
  return {
    name,
    isAvailable,
    availability,
    ...(reason !== undefined && { reason }),
    ...(takenSince !== undefined && { takenSince: new Date(takenSince).toISOString() }),
    ...(freeFrom !== undefined && { freeFrom: new Date(freeFrom).toISOString() }),
  };
}
