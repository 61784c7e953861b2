// Time-outs and limits of the relay, with their defaults. All can be given; tests give small ones.

/** Milliseconds that a connection may take. */
export interface RelayTimeouts {
  /** From the first octet of a request's head to its last, however steadily it drips. */
  readonly headMs: number;
  /** Between two requests on a client's connection, and before the first one. */
  readonly idleMs: number;
  /** Between two pieces of a request's content. */
  readonly bodyMs: number;
  /** To open a connection to a target. */
  readonly connectMs: number;
  /** For a decision that has to be asked for, such as the resolver's answer. */
  readonly decideMs: number;
  /** From the request to the response's head, and between two pieces of the response. */
  readonly responseMs: number;
  /** For a peer that does not read what is written to it. */
  readonly stallMs: number;
  /** Without any octet in a tunnel, such as a WebSocket. */
  readonly tunnelMs: number;
  /** That an idle connection to a target is kept: less than the 5 s after which Node's servers close theirs. */
  readonly upstreamIdleMs: number;
  /** For a client to close its side after the last answer. @see RFC 9112 section 9.6 */
  readonly lingerMs: number;
}

/** The time-outs where none are given. */
export const defaultTimeouts: RelayTimeouts = {
  headMs: 20_000,
  idleMs: 75_000,
  bodyMs: 30_000,
  connectMs: 5000,
  decideMs: 15_000,
  responseMs: 60_000,
  stallMs: 60_000,
  tunnelMs: 3_600_000,
  upstreamIdleMs: 4000,
  lingerMs: 30_000,
};

/** The most that the relay holds at once. */
export interface RelayLimits {
  /** Connections of clients. One more is told 503 and closed. */
  readonly clientConnections: number;
  /** Idle connections to one target. */
  readonly idlePerTarget: number;
  /** Octets that a client may have sent ahead before it is no longer read from. */
  readonly pendingOctets: number;
  /** Informational responses (1xx) to one request. */
  readonly informationalResponses: number;
  /** How often a request may have passed this relay before: more is a loop. */
  readonly passages: number;
}

/** The limits where none are given. */
export const defaultLimits: RelayLimits = {
  clientConnections: 10_000,
  idlePerTarget: 64,
  pendingOctets: 65_536,
  informationalResponses: 32,
  passages: 4,
};
