// What of a visitor's request the origin is shown: by the distribution's settings, and with the cache's own conditions where something
// stored is to be validated (RFC 9111 section 4.3.1). The head is then written like any other (heads.ts).

import { Field, type MessageHead, textOf } from "#http";
import type { RequestRewrite } from "../heads.ts";
import { cookiesOf, takesGzip } from "./key.ts";
import type { CacheSettings } from "./settings.ts";
import type { StoredResponse } from "./stored-response.ts";

/** How a request goes on. */
export interface OriginRequestOptions {
  /** Path and query in place of the request's. */
  readonly path: Uint8Array | undefined;
  /** True where the response may be kept or shared: then conditions, ranges and what is not in the key are left out. */
  readonly isKept: boolean;
  /** What is validated. */
  readonly validated: StoredResponse | undefined;
}

/**
 * Marks the fields of a request that the origin is not shown.
 * @returns what is written in their place
 */
export function rewriteRequest(
  head: MessageHead,
  octets: Uint8Array,
  start: number,
  settings: CacheSettings,
  { path, isKept, validated }: OriginRequestOptions,
): RequestRewrite {
  let lines = "";
  if (isKept) {
    for (let i = 0; i < head.fieldCount; i++) {
      const field = head.field(i);
      if (
        (field >= Field.range && field <= Field.ifRange) ||
        (field === Field.expect && head.contentLength === 0)
      )
        head.remove(i);
    }
    // RFC 9110 section 13.1: both where both are known; the origin looks at the entity tag first.
    if (validated?.etag !== undefined) lines += `If-None-Match: ${validated.etag}\r\n`;
    if (validated?.lastModified !== undefined) lines += `If-Modified-Since: ${validated.lastModified}\r\n`;
  }
  if (settings.isTransparent && settings.cookies === "all") return { path, host: undefined, lines };
  const cookies = settings.cookies === "all" ? undefined : cookiesOf(settings, head, octets, start);
  for (let i = 0; i < head.fieldCount; i++) {
    const field = head.field(i);
    if (field === Field.cookie) {
      if (cookies !== undefined) head.remove(i);
    } else if (!settings.isTransparent && field !== Field.host && !isFraming(field)) {
      const name = textOf(octets, start + head.lineStart(i), start + head.nameEnd(i)).toLowerCase();
      if (!settings.forwardsHeader(field, name, isKept)) head.remove(i);
    }
  }
  if (cookies !== undefined && cookies !== "") lines += `Cookie: ${cookies}\r\n`;
  if (settings.isTransparent) return { path, host: undefined, lines };
  lines += takesGzip(head, octets, start) ? "Accept-Encoding: gzip\r\n" : "";
  // Lightsail's word, so that servers that were set up for it go on as they are.
  if (!settings.forwardsHeader(Field.other, "user-agent", false))
    lines += "User-Agent: Amazon CloudFront\r\n";
  return { path, host: settings.forwardsHost ? undefined : settings.originHost, lines };
}

/** Fields that the relay itself has rules for: how long the content is, and what of the connection goes on. */
function isFraming(field: number): boolean {
  return field > Field.other && field <= Field.via && field !== Field.date;
}
