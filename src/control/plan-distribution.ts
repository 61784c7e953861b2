// Commands of distributions: create, update, delete, what their caches forget, and the certificate that gives them names of their own.

import { PlatformError, type Command, type DistributionSettings, type OriginSettings } from "#contract";
import type { DistributionFact, PurgeFact } from "./distribution-facts.ts";
import { findOtherOwner } from "./distribution-names.ts";
import { requireOrigin } from "./distribution-origin.ts";
import { checkDistribution, checkPurgePaths } from "./distribution-rules.ts";
import { takeAddress } from "./plan-instance.ts";
import { requireIssued } from "./plan-load-balancer.ts";
import type { CommandOutline, PlanContext, Plans } from "./plan-context.ts";
import { requireFreeName } from "./resource-names.ts";
import { requireUnused, resourceKinds } from "./resources.ts";
import type { Held } from "./state.ts";
import { warnOfDistribution } from "./warn-distribution.ts";

/** How each command of this area is planned. */
export const distributionPlans: Plans<
  | "create-distribution"
  | "update-distribution"
  | "delete-distribution"
  | "reset-distribution-cache"
  | "purge-distribution"
  | "attach-distribution-certificate"
  | "detach-distribution-certificate"
> = {
  "create-distribution": planCreateDistribution,
  "update-distribution": planUpdateDistribution,
  "delete-distribution": (context, { name }) => planDeleteDistribution(context, name),
  "reset-distribution-cache": (context, { name }) => planResetCache(context, name),
  "purge-distribution": planPurge,
  "attach-distribution-certificate": planAttachDistributionCertificate,
  "detach-distribution-certificate": planDetachDistributionCertificate,
};

type Given<A extends Command["action"]> = Extract<Command, { action: A }>;

/**
 * Purge orders that are kept, and the paths in them: an edge that was away for more empties the cache instead. Each purge writes them all
 * anew, so they are few.
 */
const keptOrders = 25;
const keptPaths = 1000;

/** What stands for all that is stored. */
const everything = "/*";

/** Creates a distribution with a public address, over its origin. */
function planCreateDistribution(
  context: PlanContext,
  { name, origin, settings = {} }: Given<"create-distribution">,
): CommandOutline {
  const action = `Cannot create distribution "${name}"`;
  requireFreeName(context.state, name, action);
  if (settings.origin?.name !== undefined && settings.origin.name !== origin)
    throw new PlatformError(
      "input-malformed",
      `${action}: its origin is "${origin}", and "${settings.origin.name}" in its settings`,
    );
  const bare: DistributionFact = {
    name,
    publicAddress: takeAddress(context, "public", name),
    origin: { name: origin },
    isEnabled: true,
    defaultCacheBehavior: "cache",
    cacheBehaviors: [],
    customErrorResponses: [],
    redirectsToHttps: true,
    bundleId: "small_1_0",
    ipAddressType: "dualstack",
    createdAt: context.now,
  };
  put(context, apply(bare, settings), undefined, action);
  return outline(`Create distribution ${name} over ${origin}`, "CreateDistribution", name);
}

/** Changes settings of a distribution. */
function planUpdateDistribution(
  context: PlanContext,
  { name, settings }: Given<"update-distribution">,
): CommandOutline {
  const action = `Cannot update distribution "${name}"`;
  const { value } = requireDistribution(context, name, action);
  const next = apply(value, settings);
  if (JSON.stringify(next) === JSON.stringify(value))
    throw new PlatformError("input-malformed", `${action}: nothing of it would be another than it is`);
  put(context, next, value, action);
  return outline(`Update distribution ${name}`, "UpdateDistribution", name);
}

/** Deletes a distribution that no name leads to. Its origin goes on. */
function planDeleteDistribution(context: PlanContext, name: string): CommandOutline {
  const { draft, state } = context;
  const action = `Cannot delete distribution "${name}"`;
  const { value } = requireDistribution(context, name, action);
  requireUnused(state, name, action);
  draft.remove("distribution", name);
  draft.remove("purge", name);
  draft.remove("address", value.publicAddress);
  return outline(`Delete distribution ${name}`, "DeleteDistribution", name);
}

/** Has a distribution forget all that it stored. */
function planResetCache(context: PlanContext, name: string): CommandOutline {
  requireDistribution(context, name, `Cannot reset the cache of distribution "${name}"`);
  order(context, name, [everything]);
  return {
    ...outline(`Reset the cache of distribution ${name}`, "ResetDistributionCache", name),
    furtherLines: [forgets(name, "all that it stored")],
  };
}

/** Has a distribution forget what it stored under some paths. */
function planPurge(context: PlanContext, { name, paths }: Given<"purge-distribution">): CommandOutline {
  const action = `Cannot purge distribution "${name}"`;
  const { value } = requireDistribution(context, name, action);
  checkPurgePaths(paths, action);
  const distinct = [...new Set(paths)];
  order(context, name, [...new Set(distinct.map((path) => storedPathOf(value, path)))]);
  const few = distinct.slice(0, 5).join(", ");
  const more = distinct.length > 5 ? `, and ${distinct.length - 5} more` : "";
  return {
    ...outline(`Purge ${few}${more} from distribution ${name}`, "PurgeDistribution", name),
    furtherLines: [forgets(name, `what it stored under ${few}${more}`)],
  };
}

/** The path that the edge stores a visitor's path under: that of the root object for `/`, and of the query what the origin is shown. */
export function storedPathOf(
  { defaultRootObject, cacheBehaviorSettings }: DistributionFact,
  path: string,
): string {
  if (path.endsWith("*")) return path;
  const at = path.indexOf("?");
  const bare = at < 0 ? path : path.slice(0, at);
  const stored = bare === "/" && defaultRootObject ? `/${defaultRootObject}` : bare;
  if (at < 0) return stored;
  const { option, names = [] } = cacheBehaviorSettings?.forwardedQueryStrings ?? { option: "none" };
  const pairs = path.slice(at + 1).split("&");
  const shown = pairs.filter((pair) => names.includes(pair.split("=", 1)[0] ?? ""));
  if (option === "all") return `${stored}?${pairs.join("&")}`;
  return option === "allow-list" && shown.length > 0 ? `${stored}?${shown.join("&")}` : stored;
}

function forgets(
  name: string,
  what: string,
): { effect: "update"; resourceType: string; resourceName: string; text: string } {
  return {
    effect: "update",
    resourceType: "Distribution",
    resourceName: name,
    text: `Distribution ${name} forgets ${what}, and asks its origin again`,
  };
}

/** Puts one more purge order. */
function order({ draft, state, now, warnings }: PlanContext, name: string, paths: readonly string[]): void {
  draft.require("distribution", name);
  const before = state.value("purge", name);
  const number = (before?.orders.at(-1)?.number ?? 0) + 1;
  const isAll = paths.includes(everything);
  // What was to be forgotten before is forgotten with all else.
  const orders = isAll ? [] : [...(before?.orders ?? [])];
  orders.push({ number, paths: isAll ? [everything] : paths });
  const resetAt = isAll ? now : before?.resetAt;
  draft.put("purge", name, { orders: newest(orders), ...(resetAt === undefined ? {} : { resetAt }) });
  if (!state.value("distribution", name)?.isEnabled)
    warnings.push(`${name} is disabled: nothing is asked for until it is enabled`);
}

/** The last orders, the newest one whatever it holds. */
function newest(orders: PurgeFact["orders"]): PurgeFact["orders"] {
  const kept = orders.slice(-keptOrders);
  let paths = kept.reduce((sum, one) => sum + one.paths.length, 0);
  while (kept.length > 1 && paths > keptPaths) paths -= kept.shift()?.paths.length ?? 0;
  return kept;
}

/** Attaches a certificate, in place of the one before. */
function planAttachDistributionCertificate(
  context: PlanContext,
  { distribution, certificate }: Given<"attach-distribution-certificate">,
): CommandOutline {
  const action = `Cannot attach certificate "${certificate}" to distribution "${distribution}"`;
  const { value } = requireDistribution(context, distribution, action);
  if (value.certificateName === certificate)
    throw new PlatformError("state-wrong", `${action}: it is attached already`);
  put(context, { ...value, certificateName: certificate }, value, action);
  return outline(
    `Attach certificate ${certificate} to distribution ${distribution}`,
    "AttachCertificateToDistribution",
    distribution,
  );
}

/** Takes the certificate of a distribution away. */
function planDetachDistributionCertificate(
  context: PlanContext,
  { distribution }: Given<"detach-distribution-certificate">,
): CommandOutline {
  const action = `Cannot detach the certificate of distribution "${distribution}"`;
  const { value } = requireDistribution(context, distribution, action);
  const { certificateName, ...bare } = value;
  if (certificateName === undefined) throw new PlatformError("state-wrong", `${action}: it has none`);
  put(context, bare, value, action);
  return outline(
    `Detach certificate ${certificateName} from distribution ${distribution}`,
    "DetachCertificateFromDistribution",
    distribution,
  );
}

/** Puts a distribution that its rules allow, with what it depends on and what is to be said of it. */
function put(
  context: PlanContext,
  next: DistributionFact,
  before: DistributionFact | undefined,
  action: string,
): void {
  const { draft, state, warnings } = context;
  checkDistribution(next, action);
  const origin = requireOrigin(context, next, action);
  draft.require(resourceKinds[origin.type], origin.name);
  const { certificateName } = next;
  if (certificateName !== undefined && certificateName !== before?.certificateName) {
    requireIssued(state, certificateName, action);
    requireOwnNames(context, next, certificateName, action);
    draft.require("certificate", certificateName);
  }
  draft.put("distribution", next.name, next);
  warnings.push(...warnOfDistribution(context, next, before, origin));
}

/** Refuses a certificate with a name that another distribution has: Lightsail's rule. Throws `resource-in-use`. */
function requireOwnNames(
  { state }: PlanContext,
  { name }: DistributionFact,
  certificate: string,
  action: string,
): void {
  const other = findOtherOwner(state, name, certificate);
  if (other) throw new PlatformError("resource-in-use", `${action}: ${other.text}`);
}

/** The distribution of a name. Throws `resource-not-found`. */
function requireDistribution(
  { state }: Pick<PlanContext, "state">,
  name: string,
  action: string,
): Held<"distribution"> {
  const held = state.get("distribution", name);
  if (!held)
    throw new PlatformError("resource-not-found", `${action}: there is no distribution of that name`);
  return held;
}

/** A distribution with some settings others. Members that come to nothing are left out, so that equal ones look equal. */
function apply(fact: DistributionFact, settings: DistributionSettings): DistributionFact {
  const { origin, cacheBehaviorSettings, ...plain } = settings;
  const cache =
    cacheBehaviorSettings === null ? {} : overlay(fact.cacheBehaviorSettings ?? {}, cacheBehaviorSettings);
  const { cacheBehaviorSettings: _, ...rest } = overlay(fact, plain);
  return {
    ...rest,
    origin: overlay<OriginSettings>(fact.origin, origin),
    ...(Object.keys(cache).length > 0 ? { cacheBehaviorSettings: cache } : {}),
  };
}

/** A value with what is given of it in place of its own; null takes a member away. */
function overlay<T extends object>(
  own: T,
  given: { readonly [K in keyof T]?: T[K] | null | undefined } = {},
): T {
  const next = new Map<string, unknown>(Object.entries(own));
  for (const [name, value] of Object.entries(given)) {
    if (value === null) next.delete(name);
    else if (value !== undefined) next.set(name, value);
  }
  // Members without which it is none cannot be null by the schemas.
  return Object.fromEntries(next) as T;
}

function outline(title: string, operationType: string, name: string): CommandOutline {
  return { title, operationType, resourceName: name, resourceType: "Distribution" };
}
