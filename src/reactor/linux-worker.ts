// A worker thread that gives itself to the linux driver's loop. It blocks in epoll_wait; its owner wakes it through an eventfd whenever it
// has something to say, and the thread goes back to Node's event loop then, where messages, promises and whoever profiles it find it.
//
// A thread that nobody wakes holds up the end of its process: so every way to stop writes the eventfd first, and a wait is never longer
// than a second.

import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from "node:worker_threads";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ErrorCode } from "#contract";
import { errorTable, PlatformError } from "#contract/plain";
import type { FaultListener } from "./driver.ts";
import { loadLinuxCalls, type LinuxCalls } from "./linux-calls.ts";
import { LinuxDriver } from "./linux-driver.ts";
import { LinuxLoop, longestWaitMs, openWake } from "./linux-loop.ts";
import { Memory } from "./linux-memory.ts";

/** What a thread's program is given. */
export interface WorkerContext {
  readonly driver: LinuxDriver;
  /** What the owner started it with. */
  readonly data: unknown;
  /** Tells the owner something unasked. */
  readonly tell: (message: unknown) => void;
}

/** A thread's program at work. */
export interface WorkerProgram {
  /** Answers a question of the owner's, by a promise where it takes time. What it throws is thrown at the owner. */
  answer(question: unknown): unknown;
  /** Told each time before the thread waits. */
  rest?(): void;
}

/** What a thread is started with. */
interface WorkerSettings {
  readonly wakeFd: number;
  readonly port: MessagePort;
  readonly data: unknown;
}

interface Question {
  readonly id: number;
  readonly question: unknown;
}

/** The last message to a thread. */
const end = "end";

type FromWorker =
  | { readonly told: unknown }
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: { readonly message: string; readonly code?: string } };

/** Milliseconds of a turn while a question waits for its answer. */
const busyTurnMs = 5;

/** The thread's side: runs a program until the owner ends it. */
export async function runLinuxWorker(
  settings: unknown,
  start: (context: WorkerContext) => WorkerProgram,
  onFault: (tell: (message: unknown) => void) => FaultListener,
): Promise<void> {
  const { wakeFd, port, data } = settings as WorkerSettings;
  const calls = loadLinuxCalls();
  if (typeof calls === "string") throw new Error(`Cannot start a worker: ${calls}`);
  const loop = new LinuxLoop(calls, wakeFd);
  loop.tick();
  const send = (message: FromWorker): void => port.postMessage(message);
  const tell = (told: unknown): void => send({ told });
  const driver = new LinuxDriver(loop, onFault(tell));
  const program = start({ driver, data, tell });
  loop.onRest = () => program.rest?.();
  let pending = 0;
  let isOver = false;
  const take = async ({ id, question }: Question): Promise<void> => {
    pending++;
    try {
      send({ id, value: await program.answer(question) });
    } catch (error) {
      const { message } = error as Error;
      send({ id, failure: { message, ...(error instanceof PlatformError ? { code: error.code } : {}) } });
    }
    pending--;
  };
  while (!isOver || pending > 0) {
    if (pending > 0) loop.turn(busyTurnMs);
    else runUntilWoken(loop);
    // Taken rather than waited for: a message that Node would hand over one turn later would lie there until the next wake.
    for (let found = receiveMessageOnPort(port); found; found = receiveMessageOnPort(port)) {
      const message = found.message as Question | typeof end;
      if (message === end) isOver = true;
      else void take(message);
    }
    await nextTurn();
  }
  await driver.close();
  loop.turn(0);
  driver.free();
  loop.close();
  port.close();
}

/** The loop's body: hands out what comes until somebody wakes the thread, for at most a second. */
function runUntilWoken(loop: LinuxLoop): void {
  const until = performance.now() + longestWaitMs;
  do loop.turn(longestWaitMs);
  while (!loop.isWoken && performance.now() < until);
  loop.isWoken = false;
}

/** How a worker is started. */
export interface LinuxWorkerOptions {
  /** The program's file, which calls `runLinuxWorker`. */
  readonly program: URL;
  readonly execArgv: readonly string[];
  /** What the program is given: anything that can be cloned. */
  readonly data: unknown;
  /** Takes what the program tells. */
  readonly onTold: (message: unknown) => void;
  /** The thread has come to an end that nobody asked for. */
  readonly onFailure: (error: Error) => void;
}

/** The owner's side of a worker thread. */
export class LinuxWorker {
  readonly #calls: LinuxCalls;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #wakeFd: number;
  readonly #one: Memory;
  readonly #options: LinuxWorkerOptions;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #ended = Promise.withResolvers<void>();
  #nextId = 1;
  #isClosing = false;
  #isGone = false;

  /** Throws a PlatformError `internal` where this machine has no linux driver. */
  constructor(options: LinuxWorkerOptions) {
    const calls = loadLinuxCalls();
    if (typeof calls === "string") throw new PlatformError("internal", `Cannot start a worker: ${calls}`);
    this.#calls = calls;
    this.#options = options;
    this.#one = new Memory(calls, 8);
    this.#one.words[0] = 1;
    this.#wakeFd = openWake(calls);
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const settings: WorkerSettings = { wakeFd: this.#wakeFd, port: port2, data: options.data };
    this.#worker = new Worker(options.program, {
      workerData: settings,
      transferList: [port2],
      execArgv: [...options.execArgv],
    });
    this.#port.on("message", (message: FromWorker) => this.#take(message));
    this.#worker.on("error", (error: unknown) => {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    });
    this.#worker.on("exit", () => {
      this.#fail(new Error("Cannot go on: a worker thread has ended"));
      this.#release();
    });
    process.on("exit", this.#wake);
  }

  /** Asks the program something. Rejects with what it throws, and where the thread is gone. */
  ask(question: unknown): Promise<unknown> {
    if (this.#isClosing) return Promise.reject(new Error("Cannot ask a worker thread: it has ended"));
    const id = this.#nextId++;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.#post({ id, question });
    return waiting.promise;
  }

  /** Ends the thread once it has answered what it was asked. */
  async close(): Promise<void> {
    if (!this.#isClosing) {
      this.#isClosing = true;
      this.#post(end);
    }
    await this.#ended.promise;
  }

  #release(): void {
    this.#isGone = true;
    process.off("exit", this.#wake);
    this.#port.close();
    this.#calls.close(this.#wakeFd);
    this.#one.free();
    this.#ended.resolve();
  }

  #post(message: Question | typeof end): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
    this.#port.postMessage(message);
    this.#wake();
  }

  readonly #wake = (): void => {
    if (!this.#isGone) this.#calls.write(this.#wakeFd, this.#one.address, 8);
  };

  #take(message: FromWorker): void {
    if ("told" in message) {
      this.#options.onTold(message.told);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    try {
      waiting?.resolve(valueOf(message));
    } catch (error) {
      waiting?.reject(error);
    }
  }

  #fail(error: Error): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#options.onFailure(error);
  }
}

function valueOf(message: Exclude<FromWorker, { told: unknown }>): unknown {
  if ("value" in message) return message.value;
  const { message: text, code } = message.failure;
  if (code !== undefined && Object.hasOwn(errorTable, code)) throw new PlatformError(code as ErrorCode, text);
  throw new Error(text);
}
