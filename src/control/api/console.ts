// The web console: the files that it was built to, below /console/. Every path there that is no file is the console's own page, which
// then shows what the path says. It is given to everybody: what it shows comes from the API, which asks who somebody is.

import { PlatformError } from "#contract";
import { Hono, type Context } from "hono";
import type { ControlCore } from "../control.ts";
import type { ConsoleFile } from "../ports.ts";
import { requireOwnPlace } from "./guard.ts";
import { failureHandler } from "./failure.ts";

/** Scripts, styles, pictures and requests of this origin only; nothing inline, no frame, no form that goes elsewhere. */
const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const consoleHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": contentSecurityPolicy,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** Tells whether a path is the console's. */
export function isConsole(path: string): boolean {
  return path === "/console" || path.startsWith("/console/");
}

/** Makes what serves the console. */
export function createConsole({ host, config, identities }: ControlCore): Hono {
  const site = new Hono();
  site.onError(failureHandler(host.log, () => identities.hex(10)));
  site.use(async (c, next) => {
    requireOwnPlace(c, config, false);
    if (c.req.method !== "GET" && c.req.method !== "HEAD")
      throw new PlatformError(
        "not-found",
        `Cannot ${c.req.method} "${c.req.path.slice(0, 200)}": it is a page`,
      );
    for (const [name, value] of Object.entries(consoleHeaders)) c.header(name, value);
    await next();
  });
  site.get("/console", (c) => c.redirect("/console/", 308));
  site.get("/console/*", (c) => {
    const path = c.req.path.slice("/console/".length);
    const file = host.console.get(path);
    if (file) return answer(c, file);
    const page = host.console.get("index.html");
    if (!page)
      throw new PlatformError(
        "not-found",
        "Cannot serve the console: it was not built. `npm start` builds it in a checkout; a package has it",
      );
    // A chunk of another version that a page of old still asks for is not this page.
    if (path.startsWith("assets/"))
      throw new PlatformError(
        "not-found",
        `Cannot serve "${path.slice(0, 200)}": the console has no such file`,
      );
    return answer(c, page);
  });
  return site;
}

function answer(c: Context, { octets, gzip, mediaType, entityTag, isImmutable }: ConsoleFile): Response {
  c.header("etag", entityTag);
  c.header("vary", "accept-encoding");
  c.header("cache-control", isImmutable ? "public, max-age=31536000, immutable" : "no-cache");
  if (c.req.header("if-none-match") === entityTag) return c.body(null, 304);
  c.header("content-type", mediaType);
  if (gzip === undefined || !/\bgzip\b/i.test(c.req.header("accept-encoding") ?? "")) return c.body(octets);
  c.header("content-encoding", "gzip");
  return c.body(gzip);
}
