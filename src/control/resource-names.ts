// Names of resources: what they may be, and that each is one resource's. Instances, static IPs, load balancers and zones share one name
// space, as in Lightsail.

import { PlatformError } from "#contract";
import { findResource, typeWords } from "./resources.ts";
import type { State } from "./state.ts";

/** Lightsail's rule: letters, digits, `.`, `-`, `_`, letter or digit at both ends. */
const resourceName = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,253}[A-Za-z0-9])?$/;

/**
 * Refuses a name that no new resource can have.
 * @param action  `Cannot create instance "web"`
 * Throws `input-malformed`, `resource-exists`.
 */
export function requireFreeName(state: State, name: string, action: string): void {
  if (!resourceName.test(name)) {
    throw new PlatformError(
      "input-malformed",
      `${action}: expected letters, digits, dots, hyphens and underscores, with a letter or digit at both ends`,
    );
  }
  const found = findResource(state, name);
  const leaving = found
    ? undefined
    : (["instance", "container-service"] as const).find((kind) => state.get(kind, name) !== undefined);
  const isZone = state.get("zone", `${name.toLowerCase()}.`) !== undefined;
  if (!found && !leaving && !isZone) return;
  const reason = found
    ? `there is ${typeWords[found.type].article} of that name already`
    : leaving
      ? `the ${leaving.replace("-", " ")} of that name is still being deleted`
      : "a zone has that name";
  throw new PlatformError("resource-exists", `${action}: ${reason}`);
}
