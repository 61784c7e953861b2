// How alarms are judged: the tables that CloudWatch's guide gives for missing data, with 0 for a value that does not breach, X for one
// that does, and - for none.

import { describe, expect, test } from "vitest";
import { breaches, judgeAlarm, type JudgedAlarm } from "./evaluate-alarm.ts";

const alarm: JudgedAlarm = {
  comparisonOperator: "GreaterThanThreshold",
  threshold: 10,
  evaluationPeriods: 3,
  datapointsToAlarm: 3,
  treatMissingData: "missing",
};

const spans = (text: string): (number | undefined)[] =>
  text.split(" ").map((one) => (one === "-" ? undefined : one === "X" ? 11 : 9));

const treatments = ["missing", "ignore", "breaching", "notBreaching"] as const;

/** What each treatment comes to; `kept` where the state stays. */
const judged = (text: string, datapointsToAlarm: number): string[] =>
  treatments.map(
    (treatMissingData) =>
      judgeAlarm({ ...alarm, datapointsToAlarm, treatMissingData }, spans(text)).state ?? "kept",
  );

describe("three of three", () => {
  test.each([
    ["0 - X - X", ["OK", "OK", "OK", "OK"]],
    ["- - - - 0", ["OK", "OK", "OK", "OK"]],
    ["- - - - -", ["INSUFFICIENT_DATA", "kept", "ALARM", "OK"]],
    ["0 X X - X", ["ALARM", "ALARM", "ALARM", "ALARM"]],
    ["- - X - -", ["ALARM", "kept", "ALARM", "OK"]],
    ["0 0 0 0 0", ["OK", "OK", "OK", "OK"]],
    ["X X X X X", ["ALARM", "ALARM", "ALARM", "ALARM"]],
    ["X X X X 0", ["OK", "OK", "OK", "OK"]],
  ])("%s", (text, states) => {
    expect(judged(text, 3)).toEqual(states);
  });
});

describe("two of three", () => {
  test.each([
    ["0 - X - X", ["ALARM", "ALARM", "ALARM", "ALARM"]],
    ["0 0 X 0 X", ["ALARM", "ALARM", "ALARM", "ALARM"]],
    ["0 - X - -", ["OK", "OK", "ALARM", "OK"]],
    ["- - - - 0", ["OK", "OK", "ALARM", "OK"]],
    ["- - - X -", ["ALARM", "kept", "ALARM", "OK"]],
  ])("%s", (text, states) => {
    expect(judged(text, 2)).toEqual(states);
  });
});

test.each([
  ["GreaterThanThreshold", 10, false],
  ["GreaterThanThreshold", 10.1, true],
  ["GreaterThanOrEqualToThreshold", 10, true],
  ["GreaterThanOrEqualToThreshold", 9.9, false],
  ["LessThanThreshold", 10, false],
  ["LessThanThreshold", 9.9, true],
  ["LessThanOrEqualToThreshold", 10, true],
  ["LessThanOrEqualToThreshold", 10.1, false],
] as const)("%s of 10: %d breaches: %s", (comparisonOperator, value, isBreach) => {
  expect(breaches({ comparisonOperator, threshold: 10 }, value)).toBe(isBreach);
});

test("the reason names how many values breach what, and the latest of them", () => {
  const judge = (text: string): string => judgeAlarm(alarm, spans(text)).reason;
  expect(judge("X X X X X")).toBe("3 of 3 values are above 10 (11, 11, 11)");
  expect(judge("- - - - 0")).toBe("0 of 1 value is above 10 (9); 2 of 3 spans are missing");
  expect(judge("- - - - -")).toBe("nothing was measured in that time");
});
