// The digests of roles after a change, worked out in pieces before it is published: of many objects that takes longer than a turn may.

import { objectKey, roleOf, StateDigest, type RoleObject } from "#contract";
import type { DataRole } from "./data-roles.ts";
import type { Sliced } from "./slices.ts";

/** What a change makes of the digests of roles, worked out before it is published. */
export type PreparedDigests = ReadonlyMap<DataRole, StateDigest>;

/** Objects that are gone through between two turns for others, at most. */
const objectsAtOnce = 50;

/**
 * Works out the digests of what is put and removed, in pieces.
 * @param held  what a role holds under an object's key; undefined where that is nothing
 * @returns undefined where one key is put twice: then it matters which comes last
 */
export function* prepareDigests(
  put: readonly RoleObject[],
  remove: readonly RoleObject[],
  held: (role: DataRole, object: RoleObject) => RoleObject | undefined,
): Sliced<PreparedDigests | undefined> {
  const prepared = new Map<DataRole, StateDigest>();
  const seen = new Set<string>();
  let count = 0;
  const differ = (object: RoleObject, isNew: boolean): void => {
    const role = roleOf(object);
    let digest = prepared.get(role);
    if (!digest) prepared.set(role, (digest = new StateDigest()));
    const key = objectKey(object);
    const old = seen.has(key) ? undefined : held(role, object);
    seen.add(key);
    if (old) digest.toggle(old);
    if (isNew) digest.toggle(object);
  };
  for (const object of remove) {
    if (++count % objectsAtOnce === 0) yield;
    differ(object, false);
  }
  const keys = new Set<string>();
  for (const object of put) {
    if (++count % objectsAtOnce === 0) yield;
    keys.add(objectKey(object));
    differ(object, true);
  }
  return keys.size === put.length ? prepared : undefined;
}
