// Where the engines of the roles are made, and nowhere else but for name servers (make-names-engines.ts), so that the product and the simulator cannot make
// them differently: a role attaches what it gets here to a driver's real sockets, a test to a simulated host.

import {
  EdgeEngine,
  HealthProber,
  PortEngine,
  VisitorProxyEngine,
  type NameLookup,
  type TargetTraffic,
} from "#edge";
import type {
  LiveQuestion,
  NegativeAnchorObject,
  OutsideObject,
  PortObject,
  RoleObject,
  RoleQuestion,
  TreeObject,
} from "#contract";
import { endpoint, formatAddress, type Random } from "#engine";
import {
  type DesignatedResolver,
  RecursiveResolver,
  type ResolverConfiguration,
  type ResolverSettings,
} from "#resolver";
import { EdgeTls, type OpenKey, type UnusableListener } from "./edge-tls.ts";
import type { Profile } from "./profile.ts";
import type { EnginePorts, RoleEngines } from "./role-engines.ts";

/** The engine of the resolver role. */
export interface ResolverEngines extends RoleEngines {
  /** For all listeners, UDP and TCP. */
  readonly resolver: RecursiveResolver;
}

/** What a resolver needs besides. */
export interface ResolverPorts extends EnginePorts {
  readonly random: Random;
  readonly onFault?: (error: unknown) => void;
  /** Tells which of its listeners, by their ids, are behind TLS; absent: none. */
  readonly isTls?: (listener: number) => boolean;
  /** Where it is asked in private. */
  readonly designated?: () => DesignatedResolver | undefined;
}

/** Makes the engine of the resolver role. Before it is told of a tree it refuses every name. */
export function makeResolverEngine(
  ports: ResolverPorts,
  settings: Partial<ResolverSettings> = {},
): ResolverEngines {
  const resolver = new RecursiveResolver({
    random: ports.random,
    configuration: resolverConfiguration([]),
    settings,
    onTraceStep: ports.report,
    ...(ports.onFault ? { onFault: ports.onFault } : {}),
    ...(ports.isTls ? { isTls: ports.isTls } : {}),
    ...(ports.designated ? { designated: ports.designated } : {}),
  });
  return {
    resolver,
    apply: ({ objects }) => resolver.configure(resolverConfiguration(objects.values())),
    counters: () => resolver.counters(),
  };
}

function resolverConfiguration(objects: Iterable<RoleObject>): ResolverConfiguration {
  const trees: TreeObject[] = [];
  const negativeAnchors: NegativeAnchorObject[] = [];
  let outside: OutsideObject = { kind: "outside", policy: "refuse", forwarders: [] };
  for (const object of objects) {
    if (object.kind === "tree") trees.push(object);
    else if (object.kind === "outside") outside = object;
    else if (object.kind === "negative-anchor") negativeAnchors.push(object);
  }
  return { trees, outside, negativeAnchors };
}

/** The engines of the edge role. */
export interface EdgeEngines extends RoleEngines {
  /** For the listeners on public addresses. */
  readonly edge: EdgeEngine;
  /** Probes the targets of load balancers; it has no listeners. */
  readonly prober: HealthProber;
  /** For the listeners of the visitor proxy. */
  readonly proxy: VisitorProxyEngine;
  /** For the edge's listeners behind TLS. */
  readonly tls: EdgeTls;
  /** Raw ports that are to be open. */
  readonly rawPorts: () => readonly PortObject[];
}

/** What an edge needs besides. */
export interface EdgePorts extends EnginePorts {
  readonly names: NameLookup;
  readonly random: Random;
  /** Opens the keys of certificates; absent: no certificate can be used. */
  readonly openKey?: OpenKey;
  readonly onUnusable?: UnusableListener;
  /** Tells which of the edge's listeners, by their ids, are behind TLS; absent: none. */
  readonly isHttps?: (listener: number) => boolean;
}

/** Makes the engines of the edge role. */
export function makeEdgeEngines(profile: Pick<Profile, "tlds" | "edge">, ports: EdgePorts): EdgeEngines {
  const { addresses, sharedAddresses, httpPort, httpsPort } = profile.edge;
  // Through octets and back: each address in the one form that it is compared in.
  const own = new Set(
    [...addresses, ...sharedAddresses].map((text) => formatAddress(endpoint(text, 0).address)),
  );
  const tls = new EdgeTls(ports.openKey, ports.onUnusable);
  const edge = new EdgeEngine({
    report: ports.report,
    reportTargets: (report) => ports.tell?.(report),
    ports: { http: httpPort, https: httpsPort },
    random: ports.random,
    scheme: (listener) => (ports.isHttps?.(listener) ? "https" : "http"),
  });
  const prober = new HealthProber(edge.targets, ports.random);
  tls.onFailure = (resourceId) => edge.targets.countTlsFailure(resourceId);
  const epoch = [1, 2, 3].map(() => ports.random.integer(2 ** 31).toString(36)).join("-");
  let rawPorts: readonly PortObject[] = [];
  const opened = new Map<string, number>();
  const proxy = new VisitorProxyEngine({
    openPort: (address, port) => opened.get(`${formatAddress(address)} ${port}`),
    names: ports.names,
    suffixes: profile.tlds.map((tld) => tld.replace(/\.$/, "")),
    isEdgeAddress: (address) => own.has(formatAddress(address)),
    edgeHttpPort: httpPort,
    edgeHttpsPort: httpsPort,
  });
  return {
    edge,
    prober,
    proxy,
    tls,
    rawPorts: () => rawPorts,
    apply: ({ objects }) => {
      rawPorts = [...objects.values()].filter((object) => object.kind === "port");
      opened.clear();
      for (const { listen, publicPort } of rawPorts)
        opened.set(`${formatAddress(endpoint(listen.address, 0).address)} ${publicPort}`, listen.port);
      edge.setRoutes(
        [...objects.values()].filter(
          (object) =>
            object.kind === "resource" ||
            object.kind === "host" ||
            object.kind === "challenge" ||
            object.kind === "purge",
        ),
      );
      tls.apply(objects.values()); // last: it does not throw, so that routes and certificates are of one revision
    },
    tellAll: () => edge.reportAllTargets(),
    metrics: (at) => ({ epoch, at, samples: edge.readMetrics() }),
    answer: (question, now) => (isLiveQuestion(question) ? edge.readLive(question, now) : {}),
    counters: () => ({
      ...edge.readCounters(),
      ...prober.readCounters(),
      ...tls.readCounters(),
      ...Object.fromEntries(
        Object.entries(proxy.readCounters()).map(([name, count]) => [`proxy-${name}`, count]),
      ),
    }),
  };
}

function isLiveQuestion(question: RoleQuestion): question is LiveQuestion {
  const { ask } = question;
  return ask === "resource-counts" || ask === "checks" || ask === "cache" || ask === "stored";
}

/** Makes the engine of one raw port. @param trafficOf  where the octets of a target count, by its id; absent: nowhere */
export function makePortEngine(
  { target, resourceId }: PortObject,
  trafficOf?: (targetId: string) => TargetTraffic,
): PortEngine {
  const at = endpoint(target.address, target.port);
  return trafficOf ? new PortEngine(at, {}, () => trafficOf(resourceId)) : new PortEngine(at);
}
