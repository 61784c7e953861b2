// Records that were validated: how what was proven of a reply is marked on its records, and what may be told of them.

import { RrType } from "#wire";
import type { Reply } from "./reply.ts";
import type { CachedRrset } from "./rrset.ts";

/** A reply whose records are secure until a time: what was proven, for no longer than the proof holds. */
export function secured(reply: Reply, until: number): Reply {
  const secure = (rrset: CachedRrset): CachedRrset => ({
    ...rrset,
    expiresAt: Math.min(rrset.expiresAt, until),
    isSecure: true,
  });
  switch (reply.kind) {
    case "answer":
      return { ...reply, aliases: reply.aliases.map(secure), rrset: secure(reply.rrset) };
    case "alias":
    case "overlong-alias":
      return { ...reply, aliases: reply.aliases.map(secure) };
    case "nodata":
    case "nxdomain":
      // What is not part of the proof was not looked at, and is not passed on as if it were.
      return { ...reply, authority: reply.authority.filter(({ type }) => type !== RrType.NS).map(secure) };
    case "referral":
    case "lame":
    case "error":
      return reply;
  }
}

/** Whether a record that is shown is secure, or follows from one before it that is (RFC 6672 section 5.3.1). */
export function isAuthentic(rrset: CachedRrset, shown: readonly CachedRrset[]): boolean {
  if (rrset.isSecure === true) return true;
  const before = shown[shown.indexOf(rrset) - 1];
  return rrset.type === RrType.CNAME && before?.type === RrType.DNAME && before.isSecure === true;
}
