// Traces: one real visit with an id, and the steps that the processes which served it report. Nothing is resolved here.
//
// The visitor's own steps are the query it sent to the resolver (hop `browser`), the connection (`address`) and the page where the edge
// did not report one. Steps of other roles arrive through the hub within a bounded wait.

import {
  PlatformError,
  type Trace,
  type TraceComparison,
  type TraceStep,
  type TraceSummary,
} from "#contract";
import { GoodTraces } from "./good-traces.ts";
import type { Clock, Host, HostTimers, Visitor, VisitorAnswer } from "./ports.ts";
import { assemble } from "./trace-assembly.ts";
import { compareTraces } from "./trace-comparison.ts";
import { explainFailure } from "./trace-failure.ts";
import type { TraceKnowledge } from "./trace-knowledge.ts";
import { findProblems } from "./trace-problems.ts";

/** Traces that are kept. */
const maxTraces = 100;
/** Steps of one trace. */
const maxSteps = 500;
/** How long after the visit reports may come in, at most, and how long nothing may come before it is over. */
const longestWaitMs = 1000;
const quietMs = 60;

/** Characters of all steps of one trace, as JSON. */
const maxLength = 2_000_000;

interface Collected {
  trace: Trace;
  readonly url: URL;
  readonly steps: TraceStep[];
  length: number;
  /** Called at each step, while the trace is being made. */
  arrived: (() => void) | undefined;
}

/** What traces are made with. */
export interface TracesOptions extends Pick<
  Host,
  "visitor" | "clock" | "timers" | "random" | "log" | "traceShelf"
> {
  readonly known: TraceKnowledge;
  /** Gives the PEM of authorities that visitors trust beside the system's. */
  readonly authorities?: () => readonly string[];
  /** Tells whether the visit of a URL may go to an address. */
  readonly mayVisit?: (url: URL, address: string) => boolean;
}

/** Makes traces and keeps the last ones. */
export class Traces {
  readonly #visitor: Visitor;
  readonly #clock: Clock;
  readonly #timers: HostTimers;
  readonly #random: Host["random"];
  readonly #known: TraceKnowledge;
  readonly #authorities: () => readonly string[];
  readonly #mayVisit: (url: URL, address: string) => boolean;
  readonly #kept: Map<string, Collected> = new Map();
  readonly #good: GoodTraces;

  constructor(options: TracesOptions) {
    const { visitor, clock, timers, random, log, traceShelf, known } = options;
    this.#mayVisit = options.mayVisit ?? (() => true);
    this.#authorities = options.authorities ?? (() => []);
    this.#visitor = visitor;
    this.#clock = clock;
    this.#timers = timers;
    this.#random = random;
    this.#known = known;
    this.#good = new GoodTraces(traceShelf, log);
  }

  /** Takes up the good traces of the control before. */
  start(): Promise<void> {
    return this.#good.load();
  }

  /** Takes in a step that a role reported. Steps of unknown traces are dropped. */
  add(step: TraceStep): void {
    const collected = this.#kept.get(step.traceId);
    if (!collected || collected.steps.length >= maxSteps) return;
    collected.length += JSON.stringify(step).length;
    if (collected.length > maxLength) return;
    collected.steps.push(step);
    if (collected.arrived) collected.arrived();
    else collected.trace = this.#finish(collected); // a latecomer
  }

  get(id: string): Trace | undefined {
    return this.#kept.get(id)?.trace ?? this.#good.withId(id);
  }

  /** Lets go of a trace that was made for something else than to be looked at. */
  forget(id: string): void {
    this.#kept.delete(id);
  }

  /** All that are kept, the latest first. */
  list(): TraceSummary[] {
    return [...this.#kept.values()]
      .map(({ trace }) => {
        const { id, url, fresh, at, tookMs, failure, problems } = trace;
        return {
          id,
          url,
          fresh,
          at,
          tookMs,
          ...(failure ? { failure } : {}),
          problemCount: problems.length,
        };
      })
      .reverse();
  }

  /**
   * Holds a trace against the last good one of its URL, or another one.
   * @returns undefined where one of them is not kept
   */
  compare(id: string, otherId?: string): TraceComparison | undefined {
    const trace = this.get(id);
    if (!trace) return undefined;
    if (otherId === undefined) {
      const good = this.#good.of(trace.url);
      return compareTraces(trace, good?.id === id ? undefined : good);
    }
    const other = this.get(otherId);
    return other && compareTraces(trace, other);
  }

  /** Makes a trace. Throws `input-malformed` for what is no http or https URL with a host name. */
  async trace(text: string, fresh: boolean): Promise<Trace> {
    const url = readUrl(text);
    const id = this.#newId();
    const began = this.#clock.monotonic();
    const collected: Collected = {
      trace: {
        id,
        url: url.href,
        fresh,
        at: new Date(this.#clock.wall()).toISOString(),
        tookMs: 0,
        steps: [],
        problems: [],
      },
      url,
      steps: [],
      length: 0,
      arrived: undefined,
    };
    const before = this.#good.of(url.href);
    this.#kept.set(id, collected);
    for (const old of this.#kept.keys()) {
      if (this.#kept.size <= maxTraces) break;
      this.#kept.delete(old);
    }
    let last = began;
    collected.arrived = () => {
      last = this.#clock.monotonic();
    };
    await this.#visit(url, id, fresh, began);
    collected.trace = { ...collected.trace, tookMs: this.#clock.monotonic() - began };
    await this.#settle(() => last);
    collected.arrived = undefined;
    collected.trace = this.#finish(collected);
    // A page that came is what the next one is held against, until it has failed.
    if (!collected.trace.failure && this.#good.of(url.href) === before) this.#good.keep(collected.trace);
    return collected.trace;
  }

  async #visit(url: URL, traceId: string, fresh: boolean, began: number): Promise<void> {
    const { addresses, asides } = await this.#lookUp(url.hostname, traceId, fresh, began);
    await Promise.all([this.#request(url, addresses, traceId, began), asides]);
  }

  async #request(url: URL, addresses: readonly string[], traceId: string, began: number): Promise<void> {
    let sent = 0;
    for (const address of addresses) {
      sent++;
      const at = this.#clock.wall();
      const startMs = this.#clock.monotonic() - began;
      if (!this.#mayVisit(url, address)) {
        this.add({
          traceId,
          hop: "address",
          reportedBy: "visitor",
          at,
          startMs,
          server: address,
          question: `connect ${address}`,
          answer: [],
          outcome: "not visited: of this machine, traces go to ports of the edge only",
          isFailure: sent === addresses.length,
        });
        continue;
      }
      const response = await this.#visitor.request(url, address, traceId, this.#authorities());
      const { tls, connectMs, pageMs, http } = response;
      const common = { traceId, reportedBy: "visitor" as const, at, server: response.server };
      // A browser goes on to the next address where it cannot connect (RFC 8305), and only the last attempt decides.
      const isLast = response.isConnected || sent === addresses.length;
      this.add({
        ...common,
        hop: "address",
        startMs,
        tookMs: connectMs,
        question: `connect ${response.server}`,
        answer: [],
        outcome: response.isConnected ? "connected" : response.outcome,
        isFailure: !response.isConnected && isLast,
      });
      if (tls) {
        this.add({
          ...common,
          hop: "tls",
          startMs: startMs + connectMs,
          tookMs: tls.tookMs,
          question: `TLS ${url.hostname}`,
          answer: [...tls.answer],
          outcome: tls.outcome,
          isFailure: tls.isFailure,
          ...(tls.detail ? { tls: tls.detail } : {}),
        });
        if (tls.isFailure) return;
      }
      if (response.isConnected) {
        this.add({
          ...common,
          hop: "page",
          startMs: startMs + connectMs + (tls?.tookMs ?? 0),
          ...(pageMs === undefined ? {} : { tookMs: pageMs }),
          question: `GET ${url.href}`,
          answer: [...response.answer],
          outcome: response.outcome,
          isFailure: response.isFailure,
          ...(http ? { http } : {}),
        });
        return;
      }
    }
  }

  /**
   * The addresses of the URL's host: AAAA is asked for where there is no A, as one name leads to one resource. The zone's name servers are
   * asked the same beside it.
   */
  async #lookUp(
    hostname: string,
    traceId: string,
    fresh: boolean,
    began: number,
  ): Promise<{ addresses: readonly string[]; asides: Promise<void> }> {
    const name = `${hostname.replace(/\.$/, "")}.`;
    let addresses: readonly string[] = [];
    let asked: "A" | "AAAA" = "A";
    for (const type of ["A", "AAAA"] as const) {
      const at = this.#clock.wall();
      const from = this.#clock.monotonic();
      const answer: VisitorAnswer = await this.#visitor.query(name, type, traceId, fresh);
      const isEmpty = answer.addresses.length === 0;
      this.add({
        traceId,
        hop: "browser",
        reportedBy: "visitor",
        at,
        startMs: from - began,
        tookMs: this.#clock.monotonic() - from,
        server: answer.server,
        question: `${name} ${type}`,
        answer: [...answer.answer],
        outcome: answer.isFailure || !isEmpty ? answer.outcome : `${answer.outcome}, no address`,
        flags: [...answer.flags],
        isFailure: answer.isFailure || (isEmpty && type === "AAAA"),
        ...(answer.dns ? { dns: answer.dns } : {}),
      });
      asked = type;
      ({ addresses } = answer);
      if (answer.isFailure || !isEmpty) break;
    }
    return { addresses, asides: this.#askServers(name, asked, traceId, began) };
  }

  /** Asks every name server of the zone beside the visit. What those of the platform report by themselves is told once. */
  async #askServers(name: string, type: "A" | "AAAA", traceId: string, began: number): Promise<void> {
    const servers = this.#known.serversOf(name);
    await Promise.all(
      servers.map(async (server) => {
        const at = this.#clock.wall();
        const startMs = this.#clock.monotonic() - began;
        const answer = await this.#visitor.queryServer(server, name, type, traceId);
        this.add({
          traceId,
          hop: "name-servers",
          reportedBy: "visitor",
          at,
          startMs,
          tookMs: this.#clock.monotonic() - began - startMs,
          server: `${server.name} ${answer.server}`,
          question: `${name} ${type}`,
          answer: [...answer.answer],
          outcome: answer.outcome,
          flags: [...answer.flags],
          isFailure: answer.isFailure,
          isAside: true,
          ...(answer.dns ? { dns: answer.dns } : {}),
        });
      }),
    );
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

  /** The steps put together, and what they show to be wrong. */
  #finish({ trace, url, steps: reported }: Collected): Trace {
    const { failure: _failure, ...rest } = trace;
    const steps = assemble(reported);
    const visit = { url, steps, known: this.#known };
    const failure = explainFailure(visit);
    const problems = findProblems(visit, failure);
    return { ...rest, steps, ...(failure ? { failure } : {}), problems };
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
