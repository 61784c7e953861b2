// Traces: one real visit with an id, and the steps that the processes which served it report. Nothing is resolved here.
//
// The visitor's own steps are the query it sent to the resolver (hop `browser`), the connection (`address`) and the page where the edge
// did not report one. Steps of other roles arrive through the hub within a bounded wait.

import { PlatformError, traceHop, type Trace, type TraceHop, type TraceStep } from "#contract";
import { explainFailure } from "./trace-failure.ts";
import type { Clock, Host, Timers, Visitor, VisitorAnswer } from "./ports.ts";

/** Traces that are kept. */
const maxTraces = 100;
/** Steps of one trace. */
const maxSteps = 500;
/** How long after the visit reports may come in, at most, and how long nothing may come before it is over. */
const longestWaitMs = 1000;
const quietMs = 60;

interface Collected {
  trace: Trace;
  readonly steps: TraceStep[];
  /** Called at each step, while the trace is being made. */
  arrived: (() => void) | undefined;
}

/** Makes traces and keeps the last ones. */
export class Traces {
  readonly #visitor: Visitor;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #random: Host["random"];
  readonly #authorities: () => readonly string[];
  readonly #mayVisit: (url: URL, address: string) => boolean;
  readonly #kept: Map<string, Collected> = new Map();

  /**
   * @param authorities  gives the PEM of authorities that visitors trust beside the system's
   * @param mayVisit  tells whether the visit of a URL may go to an address
   */
  constructor(
    { visitor, clock, timers, random }: Pick<Host, "visitor" | "clock" | "timers" | "random">,
    authorities: () => readonly string[] = () => [],
    mayVisit: (url: URL, address: string) => boolean = () => true,
  ) {
    this.#mayVisit = mayVisit;
    this.#authorities = authorities;
    this.#visitor = visitor;
    this.#clock = clock;
    this.#timers = timers;
    this.#random = random;
  }

  /** Takes in a step that a role reported. Steps of unknown traces are dropped. */
  add(step: TraceStep): void {
    const collected = this.#kept.get(step.traceId);
    if (!collected || collected.steps.length >= maxSteps) return;
    collected.steps.push(step);
    if (collected.arrived) collected.arrived();
    else collected.trace = finish(collected.trace, collected.steps); // a latecomer
  }

  get(id: string): Trace | undefined {
    return this.#kept.get(id)?.trace;
  }

  /** All that are kept, the latest first. */
  list(): Trace[] {
    return [...this.#kept.values()].map(({ trace }) => trace).reverse();
  }

  /** Makes a trace. Throws `input-malformed` for what is no http or https URL with a host name. */
  async trace(text: string, fresh: boolean): Promise<Trace> {
    const url = readUrl(text);
    const id = this.#newId();
    const collected: Collected = {
      trace: { id, url: url.href, fresh, steps: [] },
      steps: [],
      arrived: undefined,
    };
    this.#kept.set(id, collected);
    for (const old of this.#kept.keys()) {
      if (this.#kept.size <= maxTraces) break;
      this.#kept.delete(old);
    }
    let last = this.#clock.monotonic();
    collected.arrived = () => {
      last = this.#clock.monotonic();
    };
    await this.#visit(url, id, fresh);
    await this.#settle(() => last);
    collected.arrived = undefined;
    collected.trace = finish(collected.trace, collected.steps);
    return collected.trace;
  }

  async #visit(url: URL, traceId: string, fresh: boolean): Promise<void> {
    const addresses = await this.#lookUp(url.hostname, traceId, fresh);
    let sent = 0;
    for (const address of addresses) {
      sent++;
      const at = this.#clock.wall();
      const began = this.#clock.monotonic();
      if (!this.#mayVisit(url, address)) {
        this.add({
          traceId,
          hop: "address",
          reportedBy: "visitor",
          at,
          server: address,
          question: `connect ${address}`,
          answer: [],
          outcome: "not visited: of this machine, traces go to ports of the edge only",
          isFailure: sent === addresses.length,
        });
        continue;
      }
      const response = await this.#visitor.request(url, address, traceId, this.#authorities());
      const tookMs = this.#clock.monotonic() - began;
      const common = { traceId, reportedBy: "visitor" as const, at, server: response.server };
      // A browser goes on to the next address where it cannot connect (RFC 8305), and only the last attempt decides.
      const isLast = response.isConnected || sent === addresses.length;
      this.add({
        ...common,
        hop: "address",
        question: `connect ${response.server}`,
        answer: [],
        outcome: response.isConnected ? "connected" : response.outcome,
        isFailure: !response.isConnected && isLast,
      });
      const { tls } = response;
      if (tls) {
        this.add({
          ...common,
          hop: "tls",
          question: `TLS ${url.hostname}`,
          answer: [...tls.answer],
          outcome: tls.outcome,
          isFailure: tls.isFailure,
        });
        if (tls.isFailure) return;
      }
      if (response.isConnected) {
        const question = `GET ${url.href}`;
        this.add({
          ...common,
          hop: "page",
          tookMs,
          question,
          answer: [...response.answer],
          outcome: response.outcome,
          isFailure: response.isFailure,
        });
        return;
      }
    }
  }

  /** The addresses of the URL's host: AAAA is asked for where there is no A, as one name leads to one resource. */
  async #lookUp(hostname: string, traceId: string, fresh: boolean): Promise<readonly string[]> {
    const name = `${hostname.replace(/\.$/, "")}.`;
    for (const type of ["A", "AAAA"] as const) {
      const at = this.#clock.wall();
      const began = this.#clock.monotonic();
      const answer: VisitorAnswer = await this.#visitor.query(name, type, traceId, fresh);
      const isEmpty = answer.addresses.length === 0;
      this.add({
        traceId,
        hop: "browser",
        reportedBy: "visitor",
        at,
        tookMs: this.#clock.monotonic() - began,
        server: answer.server,
        question: `${name} ${type}`,
        answer: [...answer.answer],
        outcome: answer.isFailure || !isEmpty ? answer.outcome : `${answer.outcome}, no address`,
        flags: [...answer.flags],
        isFailure: answer.isFailure || (isEmpty && type === "AAAA"),
      });
      if (answer.isFailure || !isEmpty) return answer.addresses;
    }
    return [];
  }

  /** Waits until no step has come for a while, within bounds. */
  #settle(lastStepAt: () => number): Promise<void> {
    const from = this.#clock.monotonic();
    return new Promise((resolve) => {
      const look = (): void => {
        const now = this.#clock.monotonic();
        const quietAt = Math.max(lastStepAt(), from) + quietMs;
        if (now >= quietAt || now >= from + longestWaitMs) resolve();
        else this.#timers.after(Math.max(1, Math.min(quietAt, from + longestWaitMs) - now), look);
      };
      look();
    });
  }

  #newId(): string {
    let id = "";
    for (let i = 0; i < 16; i++) id += this.#random.integer(16).toString(16);
    return id;
  }
}

function readUrl(text: string): URL {
  // A bare name stands for its front page.
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}/`);
  if (
    !url ||
    (url.protocol !== "http:" && url.protocol !== "https:") ||
    url.hostname === "" ||
    /^[\d.]+$|^\[/.test(url.hostname) ||
    url.username !== ""
  ) {
    throw new PlatformError(
      "input-malformed",
      `Cannot trace "${text}": expected a URL with a name, such as https://shop.test/`,
    );
  }
  return url;
}

const hopOrder: ReadonlyMap<TraceHop, number> = new Map(traceHop.options.map((hop, i) => [hop, i]));

/** Steps in the order of the visit, and the first failure in words. */
function finish(trace: Trace, steps: readonly TraceStep[]): Trace {
  const ordered = steps.toSorted(
    (a, b) =>
      (hopOrder.get(a.hop) ?? 0) - (hopOrder.get(b.hop) ?? 0) ||
      // What was known at a hop comes before what was asked there; both may fall into one millisecond.
      Number(b.cached !== undefined) - Number(a.cached !== undefined) ||
      a.at - b.at,
  );
  const { failure: _failure, ...rest } = trace;
  const failure = explainFailure(ordered);
  return { ...rest, steps: ordered, ...(failure ? { failure } : {}) };
}
