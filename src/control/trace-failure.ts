// What broke a visit, in one sentence with its evidence, and what can be done about it. Both are read off the steps that the serving
// processes reported; nothing is looked up.

import type { FailureReport, TraceStep } from "#contract";
import { shown } from "./names.ts";

/** Explains the first failure of a visit; undefined where nothing broke it. @param steps  in the order of the visit */
export function explainFailure(steps: readonly TraceStep[]): FailureReport | undefined {
  const failed = steps.filter(({ isFailure }) => isFailure);
  // The visitor sees a failure that comes from a deeper hop: the deepest failed DNS hop explains that of the browser.
  const deep = failed.filter(({ hop }) => hop !== "browser" && hop !== "resolver");
  const step = deep[0] ?? failed.find(({ answer }) => answer.length > 0) ?? failed[0];
  if (!step) return undefined;
  const mend = repairOf(step, steps);
  const heals = healsIn(step);
  return {
    what: `${hopNames[step.hop]}${step.server === undefined ? "" : ` (${step.server})`}: ${step.question} → ${step.outcome}`,
    hop: step.hop,
    ...(step.server === undefined ? {} : { server: step.server }),
    evidence: step.answer,
    cause: reasonOf(step, steps) ?? step.outcome,
    ...(mend === undefined ? {} : { repair: { text: mend } }),
    ...(heals === undefined ? {} : { healsInSeconds: heals }),
  };
}

const hopNames: Readonly<Record<TraceStep["hop"], string>> = {
  browser: "the resolver, as the browser sees it",
  resolver: "the resolver",
  root: "the root",
  tld: "the top-level domain",
  "name-servers": "the name servers of the zone",
  record: "the record",
  address: "the address",
  tls: "the certificate",
  page: "the page",
};

/** What the process that failed said of it, where it did: the last line of its evidence that is a sentence. */
function reasonOf(cause: TraceStep, steps: readonly TraceStep[]): string | undefined {
  if (cause.hop === "resolver") return cause.answer.at(-1);
  return cause.hop === "page" ? edgeReason(steps) : undefined;
}

/** Why the edge answered in place of the resource. */
function edgeReason(steps: readonly TraceStep[]): string | undefined {
  const step = steps.find(
    ({ reportedBy, hop, isFailure }) => reportedBy === "edge" && hop === "page" && isFailure,
  );
  return step?.answer.find((line) => line.startsWith("No answer from resource"));
}

function repairOf(cause: TraceStep, steps: readonly TraceStep[]): string | undefined {
  const name = nameOf(cause);
  switch (cause.hop) {
    case "browser":
    case "resolver":
      if (cause.outcome === "REFUSED")
        return "Names outside the private tree are refused unless the platform is started with --outside iterate or --outside forward=ADDR:PORT.";
      return "`fairlead status` shows whether the roles run; one that ended is started again within seconds.";
    case "root":
    case "tld":
      return cause.outcome === "NXDOMAIN"
        ? "Register the domain: `fairlead register NAME`."
        : "`fairlead status` shows whether the role names runs.";
    case "name-servers":
    case "record":
      if (cause.outcome !== "NXDOMAIN" && !cause.outcome.endsWith("no address"))
        return "`fairlead status` shows whether the role names runs.";
      if (cause.cached)
        return `The resolver keeps this answer to an earlier question for ${cause.cached.ttlLeftSeconds} s more; --fresh asks anew, and what it finds is kept instead.`;
      return `Lead the name somewhere: \`fairlead assign ${name} RESOURCE\`, or give it a record with \`fairlead records set\`.`;
    case "address":
      return steps.some(({ answer }) => answer.some((line) => line.includes(" CNAME ")))
        ? "Nothing listens at the address that the name and its CNAME records lead to: mend the record, or start what should listen there."
        : "Nothing listens at the address of the record: mend the record, or start what should listen there.";
    case "tls":
      return `\`fairlead certificate list\` shows which names have a certificate; \`fairlead assign ${hostOf(cause)} RESOURCE\` asks for one.`;
    case "page": {
      const resource = /^No answer from resource "([^"]+)"/.exec(edgeReason(steps) ?? "")?.[1];
      return resource === undefined
        ? undefined
        : `\`fairlead instance list\` shows how ${resource} does, \`fairlead instance logs ${resource}\` what it wrote.`;
    }
  }
}

/** The name that a step asks for, as people write it. */
function nameOf({ question }: TraceStep): string {
  return shown(question.split(" ", 1)[0] ?? "");
}

/** The host that a handshake was for. */
function hostOf({ question }: TraceStep): string {
  return question.split(" ")[1] ?? "NAME";
}

/** How long a negative answer may be kept: until then a repair may not be seen. @see RFC 2308 section 5 */
function healsIn({ answer, cached, outcome }: TraceStep): number | undefined {
  if (outcome !== "NXDOMAIN" && !outcome.endsWith("no address")) return undefined;
  if (cached) return cached.ttlLeftSeconds;
  const soa = answer.map((line) => line.split(" ")).find((words) => words[3] === "SOA");
  const seconds = Math.min(Number(soa?.[1]), Number(soa?.at(-1)));
  return Number.isFinite(seconds) ? seconds : undefined;
}
