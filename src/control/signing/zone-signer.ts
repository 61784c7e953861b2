// Signs what is published: what the names role is given of a zone with keys goes through here, and comes out with its RRSIG records and its
// chain. A change is signed with what it touches (src/dnssec, live-zone.ts); signatures are kept in the store, so that a start makes none.

import { objectKey, type RoleObject, type RrsetObject } from "#contract";
import {
  type Denial,
  inceptionOf,
  type KeptSignatures,
  type LiveChange,
  type LiveSigning,
  LiveZone,
  type SigningKey,
  type SigningWork,
} from "#dnssec";
import { knownName } from "#registry";
import type { SignatureRow, SignatureTable } from "#store";
import { decodeRdata, formatBase64, type Name, RrType } from "#wire";
import { encodeRrset, type Rrset } from "#zone";
import { octetsOf } from "../octets.ts";
import { PackedObjects } from "../packed-objects.ts";
import type { Clock, Log } from "../ports.ts";
import type { State } from "../state.ts";
import type { SignedDenial, ZoneKey } from "./facts.ts";
import type { ZoneKeys } from "./keys.ts";
import { PolicySigner } from "./policy-signer.ts";

/** Seconds that a signature holds, and that are left of it when it is made anew: names outlive a dead control plane by a week. */
export const signatureSeconds: number = 14 * 86_400;
export const renewSeconds: number = 7 * 86_400;
/** Seconds that signatures of one zone are spread over, so that they do not all end at once. */
const spreadSeconds = 86_400;
/** Seconds before now that a signature begins: clocks differ. */
const earlierSeconds = 3_600;
/** Signatures made anew at most with one change because they end soon: the change itself is not to wait for more. */
const maxRenewed = 2_000;
/** RRsets that are gone through between two turns for others. */
const rrsetsAtOnce = 500;
/** Rows read from the store at once. */
const pageRows = 5_000;

/** Objects that are put and that are gone. */
export interface ObjectChange {
  readonly put: RoleObject[];
  readonly gone: RoleObject[];
}

interface SigningState {
  readonly live: LiveZone;
  /** What it was signed with last, in a word: another one means that all is looked at again. */
  terms: string;
  /** The latest beginning of its signatures, in seconds since 1970: after now where the clock was ahead when they were made. */
  begins: number;
}

/** See the head of this file. */
export class ZoneSigner {
  readonly #state: State;
  readonly #keys: ZoneKeys;
  readonly #table: SignatureTable;
  readonly #clock: Clock;
  readonly #log: Log;
  /** Every RRset that is published, without what signing makes: for zones that are signed later. */
  readonly #contents: PackedObjects = new PackedObjects();
  readonly #zones: Map<string, SigningState> = new Map();
  /** Signatures of before, until their zone is signed for the first time. */
  readonly #kept: Map<string, KeptSignatures[]> = new Map();
  /** Signs what routing policies choose from. */
  readonly #policies: PolicySigner = new PolicySigner();
  #made = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(state: State, keys: ZoneKeys, table: SignatureTable, clock: Clock, log: Log) {
    this.#state = state;
    this.#keys = keys;
    this.#table = table;
    this.#clock = clock;
    this.#log = log;
  }

  /** Reads the signatures of before. */
  async load(): Promise<void> {
    let after: SignatureRow | undefined;
    for (;;) {
      const rows = await this.#table.list(after, pageRows);
      for (const row of rows) {
        if (this.#policies.keep(row)) continue;
        const kept = this.#kept.get(row.zone) ?? [];
        kept.push(readRow(row));
        this.#kept.set(row.zone, kept);
      }
      after = rows.at(-1);
      if (rows.length < pageRows) break;
    }
    for (const zone of this.#kept.keys()) {
      if (this.#state.get("zone-signing", zone)) continue;
      this.#kept.delete(zone);
      await this.#table.deleteZone(zone);
    }
  }

  /** Waits until all that was signed is kept. */
  async settle(): Promise<void> {
    await this.#writing;
  }

  /**
   * Adds to a change of objects what signing makes of it.
   * @param renewed  zones whose keys or whose way of signing are others, or that are to be looked through
   */
  *taking({ put, gone }: ObjectChange, renewed: Iterable<string>): SigningWork<ObjectChange> {
    const changes = new Map<string, { put: RrsetObject[]; gone: RrsetObject[] }>();
    const ended = new Set<string>();
    const of = (apex: string): { put: RrsetObject[]; gone: RrsetObject[] } => {
      const change = changes.get(apex) ?? { put: [], gone: [] };
      changes.set(apex, change);
      return change;
    };
    for (const object of gone) {
      if (object.kind === "zone") ended.add(object.apex);
      else if (object.kind === "rrset") of(object.apex).gone.push(object);
    }
    for (const [i, object] of put.entries()) {
      if (i % rrsetsAtOnce === rrsetsAtOnce - 1) yield [];
      if (object.kind === "zone") ended.delete(object.apex);
      else if (object.kind === "rrset") of(object.apex).put.push(object);
    }
    for (const apex of this.#policies.note(put, gone)) of(apex);
    for (const apex of renewed) of(apex);
    const out: ObjectChange = { put: [...put], gone: [...gone] };
    for (const [apex, change] of changes) {
      for (const object of change.gone) this.#contents.delete(object);
      for (const [i, object] of change.put.entries()) {
        if (i % rrsetsAtOnce === rrsetsAtOnce - 1) yield [];
        this.#contents.put(object);
      }
      if (ended.has(apex) || !this.#contents.hasZone(apex)) {
        this.#contents.deleteZone(apex);
        this.#end(apex, out);
      } else yield* this.#sign(apex, change, out);
    }
    return out;
  }

  /** Signatures made since the start. */
  get made(): number {
    return this.#made;
  }

  /** Zones with signatures that end within the time that they are to be made anew in, or that do not hold yet. */
  *dueZones(): Generator<string> {
    const now = this.#seconds();
    const before = now + renewSeconds;
    for (const [apex, { begins }] of this.#zones)
      if ((this.earliestEnd(apex) ?? before) < before || begins > now) yield apex;
  }

  /** The earliest end of a zone's signatures in seconds since 1970; undefined where it is not signed. */
  earliestEnd(apex: string): number | undefined {
    const own = this.#zones.get(apex)?.live.earliestEnd;
    const sets = this.#policies.earliestEnd(apex);
    return own === undefined || sets === undefined ? own : Math.min(own, sets);
  }

  /** The highest TTL of any RRset of a zone, in seconds. */
  highestTtl(apex: string): number {
    return Math.max(this.#policies.highestTtl(apex), this.#contents.highestTtl(apex));
  }

  *#sign(
    apex: string,
    { put, gone }: { readonly put: readonly RrsetObject[]; readonly gone: readonly RrsetObject[] },
    out: ObjectChange,
  ): SigningWork<void> {
    const fact = this.#state.value("zone-signing", apex);
    const known = this.#zones.get(apex);
    const name = knownName(apex);
    const soa = this.#contents.get(`rrset/${apex}/${apex}/${RrType.SOA}`) as RrsetObject | undefined;
    const signing = fact && soa && this.#signing(apex, fact.denial, fact.keys, soa);
    if (!signing) {
      // A zone on its way out has no keys any more, and is served as it was.
      const isLeaving = known && this.#state.value("pending", apex)?.step === "withdraw";
      if (known && !isLeaving) {
        this.#policies.sign(apex, undefined, out.put, true);
        this.#end(apex, out);
      }
      return;
    }
    const terms = JSON.stringify([
      fact.denial,
      fact.keys.map(({ id, stage }) => `${id} ${stage}`),
      signing.negativeTtl,
    ]);
    const now = this.#seconds();
    const kept = this.#kept.get(apex);
    this.#kept.delete(apex);
    // A clock that was ahead has made signatures that nobody believes yet (RFC 4034 section 3.1.5): none of them is kept.
    const isSetBack = (known?.begins ?? latestBeginning(kept ?? [])) > now;
    const anew = isSetBack ? { ...signing, renewBefore: Number.POSITIVE_INFINITY } : signing;
    const ends = this.#policies.earliestEnd(apex) ?? Number.POSITIVE_INFINITY;
    const isAll = known?.terms !== terms || isSetBack || ends < signing.renewBefore;
    const zone = known ?? {
      live: new LiveZone(name, signing, isSetBack ? [] : kept),
      terms,
      begins: now - earlierSeconds,
    };
    const changes: LiveChange[] = [];
    const madeBefore = zone.live.made;
    if (!known) {
      this.#zones.set(apex, zone);
      changes.push(yield* zone.live.changing(yield* decodeAll(this.#contents.rrsetsOf(apex)), []));
    } else {
      if (isSetBack) changes.push(yield* zone.live.resigning(anew));
      if (isSetBack || zone.terms !== terms) changes.push(yield* zone.live.resigning(signing));
      else if ((zone.live.earliestEnd ?? Number.POSITIVE_INFINITY) < signing.renewBefore)
        changes.push(yield* zone.live.resigning(signing, maxRenewed));
      zone.terms = terms;
      zone.begins = isSetBack ? now - earlierSeconds : Math.max(zone.begins, now - earlierSeconds);
      const removed = gone
        .filter((object) => !this.#contents.held(object))
        .map(({ owner, type }) => ({ owner: knownName(owner), type }));
      changes.push(yield* zone.live.changing(yield* decodeAll(put), removed));
    }
    this.#made += zone.live.made - madeBefore;
    const both = new Map<string, { object: RrsetObject; isGone: boolean }>();
    for (const change of changes) {
      for (const [i, rrset] of change.put.entries()) {
        if (i % rrsetsAtOnce === rrsetsAtOnce - 1) yield [];
        const object = encodeRrset(name, rrset);
        both.set(objectKey(object), { object, isGone: false });
      }
      for (const { owner, type } of change.removed) {
        const object = emptyObject(name, owner, type);
        both.set(objectKey(object), { object, isGone: true });
      }
    }
    for (const { object, isGone } of both.values()) (isGone ? out.gone : out.put).push(object);
    yield* this.#keep(
      apex,
      changes.flatMap(({ kept }) => kept),
    );
    const rows = this.#policies.sign(apex, anew, out.put, isAll);
    if (rows.length > 0) this.#write(() => this.#table.put(rows));
  }

  /** A zone that is signed no more: takes away what signing has made. */
  #end(apex: string, out: ObjectChange): void {
    const zone = this.#zones.get(apex);
    if (!zone) return;
    this.#zones.delete(apex);
    for (const { owner, type } of zone.live.published())
      out.gone.push(emptyObject(knownName(apex), owner, type));
    this.#write(() => this.#table.deleteZone(apex));
  }

  #signing(
    apex: string,
    denial: SignedDenial,
    keys: readonly ZoneKey[],
    soa: RrsetObject,
  ): LiveSigning | undefined {
    const open = (role: ZoneKey["role"], stages: readonly ZoneKey["stage"][]): SigningKey[] =>
      keys
        .filter((key) => key.role === role && stages.includes(key.stage))
        .flatMap((key) => this.#keys.open(key) ?? []);
    // RFC 7583 section 3.3.1: while keys that sign keys change places, each of them signs the set.
    const forKeys = open("ksk", ["published", "active", "retired"]);
    const forData = open("zsk", ["active"]);
    if (forKeys.length === 0 || forData.length === 0) {
      this.#log.error({ zone: apex }, "a zone cannot be signed: its keys are not there");
      return undefined;
    }
    const now = this.#seconds();
    const decoded = decodeRdata(RrType.SOA, octetsOf(soa.rdata[0] ?? ""));
    return {
      forKeys,
      forData,
      denial: denialOf(denial),
      negativeTtl: Math.min(soa.ttl, decoded.ok ? decoded.value.minimum : soa.ttl),
      validity: (owner) => ({
        inception: now - earlierSeconds,
        expiration: now + signatureSeconds - (spreadOf(owner) % spreadSeconds),
      }),
      renewBefore: now + renewSeconds,
    };
  }

  *#keep(apex: string, kept: readonly KeptSignatures[]): SigningWork<void> {
    const rows = new Map<string, SignatureRow>();
    for (const [i, each] of kept.entries()) {
      rows.set(`${each.type} ${each.owner.key}`, rowOf(apex, each));
      if (i % rrsetsAtOnce === rrsetsAtOnce - 1) yield [];
    }
    const all = [...rows.values()];
    for (let from = 0; from < all.length; from += pageRows)
      this.#write(() => this.#table.put(all.slice(from, from + pageRows)));
  }

  #write(run: () => Promise<void>): void {
    this.#writing = this.#writing.then(run).catch((error: unknown) => {
      // What is lost is signed anew at the next start.
      this.#log.error({ error }, "signatures could not be kept");
    });
  }

  #seconds(): number {
    return Math.floor(this.#clock.wall() / 1000);
  }
}

function denialOf(denial: SignedDenial): Denial {
  if (denial === "compact") return { kind: "compact" };
  // RFC 9276 section 3.1: no extra rounds, no salt.
  return denial === "nsec3"
    ? { kind: "nsec3", iterations: 0, salt: new Uint8Array(0), hasOptOut: false }
    : { kind: "nsec" };
}

function* decodeAll(objects: Iterable<RrsetObject>): SigningWork<Rrset[]> {
  const rrsets: Rrset[] = [];
  for (const object of objects) {
    rrsets.push(decode(object));
    if (rrsets.length % rrsetsAtOnce === 0) yield [];
  }
  return rrsets;
}

function decode({ owner, type, ttl, rdata }: RrsetObject): Rrset {
  return { owner: knownName(owner), type, ttl, rdata: rdata.map(octetsOf) };
}

/** What stands for an object that is gone. */
function emptyObject(apex: Name, owner: Name, type: number): RrsetObject {
  return encodeRrset(apex, { owner, type, ttl: 0, rdata: [] });
}

/** When the signature begins that begins last, in seconds since 1970; 0 where there is none. */
function latestBeginning(kept: readonly KeptSignatures[]): number {
  let latest = 0;
  for (const { signatures } of kept)
    for (const rdata of signatures) latest = Math.max(latest, inceptionOf(rdata));
  return latest;
}

/** A number that differs from owner to owner and is the same each time (FNV-1a). */
function spreadOf(owner: Name): number {
  let hash = 0x811c9dc5;
  for (const octet of owner.toLowerCase().octets) hash = Math.imul(hash ^ octet, 0x01000193);
  return hash >>> 0;
}

function rowOf(zone: string, { owner, type, digest, signatures }: KeptSignatures): SignatureRow {
  const name = `${type} ${owner.toLowerCase().toString()}`;
  return { zone, name, digest, rdata: signatures.map((octets) => formatBase64(octets)).join(" ") };
}

function readRow({ name, digest, rdata }: SignatureRow): KeptSignatures {
  const [type = "", owner = ""] = name.split(" ");
  return {
    owner: knownName(owner),
    type: Number(type),
    digest,
    signatures: rdata.split(" ").map(octetsOf),
  };
}
