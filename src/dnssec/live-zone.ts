// A zone that is kept signed while it changes: a change costs the signatures of what it touches and of the links of the chain beside it,
// whatever the size of the zone. With NSEC3 the chain is put together anew for each change, and signed where it differs.

import { createHash } from "node:crypto";
import { encodeRdata, type Name, RrType } from "#wire";
import { type Rrset, rrsetKey, sortedCanonicalRdata } from "#zone";
import { deniedTypesOf, signedRrsetsOf, type ZoneNode } from "./authority.ts";
import { type Denial, nsec3Chain } from "./denial.ts";
import type { SigningKey } from "./key.ts";
import { LiveNode, packSigned, placeOf, type LiveRrset, unpackSigned } from "./live-node.ts";
import {
  signAtOnce,
  type SigningWork,
  type UnmadeSignature,
  unmadeSignature,
  type Validity,
} from "./sign.ts";
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
  readonly #nodes = new Map<string, LiveNode>();
  /** All owners in canonical order. */
  readonly #order: LiveNode[] = [];
  /** Nodes that are open: those that the change at hand has touched. */
  readonly #opened = new Set<LiveNode>();
  /** Links of an NSEC3 chain, packed, by owner. */
  #hashed = new Map<string, string>();
  /** Signatures that are known from before, by {@link rrsetKey}: looked at once, when their RRset is signed first. */
  readonly #before: Map<string, KeptSignatures>;
  #signing: LiveSigning;
  #made: KeptSignatures[] = [];
  /** Signatures that are to be made for what is in {@link LiveRrset} already. */
  #unmade: UnmadeSignature[] = [];
  /** Where a look through all signatures that goes by parts has come to, and the earliest end that it has seen. */
  #round: { readonly after: Name; earliest: number | undefined } | undefined;
  #madeCount = 0;
  #earliest: number | undefined;

  /**
   * @param before  signatures that were kept: used where they are over the same records, by the same keys, and hold for long enough
   */
  constructor(apex: Name, signing: LiveSigning, before: Iterable<KeptSignatures> = []) {
    this.apex = apex;
    this.#signing = signing;
    this.#before = new Map(Array.from(before, (kept) => [rrsetKey(kept.owner, kept.type), kept]));
  }

  /** Signatures made so far. */
  get made(): number {
    return this.#madeCount;
  }

  /** How many owners there are. */
  get size(): number {
    return this.#order.length;
  }

  /** The earliest end of any signature or an earlier time, in seconds since 1970; undefined where there is none. */
  get earliestEnd(): number | undefined {
    return this.#earliest;
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
    const out = new Output();
    const hides = new Map<LiveNode, boolean>();
    const touch = (node: LiveNode): void => {
      if (!hides.has(node)) hides.set(node, this.#hides(node));
      dirty.set(node.owner.key, node);
    };
    for (const { owner, type } of remove) {
      const node = this.#nodes.get(owner.key);
      if (!node) continue;
      touch(node);
      node.rrsets.delete(type);
    }
    for (const [i, rrset] of put.entries()) {
      if (i % batchSize === batchSize - 1) {
        this.#close();
        yield turn;
      }
      const node = this.#nodes.get(rrset.owner.key) ?? this.#insert(rrset.owner);
      touch(node);
      node.rrsets.set(rrset.type, rrset);
    }
    yield turn;
    let count = 0;
    for (const node of Array.from(dirty.values())) {
      if (++count % batchSize === 0) this.#close();
      // A cut or DNAME that comes or goes bears on all that lies below it.
      if (hides.get(node) !== this.#hides(node))
        for (const below of this.#below(node)) dirty.set(below.owner.key, below);
    }
    yield turn;
    const toSign = new Set<LiveNode>();
    for (const node of dirty.values()) {
      if (++count % batchSize === 0) {
        this.#close();
        yield turn;
      }
      const wasLinked = node.kind !== "below" && node.signed.size > 0;
      if (node.rrsets.size === 0) {
        this.#remove(node, out);
        if (wasLinked) gaps.push(node.owner);
        continue;
      }
      toSign.add(node);
      node.kind = this.#kindOf(node);
      if (wasLinked !== (node.kind !== "below")) gaps.push(node.owner);
    }
    if (this.#signing.denial.kind === "nsec")
      for (const name of gaps) {
        const before = this.#linkedBefore(name);
        if (before) toSign.add(before);
      }
    yield* this.#signAll(toSign, out);
    if (this.#signing.denial.kind === "nsec3") yield* this.#signHashed(out);
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
    this.#signing = signing;
    const out = new Output();
    const before = most === Number.POSITIVE_INFINITY ? undefined : this.#round;
    const from = before ? this.#placeOf(placeOf(before.after)) : 0;
    const to = yield* this.#signRange(from, most, out, before?.earliest);
    if (to < this.#order.length) return this.#finish(out);
    if (signing.denial.kind === "nsec3") yield* this.#signHashed(out);
    else this.#dropHashed(out);
    this.#earliest = this.#round?.earliest;
    this.#round = undefined;
    return this.#finish(out);
  }

  /** Looks through the signatures of names from a place on. @returns the place of the first that is left for another time */
  *#signRange(from: number, most: number, out: Output, earliest: number | undefined): SigningWork<number> {
    const madeBefore = this.#madeCount;
    this.#round = { after: this.apex, earliest };
    for (let at = from; at < this.#order.length; at += batchSize) {
      yield* this.#signAll(this.#order.slice(at, at + batchSize), out);
      const next = this.#order[at + batchSize];
      if (!next || this.#madeCount - madeBefore < most) continue;
      this.#round = { after: next.owner, earliest: this.#round.earliest };
      return at + batchSize;
    }
    return this.#order.length;
  }

  /** All that it is published with beside what was given. */
  *published(): Generator<Rrset> {
    for (const node of this.#order) yield* publishedAt(node.owner, node.peek());
    for (const packed of this.#hashed.values()) {
      const signed = unpackSigned(packed);
      yield signed.rrset;
      yield signaturesAt(signed.rrset.owner, [signed]);
    }
  }

  // Names.

  /** Where an owner stands, or would. */
  #placeOf(place: string): number {
    let [low, high] = [0, this.#order.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const node = this.#order[middle];
      if (node && node.place < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Closes what is open. */
  #close(): void {
    for (const node of this.#opened) node.close();
  }

  #insert(owner: Name): LiveNode {
    const node = new LiveNode(owner, this.#opened);
    this.#nodes.set(owner.key, node);
    // A zone that is loaded comes in order mostly.
    const last = this.#order.at(-1);
    if (!last || last.place < node.place) this.#order.push(node);
    else this.#order.splice(this.#placeOf(node.place), 0, node);
    return node;
  }

  #remove(node: LiveNode, out: Output): void {
    this.#nodes.delete(node.owner.key);
    this.#order.splice(this.#placeOf(node.place), 1);
    this.#replace(node, new Map(), out);
    this.#opened.delete(node);
  }

  *#below(node: LiveNode): Generator<LiveNode> {
    for (let at = this.#placeOf(node.place); at < this.#order.length; at++) {
      const other = this.#order[at];
      if (!other?.place.startsWith(node.place)) return;
      if (other !== node) yield other;
    }
  }

  /** Whether what lies below a node is hidden by it. */
  #hides({ owner, rrsets }: LiveNode): boolean {
    return rrsets.has(RrType.DNAME) || (rrsets.has(RrType.NS) && !owner.equals(this.apex));
  }

  #kindOf(node: LiveNode): ZoneNode["kind"] {
    for (let name = node.owner; name.labelCount > this.apex.labelCount;) {
      name = name.parent() ?? this.apex;
      const above = this.#nodes.get(name.key);
      if (above && this.#hides(above)) return "below";
    }
    if (node.owner.equals(this.apex)) return "apex";
    return node.rrsets.has(RrType.NS) ? "cut" : "plain";
  }

  /** The node of the chain before a name: the last one of all where it is the first. */
  #linkedBefore(name: Name): LiveNode | undefined {
    const at = this.#placeOf(placeOf(name));
    for (let steps = 1; steps <= this.#order.length; steps++) {
      const node = this.#order[(at - steps + this.#order.length) % this.#order.length];
      if (node && node.kind !== "below") return node;
    }
    return undefined;
  }

  #linkedAfter(node: LiveNode): LiveNode {
    const at = this.#placeOf(node.place);
    for (let steps = 1; steps <= this.#order.length; steps++) {
      const next = this.#order[(at + steps) % this.#order.length];
      if (next && next.kind !== "below") return next;
    }
    return node;
  }

  // Signatures.

  /** Signs names, a batch at a time. */
  *#signAll(nodes: Iterable<LiveNode>, out: Output): SigningWork<void> {
    let done: [LiveNode, Map<number, LiveRrset>][] = [];
    for (const node of nodes) {
      done.push([node, this.#signedAt(node)]);
      if (this.#unmade.length < batchSize && done.length < batchSize) continue;
      yield this.#takeUnmade();
      this.#settle(done, out);
      done = [];
    }
    yield this.#takeUnmade();
    this.#settle(done, out);
  }

  /** Puts what was signed in its places: the signatures are there. */
  #settle(done: readonly [LiveNode, Map<number, LiveRrset>][], out: Output): void {
    for (const [node, signed] of done) {
      this.#replace(node, signed, out);
      node.close();
    }
  }

  #takeUnmade(): readonly UnmadeSignature[] {
    const unmade = this.#unmade;
    this.#unmade = [];
    return unmade;
  }

  /** What is signed at a name, with signatures that may have to be made yet. */
  #signedAt(node: LiveNode): Map<number, LiveRrset> {
    const view = node.view();
    const signed = new Map<number, LiveRrset>();
    for (const rrset of signedRrsetsOf(view)) signed.set(rrset.type, this.#signOne(rrset, node.signed));
    if (node.kind !== "below" && this.#signing.denial.kind === "nsec") {
      const types = [...deniedTypesOf(view), RrType.RRSIG, RrType.NSEC].sort((a, b) => a - b);
      const encoded = encodeRdata(RrType.NSEC, {
        nextDomainName: this.#linkedAfter(node).owner,
        types,
      });
      if (!encoded.ok) throw new TypeError(`Cannot encode a link of a chain: ${encoded.failure.code}`);
      const link = {
        owner: node.owner,
        type: RrType.NSEC,
        ttl: this.#signing.negativeTtl,
        rdata: [encoded.value],
      };
      signed.set(RrType.NSEC, this.#signOne(link, node.signed));
    }
    if (node.kind === "apex" && this.#signing.denial.kind === "nsec3") {
      const parameters = this.#parametersOf();
      signed.set(RrType.NSEC3PARAM, this.#signOne(parameters, node.signed));
    }
    return signed;
  }

  /** Signs an RRset, where what is there of it does not do. */
  #signOne(rrset: Rrset, held: ReadonlyMap<number, LiveRrset>): LiveRrset {
    const { forKeys, forData, validity, renewBefore } = this.#signing;
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
        unmadeSignature(this.apex, rrset, signingKey, holds, (rdata) => (signatures[i] = rdata)),
      );
    }
    if (!isNew) return isSame ? known : { rrset, signatures: old };
    this.#made.push({ owner: rrset.owner, type: rrset.type, digest: digestOf(rrset), signatures });
    return { rrset, signatures };
  }

  #noteEnd(end: number): void {
    if (this.#earliest === undefined || end < this.#earliest) this.#earliest = end;
    const round = this.#round;
    if (round && (round.earliest === undefined || end < round.earliest)) round.earliest = end;
  }

  /** Puts what is signed at a node in the place of what was. */
  #replace(node: LiveNode, signed: Map<number, LiveRrset>, out: Output): void {
    const before = node.signed;
    node.signed = signed;
    for (const [type, { rrset }] of before)
      if (!signed.has(type)) this.#made.push({ owner: rrset.owner, type, digest: "", signatures: [] });
    out.replace(node.owner, [...publishedAt(node.owner, before)], [...publishedAt(node.owner, signed)]);
  }

  #parametersOf(): Rrset {
    const { denial } = this.#signing;
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
  *#signHashed(out: Output): SigningWork<void> {
    const { denial, negativeTtl } = this.#signing;
    if (denial.kind !== "nsec3") return;
    const nodes: ZoneNode[] = [];
    for (const node of this.#order) {
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
      const signed = this.#signOne(rrset, new Map(old ? [[rrset.type, old]] : []));
      if (held !== undefined && signed === old) next.set(key, held);
      else {
        next.set(key, "");
        made.push(signed);
      }
      if (this.#unmade.length >= batchSize) yield this.#takeUnmade();
      else if (next.size % batchSize === 0) yield turn;
    }
    yield this.#takeUnmade();
    for (const signed of made) next.set(signed.rrset.owner.key, packSigned(signed));
    this.#replaceHashed(next, out);
  }

  #dropHashed(out: Output): void {
    this.#replaceHashed(new Map(), out);
  }

  #replaceHashed(next: Map<string, string>, out: Output): void {
    const before = this.#hashed;
    this.#hashed = next;
    for (const [key, packed] of before) {
      if (next.has(key)) continue;
      const signed = unpackSigned(packed);
      const { owner, type } = signed.rrset;
      this.#made.push({ owner, type, digest: "", signatures: [] });
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

  #finish(out: Output): LiveChange {
    const kept = this.#made;
    this.#made = [];
    this.#close();
    return { ...out.result(), kept };
  }
}

/** What is published at an owner: the links of the chain, and one RRset of all signatures. */
function* publishedAt(owner: Name, signed: ReadonlyMap<number, LiveRrset>): Generator<Rrset> {
  for (const type of [RrType.NSEC, RrType.NSEC3PARAM]) {
    const own = signed.get(type);
    if (own) yield own.rrset;
  }
  if (signed.size > 0) yield signaturesAt(owner, [...signed.values()]);
}

function signaturesAt(owner: Name, signed: readonly LiveRrset[]): Rrset {
  const ttl = Math.min(...signed.map(({ rrset }) => rrset.ttl));
  return { owner, type: RrType.RRSIG, ttl, rdata: signed.flatMap(({ signatures }) => signatures) };
}

/** Differences of what is published, each once. */
class Output {
  readonly #put = new Map<string, Rrset>();
  readonly #removed = new Map<string, Pick<Rrset, "owner" | "type">>();

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

  result(): Pick<LiveChange, "put" | "removed"> {
    return { put: [...this.#put.values()], removed: [...this.#removed.values()] };
  }
}

function hasSameOctets(a: Rrset, b: Rrset): boolean {
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
