// The console is served to everybody who asks at this platform's own host: its page at every path, its files with their tags, under a policy
// that lets nothing run that did not come from here.

import { expect, test } from "vitest";
import { createControl } from "../create-control.ts";
import type { ConsoleFile } from "../ports.ts";
import { createMemoryStore } from "#store";
import { controlSchema } from "../facts.ts";
import { ManualTime, testConfig, testHost } from "../testing.ts";

const text = (words: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(words);
const files: Record<string, ConsoleFile> = {
  "index.html": { octets: text("page"), mediaType: "text/html", entityTag: '"1"', isImmutable: false },
  "assets/a.js": {
    octets: text("script"),
    gzip: text("packed"),
    mediaType: "text/javascript",
    entityTag: '"2"',
    isImmutable: true,
  },
};

const ask = (path: string, init: RequestInit = {}, built = files): Response | Promise<Response> =>
  createControl({
    ...testHost(new ManualTime()),
    store: createMemoryStore(controlSchema),
    config: testConfig,
    console: { get: (name) => built[name] },
  }).fetch(
    new Request(`http://127.0.0.1:7700${path}`, {
      ...init,
      headers: { host: "127.0.0.1:7700", ...(init.headers as Record<string, string>) },
    }),
  );

test.each([
  "/console/",
  "/console/zones/shop.test",
  "/console/traces?url=https%3A%2F%2Fshop.test%2F",
  "/console/../console/x",
])("the page is at %s", async (path) => {
  const response = await ask(path);
  expect([response.status, await response.text()]).toEqual([200, "page"]);
  expect(response.headers.get("cache-control")).toBe("no-cache");
  expect(response.headers.get("content-security-policy")).toMatch(
    /^default-src 'none'; script-src 'self'; style-src 'self';/,
  );
  expect(response.headers.get("content-security-policy")).not.toContain("unsafe");
});

test("a file is kept for good, compressed for who can, and not sent again to who has it", async () => {
  const plain = await ask("/console/assets/a.js");
  expect([plain.headers.get("content-encoding"), await plain.text()]).toEqual([null, "script"]);
  expect(plain.headers.get("cache-control")).toContain("immutable");
  const packed = await ask("/console/assets/a.js", { headers: { "accept-encoding": "br, gzip" } });
  expect([packed.headers.get("content-encoding"), await packed.text()]).toEqual(["gzip", "packed"]);
  const again = await ask("/console/assets/a.js", { headers: { "if-none-match": '"2"' } });
  expect([again.status, await again.text()]).toEqual([304, ""]);
});

test.each<[string, RequestInit, number, string]>([
  ["/console/assets/old.js", {}, 404, "has no such file"],
  ["/console/", { method: "POST" }, 404, "it is a page"],
  ["/console/", { headers: { host: "rebound.example" } }, 403, "not this API's"],
])("%s is refused with %o", async (path, init, status, says) => {
  const response = await ask(path, init);
  expect(response.status).toBe(status);
  expect(((await response.json()) as { message: string }).message).toContain(says);
});

test("/console leads to the page, / too; where nothing was built that is said", async () => {
  expect((await ask("/console")).headers.get("location")).toBe("/console/");
  expect((await ask("/")).headers.get("location")).toBe("/console/");
  expect((await ask("/", {}, {})).headers.get("location")).toBe("/sign-in");
  const unbuilt = await ask("/console/", {}, {});
  expect([unbuilt.status, await unbuilt.text()]).toEqual([404, expect.stringContaining("it was not built")]);
});
