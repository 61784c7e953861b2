// Makes many signatures in a thread of their own, so that control goes on meanwhile. The thread is started when there is something for it, and ends
// when there has been nothing for a while.

import type { KeyObject } from "node:crypto";
import { Worker } from "node:worker_threads";
import type { BulkSigner } from "#control";
import type { UnmadeSignature } from "#dnssec";

/** How long the thread waits for more before it ends, in milliseconds. */
const idleMs = 30_000;

/** What the thread is asked: a lot of octets for each key. */
export interface SigningLot {
  /** The number of the key's algorithm. */
  readonly algorithm: number;
  readonly key: KeyObject;
  readonly octets: readonly Uint8Array[];
}

/** What it answers: the signatures of each lot; in words why there are none. */
export type SigningAnswer = readonly (readonly Uint8Array[])[] | { readonly problem: string };

type Taker = (answer: SigningAnswer) => void;

/** See the head of this file. */
export class ThreadSigner implements BulkSigner {
  readonly #tell: (problem: string) => void;
  #worker: Worker | undefined;
  /** Who waits for the next answer, in the order of the questions. */
  #waiting: Taker[] = [];
  #idle: NodeJS.Timeout | undefined;

  /** @param tell  told of a thread that did not do its work; control does it then */
  constructor(tell: (problem: string) => void) {
    this.#tell = tell;
  }

  async sign(unmade: readonly UnmadeSignature[]): Promise<boolean> {
    const byKey = new Map<KeyObject, UnmadeSignature[]>();
    for (const each of unmade) {
      const own = byKey.get(each.key.key);
      if (own) own.push(each);
      else byKey.set(each.key.key, [each]);
    }
    const lots = [...byKey.entries()];
    const answer = await this.#ask(
      lots.map(([key, own]) => ({
        algorithm: own[0]?.key.algorithm.number ?? 0,
        key,
        octets: own.map(({ octets }) => octets),
      })),
    );
    if ("problem" in answer) {
      this.#tell(answer.problem);
      return false;
    }
    for (const [i, [, own]] of lots.entries())
      for (const [j, each] of own.entries()) each.settle(answer[i]?.[j] ?? new Uint8Array(0));
    return true;
  }

  /** Ends the thread; who waits for it is told so. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#end(worker, "it was ended");
    await worker?.terminate();
  }

  #ask(lots: readonly SigningLot[]): Promise<SigningAnswer> {
    clearTimeout(this.#idle);
    const worker = (this.#worker ??= this.#start());
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      worker.postMessage(lots);
    });
  }

  #start(): Worker {
    // The same file in source and in emitted form.
    const name = `./signing-worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`;
    const worker = new Worker(new URL(name, import.meta.url));
    worker.on("message", (answer: SigningAnswer) => {
      this.#waiting.shift()?.(answer);
      if (this.#waiting.length > 0) return;
      this.#idle = setTimeout(() => void this.close(), idleMs);
      this.#idle.unref();
    });
    worker.on("error", (error: unknown) =>
      this.#end(worker, error instanceof Error ? error.message : String(error)),
    );
    worker.on("exit", () => this.#end(worker, "it has ended"));
    return worker;
  }

  #end(worker: Worker | undefined, problem: string): void {
    if (worker === undefined || this.#worker !== worker) return;
    this.#worker = undefined;
    for (const take of this.#waiting.splice(0)) take({ problem });
  }
}
