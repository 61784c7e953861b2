// What nginx, HAProxy and Node have no use for though they read it as the edge does: none of it can be read in two ways, so each may refuse
// it by itself. The rules are those of their parsers, written down whole, not only what cases have shown so far.

import { METHODS } from "node:http";
import type { SeenRequest } from "./recording-origin.ts";

/** A request as the edge reads it. */
export interface ReadRequest {
  /** What it is passed on as; a host of `*` where it names none and the edge writes its own. */
  readonly seen: SeenRequest;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly trailers: readonly (readonly [name: string, value: string])[];
  /** What follows the head, as it came: content, or its chunks and trailers. */
  readonly rest: string;
  /** True where Upgrade is named and listed in Connection. */
  readonly wantsUpgrade: boolean;
}

/** Why a peer may answer a request with 400; undefined where it may not. */
export const reasonsToRefuse: Readonly<
  Record<"nginx" | "haproxy" | "node", (request: ReadRequest) => string | undefined>
> = {
  nginx({ seen: { method, target, host } }) {
    if (!/^[A-Z_-]+$/.test(method)) return "a method of other than capitals";
    // Its request line knows paths and whole URIs, though RFC 9112 section 3.2.4 has OPTIONS ask for "*".
    if (!target.startsWith("/")) return "a target that is no path";
    if (/^(:\d*)?$/.test(host)) return "an empty host";
    // A dot at the end is cut off first.
    if (/^\.(:\d*)?$/.test(host)) return "a host of a dot alone";
    if (host.includes("..")) return "a host with an empty label";
    const [path = ""] = target.split("?");
    if (/%00/.test(path)) return "NUL in the path";
    if (/%(?![0-9a-f]{2})/i.test(path)) return "a percent sign without its digits";
    return goesAboveRoot(path) ? "a path above the root" : undefined;
  },

  haproxy({ seen: { method }, fields, trailers, rest, wantsUpgrade }) {
    // It compares without regard to case, though methods are case-sensitive (RFC 9110 section 9.1).
    if (/^pri$/i.test(method)) return "the method of HTTP/2's preface";
    // Its form of a message has an octet for the length of a field's name.
    if ([...fields, ...trailers].some(([name]) => name.length > 255))
      return "a field name of more than 255 octets";
    // It takes sizes up to 2^52 - 1, so that nobody reads them with fewer digits than there are; the edge up to 2^53 - 1.
    if (isChunked(fields) && /(^|\r\n)0*[1-9a-f][0-9a-f]{13,}[\r;]/i.test(rest))
      return "a chunk of 2^52 octets";
    const lowerCase = fields.map(([name, value]) => [name.toLowerCase(), value.toLowerCase()] as const);
    const namesWebSocket = lowerCase.some(
      ([name, value]) =>
        name === "upgrade" && value.split(",").some((element) => element.trim() === "websocket"),
    );
    const hasKey = lowerCase.some(([name, value]) => name === "sec-websocket-key" && value.length === 24);
    return wantsUpgrade && namesWebSocket && !hasKey ? "a WebSocket without its key" : undefined;
  },

  node: ({ seen: { method } }) =>
    METHODS.includes(method) && method !== "CONNECT" ? undefined : "a method that Node does not know",
};

function isChunked(fields: ReadRequest["fields"]): boolean {
  return fields.some(([name]) => name.toLowerCase() === "transfer-encoding");
}

/** Whether a path leads above the root once its dots are taken away. An empty segment is one. */
function goesAboveRoot(path: string): boolean {
  let depth = 0;
  for (const segment of path.replaceAll(/%2e/gi, ".").replaceAll(/%2f/gi, "/").split("/").slice(1)) {
    if (segment === "..") depth--;
    else if (segment !== ".") depth++;
    if (depth < 0) return true;
  }
  return false;
}
