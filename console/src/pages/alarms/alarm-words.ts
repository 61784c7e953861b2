// What an alarm looks at and how it stands, in plain words.

import type { Alarm } from "#contract";
import type { Tone } from "../../parts/chip.tsx";
import { compact, milliseconds, octets, span } from "../../text/quantities.ts";

/** How a value is compared with the threshold. */
export const comparisonWords: Readonly<Record<Alarm["comparisonOperator"], string>> = {
  GreaterThanOrEqualToThreshold: "is at least",
  GreaterThanThreshold: "is above",
  LessThanThreshold: "is below",
  LessThanOrEqualToThreshold: "is at most",
};

/** What a span counts as of which nothing is known. */
export const missingWords: Readonly<Record<Alarm["treatMissingData"], string>> = {
  missing: "It counts as nothing: too few points make it unknown",
  notBreaching: "It counts as good",
  breaching: "It counts as bad",
  ignore: "The alarm stays as it was",
};

/** How an alarm stands. */
export const stateWords: Readonly<Record<Alarm["state"], { readonly word: string; readonly tone: Tone }>> = {
  OK: { word: "good", tone: "good" },
  ALARM: { word: "alarm", tone: "bad" },
  INSUFFICIENT_DATA: { word: "not known yet", tone: "neutral" },
};

const statisticWords: Readonly<Record<Alarm["statistic"], string>> = {
  Minimum: "the least",
  Maximum: "the most",
  Sum: "the sum",
  Average: "the average",
  SampleCount: "the number of samples",
};

/** What an alarm is about, as a sentence: what, how much, and for how long. */
export function sentenceOf(alarm: Alarm): string {
  const { statistic, metricName, comparisonOperator, threshold, unit } = alarm;
  const { datapointsToAlarm, evaluationPeriods, period } = alarm;
  const time =
    datapointsToAlarm === evaluationPeriods
      ? evaluationPeriods === 1
        ? `over ${span(period)}`
        : `over ${span(period)}, ${evaluationPeriods} times in a row`
      : `over ${span(period)}, ${datapointsToAlarm} of the last ${evaluationPeriods} times`;
  return `${statisticWords[statistic]} of ${metricName} ${comparisonWords[comparisonOperator]} ${valueOf(threshold, unit)} ${time}`;
}

function valueOf(value: number, unit: Alarm["unit"]): string {
  if (unit === "Percent") return `${value} %`;
  if (unit === "Seconds") return milliseconds(value * 1000);
  return unit === "Bytes" ? octets(value) : compact(value);
}
