// A trace as a tree of text: one branch a hop, evidence under it, the failed hop named at the top.

import type { Trace, TraceHop, TraceStep } from "#contract";
import { formatCacheStatus } from "./format-cache-status.ts";
import { formatFailure } from "./format-failure.ts";
import { formatSeconds } from "./format-time.ts";

const hopTitles: Readonly<Record<TraceHop, string>> = {
  browser: "Browser",
  resolver: "Resolver",
  root: "Root",
  tld: "TLD",
  "name-servers": "Name servers",
  record: "Record",
  address: "Address",
  tls: "Certificate",
  page: "Page",
};

/** Longest list of evidence shown for one step; the rest is counted. */
const maxEvidence = 8;

/** Writes a trace as lines. */
export function formatTrace(trace: Trace): string[] {
  const lines = [`${trace.url}${trace.fresh ? " (walked anew)" : ""}`];
  if (trace.failure) lines.push(...formatFailure(trace.failure));
  for (const [index, step] of trace.steps.entries()) {
    const isLast = index === trace.steps.length - 1;
    lines.push(`${isLast ? "└─" : "├─"} ${formatStep(step)}`);
    const indent = isLast ? "   " : "│  ";
    for (const line of evidence(step, trace.steps[index - 1])) lines.push(`${indent}   ${line}`);
  }
  return lines;
}

function formatStep(step: TraceStep): string {
  const mark = step.isFailure ? "✗" : step.cached ? "◦" : "●";
  const parts = [`${mark} ${hopTitles[step.hop].padEnd(12)}`, step.question, "→", step.outcome];
  if (step.flags?.length) parts.push(`[${step.flags.join(" ")}]`);
  if (step.server) parts.push(`· ${step.server}`);
  if (step.cached) parts.push(`· cached, ${formatSeconds(step.cached.ttlLeftSeconds)} left`);
  if (step.tookMs !== undefined)
    parts.push(`· ${step.tookMs < 10 ? step.tookMs.toFixed(1) : step.tookMs.toFixed(0)} ms`);
  return parts.join(" ");
}

function evidence(step: TraceStep, before: TraceStep | undefined): string[] {
  const isRepeated = step.answer.length > 2 && before?.answer.join("\n") === step.answer.join("\n");
  if (isRepeated) return ["as above"];
  const shown = step.answer.slice(0, maxEvidence).map(formatCacheStatus);
  const more = step.answer.length - shown.length;
  return more > 0 ? [...shown, `and ${more} more`] : shown;
}
