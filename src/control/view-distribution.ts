// Distributions as the API shows them, with whether the edge has taken over what they are.

import type { Distribution } from "#contract";
import { servedCertificates, servedNamesOf } from "./certificate-lookup.ts";
import { shown } from "./names.ts";
import { findResource, publicAddressesOf, resourceDnsName } from "./resources.ts";
import type { Held } from "./state.ts";
import { families, identity, isoTime, namesOf, type ViewContext } from "./views.ts";

/** A distribution as the API shows it. */
export function viewDistribution(context: ViewContext, held: Held<"distribution">): Distribution {
  const { state, isServedByEdge } = context;
  const {
    publicAddress: _,
    createdAt,
    origin,
    cacheBehaviors,
    customErrorResponses,
    ...settings
  } = held.value;
  const { name, certificateName } = settings;
  const served = servedCertificates(state, name, certificateName === undefined ? [] : [certificateName]);
  const purge = state.get("purge", name);
  const resetAt = purge?.value.resetAt;
  return {
    ...identity(held, createdAt),
    ...settings,
    status: isServedByEdge(held.revision) ? "Deployed" : "InProgress",
    dnsName: shown(resourceDnsName({ type: "Distribution", name, held })),
    publicAddresses: families(publicAddressesOf(state, name)),
    publicPorts: served.length > 0 ? [80, 443] : [80],
    alternativeDomainNames: [...servedNamesOf(state, certificateName)],
    servedCertificates: served,
    origin: { ...origin, ...viewOrigin(context, origin.name) },
    cacheBehaviors: [...cacheBehaviors],
    customErrorResponses: [...customErrorResponses],
    ...(purge && resetAt !== undefined
      ? {
          latestCacheReset: {
            status: isServedByEdge(purge.revision) ? "Done" : "InProgress",
            createdAt: isoTime(resetAt),
          },
        }
      : {}),
    names: namesOf(state, name),
  };
}

function viewOrigin(
  { state }: ViewContext,
  name: string,
): Pick<Distribution["origin"], "resourceType" | "dnsName"> {
  const resource = findResource(state, name);
  // An origin goes only with what refers to it.
  if (!resource || resource.type === "StaticIp" || resource.type === "Distribution")
    throw new RangeError(`Cannot show the origin "${name}" of a distribution: it is none`);
  return { resourceType: resource.type, dnsName: shown(resourceDnsName(resource)) };
}
