// What is kept of a server's reply in the cache of answers, and for how long; and the DNAME that is found there again for names below it.

import type { Now } from "#engine";
import { RrType, type Name } from "#wire";
import type { Cache } from "./cache.ts";
import type { ResolverContext } from "./context.ts";
import { negativeTtl, type Reply } from "./reply.ts";
import { boundTtl, type CachedRrset } from "./rrset.ts";

/** Keeps the records of an answer, and the aliases that led to it. Other replies hold nothing that is kept here. */
export function keepAnswer(cache: Cache, partition: string, reply: Reply, now: Now): void {
  if (reply.kind !== "answer" && reply.kind !== "alias" && reply.kind !== "overlong-alias") return;
  for (const [i, rrset] of reply.aliases.entries()) {
    // A CNAME made from a DNAME is made anew each time, so that the DNAME is always shown with it.
    const isSynthesised = rrset.type === RrType.CNAME && reply.aliases[i - 1]?.type === RrType.DNAME;
    if (!isSynthesised) cache.putRrset(partition, rrset, now.monotonic);
  }
  if (reply.kind !== "answer") return;
  const isSynthesised = reply.rrset.type === RrType.CNAME && reply.aliases.at(-1)?.type === RrType.DNAME;
  if (!isSynthesised) cache.putRrset(partition, reply.rrset, now.monotonic);
}

/**
 * Keeps a negative answer (RFC 2308 section 5).
 * @param name  what it is about: the name that was asked for, or one above that does not exist
 * @returns until when, in monotonic milliseconds; undefined where it is not kept
 */
export function keepNegative(
  { cache, settings }: Pick<ResolverContext, "cache" | "settings">,
  partition: string,
  name: Name,
  type: number,
  reply: Extract<Reply, { kind: "nodata" | "nxdomain" }>,
  isSecure: boolean,
  now: Now,
): number | undefined {
  const soa = reply.authority.find((rrset) => rrset.type === RrType.SOA);
  // Without SOA nothing says how long: not kept (RFC 2308 section 5), unless the operator keeps everything a while.
  if (!soa && (reply.kind === "nxdomain" || settings.minTtlSeconds === 0)) return undefined;
  const ttl = Math.min(settings.maxNegativeTtlSeconds, boundTtl(soa ? negativeTtl(soa) : 0, settings));
  // No longer than the proof holds, which has been cut to its signatures.
  const expiresAt = reply.authority.reduce(
    (least, rrset) => (isSecure ? Math.min(least, rrset.expiresAt) : least),
    now.monotonic + ttl * 1000,
  );
  const entry = { kind: reply.kind, name, authority: reply.authority, expiresAt, isSecure };
  cache.putNegative(partition, type, entry, now.monotonic);
  return expiresAt;
}

/**
 * The DNAME nearest above a name that is kept (RFC 6672).
 * @param since  only what was stored at this monotonic time or later; 0 for anything
 */
export function cachedDname(
  cache: Cache,
  partition: string,
  name: Name,
  now: Now,
  since: number,
): CachedRrset | undefined {
  for (let drop = 1; drop < name.labelCount; drop++) {
    const owner = name.slice(drop);
    const rrset = cache.findRrset(partition, owner, RrType.DNAME, now.monotonic, since);
    if (rrset) return rrset;
  }
  return undefined;
}
