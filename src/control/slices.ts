// Long work in short pieces: control answers roles, people and name servers from one thread, so nothing that grows with a zone may hold it for
// long. The work is a generator that yields where it may be interrupted.

import type { Clock } from "./ports.ts";

/** How long one piece may take, in milliseconds. */
const pieceMs = 8;

/** Work that can be interrupted where it yields. */
export type Sliced<T> = Generator<undefined, T, undefined>;

/** Runs work to its end, and whatever else there is to do between its pieces. */
export async function inSlices<T>(clock: Pick<Clock, "monotonic">, work: Sliced<T>): Promise<T> {
  for (;;) {
    const until = clock.monotonic() + pieceMs;
    do {
      const step = work.next();
      if (step.done) return step.value;
    } while (clock.monotonic() < until);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Gives others a turn, where work has gone on for as long as a piece may take. @param since  when it began */
export async function turnAfter(clock: Pick<Clock, "monotonic">, since: number): Promise<void> {
  if (clock.monotonic() - since >= pieceMs) await new Promise((resolve) => setImmediate(resolve));
}

/** Items of a list whose sorting is one piece. */
const chunkSize = 1024;

/** Sorts texts by their code units. */
export function* sortSliced(items: readonly string[]): Sliced<string[]> {
  let runs: string[][] = [];
  for (let from = 0; from < items.length; from += chunkSize) {
    // oxlint-disable-next-line unicorn/require-array-sort-compare -- code units are wanted
    runs.push(items.slice(from, from + chunkSize).sort());
    yield;
  }
  while (runs.length > 1) {
    const merged: string[][] = [];
    for (let i = 0; i < runs.length; i += 2) merged.push(yield* merge(runs[i] ?? [], runs[i + 1] ?? []));
    runs = merged;
  }
  return runs[0] ?? [];
}

function* merge(left: readonly string[], right: readonly string[]): Sliced<string[]> {
  const merged: string[] = [];
  let [i, j] = [0, 0];
  while (i < left.length || j < right.length) {
    const [a, b] = [left[i], right[j]];
    if (b === undefined || (a !== undefined && a <= b)) {
      merged.push(a as string);
      i++;
    } else {
      merged.push(b);
      j++;
    }
    if (merged.length % chunkSize === 0) yield;
  }
  return merged;
}
