// The tables, for both SQL stores. A value is JSON text; an absent value is NULL.
//
// `entry` is the log. `snapshot_row` is its fold up to `head.snapshot_revision`, where the log was dropped. `object_row` is the fold
// of both: the tables that are read. `head` is the one row that a commit locks, so that revisions follow the commit order. Whole
// numbers stay below 2^53, and a driver must give them as numbers. `secret` stands apart: sealed secrets that the log refers to by id.
// So do `signature`, what zones are signed with, `metric_series` and `metric_point`: what was measured, in three forms, and `query_count`: what
// name servers had counted at each minute of the last hour.

import { sql, type Generated, type Kysely } from "kysely";

interface EntryColumns {
  kind: string;
  key: string;
  id: string;
  arn: string;
  account_id: string;
  region: string;
  /** Version of the kind's schema that `value` has. */
  schema_version: number;
  revision: number;
}

/** The tables as Kysely knows them. */
export interface SqlTables {
  head: { singleton: number; revision: number; snapshot_revision: number };
  entry: EntryColumns & { ordinal: number; at: number; value: string | null };
  snapshot_row: EntryColumns & { value: string };
  object_row: EntryColumns & { value: string };
  secret: { id: string; purpose: string; sealed: string; at: number };
  signature: { zone: string; name: string; digest: string; rdata: string };
  metric_series: { id: Generated<number>; resource: string; metric: string };
  /** `at`: seconds since 1970; `resolution`: seconds. */
  metric_point: {
    series: number;
    resolution: number;
    at: number;
    count: number;
    sum: number;
    minimum: number;
    maximum: number;
  };
  /** `minute`: minutes since 1970; `at`: milliseconds. */
  query_count: { minute: number; at: number; told: string };
}

/** Creates what is not there. Versions of this layout are part of the data version. */
export async function createTables(db: Kysely<SqlTables>): Promise<void> {
  await db.schema
    .createTable("head")
    .ifNotExists()
    .addColumn("singleton", "integer", (column) => column.primaryKey().check(sql`singleton = 1`))
    .addColumn("revision", "bigint", (column) => column.notNull())
    .addColumn("snapshot_revision", "bigint", (column) => column.notNull())
    .execute();
  for (const table of ["entry", "snapshot_row", "object_row"] as const) {
    let builder = db.schema
      .createTable(table)
      .ifNotExists()
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("key", "text", (column) => column.notNull())
      .addColumn("id", "text", (column) => column.notNull())
      .addColumn("arn", "text", (column) => column.notNull())
      .addColumn("account_id", "text", (column) => column.notNull())
      .addColumn("region", "text", (column) => column.notNull())
      .addColumn("schema_version", "integer", (column) => column.notNull())
      .addColumn("revision", "bigint", (column) => column.notNull());
    if (table === "entry") {
      builder = builder
        .addColumn("ordinal", "integer", (column) => column.notNull())
        .addColumn("at", "bigint", (column) => column.notNull())
        .addColumn("value", "text")
        .addPrimaryKeyConstraint("entry_key", ["revision", "ordinal"]);
    } else {
      builder = builder
        .addColumn("value", "text", (column) => column.notNull())
        .addPrimaryKeyConstraint(`${table}_key`, ["kind", "key"]);
    }
    await builder.execute();
  }
  await db.schema
    .createIndex("entry_object")
    .ifNotExists()
    .on("entry")
    .columns(["kind", "key", "revision"])
    .execute();
  await db.schema
    .createTable("secret")
    .ifNotExists()
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("purpose", "text", (column) => column.notNull())
    .addColumn("sealed", "text", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("signature")
    .ifNotExists()
    .addColumn("zone", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("digest", "text", (column) => column.notNull())
    .addColumn("rdata", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("signature_key", ["zone", "name"])
    .execute();
  await db.schema
    .createTable("metric_series")
    .ifNotExists()
    // Never given twice: a row of points that outlives its series is nobody's.
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("resource", "text", (column) => column.notNull())
    .addColumn("metric", "text", (column) => column.notNull())
    .addUniqueConstraint("metric_series_name", ["resource", "metric"])
    .execute();
  await db.schema
    .createTable("metric_point")
    .ifNotExists()
    .addColumn("series", "integer", (column) => column.notNull())
    .addColumn("resolution", "integer", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("count", "double precision", (column) => column.notNull())
    .addColumn("sum", "double precision", (column) => column.notNull())
    .addColumn("minimum", "double precision", (column) => column.notNull())
    .addColumn("maximum", "double precision", (column) => column.notNull())
    .addPrimaryKeyConstraint("metric_point_key", ["series", "resolution", "at"])
    .modifyEnd(sql`without rowid`)
    .execute();
  await db.schema
    .createTable("query_count")
    .ifNotExists()
    .addColumn("minute", "integer", (column) => column.primaryKey())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("told", "text", (column) => column.notNull())
    .execute();
  await db
    .insertInto("head")
    .values({ singleton: 1, revision: 0, snapshot_revision: 0 })
    .onConflict((conflict) => conflict.column("singleton").doNothing())
    .execute();
}
