// Which engine of the names role answers on which listener: the same on every driver.

import type { Driver, Listener, TlsServer } from "#reactor";
import type { GroupEngines } from "./make-names-engines.ts";
import { tlsSuffix } from "./profile.ts";

/**
 * Puts the engines of all groups on their listeners.
 * @param tlsOf  what a group serves over TLS; absent: its listeners for that are somebody else's
 */
export async function attachNames(
  engines: readonly GroupEngines[],
  driver: Driver,
  listeners: readonly Listener[],
  tlsOf?: (group: string) => TlsServer | undefined,
): Promise<void> {
  for (const { group, datagram, stream, tls: overTls } of engines) {
    const tls = tlsOf?.(group);
    const secure = listeners.filter(({ label }) => tls && label === `${group}${tlsSuffix}`);
    if (tls && secure.length > 0)
      await driver.attach(
        overTls,
        secure.map((listener) => ({ ...listener, tls })),
      );
    const own = listeners.filter(({ label }) => label === group);
    for (const listener of own) {
      if (listener.transport === "udp") await driver.attachDatagram(datagram, listener);
    }
    await driver.attach(
      stream,
      own.filter(({ transport }) => transport === "tcp"),
    );
  }
}
