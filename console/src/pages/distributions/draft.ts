// A distribution's settings as its form holds them, and what of them is to be changed: a member that the form left as it was is in no
// command, so that what somebody else changed meanwhile stays.

import type { CacheBehaviorSettings, Distribution, DistributionSettings } from "#contract";

/** Which methods are passed on, or kept. */
export type MethodSet = "get" | "options" | "all";
/** What of headers, cookies or queries the origin is shown. */
export interface ForwardedDraft {
  readonly option: "none" | "allow-list" | "all";
  /** Separated by blanks or commas. */
  readonly names: string;
}
/** An error's page in the form. */
export interface ErrorDraft {
  readonly errorCode: string;
  readonly responseCode: string;
  readonly page: string;
  readonly ttl: string;
}
/** A path's behaviour in the form. */
export interface BehaviorDraft {
  readonly path: string;
  readonly behavior: "cache" | "dont-cache";
}

/** The form. Numbers are texts as they are typed; an empty one stands for the default. */
export interface SettingsDraft {
  readonly origin: string;
  readonly protocol: "http-only" | "https-only";
  readonly responseTimeout: string;
  readonly defaultBehavior: "cache" | "dont-cache";
  readonly behaviors: readonly BehaviorDraft[];
  readonly defaultTtl: string;
  readonly minimumTtl: string;
  readonly maximumTtl: string;
  readonly allowed: MethodSet;
  readonly cached: "get" | "options";
  readonly headers: ForwardedDraft;
  readonly cookies: ForwardedDraft;
  readonly queries: ForwardedDraft;
  readonly rootObject: string;
  readonly errors: readonly ErrorDraft[];
  readonly tls: string;
  readonly redirects: boolean;
}

const methodSets: Readonly<Record<MethodSet, readonly string[]>> = {
  get: ["GET", "HEAD"],
  options: ["GET", "HEAD", "OPTIONS"],
  all: ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
};

/** The form of a distribution as it is. */
export function draftOf(distribution: Distribution): SettingsDraft {
  const { origin, cacheBehaviorSettings: set = {} } = distribution;
  return {
    origin: origin.name,
    protocol: origin.protocolPolicy ?? "http-only",
    responseTimeout: textOf(origin.responseTimeout),
    defaultBehavior: distribution.defaultCacheBehavior,
    behaviors: distribution.cacheBehaviors,
    defaultTtl: textOf(set.defaultTtl),
    minimumTtl: textOf(set.minimumTtl),
    maximumTtl: textOf(set.maximumTtl),
    allowed: methodSetOf(set.allowedMethods, "all"),
    cached: methodSetOf(set.cachedMethods, "get") === "options" ? "options" : "get",
    headers: forwardedOf(set.forwardedHeaders),
    cookies: forwardedOf(set.forwardedCookies),
    queries: forwardedOf(set.forwardedQueryStrings),
    rootObject: distribution.defaultRootObject ?? "",
    errors: distribution.customErrorResponses.map((error) => ({
      errorCode: String(error.errorCode),
      responseCode: textOf(error.responseCode),
      page: error.responsePagePath ?? "",
      ttl: textOf(error.errorCachingMinTtl),
    })),
    tls: distribution.viewerMinimumTlsProtocolVersion ?? "",
    redirects: distribution.redirectsToHttps,
  };
}

const textOf = (value: number | undefined): string => (value === undefined ? "" : String(value));

function methodSetOf(methods: readonly string[] | undefined, usual: MethodSet): MethodSet {
  if (!methods) return usual;
  return methods.length <= 2 ? "get" : methods.length === 3 ? "options" : "all";
}

function forwardedOf(forwarded: CacheBehaviorSettings["forwardedHeaders"]): ForwardedDraft {
  const option = forwarded?.option ?? "none";
  return { option: option === "default" ? "none" : option, names: forwarded?.names?.join(" ") ?? "" };
}

/** What is wrong with a form, by its member; what control would say too is left to it. */
export function problemsOf(draft: SettingsDraft): Partial<Record<keyof SettingsDraft, string>> {
  const problems: Partial<Record<keyof SettingsDraft, string>> = {};
  for (const member of ["defaultTtl", "minimumTtl", "maximumTtl", "responseTimeout"] as const)
    if (!/^\d{0,10}$/.test(draft[member].trim())) problems[member] = "A whole number of seconds";
  if (draft.behaviors.some(({ path }) => path.trim() === "")) problems.behaviors = "A path is missing";
  for (const member of ["headers", "cookies", "queries"] as const)
    if (draft[member].option === "allow-list" && namesOf(draft[member]).length === 0)
      problems[member] = "Name at least one";
  if (draft.errors.some(({ errorCode }) => !/^[45]\d\d$/.test(errorCode.trim())))
    problems.errors = "An error has a status from 400 to 599";
  return problems;
}

/** What a command has to say so that a distribution becomes what the form holds; undefined where that is what it is. */
export function changesOf(before: SettingsDraft, after: SettingsDraft): DistributionSettings | undefined {
  const differs = (...members: (keyof SettingsDraft)[]): boolean =>
    members.some((member) => JSON.stringify(before[member]) !== JSON.stringify(after[member]));
  const origin = {
    ...(differs("origin") ? { name: after.origin } : {}),
    ...(differs("protocol")
      ? { protocolPolicy: after.protocol === "http-only" ? null : after.protocol }
      : {}),
    ...(differs("responseTimeout") ? { responseTimeout: numberOf(after.responseTimeout) } : {}),
  };
  const caching = {
    ...(differs("defaultTtl") ? { defaultTtl: numberOf(after.defaultTtl) } : {}),
    ...(differs("minimumTtl") ? { minimumTtl: numberOf(after.minimumTtl) } : {}),
    ...(differs("maximumTtl") ? { maximumTtl: numberOf(after.maximumTtl) } : {}),
    ...(differs("allowed")
      ? { allowedMethods: after.allowed === "all" ? null : [...methodSets[after.allowed]] }
      : {}),
    ...(differs("cached")
      ? { cachedMethods: after.cached === "get" ? null : [...methodSets[after.cached]] }
      : {}),
    ...(differs("headers") ? { forwardedHeaders: toForwarded(after.headers) } : {}),
    ...(differs("cookies") ? { forwardedCookies: toForwarded(after.cookies) } : {}),
    ...(differs("queries") ? { forwardedQueryStrings: toForwarded(after.queries) } : {}),
  };
  const settings: DistributionSettings = {
    ...(Object.keys(origin).length > 0 ? { origin } : {}),
    ...(differs("defaultBehavior") ? { defaultCacheBehavior: after.defaultBehavior } : {}),
    ...(differs("behaviors")
      ? { cacheBehaviors: after.behaviors.map(({ path, behavior }) => ({ path: path.trim(), behavior })) }
      : {}),
    ...(Object.keys(caching).length > 0 ? { cacheBehaviorSettings: caching } : {}),
    ...(differs("rootObject") ? { defaultRootObject: after.rootObject.trim() || null } : {}),
    ...(differs("errors") ? { customErrorResponses: after.errors.map(toError) } : {}),
    ...(differs("tls") ? { viewerMinimumTlsProtocolVersion: (after.tls || null) as TlsVersion } : {}),
    ...(differs("redirects") ? { redirectsToHttps: after.redirects } : {}),
  };
  return Object.keys(settings).length > 0 ? settings : undefined;
}

type TlsVersion = NonNullable<DistributionSettings["viewerMinimumTlsProtocolVersion"]> | null;

const numberOf = (text: string): number | null => (text.trim() === "" ? null : Number(text));

function namesOf({ names }: ForwardedDraft): string[] {
  return names.split(/[\s,]+/).filter((name) => name !== "");
}

function toForwarded(draft: ForwardedDraft): NonNullable<CacheBehaviorSettings["forwardedHeaders"]> | null {
  if (draft.option === "none") return null;
  return draft.option === "all" ? { option: "all" } : { option: "allow-list", names: namesOf(draft) };
}

function toError(error: ErrorDraft): NonNullable<DistributionSettings["customErrorResponses"]>[number] {
  const [responseCode, ttl] = [numberOf(error.responseCode), numberOf(error.ttl)];
  return {
    errorCode: Number(error.errorCode),
    ...(responseCode === null ? {} : { responseCode }),
    ...(error.page.trim() === "" ? {} : { responsePagePath: error.page.trim() }),
    ...(ttl === null ? {} : { errorCachingMinTtl: ttl }),
  };
}
