// The stream between control and the roles of the data plane: messages, the objects each role is given, and the
// digest by which both sides know that they hold the same. One JSON document a line, over a UNIX socket.
//
// A role's state is a set of objects under keys. `hello` says what the role has; control sends a snapshot, or the
// deltas since; the role swaps its tables and acknowledges. The digest is of the whole set, kept up incrementally.
// It finds divergence, not forgery: the socket's permissions keep strangers out.

import { z } from "zod";
import { containerNodeObject, containerNodeReport, containerQuestions } from "./container-objects.ts";
import { edgeObjects, portsReport, socketAddress, targetsReport } from "./edge-objects.ts";
import { instanceLimits } from "./instance-commands.ts";
import { liveQuestions } from "./live.ts";
import { updateReport, updateVerdict } from "./update-messages.ts";
import { watchedQueriesQuestion } from "./watched-queries.ts";
import { negativeAnchorObject } from "./negative-anchor.ts";
import { policyObjects } from "./routing-policy.ts";
import { traceStep } from "./trace.ts";

/** The version of the stream this code speaks best; control also speaks the one before. */
export const streamVersion = 1;

export const roleName = z.enum(["control", "names", "resolver", "edge", "runtime"]);
/** A process of the platform. */
export type RoleName = z.infer<typeof roleName>;

// What the names role is given.

/** `zone/APEX`: a zone and the listener groups that serve it. Names are absolute, lower case, with the final dot. */
export const zoneObject = z.strictObject({
  kind: z.literal("zone"),
  apex: z.string(),
  /** Groups of listeners: "root", "tlds", or the id of a name-server set. */
  groups: z.array(z.string()),
});

/** `rrset/APEX/OWNER/TYPE`: one RRset of a zone. All RRsets of one revision become visible together. */
export const rrsetObject = z.strictObject({
  kind: z.literal("rrset"),
  apex: z.string(),
  owner: z.string(),
  /** RR type number. */
  type: z.int().min(0).max(65535),
  /** Seconds. */
  ttl: z.int().min(0).max(2147483647),
  /** RDATA of each record, uncompressed wire format, base64. */
  rdata: z.array(z.string()),
});

/** `zone-keys/APEX`: the keys that sign what name servers say of a zone when they are asked (RFC 9824); of no other zone are they told keys. */
export const zoneKeysObject = z.strictObject({
  kind: z.literal("zone-keys"),
  apex: z.string(),
  /** Those that sign data; of keys that sign keys they are never told. */
  keys: z.array(
    z.strictObject({
      id: z.string(),
      /** RDATA of its DNSKEY, base64. */
      dnskey: z.string(),
      /** The private half, sealed for `zone-key` under the id. */
      sealedKey: z.string(),
    }),
  ),
});

// What the resolver is given.

/** `tree/ID`: a tree of the DNS with its own root hints and its own part of the cache. */
export const treeObject = z.strictObject({
  kind: z.literal("tree"),
  id: z.string(),
  /** Suffixes that choose this tree, absolute; "." chooses it for all that no other tree is for. */
  suffixes: z.array(z.string()),
  rootHints: z.array(z.strictObject({ name: z.string(), addresses: z.array(z.string()) })),
  /** The port that authoritative servers of this tree listen on. */
  authorityPort: z.int(),
  /** True where the servers may have loopback and private addresses. */
  isPrivate: z.boolean(),
  /** DS or DNSKEY records in presentation format that answers are validated from; absent or empty: nothing is validated. */
  trustAnchors: z.array(z.string()).optional(),
});

/** `outside`: what is done with names outside every tree. */
export const outsideObject = z.strictObject({
  kind: z.literal("outside"),
  policy: z.enum(["iterate", "forward", "refuse"]),
  /** For "forward": where to. */
  forwarders: z.array(socketAddress),
});

// What the names role and the resolver are given.

/** `service-certificate/SERVICE`: what a group of name servers, or the resolver, serves DNS over TLS and HTTPS with. */
export const serviceCertificateObject = z.strictObject({
  kind: z.literal("service-certificate"),
  role: z.enum(["names", "resolver"]),
  /** The id of the listener group, or "resolver". */
  service: z.string(),
  /** PEM, the leaf first. */
  chain: z.string(),
  /** The private key (PKCS #8, DER), sealed under `keyId`. */
  sealedKey: z.string(),
  keyId: z.string(),
  /** Milliseconds since 1970. */
  notAfter: z.number(),
});

/** What the private keys of these certificates are sealed for: names and resolver open no others of certificates. */
export const serviceKeyPurpose = "service-key";

// What the runtime is given.

/** `instance/ID`: a process that should run. */
export const instanceObject = z.strictObject({
  kind: z.literal("instance"),
  id: z.string(),
  name: z.string(),
  /** `site`: the built-in web server for a folder. `command`: a command of the user's own. `launch`: a script, once, in a folder of its own. */
  run: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("site"), folder: z.string() }),
    z.strictObject({ kind: z.literal("command"), command: z.array(z.string()).min(1), folder: z.string() }),
    z.strictObject({
      kind: z.literal("launch"),
      blueprintId: z.string(),
      script: z.string().optional(),
    }),
  ]),
  /** Where it listens: HOST and PORT in its environment. */
  listen: socketAddress,
  desired: z.enum(["running", "stopped"]),
  /** Grows with each reboot: another number is another process. Absent: 0. */
  generation: z.int().min(0).optional(),
  /** The most it may use; absent: what the system gives. */
  limits: instanceLimits.optional(),
});

export const roleObject = z.discriminatedUnion("kind", [
  zoneObject,
  rrsetObject,
  zoneKeysObject,
  ...policyObjects,
  treeObject,
  outsideObject,
  negativeAnchorObject,
  serviceCertificateObject,
  ...edgeObjects,
  instanceObject,
  containerNodeObject,
]);
/** Any object that a role can be given. */
export type RoleObject = z.infer<typeof roleObject>;
export type ZoneObject = z.infer<typeof zoneObject>;
export type RrsetObject = z.infer<typeof rrsetObject>;
export type ZoneKeysObject = z.infer<typeof zoneKeysObject>;
export type TreeObject = z.infer<typeof treeObject>;
export type OutsideObject = z.infer<typeof outsideObject>;
export type ServiceCertificateObject = z.infer<typeof serviceCertificateObject>;
export type InstanceObject = z.infer<typeof instanceObject>;

/** The key an object stands under: one object a key. */
export function objectKey(object: RoleObject): string {
  switch (object.kind) {
    case "zone":
      return `zone/${object.apex}`;
    case "rrset":
      return `rrset/${object.apex}/${object.owner}/${object.type}`;
    case "zone-keys":
      return `zone-keys/${object.apex}`;
    case "policies":
      return `policies/${object.apex}/${object.owner}`;
    case "health":
      return `health/${object.id}`;
    case "networks":
      return "networks";
    case "tree":
      return `tree/${object.id}`;
    case "outside":
      return "outside";
    case "negative-anchor":
      return `negative-anchor/${object.name}`;
    case "service-certificate":
      return `service-certificate/${object.service}`;
    case "resource":
      return `resource/${object.id}`;
    case "host":
      return `host/${object.host}`;
    case "certificate":
      return `certificate/${object.id}`;
    case "challenge":
      return `challenge/${object.host}/${object.token}`;
    case "port":
      return `port/${object.id}`;
    case "purge":
      return `purge/${object.distributionId}`;
    case "instance":
      return `instance/${object.id}`;
    case "container-node":
      return `container-node/${object.id}`;
  }
}

/** Which role an object is for. */
export function roleOf(object: RoleObject): Exclude<RoleName, "control"> {
  switch (object.kind) {
    case "zone":
    case "rrset":
    case "zone-keys":
    case "policies":
    case "health":
    case "networks":
      return "names";
    case "tree":
    case "outside":
    case "negative-anchor":
      return "resolver";
    case "service-certificate":
      return object.role;
    case "resource":
    case "host":
    case "certificate":
    case "challenge":
    case "port":
    case "purge":
      return "edge";
    case "instance":
    case "container-node":
      return "runtime";
  }
}

// What roles report of their own accord, and what they are asked.

/** State of an instance's process, as the runtime sees it. */
export const instanceState = z.strictObject({
  id: z.string(),
  state: z.enum(["pending", "running", "stopping", "stopped", "failed"]),
  pid: z.int().optional(),
  /** Exit status or signal, and the last lines of its log, where it failed. */
  reason: z.string().optional(),
  /** Wall time at which it is started again, where it failed. */
  restartsAt: z.number().optional(),
  /** The generation that runs, has failed or is stopped; absent: 0. */
  generation: z.int().min(0).optional(),
  /** Why limits that were asked for are not in force; absent where they are, or none were. */
  unlimited: z.string().optional(),
});
export type InstanceState = z.infer<typeof instanceState>;

export const report = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("trace"), step: traceStep }),
  z.strictObject({ type: z.literal("instance"), instance: instanceState }),
  containerNodeReport,
  targetsReport,
  portsReport,
  updateReport,
]);
/** What a role tells control without being asked. */
export type Report = z.infer<typeof report>;

export const roleQuestion = z.discriminatedUnion("ask", [
  z.strictObject({ ask: z.literal("counters") }),
  /** Answered as `metricsAnswer`. */
  z.strictObject({ ask: z.literal("metrics") }),
  z.strictObject({ ask: z.literal("logs"), instanceId: z.string(), lines: z.int().min(1).max(10_000) }),
  ...liveQuestions,
  /** Answered as `watchedQueries`. */
  watchedQueriesQuestion,
  updateVerdict,
  /** Of the resolver, past its negative trust anchors; answered as `validationFinding`. */
  z.strictObject({ ask: z.literal("validates"), name: z.string() }),
  ...containerQuestions,
]);
/** What control asks a role. */
export type RoleQuestion = z.infer<typeof roleQuestion>;

/**
 * A role's counters by name: kebab case, with labels in braces as in `queries{group=root}`. Each only grows while the process lives,
 * but for those that say how many there are now.
 */
export const counters = z.record(z.string(), z.number());
export type Counters = z.infer<typeof counters>;

export const toRole = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("snapshot"),
    version: z.int(),
    revision: z.int(),
    digest: z.string(),
    objects: z.array(roleObject),
  }),
  z.strictObject({
    type: z.literal("delta"),
    /** The revision this builds on: the role must hold exactly that. */
    base: z.int(),
    revision: z.int(),
    digest: z.string(),
    put: z.array(roleObject),
    remove: z.array(z.string()),
  }),
  /** Comes before a snapshot or delta that is too large for one message: its objects and keys belong to that. */
  z.strictObject({ type: z.literal("part"), put: z.array(roleObject), remove: z.array(z.string()) }),
  z.strictObject({ type: z.literal("ask"), id: z.int(), question: roleQuestion }),
]);
/** A message from control to a role. */
export type ToRole = z.infer<typeof toRole>;

/** What a role's engines run on; `reason` says why not on what was asked for. */
export const roleDriver = z.strictObject({ name: z.enum(["linux", "node"]), reason: z.string().optional() });
export type RoleDriver = z.infer<typeof roleDriver>;

export const toControl = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("hello"),
    role: roleName,
    pid: z.int(),
    protocolVersions: z.array(z.int()),
    /** The revision the role holds, 0 where it holds none. */
    lastRevision: z.int(),
    digest: z.string(),
    driver: roleDriver.optional(),
  }),
  z.strictObject({ type: z.literal("ack"), revision: z.int(), digest: z.string() }),
  z.strictObject({ type: z.literal("nack"), revision: z.int(), reason: z.string() }),
  z.strictObject({ type: z.literal("report"), report }),
  z.strictObject({ type: z.literal("answer"), id: z.int(), answer: z.unknown() }),
]);
/** A message from a role to control. */
export type ToControl = z.infer<typeof toControl>;

/**
 * Digest of a set of objects: the exclusive or of a 64-bit hash of each, as text.
 *
 * Putting and removing an object change it by the same amount, so a delta is as cheap as its own size.
 */
export class StateDigest {
  #high = 0;
  #low = 0;

  /** Adds an object that is not in the set, or takes out one that is. */
  toggle(object: RoleObject): void {
    const text = `${objectKey(object)}\n${object.kind === "rrset" ? rrsetJson(object) : canonicalJson(object)}`;
    let high = 0xdeadbeef;
    let low = 0x41c6ce57;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      high = Math.imul(high ^ unit, 2654435761);
      low = Math.imul(low ^ unit, 1597334677);
    }
    high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
    low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
    this.#high ^= high;
    this.#low ^= low;
  }

  /** Does all that another one stands for: each object in it is put, or taken out. */
  join(other: StateDigest): void {
    this.#high ^= other.#high;
    this.#low ^= other.#low;
  }

  /** 16 hexadecimal digits; zeros for the empty set. */
  toString(): string {
    return (this.#high >>> 0).toString(16).padStart(8, "0") + (this.#low >>> 0).toString(16).padStart(8, "0");
  }
}

/** {@link canonicalJson} of an RRset, of which there are many: its members are known, and are put in their order at once. */
function rrsetJson({ apex, kind, owner, rdata, ttl, type }: RrsetObject): string {
  return JSON.stringify({ apex, kind, owner, rdata, ttl, type });
}

/** JSON with the members of each object in the order of their names, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}
