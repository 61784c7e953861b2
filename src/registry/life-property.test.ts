// The registry against a plain model, over random commands and times: one name, two registrars, and days that pass. The model counts in
// calendar dates and days; it knows nothing of the flows.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  advanceDomain,
  checkDomain,
  createDomain,
  deleteDomain,
  domainDelegation,
  domainStatuses,
  formatDay,
  lifeOf,
  nextActAt,
  renewDomain,
  restoreDomain,
  updateDomain,
  type ClientStatus,
  type Outcome,
} from "./index.ts";
import { RegistryTables } from "./testing.ts";

const day = 86_400_000;
const name = "shop.test.";

type Step =
  | { do: "create"; client: string; years: number }
  | { do: "renew"; client: string; years: number; isStale: boolean }
  | { do: "restore" | "delete" | "advance"; client: string }
  | { do: "status"; client: string; status: ClientStatus; isOn: boolean }
  | { do: "autoRenew"; client: string; isOn: boolean }
  | { do: "wait"; days: number };

const client = fc.constantFrom("r1", "r1", "r1", "r2");
const years = fc.integer({ min: 1, max: 10 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("create" as const), client, years }),
  fc.record({ do: fc.constant("renew" as const), client, years, isStale: fc.boolean() }),
  fc.record({ do: fc.constantFrom("restore" as const, "delete" as const, "advance" as const), client }),
  fc.record({
    do: fc.constant("status" as const),
    client,
    status: fc.constantFrom<ClientStatus[]>(
      "clientHold",
      "clientRenewProhibited",
      "clientDeleteProhibited",
      "clientUpdateProhibited",
    ),
    isOn: fc.boolean(),
  }),
  fc.record({ do: fc.constant("autoRenew" as const), client, isOn: fc.boolean() }),
  fc.record({ do: fc.constant("wait" as const), days: fc.constantFrom(1, 4, 30, 44, 75, 300, 366, 411) }),
  fc.record({ do: fc.constant("wait" as const), days: fc.constantFrom(1, 4, 30, 44, 75, 300, 366, 411) }),
);
/** Half of the walks begin with a year that ends. */
const beginning: fc.Arbitrary<Step[]> = fc.constantFrom<Step[][]>(
  [],
  [
    { do: "create", client: "r1", years: 1 },
    { do: "autoRenew", client: "r1", isOn: false },
    { do: "wait", days: 366 },
  ],
);

/** A registration as the model has it. */
interface Registration {
  owner: string;
  expires: Date;
  renewsItself: boolean;
  statuses: Set<string>;
}

function yearsLater(date: Date, count: number): Date {
  const later = new Date(date);
  later.setUTCFullYear(later.getUTCFullYear() + count); // 29 February becomes 1 March
  return later;
}

/** Days since expiry, where it does not renew itself; -1 before. */
function daysOver({ expires, renewsItself, statuses }: Registration, now: Date): number {
  if (renewsItself && !statuses.has("clientRenewProhibited")) return -1;
  const days = (now.getTime() - expires.getTime()) / day;
  return days < 0 ? -1 : days;
}

class Model {
  now: Date = new Date(0);
  registration: Registration | undefined;

  /** What the registration is today; one that is 80 days over is none. */
  get standing(): (Registration & { over: number }) | undefined {
    const { registration } = this;
    if (!registration) return undefined;
    const over = daysOver(registration, this.now);
    return over >= 80 ? undefined : { ...registration, over };
  }

  /** @returns the EPP code */
  run(step: Exclude<Step, { do: "wait" | "advance" }>): number {
    const { standing, now } = this;
    if (step.do === "create") {
      if (standing) return 2302;
      const expires = yearsLater(now, step.years);
      this.registration = { owner: step.client, expires, renewsItself: true, statuses: new Set() };
      return 1000;
    }
    const { registration } = this;
    if (!standing || !registration) return 2303;
    if (standing.owner !== step.client) return 2201;
    const isOver = standing.over >= 45;
    switch (step.do) {
      case "delete":
        if (isOver || standing.statuses.has("clientDeleteProhibited")) return 2304;
        this.registration = undefined;
        return 1000;
      case "restore":
        if (!isOver || standing.over >= 75) return 2304;
        registration.expires = yearsLater(standing.expires, 1);
        return 1000;
      case "renew": {
        if (isOver || standing.statuses.has("clientRenewProhibited")) return 2304;
        if (step.isStale) return 2306;
        const expires = yearsLater(standing.expires, step.years);
        if (expires > yearsLater(now, 10)) return 2105;
        registration.expires = expires;
        return 1000;
      }
      case "autoRenew":
        if (isOver || standing.statuses.has("clientUpdateProhibited")) return 2304;
        registration.renewsItself = step.isOn;
        return 1000;
      case "status": {
        const isLifted = !step.isOn && step.status === "clientUpdateProhibited";
        if (isOver || (standing.statuses.has("clientUpdateProhibited") && !isLifted)) return 2304;
        registration.statuses[step.isOn ? "add" : "delete"](step.status);
        return 1000;
      }
      default:
        throw new RangeError("no such step");
    }
  }
}

function flow(
  tables: RegistryTables,
  step: Exclude<Step, { do: "wait" | "advance" }>,
  now: number,
): Outcome<unknown> {
  const exDate = tables.domain(name)?.exDate ?? 0;
  switch (step.do) {
    case "create":
      return createDomain(tables, {
        name,
        years: step.years,
        nameServers: ["ns1.example.org."],
        client: step.client,
        roid: "D1",
        now,
      });
    case "delete":
      return deleteDomain(tables, name, step.client, now);
    case "restore":
      return restoreDomain(tables, name, step.client, now);
    case "renew": {
      const currentExpiryDay = formatDay(step.isStale ? exDate - 400 * day : exDate);
      return renewDomain(tables, { name, years: step.years, currentExpiryDay, client: step.client, now });
    }
    case "autoRenew":
      return updateDomain(tables, { name, client: step.client, autoRenew: step.isOn, now });
    case "status": {
      const change = step.isOn ? { addStatuses: [step.status] } : { removeStatuses: [step.status] };
      return updateDomain(tables, { name, client: step.client, now, ...change });
    }
    default:
      throw new RangeError("no such step");
  }
}

test("random commands and times come to what a plain model says", () => {
  const reached = new Set<string>();
  fc.assert(
    fc.property(beginning, fc.array(step, { minLength: 1, maxLength: 40 }), (first, further) => {
      const tables = new RegistryTables();
      const model = new Model();
      for (const one of [...first, ...further]) {
        const now = model.now.getTime();
        if (one.do === "wait") {
          model.now = new Date(now + one.days * day);
        } else if (one.do === "advance") {
          const wasDue = tables.domain(name) !== undefined && nextActAt(tables.domain(name)!) <= now;
          const { code } = advanceDomain(tables, name, now);
          tables.take(advanceDomain(tables, name, now));
          // What renews itself is its registrar's matter; all else that is due is done.
          if (code === 1000) expect(wasDue).toBe(true);
          if (!model.standing) expect(tables.domain(name)).toBeUndefined();
        } else {
          const outcome = flow(tables, one, now);
          tables.take(outcome);
          expect(outcome.code, JSON.stringify(one)).toBe(model.run(one));
          reached.add(`${one.do} ${outcome.code}`);
        }
        agree(tables, model);
      }
    }),
    { numRuns: 2000 },
  );
  // The walk came by every refusal that it can.
  for (const one of [
    "renew 2105",
    "renew 2304",
    "renew 2306",
    "restore 1000",
    "delete 2304",
    "create 2302",
    "status 2304",
  ])
    expect([...reached]).toContain(one);
});

function agree(tables: RegistryTables, model: Model): void {
  const now = model.now.getTime();
  const { standing } = model;
  expect(checkDomain(tables, name, now)).toMatchObject({ answer: { isAvailable: !standing } });
  const domain = tables.domain(name);
  if (!standing || !domain) {
    expect(standing).toBeUndefined();
    if (domain) expect(lifeOf(domain, now).phase).toBe("released");
    return;
  }
  expect(domain.exDate).toBe(standing.expires.getTime());
  const statuses = [...standing.statuses, ...(standing.over >= 45 ? ["pendingDelete"] : [])];
  expect(domainStatuses(domain, now).toSorted()).toEqual(
    (statuses.length > 0 ? statuses : ["ok"]).toSorted(),
  );
  // The zone follows as soon as the registry has acted.
  const acted = advanceDomain(tables, name, now);
  const shown = acted.code === 1000 ? acted.answer.domain : domain;
  const isOut = standing.over >= 45 || standing.statuses.has("clientHold");
  expect(domainDelegation(shown)).toHaveLength(isOut ? 0 : 1);
}
