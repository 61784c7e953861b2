// Why a name could not be looked up: who said that it does not exist, or who did not answer. The first half of trace-failure.ts.

import type { FailureReport, Repair, TraceHop, TraceStep } from "#contract";
import { shown } from "./names.ts";
import {
  assignRepair,
  evidenceOf,
  negativeSeconds,
  quote,
  findingReportOf,
  type BrokenVisit,
  type Finding,
} from "./report-finding.ts";
import type { TraceKnowledge } from "./trace-knowledge.ts";

/** Explains a question that had no answer to go on with. @param asked  the visitor's own step of it */
export function explainNames(visit: BrokenVisit, asked: TraceStep): FailureReport {
  const { url, steps, known } = visit;
  const host = url.hostname.replace(/\.$/, "");
  const make = (finding: Finding): FailureReport => findingReportOf(finding, visit);
  const answered = steps.findLast(
    ({ hop, reportedBy, dns }) => hop === "resolver" && reportedBy === "resolver" && !dns,
  );
  const { outcome } = asked;
  if (outcome === "no answer" || outcome === "connection refused") {
    const isAway = !known.isThere("resolver");
    return make({
      code: "visit-resolver-silent",
      what: `The resolver does not answer`,
      step: asked,
      ...(isAway ? { cause: "The role resolver is away; it is started again by itself." } : {}),
      confidence: isAway ? "certain" : "likely",
    });
  }
  if (outcome === "REFUSED") {
    return make({
      code: "visit-outside-refused",
      what: `The resolver does not look up ${host}`,
      step: answered ?? asked,
    });
  }
  if (outcome.startsWith("NXDOMAIN")) return explainMissing(visit, host, answered ?? asked);
  if (outcome.startsWith("NOERROR")) {
    const step = deepest(steps, ({ hop }) => hop === "name-servers" || hop === "record") ?? asked;
    const target = lastAlias(asked) ?? host;
    const isAlias = target !== host;
    return make({
      code: "visit-no-address",
      what: `${host} has no address`,
      step,
      ...(isAlias ? { cause: `It is another name for ${target} (CNAME), which has no address.` } : {}),
      repair: assignRepair(known, target, step),
    });
  }
  return explainUnanswered(visit, host, answered ?? asked);
}

/** The name does not exist: who said so, and why. */
function explainMissing(visit: BrokenVisit, host: string, answered: TraceStep): FailureReport {
  const { steps, known, url } = visit;
  const make = (finding: Finding): FailureReport => findingReportOf(finding, visit);
  const said = deepest(steps, ({ outcome, isAside }) => outcome === "NXDOMAIN" && !isAside) ?? answered;
  const name = lastAlias(answered) ?? host;
  const kept = said.cached;
  const now = steps.find((step) => step.isAside && step.outcome === "NOERROR" && step.answer.length > 0);
  if (kept && now) {
    return make({
      code: "visit-negative-kept",
      what: `The resolver still says that ${name} does not exist`,
      step: said,
      cause: "It keeps the answer to an earlier question. The name servers say something else by now.",
      evidence: evidenceOf(now),
      healsInSeconds: kept.ttlLeftSeconds,
      repair: {
        text: "Wait, or trace with --fresh: what that finds is kept instead.",
        cli: `fairlead trace ${quote(url.href)} --fresh`,
      },
    });
  }
  const domain = known.domainOf(`${name}.`);
  if (!domain) {
    return make({
      code: "visit-tld-unknown",
      what: `There is no top-level domain ".${name.split(".").at(-1) ?? ""}"`,
      step: said,
      confidence: said.hop === "root" ? "certain" : "likely",
    });
  }
  const seenWithin = negativeSeconds(said);
  if (!domain.domain) {
    return make({
      code: "visit-domain-unregistered",
      what: `${domain.name} is not registered`,
      step: said,
      repair: {
        text: `Register ${domain.name}`,
        command: { action: "register", name: domain.name },
        cli: `fairlead register ${quote(domain.name)}`,
        ...seenWithin,
      },
    });
  }
  if (!domain.isDelegated || domain.isPending) return make(undelegated(domain, said, seenWithin));
  if (said.hop === "root" || said.hop === "tld") {
    return make({
      code: "visit-negative-kept",
      what: `${domain.name} was not known to its top-level domain`,
      step: said,
      cause: "It is registered and delegated by now: the change is on its way to the servers.",
      confidence: "likely",
      healsInSeconds: seenWithin.seenWithinSeconds ?? 60,
    });
  }
  return make({
    code: "visit-name-missing",
    what: `${name} does not exist in its zone`,
    step: said,
    ...(name === host ? {} : { cause: `${host} is another name for it (CNAME), and there is no such name.` }),
    repair: assignRepair(known, name, said),
  });
}

function undelegated(
  { name, domain, isPending }: NonNullable<ReturnType<TraceKnowledge["domainOf"]>>,
  step: TraceStep,
  seenWithin: Pick<Repair, "seenWithinSeconds">,
): Finding {
  const what = `${name} is registered, and not delegated`;
  if (isPending) {
    return {
      code: "visit-domain-undelegated",
      what,
      step,
      cause: "Its delegation is published as soon as all its name servers serve the zone.",
      healsInSeconds: 5,
      repair: { text: "Wait: the operation of the change shows how far it is.", cli: "fairlead operation" },
    };
  }
  const held = domain?.statuses.find((status) => /Hold$|^pendingDelete$|^inactive$/.test(status));
  if (held === "clientHold") {
    return {
      code: "visit-domain-undelegated",
      what,
      step,
      cause: "Its registrar has put it on hold (clientHold).",
      repair: {
        text: `Take the hold away from ${name}`,
        command: { action: "set-domain", name, removeStatuses: ["clientHold"] },
        cli: `fairlead domain status ${quote(name)} --remove clientHold`,
        ...seenWithin,
      },
    };
  }
  const cause = held === undefined ? "It has no name servers." : `Its status is ${held}.`;
  return {
    code: "visit-domain-undelegated",
    what,
    step,
    cause,
    repair: {
      text: "See what stands in the way.",
      cli: `fairlead domain show ${quote(name)}`,
      ...seenWithin,
    },
  };
}

/** The resolver found nobody who answered. */
function explainUnanswered(visit: BrokenVisit, host: string, answered: TraceStep): FailureReport {
  const { steps, known } = visit;
  const make = (finding: Finding): FailureReport => findingReportOf(finding, visit);
  const said = answered.answer.filter((line) => !/ IN /.test(line));
  const hops: readonly TraceHop[] = ["root", "tld", "name-servers"];
  const deep = steps.filter(({ hop, isFailure, isAside }) => isFailure && !isAside && hops.includes(hop));
  const last = deep.at(-1);
  const silent = deep.filter(({ hop, outcome }) => hop === last?.hop && isSilence(outcome));
  const evidence = [...deep.filter((step) => step !== last).map(summary), ...said];
  if (last && silent.length > 0 && silent.length === deep.filter(({ hop }) => hop === last.hop).length) {
    const whose = { root: "the root", tld: "the top-level domain" }[last.hop as string] ?? `${host}'s zone`;
    const isAway = !known.isThere("names");
    return make({
      code: "visit-servers-silent",
      what: `No name server of ${whose} answers`,
      step: last,
      evidence,
      hop: last.hop,
      ...(isAway ? { cause: "The role names is away; it is started again by itself." } : {}),
      confidence: isAway ? "certain" : "likely",
    });
  }
  if (last && deep.some(({ hop, outcome }) => hop === "name-servers" && outcome === "REFUSED")) {
    return make({
      code: "visit-servers-lame",
      what: `The name servers of ${host} do not serve its zone`,
      step: last,
      evidence,
      repair: lameRepair(known, host),
    });
  }
  return make({
    code: "visit-resolution-failed",
    what: `${host} could not be looked up: ${answered.outcome}`,
    step: last ?? answered,
    evidence,
    confidence: "likely",
    ...(said[0] === undefined ? {} : { cause: `${said[0]}.` }),
  });
}

function lameRepair(known: TraceKnowledge, host: string): Repair | undefined {
  const domain = known.domainOf(`${host}.`);
  if (!domain?.domain) return undefined;
  return {
    text: `Give ${domain.name} the platform's own name servers`,
    command: { action: "set-name-servers", name: domain.name },
    cli: `fairlead domain name-servers ${quote(domain.name)} --default`,
  };
}

/** The name that the last CNAME of an answer leads to, without the final dot. */
function lastAlias({ answer }: TraceStep): string | undefined {
  const words = answer.map((line) => line.split(" ")).findLast((parts) => parts[3] === "CNAME");
  return words?.[4] === undefined ? undefined : shown(words[4]);
}

function deepest(steps: readonly TraceStep[], isMeant: (step: TraceStep) => boolean): TraceStep | undefined {
  const hops: readonly TraceHop[] = ["root", "tld", "name-servers", "record"];
  return steps.findLast((step) => hops.includes(step.hop) && step.isAside !== true && isMeant(step));
}

function isSilence(outcome: string): boolean {
  return outcome.startsWith("no answer") || outcome === "connection refused";
}

function summary({ server = "", question, outcome }: TraceStep): string {
  return `${server}: ${question} → ${outcome}`;
}
