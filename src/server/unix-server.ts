// A server on a UNIX socket of mode 0600 that keeps its place: it takes over from one that an earlier process left, and
// comes back where its file is removed (programs that tidy temporary folders do that).

import { chmodSync, existsSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";

/** How often is looked whether the file is there, in milliseconds. */
const checkMs = 2000;

/** A server that runs. */
export interface UnixServer {
  /** Takes no more connections and removes the file. Connections that are open stay. */
  close(): void;
}

/**
 * Listens on a path, in place of what is there.
 *
 * Rejects with what the system reports where that cannot be done.
 */
export async function serveUnix(path: string, onConnection: (socket: Socket) => void): Promise<UnixServer> {
  let server = await listen(path, onConnection);
  let isBusy = false;
  const check = setInterval(() => {
    if (isBusy || existsSync(path)) return;
    isBusy = true;
    server.close();
    listen(path, onConnection)
      .then(
        (next) => (server = next),
        () => {}, // its folder is gone too: tried again
      )
      .finally(() => (isBusy = false));
  }, checkMs);
  check.unref();
  return {
    close: () => {
      clearInterval(check);
      server.close();
    },
  };
}

function listen(path: string, onConnection: (socket: Socket) => void): Promise<Server> {
  rmSync(path, { force: true });
  const server = createServer(onConnection);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      chmodSync(path, 0o600);
      server.off("error", reject);
      resolve(server);
    });
  });
}
