// How a finding about a visit becomes a report: the table's sentence where the rule has no better one, the exact answer as evidence, and
// when it heals by itself. What the rules of names-failure.ts and visit-failure.ts share.

import {
  visitFailures,
  type FailureReport,
  type Repair,
  type TraceHop,
  type TraceStep,
  type VisitFailureCode,
} from "#contract";
import type { TraceKnowledge } from "./trace-knowledge.ts";

/** Lines of evidence in one report. */
const maxEvidence = 12;

/** What the rules read. */
export interface BrokenVisit {
  readonly url: URL;
  /** In the order of the visit. */
  readonly steps: readonly TraceStep[];
  readonly known: TraceKnowledge;
}

/** What a rule says beside what the table says of its code. */
export interface Finding {
  readonly code: VisitFailureCode;
  readonly what: string;
  /** The step that shows it. */
  readonly step: TraceStep | undefined;
  readonly cause?: string | undefined;
  readonly confidence?: FailureReport["confidence"];
  readonly repair?: Repair | undefined;
  /** Further evidence. */
  readonly evidence?: readonly string[];
  readonly healsInSeconds?: number | undefined;
  readonly hop?: TraceHop;
}

/** Makes a report of what a rule found. */
export function findingReportOf(finding: Finding, { known }: Pick<BrokenVisit, "known">): FailureReport {
  const { code, what, step, confidence = "certain", evidence = [], healsInSeconds } = finding;
  const row = visitFailures[code];
  const seen = [...(step ? evidenceOf(step) : []), ...evidence];
  return {
    what,
    hop: finding.hop ?? step?.hop ?? row.hop,
    ...(step?.server === undefined ? {} : { server: step.server }),
    evidence: seen.slice(0, maxEvidence),
    cause: finding.cause ?? row.meaning,
    confidence,
    repair: finding.repair ?? { text: row.help },
    ...(healsInSeconds === undefined
      ? {}
      : { healsInSeconds, healsAt: new Date(known.now() + healsInSeconds * 1000).toISOString() }),
    code,
  };
}

/** What a step saw, as it was said: who answered what, then the lines of the answer. */
export function evidenceOf({ server, question, outcome, flags = [], answer, cached }: TraceStep): string[] {
  const from = cached ? `kept by the resolver for ${cached.ttlLeftSeconds} s more: ` : "";
  const told = `${server === undefined ? "" : `${server}: `}${question} → ${outcome}${flags.length > 0 ? ` [${flags.join(" ")}]` : ""}`;
  return [`${from}${told}`, ...answer.filter((line) => line !== "")];
}

/** Leads a name to the one resource there is; a sentence where there are several, or none. */
export function assignRepair(known: TraceKnowledge, name: string, step: TraceStep | undefined): Repair {
  const seen = step ? negativeSeconds(step) : {};
  const resource = known.onlyResource();
  if (resource === undefined)
    return {
      text: `Assign ${name} to a resource, or give it a record`,
      cli: `fairlead assign ${quote(name)} RESOURCE`,
      ...seen,
    };
  return {
    text: `Assign ${name} to ${resource}`,
    command: { action: "assign", name, resource },
    cli: `fairlead assign ${quote(name)} ${quote(resource)}`,
    ...seen,
  };
}

/** How long a negative answer may be kept: until then a repair may not be seen. @see RFC 2308 section 5 */
export function negativeSeconds({ answer, cached }: TraceStep): Pick<Repair, "seenWithinSeconds"> {
  if (cached) return { seenWithinSeconds: cached.ttlLeftSeconds };
  const soa = answer.map((line) => line.split(" ")).find((words) => words[3] === "SOA");
  const seconds = Math.min(Number(soa?.[1]), Number(soa?.at(-1)));
  return Number.isFinite(seconds) ? { seenWithinSeconds: seconds } : {};
}

/** As one word of a shell. */
export function quote(text: string): string {
  return /^[A-Za-z0-9._:/@%+,=?-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
