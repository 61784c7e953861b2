// The SQLite store: the port's side of the thread in sqlite-worker.ts. Checks the file before it is opened, turns values into JSON
// text and back, and lifts values of older schema versions to today's.

import { closeSync, openSync, readSync, statSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { PlatformError } from "#contract";
import { checkEntries } from "./check-entries.ts";
import type { MetricPoint, MetricTable } from "./metric-port.ts";
import type { QueryRow, QueryTable } from "./query-port.ts";
import type {
  CommitResult,
  Entry,
  ListOptions,
  LogEntry,
  ObjectRef,
  Precondition,
  Row,
  SealedSecret,
  SecretTable,
  SignatureRow,
  SignatureTable,
  Store,
  StoreSchema,
} from "./port.ts";
import type { CommitOutcome, EntryText, LogText, RowText } from "./sql-log.ts";
import type {
  WorkerCall,
  WorkerFailure,
  WorkerRequest,
  WorkerResponse,
  WorkerSettings,
} from "./sqlite-worker.ts";
import { upcast } from "./upcast.ts";

/**
 * Opens the store in a file, creating it where there is none.
 *
 * Throws `data-newer` where a newer program wrote it (the file is not touched then), `data-damaged` where it cannot be read,
 * `path-unusable` where it cannot be opened or written, and `disk-full`; every method of the store may throw the last two.
 */
export async function openSqliteStore(file: string, schema: StoreSchema): Promise<Store> {
  checkHeader(file, schema.dataVersion);
  const settings: WorkerSettings = { file, dataVersion: schema.dataVersion };
  // The same file in source and in emitted form.
  const program = new URL(
    `./sqlite-worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`,
    import.meta.url,
  );
  const store = new SqliteStore(new Worker(program, { workerData: settings, execArgv: [] }), file, schema);
  try {
    await store.open();
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

/** The first octets of every SQLite database file. */
const magic = "SQLite format 3\0";

/** Reads magic and user version from the file's header without opening it as a database. */
function checkHeader(file: string, dataVersion: number): void {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats && !stats.isFile())
    throw new PlatformError("data-damaged", `Cannot open "${file}": it is not a file`);
  const size = stats?.size ?? 0;
  if (size === 0) return;
  const header = Buffer.alloc(100);
  const descriptor = openSync(file, "r");
  try {
    readSync(descriptor, header, 0, header.length, 0);
  } finally {
    closeSync(descriptor);
  }
  if (size < 100 || header.toString("latin1", 0, 16) !== magic) {
    throw new PlatformError("data-damaged", `Cannot open "${file}": it is not a database of Fairlead's`);
  }
  const version = header.readUInt32BE(60);
  if (version > dataVersion) throw newer(file, version, dataVersion);
}

function newer(file: string, version: number | string, dataVersion: number): PlatformError {
  return new PlatformError(
    "data-newer",
    `Cannot open "${file}": its data is of version ${version}, this program knows ${dataVersion}`,
  );
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

class SqliteStore implements Store {
  readonly #worker: Worker;
  readonly #file: string;
  readonly #schema: StoreSchema;
  readonly #pending: Map<number, Pending> = new Map();
  #nextId = 1;
  #closed: Promise<void> | undefined;

  constructor(worker: Worker, file: string, schema: StoreSchema) {
    this.#worker = worker;
    this.#file = file;
    this.#schema = schema;
    worker.on("message", (response: WorkerResponse) => {
      const pending = this.#pending.get(response.id);
      this.#pending.delete(response.id);
      if (response.failure) pending?.reject(this.#failure(response.failure));
      else pending?.resolve(response.value);
    });
    worker.on("error", (cause) => this.#end(cause));
    worker.on("exit", () => this.#end(undefined));
  }

  async open(): Promise<void> {
    await this.#call({ method: "open" });
  }

  async commit(
    preconditions: readonly Precondition[],
    entries: readonly Entry[],
    at: number,
  ): Promise<CommitResult> {
    checkEntries(this.#schema, entries);
    const texts = entries.map((entry): EntryText => {
      const value = entry.value === undefined ? null : JSON.stringify(entry.value);
      const { kind, key, id, arn, accountId, region } = entry;
      const schemaVersion = this.#schema.kinds[kind]?.version ?? 0; // it is known: checked above
      return { kind, key, id, arn, accountId, region, schemaVersion, value };
    });
    const outcome = (await this.#call({
      method: "commit",
      preconditions,
      entries: texts,
      at,
    })) as CommitOutcome;
    return "revision" in outcome
      ? { ok: true, revision: outcome.revision }
      : { ok: false, conflicts: outcome.conflicts };
  }

  async head(): Promise<number> {
    return (await this.#call({ method: "head" })) as number;
  }

  async get(ref: ObjectRef): Promise<Row | undefined> {
    const row = (await this.#call({ method: "get", ref })) as RowText | undefined;
    return row && this.#row(row);
  }

  async getAt(ref: ObjectRef, revision: number): Promise<Row | undefined | "forgotten"> {
    const row = (await this.#call({ method: "getAt", ref, revision })) as
      | RowText
      | "gone"
      | "forgotten"
      | undefined;
    if (row === "forgotten") return row;
    return row === undefined || row === "gone" ? undefined : this.#row(row);
  }

  async lastWritten(ref: ObjectRef): Promise<number | undefined> {
    return (await this.#call({ method: "lastWritten", ref })) as number | undefined;
  }

  async list(kind: string, options: ListOptions = {}): Promise<Row[]> {
    const rows = (await this.#call({ method: "list", kind, options })) as RowText[];
    return rows.map((row) => this.#row(row));
  }

  async log(after: { revision: number; ordinal?: number }, limit: number): Promise<LogEntry[] | "forgotten"> {
    const entries = (await this.#call({ method: "log", after, limit })) as LogText[] | "forgotten";
    if (entries === "forgotten") return entries;
    return entries.map(({ schemaVersion, value, ...entry }) =>
      value === null ? entry : { ...entry, value: this.#value({ ...entry, schemaVersion, value }) },
    );
  }

  async compact(upTo: number): Promise<number> {
    return (await this.#call({ method: "compact", upTo })) as number;
  }

  async verify(): Promise<ObjectRef[]> {
    return (await this.#call({ method: "verify", limit: 100 })) as ObjectRef[];
  }

  readonly secrets: SecretTable = {
    put: async (secret) => {
      await this.#call({ method: "putSecret", secret });
    },
    get: async (id) => (await this.#call({ method: "getSecret", id })) as SealedSecret | undefined,
    delete: async (id) => {
      await this.#call({ method: "deleteSecret", id });
    },
    list: async (purpose) => (await this.#call({ method: "listSecrets", purpose })) as SealedSecret[],
  };

  readonly signatures: SignatureTable = {
    put: async (rows) => {
      await this.#call({ method: "putSignatures", rows });
    },
    deleteZone: async (zone) => {
      await this.#call({ method: "deleteSignatures", zone });
    },
    list: async (after, limit) =>
      (await this.#call({ method: "listSignatures", after, limit })) as SignatureRow[],
  };

  readonly metrics: MetricTable = {
    add: async (points) => (await this.#call({ method: "addMetrics", points })) as number,
    read: async (series, resolution, from, to, limit) =>
      (await this.#call({ method: "readMetrics", series, resolution, from, to, limit })) as MetricPoint[],
    sweep: async (now, maxSeries) => {
      await this.#call({ method: "sweepMetrics", now, maxSeries });
    },
  };

  readonly queries: QueryTable = {
    put: async (row, keptFrom) => {
      await this.#call({ method: "putQueries", row, keptFrom });
    },
    next: async (after) => (await this.#call({ method: "nextQueries", after })) as QueryRow | undefined,
  };

  close(): Promise<void> {
    return (this.#closed ??= this.#shut());
  }

  async #shut(): Promise<void> {
    try {
      await this.#post({ method: "close" });
    } finally {
      await this.#worker.terminate();
    }
  }

  #row({ schemaVersion, value, ...row }: RowText): Row {
    return { ...row, value: this.#value({ ...row, schemaVersion, value }) };
  }

  #value(row: ObjectRef & { readonly schemaVersion: number; readonly value: string }): unknown {
    try {
      return upcast(this.#schema, row.kind, row.schemaVersion, JSON.parse(row.value));
    } catch (cause) {
      throw new PlatformError(
        "data-damaged",
        `Cannot read ${row.kind} "${row.key}" in "${this.#file}": ${(cause as Error).message}`,
        {
          cause,
        },
      );
    }
  }

  #failure(failure: WorkerFailure): PlatformError {
    switch (failure.kind) {
      case "newer":
        return newer(this.#file, failure.message, this.#schema.dataVersion);
      case "damaged":
        return new PlatformError("data-damaged", `Cannot read "${this.#file}": ${failure.message}`);
      case "full":
        return new PlatformError("disk-full", `Cannot write "${this.#file}": ${failure.message}`);
      case "unusable":
        return new PlatformError("path-unusable", `Cannot use "${this.#file}": ${failure.message}`);
      case "other":
        return new PlatformError("internal", `Cannot use "${this.#file}": ${failure.message}`);
    }
  }

  #call(call: WorkerCall): Promise<unknown> {
    if (this.#closed)
      return Promise.reject(new PlatformError("internal", `Cannot use "${this.#file}": it is closed`));
    return this.#post(call);
  }

  #post(call: WorkerCall): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#pending.set(id, { resolve, reject });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      this.#worker.postMessage({ id, call } satisfies WorkerRequest);
    });
  }

  /** The thread is gone: nothing that waits will be answered. */
  #end(cause: unknown): void {
    this.#closed ??= Promise.resolve();
    const error = new PlatformError("internal", `Cannot use "${this.#file}": its thread ended`, { cause });
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }
}
