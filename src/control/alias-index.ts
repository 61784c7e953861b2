// Which aliases a change bears on. The way of each alias is kept, under every name on it, and walked again when something on it differs.
//
// Like the tables it stands beside (state.ts) it only follows: `State` tells it of each fact that is put, removed or put back.

import { RrType } from "#wire";
import { followAlias, type AliasChain } from "./alias-chain.ts";
import { Index } from "./name-index.ts";
import { suffixesOf } from "./names.ts";
import type { State } from "./state.ts";

/** The ways of all aliases. */
export class AliasIndex {
  readonly #state: State;
  readonly #chains: Map<string, AliasChain> = new Map();
  /** Aliases by each name on their way, and by every name above those. */
  readonly #byName: Index = new Index();
  readonly #below: Index = new Index();
  /** Aliases by where they end: `resource NAME`, `outside NAME`. */
  readonly #byEnd: Index = new Index();

  constructor(state: State) {
    this.#state = state;
  }

  /** Whether there is none. */
  get isEmpty(): boolean {
    return this.#chains.size === 0;
  }

  /** The way of an alias. */
  chainOf(key: string): AliasChain | undefined {
    return this.#chains.get(key);
  }

  /** Keys of the aliases that end at a resource. */
  endingAtResource(name: string): Iterable<string> {
    return this.#byEnd.get(`resource ${name}`);
  }

  /** Keys of the aliases that end at a name outside our zones. */
  endingOutside(name: string): Iterable<string> {
    return this.#byEnd.get(`outside ${name}`);
  }

  /** Names outside our zones that aliases end at. */
  *outsideNames(): Generator<string> {
    for (const end of this.#byEnd.names()) if (end.startsWith("outside ")) yield end.slice(8);
  }

  /**
   * Keys of the aliases on whose way a change at one name of a zone lies: of the name itself, of one below it, which may be cut off, led
   * away or covered by a wildcard from there, and of one above it, which exists or not by it (RFC 8020).
   * @param type  of the records, where it is about an RRset
   */
  at(zone: string, owner: string, type?: number): ReadonlySet<string> {
    const keys = new Set<string>();
    if (this.isEmpty) return keys;
    for (const key of this.#byName.get(owner)) keys.add(key);
    if (owner !== zone || type === RrType.DNAME)
      for (const key of this.#below.get(owner.replace(/^\*\./, ""))) keys.add(key);
    for (const above of suffixesOf(owner)) {
      if (above === zone) break;
      for (const key of this.#byName.get(above)) keys.add(key);
    }
    return keys;
  }

  /** Keys of the aliases on whose way is a name at or below one: for zones that come and go. */
  below(name: string): Iterable<string> {
    return this.#below.get(name);
  }

  /** Keys of the aliases on whose way is exactly this name. */
  through(name: string): Iterable<string> {
    return this.#byName.get(name);
  }

  /** Walks aliases again; those that are gone are forgotten. */
  renew(keys: Iterable<string>): void {
    for (const key of new Set(keys)) {
      const before = this.#chains.get(key);
      if (before) this.#file(key, before, "delete");
      const alias = this.#state.value("alias", key);
      if (!alias) {
        this.#chains.delete(key);
        continue;
      }
      const chain = followAlias(this.#state, alias);
      this.#chains.set(key, chain);
      this.#file(key, chain, "add");
    }
  }

  #file(key: string, { names, end }: AliasChain, what: "add" | "delete"): void {
    for (const name of names) {
      this.#byName[what](name, key);
      for (const above of suffixesOf(name)) this.#below[what](above, key);
    }
    if (end.kind === "resource" || end.kind === "outside") this.#byEnd[what](`${end.kind} ${end.name}`, key);
  }
}
