// The built-in web server for a folder of files. Serves GET and HEAD, `index.html` for a folder, conditional and
// range requests. Lists no folder; opens no file whose name or folder starts with a dot (but `.well-known`, RFC 8615),
// and none that lies outside the folder, whatever links say.

import { constants, type Stats } from "node:fs";
import { open, realpath, stat, type FileHandle } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { basename, join, relative, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { contentType } from "./content-types.ts";
import { select, type Validators } from "./preconditions.ts";

/** For how long a distribution gives a page without asking, in seconds: as late as a visitor sees what its owner has saved. */
const distributionSeconds = 10;

/**
 * Makes the request handler of a site.
 *
 * @param folder  looked at anew for each request, so that it may be replaced as a whole
 */
export function serveSite(folder: string): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    answer(folder, request, response).catch(() => {
      // The file shrank or could not be read, or the visitor left, in the middle of it.
      if (response.headersSent) response.destroy();
      else plain(response, request, 500, "Internal Server Error");
    });
  };
}

async function answer(folder: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("Allow", "GET, HEAD");
    plain(response, request, 405, "Method Not Allowed");
    return;
  }
  const segments = pathSegments(request.url ?? "/");
  if (!segments) {
    plain(response, request, 400, "Bad Request");
    return;
  }
  const found = segments.every(isPublic) ? await find(folder, segments) : undefined;
  if (!found) {
    plain(response, request, 404, "Not Found");
  } else if (typeof found === "string") {
    response.setHeader("Location", found + queryOf(request.url ?? ""));
    plain(response, request, 301, "Moved Permanently");
  } else {
    try {
      await send(found, request, response);
    } finally {
      await found.file.close();
    }
  }
}

/**
 * The names in a request's path, decoded; the last is empty where the path ends in a slash.
 * Undefined where it cannot be decoded or climbs.
 */
function pathSegments(target: string): string[] | undefined {
  // An absolute URL is allowed as a request target too (RFC 9112 section 3.2.2).
  const path = target.replace(/^https?:\/\/[^/?#]*/i, "").replace(/[?#].*$/s, "");
  try {
    const segments = path.split("/").slice(1).map(decodeURIComponent);
    if (segments.length === 0) return [""];
    if (segments.some(climbs)) return undefined;
    // Slashes that follow each other count as one.
    return segments.filter((name, i) => name !== "" || i === segments.length - 1);
  } catch {
    return undefined; // a percent sign that starts no octet, or octets that are no UTF-8
  }
}

function climbs(name: string): boolean {
  return name === "." || name === ".." || /[/\0]/.test(name);
}

function queryOf(target: string): string {
  return /\?[^#]*/.exec(target)?.[0] ?? "";
}

function isPublic(name: string, position: number): boolean {
  return !name.startsWith(".") || (name === ".well-known" && position === 0);
}

/** Whether a path without links lies in the site, and none of its names is hidden: ".." starts with a dot too. */
function isShown(root: string, path: string): boolean {
  const inside = relative(root, path);
  return inside === "" || inside.split(sep).every(isPublic);
}

interface Found {
  readonly file: FileHandle;
  readonly stats: Stats;
  readonly name: string;
}

/** Opens the file a path means; text: the path with the slash that it lacks; undefined: there is none to show. */
async function find(folder: string, segments: readonly string[]): Promise<Found | string | undefined> {
  try {
    const root = await realpath(folder);
    let path = await realpath(join(root, ...segments));
    if (!isShown(root, path)) return undefined; // before anything is told of it
    const isFolder = (await stat(path)).isDirectory();
    const endsInSlash = segments.at(-1) === "";
    if (isFolder && !endsInSlash) return `/${segments.map(encodeURIComponent).join("/")}/`;
    if (!isFolder && endsInSlash) return undefined;
    if (isFolder) path = await realpath(join(path, "index.html"));
    if (!isShown(root, path)) return undefined;
    // The path has no links left. One that is put there meanwhile is not followed; a pipe does not hold us up.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = await file.stat();
    if (stats.isFile()) return { file, stats, name: basename(path) };
    await file.close();
    return undefined;
  } catch {
    return undefined; // absent, not readable, a name too long, a loop of links: not found for a visitor
  }
}

async function send(
  { file, stats, name }: Found,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { size } = stats;
  const lastModified = Math.floor(stats.mtimeMs / 1000);
  const etag = `"${Math.round(stats.mtimeMs * 1000).toString(36)}-${size.toString(36)}-${stats.ino.toString(36)}"`;
  const validators: Validators = { etag, lastModified };
  const selection = select(request.headers, validators, size);
  response.setHeader("ETag", etag);
  response.setHeader("Last-Modified", new Date(lastModified * 1000).toUTCString());
  response.setHeader("Accept-Ranges", "bytes");
  // Stored by all, used by none without asking: what its owner saves is seen at once.
  response.setHeader("Cache-Control", "no-cache");
  // A distribution in front gives it for a moment without asking (RFC 9213), so that many visitors are one request here.
  response.setHeader("CDN-Cache-Control", `max-age=${distributionSeconds}`);
  if (selection.status === 304) {
    response.writeHead(304).end();
    return;
  }
  if (selection.status === 412) {
    plain(response, request, 412, "Precondition Failed");
    return;
  }
  if (selection.status === 416) {
    response.setHeader("Content-Range", `bytes */${size}`);
    plain(response, request, 416, "Range Not Satisfiable");
    return;
  }
  const [first, last] = selection.status === 206 ? [selection.first, selection.last] : [0, size - 1];
  if (selection.status === 206) response.setHeader("Content-Range", `bytes ${first}-${last}/${size}`);
  response.setHeader("Content-Type", contentType(name));
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.setHeader("Content-Length", last - first + 1);
  response.writeHead(selection.status);
  if (request.method === "HEAD" || size === 0) {
    response.end();
    return;
  }
  const content = file.createReadStream({ start: first, end: last, autoClose: false });
  await pipeline(content, response, { end: false });
  // What follows on the connection would be taken for the rest of a file that was cut off meanwhile.
  if (content.bytesRead === last - first + 1) response.end();
  else response.destroy();
}

function plain(response: ServerResponse, request: IncomingMessage, status: number, text: string): void {
  const body = `${status} ${text}\n`;
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.setHeader("Content-Length", body.length);
  response.writeHead(status).end(request.method === "HEAD" ? undefined : body);
}
