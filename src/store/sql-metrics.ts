// The table of metrics in SQL, for any Kysely dialect, as sql-log.ts is for the log. A series has a number, so that a point is a few
// octets; points lie in the order of series, form and time, so that what is read, and what is swept away, is one range.

import type { Kysely, Transaction } from "kysely";
import { sql } from "kysely";
import {
  joinPoints,
  maxMetricSeries,
  metricKeeping,
  spanOf,
  sweepLimit,
  type MetricPoint,
  type MetricResolution,
  type MetricSeries,
} from "./metric-port.ts";
import type { SqlTables } from "./sql-schema.ts";

/** Rows of one statement: it is compiled once for each number of rows that occurs, and this many have few parameters enough. */
const rowsPerStatement = 100;

/** The operations, over one database. */
export class SqlMetrics {
  readonly #db: Kysely<SqlTables>;
  readonly #maxSeries: number;
  /** Numbers of series that were looked up. */
  readonly #numbers: Map<string, number> = new Map();
  /** The number of the series that the last step of `sweep` ended at. */
  #swept = 0;

  constructor(db: Kysely<SqlTables>, maxSeries: number = maxMetricSeries) {
    this.#db = db;
    this.#maxSeries = maxSeries;
  }

  async add(points: readonly (MetricSeries & MetricPoint)[]): Promise<number> {
    try {
      return await this.#db.transaction().execute((trx) => this.#add(trx, points));
    } catch (error) {
      this.#numbers.clear(); // numbers that were given within it are nobody's
      throw error;
    }
  }

  async #add(trx: Transaction<SqlTables>, points: readonly (MetricSeries & MetricPoint)[]): Promise<number> {
    let left = 0;
    const rows = new Map<string, SqlTables["metric_point"]>();
    for (const point of points) {
      const series = await this.#number(trx, point);
      if (series === undefined) {
        left++;
        continue;
      }
      for (const { resolution } of metricKeeping) {
        const at = spanOf(point.at, resolution);
        const key = `${series} ${resolution} ${at}`;
        const known = rows.get(key);
        rows.set(key, { series, resolution, ...(known ? joinPoints(known, point) : pointOf(point)), at });
      }
    }
    const all = [...rows.values()];
    for (let i = 0; i < all.length; i += rowsPerStatement)
      await join(trx, all.slice(i, i + rowsPerStatement));
    return left;
  }

  async read(
    series: MetricSeries,
    resolution: MetricResolution,
    from: number,
    to: number,
    limit: number,
  ): Promise<MetricPoint[]> {
    const number = await this.#find(this.#db, series);
    if (number === undefined) return [];
    return this.#db
      .selectFrom("metric_point")
      .select(["at", "count", "sum", "minimum", "maximum"])
      .where("series", "=", number)
      .where("resolution", "=", resolution)
      .where("at", ">=", from)
      .where("at", "<", to)
      .orderBy("at")
      .limit(limit)
      .execute();
  }

  async sweep(now: number, maxSeries: number): Promise<void> {
    await this.#db.transaction().execute(async (trx) => {
      const found = await trx
        .selectFrom("metric_series")
        .selectAll()
        .where("id", ">", this.#swept)
        .orderBy("id")
        .limit(maxSeries)
        .execute();
      this.#swept = found.length < maxSeries ? 0 : (found.at(-1)?.id ?? 0);
      for (const { id, resource, metric } of found) {
        let isEmpty = true;
        for (const keeping of metricKeeping) {
          const ends = await trx
            .selectFrom("metric_point")
            .select((eb) => [eb.fn.min("at").as("oldest"), eb.fn.max("at").as("newest")])
            .where("series", "=", id)
            .where("resolution", "=", keeping.resolution)
            .executeTakeFirst();
          if (typeof ends?.oldest !== "number") continue;
          const limit = sweepLimit(now, keeping, ends.oldest);
          if (ends.newest >= limit) isEmpty = false;
          if (ends.oldest >= limit) continue;
          await trx
            .deleteFrom("metric_point")
            .where("series", "=", id)
            .where("resolution", "=", keeping.resolution)
            .where("at", "<", limit)
            .execute();
        }
        if (!isEmpty) continue;
        await trx.deleteFrom("metric_series").where("id", "=", id).execute();
        this.#numbers.delete(nameOf({ resource, metric }));
      }
    });
  }

  /** The number of a series, a new one where it has none. Undefined where there are too many. */
  async #number(
    trx: Transaction<SqlTables>,
    { resource, metric }: MetricSeries,
  ): Promise<number | undefined> {
    const known = await this.#find(trx, { resource, metric });
    if (known !== undefined) return known;
    const { count } = await trx
      .selectFrom("metric_series")
      .select((eb) => eb.fn.countAll<number>().as("count"))
      .executeTakeFirstOrThrow();
    if (count >= this.#maxSeries) return undefined;
    await trx.insertInto("metric_series").values({ resource, metric }).execute();
    return this.#find(trx, { resource, metric });
  }

  async #find(db: Kysely<SqlTables>, series: MetricSeries): Promise<number | undefined> {
    const name = nameOf(series);
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const row = await db
      .selectFrom("metric_series")
      .select("id")
      .where("resource", "=", series.resource)
      .where("metric", "=", series.metric)
      .executeTakeFirst();
    if (row) this.#numbers.set(name, row.id);
    return row?.id;
  }
}

/** Adds rows to those that are there. */
async function join(trx: Transaction<SqlTables>, rows: readonly SqlTables["metric_point"][]): Promise<void> {
  await trx
    .insertInto("metric_point")
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(["series", "resolution", "at"]).doUpdateSet({
        count: sql<number>`metric_point.count + excluded.count`,
        sum: sql<number>`metric_point.sum + excluded.sum`,
        minimum: sql<number>`case when excluded.minimum < metric_point.minimum then excluded.minimum else metric_point.minimum end`,
        maximum: sql<number>`case when excluded.maximum > metric_point.maximum then excluded.maximum else metric_point.maximum end`,
      }),
    )
    .execute();
}

function pointOf({ at, count, sum, minimum, maximum }: MetricPoint): MetricPoint {
  return { at, count, sum, minimum, maximum };
}

function nameOf({ resource, metric }: MetricSeries): string {
  return JSON.stringify([resource, metric]);
}
