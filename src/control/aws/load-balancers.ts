// Lightsail's load balancers, and their attributes.

import {
  findTlsPolicy,
  tlsPolicies,
  tlsPolicyTable,
  type Command,
  type LightsailShapes,
  type LoadBalancer,
  type LoadBalancerSettings,
} from "#contract";
import type { Held } from "../state.ts";
import { viewLoadBalancer } from "../view-traffic.ts";
import { invalidInput, locationOf, pageOf, resourceOf } from "./answers.ts";
import { certificatesOf, requireBalancer, tlsCertificateCommand } from "./load-balancer-certificates.ts";
import { idleOperation, runCommand, runCommands } from "./operations.ts";
import type { AwsCall } from "./service.ts";
import { shownTags, taggingOf } from "./tags.ts";

type Shapes = LightsailShapes;

/** CreateLoadBalancer, with a certificate on wish: an operation of the load balancer, then those of the certificate. */
export async function createLoadBalancer(
  request: Shapes["CreateLoadBalancerRequest"],
  call: AwsCall,
): Promise<Shapes["CreateLoadBalancerResult"]> {
  const { loadBalancerName: name, instancePort, healthCheckPath, tlsPolicyName, tags } = request;
  const { certificateName, certificateDomainName, certificateAlternativeNames } = request;
  if ((certificateName === undefined) !== (certificateDomainName === undefined))
    throw invalidInput("certificateName and certificateDomainName are given together, or neither of them");
  const ipAddressType = request.ipAddressType ?? "dualstack";
  if (ipAddressType === "ipv6") throw invalidInput("a load balancer has addresses of IPv4 at least");
  const settings: LoadBalancerSettings = {
    instancePort,
    ...(healthCheckPath === undefined ? {} : { healthCheck: { path: healthCheckPath } }),
    ...(tlsPolicyName === undefined ? {} : { tlsPolicyName }),
  };
  const commands: Command[] = [{ action: "create-load-balancer", name, settings, ipAddressType }];
  if (certificateName !== undefined && certificateDomainName !== undefined) {
    commands.push(
      tlsCertificateCommand({
        loadBalancerName: name,
        certificateName,
        certificateDomainName,
        certificateAlternativeNames,
      }),
    );
  }
  const tagging = taggingOf("LoadBalancer", name, tags);
  const done = await runCommands(call, [...commands, ...tagging]);
  return { operations: done.slice(0, commands.length).flatMap(({ operations }) => operations) };
}

/** DeleteLoadBalancer: with its certificates. */
export async function deleteLoadBalancer(
  { loadBalancerName: name }: Shapes["DeleteLoadBalancerRequest"],
  call: AwsCall,
): Promise<Shapes["DeleteLoadBalancerResult"]> {
  requireBalancer(call, name);
  const own = [...call.core.views.state.all("certificate").values()].filter(
    ({ value }) => value.loadBalancer === name,
  );
  const done = await runCommands(call, [
    { action: "delete-load-balancer", name },
    ...own.map(({ value }): Command => ({ action: "delete-certificate", name: value.name, force: true })),
  ]);
  return { operations: done.flatMap(({ operations }) => operations) };
}

/** GetLoadBalancer. */
export function getLoadBalancer(
  { loadBalancerName }: Shapes["GetLoadBalancerRequest"],
  call: AwsCall,
): Shapes["GetLoadBalancerResult"] {
  return { loadBalancer: show(call, requireBalancer(call, loadBalancerName)) };
}

/** GetLoadBalancers. */
export function getLoadBalancers(
  { pageToken }: Shapes["GetLoadBalancersRequest"],
  call: AwsCall,
): Shapes["GetLoadBalancersResult"] {
  const all = [...call.core.views.state.all("load-balancer").values()].sort((a, b) =>
    a.value.name < b.value.name ? -1 : 1,
  );
  const { page, next } = pageOf(all, ({ value }) => value.name, pageToken);
  return { loadBalancers: page.map((held) => show(call, held)), ...next };
}

/** AttachInstancesToLoadBalancer: an operation of the load balancer, then one of each instance. Those that are attached stay. */
export async function attachInstances(
  { loadBalancerName, instanceNames }: Shapes["AttachInstancesToLoadBalancerRequest"],
  call: AwsCall,
): Promise<Shapes["AttachInstancesToLoadBalancerResult"]> {
  const { instances } = requireBalancer(call, loadBalancerName).value;
  const fresh = [...new Set(instanceNames)].filter((name) => !instances.includes(name));
  if (fresh.length === 0) {
    const { operations } = idleOperation(call, {
      operationType: "AttachInstancesToLoadBalancer",
      resourceName: loadBalancerName,
      resourceType: "LoadBalancer",
      counterparts: instanceNames.map((resourceName) => ({ resourceName, resourceType: "Instance" })),
    });
    return { operations };
  }
  const command = { action: "attach-instances", loadBalancer: loadBalancerName, instances: fresh } as const;
  const { operations } = await runCommand(call, command, true);
  return { operations };
}

/** DetachInstancesFromLoadBalancer: over once their requests are finished. */
export async function detachInstances(
  { loadBalancerName, instanceNames }: Shapes["DetachInstancesFromLoadBalancerRequest"],
  call: AwsCall,
): Promise<Shapes["DetachInstancesFromLoadBalancerResult"]> {
  requireBalancer(call, loadBalancerName);
  const instances = [...new Set(instanceNames)];
  const command = { action: "detach-instances", loadBalancer: loadBalancerName, instances } as const;
  const { operations } = await runCommand(call, command);
  return { operations };
}

/** UpdateLoadBalancerAttribute: one setting a call, each a text. */
export async function updateLoadBalancerAttribute(
  { loadBalancerName, attributeName, attributeValue }: Shapes["UpdateLoadBalancerAttributeRequest"],
  call: AwsCall,
): Promise<Shapes["UpdateLoadBalancerAttributeResult"]> {
  const held = requireBalancer(call, loadBalancerName);
  const settings = settingsOf(attributeName, attributeValue);
  if (attributeOf(held.value, attributeName) === canonical(attributeName, attributeValue)) {
    const { operations } = idleOperation(call, {
      operationType: "UpdateLoadBalancerAttribute",
      resourceName: loadBalancerName,
      resourceType: "LoadBalancer",
      subject: attributeName,
    });
    return { operations };
  }
  const command = { action: "update-load-balancer", name: loadBalancerName, settings } as const;
  const { operations } = await runCommand(call, command, true);
  return { operations };
}

/** GetLoadBalancerTlsPolicies. */
export function getLoadBalancerTlsPolicies(): Shapes["GetLoadBalancerTlsPoliciesResult"] {
  return {
    tlsPolicies: tlsPolicies.map((name) => {
      const { isDefault, description, protocols, ciphers } = tlsPolicyTable[name];
      return { name, isDefault, description, protocols: [...protocols], ciphers: [...ciphers] };
    }),
  };
}

type Attribute = Shapes["LoadBalancerAttributeName"];

function settingsOf(name: Attribute, value: string): LoadBalancerSettings {
  switch (name) {
    case "HealthCheckPath":
      return { healthCheck: { path: value } };
    case "SessionStickinessEnabled":
      return { stickiness: { isEnabled: readBoolean(name, value) } };
    case "SessionStickiness_LB_CookieDurationSeconds":
      return { stickiness: { durationSeconds: readSeconds(name, value) } };
    case "HttpsRedirectionEnabled":
      return { redirectsToHttps: readBoolean(name, value) };
    case "TlsPolicyName":
      return { tlsPolicyName: value };
  }
}

/** An attribute of a load balancer as it is. */
function attributeOf(fact: Held<"load-balancer">["value"], name: Attribute): string {
  const { healthCheck, stickiness, redirectsToHttps, tlsPolicyName } = fact;
  switch (name) {
    case "HealthCheckPath":
      return healthCheck.path;
    case "SessionStickinessEnabled":
      return String(stickiness.isEnabled);
    case "SessionStickiness_LB_CookieDurationSeconds":
      return String(stickiness.durationSeconds);
    case "HttpsRedirectionEnabled":
      return String(redirectsToHttps);
    case "TlsPolicyName":
      return tlsPolicyName;
  }
}

function canonical(name: Attribute, value: string): string {
  if (name === "HealthCheckPath") return value;
  if (name === "TlsPolicyName") return findTlsPolicy(value) ?? value;
  return name === "SessionStickiness_LB_CookieDurationSeconds" ? String(Number(value)) : value.toLowerCase();
}

function readBoolean(name: Attribute, value: string): boolean {
  const text = value.toLowerCase();
  if (text === "true" || text === "false") return text === "true";
  throw invalidInput(`of attribute ${name}, expected true or false`);
}

function readSeconds(name: Attribute, value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw invalidInput(`of attribute ${name}, expected a whole number of seconds`);
}

function show(call: AwsCall, held: Held<"load-balancer">): Shapes["LoadBalancer"] {
  const view: LoadBalancer = viewLoadBalancer(call.core.views, held);
  const { stickiness } = view;
  return {
    name: view.name,
    ...resourceOf(view, "LoadBalancer", locationOf(call)),
    tags: shownTags(call, "LoadBalancer", view.name),
    dnsName: view.dnsName,
    state: view.state,
    protocol: view.protocol,
    publicPorts: view.publicPorts,
    healthCheckPath: view.healthCheck.path,
    instancePort: view.instancePort,
    instanceHealthSummary: view.instanceHealthSummary.map(
      ({ instanceName, instanceHealth, instanceHealthReason }) => ({
        instanceName,
        instanceHealth,
        instanceHealthReason,
      }),
    ),
    tlsCertificateSummaries: certificatesOf(call, held).map(({ value: { name } }) => ({
      name,
      isAttached: held.value.certificates.includes(name),
    })),
    configurationOptions: {
      SessionStickinessEnabled: String(stickiness.isEnabled),
      SessionStickiness_LB_CookieDurationSeconds: String(stickiness.durationSeconds),
    },
    ipAddressType: view.ipAddressType ?? "dualstack",
    httpsRedirectionEnabled: view.redirectsToHttps,
    tlsPolicyName: view.tlsPolicyName,
  };
}
