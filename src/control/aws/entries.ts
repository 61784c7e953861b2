// The entries of a zone: every record that it holds, each with an id, and what stands behind it: a record of a fact, an alias, an assigned
// name, or the platform's own SOA and NS.

import type { LightsailShapes } from "#contract";
import { RrType, typeName } from "#wire";
import { aliasKeyOf, type AliasFact, type AssignmentFact, type RrsetFact, type ZoneFact } from "../facts.ts";
import { readOwner, readType, shown } from "../names.ts";
import { octetsOf } from "../octets.ts";
import { findResource, resourceDnsName } from "../resources.ts";
import type { State } from "../state.ts";
import type { ViewContext } from "../views.ts";
import { AwsError } from "./aws-error.ts";
import { dataOf, derivedId, idOf, isNamed, nameOf, targetOf } from "./entry-text.ts";

/** What an entry is made of. */
export type EntrySource =
  | { readonly kind: "record"; readonly fact: RrsetFact; readonly entryId: string }
  | { readonly kind: "alias"; readonly fact: AliasFact }
  | { readonly kind: "assignment"; readonly fact: AssignmentFact }
  | { readonly kind: "platform" };

/** An entry of a zone as Lightsail shows it, and what it is made of. */
export interface DomainEntry {
  readonly shown: {
    readonly id: string;
    readonly name: string;
    readonly target: string;
    readonly isAlias: boolean;
    readonly type: string;
  };
  readonly source: EntrySource;
}

type Sent = LightsailShapes["DomainEntry"];

/** All entries of a zone: SOA and NS first, then records, aliases and assigned names. */
export function entriesOf({ state, publisher }: ViewContext, zone: ZoneFact): DomainEntry[] {
  const { apex } = zone;
  const platform = publisher.apexRrsets(zone).flatMap(({ type, rdata }) =>
    rdata.map((octets): DomainEntry => {
      const target = targetOf(type, octets);
      // The SOA of a zone is one entry, whatever its serial.
      const id = derivedId(apex, typeName(type), type === RrType.SOA ? "" : target);
      return {
        shown: { id, name: shown(apex), target, isAlias: false, type: typeName(type) },
        source: { kind: "platform" },
      };
    }),
  );
  const records = state.rrsetsOfZone(apex).flatMap((fact) =>
    fact.entries.map(({ id, rdata, written }): DomainEntry => ({
      shown: {
        id: idOf(id),
        name: shown(fact.owner),
        target: written ?? targetOf(fact.type, octetsOf(rdata)),
        isAlias: false,
        type: typeName(fact.type),
      },
      source: { kind: "record", fact, entryId: id },
    })),
  );
  const aliases = state.aliasesOfZone(apex).flatMap((fact) => {
    const id = state.get("alias", aliasKeyOf(fact))?.id ?? "";
    const made = fact.entries ?? madeEntries(publisher.aliasRrsets(fact), aliasTarget(state, fact));
    return made.map(({ type, target }): DomainEntry =>
      aliasEntry(fact, { id, type, target }, { kind: "alias", fact }),
    );
  });
  const assigned = state.assignmentsOfZone(apex).flatMap((fact) => {
    const id = state.get("assignment", fact.owner)?.id ?? "";
    const made = madeEntries(publisher.assignedRrsets(fact), resourceTarget(state, fact.resource));
    return made.map(({ type, target }): DomainEntry =>
      aliasEntry(fact, { id, type, target }, { kind: "assignment", fact }),
    );
  });
  return [...platform, ...records, ...aliases, ...assigned];
}

function aliasEntry(
  { owner }: { readonly owner: string },
  { id, type, target }: { readonly id: string; readonly type: string; readonly target: string },
  source: EntrySource,
): DomainEntry {
  return {
    shown: { id: idOf(id, type === "AAAA" ? 1 : 0), name: shown(owner), target, isAlias: true, type },
    source,
  };
}

/** What was made without this API has an entry for each type of address that it answers with. */
function madeEntries(
  rrsets: readonly { readonly type: number }[],
  target: string,
): { readonly type: string; readonly target: string }[] {
  const types = rrsets.map(({ type }) => typeName(type));
  return (types.length === 0 ? ["A"] : types).map((type) => ({ type, target }));
}

function aliasTarget(state: State, { target }: AliasFact): string {
  return "resource" in target ? resourceTarget(state, target.resource) : shown(target.name);
}

function resourceTarget(state: State, name: string): string {
  const resource = findResource(state, name);
  return resource ? shown(resourceDnsName(resource)) : name;
}

/**
 * Finds the entry that a client means: by its id, else by name, type and target in whatever spelling. A record is found without its
 * target too, where it is the only one of its name and type. Throws `NotFoundException`.
 */
export function findEntry(
  context: ViewContext,
  zone: ZoneFact,
  sent: Sent,
  isTargetNew: boolean,
): DomainEntry {
  const all = entriesOf(context, zone);
  const byId = sent.id === undefined ? [] : all.filter((entry) => entry.shown.id === sent.id);
  if (sent.id !== undefined && byId.length === 0 && isTargetNew) throw unknownEntry(sent);
  if (byId[0]) return byId[0];
  const name = shown(readOwner(nameOf(sent.name ?? ""), zone.apex));
  const type = (sent.type ?? "").toUpperCase();
  const same = all.filter((entry) => entry.shown.name === name && (type === "" || entry.shown.type === type));
  const { target } = sent;
  const found =
    isTargetNew || target === undefined ? same : same.filter((entry) => isSameTarget(entry, target));
  if (found.length > 1) {
    throw new AwsError(
      "InvalidInputException",
      `Input error: ${found.length} entries of type ${type} have the name ${name}: give the id of one`,
      { code: "InvalidParameter" },
    );
  }
  if (!found[0]) throw unknownEntry(sent);
  return found[0];
}

/** Whether a client means an entry's target: spelled as it is shown, or otherwise and the same in DNS. */
function isSameTarget({ shown: entry, source }: DomainEntry, target: string): boolean {
  if (entry.target === target) return true;
  if (source.kind !== "record" && source.kind !== "platform")
    return plainName(entry.target) === plainName(target);
  const type = readType(entry.type);
  const spelled = type === RrType.TXT && !target.trim().startsWith('"') ? `"${target}"` : target;
  return comparable(type, spelled) === comparable(type, entry.target);
}

/** Data in a form in which equal records are equal: host names know no case. */
function comparable(type: number, target: string): string {
  const data = dataOf(type, target);
  return isNamed(type) ? data.toLowerCase() : data;
}

function plainName(text: string): string {
  return text.toLowerCase().replace(/\.$/, "");
}

function unknownEntry({ id, name = "", type = "" }: Sent): AwsError {
  const what = id === undefined ? `${name} ${type}` : id;
  return new AwsError("NotFoundException", `The DomainEntry does not exist: ${what.slice(0, 300)}`, {
    code: "DoesNotExist",
  });
}
