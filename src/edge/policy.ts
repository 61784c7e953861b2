// What a relay is told about its place: which requests go where, what it calls itself, and what it adds to a request. The
// edge and the visitor proxy are two policies on one relay.

import type { CacheDetail, TargetDetail } from "#contract";
import type { Endpoint, Now } from "#engine";
import type { CacheSite } from "./cache/site.ts";
import type { Destination } from "./destination.ts";
import type { ResourceCounters, TargetTraffic } from "./resource-counters.ts";

/** An answer of the relay's own. */
export interface OwnAnswer {
  readonly kind: "answer";
  readonly status: number;
  /** Default `text/plain; charset=utf-8`. */
  readonly contentType?: string;
  readonly content: string;
  /** Further header lines, each with CR LF at its end. */
  readonly headerLines?: string;
  /** Of the resource that was asked for. */
  readonly counters?: ResourceCounters;
}

/** Passes the request on to the first destination that can be reached, beginning with the one at `first`. */
export interface ForwardDecision {
  readonly kind: "forward";
  readonly destinations: readonly Destination[];
  readonly first: number;
  /** What they are called in sentences: `resource "web"`. */
  readonly label: string;
  /** Absent where nobody keeps account: then the destinations are tried in order. */
  readonly target?: CountedTarget;
  /** True where the response sets the target's cookie. */
  readonly setsCookie?: boolean;
  /** Of the resource that was asked for. */
  readonly counters?: ResourceCounters;
}

/** Opens a tunnel for CONNECT, to the first destination that can be reached. */
export interface TunnelDecision {
  readonly kind: "tunnel";
  readonly destinations: readonly Destination[];
  readonly label: string;
}

/** A target that somebody chose who keeps account of its requests. For each request `begin` comes first and `leave` last. */
export interface CountedTarget {
  readonly destination: Destination;
  /** True where it takes no new requests: idle connections to it are not kept. */
  readonly isLeaving: boolean;
  /** A request is on its way there. */
  begin(): void;
  /** Of the resource whose target it is. */
  readonly counters: ResourceCounters;
  /** Octets that went there and came from there. */
  readonly traffic: TargetTraffic;
  /** Its final response has begun, or a tunnel is open. @param tookMs  since the request left for it */
  answered(status: number, now: Now, tookMs?: number): void;
  /** It could not be reached, broke off, sent what is no response, or took too long. */
  failed(now: Now): void;
  /** Nothing of the request is under way there any more. */
  leave(): void;
  /** The target to try in place of this one, undefined where there is none. @param tried  those that were tried, this one too */
  next(tried: readonly CountedTarget[], now: Now): CountedTarget | undefined;
  /** Takes a second sending of a request that was sent out of the budget; false where there is none left. */
  spendRetry(now: Now): boolean;
  /** The header line that sets its cookie; empty where it has none. */
  cookieLine(scheme: "http" | "https"): string;
}

/** Answers from a distribution's cache, or has it ask the origin. */
export interface CacheDecision {
  readonly kind: "cache";
  readonly site: CacheSite;
}

/** What becomes of a request. */
export type Decision = OwnAnswer | ForwardDecision | TunnelDecision | CacheDecision;

/** Reads a cookie of a request by its name; undefined where none came. */
export type CookieReader = (name: Uint8Array) => string | undefined;

/** A request as a policy sees it. Valid during `decide` only: what is to be kept must be taken out as text. */
export interface RequestView {
  /** A number of `Method`, and its text. */
  readonly method: number;
  readonly methodText: string;
  /** A number of `TargetForm`. */
  readonly targetForm: number;
  /** The target as it came. */
  readonly targetText: string;
  /** Path and query; empty where an absolute target has none, and for CONNECT. */
  readonly pathText: string;
  /** The host asked for, without port; empty where none is named. */
  readonly hostText: string;
  /** The port beside the host, -1 where none is named. */
  readonly port: number;
  /** The value of a cookie, undefined where none of the name came. @param name  as octets */
  cookieText(name: Uint8Array): string | undefined;
  /** The id of the trace that the request belongs to, where its peer may ask for one. */
  readonly traceId: string | undefined;
  /** What is kept of a traced request until it is over. */
  readonly traced: { target?: TargetDetail } | undefined;
  readonly peer: Endpoint;
  /** The listener that the connection came in on. */
  readonly listener: number;
  readonly local: Endpoint;
  /** The local address as `addressKey` writes it. */
  readonly localKey: string;
  /** Makes a function that gives the decision later; of its calls the first counts, and none once the client is gone. */
  later(): (decision: Decision, now: Now) => void;
}

/** How a traced request went. */
export interface Passage {
  readonly traceId: string;
  /** `GET http://shop.test/` */
  readonly question: string;
  /** Who answered: a destination's key, or undefined where the relay did. */
  readonly server: string | undefined;
  /** 0 where there was no response. */
  readonly status: number;
  readonly reason: string;
  readonly contentOctets: number;
  /** Targets that were tried before, each with what went wrong. */
  readonly tries: readonly string[];
  /** The target that was chosen for it, and why; absent where none was. */
  readonly target: TargetDetail | undefined;
  /** Why a distribution's origin had none, in a sentence. */
  readonly refusal: string | undefined;
  /** The head of the target's response, a line each. */
  readonly responseLines: readonly string[];
  readonly firstByteMs: number | undefined;
  readonly tookMs: number;
  /** What went wrong, in a sentence. */
  readonly failure: string | undefined;
  /** What a distribution's cache had to do with it. */
  readonly cache: CacheDetail | undefined;
}

/** What sets one relay apart from another. */
export interface RelayPolicy {
  /** What it calls itself in Via. */
  readonly pseudonym: string;
  /** True for a proxy that clients chose: Via goes on responses too, and CONNECT may be granted. */
  readonly isProxy: boolean;
  /** True where X-Forwarded-* and Forwarded are written. */
  readonly writesForwarded: boolean;
  /** `http` or `https`: how clients reach a listener. */
  scheme(listener: number): "http" | "https";
  /** Tells whether a peer's own X-Forwarded-* and Forwarded fields are kept and added to; else they are replaced. */
  trustsPeer(peer: Endpoint): boolean;
  /** Counters of the resource that owns a local address alone, for what no request says more of. @param localKey  as `addressKey` writes it */
  countersAt?(localKey: string): ResourceCounters | undefined;
  /** Decides about a request; undefined where `view.later()` will. */
  decide(view: RequestView, now: Now): Decision | undefined;
  /**
   * Chooses where at its origin a distribution's request goes.
   * @param readCookie  absent where the visitor's cookies do not reach the origin
   * @param traced  is told where, and why
   */
  origin?(
    site: CacheSite,
    readCookie: CookieReader | undefined,
    now: Now,
    traced?: { target?: TargetDetail; refusal?: string },
  ): ForwardDecision | OwnAnswer;
  /** Told of each traced request once it is over. */
  passed?(passage: Passage, now: Now): void;
}
