// From what somebody does in the table to what is staged: a value, a TTL, a deletion, a way back. What is served is asked of the worker.

import type { RrsetContent } from "#contract";
import { contentOf, isEditable, placeOf, type RecordRow } from "./record-model.ts";
import type { RecordSource } from "./record-source.ts";
import { stage, stagedOf, type NewEdit } from "./staging.ts";

type Ask = RecordSource["ask"];

/** Most records that are changed at a time. */
export const mostSelected = 10_000;

/** Changes one record's value or the TTL of all that it stands with. @returns what is wrong with it; undefined where it is staged */
export async function changeRecord(
  ask: Ask,
  zone: string,
  row: RecordRow,
  change: { readonly data?: string; readonly ttl?: number },
): Promise<string | undefined> {
  const { data } = change;
  if (data !== undefined) {
    const problem = await ask<"check">({ type: "check", recordType: row.type, data });
    if (problem !== null) return problem;
  }
  await editSets(ask, zone, [row.key], (content) => ({
    ttl: change.ttl ?? content?.ttl ?? row.ttl,
    records: (content?.records ?? []).map((one) => (one === row.data && data !== undefined ? data : one)),
  }));
  return undefined;
}

/** Takes records out; an RRset that is left without any goes. @param ids  of rows */
export async function removeRecords(ask: Ask, zone: string, rows: readonly IdParts[]): Promise<void> {
  const gone = new Map<string, Set<string>>();
  for (const { key, data } of rows) gone.set(key, (gone.get(key) ?? new Set()).add(data));
  await editSets(ask, zone, [...gone.keys()], (content, key) => ({
    ttl: content?.ttl ?? 60,
    records: (content?.records ?? []).filter((one) => gone.get(key)?.has(one) !== true),
  }));
}

/** Gives RRsets another TTL. */
export async function setTtls(ask: Ask, zone: string, keys: readonly string[], ttl: number): Promise<void> {
  await editSets(ask, zone, keys, (content) => (content ? { ...content, ttl } : null));
}

/** Puts a record back that was to go. */
export async function restoreRecord(ask: Ask, zone: string, row: RecordRow): Promise<void> {
  await editSets(ask, zone, [row.key], (content, _key, served) => ({
    ttl: content?.ttl ?? served?.ttl ?? row.ttl,
    records: [...(content?.records ?? []), row.data],
  }));
}

/** Adds RRsets' records to those that are there or staged. */
export async function addRecords(
  ask: Ask,
  zone: string,
  sets: readonly (RrsetContent & { readonly name: string; readonly type: string })[],
): Promise<void> {
  const wanted = new Map(sets.map((set) => [`${set.name} ${set.type}`, set]));
  await editSets(ask, zone, [...wanted.keys()], (content, key) => {
    const set = wanted.get(key);
    return {
      ttl: set?.ttl ?? content?.ttl ?? 60,
      records: [...(content?.records ?? []), ...(set?.records ?? [])],
    };
  });
}

/** The parts of a row's id. */
export interface IdParts {
  readonly key: string;
  readonly data: string;
}

/** Takes a row's id apart: `NAME TYPE +DATA`, or `NAME TYPE =SET +DATA`. */
export function partsOf(id: string): IdParts {
  const [, key = "", data = ""] = /^(\S+ \S+(?: =\S+)?) [+-](.*)$/s.exec(id) ?? [];
  return { key, data };
}

/**
 * Stages what `change` makes of RRsets: of what is staged where something is, else of what is served. What follows something else is
 * left as it is.
 */
async function editSets(
  ask: Ask,
  zone: string,
  keys: readonly string[],
  change: (content: RrsetContent | null, key: string, served: RrsetContent | null) => RrsetContent | null,
): Promise<void> {
  const served = await ask<"rrsets">({ type: "rrsets", keys });
  const staged = stagedOf(zone);
  const edits: NewEdit[] = [];
  for (const [i, key] of keys.entries()) {
    const base = served[i] ?? undefined;
    if (base && !isEditable(base)) continue;
    const content = base ? contentOf(base) : null;
    const edit = staged.get(key);
    edits.push({ ...placeOf(key), served: content, put: change(edit ? edit.put : content, key, content) });
  }
  stage(zone, edits);
}

/** Reads a TTL: seconds, or `5m`, `1h`, `2d`. Undefined for what is none. */
export function readTtl(text: string): number | undefined {
  const parts =
    /^\s*(?:(\d+)\s*w)?\s*(?:(\d+)\s*d)?\s*(?:(\d+)\s*h)?\s*(?:(\d+)\s*m(?:in)?)?\s*(?:(\d+)\s*s?)?\s*$/i.exec(
      text,
    );
  if (!parts || text.trim() === "") return undefined;
  const [w = 0, d = 0, h = 0, m = 0, s = 0] = parts.slice(1).map((part) => Number(part ?? 0));
  const seconds = w * 604_800 + d * 86_400 + h * 3600 + m * 60 + s;
  return seconds <= 2_147_483_647 ? seconds : undefined;
}
