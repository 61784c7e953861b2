// What a cache had to do with an answer, from the words of Cache-Status (RFC 9211) into a sentence.

import { formatSeconds } from "./format-time.ts";

/** Why a request went on to the origin. @see RFC 9211 section 2.2 */
const forwards: Readonly<Record<string, string>> = {
  "uri-miss": "nothing was stored under it",
  "vary-miss": "what was stored is for visitors who ask for another form of it",
  miss: "nothing was stored that answers it",
  stale: "what was stored is no longer fresh",
  partial: "what was stored is only a part of it",
  request: "the visitor asked for it anew",
  method: "its method is passed on",
  bypass: "its path, or what it asks for, is not cached",
};

/**
 * Writes the line of a trace that begins with `cache: ` as a sentence; any other line as it is.
 * @param line  such as `cache: fwd=uri-miss; fwd-status=200; stored; ttl=60`
 */
export function formatCacheStatus(line: string): string {
  if (!line.startsWith("cache: ")) return line;
  const parameters = new Map(
    line
      .slice("cache: ".length)
      .split("; ")
      .map((part): [string, string] => {
        const at = part.indexOf("=");
        return at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1).replaceAll('"', "")];
      }),
  );
  const ttl = Number(parameters.get("ttl"));
  const detail = parameters.get("detail");
  const why = detail === undefined ? "" : ` (${detail})`;
  if (parameters.has("hit"))
    return ttl < 0
      ? `cache: answered from the store with what is stale since ${formatSeconds(-ttl)}${why}`
      : `cache: answered from the store${Number.isNaN(ttl) ? "" : `, fresh for ${formatSeconds(ttl)}`}${why}`;
  const forward = parameters.get("fwd");
  if (forward === undefined) return line;
  const status = parameters.get("fwd-status");
  const said =
    status === "304"
      ? "; it says that nothing has changed"
      : status === undefined
        ? ""
        : `; it says ${status}`;
  const asked = parameters.has("collapsed") ? "; another visitor asked already, and this one waited" : said;
  const life = Number.isNaN(ttl) || ttl <= 0 ? "" : ` for ${formatSeconds(ttl)}`;
  const kept = parameters.has("stored") ? `; kept${life}` : "; not kept";
  return `cache: the origin was asked, since ${forwards[forward] ?? forward}${asked}${kept}${why}`;
}
