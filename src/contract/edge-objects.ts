// What the edge is given over the stream (stream.ts), and what it tells of it: resources with their targets, host names, certificates,
// answers to ACME's HTTP-01, raw ports, and the state of each target.

import { z } from "zod";
import { caching, distributionOrigin, purgeObject } from "./caching.ts";
import { tlsPolicies } from "./tls-policies.ts";

/** An IP address in text and a port. */
export const socketAddress = z.strictObject({ address: z.string(), port: z.int().min(0).max(65535) });

/** How targets are probed: GET on one path, without following redirects. */
export const healthCheck = z.strictObject({
  /** Path and query, from `/` on, as they stand in a request line: no blanks, no fragment. */
  path: z
    .string()
    .max(1024)
    .regex(/^\/[!"$-~]*$/),
  intervalMs: z.int().min(100).max(300_000),
  timeoutMs: z.int().min(100).max(120_000),
  /** Probes in a row that make a target healthy, or unhealthy. */
  healthyThreshold: z.int().min(1).max(10),
  unhealthyThreshold: z.int().min(1).max(10),
  /** Status codes and ranges of a healthy answer: `200`, `200-299,301`. */
  successCodes: z
    .string()
    .max(200)
    .regex(/^[1-5]\d\d(-[1-5]\d\d)?(,[1-5]\d\d(-[1-5]\d\d)?)*$/),
});
export type HealthCheck = z.infer<typeof healthCheck>;

/** As it is carried out: of what a routing policy follows, it can be enough that somebody listens, and it can be asked over TLS. */
const targetCheck = z.strictObject({
  ...healthCheck.shape,
  /** Absent: HTTP. */
  protocol: z.enum(["tcp", "https"]).optional(),
  /** The host that is asked for; absent: the target's address. */
  host: z.string().optional(),
  /** HTTPS: the name in the handshake, and that the certificate has to have where it is looked at. */
  serverName: z.string().optional(),
  /** HTTPS: PEM of the authorities that are trusted beside the usual ones; absent: nothing of the certificate is looked at. */
  trusted: z.string().optional(),
});
export type TargetCheck = z.infer<typeof targetCheck>;

/** A place that a resource's requests are passed on to: an instance. */
export const target = z.strictObject({
  /** Id and name of the instance. */
  id: z.string(),
  name: z.string(),
  address: z.string(),
  port: z.int().min(0).max(65535),
  /** True where no new request goes there, and those under way are finished. */
  drains: z.boolean(),
  /** True for one that is probed like the others and given no request yet: a new version that must prove itself first. */
  isCandidate: z.literal(true).optional(),
  /** How it is probed, where that is not as the others of its resource are: another version, which answers elsewhere. */
  healthCheck: healthCheck.optional(),
});
export type Target = z.infer<typeof target>;

/** What makes a resource a load balancer. */
export const balancing = z.strictObject({
  algorithm: z.enum(["round-robin", "least-requests"]),
  healthCheck: targetCheck,
  /** A visitor comes back to the same target while its cookie lives. Absent: no cookie. */
  stickiness: z.strictObject({ durationSeconds: z.int().min(1).max(604_800) }).optional(),
  /** Answers of 502, 503, 504 and broken connections in a row that put a target aside for a while; 0: none do. */
  ejectAfterFailures: z.int().min(0).max(1000),
  /** For how long, doubled each time up to ten times as long. */
  ejectMs: z.int().min(100).max(3_600_000),
  /** How long requests under way may take when a target drains. */
  drainMs: z.int().min(0).max(3_600_000),
});
export type Balancing = z.infer<typeof balancing>;

/** `resource/ID`: what requests to a public address, or for a host name, are passed on to. */
export const resourceObject = z.strictObject({
  kind: z.literal("resource"),
  id: z.string(),
  /** The name people call it, for errors and traces. */
  name: z.string(),
  type: z.enum(["instance", "load-balancer", "distribution", "container-service"]),
  /** The public addresses the resource owns alone. Shared addresses (such as ::1) are routed by host name. */
  addresses: z.array(z.string()),
  /** Which of the standard ports it is served on; at its own addresses the others are closed. */
  ports: z.strictObject({ http: z.boolean(), https: z.boolean() }),
  /** Where it listens. Empty while it has nowhere: the edge answers 503. A distribution has none of its own. */
  targets: z.array(target),
  /** Absent for an instance: its one target is neither probed nor chosen. */
  balancing: balancing.optional(),
  /** What makes a resource a distribution, and where its misses go: both or neither. */
  caching: caching.optional(),
  origin: distributionOrigin.optional(),
  /** True where requests by HTTP are sent to HTTPS. */
  redirectsToHttps: z.boolean(),
  /** One of `tlsPolicies`. */
  tlsPolicy: z.string(),
  /** Ids of its certificates, the default first. */
  certificates: z.array(z.string()),
});

/** `host/NAME`: a host name and the resource it is assigned to, without the final dot, lower case. */
export const hostRouteObject = z.strictObject({
  kind: z.literal("host"),
  host: z.string(),
  resourceId: z.string(),
});

/** `certificate/ID`: a certificate with its key. */
export const certificateObject = z.strictObject({
  kind: z.literal("certificate"),
  id: z.string(),
  name: z.string(),
  /** Host names, lower case, without the final dot; `*.shop.test` stands for one label. */
  names: z.array(z.string()),
  /** PEM, the leaf first. */
  chain: z.string(),
  /** The private key (PKCS #8, DER), sealed under `keyId`. */
  sealedKey: z.string(),
  keyId: z.string(),
  /** Milliseconds since 1970. */
  notAfter: z.number(),
});

/** What the private keys of certificates are sealed for: the edge opens no others. */
export const certificateKeyPurpose = "certificate-key";

/** `challenge/HOST/TOKEN`: what is answered at `/.well-known/acme-challenge/TOKEN` over HTTP. @see RFC 8555 section 8.3 */
export const challengeObject = z.strictObject({
  kind: z.literal("challenge"),
  host: z.string(),
  token: z.string().max(512),
  content: z.string().max(1024),
});

/** `port/ID`: a TCP port of a public address that is passed on to an instance as it is. */
export const portObject = z.strictObject({
  kind: z.literal("port"),
  id: z.string(),
  resourceId: z.string(),
  name: z.string(),
  /** The port as the firewall names it; `listen` has where that is in the profile. */
  publicPort: z.int().min(1).max(65_535),
  listen: socketAddress,
  target: socketAddress,
});

/** All objects of the edge. */
export const edgeObjects = [
  resourceObject,
  hostRouteObject,
  certificateObject,
  challengeObject,
  portObject,
  purgeObject,
] as const;

/** The types of these objects. */
export type ResourceObject = z.infer<typeof resourceObject>;
export type HostRouteObject = z.infer<typeof hostRouteObject>;
export type CertificateObject = z.infer<typeof certificateObject>;
export type ChallengeObject = z.infer<typeof challengeObject>;
export type PortObject = z.infer<typeof portObject>;

/** Lightsail's words for a target's state. */
export const targetHealth = z.enum(["initial", "healthy", "unhealthy", "unused", "draining", "unavailable"]);
export type TargetHealth = z.infer<typeof targetHealth>;

/** Lightsail's reasons for a state; a healthy target has none. */
export const targetReason = z.enum([
  "Lb.RegistrationInProgress",
  "Lb.InitialHealthChecking",
  "Lb.InternalError",
  "Instance.ResponseCodeMismatch",
  "Instance.Timeout",
  "Instance.FailedHealthChecks",
  "Instance.NotRegistered",
  "Instance.NotInUse",
  "Instance.DeregistrationInProgress",
  "Instance.InvalidState",
  "Instance.IpUnusable",
]);
export type TargetReason = z.infer<typeof targetReason>;

/** What the edge knows of one target of a resource. */
export const targetState = z.strictObject({
  id: z.string(),
  state: targetHealth,
  reason: targetReason.optional(),
  /** The last probe in words: `200 OK in 3 ms`, `connection refused`. */
  detail: z.string().optional(),
  /** Requests and tunnels that are under way there. */
  underWay: z.int().min(0),
});
export type TargetState = z.infer<typeof targetState>;

/** A report of the edge: all targets of one resource, each time a state differs or one that drains has nothing under way any more. */
export const targetsReport = z.strictObject({
  type: z.literal("targets"),
  resourceId: z.string(),
  targets: z.array(targetState),
});
export type TargetsReport = z.infer<typeof targetsReport>;

/** Whether a port of `portObject` could be opened. */
export const portState = z.strictObject({
  id: z.string(),
  isOpen: z.boolean(),
  /** Why not: which program has it. */
  reason: z.string().optional(),
});
export type PortState = z.infer<typeof portState>;

/** A report of the edge: all raw ports there are, each time one differs, and after each change that the edge has taken over. */
export const portsReport = z.strictObject({
  type: z.literal("ports"),
  ports: z.array(portState),
  /** The revision that the edge holds: what it says of a port that was closed and opened again is of the one that is open by that. */
  revision: z.int().min(0),
});

/** A resource object of the kind that most are: an instance on both standard ports, without certificates. */
export function instanceResource(
  given: Pick<ResourceObject, "id" | "name" | "addresses"> &
    Partial<Omit<ResourceObject, "targets">> & {
      /** Where the instance listens. */
      readonly listen: readonly { readonly address: string; readonly port: number }[];
    },
): ResourceObject {
  const { listen, ...rest } = given;
  return {
    kind: "resource",
    type: "instance",
    ports: { http: true, https: true },
    redirectsToHttps: false,
    tlsPolicy: tlsPolicies[0],
    certificates: [],
    ...rest,
    targets: listen.map(({ address, port }) => ({
      id: given.id,
      name: given.name,
      address,
      port,
      drains: false,
    })),
  };
}
