// The names role on the linux driver: its main thread keeps the stream from control, the log and the role's socket, and writes the zone
// image. Worker threads answer out of it, each on sockets of its own. A change is one atomic store in the image: it is in force in all
// workers when it is acknowledged, and none of them stops for it.

import { randomBytes } from "node:crypto";
import type { Transactions } from "#answer";
import type { Counters, Report } from "#contract";
import type { OnlineSigner } from "#dnssec";
import type { Now } from "#engine";
import { hideFromChildren, LinuxWorker, type Listener, type TlsCertificate } from "#reactor";
import { applyObjects, PolicyBoardWriter, type ZoneImage } from "#zone";
import type { EnginesOfRole } from "./data-role.ts";
import type { RoleEngines } from "./role-engines.ts";
import {
  applyZoneKeys,
  type OnlineKeysChange,
  openZoneKeys,
  type OpenZoneKey,
  type UnusableZoneKey,
} from "./online-keys.ts";
import type { NamesQuestion, NamesTold, NamesWorkerData } from "./names-worker-program.ts";
import type { ListenerGroup } from "./profile.ts";
import type { RoleListener } from "./role-config.ts";
import { newCookieSecret } from "./cookie-secret.ts";
import { TransactionRelay } from "./transaction-relay.ts";
import type { WatchSettings } from "./watch-plan.ts";

/** What the role's main thread does with what workers tell. */
export interface NamesWorkersPorts {
  readonly groups: readonly ListenerGroup[];
  /** The zones that workers answer from; nobody has asked for a group of them yet. */
  readonly zones: ZoneImage;
  /** What policies choose by; absent: there are none. */
  readonly board?: PolicyBoardWriter;
  /** Takes changes of zones; absent: the image itself does. */
  readonly table?: Pick<ZoneImage, "apply">;
  /** Takes transfers, NOTIFY, UPDATE and what is signed; absent: they are refused. */
  readonly transactions?: { readonly server: Transactions; readonly now: () => Now };
  /** The main thread's own signer for zones with compact denial, which is given the same keys as those of the workers; absent: there are no such zones. */
  readonly signing?: OnlineSigner;
  /** Opens keys of such zones. */
  readonly openZoneKey?: OpenZoneKey;
  readonly onUnusableKey?: UnusableZoneKey;
  /** How many workers. */
  readonly count: number;
  /** The folder that compiled code is kept in. */
  readonly cache: string;
  readonly report: (report: Report) => void;
  /** A query failed, or an engine threw. */
  readonly fault: (text: string, details: object) => void;
  /** A worker has ended. */
  readonly failed: (error: Error) => void;
}

/** The engines of a names role, in threads of their own. */
export class NamesWorkers implements EnginesOfRole {
  readonly #zones: ZoneImage;
  readonly #table: Pick<ZoneImage, "apply">;
  readonly #workers: LinuxWorker[] = [];
  /** 16 octets that cookies of all workers come of. */
  readonly cookieSecret: Uint8Array = newCookieSecret();
  readonly #ports: NamesWorkersPorts;
  /** 32 octets that keys of session tickets come of: what one worker began another one resumes. */
  readonly #ticketSecret: Uint8Array = new Uint8Array(randomBytes(32));
  readonly #board: PolicyBoardWriter;
  #isStarted = false;

  private constructor(ports: NamesWorkersPorts) {
    this.#ports = ports;
    this.#zones = ports.zones;
    this.#table = ports.table ?? ports.zones;
    this.#board = ports.board ?? new PolicyBoardWriter();
    hideFromChildren(this.#zones.buffer);
    hideFromChildren(this.#board.buffer);
    // The workers know groups by the number that they have here.
    for (const { group } of ports.groups) this.#zones.group(group);
    for (let i = 0; i < ports.count; i++) this.#workers.push(this.#startWorker(ports, i + 1));
  }

  /** Starts the workers. Rejects where they cannot run here. */
  static async start(ports: NamesWorkersPorts): Promise<NamesWorkers> {
    const workers = new NamesWorkers(ports);
    try {
      await workers.#askAll(() => ({ ask: "counters" }));
    } catch (error) {
      await Promise.all(workers.#workers.map((worker) => worker.close()));
      throw error;
    }
    workers.#isStarted = true;
    return workers;
  }

  #startWorker(ports: NamesWorkersPorts, reader: number): LinuxWorker {
    const isSource = import.meta.url.endsWith(".ts");
    const { transactions } = ports;
    const relay =
      transactions &&
      new TransactionRelay(transactions.server, (question) => worker.ask(question), transactions.now);
    const worker: LinuxWorker = new LinuxWorker({
      program: new URL(`./names-worker.${isSource ? "ts" : "js"}`, import.meta.url),
      execArgv: isSource ? ["--conditions=fairlead-source"] : [],
      data: {
        groups: ports.groups,
        image: this.#zones.buffer,
        board: this.#board.buffer,
        reader,
        cookieSecret: this.cookieSecret,
        ticketSecret: this.#ticketSecret,
        cache: ports.cache,
        hasTransactions: transactions !== undefined,
      } satisfies NamesWorkerData,
      onTold: (message) => {
        const told = message as NamesTold;
        if (told.tell === "report") ports.report(told.report);
        else if (told.tell === "failure") ports.fault(told.text, told.details);
        else relay?.take(told);
      },
      onFailure: (error) => {
        if (this.#isStarted) ports.failed(error);
      },
    });
    return worker;
  }

  apply(change: Parameters<RoleEngines["apply"]>[0]): void {
    const { signing, openZoneKey, onUnusableKey = () => {} } = this.#ports;
    const keys = openZoneKey && openZoneKeys(change, openZoneKey, onUnusableKey);
    applyObjects(change, this.#table, this.#board);
    if (keys) this.giveKeys(keys);
    if (keys && signing) applyZoneKeys(signing, keys);
  }

  /** Gives the workers keys of zones with compact denial. */
  giveKeys(change: OnlineKeysChange): void {
    this.#askAll(() => ({ ask: "keys", change })).catch((error: unknown) =>
      this.#ports.fault("keys did not reach a worker", { error }),
    );
  }

  /** What all workers have done together. */
  async counters(): Promise<Counters> {
    return sumOf(...((await this.#askAll(() => ({ ask: "counters" }))) as Counters[]));
  }

  /** Has a worker watch what is said; kept once it does. */
  async watch(worker: number, settings: WatchSettings): Promise<void> {
    // One that has ended watches nothing; the role ends with it.
    await this.#workers[worker]?.ask({ ask: "watch", settings } satisfies NamesQuestion).catch(() => {});
  }

  /** Has all workers serve a certificate from the next handshake on; one that ends meanwhile is told of elsewhere. */
  async serve(group: string, certificate: TlsCertificate, clientAuthorities?: string): Promise<void> {
    const told = clientAuthorities === undefined ? {} : { clientAuthorities };
    await this.#askAll(() => ({ ask: "certificate", group, certificate, ...told })).catch(() => {});
  }

  /** Hands each worker its listeners; their descriptors are the worker's from then on. */
  async attach(listeners: readonly RoleListener[]): Promise<void> {
    await this.#askAll((i) => ({
      ask: "attach",
      listeners: listeners.filter((listener) => placeOf(listener) === i) satisfies Listener[],
    }));
  }

  /** Ends the workers, once what is open has finished or the grace is over. */
  async close(graceMs: number): Promise<void> {
    await this.#askAll(() => ({ ask: "close", graceMs }));
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }

  #askAll(question: (worker: number) => NamesQuestion): Promise<unknown[]> {
    return Promise.all(this.#workers.map((worker, i) => worker.ask(question(i))));
  }
}

/** Counters of the same names, added up. */
export function sumOf(...parts: readonly Counters[]): Counters {
  const sum: Counters = {};
  for (const part of parts)
    for (const [name, count] of Object.entries(part)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

/** Which worker a listener is for; without descriptors there is one socket for each, the first worker's. */
function placeOf(listener: RoleListener): number {
  return "place" in listener ? (listener.place ?? 0) : 0;
}
