// The edge role: the edge on the public addresses of resources, and the visitor proxy beside it.

import { PlatformError } from "#contract";
import type { Now } from "#engine";
import { systemRandom } from "#reactor";
import { startDataRole } from "./data-role.ts";
import { makeEdgeEngines } from "./make-engines.ts";
import { lookUpWith } from "./name-lookup.ts";
import { OpenPorts } from "./open-ports.ts";
import type { StartRole } from "./role.ts";

/** How long requests under way may take when the role stops, in milliseconds. */
const drainMs = 5000;

/** Starts the edge role. */
export const startEdge: StartRole = (context) => {
  const { profile } = context.config.platform;
  const [resolver] = profile.resolver;
  if (!resolver)
    throw new PlatformError("internal", "Cannot start the visitor proxy: the profile has no resolver");
  let openPorts: OpenPorts | undefined;
  return startDataRole(context, {
    role: "edge",
    drainMs,
    make: (ports, now: () => Now) =>
      makeEdgeEngines(profile, { ...ports, names: lookUpWith(resolver, now), random: systemRandom }),
    attach: async ({ edge, prober, proxy, rawPorts }, driver, listeners, tell) => {
      await driver.attach(prober, []);
      await driver.attach(
        edge,
        listeners.filter(({ label }) => label === "edge"),
      );
      await driver.attach(
        proxy,
        listeners.filter(({ label }) => label === "proxy"),
      );
      openPorts = new OpenPorts(driver, (ports) => tell({ type: "ports", ports: [...ports] }));
      openPorts.want(rawPorts());
    },
    applied: ({ rawPorts }) => openPorts?.want(rawPorts()),
    connected: () => openPorts?.tell(),
    // Idle connections end at once, requests under way are finished.
    drain: ({ edge, prober, proxy }, now) => {
      prober.stop();
      void openPorts?.close();
      edge.drain(drainMs, now, () => {});
      proxy.drain(drainMs, now, () => {});
    },
  });
};
