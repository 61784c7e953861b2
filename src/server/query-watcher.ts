// Takes what engines tell of queries (src/engine/message-ring.ts) and passes it on: into a log of lines of JSON, as dnstap, and to whoever looks on
// at this moment. All of it happens in the main thread, between other things: engines write into rings and wait for nobody.

import { setInterval } from "node:timers";
import type { Counters, WatchedQueries, WatchedQuery } from "#contract";
import { isIpv4, makeRing, MessageRing, type WatchedMessage } from "#engine";
import {
  controlFrame,
  ControlFrame,
  dataFrame,
  dnstapContentType,
  type DnstapMessage,
  DnstapTransport,
  DnstapType,
  encodeDnstap,
  Opcode,
} from "#wire";
import { FrameStreamSocket } from "./frame-stream-socket.ts";
import { RotatedFile } from "./rotated-file.ts";
import { programVersion } from "./program-version.ts";
import type { DnstapPlan, QueryLogPlan, WatchPlan, WatchSettings } from "./watch-plan.ts";
import { describeWatchedMessage } from "./watched-query.ts";

/** Octets of the ring of each thread. */
const ringOctets = 2 ** 21;
/** Milliseconds between two looks into the rings. */
const lookMs = 50;
/** Messages taken from one ring in a look: others have to do with this thread, too. */
const maxPerLook = 5000;
/** Milliseconds that somebody who looks on is taken to be there. */
const followedMs = 10_000;
/** Queries that are kept for who looks on. */
const maxFollowed = 500;
/** Of a file of dnstap, which is not for keeping. */
const dnstapFileOctets = 256 * 2 ** 20;

/** What a watcher is made of. */
export interface QueryWatcherOptions {
  readonly plan: WatchPlan;
  /** Whose messages they are. */
  readonly of: "names" | "resolver";
  /** Ids of the listener groups, in the order of each thread's engines. */
  readonly groups: readonly string[];
  readonly threads: number;
  /** Told what a thread is to watch; again where that changes. A promise is kept once the thread does. */
  readonly apply: (thread: number, settings: WatchSettings) => Promise<void> | void;
  readonly log: (text: string) => void;
}

/** Somewhere messages go. */
interface Sink {
  readonly name: string;
  readonly every: number;
  /** Messages until the next one is for it. */
  untilNext: number;
  readonly put: (message: WatchedMessage, group: string) => void;
  readonly to: Pick<RotatedFile, "written" | "dropped" | "flush" | "reopen" | "close">;
}

/** See the head of this file. */
export class QueryWatcher {
  readonly #options: QueryWatcherOptions;
  readonly #sinks: Sink[] = [];
  readonly #rings: (MessageRing | undefined)[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** The last queries, for who looks on; the number of the next. */
  #followed: WatchedQuery[] = [];
  #next = 0;
  #followedUntil = 0;
  #applied: Promise<unknown> = Promise.resolve();

  constructor(options: QueryWatcherOptions) {
    this.#options = options;
    const { queryLog, dnstap } = options.plan;
    if (queryLog) this.#sinks.push(this.#logSink(queryLog));
    if (dnstap) this.#sinks.push(this.#dnstapSink(dnstap));
    this.#applyAll();
  }

  /** Kept once all threads watch what they were told to: of what they answer from then on nothing is missed. */
  async untilApplied(): Promise<void> {
    await this.#applied;
  }

  get #isFollowed(): boolean {
    return performance.now() < this.#followedUntil;
  }

  /** What was written, dropped and lost, by name; and of name servers how many zones may have counters of their own. */
  counters(): Counters {
    const { of, plan } = this.#options;
    const counters: Counters = of === "names" ? { "zone-counters": plan.zones } : {};
    for (const { name, to } of this.#sinks) {
      counters[`watched{to=${name},event=written}`] = to.written;
      counters[`watched{to=${name},event=dropped}`] = to.dropped;
    }
    let lost = 0;
    for (const ring of this.#rings) lost += ring?.lost ?? 0;
    if (this.#rings.some(Boolean)) counters["watched-lost"] = lost;
    return counters;
  }

  /** The queries since those that were told last; who asks is told of all that come from then on. @param after  `next` of the last answer */
  follow(after: number | undefined): WatchedQueries {
    const was = this.#isFollowed;
    this.#followedUntil = performance.now() + followedMs;
    if (!was) this.#applyAll();
    this.#look();
    const first = this.#next - this.#followed.length;
    const from = after === undefined || after > this.#next ? this.#next : after;
    return {
      next: this.#next,
      missed: Math.max(0, first - from),
      queries: this.#followed.slice(Math.max(0, from - first)),
    };
  }

  /** Opens files anew that somebody has moved away. */
  reopen(): void {
    for (const { to } of this.#sinks) to.reopen();
  }

  /** Writes what is there, and ends files and streams. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#look();
    await Promise.all(this.#sinks.map(({ to }) => to.close()));
  }

  /** Has all threads watch what is to be watched now. */
  #applyAll(): void {
    const { plan, threads, groups, apply } = this.#options;
    const rates = this.#sinks.map(({ every }) => every);
    if (this.#isFollowed) rates.push(1);
    const applied: Promise<void>[] = [];
    for (let thread = 0; thread < threads; thread++) {
      const { zones, isTimed, maxPerSecond } = plan;
      if (rates.length > 0) this.#rings[thread] ??= new MessageRing(makeRing(ringOctets));
      const ring = this.#rings[thread];
      const told = apply(thread, {
        zones,
        isTimed,
        ...(ring && rates.length > 0
          ? {
              messages: {
                ring: ring.buffer,
                firstSource: thread * groups.length,
                every: Math.min(...rates),
                maxPerSecond,
                isWhole: plan.dnstap !== undefined,
              },
            }
          : {}),
      });
      applied.push(Promise.resolve(told));
    }
    this.#applied = Promise.all(applied);
    for (const sink of this.#sinks) sink.untilNext = 1;
    this.#every = Math.min(...rates);
    if (rates.length > 0 && !this.#timer) {
      this.#timer = setInterval(() => this.#look(), lookMs);
      this.#timer.unref();
    } else if (rates.length === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  /** One message of so many comes through the rings. */
  #every = 1;

  #look(): void {
    const { groups } = this.#options;
    const isFollowed = this.#isFollowed;
    const messages: WatchedMessage[] = [];
    for (const ring of this.#rings) ring?.read((message) => messages.push(message), maxPerLook);
    if (this.#rings.length > 1) messages.sort((a, b) => a.askedAt - b.askedAt);
    for (const message of messages) {
      const group = groups[message.source % groups.length] ?? "";
      for (const sink of this.#sinks) {
        sink.untilNext -= this.#every;
        if (sink.untilNext > 0) continue;
        sink.untilNext += sink.every;
        sink.put(message, group);
      }
      if (isFollowed) this.#keep(describeWatchedMessage(message, group));
    }
    for (const { to } of this.#sinks) to.flush();
    if (this.#followedUntil === 0 || isFollowed) return;
    this.#followedUntil = 0;
    this.#next += 1; // what comes after is no continuation
    this.#followed = [];
    this.#applyAll();
  }

  #keep(query: WatchedQuery): void {
    this.#next++;
    this.#followed.push(query);
    if (this.#followed.length > 2 * maxFollowed) this.#followed = this.#followed.slice(-maxFollowed);
  }

  #logSink({ path, every, maxOctets, kept }: QueryLogPlan): Sink {
    const { log } = this.#options;
    const onProblem = (text: string): void => log(`query log: ${text}`);
    const file = new RotatedFile({ path, maxOctets, kept, onProblem });
    return {
      name: "query-log",
      every,
      untilNext: 1,
      to: file,
      put: (message, group) =>
        file.write(Buffer.from(`${JSON.stringify(describeWatchedMessage(message, group))}\n`)),
    };
  }

  #dnstapSink({ to, every, identity }: DnstapPlan): Sink {
    const { log, of } = this.#options;
    const onProblem = (text: string): void => log(`dnstap: ${text}`);
    const out =
      "socket" in to
        ? new FrameStreamSocket(to.socket, dnstapContentType, onProblem)
        : new RotatedFile({
            path: to.file,
            maxOctets: dnstapFileOctets,
            kept: 1,
            head: controlFrame(ControlFrame.START, dnstapContentType),
            tail: controlFrame(ControlFrame.STOP),
            onProblem,
          });
    const sender = { identity, version: `fairlead ${programVersion()}` };
    return {
      name: "dnstap",
      every,
      untilNext: 1,
      to: out,
      put: (message) => {
        for (const one of dnstapMessages(message, of)) out.write(dataFrame(encodeDnstap(one, sender)));
      },
    };
  }
}

const dnstapTransports = {
  udp: DnstapTransport.UDP,
  tcp: DnstapTransport.TCP,
  tls: DnstapTransport.DOT,
  https: DnstapTransport.DOH,
} as const;

/** What dnstap says of a query: that it came, and what was answered, where something was. */
function dnstapMessages(message: WatchedMessage, of: "names" | "resolver"): DnstapMessage[] {
  const { query, response, from, to, transport, askedAt, answeredAt } = message;
  const isUpdate = (((query[2] ?? 0) >> 3) & 0xf) === Opcode.UPDATE;
  const asked = isUpdate
    ? DnstapType.UPDATE_QUERY
    : of === "names"
      ? DnstapType.AUTH_QUERY
      : DnstapType.CLIENT_QUERY;
  const parties = {
    transport: dnstapTransports[transport],
    queryAddress: addressOctets(from.address),
    queryPort: from.port,
    ...(to.port === 0 ? {} : { responseAddress: addressOctets(to.address), responsePort: to.port }),
    askedAt,
  };
  const all: DnstapMessage[] = [{ ...parties, type: asked, query }];
  // The kind of a response is the number after that of its query.
  if (response.length > 0) all.push({ ...parties, type: asked + 1, answeredAt, query, response });
  return all;
}

/** An address as it is on the wire: 4 octets of IPv4. */
function addressOctets(address: Uint8Array): Uint8Array {
  return isIpv4(address) ? address.slice(12) : address;
}
