// create-instance and delete-instance: something that serves, with addresses of its own.

import { formatAddress, parseAddress } from "#engine";
import { maxLaunchScript, PlatformError, type Command, type InstanceRun } from "#contract";
import { readName, shown } from "./names.ts";
import type { ControlProfile } from "./config.ts";
import { startDrain } from "./drains.ts";
import { standardPorts, type AddressFact, type InstanceFact } from "./facts.ts";
import { checkPorts } from "./plan-instance-state.ts";
import { removeAlarms } from "./metrics/plan-alarm.ts";
import type { CommandOutline, PlanContext, Plans } from "./plan-context.ts";
import { requireFreeName } from "./resource-names.ts";
import { requireInstance, requireUnused } from "./resources.ts";

/** How each command of this area is planned. */
export const instancePlans: Plans<"create-instance" | "delete-instance"> = {
  "create-instance": planCreateInstance,
  "delete-instance": (context, { name }) => planDeleteInstance(context, name),
};

/** Most characters of a folder's path. */
const maxPathLength = 4096;

/**
 * Most octets of what is run, as JSON: it is handed to the shim as one argument, twice and once of that escaped, and Linux takes
 * 131,072 octets in one argument.
 */
const maxRunOctets = 32_768;

/** Creates an instance with a public address, and a private one where its process is ours. */
function planCreateInstance(
  context: PlanContext,
  command: Extract<Command, { action: "create-instance" }>,
): CommandOutline {
  const { draft, state, now } = context;
  const { name } = command;
  requireFreeName(state, name, `Cannot create instance "${name}"`);
  const run = checkRun(name, command.run);
  const publicAddress = takeAddress(context, "public", name);
  const privateAddress = run.kind === "address" ? undefined : takeAddress(context, "private", name);
  draft.put("instance", name, {
    name,
    run,
    publicAddress,
    ...(privateAddress === undefined ? {} : { privateAddress }),
    desired: "running",
    generation: 0,
    ...(command.limits && Object.keys(command.limits).length > 0 ? { limits: command.limits } : {}),
    ports: checkPorts(
      `Cannot create instance "${name}"`,
      context.config.profile,
      command.ports ?? standardPorts,
    ),
    ...(command.ipAddressType === "ipv4" ? { ipAddressType: command.ipAddressType } : {}),
    createdAt: now,
  });
  return {
    title: `Create instance ${name}`,
    operationType: "CreateInstance",
    resourceName: name,
    resourceType: "Instance",
  };
}

/** Deletes an instance that nothing refers to. It is there until its requests under way are finished, and goes with its addresses then. */
function planDeleteInstance(context: PlanContext, name: string): CommandOutline {
  const { draft, state } = context;
  const action = `Cannot delete instance "${name}"`;
  const { value } = requireInstance(state, name, action);
  requireUnused(state, name, action);
  removeAlarms(draft, state, name);
  draft.foreseeRemoval("instance", name);
  for (const key of addressesOf(value)) draft.foreseeRemoval("address", key);
  startDrain(context, { resource: name, instance: name, purpose: "delete" });
  return {
    title: `Delete instance ${name}`,
    operationType: "DeleteInstance",
    resourceName: name,
    resourceType: "Instance",
  };
}

/** Takes an instance away that has drained. */
export function removeInstance({ draft, state }: Pick<PlanContext, "draft" | "state">, name: string): void {
  const instance = state.value("instance", name);
  draft.remove("instance", name);
  for (const key of instance ? addressesOf(instance) : []) draft.remove("address", key);
}

/** Keys of an instance's own addresses. */
function addressesOf({ publicAddress, privateAddress }: InstanceFact): string[] {
  return privateAddress === undefined ? [publicAddress] : [publicAddress, privateAddress];
}

function checkRun(name: string, run: InstanceRun): InstanceRun {
  if (run.kind === "address") {
    const address = parseAddress(run.address);
    if (!address) {
      throw new PlatformError(
        "address-malformed",
        `Cannot create instance "${name}": "${run.address}" is no IPv4 or IPv6 address`,
      );
    }
    return { ...run, address: formatAddress(address) };
  }
  if (run.kind === "launch") return checkLaunch(name, run);
  // The folder is a value for the runtime's machine: nothing here looks at it.
  if (!run.folder.startsWith("/") || run.folder.includes("\0") || run.folder.length > maxPathLength) {
    throw new PlatformError(
      "input-malformed",
      `Cannot create instance "${name}": folder "${run.folder}" is not an absolute path`,
    );
  }
  if (run.kind === "command" && (run.command[0] === "" || run.command.some((word) => word.includes("\0")))) {
    throw new PlatformError(
      "input-malformed",
      `Cannot create instance "${name}": the command is empty or holds a zero octet`,
    );
  }
  const octets = new TextEncoder().encode(JSON.stringify(run)).length;
  if (octets > maxRunOctets) {
    throw new PlatformError(
      "input-too-large",
      `Cannot create instance "${name}": its command has ${octets} octets, and ${maxRunOctets} are the most`,
    );
  }
  return run;
}

/** Scripts of cloud-init that are no scripts for a shell. */
const otherScripts = /^\s*(?:#cloud-(?:config|boothook)|#include|#part-handler|Content-Type: multipart)/i;

function checkLaunch(
  name: string,
  run: Extract<InstanceRun, { kind: "launch" }>,
): Extract<InstanceRun, { kind: "launch" }> {
  const { blueprintId, script = "" } = run;
  const action = `Cannot create instance "${name}"`;
  if (!/^[a-z0-9_]+$/.test(blueprintId))
    throw new PlatformError("input-malformed", `${action}: "${blueprintId}" is no blueprint`);
  if (script.includes("\0"))
    throw new PlatformError("input-malformed", `${action}: its launch script holds a zero octet`);
  if (new TextEncoder().encode(script).length > maxLaunchScript) {
    throw new PlatformError(
      "input-too-large",
      `${action}: its launch script has more than ${maxLaunchScript} octets`,
    );
  }
  if (otherScripts.test(script)) {
    throw new PlatformError(
      "input-malformed",
      `${action}: its launch script is one for cloud-init, and a script for a shell is expected`,
    );
  }
  return run;
}

/** What a place in the profile's list comes to. */
export function makeAddress(
  { name, edge, instances }: ControlProfile,
  view: AddressFact["view"],
  number: number,
  resource: string,
): AddressFact {
  const own = (view === "public" ? edge : instances).addresses[number];
  return {
    profile: name,
    view,
    number,
    resource,
    own: own === undefined ? [] : [own],
    shared: view === "public" ? [...edge.sharedAddresses] : [],
  };
}

/**
 * Gives a resource an address: a place in the profile's list. Throws `addresses-exhausted`.
 * @param wanted  the address object it had, to be given back under its key; its place only where nobody has it now
 * @returns the key of the address object
 */
export function takeAddress(
  { draft, state, config, identities, warnings }: PlanContext,
  view: AddressFact["view"],
  resource: string,
  wanted?: { readonly key: string; readonly number: number },
): string {
  const list = view === "public" ? config.profile.edge.addresses : config.profile.instances.addresses;
  const taken = new Set<number>();
  for (const { value } of state.all("address").values()) if (value.view === view) taken.add(value.number);
  let number = wanted && !taken.has(wanted.number) && wanted.number < list.length ? wanted.number : 0;
  while (taken.has(number)) number++;
  if (number >= list.length) {
    throw new PlatformError(
      "addresses-exhausted",
      `Cannot give "${resource}" a ${view} address: all ${list.length} are in use`,
    );
  }
  if (wanted && number !== wanted.number) {
    warnings.push(`${resource} gets another ${view} address: the one it had is in use`);
  }
  const key = wanted?.key ?? identities.uuid();
  draft.put("address", key, makeAddress(config.profile, view, number, resource));
  return key;
}

/** Reads a host name that is to lead somewhere; wildcards and underscores are for records by hand. Throws `name-malformed`. */
export function readHost(text: string): string {
  const name = readName(text);
  const labels = shown(name).split(".");
  if (name === "." || !labels.every((label) => /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(label))) {
    throw new PlatformError(
      "name-malformed",
      `Cannot use host name "${text}": expected labels of letters, digits and inner hyphens`,
    );
  }
  return name;
}
