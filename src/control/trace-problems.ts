// What is wrong beside what broke a visit, or though nothing did: name servers that are silent, lame or behind, targets that others stood
// in for, an address that took no connection, a certificate that ends soon. Read off the same steps.

import type { FailureReport, TraceStep } from "#contract";
import { compareSerials } from "#zone";
import { type BrokenVisit, evidenceOf, type Finding, findingReportOf, quote } from "./report-finding.ts";

/** Reports of one trace. */
const maxProblems = 20;
/** A certificate that ends sooner is told of: built-in ones are renewed when a third of their life is left, others within weeks. */
const endsSoonMs = 7 * 86_400_000;

/** Finds what is wrong beside the failure. @param failure  what broke the visit, which is not told twice */
export function findProblems(visit: BrokenVisit, failure: FailureReport | undefined): FailureReport[] {
  return [
    ...serverFindings(visit),
    ...addressFindings(visit),
    ...certificateFindings(visit),
    ...targetFindings(visit),
  ]
    .map((finding) => findingReportOf(finding, visit))
    .filter(({ hop, server, code }) => {
      const isSame = failure !== undefined && failure.hop === hop && failure.server === server;
      const isOfAll = failure?.code === "visit-servers-silent" && code === "server-silent";
      return !isSame && !isOfAll;
    })
    .slice(0, maxProblems);
}

/** The name servers, held against each other. */
function serverFindings({ steps, url }: BrokenVisit): Finding[] {
  const servers = steps.filter(({ hop, cached }) => hop === "name-servers" && !cached);
  const serials = servers.flatMap(({ dns }) => (dns?.serial === undefined ? [] : [dns.serial]));
  const newest = serials.reduce<number | undefined>(
    (best, serial) => (best === undefined || (compareSerials(serial, best) ?? 0) > 0 ? serial : best),
    undefined,
  );
  const seen = new Set<string>();
  const findings: Finding[] = [];
  // Those of the newest serial that answered, which the others are held against.
  const model = servers.find(
    (step) => isAnswer(step) && (newest === undefined || step.dns?.serial === newest),
  );
  for (const step of servers) {
    const { server = "", outcome, dns } = step;
    if (seen.has(server)) continue;
    seen.add(server);
    const isSilent = outcome.startsWith("no answer") || outcome === "connection refused";
    if (isSilent) {
      findings.push({ code: "server-silent", what: `Name server ${server} does not answer`, step });
      continue;
    }
    if (isLame(step)) {
      findings.push({
        code: "server-lame",
        what: `Name server ${server} does not serve the zone of ${url.hostname}`,
        step,
      });
      continue;
    }
    if (newest !== undefined && dns?.serial !== undefined && (compareSerials(dns.serial, newest) ?? 0) < 0) {
      findings.push({
        code: "server-behind",
        what: `Name server ${server} is behind: serial ${dns.serial}, and others have ${newest}`,
        step,
        evidence: model ? evidenceOf(model) : [],
      });
      continue;
    }
    // Each server chooses for itself among several record sets.
    const isChosen = model?.dns?.choice !== undefined || dns?.choice !== undefined;
    if (
      model &&
      step !== model &&
      !isChosen &&
      model.question === step.question &&
      !isSameAnswer(model, step)
    ) {
      findings.push({
        code: "server-differs",
        what: `Name server ${server} answers otherwise than ${model.server ?? "another"}`,
        step,
        confidence: "possible",
        cause: "They have the same version of the zone.",
        evidence: evidenceOf(model),
      });
    }
  }
  return findings;
}

/** No authority, and no referral further down either. */
function isLame({ outcome, flags = [], answer }: TraceStep): boolean {
  if (outcome === "REFUSED" || outcome === "NOTAUTH" || outcome === "SERVFAIL") return true;
  const isReferral = answer.some((line) => / IN NS /.test(line));
  return !flags.includes("aa") && !isReferral;
}

function isAnswer(step: TraceStep): boolean {
  return (step.outcome === "NOERROR" || step.outcome === "NXDOMAIN") && !isLame(step);
}

/** RDATA without TTLs, in any order, and without signatures: whether they come along is for who asks. */
function isSameAnswer(a: TraceStep, b: TraceStep): boolean {
  const recordsOf = ({ outcome, dns, answer }: TraceStep): string =>
    [
      outcome,
      ...(dns?.response?.answer ?? answer)
        .filter((line) => !/ IN RRSIG /.test(line))
        .map((line) => line.replace(/^(\S+) \d+ /, "$1 "))
        .toSorted(),
    ].join("\n");
  return recordsOf(a) === recordsOf(b);
}

function addressFindings({ steps, url }: BrokenVisit): Finding[] {
  const attempts = steps.filter(({ hop, reportedBy }) => hop === "address" && reportedBy === "visitor");
  if (!attempts.some(({ outcome }) => outcome === "connected")) return [];
  return attempts
    .filter(({ outcome }) => outcome !== "connected")
    .map((step) => ({
      code: "address-tried",
      what: `${url.hostname} also leads to ${step.server ?? "an address"}, which does not answer`,
      step,
    }));
}

function certificateFindings({ steps, known, url }: BrokenVisit): Finding[] {
  const step = steps.find(({ hop, tls }) => hop === "tls" && tls !== undefined);
  const leaf = step?.tls?.chain[0];
  if (!step || !leaf || step.isFailure) return [];
  const leftMs = Date.parse(leaf.notAfter) - known.now();
  const lifeMs = Date.parse(leaf.notAfter) - Date.parse(leaf.notBefore);
  // One that lives for days only is renewed late by design.
  if (leftMs > Math.min(endsSoonMs, lifeMs / 4)) return [];
  const certificate = known.certificateOf(url.hostname);
  return [
    {
      code: "certificate-ends",
      what: `The certificate of ${url.hostname} ends on ${leaf.notAfter.slice(0, 10)}`,
      step,
      repair: certificate && {
        text: `Renew certificate ${certificate.name}`,
        command: { action: "renew-certificate", name: certificate.name },
        cli: `fairlead certificate renew ${quote(certificate.name)}`,
      },
    },
  ];
}

function targetFindings({ steps, known }: BrokenVisit): Finding[] {
  const findings: Finding[] = [];
  for (const step of steps) {
    const { target } = step;
    if (step.hop !== "resource" || !target || step.isFailure) continue;
    for (const line of target.tries) {
      const tried = target.others.find(({ address }) => line.includes(` ${address}: `));
      findings.push({
        code: "target-tried",
        what: `${tried?.name ?? "A target"} did not answer, and ${target.name} did`,
        step,
        evidence: [line],
        repair: tried && startRepair(tried.name, known),
      });
    }
    const checkSeconds = known.checkSecondsOf(target.resourceName);
    for (const other of target.others) {
      if (other.state !== "unhealthy" || target.tries.some((line) => line.includes(` ${other.address}: `)))
        continue;
      findings.push({
        code: "target-unhealthy",
        what: `${other.name} is not healthy: ${target.resourceName} does without it`,
        step,
        cause: other.detail ?? "Its health check fails.",
        repair: startRepair(other.name, known),
        ...(checkSeconds === undefined ? {} : { healsInSeconds: checkSeconds }),
      });
    }
  }
  return findings;
}

function startRepair(name: string, known: BrokenVisit["known"]): Finding["repair"] {
  const instance = known.instance(name);
  if (!instance || instance.isForeign) return undefined;
  return instance.isStopped
    ? {
        text: `Start instance ${name}`,
        command: { action: "start-instance", name },
        cli: `fairlead instance start ${quote(name)}`,
      }
    : {
        text: `Restart instance ${name}`,
        command: { action: "reboot-instance", name },
        cli: `fairlead instance reboot ${quote(name)}`,
      };
}
