// The edge role: the edge on the public addresses of resources, and the visitor proxy beside it.

import { PlatformError } from "#contract";
import type { Now } from "#engine";
import { startDataRole } from "./data-role.ts";
import { makeEdgeEngines } from "./make-engines.ts";
import { lookUpWith } from "./name-lookup.ts";
import type { StartRole } from "./role.ts";

/** How long requests under way may take when the role stops, in milliseconds. */
const drainMs = 5000;

/** Starts the edge role. */
export const startEdge: StartRole = (context) => {
  const { profile } = context.config.platform;
  const [resolver] = profile.resolver;
  if (!resolver)
    throw new PlatformError("internal", "Cannot start the visitor proxy: the profile has no resolver");
  return startDataRole(context, {
    role: "edge",
    drainMs,
    make: (ports, now: () => Now) => makeEdgeEngines(profile, { ...ports, names: lookUpWith(resolver, now) }),
    attach: async ({ edge, proxy }, driver, listeners) => {
      await driver.attach(
        edge,
        listeners.filter(({ label }) => label === "edge"),
      );
      await driver.attach(
        proxy,
        listeners.filter(({ label }) => label === "proxy"),
      );
    },
    // Idle connections end at once, requests under way are finished.
    drain: ({ edge, proxy }, now) => {
      edge.drain(drainMs, now, () => {});
      proxy.drain(drainMs, now, () => {});
    },
  });
};
