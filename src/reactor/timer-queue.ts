// A binary heap of things due at a time: equal times keep the order in which they were added.
// Both drivers' timers and the simulator's events are kept in one. Entries taken back stay in the heap until they come
// up or make up half of it.

/** One thing that is due. `at` is a time in the unit of whoever keeps the queue; equal times go by id. */
interface Queued<T> {
  readonly at: number;
  readonly id: number;
  /** Undefined once taken back. */
  value: T | undefined;
}

/** Things due at times. Ids are whole numbers, never used again. */
export class TimerQueue<T extends {}> {
  #heap: Queued<T>[] = [];
  readonly #standing = new Map<number, Queued<T>>();
  #nextId = 1;

  /** How many entries stand. */
  get size(): number {
    return this.#standing.size;
  }

  /** Adds an entry and gives its id. `at` may lie in the past or be Infinity; not a number is a RangeError. */
  add(at: number, value: T): number {
    if (Number.isNaN(at)) throw new RangeError("Cannot set a timer: its time is not a number");
    const entry: Queued<T> = { at, id: this.#nextId++, value };
    this.#standing.set(entry.id, entry);
    this.#heap.push(entry);
    this.#rise(this.#heap.length - 1);
    return entry.id;
  }

  /** Takes an entry back. Does nothing where it is gone already. */
  remove(id: number): void {
    const entry = this.#standing.get(id);
    if (!entry) return;
    entry.value = undefined;
    this.#standing.delete(id);
    // 64: below that, sweeping costs more than the entries do.
    if (this.#heap.length > 64 && this.#standing.size * 2 < this.#heap.length) this.#sweep();
  }

  /** The time of the earliest entry, or undefined where none stands. */
  peek(): number | undefined {
    this.#dropRemoved();
    return this.#heap[0]?.at;
  }

  /** Takes out the earliest entry. */
  take(): { id: number; at: number; value: T } | undefined {
    this.#dropRemoved();
    const entry = this.#heap[0];
    if (!entry || entry.value === undefined) return undefined;
    this.#pop();
    this.#standing.delete(entry.id);
    return { id: entry.id, at: entry.at, value: entry.value };
  }

  /**
   * Takes out all entries due at `now` or before and hands each to `fire`, in order.
   *
   * What `fire` adds waits for the next call, so that an engine that sets timers in the past starves no other; what it
   * takes back does not fire.
   */
  fireDue(now: number, fire: (id: number, value: T) => void): void {
    const due: Queued<T>[] = [];
    for (let top = this.#heap[0]; top && (top.at <= now || top.value === undefined); top = this.#heap[0]) {
      if (top.value !== undefined) due.push(top);
      this.#pop();
    }
    for (const entry of due) {
      const value = entry.value;
      if (value === undefined) continue;
      entry.value = undefined; // a sweep during the calls may have put the entry back: it counts as removed there
      this.#standing.delete(entry.id);
      fire(entry.id, value);
    }
  }

  /** Takes everything out. */
  clear(): void {
    this.#heap = [];
    this.#standing.clear();
  }

  #dropRemoved(): void {
    while (this.#heap[0] && this.#heap[0].value === undefined) this.#pop();
  }

  #sweep(): void {
    this.#heap = [...this.#standing.values()].sort((a, b) => (isBefore(a, b) ? -1 : 1)); // a sorted array is a heap
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (!last || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #rise(index: number): void {
    const heap = this.#heap;
    const entry = heap[index];
    if (!entry) return;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (!parent || !isBefore(entry, parent)) return;
      heap[index] = parent;
      heap[above] = entry;
      index = above;
    }
  }

  #sink(index: number): void {
    const heap = this.#heap;
    const entry = heap[index];
    if (!entry) return;
    for (;;) {
      let below = 2 * index + 1;
      let child = heap[below];
      const right = heap[below + 1];
      if (child && right && isBefore(right, child)) {
        child = right;
        below++;
      }
      if (!child || !isBefore(child, entry)) return;
      heap[index] = child;
      heap[below] = entry;
      index = below;
    }
  }
}

function isBefore<T>(a: Queued<T>, b: Queued<T>): boolean {
  return a.at < b.at || (a.at === b.at && a.id < b.id);
}
