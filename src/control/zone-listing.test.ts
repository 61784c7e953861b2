// A zone's records page by page: every page is in order, together they are the zone, whatever was written meanwhile; and long work leaves the
// thread to others.

import type { Rrset } from "#contract";
import { createMemoryStore } from "#store";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { platformPrincipal } from "./access/principal.ts";
import { ControlCore } from "./control.ts";
import { controlSchema } from "./facts.ts";
import { inSlices, sortSliced } from "./slices.ts";
import { ManualTime, testConfig, testHost } from "./testing.ts";
import { compareNameTexts, nameOfKey, sortKeyOf } from "./view-rrsets.ts";

const by = platformPrincipal("test");
const apex = "shop.test.";

async function startCore(): Promise<ControlCore> {
  const core = new ControlCore({
    ...testHost(new ManualTime()),
    store: createMemoryStore(controlSchema),
    config: testConfig,
  });
  await core.start();
  await core.run({ action: "register", name: "shop.test" }, by);
  return core;
}

async function readAll(core: ControlCore, limit: number, between?: () => Promise<void>): Promise<Rrset[]> {
  const zone = core.views.state.value("zone", apex);
  if (!zone) throw new Error("no zone");
  const rrsets: Rrset[] = [];
  for (let token: string | undefined, isFirst = true; isFirst || token !== undefined; isFirst = false) {
    const page = await core.listings.page(zone, limit, token);
    expect(page.rrsets.length).toBeLessThanOrEqual(limit);
    rrsets.push(...page.rrsets);
    token = page.nextPageToken;
    await between?.();
  }
  return rrsets;
}

const label = fc.constantFrom("a", "b", "*", "b.a", "z.a", "a\\.b", "x\\032y", "A-b", "@");
const edit = fc.record({
  name: label.map((text) => (text === "@" ? "@" : `${text}.shop.test.`)),
  type: fc.constantFrom("A", "TXT", "AAAA"),
  isPut: fc.boolean(),
});
const shownName = (name: string): string => (name === "@" ? "shop.test" : name.slice(0, -1).toLowerCase());
const data: Readonly<Record<string, string>> = { A: "192.0.2.1", AAAA: "2001:db8::1", TXT: '"x"' };

test("pages of any size are the zone, in order, after and between writes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uniqueArray(edit, { selector: ({ name, type }) => `${name} ${type}`, minLength: 1 }), {
        maxLength: 8,
      }),
      fc.integer({ min: 1, max: 6 }),
      async (batches, limit) => {
        const core = await startCore();
        const write = async (batch: (typeof batches)[number] | undefined): Promise<void> => {
          const rrsets = await readAll(core, 1000);
          const edits = (batch ?? []).map(({ name, type, isPut }) => {
            const seen = rrsets.find((rrset) => rrset.name === shownName(name) && rrset.type === type);
            const expected = seen
              ? { ttl: seen.ttl, records: seen.entries.map((entry) => entry.data) }
              : null;
            return { name, type, expected, put: isPut ? { records: [data[type] ?? ""] } : null };
          });
          // Where nothing differs it is refused.
          await core.run({ action: "change-rrsets", zone: "shop.test", edits }, by).catch(() => {});
        };
        for (const batch of batches.slice(1)) {
          await write(batch);
          const rrsets = await readAll(core, limit);
          const keys = rrsets.map(({ name, type }) => `${name} ${type}`);
          expect(new Set(keys).size).toBe(keys.length);
          const facts = core.views.state.rrsetsOfZone(apex);
          expect(rrsets.filter(({ origin }) => origin !== "platform")).toHaveLength(facts.length);
          const names = rrsets.map(({ name }) => `${name}.`);
          expect(names).toEqual([...names].sort(compareNameTexts));
          expect(rrsets.slice(0, 2).map(({ type }) => type)).toEqual(["SOA", "NS"]);
          const zone = core.views.state.value("zone", apex);
          expect(zone && (await core.listings.all(zone))).toEqual(rrsets);
        }
        // What is written between two pages may be on one of them or not; all else is there once.
        const before = await readAll(core, 1000);
        let isWritten = false;
        const mixed = await readAll(core, limit, async () => {
          if (!isWritten) await write(batches[0]);
          isWritten = true;
        });
        const after = await readAll(core, 1000);
        const text = (list: readonly Rrset[]): string[] => list.map(({ name, type }) => `${name} ${type}`);
        const stays = text(before).filter((key) => text(after).includes(key));
        expect(text(mixed)).toEqual([...new Set(text(mixed))]);
        expect(text(mixed)).toEqual(expect.arrayContaining(stays));
        await core.close();
      },
    ),
    { numRuns: 40 },
  );
}, 120_000);

test("aliases, assignments and the platform's own zone are listed", async () => {
  const core = await startCore();
  await core.run({ action: "create-instance", name: "web", run: { kind: "site", folder: "/srv" } }, by);
  expect((await readAll(core, 10)).map(({ type }) => type)).toEqual(["SOA", "NS"]);
  await core.run({ action: "assign", name: "www.shop.test", resource: "web", https: false }, by);
  await core.run({ action: "put-alias", zone: "shop.test", name: "@", target: "web" }, by);
  const list = async (): Promise<string[]> =>
    (await readAll(core, 2)).map(({ name, type, origin }) => `${name} ${type} ${origin}`);
  expect(await list()).toEqual([
    "shop.test SOA platform",
    "shop.test NS platform",
    "shop.test A alias",
    "shop.test AAAA alias",
    "www.shop.test A assign",
    "www.shop.test AAAA assign",
  ]);
  await core.run({ action: "unassign", name: "www.shop.test" }, by);
  expect(await list()).toHaveLength(4);
  const own = core.views.state.value("zone", "fairlead.internal.");
  expect(own && (await core.listings.page(own, 10, undefined)).rrsets.map(({ type }) => type)).toEqual([
    "SOA",
    "NS",
    "A",
    "AAAA",
  ]);
  await core.close();
});

test("names and sort keys lead to each other, and what is below a name stands behind it", () => {
  for (const name of ["shop.test.", "a\\.b.shop.test.", "x\\032y.shop.test.", "test."])
    expect(nameOfKey(sortKeyOf(name))).toBe(name);
  expect(["b.a.test.", "ab.test.", "a.test.", "a-b.test."].sort(compareNameTexts)).toEqual([
    "a.test.",
    "b.a.test.",
    "a-b.test.",
    "ab.test.",
  ]);
});

test("sliced work lets others run between its pieces, and sorts", async () => {
  const items = Array.from({ length: 5000 }, (_, i) => String((i * 7919) % 5000).padStart(4, "0"));
  let time = 0;
  let others = 0;
  let isOver = false;
  const other = (): void => {
    others++;
    if (!isOver) setImmediate(other);
  };
  setImmediate(other);
  // Every look at the clock takes 5 ms.
  const sorted = await inSlices({ monotonic: () => (time += 5) }, sortSliced(items));
  isOver = true;
  // oxlint-disable-next-line unicorn/require-array-sort-compare -- code units are wanted
  expect(sorted).toEqual([...items].sort());
  expect(others).toBeGreaterThan(5);
  expect(await inSlices({ monotonic: () => 0 }, sortSliced([]))).toEqual([]);
});
