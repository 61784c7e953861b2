// What every request must pass before any route sees it: Host and Origin (against DNS rebinding and foreign pages), the key, the
// content type of writes, and the size of the body. An open API that can start commands would be remote code execution for any page.

import { createHash, timingSafeEqual } from "node:crypto";
import { PlatformError } from "#contract";
import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { ControlConfig } from "../config.ts";

/** What the guard leaves for routes: whose key it was. */
export interface ApiEnvironment {
  readonly Variables: { actor: string };
}

/** Largest body, in octets. */
const maxBodyOctets = 1 << 20;
/** Largest body of an import. */
const maxImportOctets = 64 << 20;

/** Checks Host, Origin and key, in this order. */
export function guard(config: ControlConfig): MiddlewareHandler<ApiEnvironment> {
  const hosts = new Set(config.allowedHosts.map((host) => host.toLowerCase()));
  const origins = new Set(config.allowedOrigins.map((origin) => origin.toLowerCase()));
  const keys = config.keys.map(({ actor, key }) => ({ actor, digest: digestOf(key) }));
  return async (c, next) => {
    const host = c.req.header("host") ?? "";
    if (!hosts.has(host.toLowerCase()))
      throw new PlatformError("host-refused", `Cannot serve host "${clip(host)}": it is not this API's`);
    const originHeader = c.req.header("origin");
    if (originHeader !== undefined && !origins.has(originHeader.toLowerCase())) {
      throw new PlatformError(
        "host-refused",
        `Cannot serve a page of "${clip(originHeader)}": it is not this platform's`,
      );
    }
    c.set("actor", findActor(c, keys));
    requireJson(c);
    await next();
  };
}

/** Limits the size of bodies. */
export function limitBody(): MiddlewareHandler {
  const [usual, large] = [limitTo(maxBodyOctets), limitTo(maxImportOctets)];
  return (c, next) => (c.req.path.endsWith("/import") || c.req.path === "/v1/plans" ? large : usual)(c, next);
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

/** Finds whose key a request carries. Every key is compared, each in constant time, so that time tells nothing. */
function findActor(c: Context, keys: readonly { actor: string; digest: Buffer }[]): string {
  const authorization = c.req.header("authorization");
  if (authorization === undefined)
    throw new PlatformError("key-missing", "Cannot serve the request: it carries no key");
  const given = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization)?.[1];
  const digest = digestOf(given ?? "");
  let actor: string | undefined;
  for (const key of keys) if (timingSafeEqual(key.digest, digest)) actor = key.actor;
  if (given === undefined || actor === undefined) {
    throw new PlatformError("key-wrong", "Cannot serve the request: its key is not one of this platform");
  }
  return actor;
}

function requireJson(c: Context): void {
  if (c.req.method !== "POST" && c.req.method !== "PUT" && c.req.method !== "PATCH") return;
  const type = (c.req.header("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw new PlatformError(
      "input-malformed",
      `Cannot take a body of type "${clip(type ?? "")}": expected application/json`,
    );
  }
}

/** Digests have one length, as the comparison wants; they also keep the keys themselves out of memory that is compared. */
function digestOf(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}

function clip(text: string): string {
  return text.slice(0, 200);
}
