// The names role: the authoritative servers of all listener groups, over UDP and TCP.

import { startDataRole } from "./data-role.ts";
import { limitedLog } from "./limited-log.ts";
import { makeNamesEngines } from "./make-engines.ts";
import type { StartRole } from "./role.ts";

/** Starts the names role. */
export const startNames: StartRole = (context) => {
  const { log, config } = context;
  const logFault = limitedLog(log, "a query failed");
  return startDataRole(context, {
    role: "names",
    make: (ports) =>
      makeNamesEngines(config.platform.profile.groups, {
        ...ports,
        onFailure: ({ error, ...details }) => logFault(error, details),
      }),
    attach: async (engines, driver, listeners) => {
      for (const { group, datagram, stream } of engines.groups) {
        const own = listeners.filter(({ label }) => label === group);
        for (const listener of own) {
          if (listener.transport === "udp") await driver.attachDatagram(datagram, listener);
        }
        await driver.attach(
          stream,
          own.filter(({ transport }) => transport === "tcp"),
        );
      }
    },
  });
};
