// What a trace's visitor tells of a TLS handshake: version and cipher, the chain that was presented, and whether a browser that trusts the
// platform's authority would go on.

import {
  checkServerIdentity,
  createSecureContext,
  rootCertificates,
  type DetailedPeerCertificate,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import type { CertificateDetail } from "#contract";
import type { VisitorHandshake } from "#control";

/** Certificates of a chain that are shown. */
const maxChainLength = 6;

let trusted: { readonly own: string; readonly context: SecureContext } | undefined;

/** The authorities that a visitor trusts. To read some hundred certificates takes longer than most visits: they are read once. */
export function trustedAuthorities(own: readonly string[]): SecureContext {
  const text = own.join("\n");
  if (trusted?.own !== text)
    trusted = { own: text, context: createSecureContext({ ca: [...rootCertificates, ...own] }) };
  return trusted.context;
}

/** Describes a handshake that is over. @param host  the name that was asked for */
export function describeHandshake(socket: TLSSocket, host: string): Omit<VisitorHandshake, "tookMs"> {
  const certificate = socket.getPeerCertificate(true);
  const { name: cipher } = socket.getCipher();
  const version = socket.getProtocol() ?? "no version";
  const reason = reasonAgainst(socket, certificate, host);
  return {
    outcome: reason === undefined ? `${version}, trusted` : `${version}, not trusted: ${reason}`,
    answer: [cipher, ...chainOf(certificate).map(lineOf)],
    isFailure: reason !== undefined,
    detail: {
      version,
      cipher,
      serverName: host,
      isTrusted: reason === undefined,
      ...(reason === undefined ? {} : { reason }),
      chain: chainOf(certificate),
    },
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

/** The certificates as they were presented, the server's own first. */
function chainOf(first: DetailedPeerCertificate): CertificateDetail[] {
  const chain: CertificateDetail[] = [];
  let certificate: DetailedPeerCertificate | undefined = first;
  while (certificate && chain.length < maxChainLength) {
    const shown: DetailedPeerCertificate = certificate;
    const issuer: DetailedPeerCertificate | undefined = shown.issuerCertificate;
    if (shown.subject === undefined) break; // none was presented
    chain.push({
      subject: nameOf(shown.subject),
      issuer: nameOf(shown.issuer),
      notBefore: new Date(shown.valid_from).toISOString(),
      notAfter: new Date(shown.valid_to).toISOString(),
      names: (shown.subjectaltname ?? "")
        .split(", ")
        .flatMap((name) => (name === "" ? [] : [name.replace(/^(?:DNS|IP Address):/, "")])),
      serial: shown.serialNumber,
      key:
        shown.asn1Curve === undefined ? `RSA ${shown.bits ?? 0}` : `EC ${shown.nistCurve ?? shown.asn1Curve}`,
      fingerprint: shown.fingerprint256,
    });
    certificate = issuer === certificate ? undefined : issuer;
  }
  return chain;
}

function lineOf({ names, subject, notAfter }: CertificateDetail): string {
  return `${names.length === 0 ? subject : names.join(", ")}, until ${notAfter.slice(0, 10)}`;
}

/** The common name where there is one, else all that there is. */
function nameOf(name: DetailedPeerCertificate["subject"] | undefined): string {
  if (!name) return "";
  const { CN: common } = name;
  if (common !== undefined) return [common].flat().join(", ");
  return Object.entries(name)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(", ");
}
