// Commands of load balancers: create, delete, update, and what is attached: instances and certificates. Defaults are Lightsail's, and
// where Lightsail has no setting, those of the balancer behind it.

import {
  PlatformError,
  tlsPolicies,
  type Command,
  type LoadBalancerSettings,
  type TlsPolicy,
} from "#contract";
import { edgeCertificates, issuanceOf, servedOf } from "./certificate-lookup.ts";
import { keepInstances, startDrain } from "./drains.ts";
import type { LoadBalancerFact } from "./facts.ts";
import { takeAddress } from "./plan-instance.ts";
import { removeAlarms } from "./metrics/plan-alarm.ts";
import type { CommandOutline, PlanContext, Plans } from "./plan-context.ts";
import { requireFreeName } from "./resource-names.ts";
import { requireInstance, requireUnused } from "./resources.ts";
import type { Held, State } from "./state.ts";

/** How each command of this area is planned. */
export const loadBalancerPlans: Plans<
  | "create-load-balancer"
  | "update-load-balancer"
  | "delete-load-balancer"
  | "attach-instances"
  | "detach-instances"
  | "attach-certificate"
  | "detach-certificate"
> = {
  "create-load-balancer": planCreateLoadBalancer,
  "update-load-balancer": planUpdateLoadBalancer,
  "delete-load-balancer": (context, { name }) => planDeleteLoadBalancer(context, name),
  "attach-instances": planAttachInstances,
  "detach-instances": planDetachInstances,
  "attach-certificate": planAttachCertificate,
  "detach-certificate": planDetachCertificate,
};

type Given<A extends Command["action"]> = Extract<Command, { action: A }>;

/** What a load balancer is where nobody said otherwise. */
const defaults: Omit<LoadBalancerFact, "name" | "publicAddress" | "createdAt"> = {
  instances: [],
  algorithm: "round-robin",
  healthCheck: {
    path: "/",
    intervalMs: 30_000,
    timeoutMs: 5000,
    healthyThreshold: 5,
    unhealthyThreshold: 2,
    successCodes: "200",
  },
  stickiness: { isEnabled: false, durationSeconds: 86_400 },
  ejectAfterFailures: 5,
  ejectMs: 10_000,
  drainMs: 300_000,
  redirectsToHttps: false,
  tlsPolicyName: tlsPolicies[0],
  certificates: [],
};

/** The second policy as Lightsail's guide spells it. */
const otherSpellings: Readonly<Record<string, TlsPolicy>> = {
  "TLS-FS-1-2-Res-2019-08": "TLS-FS-Res-1-2-2019-08",
};

/** Most instances of a load balancer: each is probed, and named in every report. */
const maxInstances = 200;
/** Most certificates of a load balancer. */
const maxCertificates = 50;

/** Creates a load balancer with a public address, over the instances named. */
function planCreateLoadBalancer(
  context: PlanContext,
  { name, instances = [], settings = {}, ipAddressType }: Given<"create-load-balancer">,
): CommandOutline {
  const action = `Cannot create load balancer "${name}"`;
  requireFreeName(context.state, name, action);
  if (settings.redirectsToHttps === true) refuseRedirect(action);
  const publicAddress = takeAddress(context, "public", name);
  const bare: LoadBalancerFact = {
    name,
    publicAddress,
    ...defaults,
    ...(ipAddressType === "ipv4" ? { ipAddressType } : {}),
    createdAt: context.now,
  };
  const fact = addInstances(context, apply(bare, settings, action), instances, action);
  context.draft.put("load-balancer", name, fact);
  return outline(`Create load balancer ${name}`, "CreateLoadBalancer", name);
}

/** Changes settings of a load balancer. */
function planUpdateLoadBalancer(
  { draft, state, warnings }: PlanContext,
  { name, settings }: Given<"update-load-balancer">,
): CommandOutline {
  const action = `Cannot update load balancer "${name}"`;
  const { value } = requireBalancer({ state }, name, action);
  const hasCertificate = edgeCertificates(state, name, value.certificates).length > 0;
  if (settings.redirectsToHttps === true && !hasCertificate) refuseRedirect(action);
  const next = apply(value, settings, action);
  if (JSON.stringify(next) === JSON.stringify(value))
    throw new PlatformError("input-malformed", `${action}: nothing of it would be another than it is`);
  draft.put("load-balancer", name, next);
  warnings.push(...warnOfOtherCheck(value, next));
  return {
    ...outline(`Update load balancer ${name}`, "UpdateLoadBalancerAttribute", name),
    subject: attributesOf(settings).join(","),
  };
}

/** Says what comes of instances that do not answer as they are asked from now on, and when: nobody has asked them so yet. */
function warnOfOtherCheck(before: LoadBalancerFact, after: LoadBalancerFact): string[] {
  const { path, successCodes, intervalMs, unhealthyThreshold } = after.healthCheck;
  const isAsked =
    path === before.healthCheck.path &&
    successCodes === before.healthCheck.successCodes &&
    after.instancePort === before.instancePort;
  if (isAsked || after.instances.length === 0) return [];
  return [
    `Instances that do not answer GET ${path} with ${successCodes} get no requests after ${unhealthyThreshold} probes, ${(unhealthyThreshold * intervalMs) / 1000} s, while another is healthy`,
  ];
}

/** Deletes a load balancer that no name leads to. Its instances go on. */
function planDeleteLoadBalancer({ draft, state }: PlanContext, name: string): CommandOutline {
  const action = `Cannot delete load balancer "${name}"`;
  const { value } = requireBalancer({ state }, name, action);
  requireUnused(state, name, action);
  draft.remove("load-balancer", name);
  removeAlarms(draft, state, name);
  draft.remove("address", value.publicAddress);
  for (const { instance } of state.drainsOf(name)) draft.remove("drain", `${name} ${instance}`);
  return outline(`Delete load balancer ${name}`, "DeleteLoadBalancer", name);
}

/** Attaches running instances. */
function planAttachInstances(
  context: PlanContext,
  { loadBalancer, instances }: Given<"attach-instances">,
): CommandOutline {
  const action = `Cannot attach ${instances.join(", ")} to load balancer "${loadBalancer}"`;
  const { value } = requireBalancer(context, loadBalancer, action);
  const next = addInstances(context, value, instances, action);
  context.draft.put("load-balancer", loadBalancer, next);
  keepInstances(context.draft, next);
  const title = `Attach ${instances.join(", ")} to load balancer ${loadBalancer}`;
  return {
    ...outline(title, "AttachInstancesToLoadBalancer", loadBalancer),
    counterparts: counterpartsOf("Instance", instances),
  };
}

/** Detaches instances: each is drained first. */
function planDetachInstances(
  context: PlanContext,
  { loadBalancer, instances }: Given<"detach-instances">,
): CommandOutline {
  const { draft, warnings } = context;
  const action = `Cannot detach ${instances.join(", ")} from load balancer "${loadBalancer}"`;
  const { value } = requireBalancer(context, loadBalancer, action);
  const leaving = new Set(instances);
  for (const instance of leaving) {
    if (!value.instances.includes(instance))
      throw new PlatformError("resource-not-found", `${action}: "${instance}" is not attached to it`);
    startDrain(context, { resource: loadBalancer, instance, purpose: "detach", maxMs: value.drainMs });
  }
  const left = value.instances.filter((instance) => !leaving.has(instance));
  draft.put("load-balancer", loadBalancer, { ...value, instances: left });
  if (left.length === 0)
    warnings.push(`${loadBalancer} has no instance left: its visitors get 503 Service Unavailable`);
  const title = `Detach ${instances.join(", ")} from load balancer ${loadBalancer}`;
  return {
    ...outline(title, "DetachInstancesFromLoadBalancer", loadBalancer),
    counterparts: counterpartsOf("Instance", instances),
  };
}

/** Attaches a certificate: the first one opens the port of HTTPS. */
function planAttachCertificate(
  { draft, state }: PlanContext,
  { loadBalancer, certificate, isDefault = false }: Given<"attach-certificate">,
): CommandOutline {
  const action = `Cannot attach certificate "${certificate}" to load balancer "${loadBalancer}"`;
  const { value } = requireBalancer({ state }, loadBalancer, action);
  requireIssued(state, certificate, action);
  const others = value.certificates.filter((one) => one !== certificate);
  const isAttached = others.length < value.certificates.length;
  if (isAttached && (!isDefault || value.certificates[0] === certificate))
    throw new PlatformError("state-wrong", `${action}: it is attached already`);
  if (others.length >= maxCertificates)
    throw new PlatformError("input-too-large", `${action}: ${maxCertificates} certificates are the most`);
  const certificates = isDefault ? [certificate, ...others] : [...others, certificate];
  draft.require("certificate", certificate);
  draft.put("load-balancer", loadBalancer, { ...value, certificates });
  const title = `Attach certificate ${certificate} to load balancer ${loadBalancer}`;
  return {
    ...outline(title, "AttachLoadBalancerTlsCertificate", loadBalancer),
    counterparts: counterpartsOf("LoadBalancerTlsCertificate", [certificate]),
  };
}

/** Detaches a certificate. Without any, requests are no longer sent to HTTPS. */
function planDetachCertificate(
  { draft, state, warnings }: PlanContext,
  { loadBalancer, certificate }: Given<"detach-certificate">,
): CommandOutline {
  const action = `Cannot detach certificate "${certificate}" from load balancer "${loadBalancer}"`;
  const { value } = requireBalancer({ state }, loadBalancer, action);
  const certificates = value.certificates.filter((one) => one !== certificate);
  if (certificates.length === value.certificates.length)
    throw new PlatformError("resource-not-found", `${action}: it is not attached to it`);
  const isLast = edgeCertificates(state, loadBalancer, certificates).length === 0;
  if (isLast) warnings.push(`${loadBalancer} answers by HTTP only: it has no certificate left`);
  const redirectsToHttps = value.redirectsToHttps && !isLast;
  draft.put("load-balancer", loadBalancer, { ...value, certificates, redirectsToHttps });
  return outline(
    `Detach certificate ${certificate} from load balancer ${loadBalancer}`,
    "DetachLoadBalancerTlsCertificate",
    loadBalancer,
  );
}

/** Refuses a certificate that serves nobody yet: Lightsail's rule. Throws `resource-not-found`, `state-wrong`. */
export function requireIssued(state: State, name: string, action: string): void {
  const held = state.get("certificate", name);
  if (!held) throw new PlatformError("resource-not-found", `${action}: there is no certificate of that name`);
  if (servedOf(state, name)) return;
  const status = issuanceOf(state, held)?.status ?? "PENDING_VALIDATION";
  throw new PlatformError(
    "state-wrong",
    `${action}: it is ${status}, and only one that is issued can be attached`,
  );
}

/** The load balancer of a name. Throws `resource-not-found`. */
function requireBalancer(
  { state }: Pick<PlanContext, "state">,
  name: string,
  action: string,
): Held<"load-balancer"> {
  const held = state.get("load-balancer", name);
  if (!held)
    throw new PlatformError("resource-not-found", `${action}: there is no load balancer of that name`);
  return held;
}

/** Puts instances behind a load balancer. Lightsail's rule: they must be running. */
function addInstances(
  { draft, state, instanceStates, warnings }: PlanContext,
  fact: LoadBalancerFact,
  names: readonly string[],
  action: string,
): LoadBalancerFact {
  const instances = [...fact.instances];
  for (const name of names) {
    const { id, value } = requireInstance(state, name, action);
    if (instances.includes(name)) {
      const isTwice = !fact.instances.includes(name);
      throw new PlatformError(
        isTwice ? "input-malformed" : "state-wrong",
        `${action}: "${name}" is ${isTwice ? "named twice" : "attached already"}`,
      );
    }
    const reported = instanceStates.get(id);
    const isOurs = value.run.kind !== "address";
    const stands =
      value.desired === "stopped" ? "stopped" : isOurs ? (reported?.state ?? "pending") : "running";
    if (stands === "stopped" || stands === "stopping" || stands === "failed")
      throw new PlatformError(
        "state-wrong",
        `${action}: "${name}" is ${stands}, and only running instances can be attached`,
      );
    if (stands === "pending")
      warnings.push(`${name} does not run yet: it gets requests once its health check succeeds`);
    draft.require("instance", name);
    instances.push(name);
  }
  if (instances.length > maxInstances)
    throw new PlatformError("input-too-large", `${action}: ${maxInstances} instances are the most`);
  return { ...fact, instances };
}

/** A load balancer with some settings others. */
function apply(fact: LoadBalancerFact, settings: LoadBalancerSettings, action: string): LoadBalancerFact {
  const { healthCheck, stickiness, tlsPolicyName, instancePort, ...plain } = settings;
  const port = instancePort ?? fact.instancePort;
  const next: LoadBalancerFact = {
    ...overlay(fact, plain),
    healthCheck: overlay(fact.healthCheck, healthCheck),
    stickiness: overlay(fact.stickiness, stickiness),
    tlsPolicyName: tlsPolicyName === undefined ? fact.tlsPolicyName : readPolicy(tlsPolicyName, action),
    ...(port === undefined ? {} : { instancePort: port }),
  };
  checkHealthCheck(next, action);
  return next;
}

/** A value with what is given of it in place of its own. */
export function overlay<T extends object>(
  own: T,
  given: { readonly [K in keyof T]?: T[K] | undefined } = {},
): T {
  return { ...own, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
}

function readPolicy(name: string, action: string): TlsPolicy {
  const known = tlsPolicies.find((policy) => policy === name) ?? otherSpellings[name];
  if (known) return known;
  throw new PlatformError(
    "input-malformed",
    `${action}: "${name.slice(0, 100)}" is no TLS policy; there are ${tlsPolicies.join(" and ")}`,
  );
}

/** Refuses a health check that could never be asked. Throws `input-malformed`. */
export function checkHealthCheck(
  { healthCheck: { path, intervalMs, timeoutMs, successCodes } }: Pick<LoadBalancerFact, "healthCheck">,
  action: string,
): void {
  const refuse = (reason: string): never => {
    throw new PlatformError("input-malformed", `${action}: ${reason}`);
  };
  // RFC 9112 section 3.2.1: origin-form, and a fragment is never sent.
  if (!/^\/[\x21\x22\x24-\x7e]*$/.test(path))
    refuse(
      `"${path.slice(0, 100)}" is no path for its health check; expected one such as /health, without blanks`,
    );
  if (timeoutMs > intervalMs)
    refuse(
      `a health check that may take ${timeoutMs / 1000} s is not over when the next one begins after ${intervalMs / 1000} s`,
    );
  if (!areCodes(successCodes))
    refuse(
      `"${successCodes.slice(0, 100)}" are no status codes; expected codes and ranges such as 200-299,301`,
    );
}

/** Status codes and ranges of them, parted by commas. */
function areCodes(text: string): boolean {
  return text.split(",").every((part) => {
    const [, first = "", last = first] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(part) ?? [];
    return first !== "" && Number(first) <= Number(last);
  });
}

function refuseRedirect(action: string): never {
  throw new PlatformError(
    "state-wrong",
    `${action}: there is no certificate for HTTPS to redirect to; attach one first`,
  );
}

/** What some settings are called in Lightsail, or here where that has none of them. */
function attributesOf({ healthCheck, stickiness, ...plain }: LoadBalancerSettings): string[] {
  const words: Readonly<Record<string, string>> = {
    path: "HealthCheckPath",
    isEnabled: "SessionStickinessEnabled",
    durationSeconds: "SessionStickiness_LB_CookieDurationSeconds",
    redirectsToHttps: "HttpsRedirectionEnabled",
    tlsPolicyName: "TlsPolicyName",
  };
  return Object.keys({ ...healthCheck, ...stickiness, ...plain }).map((name) => words[name] ?? name);
}

/** Resources that a change of another one is of too. */
function counterpartsOf(
  resourceType: string,
  names: readonly string[],
): NonNullable<CommandOutline["counterparts"]> {
  return names.map((resourceName) => ({ resourceName, resourceType }));
}

function outline(title: string, operationType: string, name: string): CommandOutline {
  return { title, operationType, resourceName: name, resourceType: "LoadBalancer" };
}
