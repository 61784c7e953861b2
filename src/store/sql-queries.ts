// The table of what name servers counted, in SQL, for any Kysely dialect, as sql-log.ts is for the log.

import type { Kysely } from "kysely";
import { minuteOf, type QueryRow } from "./query-port.ts";
import type { SqlTables } from "./sql-schema.ts";

/** The operations, over one database. */
export class SqlQueries {
  readonly #db: Kysely<SqlTables>;

  constructor(db: Kysely<SqlTables>) {
    this.#db = db;
  }

  async put({ at, told }: QueryRow, keptFrom: number): Promise<void> {
    const minute = minuteOf(at);
    await this.#db.transaction().execute(async (trx) => {
      await trx
        .deleteFrom("query_count")
        .where((eb) => eb.or([eb("minute", "<", minuteOf(keptFrom)), eb("minute", ">=", minute)]))
        .execute();
      await trx.insertInto("query_count").values({ minute, at, told }).execute();
    });
  }

  async next(after: number): Promise<QueryRow | undefined> {
    return this.#db
      .selectFrom("query_count")
      .select(["at", "told"])
      .where("at", ">", after)
      .orderBy("minute")
      .limit(1)
      .executeTakeFirst();
  }
}
