// TCP listeners on node:net, bound or inherited.

import { createServer, type AddressInfo, type Socket } from "node:net";
import { defaultBacklog as backlog, type Listener } from "./driver.ts";
import { listenError, listenerEndpoint } from "./io-error.ts";

/** A TCP listener in service. */
export interface StreamListener {
  readonly port: number;
  /** Hands over what connected so far, and from now on at once. */
  release(): void;
  /** Stops accepting. What is queued in an inherited descriptor stays there. Calling it again does nothing. */
  close(): void;
}

/** Binds a TCP listener or takes it over from its descriptor. Throws a PlatformError where it cannot. */
export async function bindStreamListener(
  listener: Listener,
  accept: (socket: Socket) => void,
): Promise<StreamListener> {
  listenerEndpoint(listener); // an address that is none would be looked up as a name
  const waiting: Socket[] = [];
  let isReleased = false;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    if (isReleased) accept(socket);
    else waiting.push(socket.on("error", () => {}));
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("listening", resolve);
  // Later errors are failures to accept, of one connection or for want of descriptors: the rest goes on.
  server.on("error", reject);
  if (listener.fd === undefined) {
    server.listen({ host: listener.address, port: listener.port, backlog, exclusive: true, ipv6Only: true });
  } else {
    server.listen({ fd: listener.fd, exclusive: true, backlog });
  }
  try {
    await promise;
  } catch (error) {
    throw listenError(listener, error);
  }
  return {
    port: (server.address() as AddressInfo | null)?.port ?? listener.port,
    release(): void {
      isReleased = true;
      for (const socket of waiting.splice(0)) accept(socket);
    },
    close(): void {
      for (const socket of waiting.splice(0)) socket.resetAndDestroy();
      if (server.listening) server.close();
    },
  };
}
