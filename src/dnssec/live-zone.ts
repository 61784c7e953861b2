// A zone that is kept signed while it changes: a change costs the signatures of what it touches and of the links of the chain beside it,
// whatever the size of the zone. With NSEC3 the chain is put together anew for each change, and signed where it differs.

import { encodeRdata, type Name, RrType } from "#wire";
import type { Rrset } from "#zone";
import { deniedTypesOf, signedRrsetsOf, type ZoneNode } from "./authority.ts";
import { nsec3Chain } from "./denial.ts";
import { LiveNames } from "./live-names.ts";
import { type LiveNode, packSigned, placeOf, type LiveRrset, unpackSigned } from "./live-node.ts";
import { LiveOutput, publishedAt, signaturesAt } from "./live-output.ts";
import { type KeptSignatures, LiveSignatures, type LiveSigning } from "./live-signatures.ts";
import { signAtOnce, type SigningWork, type UnmadeSignature } from "./sign.ts";

/** What a change comes to, beside the RRsets that were given: RRSIG and the chain. */
export interface LiveChange {
  readonly put: readonly Rrset[];
  readonly removed: readonly Pick<Rrset, "owner" | "type">[];
  /** Signatures that were made or are gone. */
  readonly kept: readonly KeptSignatures[];
}

/** Signatures that are asked for at once, and names that are gone through between two turns for others. */
const batchSize = 500;
/** What gives others a turn. */
const turn: readonly UnmadeSignature[] = [];

/** See the head of this file. */
export class LiveZone {
  readonly apex: Name;
  readonly #names: LiveNames;
  readonly #signatures: LiveSignatures;
  /** Links of an NSEC3 chain, packed, by owner. */
  #hashed = new Map<string, string>();
  /** Where a look through all signatures that goes by parts has come to; undefined where none is under way. */
  #lookedTo: Name | undefined;

  /**
   * @param before  signatures that were kept: used where they are over the same records, by the same keys, and hold for long enough
   */
  constructor(apex: Name, signing: LiveSigning, before: Iterable<KeptSignatures> = []) {
    this.apex = apex;
    this.#names = new LiveNames(apex);
    this.#signatures = new LiveSignatures(apex, signing, before);
  }

  /** Signatures made so far. */
  get made(): number {
    return this.#signatures.made;
  }

  /** How many owners there are. */
  get size(): number {
    return this.#names.all.length;
  }

  /** The earliest end of any signature or an earlier time, in seconds since 1970; undefined where there is none. */
  get earliestEnd(): number | undefined {
    return this.#signatures.earliestEnd;
  }

  /**
   * Changes RRsets, and signs what that touches.
   * @param put  of the zone, without what a signer makes (RRSIG, NSEC, NSEC3, NSEC3PARAM)
   */
  change(put: readonly Rrset[], remove: readonly Pick<Rrset, "owner" | "type">[]): LiveChange {
    return signAtOnce(this.changing(put, remove));
  }

  /** {@link change} as work that stops where signatures are to be made. The zone is nobody else's until its end. */
  *changing(
    put: readonly Rrset[],
    remove: readonly Pick<Rrset, "owner" | "type">[],
  ): SigningWork<LiveChange> {
    const dirty = new Map<string, LiveNode>();
    /** Owners that are gone, or are in the chain no more: the link before them leads elsewhere. */
    const gaps: Name[] = [];
    const out = new LiveOutput();
    const hides = new Map<LiveNode, boolean>();
    const touch = (node: LiveNode): void => {
      if (!hides.has(node)) hides.set(node, this.#names.hides(node));
      dirty.set(node.owner.key, node);
    };
    for (const { owner, type } of remove) {
      const node = this.#names.get(owner);
      if (!node) continue;
      touch(node);
      node.rrsets.delete(type);
    }
    for (const [i, rrset] of put.entries()) {
      if (i % batchSize === batchSize - 1) {
        this.#names.close();
        yield turn;
      }
      const node = this.#names.get(rrset.owner) ?? this.#names.insert(rrset.owner);
      touch(node);
      node.rrsets.set(rrset.type, rrset);
    }
    yield turn;
    let count = 0;
    for (const node of Array.from(dirty.values())) {
      if (++count % batchSize === 0) this.#names.close();
      // A cut or DNAME that comes or goes bears on all that lies below it.
      if (hides.get(node) !== this.#names.hides(node))
        for (const below of this.#names.below(node)) dirty.set(below.owner.key, below);
    }
    yield turn;
    const toSign = new Set<LiveNode>();
    for (const node of dirty.values()) {
      if (++count % batchSize === 0) {
        this.#names.close();
        yield turn;
      }
      const wasLinked = node.kind !== "below" && node.signed.size > 0;
      if (node.rrsets.size === 0) {
        this.#remove(node, out);
        if (wasLinked) gaps.push(node.owner);
        continue;
      }
      toSign.add(node);
      node.kind = this.#names.kindOf(node);
      if (wasLinked !== (node.kind !== "below")) gaps.push(node.owner);
    }
    if (this.#signatures.signing.denial.kind === "nsec")
      for (const name of gaps) {
        const before = this.#names.linkedBefore(name);
        if (before) toSign.add(before);
      }
    yield* this.#signAll(toSign, out);
    if (this.#signatures.signing.denial.kind === "nsec3") yield* this.#signHashed(out);
    return this.#finish(out);
  }

  /**
   * Signs all of it in another way: with other keys, another denial, or what ends too soon once more.
   * @param most  signatures that are made at most where it is only about those that end too soon: the next call goes on behind them, and the
   * earliest end is another one once all were looked through; absent: as many as are due
   */
  resign(signing: LiveSigning, most: number = Number.POSITIVE_INFINITY): LiveChange {
    return signAtOnce(this.resigning(signing, most));
  }

  /** {@link resign} as work that stops where signatures are to be made. The zone is nobody else's until its end. */
  *resigning(signing: LiveSigning, most: number = Number.POSITIVE_INFINITY): SigningWork<LiveChange> {
    this.#signatures.signing = signing;
    const out = new LiveOutput();
    const before = most === Number.POSITIVE_INFINITY ? undefined : this.#lookedTo;
    if (!before) this.#signatures.beginRound();
    const from = before ? this.#names.placeFrom(placeOf(before)) : 0;
    const to = yield* this.#signRange(from, most, out);
    if (to < this.#names.all.length) return this.#finish(out);
    if (signing.denial.kind === "nsec3") yield* this.#signHashed(out);
    else this.#dropHashed(out);
    this.#signatures.endRound();
    this.#lookedTo = undefined;
    return this.#finish(out);
  }

  /** Looks through the signatures of names from a place on. @returns the place of the first that is left for another time */
  *#signRange(from: number, most: number, out: LiveOutput): SigningWork<number> {
    const madeBefore = this.made;
    const { all } = this.#names;
    this.#lookedTo = this.apex;
    for (let at = from; at < all.length; at += batchSize) {
      yield* this.#signAll(all.slice(at, at + batchSize), out);
      const next = all[at + batchSize];
      if (!next || this.made - madeBefore < most) continue;
      this.#lookedTo = next.owner;
      return at + batchSize;
    }
    return all.length;
  }

  /** All that it is published with beside what was given. */
  *published(): Generator<Rrset> {
    for (const node of this.#names.all) yield* publishedAt(node.owner, node.peek());
    for (const packed of this.#hashed.values()) {
      const signed = unpackSigned(packed);
      yield signed.rrset;
      yield signaturesAt(signed.rrset.owner, [signed]);
    }
  }

  #remove(node: LiveNode, out: LiveOutput): void {
    this.#names.remove(node);
    this.#replace(node, new Map(), out);
    this.#names.forget(node);
  }

  // Signatures.

  /** Signs names, a batch at a time. */
  *#signAll(nodes: Iterable<LiveNode>, out: LiveOutput): SigningWork<void> {
    let done: [LiveNode, Map<number, LiveRrset>][] = [];
    for (const node of nodes) {
      done.push([node, this.#signedAt(node)]);
      if (this.#signatures.unmadeCount < batchSize && done.length < batchSize) continue;
      yield this.#signatures.takeUnmade();
      this.#settle(done, out);
      done = [];
    }
    yield this.#signatures.takeUnmade();
    this.#settle(done, out);
  }

  /** Puts what was signed in its places: the signatures are there. */
  #settle(done: readonly [LiveNode, Map<number, LiveRrset>][], out: LiveOutput): void {
    for (const [node, signed] of done) {
      this.#replace(node, signed, out);
      node.close();
    }
  }

  /** What is signed at a name, with signatures that may have to be made yet. */
  #signedAt(node: LiveNode): Map<number, LiveRrset> {
    const view = node.view();
    const signed = new Map<number, LiveRrset>();
    for (const rrset of signedRrsetsOf(view))
      signed.set(rrset.type, this.#signatures.sign(rrset, node.signed));
    if (node.kind !== "below" && this.#signatures.signing.denial.kind === "nsec") {
      const types = [...deniedTypesOf(view), RrType.RRSIG, RrType.NSEC].sort((a, b) => a - b);
      const encoded = encodeRdata(RrType.NSEC, {
        nextDomainName: this.#names.linkedAfter(node).owner,
        types,
      });
      if (!encoded.ok) throw new TypeError(`Cannot encode a link of a chain: ${encoded.failure.code}`);
      const link = {
        owner: node.owner,
        type: RrType.NSEC,
        ttl: this.#signatures.signing.negativeTtl,
        rdata: [encoded.value],
      };
      signed.set(RrType.NSEC, this.#signatures.sign(link, node.signed));
    }
    if (node.kind === "apex" && this.#signatures.signing.denial.kind === "nsec3") {
      const parameters = this.#parametersOf();
      signed.set(RrType.NSEC3PARAM, this.#signatures.sign(parameters, node.signed));
    }
    return signed;
  }

  /** Puts what is signed at a node in the place of what was. */
  #replace(node: LiveNode, signed: Map<number, LiveRrset>, out: LiveOutput): void {
    const before = node.signed;
    node.signed = signed;
    for (const [type, { rrset }] of before) if (!signed.has(type)) this.#signatures.drop(rrset);
    out.replace(node.owner, [...publishedAt(node.owner, before)], [...publishedAt(node.owner, signed)]);
  }

  #parametersOf(): Rrset {
    const { denial } = this.#signatures.signing;
    if (denial.kind !== "nsec3") throw new RangeError("Cannot give parameters: the chain is one of names");
    const encoded = encodeRdata(RrType.NSEC3PARAM, {
      hashAlgorithm: 1,
      flags: 0,
      iterations: denial.iterations,
      salt: denial.salt,
    });
    if (!encoded.ok) throw new TypeError(`Cannot encode NSEC3PARAM: ${encoded.failure.code}`);
    return { owner: this.apex, type: RrType.NSEC3PARAM, ttl: 0, rdata: [encoded.value] };
  }

  /** The chain of NSEC3, all of it; links that are as they were keep their signatures. */
  *#signHashed(out: LiveOutput): SigningWork<void> {
    const { denial, negativeTtl } = this.#signatures.signing;
    if (denial.kind !== "nsec3") return;
    const nodes: ZoneNode[] = [];
    for (const node of this.#names.all) {
      nodes.push(node.view());
      if (nodes.length % batchSize === 0) yield turn;
    }
    const next = new Map<string, string>();
    /** Links whose signatures are made anew: what they have is known when these are there. */
    const made: LiveRrset[] = [];
    for (const rrset of nsec3Chain(this.apex, nodes, negativeTtl, denial)) {
      if (rrset.type === RrType.NSEC3PARAM) continue;
      const { key } = rrset.owner;
      const held = this.#hashed.get(key);
      const old = held === undefined ? undefined : unpackSigned(held);
      const signed = this.#signatures.sign(rrset, new Map(old ? [[rrset.type, old]] : []));
      if (held !== undefined && signed === old) next.set(key, held);
      else {
        next.set(key, "");
        made.push(signed);
      }
      if (this.#signatures.unmadeCount >= batchSize) yield this.#signatures.takeUnmade();
      else if (next.size % batchSize === 0) yield turn;
    }
    yield this.#signatures.takeUnmade();
    for (const signed of made) next.set(signed.rrset.owner.key, packSigned(signed));
    this.#replaceHashed(next, out);
  }

  #dropHashed(out: LiveOutput): void {
    this.#replaceHashed(new Map(), out);
  }

  #replaceHashed(next: Map<string, string>, out: LiveOutput): void {
    const before = this.#hashed;
    this.#hashed = next;
    for (const [key, packed] of before) {
      if (next.has(key)) continue;
      const signed = unpackSigned(packed);
      const { owner } = signed.rrset;
      this.#signatures.drop(signed.rrset);
      out.replace(owner, [signed.rrset, signaturesAt(owner, [signed])], []);
    }
    for (const [key, packed] of next) {
      const was = before.get(key);
      if (was === packed) continue;
      const [signed, old] = [unpackSigned(packed), was === undefined ? undefined : unpackSigned(was)];
      const { owner } = signed.rrset;
      out.replace(owner, old ? [old.rrset, signaturesAt(owner, [old])] : [], [
        signed.rrset,
        signaturesAt(owner, [signed]),
      ]);
    }
  }

  #finish(out: LiveOutput): LiveChange {
    this.#names.close();
    return { ...out.result(), kept: this.#signatures.takeChanged() };
  }
}
