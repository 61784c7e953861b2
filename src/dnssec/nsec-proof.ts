// What NSEC records prove of a name (RFC 4035 section 5.4; RFC 6840 section 4; RFC 9824). The records are taken to be verified already, by
// the keys of one zone.

import { Name, RrType } from "#wire";

/** A link of a chain of names. */
export interface NsecLink {
  readonly owner: Name;
  /** The next name in canonical order; the zone's apex after the last. */
  readonly next: Name;
  readonly types: readonly number[];
}

/** Whether NSEC records deny a type at a name that is there: NODATA, at an empty non-terminal or by a wildcard too. */
export function isNodataByNsec(links: readonly NsecLink[], zone: Name, name: Name, type: number): boolean {
  const own = links.find(({ owner }) => owner.equals(name));
  if (own) return lacksType(own.types, name, type);
  const cover = links.find((link) => covers(link, zone, name));
  if (!cover) return false;
  if (isEmptyNonTerminal(cover, name)) return true;
  const wildcard = wildcardAt(closestEncloser(cover, name));
  if (!wildcard) return false;
  const source = links.find(({ owner }) => owner.equals(wildcard));
  // A wildcard that has the type would have answered (RFC 4035 section 3.1.3.4).
  if (source) return lacksType(source.types, name, type);
  return links.some((link) => covers(link, zone, wildcard) && isEmptyNonTerminal(link, wildcard));
}

/** Whether NSEC records prove that neither a name is there nor a wildcard in its place: NXDOMAIN. */
export function isNxdomainByNsec(links: readonly NsecLink[], zone: Name, name: Name): boolean {
  const own = links.find(({ owner }) => owner.equals(name));
  // RFC 9824 section 3.1: the name is only there to say that it is not.
  if (own) return own.types.includes(RrType.NXNAME);
  const cover = links.find((link) => covers(link, zone, name));
  if (!cover || isEmptyNonTerminal(cover, name)) return false;
  const wildcard = wildcardAt(closestEncloser(cover, name));
  return (
    wildcard === undefined ||
    links.some((link) => covers(link, zone, wildcard) && !isEmptyNonTerminal(link, wildcard))
  );
}

/** Whether NSEC records prove that nothing nearer than a wildcard is there for a name. @param encloser  what the wildcard is below */
export function isWildcardByNsec(
  links: readonly NsecLink[],
  zone: Name,
  name: Name,
  encloser: Name,
): boolean {
  return links.some(
    (link) =>
      covers(link, zone, name) &&
      !isEmptyNonTerminal(link, name) &&
      closestEncloser(link, name).labelCount <= encloser.labelCount,
  );
}

/** What NSEC records say of a zone cut without DS at a name; undefined where they prove neither. */
export function cutByNsec(
  links: readonly NsecLink[],
  zone: Name,
  name: Name,
): "insecure" | "no-cut" | undefined {
  const own = links.find(({ owner }) => owner.equals(name));
  if (own) {
    // RFC 6840 section 4.4: the parent's own, which has neither DS nor SOA.
    if (own.types.includes(RrType.DS) || own.types.includes(RrType.SOA)) return undefined;
    return own.types.includes(RrType.NS) ? "insecure" : "no-cut";
  }
  return links.some((link) => covers(link, zone, name)) ? "no-cut" : undefined;
}

/**
 * Whether the types of a name deny one.
 * @see RFC 6840 section 4.1 (a cut's own NSEC says nothing of what lies below) and 4.3 (CNAME)
 */
export function lacksType(types: readonly number[], name: Name, type: number): boolean {
  if (types.includes(type) || types.includes(RrType.CNAME)) return false;
  if (type === RrType.DS) return name.isRoot || !types.includes(RrType.SOA);
  return !types.includes(RrType.NS) || types.includes(RrType.SOA);
}

/** Whether the types of a name say that what lies below it is not this chain's: a zone cut, or a DNAME. @see RFC 6840 section 4.1 */
export function hidesBelow(types: readonly number[]): boolean {
  return types.includes(RrType.DNAME) || (types.includes(RrType.NS) && !types.includes(RrType.SOA));
}

function covers({ owner, next, types }: NsecLink, zone: Name, name: Name): boolean {
  if (name.isSubdomainOf(owner) && hidesBelow(types)) return false;
  if (Name.compare(owner, name) >= 0) return false;
  // The last link leads back to the apex, and nowhere else.
  return Name.compare(owner, next) < 0 ? Name.compare(name, next) < 0 : next.equals(zone);
}

function isEmptyNonTerminal({ next }: NsecLink, name: Name): boolean {
  return next.isSubdomainOf(name);
}

function closestEncloser({ owner, next }: NsecLink, name: Name): Name {
  const common = Math.max(name.countCommonLabels(owner), name.countCommonLabels(next));
  return name.slice(name.labelCount - common);
}

/** The wildcard below a name; undefined where it would be too long to be a name. */
export function wildcardAt(encloser: Name): Name | undefined {
  return encloser.prepend(Uint8Array.of(0x2a));
}
