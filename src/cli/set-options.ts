// Options of `fairlead records` for routing policies: which of several sets is meant, by what it is chosen, and what its health is that of.

import type { Rrset, RoutingPolicy, SetHealth } from "#contract";
import { PlatformError } from "#contract/plain";
import type { Arguments, Values } from "./command.ts";
import { readMilliseconds, readWholeNumber } from "./read-values.ts";

/** Which of several sets is meant. */
export const setArgument: Arguments = {
  set: {
    type: "string",
    valueHint: "ID",
    description: "which of several sets that a routing policy chooses from",
  },
};

/** How a set is chosen. */
export const policyArguments: Arguments = {
  ...setArgument,
  weight: {
    type: "string",
    valueHint: "N",
    description: "chosen in proportion to this, 0 to 255",
  },
  failover: {
    type: "string",
    valueHint: "primary|secondary",
    description: "the primary is given while it is healthy, then the secondary",
  },
  multivalue: { type: "boolean", description: "up to eight healthy ones are given together" },
  nearest: {
    type: "string",
    valueHint: "PLACE",
    description:
      "given to clients near a place: of the table of networks, LATITUDE,LONGITUDE, or * for all others",
  },
  health: {
    type: "string",
    valueHint: "WHAT",
    description:
      "chosen while this is healthy: a resource, http:// or https://ADDRESS:PORT/PATH, tcp://ADDRESS:PORT, or none",
  },
  "health-every": {
    type: "string",
    valueHint: "TIME",
    description: "how often an address is looked at (10s)",
  },
  "health-within": { type: "string", valueHint: "TIME", description: "how long it may take to answer (5s)" },
  "health-times": {
    type: "string",
    valueHint: "N",
    description: "bad looks in a row that make it unhealthy, and good ones that make it healthy again (3)",
  },
  "health-host": {
    type: "string",
    valueHint: "HOST",
    description: "of http and https: the host that is asked for (the address)",
  },
  "health-server-name": {
    type: "string",
    valueHint: "NAME",
    description: "of https: the server name in the handshake (that of --health-host)",
  },
  "health-verify": {
    type: "boolean",
    description:
      "of https: healthy only with a certificate of that name that is trusted by this system or the platform's own authority",
  },
};

/** What the options say of a set. */
export interface SetGiven {
  readonly setIdentifier?: string;
  readonly policy?: RoutingPolicy;
  readonly health?: SetHealth | null;
}

/** Reads the options. Throws `usage` where they do not go together. */
export function readSet(values: Values): SetGiven {
  const policies = [readWeight(values), readRole(values), readMultivalue(values), readNearest(values)].filter(
    (policy) => policy !== undefined,
  );
  if (policies.length > 1)
    throw new PlatformError("usage", "Cannot read a routing policy: there are options of several kinds");
  const [policy] = policies;
  const { set } = values;
  // Of the two sets of a failover everybody knows which is which.
  const id = typeof set === "string" ? set : policy?.kind === "failover" ? policy.role : undefined;
  if (policy && id === undefined)
    throw new PlatformError("usage", "Cannot read a routing policy: it takes --set ID, such as --set eu");
  const health = readHealth(values);
  return {
    ...(id === undefined ? {} : { setIdentifier: id }),
    ...(policy ? { policy } : {}),
    ...(health === undefined ? {} : { health }),
  };
}

function readWeight({ weight }: Values): RoutingPolicy | undefined {
  if (typeof weight !== "string") return undefined;
  return { kind: "weighted", weight: readWholeNumber("--weight", weight, 0, 255) };
}

function readRole({ failover }: Values): RoutingPolicy | undefined {
  if (failover === undefined) return undefined;
  if (failover === "primary" || failover === "secondary") return { kind: "failover", role: failover };
  throw new PlatformError(
    "usage",
    `Cannot read --failover "${String(failover)}": expected primary or secondary`,
  );
}

function readMultivalue({ multivalue }: Values): RoutingPolicy | undefined {
  return multivalue === true ? { kind: "multivalue" } : undefined;
}

function readNearest({ nearest }: Values): RoutingPolicy | undefined {
  return typeof nearest === "string" ? { kind: "nearest", place: nearest } : undefined;
}

function readHealth(values: Values): SetHealth | null | undefined {
  const { health } = values;
  const [every, within, times] = [values["health-every"], values["health-within"], values["health-times"]];
  const [host, serverName, verify] = [
    values["health-host"],
    values["health-server-name"],
    values["health-verify"],
  ];
  const isAddress = typeof health === "string" && /^[a-z]+:\/\//i.test(health);
  if (!isAddress && [every, within, times, host, serverName, verify].some((option) => option !== undefined))
    throw new PlatformError(
      "usage",
      "Cannot read --health-every or another option of --health: they are of a check of an address, such as --health http://192.0.2.1:8080/",
    );
  if (typeof health !== "string") return undefined;
  if (health === "none") return null;
  if (!isAddress) return { kind: "resource", resource: health };
  return {
    kind: "check",
    url: health,
    ...(typeof every === "string" ? { intervalMs: readMilliseconds("--health-every", every) } : {}),
    ...(typeof within === "string" ? { timeoutMs: readMilliseconds("--health-within", within) } : {}),
    ...(typeof times === "string" ? { threshold: readWholeNumber("--health-times", times, 1, 10) } : {}),
    ...(typeof host === "string" ? { host } : {}),
    ...(typeof serverName === "string" ? { serverName } : {}),
    ...(typeof verify === "boolean" ? { verifyCertificate: verify } : {}),
  };
}

/** A set's policy in a few words; `-` for the one RRset of its name and type. */
export function policyWords({ policy }: Pick<Rrset, "policy">): string {
  switch (policy?.kind) {
    case undefined:
      return "-";
    case "weighted":
      return `weight ${policy.weight}`;
    case "failover":
      return policy.role;
    case "multivalue":
      return "multivalue";
    case "nearest":
      return policy.place === "*" ? "all others" : `near ${policy.place}`;
  }
}

/** How a set's health is; `-` where it follows nothing. */
export function healthWords({ health, healthState }: Pick<Rrset, "health" | "healthState">): string {
  if (!health) return "-";
  const what = health.kind === "resource" ? health.resource : health.url;
  return `${healthState ?? "unknown"} (${what})`;
}
