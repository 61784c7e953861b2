// What becomes of a load balancer or a static IP, in words: what differs, rather than what it is.

import type { LoadBalancerFact, StaticIpFact } from "./facts.ts";

/** A load balancer that appears, or what of it differs. */
export function describeLoadBalancer(after: LoadBalancerFact, before: LoadBalancerFact | undefined): string {
  const { name, instances } = after;
  if (!before) return `Create load balancer ${name} over ${instances.join(", ") || "no instance yet"}`;
  const added = instances.filter((one) => !before.instances.includes(one));
  const removed = before.instances.filter((one) => !instances.includes(one));
  const said = [
    ...(added.length > 0 ? [`attach ${added.join(", ")}`] : []),
    ...(removed.length > 0 ? [`detach ${removed.join(", ")}`] : []),
    ...(JSON.stringify(before.certificates) === JSON.stringify(after.certificates)
      ? []
      : [`certificates ${after.certificates.join(", ") || "none"}`]),
    ...settings.flatMap(({ title, of }) => {
      const [old, now] = [of(before), of(after)];
      return old === now ? [] : [`${title} ${now} (was ${old})`];
    }),
  ];
  return `Update load balancer ${name}: ${said.join("; ") || "nothing that is seen"}`;
}

const settings: readonly { readonly title: string; readonly of: (fact: LoadBalancerFact) => string }[] = [
  { title: "instance port", of: ({ instancePort }) => String(instancePort ?? 80) },
  { title: "algorithm", of: ({ algorithm }) => algorithm },
  { title: "health check path", of: ({ healthCheck }) => healthCheck.path },
  { title: "health check every", of: ({ healthCheck }) => seconds(healthCheck.intervalMs) },
  { title: "health check timeout", of: ({ healthCheck }) => seconds(healthCheck.timeoutMs) },
  { title: "healthy after", of: ({ healthCheck }) => String(healthCheck.healthyThreshold) },
  { title: "unhealthy after", of: ({ healthCheck }) => String(healthCheck.unhealthyThreshold) },
  { title: "healthy codes", of: ({ healthCheck }) => healthCheck.successCodes },
  { title: "stickiness", of: ({ stickiness }) => (stickiness.isEnabled ? "on" : "off") },
  { title: "stickiness for", of: ({ stickiness }) => `${stickiness.durationSeconds} s` },
  { title: "eject after", of: ({ ejectAfterFailures }) => `${ejectAfterFailures} failures` },
  { title: "eject for", of: ({ ejectMs }) => seconds(ejectMs) },
  { title: "drain for at most", of: ({ drainMs }) => seconds(drainMs) },
  { title: "redirect to HTTPS", of: ({ redirectsToHttps }) => (redirectsToHttps ? "on" : "off") },
  { title: "TLS policy", of: ({ tlsPolicyName }) => tlsPolicyName },
  { title: "addresses", of: ({ ipAddressType }) => ipAddressType ?? "dualstack" },
];

/** A static IP that appears, or where it is attached now. */
export function describeStaticIp(
  after: StaticIpFact,
  before: StaticIpFact | undefined,
  where: string,
): string {
  const { name, attachedTo } = after;
  if (!before)
    return `Allocate static IP ${name} (${where})${attachedTo === undefined ? "" : `, attached to ${attachedTo}`}`;
  if (attachedTo === undefined) return `Detach static IP ${name} (${where}) from ${before.attachedTo}`;
  const from = before.attachedTo === undefined ? "" : `, away from ${before.attachedTo}`;
  return `Attach static IP ${name} (${where}) to ${attachedTo}${from}`;
}

function seconds(milliseconds: number): string {
  return `${milliseconds / 1000} s`;
}
