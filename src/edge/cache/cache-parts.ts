// What the parts of one relay's cache share, and what they ask of the relay.

import type { Now } from "#engine";
import type { ClientConnection } from "../connections.ts";
import type { RelayFlow } from "../flow.ts";
import type { ForwardDecision, OwnAnswer } from "../policy.ts";
import type { Answers } from "./answers.ts";
import type { Exchange } from "./exchange.ts";
import type { Fetch } from "./fetch.ts";
import type { KeyWriter } from "./key.ts";
import type { CacheStore } from "./store.ts";

/** What the cache has the relay do. */
export interface CachePort {
  /** Passes a request on, whose head lies in `conn.out`, or answers it. */
  act(conn: ClientConnection, decision: ForwardDecision | OwnAnswer, now: Now): void;
  /** Answers in the relay's own words. */
  answer(conn: ClientConnection, answer: OwnAnswer, now: Now): void;
  /** Goes on to the next request of a connection. */
  next(conn: ClientConnection, now: Now): void;
}

/** What the parts share. */
export interface CacheParts {
  readonly flow: RelayFlow;
  readonly port: CachePort;
  readonly store: CacheStore;
  readonly key: KeyWriter;
  readonly answers: Answers;
  /** All requests to origins that are under way. */
  readonly fetches: Set<Fetch>;
  /** Looks at a request anew that waited in vain. */
  again(conn: ClientConnection, exchange: Exchange, now: Now): void;
  /** Answers with an error's page. Returns false where it has none. */
  answerPage(conn: ClientConnection, exchange: Exchange, status: number, now: Now): boolean;
}
