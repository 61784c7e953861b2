// What the engines of all roles of the data plane have, and what they tell besides answering.

import type { Counters, MetricsAnswer, Report, RoleQuestion, TraceStep } from "#contract";
import type { Now } from "#engine";
import type { RoleChange } from "./role-stream.ts";

/** What engines tell besides answering. */
export interface EnginePorts {
  /** Takes the steps of traces. */
  readonly report: (step: TraceStep) => void;
  /** Takes what else control is told. */
  readonly tell?: (report: Report) => void;
  /** Whether control is there to hear it; absent: nobody knows. */
  readonly isHeard?: () => boolean;
}

/** What every role of the data plane has. */
export interface RoleEngines {
  /** Takes what control told, as a whole; where it throws, nothing of it was taken. */
  apply(change: Pick<RoleChange, "put" | "removed" | "objects">): void;
  counters(): Counters;
  /** The counters of each resource, where it has some. @param at  monotonic milliseconds */
  metrics?(at: number): MetricsAnswer;
  /** Answers what control asks besides. */
  answer?(question: RoleQuestion, now: Now): unknown;
  /** Tells anew what control has to know: it was away, or is another one. */
  tellAll?(): void;
}
