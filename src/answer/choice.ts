// Hot path (bench/answer.ts): chooses among the sets of a name (src/zone, policies/choices.ts). Only answers of such names come here. Chance
// and the client's address are arguments; health and networks stand on the board. What comes of it is read as an RRset like others.
//
// The rules are Route 53's: weight 0 is chosen only where all have it or nothing else is healthy; where nothing is healthy, all are taken for
// healthy, so that a wrong check does not take a name away.

import type { PolicyKind } from "#contract";
import { maxMultivalueRecords } from "#contract/plain";
import type { Random } from "#engine";
import { maxRdataOctets, RrType } from "#wire";
import {
  elsewhereSlot,
  FoundNetwork,
  indexChoiceOctets,
  indexHeadOctets,
  noSlot,
  type PolicyBoard,
  policyKinds,
  type RrsetReader,
  type ZoneReader,
} from "#zone";
import { readU16 } from "./query.ts";

/** The handle of a choice as an RRset, and that of its signatures. */
const chosenRrset = 0;
const chosenSignatures = 1;

/** Why a set was chosen. */
export type ChoiceReason =
  | "weight"
  | "primary"
  | "secondary"
  | "together"
  | "one"
  | "near"
  | "default"
  | "open";

/** Numbers of the policies, as the index has them. */
const weighted = policyKinds.indexOf("weighted");
const failover = policyKinds.indexOf("failover");
const multivalue = policyKinds.indexOf("multivalue");

/** Chooses, and reads what it has chosen. One object chooses again and again. */
export class Choice implements RrsetReader {
  /** Of what was chosen last: by what, why, and the bits of the client's address that decided it (of 128; 0: none). */
  kind: PolicyKind = "weighted";
  reason: ChoiceReason = "weight";
  bits = 0;
  readonly #zones: ZoneReader;
  readonly #board: PolicyBoard;
  readonly #random: Random;
  readonly #index = new Uint8Array(maxRdataOctets);
  readonly #network = new FoundNetwork();
  readonly #candidates = new Uint8Array(256);
  /** The records that are the answer: their type and TTL, and where each stands in `#octets`. */
  readonly #octets = new Uint8Array(2 * maxRdataOctets);
  #type = 0;
  #ttl = 0;
  readonly #recordAt = new Int32Array(512);
  #recordCount = 0;
  readonly #signatureAt = new Int32Array(64);
  #signatureCount = 0;
  // Of the type at hand: where its choices stand in the index, and which record the first one is.
  #rrset = 0;
  #choicesAt = 0;
  #count = 0;
  #first = 0;
  #together = 0;
  readonly #chosen = new Uint8Array(maxMultivalueRecords);
  #chosenCount = 0;

  constructor(zones: ZoneReader, board: PolicyBoard, random: Random) {
    this.#zones = zones;
    this.#board = board;
    this.#random = random;
  }

  /**
   * Chooses among the sets of a type at a node.
   *
   * @param policies  as `ZoneReader.policies` gave it
   * @param client  whose address decides the nearest
   * @param isSigned  whether signatures are wanted: then only sets are given that have been signed as they are
   * @returns false where the type has no such sets there
   */
  choose(policies: number, type: number, client: Uint8Array, isSigned: boolean): boolean {
    this.#rrset = policies;
    if (!this.#findType(type)) return false;
    this.#recordCount = this.#signatureCount = 0;
    this.bits = 0;
    const kind = this.#index[this.#choicesAt - indexHeadOctets + 2]!;
    this.kind = policyKinds[kind] ?? "weighted";
    this.#ttl = 0x7fffffff;
    if (kind === multivalue) this.#chooseSeveral(isSigned);
    else
      this.#take(
        kind === weighted ? this.#byWeight() : kind === failover ? this.#byRole() : this.#byPlace(client),
      );
    return true;
  }

  /** The identifiers of the sets that were chosen last, for traces. Not a hot path. */
  chosenIds(): string[] {
    return Array.from(this.#chosen.subarray(0, this.#chosenCount), (choice) => {
      const octets = new Uint8Array(maxRdataOctets);
      this.#zones.copyRdata(this.#rrset, this.#first + choice, octets, 0);
      return String.fromCharCode(...octets.subarray(1, 1 + octets[0]!));
    });
  }

  // The answer as an RRset.

  rrset(_: number, type: number): number {
    return type === RrType.RRSIG && this.#signatureCount > 0 ? chosenSignatures : noHandle;
  }

  type(rrset: number): number {
    return rrset === chosenRrset ? this.#type : RrType.RRSIG;
  }

  ttl(): number {
    return this.#ttl;
  }

  count(rrset: number): number {
    return rrset === chosenRrset ? this.#recordCount : this.#signatureCount;
  }

  rdataLength(rrset: number, index: number): number {
    return readU16(this.#octets, this.#at(rrset, index));
  }

  copyRdata(rrset: number, index: number, output: Uint8Array, at: number): number {
    const from = this.#at(rrset, index);
    const length = readU16(this.#octets, from);
    for (let i = 0; i < length; i++) output[at + i] = this.#octets[from + 2 + i]!;
    return at + length;
  }

  rdataU16(rrset: number, index: number, offset: number): number {
    return readU16(this.#octets, this.#at(rrset, index) + 2 + offset);
  }

  #at(rrset: number, index: number): number {
    return rrset === chosenRrset ? this.#recordAt[index]! : this.#signatureAt[index]!;
  }

  // The index.

  #findType(type: number): boolean {
    const index = this.#index;
    const end = this.#zones.copyRdata(this.#rrset, 0, index, 0);
    for (let at = 0; at + indexHeadOctets <= end;) {
      const count = index[at + 3]!;
      const choicesAt = at + indexHeadOctets;
      if (readU16(index, at) === type && count > 0) {
        this.#type = type;
        this.#choicesAt = choicesAt;
        this.#count = count;
        this.#first = readU16(index, at + 4);
        this.#together = index[at + 6]!;
        return true;
      }
      at = choicesAt + count * indexChoiceOctets;
    }
    return false;
  }

  #weightOf(choice: number): number {
    return this.#index[this.#choicesAt + choice * indexChoiceOctets]!;
  }

  #isHealthy(choice: number): boolean {
    return this.#board.isHealthy(readU16(this.#index, this.#choicesAt + choice * indexChoiceOctets + 2));
  }

  #placeOf(choice: number): number {
    return readU16(this.#index, this.#choicesAt + choice * indexChoiceOctets + 4);
  }

  // The rules.

  #byWeight(): number {
    this.reason = "weight";
    let total = 0;
    for (let i = 0; i < this.#count; i++) if (this.#isHealthy(i)) total += this.#weightOf(i);
    if (total > 0) return this.#drawByWeight(total, false);
    // Those of weight 0 that are healthy; else all as if they were.
    const candidates = this.#gatherHealthy();
    if (candidates > 0) return this.#candidates[this.#random.integer(candidates)]!;
    this.reason = "open";
    for (let i = 0; i < this.#count; i++) total += this.#weightOf(i);
    return total > 0 ? this.#drawByWeight(total, true) : this.#random.integer(this.#count);
  }

  #drawByWeight(total: number, isOpen: boolean): number {
    let left = this.#random.integer(total);
    for (let i = 0; i < this.#count; i++) {
      if (!isOpen && !this.#isHealthy(i)) continue;
      left -= this.#weightOf(i);
      if (left < 0) return i;
    }
    return this.#count - 1; // health has changed meanwhile
  }

  #gatherHealthy(): number {
    let count = 0;
    for (let i = 0; i < this.#count; i++) if (this.#isHealthy(i)) this.#candidates[count++] = i;
    return count;
  }

  #byRole(): number {
    let primary = -1;
    let secondary = -1;
    for (let i = 0; i < this.#count; i++) {
      if (this.#weightOf(i) === 1) primary = i;
      else secondary = i;
    }
    if (primary >= 0 && this.#isHealthy(primary)) {
      this.reason = "primary";
      return primary;
    }
    if (secondary >= 0 && this.#isHealthy(secondary)) {
      this.reason = "secondary";
      return secondary;
    }
    this.reason = "open";
    return primary >= 0 ? primary : secondary;
  }

  /** The nearest healthy one; for who is at no place that is known, the one for such. */
  #byPlace(client: Uint8Array): number {
    this.#board.find(client, this.#network);
    this.bits = this.#network.bits;
    const place = this.#network.place;
    const best = this.#nearest(place, false);
    if (best >= 0) return best;
    const open = this.#nearest(place, true);
    this.reason = "open";
    return Math.max(open, 0);
  }

  #nearest(place: number, isOpen: boolean): number {
    let best = -1;
    let nearness = -3;
    for (let i = 0; i < this.#count; i++) {
      if (!isOpen && !this.#isHealthy(i)) continue;
      const own = this.#placeOf(i);
      // Between those of which nothing is known and the farthest: who is for all others.
      const near = own === elsewhereSlot ? -1.5 : place === noSlot ? -2 : this.#board.nearness(place, own);
      if (near <= nearness) continue;
      nearness = near;
      best = i;
    }
    this.reason = nearness > -1.5 ? "near" : "default";
    return best;
  }

  /** Several together in random order, at most eight. */
  #chooseSeveral(isSigned: boolean): void {
    let healthy = this.#gatherHealthy();
    this.reason = "together";
    if (healthy === 0) {
      this.reason = "open";
      healthy = this.#count;
      for (let i = 0; i < healthy; i++) this.#candidates[i] = i;
    }
    if (isSigned && this.#together > 0) {
      this.#chooseSigned(healthy);
      return;
    }
    this.#shuffle(healthy);
    const taken = Math.min(healthy, maxMultivalueRecords);
    let at = 0;
    for (let i = 0; i < taken; i++) at = this.#readSet(this.#candidates[i]!, at, false);
    this.#keepChosen(taken);
  }

  /** Of several together that were signed so, one whose members are all to be given; else one by itself. */
  #chooseSigned(healthy: number): void {
    const size = Math.min(this.#count, maxMultivalueRecords);
    const from = this.#random.integer(this.#together);
    for (let tries = 0; tries < this.#together; tries++) {
      const window = (from + tries) % this.#together;
      let isWhole = true;
      for (let i = 0; i < size && isWhole; i++) {
        isWhole = this.reason === "open" || this.#isHealthy((window + i) % this.#count);
      }
      if (!isWhole) continue;
      for (let i = 0; i < size; i++) this.#candidates[i] = (window + i) % this.#count;
      this.#shuffle(size);
      let at = 0;
      for (let i = 0; i < size; i++) at = this.#readSet(this.#candidates[i]!, at, false);
      this.#readSet(this.#count + window, at, true);
      this.#keepChosen(size);
      return;
    }
    if (this.reason === "together") this.reason = "one";
    this.#take(this.#candidates[this.#random.integer(healthy)]!);
  }

  /** Fisher and Yates. */
  #shuffle(count: number): void {
    const candidates = this.#candidates;
    for (let i = count - 1; i > 0; i--) {
      const j = this.#random.integer(i + 1);
      const held = candidates[i]!;
      candidates[i] = candidates[j]!;
      candidates[j] = held;
    }
  }

  // What was chosen.

  #keepChosen(count: number): void {
    this.#chosenCount = count;
    for (let i = 0; i < count; i++) this.#chosen[i] = this.#candidates[i]!;
  }

  #take(choice: number): void {
    this.#candidates[0] = choice;
    this.#keepChosen(1);
    this.#readSet(choice, 0, true);
  }

  /**
   * Reads the records of a set behind those that are there.
   * @param isWhole  its signatures too
   * @returns the offset after them
   */
  #readSet(choice: number, to: number, isWhole: boolean): number {
    const octets = this.#octets;
    const end = this.#zones.copyRdata(this.#rrset, this.#first + choice, octets, to);
    let at = to + 1 + octets[to]!;
    const ttl = ((readU16(octets, at) << 16) | readU16(octets, at + 2)) >>> 0;
    const records = readU16(octets, at + 4);
    const signatures = readU16(octets, at + 6);
    if (records > 0) this.#ttl = Math.min(this.#ttl, ttl);
    at += 8;
    for (let i = 0; i < records; i++) {
      if (this.#recordCount < this.#recordAt.length) this.#recordAt[this.#recordCount++] = at;
      at += 2 + readU16(octets, at);
    }
    for (let i = 0; isWhole && i < signatures; i++) {
      if (this.#signatureCount < this.#signatureAt.length) this.#signatureAt[this.#signatureCount++] = at;
      at += 2 + readU16(octets, at);
    }
    return end;
  }
}

const noHandle = -1;
