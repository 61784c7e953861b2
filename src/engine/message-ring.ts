// Hot path (bench/names.ts) where it is written to: messages that an engine has answered, on their way to whoever writes them down. The ring
// lies in shared memory, with one writer (an engine's thread) and one reader (another thread, or the same one later). The
// writer never waits: what finds no room is lost, and counted.
//
// Each record lies in one piece. Its fields have fixed places, and behind them stand octets of the query and of the response.

import type { Now } from "./clock.ts";
import { copyEndpoint, type Endpoint } from "./endpoint.ts";
import type { MessageTransport } from "./port.ts";

/** Words of the header: where is written next and read next, counted on modulo 2^32, and how many were lost. */
const Head = { written: 0, read: 1, lost: 2 } as const;
const headOctets = 64;

/** Octets of a record's fields. */
const fieldsOctets = 80;
/** A length in whose place nothing stands: the rest of the buffer is empty. */
const filler = 0xffff_ffff;

/** Transports by number. */
const transports: readonly MessageTransport[] = ["udp", "tcp", "tls", "https"];

/** Octets of a query and of a response that a record has at most: the whole of all that are usual. */
const maxKeptOctets = 4096;

/** A message, and what was answered. */
export interface WatchedMessage {
  /** Number that its engine was given by the reader of the ring. */
  readonly source: number;
  readonly transport: MessageTransport;
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** Milliseconds since 1970. */
  readonly askedAt: number;
  readonly answeredAt: number;
  readonly query: Uint8Array;
  /** Its octets, or what the record has of them; empty where nothing was answered, or only its header was kept. */
  readonly response: Uint8Array;
  /** Octets that query and response had. */
  readonly queryOctets: number;
  readonly responseOctets: number;
  /** Extended, as the OPT record has it; -1 where nothing was answered. */
  readonly rcode: number;
}

/** A ring in shared memory: the views of one of its two sides. */
export class MessageRing {
  readonly buffer: SharedArrayBuffer;
  readonly #head: Int32Array;
  readonly #octets: Uint8Array;
  readonly #view: DataView;
  readonly #size: number;

  /** @param buffer  of {@link makeRing} */
  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#head = new Int32Array(buffer, 0, headOctets / 4);
    this.#octets = new Uint8Array(buffer, headOctets);
    this.#view = new DataView(buffer, headOctets);
    this.#size = this.#octets.length;
  }

  /** Messages that found no room. */
  get lost(): number {
    return Atomics.load(this.#head, Head.lost) >>> 0;
  }

  /**
   * Writes a record, or counts it as lost.
   *
   * @param response  the buffer that holds the response at `responseAt`
   * @param responseOctets  0 where nothing was answered
   * @param keptOctets  octets of the response that are kept
   * @param rcode  -1 where nothing was answered
   */
  write(
    source: number,
    transport: MessageTransport,
    from: Endpoint,
    to: Endpoint,
    askedAt: number,
    answeredAt: number,
    query: Uint8Array,
    queryAt: number,
    queryOctets: number,
    response: Uint8Array,
    responseAt: number,
    responseOctets: number,
    keptOctets: number,
    rcode: number,
  ): void {
    const ownQuery = Math.min(queryOctets, maxKeptOctets);
    const ownResponse = Math.min(responseOctets, keptOctets, maxKeptOctets);
    const length = (fieldsOctets + ownQuery + ownResponse + 7) & ~7;
    const at = this.#room(length);
    if (at < 0) {
      Atomics.add(this.#head, Head.lost, 1);
      return;
    }
    const view = this.#view;
    view.setUint32(at, length);
    view.setUint32(at + 4, source);
    view.setUint16(at + 8, transports.indexOf(transport));
    view.setInt16(at + 10, rcode);
    view.setUint16(at + 12, from.port);
    view.setUint16(at + 14, to.port);
    view.setFloat64(at + 16, askedAt);
    view.setFloat64(at + 24, answeredAt);
    view.setUint32(at + 32, queryOctets);
    view.setUint32(at + 36, responseOctets);
    view.setUint32(at + 40, ownQuery);
    view.setUint32(at + 44, ownResponse);
    const octets = this.#octets;
    copy(from.address, 0, 16, octets, at + 48);
    copy(to.address, 0, 16, octets, at + 64);
    copy(query, queryAt, ownQuery, octets, at + fieldsOctets);
    copy(response, responseAt, ownResponse, octets, at + fieldsOctets + ownQuery);
    const written = this.#head[Head.written]!;
    Atomics.store(this.#head, Head.written, (written + length) | 0);
  }

  /** Where a record of so many octets may begin; -1 where there is no room. What is left before the end of the buffer is passed over. */
  #room(length: number): number {
    const head = this.#head;
    const written = head[Head.written]!;
    const free = this.#size - ((written - Atomics.load(head, Head.read)) >>> 0);
    const at = (written >>> 0) % this.#size;
    const left = this.#size - at;
    if (length <= left) return length <= free ? at : -1;
    if (left + length > free) return -1;
    this.#view.setUint32(at, filler);
    Atomics.store(head, Head.written, (written + left) | 0);
    return 0;
  }

  /**
   * Takes records out, the oldest first.
   * @param most  how many at most
   * @returns how many there were
   */
  read(take: (message: WatchedMessage) => void, most: number): number {
    const head = this.#head;
    let count = 0;
    for (; count < most;) {
      const read = head[Head.read]!;
      if (read === Atomics.load(head, Head.written)) break;
      const at = (read >>> 0) % this.#size;
      const length = this.#view.getUint32(at);
      if (length === filler) {
        Atomics.store(head, Head.read, (read + this.#size - at) | 0);
        continue;
      }
      const message = this.#decode(at);
      Atomics.store(head, Head.read, (read + length) | 0);
      take(message);
      count++;
    }
    return count;
  }

  #decode(at: number): WatchedMessage {
    const view = this.#view;
    const octets = this.#octets;
    const ownQuery = view.getUint32(at + 40);
    const queryAt = at + fieldsOctets;
    const responseAt = queryAt + ownQuery;
    return {
      source: view.getUint32(at + 4),
      transport: transports[view.getUint16(at + 8)] ?? "udp",
      from: copyEndpoint({ address: octets.subarray(at + 48, at + 64), port: view.getUint16(at + 12) }),
      to: copyEndpoint({ address: octets.subarray(at + 64, at + 80), port: view.getUint16(at + 14) }),
      askedAt: view.getFloat64(at + 16),
      answeredAt: view.getFloat64(at + 24),
      // Out of shared memory: not every reader of octets takes that.
      query: Uint8Array.from(octets.subarray(queryAt, queryAt + ownQuery)),
      response: Uint8Array.from(octets.subarray(responseAt, responseAt + view.getUint32(at + 44))),
      queryOctets: view.getUint32(at + 32),
      responseOctets: view.getUint32(at + 36),
      rcode: view.getInt16(at + 10),
    };
  }
}

/** Makes the memory of a ring. @param octets  a power of two, 16 KiB at least */
export function makeRing(octets: number): SharedArrayBuffer {
  return new SharedArrayBuffer(headOctets + octets);
}

function copy(from: Uint8Array, at: number, length: number, to: Uint8Array, toAt: number): void {
  for (let i = 0; i < length; i++) to[toAt + i] = from[at + i]!;
}

/** Octets of a response that say how it turned out: its header. */
const responseHeadOctets = 12;

/** Which messages go into a ring. */
export interface MessageSampling {
  readonly ring: MessageRing;
  /** Number that the engine has in there. */
  readonly source: number;
  /** One message of so many. */
  readonly every: number;
  /** Messages in a second, at most; those above are counted. */
  readonly maxPerSecond: number;
  /** Responses are kept whole, not their header alone. */
  readonly isWhole: boolean;
  /** Monotonic milliseconds, at any time. */
  readonly monotonic: () => number;
}

/** Chooses the messages of one engine that go into a ring. */
export class MessageSampler {
  /** Messages that were not told because too many were in that second. */
  skipped = 0;
  readonly #sampling: MessageSampling;
  #untilNext = 1;
  /** Messages that may be told yet in the second that ends then. */
  #left = 0;
  #secondEnds = 0;

  constructor(sampling: MessageSampling) {
    this.#sampling = sampling;
  }

  /** Counts a message on. @returns whether it is one that is to be told */
  isDue(now: Now): boolean {
    if (--this.#untilNext > 0) return false;
    const { every, maxPerSecond } = this.#sampling;
    this.#untilNext = every;
    if (now.monotonic >= this.#secondEnds) {
      this.#secondEnds = now.monotonic + 1000;
      this.#left = maxPerSecond;
    }
    if (this.#left > 0) {
      this.#left--;
      return true;
    }
    this.skipped++;
    return false;
  }

  /**
   * Tells of a message that is due; the parameters are those of {@link MessageRing.write}.
   * @param askedAt  milliseconds since 1970
   * @param beganAt  the same by the monotonic clock
   */
  tell(
    transport: MessageTransport,
    from: Endpoint,
    to: Endpoint,
    askedAt: number,
    beganAt: number,
    query: Uint8Array,
    queryAt: number,
    queryOctets: number,
    response: Uint8Array,
    responseAt: number,
    responseOctets: number,
    rcode: number,
  ): void {
    const { ring, source, isWhole, monotonic } = this.#sampling;
    const kept = isWhole ? maxKeptOctets : responseHeadOctets;
    ring.write(
      source,
      transport,
      from,
      to,
      askedAt,
      askedAt + Math.max(0, monotonic() - beganAt),
      query,
      queryAt,
      queryOctets,
      response,
      responseAt,
      responseOctets,
      kept,
      responseOctets === 0 ? -1 : rcode,
    );
  }
}
