// The store's operations in SQL, for any Kysely dialect: what runs in the SQLite thread today, and over PostgreSQL later.
// Values are JSON text here; upcasting and the port's types are in sqlite-store.ts.

import type { Kysely, Selectable, Transaction } from "kysely";
import type { Conflict, ListOptions, ObjectRef, Precondition } from "./port.ts";
import type { SqlTables } from "./sql-schema.ts";

/** An entry on its way into the log: the value as JSON text, null where the object is gone. */
export interface EntryText extends ObjectRef {
  readonly id: string;
  readonly arn: string;
  readonly accountId: string;
  readonly region: string;
  readonly schemaVersion: number;
  readonly value: string | null;
}

/** A row on its way out. */
export interface RowText extends EntryText {
  readonly value: string;
  readonly revision: number;
}

/** A log entry on its way out. */
export interface LogText extends EntryText {
  readonly revision: number;
  readonly ordinal: number;
  readonly at: number;
}

/** The new revision, or every object that stood in the way. */
export type CommitOutcome = { revision: number } | { conflicts: Conflict[] };

/** Rows handled at once where a whole table is walked. */
const pageSize = 1000;

/** The operations, over one database. */
export class SqlLog {
  readonly #db: Kysely<SqlTables>;

  constructor(db: Kysely<SqlTables>) {
    this.#db = db;
  }

  async commit(
    preconditions: readonly Precondition[],
    entries: readonly EntryText[],
    at: number,
  ): Promise<CommitOutcome> {
    return this.#db
      .transaction()
      .execute(async (trx) => {
        // The update comes first: it locks the head row, so that concurrent commits follow one another.
        const { revision } = await trx
          .updateTable("head")
          .set((eb) => ({ revision: eb("revision", "+", 1) }))
          .returning("revision")
          .executeTakeFirstOrThrow();
        const conflicts = await findConflicts(trx, preconditions);
        if (conflicts.length > 0) throw new ConflictSignal(conflicts);
        for (const [ordinal, entry] of entries.entries()) {
          await trx
            .insertInto("entry")
            .values({ ...columns(entry), value: entry.value, revision: revision, ordinal, at })
            .execute();
          await putRow(trx, "object_row", entry, revision);
        }
        return { revision };
      })
      .catch((error: unknown) => {
        // Thrown to roll the transaction back; a value from here on.
        if (error instanceof ConflictSignal) return { conflicts: error.conflicts };
        throw error;
      });
  }

  async head(): Promise<number> {
    return (await this.#head()).revision;
  }

  async get(ref: ObjectRef): Promise<RowText | undefined> {
    const row = await this.#db
      .selectFrom("object_row")
      .selectAll()
      .where("kind", "=", ref.kind)
      .where("key", "=", ref.key)
      .executeTakeFirst();
    return row && rowText(row);
  }

  async getAt(ref: ObjectRef, revision: number): Promise<RowText | "gone" | "forgotten" | undefined> {
    const head = await this.#head();
    if (revision < head.snapshot_revision) return "forgotten";
    const entry = await this.#db
      .selectFrom("entry")
      .selectAll()
      .where("kind", "=", ref.kind)
      .where("key", "=", ref.key)
      .where("revision", "<=", revision)
      .orderBy("revision", "desc")
      .limit(1)
      .executeTakeFirst();
    if (entry) return entry.value === null ? "gone" : rowText({ ...entry, value: entry.value });
    const row = await this.#db
      .selectFrom("snapshot_row")
      .selectAll()
      .where("kind", "=", ref.kind)
      .where("key", "=", ref.key)
      .executeTakeFirst();
    return row && rowText(row);
  }

  async lastWritten(ref: ObjectRef): Promise<number | undefined> {
    const entry = await this.#db
      .selectFrom("entry")
      .select("revision")
      .where("kind", "=", ref.kind)
      .where("key", "=", ref.key)
      .orderBy("revision", "desc")
      .limit(1)
      .executeTakeFirst();
    return entry?.revision ?? (await this.get(ref))?.revision;
  }

  async list(kind: string, options: ListOptions): Promise<RowText[]> {
    let query = this.#db.selectFrom("object_row").selectAll().where("kind", "=", kind);
    if (options.prefix) {
      query = query.where("key", ">=", options.prefix);
      const end = afterPrefix(options.prefix);
      if (end !== undefined) query = query.where("key", "<", end);
    }
    if (options.after !== undefined) query = query.where("key", ">", options.after);
    const rows = await query
      .orderBy("key")
      .limit(options.limit ?? 1000)
      .execute();
    return rows.map(rowText);
  }

  async log(after: { revision: number; ordinal?: number }, limit: number): Promise<LogText[] | "forgotten"> {
    const head = await this.#head();
    if (after.revision < head.snapshot_revision) return "forgotten";
    const rows = await this.#db
      .selectFrom("entry")
      .selectAll()
      .where((eb) =>
        after.ordinal === undefined
          ? eb("revision", ">", after.revision)
          : eb.or([
              eb("revision", ">", after.revision),
              eb.and([eb("revision", "=", after.revision), eb("ordinal", ">", after.ordinal)]),
            ]),
      )
      .orderBy("revision")
      .orderBy("ordinal")
      .limit(limit)
      .execute();
    return rows.map((row) => ({
      ...rowText({ ...row, value: "" }),
      value: row.value,
      ordinal: row.ordinal,
      at: row.at,
    }));
  }

  async compact(upTo: number): Promise<number> {
    return this.#db.transaction().execute(async (trx) => {
      const head = await trx.selectFrom("head").selectAll().executeTakeFirstOrThrow();
      const revision = Math.min(upTo, head.revision);
      if (revision <= head.snapshot_revision) return head.snapshot_revision;
      let last = { revision: 0, ordinal: -1 };
      for (;;) {
        const entries = await trx
          .selectFrom("entry")
          .selectAll()
          .where("revision", "<=", revision)
          .where((eb) =>
            eb.or([
              eb("revision", ">", last.revision),
              eb.and([eb("revision", "=", last.revision), eb("ordinal", ">", last.ordinal)]),
            ]),
          )
          .orderBy("revision")
          .orderBy("ordinal")
          .limit(pageSize)
          .execute();
        for (const entry of entries) {
          await putRow(trx, "snapshot_row", { ...entryText(entry), value: entry.value }, entry.revision);
        }
        const end = entries.at(-1);
        if (!end) break;
        last = { revision: end.revision, ordinal: end.ordinal };
      }
      await trx.deleteFrom("entry").where("revision", "<=", revision).execute();
      await trx.updateTable("head").set({ snapshot_revision: revision }).execute();
      return revision;
    });
  }

  async verify(limit: number): Promise<ObjectRef[]> {
    const fold = new Map<string, { ref: ObjectRef; text: string | null }>();
    const put = (ref: ObjectRef, text: string | null): unknown =>
      fold.set(`${ref.kind}\n${ref.key}`, { ref, text });
    for (const row of await this.#db.selectFrom("snapshot_row").selectAll().execute())
      put(row, comparable(row));
    for (const entry of await this.#db
      .selectFrom("entry")
      .selectAll()
      .orderBy("revision")
      .orderBy("ordinal")
      .execute()) {
      put(entry, entry.value === null ? null : comparable({ ...entry, value: entry.value }));
    }
    const different: ObjectRef[] = [];
    for (const row of await this.#db.selectFrom("object_row").selectAll().execute()) {
      const name = `${row.kind}\n${row.key}`;
      if (fold.get(name)?.text !== comparable(row)) different.push({ kind: row.kind, key: row.key });
      fold.delete(name);
    }
    for (const { ref, text } of fold.values())
      if (text !== null) different.push({ kind: ref.kind, key: ref.key });
    return different.slice(0, limit);
  }

  async #head(): Promise<{ revision: number; snapshot_revision: number }> {
    const head = await this.#db.selectFrom("head").selectAll().executeTakeFirstOrThrow();
    return { revision: head.revision, snapshot_revision: head.snapshot_revision };
  }
}

class ConflictSignal extends Error {
  readonly conflicts: Conflict[];
  constructor(conflicts: Conflict[]) {
    super("conflict");
    this.conflicts = conflicts;
  }
}

async function findConflicts(
  trx: Transaction<SqlTables>,
  preconditions: readonly Precondition[],
): Promise<Conflict[]> {
  const conflicts: Conflict[] = [];
  for (const { kind, key, revision: expected } of preconditions) {
    const row = await trx
      .selectFrom("object_row")
      .select("revision")
      .where("kind", "=", kind)
      .where("key", "=", key)
      .executeTakeFirst();
    const actual = row ? row.revision : 0;
    if (actual !== expected) conflicts.push({ kind, key, expected, actual });
  }
  return conflicts;
}

/** Folds one entry into a table. */
async function putRow(
  trx: Transaction<SqlTables>,
  table: "object_row" | "snapshot_row",
  entry: EntryText,
  revision: number,
): Promise<void> {
  if (entry.value === null) {
    await trx.deleteFrom(table).where("kind", "=", entry.kind).where("key", "=", entry.key).execute();
    return;
  }
  const { kind: _kind, key: _key, ...rest } = { ...columns(entry), value: entry.value, revision };
  await trx
    .insertInto(table)
    .values({ ...columns(entry), value: entry.value, revision })
    .onConflict((conflict) => conflict.columns(["kind", "key"]).doUpdateSet(rest))
    .execute();
}

function columns(entry: EntryText): Omit<Selectable<SqlTables["object_row"]>, "value" | "revision"> {
  return {
    kind: entry.kind,
    key: entry.key,
    id: entry.id,
    arn: entry.arn,
    account_id: entry.accountId,
    region: entry.region,
    schema_version: entry.schemaVersion,
  };
}

type StoredEntry = Omit<Selectable<SqlTables["object_row"]>, "value">;

function entryText(row: StoredEntry): Omit<EntryText, "value"> {
  return {
    kind: row.kind,
    key: row.key,
    id: row.id,
    arn: row.arn,
    accountId: row.account_id,
    region: row.region,
    schemaVersion: row.schema_version,
  };
}

function rowText(row: Selectable<SqlTables["object_row"]>): RowText {
  return { ...entryText(row), value: row.value, revision: row.revision };
}

function comparable(row: Selectable<SqlTables["object_row"]>): string {
  return JSON.stringify(rowText(row));
}

/** The first text after all that begin with the prefix; undefined where there is none. */
function afterPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix);
  for (let i = points.length - 1; i >= 0; i--) {
    const point = points[i]?.codePointAt(0) ?? 0;
    // Past the surrogates, which are no characters.
    if (point < 0x10ffff)
      return points.slice(0, i).join("") + String.fromCodePoint(point === 0xd7ff ? 0xe000 : point + 1);
  }
  return undefined;
}
