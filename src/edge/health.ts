// Health of one target by its probes, in Lightsail's words for state and reason. State only: who probes, and when, is in
// health-prober.ts.
//
// A target begins as `initial` and is healthy with its first good probe, so that a new load balancer serves at once. From then on it takes
// `unhealthyThreshold` bad probes in a row to lose it and `healthyThreshold` good ones to have it back. A target that is not up yet is
// probed often while it is initial; it counts as unhealthy no sooner than probes at the plain interval would have said so. A candidate is
// healthy with `healthyThreshold` good probes in a row, and probed often meanwhile too.

import type { HealthCheck, TargetHealth, TargetReason } from "#contract";

/** What came of a probe. */
export type ProbeOutcome =
  | { readonly kind: "answered"; readonly status: number; readonly phrase: string; readonly tookMs: number }
  /** There was a connection, and nothing else is asked for. */
  | { readonly kind: "connected"; readonly tookMs: number }
  /** No whole head of a response in time; `isConnected` tells whether there was a connection. */
  | {
      readonly kind: "timeout";
      readonly afterMs: number;
      readonly isConnected: boolean;
      /** True where a connection is there once TLS is. */
      readonly isSecure?: boolean;
    }
  /** In words: `connection refused`. */
  | { readonly kind: "failed"; readonly what: string };

/** First wait after a bad probe of a target that is initial; doubled after each further one, up to the interval. */
const firstRepeatMs = 500;

/** The health of one target. */
export class Health {
  state: Extract<TargetHealth, "initial" | "healthy" | "unhealthy"> = "initial";
  reason: TargetReason | undefined = "Lb.RegistrationInProgress";
  /** The last probe in words; undefined before the first one is over. */
  detail: string | undefined = undefined;
  /** Probes in a row that speak against the state. */
  #against = 0;
  #goodInRow = 0;
  #outcome: string | undefined = undefined;
  #firstFailureAt = 0;

  /** Says that the first probe is on its way. Returns whether that is news. */
  begin(): boolean {
    if (this.reason !== "Lb.RegistrationInProgress") return false;
    this.reason = "Lb.InitialHealthChecking";
    return true;
  }

  /**
   * Takes what came of a probe.
   * @param at  monotonic milliseconds
   * @param mustProve  true for a candidate: it takes `healthyThreshold` good probes in a row to be healthy, as nobody waits for it
   * @returns whether there is news: of state, reason or outcome, not of how long it took
   */
  take(
    outcome: ProbeOutcome,
    check: HealthCheck,
    codes: SuccessCodes,
    at: number,
    mustProve: boolean = false,
  ): boolean {
    const before = this.state;
    const reasonBefore = this.reason;
    const outcomeBefore = this.#outcome;
    this.#outcome = describeOutcome(outcome);
    this.detail =
      "tookMs" in outcome ? `${this.#outcome} in ${Math.round(outcome.tookMs)} ms` : this.#outcome;
    const isGood = outcome.kind === "connected" || (outcome.kind === "answered" && codes.has(outcome.status));
    this.#goodInRow = isGood ? this.#goodInRow + 1 : 0;
    if (!isGood) this.#bad(outcome, check, at);
    else if (mustProve && this.state === "initial" && this.#goodInRow < check.healthyThreshold)
      this.#against = 0;
    else this.#good(check);
    return this.state !== before || this.reason !== reasonBefore || this.#outcome !== outcomeBefore;
  }

  /** Milliseconds until the next probe after a bad one of an initial target; undefined where the plain interval holds. */
  repeatMs(check: HealthCheck): number | undefined {
    if (this.state !== "initial") return undefined;
    return Math.min(check.intervalMs, firstRepeatMs * 2 ** Math.min(Math.max(this.#against - 1, 0), 20));
  }

  #good(check: HealthCheck): void {
    if (this.state === "healthy") {
      this.#against = 0;
    } else if (this.state === "initial" || ++this.#against >= check.healthyThreshold) {
      this.#become("healthy", undefined);
    }
  }

  #bad(outcome: ProbeOutcome, check: HealthCheck, at: number): void {
    const reason: TargetReason =
      outcome.kind === "answered"
        ? "Instance.ResponseCodeMismatch"
        : outcome.kind === "timeout"
          ? "Instance.Timeout"
          : "Instance.FailedHealthChecks";
    if (this.state === "unhealthy") {
      this.#against = 0;
      this.reason = reason;
      return;
    }
    if (this.#against++ === 0) this.#firstFailureAt = at;
    if (this.#against < check.unhealthyThreshold) return;
    const plainMs = (check.unhealthyThreshold - 1) * check.intervalMs;
    if (this.state === "initial" && at - this.#firstFailureAt < plainMs) return;
    this.#become("unhealthy", reason);
  }

  #become(state: "healthy" | "unhealthy", reason: TargetReason | undefined): void {
    this.state = state;
    this.reason = reason;
    this.#against = 0;
  }
}

/** What came of a probe in words: `503 Service Unavailable`, `connection refused`. */
export function describeOutcome(outcome: ProbeOutcome): string {
  switch (outcome.kind) {
    case "answered":
      return `${outcome.status} ${outcome.phrase}`.trim();
    case "connected":
      return "connected";
    case "timeout":
      return `${outcome.isConnected ? "no response" : outcome.isSecure ? "no TLS connection" : "no connection"} within ${outcome.afterMs} ms`;
    case "failed":
      return outcome.what;
  }
}

/** The status codes of a healthy answer. */
export class SuccessCodes {
  readonly #ranges: readonly (readonly [number, number])[];

  /** @param text  codes and ranges, as the contract's schema lets them pass: `200-299,301` */
  constructor(text: string) {
    this.#ranges = text.split(",").map((part) => {
      const [from = "", to = from] = part.trim().split("-");
      return [Number(from), Number(to)];
    });
  }

  /** Tells whether a status code is among them. */
  has(status: number): boolean {
    return this.#ranges.some(([from, to]) => status >= from && status <= to);
  }
}
