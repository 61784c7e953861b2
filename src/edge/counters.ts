// What the relay counts. Each number only grows while the engine lives, but for the one that says how many there are now.

import type { Counters } from "#contract";

/** The counters of one relay. */
export class RelayCounters {
  connections = 0;
  connectionsRefused = 0;
  /** Connections that were ended to make room for another, and those that held too much. */
  connectionsSpared = 0;
  connectionsShed = 0;
  requests = 0;
  /** Requests refused by the parser. */
  malformed = 0;
  /** Answers of the relay's own. */
  ownAnswers = 0;
  /** Final responses by the first digit of their status. */
  responses: number[] = [0, 0, 0, 0, 0, 0];
  retries = 0;
  tunnels = 0;
  targetConnections = 0;
  targetConnectionsReused = 0;
  targetFailures = 0;
  timeouts = 0;
  octetsFromClients = 0;
  octetsToClients = 0;
  /** Client connections now. */
  openConnections = 0;

  /** Counts a response by its status. */
  countResponse(status: number): void {
    const digit = Math.floor(status / 100);
    this.responses[digit] = (this.responses[digit] ?? 0) + 1;
  }

  /** The counters by name, in kebab case as everywhere in the `counters` answer of the stream. */
  read(): Counters {
    const record: Counters = {
      connections: this.connections,
      "connections-refused": this.connectionsRefused,
      "connections-open": this.openConnections,
      "connections-spared": this.connectionsSpared,
      "connections-shed": this.connectionsShed,
      requests: this.requests,
      "requests-malformed": this.malformed,
      "own-answers": this.ownAnswers,
      retries: this.retries,
      tunnels: this.tunnels,
      "target-connections": this.targetConnections,
      "target-connections-reused": this.targetConnectionsReused,
      "target-failures": this.targetFailures,
      timeouts: this.timeouts,
      "octets-from-clients": this.octetsFromClients,
      "octets-to-clients": this.octetsToClients,
    };
    for (let digit = 1; digit <= 5; digit++) {
      record[`responses{status=${digit}xx}`] = this.responses[digit] ?? 0;
    }
    return record;
  }
}
