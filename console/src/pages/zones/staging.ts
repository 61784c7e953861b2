// What somebody has staged of a zone and not applied yet: kept in the browser, so that it outlives a reload and a session that has ended.
// It is sent with what was seen, so that nobody's change is overwritten unseen.

import { useSyncExternalStore } from "react";
import type { RrsetContent } from "#contract";
import { isSameContent, keyOf, type StagedEdit } from "./record-model.ts";

type Edits = ReadonlyMap<string, StagedEdit>;

const none: Edits = new Map();
const zones = new Map<string, Edits>();
const watchers = new Set<() => void>();

const storageKey = (zone: string): string => `fairlead.staged.${zone}`;

function load(zone: string): Edits {
  const known = zones.get(zone);
  if (known) return known;
  let edits = none;
  try {
    const list = JSON.parse(localStorage.getItem(storageKey(zone)) ?? "[]") as StagedEdit[];
    if (list.length > 0) edits = new Map(list.map((edit) => [keyOf(edit), edit]));
  } catch {
    // What another version or a hand wrote there: nothing is staged.
  }
  zones.set(zone, edits);
  return edits;
}

function save(zone: string, edits: Edits): void {
  zones.set(zone, edits);
  try {
    if (edits.size === 0) localStorage.removeItem(storageKey(zone));
    else localStorage.setItem(storageKey(zone), JSON.stringify([...edits.values()]));
  } catch {
    // Storage is full or forbidden: it lives as long as the page does.
  }
  for (const tell of watchers) tell();
}

// Another tab of the same browser.
globalThis.addEventListener?.("storage", ({ key }: StorageEvent) => {
  const zone =
    key?.startsWith("fairlead.staged.") === true ? key.slice("fairlead.staged.".length) : undefined;
  if (zone === undefined) return;
  zones.delete(zone);
  for (const tell of watchers) tell();
});

/** What is staged of a zone. */
export function useStaged(zone: string): Edits {
  return useSyncExternalStore(
    (tell) => {
      watchers.add(tell);
      return () => watchers.delete(tell);
    },
    () => load(zone),
  );
}

/** An edit that is to be staged: what is served of the RRset, as the editor sees it, and what they want. */
export interface NewEdit {
  readonly name: string;
  readonly type: string;
  readonly setIdentifier?: string;
  readonly served: RrsetContent | null;
  readonly put: RrsetContent | null;
}

/** Stages edits. What comes to what was seen first is no edit any more. */
export function stage(zone: string, edits: readonly NewEdit[]): void {
  const next = new Map(load(zone));
  for (const { served, put, ...place } of edits) {
    const key = keyOf(place);
    const expected = next.get(key)?.expected ?? served;
    const wanted = put && put.records.length > 0 ? { ...put, records: [...new Set(put.records)] } : null;
    if (isSameContent(expected, wanted)) next.delete(key);
    else next.set(key, { ...place, expected, put: wanted });
  }
  save(zone, next);
}

/** Lets staged edits go. */
export function unstage(zone: string, keys: Iterable<string>): void {
  const next = new Map(load(zone));
  for (const key of keys) next.delete(key);
  save(zone, next);
}

/** Keeps an edit as it is, on top of what somebody else has done meanwhile. */
export function rebase(
  zone: string,
  key: string,
  current: RrsetContent | null,
  put: RrsetContent | null,
): void {
  const next = new Map(load(zone));
  const edit = next.get(key);
  if (!edit) return;
  if (isSameContent(current, put)) next.delete(key);
  else next.set(key, { ...edit, expected: current, put });
  save(zone, next);
}

/** What a zone's staged edits are now, outside of a part. */
export function stagedOf(zone: string): Edits {
  return load(zone);
}
