// A trace as a tree of text: the failure as the headline with its repair, then one branch a hop with its evidence, each with the time at
// which it began. What comes after the hop that failed is not there: the visit did not get so far.

import type { Trace, TraceComparison, TraceStep } from "#contract";
import { hopTitles } from "#contract/hop-titles";
import { formatFailure } from "./format-failure.ts";
import { formatSeconds } from "./format-time.ts";

/** Longest list of evidence shown for one step; the rest is counted. */
const maxEvidence = 8;

/** Writes a trace as lines. @param withCommands  whether each question has the `dig` command that asks it again */
export function formatTrace(trace: Trace, withCommands: boolean = false): string[] {
  const lines = [`${trace.url}${trace.fresh ? " (walked anew)" : ""} · ${formatMs(trace.tookMs)}`];
  if (trace.failure) lines.push(...formatFailure(trace.failure));
  for (const [index, step] of trace.steps.entries()) {
    const isLast = index === trace.steps.length - 1;
    lines.push(`${isLast ? "└─" : "├─"} ${formatStep(step)}`);
    const indent = isLast ? "   " : "│  ";
    for (const line of evidence(step, trace.steps[index - 1])) lines.push(`${indent}   ${line}`);
    if (withCommands && step.dns && step.hop !== "record") lines.push(`${indent}   $ ${step.dns.dig}`);
  }
  for (const problem of trace.problems) {
    const [what = "", ...rest] = formatFailure(problem);
    lines.push(what.replace("✗", "⚠"), ...rest);
  }
  return lines;
}

/** Writes how a trace differs from the last good one, as lines. */
export function formatComparison({ good, hops, firstDifference }: TraceComparison): string[] {
  if (!good) return ["There is no good trace of this URL to compare with."];
  const lines = [`Compared with the good trace ${good.id} of ${good.at.slice(0, 19).replace("T", " ")}:`];
  for (const { hop, difference, was, is } of hops) {
    const mark = { same: "=", changed: "≠", missing: "-", added: "+" }[difference];
    lines.push(`${mark} ${hopTitles[hop]}${hop === firstDifference ? "  ← the first difference" : ""}`);
    if (difference !== "changed" && hop !== firstDifference) continue;
    for (const line of was.filter((text) => !is.includes(text)).slice(0, maxEvidence))
      lines.push(`    was  ${line}`);
    for (const line of is.filter((text) => !was.includes(text)).slice(0, maxEvidence))
      lines.push(`    is   ${line}`);
  }
  return lines;
}

function formatStep(step: TraceStep): string {
  const mark = step.isFailure ? "✗" : step.cached || step.isAside ? "◦" : "●";
  const began = step.startMs === undefined ? "" : `+${formatMs(step.startMs)}`;
  const hop = `${mark} ${hopTitles[step.hop].padEnd(12)} ${began.padStart(8)} `;
  const parts = [hop, step.question, "→", step.outcome];
  if (step.flags?.length) parts.push(`[${step.flags.join(" ")}]`);
  if (step.server) parts.push(`· ${step.server}`);
  if (step.dns?.serial !== undefined) parts.push(`· serial ${step.dns.serial}`);
  if (step.isAside) parts.push("· asked beside");
  if (step.cached) parts.push(`· cached, ${formatSeconds(step.cached.ttlLeftSeconds)} left`);
  if (step.tookMs !== undefined) parts.push(`· ${formatMs(step.tookMs)}`);
  return parts.join(" ");
}

function formatMs(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
}

function evidence(step: TraceStep, before: TraceStep | undefined): string[] {
  // The other name servers say what the one said that was asked; where one does not, it is told as a problem.
  const isSame = before?.answer.join("\n") === step.answer.join("\n");
  if (step.isAside && isSame) return [];
  if (step.answer.length > 2 && isSame) return ["as above"];
  const choice = step.dns?.choice;
  const chosen =
    choice && step.hop !== "record"
      ? [`chosen by policy ${choice.policy}: ${choice.sets.join(", ")} (${choice.reason})`]
      : [];
  const shown = [...step.answer.slice(0, maxEvidence), ...chosen];
  const more = step.answer.length - Math.min(step.answer.length, maxEvidence);
  return more > 0 ? [...shown, `and ${more} more`] : shown;
}
