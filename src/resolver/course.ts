// What a resolution and the two ways it can take for one name (walk.ts, forwarding.ts) know of each other.

import type { Now } from "#engine";
import type { Name } from "#wire";
import type { ResolverContext } from "./context.ts";
import type { Source } from "./outcome.ts";
import type { Reply } from "./reply.ts";
import type { Resolution } from "./resolution.ts";
import type { ResolutionOrigin, Waiter } from "./resolution-origin.ts";
import type { ExchangeResult, UpstreamQuery } from "./upstream.ts";

/** A way to the answer for one name: goes on until there is something to wait for, or the host has been told the end. */
export interface Course {
  /** Goes one step. Not called while the host waits. */
  step(now: Now): void;
}

/** What a course works for. */
export interface CourseHost {
  readonly context: ResolverContext;
  readonly origin: ResolutionOrigin;
  /** Whether the resolution has ended meanwhile. */
  readonly isOver: boolean;
  /** When the resolution began, in monotonic milliseconds. */
  readonly startedAt: number;
  /** Only what was stored since this time counts: 0 for everything, or for a fresh trace what it has stored itself. */
  readonly since: number;

  /**
   * Asks a server. Takes one query of the budget; where none is left the resolution fails. No step until the result
   * has come; `take` may ask again at once.
   */
  ask(query: UpstreamQuery, now: Now, take: (result: ExchangeResult, now: Now) => void): void;
  /** Waits for another resolution. */
  waitFor(other: Resolution, now: Now, then: Waiter): void;
  /** The resolution itself, for look-ups that must not wait for it in turn. */
  readonly self: Resolution;

  /** Something to tell the client should all fail. */
  note(code: number, text: string): void;
  /** Stores the records of a reply. */
  keep(partition: string, reply: Reply, now: Now): void;
  /**
   * The course's end: a reply about the name, or about an ancestor that does not exist.
   * @param source  who said it; absent: a forwarder
   * @param refuse  told where the reply is bogus, so that the course goes on with another server; absent: there is no other
   */
  conclude(
    partition: string,
    about: Name,
    reply: Reply,
    now: Now,
    source?: Source,
    refuse?: (reason: string) => void,
  ): void;
  /** The course's end: no answer. `isExhausted` where more budget or time might have helped. */
  fail(now: Now, isExhausted: boolean): void;
}
