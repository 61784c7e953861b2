// Judges an alarm by the latest spans of its metric, as CloudWatch does: of the last N spans some M must breach the threshold. Where
// spans are missing, older ones within a little more time take their place; what is still missing counts as the alarm says.

import type { AlarmStateName } from "#contract";
import type { AlarmFact } from "./alarm-facts.ts";
import { operatorWords } from "./plan-alarm.ts";

/** How many spans further back are looked at for what is missing. */
export const furtherSpans = 2;

/** What an alarm needs to be judged. */
export type JudgedAlarm = Pick<
  AlarmFact,
  "comparisonOperator" | "threshold" | "evaluationPeriods" | "datapointsToAlarm" | "treatMissingData"
>;

/** How an alarm stands, and why. */
export interface AlarmJudgement {
  /** Undefined where it stays as it was. */
  readonly state: AlarmStateName | undefined;
  readonly reason: string;
}

/** Tells whether a value breaches a threshold. */
export function breaches(
  { comparisonOperator, threshold }: Pick<JudgedAlarm, "comparisonOperator" | "threshold">,
  value: number,
): boolean {
  switch (comparisonOperator) {
    case "GreaterThanOrEqualToThreshold":
      return value >= threshold;
    case "GreaterThanThreshold":
      return value > threshold;
    case "LessThanThreshold":
      return value < threshold;
    case "LessThanOrEqualToThreshold":
      return value <= threshold;
  }
}

/**
 * Judges.
 * @param spans  values of the last spans, the oldest first: N and {@link furtherSpans}; undefined where nothing is known
 */
export function judgeAlarm(alarm: JudgedAlarm, spans: readonly (number | undefined)[]): AlarmJudgement {
  const { evaluationPeriods, datapointsToAlarm, treatMissingData } = alarm;
  const known = spans.filter((value) => value !== undefined).slice(-evaluationPeriods);
  const missing = evaluationPeriods - known.length;
  const bad = known.filter((value) => breaches(alarm, value));
  const told = (state: AlarmStateName | undefined, why: string): AlarmJudgement => ({ state, reason: why });
  const values = describe(alarm, known, bad.length);
  if (bad.length >= datapointsToAlarm) return told("ALARM", values);
  if (missing === 0) return told("OK", values);
  const absent = `${missing} of ${evaluationPeriods} spans are missing`;
  switch (treatMissingData) {
    case "breaching":
      return bad.length + missing >= datapointsToAlarm
        ? told("ALARM", `${absent}, which counts as breaching; ${values}`)
        : told("OK", `${values}; ${absent}`);
    case "notBreaching":
      return told("OK", `${values}; ${absent}, which counts as not breaching`);
    case "ignore":
    case "missing": {
      // One good value is enough to say that all is well; of bad ones there are too few to be sure.
      if (known.length > bad.length) return told("OK", `${values}; ${absent}`);
      if (treatMissingData === "ignore") return told(undefined, `${absent}: the state is kept`);
      if (known.length === 0) return told("INSUFFICIENT_DATA", "nothing was measured in that time");
      return told("ALARM", `${values}; ${absent}`);
    }
  }
}

/** Values that one reason names. */
const maxNamed = 5;

function describe(alarm: JudgedAlarm, known: readonly number[], bad: number): string {
  const named = known.slice(-maxNamed).map((value) => Number(value.toPrecision(4)));
  const words = `${operatorWords[alarm.comparisonOperator]} ${alarm.threshold}`;
  return known.length === 0
    ? "nothing was measured"
    : `${bad} of ${known.length} ${known.length === 1 ? "value is" : "values are"} ${words} (${known.length > maxNamed ? "…, " : ""}${named.join(", ")})`;
}
