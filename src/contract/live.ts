// Figures of what goes on in this moment: what roles are asked for them, and how the API shows them. None of it is kept: rates are of the
// last second, checks and misses are what the edge still remembers.

import { z } from "zod";
import { targetHealth } from "./edge-objects.ts";
import { cacheMissReason } from "./caching.ts";

const count = z.number().min(0);

// What control asks the edge, and what it answers.

/** A path with its query, or what paths begin with and `*`. */
const previewPath = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^\/[!-~]*$/);

/** Questions to the edge that change nothing of what it counts. */
export const liveQuestions = [
  /** Answered as `resourceCountsAnswer`. */
  z.strictObject({ ask: z.literal("resource-counts") }),
  /** Answered as `checksAnswer`. */
  z.strictObject({ ask: z.literal("checks"), resourceId: z.string() }),
  /** Answered as `cacheAnswer`. */
  z.strictObject({ ask: z.literal("cache"), resourceId: z.string() }),
  /** Answered as `storedAnswer`. */
  z.strictObject({ ask: z.literal("stored"), resourceId: z.string(), paths: z.array(previewPath).max(50) }),
] as const;

/** What control asks the edge of what goes on now. */
export type LiveQuestion = z.infer<(typeof liveQuestions)[number]>;

/** What each resource has served so far: [responses, of them 5xx, hits, misses, octets to visitors]. */
export const resourceCounts = z.strictObject({
  id: z.string(),
  /** Another number is another life: its counts began at zero. */
  life: z.int().min(0),
  counts: z.tuple([count, count, count, count, count]),
});
export type ResourceCounts = z.infer<typeof resourceCounts>;

/** All resources of the edge. */
export const resourceCountsAnswer = z.strictObject({
  /** The process' monotonic clock in milliseconds. */
  at: z.number(),
  resources: z.array(resourceCounts).max(100_000),
});
export type ResourceCountsAnswer = z.infer<typeof resourceCountsAnswer>;

/** Health checks that are remembered of each target. */
export const keptChecks = 60;
/** Most characters of what a target answered. */
export const maxSaidLength = 200;

/** One health check of a target. */
const edgeCheck = z.strictObject({
  /** When its outcome was known, milliseconds since 1970. */
  at: z.number(),
  isOk: z.boolean(),
  /** How long it took, or was waited for. */
  tookMs: count,
  /** What was answered, in words: `200 OK`, `connection refused`. */
  said: z.string().max(maxSaidLength),
});
export type EdgeCheck = z.infer<typeof edgeCheck>;

/** The last checks of each target of a resource, the oldest first; no targets where there is no such resource. */
export const checksAnswer = z.strictObject({
  targets: z
    .array(z.strictObject({ id: z.string(), checks: z.array(edgeCheck).max(keptChecks) }))
    .max(10_000),
});
export type ChecksAnswer = z.infer<typeof checksAnswer>;

/** Kinds of misses that one answer names. */
export const maxTopMisses = 50;
/** Most characters of a path that misses are told of by. */
export const maxMissPath = 256;

/** Requests for one path that the store did not answer, for one reason. */
export const topMiss = z.strictObject({
  /** Path and query as they were asked for; `isCut` where there is more of it. */
  path: z.string().max(maxMissPath),
  isCut: z.boolean(),
  /** RFC 9211 section 2.2's word for why the request went to the origin. */
  reason: cacheMissReason,
  /** Why its answer was not stored, or the request passed on, where that is known: `no-store`, `range`. */
  detail: z.string().max(64).optional(),
  /** So many at least; exact where few kinds of misses came. */
  count,
  isExact: z.boolean(),
});
export type TopMiss = z.infer<typeof topMiss>;

const cacheTotals = {
  requests: count,
  hits: count,
  /** Of the hits: those with a stale response. */
  staleHits: count,
  /** Stale responses that the origin said are good still. */
  validated: count,
  /** Requests that waited for another one under way for the same. */
  collapsed: count,
  misses: z.record(cacheMissReason, count),
  /** Content that visitors had from the store: octets that the origin did not send. */
  savedOctets: count,
  /** Content that came from the origin. */
  originOctets: count,
  /** Requests that the origin did not answer, or with 5xx. */
  originErrors: count,
};

/** What a distribution's cache has done since the edge has it; absent members where there is no such distribution. */
export const cacheAnswer = z.strictObject({
  totals: z.strictObject(cacheTotals).optional(),
  /** Milliseconds since 1970: misses are of no longer ago than this. */
  since: z.number().optional(),
  misses: z.array(topMiss).max(maxTopMisses),
});
export type CacheAnswer = z.infer<typeof cacheAnswer>;

/** Paths that are told of each pattern as examples. */
export const storedExamples = 5;

/** What is stored under one path, or under all that begin alike. */
const storedPath = z.strictObject({
  path: z.string(),
  /** Variants count one by one. */
  responses: count,
  /** Of content. */
  octets: count,
  /** Paths with their queries that it stands for, some of them. */
  examples: z.array(z.string()).max(storedExamples),
  /** True where there are others. */
  more: z.boolean(),
  /** True where so much is stored that not all of it was looked at. */
  isCut: z.boolean(),
});
export type StoredPath = z.infer<typeof storedPath>;

/** What a distribution has stored under each path that was asked for, in their order. */
export const storedAnswer = z.strictObject({ paths: z.array(storedPath).max(50) });
export type StoredAnswer = z.infer<typeof storedAnswer>;

// How the API shows it.

/** How often something happens now, and how often it did since its process began. */
const rate = z.strictObject({ perSecond: count, total: count });
export type LiveRate = z.infer<typeof rate>;

/** What one resource serves, a second. */
export const liveResource = z.strictObject({
  name: z.string(),
  type: z.enum(["Instance", "LoadBalancer", "Distribution", "ContainerService"]),
  requests: rate,
  /** Answers of 500 to 599. */
  errors: rate,
  /** Zeros but for a distribution. */
  cacheHits: rate,
  cacheMisses: rate,
  /** Octets sent to visitors. */
  octets: rate,
});
export type LiveResource = z.infer<typeof liveResource>;

/** Resources that one event tells of: the busiest. */
export const maxLiveResources = 200;
/** Seconds that are kept while somebody listens. */
export const keptLiveSeconds = 60;

/** What went on in one second. What a role that is away would know is absent, and unknown. */
export const liveFigures = z
  .strictObject({
    at: z.string(),
    /** Another text: the picture of routes may be another one. */
    picture: z.string(),
    /** Roles that are away, or did not answer. */
    away: z.array(z.enum(["names", "resolver", "edge"])),
    /** Queries to the name servers, by the group of listeners that they came to. */
    queries: z
      .array(
        z.strictObject({
          /** `root`, `tlds`, or the id of a name-server set. */
          group: z.string(),
          queries: rate,
          /** Those answered SERVFAIL. */
          errors: rate,
        }),
      )
      .optional(),
    /** Queries of clients to the resolver. */
    resolver: z.strictObject({ queries: rate, cacheHits: rate, errors: rate }).optional(),
    edge: z
      .strictObject({
        requests: rate,
        /** Answers of 500 to 599. */
        errors: rate,
        cacheHits: rate,
        cacheMisses: rate,
        octets: rate,
        /** Connections of visitors now. */
        connections: count,
      })
      .optional(),
    /** Those that served something in that second, the busiest first; absent while the edge is away. */
    resources: z.array(liveResource).max(maxLiveResources).optional(),
  })
  .meta({ id: "LiveFigures" });
export type LiveFigures = z.infer<typeof liveFigures>;

/** What a listener is told first: the last seconds, the oldest first; none where nobody listened before. */
export const liveHistory = z.strictObject({ figures: z.array(liveFigures).max(keptLiveSeconds) });
export type LiveHistory = z.infer<typeof liveHistory>;

/** The last checks of one target. */
export const targetChecks = z.strictObject({
  /** Id of the instance, or of the node of a container service. */
  id: z.string(),
  /** The instance's name, or what people call the node. */
  name: z.string(),
  health: targetHealth,
  /** The oldest first. */
  checks: z.array(z.strictObject({ at: z.string(), isOk: z.boolean(), tookMs: count, said: z.string() })),
});
export type TargetChecks = z.infer<typeof targetChecks>;

/** The last health checks of the targets of a load balancer or container service. */
export const checkHistory = z
  .strictObject({
    resourceName: z.string(),
    resourceType: z.enum(["LoadBalancer", "ContainerService"]),
    intervalMs: z.number(),
    targets: z.array(targetChecks),
  })
  .meta({ id: "CheckHistory" });
export type CheckHistory = z.infer<typeof checkHistory>;

/** How the cache of a distribution does. */
export const cacheFigures = z
  .strictObject({
    resourceName: z.string(),
    /** The last minutes. */
    recent: z.strictObject({
      seconds: z.number(),
      hits: count,
      misses: count,
      /** Of all requests the part that the store answered, 0 to 1; absent where none came. */
      hitRatio: z.number().min(0).max(1).optional(),
      savedOctets: count,
      originOctets: count,
    }),
    /** Since the edge has it; absent before its first request. */
    totals: z.strictObject({ ...cacheTotals, hitRatio: z.number().min(0).max(1).optional() }).optional(),
    /** The misses that come most often, of the time since `missesSince`. */
    topMisses: z.array(topMiss),
    missesSince: z.string().optional(),
  })
  .meta({ id: "CacheFigures" });
export type CacheFigures = z.infer<typeof cacheFigures>;

/** What is asked for before a purge. */
export const storedPreviewBody = z.strictObject({ paths: z.array(previewPath).min(1).max(50) });
/** What a distribution has stored under paths: what a purge of them would have it forget. */
export const storedPreview = storedAnswer.meta({ id: "StoredPreview" });
export type StoredPreview = z.infer<typeof storedPreview>;
