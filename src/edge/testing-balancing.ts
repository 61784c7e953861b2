// Load balancers for tests of this folder: resources with targets, an edge that has one, and responses.

import type { Balancing, HealthCheck, ResourceObject, TargetCheck, TargetsReport } from "#contract";
import type { BalancedTarget } from "./balanced-target.ts";
import type { Balancer } from "./balancer.ts";
import { EdgeEngine, type EdgeOptions } from "./edge-engine.ts";
import type { ProbeOutcome } from "./health.ts";
import { MemoryNetwork, type FarEnd, serverOf } from "./testing.ts";

/** Lightsail's check, as ALB has it by default. */
export const defaultCheck: HealthCheck = {
  path: "/health",
  intervalMs: 30_000,
  timeoutMs: 5000,
  healthyThreshold: 5,
  unhealthyThreshold: 2,
  successCodes: "200",
};

/** What a load balancer of a test may differ in. */
export interface BalancerGiven extends Partial<Omit<ResourceObject, "targets" | "balancing">> {
  /** How many targets; `127.53.9.1:8080` is the first one's place, `a` its id. */
  readonly count?: number;
  /** Ids of those that drain. */
  readonly drains?: readonly string[];
  /** Ids of those that are candidates. */
  readonly candidates?: readonly string[];
  /** Ids of those that are not there. */
  readonly without?: readonly string[];
  readonly check?: Partial<TargetCheck>;
  readonly balancing?: Partial<Balancing>;
}

/** A load balancer with the id `lb` at 127.53.8.9. */
export function loadBalancer(given: BalancerGiven = {}): ResourceObject {
  const { count = 2, drains = [], candidates = [], without = [], check, balancing, ...rest } = given;
  return {
    kind: "resource",
    id: "lb",
    name: "front",
    type: "load-balancer",
    addresses: ["127.53.8.9"],
    ports: { http: true, https: true },
    redirectsToHttps: false,
    tlsPolicy: "TLS-2016-08",
    certificates: [],
    ...rest,
    targets: Array.from({ length: count }, (_, i) => String.fromCharCode(97 + i))
      .map((id, i) => ({
        id,
        name: `web-${id}`,
        address: `127.53.9.${i + 1}`,
        port: 8080,
        drains: drains.includes(id),
        ...(candidates.includes(id) ? { isCandidate: true as const } : {}),
      }))
      .filter(({ id }) => !without.includes(id)),
    balancing: {
      algorithm: "round-robin",
      healthCheck: { ...defaultCheck, ...check },
      ejectAfterFailures: 0,
      ejectMs: 1000,
      drainMs: 10_000,
      ...balancing,
    },
  };
}

/** The place of a target by its id. */
export function placeOf(id: string): string {
  return `127.53.9.${id.charCodeAt(0) - 96}:8080`;
}

/** A whole response. */
export function responseOf(content: string, status = "200 OK"): string {
  return `HTTP/1.1 ${status}\r\nContent-Length: ${content.length}\r\n\r\n${content}`;
}

/** What a probe of a test comes to. */
export const good: Extract<ProbeOutcome, { kind: "answered" }> = {
  kind: "answered",
  status: 200,
  phrase: "OK",
  tookMs: 1,
};
export const bad: ProbeOutcome = { kind: "failed", what: "connection refused" };
/** A request for the load balancer's host, and where it comes in. */
export const get: string = "GET /a?b=c HTTP/1.1\r\nHost: shop.test\r\n\r\n";
export const here: string = "127.53.8.9:8080";

/** An edge with a load balancer, and what tests do with it. */
export interface BalancedEdge {
  readonly engine: EdgeEngine;
  readonly network: MemoryNetwork;
  /** All that it told of targets. */
  readonly reports: TargetsReport[];
  /** Swaps the load balancer for another one. */
  readonly set: (next: BalancerGiven) => void;
  /** Lets probes of a target come out so, 30 s apart. */
  readonly probe: (id: string, outcome: ProbeOutcome, times?: number) => void;
  /** Who answers a request on a connection of its own: the content of the response. */
  readonly ask: (request?: string, client?: FarEnd) => string;
  readonly targetOf: (id: string) => { readonly balancer: Balancer; readonly target: BalancedTarget };
}

/** An edge with a load balancer whose targets answer with their id. */
export function edge(given: BalancerGiven = {}, options: EdgeOptions = {}): BalancedEdge {
  const reports: TargetsReport[] = [];
  const engine = new EdgeEngine({ reportTargets: (report) => reports.push(report), ...options });
  const network = new MemoryNetwork(engine);
  const set = (next: BalancerGiven): void => {
    const object = loadBalancer(next);
    engine.setRoutes([object, { kind: "host", host: "shop.test", resourceId: "lb" }]);
  };
  set(given);
  for (const id of "abcdef")
    network.servers.set(
      placeOf(id),
      serverOf(() => responseOf(id)),
    );
  const targetOf = (id: string): ReturnType<BalancedEdge["targetOf"]> => {
    for (const balancer of engine.targets.balancers()) {
      const target = balancer.targets.find((one) => one.id === id);
      if (target) return { balancer, target };
    }
    throw new Error(id);
  };
  const probe = (id: string, outcome: ProbeOutcome, times = 1): void => {
    const { balancer, target } = targetOf(id);
    for (let i = 0; i < times; i++) balancer.probed(target, outcome, (network.now.monotonic += 30_000));
  };
  /** Who answers a request on a connection of its own: the content of the response. */
  const ask = (request = get, client = network.accept(here)): string => {
    const before = client.text.length;
    client.send(request);
    return client.text.slice(before).split("\r\n\r\n")[1] ?? "";
  };
  return { engine, network, reports, set, probe, ask, targetOf };
}

/** The same once every target was found healthy. */
export function healthy(given: BalancerGiven = {}, options: EdgeOptions = {}): BalancedEdge {
  const made = edge(given, options);
  const count = given.count ?? 2;
  for (const id of "abcdef".slice(0, count)) if (!given.without?.includes(id)) made.probe(id, good);
  return made;
}
