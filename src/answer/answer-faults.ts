// Faults of our own while answering, told at a bounded rate: a query that brings one about may come a thousand times a second.

/** Faults are reported once in this many milliseconds; those between are counted in the next report. */
const reportIntervalMs = 1000;

/** A fault of ours while answering. The query was answered SERVFAIL. */
export interface AnswerFailure {
  readonly error: unknown;
  /** A copy of the query. */
  readonly query: Uint8Array;
  /** Faults since the last report that were not reported. */
  readonly suppressed: number;
}

/** Tells of faults. */
export class AnswerFaults {
  readonly #report: ((failure: AnswerFailure) => void) | undefined;
  /** Monotonic milliseconds. */
  #nextReport = 0;
  #suppressed = 0;

  /** @param report  absent: nobody is told */
  constructor(report: ((failure: AnswerFailure) => void) | undefined) {
    this.#report = report;
  }

  /** Tells of a fault, or counts it for the next report. */
  tell(error: unknown, input: Uint8Array, start: number, length: number, monotonic: number): void {
    if (monotonic < this.#nextReport) {
      this.#suppressed++;
      return;
    }
    this.#nextReport = monotonic + reportIntervalMs;
    this.#report?.({ error, query: input.slice(start, start + length), suppressed: this.#suppressed });
    this.#suppressed = 0;
  }
}
