// Lightsail's instances: launched ones, and those that were made here in other ways.

import type { Command, Instance, LightsailShapes } from "#contract";
import { isBeingDeleted } from "../drains.ts";
import type { Held } from "../state.ts";
import { viewInstance } from "../views.ts";
import { locationOf, pageOf, resourceOf, unknownResource, invalidInput } from "./answers.ts";
import { AwsError } from "./aws-error.ts";
import { bundleLimits, findBlueprint, findBundle, requireBlueprint, requireBundle } from "./blueprints.ts";
import { shownPorts } from "./instance-ports.ts";
import { idleOperation, runCommand, runCommands } from "./operations.ts";
import type { AwsCall } from "./service.ts";
import { shownTags, taggingOf } from "./tags.ts";

type Shapes = LightsailShapes;

/** The key pair that an instance has where nobody named one: Terraform's provider compares the name. */
const defaultKeyPair = "LightsailDefaultKeyPair";

/** CreateInstances: all of them, or none. */
export async function createInstances(
  request: Shapes["CreateInstancesRequest"],
  call: AwsCall,
): Promise<Shapes["CreateInstancesResult"]> {
  const { instanceNames, availabilityZone, userData, keyPairName, addOns = [], tags } = request;
  if (instanceNames.length === 0) throw invalidInput('of "instanceNames", expected at least one');
  const { id: blueprintId } = requireBlueprint(request.blueprintId);
  const bundle = requireBundle(request.bundleId);
  const family = request.ipAddressType ?? "dualstack";
  if (family === "ipv6") throw invalidInput("an instance has addresses of IPv4 at least");
  if (addOns.length > 0) throw refuseAddOns();
  const created = instanceNames.map((name): Command => ({
    action: "create-instance",
    name,
    run: {
      kind: "launch",
      blueprintId,
      bundleId: bundle.id,
      availabilityZone,
      ...(keyPairName === undefined ? {} : { keyPairName }),
      ...(userData === undefined || userData === "" ? {} : { script: userData }),
    },
    limits: bundleLimits(bundle),
    ipAddressType: family,
  }));
  const tagging = instanceNames.flatMap((name) => taggingOf("Instance", name, tags));
  const done = await runCommands(call, [...created, ...tagging]);
  return { operations: done.slice(0, created.length).flatMap(({ operations }) => operations) };
}

/** GetInstance. */
export function getInstance(
  { instanceName }: Shapes["GetInstanceRequest"],
  call: AwsCall,
): Shapes["GetInstanceResult"] {
  return { instance: show(call, requireHeldInstance(call, instanceName)) };
}

/** GetInstances. */
export function getInstances(
  { pageToken }: Shapes["GetInstancesRequest"],
  call: AwsCall,
): Shapes["GetInstancesResult"] {
  const all = [...call.core.views.state.all("instance").values()].sort((a, b) =>
    a.value.name < b.value.name ? -1 : 1,
  );
  const { page, next } = pageOf(all, ({ value }) => value.name, pageToken);
  return { instances: page.map((held) => show(call, held)), ...next };
}

/** GetInstanceState. */
export function getInstanceState(
  { instanceName }: Shapes["GetInstanceStateRequest"],
  call: AwsCall,
): Shapes["GetInstanceStateResult"] {
  const held = requireHeldInstance(call, instanceName);
  return { state: stateOf(call, held, viewInstance(call.core.views, held)) };
}

/** DeleteInstance: out of its load balancers, and without its static IP, as Lightsail does it. */
export async function deleteInstance(
  { instanceName: name }: Shapes["DeleteInstanceRequest"],
  call: AwsCall,
): Promise<Shapes["DeleteInstanceResult"]> {
  requireHeldInstance(call, name);
  const { state } = call.core.views;
  const done = await runCommands(call, [
    ...[...state.balancersOfInstance(name)].map((loadBalancer): Command => ({
      action: "detach-instances",
      loadBalancer,
      instances: [name],
    })),
    ...[...state.staticIpsOfInstance(name)].map((staticIp): Command => ({
      action: "detach-static-ip",
      name: staticIp,
    })),
    { action: "delete-instance", name },
  ]);
  return { operations: done.at(-1)?.operations };
}

/** StartInstance. */
export async function startInstance(
  { instanceName: name }: Shapes["StartInstanceRequest"],
  call: AwsCall,
): Promise<Shapes["StartInstanceResult"]> {
  const { value } = requireHeldInstance(call, name);
  if (value.run.kind !== "address" && value.desired === "running") return idle(call, "StartInstance", name);
  const { operations } = await runCommand(call, { action: "start-instance", name });
  return { operations };
}

/** StopInstance. */
export async function stopInstance(
  { instanceName: name, force = false }: Shapes["StopInstanceRequest"],
  call: AwsCall,
): Promise<Shapes["StopInstanceResult"]> {
  const { value } = requireHeldInstance(call, name);
  if (value.run.kind !== "address" && value.desired === "stopped") return idle(call, "StopInstance", name);
  const { operations } = await runCommand(call, { action: "stop-instance", name, force });
  return { operations };
}

/** RebootInstance. */
export async function rebootInstance(
  { instanceName: name }: Shapes["RebootInstanceRequest"],
  call: AwsCall,
): Promise<Shapes["RebootInstanceResult"]> {
  requireHeldInstance(call, name);
  const { operations } = await runCommand(call, { action: "reboot-instance", name });
  return { operations };
}

/** GetSetupHistory: SetupInstanceHttps is not built, so no setup was ever done. */
export function getSetupHistory(
  { resourceName }: Shapes["GetSetupHistoryRequest"],
  call: AwsCall,
): Shapes["GetSetupHistoryResult"] {
  requireHeldInstance(call, resourceName);
  return { setupHistory: [] };
}

/** UpdateInstanceMetadataOptions: there is no metadata service, so it can stay disabled and no more. */
export function updateInstanceMetadataOptions(
  { instanceName, httpEndpoint, httpProtocolIpv6 }: Shapes["UpdateInstanceMetadataOptionsRequest"],
  call: AwsCall,
): Shapes["UpdateInstanceMetadataOptionsResult"] {
  requireHeldInstance(call, instanceName);
  if (httpEndpoint !== "disabled" || httpProtocolIpv6 === "enabled") {
    throw failure("Cannot change the metadata service of an instance: there is none, and it stays disabled");
  }
  const { operation } = idleOperation(call, {
    operationType: "UpdateInstanceMetadataOptions",
    resourceName: instanceName,
    resourceType: "Instance",
  });
  return { operation };
}

/** GetInstanceAccessDetails: an instance is a process of this machine, which nobody signs in to. */
export function getInstanceAccessDetails(
  { instanceName }: Shapes["GetInstanceAccessDetailsRequest"],
  call: AwsCall,
): never {
  requireHeldInstance(call, instanceName);
  throw failure(
    "Cannot give access to an instance: it is a process on this platform's machine, without SSH or RDP of its own",
  );
}

/** SetupInstanceHttps: TLS ends at the edge, and no web server of an instance has a certificate. */
export function setupInstanceHttps(
  { instanceName }: Shapes["SetupInstanceHttpsRequest"],
  call: AwsCall,
): never {
  requireHeldInstance(call, instanceName);
  // Of what can be refused, this operation's clients know input alone.
  throw new AwsError(
    "InvalidInputException",
    "Cannot set up HTTPS on an instance: TLS ends at the edge; create a certificate for a name that leads to it, and it is served with that",
    { code: "UnsupportedOperation" },
  );
}

/** EnableAddOn: none of them is there. */
export function enableAddOn({ resourceName }: Shapes["EnableAddOnRequest"], call: AwsCall): never {
  requireHeldInstance(call, resourceName);
  throw refuseAddOns();
}

/** DisableAddOn. */
export function disableAddOn({ resourceName }: Shapes["DisableAddOnRequest"], call: AwsCall): never {
  requireHeldInstance(call, resourceName);
  throw refuseAddOns();
}

/** SetIpAddressType: addresses of both families, or of IPv4 alone. */
export async function setIpAddressType(
  { resourceType, resourceName, ipAddressType }: Shapes["SetIpAddressTypeRequest"],
  call: AwsCall,
): Promise<Shapes["SetIpAddressTypeResult"]> {
  const { state } = call.core.views;
  if (resourceType === "Distribution") {
    const held = state.get("distribution", resourceName);
    if (!held) throw unknownResource("Distribution", resourceName);
    if (ipAddressType === "ipv6") throw invalidInput("a distribution has addresses of IPv4 at least");
    if (held.value.ipAddressType === ipAddressType)
      return idle(call, "SetIpAddressType", resourceName, resourceType);
    const settings = { ipAddressType };
    const command = { action: "update-distribution", name: resourceName, settings } as const;
    const { operations } = await runCommand(call, command, true);
    return { operations };
  }
  if (resourceType !== "Instance" && resourceType !== "LoadBalancer")
    throw invalidInput(`a ${resourceType} has no type of addresses to set`);
  const held = state.get(resourceType === "Instance" ? "instance" : "load-balancer", resourceName);
  if (!held) throw unknownResource(resourceType, resourceName);
  if (ipAddressType === "ipv6") throw invalidInput(`${resourceName} has addresses of IPv4 at least`);
  if ((held.value.ipAddressType ?? "dualstack") === ipAddressType)
    return idle(call, "SetIpAddressType", resourceName, resourceType);
  const command = { action: "set-ip-address-type", resource: resourceName, ipAddressType } as const;
  const { operations } = await runCommand(call, command, true);
  return { operations };
}

/** The instance of a name; one that is being deleted is there until it is gone. Throws `NotFoundException`. */
export function requireHeldInstance({ core }: AwsCall, name: string): Held<"instance"> {
  const held = core.views.state.get("instance", name);
  if (!held) throw unknownResource("Instance", name);
  return held;
}

function idle(
  call: AwsCall,
  operationType: string,
  resourceName: string,
  resourceType: string = "Instance",
): { readonly operations: Shapes["OperationList"] } {
  const { operations } = idleOperation(call, { operationType, resourceName, resourceType });
  return { operations };
}

function refuseAddOns(): AwsError {
  return failure("Cannot change add-ons of an instance: this platform has neither snapshots nor idle stops");
}

function failure(message: string): AwsError {
  return new AwsError("OperationFailureException", message, { code: "UnsupportedOperation" });
}

/** EC2's numbers and words. What has failed has no process, and is stopped for whoever looks. */
function stateOf({ core }: AwsCall, { value }: Held<"instance">, view: Instance): Shapes["InstanceState"] {
  if (isBeingDeleted(core.views.state, value.name)) return { code: 32, name: "shutting-down" };
  switch (view.state) {
    case "pending":
      return { code: 0, name: "pending" };
    case "running":
      return { code: 16, name: "running" };
    case "stopping":
      return { code: 64, name: "stopping" };
    case "stopped":
    case "failed":
      return { code: 80, name: "stopped" };
  }
}

function show(call: AwsCall, held: Held<"instance">): Shapes["Instance"] {
  const view = viewInstance(call.core.views, held);
  const { run } = held.value;
  const launch = run.kind === "launch" ? run : undefined;
  const blueprintId = launch?.blueprintId ?? `fairlead_${run.kind}`;
  const blueprint = findBlueprint(blueprintId);
  const bundle = findBundle(launch?.bundleId ?? "");
  const zone = launch?.availabilityZone;
  const of = (family: "ipv4" | "ipv6"): string[] =>
    view.publicAddresses.flatMap((one) => (one.family === family ? [one.address] : []));
  return {
    name: view.name,
    ...resourceOf(view, "Instance", placeOf(call, zone)),
    tags: shownTags(call, "Instance", view.name),
    blueprintId,
    blueprintName: blueprint?.name ?? `Fairlead ${run.kind}`,
    bundleId: bundle?.id ?? "fairlead_unlimited",
    addOns: [],
    isStaticIp: view.staticIp !== undefined,
    privateIpAddress: view.privateAddress,
    publicIpAddress: of("ipv4")[0],
    ipv6Addresses: of("ipv6"),
    ipAddressType: held.value.ipAddressType ?? "dualstack",
    hardware: {
      ...(view.limits?.cpus === undefined ? {} : { cpuCount: Math.max(1, Math.round(view.limits.cpus)) }),
      ...(view.limits?.memoryOctets === undefined ? {} : { ramSizeInGb: view.limits.memoryOctets / 2 ** 30 }),
      disks: [],
    },
    networking: {
      monthlyTransfer: { gbPerMonthAllocated: bundle?.transferInGb ?? 0 },
      ports: shownPorts(held.value),
    },
    state: stateOf(call, held, view),
    username: blueprint?.username ?? "nobody",
    sshKeyName: launch?.keyPairName ?? defaultKeyPair,
    metadataOptions: {
      state: "applied",
      httpTokens: "optional",
      httpEndpoint: "disabled",
      httpPutResponseHopLimit: 1,
      httpProtocolIpv6: "disabled",
    },
  };
}

/** Where an instance is: in the zone that its client asked for. */
function placeOf(call: AwsCall, zone: string | undefined): Shapes["ResourceLocation"] {
  if (zone === undefined) return locationOf(call, `${call.region}a`);
  return { availabilityZone: zone, regionName: zone.replace(/[a-z]$/, "") };
}
