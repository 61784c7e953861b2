// A moment: how far it is away, with local time and UTC for who points at it. One clock ticks for the whole page.

import { useSyncExternalStore } from "react";
import { away, localTime } from "../text/quantities.ts";

/** Milliseconds between two looks at the clock. */
const tickMs = 1000;
let now = Date.now();
const watchers = new Set<() => void>();
let ticking: ReturnType<typeof setInterval> | undefined;

function watch(tell: () => void): () => void {
  watchers.add(tell);
  // Nobody has looked for a while.
  if (ticking === undefined) now = Date.now();
  ticking ??= setInterval(() => {
    now = Date.now();
    for (const one of watchers) one();
  }, tickMs);
  return () => {
    watchers.delete(tell);
    if (watchers.size > 0) return;
    clearInterval(ticking);
    ticking = undefined;
  };
}

/** Milliseconds since 1970, anew each second while something on the page wants it. */
export function useNow(): number {
  return useSyncExternalStore(watch, () => now);
}

/** A moment as its distance; `isExact` shows local time itself. */
export function Time({ at, isExact = false }: { readonly at: string; readonly isExact?: boolean }) {
  const moment = useNow();
  return (
    <time dateTime={at} title={`${localTime(at)} · ${at}`}>
      {isExact ? localTime(at) : away(at, moment)}
    </time>
  );
}
