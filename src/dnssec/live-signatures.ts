// The signatures of a zone that is kept signed: one that is over the same records by the same key, and holds for long enough, is kept; others are
// made by whoever works for the zone (sign.ts), and put in their places then.

import { createHash } from "node:crypto";
import type { Name } from "#wire";
import { type Rrset, rrsetKey, sortedCanonicalRdata } from "#zone";
import type { Denial } from "./denial.ts";
import type { SigningKey } from "./key.ts";
import type { LiveRrset } from "./live-node.ts";
import { type UnmadeSignature, unmadeSignature, type Validity } from "./sign.ts";
import { expirationOf, keysFor, tagOf } from "./sign-zone.ts";

/** How a zone is kept signed. */
export interface LiveSigning {
  /** Keys that sign DNSKEY, CDS and CDNSKEY, and keys that sign all else. */
  readonly forKeys: readonly SigningKey[];
  readonly forData: readonly SigningKey[];
  readonly denial: Denial;
  /** TTL of the chain: the lesser of the SOA's and its MINIMUM (RFC 9077). */
  readonly negativeTtl: number;
  /** From when to when a new signature over RRsets of an owner holds. */
  readonly validity: (owner: Name) => Validity;
  /** Seconds since 1970: signatures that end before are made anew. */
  readonly renewBefore: number;
}

/** The signatures over one RRset, as they are kept. */
export interface KeptSignatures {
  readonly owner: Name;
  readonly type: number;
  /** Of what they are over: {@link digestOf}. */
  readonly digest: string;
  /** RDATA of each RRSIG; empty where there are none any more. */
  readonly signatures: readonly Uint8Array[];
}

/** See the head of this file. */
export class LiveSignatures {
  readonly #apex: Name;
  /** Signatures that are known from before, by {@link rrsetKey}: looked at once, when their RRset is signed first. */
  readonly #before: Map<string, KeptSignatures>;
  /** How the zone is signed from now on. */
  signing: LiveSigning;
  #changed: KeptSignatures[] = [];
  /** Signatures that are to be made for what is in {@link LiveRrset} already. */
  #unmade: UnmadeSignature[] = [];
  #madeCount = 0;
  #earliest: number | undefined;
  /** The earliest end since a look through all signatures has begun. */
  #roundEarliest: number | undefined;

  /** @param before  signatures that were kept */
  constructor(apex: Name, signing: LiveSigning, before: Iterable<KeptSignatures>) {
    this.#apex = apex;
    this.signing = signing;
    this.#before = new Map(Array.from(before, (kept) => [rrsetKey(kept.owner, kept.type), kept]));
  }

  /** Signatures made so far. */
  get made(): number {
    return this.#madeCount;
  }

  /** The earliest end of any signature or an earlier time, in seconds since 1970; undefined where there is none. */
  get earliestEnd(): number | undefined {
    return this.#earliest;
  }

  /** How many wait to be made. */
  get unmadeCount(): number {
    return this.#unmade.length;
  }

  /** Begins a look through all signatures. */
  beginRound(): void {
    this.#roundEarliest = undefined;
  }

  /** Ends a look through all signatures: none ends earlier than it has seen. */
  endRound(): void {
    this.#earliest = this.#roundEarliest;
  }

  /**
   * Signs an RRset, where what is there of it does not do.
   * @param held  what is signed at its name, by type
   * @returns the same object where all is as it was; else its signatures are there once those that {@link takeUnmade} gives are made
   */
  sign(rrset: Rrset, held: ReadonlyMap<number, LiveRrset>): LiveRrset {
    const { forKeys, forData, validity, renewBefore } = this.signing;
    const keys = keysFor(rrset.type, forKeys, forData);
    const known = held.get(rrset.type);
    const isSame = known !== undefined && (known.rrset === rrset || hasSameOctets(known.rrset, rrset));
    const key = rrsetKey(rrset.owner, rrset.type);
    const before = this.#before.get(key);
    this.#before.delete(key);
    const old = isSame ? known.signatures : before?.digest === digestOf(rrset) ? before.signatures : [];
    let isNew = old.length !== keys.length;
    const signatures: Uint8Array[] = [];
    for (const [i, signingKey] of keys.entries()) {
      const good = old.find(
        (rdata) =>
          tagOf(rdata) === signingKey.tag &&
          rdata[2] === signingKey.algorithm.number &&
          expirationOf(rdata) >= renewBefore,
      );
      if (good) {
        signatures[i] = good;
        this.#noteEnd(expirationOf(good));
        continue;
      }
      isNew = true;
      this.#madeCount++;
      const holds = validity(rrset.owner);
      this.#noteEnd(holds.expiration);
      this.#unmade.push(
        unmadeSignature(this.#apex, rrset, signingKey, holds, (rdata) => (signatures[i] = rdata)),
      );
    }
    if (!isNew) return isSame ? known : { rrset, signatures: old };
    this.#changed.push({ owner: rrset.owner, type: rrset.type, digest: digestOf(rrset), signatures });
    return { rrset, signatures };
  }

  #noteEnd(end: number): void {
    if (this.#earliest === undefined || end < this.#earliest) this.#earliest = end;
    if (this.#roundEarliest === undefined || end < this.#roundEarliest) this.#roundEarliest = end;
  }

  /** An RRset is signed no more. */
  drop({ owner, type }: Pick<Rrset, "owner" | "type">): void {
    this.#changed.push({ owner, type, digest: "", signatures: [] });
  }

  /** What is to be made, once. */
  takeUnmade(): readonly UnmadeSignature[] {
    const unmade = this.#unmade;
    this.#unmade = [];
    return unmade;
  }

  /** Signatures that were made or are gone since it was asked last. */
  takeChanged(): readonly KeptSignatures[] {
    const changed = this.#changed;
    this.#changed = [];
    return changed;
  }
}

/** Whether two RRsets of one name and type are the same, TTL included. */
export function hasSameOctets(a: Rrset, b: Rrset): boolean {
  return (
    a.ttl === b.ttl &&
    a.rdata.length === b.rdata.length &&
    a.rdata.every((octets, i) => octets === b.rdata[i] || Buffer.compare(octets, b.rdata[i] ?? octets) === 0)
  );
}

/** What tells RRsets apart for their signatures: owner, type, TTL and records, in 22 characters. */
export function digestOf(rrset: Rrset): string {
  const hash = createHash("sha256").update(rrset.owner.toLowerCase().octets);
  hash.update(Uint8Array.of(rrset.type >> 8, rrset.type & 0xff));
  hash.update(new Uint8Array(Uint32Array.of(rrset.ttl).buffer));
  for (const rdata of sortedCanonicalRdata(rrset)) {
    hash.update(Uint8Array.of(rdata.length >> 8, rdata.length & 0xff));
    hash.update(rdata);
  }
  return hash.digest("base64url").slice(0, 22);
}
