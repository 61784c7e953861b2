// The port behind which instances run: a set of processes that should be there, and what is known of each.
// `process` (process-runtime.ts) is the first implementation; runtime.contract.ts holds all of them to the same
// behaviour. Nothing here knows of DNS, routes or the store.

import type { InstanceObject, InstanceState, MetricSample } from "#contract";
import type { HeldAddresses } from "./held-addresses.ts";

/** Runs instances, so that what is wanted and what runs become the same. */
export interface Runtime {
  /**
   * Says which instances there should be, all of them; one that is left out is stopped and forgotten.
   *
   * Returns at once. What follows is told state by state. An instance whose `run` or `listen` differs from what
   * runs is stopped and started anew; one that is the same is not touched, also across a restart of this process.
   */
  apply(instances: readonly InstanceObject[]): void;
  /** The state of every instance, in no order. */
  states(): InstanceState[];
  /** True where every instance runs or is stopped as was said last, or has failed to. */
  readonly isSettled: boolean;
  /**
   * The last lines that an instance wrote to its standard output and error output, oldest first.
   * Empty where it wrote none, or is not known.
   */
  logs(id: string, lines: number): Promise<string[]>;
  /** What each instance that runs uses: processor time and memory. Empty where the system does not tell. */
  samples(): MetricSample[];
  /**
   * Ends the work of this object.
   *
   * @param instances  "stop": instances are stopped first, each with its grace period. "leave": they run on, and
   *   the next runtime on the same folder adopts them.
   */
  close(instances: "stop" | "leave"): Promise<void>;
}

/** What a runtime is made of. */
export interface RuntimeOptions {
  /** Where records and logs are kept, a folder for each instance; made with mode 0700 where absent. */
  readonly folder: string;
  /** Where launched instances have their folders. Default: the folder `launched` beside `folder`. */
  readonly launchFolder?: string;
  /** Told each change of state, after it happened. */
  readonly onState: (state: InstanceState) => void;
  /** Milliseconds between SIGTERM and SIGKILL when an instance is stopped. Default 10,000. */
  readonly graceMs?: number;
  /** Milliseconds before the first restart of an instance that ended; doubled for each further one. Default 250. */
  readonly backOffMs?: number;
  /** The longest such wait in milliseconds. Default 30,000. */
  readonly maxBackOffMs?: number;
  /** Size in octets that a log may reach before it is moved aside; one older part is kept. Default 4 MiB. */
  readonly logOctets?: number;
  /** Who has which address, shared with the other runtimes of the machine. Absent: there is no other. */
  readonly addresses?: HeldAddresses;
}
