// Tells what an authoritative server's reply is: answer, alias, referral, negative, lame or broken. Only what the
// server may speak about is looked at: records at or below the zone it was asked as a server of (RFC 5452 section 6).

import { addressOf } from "#engine";
import { maxTtl, Rcode, RrType, Name, type Message } from "#wire";
import { maxAddressesPerServer, maxAliasSteps, maxServersPerDelegation } from "./limits.ts";
import { collectRrsets, isFromWildcard, Rank, type CachedRrset, type TtlBounds } from "./rrset.ts";
import type { DelegatedServer } from "./delegations.ts";

/** A question as it was sent to a server: a reply is read by it. */
export interface SentQuestion {
  readonly name: Name;
  readonly type: number;
  /** The zone whose server was asked; `Name.root` for a forwarder, which may speak about all. */
  readonly zone: Name;
  /** Whether an alias's target, found in the same reply, may be read from it. */
  readonly mayFollow: (target: Name) => boolean;
}

/** A referral's content. */
export interface Referral {
  readonly zone: Name;
  readonly servers: readonly DelegatedServer[];
  /** Seconds: the lowest of NS set and needed glue. */
  readonly ttl: number;
  /** DS, NSEC and NSEC3 RRsets that came along (RFC 4035 section 3.1.4). */
  readonly security: readonly CachedRrset[];
}

/** What a reply is. `aliases` are CNAME and DNAME sets on the way, in order; a DNAME is followed by its CNAME. */
export type Reply =
  | { readonly kind: "answer"; readonly aliases: readonly CachedRrset[]; readonly rrset: CachedRrset }
  | { readonly kind: "alias"; readonly aliases: readonly CachedRrset[]; readonly target: Name }
  | { readonly kind: "overlong-alias"; readonly aliases: readonly CachedRrset[] }
  | ({ readonly kind: "referral" } & Referral)
  | {
      readonly kind: "nodata" | "nxdomain";
      /** SOA first, then proof and NS set; where there was no SOA, the proof alone. */
      readonly authority: readonly CachedRrset[];
      readonly isAuthoritative: boolean;
    }
  /** The server does not serve the zone, or does not do so by itself. */
  | { readonly kind: "lame"; readonly reason: string }
  /** An rcode that says that this server will not or cannot answer. */
  | { readonly kind: "error"; readonly rcode: number };

/** Reads a reply whose id, sender and question are known to be right. */
export function readReply(
  message: Message,
  asked: SentQuestion,
  monotonic: number,
  bounds: TtlBounds,
): Reply {
  const { rcode } = message;
  if (rcode !== Rcode.NOERROR && rcode !== Rcode.NXDOMAIN && rcode !== Rcode.YXDOMAIN) {
    return { kind: "error", rcode };
  }
  const { aa } = message.flags;
  const answers = collectRrsets(
    message.answer,
    aa ? Rank.authoritativeAnswer : Rank.answer,
    monotonic,
    bounds,
  ).filter((rrset) => rrset.name.isSubdomainOf(asked.zone));
  const aliases: CachedRrset[] = [];
  let name = asked.name;
  const seen = new Set([name.key]);
  while (seen.size <= maxAliasSteps) {
    const rrset = answers.find((set) => set.type === asked.type && set.name.equals(name));
    const isMade = asked.type === RrType.CNAME && answers.some((set) => isDnameAbove(set, name));
    if (rrset && !isMade)
      return { kind: "answer", aliases, rrset: withProof(rrset, message, asked.zone, monotonic, bounds) };
    const next = nextAlias(answers, name);
    if (next === undefined) break;
    const [dname, cname] = next.sets;
    if (isMade && dname && cname) return { kind: "answer", aliases: [...aliases, dname], rrset: cname };
    for (const set of next.sets) aliases.push(withProof(set, message, asked.zone, monotonic, bounds));
    if (next.target === undefined) return { kind: "overlong-alias", aliases };
    name = next.target;
    // A circle is the caller's to end: it knows the aliases before this reply too.
    if (seen.has(name.key) || !name.isSubdomainOf(asked.zone) || !asked.mayFollow(name)) break;
    seen.add(name.key);
  }
  // What the reply says of an alias's target beyond its records (rcode, SOA) is not taken: the target is asked for.
  if (aliases.length > 0) return { kind: "alias", aliases, target: name };
  if (rcode === Rcode.YXDOMAIN) return { kind: "error", rcode };
  return readAuthority(message, asked, monotonic, bounds);
}

/** A wildcard's set, with the proof that the authority section has for it. */
function withProof(
  rrset: CachedRrset,
  message: Message,
  zone: Name,
  monotonic: number,
  bounds: TtlBounds,
): CachedRrset {
  if (!isFromWildcard(rrset)) return rrset;
  const proof = collectRrsets(message.authority, Rank.authority, monotonic, bounds).filter(
    (set) => (set.type === RrType.NSEC || set.type === RrType.NSEC3) && set.name.isSubdomainOf(zone),
  );
  return { ...rrset, proof };
}

/** The alias at a name: a DNAME above it with the CNAME that follows from it (RFC 6672 section 3.1), or a CNAME. */
export function nextAlias(
  sets: readonly CachedRrset[],
  name: Name,
): { readonly sets: readonly CachedRrset[]; readonly target: Name | undefined } | undefined {
  const dname = sets.find((set) => isDnameAbove(set, name));
  if (dname) return followDname(dname, name);
  const cname = sets.find((set) => set.type === RrType.CNAME && set.name.equals(name));
  const target = cname ? targetOf(cname) : undefined;
  return cname && target ? { sets: [cname], target } : undefined;
}

function isDnameAbove(set: CachedRrset, name: Name): boolean {
  return set.type === RrType.DNAME && !set.name.equals(name) && name.isSubdomainOf(set.name);
}

/** Applies a DNAME to a name below it. No target: the new name would be too long (YXDOMAIN). */
export function followDname(
  dname: CachedRrset,
  name: Name,
): { readonly sets: readonly CachedRrset[]; readonly target: Name | undefined } | undefined {
  const suffix = targetOf(dname);
  if (!suffix) return undefined;
  const target = name.replaceSuffix(dname.name, suffix);
  if (!target) return { sets: [dname], target: undefined };
  const cname: CachedRrset = {
    name,
    type: RrType.CNAME,
    ttl: dname.ttl,
    expiresAt: dname.expiresAt,
    rdata: [target.octets],
    signatures: [],
    rank: dname.rank,
  };
  return { sets: [dname, cname], target };
}

/** The name that a CNAME, DNAME or NS set's first record has as RDATA. */
export function targetOf(rrset: CachedRrset): Name | undefined {
  const rdata = rrset.rdata[0];
  return rdata ? Name.fromOctets(rdata) : undefined;
}

function readAuthority(message: Message, asked: SentQuestion, monotonic: number, bounds: TtlBounds): Reply {
  const { aa, ra } = message.flags;
  const authority = collectRrsets(message.authority, aa ? Rank.authority : Rank.answer, monotonic, bounds);
  const soa = authority.find(
    (set) =>
      set.type === RrType.SOA && asked.name.isSubdomainOf(set.name) && set.name.isSubdomainOf(asked.zone),
  );
  const ns = authority.find((set) => set.type === RrType.NS && asked.name.isSubdomainOf(set.name));
  const isNxdomain = message.rcode === Rcode.NXDOMAIN;
  if (!isNxdomain && !soa && ns) {
    // For DS the parent answers, so a referral to the name itself is none (the child was asked).
    const isBelow = ns.name.isSubdomainOf(asked.zone) && ns.name.labelCount > asked.zone.labelCount;
    if (isBelow && !(asked.type === RrType.DS && ns.name.equals(asked.name))) {
      const security = authority.filter(
        ({ type, name }) =>
          (type === RrType.DS && name.equals(ns.name)) || type === RrType.NSEC || type === RrType.NSEC3,
      );
      return readReferral(message, asked, ns, security);
    }
    // An upward referral is no answer even with AA; the zone's own NS set is what goes with NODATA then.
    if (!isBelow && (!aa || ns.name.labelCount < asked.zone.labelCount)) {
      const where = ns.name.equals(asked.zone) ? "itself" : `"${ns.name.toString()}" above`;
      return { kind: "lame", reason: `refers to ${where}` };
    }
  }
  if (!soa && !aa && !isNxdomain && !ns && authority.some((set) => set.type === RrType.NS)) {
    return { kind: "lame", reason: "refers to where the name is not" };
  }
  if (!soa && !aa && ra) return { kind: "lame", reason: "is a resolver without an answer" };
  const others = soa
    ? authority.filter((set) => isWithSoa(set.type) && set.name.isSubdomainOf(soa.name) && set !== soa)
    : authority.filter(
        ({ type, name }) => (type === RrType.NSEC || type === RrType.NSEC3) && name.isSubdomainOf(asked.zone),
      );
  return {
    kind: isNxdomain ? "nxdomain" : "nodata",
    authority: soa ? [soa, ...others] : others,
    isAuthoritative: aa,
  };
}

/** What may stand beside the SOA of a negative answer: proof, and the zone's NS set (RFC 2308 section 2.1). */
function isWithSoa(type: number): boolean {
  return type === RrType.NSEC || type === RrType.NSEC3 || type === RrType.NS;
}

/**
 * Reads a referral. Glue is taken for the servers named, within what the parent may speak about; it is used for this
 * delegation only and never given out.
 */
function readReferral(
  message: Message,
  asked: SentQuestion,
  ns: CachedRrset,
  security: readonly CachedRrset[],
): Reply {
  let ttl = ns.ttl;
  const servers: DelegatedServer[] = [];
  for (const rdata of ns.rdata.slice(0, maxServersPerDelegation)) {
    const name = Name.fromOctets(rdata);
    if (!name) continue;
    const glue = readGlue(message, asked.zone, name);
    const spare = glue.addresses.length > 0 ? glue : readGlue(message, Name.root, name);
    // Without this glue the servers are out of reach: when it ends, the parent is asked again.
    if (name.isSubdomainOf(ns.name) && glue.addresses.length > 0) ttl = Math.min(ttl, glue.ttl);
    servers.push({ name, addresses: glue.addresses, spareAddresses: spare.addresses });
  }
  return { kind: "referral", zone: ns.name, servers, ttl, security };
}

/** The addresses that the additional section has for a server, where the zone may speak about its name. */
export function readGlue(message: Message, zone: Name, name: Name): { addresses: Uint8Array[]; ttl: number } {
  const addresses: Uint8Array[] = [];
  let ttl = maxTtl;
  if (!name.isSubdomainOf(zone)) return { addresses, ttl };
  for (const record of message.additional) {
    if (addresses.length >= maxAddressesPerServer || !record.name.equals(name)) continue;
    const address = recordAddress(record.type, record.rdata);
    if (!address) continue;
    addresses.push(address);
    ttl = Math.min(ttl, record.ttl);
  }
  return { addresses, ttl };
}

/** The 16 octets of an A or AAAA record's address; undefined for other types and for RDATA of a wrong length. */
export function recordAddress(type: number, rdata: Uint8Array): Uint8Array | undefined {
  const octets = type === RrType.A ? 4 : type === RrType.AAAA ? 16 : 0;
  return rdata.length === octets ? addressOf(rdata) : undefined;
}

/** Seconds that a negative answer may be kept: the lower of the SOA's TTL and its MINIMUM (RFC 2308 section 5). */
export function negativeTtl(soa: CachedRrset): number {
  const rdata = soa.rdata[0];
  if (!rdata || rdata.length < 4) return 0;
  // MINIMUM is the last field of five after two names.
  const at = rdata.length - 4;
  const minimum = new DataView(rdata.buffer, rdata.byteOffset + at, 4).getUint32(0);
  return Math.min(soa.ttl, minimum > maxTtl ? 0 : minimum);
}
