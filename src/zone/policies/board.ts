// What choosing among sets needs beside the zones, in shared memory: which checks are unhealthy, and where networks are. One thread writes,
// all that answer read: a change of health is one octet, and reaches all of them at once.
//
// Names of checks and places have numbers here, which the choices in the image refer to. The table of networks lies there twice: a new one is
// written beside the one that is read, and a reader in whose look-up the table changed looks once more.

import type { NetworkTable } from "#contract";
import { maxNetworks, maxPlaces, PlatformError } from "#contract/plain";
import type { NetworkRanges } from "./networks.ts";

/** Numbers that stand for none, and for the place of who is at none. */
export const noSlot = 0xffff;
export const elsewhereSlot = 0xfffe;

/** Numbers there are for checks, and for places: of those of the table and others that sets name. */
const maxSlots = 0xff00;
/** Each network makes at most two ranges, and there is what lies before the first. */
const maxRanges = 2 * maxNetworks + 1;
const headWords = 16;
const wordsOfHalf = 4 * maxRanges + 3 * maxSlots;

/** Looks at a table that changes meanwhile, at most. */
const maxLooks = 3;

/** Where a client's network lies: what a look-up fills. */
export class FoundNetwork {
  /** Its place's number; {@link noSlot} where it is at none. */
  place: number = noSlot;
  /** How many of the 128 bits of the address decide it: an answer holds for all that share them (RFC 7871 section 7.2.1). */
  bits = 0;
}

/** The board as it is read. */
export class PolicyBoard {
  readonly buffer: SharedArrayBuffer;
  protected readonly head: Int32Array;
  protected readonly unhealthy: Uint8Array;
  protected readonly starts: readonly [Uint32Array, Uint32Array];
  protected readonly placesOf: readonly [Uint16Array, Uint16Array];
  /** Unit vectors of places: three numbers each, NaN where the place has no coordinates. */
  protected readonly vectors: readonly [Float32Array, Float32Array];

  /** @param buffer  of another thread's board; absent: memory of its own */
  constructor(buffer?: SharedArrayBuffer) {
    const halves = 4 * (headWords + 2 * wordsOfHalf);
    this.buffer = buffer ?? new SharedArrayBuffer(halves + 4 * maxRanges + maxSlots);
    const at = (half: number): number => 4 * (headWords + half * wordsOfHalf);
    this.head = new Int32Array(this.buffer, 0, headWords);
    this.starts = [0, 1].map((half) => new Uint32Array(this.buffer, at(half), 4 * maxRanges)) as [
      Uint32Array,
      Uint32Array,
    ];
    this.vectors = [0, 1].map(
      (half) => new Float32Array(this.buffer, at(half) + 16 * maxRanges, 3 * maxSlots),
    ) as [Float32Array, Float32Array];
    this.placesOf = [0, 1].map(
      (half) => new Uint16Array(this.buffer, halves + 2 * half * maxRanges, maxRanges),
    ) as [Uint16Array, Uint16Array];
    this.unhealthy = new Uint8Array(this.buffer, halves + 4 * maxRanges, maxSlots);
  }

  /** Whether a check is healthy; what nothing is known of is. @param slot  {@link noSlot}: always healthy */
  isHealthy(slot: number): boolean {
    return slot === noSlot || this.unhealthy[slot] === 0;
  }

  /** Finds where an address is. @param address  16 octets, IPv4 mapped */
  find(address: Uint8Array, found: FoundNetwork): void {
    for (let looks = 0; looks < maxLooks; looks++) {
      const version = Atomics.load(this.head, 0);
      this.#findIn(version & 1, address, found);
      if (Atomics.load(this.head, 0) === version) return;
    }
    found.place = noSlot;
    found.bits = 0;
  }

  /**
   * How near two places are: 2 for one and the same; else the cosine of the angle between them, 1 down to -1; -2 where nothing is known of
   * one of them.
   */
  nearness(a: number, b: number): number {
    if (a === b) return a < elsewhereSlot ? 2 : -2;
    if (a >= elsewhereSlot || b >= elsewhereSlot) return -2;
    const vectors = this.vectors[(Atomics.load(this.head, 0) & 1) as 0 | 1];
    const product =
      vectors[3 * a]! * vectors[3 * b]! +
      vectors[3 * a + 1]! * vectors[3 * b + 1]! +
      vectors[3 * a + 2]! * vectors[3 * b + 2]!;
    return Number.isNaN(product) ? -2 : product;
  }

  #findIn(half: number, address: Uint8Array, found: FoundNetwork): void {
    const starts = this.starts[half as 0 | 1];
    const count = Math.min(this.head[1 + half]!, maxRanges);
    found.place = noSlot;
    found.bits = 0;
    if (count === 0) return;
    const [w0, w1, w2, w3] = [word(address, 0), word(address, 4), word(address, 8), word(address, 12)];
    // The last range that begins at or before the address; the first one begins at zero.
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      const at = 4 * middle;
      const isAfter =
        starts[at]! !== w0
          ? starts[at]! > w0
          : starts[at + 1]! !== w1
            ? starts[at + 1]! > w1
            : starts[at + 2]! !== w2
              ? starts[at + 2]! > w2
              : starts[at + 3]! > w3;
      if (isAfter) high = middle - 1;
      else low = middle;
    }
    found.place = this.placesOf[half as 0 | 1][low]!;
    // One bit more than the address shares with the last address before its range, and with the first after it.
    let bits = 0;
    if (low > 0) {
      const at = 4 * low;
      bits = 1 + sharedBitsBefore(starts, at, w0, w1, w2, w3);
    }
    if (low + 1 < count) {
      const at = 4 * (low + 1);
      const shared = sharedBits(
        starts[at]!,
        starts[at + 1]!,
        starts[at + 2]!,
        starts[at + 3]!,
        w0,
        w1,
        w2,
        w3,
      );
      bits = Math.max(bits, shared + 1);
    }
    found.bits = bits;
  }
}

function word(address: Uint8Array, at: number): number {
  return ((address[at]! << 24) | (address[at + 1]! << 16) | (address[at + 2]! << 8) | address[at + 3]!) >>> 0;
}

/** Leading bits that two addresses share, below 128 where they differ. */
function sharedBits(
  a0: number,
  a1: number,
  a2: number,
  a3: number,
  b0: number,
  b1: number,
  b2: number,
  b3: number,
): number {
  if (a0 !== b0) return Math.clz32(a0 ^ b0);
  if (a1 !== b1) return 32 + Math.clz32(a1 ^ b1);
  if (a2 !== b2) return 64 + Math.clz32(a2 ^ b2);
  return 96 + Math.clz32(a3 ^ b3);
}

/** The same with the address right before the one that stands at `at`, which is not zero. */
function sharedBitsBefore(
  starts: Uint32Array,
  at: number,
  b0: number,
  b1: number,
  b2: number,
  b3: number,
): number {
  let [a0, a1, a2] = [starts[at]!, starts[at + 1]!, starts[at + 2]!];
  const last = starts[at + 3]!;
  const a3 = (last - 1) >>> 0;
  if (last === 0) {
    if (a2 === 0) {
      if (a1 === 0) a0 = (a0 - 1) >>> 0;
      a1 = (a1 - 1) >>> 0;
    }
    a2 = (a2 - 1) >>> 0;
  }
  return sharedBits(a0, a1, a2, a3, b0, b1, b2, b3);
}

/** Names and their numbers. */
class Slots {
  readonly #numbers = new Map<string, number>();
  /** Numbers that are free, the one that was given back longest ago first: a reader may still have one of before. */
  readonly #free: number[] = [];
  #next = 0;

  get isNearlyFull(): boolean {
    return this.#numbers.size > 0.75 * maxSlots;
  }

  find(name: string): number | undefined {
    return this.#numbers.get(name);
  }

  of(name: string): { slot: number; isNew: boolean } {
    const known = this.#numbers.get(name);
    if (known !== undefined) return { slot: known, isNew: false };
    const slot = this.#next < maxSlots ? this.#next++ : this.#free.shift();
    if (slot === undefined)
      throw new PlatformError(
        "image-full",
        `Cannot take a policy: ${maxSlots} checks or places are known already`,
      );
    this.#numbers.set(name, slot);
    return { slot, isNew: true };
  }

  keep(names: ReadonlySet<string>): void {
    for (const [name, slot] of this.#numbers) {
      if (names.has(name)) continue;
      this.#numbers.delete(name);
      this.#free.push(slot);
    }
  }

  *entries(): IterableIterator<[string, number]> {
    yield* this.#numbers;
  }
}

/** The board as it is written: by one thread. */
export class PolicyBoardWriter extends PolicyBoard {
  readonly #checks = new Slots();
  readonly #places = new Slots();
  #table: readonly NetworkTable["places"][number][] = [];

  /** The number of a check. Throws `image-full`. */
  checkSlot(id: string): number {
    const { slot, isNew } = this.#checks.of(id);
    if (isNew) this.unhealthy[slot] = 0;
    return slot;
  }

  /** The number of a place: of the table, or by its coordinates; `*` stands for who is at none. Throws `image-full`. */
  placeSlot(name: string): number {
    if (name === "*") return elsewhereSlot;
    const { slot, isNew } = this.#places.of(name);
    // Nobody reads it yet.
    if (isNew)
      for (const vectors of this.vectors)
        putVector(vectors, slot, coordinatesOf(name) ?? this.#table.find((place) => place.name === name));
    return slot;
  }

  /** Says how a check is. */
  setHealth(id: string, isHealthy: boolean): void {
    if (isHealthy && this.#checks.find(id) === undefined) return;
    this.unhealthy[this.checkSlot(id)] = isHealthy ? 0 : 1;
  }

  /** Puts another table of networks in place of the one there is. Throws `image-full` or `input-too-large`, and changes nothing. */
  setNetworks(places: NetworkTable["places"], ranges: NetworkRanges): void {
    const count = ranges.places.length;
    if (count > maxRanges || places.length > maxPlaces)
      throw new PlatformError("input-too-large", `Cannot take a table of ${count} ranges of networks`);
    const slots = places.map(({ name }) => this.placeSlot(name));
    const version = Atomics.load(this.head, 0);
    const half = ((version + 1) & 1) as 0 | 1;
    this.starts[half].set(ranges.starts);
    for (let i = 0; i < count; i++) this.placesOf[half][i] = slots[ranges.places[i]!] ?? noSlot;
    this.#table = places;
    const byName = new Map(places.map((place) => [place.name, place]));
    for (const [name, slot] of this.#places.entries())
      putVector(this.vectors[half], slot, coordinatesOf(name) ?? byName.get(name));
    this.head[1 + half] = count;
    Atomics.store(this.head, 0, version + 1);
  }

  /** Forgets checks and places that nobody names any more, where they have become many. @param gather  gives the names that are in use */
  sweep(gather: () => { readonly checks: ReadonlySet<string>; readonly places: ReadonlySet<string> }): void {
    if (!this.#checks.isNearlyFull && !this.#places.isNearlyFull) return;
    const { checks, places } = gather();
    this.#checks.keep(checks);
    this.#places.keep(new Set([...places, ...this.#table.map(({ name }) => name)]));
  }
}

interface Coordinates {
  readonly latitude?: number | undefined;
  readonly longitude?: number | undefined;
}

/** Coordinates that are written as a place: `52.5,13.4`; undefined for a name. */
export function coordinatesOf(text: string): { latitude: number; longitude: number } | undefined {
  const [, first, second] = /^(-?\d{1,2}(?:\.\d{1,6})?),(-?\d{1,3}(?:\.\d{1,6})?)$/.exec(text) ?? [];
  const [latitude, longitude] = [Number(first), Number(second)];
  if (first === undefined || Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return undefined;
  return { latitude, longitude };
}

function putVector(vectors: Float32Array, slot: number, place: Coordinates | undefined): void {
  const { latitude = Number.NaN, longitude = Number.NaN } = place ?? {};
  const [phi, lambda] = [(latitude * Math.PI) / 180, (longitude * Math.PI) / 180];
  vectors[3 * slot] = Math.cos(phi) * Math.cos(lambda);
  vectors[3 * slot + 1] = Math.cos(phi) * Math.sin(lambda);
  vectors[3 * slot + 2] = Math.sin(phi);
}
