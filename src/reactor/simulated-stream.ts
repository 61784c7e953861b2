// One end of a simulated stream: handshake, segments in seeded sizes, a window, retransmission, half-close and reset,
// after TCP (RFC 9293) as far as an engine can tell. Acknowledgements carry no sequence numbers and are not logged;
// there is no congestion control, no TIME_WAIT and no keep-alive: a peer that vanished silently is noticed by sending.

import type { Endpoint, IoFailure } from "#engine";
import type { Fate, Packet, SimulatedCore, Station } from "./simulated-core.ts";

/** What an end tells its engine. Each call comes from an event of its own, never from within an effect. */
export interface StreamOwner {
  connected(end: StreamEnd): void;
  /** The handshake is through on the accepting side. False where the connection is not wanted any more. */
  accepted(end: StreamEnd): boolean;
  received(end: StreamEnd, octets: Uint8Array): void;
  drained(end: StreamEnd): void;
  ended(end: StreamEnd): void;
  closed(end: StreamEnd, failure: IoFailure | undefined): void;
}

/** The accepting side's part: makes the other end for a connection that comes in, or tells that nothing listens. */
export interface StreamStation extends Station {
  acceptStream(to: Endpoint, from: Endpoint): StreamEnd | undefined;
}

interface Segment {
  /** 0, 1, 2 … per direction; -1 for a probe, which carries nothing. */
  readonly sequence: number;
  readonly kind: "ack" | "data" | "fin" | "probe";
  readonly octets: Uint8Array;
}

/** RFC 6298 section 2: one second before the first measurement, so for the handshake. */
const handshakeTimeoutMs = 1000;
/** What common systems take as the least retransmission time-out. */
const retransmissionTimeoutMs = 200;
/** Time-outs double; the seventh attempt of a handshake (after 63 s) is the last. */
const handshakeAttempts = 7;
/** The ninth attempt of a segment comes after 51 s and is the last. */
const segmentAttempts = 9;
/** 1500 octets of Ethernet less the headers of IPv4 and TCP. */
const maximumSegment = 1460;

const nothing = new Uint8Array(0);

/** Buffer sizes in octets. */
export interface StreamLimits {
  /** Sent and not yet taken by the peer's engine, at most. */
  readonly window: number;
  /** Written and not yet sent: from here on `write` gives false. */
  readonly highWater: number;
}

/** One end of a stream. */
export class StreamEnd {
  /** The engine's number for it; -1 until the accepting side has one. */
  slot = -1;
  /** The engine dropped it, it failed, or its host is gone: what still arrives is answered with a reset. */
  isGone = false;
  /** `closed` is due or was called: no other event follows. */
  isClosing = false;
  peer: StreamEnd | undefined;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly #core: SimulatedCore<StreamStation>;
  readonly #station: StreamStation;
  readonly #owner: StreamOwner;
  readonly #limits: StreamLimits;

  #isOpen = false;
  readonly #queue: Uint8Array[] = [];
  #queued = 0;
  #inFlight = 0;
  #nextSequence = 0;
  #wantsDrain = false;
  #isEnding = false;
  #isFinSent = false;
  #isPumpDue = false;

  #expected = 0;
  readonly #held = new Map<number, Segment>();
  readonly #inbox: Segment[] = [];
  #isPaused = false;
  #isDelivering = false;
  #isEnded = false;

  constructor(
    core: SimulatedCore<StreamStation>,
    station: StreamStation,
    owner: StreamOwner,
    local: Endpoint,
    remote: Endpoint,
    limits: StreamLimits,
  ) {
    this.#core = core;
    this.#station = station;
    this.#owner = owner;
    this.local = local;
    this.remote = remote;
    this.#limits = limits;
  }

  /** Sends the first packet of the handshake. */
  connect(attempt = 1): void {
    if (this.isGone) return;
    this.#send(
      "syn",
      nothing,
      (station, packet) => {
        if (this.isGone || this.#isOpen) return "delivered"; // a late copy: the connection is open or given up
        this.peer ??= station.acceptStream(packet.to, packet.from);
        if (!this.peer) {
          const to = packet.from;
          const rst = { transport: "tcp", kind: "rst", from: packet.to, to, octets: nothing } as const;
          this.#core.send(station, rst, () => this.#arriveReset("refused"));
          return "no-port";
        }
        this.peer.#answer(this);
        return "delivered";
      },
      (sentAt) =>
        this.#again(sentAt, attempt, handshakeAttempts, handshakeTimeoutMs, () => this.connect(attempt + 1)),
    );
  }

  /** Sends the second packet of the handshake. */
  #answer(client: StreamEnd, attempt = 1): void {
    if (this.isGone) return;
    this.peer = client;
    this.#send(
      "syn-ack",
      nothing,
      () => {
        if (client.isGone) {
          client.#reset();
          return "no-port";
        }
        if (!client.#isOpen) {
          client.#isOpen = true;
          client.#transmit("ack", nothing);
          client.#owner.connected(client);
          client.#pump();
        }
        return "delivered";
      },
      (sentAt) =>
        this.#again(sentAt, attempt, handshakeAttempts, handshakeTimeoutMs, () =>
          this.#answer(client, attempt + 1),
        ),
    );
  }

  write(octets: Uint8Array): boolean {
    if (this.#isEnding || this.isClosing) return false;
    if (octets.length > 0) this.#queue.push(octets.slice());
    this.#queued += octets.length;
    this.#schedulePump();
    if (this.#queued < this.#limits.highWater) return true;
    this.#wantsDrain = true;
    return false;
  }

  end(): void {
    if (this.#isEnding || this.isClosing) return;
    this.#isEnding = true;
    this.#wantsDrain = false;
    this.#schedulePump();
  }

  /** Drops the connection; `failure` is what the own engine is told. */
  destroy(failure?: IoFailure): void {
    if (this.isClosing) return;
    this.isGone = true;
    if (this.#isOpen) this.#reset();
    this.#close(failure);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#core.schedule(this.#core.time, () => this.#deliver());
  }

  /** The host lost power: no word to anybody. The peer notices by what it has under way. */
  vanish(): void {
    this.isGone = true;
    this.isClosing = true;
    if (this.peer) this.peer.#probe();
  }

  /** The process died: its system resets the connection. */
  abandon(): void {
    if (this.isGone) return;
    this.isGone = true;
    this.isClosing = true;
    if (this.peer) this.#reset();
  }

  #schedulePump(): void {
    if (this.#isPumpDue || !this.#isOpen) return;
    this.#isPumpDue = true;
    // After the turn: writes of one turn are joined and split anew.
    this.#core.schedule(this.#core.time, () => {
      this.#isPumpDue = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (!this.#isOpen || this.isGone || this.#isFinSent) return;
    while (this.#queued > 0 && this.#inFlight < this.#limits.window) {
      const octets = this.#takeQueued(Math.min(this.#segmentSize(), this.#limits.window - this.#inFlight));
      this.#inFlight += octets.length;
      this.#transmit("data", octets);
    }
    if (this.#queued > 0) return;
    if (this.#isEnding) {
      this.#isFinSent = true;
      this.#transmit("fin", nothing);
      this.#closeIfDone();
    } else if (this.#wantsDrain) {
      this.#wantsDrain = false;
      this.#owner.drained(this);
    }
  }

  /** One segment in four is tiny and one of any size, so that no engine counts on message borders. */
  #segmentSize(): number {
    const choice = this.#core.random.integer(4);
    if (choice === 0) return 1 + this.#core.random.integer(16);
    return choice === 1 ? 1 + this.#core.random.integer(maximumSegment) : maximumSegment;
  }

  #takeQueued(size: number): Uint8Array {
    const taken = new Uint8Array(Math.min(size, this.#queued));
    let filled = 0;
    while (filled < taken.length) {
      const first = this.#queue[0];
      if (!first) break;
      const part = first.subarray(0, taken.length - filled);
      taken.set(part, filled);
      filled += part.length;
      if (part.length === first.length) this.#queue.shift();
      else this.#queue[0] = first.subarray(part.length);
    }
    this.#queued -= taken.length;
    return taken;
  }

  #transmit(kind: Segment["kind"], octets: Uint8Array): void {
    this.#sendSegment({ kind, octets, sequence: kind === "probe" ? -1 : this.#nextSequence++ }, 1);
  }

  #sendSegment(segment: Segment, attempt: number): void {
    const peer = this.peer;
    if (!peer || this.isGone) return;
    this.#send(
      segment.kind,
      segment.octets,
      () => peer.#arrive(segment),
      (sentAt) =>
        this.#again(sentAt, attempt, segmentAttempts, retransmissionTimeoutMs, () =>
          this.#sendSegment(segment, attempt + 1),
        ),
    );
  }

  /** Tries again after a time-out that doubles, or gives the connection up. */
  #again(sentAt: number, attempt: number, attempts: number, timeoutMs: number, retry: () => void): void {
    this.#core.schedule(sentAt + timeoutMs * 2 ** (attempt - 1), () => {
      if (this.isGone) return;
      if (attempt < attempts) return retry();
      this.isGone = true;
      this.#close("timeout");
    });
  }

  /** Asks a silent peer whether it is still there, where octets wait for it. */
  #probe(): void {
    if (this.#inFlight === 0) return;
    this.#core.schedule(this.#core.time + retransmissionTimeoutMs, () => {
      if (!this.isGone) this.#transmit("probe", nothing);
    });
  }

  #send(
    kind: Packet["kind"],
    octets: Uint8Array,
    arrive: (station: StreamStation, packet: Packet) => Fate,
    lost?: (sentAt: number) => void,
  ): void {
    const packet = { transport: "tcp", kind, from: this.local, to: this.remote, octets } as const;
    this.#core.send(this.#station, packet, arrive, lost);
  }

  #reset(): void {
    const peer = this.peer;
    if (!peer) return;
    this.#send(
      "rst",
      nothing,
      () => peer.#arriveReset("reset"),
      () => peer.#probe(),
    );
  }

  #arriveReset(failure: IoFailure): Fate {
    this.isGone = true;
    this.#close(failure);
    return "delivered";
  }

  #arrive(segment: Segment): Fate {
    if (this.isGone) {
      this.#reset();
      return "no-port";
    }
    if (segment.sequence < this.#expected) return "delivered"; // a probe, or a copy of what has arrived
    this.#held.set(segment.sequence, segment);
    for (let next = this.#held.get(this.#expected); next; next = this.#held.get(this.#expected)) {
      this.#held.delete(this.#expected++);
      if (next.kind === "ack") this.#accept();
      else this.#inbox.push(next);
    }
    this.#deliver();
    return "delivered";
  }

  #accept(): void {
    this.#isOpen = true;
    if (this.#owner.accepted(this)) return;
    this.isGone = true;
    this.isClosing = true;
    this.#reset();
  }

  /** Hands over what has arrived in order, as long as the engine reads. */
  #deliver(): void {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    while (!this.#isPaused && !this.isClosing) {
      const segment = this.#inbox.shift();
      if (!segment) break;
      if (segment.kind === "data") {
        this.#acknowledge(segment, 1);
        this.#owner.received(this, segment.octets);
      } else {
        this.#isEnded = true;
        this.#owner.ended(this);
        this.#closeIfDone();
      }
    }
    this.#isDelivering = false;
  }

  /** Opens the peer's window again by what the engine is about to take. */
  #acknowledge(segment: Segment, attempt: number): void {
    const peer = this.peer;
    if (!peer) return;
    const link = this.#core.linkBetween(this.#station, peer.#station);
    this.#core.schedule(this.#core.time + this.#core.delay(link), () => {
      if (peer.isGone) return;
      if (!this.#core.isReachable(this.#station, peer.#station)) {
        peer.#again(this.#core.time, attempt, segmentAttempts, retransmissionTimeoutMs, () =>
          this.#acknowledge(segment, attempt + 1),
        );
        return;
      }
      peer.#inFlight -= segment.octets.length;
      peer.#pump();
    });
  }

  #closeIfDone(): void {
    if (this.#isEnded && this.#isFinSent) this.#close(undefined);
  }

  #close(failure: IoFailure | undefined): void {
    if (this.isClosing) return;
    this.isClosing = true;
    this.#core.schedule(this.#core.time, () => this.#owner.closed(this, failure));
  }
}
