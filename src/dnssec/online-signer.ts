// Signs single RRsets while answering, for zones with compact denial of existence (RFC 9824): the keys that sign data of such zones, the signatures that were
// made last, and a bound on how many are made in a second. It is what the answer engine asks for as its port for signing.
//
// An attacker can ask for names that nobody has asked for before, as often as he likes: a signature for each. So what is kept is bounded, and
// so is what is made. Who is shown to be where he says has a share of his own, which forged addresses cannot use up.

import { createHash } from "node:crypto";
import { areSameOctets, Name } from "#wire";
import { nameKeyOf } from "./name-key.ts";
import type { SigningKey } from "./key.ts";
import { signRrset, type Validity } from "./sign.ts";

/** Bounds of one signer, which is one thread's. */
export interface OnlineSignerLimits {
  /**
   * Signatures of ECDSA P-256 made in a second, for senders that may be forged and for those that are not each: one takes up to 50 µs, so that
   * both together take two fifths of a processor at the most. Other algorithms count as often as they take longer.
   */
  readonly signaturesPerSecond: number;
  /** Signatures that are kept, at most twice as many: some 500 octets each. */
  readonly keptSignatures: number;
}

const usualLimits: OnlineSignerLimits = { signaturesPerSecond: 4_000, keptSignatures: 10_000 };

/** Characters of what is signed that stand in the key of what is kept; of more a digest does. */
const maxKeyOctets = 300;

/** Seconds that a signature holds, and that are left of it at least when it is given: what is not there today may be there tomorrow. */
const signatureSeconds = 2 * 86_400;
const leastSeconds = 86_400;
/** Seconds before now that a signature begins: clocks differ. */
const earlierSeconds = 3_600;

/** Networks that are counted apart, by a part of their hash, among senders that are not forged. */
const networks = 256;
/** The part of what is made for such senders that one network may have. */
const networkShare = 0.25;
/** How much longer a signature takes than one of ECDSA P-256, by algorithm (measured with OpenSSL 3.5). RSA is that of 2048 bits. */
const costs: Readonly<Record<number, number>> = { 8: 11, 10: 11, 13: 1, 14: 28, 15: 2, 16: 2 };

/** What the answer engine says of the time. */
interface Time {
  readonly monotonic: number;
  readonly wall: number;
}

interface CachedSignatures {
  readonly signatures: readonly Uint8Array[];
  /** Seconds since 1970: until when they are given. */
  readonly until: number;
}

interface Signer {
  readonly apex: Name;
  readonly keys: readonly SigningKey[];
  /** Differs from that of all other keys: two keys can have one tag. */
  readonly id: number;
  /** What a signature by each of them costs together. */
  readonly cost: number;
}

/** See the head of this file. */
export class OnlineSigner {
  /** Signatures made, given from what is kept, and not made because too many were asked for or the keys are not there. */
  made = 0;
  kept = 0;
  refused = 0;
  readonly #limits: OnlineSignerLimits;
  /** Handles by apex; what is taken away leaves a gap. */
  readonly #handles = new Map<string, number>();
  readonly #signers: (Signer | undefined)[] = [];
  readonly #free: number[] = [];
  #nextId = 0;
  /** Signatures by what they are over. What was not asked for while as many others were is forgotten with its half. */
  #recent = new Map<string, CachedSignatures>();
  #earlier = new Map<string, CachedSignatures>();
  /** Signatures that may be made, for senders that may be forged and for others. */
  readonly #left: [number, number];
  #since = 0;
  /** What each network has left, and since when that is so. */
  readonly #networkLeft = new Float64Array(networks);
  readonly #networkSince = new Float64Array(networks).fill(Number.NEGATIVE_INFINITY);

  constructor(limits: OnlineSignerLimits = usualLimits) {
    this.#limits = limits;
    this.#left = [limits.signaturesPerSecond, limits.signaturesPerSecond];
  }

  get isEmpty(): boolean {
    return this.#handles.size === 0;
  }

  /** Puts the keys of a zone in the place of those that it had. @param keys  those that sign data; none: nothing can be signed, and is answered */
  put(apex: Name, keys: readonly SigningKey[]): void {
    const key = nameKeyOf(apex.octets, 0);
    let handle = this.#handles.get(key);
    if (handle === undefined) {
      handle = this.#free.pop() ?? this.#signers.length;
      this.#handles.set(key, handle);
    }
    const before = this.#signers[handle];
    const isSame =
      before?.keys.length === keys.length &&
      keys.every(({ rdata }, i) => areSameOctets(rdata, before.keys[i]?.rdata ?? new Uint8Array()));
    this.#signers[handle] = {
      apex,
      keys,
      id: isSame && before ? before.id : this.#nextId++,
      cost: costOf(keys),
    };
  }

  /** Forgets the keys of a zone. */
  remove(apex: Name): void {
    const key = nameKeyOf(apex.octets, 0);
    const handle = this.#handles.get(key);
    if (handle === undefined) return;
    this.#handles.delete(key);
    this.#signers[handle] = undefined;
    this.#free.push(handle);
  }

  /** The handle of the zone with this apex, -1 where there is none. */
  find(apex: Uint8Array, at: number): number {
    return this.#handles.get(nameKeyOf(apex, at)) ?? -1;
  }

  /** RDATA of the RRSIG of each key over an RRset; undefined where too many are asked for, or there is no key. */
  sign(
    handle: number,
    owner: Uint8Array,
    ownerAt: number,
    type: number,
    ttl: number,
    rdata: readonly Uint8Array[],
    now: Time,
    from: Uint8Array | undefined,
  ): readonly Uint8Array[] | undefined {
    const signer = this.#signers[handle];
    if (!signer || signer.keys.length === 0) {
      this.refused++;
      return undefined;
    }
    const seconds = Math.floor(now.wall / 1000);
    const key = keyOf(signer, owner, ownerAt, type, ttl, rdata);
    const known = this.#recent.get(key) ?? this.#earlier.get(key);
    if (known && known.until > seconds && known.until - seconds <= signatureSeconds - leastSeconds) {
      this.kept++;
      this.#keep(key, known);
      return known.signatures;
    }
    const name = Name.fromOctets(owner, ownerAt);
    if (!name || !this.#takes(signer.cost, now, from)) {
      this.refused++;
      return undefined;
    }
    const validity: Validity = {
      inception: seconds - earlierSeconds,
      expiration: seconds + signatureSeconds,
    };
    const rrset = { owner: name, type, ttl, rdata };
    const signatures = signer.keys.map((each) => signRrset(signer.apex, rrset, each, validity));
    this.made += signatures.length;
    this.#keep(key, { signatures, until: seconds + signatureSeconds - leastSeconds });
    return signatures;
  }

  /** What has been done so far, by name. */
  counters(): Record<string, number> {
    return {
      "online-signatures": this.made,
      "online-signatures-kept": this.kept,
      "online-signatures-refused": this.refused,
    };
  }

  #keep(key: string, signatures: CachedSignatures): void {
    if (this.#recent.size >= this.#limits.keptSignatures && !this.#recent.has(key)) {
      this.#earlier = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(key, signatures);
  }

  /** Takes signatures out of what may be made: a second's worth at most, which fills up as time passes. */
  #takes(count: number, { monotonic }: Time, from: Uint8Array | undefined): boolean {
    const most = this.#limits.signaturesPerSecond;
    const passed = Math.max(0, monotonic - this.#since);
    this.#since = monotonic;
    for (let i = 0; i < 2; i++) this.#left[i] = Math.min(most, this.#left[i]! + (passed * most) / 1000);
    const share = from ? 1 : 0;
    if (this.#left[share] < count || (from && !this.#takesOf(from, count, monotonic))) return false;
    this.#left[share] -= count;
    return true;
  }

  /** Takes signatures out of what one network may have, so that no other goes short of them for it. */
  #takesOf(from: Uint8Array, count: number, monotonic: number): boolean {
    const most = Math.max(this.#limits.signaturesPerSecond * networkShare, count);
    const slot = networkOf(from);
    const passed = Math.max(0, monotonic - this.#networkSince[slot]!);
    this.#networkSince[slot] = Math.max(monotonic, this.#networkSince[slot]!);
    const left = Math.min(most, this.#networkLeft[slot]! + (passed * most) / 1000);
    this.#networkLeft[slot] = left < count ? left : left - count;
    return left >= count;
  }
}

/** What an RRset's signatures are told apart by: all that is signed, and the keys. */
function keyOf(
  { id }: Signer,
  owner: Uint8Array,
  ownerAt: number,
  type: number,
  ttl: number,
  rdata: readonly Uint8Array[],
): string {
  const records = rdata.map(
    (octets) =>
      `${octets.length}:${Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("latin1")}`,
  );
  const whole = records.join("");
  // A wildcard's set can have 64 KiB, and names that it stands in for are as many as somebody likes to ask for.
  const data =
    whole.length <= maxKeyOctets ? whole : createHash("sha256").update(whole, "latin1").digest("latin1");
  return `${id} ${type} ${ttl} ${nameKeyOf(owner, ownerAt)}${data}`;
}

function costOf(keys: readonly SigningKey[]): number {
  return keys.reduce((sum, { algorithm, key }) => {
    const times = (key.asymmetricKeyDetails?.modulusLength ?? 2048) / 2048;
    return sum + (costs[algorithm.number] ?? 1) * Math.max(1, times) ** 3;
  }, 0);
}

/** The slot of an address's network: /24 of IPv4, which stands in the last four octets, and /56 of IPv6 (FNV-1a). */
function networkOf(address: Uint8Array): number {
  const isV4 = address[10] === 0xff && address[11] === 0xff && address[0] === 0;
  let hash = 0x811c9dc5;
  for (let i = isV4 ? 12 : 0; i < (isV4 ? 15 : 7); i++) hash = Math.imul(hash ^ address[i]!, 0x01000193);
  return (hash ^ (hash >>> 16)) & (networks - 1);
}
