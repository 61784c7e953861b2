// The resolver role: one recursive resolver on all its listeners, over UDP, TCP, TLS and HTTPS.

import { serviceKeyPurpose, type ValidationFinding } from "#contract";
import { type Now, parseAddress } from "#engine";
import { type Listener, systemRandom } from "#reactor";
import type { DesignatedResolver, RecursiveResolver } from "#resolver";
import type { Sealer } from "#store";
import { Name } from "#wire";
import { loadSealer } from "./data-key.ts";
import { startDataRole } from "./data-role.ts";
import { dohPath } from "./doh-request.ts";
import { DohServer } from "./doh-server.ts";
import { watchResolver } from "./engine-watch.ts";
import { withCertificates } from "./engines-with-tls.ts";
import { limitedLog } from "./limited-log.ts";
import { makeResolverEngine } from "./make-engines.ts";
import { httpsSuffix, resolverName, tlsSuffix } from "./profile.ts";
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
  const designated = designatedAt(config.listeners);
  let https: DohServer | undefined;
  let watcher: QueryWatcher | undefined;
  return startDataRole(context, {
    role: "resolver",
    make: (ports, now) => {
      const engines = makeResolverEngine({
        ...ports,
        random: systemRandom,
        onFault,
        isTls,
        // Nobody is sent where no handshake comes to an end.
        designated: () => (tls?.certificate ? designated : undefined),
      });
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
        answer: (question, at) => {
          if (question.ask === "queries") return watching.follow(question.after);
          return question.ask === "validates" ? lookPastAnchors(resolver, question.name, at) : {};
        },
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

/** Whether a name validates as if there were no negative trust anchors. */
function lookPastAnchors(resolver: RecursiveResolver, text: string, now: Now): Promise<ValidationFinding> {
  const name = Name.parse(text);
  if (!name.ok) return Promise.resolve({ isValid: false, text: "the name is malformed" });
  const { promise, resolve } = Promise.withResolvers<ValidationFinding>();
  resolver.lookPastAnchors(name.value, resolve, now);
  return promise;
}

/** Where the resolver is asked in private, and the addresses at which it is. */
function designatedAt(listeners: readonly Listener[]): DesignatedResolver | undefined {
  const name = Name.parse(`${resolverName}.`);
  const portOf = (suffix: string): number | undefined =>
    listeners.find(({ label }) => label === `${service}${suffix}`)?.port;
  const [tlsPort, httpsPort] = [portOf(tlsSuffix), portOf(httpsSuffix)];
  const texts = listeners.flatMap(({ label, address }) =>
    label?.startsWith(`${service}/`) === true ? [address] : [],
  );
  const addresses = [...new Set(texts)].flatMap((text) => parseAddress(text) ?? []);
  if (!name.ok || (tlsPort === undefined && httpsPort === undefined)) return undefined;
  return {
    name: name.value,
    addresses,
    ...(tlsPort === undefined ? {} : { tlsPort }),
    ...(httpsPort === undefined ? {} : { httpsPort }),
    dohPath: `${dohPath}{?dns}`,
  };
}
