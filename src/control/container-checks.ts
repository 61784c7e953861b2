// What every command of container services looks at first: that the service is there, and that a name is one in Lightsail's form.

import { PlatformError } from "#contract";
import { isLeavingService } from "./container-state.ts";
import type { Held, State } from "./state.ts";

/** Lightsail's rule for names of services, containers and labels. */
const dnsLabel = /^(?:[a-z0-9]{1,2}|[a-z0-9][a-z0-9-]+[a-z0-9])$/;

/** The service of a name. Throws `resource-not-found`. */
export function requireContainerService(
  state: State,
  name: string,
  action: string,
): Held<"container-service"> {
  const held = state.get("container-service", name);
  if (held && !isLeavingService(state, name)) return held;
  const reason = held ? "it is being deleted" : "there is no container service of that name";
  throw new PlatformError("resource-not-found", `${action}: ${reason}`);
}

/** Refuses what is no name in Lightsail's form. Throws `input-malformed`. */
export function checkLabel(text: string, maxLength: number, action: string, example: string): void {
  if (text.length <= maxLength && dnsLabel.test(text)) return;
  throw new PlatformError(
    "input-malformed",
    `${action}: "${text.slice(0, 100)}" is no name for it; expected at most ${maxLength} lower-case letters, digits and inner hyphens, such as ${example}`,
  );
}
