// Terraform's resources of names and addresses: aws_lightsail_domain, …_domain_entry, …_static_ip and its attachment.

import type { SdkClient } from "./sdk.ts";
import { drop, find, present, submitOne, type Resource } from "./terraform.ts";

/** aws_lightsail_domain. */
export function domainResource(client: SdkClient): Resource<{ domain_name: string }> {
  return {
    create: async ({ domain_name }) => {
      await client.call("CreateDomain", { domainName: domain_name });
      return domain_name;
    },
    read: async (id) => {
      const found = await find<{ domain?: { arn?: string } }>(client, "GetDomain", { domainName: id });
      if (!found) return undefined;
      return { domain_name: id, arn: present(present(found.domain, "domain").arn, "arn") };
    },
    destroy: async (id) => {
      await client.call("DeleteDomain", { domainName: id });
    },
  };
}

/** Attributes of an entry. */
export interface DomainEntry {
  readonly name: string;
  readonly domain_name: string;
  readonly type: string;
  readonly target: string;
  readonly is_alias?: boolean;
}

interface FoundEntry {
  readonly name?: string;
  readonly type?: string;
  readonly target?: string;
  readonly isAlias?: boolean;
}

/** aws_lightsail_domain_entry: found again by name, type and target, octet by octet. */
export function domainEntryResource(client: SdkClient): Resource<DomainEntry> {
  return {
    create: async ({ name, domain_name, type, target, is_alias = false }) => {
      if (target.includes(",")) throw new Error("a comma in the target breaks the id");
      await submitOne(client, "CreateDomainEntry", {
        domainName: domain_name,
        domainEntry: { isAlias: is_alias, name: expandName(name, domain_name), target, type },
      });
      return [name, domain_name, type, target].join(",");
    },
    read: async (id) => {
      const [name = "", domainName = "", type, target] = id.split(",");
      const found = await find<{ domain?: { domainEntries?: FoundEntry[] } }>(client, "GetDomain", {
        domainName,
      });
      const entries = present(found?.domain ?? (found ? undefined : {}), "domain").domainEntries ?? [];
      const wanted = expandName(name, domainName);
      const entry = entries.find((one) => one.name === wanted && one.type === type && one.target === target);
      if (!entry) return undefined;
      return {
        name: flattenName(entry.name ?? "", domainName),
        domain_name: domainName,
        type: entry.type,
        target: entry.target,
        is_alias: entry.isAlias,
      };
    },
    destroy: async (id) => {
      const [name = "", domainName = "", type, target] = id.split(",");
      const domainEntry = { name: expandName(name, domainName), type, target };
      await drop(client, () => submitOne(client, "DeleteDomainEntry", { domainName, domainEntry }));
    },
  };
}

function expandName(name: string, domainName: string): string {
  const relative = name.replace(/\.$/, "").toLowerCase();
  const domain = domainName.replace(/\.$/, "");
  if (relative.endsWith(domain)) return relative;
  return name === "" ? domain : `${relative}.${domain}`;
}

function flattenName(name: string, domainName: string): string {
  const whole = name.replace(/\.$/, "").toLowerCase();
  const domain = domainName.replace(/\.$/, "");
  if (whole === domain) return "";
  return whole.endsWith(`.${domain}`) ? whole.slice(0, -domain.length - 1) : whole;
}

interface FoundIp {
  readonly arn?: string;
  readonly ipAddress?: string;
  readonly supportCode?: string;
  readonly isAttached?: boolean;
  readonly attachedTo?: string;
}

const findIp = async (client: SdkClient, staticIpName: string): Promise<FoundIp | undefined> => {
  const found = await find<{ staticIp?: FoundIp }>(client, "GetStaticIp", { staticIpName });
  return found && present(found.staticIp, "staticIp");
};

/** aws_lightsail_static_ip. */
export function staticIpResource(client: SdkClient): Resource<{ name: string }> {
  return {
    create: async ({ name }) => {
      await client.call("AllocateStaticIp", { staticIpName: name });
      return name;
    },
    read: async (id) => {
      const ip = await findIp(client, id);
      return ip && { name: id, arn: ip.arn, ip_address: present(ip.ipAddress, "ipAddress") };
    },
    destroy: async (id) => {
      await client.call("ReleaseStaticIp", { staticIpName: id });
    },
  };
}

/** aws_lightsail_static_ip_attachment: its operations are not waited for, so it must be seen at once. */
export function staticIpAttachmentResource(
  client: SdkClient,
): Resource<{ static_ip_name: string; instance_name: string }> {
  return {
    create: async ({ static_ip_name, instance_name }) => {
      await client.call("AttachStaticIp", { staticIpName: static_ip_name, instanceName: instance_name });
      return static_ip_name;
    },
    read: async (id) => {
      const ip = await findIp(client, id);
      if (!ip || !present(ip.isAttached, "isAttached")) return undefined;
      return { static_ip_name: id, instance_name: ip.attachedTo, ip_address: ip.ipAddress };
    },
    destroy: async (id) => {
      await client.call("DetachStaticIp", { staticIpName: id });
    },
  };
}
