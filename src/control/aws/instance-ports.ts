// The firewall of instances, as Lightsail has it. Ports are TCP's here, and open to everybody or closed: what else is asked for is refused,
// since a rule that is taken and not kept would leave open what was to be closed.

import type { Command, LightsailShapes, PortRule } from "#contract";
import type { InstanceFact } from "../facts.ts";
import { invalidInput, unknownResource } from "./answers.ts";
import { AwsError } from "./aws-error.ts";
import { idleOperation, runCommand } from "./operations.ts";
import type { AwsCall } from "./service.ts";

type Shapes = LightsailShapes;

const everybody: readonly string[] = ["0.0.0.0/0"];
const everybodyIpv6: readonly string[] = ["::/0"];
/** Names of ports in Lightsail's console. */
const commonNames: Readonly<Record<number, string>> = { 22: "SSH", 80: "HTTP", 443: "HTTPS", 3389: "RDP" };

/** OpenInstancePublicPorts. */
export function openPorts(
  { instanceName, portInfo }: Shapes["OpenInstancePublicPortsRequest"],
  call: AwsCall,
): Promise<Shapes["OpenInstancePublicPortsResult"]> {
  return change(call, instanceName, "open", [portInfo]);
}

/** CloseInstancePublicPorts. */
export function closePorts(
  { instanceName, portInfo }: Shapes["CloseInstancePublicPortsRequest"],
  call: AwsCall,
): Promise<Shapes["CloseInstancePublicPortsResult"]> {
  return change(call, instanceName, "close", [portInfo]);
}

/** PutInstancePublicPorts. */
export function putPorts(
  { instanceName, portInfos }: Shapes["PutInstancePublicPortsRequest"],
  call: AwsCall,
): Promise<Shapes["PutInstancePublicPortsResult"]> {
  return change(call, instanceName, "put", portInfos);
}

/** GetInstancePortStates. */
export function getPortStates(
  { instanceName }: Shapes["GetInstancePortStatesRequest"],
  call: AwsCall,
): Shapes["GetInstancePortStatesResult"] {
  return {
    portStates: requireFact(call, instanceName).ports.map(({ fromPort, toPort, protocol }) => ({
      fromPort,
      toPort,
      protocol,
      state: "open",
      cidrs: [...everybody],
      ipv6Cidrs: [...everybodyIpv6],
      cidrListAliases: [],
    })),
  };
}

/** The open ports of an instance, as it shows them itself. */
export function shownPorts({ ports }: InstanceFact): Shapes["InstancePortInfoList"] {
  return ports.map(({ fromPort, toPort, protocol }) => ({
    fromPort,
    toPort,
    protocol,
    accessFrom: "Anywhere (0.0.0.0/0)",
    accessType: "Public",
    commonName: fromPort === toPort ? (commonNames[fromPort] ?? "") : "",
    accessDirection: "inbound",
    cidrs: [...everybody],
    ipv6Cidrs: [...everybodyIpv6],
    cidrListAliases: [],
  }));
}

async function change(
  call: AwsCall,
  name: string,
  how: "open" | "close" | "put",
  infos: readonly Shapes["PortInfo"][],
): Promise<{ readonly operation: Shapes["Operation"] }> {
  const { ports: held } = requireFact(call, name);
  const ports = infos.map((info) => readRule(info, how));
  const openNow = portsOf(held);
  const wanted = portsOf(ports);
  const isSame = {
    open: () => [...wanted].every((port) => openNow.has(port)),
    close: () => ![...wanted].some((port) => openNow.has(port)),
    put: () => wanted.size === openNow.size && [...wanted].every((port) => openNow.has(port)),
  }[how]();
  if (isSame) {
    const types = {
      open: "OpenInstancePublicPorts",
      close: "CloseInstancePublicPorts",
      put: "PutInstancePublicPorts",
    };
    const subject = ports.map(({ fromPort, toPort }) => textOf(fromPort, toPort)).join(",");
    const of = { operationType: types[how], resourceName: name, resourceType: "Instance", subject };
    return { operation: idleOperation(call, of).operation };
  }
  const command: Command = { action: "set-instance-ports", name, how, ports };
  const { operation } = await runCommand(call, command);
  return { operation };
}

/** Every port of some rules. */
function portsOf(rules: readonly PortRule[]): Set<number> {
  const ports = new Set<number>();
  for (const { fromPort, toPort } of rules) for (let port = fromPort; port <= toPort; port++) ports.add(port);
  return ports;
}

function readRule(info: Shapes["PortInfo"], how: "open" | "close" | "put"): PortRule {
  const { fromPort, toPort = fromPort, protocol = "tcp", cidrs = [], ipv6Cidrs = [] } = info;
  if (fromPort === undefined || toPort === undefined) throw invalidInput('of "fromPort", it is required');
  if (protocol !== "tcp") throw unsupported(`ports of ${protocol} are not passed on, those of tcp alone are`);
  if (fromPort < 1 || toPort < fromPort || toPort > 65_535)
    throw invalidInput(`ports ${fromPort} to ${toPort} are none: expected 1 to 65535`);
  const isForSome =
    cidrs.some((cidr) => !everybody.includes(cidr)) ||
    ipv6Cidrs.some((cidr) => !everybodyIpv6.includes(cidr)) ||
    (info.cidrListAliases ?? []).length > 0;
  if (isForSome && how !== "close")
    throw unsupported("a port is open to everybody or closed, and not to some addresses");
  return { protocol, fromPort, toPort };
}

function textOf(fromPort: number, toPort: number): string {
  return `${fromPort === toPort ? fromPort : `${fromPort}-${toPort}`}/tcp`;
}

function unsupported(reason: string): AwsError {
  return new AwsError("InvalidInputException", `Input error: ${reason}`, { code: "UnsupportedOperation" });
}

function requireFact({ core }: AwsCall, name: string): InstanceFact {
  const held = core.views.state.get("instance", name);
  if (!held) throw unknownResource("Instance", name);
  return held.value;
}
