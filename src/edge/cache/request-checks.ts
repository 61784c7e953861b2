// What is looked at of a request to a distribution before anything is done with it: whether it is taken at all, whether it has to be passed on by
// itself, and what may be done with a stored response for it as it is (RFC 9111 section 4). Hot path (bench/hits.ts).

import type { Now } from "#engine";
import { type CacheControl, Field, Framing, type MessageHead, Method, textOf } from "#http";
import type { ClientConnection } from "../connections.ts";
import type { OwnAnswer } from "../policy.ts";
import { sentence } from "../refusals.ts";
import { isOriginsToJudge, rangesFor } from "./conditions.ts";
import type { CacheSite, MissReason } from "./site.ts";
import type { StoredResponse } from "./stored-response.ts";

/** Lightsail's limits: octets of a request line with its head, and of a URI. */
const maxRequestOctets = 20_480;
const maxUriOctets = 8192;

/** Whether the ranges that a request asks for are there of a response that is still arriving. */
export function hasArrived(
  found: StoredResponse,
  head: MessageHead,
  octets: Uint8Array,
  start: number,
): boolean {
  return rangesFor(found, head, octets, start) !== undefined;
}

/** What may be done with a stored response as it is. */
export function useFor(
  found: StoredResponse,
  control: CacheControl | undefined,
  now: Now,
): "fresh" | "served-stale" | "refresh" | "request" | "stale" {
  const freshFor = found.freshFor(now.monotonic);
  const isFresh = freshFor > 0 && !found.alwaysValidates;
  if (control) {
    const age = found.age(now.monotonic);
    const isRefused =
      control.noCache ||
      (control.maxAge >= 0 && age > control.maxAge * 1000 && control.maxStale < 0) ||
      (control.minFresh >= 0 && freshFor < control.minFresh * 1000);
    if (isRefused) return "request";
    if (!isFresh && control.maxStale >= 0 && !found.mustRevalidate && -freshFor <= control.maxStale * 1000)
      return "served-stale";
  }
  if (isFresh) return "fresh";
  if (found.mustRevalidate) return "stale";
  if (found.retryAt > now.monotonic) return "served-stale";
  if (freshFor > -found.staleWhileRevalidateMs) return "refresh";
  return "stale";
}

/** Why a request is passed on by itself, whatever is stored; undefined where it is not. */
export function whyPassed(
  conn: ClientConnection,
  octets: Uint8Array,
  start: number,
  isCached: boolean,
): MissReason | undefined {
  const { head } = conn;
  if (head.method !== Method.GET && head.method !== Method.HEAD) return "method";
  if (!isCached || head.framing !== Framing.None || conn.upgrades) return "bypass";
  if (hidesFields(head, octets, start)) return "bypass";
  return isOriginsToJudge(head) ? "request" : undefined;
}

/** True where Connection names fields: the origin would not see what the key was made of. */
function hidesFields(head: MessageHead, octets: Uint8Array, start: number): boolean {
  for (let i = head.find(Field.connection); i >= 0; i = head.find(Field.connection, i + 1)) {
    const value = head.valueText(octets, start, i).toLowerCase();
    if (value === "keep-alive" || value === "close") continue;
    for (const option of value.split(",")) {
      const name = option.trim();
      if (name !== "" && !plainOptions.has(name)) return true;
    }
  }
  return false;
}

const plainOptions: ReadonlySet<string> = new Set(["keep-alive", "close", "te", "upgrade", "http2-settings"]);

/** The path of a request, without query. */
export function pathOf(head: MessageHead, octets: Uint8Array, start: number): string {
  const text = textOf(octets, start + head.pathStart, start + head.pathEnd);
  const query = text.indexOf("?");
  const path = query < 0 ? text : text.slice(0, query);
  return path === "" ? "/" : path;
}

/** What a distribution does not take. */
export function refusalOf(
  head: MessageHead,
  octets: Uint8Array,
  start: number,
  site: CacheSite,
): OwnAnswer | undefined {
  const { settings } = site;
  const refuse = (status: number, text: string, lines: string = ""): OwnAnswer =>
    sentence(status, text, `${lines}X-Cache: Error from cloudfront\r\n`);
  if (!settings.isEnabled) return refuse(503, `The distribution "${site.name}" is disabled.`);
  if (head.method !== Method.GET && head.method !== Method.HEAD) {
    const method = textOf(octets, start + head.methodStart, start + head.methodEnd);
    if (!settings.allows(method))
      return refuse(
        403,
        `The distribution "${site.name}" passes no ${method} requests on.`,
        `Allow: ${settings.allowed}\r\n`,
      );
  } else if (head.framing !== Framing.None && !settings.isTransparent) {
    return refuse(403, "A GET or HEAD request has no content here.");
  }
  if (head.targetEnd - head.targetStart > maxUriOctets)
    return refuse(413, "The URI is longer than 8192 octets.");
  if (head.length > maxRequestOctets) return refuse(413, "The request's head is longer than 20480 octets.");
  return undefined;
}
