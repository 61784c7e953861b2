// The last good trace of each URL, so that one that fails can be held against it. They are kept beside the log, over restarts: they are
// evidence of what was, and no part of what is to be.

import { trace as traceSchema, type Trace } from "#contract";
import type { Log, TraceShelf } from "./ports.ts";

/** URLs whose last good trace is kept; the one that was traced longest ago goes. */
const maxUrls = 50;
/** Characters of one trace, as JSON, that are kept. */
const maxTraceLength = 512_000;

/** See the head of this file. */
export class GoodTraces {
  readonly #byUrl: Map<string, Trace> = new Map();
  readonly #shelf: TraceShelf | undefined;
  readonly #log: Log;
  #isSaving = false;
  #isChanged = false;

  constructor(shelf: TraceShelf | undefined, log: Log) {
    this.#shelf = shelf;
    this.#log = log;
  }

  /** Takes up what was kept. What cannot be read is left: it is worth less than a start. */
  async load(): Promise<void> {
    if (!this.#shelf) return;
    try {
      for (const value of await this.#shelf.load()) {
        const read = traceSchema.safeParse(value);
        if (read.success && !this.#byUrl.has(read.data.url)) this.#byUrl.set(read.data.url, read.data);
      }
    } catch (error) {
      this.#log.warn({ error: String(error) }, "the last good traces could not be read");
    }
  }

  /** Keeps a trace in place of the last one of its URL. */
  keep(trace: Trace): void {
    if (JSON.stringify(trace).length > maxTraceLength) return;
    this.#byUrl.delete(trace.url);
    this.#byUrl.set(trace.url, trace);
    for (const url of this.#byUrl.keys()) {
      if (this.#byUrl.size <= maxUrls) break;
      this.#byUrl.delete(url);
    }
    this.#isChanged = true;
    void this.#save();
  }

  of(url: string): Trace | undefined {
    return this.#byUrl.get(url);
  }

  withId(id: string): Trace | undefined {
    for (const trace of this.#byUrl.values()) if (trace.id === id) return trace;
    return undefined;
  }

  /** One write at a time; what changes meanwhile is written by the next. */
  async #save(): Promise<void> {
    if (!this.#shelf || this.#isSaving) return;
    this.#isSaving = true;
    try {
      while (this.#isChanged) {
        this.#isChanged = false;
        await this.#shelf.save([...this.#byUrl.values()]);
      }
    } catch (error) {
      this.#log.warn({ error: String(error) }, "the last good traces could not be written");
    } finally {
      this.#isSaving = false;
    }
  }
}
