// Lightsail's alarms, and its contact methods, of which this platform has none: it sends neither e-mail nor text messages. Alarms show how
// they stand; who wants to be told asks for them, or has Prometheus do so.

import type { Alarm, Command, LightsailShapes } from "#contract";
import { requireOperate } from "../access/authorise.ts";
import { locationOf, pageOf, resourceOf, unknownResource } from "./answers.ts";
import { AwsError } from "./aws-error.ts";
import { idleOperation, runCommand, runCommands } from "./operations.ts";
import type { AwsCall } from "./service.ts";
import { shownTags, taggingOf } from "./tags.ts";

type Shapes = LightsailShapes;

/** Why there are no contact methods. */
export const noMessages = "the platform sends no e-mail and no text messages";

/** PutAlarm. */
export async function putAlarm(
  request: Shapes["PutAlarmRequest"],
  call: AwsCall,
): Promise<Shapes["PutAlarmResult"]> {
  const [protocol] = request.contactProtocols ?? [];
  if (protocol !== undefined) throw unknownResource("ContactMethod", protocol);
  const tagging = taggingOf("Alarm", request.alarmName, request.tags);
  const { datapointsToAlarm, treatMissingData, notificationEnabled, notificationTriggers } = request;
  const put: Command = {
    action: "put-alarm",
    name: request.alarmName,
    resource: request.monitoredResourceName,
    metric: request.metricName,
    comparisonOperator: request.comparisonOperator,
    threshold: request.threshold,
    evaluationPeriods: request.evaluationPeriods,
    ...(datapointsToAlarm === undefined ? {} : { datapointsToAlarm }),
    ...(treatMissingData === undefined ? {} : { treatMissingData }),
    ...(notificationEnabled === undefined ? {} : { notificationEnabled }),
    ...(notificationTriggers === undefined ? {} : { notificationTriggers: [...notificationTriggers] }),
  };
  const [made] = await runCommands(call, [put, ...tagging], true);
  return { operations: made?.operations.slice(0, 1) };
}

/** GetAlarms: all, that of a name, or those of a resource. */
export async function getAlarms(
  { alarmName, monitoredResourceName, pageToken }: Shapes["GetAlarmsRequest"],
  call: AwsCall,
): Promise<Shapes["GetAlarmsResult"]> {
  const { alarms } = call.core.metrics;
  const all = await alarms.list(monitoredResourceName);
  const found = alarmName === undefined ? all : all.filter(({ name }) => name === alarmName);
  if (alarmName !== undefined && found.length === 0) throw unknownResource("Alarm", alarmName);
  const { page, next } = pageOf(found, ({ name }) => name, pageToken);
  return { alarms: page.map((alarm) => show(call, alarm)), ...next };
}

/** DeleteAlarm. */
export async function deleteAlarm(
  { alarmName }: Shapes["DeleteAlarmRequest"],
  call: AwsCall,
): Promise<Shapes["DeleteAlarmResult"]> {
  requireAlarm(call, alarmName);
  const { operations } = await runCommand(call, { action: "delete-alarm", name: alarmName }, true);
  return { operations };
}

/** TestAlarm: the state lasts until the alarm is judged next. */
export async function testAlarm(
  { alarmName, state }: Shapes["TestAlarmRequest"],
  call: AwsCall,
): Promise<Shapes["TestAlarmResult"]> {
  requireOperate(call.principal, "test an alarm");
  requireAlarm(call, alarmName);
  await call.core.metrics.alarms.test(alarmName, state);
  const { operations } = idleOperation(call, {
    operationType: "TestAlarm",
    resourceName: alarmName,
    resourceType: "Alarm",
  });
  return { operations };
}

/** GetContactMethods: there are none. */
export function getContactMethods(): Shapes["GetContactMethodsResult"] {
  return { contactMethods: [] };
}

/** DeleteContactMethod. */
export function deleteContactMethod({ protocol }: Shapes["DeleteContactMethodRequest"]): never {
  throw unknownResource("ContactMethod", protocol);
}

/** CreateContactMethod and SendContactMethodVerification. */
export function refuseContactMethod({ protocol }: { readonly protocol: string }): never {
  throw new AwsError(
    "OperationFailureException",
    `Cannot have a contact method of protocol ${protocol}: ${noMessages}`,
    { code: "UnsupportedOperation", docs: "docs/reference/aws-api.md" },
  );
}

function requireAlarm({ core }: AwsCall, name: string): void {
  if (!core.views.state.get("alarm", name)) throw unknownResource("Alarm", name);
}

function show(call: AwsCall, alarm: Alarm): Shapes["Alarm"] {
  const { resourceName, resourceArn, resourceType } = alarm;
  return {
    name: alarm.name,
    ...resourceOf(alarm, "Alarm", locationOf(call)),
    monitoredResourceInfo: {
      ...(resourceArn === undefined ? {} : { arn: resourceArn }),
      name: resourceName,
      resourceType: resourceType as Shapes["ResourceType"],
    },
    comparisonOperator: alarm.comparisonOperator,
    evaluationPeriods: alarm.evaluationPeriods,
    period: alarm.period,
    threshold: alarm.threshold,
    datapointsToAlarm: alarm.datapointsToAlarm,
    treatMissingData: alarm.treatMissingData,
    statistic: alarm.statistic,
    metricName: alarm.metricName as Shapes["MetricName"],
    state: alarm.state,
    unit: alarm.unit,
    contactProtocols: [],
    notificationTriggers: alarm.notificationTriggers,
    notificationEnabled: alarm.notificationEnabled,
    tags: shownTags(call, "Alarm", alarm.name),
  };
}
