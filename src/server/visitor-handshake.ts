// What a trace's visitor tells of a TLS handshake: version and cipher, the chain that was presented, and whether a browser that trusts the
// platform's authority would go on.

import {
  checkServerIdentity,
  rootCertificates,
  type DetailedPeerCertificate,
  type TLSSocket,
} from "node:tls";
import type { VisitorHandshake } from "#control";

/** Certificates of a chain that are shown. */
const maxChainLength = 6;

/** The authorities that a visitor trusts. */
export function trustedAuthorities(own: readonly string[]): string[] {
  return [...rootCertificates, ...own];
}

/** Describes a handshake that is over. @param host  the name that was asked for */
export function describeHandshake(socket: TLSSocket, host: string): VisitorHandshake {
  const certificate = socket.getPeerCertificate(true);
  const { name: cipher } = socket.getCipher();
  const version = socket.getProtocol() ?? "no version";
  const reason = reasonAgainst(socket, certificate, host);
  return {
    outcome: reason === undefined ? `${version}, trusted` : `${version}, not trusted: ${reason}`,
    answer: [cipher, ...chainOf(certificate)],
    isFailure: reason !== undefined,
  };
}

/** Why a browser would not go on; undefined where it would. */
function reasonAgainst(
  socket: TLSSocket,
  certificate: DetailedPeerCertificate,
  host: string,
): string | undefined {
  if (!socket.authorized) {
    const error: unknown = socket.authorizationError;
    return error instanceof Error ? error.message : String(error);
  }
  return checkServerIdentity(host, certificate)?.message;
}

/** One line for each certificate, the server's own first. */
function chainOf(first: DetailedPeerCertificate): string[] {
  const lines: string[] = [];
  let certificate: DetailedPeerCertificate | undefined = first;
  while (certificate && lines.length < maxChainLength) {
    const { subject, subjectaltname, valid_to: end }: DetailedPeerCertificate = certificate;
    const issuer: DetailedPeerCertificate | undefined = certificate.issuerCertificate;
    if (subject === undefined) break; // none was presented
    const names = subjectaltname === undefined ? String(subject.CN) : subjectaltname.replaceAll("DNS:", "");
    lines.push(`${names}, until ${new Date(end).toISOString().slice(0, 10)}`);
    certificate = issuer === certificate ? undefined : issuer;
  }
  return lines;
}
