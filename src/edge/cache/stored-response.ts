// One stored response, or one that is arriving: its head, its content in pieces, and what its life depends on. Also one that will not be
// stored, while it passes: then the pieces that everybody has been sent are dropped. It is filled by edge-cache.ts, held by store.ts, and
// answered with by readers.ts.

import type { CacheEntry } from "./cache-entry.ts";
import type { Fetch } from "./fetch.ts";
import type { CacheSite } from "./site.ts";

/** Octets that a response takes beside head and content: objects, numbers, its place in lists. Measured with 120,000 of a kilobyte. */
const overheadOctets = 1024;

/** Octets of a piece of content, and of the first one where the length is not known. */
const pieceOctets = 65_536;
const leastPieceOctets = 4096;

/** A stored response. */
export class StoredResponse {
  readonly entry: CacheEntry;
  readonly site: CacheSite;
  status = 0;
  /** Status line and the fields that are kept, each with CR LF; no Age, no length, no empty line. */
  head: Uint8Array = empty;
  /** The head of a 304 in its place, made when it is first asked for. */
  notModifiedHead: Uint8Array | undefined = undefined;
  /** The content in pieces; of the last one `lastUsed` octets are valid. */
  readonly pieces: Uint8Array[] = [];
  lastUsed = 0;
  /** Pieces that were dropped before the first one: nobody is sent them any more. */
  dropped = 0;
  /** Octets that are there by now. */
  contentOctets = 0;
  /** Octets that there will be; -1 where that is not known yet. */
  length = -1;
  isWhole = false;
  /** True once it will never be whole. */
  isBroken = false;
  /** The request that it arrives by; undefined once it is whole. */
  fetch: Fetch | undefined = undefined;
  /** True where it stays in the store once it is whole. */
  isKept = false;
  /** Why not. */
  reason = "";

  /** Names of the request's fields that it depends on, lower case; and what the request had there. */
  varyNames: readonly string[] = [];
  varyValues: readonly string[] = [];
  /** As they stood; undefined where there was none. */
  etag: string | undefined = undefined;
  lastModified: string | undefined = undefined;
  /** What Last-Modified says, or else Date: milliseconds since 1970. */
  modifiedAt = 0;

  /** Monotonic time of its arrival, and how old it was then. */
  arrivedAt = 0;
  ageMs = 0;
  lifetimeMs = 0;
  staleWhileRevalidateMs = 0;
  staleIfErrorMs = -1;
  mustRevalidate = false;
  alwaysValidates = false;
  /** Until when a failed validation is not tried again: monotonic time. */
  retryAt = 0;
  /** True while it is being validated for nobody who waits. */
  isRefreshing = false;
  /** True where it stands for an error that another page is answered for. */
  isErrorMark = false;
  /** The number of the last purge when it was asked for. */
  purgeNumber = 0;
  /** The lines that a hit adds, and the second of age that they are of. */
  notes: Uint8Array = empty;
  notesAge = -1;

  // Its place in the store.
  octets = 0;
  hits = 0;
  queue: "none" | "small" | "large" = "none";
  before: StoredResponse | undefined = undefined;
  after: StoredResponse | undefined = undefined;
  /** Connections that are being sent it. */
  readers = 0;
  /** True where it is counted among what is gone and still being sent. */
  isLeaving = false;

  constructor(entry: CacheEntry, site: CacheSite) {
    this.entry = entry;
    this.site = site;
    this.octets = overheadOctets + entry.key.length;
  }

  /** How old it is now, in milliseconds. */
  age(monotonic: number): number {
    return this.ageMs + Math.max(0, monotonic - this.arrivedAt);
  }

  /** For how long it is still fresh, in milliseconds; below zero once it is stale. */
  freshFor(monotonic: number): number {
    return this.lifetimeMs - this.age(monotonic);
  }

  /** Takes content. @param onPiece  called before each new piece, with its octets */
  append(octets: Uint8Array, from: number, to: number, onPiece: (octets: number) => void): void {
    let at = from;
    while (at < to) {
      let last = this.pieces.at(-1);
      if (!last || this.lastUsed === last.length) {
        const size = this.#nextPiece(to - at);
        onPiece(size);
        last = new Uint8Array(size);
        this.pieces.push(last);
        this.lastUsed = 0;
      }
      const taken = Math.min(to - at, last.length - this.lastUsed);
      last.set(octets.subarray(at, at + taken), this.lastUsed);
      this.lastUsed += taken;
      this.contentOctets += taken;
      at += taken;
    }
  }

  #nextPiece(arrived: number): number {
    if (this.length >= 0) return Math.max(1, Math.min(this.length - this.contentOctets, pieceOctets));
    const grown = this.pieces.length + this.dropped === 0 ? leastPieceOctets : pieceOctets;
    return Math.min(pieceOctets, Math.max(arrived, grown));
  }

  /** Gives the unused end of the last piece back. Returns how many octets that were. */
  trim(): number {
    const last = this.pieces.at(-1);
    if (!last || last.length === this.lastUsed) return 0;
    const unused = last.length - this.lastUsed;
    if (this.lastUsed === 0) this.pieces.pop();
    else this.pieces[this.pieces.length - 1] = last.slice(0, this.lastUsed);
    this.lastUsed = this.pieces.at(-1)?.length ?? 0;
    return unused;
  }

  get canBeValidated(): boolean {
    return this.etag !== undefined || this.lastModified !== undefined;
  }

  /** Seconds of age, as they are told. */
  ageSeconds(monotonic: number): number {
    return Math.min(Math.floor(this.age(monotonic) / 1000), 2_147_483_648);
  }
}

const empty: Uint8Array = new Uint8Array(0);
