// What a zone that is kept signed publishes beside what was given: signatures and the chain; and how that differs after a change.

import { type Name, RrType } from "#wire";
import { type Rrset, rrsetKey } from "#zone";
import type { LiveRrset } from "./live-node.ts";
import { hasSameOctets } from "./live-signatures.ts";

/** What is published at an owner: the links of the chain, and one RRset of all signatures. */
export function* publishedAt(owner: Name, signed: ReadonlyMap<number, LiveRrset>): Generator<Rrset> {
  for (const type of [RrType.NSEC, RrType.NSEC3PARAM]) {
    const own = signed.get(type);
    if (own) yield own.rrset;
  }
  if (signed.size > 0) yield signaturesAt(owner, [...signed.values()]);
}

/** One RRset of all signatures at an owner. */
export function signaturesAt(owner: Name, signed: readonly LiveRrset[]): Rrset {
  const ttl = Math.min(...signed.map(({ rrset }) => rrset.ttl));
  return { owner, type: RrType.RRSIG, ttl, rdata: signed.flatMap(({ signatures }) => signatures) };
}

/** Differences of what is published, each once. */
export class LiveOutput {
  readonly #put = new Map<string, Rrset>();
  readonly #removed = new Map<string, Pick<Rrset, "owner" | "type">>();

  /** What is published at an owner is another one now. */
  replace(owner: Name, before: readonly Rrset[], after: readonly Rrset[]): void {
    for (const { type } of before) {
      if (after.some((rrset) => rrset.type === type)) continue;
      this.#put.delete(rrsetKey(owner, type));
      this.#removed.set(rrsetKey(owner, type), { owner, type });
    }
    for (const rrset of after) {
      const old = before.find(({ type }) => type === rrset.type);
      if (old && hasSameOctets(old, rrset)) continue;
      this.#removed.delete(rrsetKey(owner, rrset.type));
      this.#put.set(rrsetKey(owner, rrset.type), rrset);
    }
  }

  /** What is to be put and taken away for all of it. */
  result(): { readonly put: readonly Rrset[]; readonly removed: readonly Pick<Rrset, "owner" | "type">[] } {
    return { put: [...this.#put.values()], removed: [...this.#removed.values()] };
  }
}
