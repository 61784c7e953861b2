// The edge role: the edge on the public addresses of resources, and the visitor proxy beside it.

import { certificateKeyPurpose, PlatformError } from "#contract";
import type { Now } from "#engine";
import { systemRandom } from "#reactor";
import type { Sealer } from "#store";
import { loadSealer } from "./data-key.ts";
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
  // Listeners have their places in this list as ids.
  const edgeListeners = context.config.listeners.filter(
    ({ label }) => label === "edge" || label === "edge-https",
  );
  const isHttps = (listener: number): boolean => edgeListeners[listener]?.label === "edge-https";
  // Where there is no certificate, the data key is not looked for.
  let sealer: Sealer | undefined;
  const openKey = (keyId: string, sealedKey: string): Uint8Array =>
    (sealer ??= loadSealer(context.layout)).open(certificateKeyPurpose, keyId, sealedKey);
  return startDataRole(context, {
    role: "edge",
    drainMs,
    make: (ports, now: () => Now) =>
      makeEdgeEngines(profile, {
        ...ports,
        names: lookUpWith(resolver, now),
        random: systemRandom,
        openKey,
        isHttps,
        onUnusable: ({ name }, error) =>
          context.log.error(
            { certificate: name, reason: error instanceof Error ? error.message : String(error) },
            "a certificate cannot be used",
          ),
      }),
    attach: async ({ edge, prober, proxy, tls, rawPorts }, driver, listeners, stream) => {
      await driver.attach(prober, []);
      await driver.attach(
        edge,
        edgeListeners.map((listener, id) => (isHttps(id) ? { ...listener, tls } : listener)),
      );
      await driver.attach(
        proxy,
        listeners.filter(({ label }) => label === "proxy"),
      );
      openPorts = new OpenPorts(
        driver,
        // A change is told of once it is taken over whole, and the stream is at its revision.
        (ports) => stream.report({ type: "ports", ports: [...ports], revision: stream.revision }),
        (id) => edge.targets.trafficOf(id),
      );
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
