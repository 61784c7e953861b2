// The search of the documentation: all words must be there, those in headings count most. A few hundred parts are looked through as they
// are; an index would be larger than what it finds.

import type { SearchEntry } from "../../../docs/page.ts";

/** Most that is found. */
const most = 30;

/** The parts that have all words of a question in them, the best first. */
export function find(entries: readonly SearchEntry[], question: string): readonly SearchEntry[] {
  const words = question.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  return entries
    .map((entry) => ({ entry, worth: worthOf(entry, words) }))
    .filter(({ worth }) => worth > 0)
    .sort((a, b) => b.worth - a.worth)
    .slice(0, most)
    .map(({ entry }) => entry);
}

/** How well a part answers: nothing where a word is missing. */
function worthOf({ page, heading, text }: SearchEntry, words: readonly string[]): number {
  const [inPage, inHeading, inText] = [page.toLowerCase(), heading.toLowerCase(), text.toLowerCase()];
  let worth = 0;
  for (const word of words) {
    const own =
      (inHeading === word ? 20 : begins(inHeading, word) ? 10 : inHeading.includes(word) ? 5 : 0) +
      (begins(inPage, word) ? 6 : inPage.includes(word) ? 3 : 0) +
      (begins(inText, word) ? 2 : inText.includes(word) ? 1 : 0);
    if (own === 0) return 0;
    worth += own;
  }
  return worth;
}

/** Whether a word of the text begins so. */
function begins(text: string, word: string): boolean {
  const at = text.indexOf(word);
  return at === 0 || (at > 0 && !/[\p{L}\p{N}]/u.test(text[at - 1] ?? ""));
}
