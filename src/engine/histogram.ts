// How long things took, as Prometheus takes it: counts of what took at most so long, their sum, and how many there were.

/** Upper bounds in milliseconds; what took longer is in the sum and the count alone. */
const boundsMs: readonly number[] = [
  0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000,
];

/** Durations by size. Each number only grows. */
export class Histogram {
  readonly #counts = new Float64Array(boundsMs.length);
  #sumMs = 0;
  #count = 0;

  /** Counts what took so long. @param times  how many of it */
  add(tookMs: number, times: number = 1): void {
    this.#sumMs += tookMs * times;
    this.#count += times;
    for (let i = 0; i < boundsMs.length; i++) {
      if (tookMs > boundsMs[i]!) continue;
      this.#counts[i]! += times;
      return;
    }
  }

  /**
   * The counters of a histogram in seconds, such as `query-seconds-bucket{group=root,le=0.001}`; each bucket holds those before it.
   * @param labels  such as `group=root`
   */
  read(name: string, labels: string): Record<string, number> {
    const counters: Record<string, number> = {};
    const more = labels === "" ? "" : `${labels},`;
    let sum = 0;
    for (const [i, bound] of boundsMs.entries()) {
      sum += this.#counts[i]!;
      counters[`${name}-bucket{${more}le=${bound / 1000}}`] = sum;
    }
    const own = labels === "" ? "" : `{${labels}}`;
    counters[`${name}-bucket{${more}le=+Inf}`] = this.#count;
    counters[`${name}-sum${own}`] = this.#sumMs / 1000;
    counters[`${name}-count${own}`] = this.#count;
    return counters;
  }
}
