// A map from a name to the keys filed under it: what the indexes of the state are made of. Most names have one key, and no set is made for that.

/** A map from a name to the set of keys filed under it. */
export class Index {
  readonly #filed: Map<string, string | Set<string>> = new Map();

  add(name: string, key: string): void {
    const filed = this.#filed.get(name);
    if (filed === undefined) this.#filed.set(name, key);
    else if (typeof filed !== "string") filed.add(key);
    else if (filed !== key) this.#filed.set(name, new Set([filed, key]));
  }

  delete(name: string, key: string): void {
    const filed = this.#filed.get(name);
    if (filed === undefined) return;
    if (typeof filed !== "string") {
      filed.delete(key);
      if (filed.size === 0) this.#filed.delete(name);
    } else if (filed === key) this.#filed.delete(name);
  }

  get(name: string): Iterable<string> {
    const filed = this.#filed.get(name);
    return typeof filed === "string" ? [filed] : (filed ?? []);
  }

  count(name: string): number {
    const filed = this.#filed.get(name);
    return typeof filed === "string" ? 1 : (filed?.size ?? 0);
  }

  names(): Iterable<string> {
    return this.#filed.keys();
  }
}
