// What drafting a command is given and what it says of itself, and the form of the tables that lead from a command to its drafting.

import type { ChangeLine, Command, InstanceState, MintedKey, Operation } from "#contract";
import type { Principal } from "./access/principal.ts";
import type { HandedIn } from "./certificate-secrets.ts";
import type { ControlConfig } from "./config.ts";
import type { Draft } from "./draft.ts";
import type { ChangeFact } from "./facts.ts";
import type { Identities } from "./identity.ts";
import type { DelegationFinding } from "./name-server-check.ts";
import type { Publisher } from "./publish.ts";
import type { ZoneKeys } from "./signing/keys.ts";
import type { State } from "./state.ts";
import type { TargetReports } from "./target-reports.ts";

/** What every command's drafting works with. */
export interface PlanContext {
  readonly draft: Draft;
  readonly state: State;
  readonly publisher: Publisher;
  readonly config: ControlConfig;
  readonly identities: Identities;
  /** Wall time in milliseconds. */
  readonly now: number;
  readonly warnings: string[];
  /** The id of the change that it becomes. */
  readonly changeId: string;
  /** The instances' processes, as the runtime reported last. */
  readonly instanceStates: ReadonlyMap<string, InstanceState>;
  /** The targets of load balancers, as the edge reported last. */
  readonly targetReports: TargetReports;
  /** Certificates and keys that were handed in, and are in no fact yet. */
  readonly handedIn: HandedIn & { readonly environments: EnvironmentsAtHand };
  /** Keys that zones are signed with. */
  readonly zoneKeys: ZoneKeys;
  /** Who asks. */
  readonly by: Principal;
}

/** Environments of containers: whether one came with this request, and whether one is still there. */
interface EnvironmentsAtHand {
  has(id: string): boolean;
  isKept(id: string): boolean;
}

/** What a planner is given beside the state: what roles reported, and what requests handed in. */
export type Reports = Pick<PlanContext, "instanceStates" | "targetReports" | "handedIn" | "zoneKeys">;

/** What a command's drafting says of itself. */
export interface CommandOutline {
  readonly title: string;
  readonly operationType: string;
  readonly resourceName: string;
  readonly resourceType: string;
  /** Lines that describe many facts at once, in place of one for each. */
  readonly summary?: readonly ChangeLine[];
  /** Lines beside those of facts. */
  readonly furtherLines?: readonly ChangeLine[];
  /** What the plan builds on, and what is to be done elsewhere, a line each. */
  readonly evidence?: readonly string[];
  /** The key that it creates, with its secret. */
  readonly minted?: MintedKey;
  /** What of the resource it changes, in a word. */
  readonly subject?: string;
  /** Other resources that it changes. */
  readonly counterparts?: NonNullable<Operation["counterparts"]>;
}

/** A change to be undone, with its id and revision: read from the store beforehand. */
export interface UndoneChange {
  readonly id: string;
  readonly revision: number;
  readonly fact: ChangeFact;
  /** The revisions that removed what the change touched or refers to and is gone, by `KIND KEY`, as far as the log tells. */
  readonly removedAt?: ReadonlyMap<string, number>;
  /** What was changed later and is again as the change left it, by `KIND KEY`: a later change was taken back. */
  readonly asLeft?: ReadonlySet<string>;
  /** What the change left of objects that are others now, by `KIND KEY`, as far as the log tells. */
  readonly left?: ReadonlyMap<string, unknown>;
}

/** What some commands need beside themselves, read or asked before they are planned. */
export interface Beside {
  /** The change that an `undo` takes back. */
  readonly undone?: UndoneChange | undefined;
  /** What the name servers said that a domain is to be delegated to. */
  readonly finding?: DelegationFinding | undefined;
}

/** How commands of some actions are planned: a function for each. It throws a PlatformError where a rule refuses the command. */
export type Plans<A extends Command["action"]> = {
  readonly [K in A]: (
    context: PlanContext,
    command: Extract<Command, { action: K }>,
    beside: Beside,
  ) => CommandOutline;
};
