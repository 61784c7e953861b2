// Who may have how many connections. One address counts by itself, of IPv6 all of a /64, since who has one of them has all. Where no more fit, whoever
// has most gives one up for somebody who has fewer, the oldest: a few clients that hold all there are keep nobody out.

import { formatAddress, isIpv4 } from "./endpoint.ts";

/** What becomes of a connection that comes. */
export type Admission<Connection> =
  | { readonly isAdmitted: false }
  /** `instead` is to be ended for it; absent: there was room. */
  | { readonly isAdmitted: true; readonly instead?: Connection };

/** The addresses that count as one client: the address itself, of IPv6 its first 64 bits. */
export function clientOf(address: Uint8Array): string {
  return isIpv4(address)
    ? formatAddress(address)
    : formatAddress(address.map((octet, i) => (i < 8 ? octet : 0)));
}

/** See the head of this file. */
export class ConnectionShares<Connection> {
  readonly #most: number;
  readonly #mostOfClient: number;
  /** Those of each client, in the order in which they came. */
  readonly #byClient = new Map<string, Set<Connection>>();
  readonly #clients = new Map<Connection, string>();

  constructor(most: number, mostOfClient: number) {
    this.#most = most;
    this.#mostOfClient = mostOfClient;
  }

  /** Connections there are. */
  get size(): number {
    return this.#clients.size;
  }

  /** Takes one in, or does not. @param address  16 octets */
  admit(connection: Connection, address: Uint8Array): Admission<Connection> {
    const client = clientOf(address);
    const own = this.#byClient.get(client);
    if ((own?.size ?? 0) >= this.#mostOfClient) return { isAdmitted: false };
    let instead: Connection | undefined;
    if (this.#clients.size >= this.#most) {
      instead = this.#oldestOfMost(own?.size ?? 0);
      if (instead === undefined) return { isAdmitted: false };
      this.release(instead);
    }
    this.#clients.set(connection, client);
    const held = this.#byClient.get(client);
    if (held) held.add(connection);
    else this.#byClient.set(client, new Set([connection]));
    return { isAdmitted: true, ...(instead === undefined ? {} : { instead }) };
  }

  /** One is over. */
  release(connection: Connection): void {
    const client = this.#clients.get(connection);
    if (client === undefined) return;
    this.#clients.delete(connection);
    const own = this.#byClient.get(client);
    own?.delete(connection);
    if (own?.size === 0) this.#byClient.delete(client);
  }

  /** The oldest of who has most; undefined where nobody has more than a newcomer would. */
  #oldestOfMost(own: number): Connection | undefined {
    let most: Set<Connection> | undefined;
    for (const held of this.#byClient.values()) if (held.size > (most?.size ?? own + 1)) most = held;
    return most?.values().next().value;
  }
}
