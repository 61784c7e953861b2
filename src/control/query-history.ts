// What name servers counted in the last hour: once a minute they are asked for their counters, and by how much each has grown is kept in memory.
// Who wants to see it has them asked once more. A minute in which they were away has nothing; a process that began anew counts from zero.
//
// Only what has grown is kept, as numbers of counters and counts: some hundred kilobytes for a platform with a thousand busy zones. What they told
// at the end of each minute lies in the store for an hour, and a control that starts anew takes the differences up from there. As name servers count
// on while control is away, nothing is lost between the last row and the first answer where that is no longer than an interval may be.

import { counters as countersSchema, type Counters } from "#contract";
import type { QueryTable } from "#store";
import type { Clock, HostTimers, Log } from "./ports.ts";
import { formatQueryRow, parseQueryRow } from "./query-rows.ts";
import type { RoleHub } from "./role-hub.ts";

/** How long name servers may take to tell, in milliseconds. */
const answerMs = 5000;
/** How long after the end of a minute they are asked, in milliseconds: timers are early by a little at times. */
const afterMinuteMs = 40;
/** For how long spans are kept, in milliseconds. */
const keptMs = 3_600_000;
/** Spans that are kept, at most: a start of control may divide a minute. */
const maxSpans = 120;
/** The longest time between two answers whose difference still counts, in milliseconds: what is more is no minute's any more. */
const maxIntervalMs = 150_000;
/** Least time between two questions that somebody wanted, in milliseconds: what nobody can see the difference of. */
const freshMs = 500;
/** Counters that are known by number, at most. A zone has up to twenty: of those beyond, the last hour is not kept. */
const maxNames = 100_000;

/** Counters that are kept. */
const keptCounter =
  /^(?:queries|answers|query-seconds-bucket|zone-(?:queries|nxdomain|servfail|other-errors))\{/;

/** What a history works with. */
export interface QueryHistoryPorts {
  readonly hub: Pick<RoleHub, "ask" | "isConnected" | "listen" | "roles">;
  readonly clock: Clock;
  readonly timers: HostTimers;
  readonly log: Pick<Log, "warn">;
  /** Where what they told lies over restarts. */
  readonly rows: QueryTable;
}

/** What counters have grown by in one span of time. */
export interface GrownSpan {
  /** When it began, milliseconds since 1970. */
  readonly at: number;
  readonly seconds: number;
  /** By how much a counter has grown. */
  grown(name: string): number;
}

/** What is known of the last hour. */
export interface RecentQueries {
  /** The oldest first. */
  readonly spans: readonly GrownSpan[];
  /** Names of all counters that grew in them. */
  readonly names: readonly string[];
  /** What name servers tell now; undefined while they are away. */
  readonly told: Counters | undefined;
  /** Whether growth of a counter is kept. */
  readonly isKept: (name: string) => boolean;
}

/** Counts by number of counter, which are in order. */
interface Kept {
  readonly at: number;
  readonly seconds: number;
  readonly numbers: Uint32Array;
  readonly counts: Float64Array;
}

interface Heard {
  readonly pid: number | undefined;
  readonly monotonic: number;
  readonly wall: number;
  readonly told: Counters;
}

/** See the head of this file. */
export class QueryHistory {
  readonly #ports: QueryHistoryPorts;
  readonly #names: string[] = [];
  readonly #numbers: Map<string, number> = new Map();
  readonly #kept: Kept[] = [];
  /** The answer at the end of the last span that is kept. */
  #last: Heard | undefined;
  /** Whether they have told anything, or are asked, since this control began. */
  #isHeard = false;
  /** Settles when what an earlier control kept is taken up. */
  #loaded: Promise<void> = Promise.resolve();
  #isFailing = false;
  #fresh: Promise<Heard | undefined> | undefined;
  #freshAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;
  #isClosed = false;

  constructor(ports: QueryHistoryPorts) {
    this.#ports = ports;
  }

  /** Takes up what was kept, and begins to ask at the end of each minute. Does not throw. */
  start(): void {
    this.#loaded = this.#load();
    this.#sleep();
    // What they count from their first answer on is known by the end of this minute.
    this.#ports.hub.listen({ changed: (role) => void (role === "names" && this.#hearFirst()) });
    void this.#hearFirst();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
  }

  /** The last hour until now. */
  async read(): Promise<RecentQueries> {
    const { clock } = this.#ports;
    await this.#loaded;
    if (clock.monotonic() - this.#freshAt >= freshMs) {
      this.#freshAt = clock.monotonic();
      this.#fresh = this.#ask();
    }
    const heard = await this.#fresh;
    // Nobody collects, or nothing was heard yet: what comes from now on is known.
    if (heard) this.#last ??= heard;
    const open =
      heard && this.#last && heard.monotonic > this.#last.monotonic ? this.#since(heard) : undefined;
    const kept = [...this.#kept, ...(open ? [open] : [])];
    const from = clock.wall() - keptMs;
    const spans = kept.filter(({ at, seconds }) => at + seconds * 1000 > from);
    const numbers = new Set<number>();
    for (const one of spans) for (const number of one.numbers) numbers.add(number);
    return {
      spans: spans.map((one) => ({
        at: one.at,
        seconds: one.seconds,
        grown: (name) => countOf(one, this.#numbers.get(name)),
      })),
      names: [...numbers].map((number) => this.#names[number] ?? ""),
      told: heard?.told,
      isKept: (name) => this.#numbers.has(name) || this.#names.length < maxNames,
    };
  }

  #sleep(): void {
    const { clock, timers } = this.#ports;
    const pause = 60_000 - (clock.wall() % 60_000) + afterMinuteMs;
    this.#cancel = timers.after(pause, () => {
      if (this.#isClosed) return;
      this.#sleep();
      void this.#collect();
    });
  }

  async #hearFirst(): Promise<void> {
    if (this.#isHeard || !this.#ports.hub.isConnected("names")) return;
    this.#isHeard = true;
    this.#isHeard = await this.#collect();
  }

  /** @returns whether they answered */
  async #collect(): Promise<boolean> {
    await this.#loaded;
    const heard = await this.#ask();
    if (!heard || this.#isClosed) return false;
    this.#take(heard);
    await this.#keep(heard);
    return true;
  }

  #take(heard: Heard): void {
    const span = this.#since(heard);
    this.#last = heard;
    if (!span) return;
    this.#kept.push(span);
    const isOver = ({ at, seconds }: Kept): boolean => at + seconds * 1000 <= heard.wall - keptMs;
    while (this.#kept[0] && (this.#kept.length > maxSpans || isOver(this.#kept[0]))) this.#kept.shift();
  }

  async #keep({ wall, ...heard }: Heard): Promise<void> {
    const told = formatQueryRow(heard, (name) => keptCounter.test(name));
    try {
      await this.#ports.rows.put({ at: wall, told }, wall - keptMs - maxIntervalMs);
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing && !this.#isClosed) this.#warn(error, "written");
      this.#isFailing = true;
    }
  }

  /** Row by row, so that nothing waits for an hour of a thousand zones. What cannot be read is left: it is worth less than a start. */
  async #load(): Promise<void> {
    const { clock, rows } = this.#ports;
    const [wall, monotonic] = [clock.wall(), clock.monotonic()];
    let after = wall - keptMs - maxIntervalMs;
    try {
      for (;;) {
        const row = await rows.next(after);
        if (!row || row.at > wall || this.#isClosed) return;
        after = row.at;
        const told = parseQueryRow(row.told);
        if (told) this.#take({ ...told, wall: row.at, monotonic: monotonic - (wall - row.at) });
      }
    } catch (error) {
      if (!this.#isClosed) this.#warn(error, "read");
    }
  }

  #warn(error: unknown, done: "read" | "written"): void {
    this.#ports.log.warn({ error: String(error) }, `the last hour of queries could not be ${done}`);
  }

  /** Asks name servers. Undefined where they are away, do not answer in time, or answer something else. */
  async #ask(): Promise<Heard | undefined> {
    const { hub, clock } = this.#ports;
    if (!hub.isConnected("names")) return undefined;
    const pid = hub.roles().find(({ role }) => role === "names")?.pid;
    try {
      const answer = countersSchema.safeParse(await hub.ask("names", { ask: "counters" }, answerMs));
      if (!answer.success) return undefined;
      return { pid, monotonic: clock.monotonic(), wall: clock.wall(), told: answer.data };
    } catch {
      return undefined; // they left, or are busy: the next minute has it
    }
  }

  /** What has grown since the last answer; undefined where that is too long ago, or there was none. */
  #since({ pid, monotonic, wall, told }: Heard): Kept | undefined {
    const last = this.#last;
    if (!last || monotonic - last.monotonic > maxIntervalMs || monotonic <= last.monotonic) return undefined;
    const before = last.pid === pid ? last.told : {};
    const grown: [number: number, count: number][] = [];
    for (const [name, value] of Object.entries(told)) {
      const base = before[name] ?? 0;
      const count = value < base ? value : value - base;
      if (!(count > 0) || !keptCounter.test(name)) continue;
      const number = this.#numberOf(name);
      if (number !== undefined) grown.push([number, count]);
    }
    grown.sort(([a], [b]) => a - b);
    const ms = monotonic - last.monotonic;
    return {
      at: wall - ms,
      seconds: ms / 1000,
      numbers: Uint32Array.from(grown, ([number]) => number),
      counts: Float64Array.from(grown, ([, count]) => count),
    };
  }

  #numberOf(name: string): number | undefined {
    const known = this.#numbers.get(name);
    if (known !== undefined || this.#names.length >= maxNames) return known;
    const number = this.#names.push(name) - 1;
    this.#numbers.set(name, number);
    return number;
  }
}

/** A counter's growth: looked for by halves. */
function countOf({ numbers, counts }: Kept, number: number | undefined): number {
  if (number === undefined) return 0;
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] ?? 0) < number) low = middle + 1;
    else high = middle;
  }
  return numbers[low] === number ? (counts[low] ?? 0) : 0;
}
