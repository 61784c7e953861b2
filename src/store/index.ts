// The change log and its tables, behind one port.

export {
  joinPoints,
  maxMetricPoints,
  metricKeeping,
  spanOf,
  type MetricPoint,
  type MetricResolution,
  type MetricSeries,
  type MetricTable,
} from "./metric-port.ts";
export { createMemoryStore } from "./memory-store.ts";
export {
  defaultAccountId,
  type CommitResult,
  type Conflict,
  type Entry,
  type KindSchema,
  type ListOptions,
  type LogEntry,
  type ObjectRef,
  type Precondition,
  type Row,
  type SealedSecret,
  type SecretTable,
  type SignatureRow,
  type SignatureTable,
  type Store,
  type StoreSchema,
} from "./port.ts";
export type { QueryRow, QueryTable } from "./query-port.ts";
export { createSealer, dataKeyOctets, type Sealer } from "./sealer.ts";
export { Secrets } from "./secrets.ts";
export { openSqliteStore } from "./sqlite-store.ts";
