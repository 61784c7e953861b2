// A request of the cache's own to an origin: in the relay it is a client like others, so that choosing a target, second tries, time-outs and
// accounts are the same; but it has no socket, and what comes back goes to the store and to everybody who waits for it. So a visitor who
// goes away takes nothing from the others, and one who reads slowly holds nobody up.

import { Framing } from "#http";
import { ClientConnection } from "../connections.ts";
import type { Destination } from "../destination.ts";
import type { CacheEntry } from "./cache-entry.ts";
import type { ContentReader } from "./readers.ts";
import type { CacheSite } from "./site.ts";
import type { StoredResponse } from "./stored-response.ts";

/** A request to an origin. */
export class Fetch extends ClientConnection {
  readonly site: CacheSite;
  readonly entry: CacheEntry;
  /** The head of the request that it is made from, at 0. */
  readonly request: Uint8Array;
  /** Those who wait for the response's head, the one that it is made for first. */
  readonly waiting: Set<ClientConnection> = new Set<ClientConnection>();
  /** Those who are sent the content. */
  readonly readers: Set<ContentReader> = new Set<ContentReader>();
  /** What is being validated. */
  validated: StoredResponse | undefined = undefined;
  /** What arrives. */
  response: StoredResponse | undefined = undefined;
  /** What it renews while that is answered with. */
  refreshed: StoredResponse | undefined = undefined;
  /** True where it goes on with nobody waiting. */
  isBackground = false;
  /** Whether others may wait for it before it is known what comes. */
  isShared = true;
  /** True once it is over, well or not. */
  isOver = false;
  readonly epoch: number;
  readonly purgeNumber: number;
  /** True where the path was purged, or changed by a request, since it began. */
  isOutdated = false;
  readonly beganAt: number;
  /** What of the request bears on whether the response may be kept. */
  hasAuthorization = false;
  hasUnkeyedCookie = false;
  noStore = false;
  /** Where it was sent last, for traces. */
  lastDestination: Destination | undefined = undefined;

  constructor(client: ClientConnection, request: Uint8Array, entry: CacheEntry, monotonic: number) {
    super(-1, client.listener, client.peer, client.local);
    this.request = request;
    this.entry = entry;
    this.site = entry.site;
    this.epoch = entry.site.epoch;
    this.purgeNumber = entry.site.purgeNumber;
    this.beganAt = monotonic;
    this.head.parse(request, 0, request.length);
    this.body.begin(Framing.None, 0, false);
    this.isRequestDone = true;
    this.phase = "held";
    this.label = entry.site.label;
  }

  /** True where nobody is there to be told. */
  get isUnwanted(): boolean {
    return !this.isBackground && this.waiting.size === 0 && this.readers.size === 0;
  }
}
