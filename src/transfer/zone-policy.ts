// What is agreed on for one zone between its server and others.

import type { AccessRule, Peer } from "./access.ts";
import type { UpdateRule } from "./update.ts";

/** What is agreed on for one zone. */
export interface ZonePolicy {
  /** Who may have all of it (AXFR, IXFR). Empty: nobody. */
  readonly transfer: readonly AccessRule[];
  /** Who is told of each new version (RFC 1996). */
  readonly notify: readonly Peer[];
  /** Who may change it (RFC 2136), and what of it. Empty: nobody. */
  readonly update: readonly UpdateRule[];
  /** True where somebody else decides updates: who may do what is said there. They have to be signed. Absent: false. */
  readonly forwardsUpdates?: boolean;
  /** Where it is transferred from; absent: it is not a secondary's. */
  readonly primaries?: readonly Peer[];
  /** Who beside the primaries may tell of a new version. */
  readonly notifiers?: readonly AccessRule[];
}
