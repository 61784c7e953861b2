// Objects by small whole numbers, which are used again.

import { PlatformError } from "#contract/plain";

/** A table of objects by handle. */
export class Handles<T> {
  readonly #items: (T | undefined)[] = [];
  readonly #free: number[] = [];

  /** The object of a handle. Throws a PlatformError `internal` where the handle is stale: a fault of the caller's. */
  get(handle: number): T {
    const item = this.#items[handle];
    if (item === undefined) {
      throw new PlatformError("internal", `Cannot read zone data: handle ${handle} is stale`);
    }
    return item;
  }

  /** Makes an object that knows its handle, and enters it. */
  add(make: (handle: number) => T): T {
    const handle = this.#free.pop() ?? this.#items.length;
    const item = make(handle);
    this.#items[handle] = item;
    return item;
  }

  /** Takes an object out; another may get its handle. */
  remove(handle: number): void {
    this.#items[handle] = undefined;
    this.#free.push(handle);
  }
}
