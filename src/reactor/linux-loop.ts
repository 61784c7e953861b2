// Hot path (bench/names.ts): one thread's epoll loop. It waits for sockets and timers, and calls what is registered for each; who
// drives it stands elsewhere: a worker thread that blocks in it (linux-worker.ts), or Node's own event loop (linux-hosted.ts).
//
// A turn hands out what epoll found, then the timers that are due, then what was put off (`later`). Nothing that is put off
// is called within the call that did it. A descriptor leaves the epoll set before it is closed: a child that is being
// started holds copies of all descriptors for a moment, and would keep a closed one in the set.

import { LinuxAlarm } from "./linux-alarm.ts";
import { Linux } from "./linux-constants.ts";
import { check, type LinuxCalls } from "./linux-calls.ts";
import { Memory } from "./linux-memory.ts";
import { NodeClock } from "./node-clock.ts";
import { SystemCallError } from "./libc.ts";
import { TimerQueue } from "./timer-queue.ts";

/** Something registered for a descriptor. */
export interface Ready {
  /** Called when the descriptor is ready. @param events  epoll's, such as EPOLLIN */
  ready(events: number): void;
}

/** Events taken in one turn: more come in the next one, after timers. */
const maxEvents = 256;

/** struct epoll_event is packed on x64 alone. */
const eventWords: number = process.arch === "x64" ? 3 : 4;
const eventOctets: number = eventWords * 4;
/** The word of the event's data that holds the registration's number; the next one holds its generation. */
const dataWord: number = eventWords - 2;

/** The longest wait of one turn in milliseconds: a loop that nobody wakes looks around that often. */
export const longestWaitMs = 1000;

/** One thread's loop. */
export class LinuxLoop {
  readonly calls: LinuxCalls;
  readonly clock: NodeClock = new NodeClock();
  /** The descriptor of the epoll set. */
  readonly epoll: number;
  /** Writing 1 to this eventfd ends a wait, from any thread. */
  readonly wakeFd: number;
  /** Called when something waits for a turn and none is under way. */
  onWork: () => void = () => {};
  /** Called each time before the thread may wait. */
  onRest: () => void = () => {};
  /** True once after each wake. */
  isWoken = false;
  readonly #events: Memory;
  readonly #scratch: Memory;
  readonly #registered: (Ready | undefined)[] = [];
  readonly #generations: number[] = [];
  readonly #free: number[] = [];
  readonly #timers = new TimerQueue<(id: number) => void>();
  #later: (() => void)[] = [];
  readonly #ownsWake: boolean;
  // Of a thread that blocks in the loop: what ends a wait once a second, and when a timer is due before that.
  #tick: LinuxAlarm | undefined;
  #next: LinuxAlarm | undefined;
  /** Monotonic time of the timer that `#next` rings for; infinite: it does not. */
  #alarmAt = Infinity;
  #isInTurn = false;
  #isClosed = false;

  /**
   * Throws a SystemCallError where the system gives no epoll set.
   *
   * @param wakeFd  an eventfd that wakes the loop and stays its owner's; absent: one of the loop's own
   */
  constructor(calls: LinuxCalls, wakeFd?: number) {
    this.calls = calls;
    this.#events = new Memory(calls, maxEvents * eventOctets);
    this.#scratch = new Memory(calls, 64);
    this.epoll = check(calls, "epoll_create1", calls.epollCreate(Linux.EPOLL_CLOEXEC));
    this.#ownsWake = wakeFd === undefined;
    this.wakeFd = wakeFd ?? openWake(calls);
    this.add(this.wakeFd, Linux.EPOLLIN, {
      ready: () => {
        this.isWoken = true;
        calls.read(this.wakeFd, this.#scratch.address + 32, 8);
      },
    });
  }

  /** How many descriptors are registered, the eventfd's not counted. */
  get size(): number {
    return this.#registered.length - this.#free.length - 1;
  }

  /** How many timers stand. */
  get timerCount(): number {
    return this.#timers.size;
  }

  /** Registers a descriptor. Returns the registration's number. Throws a SystemCallError where the system refuses. */
  add(fd: number, events: number, ready: Ready): number {
    const handle = this.#free.pop() ?? this.#registered.length;
    this.#registered[handle] = ready;
    const result = this.#control(Linux.EPOLL_CTL_ADD, fd, events, handle);
    if (result < 0) {
      const failure = new SystemCallError("epoll_ctl", this.calls.errno());
      this.#release(handle);
      throw failure;
    }
    this.#need(); // a loop that has nothing to wait for does not wait
    return handle;
  }

  /** Changes what a descriptor is watched for. Errors and hang-ups are told of always. */
  change(handle: number, fd: number, events: number): void {
    this.#control(Linux.EPOLL_CTL_MOD, fd, events, handle);
  }

  /** Takes a descriptor out. Events of it that were found already are not told. */
  remove(handle: number, fd: number): void {
    if (this.#registered[handle] === undefined) return;
    this.#control(Linux.EPOLL_CTL_DEL, fd, 0, handle);
    this.#release(handle);
  }

  #release(handle: number): void {
    this.#registered[handle] = undefined;
    this.#generations[handle] = ((this.#generations[handle] ?? 0) + 1) >>> 0;
    this.#free.push(handle);
  }

  #control(operation: number, fd: number, events: number, handle: number): number {
    const { words, address } = this.#scratch;
    words[0] = events;
    words[dataWord] = handle;
    words[dataWord + 1] = this.#generations[handle] ?? 0;
    return this.calls.epollControl(this.epoll, operation, fd, address);
  }

  /** Asks for `fire` at a monotonic time. Returns the timer's id. */
  setTimer(at: number, fire: (id: number) => void): number {
    const id = this.#timers.add(at, fire);
    this.#need();
    return id;
  }

  clearTimer(id: number): void {
    this.#timers.remove(id);
  }

  /** Calls back at the end of this turn, or of the next one where none is under way. */
  later(call: () => void): void {
    this.#later.push(call);
    this.#need();
  }

  #need(): void {
    if (!this.#isInTurn) this.onWork();
  }

  /**
   * For a thread that blocks in the loop: waits end by alarms, one that rings each second and one for the next timer, instead of by
   * time-outs of their own.
   */
  tick(): void {
    const { calls } = this;
    const tick = new LinuxAlarm(calls);
    const next = new LinuxAlarm(calls);
    tick.set(longestWaitMs, longestWaitMs);
    this.add(tick.fd, Linux.EPOLLIN, { ready: () => tick.heard() });
    this.add(next.fd, Linux.EPOLLIN, {
      ready: () => {
        next.heard();
        this.#alarmAt = Infinity;
      },
    });
    this.#tick = tick;
    this.#next = next;
  }

  /** Milliseconds until the next turn is due, 0 where it is at once; at most `limit`. */
  wait(limit: number): number {
    if (this.#later.length > 0) return 0;
    const at = this.#timers.peek();
    if (at === undefined) return limit;
    return Math.max(0, Math.min(limit, Math.ceil(at - this.clock.refresh().monotonic)));
  }

  /** Has an alarm end a wait. Returns whether there are alarms. */
  #setAlarm(wait: number): boolean {
    if (!this.#next) return false;
    const at = this.#timers.peek();
    if (at !== undefined && at !== this.#alarmAt && wait < longestWaitMs) {
      this.#next.set(wait);
      this.#alarmAt = at;
    }
    return true;
  }

  /**
   * Waits until something is to be done, for at most so many milliseconds, and does it.
   *
   * @returns how many descriptors were ready
   */
  turn(limitMs: number): number {
    if (this.#isClosed) return 0;
    const { words, address } = this.#events;
    this.onRest();
    const wait = this.wait(limitMs);
    const timeout = wait > 0 && limitMs >= longestWaitMs && this.#setAlarm(wait) ? -1 : wait;
    const found = this.calls.epollWait(this.epoll, address, maxEvents, timeout);
    this.#isInTurn = true;
    for (let i = 0; i < found; i++) {
      const at = i * eventWords;
      const handle = words[at + dataWord]!;
      // Closed by what came before it in this turn, or by a thread that found it before: it is another one's by now.
      if (words[at + dataWord + 1] !== (this.#generations[handle] ?? 0)) continue;
      this.#registered[handle]?.ready(words[at]!);
    }
    if (this.#timers.size > 0) {
      this.#timers.fireDue(this.clock.refresh().monotonic, (id, fire) => fire(id));
    }
    if (this.#later.length > 0) this.#callLater();
    this.#isInTurn = false;
    return Math.max(found, 0);
  }

  #callLater(): void {
    const due = this.#later;
    this.#later = [];
    for (const call of due) call();
  }

  /** Ends a wait. */
  wake(): void {
    const { words, address } = this.#scratch;
    words[12] = 1;
    words[13] = 0;
    this.calls.write(this.wakeFd, address + 48, 8);
  }

  /** Takes all memory and descriptors back. No thread may be waiting. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.calls.close(this.epoll);
    this.#tick?.close();
    this.#next?.close();
    if (this.#ownsWake) this.calls.close(this.wakeFd);
    this.#events.free();
    this.#scratch.free();
  }
}

/** Opens an eventfd. Throws a SystemCallError where the system refuses. */
export function openWake(calls: LinuxCalls): number {
  return check(calls, "eventfd", calls.eventfd(0, Linux.EFD_CLOEXEC | Linux.EFD_NONBLOCK));
}
