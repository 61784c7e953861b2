// Commands that change an instance as it stands: whether it runs, what it may use, which public ports are open.

import { z } from "zod";

const instanceName = z.string().min(1).max(255);

/** The most an instance's process may use. */
export const instanceLimits = z
  .strictObject({
    /** Processor cores, fractions too. */
    cpus: z.number().min(0.01).max(1024).optional(),
    /** Octets of memory; at least 16 MiB, below which hardly a program starts. */
    memoryOctets: z
      .int()
      .min(16 << 20)
      .optional(),
  })
  .meta({ id: "InstanceLimits" });
export type InstanceLimits = z.infer<typeof instanceLimits>;

/** Public ports from the first to the last. */
export const portRule = z
  .strictObject({
    protocol: z.literal("tcp"),
    fromPort: z.int().min(1).max(65_535),
    toPort: z.int().min(1).max(65_535),
  })
  .meta({ id: "PortRule" });
export type PortRule = z.infer<typeof portRule>;

/** Most rules of an instance's firewall. */
export const maxPortRules = 60;

/** Which addresses the names of a resource have: of both families, or IPv4 alone. */
export const ipAddressType = z.enum(["dualstack", "ipv4"]);

/** The commands. */
export const instanceCommands = [
  /** Of an instance or a load balancer. */
  z.strictObject({ action: z.literal("set-ip-address-type"), resource: instanceName, ipAddressType }),
  z.strictObject({ action: z.literal("start-instance"), name: instanceName }),
  /** Waits for requests under way, at most half a minute; with `force` it does not. */
  z.strictObject({ action: z.literal("stop-instance"), name: instanceName, force: z.boolean().optional() }),
  z.strictObject({ action: z.literal("reboot-instance"), name: instanceName, force: z.boolean().optional() }),
  /** Gives an instance other limits, whole; its process is started anew. */
  z.strictObject({
    action: z.literal("limit-instance"),
    name: instanceName,
    limits: instanceLimits,
  }),
  /** Opens ports beside those that are open, closes some of them, or puts the whole set. */
  z.strictObject({
    action: z.literal("set-instance-ports"),
    name: instanceName,
    how: z.enum(["open", "close", "put"]),
    ports: z.array(portRule).max(maxPortRules),
  }),
] as const;
