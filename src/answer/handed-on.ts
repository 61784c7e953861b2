// Datagrams that the answer engine does not answer itself: they are handed on (transactions.ts), and their answers are sent later, from the
// address that was asked. Not a hot path.

import { copyEndpoint, type Endpoint, formatEndpoint, type Now } from "#engine";
import type { ResponseSink, TransactionRequest, Transactions } from "./transactions.ts";

/** Datagrams that are handed on and not answered yet, at most; others are dropped. Their senders ask again. */
const maxHandedOn = 64;
/** After so many milliseconds one counts as answered: longer than whoever has it takes. */
const handedOnMs = 12_000;

/** See the head of this file. */
export class HandedOnDatagrams {
  /** How datagrams are sent later, by the local endpoint in text; on all addresses of a port, by the port. */
  readonly #senders = new Map<string, (to: Endpoint, octets: Uint8Array) => void>();
  /** When each of them counts as answered, in monotonic milliseconds. */
  readonly #until = new Map<number, number>();
  #nextId = 0;

  /** Tells how datagrams are sent from a local endpoint. */
  attached(at: Endpoint, send: (to: Endpoint, octets: Uint8Array) => void): void {
    this.#senders.set(formatEndpoint(at), send);
    this.#senders.set(String(at.port), send);
  }

  /**
   * Hands a datagram on.
   * @param octets  a copy of it
   * @returns false where there is no room for it, or no way to answer it
   */
  take(
    octets: Uint8Array,
    from: Endpoint,
    to: Endpoint,
    group: string,
    transactions: Transactions,
    now: Now,
  ): boolean {
    const send = this.#senders.get(formatEndpoint(to)) ?? this.#senders.get(String(to.port));
    for (const [id, until] of this.#until) if (until <= now.monotonic) this.#until.delete(id);
    if (send === undefined || this.#until.size >= maxHandedOn) return false;
    const id = this.#nextId++;
    this.#until.set(id, now.monotonic + handedOnMs);
    const request: TransactionRequest = {
      octets,
      from: copyEndpoint(from),
      to: copyEndpoint(to),
      transport: "udp",
      group,
    };
    const sink: ResponseSink = {
      send: (message) => {
        if (!this.#until.delete(id)) return false; // one datagram is answered by one
        send(request.from, message);
        return false;
      },
      end: () => void this.#until.delete(id),
      abort: () => void this.#until.delete(id),
    };
    transactions.begin(request, sink, now);
    return true;
  }
}
