// The one place where the engines of the roles are made, so that the product and the simulator cannot make them
// differently: a role attaches what it gets here to a driver's real sockets, a test to a simulated host.

import {
  AnswerEngine,
  type AnswerEngineOptions,
  AnswerStreamEngine,
  type AnswerFailure,
  type ResponseRateOptions,
  ResponseRates,
  type Transactions,
} from "#answer";
import {
  EdgeEngine,
  HealthProber,
  PortEngine,
  VisitorProxyEngine,
  type NameLookup,
  type TargetTraffic,
} from "#edge";
import type {
  Counters,
  LiveQuestion,
  MetricsAnswer,
  OutsideObject,
  PortObject,
  Report,
  RoleObject,
  RoleQuestion,
  TraceStep,
  TreeObject,
} from "#contract";
import { hashedLabel, OnlineSigner } from "#dnssec";
import { endpoint, formatAddress, type Now, type Random } from "#engine";
import { RecursiveResolver, type ResolverConfiguration, type ResolverSettings } from "#resolver";
import { applyObjects, type PolicyBoard, PolicyBoardWriter, ZoneImage, type ZoneReader } from "#zone";
import { EdgeTls, type OpenKey, type UnusableListener } from "./edge-tls.ts";
import { applyZoneKeys, openZoneKeys, type OpenZoneKey, type UnusableZoneKey } from "./online-keys.ts";
import type { ListenerGroup, Profile } from "./profile.ts";
import type { RoleChange } from "./role-stream.ts";

/** What engines tell besides answering. */
export interface EnginePorts {
  /** Takes the steps of traces. */
  readonly report: (step: TraceStep) => void;
  /** Takes what else control is told. */
  readonly tell?: (report: Report) => void;
  /** Whether control is there to hear it; absent: nobody knows. */
  readonly isHeard?: () => boolean;
}

/** What every role of the data plane has. */
export interface RoleEngines {
  /** Takes what control told, as a whole; where it throws, nothing of it was taken. */
  apply(change: Pick<RoleChange, "put" | "removed" | "objects">): void;
  counters(): Counters;
  /** The counters of each resource, where it has some. @param at  monotonic milliseconds */
  metrics?(at: number): MetricsAnswer;
  /** Answers what control asks besides. */
  answer?(question: RoleQuestion, now: Now): unknown;
  /** Tells anew what control has to know: it was away, or is another one. */
  tellAll?(): void;
}

/** The engines of one listener group. */
export interface GroupEngines {
  readonly group: string;
  /** For each UDP listener of the group. */
  readonly datagram: AnswerEngine;
  /** For all TCP listeners of the group. */
  readonly stream: AnswerStreamEngine;
  /** For all listeners of the group behind TLS. */
  readonly tls: AnswerStreamEngine;
}

/** The engines of the names role: all groups answer from the same zones, each from its own among them. */
export interface NamesEngines extends RoleEngines {
  readonly groups: readonly GroupEngines[];
}

/** What the engines of the names role tell besides answering. */
export type NamesPorts = Pick<EnginePorts, "report"> & {
  /** Octets to reserve for zones (`zone-room.ts`); absent: as many as a test needs. */
  readonly room?: number;
  readonly onFailure?: (failure: AnswerFailure) => void;
  /** 16 octets that DNS cookies come of; absent: there are none. */
  readonly cookieSecret?: Uint8Array;
  /** How often the same answer is sent to a network over UDP; absent: any number of times. */
  readonly rates?: ResponseRateOptions;
  /** What sets are chosen by where names have several; absent: the default is given. */
  readonly policies?: NonNullable<AnswerEngineOptions["policies"]>;
  /** Takes transfers, NOTIFY, UPDATE and what is signed; absent: they are refused. */
  readonly transactions?: Transactions;
  /** Signs for zones with compact denial; absent: there are none. */
  readonly signing?: OnlineSigner;
  /** Opens the keys of such zones; absent: there is nothing to open them with. */
  readonly openZoneKey?: OpenZoneKey;
  readonly onUnusableKey?: UnusableZoneKey;
  /** Makes what transfers the zones; absent: nothing does. */
  readonly transfers?: (
    zones: ZoneImage,
    signing: OnlineSigner,
    board: PolicyBoard,
  ) => {
    readonly zones: Pick<ZoneImage, "apply">;
    readonly transactions: Transactions;
    counters(): Counters;
  };
};

/** Makes the engines of the names role. */
export function makeNamesEngines(
  groups: readonly ListenerGroup[],
  {
    random,
    ...ports
  }: Omit<NamesPorts, "policies"> & {
    /** Chance for policies; absent: the default of several sets is given. */
    readonly random?: Random;
  },
): NamesEngines {
  const zones = new ZoneImage(ports.room);
  const signing = new OnlineSigner();
  const board = new PolicyBoardWriter();
  const transfers = ports.transfers?.(zones, signing, board);
  const { openZoneKey = noDataKey, onUnusableKey = () => {} } = ports;
  const made = makeGroupEngines(zones, groups, {
    ...ports,
    signing,
    ...(random ? { policies: { board, random } } : {}),
    ...(transfers ? { transactions: transfers.transactions } : {}),
  });
  const table = transfers?.zones ?? zones;
  return {
    groups: made,
    apply: (change) => {
      const keys = openZoneKeys(change, openZoneKey, onUnusableKey);
      applyObjects(change, table, board);
      if (keys) applyZoneKeys(signing, keys);
    },
    counters: () => ({ ...countGroups(made), ...signing.counters(), ...transfers?.counters() }),
  };
}

/** Where there is nothing to open keys with. */
const noDataKey: OpenZoneKey = () => {
  throw new RangeError("there is no data key");
};

/** Makes engines that answer from zones which somebody else changes. */
export function makeGroupEngines(
  zones: ZoneReader,
  groups: readonly ListenerGroup[],
  ports: NamesPorts,
): readonly GroupEngines[] {
  const rates = ports.rates && new ResponseRates(ports.rates);
  return groups.map(({ group, hosts }): GroupEngines => {
    const names = new Map(
      hosts.flatMap((host) => host.addresses.map((address) => [address, host.name] as const)),
    );
    const datagram = new AnswerEngine({
      zones,
      group,
      hashName: hashedLabel,
      ...(ports.signing ? { signing: ports.signing } : {}),
      hop: group === "root" ? "root" : group === "tlds" ? "tld" : "name-servers",
      serverName: (to) => names.get(formatAddress(to.address)),
      report: ports.report,
      ...(ports.onFailure ? { onFailure: ports.onFailure } : {}),
      ...(ports.cookieSecret ? { cookieSecret: ports.cookieSecret } : {}),
      ...(rates ? { rates } : {}),
      ...(ports.policies ? { policies: ports.policies } : {}),
      ...(ports.transactions ? { transactions: ports.transactions } : {}),
    });
    return {
      group,
      datagram,
      stream: new AnswerStreamEngine({ engine: datagram }),
      tls: new AnswerStreamEngine({ engine: datagram, transport: "tls" }),
    };
  });
}

/** What engines have done so far, by name and group. */
export function countGroups(engines: readonly GroupEngines[]): Counters {
  return Object.assign(
    {},
    ...engines.map(({ datagram, stream, tls }) => ({
      ...datagram.counters(),
      ...stream.counters(),
      ...tls.counters(),
    })),
  ) as Counters;
}

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
  });
  return {
    resolver,
    apply: ({ objects }) => resolver.configure(resolverConfiguration(objects.values())),
    counters: () => resolver.counters(),
  };
}

function resolverConfiguration(objects: Iterable<RoleObject>): ResolverConfiguration {
  const trees: TreeObject[] = [];
  let outside: OutsideObject = { kind: "outside", policy: "refuse", forwarders: [] };
  for (const object of objects) {
    if (object.kind === "tree") trees.push(object);
    else if (object.kind === "outside") outside = object;
  }
  return { trees, outside };
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
