// What a zone is authoritative for, by its owner names in canonical order: which RRsets are signed, which names the chain of denial has, and
// with which types. What lies below a zone cut is the child's or glue; what lies below a DNAME is not there (RFC 6672 section 2.4).

import { type Name, RrType } from "#wire";
import { compareRrsets, madeTypes, type Rrset } from "#zone";
import { unsignedTypes } from "./signed-data.ts";

/** An owner name of a zone. */
export interface ZoneNode {
  readonly owner: Name;
  /** By type number; empty for an empty non-terminal. */
  readonly rrsets: readonly Rrset[];
  /** `apex` and `plain` are signed whole; at a `cut` DS alone; what is `below` one, or below a DNAME, not at all. */
  readonly kind: "apex" | "plain" | "cut" | "below";
}

/** The RRsets of a zone by owner, in canonical order, without what a signer makes, and without names outside it. */
export function nodesOf(apex: Name, rrsets: Iterable<Rrset>): ZoneNode[] {
  const nodes: ZoneNode[] = [];
  let cover: Name | undefined; // the zone cut or DNAME that the names to come may lie below
  const sorted = [...rrsets]
    .filter(({ owner, type }) => !madeTypes.has(type) && owner.isSubdomainOf(apex))
    .sort(compareRrsets);
  for (let i = 0; i < sorted.length;) {
    const first = sorted[i];
    if (!first) break;
    const own: Rrset[] = [];
    for (; i < sorted.length && sorted[i]?.owner.equals(first.owner); i++) own.push(sorted[i] ?? first);
    const { owner } = first;
    const isApex = owner.equals(apex);
    if (cover && !owner.isSubdomainOf(cover)) cover = undefined;
    const isCut = !cover && !isApex && own.some(({ type }) => type === RrType.NS);
    nodes.push({ owner, rrsets: own, kind: cover ? "below" : isApex ? "apex" : isCut ? "cut" : "plain" });
    if (!cover && (isCut || own.some(({ type }) => type === RrType.DNAME))) cover = owner;
  }
  return nodes;
}

/** The RRsets of a name that are signed. @see RFC 4035 sections 2.2 and 2.4 */
export function signedRrsetsOf({ kind, rrsets }: ZoneNode): readonly Rrset[] {
  if (kind === "below") return [];
  if (kind === "cut") return rrsets.filter(({ type }) => type === RrType.DS);
  return rrsets.filter(({ type }) => !unsignedTypes.has(type));
}

/** The types that the chain of denial says of a name, without those of the chain itself, ascending. @see RFC 4035 section 2.3 */
export function deniedTypesOf({ kind, rrsets }: ZoneNode): number[] {
  const types = rrsets.map(({ type }) => type);
  return kind === "cut" ? types.filter((type) => type === RrType.NS || type === RrType.DS) : types;
}

/** The empty non-terminals above a name that no other name has given yet. @param known  keys of all names, added to */
export function emptyNonTerminals(apex: Name, owner: Name, known: Set<string>): Name[] {
  const found: Name[] = [];
  for (let name = owner.parent(); name && name.labelCount > apex.labelCount; name = name.parent()) {
    if (known.has(name.key)) break;
    known.add(name.key);
    found.push(name);
  }
  return found;
}
