// Terraform's resources of instances and of what stands before them: aws_lightsail_instance, …_instance_public_ports, …_lb with its
// attachments, certificates and policies, and …_certificate.

import { setTimeout as wait } from "node:timers/promises";
import type { SdkClient } from "./sdk.ts";
import { drop, find, present, submit, tagList, tagsOf, updateTags, type Resource } from "./terraform.ts";

type Tags = Readonly<Record<string, string>>;
type FoundTags = { key?: string; value?: string }[];

/** Attributes of an instance. */
export interface InstanceConfig {
  readonly name: string;
  readonly availability_zone: string;
  readonly blueprint_id: string;
  readonly bundle_id: string;
  readonly ip_address_type?: string;
  readonly tags?: Tags;
}

/** aws_lightsail_instance. @param userData  no attribute that is read back */
export function instanceResource(client: SdkClient, userData?: string): Resource<InstanceConfig> {
  return {
    create: async ({ name, availability_zone, blueprint_id, bundle_id, ip_address_type, tags }) => {
      await submit(client, "CreateInstances", {
        instanceNames: [name],
        availabilityZone: availability_zone,
        blueprintId: blueprint_id,
        bundleId: bundle_id,
        ...(userData === undefined ? {} : { userData }),
        ...(ip_address_type === undefined ? {} : { ipAddressType: ip_address_type }),
        ...tagList(tags),
      });
      for (let looks = 0; ; looks++) {
        const { state } = await client.call<{ state?: { name?: string } }>("GetInstanceState", {
          instanceName: name,
        });
        if (state?.name === "running") return name;
        if (state?.name !== "pending" || looks > 300)
          throw new Error(`${name}: unexpected state '${state?.name}', wanted target 'running'`);
        await wait(100);
      }
    },
    read: async (id) => {
      const found = await find<{ instance?: Record<string, unknown> & { tags?: FoundTags } }>(
        client,
        "GetInstance",
        { instanceName: id },
      );
      if (!found) return undefined;
      const instance = present(found.instance, "instance");
      const location = present(instance["location"], "location") as { availabilityZone?: string };
      const hardware = present(instance["hardware"], "hardware") as {
        cpuCount?: number;
        ramSizeInGb?: number;
      };
      if (instance["sshKeyName"] !== "LightsailDefaultKeyPair")
        throw new Error(`the plan is not empty: key_pair_name is ${String(instance["sshKeyName"])}`);
      return {
        name: instance["name"],
        availability_zone: location.availabilityZone,
        blueprint_id: instance["blueprintId"],
        bundle_id: instance["bundleId"],
        ip_address_type: instance["ipAddressType"],
        tags: tagsOf(instance.tags),
        created_at: (present(instance["createdAt"], "createdAt") as Date).toISOString(),
        cpu_count: present(hardware.cpuCount, "cpuCount"),
        ram_size: present(hardware.ramSizeInGb, "ramSizeInGb"),
        is_static_ip: present(instance["isStaticIp"], "isStaticIp"),
        private_ip_address: instance["privateIpAddress"],
        public_ip_address: instance["publicIpAddress"],
        username: instance["username"],
      };
    },
    update: async (id, before, after) => {
      if (after.ip_address_type !== before.ip_address_type)
        await submit(client, "SetIpAddressType", {
          resourceName: id,
          resourceType: "Instance",
          ipAddressType: after.ip_address_type,
        });
      await updateTags(client, id, before.tags, after.tags);
    },
    destroy: (id) =>
      drop(client, () => submit(client, "DeleteInstance", { instanceName: id, forceDeleteAddOns: true })),
  };
}

/** A rule of a firewall. */
export interface PortInfo {
  readonly from_port: number;
  readonly to_port: number;
  readonly protocol: string;
  readonly cidrs: readonly string[];
  readonly ipv6_cidrs: readonly string[];
}

interface FoundPort {
  readonly fromPort?: number;
  readonly toPort?: number;
  readonly protocol?: string;
  readonly cidrs?: string[];
  readonly ipv6Cidrs?: string[];
}

/** aws_lightsail_instance_public_ports: the set that is read must be the set that was put. */
export function publicPortsResource(
  client: SdkClient,
): Resource<{ instance_name: string; port_info: readonly PortInfo[] }> {
  const sent = ({ from_port, to_port, protocol, cidrs, ipv6_cidrs }: PortInfo): FoundPort => ({
    fromPort: from_port,
    toPort: to_port,
    protocol,
    cidrs: [...cidrs],
    ipv6Cidrs: [...ipv6_cidrs],
  });
  const read = async (id: string): Promise<PortInfo[] | undefined> => {
    const found = await find<{ portStates?: FoundPort[] }>(client, "GetInstancePortStates", {
      instanceName: id,
    });
    return found?.portStates
      ?.map(({ fromPort = 0, toPort = 0, protocol = "", cidrs = [], ipv6Cidrs = [] }) => ({
        from_port: fromPort,
        to_port: toPort,
        protocol,
        cidrs,
        ipv6_cidrs: ipv6Cidrs,
      }))
      .sort((a, b) => a.from_port - b.from_port);
  };
  return {
    create: async ({ instance_name, port_info }) => {
      await client.call("PutInstancePublicPorts", {
        instanceName: instance_name,
        portInfos: port_info.map(sent),
      });
      return instance_name;
    },
    read: async (id) => {
      const ports = await read(id);
      return ports && ports.length > 0 ? { instance_name: id, port_info: ports } : undefined;
    },
    destroy: async (id) => {
      for (const rule of (await read(id)) ?? [])
        await client.call("CloseInstancePublicPorts", { instanceName: id, portInfo: sent(rule) });
    },
  };
}

/** Attributes of a load balancer. */
export interface LbConfig {
  readonly name: string;
  readonly instance_port: number;
  readonly health_check_path?: string;
  readonly ip_address_type?: string;
  readonly tags?: Tags;
}

interface FoundLb {
  readonly name?: string;
  readonly arn?: string;
  readonly createdAt?: Date;
  readonly dnsName?: string;
  readonly instancePort?: number;
  readonly healthCheckPath?: string;
  readonly ipAddressType?: string;
  readonly protocol?: string;
  readonly publicPorts?: number[];
  readonly tags?: FoundTags;
  readonly instanceHealthSummary?: { instanceName?: string; instanceHealth?: string }[];
  readonly tlsCertificateSummaries?: { name?: string; isAttached?: boolean }[];
  readonly httpsRedirectionEnabled?: boolean;
  readonly configurationOptions?: Readonly<Record<string, string>>;
}

async function findLb(client: SdkClient, loadBalancerName: string): Promise<FoundLb | undefined> {
  const found = await find<{ loadBalancer?: FoundLb }>(client, "GetLoadBalancer", { loadBalancerName });
  return found && present(found.loadBalancer, "loadBalancer");
}

/** Sets one attribute of a load balancer. */
function setAttribute(client: SdkClient, lb: string, name: string, value: string): Promise<void> {
  return submit(client, "UpdateLoadBalancerAttribute", {
    loadBalancerName: lb,
    attributeName: name,
    attributeValue: value,
  });
}

/** aws_lightsail_lb. */
export function lbResource(client: SdkClient): Resource<LbConfig> {
  return {
    create: async ({ name, instance_port, health_check_path, ip_address_type, tags }) => {
      await submit(client, "CreateLoadBalancer", {
        loadBalancerName: name,
        instancePort: instance_port,
        healthCheckPath: health_check_path ?? "/",
        ipAddressType: ip_address_type ?? "dualstack",
        ...tagList(tags),
      });
      return name;
    },
    read: async (id) => {
      const lb = await findLb(client, id);
      return (
        lb && {
          name: lb.name,
          instance_port: lb.instancePort,
          health_check_path: lb.healthCheckPath,
          ip_address_type: lb.ipAddressType,
          tags: tagsOf(lb.tags),
          created_at: present(lb.createdAt, "createdAt").toISOString(),
          dns_name: present(lb.dnsName, "dnsName"),
          protocol: lb.protocol,
          public_ports: lb.publicPorts,
        }
      );
    },
    update: async (id, before, after) => {
      if (after.health_check_path !== before.health_check_path)
        await setAttribute(client, id, "HealthCheckPath", after.health_check_path ?? "/");
      await updateTags(client, id, before.tags, after.tags);
    },
    destroy: (id) => drop(client, () => submit(client, "DeleteLoadBalancer", { loadBalancerName: id })),
  };
}

/** aws_lightsail_lb_attachment. */
export function lbAttachmentResource(
  client: SdkClient,
): Resource<{ lb_name: string; instance_name: string }> {
  const input = (id: string): { loadBalancerName: string; instanceNames: string[] } => {
    const [loadBalancerName = "", instance = ""] = id.split(",");
    return { loadBalancerName, instanceNames: [instance] };
  };
  return {
    create: async ({ lb_name, instance_name }) => {
      const id = `${lb_name},${instance_name}`;
      await submit(client, "AttachInstancesToLoadBalancer", input(id));
      return id;
    },
    read: async (id) => {
      const [lbName = "", instance] = id.split(",");
      const summary = (await findLb(client, lbName))?.instanceHealthSummary ?? [];
      return summary.some(({ instanceName }) => instanceName === instance)
        ? { lb_name: lbName, instance_name: instance }
        : undefined;
    },
    destroy: (id) => drop(client, () => submit(client, "DetachInstancesFromLoadBalancer", input(id))),
  };
}

/** Attributes of a certificate. */
export interface CertificateConfig {
  readonly name: string;
  readonly domain_name: string;
  readonly subject_alternative_names?: readonly string[];
}

interface FoundCertificate {
  readonly name?: string;
  readonly arn?: string;
  readonly createdAt?: Date;
  readonly domainName?: string;
  readonly status?: string;
  readonly subjectAlternativeNames?: string[];
  readonly domainValidationRecords?: {
    domainName?: string;
    name?: string;
    type?: string;
    value?: string;
    resourceRecord?: { name?: string; type?: string; value?: string };
  }[];
  readonly tags?: FoundTags;
}

/** aws_lightsail_lb_certificate: its validation records are there as soon as it is. */
export function lbCertificateResource(
  client: SdkClient,
): Resource<CertificateConfig & { readonly lb_name: string }> {
  return {
    create: async ({ lb_name, name, domain_name, subject_alternative_names }) => {
      await submit(client, "CreateLoadBalancerTlsCertificate", {
        loadBalancerName: lb_name,
        certificateName: name,
        certificateDomainName: domain_name,
        ...(subject_alternative_names ? { certificateAlternativeNames: subject_alternative_names } : {}),
      });
      return `${lb_name},${name}`;
    },
    read: async (id) => {
      const [lbName = "", name] = id.split(",");
      const found = await find<{ tlsCertificates?: FoundCertificate[] }>(
        client,
        "GetLoadBalancerTlsCertificates",
        { loadBalancerName: lbName },
      );
      const one = found?.tlsCertificates?.find((certificate) => certificate.name === name);
      if (!one) return undefined;
      return {
        lb_name: lbName,
        name: one.name,
        domain_name: one.domainName,
        subject_alternative_names: one.subjectAlternativeNames,
        created_at: present(one.createdAt, "createdAt").toISOString(),
        domain_validation_records: present(one.domainValidationRecords, "domainValidationRecords").map(
          (record) => ({
            domain_name: present(record.domainName, "domainName"),
            resource_record_name: present(record.name, "name"),
            resource_record_type: present(record.type, "type"),
            resource_record_value: present(record.value, "value"),
          }),
        ),
        status: one.status,
      };
    },
    destroy: async (id) => {
      const [lbName, name] = id.split(",");
      await drop(client, () =>
        submit(client, "DeleteLoadBalancerTlsCertificate", {
          loadBalancerName: lbName,
          certificateName: name,
        }),
      );
    },
  };
}

/** aws_lightsail_lb_certificate_attachment: it is never taken away. */
export function lbCertificateAttachmentResource(
  client: SdkClient,
): Pick<Resource<{ lb_name: string; certificate_name: string }>, "create" | "read"> {
  return {
    create: async ({ lb_name, certificate_name }) => {
      await submit(client, "AttachLoadBalancerTlsCertificate", {
        loadBalancerName: lb_name,
        certificateName: certificate_name,
      });
      return `${lb_name},${certificate_name}`;
    },
    read: async (id) => {
      const [lbName = "", name] = id.split(",");
      const summaries = (await findLb(client, lbName))?.tlsCertificateSummaries ?? [];
      return summaries.some((one) => one.name === name && present(one.isAttached, "isAttached"))
        ? { lb_name: lbName, certificate_name: name }
        : undefined;
    },
  };
}

/** aws_lightsail_lb_https_redirection_policy. */
export function lbRedirectionResource(client: SdkClient): Resource<{ lb_name: string; enabled: boolean }> {
  const set = (lb: string, enabled: boolean): Promise<void> =>
    setAttribute(client, lb, "HttpsRedirectionEnabled", String(enabled));
  return {
    create: async ({ lb_name, enabled }) => {
      await set(lb_name, enabled);
      return lb_name;
    },
    read: async (id) => {
      const lb = await findLb(client, id);
      if (!lb) return undefined;
      if (lb.httpsRedirectionEnabled === undefined) throw new Error("empty result: httpsRedirectionEnabled");
      return { lb_name: id, enabled: lb.httpsRedirectionEnabled };
    },
    update: (id, _, { enabled }) => set(id, enabled),
    destroy: (id) => set(id, false),
    isKept: true,
  };
}

/** aws_lightsail_lb_stickiness_policy. */
export function lbStickinessResource(
  client: SdkClient,
): Resource<{ lb_name: string; enabled: boolean; cookie_duration: number }> {
  const set = async (lb: string, enabled: boolean, duration: number | undefined): Promise<void> => {
    await setAttribute(client, lb, "SessionStickinessEnabled", String(enabled));
    if (duration !== undefined)
      await setAttribute(client, lb, "SessionStickiness_LB_CookieDurationSeconds", String(duration));
  };
  return {
    create: async ({ lb_name, enabled, cookie_duration }) => {
      await set(lb_name, enabled, cookie_duration);
      return lb_name;
    },
    read: async (id) => {
      const lb = await findLb(client, id);
      if (!lb) return undefined;
      const options = present(lb.configurationOptions, "configurationOptions");
      const enabled = options["SessionStickinessEnabled"];
      const duration = Number(options["SessionStickiness_LB_CookieDurationSeconds"] ?? "x");
      if ((enabled !== "true" && enabled !== "false") || !Number.isInteger(duration))
        throw new Error(`parsing configurationOptions ${JSON.stringify(options)}: invalid syntax`);
      return { lb_name: id, enabled: enabled === "true", cookie_duration: duration };
    },
    update: (id, _, { enabled, cookie_duration }) => set(id, enabled, cookie_duration),
    destroy: (id) => set(id, false, undefined),
    isKept: true,
  };
}

/** aws_lightsail_certificate: read with its name alone, and its detail is taken for granted. */
export function certificateResource(
  client: SdkClient,
): Resource<CertificateConfig & { readonly tags?: Tags }> {
  return {
    create: async ({ name, domain_name, subject_alternative_names, tags }) => {
      await submit(client, "CreateCertificate", {
        certificateName: name,
        domainName: domain_name,
        ...(subject_alternative_names ? { subjectAlternativeNames: subject_alternative_names } : {}),
        ...tagList(tags),
      });
      return name;
    },
    read: async (id) => {
      const found = await find<{
        certificates?: { certificateDetail?: FoundCertificate; tags?: FoundTags }[];
      }>(client, "GetCertificates", { certificateName: id });
      const [first] = found?.certificates ?? [];
      if (!first) return undefined;
      const detail = present(first.certificateDetail, "certificateDetail");
      return {
        name: detail.name,
        domain_name: detail.domainName,
        subject_alternative_names: detail.subjectAlternativeNames,
        tags: tagsOf(first.tags),
        arn: detail.arn,
        created_at: present(detail.createdAt, "createdAt").toISOString(),
        domain_validation_options: (detail.domainValidationRecords ?? []).map((record) => {
          const resource = present(record.resourceRecord, "resourceRecord");
          return {
            domain_name: present(record.domainName, "domainName"),
            resource_record_name: present(resource.name, "name"),
            resource_record_type: present(resource.type, "type"),
            resource_record_value: present(resource.value, "value"),
          };
        }),
        status: detail.status,
      };
    },
    update: (id, before, after) => updateTags(client, id, before.tags, after.tags),
    destroy: (id) => drop(client, () => submit(client, "DeleteCertificate", { certificateName: id })),
  };
}
