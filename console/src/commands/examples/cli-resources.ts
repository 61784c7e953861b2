// Lines of `fairlead` for commands about resources: instances, static IPs, load balancers, distributions, tags, alarms.

import type { CommandAction, DistributionSettings, LoadBalancerSettings } from "#contract";
import { fairlead, lines, none, type Example, type Options } from "./shell.ts";
import { membersOf, type CommandOf, type Rows } from "./table.ts";

/** Actions about resources. */
export type ResourceAction = Extract<
  CommandAction,
  | "create-instance"
  | "delete-instance"
  | "start-instance"
  | "stop-instance"
  | "reboot-instance"
  | "limit-instance"
  | "set-instance-ports"
  | "set-ip-address-type"
  | "create-load-balancer"
  | "update-load-balancer"
  | "delete-load-balancer"
  | "attach-instances"
  | "detach-instances"
  | "attach-certificate"
  | "detach-certificate"
  | "allocate-static-ip"
  | "attach-static-ip"
  | "detach-static-ip"
  | "release-static-ip"
  | "create-distribution"
  | "update-distribution"
  | "delete-distribution"
  | "reset-distribution-cache"
  | "purge-distribution"
  | "attach-distribution-certificate"
  | "detach-distribution-certificate"
  | "tag-resource"
  | "untag-resource"
  | "put-alarm"
  | "delete-alarm"
>;

const bothFamilies = "The command line gives addresses of both families; the AWS API has the other type.";

/** A row each. */
export const resourceRows: Rows<ResourceAction> = {
  "create-instance": createInstance,
  "delete-instance": ({ name }) => one("instance delete", [name]),
  "start-instance": ({ name }) => one("instance start", [name]),
  "stop-instance": ({ name, force }) => one("instance stop", [name], { force: force || undefined }),
  "reboot-instance": ({ name, force }) => one("instance reboot", [name], { force: force || undefined }),
  "limit-instance": ({ name, limits }) => one("instance limit", [name], limitOptions(limits)),
  "set-instance-ports": ({ name, how, ports }) => one("instance ports", [name], { [how]: portText(ports) }),
  "set-ip-address-type": () => none(bothFamilies),
  "create-load-balancer": ({ name, instances = [], settings = {}, ipAddressType }) =>
    ipAddressType === "ipv4"
      ? none(bothFamilies)
      : one("load-balancer create", [name, ...instances], balancerOptions(settings)),
  "update-load-balancer": ({ name, settings }) => one("load-balancer set", [name], balancerOptions(settings)),
  "delete-load-balancer": ({ name }) => one("load-balancer delete", [name]),
  "attach-instances": ({ loadBalancer, instances }) =>
    one("load-balancer attach", [loadBalancer, ...instances]),
  "detach-instances": ({ loadBalancer, instances }) =>
    one("load-balancer detach", [loadBalancer, ...instances]),
  "attach-certificate": ({ loadBalancer, certificate, isDefault }) =>
    one("load-balancer certificate", [loadBalancer, certificate], { default: isDefault || undefined }),
  "detach-certificate": ({ loadBalancer, certificate }) =>
    one("load-balancer certificate", [loadBalancer, certificate], { detach: true }),
  "allocate-static-ip": ({ name, instance }) =>
    one("static-ip allocate", instance === undefined ? [name] : [name, instance]),
  "attach-static-ip": ({ name, instance }) => one("static-ip attach", [name, instance]),
  "detach-static-ip": ({ name }) => one("static-ip detach", [name]),
  "release-static-ip": ({ name }) => one("static-ip release", [name]),
  "create-distribution": ({ name, origin, settings = {} }) =>
    distributionLines("distribution create", name, [name, origin], settings),
  "update-distribution": ({ name, settings }) =>
    distributionLines("distribution set", name, [name], settings),
  "delete-distribution": ({ name }) => one("distribution delete", [name]),
  "reset-distribution-cache": ({ name }) => one("distribution reset", [name]),
  "purge-distribution": ({ name, paths }) => one("distribution purge", [name, ...paths]),
  "attach-distribution-certificate": ({ distribution, certificate }) =>
    one("distribution attach-certificate", [distribution, certificate]),
  "detach-distribution-certificate": ({ distribution }) =>
    one("distribution detach-certificate", [distribution]),
  "tag-resource": ({ resourceType, resourceName, tags }) =>
    tags.some(({ key }) => key.includes("="))
      ? none("A key with = in it has no form on the command line.")
      : one(
          "tag set",
          [resourceName, ...tags.map(({ key, value }) => (value === "" ? key : `${key}=${value}`))],
          { type: resourceType },
        ),
  "untag-resource": ({ resourceType, resourceName, tagKeys }) =>
    one("tag remove", [resourceName, ...tagKeys], { type: resourceType }),
  "put-alarm": putAlarm,
  "delete-alarm": ({ name }) => one("alarm delete", [name]),
};

function one(command: string, words: readonly string[], options: Options = {}): Example {
  return lines([fairlead(command, words, options)]);
}

function createInstance({ name, run, limits, ports, ipAddressType }: CommandOf<"create-instance">): Example {
  if (ipAddressType === "ipv4") return none(bothFamilies);
  const options = {
    ...limitOptions(limits ?? {}),
    ports: ports ? portText(ports) : undefined,
  };
  switch (run.kind) {
    case "site":
      return one("instance create", [name], { site: run.folder, ...options });
    case "command": {
      const all = { command: true, folder: run.folder, ...options };
      return lines([fairlead("instance create", [name], all, { argv: run.command })]);
    }
    case "address": {
      const address = run.address.includes(":") ? `[${run.address}]` : run.address;
      return one("instance create", [name], { address: `${address}:${run.port}`, ...options });
    }
    case "launch":
      return none(
        "The command line makes instances of folders, commands and addresses; clients of AWS of blueprints.",
      );
  }
}

function limitOptions({ cpus, memoryOctets }: CommandOf<"limit-instance">["limits"]): Options {
  return { cpus, memory: memoryOctets === undefined ? undefined : sizeText(memoryOctets) };
}

function sizeText(octets: number): string {
  for (const [unit, size] of [
    ["G", 2 ** 30],
    ["M", 2 ** 20],
    ["K", 2 ** 10],
  ] as const)
    if (octets % size === 0) return `${octets / size}${unit}`;
  return String(octets);
}

function portText(ports: CommandOf<"set-instance-ports">["ports"]): string {
  const rules = ports.map(({ fromPort, toPort }) =>
    fromPort === toPort ? fromPort : `${fromPort}-${toPort}`,
  );
  return rules.length === 0 ? "none" : rules.join(",");
}

function balancerOptions({ healthCheck = {}, stickiness = {}, ...settings }: LoadBalancerSettings): Options {
  const inSeconds = (ms: number | undefined): number | undefined =>
    ms === undefined ? undefined : ms / 1000;
  return {
    port: settings.instancePort,
    "health-path": healthCheck.path,
    interval: inSeconds(healthCheck.intervalMs),
    timeout: inSeconds(healthCheck.timeoutMs),
    healthy: healthCheck.healthyThreshold,
    unhealthy: healthCheck.unhealthyThreshold,
    codes: healthCheck.successCodes,
    algorithm: settings.algorithm,
    sticky: stickiness.isEnabled,
    "sticky-for": stickiness.durationSeconds,
    "eject-after": settings.ejectAfterFailures,
    "eject-for": inSeconds(settings.ejectMs),
    "drain-for": inSeconds(settings.drainMs),
    redirect: settings.redirectsToHttps,
    "tls-policy": settings.tlsPolicyName,
  };
}

/** Whether a distribution answers is a command of its own; all else that can be set is an option. */
function distributionLines(
  command: string,
  name: string,
  words: readonly string[],
  { isEnabled, ...settings }: DistributionSettings,
): Example {
  const isCreated = command.endsWith("create");
  const options = distributionOptions(settings, isCreated);
  if (!options) return none("The command line has no form for one of these values.");
  const all: string[] = [];
  if (isCreated || membersOf(options).length > 0) all.push(fairlead(command, words, options));
  if (isEnabled !== undefined && !(isCreated && isEnabled))
    all.push(fairlead(isEnabled ? "distribution enable" : "distribution disable", [name]));
  return lines(all, all.length > 1 ? "Each line is a change of its own." : undefined);
}

function distributionOptions(settings: DistributionSettings, isCreated: boolean): Options | undefined {
  const { origin = {}, cacheBehaviorSettings: cache = {}, cacheBehaviors, customErrorResponses } = settings;
  if (cache === null) return undefined;
  const or = <T>(
    word: string,
    value: T | null | undefined,
    format: (value: T) => string,
  ): string | undefined => (value === undefined ? undefined : value === null ? word : format(value));
  const same = String;
  const methods = (list: readonly string[]): string => list.join(",");
  const texts = [
    ...(cacheBehaviors ?? []).map(({ path }) => path),
    ...(customErrorResponses ?? []).map(({ responsePagePath = "" }) => responsePagePath),
    ...[cache.forwardedHeaders, cache.forwardedCookies, cache.forwardedQueryStrings].flatMap(
      (set) => set?.names ?? [],
    ),
  ];
  const sets = [cache.forwardedHeaders, cache.forwardedCookies, cache.forwardedQueryStrings];
  const isSayable =
    !texts.some((text) => text.includes(",")) &&
    !(customErrorResponses ?? []).some(({ responsePagePath = "" }) => responsePagePath.includes(":")) &&
    !sets.some((set) => set?.option === "default" || (set?.option === "allow-list" && !set.names?.length)) &&
    settings.defaultRootObject !== "none" &&
    settings.certificateName !== "none";
  if (!isSayable) return undefined;
  return {
    origin: isCreated ? undefined : origin.name,
    behavior: settings.defaultCacheBehavior,
    paths: cacheBehaviors && listText(cacheBehaviors.map(({ path, behavior }) => `${path}=${behavior}`)),
    "default-ttl": or("default", cache.defaultTtl, same),
    "min-ttl": or("default", cache.minimumTtl, same),
    "max-ttl": or("default", cache.maximumTtl, same),
    methods: or("default", cache.allowedMethods, methods),
    "cached-methods": or("default", cache.cachedMethods, methods),
    headers: or("default", cache.forwardedHeaders, forwardedText),
    cookies: or("default", cache.forwardedCookies, forwardedText),
    queries: or("default", cache.forwardedQueryStrings, forwardedText),
    index: or("none", settings.defaultRootObject, same),
    errors: customErrorResponses && listText(customErrorResponses.map(errorText)),
    protocol: or("default", origin.protocolPolicy, same),
    timeout: or("default", origin.responseTimeout, same),
    certificate: or("none", settings.certificateName, same),
    "tls-version": or("default", settings.viewerMinimumTlsProtocolVersion, same),
    redirect: settings.redirectsToHttps,
    addresses: settings.ipAddressType,
    bundle: settings.bundleId,
  };
}

function listText(list: readonly string[]): string {
  return list.length === 0 ? "none" : list.join(",");
}

function forwardedText({
  option,
  names = [],
}: {
  option: string;
  names?: readonly string[] | undefined;
}): string {
  return option === "allow-list" ? names.join(",") : option;
}

function errorText({
  errorCode,
  responsePagePath = "",
  responseCode,
  errorCachingMinTtl,
}: NonNullable<DistributionSettings["customErrorResponses"]>[number]): string {
  const ttl = errorCachingMinTtl === undefined ? "" : `:${errorCachingMinTtl}`;
  const status = responseCode === undefined ? (ttl === "" ? "" : ":") : `:${responseCode}`;
  return `${errorCode}=${responsePagePath}${status}${ttl}`;
}

function putAlarm(command: CommandOf<"put-alarm">): Example {
  if (command.notificationEnabled !== undefined || command.notificationTriggers !== undefined)
    return none("The command line says nothing of notifications, which nobody is sent.");
  const comparison = {
    GreaterThanThreshold: "above",
    GreaterThanOrEqualToThreshold: "at-least",
    LessThanThreshold: "below",
    LessThanOrEqualToThreshold: "at-most",
  }[command.comparisonOperator];
  return one("alarm put", [command.name, command.resource, command.metric], {
    [comparison]: command.threshold,
    periods: command.evaluationPeriods,
    datapoints: command.datapointsToAlarm,
    missing: command.treatMissingData,
  });
}
