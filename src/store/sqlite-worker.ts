// The thread that owns the SQLite database: opens it, checks it, and answers one message a call. Imports no other folder, so that
// it runs wherever a thread can be started.
//
// WAL with synchronous=FULL: the log is flushed to the disk before a commit is answered.

import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { Kysely, SqliteDialect } from "kysely";
import type { MetricPoint, MetricResolution, MetricSeries } from "./metric-port.ts";
import type {
  ListOptions,
  ObjectRef,
  Precondition,
  SealedSecret,
  SignaturePlace,
  SignatureRow,
} from "./port.ts";
import { adaptDatabase } from "./sqlite-database.ts";
import { failureKindOf, type FailureKind } from "./sqlite-failure.ts";
import { SqlLog, type EntryText } from "./sql-log.ts";
import type { QueryRow } from "./query-port.ts";
import { SqlMetrics } from "./sql-metrics.ts";
import { SqlQueries } from "./sql-queries.ts";
import { SqlSecrets } from "./sql-secrets.ts";
import { SqlSignatures } from "./sql-signatures.ts";
import { createTables, type SqlTables } from "./sql-schema.ts";

/** What the thread is started with. */
export interface WorkerSettings {
  /** The database file. */
  readonly file: string;
  readonly dataVersion: number;
}

/** One call of the thread. */
export type WorkerCall =
  | { readonly method: "open" | "head" | "close" }
  | {
      readonly method: "commit";
      readonly preconditions: readonly Precondition[];
      readonly entries: readonly EntryText[];
      readonly at: number;
    }
  | { readonly method: "get" | "lastWritten"; readonly ref: ObjectRef }
  | { readonly method: "getAt"; readonly ref: ObjectRef; readonly revision: number }
  | { readonly method: "list"; readonly kind: string; readonly options: ListOptions }
  | { readonly method: "log"; readonly after: { revision: number; ordinal?: number }; readonly limit: number }
  | { readonly method: "compact"; readonly upTo: number }
  | { readonly method: "verify"; readonly limit: number }
  | { readonly method: "putSecret"; readonly secret: SealedSecret }
  | { readonly method: "getSecret" | "deleteSecret"; readonly id: string }
  | { readonly method: "listSecrets"; readonly purpose: string }
  | { readonly method: "putSignatures"; readonly rows: readonly SignatureRow[] }
  | { readonly method: "deleteSignatures"; readonly zone: string }
  | { readonly method: "listSignatures"; readonly after: SignaturePlace | undefined; readonly limit: number }
  | { readonly method: "addMetrics"; readonly points: readonly (MetricSeries & MetricPoint)[] }
  | {
      readonly method: "readMetrics";
      readonly series: MetricSeries;
      readonly resolution: MetricResolution;
      readonly from: number;
      readonly to: number;
      readonly limit: number;
    }
  | { readonly method: "sweepMetrics"; readonly now: number; readonly maxSeries: number }
  | { readonly method: "putQueries"; readonly row: QueryRow; readonly keptFrom: number }
  | { readonly method: "nextQueries"; readonly after: number };

/** A call on its way to the thread. */
export interface WorkerRequest {
  readonly id: number;
  readonly call: WorkerCall;
}

/** Why a call failed. */
export interface WorkerFailure {
  readonly kind: FailureKind;
  readonly message: string;
}

/** Its outcome on the way back, under the same id. */
export interface WorkerResponse {
  readonly id: number;
  readonly value?: unknown;
  readonly failure?: WorkerFailure;
}

/** The data is of a newer version; the message is that version. */
class NewerData extends Error {}

const settings = workerData as WorkerSettings;
let database: DatabaseSync | undefined;
let kysely: Kysely<SqlTables> | undefined;
let log: SqlLog | undefined;
let secrets: SqlSecrets | undefined;
let metrics: SqlMetrics | undefined;
let signatures: SqlSignatures | undefined;
let queries: SqlQueries | undefined;

async function open(): Promise<void> {
  const opened = new DatabaseSync(settings.file, { timeout: 5000 });
  database = opened;
  const version = Number(opened.prepare("PRAGMA user_version").get()?.["user_version"]);
  // The file's own header was looked at before it was opened; this catches a version that only the write-ahead log holds.
  if (version > settings.dataVersion) throw new NewerData(String(version));
  opened.exec(
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF",
  );
  const verdict = opened.prepare("PRAGMA quick_check(1)").get();
  const text = String(Object.values(verdict ?? {})[0]);
  if (text !== "ok") throw Object.assign(new Error(text), { errcode: 11 });
  kysely = new Kysely<SqlTables>({ dialect: new SqliteDialect({ database: adaptDatabase(opened) }) });
  await kysely.transaction().execute((trx) => createTables(trx));
  if (version < settings.dataVersion) {
    opened.exec(`PRAGMA user_version=${Math.trunc(settings.dataVersion)}`);
    // Into the file itself, where the next start looks for the version without opening the database.
    opened.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  log = new SqlLog(kysely);
  secrets = new SqlSecrets(kysely);
  metrics = new SqlMetrics(kysely);
  signatures = new SqlSignatures(kysely);
  queries = new SqlQueries(kysely);
}

async function answer(call: WorkerCall): Promise<unknown> {
  if (call.method === "open") return open();
  if (call.method === "close") {
    await kysely?.destroy();
    if (database?.isOpen) database.close();
    log = undefined;
    secrets = undefined;
    metrics = undefined;
    signatures = undefined;
    queries = undefined;
    return undefined;
  }
  if (!log || !secrets || !metrics || !signatures || !queries) throw new Error("the store is not open");
  switch (call.method) {
    case "head":
      return log.head();
    case "commit":
      return log.commit(call.preconditions, call.entries, call.at);
    case "get":
      return log.get(call.ref);
    case "lastWritten":
      return log.lastWritten(call.ref);
    case "getAt":
      return log.getAt(call.ref, call.revision);
    case "list":
      return log.list(call.kind, call.options);
    case "log":
      return log.log(call.after, call.limit);
    case "compact":
      return log.compact(call.upTo);
    case "verify":
      return log.verify(call.limit);
    case "putSecret":
      return secrets.put(call.secret);
    case "getSecret":
      return secrets.get(call.id);
    case "deleteSecret":
      return secrets.delete(call.id);
    case "listSecrets":
      return secrets.list(call.purpose);
    case "putSignatures":
      return signatures.put(call.rows);
    case "deleteSignatures":
      return signatures.deleteZone(call.zone);
    case "listSignatures":
      return signatures.list(call.after, call.limit);
    case "addMetrics":
      return metrics.add(call.points);
    case "readMetrics":
      return metrics.read(call.series, call.resolution, call.from, call.to, call.limit);
    case "sweepMetrics":
      return metrics.sweep(call.now, call.maxSeries);
    case "putQueries":
      return queries.put(call.row, call.keptFrom);
    case "nextQueries":
      return queries.next(call.after);
  }
}

function respond(response: WorkerResponse): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(response);
}

parentPort?.on("message", ({ id, call }: WorkerRequest) => {
  answer(call).then(
    (value) => respond({ id, value }),
    (error: unknown) => {
      const kind = error instanceof NewerData ? "newer" : failureKindOf(error);
      respond({ id, failure: { kind, message: error instanceof Error ? error.message : String(error) } });
    },
  );
});
