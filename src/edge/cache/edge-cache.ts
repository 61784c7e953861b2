// The shared cache of a relay (RFC 9111): what becomes of each request to a distribution. Hot path (bench/hits.ts): a hit is a key, a
// look-up and one write. Otherwise a request waits for another that is under way for the same, has one sent to the origin in its place
// (fetch-responses.ts says what comes of it), or is passed on by itself, because nothing of it can be shared.
//
// A request is passed on by itself where its method or path is not cached, it has content, asks for a switch of protocols, hides fields by
// Connection, or has a condition for the origin; HEAD and Range too, where nothing is stored. So is one whose like was not kept the last
// time, for a while: nobody waits for a response that will not be shared.

import type { Counters } from "#contract";
import type { Now, Random } from "#engine";
import { CacheControl, Field, type MessageHead, Method, octetsOf, TargetForm, textOf } from "#http";
import type { ClientConnection } from "../connections.ts";
import type { RelayFlow } from "../flow.ts";
import type { CookieReader, ForwardDecision, OwnAnswer } from "../policy.ts";
import { sentence } from "../refusals.ts";
import { cookieOf, stickyCookie } from "../stickiness.ts";
import { Answers, countOctets, endTrace, plainHit } from "./answers.ts";
import type { CacheEntry } from "./cache-entry.ts";
import type { CacheParts, CachePort } from "./cache-parts.ts";
import { type CacheNote, countMiss, Exchange } from "./exchange.ts";
import { Fetch } from "./fetch.ts";
import { errorAnswer } from "./error-pages.ts";
import { FetchResponses } from "./fetch-responses.ts";
import { KeyWriter } from "./key.ts";
import { noteLines } from "./notes.ts";
import { rewriteRequest } from "./origin-request.ts";
import { hasArrived, pathOf, refusalOf, useFor, whyPassed } from "./request-checks.ts";
import { PassedResponses } from "./passed-responses.ts";
import { Purges } from "./purges.ts";
import type { ContentReader, ReaderOwner } from "./readers.ts";
import type { CacheSite, MissReason } from "./site.ts";
import { CacheStore } from "./store.ts";
import { StoredPaths } from "./stored-paths.ts";
import type { StoredResponse } from "./stored-response.ts";
import { isSameValues, selectVariant, varyValuesOf } from "./vary.ts";

/** Octets still to come of a response that nobody waits for any more, up to which it is still fetched. */
const worthFinishing = 1024 * 1024;

/** How long a visitor waits for a request of the cache's own at most: longer than any of those takes with all its tries. */
const waitMs = 600_000;

/** How often a request is looked at anew that waited for what was not for it. */
const maxAttempts = 8;

const asked = new CacheControl();

const stickyName = textOf(stickyCookie);

/** The cache of one relay. */
export class EdgeCache implements ReaderOwner {
  readonly #flow: RelayFlow;
  readonly #port: CachePort;
  readonly #store: CacheStore;
  readonly #key: KeyWriter;
  readonly #answers: Answers;
  readonly #fetches = new Set<Fetch>();
  readonly #purges: Purges;
  readonly #responses: FetchResponses;
  readonly #passed: PassedResponses;

  constructor(flow: RelayFlow, port: CachePort, random: Random | undefined) {
    this.#flow = flow;
    this.#port = port;
    this.#store = new CacheStore(flow.limits.cacheOctets, flow.limits.cachedResponseOctets);
    this.#key = new KeyWriter(random ? [random.integer(2 ** 32) | 0, random.integer(2 ** 32) | 0] : [0, 0]);
    this.#answers = new Answers(flow, this.#store, this);
    this.#purges = new Purges(this.#store, this.#key);
    const parts: CacheParts = {
      flow,
      port,
      store: this.#store,
      key: this.#key,
      answers: this.#answers,
      fetches: this.#fetches,
      again: (conn, exchange, now) => this.#again(conn, exchange, now),
      answerPage: (conn, exchange, status, now) => this.#answerPage(conn, exchange, status, now),
    };
    this.#responses = new FetchResponses(parts);
    this.#passed = new PassedResponses(parts, this.#purges);
  }

  /** What becomes of the requests that are under way. */
  get responses(): FetchResponses {
    return this.#responses;
  }

  /** What becomes of responses to requests that were passed on by themselves. */
  get passed(): PassedResponses {
    return this.#passed;
  }

  /** Looks at what is stored. */
  get stored(): StoredPaths {
    return new StoredPaths(this.#store, this.#key);
  }

  /** Carries out purges. */
  get purges(): Purges {
    return this.#purges;
  }

  /** All requests to origins that are under way. */
  get fetches(): Iterable<Fetch> {
    return this.#fetches;
  }

  /** What the store holds, and how many requests to origins are under way. */
  readCounters(): Counters {
    const { octets, responses, entries, evictions } = this.#store.read();
    return {
      "cache-octets": octets,
      "cache-responses": responses,
      "cache-keys": entries,
      "cache-evictions": evictions,
      "cache-fetches-open": this.#fetches.size,
    };
  }

  /** A request has come for a distribution. @param octets  hold its head from `start` */
  request(conn: ClientConnection, octets: Uint8Array, start: number, site: CacheSite, now: Now): void {
    const { head } = conn;
    const { settings } = site;
    site.counters.requests++;
    const refusal = refusalOf(head, octets, start, site);
    if (refusal) {
      this.#port.answer(conn, refusal, now);
      return;
    }
    const isCached = !settings.hasBehaviors
      ? settings.cachesByDefault
      : settings.caches(pathOf(head, octets, start));
    const reason = whyPassed(conn, octets, start, isCached);
    if (reason !== undefined) {
      const exchange = this.#exchange(conn, octets, start, site);
      exchange.reason = reason;
      exchange.isUnfiltered = !isCached;
      this.#pass(conn, exchange, now);
      return;
    }
    const isHttps = this.#flow.policy.scheme(conn.listener) === "https";
    this.#key.write(site.number, settings, head, octets, start, isHttps, conn.localText, undefined);
    this.#lookup(conn, octets, start, site, undefined, now);
  }

  /** Answers from what is stored under the key that was written, or sees to it that there is something. */
  #lookup(
    conn: ClientConnection,
    octets: Uint8Array,
    start: number,
    site: CacheSite,
    exchange: Exchange | undefined,
    now: Now,
  ): void {
    const { head } = conn;
    const entry = this.#find(site, now);
    const found = entry && selectVariant(entry, head, octets, start);
    let reason: MissReason = entry && entry.variants.length > 0 ? "vary-miss" : "uri-miss";
    const control = site.settings.isTransparent && head.find(Field.cacheControl) >= 0 ? asked : undefined;
    if (control) {
      control.clear();
      control.readAll(head, octets, start, Field.cacheControl);
    }
    if (found) {
      if (found.fetch && head.find(Field.range) >= 0 && !hasArrived(found, head, octets, start)) {
        const own = exchange ?? this.#exchange(conn, octets, start, site);
        own.reason = "partial";
        own.detail = "arriving";
        this.#pass(conn, own, now);
        return;
      }
      const use = useFor(found, control, now);
      if (use === "fresh") {
        this.#hit(conn, octets, start, found, plainHit, exchange, now);
        return;
      }
      if (use === "served-stale" || use === "refresh") {
        const ttlSeconds = Math.floor(found.freshFor(now.monotonic) / 1000);
        const detail =
          use === "refresh" ? "refreshing" : found.retryAt > now.monotonic ? "origin-error" : "stale";
        site.counters.staleHits++;
        if (use === "refresh" && !found.isRefreshing) {
          const request = octets.slice(start, start + head.length);
          this.#hit(conn, octets, start, found, { ttlSeconds, detail }, exchange, now);
          this.#refresh(conn, request, found, now);
        } else this.#hit(conn, octets, start, found, { ttlSeconds, detail }, exchange, now);
        return;
      }
      reason = use;
    }
    if (control?.onlyIfCached) {
      // RFC 9111 section 5.2.1.7.
      const note: CacheNote = { forward: reason, detail: "only-if-cached" };
      const lines = noteLines(note, 504, 1);
      this.#port.answer(conn, sentence(504, "Nothing is stored that answers this request.", lines), now);
      return;
    }
    const own = exchange ?? this.#exchange(conn, octets, start, site);
    own.reason = reason;
    this.#miss(conn, own, entry, found, now);
  }

  /** A request that nothing stored answers as it is. */
  #miss(
    conn: ClientConnection,
    exchange: Exchange,
    known: CacheEntry | undefined,
    found: StoredResponse | undefined,
    now: Now,
  ): void {
    const { head } = conn;
    const { site, request } = exchange;
    const isPartial = head.find(Field.range) >= 0;
    if (!exchange.page) {
      const detail = isPartial ? "range" : head.method === Method.HEAD ? "head" : undefined;
      const isPassing = known !== undefined && known.passUntil > now.monotonic;
      // A stale response is validated all the same: with luck a range or a head can be had from it.
      if ((detail !== undefined && !found?.canBeValidated) || (isPassing && !found)) {
        exchange.detail = detail ?? known?.passReason;
        this.#pass(conn, exchange, now);
        return;
      }
    }
    const entry = known ?? this.#store.add(this.#key, site);
    const open = exchange.goesAlone ? undefined : this.#openFetch(entry, head, request);
    if (open) {
      exchange.isCollapsed = true;
      site.counters.collapsed++;
      this.#wait(conn, exchange, open, now);
      return;
    }
    const fetch = this.#makeFetch(conn, request, entry, found, exchange, now);
    this.#wait(conn, exchange, fetch, now);
    this.#send(fetch, now);
  }

  /** A request under way whose response will fit this one too, as far as that is known. */
  #openFetch(entry: CacheEntry, head: MessageHead, octets: Uint8Array): Fetch | undefined {
    const names = entry.variants[0]?.varyNames ?? [];
    for (const fetch of entry.fetches) {
      if (!fetch.isShared || fetch.response || fetch.isOutdated) continue;
      if (names.length === 0) return fetch;
      const values = varyValuesOf(names, head, octets, 0);
      if (isSameValues(values, varyValuesOf(names, fetch.head, fetch.request, 0))) return fetch;
    }
    return undefined;
  }

  #makeFetch(
    conn: ClientConnection,
    request: Uint8Array,
    entry: CacheEntry,
    found: StoredResponse | undefined,
    exchange: Exchange | undefined,
    now: Now,
  ): Fetch {
    const { site } = entry;
    const { settings } = site;
    const fetch = new Fetch(conn, request, entry, now.monotonic);
    fetch.responseMs = settings.responseMs;
    fetch.context = this.#flow.contextOf(conn);
    // What is still arriving may yet turn out too large to stay: there would be nothing to answer a 304 with.
    fetch.validated = found?.canBeValidated && !found.fetch ? found : undefined;
    const { head } = fetch;
    const hasCookie = head.find(Field.cookie) >= 0;
    fetch.hasAuthorization =
      head.find(Field.authorization) >= 0 &&
      (settings.isTransparent || settings.forwardsHeader(Field.authorization, "authorization", true));
    fetch.hasUnkeyedCookie = hasCookie && settings.isTransparent && settings.cookies !== "none";
    // What only its own visitor may see, most often: nobody waits for it.
    fetch.isShared = !fetch.hasAuthorization;
    if (settings.isTransparent && head.find(Field.cacheControl) >= 0) {
      asked.clear();
      asked.readAll(head, request, 0, Field.cacheControl);
      fetch.noStore = asked.noStore;
      fetch.isShared &&= !asked.noStore;
    }
    if (conn.traced) fetch.traced = conn.traced;
    const isAsItCame =
      settings.isTransparent && settings.queries === "all" && !settings.rootPath && !exchange?.page;
    const path = isAsItCame ? undefined : entry.key.slice(entry.pathFrom, entry.pathEnd);
    head.method = Method.GET;
    const rewrite = rewriteRequest(head, request, 0, settings, {
      path,
      isKept: true,
      validated: fetch.validated,
    });
    this.#flow.writeRequest(fetch, request, 0, { ...rewrite, method: "GET" });
    entry.fetches.push(fetch);
    this.#fetches.add(fetch);
    return fetch;
  }

  /** Validates a response for nobody who waits. */
  #refresh(conn: ClientConnection, request: Uint8Array, found: StoredResponse, now: Now): void {
    found.isRefreshing = true;
    const fetch = this.#makeFetch(conn, request, found.entry, found, undefined, now);
    fetch.isBackground = true;
    fetch.traced = undefined;
    fetch.refreshed = found;
    this.#send(fetch, now);
  }

  #send(fetch: Fetch, now: Now): void {
    const decision = this.#origin(fetch.site, undefined, now, fetch.traced);
    this.#port.act(fetch, decision, now);
  }

  #origin(
    site: CacheSite,
    readCookie: CookieReader | undefined,
    now: Now,
    traced: ClientConnection["traced"],
  ): ForwardDecision | OwnAnswer {
    return (
      this.#flow.policy.origin?.(site, readCookie, now, traced) ??
      sentence(503, `The origin of ${site.label} is not there.`)
    );
  }

  #wait(conn: ClientConnection, exchange: Exchange, fetch: Fetch, now: Now): void {
    exchange.fetch = fetch;
    fetch.waiting.add(conn);
    conn.phase = "held";
    this.#flow.touch(conn, waitMs, now);
  }

  /** Passes a request on by itself. */
  #pass(conn: ClientConnection, exchange: Exchange, now: Now): void {
    const { site, request } = exchange;
    const { settings } = site;
    const { head } = conn;
    exchange.isPassed = true;
    conn.responseMs = settings.responseMs;
    let path: Uint8Array | undefined;
    if (exchange.isUnfiltered) {
      const isRoot = textOf(request, head.pathStart, head.pathEnd).replace(/\?.*$/, "").length <= 1;
      if (isRoot && settings.rootPath && head.targetForm !== TargetForm.asterisk) path = settings.rootPath;
      this.#flow.writeRequest(conn, request, 0, { path, host: undefined, lines: "" });
    } else {
      if (
        head.targetForm !== TargetForm.asterisk &&
        (!settings.isTransparent || settings.rootPath || settings.queries !== "all")
      ) {
        this.#key.write(site.number, settings, head, request, 0, false, "", undefined);
        path = this.#key.octets.slice(this.#key.pathFrom, this.#key.uriEnd);
      }
      const rewrite = rewriteRequest(head, request, 0, settings, {
        path,
        isKept: false,
        validated: undefined,
      });
      this.#flow.writeRequest(conn, request, 0, rewrite);
    }
    countMiss(exchange, exchange.detail, now);
    // The origin's own cookie is a cookie like others: where none are forwarded, it keeps nobody at one target.
    const hasCookies = exchange.isUnfiltered || settings.forwardsCookie(stickyName);
    const readCookie = (name: Uint8Array): string | undefined => cookieOf(head, request, 0, name);
    this.#port.act(conn, this.#origin(site, hasCookies ? readCookie : undefined, now, conn.traced), now);
  }

  #exchange(conn: ClientConnection, octets: Uint8Array, start: number, site: CacheSite): Exchange {
    const request = octets.slice(start, start + conn.head.length);
    const exchange = new Exchange(conn, site, request, (gone, own) => this.#release(gone, own));
    conn.exchange = exchange;
    return exchange;
  }

  #hit(
    conn: ClientConnection,
    octets: Uint8Array,
    start: number,
    found: StoredResponse,
    note: CacheNote,
    exchange: Exchange | undefined,
    now: Now,
  ): void {
    const { counters, resource } = found.site;
    if (found.isErrorMark) {
      const own = exchange ?? this.#exchange(conn, octets, start, found.site);
      // What stands for an error has no content of its own.
      if (!this.#answerPage(conn, own, found.status, now))
        this.#port.answer(conn, errorAnswer(found.site, own, found.status), now);
      return;
    }
    counters.hits++;
    resource.cacheHits++;
    if (this.#answers.answer(conn, octets, start, found, note, exchange, now)) this.#port.next(conn, now);
  }

  /** The entry of the key that was written, without what was purged of it. */
  #find(site: CacheSite, now: Now): CacheEntry | undefined {
    const entry = this.#store.find(this.#key);
    if (!entry) return undefined;
    if (entry.epoch === site.epoch && entry.purgeNumber === site.purgeNumber) return entry;
    this.#purges.bringUpToDate(entry);
    this.#store.settle(entry, now.monotonic);
    return entry.isListed && entry.epoch === site.epoch ? entry : undefined;
  }

  /** Looks at a request anew, once what it waited for has come and is not for it. */
  #again(conn: ClientConnection, exchange: Exchange, now: Now): void {
    exchange.fetch = undefined;
    if (conn.phase === "linger") return;
    exchange.isCollapsed = false;
    // Whoever waited in vain so often goes on alone, whatever the reason.
    exchange.goesAlone ||= ++exchange.attempts >= maxAttempts;
    const { site, request } = exchange;
    if (exchange.attempts > maxAttempts) {
      const note: CacheNote = { forward: exchange.reason, detail: "too-many-attempts" };
      this.#port.answer(
        conn,
        sentence(
          502,
          `The origin of ${site.label} gives no answer to this request.`,
          noteLines(note, 502, 1),
        ),
        now,
      );
      return;
    }
    const isHttps = this.#flow.policy.scheme(conn.listener) === "https";
    const path = exchange.page ? this.#pagePath(exchange) : undefined;
    this.#key.write(site.number, site.settings, conn.head, request, 0, isHttps, conn.localText, path);
    this.#lookup(conn, request, 0, site, exchange, now);
  }

  #pagePath(exchange: Exchange): Uint8Array | undefined {
    const path = exchange.site.settings.errorPages.get(exchange.page?.instead ?? 0)?.path;
    return path === undefined ? undefined : octetsOf(path);
  }

  #answerPage(conn: ClientConnection, exchange: Exchange, status: number, now: Now): boolean {
    const page = exchange.site.settings.errorPages.get(status);
    if (page?.path === undefined || exchange.page || !conn.isRequestDone) return false;
    if (conn.head.method !== Method.GET && conn.head.method !== Method.HEAD) return false;
    exchange.page = { status: page.status, instead: status };
    exchange.isPassed = false;
    conn.phase = "held";
    this.#again(conn, exchange, now);
    return true;
  }

  /** A visitor takes more. */
  drained(reader: ContentReader, now: Now): void {
    reader.pump(now);
    this.#responses.afterReading(reader.response);
  }

  finished(reader: ContentReader, now: Now): void {
    const { conn } = reader;
    this.#leave(reader);
    conn.reader = undefined;
    endTrace(this.#flow, conn, reader.sent, now);
    this.#port.next(conn, now);
  }

  #leave(reader: ContentReader): void {
    const { response } = reader;
    countOctets(response, reader.isHit, reader.sent);
    response.fetch?.readers.delete(reader);
    this.#store.release(response);
    if (response.fetch) this.#responses.afterReading(response);
  }

  /** A visitor is gone. */
  gone(conn: ClientConnection): void {
    const { reader } = conn;
    if (!reader) return;
    conn.reader = undefined;
    const { fetch } = reader.response;
    this.#leave(reader);
    if (fetch) this.#endUnwanted(fetch);
  }

  #release(conn: ClientConnection, exchange: Exchange): void {
    const { fetch } = exchange;
    if (!fetch) return;
    exchange.fetch = undefined;
    fetch.waiting.delete(conn);
    this.#endUnwanted(fetch);
  }

  /** Ends a request to the origin that nobody waits for, unless it is as good as done. */
  #endUnwanted(fetch: Fetch): void {
    if (fetch.isOver || !fetch.isUnwanted) return;
    const { response } = fetch;
    const left = response && response.length >= 0 ? response.length - response.contentOctets : Infinity;
    if (response?.isKept && left <= worthFinishing) return;
    this.#responses.drop(fetch);
  }
}
