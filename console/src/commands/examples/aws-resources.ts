// Operations of Lightsail for commands about resources: instances, static IPs, load balancers, distributions, tags, alarms.

import type { DistributionSettings, LoadBalancerSettings } from "#contract";
import { calls, domains, lightsail, type AwsCall, type AwsCalls } from "./aws-call.ts";
import type { ResourceAction } from "./cli-resources.ts";
import { membersOf, type CommandOf } from "./table.ts";

/** A row each. */
export const resourceCalls: {
  readonly [Action in ResourceAction]: (command: CommandOf<Action>) => AwsCalls;
} = {
  "create-instance": createInstance,
  "delete-instance": ({ name }) => calls(lightsail("DeleteInstance", { instanceName: name })),
  "start-instance": ({ name }) => calls(lightsail("StartInstance", { instanceName: name })),
  "stop-instance": ({ name, force }) => calls(lightsail("StopInstance", { instanceName: name, force })),
  "reboot-instance": ({ name, force }) =>
    force === true
      ? { none: "Lightsail forces a stop alone." }
      : calls(lightsail("RebootInstance", { instanceName: name })),
  "limit-instance": () => ({
    none: "In Lightsail the bundle says what an instance may use, for as long as it lives.",
  }),
  "set-instance-ports": setPorts,
  "set-ip-address-type": () => ({
    none: "Lightsail wants to be told what kind of resource it is (set-ip-address-type).",
  }),
  "create-load-balancer": createLoadBalancer,
  "update-load-balancer": ({ name, settings }) => {
    const all = attributeCalls(name, settings);
    return all ? { calls: all } : { none: fewAttributes };
  },
  "delete-load-balancer": ({ name }) => calls(lightsail("DeleteLoadBalancer", { loadBalancerName: name })),
  "attach-instances": ({ loadBalancer, instances }) =>
    calls(
      lightsail("AttachInstancesToLoadBalancer", {
        loadBalancerName: loadBalancer,
        instanceNames: instances,
      }),
    ),
  "detach-instances": ({ loadBalancer, instances }) =>
    calls(
      lightsail("DetachInstancesFromLoadBalancer", {
        loadBalancerName: loadBalancer,
        instanceNames: instances,
      }),
    ),
  "attach-certificate": ({ loadBalancer, certificate, isDefault }) =>
    isDefault === true
      ? calls(
          lightsail("AttachLoadBalancerTlsCertificate", {
            loadBalancerName: loadBalancer,
            certificateName: certificate,
          }),
        )
      : { none: "A load balancer of Lightsail's has one certificate, which is the default." },
  "detach-certificate": () => ({
    none: "Lightsail takes a certificate of a load balancer away by deleting it, or by attaching another.",
  }),
  "allocate-static-ip": ({ name, instance }) =>
    calls(
      lightsail("AllocateStaticIp", { staticIpName: name }),
      ...(instance === undefined
        ? []
        : [lightsail("AttachStaticIp", { staticIpName: name, instanceName: instance })]),
    ),
  "attach-static-ip": ({ name, instance }) =>
    calls(lightsail("AttachStaticIp", { staticIpName: name, instanceName: instance })),
  "detach-static-ip": ({ name }) => calls(lightsail("DetachStaticIp", { staticIpName: name })),
  "release-static-ip": ({ name }) => calls(lightsail("ReleaseStaticIp", { staticIpName: name })),
  "create-distribution": createDistribution,
  "update-distribution": updateDistribution,
  "delete-distribution": ({ name }) => calls(lightsail("DeleteDistribution", { distributionName: name })),
  "reset-distribution-cache": ({ name }) =>
    calls(lightsail("ResetDistributionCache", { distributionName: name })),
  "purge-distribution": () => ({
    none: "Lightsail forgets all that is stored, and no single paths (reset-distribution-cache).",
  }),
  "attach-distribution-certificate": ({ distribution, certificate }) =>
    calls(
      lightsail("AttachCertificateToDistribution", {
        distributionName: distribution,
        certificateName: certificate,
      }),
    ),
  "detach-distribution-certificate": ({ distribution }) =>
    calls(lightsail("DetachCertificateFromDistribution", { distributionName: distribution })),
  "tag-resource": ({ resourceType, resourceName, tags }) =>
    resourceType === "RegisteredDomain"
      ? calls(
          domains("UpdateTagsForDomain", {
            DomainName: resourceName,
            TagsToUpdate: tags.map(({ key, value }) => ({ Key: key, Value: value })),
          }),
        )
      : calls(lightsail("TagResource", { resourceName, tags })),
  "untag-resource": ({ resourceType, resourceName, tagKeys }) =>
    resourceType === "RegisteredDomain"
      ? calls(domains("DeleteTagsForDomain", { DomainName: resourceName, TagsToDelete: tagKeys }))
      : calls(lightsail("UntagResource", { resourceName, tagKeys })),
  "put-alarm": (command) =>
    calls(
      lightsail("PutAlarm", {
        alarmName: command.name,
        metricName: command.metric,
        monitoredResourceName: command.resource,
        comparisonOperator: command.comparisonOperator,
        threshold: command.threshold,
        evaluationPeriods: command.evaluationPeriods,
        datapointsToAlarm: command.datapointsToAlarm,
        treatMissingData: command.treatMissingData,
        notificationTriggers: command.notificationTriggers,
        notificationEnabled: command.notificationEnabled,
      }),
    ),
  "delete-alarm": ({ name }) => calls(lightsail("DeleteAlarm", { alarmName: name })),
};

function createInstance({ name, run, limits, ports, ipAddressType }: CommandOf<"create-instance">): AwsCalls {
  if (run.kind !== "launch") return { none: "Lightsail makes instances of blueprints alone." };
  if (run.bundleId === undefined || limits)
    return { none: "In Lightsail the bundle says what an instance may use." };
  return calls(
    lightsail("CreateInstances", {
      instanceNames: [name],
      availabilityZone: run.availabilityZone ?? "us-east-1a",
      blueprintId: run.blueprintId,
      bundleId: run.bundleId,
      userData: run.script,
      keyPairName: run.keyPairName,
      ipAddressType,
    }),
    ...(ports ? [lightsail("PutInstancePublicPorts", { instanceName: name, portInfos: ports })] : []),
  );
}

function setPorts({ name, how, ports }: CommandOf<"set-instance-ports">): AwsCalls {
  if (how === "put")
    return calls(lightsail("PutInstancePublicPorts", { instanceName: name, portInfos: ports }));
  const operation = how === "open" ? "OpenInstancePublicPorts" : "CloseInstancePublicPorts";
  return calls(...ports.map((portInfo) => lightsail(operation, { instanceName: name, portInfo })));
}

const fewAttributes =
  "Of a load balancer, Lightsail sets the path of its probes, stickiness, the redirect to HTTPS and the TLS policy alone.";

function createLoadBalancer({
  name,
  instances = [],
  settings = {},
  ipAddressType,
}: CommandOf<"create-load-balancer">): AwsCalls {
  const { instancePort = 80, healthCheck = {}, tlsPolicyName, ...others } = settings;
  const further = attributeCalls(name, others);
  if (!further || membersOf(healthCheck, "path").length > 0) return { none: fewAttributes };
  const create = lightsail("CreateLoadBalancer", {
    loadBalancerName: name,
    instancePort,
    healthCheckPath: healthCheck.path,
    tlsPolicyName,
    ipAddressType,
  });
  const attach =
    instances.length > 0
      ? [lightsail("AttachInstancesToLoadBalancer", { loadBalancerName: name, instanceNames: instances })]
      : [];
  return calls(create, ...attach, ...further);
}

/** A call for each attribute; undefined where one of the settings is none. */
function attributeCalls(name: string, settings: LoadBalancerSettings): AwsCall[] | undefined {
  const { healthCheck = {}, stickiness = {}, redirectsToHttps, tlsPolicyName, ...others } = settings;
  if (membersOf(others).length + membersOf(healthCheck, "path").length > 0) return undefined;
  const attributes = {
    HealthCheckPath: healthCheck.path,
    SessionStickinessEnabled: stickiness.isEnabled,
    SessionStickiness_LB_CookieDurationSeconds: stickiness.durationSeconds,
    HttpsRedirectionEnabled: redirectsToHttps,
    TlsPolicyName: tlsPolicyName,
  };
  return Object.entries(attributes).flatMap(([attributeName, value]) =>
    value === undefined
      ? []
      : [
          lightsail("UpdateLoadBalancerAttribute", {
            loadBalancerName: name,
            attributeName,
            attributeValue: String(value),
          }),
        ],
  );
}

const wholeSettings =
  "Lightsail replaces the settings of a cache as a whole, where this changes some of them.";

function createDistribution({ name, origin, settings = {} }: CommandOf<"create-distribution">): AwsCalls {
  const { isEnabled, redirectsToHttps, bundleId, ipAddressType, defaultCacheBehavior } = settings;
  const members = settingsOf(settings);
  if (redirectsToHttps !== undefined || !members) return { none: noRedirect };
  const create = lightsail("CreateDistribution", {
    distributionName: name,
    ...members,
    origin: { ...members.origin, name: origin, regionName: "us-east-1" },
    defaultCacheBehavior: { behavior: defaultCacheBehavior ?? "cache" },
    bundleId: bundleId ?? "small_1_0",
    ipAddressType,
  });
  const disable =
    isEnabled === false ? [lightsail("UpdateDistribution", { distributionName: name, isEnabled })] : [];
  return calls(create, ...disable);
}

const noRedirect = "Lightsail has no form for one of these values.";

function updateDistribution({ name, settings }: CommandOf<"update-distribution">): AwsCalls {
  const { cacheBehaviorSettings: cache, redirectsToHttps, bundleId, ipAddressType, isEnabled } = settings;
  const allMembers = 8;
  if (cache && membersOf(cache).length < allMembers) return { none: wholeSettings };
  const members = settingsOf(settings);
  if (redirectsToHttps !== undefined || !members) return { none: noRedirect };
  const update = { ...members, isEnabled };
  return calls(
    ...(membersOf(update).length > 0
      ? [lightsail("UpdateDistribution", { distributionName: name, ...update })]
      : []),
    ...(bundleId === undefined
      ? []
      : [lightsail("UpdateDistributionBundle", { distributionName: name, bundleId })]),
    ...(ipAddressType === undefined
      ? []
      : [
          lightsail("SetIpAddressType", {
            resourceType: "Distribution",
            resourceName: name,
            ipAddressType,
          }),
        ]),
  );
}

/** What can be set, in Lightsail's words; undefined where it has none. */
function settingsOf(settings: DistributionSettings):
  | {
      readonly origin?: Readonly<Record<string, unknown>> | undefined;
      readonly [name: string]: unknown;
    }
  | undefined {
  const { origin, defaultCacheBehavior, cacheBehaviors, customErrorResponses, certificateName } = settings;
  const { defaultRootObject, viewerMinimumTlsProtocolVersion } = settings;
  const cache = settings.cacheBehaviorSettings;
  const isUnset =
    origin?.protocolPolicy === null ||
    origin?.responseTimeout === null ||
    viewerMinimumTlsProtocolVersion === null ||
    (cache?.forwardedQueryStrings?.option === "none" && cache.forwardedQueryStrings.names !== undefined) ||
    cache?.forwardedQueryStrings?.option === "default";
  if (isUnset) return undefined;
  return {
    origin,
    defaultCacheBehavior: defaultCacheBehavior && { behavior: defaultCacheBehavior },
    cacheBehaviors,
    cacheBehaviorSettings: cache === undefined ? undefined : cacheOf(cache),
    defaultRootObject: defaultRootObject === null ? "" : defaultRootObject,
    customErrorResponses: customErrorResponses?.map(
      ({ errorCode, responseCode, responsePagePath, errorCachingMinTtl }) => ({
        errorCode,
        ...(responsePagePath === undefined ? {} : { responsePagePath }),
        ...(responseCode === undefined ? {} : { responseCode: String(responseCode) }),
        ...(errorCachingMinTtl === undefined ? {} : { errorCachingMinTTL: errorCachingMinTtl }),
      }),
    ),
    ...(certificateName === null ? { useDefaultCertificate: true } : { certificateName }),
    viewerMinimumTlsProtocolVersion,
  };
}

/** A cache's settings: what is the default has no member. */
function cacheOf(cache: DistributionSettings["cacheBehaviorSettings"]): object {
  const { defaultTtl, minimumTtl, maximumTtl, allowedMethods, cachedMethods, ...forwarded } = cache ?? {};
  const { forwardedCookies, forwardedHeaders, forwardedQueryStrings } = forwarded;
  const all = {
    defaultTTL: defaultTtl,
    minimumTTL: minimumTtl,
    maximumTTL: maximumTtl,
    allowedHTTPMethods: allowedMethods?.join(","),
    cachedHTTPMethods: cachedMethods?.join(","),
    forwardedCookies: forwardedCookies && {
      option: forwardedCookies.option,
      ...(forwardedCookies.names ? { cookiesAllowList: forwardedCookies.names } : {}),
    },
    forwardedHeaders: forwardedHeaders && {
      option: forwardedHeaders.option,
      ...(forwardedHeaders.names ? { headersAllowList: forwardedHeaders.names } : {}),
    },
    forwardedQueryStrings: forwardedQueryStrings && {
      option: forwardedQueryStrings.option === "all",
      ...(forwardedQueryStrings.names ? { queryStringsAllowList: forwardedQueryStrings.names } : {}),
    },
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== null));
}
