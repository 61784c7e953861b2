// Load balancers for tests of this folder: resources with targets, and servers that answer with their own name.

import type { Balancing, HealthCheck, ResourceObject } from "#contract";
import type { MemoryServer } from "./testing.ts";

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
  /** Ids of those that are not there. */
  readonly without?: readonly string[];
  readonly check?: Partial<HealthCheck>;
  readonly balancing?: Partial<Balancing>;
}

/** A load balancer with the id `lb` at 127.53.8.9. */
export function loadBalancer(given: BalancerGiven = {}): ResourceObject {
  const { count = 2, drains = [], without = [], check, balancing, ...rest } = given;
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

/** A server that answers each request with what a function says; undefined: not at all. */
export function serverOf(answer: (request: string) => string | undefined): MemoryServer {
  return {
    received(peer, octets) {
      const reply = answer(String.fromCharCode(...octets));
      if (reply !== undefined) peer.send(reply);
    },
  };
}
