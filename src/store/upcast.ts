// Lifts a value of an older schema version to today's, one version at a time.

import type { StoreSchema } from "./port.ts";

/** Gives the value as today's version has it. Throws a RangeError where the version is unknown or has no upcaster. */
export function upcast(schema: StoreSchema, kind: string, version: number, value: unknown): unknown {
  const known = schema.kinds[kind];
  if (!known || version > known.version || version < 1) {
    throw new RangeError(`version ${version} of kind "${kind}" is unknown`);
  }
  let lifted = value;
  for (let from = version; from < known.version; from++) {
    const upcaster = known.upcasters?.[from];
    if (!upcaster) throw new RangeError(`version ${from} of kind "${kind}" has no upcaster`);
    lifted = upcaster(lifted);
  }
  return lifted;
}
