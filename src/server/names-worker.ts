// The program of a names worker: a thread of the names role that holds the zones and answers from them on the linux driver.
// The role's main thread (names-workers.ts) tells it what control told, hands it the listeners, and asks for its counters.

import { workerData } from "node:worker_threads";
import type { Counters, Report, RoleObject } from "#contract";
import { runLinuxWorker, type Listener, type WorkerContext } from "#reactor";
import { makeNamesEngines, type NamesEngines } from "./make-engines.ts";
import { attachNames } from "./names-listeners.ts";
import type { ListenerGroup } from "./profile.ts";

/** What a worker is started with. */
export interface NamesWorkerData {
  readonly groups: readonly ListenerGroup[];
}

/** What a worker is asked. */
export type NamesQuestion =
  | { readonly ask: "apply"; readonly put: readonly RoleObject[]; readonly removed: readonly RoleObject[] }
  | { readonly ask: "attach"; readonly listeners: readonly Listener[] }
  | { readonly ask: "counters" }
  | { readonly ask: "close"; readonly graceMs: number };

/** What a worker tells by itself. */
export type NamesTold =
  | { readonly tell: "report"; readonly report: Report }
  | { readonly tell: "failure"; readonly text: string; readonly details: object };

await runLinuxWorker(
  workerData,
  (context) => {
    const engines = makeEngines(context);
    return (question) => answer(engines, context, question as NamesQuestion);
  },
  (tell) =>
    ({ error, ...details }) =>
      tell(failure("an engine threw", error, details)),
);

function makeEngines({ data, tell }: WorkerContext): NamesEngines {
  const { groups } = data as NamesWorkerData;
  return makeNamesEngines(groups, {
    report: (step) => tell({ tell: "report", report: { type: "trace", step } } satisfies NamesTold),
    onFailure: ({ error, ...details }) => tell(failure("a query failed", error, details)),
  });
}

function failure(text: string, error: unknown, details: object): NamesTold {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { tell: "failure", text, details: { ...details, message, stack } };
}

function answer(engines: NamesEngines, { driver }: WorkerContext, question: NamesQuestion): unknown {
  switch (question.ask) {
    case "apply":
      engines.apply({ put: question.put, removed: question.removed, objects: new Map() });
      return undefined;
    case "attach":
      return attachNames(engines, driver, question.listeners);
    case "counters":
      return {
        ...engines.counters(),
        "engine-faults": driver.faultCount,
        "responses-dropped": driver.droppedCount,
      } satisfies Counters;
    case "close":
      return driver.close(question.graceMs);
  }
}
