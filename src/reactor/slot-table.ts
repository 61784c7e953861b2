// Small whole numbers for connections and sockets: the lowest rows of a table, used again once freed.

/** A table of things by small number. */
export class SlotTable<T extends {}> {
  readonly #rows: (T | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #first: number;
  #size = 0;

  /** @param first  the lowest number to give out */
  constructor(first = 0) {
    this.#first = first;
  }

  /** How many numbers are in use. */
  get size(): number {
    return this.#size;
  }

  /** Takes a free number, for `make` to build its thing with. */
  add<U extends T>(make: (slot: number) => U): U {
    const index = this.#free.pop() ?? this.#rows.length;
    const value = make(index + this.#first);
    this.#rows[index] = value;
    this.#size++;
    return value;
  }

  /** What a number stands for, or undefined where it is free or was never given. */
  get(slot: number): T | undefined {
    return this.#rows[slot - this.#first];
  }

  /** Frees a number. Does nothing where it is free. */
  delete(slot: number): void {
    const index = slot - this.#first;
    if (this.#rows[index] === undefined) return;
    this.#rows[index] = undefined;
    this.#free.push(index);
    this.#size--;
  }

  /** All things, in the order of their numbers. The list is the caller's. */
  values(): T[] {
    return this.#rows.filter((row) => row !== undefined);
  }
}
