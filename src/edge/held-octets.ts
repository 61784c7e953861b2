// How many octets all connections of a relay hold together: what arrived and has no place to go yet, heads that are kept for a second try,
// trailer sections, and what the driver was given and could not send. Counted by the buffers' sizes, not by what is in them.

import type { ClientConnection, TargetConnection } from "./connections.ts";

/** The account of one relay. */
export class HeldOctets {
  /** What all connections hold. */
  total = 0;

  /** Brings a connection's part up to date. */
  count(connection: ClientConnection | TargetConnection): void {
    const held =
      connection.unsentOctets +
      connection.pending.octets.length +
      connection.body.trailerOctets.length +
      (connection.kind === "client" ? connection.out.octets.length : 0);
    this.total += held - connection.heldOctets;
    connection.heldOctets = held;
  }

  /** Takes a connection out of the account that is gone. */
  forget(connection: ClientConnection | TargetConnection): void {
    this.total -= connection.heldOctets;
    connection.heldOctets = 0;
  }
}

/** What a client's connection holds, with that to its target. */
export function heldBy(client: ClientConnection): number {
  return (
    client.heldOctets + (client.target?.heldOctets ?? 0) + (client.reader?.response.fetch?.heldOctets ?? 0)
  );
}
