// A trace as a tree of text: one branch a hop, evidence under it, the failed hop named at the top.

import type { Trace, TraceHop, TraceStep } from "#contract";

const hopTitles: Readonly<Record<TraceHop, string>> = {
  browser: "Browser",
  resolver: "Resolver",
  root: "Root",
  tld: "TLD",
  "name-servers": "Name servers",
  record: "Record",
  address: "Address",
  page: "Page",
};

/** Longest list of evidence shown for one step; the rest is counted. */
const maxEvidence = 8;

/** Writes a trace as lines. */
export function formatTrace(trace: Trace): string[] {
  const lines = [`${trace.url}${trace.fresh ? " (walked anew)" : ""}`];
  if (trace.failure) lines.push(`✗ ${trace.failure}`);
  for (const [index, step] of trace.steps.entries()) {
    const isLast = index === trace.steps.length - 1;
    lines.push(`${isLast ? "└─" : "├─"} ${formatStep(step)}`);
    const indent = isLast ? "   " : "│  ";
    for (const line of evidence(step)) lines.push(`${indent}   ${line}`);
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

function evidence(step: TraceStep): string[] {
  const shown = step.answer.slice(0, maxEvidence);
  const more = step.answer.length - shown.length;
  return more > 0 ? [...shown, `and ${more} more`] : shown;
}

/** Writes a number of seconds in the largest two units: 1 d 3 h, 4 min 2 s. */
export function formatSeconds(seconds: number): string {
  const units: readonly (readonly [number, string])[] = [
    [86_400, "d"],
    [3600, "h"],
    [60, "min"],
    [1, "s"],
  ];
  let left = Math.max(0, Math.floor(seconds));
  const parts: string[] = [];
  for (const [size, unit] of units) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.slice(0, 2).join(" ") || "0 s";
}
