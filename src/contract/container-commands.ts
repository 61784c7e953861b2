// Commands of container services: what a service is, what is deployed on it, and its images.
//
// Values of environments are in no command: they are sealed as they come with a request (`environmentId`), and commands carry the names.
// What names, sizes and rules must be is judged by control, which says what it expects.

import { z } from "zod";
import { containerProtocol } from "./container-objects.ts";
import { healthCheck } from "./edge-objects.ts";

const serviceName = z.string().min(1).max(255);
const certificateName = z.string().min(1).max(255);
const containerName = z.string().min(1).max(255);

/** Most domain names of a container service, over all its certificates. */
export const maxPublicDomainNames = 100;

/** Certificates by name, each with the domain names that the service is served under with it; an empty list detaches one. */
export const publicDomainNames = z.record(certificateName, z.array(z.string().min(1).max(1020)).max(100));

const command = z.array(z.string().max(32_768)).max(256);
const ports = z.record(z.string().max(8), containerProtocol);

/** One container of a deployment, without the values of its environment. */
export const containerSpec = z
  .strictObject({
    /** `folder:/absolute/path` with a command, a reference in the engine's store, or `:SERVICE.LABEL.N` as it was pushed. */
    image: z.string().min(1).max(4096),
    command: command.optional(),
    /** Names of the variables of its environment. */
    environmentNames: z.array(z.string().max(1024)).max(500).optional(),
    /** Ports that it listens on, decimal, and what each speaks. */
    ports: ports.optional(),
  })
  .meta({ id: "ContainerSpec" });
export type ContainerSpec = z.infer<typeof containerSpec>;

/** The container that visitors reach, and how it is probed; Lightsail's defaults where a member is absent. */
export const endpointRequest = z
  .strictObject({
    containerName,
    containerPort: z.int(),
    healthCheck: healthCheck
      .partial()
      .extend({ path: z.string().max(1024).optional(), successCodes: z.string().max(200).optional() })
      .optional(),
  })
  .meta({ id: "EndpointRequest" });
export type EndpointRequest = z.infer<typeof endpointRequest>;

const deploymentMembers = {
  containers: z.record(containerName, containerSpec),
  publicEndpoint: endpointRequest.optional(),
  /** Where the values of the containers' environments are sealed. */
  environmentId: z.string().max(64).optional(),
};

const serviceMembers = {
  /** nano, micro, small, medium, large, xlarge, or the id of one, such as `nano-1`. */
  power: z.string().min(1).max(64),
  /** Nodes that the containers run on. */
  scale: z.int(),
};

/** The commands. */
export const containerCommands = [
  z.strictObject({
    action: z.literal("create-container-service"),
    name: serviceName,
    ...serviceMembers,
    publicDomainNames: publicDomainNames.optional(),
    /** Its first deployment. */
    deployment: z.strictObject(deploymentMembers).optional(),
  }),
  /** What is absent stays. Of `publicDomainNames`, so do certificates that are not named. */
  z.strictObject({
    action: z.literal("update-container-service"),
    name: serviceName,
    power: serviceMembers.power.optional(),
    scale: serviceMembers.scale.optional(),
    isDisabled: z.boolean().optional(),
    publicDomainNames: publicDomainNames.optional(),
  }),
  /** With its deployments and images, once requests under way are finished. */
  z.strictObject({ action: z.literal("delete-container-service"), name: serviceName }),
  /** Becomes the service's next version. */
  z.strictObject({ action: z.literal("create-deployment"), service: serviceName, ...deploymentMembers }),
  /** Deploys what an earlier version was, as the next one. */
  z.strictObject({
    action: z.literal("roll-back-deployment"),
    service: serviceName,
    version: z.int().min(1),
  }),
  /** Gives an image that was pushed its name, `:SERVICE.LABEL.N`. */
  z.strictObject({
    action: z.literal("register-container-image"),
    service: serviceName,
    label: z.string().min(1).max(255),
    digest: z.string().max(255),
  }),
  z.strictObject({
    action: z.literal("delete-container-image"),
    service: serviceName,
    image: z.string().min(1).max(1024),
  }),
] as const;

/** A container as a request has it: with its environment. */
const containerBody = z.strictObject({
  image: containerSpec.shape.image,
  command: command.optional(),
  environment: z.record(z.string().max(1024), z.string().max(65_536)).optional(),
  ports: ports.optional(),
});
export type ContainerBody = z.infer<typeof containerBody>;

/** Deploys containers. */
export const deploymentBody = z
  .strictObject({
    containers: z.record(containerName, containerBody),
    publicEndpoint: endpointRequest.optional(),
  })
  .meta({ id: "DeploymentRequest" });
export type DeploymentBody = z.infer<typeof deploymentBody>;

/** Creates a container service. */
export const createContainerServiceBody = z.strictObject({
  name: serviceName,
  ...serviceMembers,
  publicDomainNames: publicDomainNames.optional(),
  deployment: deploymentBody.optional(),
});
/** Changes a container service; what is absent stays. */
export const updateContainerServiceBody = z.strictObject({
  power: serviceMembers.power.optional(),
  scale: serviceMembers.scale.optional(),
  isDisabled: z.boolean().optional(),
  publicDomainNames: publicDomainNames.optional(),
});
/** Gives an image its name. */
export const registerImageBody = z.strictObject({
  label: z.string().min(1).max(255),
  digest: z.string().max(255),
});
