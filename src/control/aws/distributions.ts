// Lightsail's distributions. What nobody set of how they cache is left out of answers, as Terraform's provider needs it, and `default`
// comes back as it was sent.

import {
  PlatformError,
  type CacheBehaviorSettings,
  type Command,
  type Distribution,
  type DistributionSettings,
  type LightsailShapes,
} from "#contract";
import type { Held } from "../state.ts";
import { viewDistribution } from "../view-distribution.ts";
import { globalLocation, invalidInput, pageOf, resourceOf, secondsOf, unknownResource } from "./answers.ts";
import { AwsError } from "./aws-error.ts";
import { idleOperation, runCommand, runCommands } from "./operations.ts";
import type { AwsCall } from "./service.ts";
import { shownTags, taggingOf } from "./tags.ts";

type Shapes = LightsailShapes;
type Behaviors = NonNullable<DistributionSettings["cacheBehaviors"]>;
type NewSettings = NonNullable<DistributionSettings["cacheBehaviorSettings"]>;

/** CreateDistribution. */
export async function createDistribution(
  request: Shapes["CreateDistributionRequest"],
  call: AwsCall,
): Promise<Shapes["CreateDistributionResult"]> {
  const { distributionName: name, origin, bundleId, subdomainName, tags } = request;
  if (origin.name === undefined) throw invalidInput('of "origin.name", it is required');
  if (subdomainName !== undefined) throw unsupported("subdomains of amazonlightsail.com are not given out");
  const settings: DistributionSettings = {
    ...settingsOf(request),
    bundleId: readBundle(bundleId),
    ...(request.ipAddressType === undefined ? {} : { ipAddressType: readFamily(request.ipAddressType) }),
  };
  const create: Command = { action: "create-distribution", name, origin: origin.name, settings };
  const [made] = await runCommands(call, [create, ...taggingOf("Distribution", name, tags)], true);
  return { distribution: show(call, requireDistribution(call, name)), operation: made?.operation };
}

/** UpdateDistribution: what is absent stays; the cache's settings are replaced as a whole. */
export async function updateDistribution(
  request: Shapes["UpdateDistributionRequest"],
  call: AwsCall,
): Promise<Shapes["UpdateDistributionResult"]> {
  const { distributionName: name, isEnabled, useDefaultCertificate } = request;
  requireDistribution(call, name);
  const settings: DistributionSettings = {
    ...settingsOf(request),
    ...(isEnabled === undefined ? {} : { isEnabled }),
    ...(useDefaultCertificate === true ? { certificateName: null } : {}),
  };
  return update(call, name, settings, "UpdateDistribution");
}

/** DeleteDistribution. */
export async function deleteDistribution(
  { distributionName }: Shapes["DeleteDistributionRequest"],
  call: AwsCall,
): Promise<Shapes["DeleteDistributionResult"]> {
  const name = requireName(distributionName);
  requireDistribution(call, name);
  const { operation } = await runCommand(call, { action: "delete-distribution", name }, true);
  return { operation };
}

/** GetDistributions. One that is not there is refused as the service does it: as input, and not as something missing. */
export function getDistributions(
  { distributionName, pageToken }: Shapes["GetDistributionsRequest"],
  call: AwsCall,
): Shapes["GetDistributionsResult"] {
  const { state } = call.core.views;
  if (distributionName !== undefined) {
    const held = state.get("distribution", distributionName);
    if (!held) {
      throw new AwsError("InvalidInputException", "Requested resource not found", { code: "DoesNotExist" });
    }
    return { distributions: [show(call, held)] };
  }
  const all = [...state.all("distribution").values()].sort((a, b) => (a.value.name < b.value.name ? -1 : 1));
  const { page, next } = pageOf(all, ({ value }) => value.name, pageToken);
  return { distributions: page.map((held) => show(call, held)), ...next };
}

/** GetDistributionBundles: sizes are names here. */
export function getDistributionBundles(): Shapes["GetDistributionBundlesResult"] {
  return {
    bundles: bundles.map(([bundleId, name, transferPerMonthInGb]) => ({
      bundleId,
      name,
      price: 0,
      transferPerMonthInGb,
      isActive: true,
    })),
  };
}

const bundles = [
  ["small_1_0", "Small", 50],
  ["medium_1_0", "Medium", 200],
  ["large_1_0", "Large", 500],
] as const;

/** UpdateDistributionBundle. */
export function updateDistributionBundle(
  { distributionName, bundleId = "" }: Shapes["UpdateDistributionBundleRequest"],
  call: AwsCall,
): Promise<Shapes["UpdateDistributionBundleResult"]> {
  const name = requireName(distributionName);
  requireDistribution(call, name);
  return update(call, name, { bundleId: readBundle(bundleId) }, "UpdateDistributionBundle");
}

/** ResetDistributionCache. */
export async function resetDistributionCache(
  { distributionName }: Shapes["ResetDistributionCacheRequest"],
  call: AwsCall,
): Promise<Shapes["ResetDistributionCacheResult"]> {
  const name = requireName(distributionName);
  requireDistribution(call, name);
  const { operation } = await runCommand(call, { action: "reset-distribution-cache", name }, true);
  return { ...latestReset(call, name), operation };
}

/** GetDistributionLatestCacheReset: nothing where it was never reset. */
export function getDistributionLatestCacheReset(
  { distributionName }: Shapes["GetDistributionLatestCacheResetRequest"],
  call: AwsCall,
): Shapes["GetDistributionLatestCacheResetResult"] {
  return latestReset(call, requireName(distributionName));
}

/** AttachCertificateToDistribution. */
export async function attachCertificateToDistribution(
  { distributionName, certificateName }: Shapes["AttachCertificateToDistributionRequest"],
  call: AwsCall,
): Promise<Shapes["AttachCertificateToDistributionResult"]> {
  const { value } = requireDistribution(call, distributionName);
  if (value.certificateName === certificateName)
    return idle(call, "AttachCertificateToDistribution", distributionName);
  const command: Command = {
    action: "attach-distribution-certificate",
    distribution: distributionName,
    certificate: certificateName,
  };
  const { operation } = await runCommand(call, command, true);
  return { operation };
}

/** DetachCertificateFromDistribution. */
export async function detachCertificateFromDistribution(
  { distributionName }: Shapes["DetachCertificateFromDistributionRequest"],
  call: AwsCall,
): Promise<Shapes["DetachCertificateFromDistributionResult"]> {
  requireDistribution(call, distributionName);
  const command: Command = { action: "detach-distribution-certificate", distribution: distributionName };
  const { operation } = await runCommand(call, command, true);
  return { operation };
}

async function update(
  call: AwsCall,
  name: string,
  settings: DistributionSettings,
  operationType: string,
): Promise<{ readonly operation: Shapes["Operation"] }> {
  try {
    const { operation } = await runCommand(call, { action: "update-distribution", name, settings }, true);
    return { operation };
  } catch (error) {
    // What is as it is asked to be is no failure for clients that set everything each time.
    const isSame = error instanceof PlatformError && /nothing of it would be another/.test(error.message);
    if (isSame) return idle(call, operationType, name);
    throw error;
  }
}

function idle(
  call: AwsCall,
  operationType: string,
  resourceName: string,
): { readonly operation: Shapes["Operation"] } {
  const of = { operationType, resourceName, resourceType: "Distribution" };
  return { operation: idleOperation(call, of, true).operation };
}

/** What a request sets, in the platform's words. */
function settingsOf(
  request: Shapes["CreateDistributionRequest"] | Shapes["UpdateDistributionRequest"],
): DistributionSettings {
  const { origin, defaultCacheBehavior, cacheBehaviors, cacheBehaviorSettings, customErrorResponses } =
    request;
  const { certificateName, viewerMinimumTlsProtocolVersion, defaultRootObject } = request;
  if (request.enableWaf === true || (request.wafRules ?? []).length > 0)
    throw unsupported("there are no firewall rules for requests");
  if (request.enablePrivateOriginAccess === true)
    throw unsupported("origins are reached inside the platform, and not by private access");
  if (origin?.ipAddressType === "ipv6")
    throw unsupported("origins are reached at their private IPv4 addresses");
  const { behavior } = defaultCacheBehavior ?? {};
  return {
    ...(origin ? { origin: originOf(origin) } : {}),
    ...(behavior === undefined ? {} : { defaultCacheBehavior: behavior }),
    ...(cacheBehaviors ? { cacheBehaviors: behaviorsOf(cacheBehaviors) } : {}),
    ...(cacheBehaviorSettings ? { cacheBehaviorSettings: cacheOf(cacheBehaviorSettings) } : {}),
    ...(customErrorResponses ? { customErrorResponses: errorsOf(customErrorResponses) } : {}),
    ...(certificateName === undefined ? {} : { certificateName }),
    ...(viewerMinimumTlsProtocolVersion === undefined ? {} : { viewerMinimumTlsProtocolVersion }),
    ...(defaultRootObject === undefined
      ? {}
      : { defaultRootObject: defaultRootObject === "" ? null : defaultRootObject }),
  };
}

function originOf({
  name,
  protocolPolicy,
  responseTimeout,
}: Shapes["InputOrigin"]): NonNullable<DistributionSettings["origin"]> {
  return {
    ...(name === undefined ? {} : { name }),
    ...(protocolPolicy === undefined ? {} : { protocolPolicy }),
    ...(responseTimeout === undefined ? {} : { responseTimeout }),
  };
}

function behaviorsOf(sent: Shapes["CacheBehaviorList"]): Behaviors {
  return sent.map(({ path, behavior }) => {
    if (path === undefined || behavior === undefined)
      throw invalidInput('of "cacheBehaviors", a path and a behavior are required');
    return { path, behavior };
  });
}

/** All settings of a cache: those that are absent are to be the defaults again. */
function cacheOf(sent: Shapes["CacheSettings"]): NewSettings {
  const { forwardedCookies, forwardedHeaders, forwardedQueryStrings } = sent;
  return {
    defaultTtl: sent.defaultTTL ?? null,
    minimumTtl: sent.minimumTTL ?? null,
    maximumTtl: sent.maximumTTL ?? null,
    allowedMethods: methodsOf(sent.allowedHTTPMethods),
    cachedMethods: methodsOf(sent.cachedHTTPMethods),
    forwardedCookies: forwardedOf(forwardedCookies?.option, forwardedCookies?.cookiesAllowList),
    forwardedHeaders: forwardedOf(forwardedHeaders?.option, forwardedHeaders?.headersAllowList),
    forwardedQueryStrings: forwardedQueryStrings ? queryStringsOf(forwardedQueryStrings) : null,
  };
}

function methodsOf(text: string | undefined): string[] | null {
  return text === undefined ? null : text.split(",").map((method) => method.trim());
}

function forwardedOf(
  option: Shapes["ForwardValues"] | undefined,
  names: readonly string[] | undefined,
): NewSettings["forwardedCookies"] {
  if (option === undefined) return null;
  return { option, ...(names && names.length > 0 ? { names: [...names] } : {}) };
}

/** Of query strings the option is a truth: all of them, else those that are named. */
function queryStringsOf({
  option = false,
  queryStringsAllowList: names = [],
}: Shapes["QueryStringObject"]): NewSettings["forwardedQueryStrings"] {
  const named = names.length > 0 ? { names: [...names] } : {};
  return { option: option ? "all" : names.length > 0 ? "allow-list" : "none", ...named };
}

function errorsOf(
  sent: NonNullable<Shapes["CreateDistributionRequest"]["customErrorResponses"]>,
): NonNullable<DistributionSettings["customErrorResponses"]> {
  return sent.map(({ errorCode, responseCode, responsePagePath, errorCachingMinTTL }) => {
    if (errorCode === undefined) throw invalidInput('of "customErrorResponses", an errorCode is required');
    if (responseCode !== undefined && !/^\d{3}$/.test(responseCode))
      throw invalidInput('of "responseCode", expected a status such as 200');
    return {
      errorCode,
      ...(responseCode === undefined ? {} : { responseCode: Number(responseCode) }),
      ...(responsePagePath === undefined ? {} : { responsePagePath }),
      ...(errorCachingMinTTL === undefined ? {} : { errorCachingMinTtl: errorCachingMinTTL }),
    };
  });
}

function readBundle(id: string): NonNullable<DistributionSettings["bundleId"]> {
  const found = bundles.find(([bundleId]) => bundleId === id);
  if (found) return found[0];
  throw invalidInput(
    `there is no bundle "${id.slice(0, 100)}" of distributions; expected ${bundles.map(([own]) => own).join(", ")}`,
  );
}

function readFamily(family: Shapes["IpAddressType"]): "dualstack" | "ipv4" {
  if (family === "ipv6") throw invalidInput("a distribution has addresses of IPv4 at least");
  return family;
}

function requireName(name: string | undefined): string {
  if (name === undefined) throw invalidInput('of "distributionName", it is required');
  return name;
}

function requireDistribution({ core }: AwsCall, name: string): Held<"distribution"> {
  const held = core.views.state.get("distribution", name);
  if (!held) throw unknownResource("Distribution", name);
  return held;
}

function latestReset(call: AwsCall, name: string): Shapes["GetDistributionLatestCacheResetResult"] {
  const { latestCacheReset: reset } = viewDistribution(call.core.views, requireDistribution(call, name));
  return reset ? { status: reset.status, createTime: secondsOf(reset.createdAt) } : {};
}

function unsupported(reason: string): AwsError {
  return new AwsError("InvalidInputException", `Input error: ${reason}`, { code: "UnsupportedOperation" });
}

function show(call: AwsCall, held: Held<"distribution">): Shapes["LightsailDistribution"] {
  const view: Distribution = viewDistribution(call.core.views, held);
  const { origin, cacheBehaviorSettings, customErrorResponses } = view;
  return {
    name: view.name,
    ...resourceOf(view, "Distribution", globalLocation),
    alternativeDomainNames: view.alternativeDomainNames,
    status: view.status,
    isEnabled: view.isEnabled,
    domainName: view.dnsName,
    bundleId: view.bundleId,
    certificateName: view.certificateName,
    origin: {
      name: origin.name,
      resourceType: origin.resourceType,
      regionName: call.region,
      // What nobody asked for is not told: Terraform's provider would plan to take it away.
      ...(origin.protocolPolicy === undefined ? {} : { protocolPolicy: origin.protocolPolicy }),
      responseTimeout: origin.responseTimeout ?? 30,
    },
    originPublicDNS: origin.dnsName,
    defaultCacheBehavior: { behavior: view.defaultCacheBehavior },
    ...(cacheBehaviorSettings ? { cacheBehaviorSettings: shownSettings(cacheBehaviorSettings) } : {}),
    cacheBehaviors: view.cacheBehaviors,
    ableToUpdateBundle: true,
    ipAddressType: view.ipAddressType,
    tags: shownTags(call, "Distribution", view.name),
    ...(view.viewerMinimumTlsProtocolVersion === undefined
      ? {}
      : { viewerMinimumTlsProtocolVersion: view.viewerMinimumTlsProtocolVersion }),
    ...(view.defaultRootObject === undefined ? {} : { defaultRootObject: view.defaultRootObject }),
    ...(customErrorResponses.length === 0
      ? {}
      : {
          customErrorResponses: customErrorResponses.map(
            ({ errorCode, responseCode, responsePagePath, errorCachingMinTtl }) => ({
              errorCode,
              ...(responseCode === undefined ? {} : { responseCode: String(responseCode) }),
              ...(responsePagePath === undefined ? {} : { responsePagePath }),
              ...(errorCachingMinTtl === undefined ? {} : { errorCachingMinTTL: errorCachingMinTtl }),
            }),
          ),
        }),
  };
}

/** What was set of how a distribution caches, in Lightsail's words. */
function shownSettings(settings: CacheBehaviorSettings): Shapes["CacheSettings"] {
  const { defaultTtl, minimumTtl, maximumTtl, allowedMethods, cachedMethods } = settings;
  const { forwardedCookies, forwardedHeaders, forwardedQueryStrings } = settings;
  return {
    ...(defaultTtl === undefined ? {} : { defaultTTL: defaultTtl }),
    ...(minimumTtl === undefined ? {} : { minimumTTL: minimumTtl }),
    ...(maximumTtl === undefined ? {} : { maximumTTL: maximumTtl }),
    ...(allowedMethods ? { allowedHTTPMethods: allowedMethods.join(",") } : {}),
    ...(cachedMethods ? { cachedHTTPMethods: cachedMethods.join(",") } : {}),
    ...(forwardedCookies
      ? {
          forwardedCookies: {
            option: forwardedCookies.option,
            cookiesAllowList: forwardedCookies.names ?? [],
          },
        }
      : {}),
    ...(forwardedHeaders
      ? {
          forwardedHeaders: {
            option: forwardedHeaders.option,
            headersAllowList: (forwardedHeaders.names ?? []) as Shapes["HeaderForwardList"],
          },
        }
      : {}),
    ...(forwardedQueryStrings
      ? {
          forwardedQueryStrings: {
            option: forwardedQueryStrings.option === "all",
            queryStringsAllowList: forwardedQueryStrings.names ?? [],
          },
        }
      : {}),
  };
}
