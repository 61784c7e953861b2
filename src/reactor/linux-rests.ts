// Hot path (bench/names.ts): short rests of a loop to which much comes. A wake-up costs several times what a query does, the system's part of it
// and caches that have gone cold; where queries come one by one and close together, each of them has one. A loop that lies still for
// a moment first finds several at once, as a network adapter does that tells of packets in groups (interrupt moderation).
//
// A loop to which little comes does not rest: whoever asks a quiet server is answered at once. One that has much to do does not either:
// something is always waiting for it.

import type { LinuxCalls } from "./linux-calls.ts";
import { Linux } from "./linux-constants.ts";
import { Memory } from "./linux-memory.ts";

/** Turns from one look at the rate to the next. */
const turnsOfLook = 16;

/** What is to come while the loop rests. */
const wanted = 3;

/** Nanoseconds of the longest rest: what comes so rarely that it would take much longer is waited for instead. */
const longestNs = 150_000;

/** Nanoseconds of the shortest rest: to fall asleep and wake up takes as long. */
const shortestNs = 25_000;

/** Arrivals in a millisecond from which on there are rests: half of what is wanted comes in the longest. */
const leastRate: number = (wanted / 2 / longestNs) * 1e6;

/** Arrivals in a millisecond above which there are none: they come together by themselves. */
const mostRate: number = (wanted / shortestNs) * 1e6;

/** When a loop rests, and for how long. */
export class LinuxRests {
  readonly #calls: LinuxCalls;
  readonly #time: Memory;
  #turns = 0;
  #arrived = 0;
  #lookedAt = -Infinity;
  #ns = 0;

  constructor(calls: LinuxCalls) {
    this.#calls = calls;
    this.#time = new Memory(calls, 16); // struct timespec: seconds and nanoseconds of 64 bits each
  }

  /** Nanoseconds that the loop rests before it waits; 0: it does not. */
  get nanoseconds(): number {
    return this.#ns;
  }

  /**
   * Has the system wake the calling thread when a rest is over: it would add up to 50 µs to each (timer slack, prctl(2)). Where it
   * refuses, rests are longer by that.
   */
  sharpen(): void {
    this.#calls.processControl(Linux.PR_SET_TIMERSLACK, 1);
  }

  /** Notes arrivals: datagrams, and streams that have something. */
  arrived(count: number): void {
    this.#arrived += count;
  }

  /**
   * Called before each wait: rests where it is worth it.
   *
   * @param clock  monotonic milliseconds; asked once in several turns
   */
  beforeWait(clock: () => number): void {
    if (++this.#turns === turnsOfLook) this.#look(clock());
    if (this.#ns > 0) this.#calls.sleep(this.#time.address, 0);
  }

  #look(now: number): void {
    const rate = this.#arrived / (now - this.#lookedAt);
    const isWorth = rate >= leastRate && rate <= mostRate;
    this.#ns = isWorth ? Math.min(longestNs, Math.round((wanted / rate) * 1e6)) : 0;
    this.#time.words[2] = this.#ns;
    this.#turns = 0;
    this.#arrived = 0;
    this.#lookedAt = now;
  }

  /** Gives the memory back. */
  free(): void {
    this.#time.free();
  }
}
