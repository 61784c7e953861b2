// Every page that the console leads to is there: from the overview on, whatever the navigation, the pages' own links and the palette lead to is
// opened once, and none of it is missing, fails to read what it shows, or throws.

import { afterAll, beforeAll, expect, test } from "vitest";
import { goTo, settle, startConsole, type ConsoleRig } from "./console.ts";

/** Pages that are opened at most: one of each kind is enough, and the documentation has many. */
const maxPages = 90;
/** Pages of one kind, such as chapters of the documentation, that are opened. */
const maxOfKind = 3;

let rig: ConsoleRig;

beforeAll(async () => {
  rig = await startConsole({ example: true });
});
afterAll(() => rig?.close());

/** Paths below /console that the page links to, without what stands behind a `#`. */
async function linksOf({ page }: ConsoleRig): Promise<string[]> {
  const hrefs = await page
    .locator("a[href]")
    .evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).href));
  return hrefs
    .map((href) => new URL(href))
    .filter(({ origin, pathname }) => origin === rig.base && pathname.startsWith("/console/"))
    .map(({ pathname, search }) => pathname.slice("/console".length) + search);
}

/** What is wrong with the page that is open; undefined where nothing is. */
async function problemOf({ page }: ConsoleRig): Promise<string | undefined> {
  if ((await page.getByText("There is no such page").count()) > 0) return "there is no such page";
  const alert = page.locator('main [role="alert"]').first();
  return (await alert.count()) > 0 ? `an alert: ${(await alert.innerText()).slice(0, 200)}` : undefined;
}

/** What kind of page a path is of: its first two parts. */
const kindOf = (path: string): string =>
  path
    .split(/[/?]/)
    .slice(1, 3)
    .join("/")
    .replace(/^(docs)\/.*/, "$1");

test("no link leads nowhere, and no page fails", { timeout: 600_000 }, async () => {
  const found = new Map<string, string>([["/", "the beginning"]]);
  const opened = new Set<string>();
  const kinds = new Map<string, number>();
  const problems: string[] = [];
  for (const [path, from] of found) {
    const kind = kindOf(path);
    const ofKind = kinds.get(kind) ?? 0;
    if (opened.size >= maxPages || ofKind >= maxOfKind) continue;
    kinds.set(kind, ofKind + 1);
    opened.add(path);
    await goTo(rig.page, `${rig.base}/console${path}`);
    await settle(rig.page).catch(() =>
      problems.push(`${path} (from ${from}): no heading, or it loads for ever`),
    );
    const problem = await problemOf(rig);
    if (problem !== undefined) problems.push(`${path} (from ${from}): ${problem}`);
    for (const link of await linksOf(rig)) if (!found.has(link)) found.set(link, path);
  }
  expect(problems).toEqual([]);
  expect(opened.size).toBeGreaterThan(30);
});

test("every choice of the palette leads to a page", { timeout: 600_000 }, async () => {
  const { page } = rig;
  const search = page.getByRole("combobox", { name: "Search and do" });
  const openPalette = async (): Promise<void> => {
    await goTo(page, `${rig.base}/console/status`);
    await settle(page);
    await page.keyboard.press("Control+k");
    await search.waitFor();
  };
  const titles = new Set<string>();
  await openPalette();
  for (const word of [
    "",
    "create",
    "register",
    "import",
    "trace",
    "undo",
    "key",
    "assign",
    "request",
    "shop",
  ]) {
    await search.fill(word);
    for (const option of await page.getByRole("option").allInnerTexts())
      titles.add(option.split("\n")[0]?.trim() ?? "");
  }
  titles.delete("");
  expect(titles.size).toBeGreaterThan(8);
  const problems: string[] = [];
  for (const title of titles) {
    await openPalette();
    await search.fill(title);
    const option = page.getByRole("option").filter({ hasText: title }).first();
    if ((await option.count()) === 0) continue; // another word for it: it was met under that one
    await option.click();
    await search.waitFor({ state: "detached" });
    await settle(page).catch(() => problems.push(`${title}: no heading`));
    const problem = await problemOf(rig);
    if (problem !== undefined) problems.push(`${title}: ${problem} (${new URL(page.url()).pathname})`);
  }
  expect(problems).toEqual([]);
});

test("nothing was thrown, and the pages' policy was kept", () => {
  expect(rig.complaints).toEqual([]);
});
