// Balancing against a plain model: random health, attaches, drains, and beginnings and ends of requests.

import type { Balancing } from "#contract";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { BalancedTarget } from "./balanced-target.ts";
import { Balancer } from "./balancer.ts";
import { TargetTraffic } from "./resource-counters.ts";
import { type Destination, makeDestination } from "./destination.ts";
import { RetryBudget } from "./retry-budget.ts";
import { loadBalancer } from "./testing-balancing.ts";

const ids = ["a", "b", "c", "d", "e", "f"] as const;

type Step =
  | { readonly kind: "attach" | "detach" | "drain" | "undrain"; readonly id: string }
  | { readonly kind: "probe"; readonly id: string; readonly isGood: boolean; readonly times: number }
  | { readonly kind: "begin"; readonly cookieOf: string | undefined }
  | { readonly kind: "end"; readonly which: number; readonly how: "ok" | "503" | "broken" | "gone" }
  | { readonly kind: "wait"; readonly ms: number };

const id = fc.constantFrom(...ids);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom("attach", "detach", "drain", "undrain"), id }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("probe" as const),
      id,
      isGood: fc.boolean(),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("begin" as const),
      cookieOf: fc.option(id, { nil: undefined, freq: 3 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("end" as const),
      which: fc.nat(),
      how: fc.constantFrom("ok", "503", "broken", "gone"),
    }),
  },
  fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 20_000 }) }),
);

/** What the model knows of a target. */
interface Modelled {
  health: "initial" | "healthy" | "unhealthy";
  /** Probes in a row against that. */
  against: number;
  drains: boolean;
}

/** A model that is as plain as can be: maps of what was said. */
class Model {
  readonly targets = new Map<string, Modelled>();

  probe(target: Modelled, isGood: boolean, checks: { healthy: number; unhealthy: number }): void {
    if (target.drains) return;
    const speaksAgainst =
      target.health === "healthy" ? !isGood : target.health === "unhealthy" ? isGood : true;
    target.against = speaksAgainst ? target.against + 1 : 0;
    const before = target.health;
    if (target.health === "initial" && isGood) target.health = "healthy";
    else if (!isGood && target.health !== "unhealthy" && target.against >= checks.unhealthy)
      target.health = "unhealthy";
    else if (isGood && target.health === "unhealthy" && target.against >= checks.healthy)
      target.health = "healthy";
    if (target.health !== before) target.against = 0;
  }
}

/** Runs steps against a balancer and the model, and holds what must be true after each. */
function run(steps: readonly Step[], balancing: Partial<Balancing>): void {
  const emptied: BalancedTarget[] = [];
  const balancer = new Balancer(
    "lb",
    {
      changed: () => {},
      emptied: (target) => emptied.push(target),
      trafficOf: () => new TargetTraffic(),
    },
    { ejections: 0, retriesRefused: 0 },
  );
  const now = { monotonic: 1000, wall: 0 };
  const model = new Model();
  const underWay: BalancedTarget[] = [];
  // The destination of each target is its own: by its id.
  const places = new Map<string, Destination>(
    ids.map((one, i) => [one, makeDestination(new Uint8Array(16).fill(i), 8080)]),
  );
  const settle = (): void => {
    const object = loadBalancer({
      count: ids.length,
      without: ids.filter((one) => !model.targets.has(one)),
      drains: [...model.targets].filter(([, { drains }]) => drains).map(([one]) => one),
      check: { healthyThreshold: 2, unhealthyThreshold: 2, intervalMs: 100 },
      balancing,
    });
    balancer.update(
      object,
      object.targets.flatMap((target) => places.get(target.id) ?? []),
    );
  };
  settle();
  for (const one of steps) {
    switch (one.kind) {
      case "attach":
        if (!model.targets.has(one.id))
          model.targets.set(one.id, { health: "initial", against: 0, drains: false });
        settle();
        break;
      case "detach":
        model.targets.delete(one.id);
        settle();
        break;
      case "drain":
      case "undrain": {
        const target = model.targets.get(one.id);
        if (!target) break;
        if (target.drains && one.kind === "undrain") Object.assign(target, { health: "initial", against: 0 });
        target.drains = one.kind === "drain";
        settle();
        break;
      }
      case "probe": {
        const target = balancer.targets.find((candidate) => candidate.id === one.id);
        const modelled = model.targets.get(one.id);
        for (let i = 0; target && modelled && i < one.times; i++) {
          now.monotonic += 100;
          const status = one.isGood ? 200 : 500;
          balancer.probed(target, { kind: "answered", status, phrase: "", tookMs: 1 }, now.monotonic);
          model.probe(modelled, one.isGood, { healthy: 2, unhealthy: 2 });
        }
        break;
      }
      case "begin":
        begin(balancer, model, one.cookieOf, now, underWay);
        break;
      case "end": {
        const [target] = underWay.splice(underWay.length > 0 ? one.which % underWay.length : 0, 1);
        if (!target) break;
        if (one.how === "ok") target.answered(200, now);
        else if (one.how === "503") target.answered(503, now);
        else if (one.how === "broken") target.failed(now);
        target.leave();
        break;
      }
      case "wait":
        now.monotonic += one.ms;
        break;
    }
    check(balancer, model, underWay);
  }
  for (const target of underWay.splice(0)) target.leave();
  check(balancer, model, underWay);
  // Whoever left with something under way was told of, once that was over.
  for (const target of emptied) expect(target.isLeaving || target.underWay === 0).toBe(true);
}

function begin(
  balancer: Balancer,
  model: Model,
  cookieOf: string | undefined,
  now: { monotonic: number; wall: number },
  underWay: BalancedTarget[],
): void {
  const cookie = balancer.targets.find((target) => target.id === cookieOf)?.cookieValue;
  const target = balancer.choose(cookie, now);
  const takes = [...model.targets].filter(([, modelled]) => !modelled.drains);
  if (!target) {
    expect(takes).toEqual([]);
    return;
  }
  const chosen = model.targets.get(target.id);
  expect(chosen?.drains).toBe(false);
  const ranks = ["healthy", "initial", "unhealthy"];
  const best = Math.min(...takes.map(([, { health }]) => ranks.indexOf(health)));
  expect(ranks.indexOf(chosen?.health ?? "")).toBe(best);
  target.begin();
  underWay.push(target);
}

function check(balancer: Balancer, model: Model, underWay: readonly BalancedTarget[]): void {
  expect(balancer.targets.map((target) => target.id)).toEqual([...model.targets.keys()].sort());
  for (const target of balancer.targets) {
    const modelled = model.targets.get(target.id);
    expect(target.health.state).toBe(modelled?.health);
    expect(target.drains).toBe(modelled?.drains);
    expect(target.underWay).toBe(underWay.filter((one) => one === target).length);
  }
  const healthy = balancer.targets.filter(
    ({ isLeaving, health }) => !isLeaving && health.state === "healthy",
  );
  // Putting aside never takes the last healthy one.
  if (healthy.length > 0) expect(healthy.some(({ isReady }) => isReady)).toBe(true);
}

test.each(["round-robin", "least-requests"] as const)(
  "%s: whatever happens, no request goes to one that drains, nor to a worse one while a better one is there, and counts are right",
  (algorithm) => {
    for (const ejectAfterFailures of [0, 2]) {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
          run(steps, { algorithm, ejectAfterFailures, ejectMs: 1000, stickiness: { durationSeconds: 60 } });
        }),
        { numRuns: 150 },
      );
    }
  },
);

test("round robin is fair within one while nothing changes, and across what changes no target has two turns in a row", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ isGood: fc.boolean(), id: fc.nat(5), requests: fc.integer({ min: 0, max: 20 }) }),
        { maxLength: 20 },
      ),
      (rounds) => {
        const balancer = new Balancer(
          "lb",
          { changed: () => {}, emptied: () => {}, trafficOf: () => new TargetTraffic() },
          { ejections: 0, retriesRefused: 0 },
        );
        const object = loadBalancer({ count: 6, check: { healthyThreshold: 1, unhealthyThreshold: 1 } });
        balancer.update(
          object,
          object.targets.map((_, i) => makeDestination(new Uint8Array(16).fill(i), 8080)),
        );
        const probe = (at: number, isGood: boolean): void => {
          const target = balancer.targets[at];
          if (target)
            balancer.probed(
              target,
              { kind: "answered", status: isGood ? 200 : 500, phrase: "", tookMs: 1 },
              1,
            );
        };
        for (let i = 0; i < 6; i++) probe(i, true);
        let last: BalancedTarget | undefined;
        for (const { isGood, id: at, requests } of rounds) {
          probe(at, isGood);
          const counts = new Map<BalancedTarget, number>();
          for (let i = 0; i < requests; i++) {
            const target = balancer.choose(undefined, { monotonic: 0, wall: 0 });
            if (!target) throw new Error("none was chosen");
            if (balancer.readyCount > 1) expect(target).not.toBe(last);
            last = target;
            counts.set(target, (counts.get(target) ?? 0) + 1);
          }
          const all = balancer.targets
            .filter(({ isReady }) => isReady)
            .map((target) => counts.get(target) ?? 0);
          if (requests > 0) expect(Math.max(...all) - Math.min(...all)).toBeLessThanOrEqual(1);
        }
      },
    ),
    { numRuns: 200 },
  );
});

test("fewest requests: of those that are ready none has fewer under way than the chosen one, and equals take turns", () => {
  const balancer = new Balancer(
    "lb",
    { changed: () => {}, emptied: () => {}, trafficOf: () => new TargetTraffic() },
    { ejections: 0, retriesRefused: 0 },
  );
  const object = loadBalancer({ count: 4, balancing: { algorithm: "least-requests" } });
  balancer.update(
    object,
    object.targets.map((_, i) => makeDestination(new Uint8Array(16).fill(i), 8080)),
  );
  const now = { monotonic: 0, wall: 0 };
  const first = Array.from({ length: 8 }, () => {
    const target = balancer.choose(undefined, now);
    target?.begin();
    return target?.id;
  });
  expect(first.join("")).toBe("abcdabcd");
  balancer.targets[2]?.leave();
  balancer.targets[2]?.leave();
  expect(balancer.choose(undefined, now)?.id).toBe("c");
});

test("a budget pays a fifth of all requests, and a little by time for who has few", () => {
  const budget = new RetryBudget();
  const spent = (at: number): number => {
    let count = 0;
    while (budget.spend(at)) count++;
    return count;
  };
  expect(spent(0)).toBe(10);
  for (let i = 0; i < 100; i++) budget.earn();
  expect(spent(0)).toBeCloseTo(20, -1);
  expect(spent(60_000)).toBe(6);
  for (let i = 0; i < 100_000; i++) budget.earn();
  expect(spent(60_000)).toBe(50);
});
