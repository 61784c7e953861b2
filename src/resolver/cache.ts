// The cache of answers: RRsets, negative answers (RFC 2308) and resolution failures (RFC 9520), each under its tree.
// Bounded in entries and octets; what was used least recently goes first. Referrals and glue are not in here (see
// delegations.ts), so that nothing a parent says about its child is ever given to a client.

import { RrType, type Name } from "#wire";
import { maxFailureSeconds, minFailureSeconds } from "./limits.ts";
import type { FailureNote } from "./outcome.ts";
import { sizeOfRrset, type CachedRrset } from "./rrset.ts";

/** A negative answer: no such name, or no data of that type. */
export interface NegativeEntry {
  readonly kind: "nxdomain" | "nodata";
  /** The name that the answer is about: where NXDOMAIN covers a name, an ancestor of it. */
  readonly name: Name;
  /** SOA and, where the zone is signed, the proof, as the authority section had them. */
  readonly authority: readonly CachedRrset[];
  readonly expiresAt: number;
  /** As of an RRset. */
  readonly isSecure?: boolean;
}

/** A resolution that failed, to be answered SERVFAIL without trying again for a while. */
export interface FailureEntry {
  readonly kind: "failure";
  readonly errors: readonly FailureNote[];
  readonly expiresAt: number;
  /** Seconds it is kept: the next failure of the same question is kept for twice as long. */
  readonly seconds: number;
}

/** An RRset in the cache. */
export interface PositiveEntry {
  readonly kind: "rrset";
  readonly rrset: CachedRrset;
  readonly expiresAt: number;
}

/** What the cache holds of a question. */
export type CachedAnswer = PositiveEntry | NegativeEntry | FailureEntry;

interface Slot {
  readonly entry: CachedAnswer;
  readonly storedAt: number;
  readonly size: number;
}

/** Octets that an entry takes beside its records: key, objects, its place in the map. */
const entryOverhead = 200;

/** See the head of this file. */
export class Cache {
  /** In the order of use, least recent first: a Map keeps insertion order, and a hit is inserted anew. */
  readonly #slots = new Map<string, Slot>();
  readonly #maxEntries: number;
  readonly #maxOctets: number;
  #octets = 0;

  constructor(maxEntries: number, maxOctets: number) {
    this.#maxEntries = maxEntries;
    this.#maxOctets = maxOctets;
  }

  /** Entries held, expired ones included. */
  get size(): number {
    return this.#slots.size;
  }

  /** Octets held, about. */
  get octets(): number {
    return this.#octets;
  }

  /**
   * Finds what answers a question: the RRset, a CNAME in its place, NODATA, NXDOMAIN at the name or above (RFC 8020),
   * or a failure.
   *
   * @param since  only what was stored at this monotonic time or later; 0 for anything
   */
  find(tree: string, name: Name, type: number, monotonic: number, since: number): CachedAnswer | undefined {
    const exact = this.#get(questionKey(tree, name, type), monotonic, since);
    if (exact) return exact;
    if (type !== RrType.CNAME) {
      const alias = this.#get(questionKey(tree, name, RrType.CNAME), monotonic, since);
      if (alias?.kind === "rrset") return alias;
    }
    for (let drop = 0; drop <= name.labelCount; drop++) {
      const cover = this.#get(questionKey(tree, name.slice(drop), "nxdomain"), monotonic, since);
      if (cover) return cover;
    }
    return undefined;
  }

  /** Finds an RRset and nothing else. */
  findRrset(
    tree: string,
    name: Name,
    type: number,
    monotonic: number,
    since: number,
  ): CachedRrset | undefined {
    const entry = this.#get(questionKey(tree, name, type), monotonic, since);
    return entry?.kind === "rrset" ? entry.rrset : undefined;
  }

  /** Keeps an RRset, unless one of a higher rank is there and alive. A lifetime of 0 is not kept. */
  putRrset(tree: string, rrset: CachedRrset, monotonic: number): void {
    const key = questionKey(tree, rrset.name, rrset.type);
    const before = this.#slots.get(key)?.entry;
    if (before?.kind === "rrset" && before.expiresAt > monotonic && before.rrset.rank > rrset.rank) return;
    if (rrset.expiresAt <= monotonic) {
      this.#remove(key);
      return;
    }
    // The name exists after all, and all above it.
    for (let drop = 0; drop <= rrset.name.labelCount; drop++) {
      this.#remove(questionKey(tree, rrset.name.slice(drop), "nxdomain"));
    }
    this.#put(key, { kind: "rrset", rrset, expiresAt: rrset.expiresAt }, sizeOfRrset(rrset), monotonic);
  }

  /** Keeps a negative answer in place of what was known of the question. Without SOA it is not for keeping (RFC 2308 section 5): the caller does not call. */
  putNegative(tree: string, type: number, entry: NegativeEntry, monotonic: number): void {
    // What was known of this question is over, also where the news is not for keeping.
    this.#remove(questionKey(tree, entry.name, type));
    if (entry.expiresAt <= monotonic) return;
    let size = 0;
    for (const rrset of entry.authority) size += sizeOfRrset(rrset);
    this.#put(
      questionKey(tree, entry.name, entry.kind === "nxdomain" ? "nxdomain" : type),
      entry,
      size,
      monotonic,
    );
  }

  /**
   * Remembers that a question could not be resolved. Each failure in a row is kept for twice as long as the one
   * before, within bounds (RFC 9520 section 3.2).
   */
  putFailure(
    tree: string,
    name: Name,
    type: number,
    errors: readonly FailureNote[],
    monotonic: number,
  ): void {
    const key = questionKey(tree, name, type);
    const before = this.#slots.get(key)?.entry;
    // Data that is alive is worth more than the news that a walk around it failed.
    if (before && before.kind !== "failure" && before.expiresAt > monotonic) return;
    const inARow = before?.kind === "failure" && before.expiresAt + before.seconds * 2000 > monotonic;
    const seconds = Math.min(maxFailureSeconds, inARow ? before.seconds * 2 : minFailureSeconds);
    this.#put(
      key,
      { kind: "failure", errors, expiresAt: monotonic + seconds * 1000, seconds },
      100 * errors.length,
      monotonic,
    );
  }

  /** Forgets what is known of one question. */
  remove(tree: string, name: Name, type: number): void {
    this.#remove(questionKey(tree, name, type));
  }

  /** Forgets all at and below a name, in all trees. It looks at every entry. */
  removeBelow(name: Name): void {
    // A label can end with the octets of others: then a little more is forgotten.
    for (const key of this.#slots.keys()) if (key.endsWith(name.key)) this.#remove(key);
  }

  /** Forgets everything. */
  clear(): void {
    this.#slots.clear();
    this.#octets = 0;
  }

  #get(key: string, monotonic: number, since: number): CachedAnswer | undefined {
    const slot = this.#slots.get(key);
    if (!slot || slot.entry.expiresAt <= monotonic || slot.storedAt < since) return undefined;
    this.#slots.delete(key);
    this.#slots.set(key, slot);
    return slot.entry;
  }

  #put(key: string, entry: CachedAnswer, contentSize: number, monotonic: number): void {
    this.#remove(key);
    const size = contentSize + entryOverhead + key.length;
    if (size > this.#maxOctets) return;
    this.#slots.set(key, { entry, storedAt: monotonic, size });
    this.#octets += size;
    while (this.#slots.size > this.#maxEntries || this.#octets > this.#maxOctets) {
      const oldest = this.#slots.keys().next();
      if (oldest.done === true) break;
      this.#remove(oldest.value);
    }
  }

  #remove(key: string): void {
    const slot = this.#slots.get(key);
    if (!slot) return;
    this.#slots.delete(key);
    this.#octets -= slot.size;
  }
}

/** The key that a question has in a part of the cache, and among the resolutions that are under way. */
export function questionKey(tree: string, name: Name, type: number | "nxdomain"): string {
  return `${tree}/${type}/${name.key}`;
}
