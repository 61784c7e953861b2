// The search of the documentation.

import { expect, test } from "vitest";
import { find } from "./find.ts";

const entry = (page: string, heading: string, text: string) => ({
  path: page,
  page,
  heading,
  anchor: heading,
  text,
});
const entries = [
  entry("Errors", "change-conflict", "Something was changed since the plan was made"),
  entry("Look before a change", "When two people change the same", "refused with change-conflict"),
  entry("Metrics", "Prometheus", "a scrape"),
  entry("Metrics", "Alarms", "alarm_state of the scrape, for Prometheus"),
];
const found = (question: string): string[] => find(entries, question).map(({ heading }) => heading);

test.each([
  ["change-conflict", ["change-conflict", "When two people change the same"]],
  ["prometheus", ["Prometheus", "Alarms"]],
  ["PROM scrape", ["Prometheus", "Alarms"]],
  ["change people", ["When two people change the same"]],
  ["prometheus zone", []],
  ["", []],
  ["   ", []],
])("%j finds %j", (question, headings) => expect(found(question)).toEqual(headings));

test("a question of many words, and one of signs, are answered at once", () => {
  expect(found("(.*)+$ \\".repeat(50))).toEqual([]);
});
