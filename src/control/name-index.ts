// A map from a name to the keys filed under it: what the indexes of the state are made of.

/** A map from a name to the set of keys filed under it. */
export class Index {
  readonly #sets: Map<string, Set<string>> = new Map();

  add(name: string, key: string): void {
    const set = this.#sets.get(name);
    if (set) set.add(key);
    else this.#sets.set(name, new Set([key]));
  }

  delete(name: string, key: string): void {
    const set = this.#sets.get(name);
    set?.delete(key);
    if (set?.size === 0) this.#sets.delete(name);
  }

  get(name: string): Iterable<string> {
    return this.#sets.get(name) ?? [];
  }

  count(name: string): number {
    return this.#sets.get(name)?.size ?? 0;
  }

  names(): Iterable<string> {
    return this.#sets.keys();
  }
}
