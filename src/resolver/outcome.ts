// What a resolution comes to: an rcode, the records for each section, and what to tell the client about a failure.

import type { Endpoint } from "#engine";
import type { Name } from "#wire";
import type { CachedRrset } from "./rrset.ts";

/** An extended DNS error: a code of `ExtendedError` (#wire) and a text for people (RFC 8914). */
export interface FailureNote {
  readonly code: number;
  readonly text: string;
}

/** Which server said something, of which zone. */
export interface Source {
  readonly server: Endpoint;
  readonly zone: Name;
}

/** The end of a resolution. */
export interface ResolutionOutcome {
  /** RCODE as the header and OPT carry it (RFC 6604: that of the last name of a chain). */
  readonly rcode: number;
  /** Aliases in the order they were followed, then the RRset asked for. */
  readonly answer: readonly CachedRrset[];
  /** For negative answers SOA and proof. */
  readonly authority: readonly CachedRrset[];
  /** What saves the client a question. Absent: nothing. */
  readonly additional?: readonly CachedRrset[];
  readonly errors: readonly FailureNote[];
  /** Monotonic milliseconds at which the negative part ends; the SOA's TTL is shown no longer than that. */
  readonly negativeExpiresAt?: number;
  /** True where nothing was asked of anybody. */
  readonly isFromCache: boolean;
  /** True where it ended for want of budget or time: somebody with more of either may fare better. */
  readonly isExhausted: boolean;
  /** True where all of it was validated and found secure. */
  readonly isSecure?: boolean;
  /** Who said the last of it; absent where that came from the cache. */
  readonly source?: Source;
}
