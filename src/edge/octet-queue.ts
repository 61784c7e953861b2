// Octets that arrived before they could be used: a part of a head, or what a client sent ahead. One growing buffer.

/** A first-in, first-out run of octets. The content lies in `octets` from `start` up to `end`. */
export class OctetQueue {
  octets: Uint8Array = empty;
  start = 0;
  end = 0;

  get length(): number {
    return this.end - this.start;
  }

  /** Copies octets to the end. */
  append(from: Uint8Array, at: number, to: number): void {
    const added = to - at;
    if (added <= 0) return;
    if (this.end + added > this.octets.length) this.#makeRoom(added);
    this.octets.set(at === 0 && to === from.length ? from : from.subarray(at, to), this.end);
    this.end += added;
  }

  /** Drops what lies before `at`. A buffer of more than the least size is given back once it is empty. */
  take(at: number): void {
    this.start = at;
    if (this.start < this.end) return;
    this.start = this.end = 0;
    if (this.octets.length > leastOctets) this.octets = empty;
  }

  /** Drops all. */
  clear(): void {
    this.start = this.end = 0;
    this.octets = empty;
  }

  #makeRoom(added: number): void {
    const needed = this.length + added;
    const target =
      needed <= this.octets.length / 2 ? this.octets : new Uint8Array(Math.max(leastOctets, needed * 2));
    target.set(this.octets.subarray(this.start, this.end));
    this.octets = target;
    this.end = this.length;
    this.start = 0;
  }
}

const empty: Uint8Array = new Uint8Array(0);

/** Octets of the smallest buffer: most heads fit. */
const leastOctets = 1024;
