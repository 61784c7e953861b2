// What a stream of the node driver runs on: a TCP socket as it is, or TLS above one.

import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { connect, isIP, type Socket } from "node:net";
import {
  connect as connectTls,
  createSecureContext,
  type ConnectionOptions,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import { formatAddress, type Endpoint, type TlsClient } from "#engine";
import { usualAuthoritiesAnd } from "./usual-authorities.ts";

/** A socket of plain octets, and the TCP socket that carries them. */
export interface NodeSocket {
  /** Read from and written to. */
  readonly stream: Socket;
  /** Where that is TLS: the socket below, which alone can be reset. */
  readonly raw?: Socket;
}

/** A socket that is being opened. */
export interface OpeningSocket extends NodeSocket {
  /** The event of `stream` that says that it is open. */
  readonly openEvent: "connect" | "secureConnect" | "trusted";
}

/** Opens TCP connections, and TLS above them where it is asked for. Throws an Error where a certificate to show cannot be read. */
export function connectSocket(to: Endpoint, from?: Uint8Array, tls?: TlsClient): OpeningSocket {
  const context = tls && contextOf(tls);
  const plain = connectPlain(to, from);
  return tls && context ? secure(plain.stream, to, tls, context) : plain;
}

function contextOf(tls: TlsClient): SecureContext {
  const { authorities, certificate, canBeAnyone, hasUsualAuthorities, oldest } = tls;
  if (!certificate && (canBeAnyone === true || hasUsualAuthorities === true)) return sharedContext(tls);
  return createSecureContext({
    minVersion: oldest ?? "TLSv1.3",
    ...(authorities === undefined ? {} : { ca: authorities }),
    ...(certificate ? { cert: certificate.chain, key: pemOf(certificate.key) } : {}),
  });
}

/** Contexts that are kept: one for whoever answers, and one for each text of authorities, of which a platform has one. */
const maxContexts = 8;
const contexts = new Map<string, SecureContext>();

/** To read some hundred authorities takes longer than a handshake: what many connections have alike is made once. */
function sharedContext({ canBeAnyone, authorities, oldest: given }: TlsClient): SecureContext {
  const oldest = given ?? "TLSv1.3";
  const key = canBeAnyone === true ? oldest : `${oldest} ${authorities ?? ""}`;
  let context = contexts.get(key);
  if (context) return context;
  context = createSecureContext({
    minVersion: oldest,
    ...(canBeAnyone === true ? {} : { ca: usualAuthoritiesAnd(authorities) }),
  });
  if (contexts.size >= maxContexts) contexts.clear();
  contexts.set(key, context);
  return context;
}

function secure(raw: Socket, to: Endpoint, tls: TlsClient, secureContext: SecureContext): OpeningSocket {
  const { serverName, pins, protocols, canBeAnyone } = tls;
  const name = serverName?.replace(/\.$/, "") ?? formatAddress(to.address);
  const options: ConnectionOptions = {
    socket: raw,
    secureContext,
    ALPNProtocols: [...protocols],
    // With pins the chain says nothing: the key is looked at below.
    rejectUnauthorized: pins === undefined && canBeAnyone !== true,
    checkServerIdentity: (_, { raw: octets }) =>
      isNamed(octets, name)
        ? undefined
        : Object.assign(new Error("the certificate is another name's"), {
            code: "ERR_TLS_CERT_ALTNAME_INVALID",
          }),
    ...(isIP(name) === 0 ? { servername: name } : {}),
  };
  const stream = connectTls(options);
  if (!pins) return { stream, raw, openEvent: "secureConnect" };
  stream.once("secureConnect", () => {
    if (pins.includes(pinOf(stream))) stream.emit("trusted");
    else stream.destroy(Object.assign(new Error("the server has another key"), { code: "ERR_TLS_PIN" }));
  });
  return { stream, raw, openEvent: "trusted" };
}

/**
 * Whether a certificate is a name's, or an address's. A name stands among the alternative ones or nowhere, and a wildcard for whole labels.
 * @see RFC 9525 sections 6.3 and 6.4
 */
function isNamed(octets: Buffer, name: string): boolean {
  const certificate = new X509Certificate(octets);
  const found =
    isIP(name) === 0
      ? certificate.checkHost(name, { subject: "never", partialWildcards: false })
      : certificate.checkIP(name);
  return found !== undefined;
}

/** SHA-256 of the server's public key with its algorithm. @see RFC 7858 section 4.2 */
function pinOf(socket: TLSSocket): string {
  const key = socket.getPeerX509Certificate()?.publicKey;
  return key
    ? createHash("sha256")
        .update(key.export({ type: "spki", format: "der" }))
        .digest("base64")
    : "";
}

function pemOf(key: Uint8Array): string {
  const read = createPrivateKey({ key: Buffer.from(key), format: "der", type: "pkcs8" });
  return read.export({ type: "pkcs8", format: "pem" });
}

function connectPlain(to: Endpoint, from?: Uint8Array): OpeningSocket {
  const stream = connect({
    ...(from ? { localAddress: formatAddress(from) } : {}),
    host: formatAddress(to.address),
    port: to.port,
    allowHalfOpen: true,
    noDelay: true,
  });
  return { stream, openEvent: "connect" };
}
