// Lightsail's container services: services, deployments, logs and images. Values of environments are shown to who may deploy; viewers see
// that there are containers, and not what is in their environments.

import type { Command, ContainerService, Deployment, DeploymentBody, LightsailShapes } from "#contract";
import { hasRole } from "../access/principal.ts";
import { powers } from "../container-powers.ts";
import type { Held } from "../state.ts";
import { viewContainerService, viewDeployments, viewImage } from "../view-containers.ts";
import { invalidInput, locationOf, secondsOf, unknownResource } from "./answers.ts";
import { AwsError } from "./aws-error.ts";
import { runCommand, runCommands } from "./operations.ts";
import type { AwsCall } from "./service.ts";
import { shownTags, taggingOf } from "./tags.ts";

type Shapes = LightsailShapes;

/** Log lines of one answer. */
const logLines = 1000;

/** CreateContainerService, with a first deployment where one is given. */
export async function createContainerService(
  request: Shapes["CreateContainerServiceRequest"],
  call: AwsCall,
): Promise<Shapes["CreateContainerServiceResult"]> {
  const {
    serviceName: name,
    power,
    scale,
    publicDomainNames,
    deployment,
    privateRegistryAccess,
    tags,
  } = request;
  refuseRegistryAccess(privateRegistryAccess);
  const tagging = taggingOf("ContainerService", name, tags);
  const create: Command = {
    action: "create-container-service",
    name,
    power,
    scale,
    ...(publicDomainNames ? { publicDomainNames: namesOf(publicDomainNames) } : {}),
    ...(deployment
      ? {
          deployment: await call.core.environments.seal(
            bodyOf(deployment.containers, deployment.publicEndpoint),
          ),
        }
      : {}),
  };
  await runCommands(call, [create, ...tagging]);
  return { containerService: await show(call, requireService(call, name)) };
}

/** UpdateContainerService: what is absent stays. */
export async function updateContainerService(
  request: Shapes["UpdateContainerServiceRequest"],
  call: AwsCall,
): Promise<Shapes["UpdateContainerServiceResult"]> {
  const { serviceName: name, power, scale, isDisabled, publicDomainNames, privateRegistryAccess } = request;
  const { value } = requireService(call, name);
  refuseRegistryAccess(privateRegistryAccess);
  const names = publicDomainNames && namesOf(publicDomainNames);
  const isSame =
    (power === undefined || power === value.power) &&
    (scale === undefined || scale === value.scale) &&
    (isDisabled === undefined || isDisabled === value.isDisabled) &&
    (names === undefined || areSameNames(value.publicDomainNames, names));
  if (!isSame) {
    await runCommand(call, {
      action: "update-container-service",
      name,
      ...(power === undefined ? {} : { power }),
      ...(scale === undefined ? {} : { scale }),
      ...(isDisabled === undefined ? {} : { isDisabled }),
      ...(names ? { publicDomainNames: names } : {}),
    });
  }
  return { containerService: await show(call, requireService(call, name)) };
}

/** DeleteContainerService: gone once its requests under way are finished. */
export async function deleteContainerService(
  { serviceName: name }: Shapes["DeleteContainerServiceRequest"],
  call: AwsCall,
): Promise<Shapes["DeleteContainerServiceResult"]> {
  requireService(call, name);
  await runCommand(call, { action: "delete-container-service", name });
  return {};
}

/** GetContainerServices: all of them; there are no pages. */
export async function getContainerServices(
  { serviceName }: Shapes["GetContainerServicesRequest"],
  call: AwsCall,
): Promise<Shapes["ContainerServicesListResult"]> {
  if (serviceName !== undefined)
    return { containerServices: [await show(call, requireService(call, serviceName))] };
  const all = [...call.core.views.state.all("container-service").values()].sort((a, b) =>
    a.value.name < b.value.name ? -1 : 1,
  );
  return { containerServices: await Promise.all(all.map((held) => show(call, held))) };
}

/** CreateContainerServiceDeployment: the answer has the version that comes as the next one. */
export async function createContainerServiceDeployment(
  { serviceName, containers, publicEndpoint }: Shapes["CreateContainerServiceDeploymentRequest"],
  call: AwsCall,
): Promise<Shapes["CreateContainerServiceDeploymentResult"]> {
  requireService(call, serviceName);
  const { core } = call;
  await runCommand(call, {
    action: "create-deployment",
    service: serviceName,
    ...(await core.environments.seal(bodyOf(containers, publicEndpoint))),
  });
  const shown = await show(call, requireService(call, serviceName));
  const [latest] = viewDeployments(core.views.state, serviceName);
  const next = shown.nextDeployment ?? (latest && (await showDeployment(call, latest)));
  return { containerService: { ...shown, nextDeployment: next } };
}

/** GetContainerServiceDeployments: the latest first. */
export async function getContainerServiceDeployments(
  { serviceName }: Shapes["GetContainerServiceDeploymentsRequest"],
  call: AwsCall,
): Promise<Shapes["GetContainerServiceDeploymentsResult"]> {
  requireService(call, serviceName);
  const all = viewDeployments(call.core.views.state, serviceName);
  return { deployments: await Promise.all(all.map((one) => showDeployment(call, one))) };
}

/** GetContainerLog. */
export async function getContainerLog(
  request: Shapes["GetContainerLogRequest"],
  call: AwsCall,
): Promise<Shapes["GetContainerLogResult"]> {
  const { serviceName, containerName, startTime, endTime, filterPattern, pageToken } = request;
  const { core } = call;
  const { id, value } = requireService(call, serviceName);
  const known = core.views.state.containers
    .deploymentsOf(value.name)
    .some(({ containers }) => Object.hasOwn(containers, containerName));
  if (!known) throw unknownResource("Container", containerName);
  if ((filterPattern ?? "").length > 1024)
    throw invalidInput('of "filterPattern", expected at most 1024 characters');
  const { logEvents, nextPageToken } = await core.containerLogs({
    serviceId: id,
    container: containerName,
    lines: logLines,
    ...(startTime === undefined ? {} : { since: startTime * 1000 }),
    ...(endTime === undefined ? {} : { until: endTime * 1000 }),
    ...(filterPattern === undefined ? {} : { filter: filterPattern }),
    ...(pageToken === undefined ? {} : { pageToken: pageToken.slice(0, 256) }),
  });
  return {
    logEvents: logEvents.map(({ createdAt, message }) => ({ createdAt: secondsOf(createdAt), message })),
    ...(nextPageToken === undefined ? {} : { nextPageToken }),
  };
}

/** GetContainerServicePowers. */
export function getContainerServicePowers(): Shapes["GetContainerServicePowersResult"] {
  return {
    powers: powers.map(({ powerId, price, cpuCount, ramSizeInGb, name, isActive }) => ({
      powerId,
      price,
      cpuCount,
      ramSizeInGb,
      name,
      isActive,
    })),
  };
}

/** GetContainerAPIMetadata: there is nothing to tell clients of. */
export function getContainerApiMetadata(): Shapes["GetContainerAPIMetadataResult"] {
  return { metadata: [] };
}

/** GetContainerImages: those that were pushed for a service, the latest first. */
export function getContainerImages(
  { serviceName }: Shapes["GetContainerImagesRequest"],
  call: AwsCall,
): Shapes["GetContainerImagesResult"] {
  const { value } = requireService(call, serviceName);
  const { state } = call.core.views;
  const images = state.containers.imagesOf(value.name).reverse();
  return { containerImages: images.map((fact) => shownImage(viewImage(state, fact))) };
}

/** RegisterContainerImage: gives an image that was pushed its name. */
export async function registerContainerImage(
  { serviceName, label, digest }: Shapes["RegisterContainerImageRequest"],
  call: AwsCall,
): Promise<Shapes["RegisterContainerImageResult"]> {
  requireService(call, serviceName);
  if (!call.core.host.images.get(digest)) throw unknownResource("image", digest);
  await runCommand(call, { action: "register-container-image", service: serviceName, label, digest });
  const { state } = call.core.views;
  const latest = state.containers.imagesOf(serviceName).at(-1);
  return latest ? { containerImage: shownImage(viewImage(state, latest)) } : {};
}

/** DeleteContainerImage. */
export async function deleteContainerImage(
  { serviceName, image }: Shapes["DeleteContainerImageRequest"],
  call: AwsCall,
): Promise<Shapes["DeleteContainerImageResult"]> {
  requireService(call, serviceName);
  await runCommand(call, { action: "delete-container-image", service: serviceName, image });
  return {};
}

/** CreateContainerServiceRegistryLogin: there is no registry to log in to. */
export function createRegistryLogin(): never {
  throw unsupported("images are pushed with `fairlead push-image`: there is no registry to log in to");
}

function requireService({ core }: AwsCall, name: string): Held<"container-service"> {
  const held = core.views.state.get("container-service", name);
  if (!held) throw unknownResource("ContainerService", name);
  return held;
}

function namesOf(sent: Shapes["ContainerServicePublicDomains"]): Record<string, string[]> {
  return Object.fromEntries(Object.entries(sent).map(([certificate, names]) => [certificate, [...names]]));
}

/** Whether some names are those that a service has: an empty list is of a certificate that it has not. */
function areSameNames(
  held: Readonly<Record<string, readonly string[]>>,
  sent: Readonly<Record<string, readonly string[]>>,
): boolean {
  return Object.entries(sent).every(
    ([certificate, names]) => [...(held[certificate] ?? [])].sort().join() === [...names].sort().join(),
  );
}

function refuseRegistryAccess(access: Shapes["PrivateRegistryAccessRequest"] | undefined): void {
  if (access?.ecrImagePullerRole?.isActive !== true) return;
  throw unsupported("images of private registries of AWS cannot be pulled here");
}

function unsupported(reason: string): AwsError {
  return new AwsError("InvalidInputException", `Input error: ${reason}`, { code: "UnsupportedOperation" });
}

/** What a request deploys, in the platform's words. */
function bodyOf(
  containers: Shapes["ContainerMap"] | undefined,
  endpoint: Shapes["EndpointRequest"] | undefined,
): DeploymentBody {
  if (!containers) throw invalidInput('of "containers", expected at least one');
  return {
    containers: Object.fromEntries(
      Object.entries(containers).map(([name, { image, command, environment, ports }]) => {
        if (image === undefined || image === "")
          throw invalidInput(`of "containers.${name}.image", it is required`);
        return [
          name,
          {
            image,
            ...(command ? { command: [...command] } : {}),
            ...(environment ? { environment: { ...environment } } : {}),
            ...(ports ? { ports: { ...ports } } : {}),
          },
        ];
      }),
    ),
    ...(endpoint ? { publicEndpoint: endpointOf(endpoint) } : {}),
  };
}

function endpointOf({
  containerName,
  containerPort,
  healthCheck,
}: Shapes["EndpointRequest"]): NonNullable<DeploymentBody["publicEndpoint"]> {
  const { healthyThreshold, unhealthyThreshold, timeoutSeconds, intervalSeconds, path, successCodes } =
    healthCheck ?? {};
  return {
    containerName,
    containerPort,
    ...(healthCheck
      ? {
          healthCheck: {
            healthyThreshold,
            unhealthyThreshold,
            timeoutMs: timeoutSeconds === undefined ? undefined : timeoutSeconds * 1000,
            intervalMs: intervalSeconds === undefined ? undefined : intervalSeconds * 1000,
            path,
            successCodes,
          },
        }
      : {}),
  };
}

async function show(call: AwsCall, held: Held<"container-service">): Promise<Shapes["ContainerService"]> {
  const view: ContainerService = viewContainerService(call.core.views, held);
  const { currentDeployment, nextDeployment } = view;
  return {
    containerServiceName: view.name,
    arn: view.arn,
    createdAt: secondsOf(view.createdAt),
    location: locationOf(call),
    resourceType: "ContainerService",
    tags: shownTags(call, "ContainerService", view.name),
    power: view.power as Shapes["ContainerServicePowerName"],
    powerId: view.powerId,
    state: view.state,
    ...(view.stateDetail ? { stateDetail: view.stateDetail } : {}),
    scale: view.scale,
    ...(currentDeployment ? { currentDeployment: await showDeployment(call, currentDeployment) } : {}),
    ...(nextDeployment ? { nextDeployment: await showDeployment(call, nextDeployment) } : {}),
    isDisabled: view.isDisabled,
    principalArn: view.principalArn,
    privateDomainName: view.privateDomainName,
    publicDomainNames: view.publicDomainNames,
    url: view.url,
    privateRegistryAccess: { ecrImagePullerRole: { isActive: false, principalArn: "" } },
  };
}

/** A version, with the values of its environments for who may deploy. */
async function showDeployment(
  { core, principal }: AwsCall,
  deployment: Deployment,
): Promise<Shapes["ContainerServiceDeployment"]> {
  const isOpen = hasRole(principal.role, "operator");
  const { version, state, createdAt, containers, publicEndpoint } = isOpen
    ? await core.environments.withValues(deployment)
    : deployment;
  return {
    version,
    state,
    containers: Object.fromEntries(
      Object.entries(containers).map(([name, { image, command, environment = {}, ports }]) => [
        name,
        { image, command, environment, ports },
      ]),
    ),
    ...(publicEndpoint ? { publicEndpoint: shownEndpoint(publicEndpoint) } : {}),
    createdAt: secondsOf(createdAt),
  };
}

function shownEndpoint({
  containerName,
  containerPort,
  healthCheck,
}: NonNullable<Deployment["publicEndpoint"]>): Shapes["ContainerServiceEndpoint"] {
  const { healthyThreshold, unhealthyThreshold, timeoutMs, intervalMs, path, successCodes } = healthCheck;
  return {
    containerName,
    containerPort,
    healthCheck: {
      healthyThreshold,
      unhealthyThreshold,
      timeoutSeconds: Math.ceil(timeoutMs / 1000),
      intervalSeconds: Math.ceil(intervalMs / 1000),
      path,
      successCodes,
    },
  };
}

function shownImage({ image, digest, createdAt }: ReturnType<typeof viewImage>): Shapes["ContainerImage"] {
  return { image, digest, createdAt: secondsOf(createdAt) };
}
