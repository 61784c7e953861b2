// The port between protocol engines and the drivers that run them (src/reactor).
//
// An engine is a synchronous machine: it is called with an event and the time, and it acts through `Effects`.
// It never waits, opens no socket and keeps no octets that it did not copy. The same engine object runs on
// every driver. There are two kinds:
//
// - `DatagramEngine`: one datagram in, at most one out, nothing else. The shape of an authoritative server,
//   and a hot path (bench/answer.ts): nothing is allocated per packet.
// - `Engine`: everything else (connections, outgoing queries, timers).

import type { Now } from "./clock.ts";
import type { Endpoint } from "./endpoint.ts";

/** An engine that answers each datagram at once, or not at all. */
export interface DatagramEngine {
  /**
   * Answers one datagram.
   *
   * @param input  a buffer of the driver's; the datagram is its first `length` octets, valid during the call
   * @param length  octets in the datagram, 0 to 65535
   * @param from  who sent it
   * @param to  the local address and port it was sent to
   * @param output  where the answer is written, from offset `at` on, up to the buffer's end
   * @returns octets to send, 0 to send nothing
   */
  handle(
    input: Uint8Array,
    length: number,
    from: Endpoint,
    to: Endpoint,
    output: Uint8Array,
    at: number,
    now: Now,
  ): number;

  /**
   * Told of each listener that it is put on, before any datagram. An answer that takes time can be sent from there later; on a listener on
   * all addresses it leaves from where the routes say.
   *
   * @param at  the listener's address and port; kept by the engine
   * @param send  sends a datagram; without effect once the listener is closed
   */
  attached?(at: Endpoint, send: (to: Endpoint, octets: Uint8Array) => void): void;

  /** Whether the driver is to measure how long datagrams take; looked at for each batch. Absent: it does not. */
  readonly isTimed?: boolean;
  /** Told, where it is timed, how long datagrams took that came together: from when the system gave them until it had their answers. */
  served?(datagrams: number, tookMs: number): void;
}

/** The transports that listeners have and messages come by. */
export type Transport = "udp" | "tcp";

/** How a message came: what is behind TLS, alone or under HTTP, nobody else reads. */
export type MessageTransport = Transport | "tls" | "https";

/**
 * TLS of a connection that is opened: TLS 1.3 only, and nothing is said before the server has shown who it is, by a chain and a name or by
 * its key (RFC 8310 sections 5 and 8.1), unless its members say otherwise.
 */
export interface TlsClient {
  /** The name that is asked for (RFC 6066 section 3), and that the server's certificate has to have; absent: its address, and none is asked for. */
  readonly serverName?: string;
  /** PEM of the authorities that are trusted; absent: those that the system's library trusts. What cannot be read of it vouches for nobody. */
  readonly authorities?: string;
  /** True where the authorities that the system and its library trust are trusted beside `authorities`. */
  readonly hasUsualAuthorities?: boolean;
  /** True where nothing of the certificate is looked at: for who wants to know whether somebody answers, and has nothing to hide. */
  readonly canBeAnyone?: boolean;
  /** The oldest version that is spoken; TLS 1.3 where absent. */
  readonly oldest?: "TLSv1.2";
  /** SHA-256 of public keys, base64: a server with one of them is who it says, whoever signed it (RFC 8310 section 8.2). */
  readonly pins?: readonly string[];
  /** ALPN protocols that are offered. */
  readonly protocols: readonly string[];
  /** What is shown to servers that want to know who asks: PEM, the leaf first, and the private key in PKCS #8, DER. */
  readonly certificate?: { readonly chain: string; readonly key: Uint8Array };
}

/**
 * Why a connection or an outgoing datagram socket came to its end without being asked to. Of servers that show who they are: `expired` is a
 * certificate out of its time, `misnamed` one of other names, `untrusted` all else; `no-tls` is a handshake that came to nothing.
 */
export type IoFailure =
  | "refused"
  | "reset"
  | "unreachable"
  | "timeout"
  | "no-resources"
  | "untrusted"
  | "expired"
  | "misnamed"
  | "no-tls";

/** What an engine may ask of its driver. All calls return at once. */
export interface Effects {
  /**
   * Sends a datagram.
   *
   * @param socket  a listener's id as `datagram` reported it, or what `openDatagram` gave
   * @param to  the receiver; on a socket of `openDatagram` it must be the endpoint it was opened to
   * @param octets  copied by the driver before the call returns
   */
  send(socket: number, to: Endpoint, octets: Uint8Array): void;

  /**
   * Opens a datagram socket on an unpredictable port of its own (RFC 5452 section 9.2), connected to `to`.
   * Datagrams from there arrive at `datagram` with the returned id; others are dropped by the driver.
   * @param from  the local address (16 octets) that it has; absent: as the routes say. With one that is not this machine's the socket fails.
   */
  openDatagram(to: Endpoint, from?: Uint8Array): number;

  /** Closes a socket of `openDatagram`. Nothing arrives from it any more. Its id may be used again. */
  closeDatagram(socket: number): void;

  /**
   * Opens a connection. `connected` or `closed` follows, never during this call.
   * @param from  as for `openDatagram`
   * @param tls  absent: the connection is plain. `connected` comes once the server is trusted; `closed` with `untrusted` or its like where it is
   * not. Simulated hosts carry the octets in the clear. Throws an Error where the certificate to show cannot be read.
   * @returns the slot: a small whole number, used again after `closed`
   */
  connect(to: Endpoint, from?: Uint8Array, tls?: TlsClient): number;

  /**
   * Writes octets to a connection, in order, copied before the call returns.
   * @returns true where the driver wants more; false where the engine should wait for `drained`. The octets are taken
   * either way, except on a slot that is ended, destroyed or dead: those are dropped, and no `drained` follows.
   */
  write(slot: number, octets: Uint8Array): boolean;

  /** Ends the sending direction once all that was written is sent. The other direction stays open. */
  end(slot: number): void;

  /**
   * Drops a connection at once, with what was not sent yet: the peer sees a reset, so that it cannot take half a
   * message for a whole one. `closed` follows, never during this call, and nothing else before it.
   */
  destroy(slot: number): void;

  /** Stops reading from a connection (backpressure) until `resume`: neither `received` nor `ended` comes meanwhile. */
  pause(slot: number): void;
  /** Reads again after `pause`. */
  resume(slot: number): void;

  /**
   * Asks for `timer(id)` at the given monotonic time in milliseconds, or at the next turn where that is past.
   * @returns the timer's id: a whole number, not used again while the timer stands
   */
  setTimer(at: number): number;

  /** Takes a timer back. A timer that has fired or was taken back already is ignored. */
  clearTimer(id: number): void;
}

/**
 * An engine with connections, outgoing traffic or timers. Absent handlers mean that the event is of no interest;
 * a connection to an engine without `accepted` is dropped.
 *
 * After `closed(slot)` the slot is dead: effects on it are ignored.
 */
export interface Engine {
  /** Called once, before any event, with what the engine may do. */
  start(effects: Effects, now: Now): void;

  /**
   * A datagram arrived. `input` is valid during the call.
   * @param socket  the listener's id, or the socket's from `openDatagram`
   */
  datagram?(socket: number, input: Uint8Array, length: number, from: Endpoint, now: Now): void;

  /** An outgoing datagram socket got an error from the network (such as ICMP port unreachable). It stays open. */
  datagramFailed?(socket: number, failure: IoFailure, now: Now): void;

  /** A connection came in on a listener. */
  accepted?(slot: number, listener: number, from: Endpoint, to: Endpoint, now: Now): void;

  /** A connection of `connect` is open. */
  connected?(slot: number, now: Now): void;

  /** Octets arrived on a connection: the first `length` of `input`, valid during the call. */
  received?(slot: number, input: Uint8Array, length: number, now: Now): void;

  /** All that was written is on its way; write again. */
  drained?(slot: number, now: Now): void;

  /** The peer ended its sending direction. That proves nothing of what it had still meant to send: over TLS too, see src/reactor/tls.ts. */
  ended?(slot: number, now: Now): void;

  /** The connection is gone; `failure` is absent where both sides ended it or this engine dropped it. */
  closed?(slot: number, failure: IoFailure | undefined, now: Now): void;

  /** A timer fired. */
  timer?(id: number, now: Now): void;
}
