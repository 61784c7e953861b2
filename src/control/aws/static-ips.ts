// Lightsail's static IPs.

import type { LightsailShapes, StaticIp } from "#contract";
import { viewStaticIp } from "../view-traffic.ts";
import type { Held } from "../state.ts";
import { locationOf, pageOf, resourceOf, unknownResource } from "./answers.ts";
import { idleOperation, runCommand } from "./operations.ts";
import type { AwsCall } from "./service.ts";

type Shapes = LightsailShapes;

/** AllocateStaticIp. */
export async function allocateStaticIp(
  { staticIpName }: Shapes["AllocateStaticIpRequest"],
  call: AwsCall,
): Promise<Shapes["AllocateStaticIpResult"]> {
  const { operations } = await runCommand(call, { action: "allocate-static-ip", name: staticIpName }, true);
  return { operations };
}

/** AttachStaticIp: an operation of the static IP, and one of the instance. */
export async function attachStaticIp(
  { staticIpName, instanceName }: Shapes["AttachStaticIpRequest"],
  call: AwsCall,
): Promise<Shapes["AttachStaticIpResult"]> {
  const { attachedTo } = requireStaticIp(call, staticIpName).value;
  if (attachedTo === instanceName) {
    const counterparts = [{ resourceName: instanceName, resourceType: "Instance" }];
    const { operations } = idleOperation(call, {
      operationType: "AttachStaticIp",
      resourceName: staticIpName,
      resourceType: "StaticIp",
      counterparts,
    });
    return { operations };
  }
  const command = { action: "attach-static-ip", name: staticIpName, instance: instanceName } as const;
  const { operations } = await runCommand(call, command, true);
  return { operations };
}

/** DetachStaticIp. */
export async function detachStaticIp(
  { staticIpName }: Shapes["DetachStaticIpRequest"],
  call: AwsCall,
): Promise<Shapes["DetachStaticIpResult"]> {
  const { operations } = await runCommand(call, { action: "detach-static-ip", name: staticIpName }, true);
  return { operations };
}

/** ReleaseStaticIp. */
export async function releaseStaticIp(
  { staticIpName }: Shapes["ReleaseStaticIpRequest"],
  call: AwsCall,
): Promise<Shapes["ReleaseStaticIpResult"]> {
  const { operations } = await runCommand(call, { action: "release-static-ip", name: staticIpName }, true);
  return { operations };
}

/** GetStaticIp. */
export function getStaticIp(
  { staticIpName }: Shapes["GetStaticIpRequest"],
  call: AwsCall,
): Shapes["GetStaticIpResult"] {
  return { staticIp: show(call, requireStaticIp(call, staticIpName)) };
}

/** GetStaticIps. */
export function getStaticIps(
  { pageToken }: Shapes["GetStaticIpsRequest"],
  call: AwsCall,
): Shapes["GetStaticIpsResult"] {
  const all = [...call.core.views.state.all("static-ip").values()].sort((a, b) =>
    a.value.name < b.value.name ? -1 : 1,
  );
  const { page, next } = pageOf(all, ({ value }) => value.name, pageToken);
  return { staticIps: page.map((held) => show(call, held)), ...next };
}

function requireStaticIp({ core }: AwsCall, name: string): Held<"static-ip"> {
  const held = core.views.state.get("static-ip", name);
  if (!held) throw unknownResource("StaticIp", name);
  return held;
}

function show(call: AwsCall, held: Held<"static-ip">): Shapes["StaticIp"] {
  const view: StaticIp = viewStaticIp(call.core.views, held);
  return {
    name: view.name,
    ...resourceOf(view, "StaticIp", locationOf(call)),
    ipAddress: view.publicAddresses.find(({ family }) => family === "ipv4")?.address,
    isAttached: view.isAttached,
    attachedTo: view.attachedTo,
  };
}
