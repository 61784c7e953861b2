// Conditions of a visitor's request held against a stored response (RFC 9110 section 13, RFC 9111 section 4.3.2), and the part of it that
// Range asks for (section 14). If-Match and If-Unmodified-Since are the origin's to judge: requests with them are passed on.

import {
  Field,
  listsTag,
  matchesStrongly,
  type MessageHead,
  Method,
  type OctetRange,
  parseHttpDate,
  rangesOf,
} from "#http";
import type { StoredResponse } from "./stored-response.ts";

/** True where a condition holds that means 304. */
export function isNotModified(
  response: StoredResponse,
  head: MessageHead,
  octets: Uint8Array,
  start: number,
  wall: number,
): boolean {
  if (response.status !== 200) return false;
  let index = head.find(Field.ifNoneMatch);
  if (index >= 0) {
    // RFC 9110 section 13.2.2: with If-None-Match there, If-Modified-Since is passed over.
    for (; index >= 0; index = head.find(Field.ifNoneMatch, index + 1)) {
      if (listsTag(head.valueText(octets, start, index), response.etag, false)) return true;
    }
    return false;
  }
  index = head.find(Field.ifModifiedSince);
  if (index < 0) return false;
  const value = head.valueText(octets, start, index);
  if (value === response.lastModified) return true;
  const since = parseHttpDate(value, wall);
  return !Number.isNaN(since) && response.modifiedAt <= since;
}

/**
 * The ranges of a stored response that a request asks for.
 * @returns undefined where the whole is to be sent
 */
export function rangesFor(
  response: StoredResponse,
  head: MessageHead,
  octets: Uint8Array,
  start: number,
): OctetRange[] | "unsatisfiable" | undefined {
  const index = head.find(Field.range);
  // RFC 9110 section 14.2: Range is for GET alone, and of two fields neither counts.
  if (index < 0 || head.method !== Method.GET || response.status !== 200 || response.length < 0)
    return undefined;
  if (head.find(Field.range, index + 1) >= 0) return undefined;
  const condition = head.find(Field.ifRange);
  if (condition >= 0) {
    const value = head.valueText(octets, start, condition);
    const isSame = /^(W\/)?"/.test(value)
      ? response.etag !== undefined && matchesStrongly(value, response.etag)
      : value === response.lastModified;
    if (!isSame) return undefined;
  }
  const ranges = rangesOf(head.valueText(octets, start, index), response.length);
  // What has not arrived yet cannot be cut out: the whole is an answer to every Range.
  if (Array.isArray(ranges) && ranges.some(({ to }) => to > response.contentOctets)) return undefined;
  return ranges;
}

/** True where a request has a condition that only the origin can judge. @see RFC 9111 section 4.3.2 */
export function isOriginsToJudge(head: MessageHead): boolean {
  return head.find(Field.ifMatch) >= 0 || head.find(Field.ifUnmodifiedSince) >= 0;
}
