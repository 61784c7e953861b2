// What a command says of one of several sets: its policy, and what its health is that of.

import { PlatformError, type RoutingPolicy, type SetHealth } from "#contract";
import { parseAddress } from "#engine";
import { typeName } from "#wire";
import { coordinatesOf } from "#zone";
import { deny } from "../access/authorise.ts";
import { networkTableKey, type RrsetFact } from "../facts.ts";
import { shown } from "../names.ts";
import type { PlanContext } from "../plan-context.ts";
import { requireResource, resourceKinds } from "../resources.ts";
import type { State } from "../state.ts";
import { termsOf } from "./health-id.ts";
import { setsAt } from "./policy-sets.ts";
import { checkedAddress } from "./publish-policies.ts";

type SetPart = Pick<RrsetFact, "policy" | "health">;

/** The members that make an RRset one of several, to be kept. */
export function setMembersOf(fact: RrsetFact | undefined): { setIdentifier?: string } & SetPart {
  if (!fact) return {};
  const { setIdentifier, policy, health } = fact;
  return { setIdentifier, ...(policy ? { policy } : {}), ...(health ? { health } : {}) };
}

/** Tells whether policy and health are the same. */
export function isSameSet(a: SetPart | undefined, b: SetPart): boolean {
  return JSON.stringify([a?.policy, a?.health]) === JSON.stringify([b.policy, b.health]);
}

/** The policy that a set is to have. Warns of a place that nobody is at, and of secondaries that do not choose. */
export function readPolicy(
  { state, warnings, config }: PlanContext,
  policy: RoutingPolicy | undefined,
  before: RrsetFact | undefined,
  { zone, owner }: Pick<RrsetFact, "zone" | "owner">,
): Pick<RrsetFact, "policy"> {
  if (policy && !before?.policy && config.secondaries?.some((own) => own === undefined || own === zone))
    warnings.push(
      `Other name servers that have zone ${shown(zone)} do not choose: at ${shown(owner)} they give what stands for all sets, whatever its health`,
    );
  if (policy?.kind === "nearest" && policy.place !== "*" && !coordinatesOf(policy.place)) {
    const { place } = policy;
    const table = state.value("network-table", networkTableKey);
    if (!table?.places.some(({ name }) => name === place))
      warnings.push(
        `No client is at ${place}, which a set at ${shown(owner)} is nearest to: the table of networks has no such place`,
      );
  }
  const wanted = policy ?? before?.policy;
  return wanted ? { policy: wanted } : {};
}

/** What the health of a set is to be that of. Throws `resource-not-found`, `input-malformed`, or `access-denied` for a key of zones. */
export function readHealth(
  { state, draft, by }: PlanContext,
  health: SetHealth | null | undefined,
  before: RrsetFact | undefined,
  owner: string,
): Pick<RrsetFact, "health"> {
  if (health === null) return {};
  if (health === undefined) return before?.health ? { health: before.health } : {};
  if (JSON.stringify(health) === JSON.stringify(before?.health)) return { health };
  // What is looked at lies in no zone.
  if (by.zones)
    deny(by, `let records at "${shown(owner)}" follow the health of something`, "it is limited to zones");
  if (health.kind === "resource") {
    const { type, name } = requireResource(state, health.resource);
    draft.require(resourceKinds[type], name);
    return { health };
  }
  const at = checkedAddress(health.url);
  const { intervalMs, timeoutMs } = termsOf(health);
  const refuse = (reason: string): never => {
    throw new PlatformError("input-malformed", `Cannot check "${health.url}": ${reason}`);
  };
  if (!at)
    return refuse("expected http://ADDRESS:PORT/PATH, https://ADDRESS:PORT/PATH or tcp://ADDRESS:PORT");
  if (!parseAddress(at.address)) return refuse(`"${at.address}" is no IP address`);
  const { host, serverName, verifyCertificate } = health;
  if (host !== undefined && at.scheme === "tcp")
    return refuse("a host is asked for over HTTP and HTTPS alone");
  if (at.scheme !== "https" && (serverName !== undefined || verifyCertificate !== undefined))
    return refuse("only HTTPS has a server name and a certificate");
  // In the handshake stand names alone (RFC 6066 section 3), and a host that is an address is said by the URL.
  for (const name of [host, serverName])
    if (name !== undefined && parseAddress(name)) return refuse(`"${name}" is an address, and no host name`);
  if (timeoutMs > intervalMs) return refuse(`a time-out of ${timeoutMs} ms is longer than its interval`);
  return { health };
}

/** Refuses to edit one of several sets that nobody has named. Throws `record-conflict`. */
export function refuseUnnamedSet(
  state: State,
  { zone, owner, type, setIdentifier }: Pick<RrsetFact, "zone" | "owner" | "type" | "setIdentifier">,
  action: string,
): void {
  if (setIdentifier !== "") return;
  const sets = setsAt(state, zone, owner, type);
  if (sets.length === 0) return;
  const names = sets.slice(0, 5).map((set) => `"${set.setIdentifier}"`);
  throw new PlatformError(
    "record-conflict",
    `${action}: there are ${sets.length} sets of ${typeName(type)} records at "${shown(owner)}"; say which one (${names.join(", ")})`,
  );
}
