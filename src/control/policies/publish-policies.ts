// What is published of sets that are chosen from: the sets, and beside them as an ordinary RRset what stands for all (policy-sets.ts). Checks of
// addresses are given to the edge, which looks at targets anyway, as a resource that nothing leads to.

import {
  maxMultivalueRecords,
  type PoliciesObject,
  type RoleObject,
  type RrsetObject,
  tlsPolicies,
} from "#contract";
import { RrType } from "#wire";
import { authorityKey } from "../certificate-facts.ts";
import { networkTableKey, type RrsetFact } from "../facts.ts";
import type { State } from "../state.ts";
import { type CheckTerms, resourceOfHealthId, healthIdOf, termsOf } from "./health-id.ts";
import { defaultSet, type PolicyGroup, splitRrsets } from "./policy-sets.ts";

type PolicyType = PoliciesObject["types"][number];

/** Objects of the RRsets of facts at a name. */
export function nodeObjects(
  apex: string,
  owner: string,
  facts: readonly RrsetFact[],
  aliased: readonly PolicyType[] = [],
): RoleObject[] {
  const { plain, groups } = splitRrsets(facts);
  const objects: RoleObject[] = plain.map((fact) => rrsetObject(apex, owner, fact));
  if (groups.length + aliased.length === 0) return objects;
  for (const group of groups) objects.push(rrsetObject(apex, owner, defaultSet(group)));
  objects.push({
    kind: "policies",
    apex,
    owner,
    types: [...groups.map((group) => policyType(group)), ...aliased],
  });
  return objects;
}

function rrsetObject(apex: string, owner: string, { type, ttl, entries }: RrsetFact): RrsetObject {
  return { kind: "rrset", apex, owner, type, ttl, rdata: entries.map(({ rdata }) => rdata) };
}

/** @param maxTtl  the TTL of sets with a higher one, in seconds */
function policyType(
  { type, kind, sets }: PolicyGroup,
  maxTtl: number = Number.POSITIVE_INFINITY,
): PolicyType {
  // Several values are one RRset, with one TTL (RFC 2181 section 5.2).
  const shared = kind === "multivalue" ? Math.min(...sets.map(({ ttl }) => ttl)) : Number.POSITIVE_INFINITY;
  return {
    type,
    policy: kind,
    choices: sets.map(({ setIdentifier, ttl, entries, policy, health }) => ({
      id: setIdentifier,
      ttl: Math.min(ttl, shared, maxTtl),
      rdata: entries.map(({ rdata }) => rdata),
      signatures: [],
      weight:
        policy?.kind === "weighted"
          ? policy.weight
          : policy?.kind === "failover" && policy.role === "primary"
            ? 1
            : 0,
      ...(policy?.kind === "nearest" ? { place: policy.place } : {}),
      ...(health ? { health: healthIdOf(health) } : {}),
    })),
    together: [],
  };
}

/** The sets of addresses at a name that an alias leads to: it follows them as it follows addresses. */
export function aliasedTypes(state: State, zone: string, owner: string, maxTtl: number): PolicyType[] {
  const { groups } = splitRrsets(state.rrsetsAt(zone, owner));
  return groups
    .filter(({ type }) => type === RrType.A || type === RrType.AAAA)
    .map((group) => policyType(group, maxTtl));
}

/** Members of the several that are signed together, by their places among the choices: see `together` in routing-policy.ts. */
export function togetherOf({ policy, choices }: PolicyType): number[][] {
  if (policy !== "multivalue") return [];
  const { length } = choices;
  const size = Math.min(length, maxMultivalueRecords);
  const windows = length > size ? length : 1;
  return Array.from({ length: windows }, (_, from) =>
    Array.from({ length: size }, (_x, i) => (from + i) % length),
  );
}

/** The check of an id; undefined where no set follows it any more, or it is of a resource. */
export function checkOfId(state: State, id: string): CheckTerms | undefined {
  if (resourceOfHealthId(id) !== undefined) return undefined;
  const [key] = state.setsOfHealth(id);
  const health = key === undefined ? undefined : state.value("rrset", key)?.health;
  return health?.kind === "check" ? termsOf(health) : undefined;
}

/** What an address and port a check looks at, and the path. */
export function checkedAddress(
  url: string,
): { address: string; port: number; path: string; scheme: "http" | "https" | "tcp" } | undefined {
  const [, scheme, bracketed, plain, port, path] =
    /^(https?|tcp):\/\/(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::(\d{1,5}))?(\/.*)?$/.exec(url) ?? [];
  if (scheme !== "http" && scheme !== "https" && scheme !== "tcp") return undefined;
  if (scheme === "tcp" && (port === undefined || path !== undefined)) return undefined;
  const number = port === undefined ? (scheme === "https" ? 443 : 80) : Number(port);
  if (number < 1 || number > 65_535) return undefined;
  return { address: bracketed ?? plain ?? "", port: number, path: path ?? "/", scheme };
}

/** The checks that trust the platform's own authority: they differ with it. */
export function* verifyingChecks(state: State): Generator<string> {
  for (const id of state.healthIds()) if (checkOfId(state, id)?.verifyCertificate) yield id;
}

/** What the edge is given of a check: a resource with one target and without an address. */
export function checkObjects(state: State, id: string): RoleObject[] {
  const terms = checkOfId(state, id);
  const at = terms && checkedAddress(terms.url);
  if (!terms || !at) return [];
  const { address, port, path, scheme } = at;
  const { host, serverName, verifyCertificate } = terms;
  return [
    {
      kind: "resource",
      id,
      name: terms.url,
      type: "load-balancer",
      addresses: [],
      ports: { http: false, https: false },
      targets: [{ id, name: terms.url, address, port, drains: false }],
      balancing: {
        algorithm: "round-robin",
        healthCheck: {
          path,
          intervalMs: terms.intervalMs,
          timeoutMs: terms.timeoutMs,
          healthyThreshold: terms.threshold,
          unhealthyThreshold: terms.threshold,
          successCodes: "200-399",
          ...(scheme === "http" ? {} : { protocol: scheme }),
          ...(host === undefined ? {} : { host }),
          ...(serverName === undefined ? {} : { serverName }),
          ...(verifyCertificate ? { trusted: state.value("authority", authorityKey)?.root ?? "" } : {}),
        },
        ejectAfterFailures: 0,
        ejectMs: 1000,
        drainMs: 0,
      },
      redirectsToHttps: false,
      tlsPolicy: tlsPolicies[0],
      certificates: [],
    },
  ];
}

/** The table of networks. */
export function networkObjects(state: State): RoleObject[] {
  const table = state.value("network-table", networkTableKey);
  return table ? [{ kind: "networks", places: table.places, packed: table.packed }] : [];
}
