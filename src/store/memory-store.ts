// A store in memory, for the simulator and for tests: everything is gone with it. The same port and the same contract as the others.

import { PlatformError } from "#contract";
import { checkEntries } from "./check-entries.ts";
import { MemoryMetrics } from "./memory-metrics.ts";
import type { MetricTable } from "./metric-port.ts";
import { minuteOf, type QueryRow, type QueryTable } from "./query-port.ts";
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
  SignaturePlace,
  SignatureRow,
  SignatureTable,
  Store,
  StoreSchema,
} from "./port.ts";

/** Makes an empty store. */
export function createMemoryStore(schema: StoreSchema): Store {
  return new MemoryStore(schema);
}

class MemoryStore implements Store {
  readonly #schema: StoreSchema;
  #log: LogEntry[] = [];
  readonly #snapshot: Map<string, Row> = new Map();
  #snapshotRevision = 0;
  readonly #rows: Map<string, Row> = new Map();
  readonly #secrets: Map<string, SealedSecret> = new Map();
  readonly #signatures: Map<string, SignatureRow> = new Map();
  readonly #queries: Map<number, QueryRow> = new Map();
  #revision = 0;
  #isClosed = false;

  constructor(schema: StoreSchema) {
    this.#schema = schema;
  }

  readonly signatures: SignatureTable = {
    put: async (rows) => {
      this.#check();
      for (const row of rows) {
        if (row.rdata === "") this.#signatures.delete(`${row.zone} ${row.name}`);
        else this.#signatures.set(`${row.zone} ${row.name}`, { ...row });
      }
      return Promise.resolve();
    },
    deleteZone: async (zone) => {
      this.#check();
      for (const [key, row] of this.#signatures) if (row.zone === zone) this.#signatures.delete(key);
      return Promise.resolve();
    },
    list: async (after, limit) => {
      this.#check();
      const order = (a: SignaturePlace, b: SignaturePlace): number =>
        compareText(a.zone, b.zone) || compareText(a.name, b.name);
      const rows = [...this.#signatures.values()].sort(order);
      return Promise.resolve(rows.filter((row) => !after || order(row, after) > 0).slice(0, limit));
    },
  };

  readonly metrics: MetricTable = new MemoryMetrics(() => this.#check());

  readonly queries: QueryTable = {
    put: async (row, keptFrom) => {
      this.#check();
      const minute = minuteOf(row.at);
      for (const known of this.#queries.keys())
        if (known < minuteOf(keptFrom) || known >= minute) this.#queries.delete(known);
      this.#queries.set(minute, { ...row });
      return Promise.resolve();
    },
    next: async (after) => {
      this.#check();
      const later = [...this.#queries.values()].filter(({ at }) => at > after);
      return Promise.resolve(later.sort((a, b) => a.at - b.at)[0]);
    },
  };

  readonly secrets: SecretTable = {
    put: async (secret) => {
      this.#check();
      this.#secrets.set(secret.id, { ...secret });
      return Promise.resolve();
    },
    get: async (id) => {
      this.#check();
      return Promise.resolve(this.#secrets.get(id));
    },
    delete: async (id) => {
      this.#check();
      this.#secrets.delete(id);
      return Promise.resolve();
    },
    list: async (purpose) => {
      this.#check();
      const found = [...this.#secrets.values()].filter((secret) => secret.purpose === purpose);
      return Promise.resolve(found.sort((a, b) => compareText(a.id, b.id)));
    },
  };

  async commit(
    preconditions: readonly Precondition[],
    entries: readonly Entry[],
    at: number,
  ): Promise<CommitResult> {
    this.#check();
    checkEntries(this.#schema, entries);
    const conflicts = preconditions.flatMap(({ kind, key, revision: expected }) => {
      const actual = this.#rows.get(nameOf({ kind, key }))?.revision ?? 0;
      return actual === expected ? [] : [{ kind, key, expected, actual }];
    });
    if (conflicts.length > 0) return { ok: false, conflicts };
    const revision = ++this.#revision;
    for (const [ordinal, entry] of copy(entries).entries()) {
      this.#log.push({ ...entry, revision, ordinal, at });
      fold(this.#rows, entry, revision);
    }
    return Promise.resolve({ ok: true, revision });
  }

  async head(): Promise<number> {
    this.#check();
    return Promise.resolve(this.#revision);
  }

  async get(ref: ObjectRef): Promise<Row | undefined> {
    this.#check();
    return Promise.resolve(copy(this.#rows.get(nameOf(ref))));
  }

  async getAt(ref: ObjectRef, revision: number): Promise<Row | undefined | "forgotten"> {
    this.#check();
    if (revision < this.#snapshotRevision) return "forgotten";
    const name = nameOf(ref);
    const last = this.#log.findLast((entry) => nameOf(entry) === name && entry.revision <= revision);
    if (!last) return Promise.resolve(copy(this.#snapshot.get(name)));
    return last.value === undefined ? undefined : copy(rowOf(last, last.value, last.revision));
  }

  async lastWritten(ref: ObjectRef): Promise<number | undefined> {
    this.#check();
    const name = nameOf(ref);
    const last = this.#log.findLast((entry) => nameOf(entry) === name);
    return Promise.resolve(last?.revision ?? this.#rows.get(name)?.revision);
  }

  async list(kind: string, { prefix = "", after, limit = 1000 }: ListOptions = {}): Promise<Row[]> {
    this.#check();
    const rows = [...this.#rows.values()]
      .filter((row) => row.kind === kind && row.key.startsWith(prefix))
      .filter(({ key }) => after === undefined || compareText(key, after) > 0)
      .sort((a, b) => compareText(a.key, b.key));
    return Promise.resolve(copy(rows.slice(0, limit)));
  }

  async log(after: { revision: number; ordinal?: number }, limit: number): Promise<LogEntry[] | "forgotten"> {
    this.#check();
    if (after.revision < this.#snapshotRevision) return "forgotten";
    const { revision, ordinal = Infinity } = after;
    const later = this.#log.filter(
      (entry) => entry.revision > revision || (entry.revision === revision && entry.ordinal > ordinal),
    );
    return Promise.resolve(copy(later.slice(0, limit)));
  }

  async compact(upTo: number): Promise<number> {
    this.#check();
    const revision = Math.min(upTo, this.#revision);
    if (revision <= this.#snapshotRevision) return this.#snapshotRevision;
    for (const entry of this.#log)
      if (entry.revision <= revision) fold(this.#snapshot, entry, entry.revision);
    this.#log = this.#log.filter((entry) => entry.revision > revision);
    this.#snapshotRevision = revision;
    return Promise.resolve(revision);
  }

  async verify(): Promise<ObjectRef[]> {
    this.#check();
    const folded = new Map(this.#snapshot);
    for (const entry of this.#log) fold(folded, entry, entry.revision);
    const names = new Set([...folded.keys(), ...this.#rows.keys()]);
    const different = [...names].filter(
      (name) => JSON.stringify(folded.get(name)) !== JSON.stringify(this.#rows.get(name)),
    );
    return Promise.resolve(
      different.slice(0, 100).map((name) => {
        const { kind = "", key = "" } = this.#rows.get(name) ?? folded.get(name) ?? {};
        return { kind, key };
      }),
    );
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    return Promise.resolve();
  }

  #check(): void {
    if (this.#isClosed) throw new PlatformError("internal", "Cannot use the store: it is closed");
  }
}

function nameOf({ kind, key }: ObjectRef): string {
  return `${kind} ${key}`;
}

function fold(rows: Map<string, Row>, entry: Entry, revision: number): void {
  if (entry.value === undefined) rows.delete(nameOf(entry));
  else rows.set(nameOf(entry), rowOf(entry, entry.value, revision));
}

function rowOf({ kind, key, id, arn, accountId, region }: Entry, value: unknown, revision: number): Row {
  return { kind, key, id, arn, accountId, region, value, revision };
}

/** What goes in and out is JSON, and nobody's else. */
function copy<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}

/** The order of UTF-8 octets, which is that of code points. */
function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
