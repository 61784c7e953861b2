// A distribution over a load balancer over two instances of a real platform, with real clients: what is asked once and given often, what is
// forgotten by path, by prefix and whole, its pages, its names with their certificate, and that purges, resets and another origin under
// constant load lose no request.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, createServer, get, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Change, Distribution, Operation, Status, WriteAnswer } from "#contract";
import { rolePid, runAside, startPlatform, type Platform, type Ran } from "./harness.ts";

let platform: Platform;
let folder: string;
const servers: Server[] = [];
let load: Load | undefined;

/** Requests that the instances had, by path. Health checks are left out. */
const asked = new Map<string, number>();

/** What `/version` says, and what visitors must not be given anything older than. */
let version = 0;
let floor = 0;

/** A server of pages with a life of their own; `/none/*` says nothing of it, and what is not there is 404. */
async function createOrigin(name: string): Promise<void> {
  const server = createServer((request, response) => {
    const { url = "" } = request;
    if (url === "/health") {
      response.end();
      return;
    }
    if (url === "/hang") return;
    asked.set(url, (asked.get(url) ?? 0) + 1);
    if (url.startsWith("/missing")) response.writeHead(404);
    else if (url.startsWith("/private")) response.writeHead(200, { "Cache-Control": "private" });
    else if (!url.startsWith("/none")) response.writeHead(200, { "Cache-Control": "max-age=600" });
    if (url === "/version") {
      // Some answers are under way while the cache forgets.
      const said = version;
      setTimeout(() => response.end(`version ${said} for ${url}\n`), said % 3);
      return;
    }
    const cookie = request.headers.cookie === undefined ? "" : ` cookie ${request.headers.cookie}`;
    response.end(`${name} ${url}${cookie} for ${request.headers.host}\n`);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  platform.json("instance", "create", name, "--address", `127.0.0.1:${port}`);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fl-site-"));
  platform = await startPlatform();
  for (const name of ["web-1", "web-2", "other"]) await createOrigin(name);
  const body = {
    name: "front",
    instances: ["web-1", "web-2"],
    settings: {
      healthCheck: {
        path: "/health",
        intervalMs: 1000,
        timeoutMs: 1000,
        healthyThreshold: 2,
        unhealthyThreshold: 10,
      },
    },
  };
  await platform.succeed("POST", "/v1/load-balancers", body);
  await platform.succeed("POST", "/v1/domains", { name: "site.test" });
  await platform.succeed("POST", "/v1/distributions", { name: "site", origin: "front" });
});
afterEach(() => load?.stop());
afterAll(async () => {
  await platform?.remove();
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true, force: true });
});

const show = (): Distribution => platform.json("distribution", "show", "site");
const set = (settings: object): Promise<void> => platform.succeed("PUT", "/v1/distributions/site", settings);
const purge = (...paths: string[]): Promise<void> =>
  platform.succeed("POST", "/v1/distributions/site/purge", { paths });

/** Runs curl with an answer's head; names are looked up by the platform's own resolver. */
async function curl(url: string, ...words: string[]): Promise<Ran> {
  const { hostname, protocol } = new URL(url);
  const found = await runAside("dig", [
    "@127.0.0.1",
    "-p",
    String(platform.port(5300)),
    "+short",
    hostname,
    "A",
  ]);
  const to = `${hostname}:${protocol === "https:" ? 443 : 80}:${found.stdout.trim()}:${platform.port(protocol === "https:" ? 8443 : 8080)}`;
  return runAside("curl", ["-sS", "-i", "--max-time", "60", "--connect-to", to, ...words, url]);
}

const site = "http://site.distributions.fairlead.internal";

/** What Cache-Status says of one visit, and what came. */
async function visit(
  path: string,
  ...words: string[]
): Promise<{ status: string; cache: string; body: string }> {
  const { stdout } = await curl(site + path, ...words);
  const [head = "", body = ""] = stdout.split(/\r\n\r\n/);
  return {
    status: /^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? head,
    cache: /^X-Cache: (\w+)/im.exec(head)?.[1] ?? "none",
    body: body.trim(),
  };
}

test("its name leads to it, and what was asked once is given from then on", async () => {
  const found = show();
  expect(found).toMatchObject({
    status: "Deployed",
    origin: { name: "front", resourceType: "LoadBalancer" },
  });
  const first = await visit("/a");
  expect(first).toMatchObject({ status: "200", cache: "Miss" });
  expect(first.body).toMatch(/^web-[12] \/a for front\.load-balancers\.fairlead\.internal$/);
  expect(await visit("/a")).toEqual({ ...first, cache: "Hit" });
  expect(await visit("/a?q=1", "-H", "Cookie: id=7")).toEqual({ ...first, cache: "Hit" });
  expect(asked.get("/a")).toBe(1);
  expect((await visit("/none/a")).cache).toBe("Miss");
  expect((await visit("/none/a")).cache).toBe("Hit");
  for (const _ of [1, 2]) expect((await visit("/private/a")).cache).toBe("Miss");
  expect(asked.get("/private/a")).toBe(2);
});

test("it forgets by path, by prefix and whole, and says when it has", async () => {
  const caches = async (...paths: string[]): Promise<string[]> => {
    const all = [];
    for (const path of paths) all.push((await visit(path)).cache);
    return all;
  };
  const paths = ["/img/1", "/img/2", "/imgs", "/b"];
  await caches(...paths);
  expect(await caches(...paths)).toEqual(["Hit", "Hit", "Hit", "Hit"]);
  await purge("/b");
  expect(await caches(...paths)).toEqual(["Hit", "Hit", "Hit", "Miss"]);
  await purge("/img/*", "/nothing/*");
  expect(await caches(...paths)).toEqual(["Miss", "Miss", "Hit", "Hit"]);
  const reset = platform.fairlead("distribution", "reset", "site");
  expect(reset).toMatchObject({ status: 0, stderr: "" });
  expect(reset.stdout).toContain("Distribution site forgets all that it stored");
  expect(reset.stdout).toContain("Done.\n");
  expect(await caches(...paths)).toEqual(["Miss", "Miss", "Miss", "Miss"]);
  expect(show().latestCacheReset).toMatchObject({ status: "Done" });
  const [last] = platform.json<Change[]>("history");
  const undo = platform.fairlead("undo", String(last?.revision));
  expect(undo.status).toBe(6);
  expect(undo.stderr).toContain("what a cache forgot is fetched anew, and not brought back");
});

test("a purge is not done while the edge has not carried it out", async () => {
  await visit("/b");
  const pid = await rolePid(platform.data, "edge");
  // Its connection of before may be over.
  await wait(100);
  process.kill(pid, "SIGSTOP");
  try {
    const { operation } = await platform.call<WriteAnswer>("POST", "/v1/distributions/site/purge", {
      paths: ["/b"],
    });
    await wait(1000);
    const waiting = await platform.call<Operation>("GET", `/v1/operations/${operation?.id}`);
    expect(waiting).toMatchObject({ status: "Started", operationType: "PurgeDistribution" });
    process.kill(pid, "SIGCONT");
    await expect
      .poll(() => platform.call("GET", `/v1/operations/${operation?.id}`), { timeout: 60_000 })
      .toMatchObject({ status: "Succeeded" });
  } finally {
    process.kill(pid, "SIGCONT");
  }
  expect((await visit("/b")).cache).toBe("Miss");
});

test("what it is set to holds for the next visitor: root object, behaviours, cookies, queries, error pages", async () => {
  const options = ["--index", "start", "--paths", "/a/*=dont-cache", "--queries", "q", "--cookies", "i*"];
  const errors = ["--errors", "404=/page:410:5s"];
  expect(platform.fairlead("distribution", "set", "site", ...options, ...errors)).toMatchObject({
    status: 0,
    stderr: "",
  });
  expect((await visit("/")).body).toMatch(/^web-[12] \/start /);
  for (const _ of [1, 2]) expect(await visit("/a/1")).toMatchObject({ cache: "Miss" });
  expect((await visit("/c?x=1&q=2", "-H", "Cookie: a=1; id=7")).body).toMatch(/ \/c\?q=2 cookie id=7 /);
  expect((await visit("/c?q=2&y=3", "-H", "Cookie: id=7; b=2")).cache).toBe("Hit");
  expect((await visit("/c?q=2", "-H", "Cookie: id=8")).cache).toBe("Miss");
  const missing = await visit("/missing/1");
  expect(missing).toMatchObject({
    status: "410",
    body: expect.stringMatching(/^web-[12] \/page /) as string,
  });
  const shown = platform.fairlead("distribution", "show", "site").stdout;
  expect(shown).toContain("/ is start");
  expect(shown).toMatch(/404 +\/page +410 +5 s/);
  const back = ["--index", "none", "--paths", "none", "--queries", "default", "--cookies", "default"];
  expect(platform.fairlead("distribution", "set", "site", ...back, "--errors", "none").status).toBe(0);
  expect(show()).not.toHaveProperty("cacheBehaviorSettings");
  expect((await visit("/missing/1")).status).toBe("404");
});

test("an origin that does not answer in its time is given up, and what is stored is served on", async () => {
  await visit("/a");
  platform.json("distribution", "set", "site", "--timeout", "1");
  expect((await visit("/hang")).status).toBe("504");
  expect(await visit("/a")).toMatchObject({ status: "200", cache: "Hit" });
  platform.json("distribution", "set", "site", "--timeout", "default");
});

test("one that is disabled refuses every visitor until it is enabled", async () => {
  await visit("/a");
  const plan = platform.fairlead("distribution", "disable", "site", "--plan");
  expect(plan.stdout).toContain("site will answer 503 Service Unavailable until it is enabled");
  expect((await visit("/a")).status).toBe("200");
  platform.json("distribution", "disable", "site");
  expect((await visit("/a")).status).toBe("503");
  expect(platform.fairlead("distribution", "list").stdout).toMatch(/site +Deployed, disabled/);
  platform.json("distribution", "enable", "site");
  expect((await visit("/a")).status).toBe("200");
  expect(platform.json<Status>("status").counts.distributions).toBe(1);
});

test("a certificate that is issued gives it names of its own over HTTPS, and HTTP is sent there", async () => {
  platform.json("certificate", "create", "own", "site.test", "www.site.test");
  platform.json("alias", "site.test", "@", "site");
  platform.json("alias", "site.test", "www", "site");
  expect(platform.fairlead("distribution", "attach-certificate", "site", "own")).toMatchObject({ status: 0 });
  expect(show()).toMatchObject({
    alternativeDomainNames: ["site.test", "www.site.test"],
    publicPorts: [80, 443],
  });
  const pem = join(folder, "root.pem");
  writeFileSync(pem, platform.fairlead("trust", "export").stdout);
  for (const host of ["site.test", "www.site.test"]) {
    const { stdout, stderr } = await curl(`https://${host}/tls`, "--cacert", pem);
    expect([stdout.split("\r\n")[0], stderr]).toEqual(["HTTP/1.1 200 OK", ""]);
  }
  const plain = await curl("http://site.test/tls?x=1");
  expect(plain.stdout).toMatch(/^HTTP\/1\.1 30[18] /);
  expect(plain.stdout).toMatch(/^Location: https:\/\/site\.test(:\d+)?\/tls\?x=1\r$/m);
  const taken = platform.fairlead("certificate", "delete", "own", "--force");
  expect(taken.stderr).toContain('Cannot delete certificate "own": it is attached to site');
  platform.json("distribution", "set", "site", "--no-redirect");
});

test("a certificate that waits for its validation is not attached", async () => {
  const pid = await rolePid(platform.data, "names");
  // While the name servers do not answer, nothing proves a name.
  process.kill(pid, "SIGSTOP");
  try {
    // Its connection of before may be over.
    await wait(100);
    await platform.call("POST", "/v1/certificates", { name: "late", domainName: "late.site.test" });
    const ran = platform.fairlead("distribution", "attach-certificate", "site", "late");
    expect(ran.status).toBe(6);
    expect(ran.stderr).toContain("it is PENDING_VALIDATION, and only one that is issued can be attached");
  } finally {
    process.kill(pid, "SIGCONT");
  }
  await expect
    .poll(() => platform.call("GET", "/v1/certificates/late"), { timeout: 60_000, interval: 500 })
    .toMatchObject({ status: "ISSUED" });
  const ran = platform.fairlead("distribution", "set", "site", "--certificate", "late", "--plan");
  expect(ran.stdout).toContain("site.test, www.site.test are names of site no more");
});

/** Visitors without a pause: half of them over one connection each, half over a new one each time. */
class Load {
  readonly failures: string[] = [];
  readonly seen: Set<string> = new Set();
  count = 0;
  #isOn = true;
  readonly #visitors: Promise<void>[];

  constructor(address: string) {
    this.#visitors = [true, true, false, false].map(async (keepAlive, visitor) => {
      const agent = new Agent({ keepAlive, maxSockets: 1 });
      let i = 0;
      while (this.#isOn) {
        const path = ["/load/1", "/load/2", "/private/load", `/load/only-${visitor}-${i}`][i++ % 4] ?? "/";
        await new Promise<void>((resolve) => {
          const options = { host: address, port: platform.port(8080), path, agent, timeout: 60_000 };
          const fail = (error: Error): void => {
            this.failures.push(`${path}: ${error.message}`);
            resolve();
          };
          get(options, (response) => {
            let body = "";
            response.setEncoding("utf8").on("data", (text: string) => (body += text));
            response.on("error", fail);
            response.on("end", () => {
              this.count++;
              if (response.statusCode !== 200 || !body.includes(` ${path} for `))
                this.failures.push(`${path}: ${response.statusCode} ${body}`);
              else this.seen.add(body.split(" ", 1)[0] ?? "");
              resolve();
            });
          }).on("error", fail);
        });
      }
      agent.destroy();
    });
  }

  /** Waits until so many more visits have been answered: how long that takes is the machine's. */
  async more(visits: number): Promise<void> {
    for (const enough = this.count + visits; this.count < enough && this.failures.length === 0;)
      await wait(10);
  }

  async stop(): Promise<void> {
    this.#isOn = false;
    await Promise.all(this.#visitors);
  }
}

test("purges, resets, another origin and other settings under constant load lose no request", async () => {
  load = new Load(show().publicAddresses[0]?.address ?? "");
  for (let i = 0; i < 5; i++) {
    await purge("/load/1", "/load/only-*");
    await platform.succeed("POST", "/v1/distributions/site/reset", {});
    await set({ origin: { name: i % 2 === 0 ? "other" : "front" } });
    await set({ cacheBehaviorSettings: i % 2 === 0 ? { defaultTtl: i + 1 } : null });
    await load.more(100);
  }
  await load.stop();
  expect(load.failures).toEqual([]);
  expect([...load.seen].sort()).toEqual(["other", "web-1", "web-2"]);
});

test("after a purge nobody is given what was before it, whatever was under way", async () => {
  const address = show().publicAddresses[0]?.address ?? "";
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const old: string[] = [];
  let count = 0;
  let isOn = true;
  const visitors = Array.from({ length: 8 }, async () => {
    while (isOn) {
      const least = floor;
      const body = await new Promise<string>((resolve) => {
        const fail = (error: Error): void => resolve(error.message);
        get({ host: address, port: platform.port(8080), path: "/version", agent }, (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (part: string) => (text += part));
          response.on("end", () => resolve(text));
          response.on("error", fail);
        }).on("error", fail);
      });
      count++;
      if (!(Number(/^version (\d+) /.exec(body)?.[1]) >= least)) old.push(`${body} after ${least}`);
    }
  });
  for (let i = 0; i < 30; i++) {
    version++;
    const next = version;
    await (i % 3 === 2
      ? platform.succeed("POST", "/v1/distributions/site/reset", {})
      : purge(i % 3 === 0 ? "/version" : "/ver*"));
    floor = next;
    for (const enough = count + 20; count < enough;) await wait(1);
  }
  isOn = false;
  await Promise.all(visitors);
  agent.destroy();
  expect(old).toEqual([]);
});

test("what it asks is not deleted under it, nor itself while a name leads to it", () => {
  const inUse = platform.fairlead("instance", "delete", "other");
  expect(inUse.status).toBe(6);
  expect(inUse.stderr).toContain("it is the origin of distribution site");
  const named = platform.fairlead("distribution", "delete", "site");
  expect(named.stderr).toContain('Cannot delete distribution "site": site.test leads to it');
  platform.json("alias", "delete", "site.test", "@");
  platform.json("alias", "delete", "site.test", "www");
  platform.json("distribution", "delete", "site");
  platform.json("instance", "delete", "other");
  expect(platform.fairlead("distribution", "list").stdout).not.toContain("site");
});
