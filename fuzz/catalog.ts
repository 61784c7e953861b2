// Fuzzes catalog zones: versions of two catalogs made of right, broken and odd records, taken over one after the other. Whatever they hold: nothing throws, a zone
// is of one catalog at a time, only what was taken up is let go, a catalog that is broken changes nothing, and what a catalog is made of is read from it again.
//
// Run: node --conditions=fairlead-source fuzz/catalog.ts [--seconds N] [--seed N]
// The seed is printed first; the same seed makes the same catalogs. Versions that break a rule, as few as do, are printed and end the run with exit code 1.

import { CatalogKeeper } from "#transfer";
import { checkRdata, formatRdata, Name, parseZoneFile, type ResourceRecord, typeName } from "#wire";
import { type CatalogMember, groupRecords, makeCatalog, readCatalog, type Rrset } from "#zone";
import { anotherRecord } from "./shared/messages.ts";
import { fuzz } from "./shared/fuzz.ts";
import { beginChance, chance, pick } from "./shared/run.ts";

const catalogs = [nameOf("catalog.test."), nameOf("other-catalog.test.")];
const zones = [
  ..."one.test. two.test. three.test. ONE.test. . catalog.test. a.b.c.test.".split(" ").map(nameOf),
  // As long as a name may be.
  nameOf(`${"x".repeat(63)}.${"y".repeat(63)}.${"z".repeat(63)}.${"w".repeat(61)}.`),
];

function nameOf(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new Error(`Cannot read name "${text}"`);
  return parsed.value;
}

function anyCatalog(apex: Name): Rrset[] {
  const lines = ["@ SOA . . 1 1 1 1 1", "@ NS invalid."];
  if (chance(12) > 0) lines.push('version TXT "2"');
  for (let i = chance(6); i > 0; i--) {
    const label = pick(["a", "b", "C", "\\000", "\\.x", "y".repeat(63)]);
    lines.push(`${label}.zones PTR ${pick(zones).toString()}`);
    if (chance(3) === 0) lines.push(`group.${label}.zones TXT "g${chance(3)}"`);
    if (chance(3) === 0) lines.push(`coo.${label}.zones PTR ${pick(catalogs).toString()}`);
    if (chance(6) === 0) lines.push(`x.${label}.zones TXT "\\255" "z"`);
  }
  const { records } = parseZoneFile(`${lines.join("\n")}\n`, { origin: apex, ttl: 0 });
  const changed = records.map((record: ResourceRecord) =>
    chance(15) === 0 ? anotherRecord(record, records) : record,
  );
  return groupRecords(changed);
}

/** A server's zones as catalogs have them: the catalog of each. */
class Consumer {
  readonly keeper = new CatalogKeeper();
  readonly held = new Map<string, Name>();

  /** @returns what is wrong */
  take(catalog: Name, rrsets: readonly Rrset[]): string | undefined {
    const before = new Map(this.held);
    const { add, remove, problems } = this.keeper.update(catalog, rrsets, (zone) => zone.equals(catalog));
    for (const zone of remove) {
      if (!this.held.delete(zone.key)) return `${zone.toString()} is let go, and was not there`;
    }
    for (const { zone } of add) this.held.set(zone.key, catalog);
    if (!readCatalog(catalog, rrsets).ok && (add.length > 0 || remove.length > 0))
      return "something follows from a catalog that is broken";
    if (!readCatalog(catalog, rrsets).ok && problems.length === 0) return "a broken catalog is not told of";
    for (const zone of zones) {
      const own = this.keeper.catalogOf(zone);
      if (own?.equals(this.held.get(zone.key) ?? Name.root) !== (own ? true : undefined))
        return `${zone.toString()} is of another catalog than its last change says`;
      if (!own && this.held.has(zone.key)) return `${zone.toString()} is of no catalog and was not let go`;
    }
    for (const [key, own] of before)
      if (!own.equals(catalog) && !this.held.has(key)) return "a zone of another catalog is let go";
    return undefined;
  }
}

/** What a catalog of members is read as. */
function roundTrip(): string | undefined {
  const members: CatalogMember[] = zones
    .filter((zone, i) => chance(2) === 0 && zones.findIndex((other) => other.equals(zone)) === i)
    .map((zone, i) => ({ zone, unique: `u${i}`, ...(chance(2) === 0 ? { group: `g${i}` } : {}) }));
  const [soa] = groupRecords(
    parseZoneFile("@ SOA . . 1 1 1 1 1\n", { origin: catalogs[0]!, ttl: 0 }).records,
  );
  const read = readCatalog(catalogs[0]!, makeCatalog(soa!, members));
  if (!read.ok) return `what was made cannot be read: ${read.reason}`;
  const text = (list: readonly CatalogMember[]): string =>
    list
      .map(({ zone, unique, group }) => `${zone.key} ${unique} ${group ?? ""}`)
      .sort()
      .join();
  return text(read.members) === text(members) ? undefined : "what was made is read as something else";
}

/** The versions that were taken over last, as text. */
let taken: string[] = [];

function textOf(catalog: Name, rrsets: readonly Rrset[]): string {
  const lines = rrsets.flatMap(({ owner, type, rdata }) =>
    rdata.map((octets) => {
      const isRead = checkRdata(type, octets).ok;
      return `${owner.toString()} ${typeName(type)} ${isRead ? formatRdata(type, octets) : Buffer.from(octets).toString("hex")}`;
    }),
  );
  return [`a version of ${catalog.toString()}`, ...lines].join("\n  ");
}

// An input is a list of versions, each told by the seed that it is made by.
await fuzz<readonly number[]>({
  inputs: "rounds of versions",
  make: () => Array.from({ length: 20 }, () => chance(2 ** 32)),
  broken: (versions) => {
    const consumer = new Consumer();
    taken = [];
    for (const seed of versions) {
      beginChance(seed);
      const catalog = pick(catalogs);
      const rrsets = anyCatalog(catalog);
      taken.push(textOf(catalog, rrsets));
      const fault = consumer.take(catalog, rrsets) ?? roundTrip();
      if (fault !== undefined) return fault;
    }
    return undefined;
  },
  print: () => taken.join("\n"),
});
