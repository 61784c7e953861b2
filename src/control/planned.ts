// What planning a command comes to: words and records for people, entries and preconditions for the store.

import type { ChangeLine, Command, MintedKey, Operation, RoleName, ZoneRecords } from "#contract";
import type { Entry, Precondition } from "#store";
import type { DoneUpdate } from "#zone";
import type { Draft } from "./draft.ts";
import type {
  Attachment,
  ChangedObject,
  ContainerWork,
  DrainFact,
  LoadBalancerFact,
  NamesCheck,
} from "./facts.ts";

/** A plan with everything that its commit needs. */
export interface PlannedChange {
  /** `platform` where nobody asked for it. */
  readonly command: Command | "platform";
  readonly title: string;
  readonly lines: readonly ChangeLine[];
  readonly records: readonly ZoneRecords[];
  readonly warnings: readonly string[];
  readonly evidence?: readonly string[];
  /** Milliseconds from now that old answers can still be given; 0 where nothing answered before. */
  readonly oldAnswersForMs: number;
  readonly operationType: string;
  readonly resourceName: string;
  readonly resourceType: string;
  readonly subject?: string;
  readonly counterparts?: NonNullable<Operation["counterparts"]>;
  /** Roles whose objects change. */
  readonly roles: readonly Exclude<RoleName, "control">[];
  /** The id of the change that it becomes. */
  readonly changeId: string;
  /** What name servers must answer of delegations; the serials of zones come on top when it is committed. */
  readonly checks: readonly NamesCheck[];
  /** Ids of instances whose processes start or end with it. */
  readonly movedInstances: readonly string[];
  /** Ids of raw ports that open or close with it. */
  readonly movedPorts: readonly string[];
  /** Instances that it puts behind load balancers. */
  readonly attached: readonly Attachment[];
  /** What is to come of container services by it. */
  readonly containers: readonly ContainerWork[];
  /** Names of certificates that it asks for. */
  readonly certificates: readonly string[];
  readonly entries: readonly Entry[];
  readonly preconditions: readonly Precondition[];
  readonly objects: readonly ChangedObject[];
  /** Names outside our zones that aliases come to lead to, and of which nothing is known yet. */
  readonly unknownNames: readonly string[];
  readonly undoes?: string;
  /** The update that it is made of. */
  readonly update?: DoneUpdate;
  /** The key that it creates, with its secret: shown and sealed once it is committed, and in no view of the plan. */
  readonly minted?: MintedKey;
  /** Who asked for it, as the history names them. */
  readonly by: string;
  readonly revision: number;
}

/** The instances that a draft puts behind load balancers. */
export function attachedBy(draft: Draft): Attachment[] {
  const attached: Attachment[] = [];
  for (const { kind, key, before, after } of draft.changes()) {
    if (kind !== "load-balancer" || !after) continue;
    const had = new Set((before?.value as LoadBalancerFact | undefined)?.instances);
    for (const instance of (after.value as LoadBalancerFact).instances)
      if (!had.has(instance)) attached.push({ resource: key, instance });
  }
  return attached;
}

/** The instances that a plan drains. */
export function drainedBy({ entries }: PlannedChange): (Attachment & Pick<DrainFact, "purpose">)[] {
  return entries.flatMap(({ kind, value }) => {
    if (kind !== "drain" || value === undefined) return [];
    const { resource, instance, purpose } = value as DrainFact;
    return [{ resource, instance, purpose }];
  });
}
