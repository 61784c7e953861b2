// What runs containers on this machine, as the runtime tells it: the engines, why one is not there, and the images of a container engine's own store.

import { engineImages, engineState, PlatformError, type ContainerEngineList } from "#contract";
import type { RoleHub } from "./role-hub.ts";
import { isoTime } from "./views.ts";

/** How long the runtime may take to ask its engines. */
const askTimeoutMs = 10_000;

/** Asks the runtime. Throws `role-unreachable`. */
export async function readContainerEngines(hub: RoleHub): Promise<ContainerEngineList> {
  const [engines, images] = await Promise.all([
    hub.ask("runtime", { ask: "container-engines" }, askTimeoutMs),
    hub.ask("runtime", { ask: "container-images" }, askTimeoutMs),
  ]);
  const [found, stored] = [engineState.array().safeParse(engines), engineImages.safeParse(images)];
  if (!found.success || !stored.success)
    throw new PlatformError("role-unreachable", "Cannot list container engines: the runtime could not");
  return {
    engines: found.data,
    images: stored.data.images.map((image) => ({ ...image, createdAt: isoTime(image.createdAt) })),
  };
}
