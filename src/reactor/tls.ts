// TLS at a listener: what a driver asks its host for, connection by connection. The port speaks of names, PEM, DER and policies, so that
// every driver can serve it, whatever library does its cryptography. Server side only (RFC 8446 and, for TLS 1.2, RFC 5246).
//
// A driver reads the ClientHello first and asks `choose`; what it is given holds for that connection only. So a certificate
// that is swapped is there for the next handshake, and connections that are open live on.
//
// What an engine sees of TLS is nothing: octets, ends and resets. `end` sends close_notify; `destroy` resets without one, so that the client
// sees a response that was cut off (RFC 8446 section 6.1). `ended` is told for a client's close_notify, and for an end of its TCP
// connection without one alike (RFC 9112 section 9.8 has servers be ready for that). So an engine must never take `ended` for the end of a
// message: in HTTP no request has its length from it, and a tunnel's protocols have lengths of their own.

import type { TlsPolicy } from "#contract";
import type { Endpoint, Now } from "#engine";

/** What a client asks for before anything is encrypted. */
export interface TlsHello {
  /** Where it connected to; reused after the call. */
  readonly local: Endpoint;
  /** The server name as it was sent, ASCII (RFC 6066 section 3); absent where it sent none. */
  readonly serverName: string | undefined;
}

/** A certificate with its key. */
export interface TlsCertificate {
  /** Stands for chain and key: where they are others, so is this. Drivers keep what they make of them under it. */
  readonly version: string;
  /** PEM, the leaf first. */
  readonly chain: string;
  /** The private key: PKCS #8, DER. */
  readonly key: Uint8Array;
}

/** What one connection is served with. */
export interface TlsChoice {
  readonly certificate: TlsCertificate;
  readonly policy: TlsPolicy;
  /** The oldest version that is spoken; TLS 1.2 where absent. */
  readonly oldest?: "TLSv1.3";
  /** PEM of the authorities that clients have to show a certificate of; absent: they show none (RFC 8446 section 4.3.2). */
  readonly clientAuthorities?: string;
  /** ALPN protocols, the preferred first; a client that offers others only gets no_application_protocol. @see RFC 7301 section 3.2 */
  readonly protocols: readonly string[];
  /** A session is resumed within its scope and policy only, whatever certificate it began with. */
  readonly scope: string;
}

/** The key that session tickets are sealed with. Who has it can read what was resumed with TLS 1.2: it is never kept on disk. */
export interface TicketKey {
  /** Stands for the octets. */
  readonly version: number;
  /** 48 octets by chance. */
  readonly octets: Uint8Array;
}

/** How a handshake ended, for counters. */
export type HandshakeOutcome =
  | { readonly kind: "finished"; readonly protocol: string; readonly isResumed: boolean }
  /** `choose` had nothing for it. */
  | { readonly kind: "unrecognized-name" }
  /** No ALPN protocol in common. */
  | { readonly kind: "no-protocol" }
  /** No ClientHello, or one that is malformed. */
  | { readonly kind: "malformed" }
  /** It took too long. */
  | { readonly kind: "timeout" }
  /** There were too many at once, and it was the oldest. */
  | { readonly kind: "evicted" }
  /** The client broke it off, or there was no version or cipher in common. */
  | { readonly kind: "failed" };

/** The ways in which a handshake ends, for whoever counts each. */
export const handshakeOutcomes: readonly HandshakeOutcome["kind"][] = [
  "finished",
  "unrecognized-name",
  "no-protocol",
  "malformed",
  "timeout",
  "evicted",
  "failed",
];

/** For whom a handshake was, as far as it came. */
export interface HandshakePlace {
  /** Of what `choose` gave. */
  readonly scope: string | undefined;
  /** Where it came to, while there is no scope; valid during the call. Absent where the connection is gone already. */
  readonly local: Endpoint | undefined;
}

/** What the connections of a listener are served with. One object may serve many listeners; the limits are for all of them together. */
export interface TlsServer {
  /** Finds what a connection is served with; undefined refuses it with unrecognized_name. */
  choose(hello: TlsHello, now: Now): TlsChoice | undefined;
  /** The key of session tickets now. Where it is another than before, no session from before is resumed. */
  ticketKey(now: Now): TicketKey;
  /** Told of each handshake's end. */
  ended?(outcome: HandshakeOutcome, whose: HandshakePlace): void;
  readonly limits?: Partial<TlsLimits>;
}

/** Bounds of handshakes. */
export interface TlsLimits {
  /** Milliseconds from the accepted connection to the end of the handshake. */
  readonly handshakeMs: number;
  /** Handshakes under way; one more ends the oldest, because a client that means it is done in less time. */
  readonly handshakes: number;
  /** Seconds that a session may be resumed. */
  readonly sessionSeconds: number;
}

/** The bounds where none are given. Ten seconds hold a handshake of three round trips with two losses. */
export const defaultTlsLimits: TlsLimits = { handshakeMs: 10_000, handshakes: 4096, sessionSeconds: 7200 };

/** Alerts that drivers send by themselves. @see RFC 8446 section 6 */
export const TlsAlert = {
  unexpectedMessage: 10,
  recordOverflow: 22,
  illegalParameter: 47,
  decodeError: 50,
  internalError: 80,
  unrecognizedName: 112,
  noApplicationProtocol: 120,
} as const;

/** A fatal alert in the clear, as it is sent before any key is agreed on. @see RFC 8446 section 5.1 */
export function alertRecord(description: number): Uint8Array {
  return Uint8Array.of(21, 3, 3, 0, 2, 2, description);
}
