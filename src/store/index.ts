// The change log and its tables, behind one port.

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
  type Store,
  type StoreSchema,
} from "./port.ts";
export { openSqliteStore } from "./sqlite-store.ts";
