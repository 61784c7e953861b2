// Which clients a relay lets in, and who has to go for another: bounds over all connections together and over those of one client. A client
// is an IPv4 address, or the /64 that an IPv6 client is given as a whole (RFC 4291 section 2.5.4). Nothing is answered or ended here.

import { type Endpoint, isIpv4, isLoopback } from "#engine";
import type { ClientConnection } from "./connections.ts";
import type { RelayLimits } from "./settings.ts";

/** Past a bound, so much of it in further connections is told why; the rest is dropped without a word, because a word holds a connection too. */
const toldShare = 1 / 8;

/** Milliseconds for a client to read the last answer before its connection may be dropped to make room. */
const leastLingerMs = 2000;

/** What becomes of a connection that came in. */
export interface ClientAdmission {
  /** `full`: there are as many as there may be, of all clients or of this one. */
  readonly verdict: "welcome" | "full" | "full-for-client";
  /** True where there are so many more that this one is not even told. */
  readonly isUntold: boolean;
}

/** The clients of one relay. */
export class Clients {
  readonly all: Set<ClientConnection> = new Set<ClientConnection>();
  readonly #byClient = new Map<string | number, number>();
  readonly #limits: RelayLimits;
  readonly #trusts: (peer: Endpoint) => boolean;

  /** @param trusts  tells of peers that speak for many clients: no bound of a client's is theirs */
  constructor(limits: RelayLimits, trusts: (peer: Endpoint) => boolean) {
    this.#limits = limits;
    this.#trusts = trusts;
  }

  /** Takes a connection in, and says what becomes of it. */
  enter(conn: ClientConnection): ClientAdmission {
    const key = clientKey(conn.peer.address);
    const ofClient = (this.#byClient.get(key) ?? 0) + 1;
    this.#byClient.set(key, ofClient);
    this.all.add(conn);
    const { clientConnections, connectionsPerClient } = this.#limits;
    // Whoever is on this machine has other ways to it; and the visitor proxy comes from here, for all visitors.
    const isBound = !isLoopback(conn.peer.address) && !this.#trusts(conn.peer);
    if (isBound && ofClient > connectionsPerClient) {
      return { verdict: "full-for-client", isUntold: ofClient > withTold(connectionsPerClient) };
    }
    const isFull = this.all.size > clientConnections;
    return { verdict: isFull ? "full" : "welcome", isUntold: this.all.size > withTold(clientConnections) };
  }

  /** Lets a connection go. Returns whether it was there. */
  leave(conn: ClientConnection): boolean {
    if (!this.all.delete(conn)) return false;
    const key = clientKey(conn.peer.address);
    const left = (this.#byClient.get(key) ?? 1) - 1;
    if (left > 0) this.#byClient.set(key, left);
    else this.#byClient.delete(key);
    return true;
  }

  /**
   * Finds the connection that can best be spared: the oldest whose last answer is out, or that waits for its next request.
   * @param lingerMs  how long a client is given to close after its last answer
   */
  spare(newest: ClientConnection, lingerMs: number, now: number): ClientConnection | undefined {
    let idle: ClientConnection | undefined;
    for (const conn of this.all) {
      if (conn === newest || conn.isBlocked) continue;
      if (conn.phase === "linger") {
        if (conn.deadline - now <= lingerMs - leastLingerMs) return conn;
      } else if (!idle && isIdle(conn)) idle = conn;
    }
    return idle;
  }
}

/** A bound with those past it that are still told. */
export function withTold(bound: number): number {
  return bound + Math.ceil(bound * toldShare);
}

/** Tells whether a connection waits for a request of which nothing is there. */
export function isIdle(conn: ClientConnection): boolean {
  return conn.phase === "head" && !conn.hasBegunHead && conn.pending.length === 0;
}

function clientKey(address: Uint8Array): string | number {
  if (isIpv4(address)) {
    return ((address[12]! << 24) | (address[13]! << 16) | (address[14]! << 8) | address[15]!) >>> 0;
  }
  return String.fromCharCode(...address.subarray(0, 8));
}
