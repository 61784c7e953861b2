// What a role is: the part between the process it runs in (role-process.ts) and what it does.

import type { Logger } from "pino";
import type { Layout } from "./layout.ts";
import type { RoleConfig } from "./role-config.ts";

/** What a role is given. */
export interface RoleContext {
  readonly config: RoleConfig;
  readonly layout: Layout;
  readonly log: Logger;
}

/** A role that serves. */
export interface RunningRole {
  /** True while it holds what control last told it. */
  readonly isSynced: boolean;
  /** The revision it holds. */
  readonly revision: number;
  /**
   * Takes nothing new, finishes what is under way within a few seconds, and writes what is not on disk.
   *
   * @param instances  what the runtime does with the instances; of no meaning to other roles
   */
  stop(instances: "stop" | "leave"): Promise<void>;
}

/** Starts a role; it serves when the promise is kept. What it throws ends the process. */
export type StartRole = (context: RoleContext) => Promise<RunningRole>;
