import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Kysely, SqliteDialect } from "kysely";
import { expect, test } from "vitest";
import { adaptDatabase } from "./sqlite-database.ts";
import { failureKindOf } from "./sqlite-failure.ts";

interface Tables {
  readonly filled: { readonly text: string };
}

test("a transaction that finds the disk full says so, and the next one that fits is made", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-full-"));
  const database = new DatabaseSync(join(folder, "full.sqlite"));
  database.exec("CREATE TABLE filled (text TEXT); PRAGMA max_page_count=20");
  const kysely = new Kysely<Tables>({ dialect: new SqliteDialect({ database: adaptDatabase(database) }) });
  const insert = (octets: number): Promise<void> =>
    kysely.transaction().execute(async (trx) => {
      await trx
        .insertInto("filled")
        .values({ text: "x".repeat(octets) })
        .execute();
    });
  try {
    const failure: unknown = await insert(1 << 20).catch((error: unknown) => error);
    expect(failureKindOf(failure)).toBe("full");
    await insert(10);
    expect(database.prepare("SELECT count(*) AS count FROM filled").get()).toMatchObject({ count: 1 });
  } finally {
    await kysely.destroy();
    rmSync(folder, { recursive: true });
  }
});

test.each([
  [{ errcode: 11 }, "damaged"],
  [{ errcode: 267 }, "damaged"],
  [{ errcode: 26 }, "damaged"],
  [{ errcode: 13 }, "full"],
  [{ errcode: 14 }, "unusable"],
  [{ errcode: 1 }, "other"],
  [new Error("x"), "other"],
])("failureKindOf(%o) is %s", (error, kind) => {
  expect(failureKindOf(error)).toBe(kind);
});
