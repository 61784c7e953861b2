// Routing policies: several RRsets of one name and type, told apart by their set identifiers, of which the name servers choose one for each
// answer. The words and rules are Route 53's where that has them; what `nearest` chooses by is a table of networks that the operator gives.

import { z } from "zod";
import { checkSchemes, maxChoices, maxNetworks, maxPlaces } from "./policy-limits.ts";

/** Tells RRsets of one name and type apart: visible ASCII without blanks; empty where there is one, without a policy. */
export const setIdentifier = z
  .string()
  .max(128)
  .regex(/^[!-~]*$/);

/** The name of a place of the network table; `*` for who is at none; or a place by itself: latitude and longitude, `52.5,13.4`. */
export const placeName = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[!-~]+$/);

/** By what a set is chosen. All sets of one name and type have policies of one kind. */
export const routingPolicy = z
  .discriminatedUnion("kind", [
    /** In proportion to the weight; 0: never, unless all are 0. */
    z.strictObject({ kind: z.literal("weighted"), weight: z.int().min(0).max(255) }),
    /** The primary while it is healthy, then the secondary. */
    z.strictObject({ kind: z.literal("failover"), role: z.enum(["primary", "secondary"]) }),
    /** Up to eight healthy ones together, each of one record. */
    z.strictObject({ kind: z.literal("multivalue") }),
    /** The one that is nearest to where the client's network is. */
    z.strictObject({ kind: z.literal("nearest"), place: placeName }),
  ])
  .meta({ id: "RoutingPolicy" });
export type RoutingPolicy = z.infer<typeof routingPolicy>;
export type PolicyKind = RoutingPolicy["kind"];

/**
 * How an address is looked at: `http://192.0.2.1:8080/health` must answer with a status of 200 to 399, and so must `https://192.0.2.1/health`
 * over TLS; at `tcp://192.0.2.1:25` must be a listener.
 */
export const checkedUrl = z
  .string()
  .max(512)
  .regex(
    new RegExp(
      `^(${checkSchemes.join("|")}):\\/\\/(\\[[0-9A-Fa-f:.]+\\]|[0-9.]+)(:[0-9]{1,5})?(\\/[!"$-~]*)?$`,
    ),
  );

/** A host that a check asks for, without a final dot. */
export const checkedHost = z
  .string()
  .max(253)
  .regex(/^[0-9A-Za-z_]([0-9A-Za-z_-]*[0-9A-Za-z_])?(\.[0-9A-Za-z_]([0-9A-Za-z_-]*[0-9A-Za-z_])?)*$/);

/** How an address is looked at. */
const checkMembers = {
  url: checkedUrl,
  /** 10 seconds where absent. */
  intervalMs: z.int().min(500).max(300_000).optional(),
  /** 5 seconds, or the interval where that is shorter, where absent. */
  timeoutMs: z.int().min(100).max(120_000).optional(),
  /** Bad looks in a row that make it unhealthy, and good ones that make it healthy again; 3 where absent. */
  threshold: z.int().min(1).max(10).optional(),
  /** HTTP and HTTPS: the host that is asked for; the address where absent. */
  host: checkedHost.optional(),
  /** HTTPS: the server name in the handshake; the host where absent, and none where there is no host either. */
  serverName: checkedHost.optional(),
  /**
   * HTTPS: whether the certificate has to be one that is trusted: of the server name (or the address, where there is none), in its time, and
   * signed by an authority that this system or the platform has. Absent: false, and whoever answers is spoken to.
   */
  verifyCertificate: z.boolean().optional(),
} as const;

/** What the health of a set is that of; a set without is always healthy. */
export const setHealth = z
  .discriminatedUnion("kind", [
    /** A resource of the platform. */
    z.strictObject({ kind: z.literal("resource"), resource: z.string().min(1).max(255) }),
    /** An address that is looked at for this. */
    z.strictObject({ kind: z.literal("check"), ...checkMembers }),
  ])
  .meta({ id: "SetHealth" });
export type SetHealth = z.infer<typeof setHealth>;

/** What puts an RRset as one of several. */
export const setMembers = {
  /** Needs a policy; absent: the one RRset of its name and type. */
  setIdentifier: setIdentifier.optional(),
  /** As before where absent. */
  policy: routingPolicy.optional(),
  /** As before where absent; null: it is always healthy. */
  health: setHealth.nullable().optional(),
} as const;

/** A health source by its key, as name servers are told of it. */
export const setHealthState = z
  .strictObject({
    /** `resource web`, or the address that is looked at with its times. */
    id: z.string(),
    /** Of an address: how it is looked at, with what nobody gave. */
    check: z
      .strictObject({
        url: z.string(),
        intervalMs: z.number(),
        timeoutMs: z.number(),
        threshold: z.number(),
        host: z.string().optional(),
        serverName: z.string().optional(),
        verifyCertificate: z.boolean().optional(),
      })
      .optional(),
    /** `unknown` until something is known, and then taken for healthy. */
    state: z.enum(["healthy", "unhealthy", "unknown"]),
    /** What was last seen, in words. */
    detail: z.string().optional(),
    /** Since when it is so. */
    since: z.string().optional(),
    /** The sets that follow it: `www.shop.test A eu`; the first 100. */
    sets: z.array(
      z.strictObject({ zone: z.string(), name: z.string(), type: z.string(), setIdentifier: z.string() }),
    ),
    moreSets: z.number(),
  })
  .meta({ id: "SetHealthState" });
export type SetHealthState = z.infer<typeof setHealthState>;

/** All health sources. */
export const setHealthList = z.strictObject({ checks: z.array(setHealthState) });
export type SetHealthList = z.infer<typeof setHealthList>;

/** Where networks are. */
export const networkTable = z
  .strictObject({
    places: z
      .array(
        z.strictObject({
          name: placeName,
          /** Degrees; both or neither. A place without is nearest to itself alone. */
          latitude: z.number().min(-90).max(90).optional(),
          longitude: z.number().min(-180).max(180).optional(),
        }),
      )
      .max(maxPlaces),
    /** `192.0.2.0/24 berlin`: a network and the place that it is at. Of networks within each other the smallest counts. */
    networks: z.array(z.string().max(128)).max(maxNetworks),
  })
  .meta({ id: "NetworkTable" });
export type NetworkTable = z.infer<typeof networkTable>;

/** The commands. */
export const policyCommands = [
  z.strictObject({ action: z.literal("put-network-table"), table: networkTable }),
  z.strictObject({ action: z.literal("delete-network-table") }),
] as const;

// What the names role is given.

/**
 * `policies/APEX/OWNER`: the sets of a name that are chosen from, all types. Beside them stands an `rrset` of each type, the default: what
 * transfers give, and what is at the name where nobody chooses.
 */
export const policiesObject = z.strictObject({
  kind: z.literal("policies"),
  apex: z.string(),
  owner: z.string(),
  types: z.array(
    z.strictObject({
      type: z.int().min(1).max(65_534),
      policy: z.enum(["weighted", "failover", "multivalue", "nearest"]),
      choices: z
        .array(
          z.strictObject({
            id: z.string().max(128),
            ttl: z.int().min(0).max(2147483647),
            /** As an RRset's. */
            rdata: z.array(z.string()).min(1),
            /** RDATA of RRSIG records over it. */
            signatures: z.array(z.string()),
            /** Weighted: its weight. Failover: 1 for the primary, 0 for the secondary. */
            weight: z.int().min(0).max(255),
            /** Nearest. */
            place: z.string().optional(),
            /** Its health; absent: it is always healthy. */
            health: z.string().optional(),
          }),
        )
        .min(1)
        .max(maxChoices),
      /** Multivalue: signatures over the first eight choices together, over the eight from the second on …; of at most eight there is one. */
      together: z.array(z.array(z.string())),
    }),
  ),
});
export type PoliciesObject = z.infer<typeof policiesObject>;

/**
 * `health/ID`: whether something is healthy. What no object stands for is as it was last known to be, and healthy where it never was: a control
 * that starts anew knows nothing yet.
 */
export const healthObject = z.strictObject({
  kind: z.literal("health"),
  id: z.string(),
  isHealthy: z.boolean(),
});

/** `networks`: where networks are, packed: of each its 16 octets of prefix (IPv4 mapped), its bits, and the place's number in two octets. */
export const networksObject = z.strictObject({
  kind: z.literal("networks"),
  places: networkTable.shape.places,
  packed: z.string(),
});
export type NetworksObject = z.infer<typeof networksObject>;

/** All objects of the names role that are about policies. */
export const policyObjects = [policiesObject, healthObject, networksObject] as const;
