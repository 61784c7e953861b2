// How the cache of a distribution does: what the metrics have of the last minutes, and what the edge tells of its own totals and of the
// misses that come most often.

import { cacheAnswer, PlatformError, storedAnswer, type CacheFigures, type StoredPreview } from "#contract";
import { checkPurgePaths } from "./distribution-rules.ts";
import type { Clock } from "./ports.ts";
import type { Metrics } from "./metrics/metrics.ts";
import { storedPathOf } from "./plan-distribution.ts";
import type { RoleHub } from "./role-hub.ts";
import type { State } from "./state.ts";
import { isoTime } from "./views.ts";

/** How long the edge may take to tell, in milliseconds. */
const answerMs = 2000;
/** What "recent" is, in minutes: the one that is under way is one of them. */
const recentMinutes = 5;

/** What figures are made from. */
export interface FigurePorts {
  readonly state: State;
  readonly hub: RoleHub;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** How a distribution's cache does. Throws `resource-not-found`, `role-unreachable` where the edge is away. */
export async function readCache(
  { state, hub, metrics, clock }: FigurePorts,
  name: string,
): Promise<CacheFigures> {
  const held = state.get("distribution", name);
  if (!held)
    throw new PlatformError("resource-not-found", `Cannot find distribution "${name}": there is none`);
  const said = cacheAnswer.parse(await hub.ask("edge", { ask: "cache", resourceId: held.id }, answerMs));
  await metrics.refresh();
  const now = clock.wall();
  const start = (Math.floor(now / 60_000) - (recentMinutes - 1)) * 60_000;
  const sum = async (metric: string): Promise<{ sum: number; count: number }> => {
    const { points } = await metrics.data({
      resource: name,
      metric,
      period: recentMinutes * 60,
      start,
      end: now + 1,
      statistics: ["Sum", "SampleCount"],
    });
    const [point] = points;
    return { sum: point?.sum ?? 0, count: point?.sampleCount ?? 0 };
  };
  const [rate, saved, origin] = await Promise.all(
    ["CacheHitRate", "BytesFromCache", "BytesFromOrigin"].map(sum),
  );
  // A sample of 100 for each hit, of 0 for each miss.
  const hits = Math.round((rate?.sum ?? 0) / 100);
  const requests = rate?.count ?? 0;
  const { totals } = said;
  return {
    resourceName: name,
    recent: {
      seconds: Math.round((now - start) / 1000),
      hits,
      misses: requests - hits,
      ...ratio(hits, requests),
      savedOctets: saved?.sum ?? 0,
      originOctets: origin?.sum ?? 0,
    },
    ...(totals && totals.requests > 0
      ? { totals: { ...totals, ...ratio(totals.hits, totals.hits + missesOf(totals.misses)) } }
      : {}),
    topMisses: said.misses,
    ...(said.since === undefined ? {} : { missesSince: isoTime(said.since) }),
  };
}

/**
 * What a distribution has stored under paths: what a purge of them would have it forget.
 * Throws `resource-not-found`, `input-malformed` for what is no path to purge, `role-unreachable` where the edge is away.
 */
export async function previewPurge(
  { state, hub }: Pick<FigurePorts, "state" | "hub">,
  name: string,
  paths: readonly string[],
): Promise<StoredPreview> {
  const action = `Cannot show what distribution "${name}" has stored`;
  const held = state.get("distribution", name);
  if (!held) throw new PlatformError("resource-not-found", `${action}: there is none`);
  checkPurgePaths(paths, action);
  const asked = paths.map((path) => storedPathOf(held.value, path));
  const said = storedAnswer.parse(
    await hub.ask("edge", { ask: "stored", resourceId: held.id, paths: asked }, answerMs),
  );
  const nothing = { responses: 0, octets: 0, examples: [], more: false, isCut: false };
  return { paths: paths.map((path, i) => ({ ...(said.paths[i] ?? nothing), path })) };
}

function ratio(hits: number, all: number): { hitRatio?: number } {
  return all > 0 ? { hitRatio: hits / all } : {};
}

function missesOf(misses: Readonly<Record<string, number>>): number {
  return Object.values(misses).reduce((sum, count) => sum + count, 0);
}
