// Load balancers and static IPs as the API shows them. See resource.ts for what all resources have in common.

import { z } from "zod";
import { balancing, healthCheck, targetHealth, targetReason } from "./edge-objects.ts";
import { familyAddress, identity } from "./resource.ts";

/** How an instance does behind a load balancer, in Lightsail's words. */
export const instanceHealth = z
  .strictObject({
    instanceName: z.string(),
    instanceHealth: targetHealth,
    /** Absent for a healthy one. */
    instanceHealthReason: targetReason.optional(),
    /** The last probe in words, or why nothing is known. */
    detail: z.string().optional(),
    /** Requests under way there, as the edge last said. */
    requestsUnderWay: z.number(),
  })
  .meta({ id: "InstanceHealth" });
export type InstanceHealth = z.infer<typeof instanceHealth>;

/** Shares requests out among instances. */
export const loadBalancer = z
  .strictObject({
    ...identity,
    name: z.string(),
    /** `active_impaired` where it has instances and none of them is healthy. */
    state: z.enum(["active", "active_impaired", "unknown"]),
    /** Its name in the platform's own zone. */
    dnsName: z.string(),
    publicAddresses: z.array(familyAddress),
    protocol: z.enum(["HTTP", "HTTP_HTTPS"]),
    /** The ports a visitor sees. */
    publicPorts: z.array(z.number()),
    /** Port of its instances; 80 stands for the port that each listens on. */
    instancePort: z.number(),
    algorithm: balancing.shape.algorithm,
    healthCheck,
    stickiness: z.strictObject({ isEnabled: z.boolean(), durationSeconds: z.number() }),
    ejectAfterFailures: z.number(),
    ejectMs: z.number(),
    drainMs: z.number(),
    redirectsToHttps: z.boolean(),
    tlsPolicyName: z.string(),
    /** Absent: its names have addresses of both families. */
    ipAddressType: z.enum(["ipv4"]).optional(),
    /** Names of the certificates that are attached to it, the default first. */
    certificates: z.array(z.string()),
    /** Names of all certificates that it serves, those of the names that lead to it among them. */
    servedCertificates: z.array(z.string()),
    /** Every instance that is attached, and those that are still leaving. */
    instanceHealthSummary: z.array(instanceHealth),
    /** Names assigned to it. */
    names: z.array(z.string()),
  })
  .meta({ id: "LoadBalancer" });
export type LoadBalancer = z.infer<typeof loadBalancer>;

/** A public address that stays when what it leads to changes. */
export const staticIp = z
  .strictObject({
    ...identity,
    name: z.string(),
    dnsName: z.string(),
    publicAddresses: z.array(familyAddress),
    isAttached: z.boolean(),
    /** The instance it leads to. */
    attachedTo: z.string().optional(),
    /** Names assigned to it. */
    names: z.array(z.string()),
  })
  .meta({ id: "StaticIp" });
export type StaticIp = z.infer<typeof staticIp>;

/** All load balancers, by name. */
export const loadBalancerList = z.strictObject({ loadBalancers: z.array(loadBalancer) });
/** All static IPs, by name. */
export const staticIpList = z.strictObject({ staticIps: z.array(staticIp) });
