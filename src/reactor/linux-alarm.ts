// A timer of the system's that a loop watches (timerfd_create(2)). To give each wait a time-out has the system set its own timer for every single
// one, which costs more than a query does; this one is set when the time changes that it is to ring at.

import { check, type LinuxCalls } from "./linux-calls.ts";
import { Linux } from "./linux-constants.ts";
import { Memory } from "./linux-memory.ts";

/** A timer with a descriptor that can be read once it has rung. */
export class LinuxAlarm {
  readonly fd: number;
  readonly #calls: LinuxCalls;
  readonly #memory: Memory;

  /** Throws a SystemCallError where the system gives none. */
  constructor(calls: LinuxCalls) {
    this.#calls = calls;
    this.#memory = new Memory(calls, 40); // struct itimerspec, and where the number of rings is read to
    const flags = Linux.EFD_CLOEXEC | Linux.EFD_NONBLOCK;
    this.fd = check(calls, "timerfd_create", calls.timerfd(Linux.CLOCK_MONOTONIC, flags));
  }

  /** Has it ring. @param inMs  at least 1. @param everyMs  from one to the next; 0: once */
  set(inMs: number, everyMs = 0): void {
    const { words, address } = this.#memory;
    for (const [word, ms] of [
      [0, everyMs],
      [4, inMs],
    ] as const) {
      words[word] = Math.floor(ms / 1000); // seconds and nanoseconds of 64 bits each
      words[word + 2] = (ms % 1000) * 1e6;
    }
    check(this.#calls, "timerfd_settime", this.#calls.setTimerfd(this.fd, 0, address, 0));
  }

  /** Takes note that it has rung. */
  heard(): void {
    this.#calls.read(this.fd, this.#memory.address + 32, 8);
  }

  /** Takes the descriptor and the memory back. */
  close(): void {
    this.#calls.close(this.fd);
    this.#memory.free();
  }
}
