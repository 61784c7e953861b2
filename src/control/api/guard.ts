// What every request must pass before any route sees it: Host and Origin (against DNS rebinding and foreign pages), whose it is, the
// content type of writes, and the size of the body. An open API that can start commands would be remote code execution for any page.

import { PlatformError } from "#contract";
import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { authoriseRead } from "../access/authorise.ts";
import type { Principal } from "../access/principal.ts";
import { isSignature, type SignedRequest } from "../access/sigv4.ts";
import type { ControlConfig } from "../config.ts";
import type { ControlCore } from "../control.ts";

/** What the guard leaves for routes: who asks. */
export interface ApiEnvironment {
  readonly Variables: {
    principal: Principal;
    /** Tells whether the principal is still one, for what goes on for long. */
    isGood: () => Promise<boolean>;
  };
}

/** Where one comes by a session. */
const openPaths: ReadonlySet<string> = new Set(["/v1/session", "/v1/session/code"]);

/** Largest body, in octets. */
const maxBodyOctets = 1 << 20;
/** Largest body of an import, or of many records that are changed as one. */
const maxImportOctets = 64 << 20;

/**
 * Refuses what was not sent to this platform by a page of its own: Host against DNS rebinding, Origin against foreign pages.
 * @param needsOrigin  true where a request without an Origin field is refused too
 * Throws `host-refused`.
 */
export function requireOwnPlace(
  c: Context,
  { allowedHosts, allowedOrigins }: Pick<ControlConfig, "allowedHosts" | "allowedOrigins">,
  needsOrigin: boolean,
): void {
  const host = c.req.header("host") ?? "";
  if (!allowedHosts.includes(host.toLowerCase()))
    throw new PlatformError("host-refused", `Cannot serve host "${clip(host)}": it is not this API's`);
  const originHeader = c.req.header("origin");
  if (originHeader === undefined ? needsOrigin : !allowedOrigins.includes(originHeader.toLowerCase())) {
    throw new PlatformError(
      "host-refused",
      `Cannot serve a page of "${clip(originHeader ?? "")}": it is not this platform's`,
    );
  }
}

/** Checks Host, Origin and key, in this order, and whether the path may be read; what is written, routes look at. */
export function guard(core: ControlCore): MiddlewareHandler<ApiEnvironment> {
  return async (c, next) => {
    requireOwnPlace(c, core.config, false);
    requireJson(c);
    if (c.req.method === "POST" && openPaths.has(c.req.path)) {
      await next();
      return;
    }
    const principal = await findPrincipal(c, core);
    c.set("principal", principal);
    c.set("isGood", () => core.access.isGood(principal, () => hasSession(c, core, principal)));
    if (c.req.method === "GET" || c.req.method === "HEAD") authoriseRead(principal, c.req.path);
    await next();
  };
}

/** Where an image is pushed: the one body that is no JSON, and as large as images are. */
export const pushPath = "/v1/container-services/:name/images/push";

/** Whether a request pushes an image. Its type is one that no form of a page can send. */
export function isPush(c: Context): boolean {
  if (c.req.method !== "POST" || !/^\/v1\/container-services\/[^/]+\/images\/push$/.test(c.req.path))
    return false;
  const type = (c.req.header("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase();
  return type === "application/x-tar" || type === "application/octet-stream";
}

/** Limits the size of bodies. */
export function limitBody(): MiddlewareHandler {
  const [usual, large] = [limitTo(maxBodyOctets), limitTo(maxImportOctets)];
  return (c, next) => {
    // Read as it comes, and bounded by the image store.
    if (isPush(c)) return next();
    return (/\/(?:import|rrsets\/edits|plans|network-table)$/.test(c.req.path) ? large : usual)(c, next);
  };
}

function limitTo(maxSize: number): MiddlewareHandler {
  return bodyLimit({
    maxSize,
    onError: () => {
      throw new PlatformError(
        "input-too-large",
        `Cannot take the request: its body has more than ${maxSize} octets`,
      );
    },
  });
}

/** Finds who a request is of, by what it carries. */
async function findPrincipal(c: Context, { access, people }: ControlCore): Promise<Principal> {
  const authorization = c.req.header("authorization");
  if (authorization === undefined) {
    const session = await people.identity.session(c.req.header("cookie") ?? "");
    const principal = session && access.byUser(session.email, session.id);
    if (!principal)
      throw new PlatformError("key-missing", "Cannot serve the request: it carries no key and no session");
    // A browser sends cookies by itself: what a page of another site makes it send has no Origin of ours.
    const isWrite = c.req.method !== "GET" && c.req.method !== "HEAD";
    if (isWrite && c.req.header("origin") === undefined)
      throw new PlatformError("host-refused", "Cannot serve a write of a session: it has no Origin field");
    return principal;
  }
  if (isSignature(authorization)) {
    const isWrite = c.req.method !== "GET" && c.req.method !== "HEAD";
    return access.bySignature(authorization, () => signedRequest(c), isWrite);
  }
  const given = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization)?.[1];
  if (given === undefined)
    throw new PlatformError("key-wrong", "Cannot serve the request: its key is not one of this platform");
  return access.byBearer(given);
}

/** Tells whether the cookies that a request came with still stand for its session. */
async function hasSession(c: Context, { people }: ControlCore, { sessionId }: Principal): Promise<boolean> {
  return (await people.identity.session(c.req.header("cookie") ?? ""))?.id === sessionId;
}

/** The request as its signature covers it, with its body, which is then there for the routes too. */
async function signedRequest(c: Context): Promise<SignedRequest> {
  const length = c.req.header("content-length");
  const hasBody = length !== undefined || c.req.header("transfer-encoding") !== undefined;
  // Nobody has read the body yet, nor limited it.
  if (hasBody && !(Number(length) <= maxBodyOctets))
    throw new PlatformError(
      "input-too-large",
      `Cannot take a signed request: expected a Content-Length of at most ${maxBodyOctets} octets`,
    );
  const { pathname, search } = new URL(c.req.url);
  return {
    method: c.req.method,
    path: pathname,
    query: search.slice(1),
    header: (name) => c.req.header(name),
    body: hasBody ? new Uint8Array(await c.req.arrayBuffer()) : new Uint8Array(),
  };
}

function requireJson(c: Context): void {
  if (isPush(c)) return;
  if (c.req.method !== "POST" && c.req.method !== "PUT" && c.req.method !== "PATCH") return;
  const type = (c.req.header("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw new PlatformError(
      "input-malformed",
      `Cannot take a body of type "${clip(type ?? "")}": expected application/json`,
    );
  }
}

function clip(text: string): string {
  return text.slice(0, 200);
}
