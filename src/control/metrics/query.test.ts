// Questions for data points, beside what the API's tests ask: container services, many rows, and rates over any time.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createMemoryStore } from "#store";
import { controlSchema } from "../facts.ts";
import { State } from "../state.ts";
import { findMetric } from "./catalogue.ts";
import { foldSpans, queryMetric } from "./query.ts";

const begin = 1_800_000_000;

function stateOf(activeSince?: number): State {
  const state = new State();
  const base = { id: "app-id", arn: "", accountId: "", region: "" };
  const service = {
    name: "app",
    publicAddress: "",
    power: "nano",
    scale: 1,
    isDisabled: false,
    publicDomainNames: {},
    createdAt: 0,
  };
  state.apply({ kind: "container-service", key: "app", ...base, value: service }, 1);
  if (activeSince === undefined) return state;
  const versions = {
    1: { state: "INACTIVE", at: (begin + 60) * 1000 },
    2: { state: "ACTIVE", at: activeSince * 1000 },
  };
  const progress = { service: "app", active: { version: 2, power: "nano" }, versions };
  state.apply({ kind: "container-progress", key: "app", ...base, id: "p", value: progress }, 2);
  return state;
}

test("a new deployment of a container service hides what was measured before", async () => {
  const { metrics } = createMemoryStore(controlSchema);
  await metrics.add(
    [0, 1, 2, 3, 4].map((i) => ({
      resource: "app-id",
      metric: "CPUUtilization",
      at: begin + i * 60,
      count: 1,
      sum: i,
      minimum: i,
      maximum: i,
    })),
  );
  const ask = async (state: State): Promise<unknown> => {
    const question = {
      resource: "app",
      metric: "CPUUtilization",
      period: 60,
      start: begin * 1000,
      end: (begin + 300) * 1000,
      statistics: ["Sum"],
    } as const;
    return (await queryMetric(state, metrics, question, begin * 1000)).points.map(({ sum }) => sum);
  };
  expect(await ask(stateOf())).toEqual([0, 1, 2, 3, 4]);
  expect(await ask(stateOf(begin + 170))).toEqual([2, 3, 4]);
});

test("a span of any length has the sum, count, least and greatest of what lies in it", () => {
  const row = fc.record({
    at: fc.nat(500).map((i) => begin + i * 60),
    count: fc.integer({ min: 1, max: 9 }),
    sum: fc.integer({ min: -99, max: 99 }),
    minimum: fc.integer({ min: -9, max: 0 }),
    maximum: fc.integer({ min: 0, max: 9 }),
  });
  const rowsOf = fc.uniqueArray(row, { selector: ({ at }) => at });
  fc.assert(
    fc.property(rowsOf, fc.integer({ min: 1, max: 1440 }), (rows, minutes) => {
      const folded = foldSpans(rows, begin, minutes * 60);
      const total = (of: readonly { readonly count: number; readonly sum: number }[]): number[] => [
        of.reduce((sum, one) => sum + one.count, 0),
        of.reduce((sum, one) => sum + one.sum, 0),
      ];
      expect(total(folded)).toEqual(total(rows));
      expect(Math.min(...folded.map(({ minimum }) => minimum))).toBe(
        Math.min(...rows.map(({ minimum }) => minimum)),
      );
      expect(Math.max(...folded.map(({ maximum }) => maximum))).toBe(
        Math.max(...rows.map(({ maximum }) => maximum)),
      );
      for (const { at } of folded) expect((at - begin) % (minutes * 60)).toBe(0);
    }),
  );
});

test("the average of a rate over any time is the share of all that came in it", () => {
  const metric = findMetric("Distribution", "TotalErrorRate");
  const response = fc.record({ good: fc.nat(50), notFound: fc.nat(5), failed: fc.nat(5) });
  fc.assert(
    fc.property(fc.array(response), (minutes) => {
      const rows = minutes.flatMap(({ good, notFound, failed }, i) => {
        const counts = { "responses-2xx": good, "responses-4xx": notFound, "responses-5xx": failed };
        const samples = metric?.samples({
          counts,
          gauges: {},
          responseTime: undefined,
          processes: [],
          checks: {},
        });
        return samples ? [{ at: begin + i * 60, ...samples }] : [];
      });
      const [all] = foldSpans(rows, begin, 86_400);
      const errors = minutes.reduce((sum, { notFound, failed }) => sum + notFound + failed, 0);
      const count = errors + minutes.reduce((sum, { good }) => sum + good, 0);
      expect(all?.count ?? 0).toBe(count);
      if (all) expect(all.sum / all.count).toBeCloseTo((errors / count) * 100);
    }),
  );
});
