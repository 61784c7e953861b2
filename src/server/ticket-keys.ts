// The keys that session tickets are sealed with: made here, never written down, another one every few hours.

import { createHmac, randomBytes } from "node:crypto";
import type { Now } from "#engine";
import type { TicketKey } from "#reactor";

/**
 * How long one key serves, in milliseconds. Who takes the key from memory can read what was resumed with it in TLS 1.2, so it bounds that;
 * a client that comes back later shakes hands anew.
 */
export const ticketKeyMs: number = 12 * 3_600_000;

/** Gives the key at a time. */
export interface TicketKeySource {
  at(now: Now): TicketKey;
}

/** Keys that all threads with one secret have at the same time. */
export class SharedTicketKeys implements TicketKeySource {
  readonly #secret: Uint8Array;
  #key: TicketKey | undefined;

  /** @param secret  32 octets by chance */
  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  at({ wall }: Now): TicketKey {
    const version = Math.floor(wall / ticketKeyMs);
    if (this.#key?.version !== version) {
      const digest = createHmac("sha512", this.#secret).update(String(version)).digest();
      this.#key = { version, octets: new Uint8Array(digest.subarray(0, 48)) };
    }
    return this.#key;
  }
}

/** One key after the other. */
export class TicketKeys implements TicketKeySource {
  readonly #make: () => Uint8Array;
  #key: TicketKey = { version: 0, octets: new Uint8Array(48) };
  #until = Number.NEGATIVE_INFINITY;

  /** @param make  makes 48 octets by chance */
  constructor(make: () => Uint8Array = () => randomBytes(48)) {
    this.#make = make;
  }

  /** The key now. */
  at({ monotonic }: Now): TicketKey {
    if (monotonic >= this.#until) {
      this.#key = { version: this.#key.version + 1, octets: this.#make() };
      this.#until = monotonic + ticketKeyMs;
    }
    return this.#key;
  }
}
