// Commands that say where requests go: load balancers and static IPs.

import { z } from "zod";
import { balancing, healthCheck } from "./edge-objects.ts";
import { ipAddressType } from "./instance-commands.ts";

const resourceName = z.string().min(1).max(255);
/** Most instances or certificates that one command names. */
const maxNames = 100;
const instanceNames = z.array(resourceName).min(1).max(maxNames);

/** What an assignment is asked for with, beside the name. */
export const assignmentMembers = {
  resource: resourceName,
  /** The name below it that begins with `www` too. */
  withWww: z.boolean().optional(),
  /** False where no certificate is to be asked for. One that covers the name serves it all the same. */
  https: z.boolean().optional(),
};

/** What can be set of a load balancer; what is absent stays as it is. */
export const loadBalancerSettings = z
  .strictObject({
    /** Port of the instances; 80 stands for the port that each listens on. */
    instancePort: z.int().min(1).max(65_535).optional(),
    // Both texts are judged by control, which says what it expects.
    healthCheck: healthCheck
      .partial()
      .extend({ path: z.string().max(1024).optional(), successCodes: z.string().max(200).optional() })
      .optional(),
    algorithm: balancing.shape.algorithm.optional(),
    stickiness: z
      .strictObject({
        isEnabled: z.boolean().optional(),
        durationSeconds: z.int().min(1).max(604_800).optional(),
      })
      .optional(),
    ejectAfterFailures: balancing.shape.ejectAfterFailures.optional(),
    ejectMs: balancing.shape.ejectMs.optional(),
    drainMs: balancing.shape.drainMs.optional(),
    /** Wants a certificate. */
    redirectsToHttps: z.boolean().optional(),
    /** A name of Lightsail's; either spelling of the second one. */
    tlsPolicyName: z.string().min(1).max(255).optional(),
  })
  .meta({ id: "LoadBalancerSettings" });
export type LoadBalancerSettings = z.infer<typeof loadBalancerSettings>;

/** The commands. */
export const trafficCommands = [
  z.strictObject({
    action: z.literal("create-load-balancer"),
    name: resourceName,
    instances: z.array(resourceName).max(maxNames).optional(),
    settings: loadBalancerSettings.optional(),
    /** `dualstack` where absent. */
    ipAddressType: ipAddressType.optional(),
  }),
  z.strictObject({
    action: z.literal("update-load-balancer"),
    name: resourceName,
    settings: loadBalancerSettings,
  }),
  z.strictObject({ action: z.literal("delete-load-balancer"), name: resourceName }),
  z.strictObject({
    action: z.literal("attach-instances"),
    loadBalancer: resourceName,
    instances: instanceNames,
  }),
  /** Requests under way are finished first, for at most `drainMs` of the load balancer. */
  z.strictObject({
    action: z.literal("detach-instances"),
    loadBalancer: resourceName,
    instances: instanceNames,
  }),
  /** Attaching one that is attached makes it the default with `isDefault`, and is refused without. */
  z.strictObject({
    action: z.literal("attach-certificate"),
    loadBalancer: resourceName,
    certificate: resourceName,
    isDefault: z.boolean().optional(),
  }),
  z.strictObject({
    action: z.literal("detach-certificate"),
    loadBalancer: resourceName,
    certificate: resourceName,
  }),
  z.strictObject({
    action: z.literal("allocate-static-ip"),
    name: resourceName,
    instance: resourceName.optional(),
  }),
  /** One that is attached elsewhere moves. */
  z.strictObject({ action: z.literal("attach-static-ip"), name: resourceName, instance: resourceName }),
  z.strictObject({ action: z.literal("detach-static-ip"), name: resourceName }),
  z.strictObject({ action: z.literal("release-static-ip"), name: resourceName }),
] as const;

/** Creates a load balancer, over some instances already. */
export const createLoadBalancerBody = z.strictObject({
  name: resourceName,
  instances: z.array(resourceName).max(maxNames).optional(),
  settings: loadBalancerSettings.optional(),
});
/** Attaches or detaches instances by name. */
export const instanceNamesBody = z.strictObject({ instances: instanceNames });
/** Attaches a certificate by name. */
export const attachCertificateBody = z.strictObject({
  certificate: resourceName,
  isDefault: z.boolean().optional(),
});
/** Allocates a static IP, attached already where an instance is named. */
export const allocateStaticIpBody = z.strictObject({ name: resourceName, instance: resourceName.optional() });
/** Names the instance that a static IP is attached to. */
export const attachStaticIpBody = z.strictObject({ instance: resourceName });
