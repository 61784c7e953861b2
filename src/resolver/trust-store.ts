// What is known of zones' keys, by tree and name: which zone a name is in, and whether that is secure (RFC 4035 section 4.7 for what is bogus).
// Bounded in entries; the least recently used goes first.

import type { ZoneTrust } from "#dnssec";
import type { Name } from "#wire";
import { maxTrusts, minTrustAgeMs } from "./limits.ts";

interface Slot {
  readonly trust: ZoneTrust;
  readonly storedAt: number;
  readonly expiresAt: number;
}

/** See the head of this file. */
export class TrustStore {
  readonly #slots = new Map<string, Slot>();

  /** Entries held, expired ones included. */
  get size(): number {
    return this.#slots.size;
  }

  /** What is known of a name; undefined for nothing. */
  get(tree: string, name: Name, monotonic: number): ZoneTrust | undefined {
    const key = keyOf(tree, name);
    const slot = this.#slots.get(key);
    if (!slot || slot.expiresAt <= monotonic) return undefined;
    this.#slots.delete(key);
    this.#slots.set(key, slot);
    return slot.trust;
  }

  /** Keeps what was found of a name. */
  put(tree: string, name: Name, trust: ZoneTrust, seconds: number, monotonic: number): void {
    const key = keyOf(tree, name);
    this.#slots.delete(key);
    this.#slots.set(key, { trust, storedAt: monotonic, expiresAt: monotonic + seconds * 1000 });
    const oldest = this.#slots.size > maxTrusts ? this.#slots.keys().next() : undefined;
    if (oldest && oldest.done !== true) this.#slots.delete(oldest.value);
  }

  /** Forgets a name that was stored a while ago. @returns whether it was known and is forgotten */
  forget(tree: string, name: Name, monotonic: number): boolean {
    const key = keyOf(tree, name);
    const slot = this.#slots.get(key);
    if (!slot || slot.storedAt + minTrustAgeMs > monotonic) return false;
    return this.#slots.delete(key);
  }

  /** Forgets all of a tree, as when its anchors have changed. */
  removeTree(tree: string): void {
    for (const key of this.#slots.keys()) if (key.startsWith(`${tree}/`)) this.#slots.delete(key);
  }
}

function keyOf(tree: string, name: Name): string {
  return `${tree}/${name.key}`;
}
