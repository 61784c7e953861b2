// Commands for load balancers: what they share requests out among, and how.

import type { LoadBalancer, LoadBalancerSettings } from "#contract";
import { PlatformError } from "#contract/plain";
import type { Arguments, Command, Values } from "./command.ts";
import type { Output } from "./output.ts";
import { readMilliseconds, readSeconds, readWholeNumber } from "./read-values.ts";
import { write, writeArguments } from "./write-command.ts";

const root = "/v1/load-balancers";
const pathOf = (name: unknown, ...rest: readonly unknown[]): string =>
  [root, ...[name, ...rest].map((part) => encodeURIComponent(String(part)))].join("/");

const settingArguments: Arguments = {
  "health-path": { type: "string", valueHint: "PATH", description: "where instances are probed (/)" },
  interval: { type: "string", valueHint: "SECONDS", description: "between two probes (30)" },
  timeout: { type: "string", valueHint: "SECONDS", description: "that a probe may take (5)" },
  healthy: {
    type: "string",
    valueHint: "N",
    description: "probes in a row that make an instance healthy (5)",
  },
  unhealthy: { type: "string", valueHint: "N", description: "probes in a row that make it unhealthy (2)" },
  codes: { type: "string", valueHint: "CODES", description: "of a healthy answer, such as 200-299 (200)" },
  algorithm: { type: "string", valueHint: "NAME", description: "round-robin (default) or least-requests" },
  sticky: { type: "boolean", description: "lead a visitor back to the same instance; --no-sticky ends that" },
  "sticky-for": { type: "string", valueHint: "SECONDS", description: "for how long (1d)" },
  "eject-after": {
    type: "string",
    valueHint: "N",
    description: "failures in a row that put an instance aside; 0: none do (5)",
  },
  "eject-for": { type: "string", valueHint: "SECONDS", description: "for how long at first (10)" },
  "drain-for": {
    type: "string",
    valueHint: "SECONDS",
    description: "that requests may go on at an instance that leaves (5m)",
  },
  redirect: { type: "boolean", description: "send HTTP to HTTPS; --no-redirect ends that" },
  "tls-policy": {
    type: "string",
    valueHint: "NAME",
    description: "TLS-2016-08 (default) or TLS-FS-Res-1-2-2019-08",
  },
  port: {
    type: "string",
    valueHint: "PORT",
    description: "of the instances; 80 is the port that each listens on (80)",
  },
};

/** Reads the settings that were given. */
function readSettings(values: Values): LoadBalancerSettings {
  const given = <T>(option: string, read: (option: string, text: string) => T): T | undefined => {
    const text = values[option];
    return typeof text === "string" ? read(`--${option}`, text) : undefined;
  };
  const count = (least: number, most: number) => (option: string, text: string) =>
    readWholeNumber(option, text, least, most);
  const text = (_option: string, value: string): string => value;
  const flag = (option: string): boolean | undefined => {
    const value = values[option];
    return typeof value === "boolean" ? value : undefined;
  };
  return defined({
    instancePort: given("port", count(1, 65_535)),
    healthCheck: defined({
      path: given("health-path", text),
      intervalMs: given("interval", readMilliseconds),
      timeoutMs: given("timeout", readMilliseconds),
      healthyThreshold: given("healthy", count(1, 10)),
      unhealthyThreshold: given("unhealthy", count(1, 10)),
      successCodes: given("codes", text),
    }),
    algorithm: given("algorithm", readAlgorithm),
    stickiness: defined({
      isEnabled: flag("sticky"),
      durationSeconds: given("sticky-for", readStickySeconds),
    }),
    ejectAfterFailures: given("eject-after", count(0, 1000)),
    ejectMs: given("eject-for", readMilliseconds),
    drainMs: given("drain-for", readMilliseconds),
    redirectsToHttps: flag("redirect"),
    tlsPolicyName: given("tls-policy", text),
  });
}

/** A time of at least a second and at most a week. */
function readStickySeconds(option: string, text: string): number {
  const seconds = readSeconds(option, text);
  if (seconds >= 1 && seconds <= 604_800) return seconds;
  throw new PlatformError("usage", `Cannot read ${option} "${text}": expected a time from 1s to 7d`);
}

function readAlgorithm(option: string, text: string): LoadBalancer["algorithm"] {
  if (text === "round-robin" || text === "least-requests") return text;
  throw new PlatformError("usage", `Cannot read ${option} "${text}": expected round-robin or least-requests`);
}

/** An object without members that are undefined, and without objects that are empty then. */
function defined<T extends object>(value: T): T {
  const members = Object.entries(value).filter(
    ([, member]) =>
      member !== undefined && !(typeof member === "object" && Object.keys(member as object).length === 0),
  );
  return Object.fromEntries(members) as T;
}

export const loadBalancerCreate: Command = {
  description: "Create a load balancer, over the instances named after it (`lb` is short for load-balancer)",
  args: {
    name: { type: "positional", description: "what to call it" },
    instance: { type: "positional", required: false, description: "instances that it begins with" },
    ...settingArguments,
    ...writeArguments,
  },
  rest: "values",
  examples: [
    "fairlead load-balancer create front web-1 web-2",
    "fairlead load-balancer create front web-1 --health-path /health --interval 10",
  ],
  async run(values, context, rest) {
    const instances = [values["instance"], ...rest].filter((name) => typeof name === "string");
    const settings = readSettings(values);
    await write(context, values, "POST", root, {
      name: values["name"],
      ...(instances.length > 0 ? { instances } : {}),
      ...(Object.keys(settings).length > 0 ? { settings } : {}),
    });
  },
};

export const loadBalancerSet: Command = {
  description: "Change how a load balancer probes, chooses, drains and redirects; what is left out stays",
  args: {
    name: { type: "positional", description: "the load balancer" },
    ...settingArguments,
    ...writeArguments,
  },
  examples: [
    "fairlead load-balancer set front --health-path /health --codes 200-299",
    "fairlead load-balancer set front --sticky --sticky-for 1h",
  ],
  async run(values, context) {
    const settings = readSettings(values);
    if (Object.keys(settings).length === 0)
      throw new PlatformError(
        "usage",
        `Cannot change load balancer "${String(values["name"])}": nothing to change was given`,
      );
    await write(context, values, "PUT", pathOf(values["name"]), settings);
  },
};

export const loadBalancerList: Command = {
  description: "List the load balancers",
  args: {},
  examples: ["fairlead load-balancer list"],
  async run(_values, context) {
    const { loadBalancers } = (await context.api().request("GET", root)) as { loadBalancers: LoadBalancer[] };
    context.output.data(loadBalancers);
    context.output.table(
      ["LOAD BALANCER", "STATE", "PUBLIC ADDRESS", "HEALTHY", "NAMES"],
      loadBalancers.map((balancer) => [
        balancer.name,
        balancer.state,
        balancer.publicAddresses.map(({ address }) => address).join(" "),
        describeHealthy(balancer),
        balancer.names.join(" ") || "-",
      ]),
    );
  },
};

function describeHealthy({ instanceHealthSummary }: LoadBalancer): string {
  const healthy = instanceHealthSummary.filter(({ instanceHealth }) => instanceHealth === "healthy").length;
  return `${healthy} of ${instanceHealthSummary.length}`;
}

export const loadBalancerShow: Command = {
  description: "Show a load balancer: how it shares requests out, and how each instance does",
  args: { name: { type: "positional", description: "the load balancer" } },
  examples: ["fairlead load-balancer show front"],
  async run(values, context) {
    const balancer = (await context.api().request("GET", pathOf(values["name"]))) as LoadBalancer;
    context.output.data(balancer);
    showBalancer(context.output, balancer);
  },
};

function showBalancer(output: Output, balancer: LoadBalancer): void {
  const { healthCheck, stickiness } = balancer;
  output.line(
    `${balancer.name}: ${balancer.state}, ${balancer.protocol} at ${balancer.publicAddresses.map(({ address }) => address).join(", ")}`,
  );
  output.line(`  found as ${[...balancer.names, balancer.dnsName].join(", ")}`);
  output.line(
    `  ${balancer.algorithm}, stickiness ${stickiness.isEnabled ? `for ${stickiness.durationSeconds} s` : "off"}`,
  );
  output.line(
    `  GET ${healthCheck.path} every ${healthCheck.intervalMs / 1000} s, within ${healthCheck.timeoutMs / 1000} s, code ${healthCheck.successCodes}; healthy after ${healthCheck.healthyThreshold}, unhealthy after ${healthCheck.unhealthyThreshold}`,
  );
  output.line(
    `  certificates: ${balancer.servedCertificates.join(", ") || "none"}; redirect to HTTPS ${balancer.redirectsToHttps ? "on" : "off"}; ${balancer.tlsPolicyName}`,
  );
  output.line();
  output.table(
    ["INSTANCE", "HEALTH", "REASON", "UNDER WAY", "LAST PROBE"],
    balancer.instanceHealthSummary.map((one) => [
      one.instanceName,
      one.instanceHealth,
      one.instanceHealthReason ?? "-",
      String(one.requestsUnderWay),
      one.detail ?? "-",
    ]),
  );
}

export const loadBalancerAttach: Command = {
  description: "Attach running instances to a load balancer",
  args: {
    name: { type: "positional", description: "the load balancer" },
    instance: { type: "positional", description: "the instances" },
    ...writeArguments,
  },
  rest: "values",
  examples: ["fairlead load-balancer attach front web-3"],
  async run(values, context, rest) {
    await write(context, values, "POST", pathOf(values["name"], "attach"), {
      instances: [values["instance"], ...rest],
    });
  },
};

export const loadBalancerDetach: Command = {
  description: "Detach instances from a load balancer, once their requests under way are finished",
  args: {
    name: { type: "positional", description: "the load balancer" },
    instance: { type: "positional", description: "the instances" },
    ...writeArguments,
  },
  rest: "values",
  examples: ["fairlead load-balancer detach front web-3"],
  async run(values, context, rest) {
    await write(context, values, "POST", pathOf(values["name"], "detach"), {
      instances: [values["instance"], ...rest],
    });
  },
};

export const loadBalancerDelete: Command = {
  description: "Delete a load balancer that no name is assigned to; its instances go on",
  args: { name: { type: "positional", description: "the load balancer" }, ...writeArguments },
  examples: ["fairlead load-balancer delete front"],
  async run(values, context) {
    await write(context, values, "DELETE", pathOf(values["name"]));
  },
};

export const loadBalancerCertificate: Command = {
  description: "Attach a certificate to a load balancer, or detach it; the first one opens HTTPS",
  args: {
    name: { type: "positional", description: "the load balancer" },
    certificate: { type: "positional", description: "the certificate" },
    default: { type: "boolean", description: "for visitors whose name none of them has" },
    detach: { type: "boolean", description: "take it away" },
    ...writeArguments,
  },
  examples: [
    "fairlead load-balancer certificate front shop",
    "fairlead load-balancer certificate front shop --detach",
  ],
  async run(values, context) {
    const { name, certificate } = values;
    if (values["detach"] === true) {
      await write(context, values, "DELETE", pathOf(name, "certificates", certificate));
      return;
    }
    const isDefault = values["default"] === true ? { isDefault: true } : {};
    await write(context, values, "POST", pathOf(name, "certificates"), { certificate, ...isDefault });
  },
};
