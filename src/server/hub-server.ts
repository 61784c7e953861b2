// Control's end of the streams on a real socket: takes connections of roles and hands them to the hub.

import type { Logger } from "pino";
import type { RoleHub, RoleLink } from "#control";
import { messagesOn, maxToControlOctets, type MessageConnection } from "./json-lines.ts";
import { serveUnix, type UnixServer } from "./unix-server.ts";

/** Octets that may wait for a role to read them; one that reads no more is dropped, and begins anew with a snapshot. */
const maxWaitingOctets = 512 << 20;

/** Listens for roles on a UNIX socket. */
export function serveHub(path: string, hub: Pick<RoleHub, "connect">, log: Logger): Promise<UnixServer> {
  return serveUnix(path, (socket) => {
    const connection: MessageConnection = messagesOn(socket, maxToControlOctets, {
      message: (value) => link.receive(value),
      closed: (reason) => {
        if (reason !== undefined) log.info({ reason }, "a role's connection is closed");
        link.closed();
      },
    });
    // Nothing arrives before this turn of the event loop is over.
    const link: RoleLink = hub.connect({
      send: (message) => {
        if (connection.waiting > maxWaitingOctets) connection.destroy("the role does not read");
        else connection.send(message);
      },
      close: () => connection.destroy(),
    });
  });
}
