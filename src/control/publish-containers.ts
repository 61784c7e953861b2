// What the edge and the runtime are given of container services. A version that is being activated stands beside the one that serves: the
// runtime starts its nodes, and the edge probes them as candidates. A switch is one set of targets in place of another.

import { nodePort, tlsPolicies, type Balancing, type RoleObject, type Target } from "#contract";
import { edgeCertificates } from "./certificate-lookup.ts";
import type { ControlProfile } from "./config.ts";
import {
  defaultHealthCheck,
  deploymentKey,
  type ContainerNodeFact,
  type DeploymentFact,
} from "./container-facts.ts";
import { powerLimits } from "./container-powers.ts";
import { domainNamesOf, isLeavingService } from "./container-state.ts";
import type { Held, State } from "./state.ts";

/** How long requests under way may take at nodes that leave: as behind a load balancer. */
export const nodeDrainMs = 300_000;

/** How requests are shared out among nodes: as Lightsail's load balancers do it, where it has no setting. */
const sharing: Omit<Balancing, "healthCheck"> = {
  algorithm: "round-robin",
  ejectAfterFailures: 5,
  ejectMs: 10_000,
  drainMs: nodeDrainMs,
};

/** Where the edge reaches a node; undefined where nothing of it is public. */
export function nodeEndpoint(
  state: State,
  profile: ControlProfile,
  { service, version, address }: Pick<ContainerNodeFact, "service" | "version" | "address">,
): { address: string; port: number } | undefined {
  const deployment = state.value("deployment", deploymentKey(service, version));
  const own = state.value("address", address)?.own[0];
  if (!deployment?.publicEndpoint || own === undefined) return undefined;
  return { address: own, port: nodePort(deployment.publicEndpoint.containerPort, profile.portOffset) };
}

/** The objects of a service: its resource and host names at the edge, and its nodes at the runtime. */
export function containerServiceObjects(
  state: State,
  profile: ControlProfile,
  sealedEnvironments: ReadonlyMap<string, string>,
  service: Held<"container-service">,
): RoleObject[] {
  const { id, value } = service;
  const nodes = state.containers.nodesOf(value.name);
  const address = state.value("address", value.publicAddress);
  const certificates = edgeCertificates(state, value.name, Object.keys(value.publicDomainNames));
  return [
    {
      kind: "resource",
      id,
      name: value.name,
      type: "container-service",
      addresses: [...(address?.own ?? [])],
      ports: { http: true, https: certificates.length > 0 },
      targets: nodes.flatMap((node) => targetOf(state, profile, node) ?? []),
      balancing: { ...sharing, healthCheck: defaultHealthCheck },
      redirectsToHttps: certificates.length > 0,
      tlsPolicy: tlsPolicies[0],
      certificates,
    },
    ...hostNames(state, value.name).map((host): RoleObject => ({ kind: "host", host, resourceId: id })),
    ...nodes.flatMap((node) => nodeObject(state, profile, sealedEnvironments, service, node) ?? []),
  ];
}

/** Names that it is served under and that are assigned to nothing: an assignment says where a name leads. */
function hostNames(state: State, name: string): string[] {
  const service = state.value("container-service", name);
  if (!service || isLeavingService(state, name)) return [];
  return domainNamesOf(service).filter((host) => state.get("assignment", `${host}.`) === undefined);
}

/** What people call a node. */
export function nodeName({ service, version, number }: ContainerNodeFact): string {
  return `${service} v${version} node ${number}`;
}

function targetOf(
  state: State,
  profile: ControlProfile,
  { id, value }: Held<"container-node">,
): Target | undefined {
  const { stage } = value;
  if (stage === "starting" || stage === "stopping") return undefined;
  const endpoint = nodeEndpoint(state, profile, value);
  const deployment = state.value("deployment", deploymentKey(value.service, value.version));
  if (!endpoint || !deployment?.publicEndpoint) return undefined;
  return {
    id,
    name: nodeName(value),
    ...endpoint,
    drains: stage === "draining",
    ...(stage === "candidate" ? { isCandidate: true } : {}),
    healthCheck: deployment.publicEndpoint.healthCheck,
  };
}

function nodeObject(
  state: State,
  profile: ControlProfile,
  sealedEnvironments: ReadonlyMap<string, string>,
  service: Held<"container-service">,
  { id, value }: Held<"container-node">,
): RoleObject | undefined {
  const deployment = state.value("deployment", deploymentKey(value.service, value.version));
  const address = state.value("address", value.address)?.own[0];
  if (!deployment || address === undefined) return undefined;
  const listen = nodeEndpoint(state, profile, value);
  const { publicEndpoint, environmentId } = deployment;
  const sealed = environmentId === undefined ? undefined : sealedEnvironments.get(environmentId);
  return {
    kind: "container-node",
    id,
    serviceId: service.id,
    service: value.service,
    version: value.version,
    number: value.number,
    containers: Object.entries(deployment.containers).map(([name, one]) => containerOf(name, one)),
    ...(environmentId !== undefined && sealed !== undefined
      ? { environment: { secretId: environmentId, sealed } }
      : {}),
    address,
    ...(publicEndpoint && listen
      ? {
          publicEndpoint: {
            container: publicEndpoint.containerName,
            port: publicEndpoint.containerPort,
            listen,
          },
        }
      : {}),
    limits: powerLimits(value.power),
    desired: value.stage === "stopping" ? "stopped" : "running",
  };
}

function containerOf(
  name: string,
  { image, storedImage, command, ports }: DeploymentFact["containers"][string],
): Extract<RoleObject, { kind: "container-node" }>["containers"][number] {
  return {
    name,
    image,
    ...(storedImage === undefined ? {} : { storedImage }),
    ...(command.length > 0 ? { command: [...command] } : {}),
    ports: { ...ports },
  };
}
