// A cursor over the octets of one message, with a bound and a sticky failure: after the first failure every read
// gives zero or nothing and moves no more, so that callers read on and check once.
// Reads numbers, runs of octets, and names with their compression pointers (RFC 1035 section 4.1.4).

import type { Failure, WireFailureCode } from "./failure.ts";
import { headerOctets, maxLabelOctets, maxNameOctets, maxPointers } from "./limits.ts";
import { Name } from "./name.ts";

// The uncompressed form of the name that is being read; used within one call only.
const scratch = new Uint8Array(maxNameOctets);

/** Reads octets in order. Offsets count from the start of the octets, which is where compression pointers count from. */
export class Reader {
  readonly octets: Uint8Array;
  /** Where the next read begins. */
  position: number;
  /** Where reading stops: the end of the message, or of the RDATA that was entered. */
  end: number;
  /** The first failure; set once and kept. */
  failure: Failure | undefined;
  // The name read last and where its first label is.
  #lastFrom: number;
  #lastName: Name;

  /** Reads from `position` up to `end`, which must not be past the octets' end. */
  constructor(octets: Uint8Array, position: number = 0, end: number = octets.length) {
    this.octets = octets;
    this.position = position;
    this.end = Math.min(end, octets.length);
    this.failure = undefined;
    this.#lastFrom = -1;
    this.#lastName = Name.root;
  }

  /** Octets left before the bound. */
  get remaining(): number {
    return this.end - this.position;
  }

  /** Records a failure at the cursor, or at `offset`, unless there is one already. */
  fail(code: WireFailureCode, offset: number = this.position, expected?: string): void {
    this.failure ??= expected === undefined ? { code, offset } : { code, offset, expected };
  }

  /** Reads one octet. */
  u8(): number {
    if (!this.#has(1)) return 0;
    return this.octets[this.position++] ?? 0;
  }

  /** Reads 16 bits in network order. */
  u16(): number {
    if (!this.#has(2)) return 0;
    const { octets, position } = this;
    this.position = position + 2;
    return ((octets[position] ?? 0) << 8) | (octets[position + 1] ?? 0);
  }

  /** Reads 32 bits in network order, unsigned. */
  u32(): number {
    if (!this.#has(4)) return 0;
    const { octets, position } = this;
    this.position = position + 4;
    return (
      (((octets[position] ?? 0) << 24) |
        ((octets[position + 1] ?? 0) << 16) |
        ((octets[position + 2] ?? 0) << 8) |
        (octets[position + 3] ?? 0)) >>>
      0
    );
  }

  /** Reads a run of octets; the result is a copy. */
  take(count: number): Uint8Array {
    if (!this.#has(count)) return new Uint8Array(0);
    const from = this.position;
    this.position = from + count;
    return this.octets.slice(from, from + count);
  }

  /** Passes over a run of octets. */
  skip(count: number): void {
    if (this.#has(count)) this.position += count;
  }

  /**
   * Puts the bound after the next `length` octets, as RDLENGTH does.
   * @returns the bound before, to be given to {@link Reader.leave}
   */
  enter(length: number): number {
    const outer = this.end;
    if (this.#has(length)) this.end = this.position + length;
    return outer;
  }

  /** Puts the bound back. Octets left before the inner bound are the failure `leftover-octets`. */
  leave(outer: number): void {
    if (this.failure === undefined && this.position !== this.end) this.fail("leftover-octets");
    this.end = outer;
  }

  /**
   * Reads one domain name, following compression pointers where `allowPointers`. Case is kept.
   *
   * A pointer must aim at a name that lies wholly before the labels that led to it, and not into the header; at most
   * 126 are followed. The labels up to the first pointer must lie within the bound; those after it need not.
   * On failure gives the root and sets `short-input`, `bad-pointer`, `too-many-pointers`, `bad-label-type` or
   * `name-too-long`.
   * @see RFC 1035 section 4.1.4; RFC 9267 section 2 (pointer loops)
   */
  name(allowPointers: boolean = true): Name {
    const { octets, position } = this;
    let from = position;
    if (allowPointers && position + 2 <= this.end && (octets[position] ?? 0) >= 0xc0) {
      from = (((octets[position] ?? 0) & 0x3f) << 8) | (octets[position + 1] ?? 0);
      // Records of one RRset aim at the same owner name. What was legal for the first is legal for a later one.
      if (from === this.#lastFrom && from < position && this.failure === undefined) {
        this.position = position + 2;
        return this.#lastName;
      }
    }
    const labelCount = this.#expand(allowPointers);
    if (labelCount < 0) return Name.root;
    this.#lastFrom = from;
    this.#lastName = Name.fromChecked(scratch.slice(0, expandedOctets), labelCount);
    return this.#lastName;
  }

  /**
   * Reads one domain name like {@link Reader.name} and puts its uncompressed octets into `into` at `at`, for callers
   * that need no `Name`. `into` must have room for 255 octets there.
   * @returns the octets written, 0 on failure
   */
  nameInto(into: Uint8Array, at: number, allowPointers: boolean = true): number {
    if (this.#expand(allowPointers) < 0) return 0;
    for (let i = 0; i < expandedOctets; i++) into[at + i] = scratch[i] ?? 0;
    return expandedOctets;
  }

  /** Passes over one name that must be uncompressed, checking it like {@link Reader.name}. */
  skipPlainName(): void {
    this.#expand(false);
  }

  /** Expands the name at the cursor into the scratch octets. Returns its labels, or -1 on failure. */
  #expand(allowPointers: boolean): number {
    expandedOctets = 0;
    if (this.failure !== undefined) return -1;
    const { octets } = this;
    let at = this.position;
    let limit = this.end;
    let segmentStart = at; // where the labels now being read begin
    let after = -1; // where the cursor goes: behind the first pointer
    let pointers = 0;
    let written = 0;
    let labelCount = 0;
    for (;;) {
      if (at >= limit) return this.#refuse(after < 0 ? "short-input" : "bad-pointer", at);
      const length = octets[at] ?? 0;
      if (length <= maxLabelOctets) {
        const next = at + 1 + length;
        if (next > limit) return this.#refuse(after < 0 ? "short-input" : "bad-pointer", at);
        if (written + 1 + length > maxNameOctets) return this.#refuse("name-too-long", at);
        for (let i = at; i < next; i++) scratch[written++] = octets[i] ?? 0;
        at = next;
        if (length === 0) break;
        labelCount++;
        continue;
      }
      if (length < 0xc0) return this.#refuse("bad-label-type", at);
      if (!allowPointers) return this.#refuse("bad-pointer", at);
      if (at + 2 > limit) return this.#refuse(after < 0 ? "short-input" : "bad-pointer", at);
      const target = ((length & 0x3f) << 8) | (octets[at + 1] ?? 0);
      if (target < headerOctets || target >= segmentStart) return this.#refuse("bad-pointer", at);
      if (++pointers > maxPointers) return this.#refuse("too-many-pointers", at);
      if (after < 0) after = at + 2;
      // What a pointer aims at is a prior name (RFC 1035 section 4.1.4), so it ends before these labels begin. Each
      // step therefore reads octets that lie before all that were read, and there is no way round.
      limit = segmentStart;
      segmentStart = target;
      at = target;
    }
    this.position = after < 0 ? at : after;
    expandedOctets = written;
    return labelCount;
  }

  #refuse(code: WireFailureCode, offset: number): -1 {
    this.fail(code, offset);
    return -1;
  }

  #has(count: number): boolean {
    if (this.failure !== undefined) return false;
    if (this.position + count <= this.end) return true;
    this.fail("short-input");
    return false;
  }
}

// Octets in `scratch` after a name was expanded.
let expandedOctets = 0;
