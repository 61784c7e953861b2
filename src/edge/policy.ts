// What a relay is told about its place: which requests go where, what it calls itself, and what it adds to a request. The
// edge and the visitor proxy are two policies on one relay.

import type { Endpoint, Now } from "#engine";
import type { Destination } from "./route-table.ts";

/** An answer of the relay's own. */
export interface OwnAnswer {
  readonly kind: "answer";
  readonly status: number;
  /** Default `text/plain; charset=utf-8`. */
  readonly contentType?: string;
  readonly content: string;
  /** Further header lines, each with CR LF at its end. */
  readonly headerLines?: string;
}

/** Passes the request on to the first destination that can be reached, beginning with the one at `first`. */
export interface ForwardDecision {
  readonly kind: "forward";
  readonly destinations: readonly Destination[];
  readonly first: number;
  /** What they are called in sentences: `resource "web"`. */
  readonly label: string;
}

/** Opens a tunnel for CONNECT, to the first destination that can be reached. */
export interface TunnelDecision {
  readonly kind: "tunnel";
  readonly destinations: readonly Destination[];
  readonly label: string;
}

/** What becomes of a request. */
export type Decision = OwnAnswer | ForwardDecision | TunnelDecision;

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
  /** The id of the trace that the request belongs to, where its peer may ask for one. */
  readonly traceId: string | undefined;
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
  readonly tookMs: number;
  /** What went wrong, in a sentence. */
  readonly failure: string | undefined;
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
  /** Decides about a request; undefined where `view.later()` will. */
  decide(view: RequestView, now: Now): Decision | undefined;
  /** Told of each traced request once it is over. */
  passed?(passage: Passage, now: Now): void;
}
