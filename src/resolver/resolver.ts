// The recursive resolver as an engine: clients in front (UDP, TCP, TLS, HTTPS), resolutions behind, one memory for all.
// Resolutions of equal questions are one (coalesced); each client query has a budget; what is under way is bounded.

import type { Counters } from "#contract";
import {
  copyEndpoint,
  type Effects,
  type Endpoint,
  type Engine,
  type IoFailure,
  isLoopback,
  type MessageSampler,
  type MessageTransport,
  type Now,
  type Random,
  Timers,
} from "#engine";
import { ExtendedError, Rcode, RrType, type Message, type Name } from "#wire";
import { Budget } from "./budget.ts";
import { Cache, questionKey } from "./cache.ts";
import { ClientConnections, type ReplyTaker } from "./client-connections.ts";
import { readClientPacket, type ClientQuestion } from "./client-query.ts";
import { isServfail, writeOutcome, writeRejection } from "./client-reply.ts";
import type { ResolverContext } from "./context.ts";
import { ResolverCounters } from "./counters.ts";
import { Delegations } from "./delegations.ts";
import { answerDesignated, type DesignatedResolver } from "./designated.ts";
import { clientDeadlineMs, maxWaitersPerResolution } from "./limits.ts";
import type { ResolutionOutcome } from "./outcome.ts";
import { lookPastAnchors, type PastAnchorsFinding } from "./past-anchors.ts";
import { ServerBook } from "./server-book.ts";
import { defaultSettings, type ResolverSettings } from "./settings.ts";
import { answerAny, answerSpecialName } from "./special-names.ts";
import { TrustStore } from "./trust-store.ts";
import { TraceWalk, type TraceListener } from "./trace-walk.ts";
import {
  Trees,
  isValidated,
  partitionOf,
  uncheckedPartitionOf,
  type UnvalidatedName,
  type ResolverConfiguration,
} from "./trees.ts";
import { Upstream } from "./upstream.ts";
import { Resolutions } from "./resolutions.ts";

/** What a resolver is made with. */
export interface ResolverOptions {
  readonly random: Random;
  readonly configuration: ResolverConfiguration;
  readonly settings?: Partial<ResolverSettings>;
  /** Told of each step of a traced query. Absent: traces are not looked at. */
  readonly onTraceStep?: TraceListener;
  /** Told of faults of the resolver's own, for the log. The query was answered SERVFAIL. */
  readonly onFault?: (error: unknown) => void;
  /** Tells which of its listeners, by their ids, are behind TLS; absent: none. */
  readonly isTls?: (listener: number) => boolean;
  /** Where it is asked in private, at any time; undefined where it is not. Absent: it never is. */
  readonly designated?: () => DesignatedResolver | undefined;
}

/** What a resolver holds and does at one moment. */
export interface ResolverLoad {
  /** Answers kept, expired ones that nothing has pushed out included, and their octets, about. */
  readonly cacheEntries: number;
  readonly cacheOctets: number;
  /** Zones whose servers are known. */
  readonly delegations: number;
  /** Resolutions under way, sub-resolutions included. */
  readonly resolutions: number;
}

/**
 * A recursive resolver for drivers to run. Listeners of both transports are clients' side.
 *
 * @example
 * const resolver = new RecursiveResolver({ random, configuration });
 * await driver.attach(resolver, [{ transport: "udp", address: "127.0.0.1", port: 5300 }]);
 */
export class RecursiveResolver implements Engine {
  /** Takes messages of clients; absent: nobody does. It can be put there and taken away at any time. */
  messages: MessageSampler | undefined;
  readonly #settings: ResolverSettings;
  readonly #random: Random;
  readonly #onTraceStep: TraceListener | undefined;
  readonly #onFault: ((error: unknown) => void) | undefined;
  readonly #isTls: (listener: number) => boolean;
  readonly #designated: () => DesignatedResolver | undefined;
  readonly #counters = new ResolverCounters();
  readonly #cache: Cache;
  readonly #delegations = new Delegations();
  readonly #book: ServerBook;
  readonly #trusts = new TrustStore();
  readonly #resolutions = new Resolutions();
  #trees: Trees;
  /** Negative trust anchors that are not over yet. */
  #negativeAnchors: readonly UnvalidatedName[];
  #running: Running | undefined;

  constructor(options: ResolverOptions) {
    this.#settings = { ...defaultSettings, ...options.settings };
    this.#random = options.random;
    this.#onTraceStep = options.onTraceStep;
    this.#onFault = options.onFault;
    this.#isTls = options.isTls ?? (() => false);
    this.#designated = options.designated ?? (() => undefined);
    this.#cache = new Cache(this.#settings.cacheEntries, this.#settings.cacheOctets);
    this.#book = new ServerBook(options.random);
    this.#trees = new Trees(options.configuration);
    this.#negativeAnchors = this.#trees.negativeAnchors;
  }

  /**
   * Puts a new configuration in force. The cache stays; a tree whose root hints are others than before is entered
   * anew from them, and what was found under another negative trust anchor than now is forgotten.
   */
  configure(configuration: ResolverConfiguration): void {
    const before = this.#trees;
    this.#trees = new Trees(configuration);
    for (const tree of this.#trees.all()) {
      if (!before.hasSameRoot(tree)) this.#delegations.removeTree(tree.id);
      if (!before.hasSameAnchors(tree)) this.#trusts.removeTree(tree.id);
    }
    const isIn = (all: readonly UnvalidatedName[], { name, until }: UnvalidatedName): boolean =>
      all.some((one) => one.until === until && one.name.equals(name));
    const [old, own] = [this.#negativeAnchors, this.#trees.negativeAnchors];
    for (const anchor of old) if (!isIn(own, anchor)) this.#cache.removeBelow(anchor.name);
    for (const anchor of own) if (!isIn(old, anchor)) this.#cache.removeBelow(anchor.name);
    this.#negativeAnchors = own;
  }

  /** What was not validated is asked for again once it has to be. */
  #endNegativeAnchors({ wall }: Now): void {
    const [over, left] = [true, false].map((isOver) =>
      this.#negativeAnchors.filter(({ until }) => until <= wall === isOver),
    );
    if (!over || !left || over.length === 0) return;
    this.#negativeAnchors = left;
    for (const { name } of over) this.#cache.removeBelow(name);
  }

  /** All counters, at any time. Each only grows. */
  counters(): Counters {
    return this.#counters.read();
  }

  /** What is held and under way at the moment. */
  load(): ResolverLoad {
    return {
      cacheEntries: this.#cache.size,
      cacheOctets: this.#cache.octets,
      delegations: this.#delegations.size,
      resolutions: this.#resolutions.size,
    };
  }

  start(effects: Effects, _now: Now): void {
    const timers = new Timers(effects);
    const upstream = new Upstream(effects, timers, this.#random, this.#counters);
    const connections = new ClientConnections(effects, timers, (octets, from, transport, reply, now) =>
      this.#query(octets, octets.length, from, transport, reply, now),
    );
    const trees = (): Trees => this.#trees;
    const context: ResolverContext = {
      settings: this.#settings,
      get trees() {
        return trees();
      },
      cache: this.#cache,
      delegations: this.#delegations,
      trusts: this.#trusts,
      book: this.#book,
      upstream,
      timers,
      counters: this.#counters,
      lookUp: (name, type, origin, by, now) => this.#resolutions.lookUp(context, name, type, origin, by, now),
      lookUpTrust: (name, type, tree, origin, by, now) =>
        this.#resolutions.lookUpTrust(context, name, type, tree, origin, by, now),
      prime: (tree, now) => this.#resolutions.prime(context, tree, now),
      ended: (resolution) => this.#resolutions.ended(resolution),
      reportFault: (error) => this.#onFault?.(error),
    };
    this.#running = { effects, timers, upstream, connections, context };
  }

  datagram(socket: number, input: Uint8Array, length: number, from: Endpoint, now: Now): void {
    const { effects, upstream } = this.#run();
    if (upstream.datagram(socket, input, length, now)) return;
    const client = copyEndpoint(from);
    const reply: ReplyTaker = (octets) => {
      if (octets) effects.send(socket, client, octets);
    };
    this.#query(input, length, client, "udp", reply, now);
  }

  datagramFailed(socket: number, failure: IoFailure, now: Now): void {
    this.#run().upstream.datagramFailed(socket, failure, now);
  }

  accepted(slot: number, listener: number, from: Endpoint, _to: Endpoint, now: Now): void {
    const transport = this.#isTls(listener) ? "tls" : "tcp";
    this.#run().connections.accepted(slot, from, now, transport);
  }

  /** Answers a message that came by HTTPS (RFC 8484): `reply` is called once, at once or later, with nothing where it is no query. */
  ask(octets: Uint8Array, from: Endpoint, reply: ReplyTaker, now: Now): void {
    this.#query(octets, octets.length, copyEndpoint(from), "https", reply, now);
  }

  /**
   * Looks whether a name validates as if there were no negative trust anchors (RFC 7646 section 2). Nothing that clients are told changes by it.
   * @param done  told once, at once or later
   */
  lookPastAnchors(name: Name, done: (finding: PastAnchorsFinding) => void, now: Now): void {
    if (!isValidated(this.#trees.placeOf(name))) {
      done({ isValid: false, text: "nothing is validated there anyway" });
      return;
    }
    let at = now;
    lookPastAnchors((type, then) => {
      if (this.#resolutions.isFull) {
        then(overload);
        return;
      }
      const origin = { budget: new Budget(at.monotonic + clientDeadlineMs), depth: 0, isPastAnchors: true };
      const resolution = this.#resolutions.begin(this.#run().context, name, type, origin, at);
      resolution.addWaiter((outcome, over) => {
        at = over;
        then(outcome);
      });
      resolution.start(at);
    }, done);
  }

  connected(slot: number, _now: Now): void {
    this.#run().upstream.connected(slot);
  }

  received(slot: number, input: Uint8Array, length: number, now: Now): void {
    const { upstream, connections } = this.#run();
    if (!upstream.received(slot, input, length, now)) connections.received(slot, input, length, now);
  }

  drained(slot: number, now: Now): void {
    this.#run().connections.drained(slot, now);
  }

  ended(slot: number, now: Now): void {
    const { upstream, connections } = this.#run();
    if (!upstream.ended(slot, now)) connections.ended(slot);
  }

  closed(slot: number, failure: IoFailure | undefined, now: Now): void {
    const { upstream, connections } = this.#run();
    if (!upstream.closed(slot, failure, now)) connections.closed(slot);
  }

  timer(id: number, now: Now): void {
    this.#run().timers.fired(id, now);
  }

  #run(): Running {
    if (!this.#running) throw new RangeError("Cannot handle an event: the resolver was not started");
    return this.#running;
  }

  /** Handles one packet from a client. */
  #query(
    input: Uint8Array,
    length: number,
    from: Endpoint,
    transport: MessageTransport,
    reply: ReplyTaker,
    now: Now,
  ): void {
    const packet = readClientPacket(input, length, this.#settings.isPermitted(from.address));
    const rcode = packet.kind === "rejected" ? packet.rcode : undefined;
    const watched = this.#watched(input, length, from, transport, rcode, reply, now);
    switch (packet.kind) {
      case "dropped":
        this.#counters.add("client-malformed");
        reply(undefined, now);
        return;
      case "rejected":
        this.#counters.add(packet.rcode === Rcode.REFUSED ? "client-refused" : "client-malformed");
        watched(writeRejection(packet, transport), now);
        return;
      case "question":
        this.#counters.add("client-queries");
        this.#counters.addType(packet.type);
        if (transport !== "udp") this.#counters.add(`client-queries{transport=${transport}}`);
        this.#resolve(packet, from, transport, watched, now);
    }
  }

  /**
   * Takes a reply as `reply` does, and counts it; where the query is one that is to be told of, tells of both.
   * @param known  its response code; absent: it is one that its header has whole
   */
  #watched(
    input: Uint8Array,
    length: number,
    from: Endpoint,
    transport: MessageTransport,
    known: number | undefined,
    reply: ReplyTaker,
    now: Now,
  ): ReplyTaker {
    const askedAt = now.wall;
    const beganAt = now.monotonic;
    const messages = this.messages?.isDue(now) === true ? this.messages : undefined;
    const query = messages && input.slice(0, length);
    return (octets, at) => {
      reply(octets, at);
      if (!octets) return;
      const rcode = known ?? (octets[3] ?? 0) & 0xf;
      this.#counters.addAnswer(rcode, at.monotonic - beganAt);
      if (query)
        messages.tell(
          transport,
          from,
          unknownEndpoint,
          askedAt,
          beganAt,
          query,
          0,
          length,
          octets,
          0,
          octets.length,
          rcode,
        );
    };
  }

  #resolve(
    packet: ClientQuestion,
    from: Endpoint,
    transport: MessageTransport,
    reply: ReplyTaker,
    now: Now,
  ): void {
    const { message, name, type } = packet;
    if (this.#negativeAnchors.length > 0) this.#endNegativeAnchors(now);
    const respond = (outcome: ResolutionOutcome, at: Now): void => {
      if (isServfail(outcome)) this.#counters.add("client-servfail");
      if (outcome.rcode === Rcode.REFUSED) this.#counters.add("client-refused");
      reply(writeOutcome(message, outcome, transport, at), at);
    };
    const place = this.#trees.placeOf(name);
    const own =
      answerDesignated(name, type, this.#designated(), now.monotonic) ??
      (type === RrType.ANY && place.kind !== "refuse"
        ? answerAny(name, now.monotonic)
        : this.#trees.isConfigured(name)
          ? undefined
          : answerSpecialName(name, type, now.monotonic));
    if (own) {
      respond(own, now);
      return;
    }
    const trace = this.#traceOf(message, from, now);
    const isUnchecked = message.flags.cd;
    const key = questionKey(isUnchecked ? uncheckedPartitionOf(place) : partitionOf(place), name, type);
    const running = trace ? undefined : this.#resolutions.find(key);
    if (running && running.waiterCount < maxWaitersPerResolution) {
      this.#counters.add("cache-misses");
      this.#counters.add("coalesced");
      running.addWaiter(respond);
      return;
    }
    if (running || this.#resolutions.isFull) {
      this.#counters.add("overloads");
      respond(overload, now);
      return;
    }
    const budget = new Budget(now.monotonic + clientDeadlineMs);
    const startedAt = now.monotonic;
    const origin = { budget, depth: 0, isUnchecked, ...(trace ? { trace } : {}) };
    const { context } = this.#run();
    const resolution = this.#resolutions.begin(context, name, type, origin, now, trace ? undefined : key);
    resolution.addWaiter((outcome, at) => {
      this.#counters.add(outcome.isFromCache ? "cache-hits" : "cache-misses");
      trace?.answered(name, type, outcome, at.monotonic - startedAt, at);
      respond(outcome, at);
    });
    resolution.start(now);
  }

  /** Traces are for people at this machine. */
  #traceOf(message: Message, from: Endpoint, now: Now): TraceWalk | undefined {
    if (!this.#onTraceStep || !message.edns || !isLoopback(from.address)) return undefined;
    return TraceWalk.from(message.edns.options, this.#onTraceStep, now);
  }
}

/** Which of the resolver's addresses was asked is not told. */
const unknownEndpoint: Endpoint = { address: new Uint8Array(16), port: 0 };

interface Running {
  readonly effects: Effects;
  readonly timers: Timers;
  readonly upstream: Upstream;
  readonly connections: ClientConnections;
  readonly context: ResolverContext;
}

const overload: ResolutionOutcome = {
  rcode: Rcode.SERVFAIL,
  answer: [],
  authority: [],
  errors: [{ code: ExtendedError.OTHER, text: "too many names are being resolved: ask again in a moment" }],
  isFromCache: true,
  isExhausted: true,
};
