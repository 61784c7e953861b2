// Commands for alarms: what of a metric is to be told of, and how each stands.

import {
  alarmStateName,
  treatMissingData,
  PlatformError,
  type Alarm,
  type AlarmStateName,
  type ComparisonOperator,
} from "#contract";
import type { Command, Values } from "./command.ts";
import { formatTime } from "./format-time.ts";
import { readWholeNumber } from "./read-values.ts";
import { write, writeArguments } from "./write-command.ts";

const root = "/v1/alarms";
const pathOf = (name: unknown, ...rest: readonly string[]): string =>
  [root, encodeURIComponent(String(name)), ...rest].join("/");

/** The option for each comparison. */
const comparisons = {
  above: "GreaterThanThreshold",
  "at-least": "GreaterThanOrEqualToThreshold",
  below: "LessThanThreshold",
  "at-most": "LessThanOrEqualToThreshold",
} as const satisfies Record<string, ComparisonOperator>;

const words: Readonly<Record<ComparisonOperator, string>> = {
  GreaterThanThreshold: "above",
  GreaterThanOrEqualToThreshold: "at least",
  LessThanThreshold: "below",
  LessThanOrEqualToThreshold: "at most",
};

const number = (description: string) => ({ type: "string", valueHint: "NUMBER", description }) as const;

export const alarmPut: Command = {
  description: "Create an alarm of an instance or load balancer, or replace the one of that name",
  args: {
    name: { type: "positional", description: "what to call it" },
    resource: { type: "positional", description: "the instance or load balancer" },
    metric: { type: "positional", description: "such as CPUUtilization; `fairlead metrics` lists them" },
    above: number("it goes off above this"),
    "at-least": number("it goes off from this on"),
    below: number("it goes off below this"),
    "at-most": number("it goes off from this on downwards"),
    periods: number("how many spans of five minutes it looks at (1)"),
    datapoints: number("how many of them must be beyond (all)"),
    missing: {
      type: "string",
      valueHint: "HOW",
      description: `what a span counts as of which nothing is known: ${treatMissingData.options.join(", ")}`,
    },
    ...writeArguments,
  },
  examples: [
    "fairlead alarm put busy web CPUUtilization --above 90 --periods 3 --datapoints 2",
    "fairlead alarm put errors front HTTPCode_LB_5XX_Count --at-least 10 --missing notBreaching",
  ],
  async run(values, context) {
    const { comparisonOperator, threshold } = readComparison(values);
    const { datapoints, missing } = values;
    const body = {
      resource: values["resource"],
      metric: values["metric"],
      comparisonOperator,
      threshold,
      evaluationPeriods: readWholeNumber("--periods", String(values["periods"] ?? 1), 1, 288),
      ...(datapoints === undefined
        ? {}
        : { datapointsToAlarm: readWholeNumber("--datapoints", String(datapoints), 1, 288) }),
      ...(missing === undefined ? {} : { treatMissingData: readMissing(String(missing)) }),
    };
    await write(context, values, "PUT", pathOf(values["name"]), body);
  },
};

export const alarmList: Command = {
  description: "List the alarms and how they stand",
  args: {
    resource: { type: "positional", required: false, description: "those of this resource only" },
  },
  examples: ["fairlead alarm list", "fairlead alarm list front"],
  async run(values, context) {
    const { resource } = values;
    const query = typeof resource === "string" ? `?resource=${encodeURIComponent(resource)}` : "";
    const { alarms } = (await context.api().request("GET", `${root}${query}`)) as { alarms: Alarm[] };
    context.output.data(alarms);
    context.output.table(
      ["ALARM", "STATE", "SINCE (UTC)", "RESOURCE", "METRIC", "GOES OFF", "WHY"],
      alarms.map((one) => [
        one.name,
        one.state,
        formatTime(one.stateSince),
        one.resourceName,
        one.metricName,
        describe(one),
        one.stateReason,
      ]),
    );
  },
};

export const alarmTest: Command = {
  description: "Put an alarm into a state until it is judged again, within a minute",
  args: {
    name: { type: "positional", description: "the alarm" },
    state: { type: "positional", description: alarmStateName.options.join(", ") },
  },
  examples: ["fairlead alarm test errors ALARM"],
  async run(values, context) {
    const state = alarmStateName.options.find((one) => one === String(values["state"]).toUpperCase());
    if (!state) throw unknownState(String(values["state"]));
    const found = (await context.api().request("POST", pathOf(values["name"], "test"), { state })) as Alarm;
    context.output.data(found);
    context.output.line(`${found.name} is ${found.state}: ${found.stateReason}`);
  },
};

export const alarmDelete: Command = {
  description: "Delete an alarm",
  args: { name: { type: "positional", description: "the alarm" }, ...writeArguments },
  examples: ["fairlead alarm delete errors"],
  async run(values, context) {
    await write(context, values, "DELETE", pathOf(values["name"]));
  },
};

function unknownState(text: string): PlatformError {
  const states: readonly AlarmStateName[] = alarmStateName.options;
  return new PlatformError("usage", `Cannot read state "${text}": expected ${states.join(", ")}`);
}

function describe({ comparisonOperator, threshold, evaluationPeriods, datapointsToAlarm }: Alarm): string {
  const often = evaluationPeriods === 1 ? "" : ` ${datapointsToAlarm} of ${evaluationPeriods} times`;
  return `${words[comparisonOperator]} ${threshold}${often}`;
}

function readComparison(values: Values): { comparisonOperator: ComparisonOperator; threshold: number } {
  const given = Object.entries(comparisons).filter(([option]) => values[option] !== undefined);
  const [first] = given;
  if (!first || given.length > 1) {
    const options = Object.keys(comparisons).map((option) => `--${option}`);
    throw new PlatformError("usage", `Cannot run "alarm put": expected one of ${options.join(", ")}`);
  }
  const [option, comparisonOperator] = first;
  const text = String(values[option]);
  const threshold = /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(threshold)) return { comparisonOperator, threshold };
  throw new PlatformError("usage", `Cannot read --${option} "${text}": expected a number such as 90 or 0.5`);
}

function readMissing(text: string): (typeof treatMissingData.options)[number] {
  const plain = text.replaceAll("-", "").toLowerCase();
  const found = treatMissingData.options.find((one) => one.toLowerCase() === plain);
  if (found) return found;
  throw new PlatformError(
    "usage",
    `Cannot read --missing "${text}": expected ${treatMissingData.options.join(", ")}`,
  );
}
