// The resolver role: one recursive resolver on all its listeners, over UDP, TCP, TLS and HTTPS.

import { serviceKeyPurpose } from "#contract";
import { systemRandom } from "#reactor";
import type { Sealer } from "#store";
import { loadSealer } from "./data-key.ts";
import { startDataRole } from "./data-role.ts";
import { DohServer } from "./doh-server.ts";
import { watchResolver } from "./engine-watch.ts";
import { withCertificates } from "./engines-with-tls.ts";
import { limitedLog } from "./limited-log.ts";
import { makeResolverEngine } from "./make-engines.ts";
import { httpsSuffix, tlsSuffix } from "./profile.ts";
import { QueryWatcher } from "./query-watcher.ts";
import type { StartRole } from "./role.ts";
import { ServiceCertificates } from "./service-tls.ts";
import { resolverFiles, usuallyWatched } from "./watch-plan.ts";

const service = "resolver";

/** Starts the resolver role. */
export const startResolver: StartRole = (context) => {
  const { log, layout, config } = context;
  const onFault = limitedLog(log, "a resolution failed");
  // Listeners have their places in this list as ids.
  const direct = config.listeners.filter(({ label }) => label !== `${service}${httpsSuffix}`);
  const isTls = (listener: number): boolean => direct[listener]?.label === `${service}${tlsSuffix}`;
  let sealer: Sealer | undefined;
  const certificates = new ServiceCertificates(
    [service],
    (keyId, sealedKey) => (sealer ??= loadSealer(layout)).open(serviceKeyPurpose, keyId, sealedKey),
    (_, error) => log.error({ reason: (error as Error).message }, "a certificate cannot be used"),
  );
  const tls = certificates.of(service);
  let https: DohServer | undefined;
  let watcher: QueryWatcher | undefined;
  return startDataRole(context, {
    role: "resolver",
    make: (ports, now) => {
      const engines = makeResolverEngine({ ...ports, random: systemRandom, onFault, isTls });
      const { resolver } = engines;
      if (tls)
        https = new DohServer({
          service,
          tls,
          answer: (octets, from, _to, reply) => resolver.ask(octets, from, reply, now()),
        });
      const watching = new QueryWatcher({
        plan: resolverFiles(config.platform.watch ?? usuallyWatched),
        of: "resolver",
        groups: ["resolver"],
        threads: 1,
        apply: (_, settings) => watchResolver(resolver, settings),
        log: (text) => log.warn(text),
      });
      watcher = watching;
      return {
        ...withCertificates(engines, certificates, () => [https, watching]),
        answer: (question) => (question.ask === "queries" ? watching.follow(question.after) : {}),
      };
    },
    attach: async ({ resolver }, driver, listeners) => {
      await driver.attach(
        resolver,
        direct.map((listener, id) => (isTls(id) && tls ? { ...listener, tls } : listener)),
      );
      for (const listener of listeners)
        if (listener.label === `${service}${httpsSuffix}`) await https?.listen(listener);
    },
    close: async (graceMs) => {
      await https?.close(graceMs);
      await watcher?.close();
    },
  });
};
