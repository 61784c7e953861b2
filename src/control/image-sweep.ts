// Which images are kept: those that have a name, those that a version runs, and those that came within the last hour, which may still get one.

import { situationOf, versionState } from "./container-state.ts";
import type { Images } from "./ports.ts";
import type { State } from "./state.ts";

/** How long an image waits for its name. */
const namelessMs = 3_600_000;

/** Removes images that nothing refers to any more. */
export function sweepImages(state: State, images: Images, now: number): void {
  const used = new Set<string>();
  for (const { value } of state.all("container-image").values()) used.add(value.digest);
  for (const service of state.all("container-service").keys()) {
    const situation = situationOf(state, service);
    for (const { version, containers } of situation?.deployments ?? []) {
      if (!situation || !["ACTIVE", "ACTIVATING"].includes(versionState(situation, version))) continue;
      for (const { storedImage } of Object.values(containers))
        if (storedImage !== undefined) used.add(storedImage);
    }
  }
  for (const { digest, storedAt } of images.list())
    if (!used.has(digest) && storedAt < now - namelessMs) images.remove(digest);
}
