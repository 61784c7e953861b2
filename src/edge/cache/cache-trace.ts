// What a trace is told of a cache's part in a request: hit or miss, under which key, how old, and why, in words. Not a hot path.

import type { CacheDetail } from "#contract";
import type { Now } from "#engine";
import type { CacheEntry } from "./cache-entry.ts";
import type { CacheNote, Exchange } from "./exchange.ts";
import { formatCacheStatus } from "./notes.ts";
import type { MissReason } from "./site.ts";
import type { StoredResponse } from "./stored-response.ts";

/** Most characters of a key that are told. */
const maxKeyLength = 2000;

const missReasons: Readonly<Record<MissReason, string>> = {
  "uri-miss": "nothing is stored under this key",
  "vary-miss": "what is stored was an answer to other header fields (Vary)",
  stale: "what is stored is not fresh any more",
  request: "the request asks for an answer that is anew (Cache-Control)",
  method: "requests of this method are not answered from a cache",
  bypass: "the distribution does not cache this path",
  partial: "what is stored lacks the part that was asked for",
  miss: "there is nothing stored that answers it",
};

/** Further words of a note, as people say them. */
const details: Readonly<Record<string, string>> = {
  arriving: "the part asked for is still arriving",
  head: "only its head was asked for",
  range: "only a part was asked for",
  refreshing: "it is stale, and refreshed while it is served",
  stale: "it is stale, and served all the same",
  "origin-error": "it is stale, and served because the origin fails",
};

/** Tells of an answer out of the store. */
export function describeStored(note: CacheNote, response: StoredResponse, now: Now): CacheDetail {
  const isHit = note.forward === undefined;
  const isRevalidated = note.forwardStatus === 304;
  const why = isHit ? "it is stored and fresh" : isRevalidated ? "the origin says that it is good still" : "";
  return {
    result: isRevalidated ? "revalidated" : isHit ? "hit" : "miss",
    reason: note.detail === undefined && why !== "" ? why : reasonOf(note),
    key: formatKey(response.entry),
    ageSeconds: response.ageSeconds(now.monotonic),
    ttlLeftSeconds: Math.floor(response.freshFor(now.monotonic) / 1000),
    isStored: isHit || note.isStored === true || isRevalidated,
    status: formatCacheStatus(note),
  };
}

/** Tells of a request that was passed on, or could not be. @param note  absent where no answer came */
export function describePassed(exchange: Exchange, note: CacheNote | undefined): CacheDetail {
  const told = note ?? {
    forward: exchange.reason,
    ...(exchange.detail === undefined ? {} : { detail: exchange.detail }),
  };
  const entry = exchange.fetch?.entry;
  return {
    result: exchange.isPassed ? "pass" : "miss",
    reason: reasonOf(told),
    ...(entry ? { key: formatKey(entry) } : {}),
    isStored: false,
    status: formatCacheStatus(told),
  };
}

function reasonOf({ forward, detail }: CacheNote): string {
  const reason = forward === undefined ? "" : missReasons[forward];
  const further = detail === undefined ? "" : (details[detail] ?? detail);
  return [reason, further].filter((part) => part !== "").join(": ");
}

/** Whether gzip is taken, as the key has it. */
const encodings: Readonly<Record<string, string>> = { g: "gzip", i: "not compressed" };

/** A key for people: host, path and query, and what else is in it, without the distribution's number. */
function formatKey({ key }: CacheEntry): string {
  let text = "";
  for (let i = 5; i < key.length && text.length < maxKeyLength; i++) text += String.fromCharCode(key[i] ?? 0);
  const [host = "", ...rest] = text.split("\n");
  const scheme = key[4] === 115 ? "https" : "http";
  const [uri = "", ...further] = rest.filter((part) => part !== "");
  const where = host === "" ? `${scheme} ${uri}` : `${scheme}://${host}${uri}`;
  return [where, ...further.map((part) => encodings[part] ?? part)].join(" · ");
}
