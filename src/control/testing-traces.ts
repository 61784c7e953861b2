// What the tests of traces share: steps, and a control that knows nothing but what a test says.

import type { TraceStep } from "#contract";
import type { TraceKnowledge } from "./trace-knowledge.ts";

/** A time that tests call now. */
export const traceNow = 1_800_000_000_000;

/** A control that knows of no name and no resource, and whose roles are all there. */
export function knowing(more: Partial<TraceKnowledge> = {}): TraceKnowledge {
  return {
    domainOf: () => undefined,
    serversOf: () => [],
    instance: () => undefined,
    stoppedOf: () => [],
    resource: () => undefined,
    assignedTo: () => undefined,
    onlyResource: () => undefined,
    certificateOf: () => undefined,
    checkSecondsOf: () => undefined,
    isThere: () => true,
    now: () => traceNow,
    ...more,
  };
}

/** A step that went well, of a visit to shop.test. */
export function stepAt(hop: TraceStep["hop"], more: Partial<TraceStep> = {}): TraceStep {
  return {
    traceId: "00",
    hop,
    reportedBy: "visitor",
    at: traceNow,
    question:
      hop === "page" || hop === "resource" || hop === "edge" ? "GET http://shop.test/" : "shop.test. A",
    answer: [],
    outcome: "NOERROR",
    isFailure: false,
    ...more,
  };
}

/** The same, of one that went wrong. */
export function failedAt(hop: TraceStep["hop"], outcome: string, more: Partial<TraceStep> = {}): TraceStep {
  return stepAt(hop, { outcome, isFailure: true, ...more });
}
