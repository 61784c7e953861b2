// Distributions: the commands that say what a shared cache in front of another resource keeps, and how the API shows it. What can be set
// has Lightsail's words and is kept as it was set: what nobody set is absent, and stands for the default beside it. What the edge is given
// stands in caching.ts.

import { z } from "zod";
import { cacheBehavior } from "./caching.ts";
import { familyAddress, identity } from "./resource.ts";

const resourceName = z.string().min(1).max(255);

/** Most paths of one purge. */
export const maxPurgePaths = 1000;
/** Most paths with a behaviour of their own: what a distribution of CloudFront can have. */
export const maxCacheBehaviors = 25;
/** Most names in one list of headers, cookies or query strings. */
const maxForwardedNames = 64;
/** Highest time in seconds: 100 years, which is for ever. */
const ttl = z.int().min(0).max(3_153_600_000);

/** The behaviour of the paths that match a pattern. */
const cacheBehaviorPerPath = z.strictObject({
  /** `*` stands for any characters; upper and lower case differ; the first slash can be left out. */
  path: z.string().min(1).max(255),
  behavior: cacheBehavior,
});

/** Which headers or cookies the origin sees and stored responses are told apart by. `default` is another word for `none`. */
const forwarded = z.strictObject({
  option: z.enum(["none", "default", "allow-list", "all"]),
  /** Read where the option is `allow-list`. */
  names: z.array(z.string().min(1).max(255)).max(maxForwardedNames).optional(),
});

const methods = z.array(z.string().min(1).max(32)).min(1).max(10);

/** What can be set of how responses are kept; all of it holds for what is cached only. */
export const cacheBehaviorSettings = z
  .strictObject({
    /** For how long a response is fresh whose origin does not say it, in seconds; 86400 where absent. */
    defaultTtl: ttl.optional(),
    /** Bounds of what an origin says; 0 and 31536000 where absent. */
    minimumTtl: ttl.optional(),
    maximumTtl: ttl.optional(),
    /** Methods that are passed on to the origin: GET and HEAD; those and OPTIONS; or all, where absent. */
    allowedMethods: methods.optional(),
    /** Methods whose responses are kept: GET and HEAD, where absent, or those and OPTIONS. */
    cachedMethods: methods.optional(),
    /** None where absent. Cookies' names may hold `*` and `?`. */
    forwardedHeaders: forwarded.optional(),
    forwardedCookies: forwarded.optional(),
    forwardedQueryStrings: forwarded.optional(),
  })
  .meta({ id: "CacheBehaviorSettings" });
export type CacheBehaviorSettings = z.infer<typeof cacheBehaviorSettings>;

/** What visitors get in place of an error. */
const customErrorResponse = z.strictObject({
  /** 400, 403, 404, 405, 414, 416, 500, 501, 502, 503 or 504. */
  errorCode: z.int().min(400).max(599),
  /** The status that visitors get; the error's own where absent. Wants a page. */
  responseCode: z.int().min(200).max(599).optional(),
  /** The page, a path of the same distribution. */
  responsePagePath: z.string().min(1).max(1024).optional(),
  /** For how long the error is kept at least, in seconds; 10 where absent. */
  errorCachingMinTtl: ttl.optional(),
});
export type CustomErrorResponse = z.infer<typeof customErrorResponse>;

/** Where what is not in the cache comes from. */
const originSettings = z.strictObject({
  /** An instance, a load balancer or a container service. */
  name: resourceName,
  /** `http-only` where absent. */
  protocolPolicy: z.enum(["http-only", "https-only"]).optional(),
  /** Seconds within which the origin must answer: 1 to 60, 30 where absent. */
  responseTimeout: z.int().min(1).max(60).optional(),
});
export type OriginSettings = z.infer<typeof originSettings>;

/** Lightsail's minimums; none of them is below TLS 1.2 here. */
const viewerMinimumTlsProtocolVersion = z.enum([
  "TLSv1.1_2016",
  "TLSv1.2_2018",
  "TLSv1.2_2019",
  "TLSv1.2_2021",
]);
export type ViewerMinimumTlsProtocolVersion = z.infer<typeof viewerMinimumTlsProtocolVersion>;

/** Lightsail's sizes, which are labels here: nothing is billed. */
const distributionBundleId = z.enum(["small_1_0", "medium_1_0", "large_1_0"]);
export type DistributionBundleId = z.infer<typeof distributionBundleId>;

const nullableForwarded = forwarded.nullable().optional();
const nullableTtl = ttl.nullable().optional();
const nullableMethods = methods.nullable().optional();

/** What can be set of a distribution. What is absent stays as it is; null takes away what was set, and the default holds again. */
export const distributionSettings = z
  .strictObject({
    /** Member by member. */
    origin: z
      .strictObject({
        name: resourceName.optional(),
        protocolPolicy: originSettings.shape.protocolPolicy.unwrap().nullable().optional(),
        responseTimeout: originSettings.shape.responseTimeout.unwrap().nullable().optional(),
      })
      .optional(),
    isEnabled: z.boolean().optional(),
    defaultCacheBehavior: cacheBehavior.optional(),
    /** The whole list. */
    cacheBehaviors: z.array(cacheBehaviorPerPath).max(1000).optional(),
    /** Member by member; null for all of them. */
    cacheBehaviorSettings: z
      .strictObject({
        defaultTtl: nullableTtl,
        minimumTtl: nullableTtl,
        maximumTtl: nullableTtl,
        allowedMethods: nullableMethods,
        cachedMethods: nullableMethods,
        forwardedHeaders: nullableForwarded,
        forwardedCookies: nullableForwarded,
        forwardedQueryStrings: nullableForwarded,
      })
      .nullable()
      .optional(),
    /** The file that is given for `/`, such as index.html. */
    defaultRootObject: z.string().max(255).nullable().optional(),
    /** The whole list. */
    customErrorResponses: z.array(customErrorResponse).max(100).optional(),
    /** A certificate that is issued: its names become the distribution's own. */
    certificateName: resourceName.nullable().optional(),
    viewerMinimumTlsProtocolVersion: viewerMinimumTlsProtocolVersion.nullable().optional(),
    /** Whether HTTP is sent to HTTPS, once there is a certificate; true where absent. */
    redirectsToHttps: z.boolean().optional(),
    bundleId: distributionBundleId.optional(),
    /** `dualstack` where absent. */
    ipAddressType: z.enum(["dualstack", "ipv4"]).optional(),
  })
  .meta({ id: "DistributionSettings" });
export type DistributionSettings = z.infer<typeof distributionSettings>;

const purgePaths = z.array(z.string().min(1).max(1024)).min(1).max(maxPurgePaths);

/** The commands. */
export const distributionCommands = [
  z.strictObject({
    action: z.literal("create-distribution"),
    name: resourceName,
    /** Name of the origin; `settings` may say more of it. */
    origin: resourceName,
    settings: distributionSettings.optional(),
  }),
  z.strictObject({
    action: z.literal("update-distribution"),
    name: resourceName,
    settings: distributionSettings,
  }),
  z.strictObject({ action: z.literal("delete-distribution"), name: resourceName }),
  /** Forgets all that is stored. */
  z.strictObject({ action: z.literal("reset-distribution-cache"), name: resourceName }),
  /** Forgets what is stored under paths, each with its query where it has one, `/a.css?v=2`, or all that begins so: `/img/*`. */
  z.strictObject({ action: z.literal("purge-distribution"), name: resourceName, paths: purgePaths }),
  /** In place of the one that is attached. */
  z.strictObject({
    action: z.literal("attach-distribution-certificate"),
    distribution: resourceName,
    certificate: resourceName,
  }),
  z.strictObject({ action: z.literal("detach-distribution-certificate"), distribution: resourceName }),
] as const;

/** Creates a distribution over an origin. */
export const createDistributionBody = z.strictObject({
  name: resourceName,
  origin: resourceName,
  settings: distributionSettings.optional(),
});
/** Names what a cache is to forget. */
export const purgeBody = z.strictObject({ paths: purgePaths });
/** Names the certificate that a distribution gets. */
export const distributionCertificateBody = z.strictObject({ certificate: resourceName });

/** A shared cache in front of another resource. */
export const distribution = z
  .strictObject({
    ...identity,
    name: z.string(),
    /** `Deployed` once the edge serves it as it is here. */
    status: z.enum(["InProgress", "Deployed"]),
    isEnabled: z.boolean(),
    /** Its name in the platform's own zone. */
    dnsName: z.string(),
    publicAddresses: z.array(familyAddress),
    /** The ports a visitor sees. */
    publicPorts: z.array(z.number()),
    /** Names of its certificate. */
    alternativeDomainNames: z.array(z.string()),
    /** The certificate that is attached to it. */
    certificateName: z.string().optional(),
    /** Names of all certificates that it serves, those of the names that lead to it among them. */
    servedCertificates: z.array(z.string()),
    origin: originSettings.extend({
      resourceType: z.enum(["Instance", "LoadBalancer", "ContainerService"]),
      /** Its name in the platform's own zone. */
      dnsName: z.string(),
    }),
    defaultCacheBehavior: cacheBehavior,
    cacheBehaviors: z.array(cacheBehaviorPerPath),
    /** What was set; absent where nothing was. */
    cacheBehaviorSettings: cacheBehaviorSettings.optional(),
    defaultRootObject: z.string().optional(),
    customErrorResponses: z.array(customErrorResponse),
    viewerMinimumTlsProtocolVersion: viewerMinimumTlsProtocolVersion.optional(),
    redirectsToHttps: z.boolean(),
    bundleId: distributionBundleId,
    ipAddressType: z.enum(["dualstack", "ipv4"]),
    /** Absent where its cache was never reset. `Done` once the edge has forgotten. */
    latestCacheReset: z
      .strictObject({ status: z.enum(["InProgress", "Done"]), createdAt: z.string() })
      .optional(),
    /** Names assigned to it. */
    names: z.array(z.string()),
  })
  .meta({ id: "Distribution" });
export type Distribution = z.infer<typeof distribution>;

/** All distributions, by name. */
export const distributionList = z.strictObject({ distributions: z.array(distribution) });
