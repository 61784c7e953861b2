// The options that say what a distribution caches, read from the command line. `default` takes away what was set, and `none` empties a
// list, so that everything that can be set can be set back.

import type { CacheBehavior, DistributionSettings } from "#contract";
import { PlatformError } from "#contract/plain";
import type { Arguments, Values } from "./command.ts";
import { readSeconds, readWholeNumber } from "./read-values.ts";

/** The options. */
export const distributionArguments: Arguments = {
  behavior: {
    type: "string",
    valueHint: "BEHAVIOUR",
    description: "of paths that have none of their own: cache (default) or dont-cache",
  },
  paths: {
    type: "string",
    valueHint: "PATH=BEHAVIOUR,...",
    description: "paths with another behaviour, such as /api/*=dont-cache; none: no path has one",
  },
  "default-ttl": {
    type: "string",
    valueHint: "TIME",
    description: "that a response is fresh whose origin does not say for how long (1d)",
  },
  "min-ttl": { type: "string", valueHint: "TIME", description: "whatever the origin says, at least (0)" },
  "max-ttl": { type: "string", valueHint: "TIME", description: "whatever the origin says, at most (365d)" },
  methods: {
    type: "string",
    valueHint: "METHOD,...",
    description: "that are passed on: GET,HEAD or GET,HEAD,OPTIONS (all)",
  },
  "cached-methods": {
    type: "string",
    valueHint: "METHOD,...",
    description: "whose responses are kept: GET,HEAD,OPTIONS (GET,HEAD)",
  },
  headers: {
    type: "string",
    valueHint: "NAME,...",
    description: "that the origin sees and responses are told apart by: names, all or none (none)",
  },
  cookies: { type: "string", valueHint: "NAME,...", description: "the same of cookies; * and ? in a name" },
  queries: { type: "string", valueHint: "NAME,...", description: "the same of query strings" },
  index: { type: "string", valueHint: "FILE", description: "what / stands for, such as index.html; none" },
  errors: {
    type: "string",
    valueHint: "CODE=PAGE,...",
    description: "pages in place of errors: 404=/404.html, 503=/busy.html:200 to say 200 with it; none",
  },
  protocol: {
    type: "string",
    valueHint: "PROTOCOL",
    description: "that the origin is asked by: http-only (default) or https-only",
  },
  timeout: { type: "string", valueHint: "SECONDS", description: "that the origin may take to answer (30)" },
  certificate: {
    type: "string",
    valueHint: "NAME",
    description: "an issued certificate, whose names it gets; none takes it away",
  },
  "tls-version": {
    type: "string",
    valueHint: "NAME",
    description: "that visitors have at least: TLSv1.2_2018, TLSv1.2_2019, TLSv1.2_2021; default",
  },
  redirect: {
    type: "boolean",
    description: "send HTTP to HTTPS once there is a certificate (default); --no-redirect ends that",
  },
  addresses: { type: "string", valueHint: "TYPE", description: "dualstack (default) or ipv4" },
  bundle: { type: "string", valueHint: "ID", description: "small_1_0 (default), medium_1_0 or large_1_0" },
};

/** Reads the settings that were given. Throws `usage`. */
export function readDistributionSettings(values: Values): DistributionSettings {
  const given = <T>(option: string, read: (option: string, text: string) => T): T | undefined => {
    const text = values[option];
    return typeof text === "string" ? read(`--${option}`, text) : undefined;
  };
  const redirect = values["redirect"];
  return defined({
    origin: defined({
      protocolPolicy: given("protocol", orDefault(oneOf(["http-only", "https-only"]))),
      responseTimeout: given(
        "timeout",
        orDefault((option, text) => readWholeNumber(option, text, 1, 60)),
      ),
    }),
    defaultCacheBehavior: given("behavior", readBehavior),
    cacheBehaviors: given("paths", readBehaviors),
    cacheBehaviorSettings: defined({
      defaultTtl: given("default-ttl", orDefault(readSeconds)),
      minimumTtl: given("min-ttl", orDefault(readSeconds)),
      maximumTtl: given("max-ttl", orDefault(readSeconds)),
      allowedMethods: given("methods", orDefault(readMethods)),
      cachedMethods: given("cached-methods", orDefault(readMethods)),
      forwardedHeaders: given("headers", orDefault(readForwarded)),
      forwardedCookies: given("cookies", orDefault(readForwarded)),
      forwardedQueryStrings: given("queries", orDefault(readForwarded)),
    }),
    defaultRootObject: given("index", (_, text) => (text === "none" ? null : text)),
    customErrorResponses: given("errors", readErrors),
    certificateName: given("certificate", (_, text) => (text === "none" ? null : text)),
    viewerMinimumTlsProtocolVersion: given(
      "tls-version",
      orDefault(oneOf(["TLSv1.1_2016", "TLSv1.2_2018", "TLSv1.2_2019", "TLSv1.2_2021"])),
    ),
    redirectsToHttps: typeof redirect === "boolean" ? redirect : undefined,
    ipAddressType: given("addresses", oneOf(["dualstack", "ipv4"])),
    bundleId: given("bundle", oneOf(["small_1_0", "medium_1_0", "large_1_0"])),
  });
}

type Read<T> = (option: string, text: string) => T;

function orDefault<T>(read: Read<T>): Read<T | null> {
  return (option, text) => (text === "default" ? null : read(option, text));
}

function oneOf<const T extends string>(choices: readonly T[]): Read<T> {
  return (option, text) => {
    const found = choices.find((choice) => choice === text);
    if (found !== undefined) return found;
    throw new PlatformError("usage", `Cannot read ${option} "${text}": expected ${choices.join(" or ")}`);
  };
}

const readBehavior: Read<CacheBehavior> = oneOf(["cache", "dont-cache"]);

function readBehaviors(option: string, text: string): { path: string; behavior: CacheBehavior }[] {
  return parts(text).map((part) => {
    const at = part.lastIndexOf("=");
    if (at <= 0)
      throw new PlatformError(
        "usage",
        `Cannot read ${option} "${part}": expected a path and its behaviour, such as /api/*=dont-cache`,
      );
    return { path: part.slice(0, at), behavior: readBehavior(option, part.slice(at + 1)) };
  });
}

function readMethods(_: string, text: string): string[] {
  return parts(text).map((method) => method.toUpperCase());
}

function readForwarded(
  _: string,
  text: string,
): { option: "none" | "all" } | { option: "allow-list"; names: string[] } {
  return text === "none" || text === "all" ? { option: text } : { option: "allow-list", names: parts(text) };
}

function readErrors(option: string, text: string): NonNullable<DistributionSettings["customErrorResponses"]> {
  return parts(text).map((part) => {
    const [, code = "", page, status, ttl] = /^(\d{3})=(\/[^:]*)?(?::(\d{3})?)?(?::(\w+))?$/.exec(part) ?? [];
    if (code === "")
      throw new PlatformError(
        "usage",
        `Cannot read ${option} "${part}": expected an error and its page, such as 404=/404.html, with the status that is said in its place, 404=/404.html:200, and for how long it is kept, 404=/404.html:200:30s`,
      );
    return {
      errorCode: Number(code),
      ...(page === undefined ? {} : { responsePagePath: page }),
      ...(status === undefined ? {} : { responseCode: Number(status) }),
      ...(ttl === undefined ? {} : { errorCachingMinTtl: readSeconds(option, ttl) }),
    };
  });
}

/** What commas part; nothing of `none`. */
function parts(text: string): string[] {
  return text === "none" ? [] : text.split(",").filter((part) => part !== "");
}

/** An object without members that are undefined, and without objects that are empty then. */
function defined<T extends object>(value: T): T {
  const members = Object.entries(value).filter(([, member]) => {
    const isEmpty =
      typeof member === "object" &&
      member !== null &&
      !Array.isArray(member) &&
      Object.keys(member as object).length === 0;
    return member !== undefined && !isEmpty;
  });
  return Object.fromEntries(members) as T;
}
