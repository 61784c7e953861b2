// Signs a whole zone name by name, as its names come in canonical order: what is held of it meanwhile is the name at hand and, of a chain of NSEC3, 24
// octets a name. Signatures of the zone as it was are taken over where they are over the same records. A zone of millions is signed by this;
// control, which keeps its signatures elsewhere, has `LiveZone`.

import { compareOctets, Name, RrType } from "#wire";
import type { NameRow, Rrset, ZoneSnapshot } from "#zone";
import { deniedTypesOf, signedRrsetsOf, type ZoneNode } from "./authority.ts";
import { hashLabel, hashName, type Nsec3Denial, nsec3Link, nsec3Parameters, nsecLink } from "./denial.ts";
import type { LiveSigning } from "./live-signatures.ts";
import type { SigningKey } from "./key.ts";
import { signRrset, type Validity } from "./sign.ts";
import { expirationOf, inceptionOf, keysFor, tagOf } from "./sign-zone.ts";
import { HashedNames } from "./hashed-names.ts";

/** See the head of this file. */
export class WholeSigner {
  /** Signatures made so far. */
  made = 0;
  /** Whether all that was published so far is what was there before. */
  isSame = true;
  /** The earliest end of any signature so far, in seconds since 1970; undefined where there is none. */
  earliestEnd: number | undefined;
  readonly #apex: Name;
  readonly #signing: LiveSigning;
  readonly #names: BeforeRow;
  readonly #hashed: BeforeRow;

  /** @param before  the zone as it was, with its signatures */
  constructor(apex: Name, signing: LiveSigning, before: ZoneSnapshot | undefined) {
    this.#apex = apex;
    this.#signing = signing;
    this.#names = new BeforeRow(apex, "names", before);
    this.#hashed = new BeforeRow(apex, "hashed", before);
  }

  /**
   * Gives what each name is published with.
   * @param content  the RRsets of each name, the apex first, all in canonical order and without what a signer makes
   */
  *publish(content: Iterable<readonly Rrset[]>): Generator<readonly Rrset[]> {
    const { denial } = this.#signing;
    const hashes = denial.kind === "nsec3" ? new HashedNames() : undefined;
    /** Names since the last one of the chain, which waits for its next: that one first. */
    let waiting: ZoneNode[] = [];
    /** The last name that is not below a cut or DNAME. */
    let last: Name | undefined;
    for (const node of nodesIn(this.#apex, content)) {
      if (denial.kind === "nsec") {
        if (node.kind !== "below") {
          for (const each of waiting) yield this.#publishedAt(each, node.owner);
          waiting = [];
        }
        waiting.push(node);
        continue;
      }
      if (denial.kind === "nsec3" && hashes && node.kind !== "below") {
        this.#hash(node, last, denial, hashes);
        last = node.owner;
      }
      yield this.#publishedAt(node, this.#apex);
    }
    for (const each of waiting) yield this.#publishedAt(each, this.#apex);
    if (hashes) yield* this.#chain(hashes);
    if (this.#names.hasMore() || this.#hashed.hasMore()) this.isSame = false;
  }

  #hash(node: ZoneNode, last: Name | undefined, denial: Nsec3Denial, hashes: HashedNames): void {
    const { iterations, salt, hasOptOut } = denial;
    const add = (name: Name, types: number[]): void => hashes.add(hashName(name, iterations, salt), types);
    // Names above that the last one does not have above it, and that have nothing of their own: they would have come between.
    const known = Math.max(last ? node.owner.countCommonLabels(last) : 0, this.#apex.labelCount);
    for (let drop = 1; node.owner.labelCount - drop > known; drop++) add(node.owner.slice(drop), []);
    const isInsecureCut = node.kind === "cut" && !node.rrsets.some(({ type }) => type === RrType.DS);
    if (isInsecureCut && hasOptOut) return;
    const types = deniedTypesOf(node);
    if (node.kind === "apex") types.push(RrType.NSEC3PARAM);
    // A cut without DS has nothing that is signed, and no signature in its own name (RFC 5155 section 7.1).
    if (!isInsecureCut) types.push(RrType.RRSIG);
    add(
      node.owner,
      types.sort((a, b) => a - b),
    );
  }

  *#chain(hashes: HashedNames): Generator<readonly Rrset[]> {
    const { denial, negativeTtl } = this.#signing;
    if (denial.kind !== "nsec3") return;
    for (const { hash, next, types } of hashes.links()) {
      const owner = this.#apex.prepend(hashLabel(hash));
      if (!owner)
        throw new RangeError(
          `Cannot sign ${this.#apex.toString()} with NSEC3: a hashed name would be too long`,
        );
      const link = nsec3Link(owner, negativeTtl, denial, { next, types });
      const before = this.#hashed.at(owner);
      yield this.#published(before, [link, this.#signaturesOver(owner, [link], before)]);
    }
  }

  #publishedAt(node: ZoneNode, next: Name): readonly Rrset[] {
    const { denial, negativeTtl } = this.#signing;
    const { owner, kind } = node;
    const made: Rrset[] = [];
    if (denial.kind === "nsec" && kind !== "below") made.push(nsecLink(node, next, negativeTtl));
    if (denial.kind === "nsec3" && kind === "apex") made.push(nsec3Parameters(this.#apex, denial));
    const before = this.#names.at(owner);
    const toSign = [...signedRrsetsOf(node), ...made];
    if (toSign.length > 0) made.push(this.#signaturesOver(owner, toSign, before));
    return this.#published(before, [...node.rrsets, ...made]);
  }

  #published(before: readonly Rrset[], after: readonly Rrset[]): readonly Rrset[] {
    if (this.isSame) this.isSame = hasSameRrsets(before, after);
    return after;
  }

  #signaturesOver(owner: Name, toSign: readonly Rrset[], before: readonly Rrset[]): Rrset {
    const rdata: Uint8Array[] = [];
    let ttl = Number.POSITIVE_INFINITY;
    for (const rrset of toSign) {
      ttl = Math.min(ttl, rrset.ttl);
      rdata.push(...this.#signatures(rrset, before));
    }
    return { owner, type: RrType.RRSIG, ttl, rdata };
  }

  #signatures(rrset: Rrset, before: readonly Rrset[]): Uint8Array[] {
    const { forKeys, forData, validity, renewBefore } = this.#signing;
    const held = before.length === 0 ? undefined : before.find(({ type }) => type === rrset.type);
    const old = held && hasSameRecords(held, rrset) ? signaturesOver(before, rrset.type) : [];
    const holds = validity(rrset.owner);
    return keysFor(rrset.type, forKeys, forData).map((key) => {
      const good = goodAmong(old, key, holds, renewBefore);
      this.#noteEnd(good ? expirationOf(good) : holds.expiration);
      if (good) return good;
      this.made++;
      this.isSame = false;
      return signRrset(this.#apex, rrset, key, holds);
    });
  }

  #noteEnd(end: number): void {
    if (this.earliestEnd === undefined || end < this.earliestEnd) this.earliestEnd = end;
  }
}

/** The signatures among the RRsets of a name that are over those of a type. */
export function signaturesOver(rrsets: readonly Rrset[], type: number): Uint8Array[] {
  const all = rrsets.find((rrset) => rrset.type === RrType.RRSIG)?.rdata ?? [];
  return all.filter((rdata) => ((rdata[0]! << 8) | rdata[1]!) === type);
}

/** Seconds that a signature may begin after one that is made now would: later, a clock that was ahead has made it, and nobody believes it yet. */
const aheadSeconds = 3_600;

/** A signature by a key that need not be made anew. @param holds  from when to when one that is made now holds */
export function goodAmong(
  signatures: readonly Uint8Array[],
  { tag, algorithm }: SigningKey,
  holds: Validity,
  renewBefore: number,
): Uint8Array | undefined {
  return signatures.find(
    (rdata) =>
      tagOf(rdata) === tag &&
      rdata[2] === algorithm.number &&
      expirationOf(rdata) >= renewBefore &&
      inceptionOf(rdata) <= holds.inception + aheadSeconds,
  );
}

/** Names with what the zone is to them, as `nodesOf` says it of a list. */
function* nodesIn(apex: Name, content: Iterable<readonly Rrset[]>): Generator<ZoneNode> {
  let cover: Name | undefined; // the zone cut or DNAME that the names to come may lie below
  for (const rrsets of content) {
    const owner = rrsets[0]?.owner;
    if (!owner) continue;
    if (cover && !owner.isSubdomainOf(cover)) cover = undefined;
    const isApex = owner.equals(apex);
    const has = (type: number): boolean => rrsets.some((rrset) => rrset.type === type);
    const isCut = !cover && !isApex && has(RrType.NS);
    yield { owner, rrsets, kind: cover ? "below" : isApex ? "apex" : isCut ? "cut" : "plain" };
    if (!cover && (isCut || has(RrType.DNAME))) cover = owner;
  }
}

/** One row of a zone as it was, gone through beside the names to come. */
class BeforeRow {
  readonly #rest: Iterator<readonly Rrset[]>;
  #next: readonly Rrset[] | undefined;
  #hasSkipped = false;

  constructor(apex: Name, row: NameRow, zone: ZoneSnapshot | undefined) {
    this.#rest = (zone?.onward(apex, apex, row) ?? [])[Symbol.iterator]();
    this.#take();
  }

  /** What a name had. Names are asked for in canonical order. */
  at(owner: Name): readonly Rrset[] {
    for (let [first] = this.#next ?? []; first; [first] = this.#next ?? []) {
      const order = Name.compare(first.owner, owner);
      if (order > 0) break;
      const rrsets = this.#next ?? [];
      this.#take();
      if (order === 0) return rrsets;
      this.#hasSkipped = true;
    }
    return [];
  }

  /** Whether there were names that were not asked for. */
  hasMore(): boolean {
    return this.#hasSkipped || this.#next !== undefined;
  }

  #take(): void {
    const step = this.#rest.next();
    this.#next = step.done === true ? undefined : step.value;
  }
}

/** Whether the RRsets of a name are the same, whatever the order of their records. */
function hasSameRrsets(a: readonly Rrset[], b: readonly Rrset[]): boolean {
  return (
    a.length === b.length &&
    a.every((rrset) => {
      const other = b.find(({ type }) => type === rrset.type);
      return other !== undefined && hasSameRecords(rrset, other);
    })
  );
}

/** Whether two RRsets of a type have the same TTL and records, octet for octet, in any order. */
function hasSameRecords(a: Rrset, b: Rrset): boolean {
  if (a.ttl !== b.ttl || a.rdata.length !== b.rdata.length) return false;
  if (a.rdata.every((octets, i) => compareOctets(octets, b.rdata[i]!) === 0)) return true;
  const [left, right] = [a, b].map(({ rdata }) => [...rdata].sort(compareOctets));
  return left!.every((octets, i) => compareOctets(octets, right![i]!) === 0);
}
