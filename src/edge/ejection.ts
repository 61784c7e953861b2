// Passive ejection of one target: failed requests in a row put it aside for a while, each time twice as long, up to ten times. Then one
// request tries it, and what comes of that decides. State only; that the last healthy target is never put aside is the balancer's rule.

/** The longest a target is put aside, in times of `ejectMs`. */
const maxTimes = 10;

/** The failed requests of one target. */
export class Ejection {
  /** `in`: it takes its turn. `aside`: no request goes there. `trial`: one may. `tried`: that one is on its way. */
  state: "in" | "aside" | "trial" | "tried" = "in";
  failuresInRow = 0;
  /** While aside: monotonic time at which its trial may begin. */
  until: number = Number.POSITIVE_INFINITY;
  /** How long it was put aside for the last time, in milliseconds. */
  lastMs = 0;
  #returnedAt = 0;

  /** Puts the target aside. One that fails soon after its return, within the time it was aside, is put aside for twice that. */
  begin(ejectMs: number, at: number): void {
    const isAgain = this.lastMs > 0 && (this.state !== "in" || at - this.#returnedAt < this.lastMs);
    this.lastMs = isAgain ? Math.min(this.lastMs * 2, ejectMs * maxTimes) : ejectMs;
    this.state = "aside";
    this.until = at + this.lastMs;
    this.failuresInRow = 0;
  }

  /** Lets the trial begin, or the target take its turn where all others are gone. */
  return(state: "trial" | "in", at: number): void {
    this.state = state;
    this.until = Number.POSITIVE_INFINITY;
    this.failuresInRow = 0;
    this.#returnedAt = at;
  }
}
