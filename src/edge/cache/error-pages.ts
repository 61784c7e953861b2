// Errors of origins by the settings of a distribution: for how long they are kept without a word of their origin, and what is answered where the
// page that should stand in for one cannot be had.

import type { OwnAnswer } from "../policy.ts";
import type { CacheNote, Exchange } from "./exchange.ts";
import type { Cacheability } from "./freshness.ts";
import { noteLines } from "./notes.ts";
import type { CacheSite } from "./site.ts";

/** Has an error without any word on its life be kept for as long as the settings say. */
export function keepError(verdict: Cacheability, keptMs: number): void {
  const isUnsaid =
    verdict.reason === undefined || ["status", "no-explicit-freshness", "expired"].includes(verdict.reason);
  if (keptMs === 0 || !isUnsaid) return;
  verdict.reason = undefined;
  verdict.lifetimeMs = Math.max(verdict.lifetimeMs, keptMs);
}

/**
 * Whether an error may be kept because the settings say so, and not its origin. Where the origin is shown all headers, errors that one
 * visitor's header can bring about are not: others would be answered with them.
 */
export function isKeptError(status: number, isTransparent: boolean): boolean {
  return !isTransparent || status === 404 || status === 410 || status >= 500;
}

/** What is answered where an error's page cannot be had. */
export function errorAnswer(site: CacheSite, { page, reason }: Exchange, status: number): OwnAnswer {
  const answered = page?.instead ?? status;
  const note: CacheNote = { forward: reason, forwardStatus: status, detail: "error-page-failed" };
  const text = `The origin of ${site.label} answered with the status ${answered}.\n`;
  return { kind: "answer", status: answered, content: text, headerLines: noteLines(note, answered, 1) };
}
