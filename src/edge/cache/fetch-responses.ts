// What comes of the cache's own requests to origins: responses are judged, stored while they arrive and sent to all who wait, in pieces that
// each takes at its own pace; a 304 renews what is stored (RFC 9111 section 4.3.3); a failure is covered by something stale where that is
// allowed (RFC 5861 section 4, RFC 9111 section 4.2.4). A response that breaks off is never stored, and never passed on as whole.
//
// A response that is not to be stored, or is too large, goes to the one that it was asked for, a window of it at a time; who else waited
// goes on alone, and for a while nobody waits for its like.

import { noteResponse } from "../response-head.ts";
import type { Now } from "#engine";
import { Framing, framingOfResponse, MessageHead } from "#http";
import type { ClientConnection, TargetConnection } from "../connections.ts";
import { writeResponseHead } from "../heads.ts";
import type { OwnAnswer } from "../policy.ts";
import { parseStored } from "./answers.ts";
import type { CacheParts } from "./cache-parts.ts";
import { type CacheNote, countMiss, type Exchange } from "./exchange.ts";
import { errorAnswer, isKeptError, keepError } from "./error-pages.ts";
import type { Fetch } from "./fetch.ts";
import { ageOf, judge, type Cacheability } from "./freshness.ts";
import { noteLines } from "./notes.ts";
import { storeHead, takeLife, takeValidators, updateHead, varyNamesOf } from "./stored-head.ts";
import { StoredResponse } from "./stored-response.ts";
import { isSameValues, varyValuesOf } from "./vary.ts";

/** For how long nobody waits for the like of a response that was not kept, in milliseconds. */
const passMs = 10_000;

/** For how long a validation that failed is not tried again, in milliseconds. */
const retryMs = 10_000;

/** For how long something stale stands in for an origin that cannot be reached and never said anything of it: a day. */
const standInMs = 86_400_000;

/** Octets of a response that is not stored which wait for a slow reader; then the origin waits. */
const windowOctets = 131_072;

/** What the head of a fetched response leads to. */
export type HeadOutcome =
  /** What follows it is content of the same response, or another head after an interim one. */
  | "goes-on"
  /** The request is over: nothing of the connection is read any more. */
  | "over"
  /** The response is none; the text says why. */
  | { readonly fault: string };

/** How interim responses are written on. */
const interim = {
  pseudonym: undefined,
  clientMinorVersion: 1,
  closes: false,
  isChunked: false,
  addedLines: "",
  date: "",
} as const;

/** The responses to requests of the cache's own. */
export class FetchResponses {
  readonly #parts: CacheParts;
  readonly #verdict: Cacheability = {
    reason: undefined,
    lifetimeMs: 0,
    ageMs: 0,
    staleWhileRevalidateMs: 0,
    staleIfErrorMs: -1,
    mustRevalidate: false,
    alwaysValidates: false,
    withheld: [],
    isImplicit: false,
  };
  readonly #storedHead = new MessageHead("response");

  constructor(parts: CacheParts) {
    this.#parts = parts;
  }

  /** A head has arrived. @param octets  hold it from `start` */
  head(fetch: Fetch, target: TargetConnection, octets: Uint8Array, start: number, now: Now): HeadOutcome {
    const { flow } = this.#parts;
    const { head } = target;
    if (head.hasOtherCoding) return { fault: "its response has a transfer coding that was not asked for" };
    if (head.status < 200) return this.#interim(fetch, target, octets, start);
    if (head.status === 304 && !fetch.validated)
      return { fault: "it answered 304 to a request without conditions" };
    fetch.counted?.answered(head.status, now, now.monotonic - fetch.sentAt);
    fetch.lastDestination = target.destination;
    if (fetch.traced) noteResponse(fetch.traced, head, octets, start, now);
    target.framing = framingOfResponse(head, fetch.head.method);
    target.body.begin(target.framing, head.contentLength, false);
    target.isInBody = true;
    const { site, validated } = fetch;
    if (head.status >= 500) {
      site.counters.originErrors++;
      // RFC 5861 section 4: an error is what 500, 502, 503 and 504 are.
      if (validated && validated.staleIfErrorMs >= 0 && [500, 502, 503, 504].includes(head.status)) {
        if (this.#standIn(fetch, validated, validated.staleIfErrorMs, `origin-${head.status}`, now))
          return "over";
      }
    }
    if (head.status === 304 && validated) {
      this.#validated(fetch, validated, target, octets, start, now);
      return "goes-on";
    }
    const page = site.settings.errorPages.get(head.status);
    if (page && this.#markError(fetch, head.status, page.keptMs, page.path !== undefined, now)) return "over";
    flow.scratch.clear();
    this.#begin(fetch, target, octets, start, now);
    return fetch.isOver ? "over" : "goes-on";
  }

  /** Passes an interim response on to all who wait. @see RFC 9110 section 15.2 */
  #interim(fetch: Fetch, target: TargetConnection, octets: Uint8Array, start: number): HeadOutcome {
    const { flow } = this.#parts;
    const { head } = target;
    if (head.status === 101) return { fault: "it switched protocols unasked" };
    if (++fetch.informational > flow.limits.informationalResponses)
      return { fault: "it sent too many interim responses" };
    // Nobody who waits here said that content would come.
    if (head.status !== 100) {
      flow.scratch.clear();
      writeResponseHead(flow.scratch, head, octets, start, interim);
      const lines = flow.scratch.octets.slice(0, flow.scratch.length);
      flow.scratch.clear();
      for (const conn of fetch.waiting) if (conn.head.minorVersion === 1) flow.toClient(conn, lines);
    }
    head.reset();
    return "goes-on";
  }

  /** The origin says that what is stored is good still. */
  #validated(
    fetch: Fetch,
    response: StoredResponse,
    target: TargetConnection,
    octets: Uint8Array,
    start: number,
    now: Now,
  ): void {
    const { site } = fetch;
    const { head } = target;
    site.counters.validated++;
    // Who comes from here on finds what is stored, and does not wait for this.
    this.#end(fetch);
    const before = response.head.length;
    const stored = parseStored(this.#storedHead, response.head);
    updateHead(response, stored, response.head, head, octets, start, site.settings, []);
    // Its life is what the head says that came of it, Age and Date being the 304's.
    const renewed = parseStored(new MessageHead("response"), response.head);
    const tookMs = now.monotonic - fetch.beganAt;
    judge(this.#verdict, renewed, response.head, 0, site.settings, fetch, now.wall, tookMs);
    const verdict = this.#verdict;
    verdict.ageMs = ageOf(head, octets, start, now.wall, tookMs);
    takeValidators(response, renewed, response.head, 0, now.wall);
    const isGone = verdict.reason !== undefined || this.#isOutdated(fetch);
    if (isGone) verdict.lifetimeMs = 0;
    takeLife(response, verdict, now.monotonic);
    this.#parts.store.resize(response, response.octets + response.head.length - before);
    response.isRefreshing = false;
    fetch.validated = undefined;
    const waiting = this.#takeWaiting(fetch);
    for (const [conn, exchange] of waiting) {
      const fits = isSameValues(
        varyValuesOf(response.varyNames, conn.head, exchange.request, 0),
        response.varyValues,
      );
      if (!fits) {
        this.#parts.again(conn, exchange, now);
        continue;
      }
      countMiss(exchange, undefined, now);
      this.#answer(conn, exchange, response, this.#note(exchange, response, 304, !isGone, now), now);
    }
    if (isGone) this.#parts.store.remove(response);
  }

  /** Begins to store a response, or to pass it on. */
  #begin(fetch: Fetch, target: TargetConnection, octets: Uint8Array, start: number, now: Now): void {
    const { store, flow } = this.#parts;
    const { site, entry } = fetch;
    const { head } = target;
    const { settings } = site;
    const tookMs = now.monotonic - fetch.beganAt;
    judge(this.#verdict, head, octets, start, settings, fetch, now.wall, tookMs);
    const verdict = this.#verdict;
    if (isKeptError(head.status, settings.isTransparent))
      keepError(verdict, settings.errorPages.get(head.status)?.keptMs ?? 0);
    const names = varyNamesOf(head, octets, start, settings);
    let { reason } = verdict;
    if (reason === undefined && names[0] === "*") reason = "vary";
    if (reason === undefined && target.framing === Framing.UntilClose) reason = "unframed";
    if (reason === undefined && this.#isOutdated(fetch)) reason = "purged";
    const response = new StoredResponse(entry, site);
    response.fetch = fetch;
    response.length =
      target.framing === Framing.Length ? head.contentLength : target.framing === Framing.None ? 0 : -1;
    if (reason === undefined && response.length > store.maxResponseOctets) reason = "too-large";
    response.isKept = reason === undefined;
    // Where not all headers are forwarded, those that are have their place in the key.
    response.varyNames = settings.isTransparent ? names : [];
    response.varyValues = varyValuesOf(response.varyNames, fetch.head, fetch.request, 0);
    const date = flow.dateClock.text(now.wall);
    let full: Uint8Array | undefined;
    if (response.isKept && verdict.withheld.length > 0) {
      // The one who asked has what nobody else is to have.
      response.isKept = false;
      storeHead(response, head, octets, start, settings, verdict, now.wall, date);
      full = response.head;
      response.isKept = true;
    }
    storeHead(response, head, octets, start, settings, verdict, now.wall, date);
    takeLife(response, verdict, now.monotonic);
    response.purgeNumber = fetch.purgeNumber;
    response.octets += response.head.length;
    if (response.isKept && !store.begin(response)) {
      response.isKept = false;
      reason = "no-room";
    }
    response.reason = reason ?? "";
    fetch.response = response;
    if (response.isKept) {
      entry.passUntil = 0;
      this.#replace(fetch, response);
    } else {
      // What is newer than what is stored, and is not stored itself, still tells that the other is old.
      if (fetch.validated && head.status < 500) store.remove(fetch.validated);
      // These two say something of this request, and nothing of others.
      if (
        reason !== "authorization" &&
        reason !== "request-no-store" &&
        reason !== "purged" &&
        reason !== "no-room"
      ) {
        entry.passUntil = now.monotonic + passMs;
        entry.passReason = reason ?? "";
      }
    }
    if (fetch.refreshed) {
      fetch.refreshed.isRefreshing = false;
      if (head.status >= 500) fetch.refreshed.retryAt = now.monotonic + retryMs;
    }
    this.#giveOut(fetch, response, full, now);
    // Content that nobody reads is not waited for.
    if (!response.isKept && fetch.readers.size === 0 && target.framing !== Framing.None) this.drop(fetch);
  }

  /** Sends a response to all whom it fits; the others go on alone. */
  #giveOut(fetch: Fetch, response: StoredResponse, full: Uint8Array | undefined, now: Now): void {
    let isFirst = true;
    for (const [conn, exchange] of this.#takeWaiting(fetch)) {
      const fits =
        isFirst ||
        (response.isKept &&
          isSameValues(
            varyValuesOf(response.varyNames, conn.head, exchange.request, 0),
            response.varyValues,
          ));
      if (!fits) {
        exchange.goesAlone = !response.isKept;
        this.#parts.again(conn, exchange, now);
        continue;
      }
      countMiss(exchange, response.reason === "" ? undefined : response.reason, now);
      const note = this.#note(exchange, response, response.status, response.isKept, now);
      this.#answer(conn, exchange, response, note, now, isFirst ? full : undefined);
      isFirst = false;
    }
  }

  #answer(
    conn: ClientConnection,
    exchange: Exchange,
    response: StoredResponse,
    note: CacheNote,
    now: Now,
    full?: Uint8Array,
  ): void {
    const { answers, port } = this.#parts;
    if (answers.answer(conn, exchange.request, 0, response, note, exchange, now, full)) port.next(conn, now);
  }

  /** What is told of an answer that came from the origin just now. */
  #note(
    exchange: Exchange,
    response: StoredResponse,
    status: number,
    isStored: boolean,
    now: Now,
  ): CacheNote {
    return {
      forward: exchange.reason,
      forwardStatus: status,
      isStored,
      isCollapsed: exchange.isCollapsed,
      ...(isStored ? { ttlSeconds: Math.floor(response.freshFor(now.monotonic) / 1000) } : {}),
      ...(response.reason === "" ? {} : { detail: response.reason }),
    };
  }

  /** Puts a response in the place of those that it is newer than. */
  #replace(fetch: Fetch, response: StoredResponse): void {
    const { store } = this.#parts;
    const { entry, validated } = fetch;
    for (const old of entry.variants.slice()) {
      const isSame =
        old.varyNames.join() === response.varyNames.join() &&
        isSameValues(old.varyValues, response.varyValues);
      if ((isSame || old === validated) && !old.fetch) store.remove(old);
    }
    fetch.validated = undefined;
    const last = entry.add(response);
    if (last && !last.fetch) store.remove(last);
    else if (last?.fetch) this.#unkeep(last);
  }

  /** Content has arrived. */
  content(
    fetch: Fetch,
    target: TargetConnection,
    octets: Uint8Array,
    from: number,
    to: number,
    now: Now,
  ): void {
    const { response } = fetch;
    if (!response || fetch.isOver) return;
    fetch.site.counters.originOctets += to - from;
    const { store } = this.#parts;
    response.append(octets, from, to, (size) => {
      if (response.isKept && !store.reserve(response, size)) this.#unkeep(response);
    });
    for (const reader of Array.from(fetch.readers)) reader.pump(now);
    this.#dropPassed(response);
    if (response.isKept || fetch.isOver) return;
    this.#countWindow(fetch, response);
    if (slowest(fetch) > windowOctets) this.#parts.flow.setTargetPaused(target, true);
  }

  /** What waits for slow readers counts among what the relay holds. */
  #countWindow(fetch: Fetch, response: StoredResponse): void {
    fetch.unsentOctets = response.pieces.reduce((sum, piece) => sum + piece.length, 0);
    this.#parts.flow.held.count(fetch);
  }

  /** A response that is not to stay after all: what all have been sent is dropped from now on. */
  #unkeep(response: StoredResponse): void {
    if (!response.isKept) return;
    response.isKept = false;
    response.reason = "too-large";
    this.#parts.store.discard(response);
    response.entry.passReason = "too-large";
  }

  /** Drops what all readers of a response that does not stay have been sent. */
  #dropPassed(response: StoredResponse): void {
    const { fetch } = response;
    if (response.isKept || !fetch) return;
    let least = Number.POSITIVE_INFINITY;
    for (const reader of fetch.readers) least = Math.min(least, reader.piece);
    while (response.pieces.length > 1 && response.dropped < least) {
      response.pieces.shift();
      response.dropped++;
    }
  }

  /** Somebody has been sent more of a response, or is not sent it any more. */
  afterReading(response: StoredResponse): void {
    const { fetch } = response;
    if (!fetch || fetch.isOver || response.isKept) return;
    this.#dropPassed(response);
    this.#countWindow(fetch, response);
    if (fetch.target && slowest(fetch) <= windowOctets / 2)
      this.#parts.flow.setTargetPaused(fetch.target, false);
  }

  /** The response is whole. */
  whole(fetch: Fetch, now: Now): void {
    const { response } = fetch;
    const { store } = this.#parts;
    const wasOver = fetch.isOver;
    if (!wasOver) this.#end(fetch);
    if (response && !wasOver) {
      response.isWhole = true;
      response.length = response.contentOctets;
      response.fetch = undefined;
      if (response.isKept) {
        const unused = response.trim();
        if (unused > 0) store.giveBack(response, unused);
        if (this.#isOutdated(fetch)) store.discard(response);
        else store.keep(response);
      }
      for (const reader of Array.from(fetch.readers)) reader.pump(now);
      fetch.readers.clear();
    }
    store.settle(fetch.entry, now.monotonic);
  }

  /** The origin did not answer, or broke off: `answer` says so. */
  failed(fetch: Fetch, answer: OwnAnswer, now: Now): void {
    if (fetch.isOver) return;
    const { store, flow, port } = this.#parts;
    fetch.site.counters.originErrors++;
    const { response, validated } = fetch;
    if (response) {
      this.#break(fetch, response);
      for (const reader of Array.from(fetch.readers)) {
        flow.passed(reader.conn, { status: 0, failure: answer.content.trim() }, now);
        flow.abort(reader.conn);
      }
      store.settle(fetch.entry, now.monotonic);
      return;
    }
    if (validated && !validated.mustRevalidate) {
      const limitMs = validated.staleIfErrorMs >= 0 ? validated.staleIfErrorMs : standInMs;
      if (this.#standIn(fetch, validated, limitMs, "origin-error", now)) return;
    }
    this.#end(fetch);
    if (fetch.refreshed) {
      fetch.refreshed.isRefreshing = false;
      fetch.refreshed.retryAt = now.monotonic + retryMs;
    }
    for (const [conn, exchange] of this.#takeWaiting(fetch)) {
      countMiss(exchange, "origin-error", now);
      if (this.#parts.answerPage(conn, exchange, answer.status, now)) continue;
      const status = exchange.page ? exchange.page.instead : answer.status;
      const note: CacheNote = {
        forward: exchange.reason,
        detail: "origin-error",
        isCollapsed: exchange.isCollapsed,
      };
      const headerLines = `${answer.headerLines ?? ""}${noteLines(note, status, 1)}`;
      port.answer(conn, { ...answer, status, headerLines }, now);
    }
    store.settle(fetch.entry, now.monotonic);
  }

  /** Answers all who wait with something stale. Returns false where it is too old for that. */
  #standIn(fetch: Fetch, response: StoredResponse, limitMs: number, detail: string, now: Now): boolean {
    const freshFor = response.freshFor(now.monotonic);
    if (response.mustRevalidate || -freshFor > limitMs || response.fetch) return false;
    const { flow, store } = this.#parts;
    response.retryAt = now.monotonic + retryMs;
    response.isRefreshing = false;
    flow.dropTarget(fetch);
    this.#end(fetch);
    for (const [conn, exchange] of this.#takeWaiting(fetch)) {
      exchange.site.counters.hits++;
      exchange.site.resource.cacheHits++;
      exchange.site.counters.staleHits++;
      this.#answer(conn, exchange, response, { ttlSeconds: Math.floor(freshFor / 1000), detail }, now);
    }
    store.settle(fetch.entry, now.monotonic);
    return true;
  }

  /**
   * Keeps in mind for a while that the origin answers with an error that has a page of the owner's, and has all who wait see the page.
   * @returns false where the error's own content is to be answered: then only its life is the settings'
   */
  #markError(fetch: Fetch, status: number, keptMs: number, hasPage: boolean, now: Now): boolean {
    const isPageItself = [...fetch.waiting].some((conn) => conn.exchange?.page !== undefined);
    if (!hasPage && !isPageItself) return false;
    const { flow, store } = this.#parts;
    flow.dropTarget(fetch);
    this.#end(fetch);
    const isKept = isKeptError(status, fetch.site.settings.isTransparent);
    if (keptMs > 0 && hasPage && isKept && !this.#isOutdated(fetch)) {
      const mark = new StoredResponse(fetch.entry, fetch.site);
      mark.status = status;
      mark.isErrorMark = true;
      mark.isWhole = mark.isKept = true;
      mark.length = 0;
      mark.head = new TextEncoder().encode(`HTTP/1.1 ${status} \r\n`);
      mark.arrivedAt = now.monotonic;
      mark.lifetimeMs = keptMs;
      mark.mustRevalidate = true;
      mark.purgeNumber = fetch.purgeNumber;
      if (store.begin(mark)) {
        this.#replace(fetch, mark);
        store.keep(mark);
      }
    }
    for (const [conn, exchange] of this.#takeWaiting(fetch)) {
      countMiss(exchange, `origin-${status}`, now);
      if (this.#parts.answerPage(conn, exchange, status, now)) continue;
      this.#parts.port.answer(conn, errorAnswer(fetch.site, exchange, status), now);
    }
    store.settle(fetch.entry, now.monotonic);
    return true;
  }

  /** Ends a request that nobody waits for. */
  drop(fetch: Fetch): void {
    if (fetch.isOver) return;
    if (fetch.response) this.#break(fetch, fetch.response);
    else this.#end(fetch);
    this.#parts.flow.dropTarget(fetch);
    this.#parts.store.settle(fetch.entry, 0);
  }

  #break(fetch: Fetch, response: StoredResponse): void {
    this.#end(fetch);
    response.isBroken = true;
    if (response.isKept) this.#parts.store.discard(response);
    response.isKept = false;
  }

  #isOutdated(fetch: Fetch): boolean {
    return fetch.isOutdated || fetch.epoch !== fetch.site.epoch || !fetch.site.isThere;
  }

  /** Takes those who wait, each once. */
  #takeWaiting(fetch: Fetch): [ClientConnection, Exchange][] {
    const waiting: [ClientConnection, Exchange][] = [];
    for (const conn of fetch.waiting) {
      const { exchange } = conn;
      if (!exchange || exchange.fetch !== fetch) continue;
      exchange.fetch = undefined;
      waiting.push([conn, exchange]);
    }
    fetch.waiting.clear();
    return waiting;
  }

  #end(fetch: Fetch): void {
    fetch.isOver = true;
    const { fetches, flow } = this.#parts;
    fetches.delete(fetch);
    const index = fetch.entry.fetches.indexOf(fetch);
    if (index >= 0) fetch.entry.fetches.splice(index, 1);
    flow.forget(fetch);
  }
}

/** Octets that the slowest reader has still before it. */
function slowest(fetch: Fetch): number {
  let most = 0;
  for (const reader of fetch.readers) most = Math.max(most, reader.behind);
  return most;
}
