// The names role: the authoritative servers of all listener groups, over UDP and TCP. On the linux driver worker threads answer; on
// the node driver, where the other does not work or is not wanted, the main thread does.

import { usualResponseRates } from "#answer";
import type { Report, RoleDriver } from "#contract";
import { newCookieSecret } from "./cookie-secret.ts";
import { ZoneImage } from "#zone";
import { startDataRole } from "./data-role.ts";
import { chooseDriver } from "./driver-choice.ts";
import { limitedLog } from "./limited-log.ts";
import { makeNamesEngines } from "./make-engines.ts";
import { attachNames } from "./names-listeners.ts";
import { NamesWorkers } from "./names-workers.ts";
import { zoneRoom } from "./zone-room.ts";
import type { RoleContext, RunningRole, StartRole } from "./role.ts";

/** Starts the names role. */
export const startNames: StartRole = async (context) => {
  const { log, config, layout } = context;
  const driver = chooseDriver(config.platform.driver);
  if (driver.name === "node") return startOnNode(context, driver);
  let report: (report: Report) => void = () => {};
  const logFault = limitedLog(log, "a worker failed to answer");
  let workers: NamesWorkers;
  try {
    workers = await NamesWorkers.start({
      groups: config.platform.profile.groups,
      zones: new ZoneImage(zoneRoom()),
      count: config.platform.workers ?? 1,
      cache: layout.cache,
      report: (told) => report(told),
      fault: (text, details) => logFault(new Error(text), details),
      // Without its worker the role serves nobody: it ends, and is started again.
      failed: (error) => {
        throw error;
      },
    });
  } catch (error) {
    return startOnNode(context, { name: "node", reason: (error as Error).message });
  }
  return startDataRole(context, {
    role: "names",
    driver,
    make: (ports) => {
      report = (told) => ports.tell?.(told);
      return workers;
    },
    attach: () => workers.attach(config.listeners),
    close: (graceMs) => workers.close(graceMs),
  });
};

function startOnNode(context: RoleContext, driver: RoleDriver): Promise<RunningRole> {
  const { log, config } = context;
  const logFault = limitedLog(log, "a query failed");
  return startDataRole(context, {
    role: "names",
    driver,
    make: (ports) =>
      makeNamesEngines(config.platform.profile.groups, {
        ...ports,
        room: zoneRoom(),
        cookieSecret: newCookieSecret(),
        rates: usualResponseRates,
        onFailure: ({ error, ...details }) => logFault(error, details),
      }),
    attach: ({ groups }, on, listeners) => attachNames(groups, on, listeners),
  });
}
