// What the roles of the data plane have in common: engines on a driver with inherited sockets, fed by the stream from
// control. The order at start is what keeps answers right: the last good state first, then what control has to add if
// it is there, and only then the sockets, in which clients' packets wait meanwhile.

import { join } from "node:path";
import type { Counters, RoleDriver, RoleName } from "#contract";
import type { Now } from "#engine";
import { NodeDriver, type Driver, type EngineFault, type Listener } from "#reactor";
import { limitedLog } from "./limited-log.ts";
import type { EnginePorts, RoleEngines } from "./role-engines.ts";
import { RoleStream } from "./role-stream.ts";
import type { RoleContext, RunningRole } from "./role.ts";

/** How long a role that starts waits for control before it serves what it has, in milliseconds. */
const firstContactMs = 500;
/** How long connections may take to finish when the role stops, in milliseconds. */
const drainMs = 2000;

/** The engines of a role, which may be in other threads. */
export type EnginesOfRole = Omit<RoleEngines, "counters"> & { counters(): Counters | Promise<Counters> };

/** How one role makes its engines and puts them to work. */
export interface DataRoleParts<Engines extends EnginesOfRole> {
  readonly role: Exclude<RoleName, "control" | "runtime">;
  /** What it runs on, for whoever asks; absent: nobody need know. */
  readonly driver?: RoleDriver;
  readonly make: (ports: EnginePorts, now: () => Now) => Engines;
  /** Puts the engines on the listeners. */
  readonly attach: (
    engines: Engines,
    driver: Driver,
    listeners: readonly Listener[],
    stream: Pick<RoleStream, "report" | "revision">,
  ) => Promise<void>;
  /** Told each time the engines have taken a change. */
  readonly applied?: (engines: Engines) => void;
  /** Told after each hello: what control should know again is reported now. */
  readonly connected?: (engines: Engines) => void;
  /** Told when control is gone. */
  readonly lost?: () => void;
  readonly drainMs?: number;
  /** Tells the engines that no more comes; connections may still finish. */
  readonly drain?: (engines: Engines, now: Now) => void;
  /** Ends engines that are not on the driver; connections may finish meanwhile. */
  readonly close?: (graceMs: number) => Promise<void>;
}

/** Starts a role of the data plane. */
export async function startDataRole<Engines extends EnginesOfRole>(
  { config, layout, log }: RoleContext,
  parts: DataRoleParts<Engines>,
): Promise<RunningRole> {
  const { role } = parts;
  const logFault = limitedLog(log, "an engine threw");
  const onFault = ({ error, ...details }: EngineFault): void => logFault(error, details);
  const driver = new NodeDriver(onFault);
  const engines = parts.make(
    {
      report: (step) => stream.report({ type: "trace", step }),
      tell: (report) => stream.report(report),
      isHeard: () => stream.isSynced,
    },
    () => driver.now(),
  );
  const stream: RoleStream = new RoleStream({
    role,
    socketPath: layout.streamSocket,
    statePath: join(layout.state, role),
    log,
    apply: (change) => {
      engines.apply(change);
      parts.applied?.(engines);
    },
    onConnected: () => {
      engines.tellAll?.();
      parts.connected?.(engines);
    },
    ...(parts.lost ? { onLost: parts.lost } : {}),
    ...(parts.driver ? { driver: parts.driver } : {}),
    answer: async (question): Promise<unknown> => {
      if (question.ask === "counters")
        return { "engine-faults": driver.faultCount, ...(await engines.counters()) };
      const now = driver.now();
      const at = now.monotonic;
      if (question.ask === "metrics") return engines.metrics?.(at) ?? { epoch: "", at, samples: [] };
      return engines.answer?.(question, now) ?? {};
    },
  });
  if (parts.driver) log.info({ ...parts.driver }, "driver");
  stream.start();
  await stream.firstContact(firstContactMs);
  await parts.attach(engines, driver, config.listeners, stream);
  return {
    get isSynced() {
      return stream.isSynced;
    },
    get revision() {
      return stream.revision;
    },
    stop: async () => {
      parts.drain?.(engines, driver.now());
      const graceMs = parts.drainMs ?? drainMs;
      await Promise.all([driver.close(graceMs), parts.close?.(graceMs)]);
      stream.close();
    },
  };
}
