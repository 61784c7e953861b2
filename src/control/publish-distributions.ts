// What the edge is given of distributions: how each caches, with defaults for what nobody set, the resource that its misses go to, and what
// it is to forget. Derived from facts by reference, like all that is published (publish.ts).

import {
  tlsPolicies,
  type CacheBehaviorSettings,
  type Caching,
  type RoleObject,
  type TlsPolicy,
  type ViewerMinimumTlsProtocolVersion,
} from "#contract";
import { edgeCertificates } from "./certificate-lookup.ts";
import type { DistributionFact } from "./distribution-facts.ts";
import { absolutePattern, allowedMethodSets, cachedMethodSets, defaultTtls } from "./distribution-rules.ts";
import { shown } from "./names.ts";
import { findResource, publicAddressesOf, resourceDnsName } from "./resources.ts";
import type { Held, State } from "./state.ts";

const [compatiblePolicy, strictPolicy] = tlsPolicies;

/** The policy of each minimum: all serve TLS 1.2 and 1.3, and those of 2019 and later ciphers with forward secrecy only. */
const policies: Readonly<Record<ViewerMinimumTlsProtocolVersion, TlsPolicy>> = {
  "TLSv1.1_2016": compatiblePolicy,
  "TLSv1.2_2018": compatiblePolicy,
  "TLSv1.2_2019": strictPolicy,
  "TLSv1.2_2021": strictPolicy,
};

/** The object of a distribution. */
export function distributionObjects(state: State, { id, value }: Held<"distribution">): RoleObject[] {
  const { name, certificateName, viewerMinimumTlsProtocolVersion: minimum, origin } = value;
  const certificates = edgeCertificates(state, name, certificateName === undefined ? [] : [certificateName]);
  const target = findResource(state, origin.name);
  // An origin goes only with what refers to it, so there is always one.
  if (!target) return [];
  const own = state.value("address", value.publicAddress)?.own ?? [];
  const served = new Set(publicAddressesOf(state, name));
  return [
    {
      kind: "resource",
      id,
      name,
      type: "distribution",
      addresses: own.filter((address) => served.has(address)),
      ports: { http: true, https: certificates.length > 0 },
      targets: [],
      caching: cachingOf(value),
      origin: {
        resourceId: target.held.id,
        host: shown(resourceDnsName(target)),
        ...(origin.responseTimeout === undefined ? {} : { responseTimeoutMs: origin.responseTimeout * 1000 }),
      },
      redirectsToHttps: value.redirectsToHttps && certificates.length > 0,
      tlsPolicy: minimum === undefined ? compatiblePolicy : policies[minimum],
      certificates,
    },
  ];
}

/** How a distribution caches, with the defaults of Lightsail for what nobody set. */
function cachingOf(fact: DistributionFact): Caching {
  const { cacheBehaviorSettings: set = {}, defaultRootObject, customErrorResponses } = fact;
  const minimum = set.minimumTtl ?? defaultTtls.minimum;
  const maximum = set.maximumTtl ?? defaultTtls.maximum;
  return {
    isEnabled: fact.isEnabled,
    defaultBehavior: fact.defaultCacheBehavior,
    behaviors: fact.cacheBehaviors
      .map(({ path, behavior }) => ({ path: absolutePattern(path), behavior }))
      .sort(compareBehaviors),
    ttl: {
      default: set.defaultTtl ?? Math.min(Math.max(defaultTtls.default, minimum), maximum),
      minimum,
      maximum,
    },
    allowedMethods: [...(set.allowedMethods ?? allowedMethodSets.at(-1) ?? [])],
    cachedMethods: [...(set.cachedMethods ?? cachedMethodSets[0] ?? [])],
    forwardedHeaders: forwarded(set.forwardedHeaders),
    forwardedCookies: forwarded(set.forwardedCookies),
    forwardedQueryStrings: forwarded(set.forwardedQueryStrings),
    ...(defaultRootObject === undefined || defaultRootObject === "" ? {} : { defaultRootObject }),
    errorPages: customErrorResponses.map(
      ({ errorCode, responseCode, responsePagePath, errorCachingMinTtl }) => ({
        errorCode,
        ...(responseCode === undefined ? {} : { responseCode }),
        ...(responsePagePath === undefined ? {} : { pagePath: responsePagePath }),
        ...(errorCachingMinTtl === undefined ? {} : { minTtl: errorCachingMinTtl }),
      }),
    ),
  };
}

function forwarded(set: CacheBehaviorSettings["forwardedHeaders"]): Caching["forwardedHeaders"] {
  const { option, names = [] } = set ?? { option: "none" };
  return option === "allow-list"
    ? { option, names: [...names] }
    : { option: option === "all" ? "all" : "none", names: [] };
}

/** The most specific first, whatever the order they were set in: the longer one, and of two as long the one without `*`. */
function compareBehaviors({ path: a }: { path: string }, { path: b }: { path: string }): number {
  return b.length - a.length || Number(a.includes("*")) - Number(b.includes("*")) || (a < b ? -1 : 1);
}

/** The purge orders of a distribution. */
export function purgeObjects(state: State, name: string): RoleObject[] {
  const distributionId = state.get("distribution", name)?.id;
  const orders = state.value("purge", name)?.orders ?? [];
  if (distributionId === undefined || orders.length === 0) return [];
  return [
    {
      kind: "purge",
      distributionId,
      orders: orders.map(({ number, paths }) => ({ number, paths: [...paths] })),
    },
  ];
}
