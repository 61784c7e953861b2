// What planning a command comes to: words and records for people, entries and preconditions for the store.

import type { ChangeLine, Command, RoleName, ZoneRecords } from "#contract";
import type { Entry, Precondition } from "#store";
import type { ChangedObject, NamesCheck } from "./facts.ts";

/** A plan with everything that its commit needs. */
export interface PlannedChange {
  /** `platform` where nobody asked for it. */
  readonly command: Command | "platform";
  readonly title: string;
  readonly lines: readonly ChangeLine[];
  readonly records: readonly ZoneRecords[];
  readonly warnings: readonly string[];
  /** Milliseconds from now that old answers can still be given; 0 where nothing answered before. */
  readonly oldAnswersForMs: number;
  readonly operationType: string;
  readonly resourceName: string;
  readonly resourceType: string;
  /** Roles whose objects change. */
  readonly roles: readonly Exclude<RoleName, "control">[];
  /** The id of the change that it becomes. */
  readonly changeId: string;
  /** What name servers must answer of delegations; the serials of zones come on top when it is committed. */
  readonly checks: readonly NamesCheck[];
  /** Ids of instances whose processes start or end with it. */
  readonly movedInstances: readonly string[];
  /** Ids of raw ports that open with it. */
  readonly openedPorts: readonly string[];
  readonly entries: readonly Entry[];
  readonly preconditions: readonly Precondition[];
  readonly objects: readonly ChangedObject[];
  readonly undoes?: string;
  readonly revision: number;
}
