// What a stream of the node driver runs on: a TCP socket as it is, or TLS above one.

import { createHash, createPrivateKey } from "node:crypto";
import { connect, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from "node:tls";
import { formatAddress, type Endpoint, type TlsClient } from "#engine";

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

/** Opens TCP connections, and TLS above them where it is asked for. */
export function connectSocket(to: Endpoint, from?: Uint8Array, tls?: TlsClient): OpeningSocket {
  const plain = connectPlain(to, from);
  return tls ? secure(plain.stream, to, tls) : plain;
}

function secure(raw: Socket, to: Endpoint, tls: TlsClient): OpeningSocket {
  const { serverName, authorities, pins, protocols, certificate } = tls;
  const options: ConnectionOptions = {
    socket: raw,
    minVersion: "TLSv1.3",
    ALPNProtocols: [...protocols],
    // With pins the chain says nothing: the key is looked at below.
    rejectUnauthorized: pins === undefined,
    host: formatAddress(to.address), // what a certificate is held against where no name is given
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(authorities === undefined ? {} : { ca: authorities }),
    ...(certificate ? { cert: certificate.chain, key: pemOf(certificate.key) } : {}),
  };
  const stream = connectTls(options);
  if (!pins) return { stream, raw, openEvent: "secureConnect" };
  stream.once("secureConnect", () => {
    if (pins.includes(pinOf(stream))) stream.emit("trusted");
    else stream.destroy(Object.assign(new Error("the server has another key"), { code: "ERR_TLS_PIN" }));
  });
  return { stream, raw, openEvent: "trusted" };
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
