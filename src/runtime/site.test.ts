import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createServer, request, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serveSite } from "./site.ts";
import { removeFolder, temporaryFolder } from "./testing.ts";

let base: string;
let server: Server;

beforeAll(async () => {
  base = temporaryFolder();
  const site = join(base, "site");
  mkdirSync(join(site, "sub dir"), { recursive: true });
  mkdirSync(join(site, "empty"));
  mkdirSync(join(site, ".git"));
  mkdirSync(join(site, ".well-known"));
  writeFileSync(join(site, "index.html"), "<h1>Shop</h1>");
  writeFileSync(join(site, "sub dir/index.html"), "sub");
  writeFileSync(join(site, "naïve.css"), "a{}");
  writeFileSync(join(site, "none.txt"), "");
  writeFileSync(join(site, ".env"), "SECRET");
  writeFileSync(join(site, ".git/config"), "SECRET");
  writeFileSync(join(site, ".well-known/security.txt"), "Contact");
  writeFileSync(join(base, "outside.txt"), "SECRET");
  symlinkSync("../outside.txt", join(site, "out.txt"));
  symlinkSync("..", join(site, "up"));
  symlinkSync(".env", join(site, "env.txt"));
  symlinkSync("index.html", join(site, "link.html"));
  execFileSync("mkfifo", [join(site, "pipe")]);
  server = createServer(serveSite(site));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterAll(() => {
  server.close();
  removeFolder(base);
});

interface Reply {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

function ask(path: string, method = "GET", headers: Record<string, string> = {}): Promise<Reply> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: "127.0.0.1", path, method, headers }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => (body += part));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
    sent.on("error", reject).end();
  });
}

test.each([
  ["/", 200, "<h1>Shop</h1>"],
  ["/?a=b", 200, "<h1>Shop</h1>"],
  ["//", 200, "<h1>Shop</h1>"],
  ["http://shop.test/index.html", 200, "<h1>Shop</h1>"],
  ["/link.html", 200, "<h1>Shop</h1>"],
  ["/sub%20dir/", 200, "sub"],
  ["/na%C3%AFve.css", 200, "a{}"],
  ["/none.txt", 200, ""],
  ["/.well-known/security.txt", 200, "Contact"],
  ["/empty/", 404, "404 Not Found\n"],
  ["/index.html/", 404, "404 Not Found\n"],
  ["/.env", 404, "404 Not Found\n"],
  ["/.git/config", 404, "404 Not Found\n"],
  ["/%2egit/config", 404, "404 Not Found\n"],
  ["/sub%20dir/.well-known", 404, "404 Not Found\n"],
  ["/env.txt", 404, "404 Not Found\n"],
  ["/out.txt", 404, "404 Not Found\n"],
  ["/up/outside.txt", 404, "404 Not Found\n"],
  ["/pipe", 404, "404 Not Found\n"],
  [`/${"x".repeat(5000)}`, 404, "404 Not Found\n"],
  ["/../outside.txt", 400, "400 Bad Request\n"],
  ["/sub/%2e%2e/%2e%2e/outside.txt", 400, "400 Bad Request\n"],
  ["/..%2foutside.txt", 400, "400 Bad Request\n"],
  ["/a%00b", 400, "400 Bad Request\n"],
  ["/%ff", 400, "400 Bad Request\n"],
  ["/%", 400, "400 Bad Request\n"],
])("serveSite() answers %s with %i", async (path, status, body) => {
  const reply = await ask(path);
  expect([reply.status, reply.body]).toEqual([status, body]);
});

test.each([
  ["/sub%20dir?x=1", "/sub%20dir/?x=1"],
  ["//empty", "/empty/"],
])("serveSite() sends %s, a folder, on to %s", async (path, location) => {
  const reply = await ask(path);
  expect([reply.status, reply.headers.location]).toEqual([301, location]);
});

test("serveSite() names type, length and validators, and HEAD has no body", async () => {
  const get = await ask("/na%C3%AFve.css");
  expect(get.headers).toMatchObject({
    "content-type": "text/css; charset=utf-8",
    "content-length": "3",
    "accept-ranges": "bytes",
    "cache-control": "no-cache",
    "cdn-cache-control": "max-age=10",
    "x-content-type-options": "nosniff",
  });
  const head = await ask("/na%C3%AFve.css", "HEAD");
  const { date: _, ...fields } = get.headers;
  expect([head.status, head.body]).toEqual([200, ""]);
  expect(head.headers).toMatchObject(fields);
});

test("serveSite() refuses other methods and names those it has", async () => {
  const reply = await ask("/", "POST");
  expect([reply.status, reply.headers.allow]).toEqual([405, "GET, HEAD"]);
});

test("serveSite() answers conditional and range requests", async () => {
  const { headers } = await ask("/");
  expect((await ask("/", "GET", { "if-none-match": String(headers.etag) })).status).toBe(304);
  expect((await ask("/", "GET", { "if-match": '"other"' })).status).toBe(412);
  const part = await ask("/", "GET", { range: "bytes=4-7" });
  expect([part.status, part.body, part.headers["content-range"]]).toEqual([206, "Shop", "bytes 4-7/13"]);
  const beyond = await ask("/", "GET", { range: "bytes=99-" });
  expect([beyond.status, beyond.headers["content-range"]]).toEqual([416, "bytes */13"]);
});

test("serveSite() tells nothing of what lies behind a link out of the folder", async () => {
  mkdirSync(join(base, "foreign"));
  // A folder, a file and nothing are the same to a visitor.
  const replies = await Promise.all(
    ["/up", "/up/foreign", "/up/outside.txt", "/up/none"].map((path) => ask(path)),
  );
  expect(replies.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
});

test("serveSite() breaks the connection off where a file is cut off while it is sent", async () => {
  const path = join(base, "site/shrinks.bin");
  const octets = 64 << 20; // more than all buffers on the way hold
  writeFileSync(path, "");
  truncateSync(path, octets);
  const { port } = server.address() as AddressInfo;
  server.keepAliveTimeout = 120_000; // not what ends the connection here
  const failure = await new Promise((resolve) => {
    const sent = request({ port, host: "127.0.0.1", path: "/shrinks.bin" }, (response) => {
      truncateSync(path, 1000);
      response.on("data", () => {});
      response.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
      response.once("end", () => resolve("whole"));
    });
    sent.once("error", resolve).end();
  });
  expect(failure).toBe("ECONNRESET");
});
