// The program of a names worker: a thread of the names role that answers on the linux driver, out of the image that the role's main thread
// (names-workers.ts) writes. That thread hands it its listeners and asks for its counters; of changes it is not told, it sees them.

import { workerData } from "node:worker_threads";
import { usualResponseRates } from "#answer";
import type { Counters, Report } from "#contract";
import { OnlineSigner } from "#dnssec";
import { runLinuxWorker, systemRandom, type Listener, type TlsCertificate } from "#reactor";
import { PolicyBoard, readImage } from "#zone";
import { watchNames } from "./engine-watch.ts";
import { countGroups, makeGroupEngines } from "./make-names-engines.ts";
import { attachNames } from "./names-listeners.ts";
import { applyZoneKeys, type OnlineKeysChange } from "./online-keys.ts";
import type { ListenerGroup } from "./profile.ts";
import { ServiceTls } from "./service-tls.ts";
import { SharedTicketKeys } from "./ticket-keys.ts";
import { type RelayQuestion, type RelayTold, WorkerTransactions } from "./transaction-relay.ts";
import type { WatchSettings } from "./watch-plan.ts";

/** What a worker is started with. */
export interface NamesWorkerData {
  readonly groups: readonly ListenerGroup[];
  /** The image, and which of its readers the worker is. The groups are known to it in their order. */
  readonly image: SharedArrayBuffer;
  readonly reader: number;
  /** What policies choose by. */
  readonly board: SharedArrayBuffer;
  /** 16 octets that DNS cookies come of: all workers know each other's. */
  readonly cookieSecret: Uint8Array;
  /** 32 octets that keys of session tickets come of, the same in all workers. */
  readonly ticketSecret: Uint8Array;
  /** The folder that compiled code is kept in. */
  readonly cache: string;
  /** Transfers, NOTIFY, UPDATE and what is signed are handed on to the main thread. */
  readonly hasTransactions: boolean;
}

/** What a worker is asked. */
export type NamesQuestion =
  | { readonly ask: "attach"; readonly listeners: readonly Listener[] }
  | { readonly ask: "counters" }
  | {
      readonly ask: "certificate";
      readonly group: string;
      readonly certificate: TlsCertificate;
      readonly clientAuthorities?: string;
    }
  | { readonly ask: "watch"; readonly settings: WatchSettings }
  /** Keys of zones with compact denial, of which there is nothing in the image. */
  | { readonly ask: "keys"; readonly change: OnlineKeysChange }
  | RelayQuestion
  | { readonly ask: "close"; readonly graceMs: number };

/** What a worker tells by itself. */
export type NamesTold =
  | { readonly tell: "report"; readonly report: Report }
  | { readonly tell: "failure"; readonly text: string; readonly details: object }
  | RelayTold;

await runLinuxWorker(
  workerData,
  ({ driver, data, tell }) => {
    const { groups, image, reader, board, cookieSecret, ticketSecret, hasTransactions } =
      data as NamesWorkerData;
    const ticketKeys = new SharedTicketKeys(ticketSecret);
    const secure = new Map(groups.map(({ group }) => [group, new ServiceTls(group, ticketKeys)]));
    const zones = readImage(
      image,
      reader,
      groups.map(({ group }) => group),
    );
    const transactions = hasTransactions ? new WorkerTransactions(tell) : undefined;
    const signing = new OnlineSigner();
    const engines = makeGroupEngines(zones, groups, {
      signing,
      cookieSecret,
      policies: { board: new PolicyBoard(board), random: systemRandom },
      rates: usualResponseRates,
      ...(transactions ? { transactions } : {}),
      report: (step) => tell({ tell: "report", report: { type: "trace", step } } satisfies NamesTold),
      onFailure: ({ error, ...details }) => tell(failure("a query failed", error, details)),
    });
    return {
      rest: () => zones.rest(),
      answer: (asked) => {
        const question = asked as NamesQuestion;
        switch (question.ask) {
          case "attach":
            return attachNames(engines, driver, question.listeners, (group) => secure.get(group));
          case "certificate":
            return secure.get(question.group)?.serve(question.certificate, question.clientAuthorities);
          case "counters":
            return {
              ...countGroups(engines),
              ...signing.counters(),
              ...Object.assign({}, ...[...secure.values()].map((tls) => tls.counters())),
              "engine-faults": driver.faultCount,
              "responses-dropped": driver.droppedCount,
            } satisfies Counters;
          case "watch":
            return watchNames(engines, question.settings);
          case "keys":
            return applyZoneKeys(signing, question.change);
          case "transaction":
            return transactions?.answer(question) ?? false;
          case "close":
            return driver.close(question.graceMs);
        }
      },
    };
  },
  (tell) =>
    ({ error, ...details }) =>
      tell(failure("an engine threw", error, details)),
);

function failure(text: string, error: unknown, details: object): NamesTold {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { tell: "failure", text, details: { ...details, message, stack } };
}
