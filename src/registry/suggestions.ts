// Names like the one that somebody looks for: its words joined and hyphenated in either order, its number changed, with short words
// before and behind. The same list for the same words, the nearest first; whether a name is free is not asked here.
//
// Labels are given in letters of any script; who registers them brings them into ASCII first (IDNA).

const before: readonly string[] = ["my", "the", "get", "go", "hello", "try"];
const behind: readonly string[] = ["app", "site", "hub", "lab", "online", "home", "hq", "now", "web", "team"];

/** Words that are taken of what somebody looks for; more make no name that anybody types. */
const maxWords = 6;

/** The words of what somebody looks for: parted by blanks, hyphens, underscores and signs. */
export function wordsOf(query: string): string[] {
  return query
    .split(/[^\p{L}\p{N}\p{M}]+/u)
    .filter((word) => word !== "")
    .slice(0, maxWords);
}

/** Labels like some words, the nearest first, each once: at most `count`. The words joined stand first. */
export function suggestLabels(words: readonly string[], count: number): string[] {
  const labels = new Set<string>();
  for (const label of variations(words)) {
    if (labels.size >= count) break;
    labels.add(label);
  }
  return [...labels];
}

function* variations(words: readonly string[]): Generator<string> {
  const joined = words.join("");
  if (joined === "") return;
  yield joined;
  if (words.length > 1) {
    yield words.join("-");
    yield words.toReversed().join("");
    yield words.toReversed().join("-");
  }
  // One and many, for words that take an s: in letters without marks only.
  if (/^[a-z]{3,}$/.test(joined)) yield joined.endsWith("s") ? joined.slice(0, -1) : `${joined}s`;
  for (const hyphen of ["", "-"]) {
    const rounds = Math.max(before.length, behind.length);
    for (let i = 0; i < rounds; i++) {
      const [prefix, suffix] = [before[i], behind[i]];
      if (suffix !== undefined && !joined.endsWith(suffix)) yield `${joined}${hyphen}${suffix}`;
      if (prefix !== undefined && !joined.startsWith(prefix)) yield `${prefix}${hyphen}${joined}`;
    }
  }
  for (const word of words.length > 1 ? words : []) yield word;
}
