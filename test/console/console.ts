// The console in a real browser on a real platform: signed in as its owner, watched for what breaks its policy or is thrown, looked at in
// both themes and widths, judged by axe. FAIRLEAD_SCREENSHOTS names a folder for pictures of it; without it none are taken.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import axe from "axe-core";
import {
  chromium,
  type Browser,
  type BrowserContext,
  type Page,
  type Request,
  type Response,
} from "playwright-core";
import { root, run as runProgram, startPlatform, type Platform } from "../platform/harness.ts";

/** The owner that the setup link makes. */
export const owner: { readonly email: string; readonly password: string } = {
  email: "ada@example.org",
  password: "correct horse battery staple",
};

/** Where pictures go; undefined: nobody looks at them. */
const screenshotFolder = process.env["FAIRLEAD_SCREENSHOTS"];

/** Widths that pages are looked at in. */
const widths = { desktop: { width: 1280, height: 860 }, phone: { width: 390, height: 844 } } as const;

/** A browser in front of a platform. */
export interface ConsoleRig {
  readonly platform: Platform;
  readonly browser: Browser;
  readonly context: BrowserContext;
  readonly page: Page;
  /** `http://127.0.0.1:7700` of this platform. */
  readonly base: string;
  /** What pages threw, and what their policy forbade: empty at the end. */
  readonly complaints: readonly string[];
  /** Opens a page of the console and waits until it stands still. @param path  below /console */
  open(path: string): Promise<void>;
  /**
   * Has axe judge what is open in both themes and widths, and takes pictures of it where somebody asked for them.
   * @returns violations of impact serious or critical, each with where it is
   */
  inspect(name: string): Promise<string[]>;
  close(): Promise<void>;
}

/** Starts a platform (with the example where `example` says so), a browser, and signs its owner in. */
export async function startConsole(
  options: Parameters<typeof startPlatform>[0] & { readonly signIn?: boolean } = {},
): Promise<ConsoleRig> {
  const built = runProgram(process.execPath, [join(root, "scripts", "console.mjs")]);
  if (built.status !== 0) throw new Error(built.stderr);
  if (screenshotFolder !== undefined) mkdirSync(screenshotFolder, { recursive: true });
  const platform = await startPlatform(options);
  const executablePath = runProgram("sh", ["-c", "command -v chromium"]).stdout.trim();
  const browser = await chromium.launch({
    executablePath,
    timeout: 120_000,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  const context = await browser.newContext({ viewport: widths.desktop, reducedMotion: "reduce" });
  // Against hanging only: drawing takes its time on a busy machine.
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const base = `http://127.0.0.1:${platform.port(7700)}`;
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`thrown: ${error.message}`));
  page.on("console", (message) => {
    if (/policy|refused to/i.test(message.text())) complaints.push(message.text());
  });
  const rig: ConsoleRig = {
    platform,
    browser,
    context,
    page,
    base,
    complaints,
    open: (path) => openWhole(page, `${base}/console${path}`),
    inspect: (name) => inspect(page, name),
    close: async () => {
      await browser.close();
      await platform.remove();
    },
  };
  try {
    if (options.signIn !== false) await makeOwner(rig);
  } catch (error) {
    await rig.close();
    throw error;
  }
  return rig;
}

/** How often a page is opened whose loading Chromium gives up because a network of the machine came or went: containers bring some. */
const triesToOpen = 10;
const networkChanged = "ERR_NETWORK_CHANGED";

/** Has a page go somewhere. */
export async function goTo(page: Page, url: string): Promise<Response | null> {
  for (let tried = 1; ; tried++) {
    try {
      return await page.goto(url);
    } catch (error) {
      // Chromium itself opens anew what it gave up, and cuts off whoever else does.
      const isCut = /ERR_NETWORK_CHANGED|ERR_ABORTED|interrupted by another navigation/.test(String(error));
      if (!isCut || tried === triesToOpen) throw error;
    }
  }
}

/** Opens a page of the console and waits until it stands still; anew where a part of it did not come. */
async function openWhole(page: Page, url: string): Promise<void> {
  for (let tried = 1; ; tried++) {
    const cut = Promise.withResolvers<false>();
    const look = (request: Request): void => {
      const isPart = ["script", "stylesheet", "font"].includes(request.resourceType());
      if (isPart && request.failure()?.errorText.includes(networkChanged)) cut.resolve(false);
    };
    page.on("requestfailed", look);
    try {
      const gone = goTo(page, url);
      const opened = gone.then(() => settle(page)).then(() => true);
      if (await Promise.race([opened, cut.promise])) return;
      await gone; // two that go somewhere at once cut each other off
    } finally {
      page.off("requestfailed", look);
    }
    if (tried === triesToOpen) throw new Error(`${url} does not come whole`);
  }
}

async function makeOwner({ platform, page }: ConsoleRig): Promise<void> {
  const link = platform.json<{ url: string }>("setup").url;
  await goTo(page, link);
  await page.fill("input[name=email]", owner.email);
  await page.fill("input[name=password]:visible >> nth=0", owner.password);
  await page.click("main button");
  await page.waitForURL(/\/account/);
}

/** Waits until nothing is being read: no skeleton, and the fonts are there. */
export async function settle(page: Page): Promise<void> {
  await page.waitForLoadState("domcontentloaded");
  await page.locator("h1").first().waitFor();
  await page.waitForFunction(() => document.querySelector('[role="status"][aria-label="Loading"]') === null);
}

async function inspect(page: Page, name: string): Promise<string[]> {
  const found: string[] = [];
  for (const [width, viewport] of Object.entries(widths)) {
    await page.setViewportSize(viewport);
    for (const theme of ["light", "dark"]) {
      await page.evaluate((value) => {
        document.documentElement.dataset["theme"] = value;
        // Two frames: what is judged is drawn in it.
        return new Promise<void>((resolve) =>
          requestAnimationFrame(() => requestAnimationFrame(() => resolve())),
        );
      }, theme);
      await settle(page);
      const isTooWide = await page.evaluate(
        () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
      );
      if (isTooWide) found.push(`${name} ${width} ${theme}: the page is wider than its window`);
      if (screenshotFolder !== undefined) {
        const path = join(screenshotFolder, `${name}-${width}-${theme}.png`);
        await page.screenshot({ path, fullPage: true });
      }
      for (const violation of await judge(page)) found.push(`${name} ${width} ${theme}: ${violation}`);
    }
  }
  await page.setViewportSize(widths.desktop);
  return found;
}

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string | null;
    readonly help: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/** What axe finds of impact serious or critical in the page, by the rules of WCAG 2.2 AA and its best practice. */
async function judge(page: Page): Promise<string[]> {
  // By the browser's own hand, past the page's policy, which forbids scripts from elsewhere.
  const hasAxe = await page.evaluate(() => "axe" in window);
  if (!hasAxe) await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    // What is well is not described: that takes longer than to find it.
    (window as unknown as { axe: { run(options: object): Promise<AxeResults> } }).axe.run({
      resultTypes: ["violations"],
    }),
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, help, nodes }) =>
      nodes.map(
        ({ html, failureSummary }) => `${id} (${help}): ${html.slice(0, 200)} ${failureSummary ?? ""}`,
      ),
    );
}
