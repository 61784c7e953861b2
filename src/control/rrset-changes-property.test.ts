// Two editors of one zone who send random batches, each built on what that editor last saw, against a plain model: a map from RRsets to
// their content. A batch is applied whole or not at all, is refused exactly where it would overwrite what its editor has not seen, names
// every such RRset with both sides, and the undo of the last one gives back what was there.

import { PlatformError, type RrsetChange, type RrsetConflict, type RrsetContent } from "#contract";
import { createMemoryStore } from "#store";
import { formatRdata, typeName } from "#wire";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { platformPrincipal } from "./access/principal.ts";
import { ControlCore } from "./control.ts";
import { controlSchema } from "./facts.ts";
import { octetsOf } from "./octets.ts";
import { ManualTime, testConfig, testHost } from "./testing.ts";

type Model = ReadonlyMap<string, RrsetContent>;

const key = fc.constantFrom("a A", "b A", "b TXT", "c A", "@ TXT");
const ttl = fc.constantFrom(60, 300);
const content = (name: string): fc.Arbitrary<RrsetContent | null> => {
  const data = name.endsWith("TXT") ? ['"x"', '"y"'] : ["192.0.2.1", "192.0.2.2"];
  return fc.option(fc.record({ ttl, records: fc.subarray(data, { minLength: 1 }) }), { freq: 3 });
};
const edit = key.chain((name) => fc.record({ name: fc.constant(name), put: content(name) }));
const step = fc.record({
  editor: fc.constantFrom(0, 1),
  edits: fc.uniqueArray(edit, { minLength: 1, maxLength: 4, selector: ({ name }) => name }),
  /** Whether the editor looks at the zone first. */
  looks: fc.boolean(),
});

/** Contents that differ in nothing but order are the same. */
const same = (a: RrsetContent | null, b: RrsetContent | null): boolean =>
  a?.ttl === b?.ttl && [...(a?.records ?? [])].sort().join() === [...(b?.records ?? [])].sort().join();

function zoneOf({ views: { state } }: ControlCore): Map<string, RrsetContent> {
  return new Map(
    state
      .rrsetsOfZone("shop.test.")
      .map(({ owner, type, ttl: seconds, entries }) => [
        `${owner === "shop.test." ? "@" : owner.split(".")[0]} ${typeName(type)}`,
        { ttl: seconds, records: entries.map(({ rdata }) => formatRdata(type, octetsOf(rdata))).sort() },
      ]),
  );
}

test("batches of two editors come out as in a plain model, and no edit that was not seen is lost", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const host = testHost(new ManualTime());
      const store = createMemoryStore(controlSchema);
      const core = new ControlCore({ ...host, store, config: testConfig });
      await core.start();
      const by = platformPrincipal("test");
      await core.run({ action: "register", name: "shop.test" }, by);
      let model: Model = new Map();
      const seen: [Model, Model] = [model, model];
      for (const { editor, edits, looks } of steps) {
        if (looks) seen[editor] = model;
        const view = seen[editor] ?? model;
        const batch: RrsetChange[] = edits.map(({ name, put }) => ({
          name: name.split(" ")[0] ?? "",
          type: name.split(" ")[1] ?? "",
          expected: view.get(name) ?? null,
          put,
        }));
        const open = edits.filter(({ name, put }) => !same(model.get(name) ?? null, put));
        const lost = open.filter(({ name }) => !same(model.get(name) ?? null, view.get(name) ?? null));
        const head = await store.head();
        try {
          const { change } = await core.run({ action: "change-rrsets", zone: "shop.test", edits: batch }, by);
          expect(lost).toEqual([]);
          expect(open).not.toEqual([]);
          const next = new Map(model);
          for (const { name, put } of open) {
            if (put) next.set(name, { ...put, records: [...put.records].sort() });
            else next.delete(name);
          }
          expect(zoneOf(core)).toEqual(next);
          await core.run({ action: "undo", changeId: change?.id ?? "" }, by);
          expect(zoneOf(core)).toEqual(model);
          await core.run({ action: "change-rrsets", zone: "shop.test", edits: batch }, by);
          model = next;
          seen[editor] = model;
        } catch (error) {
          if (!(error instanceof PlatformError)) throw error;
          expect(await store.head()).toBe(head);
          expect(error.code).toBe(lost.length > 0 ? "change-conflict" : "input-malformed");
          if (lost.length === 0) expect(open).toEqual([]);
          else
            expect(error.detail.conflicts?.map(sides)).toEqual(lost.map((one) => wanted(model, view, one)));
        }
      }
      await core.close();
    }),
    { numRuns: 60 },
  );
}, 120_000);

const sorted = (one: RrsetContent | null): RrsetContent | null =>
  one && { ...one, records: [...one.records].sort() };

function sides({ expected, current, wanted: put }: RrsetConflict): (RrsetContent | null)[] {
  return [sorted(expected), sorted(current), sorted(put)];
}

function wanted(
  model: Model,
  view: Model,
  { name, put }: { readonly name: string; readonly put: RrsetContent | null },
): (RrsetContent | null)[] {
  return [sorted(view.get(name) ?? null), sorted(model.get(name) ?? null), sorted(put)];
}
