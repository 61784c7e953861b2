// What the edge and the runtime are given of resources: where each is served, and which instances its requests go to. Derived from facts
// by reference, like all that is published (publish.ts).

import { tlsPolicies, type InstanceObject, type PortRule, type RoleObject, type Target } from "#contract";
import { edgeCertificates } from "./certificate-lookup.ts";
import type { ControlProfile } from "./config.ts";
import type { InstanceFact, LoadBalancerFact } from "./facts.ts";
import { portObjects } from "./public-ports.ts";
import { servedAddressesOf } from "./resources.ts";
import type { Held, State } from "./state.ts";

/** Lightsail's port of a web server: it stands for the port that an instance listens on, whichever that is here. */
const webPort = 80;

/** Where an instance itself listens. */
export function privateEndpointOf(
  state: State,
  profile: ControlProfile,
  instance: InstanceFact,
): { address: string; port: number } | undefined {
  if (instance.run.kind === "address") return { address: instance.run.address, port: instance.run.port };
  const key = instance.privateAddress;
  const address = key === undefined ? undefined : state.value("address", key)?.own[0];
  return address === undefined ? undefined : { address, port: profile.instances.port };
}

/** Whether a port is among those that are open. */
export function isPortOpen(rules: readonly PortRule[], port: number): boolean {
  return rules.some(({ fromPort, toPort }) => port >= fromPort && port <= toPort);
}

/** The objects of an instance: its resource at the edge, and its process. */
export function instanceObjects(state: State, profile: ControlProfile, held: Held<"instance">): RoleObject[] {
  const { id, value } = held;
  const { name, run } = value;
  const listen = privateEndpointOf(state, profile, value);
  const leaves = state.value("drain", `${name} ${name}`);
  const isServed = value.desired === "running" || leaves !== undefined;
  const resource: RoleObject = {
    kind: "resource",
    id,
    name,
    type: "instance",
    addresses: servedAddressesOf(state, value),
    ports: { http: isPortOpen(value.ports, 80), https: isPortOpen(value.ports, 443) },
    targets: listen && isServed ? [{ id, name, ...listen, drains: leaves !== undefined }] : [],
    redirectsToHttps: false,
    tlsPolicy: tlsPolicies[0],
    certificates: edgeCertificates(state, name),
  };
  const ports = portObjects(state, profile, held, listen?.address);
  if (run.kind === "address" || !listen) return [resource, ...ports];
  // While it drains, its process is left as it is: what comes after is published once nothing is under way.
  const { desired, generation, limits } = leaves?.process ?? value;
  return [
    resource,
    ...ports,
    {
      kind: "instance",
      id,
      name,
      run: runOf(run),
      listen,
      desired,
      ...(generation > 0 ? { generation } : {}),
      ...(limits ? { limits } : {}),
    },
  ];
}

/** What the runtime is told of what an instance runs: of a launched one, not where its client asked for it. */
function runOf(run: Exclude<InstanceFact["run"], { kind: "address" }>): InstanceObject["run"] {
  if (run.kind !== "launch") return run;
  const { kind, blueprintId, script } = run;
  return { kind, blueprintId, ...(script === undefined ? {} : { script }) };
}

/** The object of a load balancer. Instances that leave it stay among its targets until nothing is under way there. */
export function loadBalancerObjects(
  state: State,
  profile: ControlProfile,
  { id, value }: Held<"load-balancer">,
): RoleObject[] {
  const { name, healthCheck, algorithm, stickiness, ejectAfterFailures, ejectMs, drainMs } = value;
  const address = state.value("address", value.publicAddress);
  const certificates = edgeCertificates(state, name, value.certificates);
  const leaving = state.drainsOf(name).map(({ instance }) => instance);
  return [
    {
      kind: "resource",
      id,
      name,
      type: "load-balancer",
      addresses: [...(address?.own ?? [])],
      ports: { http: true, https: certificates.length > 0 },
      targets: [...new Set([...value.instances, ...leaving])].flatMap(
        (instance) => targetOf(state, profile, value, instance) ?? [],
      ),
      balancing: {
        algorithm,
        healthCheck,
        ...(stickiness.isEnabled ? { stickiness: { durationSeconds: stickiness.durationSeconds } } : {}),
        ejectAfterFailures,
        ejectMs,
        drainMs,
      },
      redirectsToHttps: value.redirectsToHttps && certificates.length > 0,
      tlsPolicy: value.tlsPolicyName,
      certificates,
    },
  ];
}

function targetOf(
  state: State,
  profile: ControlProfile,
  balancer: LoadBalancerFact,
  name: string,
): Target | undefined {
  const held = state.get("instance", name);
  const listen = held && privateEndpointOf(state, profile, held.value);
  if (!listen) return undefined;
  const leaves =
    state.get("drain", `${balancer.name} ${name}`) !== undefined ||
    state.get("drain", `${name} ${name}`) !== undefined;
  if (held.value.desired === "stopped" && !leaves) return undefined;
  const { instancePort } = balancer;
  const port = instancePort === undefined || instancePort === webPort ? listen.port : instancePort;
  return { id: held.id, name, address: listen.address, port, drains: leaves };
}
