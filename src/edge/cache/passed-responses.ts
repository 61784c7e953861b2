// Responses to requests to a distribution that were passed on by themselves: what the cache adds to their heads, what it learns from them
// (RFC 9111 sections 4.3.5 and 4.4), and which of them a page of the owner's stands in for.

import type { Now } from "#engine";
import { Field, type MessageHead, Method, textOf } from "#http";
import type { ClientConnection } from "../connections.ts";
import type { CacheParts } from "./cache-parts.ts";
import type { CacheNote } from "./exchange.ts";
import { describePassed } from "./cache-trace.ts";
import { noteLines } from "./notes.ts";
import type { Purges } from "./purges.ts";
import type { CacheSite } from "./site.ts";

/** Responses that pass by the cache. */
export class PassedResponses {
  readonly #parts: CacheParts;
  readonly #purges: Purges;

  constructor(parts: CacheParts, purges: Purges) {
    this.#parts = parts;
    this.#purges = purges;
  }

  /**
   * A final head has arrived for a request that was passed on.
   * @returns the lines that are added to it, or `taken` where another answer is given in its place
   */
  head(
    conn: ClientConnection,
    head: MessageHead,
    octets: Uint8Array,
    start: number,
    now: Now,
  ): { readonly lines: string } | "taken" {
    const { exchange } = conn;
    if (!exchange?.isPassed) return { lines: "" };
    const { site } = exchange;
    if (head.status >= 500) site.counters.originErrors++;
    const isSafe =
      conn.head.method === Method.GET ||
      conn.head.method === Method.HEAD ||
      conn.head.method === Method.OPTIONS ||
      conn.head.method === Method.TRACE;
    // RFC 9111 section 4.4: a method that is unknown may change something too.
    if (!isSafe && head.status < 400) this.#invalidate(conn, site, head, octets, start);
    if (hasPage(conn, site, head.status)) {
      this.#parts.flow.dropTarget(conn);
      this.#parts.answerPage(conn, exchange, head.status, now);
      return "taken";
    }
    for (let i = 0; i < head.fieldCount; i++) {
      const field = head.field(i);
      const isUnseen =
        !exchange.isUnfiltered && site.settings.cookies === "none" && field === Field.setCookie;
      if (field === Field.cacheNote || field === Field.ownCacheControl || isUnseen) head.remove(i);
    }
    const note: CacheNote = {
      forward: exchange.reason,
      forwardStatus: head.status,
      ...(exchange.detail === undefined ? {} : { detail: exchange.detail }),
    };
    if (conn.traced) conn.traced.cache = describePassed(exchange, note);
    return { lines: noteLines(note, head.status, head.minorVersion) };
  }

  /** Takes out what is stored of the target, and of where Location and Content-Location lead within the same host. */
  #invalidate(
    conn: ClientConnection,
    site: CacheSite,
    head: MessageHead,
    octets: Uint8Array,
    start: number,
  ): void {
    const { request } = conn.exchange ?? { request: new Uint8Array(0) };
    const own = textOf(request, conn.head.pathStart, conn.head.pathEnd);
    this.#invalidatePath(site, own);
    const host = textOf(request, conn.head.hostStart, conn.head.hostEnd).toLowerCase();
    for (const field of [Field.location, Field.contentLocation]) {
      const index = head.find(field);
      if (index < 0) continue;
      const path = resolvePath(head.valueText(octets, start, index), own, host, conn.head.port);
      if (path !== undefined) this.#invalidatePath(site, path);
    }
  }

  #invalidatePath(site: CacheSite, path: string): void {
    this.#purges.path(site, site.settings.keyPath(path));
  }
}

/** True where an error of the origin is answered with a page of the owner's. */
function hasPage(conn: ClientConnection, site: CacheSite, status: number): boolean {
  if (site.settings.errorPages.get(status)?.path === undefined) return false;
  if (conn.head.method !== Method.GET && conn.head.method !== Method.HEAD) return false;
  return conn.isRequestDone && conn.exchange?.page === undefined;
}

/**
 * Resolves a reference against the path of a request.
 * @returns path and query, or undefined where it leads to another host
 * @see RFC 3986 section 5.2
 */
export function resolvePath(reference: string, base: string, host: string, port: number): string | undefined {
  let text = reference.split("#", 1)[0] ?? "";
  const absolute = /^(https?):\/\/([^/?#]*)/i.exec(text) ?? /^()\/\/([^/?#]*)/.exec(text);
  if (absolute) {
    const authority = (absolute[2] ?? "").toLowerCase();
    const standard = absolute[1]?.toLowerCase() === "https" ? 443 : 80;
    const [name = "", ownPort = ""] = authority.startsWith("[")
      ? [authority.replace(/\](?::\d*)?$/, "]"), /\]:(\d+)$/.exec(authority)?.[1]]
      : authority.split(":");
    const isSame = name === host && (ownPort === "" || Number(ownPort) === (port < 0 ? standard : port));
    if (!isSame) return undefined;
    text = text.slice(absolute[0].length);
    if (!text.startsWith("/")) text = `/${text}`;
  } else if (/^[a-z][a-z0-9+.-]*:/i.test(text)) return undefined;
  const basePath = base.split("?", 1)[0] || "/";
  if (text === "") return base;
  if (text.startsWith("?")) return basePath + text;
  const whole = text.startsWith("/") ? text : basePath.slice(0, basePath.lastIndexOf("/") + 1) + text;
  const query = whole.indexOf("?");
  const path = query < 0 ? whole : whole.slice(0, query);
  return removeDots(path) + (query < 0 ? "" : whole.slice(query));
}

/** @see RFC 3986 section 5.2.4 */
function removeDots(path: string): string {
  const kept: string[] = [];
  const segments = path.split("/");
  for (const [i, segment] of segments.entries()) {
    const isLast = i === segments.length - 1;
    if (segment === "." || segment === "..") {
      if (segment === ".." && kept.length > 1) kept.pop();
      if (isLast) kept.push("");
    } else kept.push(segment);
  }
  return kept.join("/");
}
