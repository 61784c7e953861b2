// Terraform's resources of distributions and container services: aws_lightsail_distribution, …_container_service and
// …_container_service_deployment_version, with the states that the provider expects on the way and no other.

import { setTimeout as wait } from "node:timers/promises";
import type { SdkClient } from "./sdk.ts";
import { drop, find, present, submitOne, tagList, tagsOf, updateTags, type Resource } from "./terraform.ts";

type Tags = Readonly<Record<string, string>>;
type FoundTags = { key?: string; value?: string }[];

const lookMs = 200;
const limitMs = 120_000;

/** Looks until a state is reached. Throws for one that is neither awaited nor on the way. */
async function waitState(
  what: string,
  look: () => Promise<string | undefined>,
  pending: readonly string[],
  target: readonly string[],
): Promise<void> {
  for (const until = performance.now() + limitMs; performance.now() < until; await wait(lookMs)) {
    const state = await look();
    if (state === undefined && target.length === 0) return;
    if (state !== undefined && target.includes(state)) return;
    if (state === undefined || !pending.includes(state))
      throw new Error(`${what}: unexpected state '${state}', wanted target '${target.join(", ")}'`);
  }
  throw new Error(`${what}: timeout while waiting for ${target.join(", ")}`);
}

/** Settings of a cache, as far as they are configured. */
export interface CacheSettings {
  readonly allowed_http_methods?: string;
  readonly cached_http_methods?: string;
  readonly default_ttl?: number;
  readonly minimum_ttl?: number;
  readonly maximum_ttl?: number;
  readonly forwarded_cookies?: { readonly option: string; readonly cookies_allow_list?: readonly string[] };
  readonly forwarded_headers?: { readonly option: string; readonly headers_allow_list?: readonly string[] };
  readonly forwarded_query_strings?: {
    readonly option: boolean;
    readonly query_strings_allowed_list?: readonly string[];
  };
}

/** Attributes of a distribution. */
export interface DistributionConfig {
  readonly name: string;
  readonly bundle_id: string;
  readonly origin: { readonly name: string; readonly region_name: string; readonly protocol_policy?: string };
  readonly default_cache_behavior: string;
  readonly cache_behavior?: readonly { readonly path: string; readonly behavior: string }[];
  readonly cache_behavior_settings?: CacheSettings;
  readonly certificate_name?: string;
  readonly ip_address_type?: string;
  readonly is_enabled?: boolean;
  readonly tags?: Tags;
}

interface FoundSettings {
  readonly allowedHTTPMethods?: string;
  readonly cachedHTTPMethods?: string;
  readonly defaultTTL?: number;
  readonly minimumTTL?: number;
  readonly maximumTTL?: number;
  readonly forwardedCookies?: { option?: string; cookiesAllowList?: string[] };
  readonly forwardedHeaders?: { option?: string; headersAllowList?: string[] };
  readonly forwardedQueryStrings?: { option?: boolean; queryStringsAllowList?: string[] };
}

interface FoundDistribution {
  readonly name?: string;
  readonly arn?: string;
  readonly bundleId?: string;
  readonly createdAt?: Date;
  readonly status?: string;
  readonly domainName?: string;
  readonly isEnabled?: boolean;
  readonly ipAddressType?: string;
  readonly certificateName?: string;
  readonly alternativeDomainNames?: string[];
  readonly location?: { availabilityZone?: string; regionName?: string };
  readonly origin?: { name?: string; regionName?: string; protocolPolicy?: string; resourceType?: string };
  readonly defaultCacheBehavior?: { behavior?: string };
  readonly cacheBehaviors?: { path?: string; behavior?: string }[];
  readonly cacheBehaviorSettings?: FoundSettings;
  readonly tags?: FoundTags;
}

function sentSettings(settings: CacheSettings): FoundSettings {
  const {
    forwarded_cookies: cookies,
    forwarded_headers: headers,
    forwarded_query_strings: queries,
  } = settings;
  // The provider leaves out numbers that are zero.
  return {
    ...(settings.allowed_http_methods ? { allowedHTTPMethods: settings.allowed_http_methods } : {}),
    ...(settings.cached_http_methods ? { cachedHTTPMethods: settings.cached_http_methods } : {}),
    ...(settings.default_ttl ? { defaultTTL: settings.default_ttl } : {}),
    ...(settings.minimum_ttl ? { minimumTTL: settings.minimum_ttl } : {}),
    ...(settings.maximum_ttl ? { maximumTTL: settings.maximum_ttl } : {}),
    ...(cookies
      ? {
          forwardedCookies: {
            option: cookies.option,
            cookiesAllowList: [...(cookies.cookies_allow_list ?? [])],
          },
        }
      : {}),
    ...(headers
      ? {
          forwardedHeaders: {
            option: headers.option,
            headersAllowList: [...(headers.headers_allow_list ?? [])],
          },
        }
      : {}),
    ...(queries
      ? {
          forwardedQueryStrings: {
            option: queries.option,
            queryStringsAllowList: [...(queries.query_strings_allowed_list ?? [])],
          },
        }
      : {}),
  };
}

/** What is read back of settings, as far as the configuration has it. */
function readSettings(found: FoundSettings): CacheSettings {
  const { forwardedCookies: cookies, forwardedHeaders: headers, forwardedQueryStrings: queries } = found;
  return {
    ...(found.allowedHTTPMethods === undefined ? {} : { allowed_http_methods: found.allowedHTTPMethods }),
    ...(found.cachedHTTPMethods === undefined ? {} : { cached_http_methods: found.cachedHTTPMethods }),
    ...(found.defaultTTL === undefined ? {} : { default_ttl: found.defaultTTL }),
    // A number that is not there is zero in a block that is.
    minimum_ttl: found.minimumTTL ?? 0,
    ...(found.maximumTTL === undefined ? {} : { maximum_ttl: found.maximumTTL }),
    ...(cookies
      ? {
          forwarded_cookies: {
            option: cookies.option ?? "",
            ...((cookies.cookiesAllowList?.length ?? 0) > 0
              ? { cookies_allow_list: cookies.cookiesAllowList }
              : {}),
          },
        }
      : {}),
    ...(headers
      ? {
          forwarded_headers: {
            option: headers.option ?? "",
            ...((headers.headersAllowList?.length ?? 0) > 0
              ? { headers_allow_list: headers.headersAllowList }
              : {}),
          },
        }
      : {}),
    ...(queries
      ? {
          forwarded_query_strings: {
            option: queries.option ?? false,
            ...((queries.queryStringsAllowList?.length ?? 0) > 0
              ? { query_strings_allowed_list: queries.queryStringsAllowList }
              : {}),
          },
        }
      : {}),
  };
}

/** aws_lightsail_distribution. Without a block of settings the provider falls over settings that an answer has. */
export function distributionResource(client: SdkClient): Resource<DistributionConfig> {
  const input = (config: DistributionConfig): Record<string, unknown> => ({
    origin: {
      name: config.origin.name,
      regionName: config.origin.region_name,
      ...(config.origin.protocol_policy === undefined
        ? {}
        : { protocolPolicy: config.origin.protocol_policy }),
    },
    defaultCacheBehavior: { behavior: config.default_cache_behavior },
    ...(config.cache_behavior_settings
      ? { cacheBehaviorSettings: sentSettings(config.cache_behavior_settings) }
      : {}),
    ...(config.cache_behavior ? { cacheBehaviors: config.cache_behavior } : {}),
  });
  return {
    create: async (config) => {
      const out = await client.call<{ distribution?: FoundDistribution; operation?: { id?: string } }>(
        "CreateDistribution",
        {
          distributionName: config.name,
          bundleId: config.bundle_id,
          ...input(config),
          ipAddressType: config.ip_address_type ?? "dualstack",
          ...(config.certificate_name === undefined ? {} : { certificateName: config.certificate_name }),
          ...tagList(config.tags),
        },
      );
      const id = present(present(out.distribution, "distribution").name, "distribution.name");
      const operationId = present(present(out.operation, "operation").id, "operation.id");
      await waitState(
        id,
        async () =>
          (await client.call<{ operation?: { status?: string } }>("GetOperation", { operationId })).operation
            ?.status,
        ["Started"],
        ["Succeeded", "Completed"],
      );
      if (config.is_enabled === false)
        await submitOne(client, "UpdateDistribution", { distributionName: id, isEnabled: false });
      return id;
    },
    read: async (id) => {
      let found: { distributions?: FoundDistribution[] } | undefined;
      try {
        found = await find(client, "GetDistributions", { distributionName: id });
      } catch (error) {
        if (client.isA(error, "InvalidInputException") && /Requested resource not found/.test(String(error)))
          return undefined;
        throw error;
      }
      if (!found) return undefined;
      const [one] = found.distributions ?? [];
      if (!one) throw new Error("empty result: distributions");
      const location = present(one.location, "location");
      return {
        name: one.name,
        bundle_id: one.bundleId,
        origin: {
          name: one.origin?.name,
          region_name: one.origin?.regionName,
          ...(one.origin?.protocolPolicy === undefined ? {} : { protocol_policy: one.origin.protocolPolicy }),
        },
        default_cache_behavior: one.defaultCacheBehavior?.behavior,
        ...((one.cacheBehaviors?.length ?? 0) > 0 ? { cache_behavior: one.cacheBehaviors } : {}),
        ...(one.cacheBehaviorSettings
          ? { cache_behavior_settings: readSettings(one.cacheBehaviorSettings) }
          : {}),
        ...(one.certificateName === undefined ? {} : { certificate_name: one.certificateName }),
        ip_address_type: one.ipAddressType,
        is_enabled: one.isEnabled,
        tags: tagsOf(one.tags),
        created_at: present(one.createdAt, "createdAt").toISOString(),
        domain_name: one.domainName,
        status: one.status,
        alternative_domain_names: one.alternativeDomainNames,
        location: [
          present(location.availabilityZone, "availabilityZone"),
          present(location.regionName, "regionName"),
        ],
      };
    },
    update: async (id, before, after) => {
      const [old, now] = [input(before), input(after)];
      const changed = Object.fromEntries(
        Object.entries(now).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(old[name])),
      );
      if (after.certificate_name !== before.certificate_name)
        changed["certificateName"] = after.certificate_name;
      if (after.is_enabled !== before.is_enabled) changed["isEnabled"] = after.is_enabled;
      if (Object.keys(changed).length > 0)
        await submitOne(client, "UpdateDistribution", { distributionName: id, ...changed });
      if (after.bundle_id !== before.bundle_id)
        await submitOne(client, "UpdateDistributionBundle", {
          distributionName: id,
          bundleId: after.bundle_id,
        });
      await updateTags(client, id, before.tags, after.tags);
    },
    destroy: (id) =>
      drop(client, () => submitOne(client, "DeleteDistribution", { distributionName: id }), [
        "NotFoundException",
        "InvalidInputException",
      ]),
  };
}

/** Attributes of a container service. */
export interface ContainerServiceConfig {
  readonly name: string;
  readonly power: string;
  readonly scale: number;
  readonly is_disabled?: boolean;
  readonly tags?: Tags;
}

interface FoundService {
  readonly containerServiceName?: string;
  readonly power?: string;
  readonly scale?: number;
  readonly state?: string;
  readonly url?: string;
  readonly isDisabled?: boolean;
  readonly arn?: string;
  readonly createdAt?: Date;
  readonly powerId?: string;
  readonly privateDomainName?: string;
  readonly location?: { availabilityZone?: string };
  readonly nextDeployment?: { version?: number };
  readonly tags?: FoundTags;
}

async function findService(client: SdkClient, serviceName: string): Promise<FoundService | undefined> {
  const found = await find<{ containerServices?: FoundService[] }>(client, "GetContainerServices", {
    serviceName,
  });
  return found?.containerServices?.[0];
}

/** aws_lightsail_container_service. */
export function containerServiceResource(client: SdkClient): Resource<ContainerServiceConfig> {
  const state = (id: string) => async (): Promise<string | undefined> =>
    (await findService(client, id))?.state;
  return {
    create: async ({ name, power, scale, is_disabled, tags }) => {
      await client.call("CreateContainerService", { serviceName: name, power, scale, ...tagList(tags) });
      await waitState(name, state(name), ["PENDING"], ["READY"]);
      if (is_disabled === true) {
        await client.call("UpdateContainerService", { serviceName: name, isDisabled: true });
        await waitState(name, state(name), ["UPDATING"], ["DISABLED"]);
      }
      return name;
    },
    read: async (id) => {
      const service = await findService(client, id);
      if (!service) return undefined;
      return {
        name: service.containerServiceName,
        power: service.power,
        scale: service.scale,
        is_disabled: service.isDisabled,
        tags: tagsOf(service.tags),
        arn: service.arn,
        availability_zone: present(service.location, "location").availabilityZone,
        created_at: present(service.createdAt, "createdAt").toISOString(),
        power_id: service.powerId,
        private_domain_name: service.privateDomainName,
        state: service.state,
        url: service.url,
      };
    },
    update: async (id, before, after) => {
      const { power, scale, is_disabled = false } = after;
      const isMore =
        power !== before.power || scale !== before.scale || is_disabled !== (before.is_disabled ?? false);
      if (isMore) {
        await client.call("UpdateContainerService", {
          serviceName: id,
          power,
          scale,
          isDisabled: is_disabled,
        });
        if (is_disabled && !before.is_disabled) await waitState(id, state(id), ["UPDATING"], ["DISABLED"]);
        else await waitState(id, state(id), ["UPDATING"], ["READY", "RUNNING"]);
      }
      await updateTags(client, id, before.tags, after.tags);
    },
    destroy: (id) =>
      drop(client, async () => {
        await client.call("DeleteContainerService", { serviceName: id });
        await waitState(id, state(id), ["DELETING"], []);
      }),
  };
}

/** A container of a deployment. */
export interface ContainerConfig {
  readonly container_name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: Readonly<Record<string, string>>;
}

/** Attributes of a deployment. */
export interface DeploymentConfig {
  readonly service_name: string;
  readonly container: readonly ContainerConfig[];
  readonly public_endpoint?: {
    readonly container_name: string;
    readonly container_port: number;
    readonly health_check: Readonly<Record<string, string | number>>;
  };
}

interface FoundDeployment {
  readonly version?: number;
  readonly state?: string;
  readonly containers?: Readonly<
    Record<
      string,
      {
        image?: string;
        command?: string[];
        environment?: Record<string, string>;
        ports?: Record<string, string>;
      }
    >
  >;
  readonly publicEndpoint?: {
    containerName?: string;
    containerPort?: number;
    healthCheck?: Record<string, string | number>;
  };
}

/** aws_lightsail_container_service_deployment_version: it is never taken away. */
export function deploymentResource(client: SdkClient): Resource<DeploymentConfig> {
  const list = async (serviceName: string | undefined): Promise<FoundDeployment[]> =>
    (
      await find<{ deployments?: FoundDeployment[] }>(client, "GetContainerServiceDeployments", {
        serviceName,
      })
    )?.deployments ?? [];
  return {
    create: async ({ service_name, container, public_endpoint }) => {
      const out = await client.call<{ containerService?: FoundService }>("CreateContainerServiceDeployment", {
        serviceName: service_name,
        containers: Object.fromEntries(
          container.map(({ container_name, ...rest }) => [container_name, rest]),
        ),
        ...(public_endpoint
          ? {
              publicEndpoint: {
                containerName: public_endpoint.container_name,
                containerPort: public_endpoint.container_port,
                healthCheck: public_endpoint.health_check,
              },
            }
          : {}),
      });
      const version = out.containerService?.nextDeployment?.version;
      if (version === undefined) throw new Error("empty output: nextDeployment");
      await waitState(
        `${service_name}/${version}`,
        async () => (await list(service_name)).find((one) => one.version === version)?.state,
        ["ACTIVATING"],
        ["ACTIVE"],
      );
      return `${service_name}/${version}`;
    },
    read: async (id) => {
      const [serviceName, version] = id.split("/");
      const found = (await list(serviceName)).find((one) => String(one.version) === version);
      if (!found) return undefined;
      const endpoint = found.publicEndpoint;
      return {
        service_name: serviceName,
        container: Object.entries(found.containers ?? {}).map(([container_name, one]) => ({
          container_name,
          image: one.image,
          ...((one.command?.length ?? 0) > 0 ? { command: one.command } : {}),
          ...(Object.keys(one.environment ?? {}).length > 0 ? { environment: one.environment } : {}),
          ...(Object.keys(one.ports ?? {}).length > 0 ? { ports: one.ports } : {}),
        })),
        ...(endpoint
          ? {
              public_endpoint: {
                container_name: endpoint.containerName,
                container_port: endpoint.containerPort,
                health_check: present(endpoint.healthCheck, "healthCheck"),
              },
            }
          : {}),
        state: found.state,
        version: found.version,
      };
    },
    destroy: async () => {},
    isKept: true,
  };
}
