// Lightsail's operations: the platform's, as Lightsail's clients follow them. An operation is over for them when what it asked for is in
// force; what the platform follows beyond that (an instance's health, a certificate's issuing) they ask for at the resource.
//
// Where Lightsail gives an operation for each resource that a request changes, the platform has one: the others are views of it. Their ids are
// the operation's with another last digit.

import {
  command as commandSchema,
  type Command,
  type LightsailShapes,
  type Operation,
  type OperationStep,
} from "#contract";
import { refuseMembers } from "../api/failure.ts";
import type { ControlCore } from "../control.ts";
import { healthTitle } from "../traffic-steps.ts";
import { globalLocation, locationOf, pageOf, secondsOf } from "./answers.ts";
import { AwsError } from "./aws-error.ts";
import type { AwsCall } from "./service.ts";

type Shown = LightsailShapes["Operation"];

/** How long an answer may wait for an operation that is usually over at once. */
const maxWaitMs = 1000;
/** Operations that changed nothing and are remembered. */
const maxIdle = 1000;
/** Most counterparts of an operation that have an id: as many as a hexadecimal digit can tell apart from its own. */
const maxCounterparts = 15;

/** Operation types that Lightsail calls otherwise. */
const types: Readonly<Record<string, string>> = {
  AssignDomain: "CreateDomainEntry",
  UnassignDomain: "DeleteDomainEntry",
  DetachLoadBalancerTlsCertificate: "DeleteLoadBalancerTlsCertificate",
};

/** Operations that found everything as it was to be: nothing was committed, and nothing is to be followed. */
const idle: WeakMap<ControlCore, Map<string, Operation>> = new WeakMap();

/** Gives a command, and the operations that follow it. @param patient  true where they are usually over at once, which is waited for */
export async function runCommand(
  call: AwsCall,
  command: Command,
  patient: boolean = false,
): Promise<{ readonly operation: Shown; readonly operations: Shown[]; readonly changeId: string }> {
  const { core, principal } = call;
  const read = commandSchema.safeParse(command);
  if (!read.success) refuseMembers(read.error);
  const { operation } = await core.run(read.data, principal);
  if (!operation) throw new RangeError(`Cannot follow ${command.action}: it has no operation`);
  if (patient) await waitForEnd(core, operation.id);
  const operations = viewOperations(call, core.operations.get(operation.id) ?? operation);
  return { operation: operations[0] as Shown, operations, changeId: operation.changeId };
}

/**
 * Gives commands one after the other. Where one is refused, those before it are taken back.
 * @returns what each came to
 */
export async function runCommands(
  call: AwsCall,
  commands: readonly Command[],
  patient: boolean = false,
): Promise<Awaited<ReturnType<typeof runCommand>>[]> {
  const done: Awaited<ReturnType<typeof runCommand>>[] = [];
  try {
    for (const command of commands) done.push(await runCommand(call, command, patient));
  } catch (error) {
    for (const { changeId } of done.toReversed())
      await call.core.run({ action: "undo", changeId }, call.principal);
    throw error;
  }
  return done;
}

/** An operation for a request that found everything as it is to be. It is over, and can be asked for like others. */
export function idleOperation(
  call: AwsCall,
  of: Pick<Operation, "operationType" | "resourceName" | "resourceType" | "subject" | "counterparts">,
  isGlobal: boolean = false,
): { readonly operation: Shown; readonly operations: Shown[] } {
  const { core } = call;
  const now = new Date(core.host.clock.wall()).toISOString();
  const operation: Operation = {
    ...of,
    id: core.identities.uuid(),
    status: "Succeeded",
    isTerminal: true,
    location: { regionName: isGlobal ? "global" : call.region, availabilityZone: "all" },
    createdAt: now,
    statusChangedAt: now,
    operationDetails: "",
    changeId: "",
    steps: [],
  };
  const known = idle.get(core) ?? new Map<string, Operation>();
  idle.set(core, known);
  known.set(operation.id, operation);
  const [oldest] = known.keys();
  if (known.size > maxIdle && oldest !== undefined) known.delete(oldest);
  const operations = viewOperations(call, operation);
  return { operation: operations[0] as Shown, operations };
}

/** Waits a moment for an operation to be over. */
async function waitForEnd({ operations, host }: ControlCore, id: string): Promise<void> {
  const isOver = (operation: Operation | undefined): boolean =>
    operation === undefined || statusOf(operation) !== "Started";
  if (isOver(operations.get(id))) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      stopTimer();
      stopListening();
      resolve();
    };
    const stopTimer = host.timers.after(maxWaitMs, end);
    const stopListening = operations.listen((operation) => {
      if (operation.id === id && isOver(operation)) end();
    });
  });
}

/** An operation as Lightsail's clients see it: of its resource, then of each counterpart. */
export function viewOperations(call: AwsCall, operation: Operation): Shown[] {
  const counterparts = (operation.counterparts ?? []).slice(0, maxCounterparts);
  const names = counterparts.map(({ resourceName }) => resourceName).join(",");
  return [
    view(call, operation, operation, operation.subject ?? names),
    ...counterparts.map((counterpart, i) =>
      view(call, { ...operation, id: siblingId(operation.id, i + 1) }, counterpart, operation.resourceName),
    ),
  ];
}

function view(
  call: AwsCall,
  operation: Operation,
  { resourceName, resourceType }: { readonly resourceName: string; readonly resourceType: string },
  details: string,
): Shown {
  const { id, operationType, createdAt, statusChangedAt, location, errorCode, errorDetails } = operation;
  const status = statusOf(operation);
  const isFailed = status === "Failed";
  return {
    id,
    resourceName: resourceType === "Assignment" ? zoneOf(call, resourceName) : resourceName,
    resourceType: (resourceType === "Assignment"
      ? "Domain"
      : resourceType) as LightsailShapes["ResourceType"],
    createdAt: secondsOf(createdAt),
    location: location.regionName === "global" ? globalLocation : locationOf(call),
    isTerminal: status !== "Started",
    operationDetails: details,
    operationType: types[operationType] ?? operationType,
    status,
    statusChangedAt: secondsOf(statusChangedAt),
    ...(isFailed && errorCode !== undefined ? { errorCode } : {}),
    ...(isFailed && errorDetails !== undefined ? { errorDetails } : {}),
  };
}

/** The zone that an assigned name lies in. */
function zoneOf({ core }: AwsCall, name: string): string {
  return core.views.state.zoneOf(`${name}.`)?.apex.slice(0, -1) ?? name;
}

function statusOf({ steps, status }: Operation): NonNullable<Shown["status"]> {
  const own = steps.filter((step) => !isBeyond(step));
  if (own.length === 0) return status === "Started" ? "Succeeded" : status;
  if (own.some((step) => step.status === "Failed")) return "Failed";
  return own.every((step) => step.status === "Succeeded") ? "Succeeded" : "Started";
}

/** Whether Lightsail's operations do not wait for a step. */
function isBeyond({ title }: OperationStep): boolean {
  return healthTitle.test(title) || /^Certificate .* is issued$/.test(title);
}

function siblingId(id: string, n: number): string {
  return `${id.slice(0, -1)}${(Number.parseInt(id.slice(-1), 16) ^ n).toString(16)}`;
}

/** All that are remembered, of this platform's resources, the latest first. */
function allOperations(call: AwsCall): Shown[] {
  const { core } = call;
  const found = [...core.operations.list(), ...[...(idle.get(core)?.values() ?? [])].reverse()];
  return found
    .sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt))
    .filter(({ resourceType }) => shownTypes.has(resourceType))
    .flatMap((operation) => viewOperations(call, operation));
}

/** Types of resources that Lightsail has. */
const shownTypes: ReadonlySet<string> = new Set([
  "Instance",
  "StaticIp",
  "Domain",
  "Assignment",
  "LoadBalancer",
  "LoadBalancerTlsCertificate",
  "Certificate",
  "Distribution",
  "ContainerService",
  "Alarm",
  "ContactMethod",
]);

/** GetOperation: also of what is gone, and of what a key with limits has done itself. */
export async function getOperation(
  { operationId }: LightsailShapes["GetOperationRequest"],
  call: AwsCall,
): Promise<LightsailShapes["GetOperationResult"]> {
  const found = await findOperation(call, operationId);
  if (!found) {
    throw new AwsError("NotFoundException", `The Operation does not exist: ${operationId.slice(0, 100)}`, {
      code: "DoesNotExist",
    });
  }
  return { operation: found };
}

async function findOperation(call: AwsCall, id: string): Promise<Shown | undefined> {
  const { core } = call;
  for (let n = 0; n <= maxCounterparts; n++) {
    const own = siblingId(id, n);
    const operation = core.operations.get(own) ?? idle.get(core)?.get(own);
    const shown = operation && viewOperations(call, operation).find((one) => one.id === id);
    if (operation && shown && (await maySee(call, operation))) return shown;
  }
  // One of long ago: its own id, or that of the operation that it is a view of.
  const stem = id.slice(0, -1);
  const found = await core.findOperation(id, (own) => own.slice(0, -1) === stem);
  const shown = found && viewOperations(call, found).find((one) => one.id === id);
  return found && shown && (await maySee(call, found)) ? shown : undefined;
}

/** A key with limits sees the operations of its own changes. */
async function maySee({ core, principal }: AwsCall, { changeId }: Operation): Promise<boolean> {
  const { zones, verbs, actor } = principal;
  if ((!zones && (!verbs || verbs.includes("read"))) || changeId === "") return true;
  return (await core.change(changeId)).actor === actor;
}

/** GetOperations. */
export function getOperations(
  { pageToken }: LightsailShapes["GetOperationsRequest"],
  call: AwsCall,
): LightsailShapes["GetOperationsResult"] {
  const { page, next } = pageOf(allOperations(call), idOf, pageToken);
  return { operations: page, ...next };
}

/** GetOperationsForResource: of a resource that is gone too. Throws `NotFoundException` for a name that none is known of. */
export function getOperationsForResource(
  { resourceName, pageToken }: LightsailShapes["GetOperationsForResourceRequest"],
  call: AwsCall,
): LightsailShapes["GetOperationsForResourceResult"] {
  const own = allOperations(call).filter((operation) => operation.resourceName === resourceName);
  const { page, next } = pageOf(own, idOf, pageToken);
  return { operations: page, ...next };
}

function idOf({ id = "" }: Shown): string {
  return id;
}
