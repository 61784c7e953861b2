// What the plan of a distribution warns of: an origin that cannot answer, names that lose their page, and what other settings mean for
// what is stored already.

import { servedNamesOf } from "./certificate-lookup.ts";
import { defaultTtls } from "./distribution-rules.ts";
import type { DistributionFact } from "./distribution-facts.ts";
import type { OriginResource } from "./distribution-origin.ts";
import type { PlanContext } from "./plan-context.ts";
import { shown } from "./names.ts";
import { warnOfOrigin } from "./warn-assignment.ts";

/**
 * What is to be said of a distribution that is created or updated.
 * @param before  absent where it is created
 */
export function warnOfDistribution(
  context: PlanContext,
  after: DistributionFact,
  before: DistributionFact | undefined,
  origin: OriginResource,
): string[] {
  const { name } = after;
  const isOther = before?.origin.name !== after.origin.name;
  const forgets = warnOfOtherKeys(after, before);
  return [
    ...(isOther ? warnOfOrigin(context, name, origin) : []),
    ...forgets,
    ...warnOfSwitch(context, after, before),
    ...(forgets.length > 0 ? [] : warnOfTtls(after, before)),
    ...warnOfNames(context, after, before),
  ];
}

/** Of another origin, or of an origin that is shown something else, nothing that is stored is used any more (src/edge/cache). */
function warnOfOtherKeys(after: DistributionFact, before: DistributionFact | undefined): string[] {
  if (!before) return [];
  const keysOf = ({ origin, cacheBehaviorSettings = {}, defaultRootObject }: DistributionFact): string => {
    const { forwardedHeaders, forwardedCookies, forwardedQueryStrings } = cacheBehaviorSettings;
    return JSON.stringify([
      origin.name,
      forwardedHeaders,
      forwardedCookies,
      forwardedQueryStrings,
      defaultRootObject,
    ]);
  };
  if (keysOf(before) === keysOf(after)) return [];
  return [`Nothing that ${after.name} stored is used any more: ${after.origin.name} is asked for all of it`];
}

function warnOfSwitch(
  { state }: PlanContext,
  { name, isEnabled }: DistributionFact,
  before: DistributionFact | undefined,
): string[] {
  if (isEnabled || before?.isEnabled === false) return [];
  const hosts = state.assignmentsOfResource(name).map(({ owner }) => shown(owner));
  return [`${[name, ...hosts].join(", ")} will answer 503 Service Unavailable until it is enabled`];
}

/** Lifetimes are given when a response is stored. */
function warnOfTtls(after: DistributionFact, before: DistributionFact | undefined): string[] {
  if (!before) return [];
  const ttlsOf = ({ cacheBehaviorSettings = {} }: DistributionFact): number[] => [
    cacheBehaviorSettings.defaultTtl ?? defaultTtls.default,
    cacheBehaviorSettings.minimumTtl ?? defaultTtls.minimum,
    cacheBehaviorSettings.maximumTtl ?? defaultTtls.maximum,
  ];
  const [old, now] = [ttlsOf(before), ttlsOf(after)];
  const isShorter = now.some((ttl, i) => ttl < (old[i] ?? 0));
  if (!isShorter) return [];
  const asks = `shorter lifetimes ask ${after.origin.name} more often`;
  return [`What is stored stays fresh for as long as it was stored for, unless the cache is reset; ${asks}`];
}

/** Names of a new certificate that do not lead here. */
function warnOfNames(
  { state }: PlanContext,
  { name, certificateName }: DistributionFact,
  before: DistributionFact | undefined,
): string[] {
  const lost = servedNamesOf(state, before?.certificateName);
  const names = servedNamesOf(state, certificateName);
  const gone = lost.filter((host) => !names.includes(host));
  const elsewhere = names.flatMap((host) => {
    const resource = state.value("assignment", `${host}.`)?.resource;
    return resource === undefined || resource === name || lost.includes(host)
      ? []
      : [`${host} leads to ${resource}`];
  });
  return [
    ...(gone.length > 0
      ? [`${gone.join(", ")} ${gone.length > 1 ? "are names" : "is a name"} of ${name} no more`]
      : []),
    ...(elsewhere.length > 0
      ? [`${elsewhere.join(", ")}: visitors come to ${name} once it is assigned to it`]
      : []),
  ];
}
