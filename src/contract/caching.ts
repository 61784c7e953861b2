// What makes a resource a distribution: how its edge keeps responses and answers with them (RFC 9111), what of a request reaches its
// origin, and which stored responses are to be used no more. Lightsail's settings with its words; the defaults are who makes them's.

import { z } from "zod";

/** Whether responses are kept. */
export const cacheBehavior = z.enum(["cache", "dont-cache"]);
export type CacheBehavior = z.infer<typeof cacheBehavior>;

/** Which of a request's headers, cookies or query strings are forwarded, and so are part of the key. */
const forwarding = z.enum(["none", "allow-list", "all"]);

const token = z
  .string()
  .max(64)
  .regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/);

/** A longest life of a response that can be asked for: 100 years. */
const seconds = z.int().min(0).max(3_153_600_000);

/** A path, or a pattern of one with `*`: visible ASCII, with or without `/` in front. */
const pathPattern = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^[!-~]+$/);

/** The settings of a distribution's cache. */
export const caching = z.strictObject({
  /** False: every request is refused. */
  isEnabled: z.boolean(),
  /** For paths that no pattern fits. */
  defaultBehavior: cacheBehavior,
  /** Patterns of paths: `*` stands for any octets, case matters, `/` in front may be left out. The first that fits counts. */
  behaviors: z.array(z.strictObject({ path: pathPattern, behavior: cacheBehavior })).max(100),
  /**
   * Seconds. `default` is the life of a response that says nothing of it: 0 keeps it only where it can be validated. The other two bound
   * what a response says; a response that must not be kept is not.
   */
  ttl: z.strictObject({ default: seconds, minimum: seconds, maximum: seconds }),
  /** Methods that are passed on; others are 403. `*` among them: all. */
  allowedMethods: z.array(token).max(32),
  /** Methods whose responses may be kept: GET and HEAD always are; OPTIONS is passed on all the same, as RFC 9110 section 9.3.7 has it. */
  cachedMethods: z.array(token).max(32),
  /**
   * `all`: but for cookies, which have their own setting, nothing is left out or replaced, and Vary alone decides which stored response
   * fits (RFC 9111 section 4.1).
   */
  forwardedHeaders: z.strictObject({ option: forwarding, names: z.array(token).max(64) }),
  /** Names may have `*` and `?`. */
  forwardedCookies: z.strictObject({
    option: forwarding,
    names: z.array(z.string().min(1).max(128)).max(64),
  }),
  forwardedQueryStrings: z.strictObject({
    option: forwarding,
    names: z.array(z.string().min(1).max(128)).max(64),
  }),
  /** What `/` stands for, without `/` in front: `index.html`. */
  defaultRootObject: z
    .string()
    .max(255)
    .regex(/^[!-~]*$/)
    .optional(),
  /** What is answered in place of an error of the origin. */
  errorPages: z
    .array(
      z.strictObject({
        errorCode: z.int().min(400).max(599),
        /** Absent: the error's own. */
        responseCode: z.int().min(200).max(599).optional(),
        /** Where the page lies at the origin, with `/` in front; absent: the error's own content. */
        pagePath: z
          .string()
          .max(1024)
          .regex(/^\/[!-~]*$/)
          .optional(),
        /** For how long the error is answered without asking the origin again, in seconds. Absent: 10. */
        minTtl: seconds.optional(),
      }),
    )
    .max(32),
});
export type Caching = z.infer<typeof caching>;

/** Where a distribution's misses go. */
export const distributionOrigin = z.strictObject({
  /** The resource, whose own policy chooses the target. */
  resourceId: z.string(),
  /** What Host says where the visitor's is not forwarded: the origin's name. Absent: the visitor's own. */
  host: z.string().max(255).optional(),
  /** How long the origin may take to answer. Absent: 30 s. */
  responseTimeoutMs: z.int().min(1000).max(60_000).optional(),
});
export type DistributionOrigin = z.infer<typeof distributionOrigin>;

/** Why a request was not answered from the store: RFC 9211 section 2.2's words, and one for what was not cached at all. */
export const cacheMissReason = z.enum([
  "uri-miss",
  "vary-miss",
  "stale",
  "request",
  "method",
  "bypass",
  "partial",
  "miss",
]);
export type CacheMissReason = z.infer<typeof cacheMissReason>;

/** Orders that a purge object holds at most: the newest ones. */
export const maxPurgeOrders = 100;

/** `purge/DISTRIBUTION_ID`: which stored responses are to be used no more. The acknowledged revision proves that it is done. */
export const purgeObject = z.strictObject({
  kind: z.literal("purge"),
  distributionId: z.string(),
  /** With rising numbers, one more each. Where the edge has missed some before the first, it empties the distribution's cache. */
  orders: z
    .array(
      z.strictObject({
        number: z.int().min(1),
        /** Paths with their query, or, with `*` at their end, what they begin with: `/*` is everything. Case matters. */
        paths: z.array(pathPattern).min(1).max(3000),
      }),
    )
    .max(maxPurgeOrders),
});
export type PurgeObject = z.infer<typeof purgeObject>;
