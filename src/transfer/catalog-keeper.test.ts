import { expect, test } from "vitest";
import { Name, parseZoneFile } from "#wire";
import { groupRecords } from "#zone";
import { CatalogKeeper } from "./catalog-keeper.ts";

function name(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

/** Takes over members given as zone-file lines below a catalog, and says what follows: `+zone`, `-zone`, or a problem. */
function update(
  keeper: CatalogKeeper,
  catalog: string,
  lines: string,
  taken: readonly string[] = [],
): string[] {
  const { records, errors } = parseZoneFile(`version TXT "2"\n${lines}`, { origin: name(catalog), ttl: 0 });
  if (errors[0]) throw new Error(errors[0].message);
  const change = keeper.update(name(catalog), groupRecords(records), (zone) =>
    taken.includes(zone.toString()),
  );
  return [
    ...change.remove.map((zone) => `-${zone.toString()}`),
    ...change.add.map(({ zone }) => `+${zone.toString()}`),
    ...change.problems,
    ...change.again.map((other) => `again ${other.toString()}`),
  ];
}

test("members come, stay and go; a catalog that is broken changes nothing (RFC 9432 section 5.1)", () => {
  const keeper = new CatalogKeeper();
  expect(update(keeper, "c.test.", "a.zones PTR one.test.\nb.zones PTR two.test.")).toEqual([
    "+one.test.",
    "+two.test.",
  ]);
  expect(update(keeper, "c.test.", "a.zones PTR one.test.\nb.zones PTR two.test.")).toEqual([]);
  expect(update(keeper, "c.test.", "version TXT x\na.zones PTR one.test.")).toEqual([
    'catalog c.test. is broken: its version is not "2"',
  ]);
  expect(update(keeper, "c.test.", "b.zones PTR two.test.\nd.zones PTR three.test.")).toEqual([
    "-one.test.",
    "+three.test.",
  ]);
  expect(keeper.catalogOf(name("two.test."))?.toString()).toBe("c.test.");
  expect(keeper.forget(name("c.test.")).map(String).sort()).toEqual(["three.test.", "two.test."]);
  expect(keeper.catalogOf(name("two.test."))).toBeUndefined();
});

test("a zone that stands for itself under another label begins anew (RFC 9432 section 5.4)", () => {
  const keeper = new CatalogKeeper();
  update(keeper, "c.test.", "a.zones PTR one.test.");
  expect(update(keeper, "c.test.", "z.zones PTR one.test.")).toEqual(["-one.test.", "+one.test."]);
});

test("a zone of one catalog is another's only where its own says so (RFC 9432 section 4.3.1)", () => {
  const keeper = new CatalogKeeper();
  update(keeper, "c.test.", "a.zones PTR one.test.");
  expect(update(keeper, "d.test.", "a.zones PTR one.test.")).toEqual([
    "zone one.test. of catalog d.test. is one of c.test.",
  ]);
  // What the other one says is looked at again, though it has no other version.
  expect(update(keeper, "c.test.", "a.zones PTR one.test.\ncoo.a.zones PTR d.test.")).toEqual([
    "again d.test.",
  ]);
  expect(update(keeper, "d.test.", "a.zones PTR one.test.")).toEqual(["+one.test."]);
  // That it leaves the old one then is nothing to it.
  expect(update(keeper, "c.test.", "")).toEqual([]);
  expect(keeper.catalogOf(name("one.test."))?.toString()).toBe("d.test.");
  update(keeper, "d.test.", "a.zones PTR one.test.\ncoo.a.zones PTR c.test.");
  expect(update(keeper, "c.test.", "new.zones PTR one.test.")).toEqual(["-one.test.", "+one.test."]);
});

test("a zone that is served for another reason is left alone, the catalog itself too", () => {
  const keeper = new CatalogKeeper();
  expect(update(keeper, "c.test.", "a.zones PTR mine.test.\nb.zones PTR one.test.", ["mine.test."])).toEqual([
    "+one.test.",
    "zone mine.test. of catalog c.test. is served already",
  ]);
  expect(update(keeper, "c.test.", "b.zones PTR one.test.", ["mine.test."])).toEqual([]);
});

test("a zone that a catalog lets go of is another's that has it, though nothing has changed there (RFC 9432 section 5.2)", () => {
  const keeper = new CatalogKeeper();
  update(keeper, "c.test.", "a.zones PTR one.test.\nb.zones PTR two.test.");
  update(keeper, "d.test.", "a.zones PTR one.test.");
  update(keeper, "e.test.", "a.zones PTR one.test.\nb.zones PTR two.test.");
  expect(update(keeper, "c.test.", "b.zones PTR two.test.")).toEqual([
    "-one.test.",
    "again d.test.",
    "again e.test.",
  ]);
  expect(update(keeper, "d.test.", "a.zones PTR one.test.")).toEqual(["+one.test."]);
  expect(update(keeper, "e.test.", "a.zones PTR one.test.\nb.zones PTR two.test.")).toEqual([
    "zone one.test. of catalog e.test. is one of d.test.",
    "zone two.test. of catalog e.test. is one of c.test.",
  ]);
  // Who does not have it any more is not asked, and neither is a catalog that is gone.
  update(keeper, "e.test.", "a.zones PTR one.test.");
  expect(update(keeper, "c.test.", "")).toEqual(["-two.test."]);
  expect(keeper.passedOver().map(String)).toEqual(["e.test."]);
  keeper.forget(name("e.test."));
  expect(update(keeper, "d.test.", "")).toEqual(["-one.test."]);
  expect(keeper.passedOver()).toEqual([]);
});

test("a member that comes to be served for another reason is let be, and is the catalog's again when that is over", () => {
  const keeper = new CatalogKeeper();
  const lines = "a.zones PTR mine.test.\nb.zones PTR one.test.";
  update(keeper, "c.test.", lines);
  keeper.release(name("mine.test."));
  keeper.release(name("other.test."));
  expect(keeper.catalogOf(name("mine.test."))).toBeUndefined();
  expect(keeper.passedOver().map(String)).toEqual(["c.test."]);
  // That the catalog lets go of it then takes nothing away.
  expect(update(keeper, "c.test.", "b.zones PTR one.test.", ["mine.test."])).toEqual([]);
  expect(keeper.passedOver()).toEqual([]);
  expect(update(keeper, "c.test.", lines)).toEqual(["+mine.test."]);
});
