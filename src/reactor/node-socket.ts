// What a stream of the node driver runs on: a TCP socket as it is, or TLS above one.

import { connect, type Socket } from "node:net";
import { formatAddress, type Endpoint } from "#engine";

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
  readonly openEvent: "connect" | "secureConnect";
}

/** Opens TCP connections. */
export function connectPlain(to: Endpoint, from?: Uint8Array): OpeningSocket {
  const stream = connect({
    ...(from ? { localAddress: formatAddress(from) } : {}),
    host: formatAddress(to.address),
    port: to.port,
    allowHalfOpen: true,
    noDelay: true,
  });
  return { stream, openEvent: "connect" };
}
