// One request of a visitor to a distribution, from when it is known not to be answered at once: what it waits for, and what it will be told
// of how the cache took part.

import type { Now } from "#engine";
import type { MessageHead } from "#http";
import type { ClientConnection } from "../connections.ts";
import type { Fetch } from "./fetch.ts";
import type { CacheSite, MissReason } from "./site.ts";

/** What is told of a cache's part in an answer. @see RFC 9211 section 2 */
export interface CacheNote {
  /** Absent for a hit. */
  readonly forward?: MissReason;
  readonly forwardStatus?: number;
  readonly isStored?: boolean;
  readonly isCollapsed?: boolean;
  /** Seconds that it is still fresh; below zero where it is stale. */
  readonly ttlSeconds?: number;
  readonly detail?: string;
}

/** A request of a visitor. */
export class Exchange {
  readonly site: CacheSite;
  /** The request's head, at 0. */
  readonly request: Uint8Array;
  reason: MissReason = "uri-miss";
  detail: string | undefined = undefined;
  isCollapsed = false;
  /** What it waits for. */
  fetch: Fetch | undefined = undefined;
  /** True where it is passed on by itself; and where with all that it has, its path not being cached. */
  isPassed = false;
  isUnfiltered = false;
  /** How often it was looked at anew. */
  attempts = 0;
  /** True once it may not wait for others any more. */
  goesAlone = false;
  /** In place of an error: the status to answer with, and what the origin said. */
  page: { readonly status: number; readonly instead: number } | undefined = undefined;
  readonly #onGone: (conn: ClientConnection, exchange: Exchange) => void;
  readonly #conn: ClientConnection;

  /** The head of the request, which `request` holds. */
  get head(): MessageHead {
    return this.#conn.head;
  }

  /** @param onGone  called where it is over before its time */
  constructor(
    conn: ClientConnection,
    site: CacheSite,
    request: Uint8Array,
    onGone: (conn: ClientConnection, exchange: Exchange) => void,
  ) {
    this.#conn = conn;
    this.site = site;
    this.request = request;
    this.#onGone = onGone;
  }

  /** The visitor is gone, or was answered in another way. */
  release(): void {
    this.#onGone(this.#conn, this);
  }
}

/**
 * Counts a request that the store did not answer.
 * @param detail  why its answer was not stored, where that is known
 */
export function countMiss(exchange: Exchange, detail: string | undefined, now: Now): void {
  const { site, reason, request } = exchange;
  site.counters.misses[reason]++;
  site.resource.cacheMisses++;
  const { pathStart, pathEnd } = exchange.head;
  site.topMisses.count(request, pathStart, pathEnd, reason, detail, now);
}
