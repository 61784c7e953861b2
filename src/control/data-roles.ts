// The roles that control gives objects to.

import type { RoleName } from "#contract";

/** Roles that are given objects. */
export type DataRole = Exclude<RoleName, "control">;
/** All of them, in the order of a visit. */
export const dataRoles: readonly DataRole[] = ["names", "resolver", "edge", "runtime"];
