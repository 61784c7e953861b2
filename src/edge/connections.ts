// The two kinds of connection a relay has: those of clients, and those to targets with the pool that keeps them between two
// requests. State only; what happens on them is in requests.ts and responses.ts.

import type { CacheDetail, TargetDetail } from "#contract";
import { copyEndpoint, type Effects, type Endpoint, formatEndpoint, type IoFailure } from "#engine";
import { BodyReader, Framing, HeadWriter, MessageHead } from "#http";
import type { Exchange } from "./cache/exchange.ts";
import type { ContentReader } from "./cache/readers.ts";
import type { Deadlines, Timed } from "./deadlines.ts";
import type { RequestContext } from "./heads.ts";
import { OctetQueue } from "./octet-queue.ts";
import type { CountedTarget, Decision } from "./policy.ts";
import { addressKey, type Destination } from "./destination.ts";
import type { ResourceCounters } from "./resource-counters.ts";

/**
 * What is done with the octets a client sends.
 *
 * - `head`: read as a request's head, or waited for
 * - `held`: kept, until it is decided where the request goes and the way there is open
 * - `body`: passed on as the request's content
 * - `sent`: kept: the request is passed on whole, and this is the next one
 * - `tunnel`: passed on as they are
 * - `linger`: dropped: the last answer is written
 */
export type ClientPhase = "head" | "held" | "body" | "sent" | "tunnel" | "linger";

/** Octets of a head's buffer that are kept for the next request: most heads fit. */
const keptOctets = 2048;

/** What is known of a traced request until it is over. */
export interface TracedRequest {
  readonly id: string;
  readonly question: string;
  readonly beganAt: number;
  /** Status and reason phrase of the response, once it is there, and what a cache had to do with it. */
  status?: number;
  reason?: string;
  cache?: CacheDetail;
  /** Targets that were tried before, each with what went wrong. */
  readonly tries: string[];
  /** The target that was chosen, and why. */
  target?: TargetDetail;
  /** Why a distribution's origin had none. */
  refusal?: string;
  /** The head of the target's response, and when it came. */
  responseLines?: readonly string[];
  firstByteAt?: number;
}

/** A client's connection, with the one request on it that is being answered. */
export class ClientConnection implements Timed {
  readonly kind: "client" = "client" as const;
  readonly slot: number;
  readonly listener: number;
  readonly peer: Endpoint;
  readonly local: Endpoint;
  readonly localKey: string;
  readonly localText: string;
  deadline: number = Number.POSITIVE_INFINITY;
  /** What its requests' heads are written with; made with the first one. */
  context: RequestContext | undefined = undefined;

  phase: ClientPhase = "head";
  readonly head: MessageHead = new MessageHead("request");
  readonly body: BodyReader = new BodyReader();
  /** What arrived and could not be used yet. */
  readonly pending: OctetQueue = new OctetQueue();
  /** The request's head as it goes to the target; kept for a second try. */
  readonly out: HeadWriter = new HeadWriter();
  /** True once the head's first octet is there, so that its time runs. */
  hasBegunHead = false;
  /** True while what the client sent is being worked on, so that it is not begun twice. */
  isConsuming = false;
  /** True where the driver asked to wait for `drained`. */
  isBlocked = false;
  /** At most what the driver was given since it asked, and what is counted for the connection in all. */
  unsentOctets = 0;
  heldOctets = 0;
  isPaused = false;
  /** True once the client ended its sending direction. */
  hasEnded = false;
  /** True once ours is ended. */
  isWriteEnded = false;
  /** True where the connection ends after this answer. */
  closes = false;

  /** Counts requests, so that a late decision finds out that it is too late. */
  serial = 0;
  /** True during the policy's `decide`, and what it decided in the meantime. */
  isDeciding = false;
  decided: Decision | undefined = undefined;
  isTunnel = false;
  upgrades = false;
  /** The protocols that an upgrade asks for, lower case. */
  offered: readonly string[] = [];
  /** What the destinations are called in sentences: `resource "web"`. */
  label = "";
  /** Why the last destination was not reached. */
  lastFailure: IoFailure | undefined = undefined;
  traced: TracedRequest | undefined = undefined;
  destinations: readonly Destination[] = [];
  /** Index of the destination to try first, and how many were tried. */
  first = 0;
  tried = 0;
  hasRetried = false;
  /** The target that the request counts at, where account is kept; and those that were tried before it. */
  counted: CountedTarget | undefined = undefined;
  triedTargets: CountedTarget[] | undefined = undefined;
  /** True once the request was sent a second time, to another target. */
  hasMoved = false;
  setsCookie = false;
  /** Counters of the resource that the request is for, and before that is known, of the one that owns the local address. */
  counters: ResourceCounters | undefined = undefined;
  addressCounters: ResourceCounters | undefined = undefined;
  /** Counters of the resource whose target was asked: behind a distribution it is another one. */
  originCounters: ResourceCounters | undefined = undefined;
  /** When the request left for its target. */
  sentAt = 0;
  target: TargetConnection | undefined = undefined;
  /** True once the request is passed on whole. */
  isRequestDone = false;
  /** True once the final response's head is written to the client. */
  hasResponse = false;
  informational = 0;
  /** Of a request to a distribution: what it waits for, where it was not answered at once; and what it is being sent. */
  exchange: Exchange | undefined = undefined;
  reader: ContentReader | undefined = undefined;
  /** How long the target may take to answer; 0: as long as all. */
  responseMs = 0;

  constructor(slot: number, listener: number, peer: Endpoint, local: Endpoint) {
    this.slot = slot;
    this.listener = listener;
    this.peer = copyEndpoint(peer);
    this.local = copyEndpoint(local);
    this.localKey = addressKey(local.address);
    this.localText = formatEndpoint(local);
  }

  /** Gets ready for the next request. */
  reset(): void {
    this.phase = "head";
    this.head.reset();
    this.out.release(keptOctets);
    this.body.release();
    this.hasBegunHead = false;
    this.isTunnel = false;
    this.upgrades = false;
    this.traced = undefined;
    this.destinations = [];
    this.counters = this.addressCounters;
    this.originCounters = undefined;
    this.tried = 0;
    this.lastFailure = undefined;
    this.decided = undefined;
    this.hasRetried = false;
    this.triedTargets = undefined;
    this.hasMoved = false;
    this.setsCookie = false;
    this.isRequestDone = false;
    this.hasResponse = false;
    this.informational = 0;
    this.exchange = undefined;
    this.reader = undefined;
    this.responseMs = 0;
  }
}

/** A connection to a target: being opened, used by one client, or idle in its pool. */
export class TargetConnection implements Timed {
  readonly kind: "target" = "target" as const;
  readonly slot: number;
  readonly destination: Destination;
  deadline: number = Number.POSITIVE_INFINITY;
  isOpen = false;
  /** The client it serves; undefined while idle. */
  client: ClientConnection | undefined = undefined;
  /** True where it has served another request before. */
  isReused = false;
  /** True once an octet of the response is there. */
  hasAnswered = false;
  isBlocked = false;
  unsentOctets = 0;
  heldOctets = 0;
  isPaused = false;
  isWriteEnded = false;
  isInBody = false;
  readonly head: MessageHead = new MessageHead("response");
  readonly body: BodyReader = new BodyReader();
  readonly pending: OctetQueue = new OctetQueue();
  framing: Framing = Framing.None;

  constructor(slot: number, destination: Destination) {
    this.slot = slot;
    this.destination = destination;
  }
}

/** All connections of a relay by their slot. */
export type ConnectionTable = (ClientConnection | TargetConnection | undefined)[];

/** Idle connections to targets, by destination. */
export class TargetPool {
  readonly #idle = new Map<string, TargetConnection[]>();
  readonly #effects: Effects;
  readonly #deadlines: Deadlines<ClientConnection | TargetConnection>;

  constructor(effects: Effects, deadlines: Deadlines<ClientConnection | TargetConnection>) {
    this.#effects = effects;
    this.#deadlines = deadlines;
  }

  /** Takes the connection that was used last: it is the least likely to be closed by its peer soon. */
  take(key: string): TargetConnection | undefined {
    const connection = this.#idle.get(key)?.pop();
    if (!connection) return undefined;
    this.#deadlines.remove(connection);
    connection.isReused = true;
    return connection;
  }

  /** Opens a new connection. */
  connect(destination: Destination): TargetConnection {
    return new TargetConnection(this.#effects.connect(destination.endpoint), destination);
  }

  /** Keeps a connection until a time, unless there are enough. */
  put(connection: TargetConnection, until: number, maximum: number): void {
    const key = connection.destination.key;
    let idle = this.#idle.get(key);
    if (!idle) this.#idle.set(key, (idle = []));
    if (idle.length >= maximum) {
      this.#effects.destroy(connection.slot);
      return;
    }
    connection.client = undefined;
    idle.push(connection);
    this.#deadlines.set(connection, until);
  }

  /** Forgets a connection that ended or is to be ended. */
  remove(connection: TargetConnection): void {
    this.#deadlines.remove(connection);
    const idle = this.#idle.get(connection.destination.key);
    if (!idle) return;
    const index = idle.indexOf(connection);
    if (index >= 0) idle.splice(index, 1);
    if (idle.length === 0) this.#idle.delete(connection.destination.key);
  }

  /** Ends the idle connections to destinations that are no longer wanted. */
  retain(isWanted: (key: string) => boolean): void {
    for (const [key, idle] of this.#idle) {
      if (isWanted(key)) continue;
      for (const connection of idle) {
        this.#deadlines.remove(connection);
        this.#effects.destroy(connection.slot);
      }
      this.#idle.delete(key);
    }
  }
}
