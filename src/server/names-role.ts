// The names role: the authoritative servers of all listener groups, over UDP, TCP, TLS and HTTPS. On the linux driver worker threads answer
// over the first three; on the node driver, where the other does not work or is not wanted, the main thread does. Either way the main thread writes
// the zones, answers over HTTPS, and speaks with secondaries that are not the platform's own, where there are some.

import { join } from "node:path";
import { usualResponseRates } from "#answer";
import {
  type Report,
  type RoleDriver,
  type RoleQuestion,
  serviceKeyPurpose,
  zoneKeyPurpose,
} from "#contract";
import { OnlineSigner } from "#dnssec";
import { type Driver, linuxTlsProblem, type Listener, systemRandom } from "#reactor";
import type { Sealer } from "#store";
import { type PolicyBoard, PolicyBoardWriter, ZoneImage } from "#zone";
import { newCookieSecret } from "./cookie-secret.ts";
import { loadSealer } from "./data-key.ts";
import { startDataRole } from "./data-role.ts";
import { chooseDriver } from "./driver-choice.ts";
import { watchNames } from "./engine-watch.ts";
import { withCertificates } from "./engines-with-tls.ts";
import { limitedLog } from "./limited-log.ts";
import { countGroups, type GroupEngines, makeGroupEngines, makeNamesEngines } from "./make-names-engines.ts";
import type { EnginePorts } from "./role-engines.ts";
import { attachNames } from "./names-listeners.ts";
import { makePlatformTransfers } from "./names-transfers.ts";
import { NamesWorkers, sumOf } from "./names-workers.ts";
import { NamesOverHttps } from "./names-over-https.ts";
import { QueryWatcher, type QueryWatcherOptions } from "./query-watcher.ts";
import type { OpenZoneKey, UnusableZoneKey } from "./online-keys.ts";
import type { RoleContext, RunningRole, StartRole } from "./role.ts";
import { httpsSuffix, tlsSuffix } from "./profile.ts";
import { ServiceCertificates } from "./service-tls.ts";
import { UpdateForwarder } from "./update-forwarder.ts";
import { usuallyWatched } from "./watch-plan.ts";
import { zoneRoom } from "./zone-room.ts";
import type { ZoneTransfers } from "./zone-transfers.ts";

/** Starts the names role. */
export const startNames: StartRole = async (context) => {
  const { log, config, layout } = context;
  const driver = chooseDriver(config.platform.driver);
  if (driver.name === "node") return startOnNode(context, driver);
  let report: (report: Report) => void = () => {};
  const tlsProblem = linuxTlsProblem();
  if (tlsProblem !== undefined)
    log.warn({ reason: tlsProblem }, "DNS over TLS is served by the main thread on the node driver");
  let engines: readonly GroupEngines[] = [];
  const logFault = limitedLog(log, "a worker failed to answer");
  const zones = new ZoneImage(zoneRoom());
  const { groups } = config.platform.profile;
  // The image's numbers of groups are those of the workers.
  for (const { group } of groups) zones.group(group);
  const board = new PolicyBoardWriter();
  const signing = new OnlineSigner();
  const forwarder = new UpdateForwarder();
  const transfers = transfersOf(context, zones, signing, board, forwarder);
  const certificates = certificatesOf(context);
  let workers: NamesWorkers;
  let https: NamesOverHttps | undefined;
  try {
    workers = await NamesWorkers.start({
      groups,
      zones,
      board,
      ...(transfers
        ? { table: transfers.zones, transactions: { server: transfers.transactions, now: transfers.now } }
        : {}),
      ...zoneKeysOf(context),
      signing,
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
  let watcher: QueryWatcher | undefined;
  return startDataRole(context, {
    role: "names",
    driver,
    make: (ports, now) => {
      report = (told) => ports.tell?.(told);
      connectForwarder(forwarder, ports);
      engines = makeGroupEngines(zones, groups, {
        ...ports,
        signing,
        cookieSecret: workers.cookieSecret,
        onFailure: ({ error, ...details }) => logFault(error, details),
        ...(transfers ? { transactions: transfers.transactions } : {}),
      });
      // What is asked in private is answered in this thread: it comes after those of the workers.
      const count = config.platform.workers ?? 1;
      const watching = watcherOf(context, count + 1, (thread, settings) =>
        thread < count ? workers.watch(thread, settings) : watchNames(engines, settings),
      );
      watcher = watching;
      https = new NamesOverHttps(engines, (group) => certificates.of(group), now);
      for (const { group } of groups) {
        const tls = certificates.of(group);
        if (tls) tls.onCertificate = (certificate) => void workers.serve(group, certificate);
      }
      return {
        apply: (change) => {
          workers.apply(change);
          certificates.apply(change.put);
        },
        counters: async () => ({
          ...sumOf(
            await workers.counters(),
            { ...countGroups(engines), ...signing.counters() },
            certificates.counters(),
          ),
          ...https?.counters(),
          ...transfers?.counters(),
          ...watching.counters(),
        }),
        answer: (question) => answerOf(watching, forwarder, question),
      };
    },
    attach: async (_, on, listeners) => {
      const isSecure = ({ label = "" }: Listener): boolean => label.endsWith(tlsSuffix);
      const isOverHttps = ({ label = "" }: Listener): boolean => label.endsWith(httpsSuffix);
      await workers.attach(
        config.listeners.filter((one) => !isOverHttps(one) && (tlsProblem === undefined || !isSecure(one))),
      );
      if (tlsProblem !== undefined)
        await attachNames(engines, on, listeners.filter(isSecure), (group) => certificates.of(group));
      await https?.attach(listeners);
      await attachTransfers(transfers, on);
    },
    lost: () => forwarder.lost(),
    close: async (graceMs) => {
      await Promise.all([workers.close(graceMs), https?.close(graceMs)]);
      forwarder.close();
      transfers?.close();
      await watcher?.close();
    },
  });
};

/** Takes what engines tell of queries. */
function watcherOf(
  { config, log }: RoleContext,
  threads: number,
  apply: QueryWatcherOptions["apply"],
): QueryWatcher {
  return new QueryWatcher({
    plan: config.platform.watch ?? usuallyWatched,
    of: "names",
    groups: config.platform.profile.groups.map(({ group }) => group),
    threads,
    apply,
    log: (text) => log.warn(text),
  });
}

function answerOf(watcher: QueryWatcher, forwarder: UpdateForwarder, question: RoleQuestion): unknown {
  if (question.ask === "queries") return watcher.follow(question.after);
  if (question.ask === "updated") forwarder.take(question);
  return {};
}

/** Has a forwarder speak with control by what its role was given. */
function connectForwarder(forwarder: UpdateForwarder, { tell, isHeard }: EnginePorts): void {
  if (tell && isHeard) forwarder.connect({ tell, isHeard });
}

function startOnNode(context: RoleContext, driver: RoleDriver): Promise<RunningRole> {
  const { log, config } = context;
  const logFault = limitedLog(log, "a query failed");
  const forwarder = new UpdateForwarder();
  let transfers: ZoneTransfers | undefined;
  const certificates = certificatesOf(context);
  let https: NamesOverHttps | undefined;
  let watcher: QueryWatcher | undefined;
  return startDataRole(context, {
    role: "names",
    driver,
    make: (ports, now) => {
      connectForwarder(forwarder, ports);
      const engines = makeNamesEngines(config.platform.profile.groups, {
        ...ports,
        ...zoneKeysOf(context),
        random: systemRandom,
        room: zoneRoom(),
        cookieSecret: newCookieSecret(),
        rates: usualResponseRates,
        onFailure: ({ error, ...details }) => logFault(error, details),
        ...(config.platform.transfers
          ? {
              transfers: (zones, signing, board) =>
                (transfers = transfersOf(context, zones, signing, board, forwarder))!,
            }
          : {}),
      });
      const watching = watcherOf(context, 1, (_, settings) => watchNames(engines.groups, settings));
      watcher = watching;
      https = new NamesOverHttps(engines.groups, (group) => certificates.of(group), now);
      return {
        ...withCertificates(engines, certificates, () => [https, watching]),
        answer: (question) => answerOf(watching, forwarder, question),
      };
    },
    attach: async ({ groups }, on, listeners) => {
      await attachNames(groups, on, listeners, (group) => certificates.of(group));
      await https?.attach(listeners);
      await attachTransfers(transfers, on);
    },
    lost: () => forwarder.lost(),
    close: async (graceMs) => {
      await https?.close(graceMs);
      forwarder.close();
      transfers?.close();
      await watcher?.close();
    },
  });
}

/** What the groups serve over TLS. The data key is looked for when there is something to open. */
function certificatesOf({ config, layout, log }: RoleContext): ServiceCertificates {
  let sealer: Sealer | undefined;
  return new ServiceCertificates(
    config.platform.profile.groups.map(({ group }) => group),
    (keyId, sealedKey) => (sealer ??= loadSealer(layout)).open(serviceKeyPurpose, keyId, sealedKey),
    (service, error) =>
      log.error({ service, reason: (error as Error).message }, "a certificate cannot be used"),
  );
}

/** How keys of zones with compact denial are opened. Where there are none, the data key is not looked for. */
function zoneKeysOf({ layout, log }: RoleContext): {
  readonly openZoneKey: OpenZoneKey;
  readonly onUnusableKey: UnusableZoneKey;
} {
  let sealer: Sealer | undefined;
  return {
    openZoneKey: (id, sealedKey) => (sealer ??= loadSealer(layout)).open(zoneKeyPurpose, id, sealedKey),
    onUnusableKey: (zone, error) =>
      log.error(
        { zone, reason: error instanceof Error ? error.message : String(error) },
        "a zone's key cannot be used: what is not in the zone is answered SERVFAIL",
      ),
  };
}

function transfersOf(
  { config, layout, log }: RoleContext,
  zones: ZoneImage,
  signing: OnlineSigner,
  board: PolicyBoard,
  forwarder: UpdateForwarder,
): ZoneTransfers | undefined {
  const { transfers, profile } = config.platform;
  return (
    transfers &&
    makePlatformTransfers(
      transfers,
      profile.groups,
      zones,
      signing,
      board,
      (details, text) => log.info(details, text),
      forwarder.forward,
      join(layout.cache, "names.differences"),
    )
  );
}

async function attachTransfers(transfers: ZoneTransfers | undefined, on: Driver): Promise<void> {
  if (transfers) await on.attach(transfers.notifier, []);
}
