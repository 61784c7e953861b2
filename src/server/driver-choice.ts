// Which driver a role runs on: what was asked for where it works here, else the one that works everywhere, with the reason.

import type { RoleDriver } from "#contract";
import { linuxDriverProblem } from "#reactor";

/** One of the drivers of roles. */
export type DriverName = RoleDriver["name"];

/** What a role runs on where nothing is asked for. */
const defaultDriver: DriverName = "linux";

/** Chooses the driver of a role that can run on both. */
export function chooseDriver(wanted: DriverName = defaultDriver): RoleDriver {
  if (wanted === "node") return { name: "node" };
  const problem = linuxDriverProblem();
  return problem === undefined ? { name: "linux" } : { name: "node", reason: problem };
}
