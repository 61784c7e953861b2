// The memory that a zone image lies in: one shared buffer, reserved large, of which the system gives pages as they are touched. It is dealt out in units
// of eight octets and addressed by unit, so that 32 bits reach 8 GiB as small integers.
//
// One writer allocates and frees. What readers may still see is set aside first, and comes back when every reader has announced a later
// generation. What is published is never changed.

import { PlatformError } from "#contract/plain";

/** Octets of a unit. */
export const unitOctets = 8;

/** Most octets of an arena: unit numbers, and twice of them, stay within 31 bits. */
const maxOctets = 2 ** 33;

/** Reserved where nobody says how much: a million records. */
const defaultOctets = 2 ** 26;

/** Words (32 bits) of the header. */
const Header = {
  /** The block of the newest revision. */
  root: 0,
  generation: 1,
  /** One word for each reader: the generation that it reads, or {@link idle}. */
  readers: 16,
} as const;

/** Readers that an arena has room for. */
export const maxReaders = 128;
const headerUnits = (Header.readers + maxReaders) / 2;

/** Announced by a reader that reads nothing. */
const idle = 0x7fff_ffff;

/** Sizes of blocks in units: each up to 64, then in steps of an eighth. */
function roundUp(units: number): number {
  if (units <= 64) return units;
  const step = 2 ** (Math.floor(Math.log2(units)) - 3);
  return Math.ceil(units / step) * step;
}

/** The views of an arena, for reading. */
export class ArenaView {
  readonly buffer: SharedArrayBuffer;
  readonly words: Int32Array;
  readonly halves: Uint16Array;
  readonly octets: Uint8Array;
  readonly #slot: number;

  /** @param slot  of this reader alone, from 0 */
  constructor(buffer: SharedArrayBuffer, slot: number) {
    if (!(slot >= 0 && slot < maxReaders))
      throw new PlatformError(
        "internal",
        `Cannot read a zone image as reader ${slot}: ${maxReaders} are the most`,
      );
    this.buffer = buffer;
    this.words = new Int32Array(buffer);
    this.halves = new Uint16Array(buffer);
    this.octets = new Uint8Array(buffer);
    this.#slot = Header.readers + slot;
  }

  /** Announces the newest generation, and gives it. Nothing that it can reach is used again before the next call or `rest`. */
  enter(): number {
    const generation = Atomics.load(this.words, Header.generation);
    Atomics.store(this.words, this.#slot, generation);
    return generation;
  }

  /** Whether a generation is still the newest one. */
  isNewest(generation: number): boolean {
    return Atomics.load(this.words, Header.generation) === generation;
  }

  /** The block of the newest revision. After {@link enter}: it may be of a later generation, never of an earlier one. */
  root(): number {
    return Atomics.load(this.words, Header.root);
  }

  /** Announces that nothing is read until the next `enter`. */
  rest(): void {
    Atomics.store(this.words, this.#slot, idle);
  }
}

/** An arena, for its one writer. */
export class Arena extends ArenaView {
  readonly #limit: number;
  #top = headerUnits;
  /** Free blocks by their size in units. */
  readonly #free = new Map<number, number[]>();
  /** Blocks that readers of a generation up to this one may see, in the order of generations. */
  readonly #aside: { readonly generation: number; readonly refs: number[]; readonly sizes: number[] }[] = [];
  #setAside: { refs: number[]; sizes: number[] } = { refs: [], sizes: [] };
  #used = headerUnits;

  /** @param octets  how much is reserved, at most 8 GiB; less where the system refuses so much */
  constructor(octets: number = defaultOctets) {
    super(reserve(Math.min(octets, maxOctets)), 0);
    this.#limit = Math.floor(this.buffer.byteLength / unitOctets);
    for (let i = 0; i < maxReaders; i++) this.words[Header.readers + i] = idle;
    this.words[Header.generation] = 0;
  }

  /** Octets that are in use: what is set aside counts until it is free. */
  get usedOctets(): number {
    return this.#used * unitOctets;
  }

  /**
   * Gives a block.
   * @param units  at least so many
   * @returns its unit. Throws `image-full` where there is no more room.
   */
  allocate(units: number): number {
    const size = roundUp(units);
    const held = this.#free.get(size)?.pop();
    if (held === undefined && this.#top + size > this.#limit)
      throw new PlatformError(
        "image-full",
        `Cannot hold more zones: all ${this.buffer.byteLength} octets are in use`,
      );
    this.#used += size;
    if (held !== undefined) return held;
    const ref = this.#top;
    this.#top += size;
    return ref;
  }

  /** Gives a block back that no reader has ever been able to see. @param units  as it was asked for */
  release(ref: number, units: number): void {
    const size = roundUp(units);
    this.#used -= size;
    const list = this.#free.get(size);
    if (list) list.push(ref);
    else this.#free.set(size, [ref]);
  }

  /** Gives a block back that is no more reachable from the next revision on. */
  retire(ref: number, units: number): void {
    this.#setAside.refs.push(ref);
    this.#setAside.sizes.push(units);
  }

  /** Takes back what was retired since the last revision: the next one will not come. */
  abandon(): void {
    this.#setAside = { refs: [], sizes: [] };
  }

  /** Makes a revision the newest, and frees what nobody can see any more. @returns its generation */
  publish(root: number): number {
    const generation = Atomics.load(this.words, Header.generation);
    if (this.#setAside.refs.length > 0) this.#aside.push({ generation, ...this.#setAside });
    this.#setAside = { refs: [], sizes: [] };
    Atomics.store(this.words, Header.root, root);
    Atomics.store(this.words, Header.generation, generation + 1);
    this.reclaim();
    return generation + 1;
  }

  /** Frees what every reader has passed. */
  reclaim(): void {
    let oldest = idle;
    for (let i = 0; i < maxReaders; i++)
      oldest = Math.min(oldest, Atomics.load(this.words, Header.readers + i));
    for (let first = this.#aside[0]; first && first.generation < oldest; first = this.#aside[0]) {
      this.#aside.shift();
      for (let i = 0; i < first.refs.length; i++) this.release(first.refs[i]!, first.sizes[i]!);
    }
  }
}

function reserve(octets: number): SharedArrayBuffer {
  for (let size = octets; ; size = Math.floor(size / 2)) {
    try {
      return new SharedArrayBuffer(size);
    } catch (error) {
      if (size < 2 ** 20) throw error;
    }
  }
}
