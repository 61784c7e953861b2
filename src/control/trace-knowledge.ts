// What control knows of the names and resources that a visit goes by, for the repair of one that broke: whether a domain is registered,
// whether an instance is to run, when its process is started again. None of it is shown as something that the visit saw.

import type { InstanceState } from "#contract";
import { isDelegated, type DomainObject } from "#registry";
import { certificatesFor, issuanceOf, servedOf } from "./certificate-lookup.ts";
import { hostsOf, type ControlConfig } from "./config.ts";
import { shown } from "./names.ts";
import { findResource, type Resource } from "./resources.ts";
import type { RoleHub } from "./role-hub.ts";
import type { State } from "./state.ts";
import { registrableDomain } from "./tld-rules.ts";

/** Name servers that are asked beside a visit, at most. */
const maxServers = 8;

/** A domain that a name lies in. */
export interface KnownDomain {
  /** Without the final dot. */
  readonly name: string;
  /** Absent where nobody has registered it. */
  readonly domain: DomainObject | undefined;
  readonly isDelegated: boolean;
  /** True while its delegation waits for its zone to be served, or for its name servers to have gone. */
  readonly isPending: boolean;
}

/** An instance as it stands. */
export interface KnownInstance {
  readonly isStopped: boolean;
  /** Somebody else's server: its process is not ours. */
  readonly isForeign: boolean;
  readonly state: InstanceState | undefined;
}

/** A certificate that covers a host. */
export interface KnownCertificate {
  readonly name: string;
  /** Why the last attempt came to nothing, and when the next one is. */
  readonly problem: string | undefined;
  readonly retryAt: number | undefined;
  readonly isServed: boolean;
}

/** Where a name server is asked. */
export interface KnownServer {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

/** See the head of this file. */
export interface TraceKnowledge {
  /** The domain that a name is or lies in; undefined where its TLD is none of the platform's. @param name  absolute */
  domainOf(name: string): KnownDomain | undefined;
  /** The name servers that a zone is to be asked from, of a name that lies in one of ours. @param name  absolute */
  serversOf(name: string): KnownServer[];
  instance(name: string): KnownInstance | undefined;
  /** The instances of a resource that are stopped: itself, or those of a load balancer. */
  stoppedOf(resource: string): string[];
  resource(name: string): Resource["type"] | undefined;
  /** What a name is assigned to. @param host  without the final dot */
  assignedTo(host: string): string | undefined;
  /** The resource that a name could be assigned to, where there is just one. */
  onlyResource(): string | undefined;
  certificateOf(host: string): KnownCertificate | undefined;
  /** Seconds between health checks of a load balancer. */
  checkSecondsOf(resource: string): number | undefined;
  /** Whether a role is connected. */
  isThere(role: "names" | "resolver" | "edge" | "runtime"): boolean;
  /** Wall time. */
  now(): number;
}

/** Reads it off control's state. */
export function traceKnowledge(
  state: State,
  config: ControlConfig,
  hub: RoleHub,
  instanceStates: ReadonlyMap<string, InstanceState>,
  now: () => number,
): TraceKnowledge {
  const { profile } = config;
  return {
    now,
    isThere: (role) => hub.isConnected(role),
    domainOf: (name) => {
      const apex = registrableDomain(profile, name);
      if (apex === undefined) return undefined;
      const domain = state.value("domain", apex);
      return {
        name: shown(apex),
        domain,
        isDelegated: domain !== undefined && isDelegated(domain),
        isPending: state.get("pending", apex) !== undefined,
      };
    },
    serversOf: (name) => {
      const zone = state.zoneOf(name);
      if (!zone) return [];
      const own = hostsOf(profile, zone.nameServerSetId);
      const wanted = state.value("domain", zone.apex)?.nameServers ?? own.map((host) => host.name);
      return wanted
        .flatMap((server) => {
          const host = own.find((one) => one.name === server);
          const addresses = host?.addresses ?? state.value("host", server)?.addresses ?? [];
          return addresses.map((address) => ({ name: server, address, port: profile.authorityPort }));
        })
        .slice(0, maxServers);
    },
    instance: (name) => {
      const held = state.get("instance", name);
      if (!held) return undefined;
      return {
        isStopped: held.value.desired === "stopped",
        isForeign: held.value.run.kind === "address",
        state: instanceStates.get(held.id),
      };
    },
    stoppedOf: (resource) => {
      const names = state.value("load-balancer", resource)?.instances ?? [resource];
      return names.filter((name) => state.value("instance", name)?.desired === "stopped");
    },
    resource: (name) => findResource(state, name)?.type,
    assignedTo: (host) => state.value("assignment", `${host}.`)?.resource,
    onlyResource: () => {
      const names = (["instance", "load-balancer", "distribution", "container-service"] as const).flatMap(
        (kind) => [...state.all(kind).keys()],
      );
      return names.length === 1 ? names[0] : undefined;
    },
    certificateOf: (host) => {
      const [held] = certificatesFor(state, host);
      if (!held) return undefined;
      const issuance = issuanceOf(state, held);
      return {
        name: held.value.name,
        problem: issuance?.failure?.reason,
        retryAt: issuance?.failure?.retryAt,
        isServed: servedOf(state, held.value.name) !== undefined,
      };
    },
    checkSecondsOf: (resource) => {
      const held = state.value("load-balancer", resource);
      return held ? held.healthCheck.intervalMs / 1000 : undefined;
    },
  };
}
