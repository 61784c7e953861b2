// What workers hand on (src/answer/transactions.ts) goes to the main thread, which has the journal and the keys and is the one writer of zones, and the
// messages of its responses come back: at most a few under way for each, so that who reads slowly holds no memory here.

import type { ResponseSink, Transaction, TransactionRequest, Transactions } from "#answer";
import type { Now } from "#engine";

/** What a worker tells of what it hands on. */
export type RelayTold =
  | { readonly tell: "transaction"; readonly id: number; readonly request: TransactionRequest }
  | { readonly tell: "transaction-more"; readonly id: number }
  | { readonly tell: "transaction-cancel"; readonly id: number };

/** What a worker is asked to do with a response; it answers whether it wants more. */
export interface RelayQuestion {
  readonly ask: "transaction";
  readonly id: number;
  /** A message, the end, or that the connection is to be dropped. */
  readonly say: Uint8Array | "end" | "abort";
}

/** Messages of one response that are on their way to a worker. */
const maxUnderWay = 4;

/** The worker's side. */
export class WorkerTransactions implements Transactions {
  readonly #tell: (told: RelayTold) => void;
  readonly #sinks = new Map<number, ResponseSink>();
  #nextId = 0;

  constructor(tell: (told: RelayTold) => void) {
    this.#tell = tell;
  }

  begin(request: TransactionRequest, sink: ResponseSink): Transaction {
    const id = this.#nextId++;
    this.#sinks.set(id, sink);
    this.#tell({ tell: "transaction", id, request });
    return {
      more: () => this.#tell({ tell: "transaction-more", id }),
      cancel: () => {
        if (this.#sinks.delete(id)) this.#tell({ tell: "transaction-cancel", id });
      },
    };
  }

  /** Does what the main thread asks. @returns whether more is wanted at once */
  answer({ id, say }: RelayQuestion): boolean {
    const sink = this.#sinks.get(id);
    if (!sink) return false;
    if (typeof say !== "string") return sink.send(say);
    this.#sinks.delete(id);
    if (say === "end") sink.end();
    else sink.abort();
    return false;
  }
}

/** The main thread's side, for one worker. */
export class TransactionRelay {
  readonly #transactions: Transactions;
  readonly #ask: (question: RelayQuestion) => Promise<unknown>;
  readonly #now: () => Now;
  readonly #open = new Map<number, Relayed>();

  /** @param ask  asks the worker; rejects where it is gone */
  constructor(
    transactions: Transactions,
    ask: (question: RelayQuestion) => Promise<unknown>,
    now: () => Now,
  ) {
    this.#transactions = transactions;
    this.#ask = ask;
    this.#now = now;
  }

  /** Takes what the worker tells. */
  take(told: RelayTold): void {
    switch (told.tell) {
      case "transaction":
        this.#begin(told.id, told.request);
        return;
      case "transaction-more":
        this.#more(told.id);
        return;
      case "transaction-cancel":
        this.#open.get(told.id)?.transaction?.cancel();
        this.#open.delete(told.id);
    }
  }

  #begin(id: number, request: TransactionRequest): void {
    const relayed: Relayed = { transaction: undefined, underWay: 0, isFull: false, isPaused: false };
    this.#open.set(id, relayed);
    const sink: ResponseSink = {
      send: (octets) => this.#send(id, relayed, octets),
      end: () => this.#close(id, "end"),
      abort: () => this.#close(id, "abort"),
    };
    relayed.transaction = this.#transactions.begin(request, sink, this.#now());
  }

  #send(id: number, relayed: Relayed, octets: Uint8Array): boolean {
    if (this.#open.get(id) !== relayed) return false;
    relayed.underWay++;
    void this.#ask({ ask: "transaction", id, say: octets }).then(
      (wantsMore) => {
        relayed.underWay--;
        if (wantsMore !== true) relayed.isPaused = true;
        if (!relayed.isPaused && relayed.isFull) this.#more(id);
      },
      () => {
        relayed.transaction?.cancel();
        this.#open.delete(id);
      },
    );
    relayed.isFull = relayed.underWay >= maxUnderWay;
    return !relayed.isFull;
  }

  #more(id: number): void {
    const relayed = this.#open.get(id);
    if (!relayed) return;
    relayed.isPaused = false;
    relayed.isFull = false;
    relayed.transaction?.more(this.#now());
  }

  #close(id: number, how: "end" | "abort"): void {
    if (!this.#open.delete(id)) return;
    void this.#ask({ ask: "transaction", id, say: how }).catch(() => {}); // a worker that is gone has no connections
  }
}

interface Relayed {
  transaction: Transaction | undefined;
  underWay: number;
  /** As many messages as may be are under way. */
  isFull: boolean;
  /** The worker's peer is not read from: it says when more is wanted. */
  isPaused: boolean;
}
