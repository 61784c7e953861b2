// Container services as the API shows them: services with their deployments, nodes, images and log lines. Words are Lightsail's; times are
// ISO 8601. See resource.ts for what all resources have in common.

import { z } from "zod";
import { containerEngine, containerProtocol, containerState } from "./container-objects.ts";
import { healthCheck, targetHealth } from "./edge-objects.ts";
import { familyAddress, identity } from "./resource.ts";

/** What a service is: Lightsail's states. */
export const containerServiceState = z.enum([
  "PENDING",
  "READY",
  "RUNNING",
  "UPDATING",
  "DELETING",
  "DISABLED",
  "DEPLOYING",
]);
export type ContainerServiceState = z.infer<typeof containerServiceState>;

/** What is being done while a service is PENDING, DEPLOYING or UPDATING. */
export const containerServiceStateDetail = z.strictObject({
  code: z.enum([
    "CREATING_SYSTEM_RESOURCES",
    "CREATING_NETWORK_INFRASTRUCTURE",
    "PROVISIONING_CERTIFICATE",
    "PROVISIONING_SERVICE",
    "CREATING_DEPLOYMENT",
    "EVALUATING_HEALTH_CHECK",
    "ACTIVATING_DEPLOYMENT",
    "CERTIFICATE_LIMIT_EXCEEDED",
    "UNKNOWN_ERROR",
  ]),
  message: z.string().optional(),
});
export type ContainerServiceStateDetail = z.infer<typeof containerServiceStateDetail>;

/** Lightsail's states of a deployment: one is ACTIVE. */
export const deploymentState = z.enum(["ACTIVATING", "ACTIVE", "INACTIVE", "FAILED"]);
export type DeploymentState = z.infer<typeof deploymentState>;

/** What a power gives each node of a service. */
export const containerServicePower = z
  .strictObject({
    powerId: z.string(),
    name: z.string(),
    /** Lightsail's price of a node, US dollars a month: nothing is charged here. */
    price: z.number(),
    cpuCount: z.number(),
    ramSizeInGb: z.number(),
    isActive: z.boolean(),
  })
  .meta({ id: "ContainerServicePower" });
export type ContainerServicePower = z.infer<typeof containerServicePower>;

/** One version of what runs on a service. */
export const deployment = z
  .strictObject({
    service: z.string(),
    version: z.number(),
    state: deploymentState,
    /** Why it failed, or what it waits for. */
    reason: z.string().optional(),
    createdAt: z.string(),
    containers: z.record(
      z.string(),
      z.strictObject({
        image: z.string(),
        command: z.array(z.string()),
        /** Names of the variables; with `?values=1`, who may deploy is shown their values in `environment`. */
        environmentNames: z.array(z.string()),
        environment: z.record(z.string(), z.string()).optional(),
        ports: z.record(z.string(), containerProtocol),
      }),
    ),
    publicEndpoint: z
      .strictObject({ containerName: z.string(), containerPort: z.number(), healthCheck })
      .optional(),
    /** The version that it deployed again. */
    rollsBackTo: z.number().optional(),
  })
  .meta({ id: "Deployment" });
export type Deployment = z.infer<typeof deployment>;

/** One replica of a version. */
export const containerNode = z
  .strictObject({
    id: z.string(),
    version: z.number(),
    number: z.number(),
    /** `starting`, `candidate` (the edge probes it), `serving`, `draining` (requests under way are finished), `stopping`. */
    stage: z.enum(["starting", "candidate", "serving", "draining", "stopping"]),
    power: z.string(),
    /** As the runtime last said. */
    state: z.enum(["pending", "running", "stopping", "stopped", "failed"]),
    reason: z.string().optional(),
    engine: containerEngine.optional(),
    /** Why its limits are not in force. */
    unlimited: z.string().optional(),
    address: z.string(),
    /** Where its public container is reached. */
    port: z.number().optional(),
    /** As the edge last said. */
    health: targetHealth.optional(),
    healthDetail: z.string().optional(),
    requestsUnderWay: z.number(),
    containers: z.array(containerState),
  })
  .meta({ id: "ContainerNode" });
export type ContainerNode = z.infer<typeof containerNode>;

/** Runs containers on a number of nodes behind one address. */
export const containerService = z
  .strictObject({
    ...identity,
    name: z.string(),
    power: z.string(),
    powerId: z.string(),
    scale: z.number(),
    state: containerServiceState,
    stateDetail: containerServiceStateDetail.optional(),
    isDisabled: z.boolean(),
    /** Why a node does not serve, or an update came to nothing, where all else is well. */
    problem: z.string().optional(),
    /** Its name in the platform's own zone, and what a browser opens there. */
    dnsName: z.string(),
    url: z.string(),
    privateDomainName: z.string(),
    /** Identifies the service where Lightsail has the role that it reads private images with. */
    principalArn: z.string(),
    publicAddresses: z.array(familyAddress),
    /** Certificates with the names that the service is served under. */
    publicDomainNames: z.record(z.string(), z.array(z.string())),
    /** Names of all certificates that it serves, those of the names that lead to it among them. */
    servedCertificates: z.array(z.string()),
    /** True where requests by HTTP are sent to HTTPS: as soon as it serves a certificate. */
    redirectsToHttps: z.boolean(),
    currentDeployment: deployment.optional(),
    /** The one that is being activated. */
    nextDeployment: deployment.optional(),
    nodes: z.array(containerNode),
    /** Names assigned to it. */
    names: z.array(z.string()),
  })
  .meta({ id: "ContainerService" });
export type ContainerService = z.infer<typeof containerService>;

/** An image that was pushed for a service. */
export const containerImage = z
  .strictObject({
    /** `:SERVICE.LABEL.N` */
    image: z.string(),
    label: z.string(),
    digest: z.string(),
    createdAt: z.string(),
    /** Versions that run it, or are to. */
    usedBy: z.array(z.number()),
  })
  .meta({ id: "ContainerImage" });
export type ContainerImage = z.infer<typeof containerImage>;

/** All container services, by name. */
export const containerServiceList = z.strictObject({ containerServices: z.array(containerService) });
/** The powers that a service can have, the smallest first. */
export const containerServicePowerList = z.strictObject({ powers: z.array(containerServicePower) });
/** The versions of a service, the latest first. */
export const deploymentList = z.strictObject({ deployments: z.array(deployment) });
/** Images pushed for a service, the latest first. */
export const containerImageList = z.strictObject({ containerImages: z.array(containerImage) });
/** A page of log lines, oldest first; `nextPageToken` is absent on the last one. */
export const containerLogList = z.strictObject({
  logEvents: z.array(
    z.strictObject({
      createdAt: z.string(),
      message: z.string(),
      /** Id of the node that wrote it. */
      node: z.string(),
    }),
  ),
  nextPageToken: z.string().optional(),
});
export type ContainerLogList = z.infer<typeof containerLogList>;
