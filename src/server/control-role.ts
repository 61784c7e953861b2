// The control role: the store, control, its API on the inherited listener, and its end of the streams to the roles.

import { readdirSync, readFileSync, statSync } from "node:fs";
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import type { ZoneSigning } from "#contract";
import { PlatformError } from "#contract/plain";
import { createControl, controlSchema, type ControlConfig, type Host, type NameService } from "#control";
import { openIdentity } from "#identity";
import { systemRandom } from "#reactor";
import { ImageStore } from "#runtime";
import { openSqliteStore } from "#store";
import { makeAcmeTransport } from "./acme-transport.ts";
import { ThreadSigner } from "./bulk-signer.ts";
import { openConsoleFiles } from "./console-files.ts";
import { keyFilesOf, loadSealer } from "./data-key.ts";
import { makeAuthority, makeResolver } from "./authority.ts";
import { dohPath } from "./doh-request.ts";
import { serveHub } from "./hub-server.ts";
import type { Layout } from "./layout.ts";
import { type Profile, resolverName } from "./profile.ts";
import { zonesGivenTo } from "./names-transfers.ts";
import { programVersion } from "./program-version.ts";
import type { PlatformConfig } from "./role-config.ts";
import type { RoleContext, StartRole } from "./role.ts";
import { traceShelfIn } from "./trace-shelf.ts";
import { makeVisitor } from "./visitor.ts";

/** How zones are signed where nobody has said it: names that can be listed cost less than hashed ones, and hide nothing (RFC 9276 section 3.1). */
const defaultSigning: ZoneSigning = "nsec";

/** How long requests under way may take when the role stops, in milliseconds. */
const drainMs = 2000;

/** Starts the control role. */
export const startControl: StartRole = async ({ config, layout, log }) => {
  const { profile, signing = defaultSigning } = config.platform;
  checkStoreIsThere(layout);
  const store = await openSqliteStore(layout.store, controlSchema);
  const sealer = loadSealer(layout);
  const bulkSigner = new ThreadSigner((problem) => log.warn({ problem }, "control signs by itself"));
  const host: Host = {
    clock: { monotonic: () => performance.now(), wall: () => Date.now() },
    timers: {
      after: (milliseconds, run) => {
        const timer = setTimeout(run, milliseconds);
        return () => clearTimeout(timer);
      },
    },
    random: systemRandom,
    log,
    visitor: makeVisitor(profile),
    traceShelf: traceShelfIn(layout.traces),
    authority: makeAuthority(),
    acme: makeAcmeTransport,
    resolver: makeResolver(profile),
    images: imagesIn(layout),
    bulkSigner,
    console: openConsoleFiles(),
    sealer,
    identity: openIdentity({
      file: layout.identity,
      sealer,
      baseUrl: `http://${profile.control.address}:${profile.control.port}`,
      now: () => Date.now(),
    }),
  };
  const key = readFileSync(keyFilesOf(layout).firstKey, "utf8").trim();
  const control = createControl({
    ...host,
    store,
    config: {
      ...controlConfig(config.platform, key, signing),
      ...(config.platform.transfers ? { secondaries: zonesGivenTo(config.platform.transfers) } : {}),
    },
  });
  await control.start();
  const hub = await serveHub(layout.streamSocket, control.hub, log);
  const api = createAdaptorServer({
    fetch: (request, environment) => control.fetch(request, environment),
  }) as Server;
  await listen(api, config.listeners);
  return {
    isSynced: true,
    get revision() {
      return Math.max(...control.hub.roles().map(({ revision }) => revision));
    },
    stop: async () => {
      const ended = new Promise((resolve) => api.close(resolve));
      api.closeIdleConnections();
      const late = setTimeout(() => api.closeAllConnections(), drainMs);
      await ended;
      clearTimeout(late);
      hub.close();
      await control.close();
      await bulkSigner.close();
    },
  };
};

/** The store of images, which this process alone writes to. */
function imagesIn({ images }: Layout): ImageStore {
  const store = new ImageStore(images);
  store.sweep();
  return store;
}

/**
 * Refuses to begin anew where there was a store: the roles would be told to forget everything that they serve.
 * Throws `data-damaged`.
 */
function checkStoreIsThere({ store, state }: Layout): void {
  const octets = statSync(store, { throwIfNoEntry: false })?.size ?? 0;
  if (octets > 0 || readdirSync(state).length === 0) return;
  throw new PlatformError(
    "data-damaged",
    `Cannot open "${store}": it is gone or empty, and "${state}" holds what roles were told from it`,
  );
}

function listen(server: Server, listeners: RoleContext["config"]["listeners"]): Promise<void> {
  const [listener] = listeners;
  if (!listener) return Promise.resolve();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    if ("fd" in listener) server.listen({ fd: listener.fd }, resolve);
    else server.listen(listener.port, listener.address, resolve);
  });
}

function controlConfig(
  { profile, outside, transfers }: PlatformConfig,
  key: string,
  signing: ZoneSigning,
): ControlConfig {
  const { address, port } = profile.control;
  const hosts = [`${address}:${port}`, `localhost:${port}`];
  return {
    profile,
    version: programVersion(),
    keys: [{ actor: "first-key", key }],
    allowedHosts: hosts,
    allowedOrigins: hosts.map((host) => `http://${host}`),
    outside: { policy: outside.policy, forwarders: [...outside.forwarders] },
    places: placesOf(profile),
    region: "local",
    nameServices: nameServicesOf(profile),
    ...(transfers?.update ? { updates: transfers.update } : {}),
    ...(signing === "off" ? {} : { signing }),
  };
}

/** What is asked over TLS: each group of name servers under the names of its hosts, and the resolver. */
function nameServicesOf({ groups, resolver, authorityTlsPort, authorityHttpsPort }: Profile): NameService[] {
  return [
    ...groups.map(({ group, hosts }): NameService => ({
      role: "names",
      service: group,
      names: hosts.map(({ name }) => name.slice(0, -1)),
      addresses: hosts.flatMap(({ addresses }) => addresses),
      ways: { tlsPort: authorityTlsPort, httpsPort: authorityHttpsPort, dohPath: `${dohPath}{?dns}` },
    })),
    {
      role: "resolver",
      service: "resolver",
      names: [resolverName],
      addresses: resolver.map(({ address }) => address),
    },
  ];
}

/** Where to look, for `fairlead status`. */
function placesOf(profile: Profile): { title: string; at: string }[] {
  const { edge, groups, authorityPort, resolver, proxy, control } = profile;
  const [resolverAt, proxyAt] = [resolver[0], proxy[0]];
  const [tls, https] = [profile.resolverTlsPort, profile.resolverHttpsPort];
  return [
    { title: "control API", at: `http://${control.address}:${control.port}` },
    ...(resolverAt ? [{ title: "resolver", at: `${resolverAt.address}:${resolverAt.port}` }] : []),
    ...(resolverAt
      ? [{ title: "resolver, private", at: `TLS ${tls}, https://${resolverAt.address}:${https}/dns-query` }]
      : []),
    ...groups.map(({ group, hosts }) => ({
      title: title(group),
      at: `${range(hosts.flatMap(({ addresses }) => addresses))}, port ${authorityPort}, TLS ${profile.authorityTlsPort}`,
    })),
    { title: "edge", at: `${range(edge.addresses)}, port ${edge.httpPort}` },
    ...(proxyAt ? [{ title: "visitor proxy", at: `http://${proxyAt.address}:${proxyAt.port}` }] : []),
  ];
}

function title(group: string): string {
  return group === "root" ? "root servers" : group === "tlds" ? "TLD servers" : `name servers ${group}`;
}

function range(addresses: readonly string[]): string {
  return addresses.length > 1 ? `${addresses[0]} to ${addresses.at(-1)}` : (addresses[0] ?? "");
}
