// The lines by which an answer tells what the cache had to do with it: Cache-Status (RFC 9211), Via, and X-Cache.
//
// X-Cache has CloudFront's very words, `Hit from cloudfront` and its sisters: scripts that were written for Lightsail's distributions look
// for them, and whoever reads further finds in Cache-Status and Via who it was.

import { formatString } from "#http";
import type { CacheNote } from "./exchange.ts";

/** What the cache calls itself in Cache-Status. */
const cacheName = "fairlead-edge";

/** CloudFront's words. */
const words = {
  hit: "Hit from cloudfront",
  refreshed: "RefreshHit from cloudfront",
  miss: "Miss from cloudfront",
  error: "Error from cloudfront",
} as const;

/** The value of Cache-Status. */
export function formatCacheStatus(note: CacheNote): string {
  let text = cacheName;
  if (note.forward === undefined) text += "; hit";
  else {
    text += `; fwd=${note.forward}`;
    if (note.forwardStatus !== undefined) text += `; fwd-status=${note.forwardStatus}`;
    if (note.isStored) text += "; stored";
    if (note.isCollapsed) text += "; collapsed";
  }
  if (note.ttlSeconds !== undefined) text += `; ttl=${note.ttlSeconds}`;
  if (note.detail !== undefined)
    text += `; detail=${/^[A-Za-z][A-Za-z0-9-]*$/.test(note.detail) ? note.detail : formatString(note.detail)}`;
  return text;
}

/**
 * The lines for an answer.
 * @param status  of the answer
 * @param minorVersion  of the response that came from the origin
 */
export function noteLines(note: CacheNote, status: number, minorVersion: number): string {
  const isError = status >= 400;
  const word = isError
    ? words.error
    : note.forward === undefined
      ? words.hit
      : note.forwardStatus === 304
        ? words.refreshed
        : words.miss;
  return `Cache-Status: ${formatCacheStatus(note)}\r\nX-Cache: ${word}\r\nVia: 1.${minorVersion} ${cacheName}\r\n`;
}
