// The names role: the authoritative servers of all listener groups, over UDP and TCP. On the linux driver worker threads answer; on
// the node driver, where the other does not work or is not wanted, the main thread does. Either way the main thread writes the zones, and
// speaks with secondaries that are not the platform's own, where there are some.

import { usualResponseRates } from "#answer";
import type { Report, RoleDriver } from "#contract";
import type { Driver } from "#reactor";
import { ZoneImage } from "#zone";
import { newCookieSecret } from "./cookie-secret.ts";
import { startDataRole } from "./data-role.ts";
import { chooseDriver } from "./driver-choice.ts";
import { limitedLog } from "./limited-log.ts";
import { makeNamesEngines } from "./make-engines.ts";
import { attachNames } from "./names-listeners.ts";
import { makePlatformTransfers } from "./names-transfers.ts";
import { NamesWorkers } from "./names-workers.ts";
import type { RoleContext, RunningRole, StartRole } from "./role.ts";
import { zoneRoom } from "./zone-room.ts";
import type { ZoneTransfers } from "./zone-transfers.ts";

/** Starts the names role. */
export const startNames: StartRole = async (context) => {
  const { log, config, layout } = context;
  const driver = chooseDriver(config.platform.driver);
  if (driver.name === "node") return startOnNode(context, driver);
  let report: (report: Report) => void = () => {};
  const logFault = limitedLog(log, "a worker failed to answer");
  const zones = new ZoneImage(zoneRoom());
  const { groups } = config.platform.profile;
  // The image's numbers of groups are those of the workers.
  for (const { group } of groups) zones.group(group);
  const transfers = transfersOf(context, zones);
  let workers: NamesWorkers;
  try {
    workers = await NamesWorkers.start({
      groups,
      zones,
      ...(transfers
        ? { table: transfers.zones, transactions: { server: transfers.transactions, now: transfers.now } }
        : {}),
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
    attach: async (_, on) => {
      await workers.attach(config.listeners);
      await attachTransfers(transfers, on);
    },
    close: (graceMs) => workers.close(graceMs),
  });
};

function startOnNode(context: RoleContext, driver: RoleDriver): Promise<RunningRole> {
  const { log, config } = context;
  const logFault = limitedLog(log, "a query failed");
  let transfers: ZoneTransfers | undefined;
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
        ...(config.platform.transfers
          ? { transfers: (zones) => (transfers = transfersOf(context, zones))! }
          : {}),
      }),
    attach: async ({ groups }, on, listeners) => {
      await attachNames(groups, on, listeners);
      await attachTransfers(transfers, on);
    },
  });
}

function transfersOf({ config, log }: RoleContext, zones: ZoneImage): ZoneTransfers | undefined {
  const { transfers, profile } = config.platform;
  return (
    transfers &&
    makePlatformTransfers(transfers, profile.groups, zones, (details, text) => log.info(details, text))
  );
}

async function attachTransfers(transfers: ZoneTransfers | undefined, on: Driver): Promise<void> {
  if (transfers) await on.attach(transfers.notifier, []);
}
