// The two clocks and the chance that an engine is given; it has none of its own.

/**
 * The time at one event.
 *
 * A driver keeps one such object and changes its fields between events: read it, never keep it.
 */
export interface Now {
  /** Milliseconds since an arbitrary start, never going back. TTLs and time-outs are measured with it. */
  readonly monotonic: number;
  /** Milliseconds since 1970-01-01T00:00:00Z. Signatures, certificates and what is written to disk use it. */
  readonly wall: number;
}

/** A source of unpredictable numbers. The product's is cryptographic, the simulator's is seeded. */
export interface Random {
  /** A whole number, 0 to `below` - 1. `below` is 1 to 2^32. */
  integer(below: number): number;
}
