// What a plan leaves behind in the history, and what the operation that follows it is begun with: after the commit, and anew after a
// restart.

import type { ChangeFact } from "./facts.ts";
import type { OperationSeed } from "./operations.ts";
import { drainedBy, type PlannedChange } from "./planned.ts";
import { checksOf } from "./stage.ts";
import type { State } from "./state.ts";

/** Types of resources that belong to the region. */
const regionalTypes: ReadonlySet<string> = new Set([
  "Instance",
  "StaticIp",
  "LoadBalancer",
  "LoadBalancerTlsCertificate",
  "Certificate",
  "Alarm",
  "ContainerService",
]);

/** What the history keeps of a plan that is committed. */
export function changeFactOf(
  planned: PlannedChange,
  {
    actor,
    at,
    operationId,
    tlds,
  }: {
    readonly actor: string;
    /** Wall time in milliseconds. */
    readonly at: number;
    readonly operationId: string;
    readonly tlds: readonly string[];
  },
): ChangeFact {
  const operation = {
    id: operationId,
    type: planned.operationType,
    resourceName: planned.resourceName,
    resourceType: planned.resourceType,
    ...(planned.subject === undefined ? {} : { subject: planned.subject }),
    ...(planned.counterparts ? { counterparts: planned.counterparts } : {}),
    roles: planned.roles,
    instances: planned.movedInstances,
    ...(planned.movedPorts.length > 0 ? { ports: planned.movedPorts } : {}),
    ...(planned.certificates.length > 0 ? { certificates: planned.certificates } : {}),
    checks: checksOf(planned, tlds),
    attached: planned.attached,
    drained: drainedBy(planned),
    ...(planned.containers.length > 0 ? { containers: planned.containers } : {}),
  };
  return {
    title: planned.title,
    action: planned.command === "platform" ? "platform" : planned.command.action,
    actor,
    at,
    lines: planned.lines,
    records: planned.records,
    objects: planned.objects,
    operation,
    ...(planned.undoes === undefined ? {} : { undoes: planned.undoes }),
    ...(planned.update ? { update: planned.update } : {}),
  };
}

/** What the operation of a change is begun with. */
export function seedOf(
  state: State,
  region: string,
  {
    changeId,
    revision,
    fact: { operation, at },
  }: { readonly changeId: string; readonly revision: number; readonly fact: ChangeFact },
): OperationSeed {
  const {
    id,
    type,
    resourceName,
    resourceType,
    subject,
    counterparts,
    roles,
    checks = [],
    ports = [],
    attached = [],
    drained = [],
    certificates = [],
    containers = [],
  } = operation;
  const known = new Set([...state.all("instance").values()].map((held) => held.id));
  return {
    id,
    changeId,
    operationType: type,
    resourceName,
    resourceType,
    ...(subject === undefined ? {} : { subject }),
    ...(counterparts ? { counterparts } : {}),
    region: regionalTypes.has(resourceType) ? region : "global",
    createdAt: at,
    revision,
    roles,
    checks,
    attached,
    drained,
    instances: operation.instances.filter((instance) => known.has(instance)),
    ports,
    certificates,
    containers,
  };
}
