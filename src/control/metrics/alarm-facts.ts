// The facts of alarms. How an alarm stands is in no fact: it follows from what was measured.

import type { AlarmStateName, ComparisonOperator, TreatMissingData } from "#contract";

/** `alarm NAME`. */
export interface AlarmFact {
  readonly name: string;
  /** Name of the resource, and what it is. */
  readonly resource: string;
  readonly resourceType: "Instance" | "LoadBalancer";
  readonly metric: string;
  readonly comparisonOperator: ComparisonOperator;
  readonly threshold: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly treatMissingData: TreatMissingData;
  readonly notificationEnabled: boolean;
  readonly notificationTriggers: readonly AlarmStateName[];
  readonly createdAt: number;
}
