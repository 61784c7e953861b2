// A failure as lines of text, the headline first: what failed, why, the evidence, what mends it, when it heals by itself.

import type { FailureReport } from "#contract";
import { formatSeconds } from "./format-time.ts";

/** Longest list of evidence shown; the rest is counted. */
const maxEvidence = 8;

const certainty: Readonly<Record<NonNullable<FailureReport["confidence"]>, string>> = {
  certain: "",
  likely: " (likely)",
  possible: " (perhaps)",
};

/** Writes a failure as lines. */
export function formatFailure(failure: FailureReport): string[] {
  const { what, cause, confidence = "certain", evidence, repair, healsInSeconds, code } = failure;
  const more = evidence.length - maxEvidence;
  return [
    `✗ ${what}${code === undefined ? "" : ` (${code})`}`,
    `  Cause:  ${cause}${certainty[confidence]}`,
    ...evidence.slice(0, maxEvidence).map((line) => `  Seen:   ${line}`),
    ...(more > 0 ? [`  Seen:   and ${more} more`] : []),
    ...(repair ? [`  Repair: ${repair.text}`] : []),
    ...(repair?.cli === undefined ? [] : [`          ${repair.cli}`]),
    ...(repair?.seenWithinSeconds === undefined
      ? []
      : [`          Resolvers may give the old answer for ${formatSeconds(repair.seenWithinSeconds)} more.`]),
    ...(healsInSeconds === undefined ? [] : [`  Heals:  by itself in ${formatSeconds(healsInSeconds)}`]),
  ];
}
