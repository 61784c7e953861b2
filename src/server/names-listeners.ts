// Which engine of the names role answers on which listener: the same on every driver.

import type { Driver, Listener } from "#reactor";
import type { GroupEngines } from "./make-engines.ts";

/** Puts the engines of all groups on their listeners. */
export async function attachNames(
  engines: readonly GroupEngines[],
  driver: Driver,
  listeners: readonly Listener[],
): Promise<void> {
  for (const { group, datagram, stream } of engines) {
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
