// Time-outs and limits of the relay, with their defaults. All can be given; tests give small ones.

/** Milliseconds that a connection may take. */
export interface RelayTimeouts {
  /** From the first octet of a request's head to its last, however steadily it drips. */
  readonly headMs: number;
  /** Between two requests on a client's connection, and before the first one. */
  readonly idleMs: number;
  /** Between two pieces of a request's content, and the most that `contentOctetsPerSecond` can earn. */
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
  /** Connections of clients. For one more, one that waits for a request is ended; where there is none, it is told 503. */
  readonly clientConnections: number;
  /** Connections of one client: an IPv4 address or an IPv6 /64. Loopback and trusted peers have no such bound. */
  readonly connectionsPerClient: number;
  /** Octets that all connections hold together (see HeldOctets); past it those that hold the most are ended. */
  readonly heldOctets: number;
  /** Octets of one request's content; more is 413. @see RFC 9110 section 15.5.14 */
  readonly contentOctets: number;
  /** The least rate of a request's content, once `bodyMs` are over: a drop now and then does not keep a connection. */
  readonly contentOctetsPerSecond: number;
  /** Idle connections to one target. */
  readonly idlePerTarget: number;
  /** Octets that a client may have sent ahead before it is no longer read from. */
  readonly pendingOctets: number;
  /** Informational responses (1xx) to one request. */
  readonly informationalResponses: number;
  /** How often a request may have passed this relay before: more is a loop. */
  readonly passages: number;
  /** Octets of stored responses, of all distributions together, with what each takes beside its content. */
  readonly cacheOctets: number;
  /** Octets of one stored response; larger ones are passed on and not stored. A quarter of all at most. */
  readonly cachedResponseOctets: number;
}

/** The limits where none are given. */
export const defaultLimits: RelayLimits = {
  clientConnections: 10_000,
  // A tenth of all, so that nine clients leave room for others; a hundred browsers behind one address open six each.
  connectionsPerClient: 1000,
  // A thousand of the longest heads at once, or of readers that stall on 64 KiB each.
  heldOctets: 64 * 1024 * 1024,
  // Twice what the largest delivery networks take of one object.
  contentOctets: 64 * 1024 ** 3,
  // What Apache's mod_reqtimeout asks for by default: a tenth of a 33.6 kbit/s modem's.
  contentOctetsPerSecond: 500,
  idlePerTarget: 64,
  pendingOctets: 65_536,
  informationalResponses: 32,
  passages: 4,
  cacheOctets: 256 * 1024 * 1024,
  cachedResponseOctets: 32 * 1024 * 1024,
};
