// How a resolution comes to be, and who is told of its end.

import type { Now } from "#engine";
import type { Budget } from "./budget.ts";
import type { ResolutionOutcome } from "./outcome.ts";
import type { TraceWalk } from "./trace-walk.ts";
import type { Tree } from "./trees.ts";

/** Told of the end, once. */
export type Waiter = (outcome: ResolutionOutcome, now: Now) => void;

/** How a resolution came to be. */
export interface ResolutionOrigin {
  readonly budget: Budget;
  /** Sub-resolutions between this and the client's. */
  readonly depth: number;
  /** Where the client asked for a trace. */
  readonly trace?: TraceWalk;
  /** Set for the question for a root's own servers (RFC 9609): the tree that is primed. */
  readonly priming?: Tree;
  /** Set for a DS or DNSKEY RRset that something is validated with: the tree it is of. No alias is followed. */
  readonly trust?: Tree;
  /** True where nothing is to be validated: the client has set CD (RFC 4035 section 3.2.2), or it is for walking only. */
  readonly isUnchecked?: boolean;
  /**
   * True where negative trust anchors do not count, and nothing that was known before of what is asked for: somebody looks whether it validates
   * (past-anchors.ts). What is found is kept apart from what clients are told.
   */
  readonly isPastAnchors?: boolean;
}
