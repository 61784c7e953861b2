// Zone files that are read while the rest of a name server starts, and while the zones before them are put: by a thread of its own, for many files or a
// large one. It is a matter of time alone: where the thread does not do, files are read here.

import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { RecordOctetSink } from "#wire";
import { makeRelayBuffer, RecordReceiver, type RelayedFile } from "./record-relay.ts";
import type { ZoneReaderData } from "./zone-reader-program.ts";

/** Files from which on a thread is worth its start, or octets of a single one: it is up in a twentieth of a second. */
const manyFiles = 1000;
const manyOctets: number = 4 << 20;
/** What is given once only, and so is not to be read where nobody can say what is wrong with it: the standard input, and what the shell puts in the place of a command. */
const readOnce = /=(-|\/(dev|proc)\/.*)$/s;
/** Of many files every so manieth is read by who puts them, which takes less time than reading does. */
const ownShare = 8;
/** How long nothing may come of a file before it is read here: longer than a disk that sleeps takes. */
const patienceMs = 10_000;

/** What became of a file: all of its records were given; it is to be read by who asks; that too, but some of its records were given, and it is not as it should be. */
export type AheadFile = "given" | "unread" | "bad";

/** See the head of this file. */
export class ZonesAhead {
  readonly #files: readonly string[];
  readonly #thread: Worker;
  readonly #records: RecordReceiver;
  #next = 0;

  private constructor(files: readonly string[], thread: Worker, records: RecordReceiver) {
    this.#files = files;
    this.#thread = thread;
    this.#records = records;
  }

  /** Whether there is a second processor for it. */
  static readonly isPossible: boolean = availableParallelism() >= 2;

  /**
   * Begins to read, where that is worth a thread.
   * @param files  `NAME=FILE` each, in the order in which they will be taken
   * @param cache  the folder that compiled code is kept in
   */
  static start(files: readonly string[], cache: string): ZonesAhead | undefined {
    if (!ZonesAhead.isPossible || !isMuch(files) || files.some((given) => readOnce.test(given)))
      return undefined;
    // Who puts zones has time to read some of many by itself.
    const ahead = files.length < manyFiles ? files : files.filter((_, i) => i % ownShare !== ownShare - 1);
    const relay = makeRelayBuffer();
    const isSource = import.meta.url.endsWith(".ts");
    const thread = new Worker(new URL(`./zone-reader.${isSource ? "ts" : "js"}`, import.meta.url), {
      workerData: { files: ahead.join("\n"), relay, cache } satisfies ZoneReaderData,
      execArgv: isSource ? ["--conditions=fairlead-source"] : [],
    });
    // Of one that does not run nothing comes.
    thread.on("error", () => {});
    thread.unref();
    return new ZonesAhead(ahead, thread, new RecordReceiver(relay, patienceMs));
  }

  /** Gives the records of a file. Throws what `put` throws. */
  take(given: string, put: RecordOctetSink): AheadFile {
    if (this.#files[this.#next] !== given) return "unread";
    this.#next++;
    let end: RelayedFile | undefined;
    try {
      end = this.#records.nextFile(put);
    } finally {
      if (end !== "good") void this.close();
    }
    // A record that is given twice is there once: what was silent may be read again from its beginning.
    return end === "good" ? "given" : end === "bad" ? "bad" : "unread";
  }

  /** Ends the thread; kept once it has ended. What was not taken yet is read by who asks. */
  async close(): Promise<void> {
    this.#next = this.#files.length;
    await this.#thread.terminate();
  }
}

/** Whether files are many, or one of few is large. What cannot be read is said by who reads it. */
function isMuch(files: readonly string[]): boolean {
  if (files.length >= manyFiles) return true;
  return files.some((given) => {
    try {
      const found = statSync(given.slice(given.indexOf("=") + 1));
      return found.isFile() && found.size >= manyOctets;
    } catch {
      return false; // not there, or a loop of links, or not to be looked at
    }
  });
}
