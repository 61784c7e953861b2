// Commands for the platform as a whole: status, trace, explain.

import type { ErrorCode, Status, Trace, TraceComparison, VisitFailureCode } from "#contract";
import { errorTable, PlatformError, visitFailures } from "#contract/plain";
import type { Command } from "./command.ts";
import { didYouMean } from "./did-you-mean.ts";
import { exitCodes } from "./exit-codes.ts";
import { formatCount } from "./format-time.ts";
import { formatComparison, formatTrace } from "./format-trace.ts";

export const status: Command = {
  description: "Show what runs and where to look; with --json also what each role has served",
  args: {},
  examples: ["fairlead status", "fairlead status --json"],
  async run(_values, context) {
    const found = (await context.api().request("GET", "/v1/status")) as Status;
    const { output } = context;
    output.data(found);
    output.line(
      `Fairlead ${found.version}, profile ${found.profile}, revision ${found.revision}: ${found.isReady ? "ready" : "not ready yet"}`,
    );
    output.line();
    output.table(
      ["ROLE", "STATE", "DRIVER", "PID"],
      found.roles.map((role) => [
        role.role,
        role.isConnected ? (role.problem ?? "running") : "away",
        role.driver?.name ?? "-",
        String(role.pid ?? "-"),
      ]),
    );
    output.line();
    output.table(
      ["WHERE TO LOOK", ""],
      found.places.map((place) => [place.title, place.at]),
    );
    output.line();
    for (const { role, driver } of found.roles)
      if (driver?.reason !== undefined)
        output.line(`Role ${role} runs on the ${driver.name} driver: ${driver.reason}`);
    output.line(`Top-level domains: ${found.topLevelDomains.join(", ")}`);
    const { counts } = found;
    const had = [
      formatCount(counts.domains, "domain"),
      formatCount(counts.zones, "zone"),
      formatCount(counts.instances, "instance"),
      formatCount(counts.loadBalancers, "load balancer"),
      formatCount(counts.distributions, "distribution"),
      formatCount(counts.containerServices, "container service"),
      formatCount(counts.staticIps, "static IP"),
      formatCount(counts.assignments, "assigned name"),
      formatCount(counts.certificates, "certificate"),
      ...(counts.aliases > 0 ? [counts.aliases === 1 ? "1 alias" : `${counts.aliases} aliases`] : []),
    ];
    output.line(`It keeps ${had.join(", ")}.`);
    for (const { name, status: word, problem } of found.certificateProblems)
      output.line(`Certificate ${name} (${word}): ${problem}`);
    for (const { name, resourceName, metricName, reason } of found.alarmProblems)
      output.line(`Alarm ${name} (${metricName} of ${resourceName}): ${reason}`);
    for (const { name, state, problem } of found.aliasProblems)
      output.line(
        `Alias ${name}: ${problem}${state === "kept" ? "; the addresses it had last are given" : ""}`,
      );
  },
};

export const trace: Command = {
  description:
    "Follow one visit from the browser to the page: every hop as the process that served it reported it",
  args: {
    url: { type: "positional", description: "http://NAME/PATH, or a name" },
    fresh: { type: "boolean", description: "walk anew from the root, past the resolver's cache" },
    dig: { type: "boolean", description: "show the dig command that asks each question again" },
    compare: { type: "boolean", description: "hold it against the last good trace of the URL, hop by hop" },
  },
  examples: [
    "fairlead trace https://shop.test/",
    "fairlead trace shop.test --fresh --dig",
    "fairlead trace shop.test --compare",
  ],
  async run(values, context) {
    const given = String(values["url"]);
    const url = given.includes("://") ? given : `http://${given}/`;
    const found = (await context
      .api()
      .request("POST", "/v1/traces", { url, fresh: values["fresh"] === true })) as Trace;
    const compared =
      values["compare"] === true
        ? ((await context.api().request("GET", `/v1/traces/${found.id}/comparison`)) as TraceComparison)
        : undefined;
    context.output.data(compared ?? found);
    for (const line of formatTrace(found, values["dig"] === true)) context.output.line(line);
    if (compared) for (const line of ["", ...formatComparison(compared)]) context.output.line(line);
    if (found.failure) process.exitCode = exitCodes.OperationFailure;
  },
};

export const explain: Command = {
  description: "Explain an error code",
  args: { code: { type: "positional", description: "the code that stood in brackets" } },
  needs: "nothing",
  examples: ["fairlead explain domain-taken", "fairlead explain visit-domain-unregistered"],
  async run(values, context) {
    const code = String(values["code"]);
    if (Object.hasOwn(visitFailures, code)) {
      const visit = visitFailures[code as VisitFailureCode];
      context.output.data({ code, ...visit });
      context.output.line(visit.meaning);
      context.output.line(visit.help);
      context.output.line(`Seen in traces, at the hop ${visit.hop}.`);
      return;
    }
    if (!Object.hasOwn(errorTable, code))
      throw new PlatformError(
        "usage",
        `Cannot explain "${code}": there is no such error code${didYouMean(code, [...Object.keys(errorTable), ...Object.keys(visitFailures)])}`,
      );
    const row = errorTable[code as ErrorCode];
    context.output.data({ code, ...row, exitCode: exitCodes[row.kind] });
    context.output.line(row.help);
    context.output.line(
      `Kind ${row.kind}, HTTP status ${row.httpStatus}, exit code ${exitCodes[row.kind]}; ${row.retryable ? "the same again may succeed later" : "the same again fails again"}.`,
    );
  },
};
