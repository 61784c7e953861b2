// What every store's table of metrics must do, run against each implementation: `runMetricTableContract(make)`.

import { array, assert, asyncProperty, integer, nat, record } from "fast-check";
import { expect, test } from "vitest";
import {
  metricKeeping,
  spanOf,
  type MetricPoint,
  type MetricResolution,
  type MetricSeries,
  type MetricTable,
} from "./metric-port.ts";

const day = 86_400;
/** A whole hour: seconds since 1970. */
const noon = 1_800_000_000;

/** Declares the tests. @param make  gives an empty table each time */
export function runMetricTableContract(make: () => Promise<MetricTable>): void {
  const web: MetricSeries = { resource: "web", metric: "RequestCount" };
  const point = (at: number, ...values: number[]): MetricPoint => ({
    at,
    count: values.length,
    sum: values.reduce((sum, value) => sum + value, 0),
    minimum: Math.min(...values),
    maximum: Math.max(...values),
  });
  const all = (
    table: MetricTable,
    resolution: MetricResolution = 60,
    series: MetricSeries = web,
  ): Promise<MetricPoint[]> => table.read(series, resolution, 0, Number.MAX_SAFE_INTEGER, 100_000);

  test("points are read in the order of time, within bounds, of one series", async () => {
    const table = await make();
    const other = { resource: "web", metric: "Other" };
    await table.add([
      { ...web, ...point(noon + 120, 3) },
      { ...web, ...point(noon, 1, 5) },
      { ...other, ...point(noon, 7) },
      { ...web, ...point(noon + 60, -0.5) },
    ]);
    const points = [point(noon, 1, 5), point(noon + 60, -0.5), point(noon + 120, 3)];
    expect(await all(table)).toEqual(points);
    expect(await table.read(web, 60, noon + 60, noon + 120, 10)).toEqual([points[1]]);
    expect(await table.read(web, 60, noon, noon + 600, 2)).toEqual(points.slice(0, 2));
    expect(await all(table, 60, other)).toEqual([point(noon, 7)]);
    expect(await all(table, 60, { resource: "none", metric: "RequestCount" })).toEqual([]);
  });

  test("samples of one minute come together, in one call and over several", async () => {
    const table = await make();
    await table.add([
      { ...web, ...point(noon, 1) },
      { ...web, ...point(noon, 9) },
    ]);
    await table.add([{ ...web, ...point(noon, 4, 0) }]);
    expect(await all(table)).toEqual([point(noon, 1, 9, 4, 0)]);
  });

  test("any text is a name, and no two names are one", async () => {
    const table = await make();
    const names = ["a", "A", 'a"', "a'; drop table metric_point; --", "a\u0000", "ü", "a b", "\u{10ffff}"];
    await table.add(names.map((resource, i) => ({ resource, metric: "x", ...point(noon, i) })));
    for (const [i, resource] of names.entries())
      expect(await all(table, 60, { resource, metric: "x" })).toEqual([point(noon, i)]);
    await table.add([{ resource: "a", metric: "b c", ...point(noon, 1) }]);
    expect(await all(table, 60, { resource: "a b", metric: "c" })).toEqual([]);
  });

  test("coarser forms keep count, sum, least and greatest of what was added, whatever its order", async () => {
    // Whole numbers, so that sums do not depend on the order.
    const sample = record({
      minute: integer({ min: 0, max: 200 }),
      values: array(integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 4 }),
      inCall: nat(3),
    });
    let runs = 0;
    const table = await make();
    await assert(
      asyncProperty(array(sample, { minLength: 1, maxLength: 30 }), async (samples) => {
        const series = { resource: `r${runs++}`, metric: "m" };
        for (let call = 0; call <= 3; call++) {
          const given = samples.filter(({ inCall }) => inCall === call);
          await table.add(
            given.map(({ minute, values }) => ({ ...series, ...point(noon + minute * 60, ...values) })),
          );
        }
        for (const { resolution } of metricKeeping) {
          const expected = new Map<number, number[]>();
          for (const { minute, values } of samples) {
            const at = spanOf(noon + minute * 60, resolution);
            expected.set(at, [...(expected.get(at) ?? []), ...values]);
          }
          const points = [...expected].sort(([a], [b]) => a - b).map(([at, values]) => point(at, ...values));
          expect(await all(table, resolution, series)).toEqual(points);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("sweep() takes away what is older than each form is kept, and a series of which nothing is left", async () => {
    const table = await make();
    const ages = [1, 14.9, 15.1, 62, 64, 454, 457];
    await table.add(ages.map((age) => ({ ...web, ...point(noon - age * day, age) })));
    await table.add([{ resource: "old", metric: "x", ...point(noon - 500 * day, 1) }]);
    for (let i = 0; i < 500; i++) await table.sweep(noon, 1);
    const left = async (resolution: MetricResolution): Promise<number[]> =>
      (await all(table, resolution)).map(({ sum }) => sum).reverse();
    expect(await left(60)).toEqual([1, 14.9]);
    expect(await left(300)).toEqual([1, 14.9, 15.1, 62]);
    expect(await left(3600)).toEqual([1, 14.9, 15.1, 62, 64, 454]);
    expect(await all(table, 3600, { resource: "old", metric: "x" })).toEqual([]);
    await table.add([{ resource: "old", metric: "x", ...point(noon, 2) }]);
    expect(await all(table, 60, { resource: "old", metric: "x" })).toEqual([point(noon, 2)]);
  });

  test("one step of sweep() takes a day of minutes at most: a clock that jumps ahead does little", async () => {
    const table = await make();
    await table.add([0, 1, 2, 3].map((age) => ({ ...web, ...point(noon - age * day, age) })));
    await table.sweep(noon + 1000 * day, 10);
    expect((await all(table)).map(({ sum }) => sum)).toEqual([2, 1, 0]);
  });
}
