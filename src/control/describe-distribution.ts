// What becomes of a distribution, in words: what differs, rather than what it is.

import type { CacheBehaviorSettings } from "#contract";
import type { DistributionFact } from "./distribution-facts.ts";

/** A distribution that appears, or what of it differs. */
export function describeDistribution(after: DistributionFact, before: DistributionFact | undefined): string {
  const { name } = after;
  if (!before) {
    const set = settings
      .slice(1)
      .flatMap(({ title, of, usual }) => (of(after) === usual ? [] : [`${title} ${of(after)}`]));
    return `Create distribution ${[`${name} over ${originOf(after)}`, ...set].join("; ")}`;
  }
  const said = settings.flatMap(({ title, of }) => {
    const [old, now] = [of(before), of(after)];
    return old === now ? [] : [`${title} ${now} (was ${old})`];
  });
  return `Update distribution ${name}: ${said.join("; ") || "nothing that is seen"}`;
}

interface Setting {
  readonly title: string;
  readonly of: (fact: DistributionFact) => string;
  /** What it is where nobody set it. */
  readonly usual: string;
}

const settings: readonly Setting[] = [
  { title: "origin", of: originOf, usual: "" },
  { title: "state", of: ({ isEnabled }) => (isEnabled ? "enabled" : "disabled"), usual: "enabled" },
  { title: "default behaviour", of: ({ defaultCacheBehavior }) => defaultCacheBehavior, usual: "cache" },
  {
    title: "behaviours",
    of: ({ cacheBehaviors }) => listed(cacheBehaviors.map(({ path, behavior }) => `${path} ${behavior}`)),
    usual: "none",
  },
  cacheSetting("default TTL", ({ defaultTtl }) => seconds(defaultTtl)),
  cacheSetting("minimum TTL", ({ minimumTtl }) => seconds(minimumTtl)),
  cacheSetting("maximum TTL", ({ maximumTtl }) => seconds(maximumTtl)),
  cacheSetting("allowed methods", ({ allowedMethods }) => allowedMethods?.join(",")),
  cacheSetting("cached methods", ({ cachedMethods }) => cachedMethods?.join(",")),
  cacheSetting("forwarded headers", ({ forwardedHeaders }) => forwardedOf(forwardedHeaders)),
  cacheSetting("forwarded cookies", ({ forwardedCookies }) => forwardedOf(forwardedCookies)),
  cacheSetting("forwarded query strings", ({ forwardedQueryStrings }) => forwardedOf(forwardedQueryStrings)),
  { title: "default root object", of: ({ defaultRootObject }) => defaultRootObject || "none", usual: "none" },
  {
    title: "error pages",
    of: ({ customErrorResponses }) => listed(customErrorResponses.map(describeErrorResponse)),
    usual: "none",
  },
  { title: "certificate", of: ({ certificateName }) => certificateName ?? "none", usual: "none" },
  {
    title: "minimum TLS version",
    of: ({ viewerMinimumTlsProtocolVersion }) => viewerMinimumTlsProtocolVersion ?? "the default",
    usual: "the default",
  },
  {
    title: "redirect to HTTPS",
    of: ({ redirectsToHttps }) => (redirectsToHttps ? "on" : "off"),
    usual: "on",
  },
  { title: "bundle", of: ({ bundleId }) => bundleId, usual: "small_1_0" },
  { title: "addresses", of: ({ ipAddressType }) => ipAddressType, usual: "dualstack" },
];

/** A setting of what is cached. What nobody set is the default. */
function cacheSetting(title: string, of: (set: CacheBehaviorSettings) => string | undefined): Setting {
  const usual = "the default";
  return { title, of: ({ cacheBehaviorSettings }) => of(cacheBehaviorSettings ?? {}) ?? usual, usual };
}

function originOf({ origin: { name, protocolPolicy, responseTimeout } }: DistributionFact): string {
  const more = [
    ...(protocolPolicy === undefined ? [] : [protocolPolicy]),
    ...(responseTimeout === undefined ? [] : [`within ${responseTimeout} s`]),
  ];
  return more.length === 0 ? name : `${name} (${more.join(", ")})`;
}

function describeErrorResponse({
  errorCode,
  responseCode,
  responsePagePath,
  errorCachingMinTtl,
}: DistributionFact["customErrorResponses"][number]): string {
  return [
    String(errorCode),
    ...(responsePagePath === undefined ? [] : [`as ${responsePagePath}`]),
    ...(responseCode === undefined ? [] : [`with ${responseCode}`]),
    ...(errorCachingMinTtl === undefined ? [] : [`kept for ${errorCachingMinTtl} s`]),
  ].join(" ");
}

function forwardedOf(set: CacheBehaviorSettings["forwardedHeaders"]): string | undefined {
  return set && (set.option === "allow-list" ? (set.names ?? []).join(", ") : set.option);
}

function listed(texts: readonly string[]): string {
  return texts.join(", ") || "none";
}

function seconds(ttl: number | undefined): string | undefined {
  return ttl === undefined ? undefined : `${ttl} s`;
}
