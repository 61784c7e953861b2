// The table of sealed secrets in SQL, for any Kysely dialect, as sql-log.ts is for the log.

import type { Kysely } from "kysely";
import type { SealedSecret } from "./port.ts";
import type { SqlTables } from "./sql-schema.ts";

/** The operations, over one database. */
export class SqlSecrets {
  readonly #db: Kysely<SqlTables>;

  constructor(db: Kysely<SqlTables>) {
    this.#db = db;
  }

  async put({ id, purpose, sealed, at }: SealedSecret): Promise<void> {
    const values = { purpose, sealed, at };
    await this.#db
      .insertInto("secret")
      .values({ id, ...values })
      .onConflict((conflict) => conflict.column("id").doUpdateSet(values))
      .execute();
  }

  async get(id: string): Promise<SealedSecret | undefined> {
    return this.#db.selectFrom("secret").selectAll().where("id", "=", id).executeTakeFirst();
  }

  async delete(id: string): Promise<void> {
    await this.#db.deleteFrom("secret").where("id", "=", id).execute();
  }

  async list(purpose: string): Promise<SealedSecret[]> {
    return this.#db.selectFrom("secret").selectAll().where("purpose", "=", purpose).orderBy("id").execute();
  }
}
