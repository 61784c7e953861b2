// The things that the API shows: domains, zones, RRsets, instances, assignments. Shapes only; the rules stand in src/control.
//
// Names of domains, zones and records are absolute, in lower case, without the final dot (as Lightsail returns them); RDATA is in
// presentation format, its names with the final dot. Times are ISO 8601 in UTC. All address fields are lists with a family.

import { z } from "zod";
import { instanceLimits, portRule } from "./instance-commands.ts";
import { registrationView, zoneDelegation } from "./registration.ts";
import { routingPolicy, setHealth } from "./routing-policy.ts";

/** What every resource carries. */
export const identity = {
  /** UUIDv7. */
  id: z.string(),
  arn: z.string(),
  accountId: z.string(),
  /** "global" for domains and zones. */
  region: z.string(),
  createdAt: z.string(),
};

/** An address with its family. */
export const familyAddress = z.strictObject({ family: z.enum(["ipv4", "ipv6"]), address: z.string() });
export type FamilyAddress = z.infer<typeof familyAddress>;

/** A name server of a zone, with the addresses that the TLD's zone carries for it. */
export const nameServer = z.strictObject({ name: z.string(), addresses: z.array(familyAddress) });
export type NameServer = z.infer<typeof nameServer>;

/** A registered domain, as the registry tells it (RFC 5731 section 3.1.2). */
export const domain = z
  .strictObject({
    ...identity,
    name: z.string(),
    tld: z.string(),
    /** Repository object identifier. */
    roid: z.string(),
    /** EPP status values: `ok`, `inactive` … */
    statuses: z.array(z.string()),
    sponsoringClient: z.string(),
    expiresAt: z.string(),
    updatedAt: z.string().optional(),
    nameServers: z.array(z.string()),
    /** True where a zone of the same name is served here. */
    hasZone: z.boolean(),
    ...registrationView,
    /** True for the platform's own, which nobody else changes. */
    isPlatform: z.boolean(),
  })
  .meta({ id: "Domain" });
export type Domain = z.infer<typeof domain>;

/** A zone served by one of the platform's name-server sets. */
export const zone = z
  .strictObject({
    ...identity,
    name: z.string(),
    serial: z.number(),
    nameServerSetId: z.string(),
    nameServers: z.array(nameServer),
    /** Who may change its records: this platform's control, for now always. */
    writer: z.enum(["control"]),
    /** How long a negative answer may be kept, in seconds (SOA MINIMUM; RFC 2308 section 4). */
    negativeTtl: z.number(),
    rrsetCount: z.number(),
    /** True for the platform's own, which follows its resources. */
    isPlatform: z.boolean(),
    /** Whether its domain is registered in this platform's registry. */
    registration: z.enum(["here", "elsewhere"]),
    delegation: zoneDelegation,
  })
  .meta({ id: "Zone" });
export type Zone = z.infer<typeof zone>;

/** Where an RRset comes from. Only those of origin user, import and update can be edited; the others follow what they belong to. */
export const rrsetOrigin = z.enum(["user", "import", "assign", "alias", "validation", "platform", "update"]);
export type RrsetOrigin = z.infer<typeof rrsetOrigin>;

/** One RRset, identified by (zone, name, type, setIdentifier). */
export const rrset = z
  .strictObject({
    zone: z.string(),
    name: z.string(),
    /** Mnemonic, or TYPE65280 (RFC 3597 section 5). */
    type: z.string(),
    /** Tells RRsets of one name and type apart where a routing policy chooses; empty where there is one. */
    setIdentifier: z.string(),
    ttl: z.number(),
    origin: rrsetOrigin,
    /** By what it is chosen among those of its name and type; absent: it is the only one. */
    policy: routingPolicy.optional(),
    /** What its health is that of; absent: it is always healthy. */
    health: setHealth.optional(),
    /** How that is now. */
    healthState: z.enum(["healthy", "unhealthy", "unknown"]).optional(),
    /** `id` is stable while the value stays; it is empty for records that are derived. */
    entries: z.array(z.strictObject({ id: z.string(), data: z.string() })),
  })
  .meta({ id: "Rrset" });
export type Rrset = z.infer<typeof rrset>;

/** Longest launch script, in characters: Lightsail takes 16 KiB. */
export const maxLaunchScript = 16_384;

/** What an instance runs. A folder is a path on the machine of the runtime, absolute; the API never opens it. */
export const instanceRun = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("site"), folder: z.string() }),
    z.strictObject({
      kind: z.literal("command"),
      command: z.array(z.string()).min(1).max(1000),
      folder: z.string(),
    }),
    z.strictObject({
      kind: z.literal("launch"),
      /** Lightsail's name of what an instance is made from: a system, or an application. */
      blueprintId: z.string().min(1).max(128),
      /** Runs once at the first start, in the instance's own folder. */
      script: z.string().max(maxLaunchScript).optional(),
      /** Lightsail's size, from which the limits came. */
      bundleId: z.string().max(128).optional(),
      availabilityZone: z.string().max(128).optional(),
      keyPairName: z.string().max(255).optional(),
    }),
    z.strictObject({ kind: z.literal("address"), address: z.string(), port: z.int().min(1).max(65535) }),
  ])
  .meta({ id: "InstanceRun" });
export type InstanceRun = z.infer<typeof instanceRun>;

/** Something that serves: a folder, a command, or a server that exists already. */
export const instance = z
  .strictObject({
    ...identity,
    name: z.string(),
    run: instanceRun,
    /** Where the edge answers for it. */
    /** Its name in the platform's own zone, which follows its addresses. */
    dnsName: z.string(),
    publicAddresses: z.array(familyAddress),
    publicPort: z.number(),
    /** Where it listens itself. */
    privateAddress: z.string(),
    privatePort: z.number(),
    /** As its runtime last said; "running" for an existing server, whose process is not ours. */
    state: z.enum(["pending", "running", "stopping", "stopped", "failed"]),
    reason: z.string().optional(),
    /** Whether its process is to run. */
    desired: z.enum(["running", "stopped"]),
    limits: instanceLimits.optional(),
    /** Why its limits are not in force, where they are not. */
    unlimited: z.string().optional(),
    /** Public ports that are open; all others are closed. */
    ports: z.array(portRule),
    /** Those of them that could not be opened, or not yet, and why. */
    closedPorts: z.array(z.strictObject({ port: z.number(), address: z.string(), reason: z.string() })),
    /** The static IP that leads to it, beside its own address. */
    staticIp: z.string().optional(),
    /** Load balancers that it is attached to. */
    loadBalancers: z.array(z.string()),
    /** Names assigned to it. */
    names: z.array(z.string()),
  })
  .meta({ id: "Instance" });
export type Instance = z.infer<typeof instance>;

/** A host name that leads to a resource. Its A and AAAA records follow the resource's addresses. */
export const assignment = z
  .strictObject({
    ...identity,
    name: z.string(),
    zone: z.string(),
    resourceName: z.string(),
    resourceType: z.enum(["Instance", "StaticIp", "LoadBalancer", "Distribution", "ContainerService"]),
    addresses: z.array(familyAddress),
    /** Name of the certificate that it is served with; absent while it is served by HTTP alone. */
    certificate: z.string().optional(),
  })
  .meta({ id: "Assignment" });
export type Assignment = z.infer<typeof assignment>;

/** A name that has the addresses of something else: of a resource, or of another name. There is no CNAME on the wire. */
export const alias = z
  .strictObject({
    ...identity,
    zone: z.string(),
    name: z.string(),
    targetType: z.enum(["Resource", "Name"]),
    /** The resource's name, or the domain name. */
    targetName: z.string(),
    /** The domain name of either. */
    targetDnsName: z.string(),
    /** What it answers with now. */
    addresses: z.array(familyAddress),
    /** Seconds; absent where it answers with nothing. */
    ttl: z.number().optional(),
    /** The domain names on the way to the addresses, where there are several. */
    way: z.array(z.string()),
    /**
     * `ok`: the addresses are those of its target. `kept`: the target cannot be looked up, and what it had last is given. `empty`: there
     * is nothing to give.
     */
    state: z.enum(["ok", "kept", "empty"]),
    /** What is wrong. */
    problem: z.string().optional(),
    /** Of a target outside the zones served here. */
    lookUp: z
      .strictObject({
        name: z.string(),
        at: z.string().optional(),
        nextAt: z.string().optional(),
        failingSince: z.string().optional(),
        /** When the set was last another one. */
        changedAt: z.string().optional(),
      })
      .optional(),
  })
  .meta({ id: "Alias" });
export type Alias = z.infer<typeof alias>;
