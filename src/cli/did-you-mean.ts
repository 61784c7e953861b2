// What a person may have meant by a word that is not known: the nearest of those that are.

/** Most changes between what was written and what was meant. */
const maxChanges = 2;

/** `; did you mean "trace"?` where one known word is near, else nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  let nearest: string | undefined;
  let least = Math.min(maxChanges, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const changes = countChanges(word, candidate);
    if (changes >= least) continue;
    least = changes;
    nearest = candidate;
  }
  return nearest === undefined ? "" : `; did you mean "${nearest}"?`;
}

/** Letters to put in, take out, replace or swap with their neighbour to come from one word to the other. */
function countChanges(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1];
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1])
        least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1);
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return last[to.length] ?? 0;
}
