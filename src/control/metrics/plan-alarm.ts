// Commands of alarms.

import { PlatformError, type Command } from "#contract";
import type { CommandOutline, PlanContext, Plans } from "../plan-context.ts";
import { findResource, typeWords } from "../resources.ts";
import type { Draft } from "../draft.ts";
import type { State } from "../state.ts";
import type { AlarmFact } from "./alarm-facts.ts";
import { requireMetered, requireMetric } from "./query.ts";

/** How each command of this area is planned. */
export const alarmPlans: Plans<"put-alarm" | "delete-alarm"> = {
  "put-alarm": planPutAlarm,
  "delete-alarm": (context, { name }) => planDeleteAlarm(context, name),
};

/** Lightsail's rule for names of alarms. */
const alarmName = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,253}[A-Za-z0-9_])?$/;
/** Most alarms of one metric of one resource (Lightsail's rule). */
const maxAlarms = 2;

type Given<A extends Command["action"]> = Extract<Command, { action: A }>;

/** Creates an alarm, or replaces the one of the name. */
function planPutAlarm(context: PlanContext, command: Given<"put-alarm">): CommandOutline {
  const { draft, state, now } = context;
  const { name, resource: resourceName, comparisonOperator, threshold, evaluationPeriods } = command;
  const action = `Cannot put alarm "${name}"`;
  const refuse = (reason: string): never => {
    throw new PlatformError("input-malformed", `${action}: ${reason}`);
  };
  if (!alarmName.test(name))
    refuse(
      "expected a name of letters, digits, dots, hyphens and underscores, with none but letters and digits at the ends",
    );
  const resource = requireMetered(state, resourceName);
  const { type } = resource;
  if (type !== "Instance" && type !== "LoadBalancer")
    return refuse(
      `"${resourceName}" is ${typeWords[type].article}, and alarms are of instances and load balancers`,
    );
  const metric = requireMetric(resource, command.metric).name;
  const { datapointsToAlarm = evaluationPeriods } = command;
  if (datapointsToAlarm > evaluationPeriods)
    refuse(`${datapointsToAlarm} data points are more than the ${evaluationPeriods} that it looks at`);
  const others = alarmsOf(state, resourceName).filter((one) => one.metric === metric && one.name !== name);
  if (others.length >= maxAlarms)
    throw new PlatformError(
      "state-wrong",
      `${action}: ${metric} of "${resourceName}" has ${maxAlarms} alarms already, ${others.map((one) => one.name).join(" and ")}`,
    );
  const before = state.value("alarm", name);
  const fact: AlarmFact = {
    name,
    resource: resourceName,
    resourceType: type,
    metric,
    comparisonOperator,
    threshold,
    evaluationPeriods,
    datapointsToAlarm,
    treatMissingData: command.treatMissingData ?? "missing",
    notificationEnabled: command.notificationEnabled ?? true,
    notificationTriggers: [...new Set(command.notificationTriggers ?? [])],
    createdAt: before?.createdAt ?? now,
  };
  draft.put("alarm", name, fact);
  draft.require(type === "Instance" ? "instance" : "load-balancer", resourceName);
  return {
    title: `${before ? "Update" : "Create"} alarm ${name} of ${resourceName}`,
    operationType: "PutAlarm",
    resourceName: name,
    resourceType: "Alarm",
    counterparts: [{ resourceName, resourceType: type }],
  };
}

/** Deletes an alarm. Throws `resource-not-found`. */
function planDeleteAlarm({ draft, state }: PlanContext, name: string): CommandOutline {
  const fact = state.value("alarm", name);
  if (!fact)
    throw new PlatformError(
      "resource-not-found",
      `Cannot delete alarm "${name}": there is none of that name`,
    );
  draft.remove("alarm", name);
  return {
    title: `Delete alarm ${name} of ${fact.resource}`,
    operationType: "DeleteAlarm",
    resourceName: name,
    resourceType: "Alarm",
  };
}

/** Takes the alarms of a resource away that is deleted. */
export function removeAlarms(draft: Draft, state: State, resource: string): void {
  for (const { name } of alarmsOf(state, resource)) draft.remove("alarm", name);
}

/** The alarms of a resource. */
export function alarmsOf(state: State, resource: string): AlarmFact[] {
  return [...state.all("alarm").values()]
    .map(({ value }) => value)
    .filter((one) => one.resource === resource);
}

/** An alarm in words, for plans. */
export function describeAlarm({
  name,
  resource,
  metric,
  comparisonOperator,
  threshold,
  evaluationPeriods,
  datapointsToAlarm,
}: AlarmFact): string {
  const of = evaluationPeriods === 1 ? "" : `, ${datapointsToAlarm} of ${evaluationPeriods} times`;
  return `alarm ${name}: ${metric} of ${resource} ${operatorWords[comparisonOperator]} ${threshold}${of}`;
}

/** What people say for each comparison. */
export const operatorWords: Readonly<Record<AlarmFact["comparisonOperator"], string>> = {
  GreaterThanOrEqualToThreshold: "at least",
  GreaterThanThreshold: "above",
  LessThanThreshold: "below",
  LessThanOrEqualToThreshold: "at most",
};

/** Tells whether an alarm's resource is what it was when the alarm was put. */
export function hasResource(state: State, { resource, resourceType }: AlarmFact): boolean {
  return findResource(state, resource)?.type === resourceType;
}
