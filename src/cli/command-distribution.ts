// Commands for distributions: shared caches in front of an instance, a load balancer or a container service.

import type { CacheBehaviorSettings, Distribution } from "#contract";
import { PlatformError } from "#contract/plain";
import type { Command } from "./command.ts";
import { distributionArguments, readDistributionSettings } from "./distribution-options.ts";
import { formatSeconds } from "./format-time.ts";
import type { Output } from "./output.ts";
import { write, writeArguments } from "./write-command.ts";

const root = "/v1/distributions";
const pathOf = (name: unknown, ...rest: readonly string[]): string =>
  [root, encodeURIComponent(String(name)), ...rest].join("/");

const named = { type: "positional", description: "the distribution" } as const;

export const distributionCreate: Command = {
  description:
    "Create a distribution: a cache in front of an instance, a load balancer or a container service",
  args: {
    name: { type: "positional", description: "what to call it" },
    origin: { type: "positional", description: "what is asked for what it has not stored" },
    ...distributionArguments,
    ...writeArguments,
  },
  examples: [
    "fairlead distribution create site front",
    "fairlead distribution create site front --default-ttl 5m --paths '/api/*=dont-cache' --queries page,q --index index.html",
  ],
  async run(values, context) {
    const settings = readDistributionSettings(values);
    await write(context, values, "POST", root, {
      name: values["name"],
      origin: values["origin"],
      ...(Object.keys(settings).length > 0 ? { settings } : {}),
    });
  },
};

export const distributionSet: Command = {
  description: "Change what a distribution caches and where it asks; what is left out stays",
  args: {
    name: named,
    origin: { type: "string", valueHint: "NAME", description: "another origin" },
    ...distributionArguments,
    ...writeArguments,
  },
  examples: [
    "fairlead distribution set site --default-ttl 1h --errors 404=/404.html",
    "fairlead distribution set site --origin web-2 --headers Host,Accept-Language",
    "fairlead distribution set site --default-ttl default --errors none",
  ],
  async run(values, context) {
    const settings = readDistributionSettings(values);
    const { origin } = values;
    const all = {
      ...settings,
      ...(typeof origin === "string" ? { origin: { ...settings.origin, name: origin } } : {}),
    };
    if (Object.keys(all).length === 0)
      throw new PlatformError(
        "usage",
        `Cannot change distribution "${String(values["name"])}": nothing to change was given`,
      );
    await write(context, values, "PUT", pathOf(values["name"]), all);
  },
};

export const distributionList: Command = {
  description: "List the distributions",
  args: {},
  examples: ["fairlead distribution list"],
  async run(_values, context) {
    const { distributions } = (await context.api().request("GET", root)) as { distributions: Distribution[] };
    context.output.data(distributions);
    context.output.table(
      ["DISTRIBUTION", "STATUS", "PUBLIC ADDRESS", "ORIGIN", "NAMES"],
      distributions.map((one) => [
        one.name,
        one.isEnabled ? one.status : `${one.status}, disabled`,
        one.publicAddresses.map(({ address }) => address).join(" "),
        one.origin.name,
        namesOf(one).join(" ") || "-",
      ]),
    );
  },
};

export const distributionShow: Command = {
  description: "Show a distribution: where it asks, what it caches and for how long",
  args: { name: named },
  examples: ["fairlead distribution show site"],
  async run(values, context) {
    const found = (await context.api().request("GET", pathOf(values["name"]))) as Distribution;
    context.output.data(found);
    showDistribution(context.output, found);
  },
};

/** Names that visitors can have of it. */
function namesOf({ names, alternativeDomainNames }: Distribution): string[] {
  return [...new Set([...names, ...alternativeDomainNames])];
}

function showDistribution(output: Output, found: Distribution): void {
  const { origin, cacheBehaviorSettings: set = {}, customErrorResponses, latestCacheReset } = found;
  const status = found.isEnabled ? found.status : `${found.status}, disabled`;
  const protocol = found.publicPorts.includes(443) ? "HTTP_HTTPS" : "HTTP";
  output.line(
    `${found.name}: ${status}, ${protocol} at ${found.publicAddresses.map(({ address }) => address).join(", ")}`,
  );
  output.line(`  found as ${[...namesOf(found), found.dnsName].join(", ")}`);
  output.line(
    `  asks ${origin.name} (${origin.resourceType}) by ${origin.protocolPolicy ?? "http-only"}, which may take ${origin.responseTimeout ?? 30} s`,
  );
  output.line(`  ${describeTtls(set)}`);
  output.line(
    `  forwards headers ${forwardedOf(set.forwardedHeaders)}; cookies ${forwardedOf(set.forwardedCookies)}; query strings ${forwardedOf(set.forwardedQueryStrings)}`,
  );
  output.line(
    `  passes ${(set.allowedMethods ?? ["all methods"]).join(", ")} on and keeps responses to ${(set.cachedMethods ?? ["GET", "HEAD"]).join(", ")}`,
  );
  if (found.defaultRootObject) output.line(`  / is ${found.defaultRootObject}`);
  output.line(
    `  certificates: ${found.servedCertificates.join(", ") || "none"}; redirect to HTTPS ${found.redirectsToHttps ? "on" : "off"}; TLS version ${found.viewerMinimumTlsProtocolVersion ?? "default"}`,
  );
  if (latestCacheReset)
    output.line(`  cache reset at ${latestCacheReset.createdAt}: ${latestCacheReset.status}`);
  output.line();
  output.table(
    ["PATH", "BEHAVIOUR"],
    [
      ...found.cacheBehaviors.map(({ path, behavior }) => [path, behavior]),
      ["all other paths", found.defaultCacheBehavior],
    ],
  );
  if (customErrorResponses.length === 0) return;
  output.line();
  output.table(
    ["ERROR", "PAGE", "STATUS", "KEPT FOR"],
    customErrorResponses.map((one) => [
      String(one.errorCode),
      one.responsePagePath ?? "-",
      String(one.responseCode ?? one.errorCode),
      formatSeconds(one.errorCachingMinTtl ?? 10),
    ]),
  );
}

function describeTtls({
  defaultTtl = 86_400,
  minimumTtl = 0,
  maximumTtl = 31_536_000,
}: CacheBehaviorSettings): string {
  const usual = Math.min(Math.max(defaultTtl, minimumTtl), maximumTtl);
  return `fresh for ${formatSeconds(usual)} where the origin does not say for how long; at least ${formatSeconds(minimumTtl)}, at most ${formatSeconds(maximumTtl)}`;
}

function forwardedOf(set: CacheBehaviorSettings["forwardedHeaders"]): string {
  if (set?.option === "allow-list") return (set.names ?? []).join(", ");
  return set?.option === "all" ? "all" : "none";
}

export const distributionEnable: Command = {
  description: "Have a distribution answer again",
  args: { name: named, ...writeArguments },
  examples: ["fairlead distribution enable site"],
  async run(values, context) {
    await write(context, values, "PUT", pathOf(values["name"]), { isEnabled: true });
  },
};

export const distributionDisable: Command = {
  description: "Have a distribution refuse every request, until it is enabled",
  args: { name: named, ...writeArguments },
  examples: ["fairlead distribution disable site"],
  async run(values, context) {
    await write(context, values, "PUT", pathOf(values["name"]), { isEnabled: false });
  },
};

export const distributionPurge: Command = {
  description:
    "Have a distribution forget what it stored under paths, or with * at the end all that begins so",
  args: {
    name: named,
    path: { type: "positional", description: "the paths, with their query where they have one" },
    ...writeArguments,
  },
  rest: "values",
  examples: ["fairlead distribution purge site /style.css '/img/*'"],
  async run(values, context, rest) {
    await write(context, values, "POST", pathOf(values["name"], "purge"), {
      paths: [values["path"], ...rest],
    });
  },
};

export const distributionReset: Command = {
  description: "Have a distribution forget all that it stored",
  args: { name: named, ...writeArguments },
  examples: ["fairlead distribution reset site"],
  async run(values, context) {
    await write(context, values, "POST", pathOf(values["name"], "reset"), {});
  },
};

export const distributionAttachCertificate: Command = {
  description:
    "Attach an issued certificate to a distribution, in place of the one before: its names are the distribution's then",
  args: {
    name: named,
    certificate: { type: "positional", description: "the certificate" },
    ...writeArguments,
  },
  examples: ["fairlead distribution attach-certificate site wide"],
  async run(values, context) {
    await write(context, values, "POST", pathOf(values["name"], "certificate"), {
      certificate: values["certificate"],
    });
  },
};

export const distributionDetachCertificate: Command = {
  description: "Take the certificate of a distribution away",
  args: { name: named, ...writeArguments },
  examples: ["fairlead distribution detach-certificate site"],
  async run(values, context) {
    await write(context, values, "DELETE", pathOf(values["name"], "certificate"));
  },
};

export const distributionDelete: Command = {
  description: "Delete a distribution that no name is assigned to; its origin goes on",
  args: { name: named, ...writeArguments },
  examples: ["fairlead distribution delete site"],
  async run(values, context) {
    await write(context, values, "DELETE", pathOf(values["name"]));
  },
};
