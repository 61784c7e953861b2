// The linux driver's loop as a guest of Node's event loop: for engines that share their thread with other things, and for tests. While
// nothing is ready, one thread of Node's pool waits in epoll_wait; what it finds is handed out in a turn of Node's.
//
// A thread that waits would hold up the end of the process: it is woken then, and looks around once a second anyway.

import type { LinuxLoop } from "./linux-loop.ts";
import { longestWaitMs } from "./linux-loop.ts";
import { Memory } from "./linux-memory.ts";

/** Runs a loop for as long as anything is registered with it. */
export class HostedLoop {
  readonly #loop: LinuxLoop;
  readonly #found: Memory;
  #immediate: NodeJS.Immediate | undefined;
  #timeout: NodeJS.Timeout | undefined;
  #isWaiting = false;
  #isClosed = false;

  constructor(loop: LinuxLoop) {
    this.#loop = loop;
    this.#found = new Memory(loop.calls, 64);
    loop.onWork = () => this.#soon();
    process.on("exit", this.#exit);
  }

  #soon(): void {
    if (!this.#isClosed) this.#immediate ??= setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#immediate = undefined;
    if (this.#isClosed) return;
    const found = this.#loop.turn(0);
    if (found > 0 || this.#loop.wait(1) === 0) this.#soon();
    else this.#rest();
  }

  /** Nothing is ready: waits for descriptors aside, and for timers with Node's. */
  #rest(): void {
    clearTimeout(this.#timeout);
    if (this.#loop.timerCount > 0) {
      const wait = this.#loop.wait(furthestMs);
      this.#timeout = setTimeout(() => this.#soon(), wait);
    }
    if (this.#isWaiting) {
      if (this.#loop.size === 0) this.#loop.wake(); // nothing is left to wait for
      return;
    }
    if (this.#loop.size === 0) return;
    this.#isWaiting = true;
    this.#loop.calls.epollWaitAside(this.#loop.epoll, this.#found.address, 1, longestWaitMs, () => {
      this.#isWaiting = false;
      if (this.#isClosed) this.#release();
      else this.#soon();
    });
  }

  readonly #exit = (): void => {
    if (this.#isWaiting) this.#loop.wake();
  };

  /** Ends it and the loop. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    process.off("exit", this.#exit);
    clearTimeout(this.#timeout);
    clearImmediate(this.#immediate);
    if (this.#isWaiting) this.#loop.wake();
    else this.#release();
  }

  #release(): void {
    this.#loop.close();
    this.#found.free();
  }
}

/** Node fires at once what is further away than this (2^31 - 1 ms, 24.8 days). */
const furthestMs = 2 ** 31 - 1;
