// What every store asks of the entries of a commit before it writes any.

import { PlatformError } from "#contract";
import type { Entry, StoreSchema } from "./port.ts";

/** Throws `internal` for an entry of an unknown kind, or two entries of one object. */
export function checkEntries(schema: StoreSchema, entries: readonly Entry[]): void {
  const seen = new Set<string>();
  for (const { kind, key } of entries) {
    const name = `${kind} ${key}`;
    if (seen.has(name)) throw new PlatformError("internal", `Cannot commit "${name}": it stands there twice`);
    if (!schema.kinds[kind])
      throw new PlatformError("internal", `Cannot commit "${name}": the kind is unknown`);
    seen.add(name);
  }
}
