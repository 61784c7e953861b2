// create-, update- and delete-container-service. What a plan puts down is what is wanted; nodes and switches follow step by step
// (deployment-keeper.ts).

import { missingHosts, readHostName } from "#certificate";
import { maxPublicDomainNames, PlatformError, type Command } from "#contract";
import { deploymentKey, imageKey, type ContainerServiceFact } from "./container-facts.ts";
import { checkLabel, requireContainerService } from "./container-checks.ts";
import { findPower, powers } from "./container-powers.ts";
import { domainNamesOf, nextDeployment, progressOf, situationOf } from "./container-state.ts";
import { draftDeployment } from "./plan-deployment.ts";
import { takeAddress } from "./plan-instance.ts";
import { requireIssued } from "./plan-load-balancer.ts";
import type { CommandOutline, PlanContext, Plans } from "./plan-context.ts";
import { requireFreeName } from "./resource-names.ts";
import { requireUnused } from "./resources.ts";
import type { State } from "./state.ts";

/** How each command of this area is planned. */
export const containerServicePlans: Plans<
  "create-container-service" | "update-container-service" | "delete-container-service"
> = {
  "create-container-service": planCreateContainerService,
  "update-container-service": planUpdateContainerService,
  "delete-container-service": planDeleteContainerService,
};

type Given<A extends Command["action"]> = Extract<Command, { action: A }>;

/** Lightsail's most for names of services. */
const maxServiceNameLength = 63;
const maxScale = 20;
/** What Lightsail takes of custom domains. */
const usualDomainNames = 4;

/** Creates a service with a public address; with a first deployment where one is given. */
function planCreateContainerService(
  context: PlanContext,
  { name, power, scale, publicDomainNames = {}, deployment }: Given<"create-container-service">,
): CommandOutline {
  const { draft, state, now } = context;
  const action = `Cannot create container service "${name}"`;
  checkLabel(name, maxServiceNameLength, action, "app-1");
  requireFreeName(state, name, action);
  const fact: ContainerServiceFact = {
    name,
    publicAddress: takeAddress(context, "public", name),
    power: readPower(power, action),
    scale: readScale(scale, action),
    isDisabled: false,
    publicDomainNames: {},
    createdAt: now,
  };
  draft.put("container-service", name, {
    ...fact,
    publicDomainNames: readDomainNames(context, fact, publicDomainNames, action),
  });
  if (deployment) draftDeployment(context, { service: name, version: 1, ...deployment }, action);
  return outline(`Create container service ${name}`, "CreateContainerService", name);
}

/** Changes a service. */
function planUpdateContainerService(
  context: PlanContext,
  { name, power, scale, isDisabled, publicDomainNames }: Given<"update-container-service">,
): CommandOutline {
  const { draft, state, warnings } = context;
  const action = `Cannot update container service "${name}"`;
  const { value } = requireContainerService(state, name, action);
  const next: ContainerServiceFact = {
    ...value,
    power: power === undefined ? value.power : readPower(power, action),
    scale: scale === undefined ? value.scale : readScale(scale, action),
    isDisabled: isDisabled ?? value.isDisabled,
    publicDomainNames:
      publicDomainNames === undefined
        ? value.publicDomainNames
        : readDomainNames(context, value, publicDomainNames, action),
  };
  if (JSON.stringify(next) === JSON.stringify(value))
    throw new PlatformError("input-malformed", `${action}: nothing of it would be another than it is`);
  if (next.isDisabled && !value.isDisabled) warnOfEnd(context, name, "until it is enabled again");
  const situation = situationOf(state, name);
  const activating = situation && next.isDisabled && nextDeployment(situation);
  if (activating) warnings.push(`Version ${activating.version} is being activated and will be FAILED`);
  draft.put("container-service", name, next);
  // An update that came to nothing is tried again with the next one.
  const { failedUpdate, ...progress } = progressOf(state, name);
  if (failedUpdate) draft.put("container-progress", name, progress);
  return outline(`Update container service ${name}`, "UpdateContainerService", name);
}

/** Says what is not served any more. */
function warnOfEnd({ state, warnings }: PlanContext, name: string, until: string): void {
  const value = state.value("container-service", name);
  const names = state.assignmentsOfResource(name).map(({ owner }) => owner.slice(0, -1));
  const all = [...new Set([...names, ...(value ? domainNamesOf(value) : [])])];
  if (all.length > 0) warnings.push(`${all.join(", ")} will answer 404 No Such Service ${until}`);
}

/** Deletes a service that nothing leads to, with its deployments and images. It is there until its nodes have drained and stopped. */
function planDeleteContainerService(
  context: PlanContext,
  { name }: Given<"delete-container-service">,
): CommandOutline {
  const { state, warnings } = context;
  const action = `Cannot delete container service "${name}"`;
  requireContainerService(state, name, action);
  requireUnused(state, name, action);
  const images = state.containers.imagesOf(name).length;
  if (images > 0) warnings.push(`Its ${images === 1 ? "image is" : `${images} images are`} deleted with it`);
  if (state.containers.deploymentsOf(name).some(({ environmentId }) => environmentId !== undefined))
    warnings.push(
      "The values of its environments are deleted with it, so this cannot be undone once it is gone",
    );
  draftServiceRemoval(context, name);
  return outline(`Delete container service ${name}`, "DeleteContainerService", name);
}

/** Begins the end of a service: all that belongs to it goes when its nodes have stopped. */
export function draftServiceRemoval({ draft, state, changeId, now }: PlanContext, name: string): void {
  const service = state.value("container-service", name);
  draft.foreseeRemoval("container-service", name);
  if (service) draft.foreseeRemoval("address", service.publicAddress);
  for (const { version } of state.containers.deploymentsOf(name))
    draft.foreseeRemoval("deployment", deploymentKey(name, version));
  for (const image of state.containers.imagesOf(name))
    draft.foreseeRemoval("container-image", imageKey(image));
  draft.put("container-progress", name, {
    ...progressOf(state, name),
    deletion: { changeId, since: now },
  });
}

/** Keeps a service after all that was to be deleted. */
export function keepService({ draft, state }: Pick<PlanContext, "draft" | "state">, name: string): void {
  const { deletion: _, ...progress } = progressOf(state, name);
  draft.put("container-progress", name, progress);
}

function readPower(text: string, action: string): string {
  const found = findPower(text);
  if (found) return found.name;
  const names = powers.map(({ name }) => name).join(", ");
  throw new PlatformError(
    "input-malformed",
    `${action}: "${text.slice(0, 100)}" is no power; there are ${names}, such as nano for ${powers[0]?.cpuCount} processor cores and ${powers[0]?.ramSizeInGb} GB a node`,
  );
}

function readScale(scale: number, action: string): number {
  if (scale >= 1 && scale <= maxScale) return scale;
  throw new PlatformError(
    "input-malformed",
    `${action}: it cannot have ${scale} nodes; expected a scale from 1 to ${maxScale}, such as 2`,
  );
}

/** The certificates and names of a service with some others: those that are not named stay, and an empty list takes one away. */
function readDomainNames(
  context: PlanContext,
  { name: service, publicDomainNames: held }: ContainerServiceFact,
  given: Readonly<Record<string, readonly string[]>>,
  action: string,
): Record<string, string[]> {
  const { draft, state, warnings } = context;
  const all = new Map(Object.entries(held).map(([certificate, names]) => [certificate, [...names]]));
  for (const [certificate, texts] of Object.entries(given)) {
    all.delete(certificate);
    if (texts.length === 0) continue;
    requireIssued(state, certificate, `${action} with certificate "${certificate}"`);
    const names = texts.map((text) => readDomainName(state, service, text, action));
    const covered = state.value("certificate", certificate)?.names ?? [];
    const [missing] = missingHosts([...covered], names);
    if (missing !== undefined)
      throw new PlatformError(
        "input-malformed",
        `${action}: certificate "${certificate}" is not for ${missing}; it is for ${covered.join(", ")}`,
      );
    draft.require("certificate", certificate);
    all.set(certificate, names);
  }
  const names = [...all.values()].flat();
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new PlatformError("input-malformed", `${action}: ${twice} is named twice`);
  if (names.length > maxPublicDomainNames)
    throw new PlatformError(
      "input-too-large",
      `${action}: it would have ${names.length} domain names, and ${maxPublicDomainNames} are the most`,
    );
  if (names.length > usualDomainNames)
    warnings.push(`It has ${names.length} domain names; Lightsail takes ${usualDomainNames}`);
  return Object.fromEntries([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function readDomainName(state: State, service: string, text: string, action: string): string {
  const read = readHostName(text);
  if (!read.ok || read.value.startsWith("*"))
    throw new PlatformError(
      "name-malformed",
      `${action}: "${text.slice(0, 300)}" is no domain name to serve it under; expected one such as app.shop.test`,
    );
  const [other] = [...state.containers.servicesOfDomain(read.value)].filter((one) => one !== service);
  if (other !== undefined)
    throw new PlatformError(
      "resource-in-use",
      `${action}: ${read.value} is a domain name of container service ${other}`,
    );
  return read.value;
}

function outline(title: string, operationType: string, name: string): CommandOutline {
  return { title, operationType, resourceName: name, resourceType: "ContainerService" };
}
