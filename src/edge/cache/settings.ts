// A distribution's settings in the form in which requests are held against them: which paths are cached, which methods are let through,
// and what of a request reaches the origin. What the origin is not shown cannot change its answer, so it is no part of the key; what it is
// shown is part of it, or, where all headers are, Vary says so.

import type { Caching, DistributionOrigin } from "#contract";
import { Field, octetsOf, textOf } from "#http";
import { fitsPattern } from "./pattern.ts";

/** What is kept of an error that has a page, where nothing is said: CloudFront's default. */
const errorSeconds = 10;

/** A page in place of an error. */
export interface ErrorPage {
  readonly status: number;
  /** Path at the origin; undefined: the error's own content. */
  readonly path: string | undefined;
  readonly keptMs: number;
}

/** The settings of one distribution, compiled. */
export class CacheSettings {
  readonly isEnabled: boolean;
  /** True where all headers are forwarded: then this is a cache as RFC 9111 has it, and nothing more. */
  readonly isTransparent: boolean;
  readonly defaultMs: number;
  readonly minimumMs: number;
  readonly maximumMs: number;
  /** True where every path is treated alike, as `cachesByDefault` says. */
  readonly hasBehaviors: boolean;
  readonly cachesByDefault: boolean;
  readonly rootPath: Uint8Array | undefined;
  readonly queries: "none" | "allow-list" | "all";
  readonly cookies: "none" | "allow-list" | "all";
  /** Names of the headers that are part of the key, lower case, in order. */
  readonly keyedNames: readonly Uint8Array[];
  /** True where the visitor's Host reaches the origin. */
  readonly forwardsHost: boolean;
  /** What Host says where it does not. */
  readonly originHost: string;
  readonly responseMs: number;
  readonly errorPages: ReadonlyMap<number, ErrorPage>;
  readonly #behaviors: readonly { readonly pattern: string; readonly isCached: boolean }[];
  readonly #methods: ReadonlySet<string>;
  readonly #queryNames: ReadonlySet<string>;
  readonly #cookieNames: readonly string[];
  readonly #headerNames: ReadonlySet<string>;

  constructor(caching: Caching, origin: DistributionOrigin) {
    const { forwardedHeaders, forwardedCookies, forwardedQueryStrings, ttl } = caching;
    this.isEnabled = caching.isEnabled;
    this.isTransparent = forwardedHeaders.option === "all";
    this.defaultMs = ttl.default * 1000;
    this.minimumMs = ttl.minimum * 1000;
    this.maximumMs = Math.max(ttl.maximum, ttl.minimum) * 1000;
    this.cachesByDefault = caching.defaultBehavior === "cache";
    this.hasBehaviors = caching.behaviors.length > 0;
    this.#behaviors = caching.behaviors.map(({ path, behavior }) => ({
      pattern: directoryPattern(path.startsWith("/") || path.startsWith("*") ? path : `/${path}`),
      isCached: behavior === "cache",
    }));
    const root = caching.defaultRootObject ?? "";
    this.rootPath = root === "" ? undefined : octetsOf(`/${root.replace(/^\//, "")}`);
    this.#methods = new Set(caching.allowedMethods);
    this.queries = forwardedQueryStrings.option;
    this.#queryNames = new Set(forwardedQueryStrings.names);
    this.cookies = forwardedCookies.option;
    this.#cookieNames = forwardedCookies.names;
    const names = forwardedHeaders.option === "allow-list" ? forwardedHeaders.names : [];
    const lower = [...new Set(names.map((name) => name.toLowerCase()))].sort();
    this.#headerNames = new Set(lower);
    // Host has a place of its own in the key; Cookie has settings of its own.
    this.keyedNames = lower
      .filter((name) => name !== "host" && name !== "cookie")
      .map((name) => octetsOf(name));
    this.forwardsHost = this.isTransparent || origin.host === undefined || this.#headerNames.has("host");
    this.originHost = origin.host ?? "";
    this.responseMs = origin.responseTimeoutMs ?? 30_000;
    this.errorPages = new Map(
      caching.errorPages.map(({ errorCode, responseCode, pagePath, minTtl }) => [
        errorCode,
        { status: responseCode ?? errorCode, path: pagePath, keptMs: (minTtl ?? errorSeconds) * 1000 },
      ]),
    );
  }

  /** Tells whether responses of a path are kept. @param path  without query */
  caches(path: string): boolean {
    for (const { pattern, isCached } of this.#behaviors)
      if (fitsPattern(path, pattern, false)) return isCached;
    return this.cachesByDefault;
  }

  /** Tells whether a method is passed on. */
  allows(method: string): boolean {
    return this.#methods.has(method) || this.#methods.has("*");
  }

  /** The methods passed on, for Allow. */
  get allowed(): string {
    return [...this.#methods].filter((method) => method !== "*").join(", ");
  }

  /** Path and query in the form in which they are in the key. */
  keyPath(path: string): string {
    const at = path.indexOf("?");
    const bare = at < 0 ? path : path.slice(0, at);
    const own = bare === "/" && this.rootPath ? textOf(this.rootPath) : bare;
    if (at < 0 || this.queries === "none") return own;
    if (this.queries === "all") return own + path.slice(at);
    const pairs = path
      .slice(at + 1)
      .split("&")
      .filter((pair) => this.forwardsQuery(pair.split("=", 1)[0] ?? ""));
    return pairs.length === 0 ? own : `${own}?${pairs.join("&")}`;
  }

  forwardsQuery(name: string): boolean {
    return this.#queryNames.has(name);
  }

  forwardsCookie(name: string): boolean {
    if (this.cookies !== "allow-list") return this.cookies === "all";
    return this.#cookieNames.some((pattern) => fitsPattern(name, pattern, true));
  }

  /**
   * Tells whether a header reaches the origin where not all do. Only what is part of the key may: a header that the key does not have
   * could put into the cache what others are then answered.
   * @param isKept  true where the response may be kept or shared
   */
  forwardsHeader(field: number, name: string, isKept: boolean): boolean {
    if (this.#headerNames.has(name)) return true;
    if (!isKept) return !replacedNames.has(name);
    return keptNames.has(name) || field === Field.via;
  }

  /** Tells whether the origin's answer can depend on a header, by its name in lower case. */
  shows(name: string): boolean {
    if (this.isTransparent || this.#headerNames.has(name) || name === "accept-encoding") return true;
    if (name === "host") return this.forwardsHost;
    return name === "cookie" && this.cookies !== "none";
  }
}

/** `/images/` stands for all that lies in it. */
function directoryPattern(path: string): string {
  return path.endsWith("/") && path !== "/" ? `${path}*` : path;
}

/** Lightsail's list of what is not forwarded unless it is asked for, for requests whose response is kept by nobody. */
const replacedNames: ReadonlySet<string> = new Set([
  "accept",
  "accept-charset",
  "accept-language",
  "accept-encoding",
  "referer",
  "user-agent",
  "x-forwarded-proto",
  "x-real-ip",
]);

/** What reaches the origin beside what is in the key: it says how to answer and not what. */
const keptNames: ReadonlySet<string> = new Set([
  "cache-control",
  "pragma",
  "x-forwarded-for",
  "fairlead-trace",
]);
