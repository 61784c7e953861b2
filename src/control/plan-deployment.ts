// create-deployment and roll-back-deployment, and the images of a service: what a version is, and what it may be. A version that is
// deployed is never changed: another one follows it.

import {
  maxContainers,
  PlatformError,
  type Command,
  type ContainerSpec,
  type EndpointRequest,
} from "#contract";
import { checkLabel, requireContainerService } from "./container-checks.ts";
import {
  defaultHealthCheck,
  deploymentKey,
  imageKey,
  imageName,
  type ContainerImageFact,
  type DeployedContainer,
  type DeploymentFact,
} from "./container-facts.ts";
import { nextDeployment, situationOf, versionState } from "./container-state.ts";
import { checkHealthCheck, overlay } from "./plan-load-balancer.ts";
import type { CommandOutline, PlanContext, Plans } from "./plan-context.ts";
import type { State } from "./state.ts";

/** How each command of this area is planned. */
export const deploymentPlans: Plans<
  "create-deployment" | "roll-back-deployment" | "register-container-image" | "delete-container-image"
> = {
  "create-deployment": planCreateDeployment,
  "roll-back-deployment": planRollBackDeployment,
  "register-container-image": planRegisterImage,
  "delete-container-image": planDeleteImage,
};

type Given<A extends Command["action"]> = Extract<Command, { action: A }>;

/** Lightsail's most for names of containers and labels of images. */
const maxNameLength = 53;
/** Most octets of a deployment as JSON: it is a fact, and goes to the runtime for each node. */
const maxDeploymentOctets = 65_536;
/** Images that are kept of a service: Lightsail's. */
const maxImages = 150;

/** What a deployment is asked for with. */
interface DeploymentRequest {
  readonly service: string;
  readonly version: number;
  readonly containers: Readonly<Record<string, ContainerSpec>>;
  readonly publicEndpoint?: EndpointRequest | undefined;
  readonly environmentId?: string | undefined;
}

/** Deploys containers as the next version. */
function planCreateDeployment(
  context: PlanContext,
  { service, containers, publicEndpoint, environmentId }: Given<"create-deployment">,
): CommandOutline {
  const action = `Cannot deploy to container service "${service}"`;
  const version = prepare(context, service, action);
  draftDeployment(context, { service, version, containers, publicEndpoint, environmentId }, action);
  return outline(`Deploy version ${version} of container service ${service}`, service);
}

/** Deploys what an earlier version was, as the next one. */
function planRollBackDeployment(
  context: PlanContext,
  { service, version: earlier }: Given<"roll-back-deployment">,
): CommandOutline {
  const action = `Cannot roll container service "${service}" back to version ${earlier}`;
  const version = prepare(context, service, action);
  draftRollBack(context, service, { earlier, version }, action);
  return outline(
    `Roll container service ${service} back to version ${earlier}, as version ${version}`,
    service,
  );
}

/** Drafts a version that is what an earlier one was. */
export function draftRollBack(
  context: PlanContext,
  service: string,
  { earlier, version }: { readonly earlier: number; readonly version: number },
  action: string,
): void {
  const { draft, state, now } = context;
  const before = state.value("deployment", deploymentKey(service, earlier));
  if (!before) {
    const kept = state.containers.deploymentsOf(service).map((one) => one.version);
    throw new PlatformError(
      "resource-not-found",
      `${action}: there is no such version; ${kept.length > 0 ? `there are ${kept.join(", ")}` : "nothing was deployed yet"}`,
    );
  }
  for (const { image, storedImage } of Object.values(before.containers)) {
    if (storedImage === undefined || isStored(state, service, storedImage)) continue;
    throw new PlatformError("resource-not-found", `${action}: its image ${image} was deleted`);
  }
  draft.put("deployment", deploymentKey(service, version), {
    ...before,
    version,
    rollsBackTo: earlier,
    createdAt: now,
  });
  warnOfNames(context, before);
}

/** The number of the next version of a service that takes deployments. */
function prepare(context: PlanContext, service: string, action: string): number {
  const { draft, state, warnings } = context;
  const { value } = requireContainerService(state, service, action);
  if (value.isDisabled) throw new PlatformError("state-wrong", `${action}: it is disabled; enable it first`);
  const situation = situationOf(state, service);
  const activating = situation && nextDeployment(situation);
  if (activating) warnings.push(`Version ${activating.version} is not active yet and gives way to this one`);
  draft.require("container-service", service);
  return (state.containers.deploymentsOf(service).at(-1)?.version ?? 0) + 1;
}

/** Drafts a version, checked. */
export function draftDeployment(context: PlanContext, request: DeploymentRequest, action: string): void {
  const { draft, state, now } = context;
  const { service, version, environmentId } = request;
  const containers = readContainers(state, request, action);
  const publicEndpoint = readEndpoint(request, containers, action);
  const isSealed = Object.values(containers).some(({ environmentNames }) => environmentNames.length > 0);
  // Only what came with this request: the values of another service are nobody's to name.
  const isHandedIn = environmentId !== undefined && context.handedIn.environments.has(environmentId);
  if (isSealed !== (environmentId !== undefined) || (isSealed && !isHandedIn))
    throw new PlatformError(
      "input-malformed",
      `${action}: the values of its environment were not handed in with it`,
    );
  const fact: DeploymentFact = {
    service,
    version,
    containers,
    ...(publicEndpoint ? { publicEndpoint } : {}),
    ...(environmentId === undefined ? {} : { environmentId }),
    createdAt: now,
  };
  const octets = new TextEncoder().encode(JSON.stringify(fact)).length;
  if (octets > maxDeploymentOctets)
    throw new PlatformError(
      "input-too-large",
      `${action}: it has ${octets} octets, and ${maxDeploymentOctets} are the most`,
    );
  for (const { image, storedImage } of Object.values(containers)) {
    const found = storedImage === undefined ? undefined : findImage(state, service, image);
    if (found) draft.require("container-image", imageKey(found));
  }
  draft.put("deployment", deploymentKey(service, version), fact);
  warnOfNames(context, fact);
}

/** Says that visitors of its names find nothing. */
function warnOfNames({ state, warnings }: PlanContext, { service, publicEndpoint }: DeploymentFact): void {
  const names = state.assignmentsOfResource(service).map(({ owner }) => owner.slice(0, -1));
  if (publicEndpoint || names.length === 0) return;
  warnings.push(`Without a public endpoint ${names.join(", ")} will answer 404 No Such Service`);
}

function readContainers(
  state: State,
  { service, containers }: DeploymentRequest,
  action: string,
): Record<string, DeployedContainer> {
  const names = Object.keys(containers);
  if (names.length === 0 || names.length > maxContainers)
    throw new PlatformError(
      "input-malformed",
      `${action}: it has ${names.length} containers; expected 1 to ${maxContainers}`,
    );
  const taken = new Map<string, string>();
  const read = Object.entries(containers).map(([name, given]): [string, DeployedContainer] => {
    checkLabel(name, maxNameLength, `${action}, container "${name.slice(0, 100)}"`, "web");
    const refuse = (reason: string): never => {
      throw new PlatformError("input-malformed", `${action}, container "${name}": ${reason}`);
    };
    const { command = [], environmentNames = [], ports = {} } = given;
    if (command.some((word) => word.includes("\0"))) refuse("its command holds a zero octet");
    if (command[0] === "") refuse("its command begins with nothing");
    const bad = environmentNames.find((variable) => !/^[^=\0]+$/.test(variable));
    if (bad !== undefined) refuse(`"${bad.slice(0, 100)}" is no variable; expected a name such as LOG_LEVEL`);
    for (const port of Object.keys(ports)) {
      if (!/^[1-9]\d{0,4}$/.test(port) || Number(port) > 65_535)
        refuse(`"${port}" is no port; expected 1 to 65535, such as 80`);
      const other = taken.get(port);
      // They share a network.
      if (other !== undefined) refuse(`port ${port} is container "${other}"'s already`);
      taken.set(port, name);
    }
    const image = readImage(state, service, given.image, refuse);
    return [name, { ...image, command, environmentNames: [...environmentNames].sort(), ports }];
  });
  const isFolder = ({ image }: DeployedContainer): boolean => image.startsWith("folder:");
  const foreign = read.find(([, one]) => !isFolder(one) && one.storedImage === undefined);
  if (foreign && read.some(([, one]) => isFolder(one)))
    throw new PlatformError(
      "input-malformed",
      `${action}: a folder and image "${foreign[1].image}" do not run on one node; expected folders, or images, or folders beside images that were pushed`,
    );
  return Object.fromEntries(read);
}

/** An image that can be asked for: a folder, one that was pushed, or a reference whose image only the engine knows. */
function readImage(
  state: State,
  service: string,
  image: string,
  refuse: (reason: string) => never,
): Pick<DeployedContainer, "image" | "storedImage"> {
  if (image.startsWith("folder:")) {
    const folder = image.slice("folder:".length);
    if (!folder.startsWith("/") || folder.includes("\0"))
      refuse(`"${image.slice(0, 200)}" is no folder; expected an absolute path, such as folder:/srv/app`);
    return { image };
  }
  if (image.startsWith(":")) {
    const found = findImage(state, service, image);
    if (!found)
      return refuse(
        `no image "${image.slice(0, 200)}" was pushed for ${service}; push one with fairlead push-image`,
      );
    return { image: imageName(found), storedImage: found.digest };
  }
  if (!/^[\w][\w.:/@-]*$/.test(image))
    refuse(
      `"${image.slice(0, 200)}" is no image; expected a reference such as nginx:1.27, or folder:/srv/app`,
    );
  return { image };
}

function readEndpoint(
  { publicEndpoint }: DeploymentRequest,
  containers: Readonly<Record<string, DeployedContainer>>,
  action: string,
): DeploymentFact["publicEndpoint"] {
  if (!publicEndpoint) return undefined;
  const { containerName, containerPort } = publicEndpoint;
  const container = Object.hasOwn(containers, containerName) ? containers[containerName] : undefined;
  const refuse = (reason: string): never => {
    throw new PlatformError("input-malformed", `${action}, public endpoint: ${reason}`);
  };
  if (!container)
    return refuse(
      `there is no container "${containerName.slice(0, 100)}"; there are ${Object.keys(containers).join(", ")}`,
    );
  const protocol = Object.hasOwn(container.ports, String(containerPort))
    ? container.ports[String(containerPort)]
    : undefined;
  if (protocol === undefined)
    refuse(
      `container "${containerName}" has no port ${containerPort}; expected one of its own, such as {"ports":{"${containerPort}":"HTTP"}}`,
    );
  if (protocol !== "HTTP")
    refuse(`port ${containerPort} of "${containerName}" speaks ${protocol}; visitors' requests come by HTTP`);
  const healthCheck = overlay(defaultHealthCheck, publicEndpoint.healthCheck);
  checkHealthCheck({ healthCheck }, `${action}, public endpoint`);
  return { containerName, containerPort, healthCheck };
}

/** Refuses an image that could not get a name. */
export function checkNewImage(
  state: State,
  service: string,
  label: string,
): { readonly action: string; readonly images: readonly ContainerImageFact[] } {
  const action = `Cannot register image "${label.slice(0, 100)}" of container service "${service}"`;
  requireContainerService(state, service, action);
  checkLabel(label, maxNameLength, action, "web");
  const images = state.containers.imagesOf(service);
  if (images.length < maxImages) return { action, images };
  throw new PlatformError(
    "input-too-large",
    `${action}: it has ${maxImages} images already; delete some first`,
  );
}

/** Gives an image that was pushed its name. */
function planRegisterImage(
  { draft, state, now }: PlanContext,
  { service, label, digest }: Given<"register-container-image">,
): CommandOutline {
  const { action, images } = checkNewImage(state, service, label);
  if (!/^sha256:[0-9a-f]{64}$/.test(digest))
    throw new PlatformError(
      "input-malformed",
      `${action}: "${digest.slice(0, 100)}" is no digest; expected sha256: and 64 hexadecimal digits`,
    );
  const numbers = images.filter((image) => image.label === label).map(({ number }) => number);
  const fact: ContainerImageFact = {
    service,
    label,
    number: Math.max(0, ...numbers) + 1,
    digest,
    createdAt: now,
  };
  draft.put("container-image", imageKey(fact), fact);
  draft.require("container-service", service);
  return {
    title: `Register image ${imageName(fact)}`,
    operationType: "RegisterContainerImage",
    resourceName: service,
    resourceType: "ContainerService",
  };
}

/** Deletes an image that no version runs. */
function planDeleteImage(
  { draft, state, warnings }: PlanContext,
  { service, image }: Given<"delete-container-image">,
): CommandOutline {
  const action = `Cannot delete image "${image.slice(0, 200)}" of container service "${service}"`;
  requireContainerService(state, service, action);
  const fact = findImage(state, service, image);
  if (!fact) throw new PlatformError("resource-not-found", `${action}: there is none of that name`);
  const users = usersOfImage(state, fact);
  if (users.length > 0)
    throw new PlatformError("resource-in-use", `${action}: version ${users.join(" and ")} runs it`);
  warnings.push("No earlier version that has it can be rolled back to any more");
  draft.remove("container-image", imageKey(fact));
  return {
    title: `Delete image ${imageName(fact)}`,
    operationType: "DeleteContainerImage",
    resourceName: service,
    resourceType: "ContainerService",
  };
}

/** Versions that run an image, or are to. */
export function usersOfImage(state: State, { service, digest }: ContainerImageFact): number[] {
  const situation = situationOf(state, service);
  if (!situation) return [];
  return situation.deployments
    .filter(
      ({ version, containers }) =>
        Object.values(containers).some(({ storedImage }) => storedImage === digest) &&
        ["ACTIVE", "ACTIVATING"].includes(versionState(situation, version)),
    )
    .map(({ version }) => version);
}

/** An image by its name, `latest` standing for the one of its label that was pushed last. */
function findImage(state: State, service: string, text: string): ContainerImageFact | undefined {
  const [, owner, label = "", number = ""] = /^:([^.]+)\.([^.]+)\.(\d+|latest)$/.exec(text) ?? [];
  if (owner !== service) return undefined;
  const all = state.containers.imagesOf(service).filter((image) => image.label === label);
  return number === "latest" ? all.at(-1) : all.find((image) => String(image.number) === number);
}

function isStored(state: State, service: string, digest: string): boolean {
  return state.containers.imagesOf(service).some((image) => image.digest === digest);
}

function outline(title: string, service: string): CommandOutline {
  return {
    title,
    operationType: "CreateContainerServiceDeployment",
    resourceName: service,
    resourceType: "ContainerService",
  };
}
