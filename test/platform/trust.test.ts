// Trusting the platform's certificates as a user does, in a home folder of the test's own: with the real certutil, and opened by the real
// Chromium through the visitor proxy, before and after. The system's store of this machine is left alone (--user).

import { createPublicKey } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createSecureContext } from "node:tls";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { issueLeaf, makeIssuing, makePrivateKey, makeRoot } from "#certificate";
import { root, run, runAside, servePage, startPlatform, type Platform } from "./harness.ts";
import { goTo } from "../console/console.ts";

let platform: Platform;
let server: Server;
let home = "";

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "fl-home-"));
  platform = await startPlatform();
  const page = await servePage("<h1>here</h1>");
  ({ server } = page);
  platform.json("register", "mine.test");
  platform.json("instance", "create", "web", "--address", `127.0.0.1:${page.port}`);
  platform.json("assign", "mine.test", "web");
});
afterAll(async () => {
  server?.close();
  await platform?.remove();
  rmSync(home, { recursive: true, force: true });
});

/** Runs a command with that home. */
function fairlead(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { ...platform.environment, HOME: home, XDG_CONFIG_HOME: join(home, ".config") };
  return spawnSync(join(root, "bin", "fairlead"), words, { env, encoding: "utf8", timeout: 180_000 });
}

const database = (): string => join(home, ".pki", "nssdb");

function listed(): string {
  return run("certutil", ["-L", "-d", `sql:${database()}`]).stdout;
}

/** What Chromium makes of the page: its text, or the error that it shows. @param straightTo  a port that every name leads to */
async function open(url: string, straightTo?: number): Promise<string> {
  const { chromium } = await import("playwright-core");
  const executablePath = run("sh", ["-c", "command -v chromium"]).stdout.trim();
  const browser = await chromium.launch({
    executablePath,
    timeout: 120_000,
    ...(straightTo === undefined ? { proxy: { server: `http://127.0.0.1:${platform.port(7780)}` } } : {}),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      ...(straightTo === undefined ? [] : [`--host-resolver-rules=MAP * 127.0.0.1:${straightTo}`]),
    ],
    env: { ...process.env, HOME: home },
  });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    await goTo(page, url);
    return (await page.textContent("h1")) ?? "";
  } catch (error) {
    return /net::\w+/.exec(String(error))?.[0] ?? String(error);
  } finally {
    await browser.close();
  }
}

test("Chromium does not trust it before", async () => {
  expect(await open("https://mine.test/")).toBe("net::ERR_CERT_AUTHORITY_INVALID");
});

test("--plan says what would be done, and does nothing", () => {
  const { status, stdout } = fairlead("trust", "install", "--user", "--plan");
  expect([status, existsSync(database())]).toEqual([0, false]);
  expect(stdout).toMatch(/Fairlead root [0-9a-f]{8}: would be added in Chromium/);
});

test("once installed, Chromium opens the page over HTTPS through the visitor proxy", async () => {
  const { status, stdout, stderr } = fairlead("trust", "install", "--user");
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/good for names under test, .*home\.arpa/);
  expect(listed()).toMatch(/Fairlead root [0-9a-f]{8}\s+C,,/);
  expect(await open("https://mine.test/")).toBe("here");
  expect(fairlead("trust", "install", "--user").stdout).toMatch(/there already/);
  expect(fairlead("trust", "show").stdout).toMatch(/^yes +Chromium/m);
});

test("curl takes the page's certificate by the exported root", async () => {
  const file = join(home, "root.pem");
  writeFileSync(file, fairlead("trust", "export").stdout);
  const words = [
    "-sS",
    "--cacert",
    file,
    "-x",
    `http://127.0.0.1:${platform.port(7780)}`,
    "https://mine.test/",
  ];
  expect(await runAside("curl", words)).toEqual({ status: 0, stdout: "<h1>here</h1>", stderr: "" });
});

test("a root that is trusted is trusted for private names alone, by Chromium too", async () => {
  const own = makeRoot(["test"], Date.now());
  const issuing = makeIssuing(own, ["test"], Date.now());
  const key = makePrivateKey();
  const names = ["good.test", "www.example.com"];
  const pems = names.map((name) =>
    issueLeaf(issuing, { names: [name], publicKey: createPublicKey(key), now: Date.now() }),
  );
  const contexts = pems.map((pem) =>
    createSecureContext({
      key: key.export({ type: "pkcs8", format: "pem" }),
      cert: `${pem}${issuing.certificate}`,
    }),
  );
  const hostile = createHttpsServer(
    { SNICallback: (name, done) => done(null, contexts[names.indexOf(name)]) },
    (_request, response) => response.end("<h1>here</h1>"),
  );
  await new Promise<void>((resolve) => hostile.listen(0, "127.0.0.1", resolve));
  const at = hostile.address();
  const port = typeof at === "object" && at !== null ? at.port : 0;
  const file = join(home, "own.pem");
  writeFileSync(file, own.certificate);
  run("certutil", ["-A", "-d", `sql:${database()}`, "-t", "C,,", "-n", "own", "-i", file]);
  try {
    expect(await open("https://good.test/", port)).toBe("here");
    expect(await open("https://www.example.com/", port)).toMatch(/^net::ERR_CERT_(?!AUTHORITY)/);
  } finally {
    hostile.close();
  }
});

test("what others put into the database stays when it is taken away", async () => {
  const other = join(home, "other.pem");
  run("sh", [
    "-c",
    `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout /dev/null -out ${other} -subj /CN=other -days 2 2>/dev/null`,
  ]);
  run("certutil", ["-A", "-d", `sql:${database()}`, "-t", "C,,", "-n", "other", "-i", other]);
  const { status, stdout } = fairlead("trust", "uninstall", "--user");
  expect(status).toBe(0);
  expect(stdout).toMatch(/removed in Chromium/);
  expect(listed()).toMatch(/other\s+C,,/);
  expect(listed()).not.toMatch(/Fairlead/);
  expect(await open("https://mine.test/")).toBe("net::ERR_CERT_AUTHORITY_INVALID");
  expect(fairlead("trust", "uninstall", "--user").stdout).toMatch(/not there/);
});

test("when the platform is gone its root can still be taken away", async () => {
  expect(fairlead("trust", "install", "--user").status).toBe(0);
  await platform.stop();
  const { status, stdout } = fairlead("trust", "uninstall", "--user");
  expect([status, listed().includes("Fairlead")]).toEqual([0, false]);
  expect(stdout).toMatch(/The platform does not answer/);
  expect(fairlead("trust", "uninstall", "--user").status).not.toBe(0);
});
