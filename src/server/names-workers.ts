// The names role on the linux driver: its main thread keeps the stream from control, the log and the role's socket, and a worker thread
// holds the zones and answers. A change is in force in the worker before it is acknowledged to control.
//
// One worker: zones are ordinary objects, and each further worker would hold all of them once more. A zone image in shared memory
// takes that away; the listeners of several workers are opened beside each other then (SO_REUSEPORT).

import type { Counters, Report } from "#contract";
import { LinuxWorker, type Listener } from "#reactor";
import type { EnginesOfRole } from "./data-role.ts";
import type { RoleEngines } from "./make-engines.ts";
import type { NamesQuestion, NamesTold, NamesWorkerData } from "./names-worker.ts";

/** How long a worker may take to make a change, in milliseconds: the first one is all zones there are. */
const applyLimitMs = 120_000;

/** What the role's main thread does with what workers tell. */
export interface NamesWorkersPorts {
  readonly data: NamesWorkerData;
  readonly report: (report: Report) => void;
  /** A query failed, or an engine threw. */
  readonly fault: (text: string, details: object) => void;
  /** A worker has ended. */
  readonly failed: (error: Error) => void;
}

/** The engines of a names role, in a thread of their own. */
export class NamesWorkers implements EnginesOfRole {
  readonly #worker: LinuxWorker;

  private constructor(worker: LinuxWorker) {
    this.#worker = worker;
  }

  /** Starts the worker. Rejects where it cannot run here. */
  static async start(ports: NamesWorkersPorts): Promise<NamesWorkers> {
    const isSource = import.meta.url.endsWith(".ts");
    let isStarted = false;
    const worker = new LinuxWorker({
      program: new URL(`./names-worker.${isSource ? "ts" : "js"}`, import.meta.url),
      execArgv: isSource ? ["--conditions=fairlead-source"] : [],
      data: ports.data,
      onTold: (message) => {
        const told = message as NamesTold;
        if (told.tell === "report") ports.report(told.report);
        else ports.fault(told.text, told.details);
      },
      onFailure: (error) => {
        if (isStarted) ports.failed(error);
      },
    });
    await worker.ask({ ask: "counters" } satisfies NamesQuestion);
    isStarted = true;
    return new NamesWorkers(worker);
  }

  /** Waits until the worker has made the change. */
  apply({ put, removed }: Parameters<RoleEngines["apply"]>[0]): void {
    this.#worker.askNow({ ask: "apply", put, removed } satisfies NamesQuestion, applyLimitMs);
  }

  async counters(): Promise<Counters> {
    return (await this.#worker.ask({ ask: "counters" } satisfies NamesQuestion)) as Counters;
  }

  /** Hands the listeners over; their descriptors are the worker's from then on. */
  async attach(listeners: readonly Listener[]): Promise<void> {
    await this.#worker.ask({ ask: "attach", listeners } satisfies NamesQuestion);
  }

  /** Ends the worker, once what is open has finished or the grace is over. */
  async close(graceMs: number): Promise<void> {
    await this.#worker.ask({ ask: "close", graceMs } satisfies NamesQuestion);
    await this.#worker.close();
  }
}
