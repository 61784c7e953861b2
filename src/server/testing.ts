// What tests of this folder share: what the runtime's tests have, and zones in the form that roles are given.

import { StateDigest, type RoleObject } from "#contract";

export { freePort, removeFolder, temporaryFolder, until } from "#runtime/testing";

/** The digest of some objects, as control tells it. */
export function digestOf(objects: readonly RoleObject[]): string {
  const digest = new StateDigest();
  for (const object of objects) digest.toggle(object);
  return digest.toString();
}
