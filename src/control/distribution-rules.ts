// What a distribution may be: Lightsail's rules, each refused with the reason and an example of what is expected. Only what was set is
// looked at; defaults hold by themselves.

import { PlatformError, maxCacheBehaviors, type CacheBehaviorSettings } from "#contract";
import type { DistributionFact } from "./distribution-facts.ts";

/** TTLs where nobody set them, in seconds: Lightsail's. */
export const defaultTtls = { default: 86_400, minimum: 0, maximum: 31_536_000 } as const;

/** The three sets of methods that a distribution passes on, the default last. */
export const allowedMethodSets: readonly (readonly string[])[] = [
  ["GET", "HEAD"],
  ["GET", "HEAD", "OPTIONS"],
  ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
];
/** The two sets of methods whose responses are kept, the default first. */
export const cachedMethodSets: readonly (readonly string[])[] = allowedMethodSets.slice(0, 2);

/** Headers that can be forwarded: Lightsail's list. Those of CloudFront are taken as visitors send them; the edge makes none. */
const forwardableHeaders = [
  "Accept",
  "Accept-Charset",
  "Accept-Datetime",
  "Accept-Encoding",
  "Accept-Language",
  "Authorization",
  "CloudFront-Forwarded-Proto",
  "CloudFront-Is-Desktop-Viewer",
  "CloudFront-Is-Mobile-Viewer",
  "CloudFront-Is-SmartTV-Viewer",
  "CloudFront-Is-Tablet-Viewer",
  "CloudFront-Viewer-Country",
  "Host",
  "Origin",
  "Referer",
] as const;

/** Errors that can have a page. */
const errorCodes: ReadonlySet<number> = new Set([400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504]);

/** Longest name of a cookie or a query string that the edge takes. */
const maxNameLength = 128;

/** Refuses settings that no distribution can have. Throws `input-malformed`, `input-too-large`. */
export function checkDistribution(fact: DistributionFact, action: string): void {
  const refuse: Refuse = (reason) => {
    throw new PlatformError("input-malformed", `${action}: ${reason}`);
  };
  if (fact.cacheBehaviors.length > maxCacheBehaviors)
    throw new PlatformError(
      "input-too-large",
      `${action}: ${fact.cacheBehaviors.length} paths have a behaviour of their own, and ${maxCacheBehaviors} are the most`,
    );
  checkBehaviors(fact, refuse);
  checkSettings(fact.cacheBehaviorSettings ?? {}, refuse);
  checkRootObject(fact.defaultRootObject, refuse);
  checkErrorResponses(fact, refuse);
}

type Refuse = (reason: string) => never;

function checkBehaviors({ cacheBehaviors }: DistributionFact, refuse: Refuse): void {
  const seen = new Set<string>();
  for (const { path } of cacheBehaviors) {
    if (!/^[!-~]+$/.test(path) || /[?#]/.test(path))
      refuse(
        `"${path.slice(0, 100)}" is no path of a behaviour; expected one such as /api/*, without blanks and query`,
      );
    const whole = absolutePattern(path);
    if (whole === "/*" || whole === "*")
      refuse(`"${path}" stands for every path; set the default behaviour instead`);
    if (seen.has(whole)) refuse(`path "${path}" has a behaviour twice`);
    seen.add(whole);
  }
}

/** A pattern of paths with its first slash. */
export function absolutePattern(path: string): string {
  return /^[/*]/.test(path) ? path : `/${path}`;
}

function checkSettings(settings: CacheBehaviorSettings, refuse: Refuse): void {
  const { allowedMethods, cachedMethods, forwardedHeaders, forwardedCookies, forwardedQueryStrings } =
    settings;
  checkTtls(settings, refuse);
  if (allowedMethods && !isOneOf(allowedMethodSets, allowedMethods))
    refuse(`${listed(allowedMethods)} are no methods to allow; expected ${choices(allowedMethodSets)}`);
  if (cachedMethods && !isOneOf(cachedMethodSets, cachedMethods))
    refuse(`${listed(cachedMethods)} are no methods to cache; expected ${choices(cachedMethodSets)}`);
  const left = cachedMethods?.filter((method) => allowedMethods && !allowedMethods.includes(method)) ?? [];
  if (left.length > 0) refuse(`${left.join(", ")} is to be cached and is not allowed; allow it too`);
  checkNames("headers", forwardedHeaders, refuse);
  const known: ReadonlySet<string> = new Set(forwardableHeaders.map((name) => name.toLowerCase()));
  const unknown = forwardedHeaders?.names?.find((name) => !known.has(name.toLowerCase()));
  if (unknown !== undefined)
    refuse(
      `header "${unknown.slice(0, 100)}" cannot be forwarded; expected one of ${forwardableHeaders.join(", ")}, or the option all`,
    );
  checkNames("cookies", forwardedCookies, refuse);
  if (forwardedQueryStrings?.option === "default")
    refuse('"default" is no option of query strings; expected none, allow-list or all');
  if (forwardedCookies?.option === "default")
    refuse('"default" is no option of cookies; expected none, allow-list or all');
  checkNames("query strings", forwardedQueryStrings, refuse);
}

function checkTtls({ forwardedHeaders, ...given }: CacheBehaviorSettings, refuse: Refuse): void {
  const { defaultTtl, minimumTtl, maximumTtl } = given;
  const minimum = minimumTtl ?? defaultTtls.minimum;
  const maximum = maximumTtl ?? defaultTtls.maximum;
  if (minimum > maximum) refuse(`the minimum TTL of ${minimum} s is above the maximum of ${maximum} s`);
  if (defaultTtl !== undefined && (defaultTtl < minimum || defaultTtl > maximum))
    refuse(
      `the default TTL of ${defaultTtl} s is not between the minimum of ${minimum} s and the maximum of ${maximum} s`,
    );
  if (forwardedHeaders?.option === "all" && minimum > 0)
    refuse(`the minimum TTL is ${minimum} s, and must be 0 where all headers are forwarded`);
}

function checkNames(
  what: string,
  forwarded: CacheBehaviorSettings["forwardedCookies"],
  refuse: Refuse,
): void {
  const { option, names = [] } = forwarded ?? { option: "none" };
  if (option === "allow-list" && names.length === 0)
    refuse(`no ${what} are named to forward; name one, or choose none`);
  const bad = names.find((name) => name.length > maxNameLength || /[^!-~]/.test(name));
  if (bad !== undefined)
    refuse(
      `"${bad.slice(0, 100)}" is no name of ${what}; expected at most ${maxNameLength} visible characters`,
    );
}

function checkRootObject(root: string | undefined, refuse: Refuse): void {
  if (root === undefined || (/^[!-"$->@-~][!-"$->@-~]*$/.test(root) && !root.startsWith("/"))) return;
  refuse(
    `"${root.slice(0, 100)}" is no default root object; expected a file such as index.html, without a slash before it`,
  );
}

function checkErrorResponses({ customErrorResponses }: DistributionFact, refuse: Refuse): void {
  const seen = new Set<number>();
  for (const { errorCode, responseCode, responsePagePath } of customErrorResponses) {
    if (!errorCodes.has(errorCode))
      refuse(`${errorCode} is no error that can have a page; expected one of ${[...errorCodes].join(", ")}`);
    if (seen.has(errorCode)) refuse(`error ${errorCode} is there twice`);
    seen.add(errorCode);
    if (responsePagePath !== undefined && !/^\/[!-~]*$/.test(responsePagePath))
      refuse(
        `"${responsePagePath.slice(0, 100)}" is no page for error ${errorCode}; expected a path such as /404.html`,
      );
    if (responseCode !== undefined && responsePagePath === undefined)
      refuse(
        `error ${errorCode} is to be answered with ${responseCode} and has no page; expected a page such as /404.html`,
      );
  }
}

/**
 * Refuses paths that no purge can have. Throws `input-malformed`.
 * @param paths  as a request line has them, or with `*` at the end
 */
export function checkPurgePaths(paths: readonly string[], action: string): void {
  for (const path of paths) {
    const reason = !path.startsWith("/")
      ? "it does not begin with a slash"
      : /[^!-~]/.test(path) || path.includes("#")
        ? "it holds what no request line has"
        : path.slice(0, -1).includes("*")
          ? "* stands at its end only"
          : undefined;
    if (reason !== undefined)
      throw new PlatformError(
        "input-malformed",
        `${action}: "${path.slice(0, 100)}" is no path to purge: ${reason}; expected one such as /style.css, or /img/* for all below it`,
      );
  }
}

function isOneOf(sets: readonly (readonly string[])[], given: readonly string[]): boolean {
  return sets.some((set) => set.length === given.length && set.every((method) => given.includes(method)));
}

function choices(sets: readonly (readonly string[])[]): string {
  return sets.map(listed).join(" or ");
}

function listed(methods: readonly string[]): string {
  return methods.map((method) => method.slice(0, 32)).join(",");
}
