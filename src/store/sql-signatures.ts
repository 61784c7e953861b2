// The table of signatures in SQL, for any Kysely dialect, as sql-log.ts is for the log.

import type { Kysely } from "kysely";
import type { SignaturePlace, SignatureRow } from "./port.ts";
import type { SqlTables } from "./sql-schema.ts";

/** Rows of one statement: four parameters each, and few enough for one statement. */
const rowsPerStatement = 200;

/** The operations, over one database. */
export class SqlSignatures {
  readonly #db: Kysely<SqlTables>;

  constructor(db: Kysely<SqlTables>) {
    this.#db = db;
  }

  async put(rows: readonly SignatureRow[]): Promise<void> {
    await this.#db.transaction().execute(async (trx) => {
      const there = rows.filter(({ rdata }) => rdata !== "");
      for (let i = 0; i < there.length; i += rowsPerStatement) {
        await trx
          .insertInto("signature")
          .values(there.slice(i, i + rowsPerStatement))
          .onConflict((conflict) =>
            conflict.columns(["zone", "name"]).doUpdateSet((eb) => ({
              digest: eb.ref("excluded.digest"),
              rdata: eb.ref("excluded.rdata"),
            })),
          )
          .execute();
      }
      for (const { zone, name, rdata } of rows) {
        if (rdata !== "") continue;
        await trx.deleteFrom("signature").where("zone", "=", zone).where("name", "=", name).execute();
      }
    });
  }

  async deleteZone(zone: string): Promise<void> {
    await this.#db.deleteFrom("signature").where("zone", "=", zone).execute();
  }

  async list(after: SignaturePlace | undefined, limit: number): Promise<SignatureRow[]> {
    let query = this.#db.selectFrom("signature").selectAll();
    if (after)
      query = query.where((eb) =>
        eb.or([
          eb("zone", ">", after.zone),
          eb.and([eb("zone", "=", after.zone), eb("name", ">", after.name)]),
        ]),
      );
    return query.orderBy("zone").orderBy("name").limit(limit).execute();
  }
}
