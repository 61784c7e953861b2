// Control's end of the streams on a real socket: takes connections of roles and hands them to the hub.

import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import type { Logger } from "pino";
import type { RoleHub, RoleLink } from "#control";
import { messagesOn, toControlMaximum, type MessageConnection } from "./json-lines.ts";

/** Octets that may wait for a role to read them; one that reads no more is dropped, and begins anew with a snapshot. */
const waitingMaximum = 512 << 20;

/** Listens for roles on a UNIX socket of mode 0600, in place of one that an earlier process left there. */
export function serveHub(path: string, hub: Pick<RoleHub, "connect">, log: Logger): Promise<Server> {
  rmSync(path, { force: true });
  const server = createServer((socket) => {
    const connection: MessageConnection = messagesOn(socket, toControlMaximum, {
      message: (value) => link.receive(value),
      closed: (reason) => {
        if (reason !== undefined) log.info({ reason }, "a role's connection is closed");
        link.closed();
      },
    });
    // Nothing arrives before this turn of the event loop is over.
    const link: RoleLink = hub.connect({
      send: (message) => {
        if (connection.waiting > waitingMaximum) connection.destroy("the role does not read");
        else connection.send(message);
      },
      close: () => connection.destroy(),
    });
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      chmodSync(path, 0o600);
      server.off("error", reject);
      resolve(server);
    });
  });
}
