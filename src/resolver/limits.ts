// The bounds of the resolver's work, each with where it comes from. What an operator may change is in settings.ts.
//
// The bounds that count are those of one client query as a whole (RFC 9520 section 3.1 and the attacks NXNSAttack,
// TsuNAME and CAMP): a bound per step multiplies with the steps, so an attacker who makes steps makes work.

/**
 * Queries sent for one client query, sub-resolutions included. A name of five labels below two zones whose servers
 * have names elsewhere takes 3 walks of 4 steps; with each server of a step silent but the last, 4 tries a step: 48.
 */
export const maxQueriesPerClientQuery = 64;

/** Look-ups of name-server addresses begun for one client query (NXNSAttack: the fan-out an attacker's NS set gets). */
export const maxSubResolutionsPerClientQuery = 16;

/** Look-ups of name-server addresses for one delegation: more glueless names than this are not looked at. */
export const maxAddressLookupsPerDelegation = 6;

/** How deep look-ups of name-server addresses may hang on each other: zone, its servers' zone, that one's, one more. */
export const maxSubResolutionDepth = 4;

/** CNAME and DNAME steps for one client query: two content networks in a row take 6 to 8; BIND stops at 16. */
export const maxAliasSteps = 16;

/** Name servers kept of one delegation: the root and the largest TLDs have 13. */
export const maxServersPerDelegation = 16;

/** Addresses kept of one name server. */
export const maxAddressesPerServer = 8;

/** Tries of one server for one step of a walk: the first, and two more in case a packet was lost. */
export const maxTriesPerServer = 3;
/** Tries before the parent is asked whether the zone has other servers by now, where its word is from the cache. */
export const maxTriesBeforeParent = 2;

/** Milliseconds until a client gets SERVFAIL, whatever is under way. Stub resolvers ask again after 5 s, and once more. */
export const clientDeadlineMs = 8_000;

/** Milliseconds a server that was never heard of is given: a query around the world and back takes 300. */
export const initialTimeoutMs = 400;
/** The least and the most a server is given at any try. The most leaves time for others before the deadline. */
export const minTimeoutMs = 50;
export const maxTimeoutMs = 1_500;
/**
 * The least at a second and at later tries. A server known to be near is soon left for another; when all are silent,
 * patience is worth more than haste: a process that was killed is back within seconds.
 */
export const minSecondTimeoutMs = 400;
export const minLaterTimeoutMs = 1_200;
/** Milliseconds a TCP exchange is given: connection, query and up to 64 KiB of answer. */
export const tcpTimeoutMs = 2_500;

/** Milliseconds a forwarder is given, whose answer may take a resolution, and tries of each. */
export const forwardTimeoutMs = 2_000;
export const maxTriesPerForwarder = 2;

/** Datagrams with a wrong id or question taken on one socket before the query goes over TCP (RFC 5452 section 9.3). */
export const maxMismatches = 8;

/** Labels a minimised walk uncovers one at a time, and steps in all (RFC 9156 section 2.3: 4 and 10). */
export const minimiseOneLabel = 4;
export const maxMinimiseSteps = 10;

/** Seconds a failed resolution is remembered: 1 at least, growing to 30 (RFC 9520 section 3.2: 1 to 300). */
export const minFailureSeconds = 1;
export const maxFailureSeconds = 30;

/** Milliseconds a server is passed over for a zone it turned out not to serve. */
export const lameMs = 60_000;
/** Milliseconds a server is asked without EDNS after it did not understand it. */
export const withoutEdnsMs = 600_000;
/** Milliseconds the root hints stand in for a priming query that failed (RFC 9609). */
export const unprimedMs = 30_000;

/** Servers whose round-trip times are remembered. */
export const maxKnownServers = 20_000;
/** Octets of delegations remembered, about: 20,000 of the usual four servers with an address each. */
export const maxDelegationOctets: number = 32 * 1024 * 1024;

/** Resolutions under way, sub-resolutions included: each holds a socket at most, and a process about 1000 of those. */
export const maxResolutions = 900;
/** Clients that wait for one resolution: more ask again. */
export const maxWaitersPerResolution = 500;

/** Connections of clients at once. */
export const maxClientConnections = 256;
/** Connections of one client's address at once: others find a place whatever it does (RFC 7766 section 6.2.2). */
export const maxConnectionsPerClient = 100;
/** Queries under way on one connection; reading stops at that (RFC 7766 section 6.2.1.1 asks for many). */
export const maxQueriesPerConnection = 64;
/** Milliseconds a connection may be idle, or take for one query's octets (RFC 7766 section 6.2.3: a few seconds). */
export const idleConnectionMs = 10_000;

/** Zone cuts, and names that are none, whose trust is remembered. */
export const maxTrusts = 20_000;
/** Milliseconds that keys are kept whatever does not verify with them: an attacker's answers do not make us ask for keys each time. */
export const minTrustAgeMs = 10_000;
/** Questions for DS and DNSKEY that one client query may cause: its queries are bounded besides, what is in the cache is not. */
export const maxTrustQuestions = 100;
/** Bogus replies taken for one name before others are not asked any more: a zone's four servers, and its parent's word once more. */
export const maxBogusReplies = 6;
