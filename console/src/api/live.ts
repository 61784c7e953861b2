// What goes on now, once a second, over one stream for the whole console while a page shows it. A page that nobody sees listens to nothing.

import { useSyncExternalStore } from "react";
import type { LiveFigures, LiveHistory } from "#contract";
import { cache } from "./cache.ts";
import { onReturn } from "./connection.ts";

/** Seconds that are kept: the length of a live plot. */
export const liveSeconds = 60;
/** Milliseconds until a stream that the platform refused is asked for again. */
const againMs = 3000;

const none: readonly LiveFigures[] = [];
let figures: readonly LiveFigures[] = none;
let source: EventSource | undefined;
let again: ReturnType<typeof setTimeout> | undefined;
let stopFollowing: (() => void) | undefined;
const watchers = new Set<() => void>();

function set(to: readonly LiveFigures[]): void {
  const before = figures.at(-1)?.picture;
  figures = to;
  for (const tell of watchers) tell();
  // Whatever the picture of routes shows is another, health among it: that no change tells.
  const now = to.at(-1)?.picture;
  if (now !== undefined && before !== undefined && now !== before)
    void cache.invalidateQueries({ queryKey: ["routes"] });
}

function open(): void {
  close();
  if (document.visibilityState === "hidden") return;
  source = new EventSource("/v1/live");
  source.addEventListener("history", ({ data }: MessageEvent<string>) =>
    set((JSON.parse(data) as LiveHistory).figures),
  );
  source.addEventListener("live", ({ data }: MessageEvent<string>) =>
    set([...figures.slice(1 - liveSeconds), JSON.parse(data) as LiveFigures]),
  );
  source.addEventListener("error", () => {
    // Browsers open the stream again by themselves unless it was refused.
    if (source?.readyState === EventSource.CLOSED) again = setTimeout(open, againMs);
  });
}

function close(): void {
  clearTimeout(again);
  source?.close();
  source = undefined;
}

function watch(tell: () => void): () => void {
  watchers.add(tell);
  if (watchers.size === 1) {
    document.addEventListener("visibilitychange", open);
    stopFollowing = onReturn(open);
    open();
  }
  return () => {
    watchers.delete(tell);
    if (watchers.size > 0) return;
    document.removeEventListener("visibilitychange", open);
    stopFollowing?.();
    close();
    figures = none;
  };
}

/** The last seconds, the oldest first; none until the first has come. */
export function useLive(): readonly LiveFigures[] {
  return useSyncExternalStore(watch, () => figures);
}
