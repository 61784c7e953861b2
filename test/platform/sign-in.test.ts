// People on a running platform, with a real browser: the link that `fairlead up` prints makes the owner, once; second factor by RFC 6238;
// sessions outlive a restart and end when they should; what they are made of is found nowhere in the data folder. All of it without
// scripts, and with nothing loaded from elsewhere.

import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { run as runProgram, startPlatform, type Platform } from "./harness.ts";
import { goTo } from "../console/console.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { codeOf, decodeBase32, nextCodeOf } from "#identity/testing";
import type { LinkAnswer, Me, User } from "#contract";
import { findSecrets, type KnownSecret } from "./find-secrets.ts";

const password = "correct horse battery staple";
const email = "ada@example.org";

let platform: Platform;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let base: string;
let secret: Uint8Array;
let backupCodes: string[];
/** Addresses that the browser asked for. */
const asked = new Set<string>();
/** What it complained of: broken rules of the pages' own policy among it. */
const complaints: string[] = [];
const secrets: KnownSecret[] = [{ name: "password", octets: password }];

beforeAll(async () => {
  platform = await startPlatform();
  base = `http://127.0.0.1:${platform.port(7700)}`;
  const executablePath = runProgram("sh", ["-c", "command -v chromium"]).stdout.trim();
  browser = await chromium.launch({ executablePath, timeout: 120_000, args: ["--no-sandbox"] });
  context = await browser.newContext({ javaScriptEnabled: false });
  context.setDefaultTimeout(60_000);
  page = await context.newPage();
  page.on("request", (request) => asked.add(new URL(request.url()).origin));
  page.on("console", (message) => {
    if (/policy|refused to/i.test(message.text())) complaints.push(message.text());
  });
});
afterAll(async () => {
  await browser?.close();
  await platform?.remove();
});

const fill = async (fields: Record<string, string>): Promise<void> => {
  for (const [name, value] of Object.entries(fields))
    await page.fill(`input[name=${name}]:visible >> nth=0`, value);
};
const path = (): string => new URL(page.url()).pathname;

/** Remembers the session's token, which must be found nowhere. */
async function keepToken(name: string): Promise<void> {
  const cookies = await context.cookies();
  const cookie = cookies.find((one) => one.name.endsWith("session_token"));
  if (!cookie) throw new Error("no session");
  expect(cookie).toMatchObject({
    httpOnly: true,
    sameSite: "Strict",
    name: expect.stringContaining(String(platform.port(7700))),
  });
  secrets.push({ name, octets: decodeURIComponent(cookie.value).split(".")[0] ?? "" });
}

test("the link that up printed makes the owner, once", async () => {
  const link = /http:\/\/127\.0\.0\.1:\d+\/setup\?token=\S+/.exec(platform.log())?.[0] ?? "";
  secrets.push({ name: "token of the link", octets: new URL(link).searchParams.get("token") ?? "" });
  await goTo(page, link);
  await fill({ email, password: "short" });
  await page.click("main button"); // the browser itself refuses it
  expect(path()).toBe("/setup");
  await fill({ email, password });
  await page.click("main button");
  expect(path()).toBe("/account");
  expect(await page.textContent("[role=status]")).toContain("Your account is ready");
  await keepToken("first session");
  await goTo(page, link);
  expect(await page.textContent("h1")).toBe("This link is used up");
  expect(platform.json<User[]>("user", "list")).toMatchObject([{ email, role: "owner" }]);
  expect(platform.fairlead("setup").stderr).toContain("(resource-exists)");
  expect(platform.fairlead("history").stdout).toMatch(
    /user:ada@example\.org\s+Create user ada@example\.org as owner/,
  );
});

test("an authenticator is added, and asked for at the next sign-in; a code is good once", async () => {
  await goTo(page, `${base}/account`);
  await page.fill('form[action="/account/second-factor"] input[name=password]', password);
  await page.click('form[action="/account/second-factor"] button');
  const key = (await page.textContent(".key"))?.replaceAll(/\s/g, "") ?? "";
  secret = decodeBase32(key);
  backupCodes = await page.locator(".codes li").allTextContents();
  secrets.push({ name: "TOTP key", octets: key }, { name: "TOTP octets", octets: secret });
  secrets.push(...backupCodes.map((octets) => ({ name: "backup code", octets })));
  const first = codeOf(secret);
  await fill({ code: first });
  await page.click("main button");
  expect(await page.textContent("[role=status]")).toBe("The authenticator is asked for from now on.");
  await page.click("header button");
  expect(path()).toBe("/sign-in");
  await goTo(page, `${base}/account`);
  expect(path()).toBe("/sign-in");
  await fill({ email, password });
  await page.click("main button");
  expect(path()).toBe("/sign-in/code");
  await fill({ code: first });
  await page.click("main button");
  expect(await page.textContent("[role=alert]")).toContain("used before");
  await fill({ code: nextCodeOf(secret) });
  await page.click("main button");
  expect(path()).toBe("/account");
  await keepToken("second session");
});

test("a session outlives a restart of the platform, and its data folder tells nothing of it", async () => {
  expect(findSecrets([platform.data], secrets)).toEqual([]);
  await platform.stop();
  expect(findSecrets([platform.data], secrets)).toEqual([]);
  await platform.start();
  expect(platform.log()).not.toContain("/setup?token=");
  await goTo(page, `${base}/account`);
  expect(await page.textContent("h1")).toBe(email);
});

test("a session is as good as a key for reading, writes from its own pages only, and is worth nothing once it ended", async () => {
  const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  const send = async (
    method: string,
    at: string,
    headers: Record<string, string> = {},
    body?: unknown,
  ): Promise<number> =>
    (
      await fetch(`${base}${at}`, {
        method,
        headers: { cookie, "content-type": "application/json", ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    ).status;
  expect(await send("GET", "/v1/status")).toBe(200);
  expect(await send("POST", "/v1/domains", {}, { name: "own.test" })).toBe(403);
  expect(await send("POST", "/v1/domains", { origin: "http://evil.example" }, { name: "own.test" })).toBe(
    403,
  );
  expect(await send("POST", "/v1/domains", { origin: base }, { name: "own.test" })).toBe(200);
  expect(platform.fairlead("history").stdout).toMatch(/user:ada@example\.org\s+Register own\.test/);
  await page.click("header button");
  expect(await send("GET", "/v1/status")).toBe(401);
  expect(await send("POST", "/v1/domains", { origin: base }, { name: "late.test" })).toBe(401);
});

test("invitations come from the command line, and a user who is disabled is out", async () => {
  const link = platform.json<LinkAnswer>("user", "invite", "bob@example.org", "--role", "operator");
  secrets.push({
    name: "token of the invitation",
    octets: new URL(link.url).searchParams.get("token") ?? "",
  });
  const theirs = await browser.newContext({ javaScriptEnabled: false });
  theirs.setDefaultTimeout(60_000);
  const bob = await theirs.newPage();
  await goTo(bob, link.url);
  expect(await bob.inputValue("input[name=email]")).toBe("bob@example.org");
  await bob.fill("input[name=password]", "a different long password");
  await bob.click("main button");
  expect(await bob.textContent("h1")).toBe("bob@example.org");
  expect(platform.fairlead("user", "role", "ada@example.org", "viewer").stderr).toContain("(last-owner)");
  platform.json("user", "disable", "bob@example.org");
  await goTo(bob, `${base}/account`);
  expect(new URL(bob.url()).pathname).toBe("/sign-in");
  await bob.fill("input[name=email]", "bob@example.org");
  await bob.fill("input[name=password]", "a different long password");
  await bob.click("main button");
  expect(await bob.textContent("[role=alert]")).toBe("E-mail address or password is not right.");
  platform.json("user", "remove", "bob@example.org");
  await theirs.close();
  expect(platform.json<Me>("whoami")).toMatchObject({ name: "first-key", role: "owner" });
});

test("pages under a foreign name, as DNS rebinding has it, are refused", async () => {
  const { stdout } = runProgram("curl", [
    "-s",
    "-o",
    "/dev/null",
    "-w",
    "%{http_code}",
    "-H",
    "host: rebound.example",
    `${base}/sign-in`,
  ]);
  expect(stdout).toBe("403");
});

test("the browser asked nobody else, broke no rule, and nothing lies in the data folder in clear", () => {
  expect([...asked]).toEqual([base]);
  expect(complaints).toEqual([]);
  expect(findSecrets([platform.data], secrets)).toEqual([]);
});
