// The frame around every page: where one is after a page was opened, the keyboard, what the palette does with the thing at hand, and messages
// that are heard.

import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { settle, startConsole, type ConsoleRig } from "./console.ts";

let rig: ConsoleRig;
const getByRole: Page["getByRole"] = (...asked) => rig.page.getByRole(...asked);
const press = (keys: string): Promise<void> => rig.page.keyboard.press(keys);
const path = (): string => new URL(rig.page.url()).pathname;

beforeAll(async () => {
  rig = await startConsole({ example: true });
});
afterAll(() => rig?.close());

/** What has the focus. */
const focused = (): Promise<string> =>
  rig.page.evaluate(() => `${document.activeElement?.tagName} ${document.activeElement?.textContent}`);

test("a page that is opened has its title, and its heading has the focus", async () => {
  await rig.open("/status");
  await expect.poll(() => rig.page.title()).toBe("Status · Fairlead");
  expect(await focused()).not.toMatch(/^H1/);
  await getByRole("navigation").getByRole("link", { name: "History" }).click();
  await expect.poll(() => rig.page.title()).toBe("History · Fairlead");
  await expect.poll(focused).toBe("H1 History");
  // A filter is no other page: what has the focus keeps it.
  await rig.page.getByLabel("Zone").fill("shop.test");
  await press("Enter");
  await expect.poll(() => new URL(rig.page.url()).searchParams.get("zone")).toBe("shop.test");
  expect(await focused()).toMatch(/^INPUT/);
});

test("letters lead to pages and to help, and can be switched off", async () => {
  await rig.open("/status");
  await press("g");
  await press("k");
  await expect.poll(path).toBe("/console/keys");
  await expect.poll(focused).toBe("H1 Keys");
  await press("?");
  await getByRole("dialog", { name: "Keyboard" }).waitFor();
  expect(await rig.inspect("keyboard")).toEqual([]);
  await press("Escape");
  await getByRole("dialog").waitFor({ state: "detached" });
  await press("/");
  await getByRole("combobox", { name: "Search and do" }).waitFor();
  await press("Escape");
  await getByRole("dialog").waitFor({ state: "detached" });
  // In a field they are letters.
  await rig.open("/history");
  await rig.page.getByLabel("Zone").click();
  await rig.page.keyboard.type("gk?");
  expect(await rig.page.getByLabel("Zone").inputValue()).toBe("gk?");
  expect(path()).toBe("/console/history");

  await rig.open("/status");
  await press("?");
  await getByRole("switch", { name: "Letters by themselves" }).click();
  await press("Escape");
  await getByRole("dialog").waitFor({ state: "detached" });
  await press("g");
  await press("k");
  await press("?");
  expect(path()).toBe("/console/status");
  expect(await getByRole("dialog").count()).toBe(0);
  // The palette is there all the same, and help by its menu.
  await press("Control+k");
  await getByRole("combobox", { name: "Search and do" }).waitFor();
  await press("Escape");
  await rig.page.evaluate(() => localStorage.clear());
});

test("the palette does what can be done with the thing at hand, as a plan, and remembers pages", async () => {
  const { instances } = await rig.platform.call<{ instances: { name: string; run: { kind: string } }[] }>(
    "GET",
    "/v1/instances",
  );
  const name = instances.find(({ run }) => run.kind !== "address")?.name ?? "";
  await rig.open("/status");
  await getByRole("navigation").getByRole("link", { name: "Instances" }).click();
  await settle(rig.page);
  await getByRole("main").getByRole("link", { name, exact: true }).first().click();
  await expect.poll(path).toBe(`/console/instances/${name}`);
  await settle(rig.page);
  await press("Control+k");
  const first = getByRole("option").first();
  await expect.poll(() => first.innerText()).toMatch(new RegExp(`Stop instance ${name}\\s+On this page`));
  await getByRole("option", { name: /Status\s*Open before/ }).waitFor();
  expect(await rig.inspect("palette")).toEqual([]);
  await press("Enter");
  const dialog = getByRole("dialog");
  await dialog.getByText("Show as command line").click();
  await dialog.getByText(`fairlead instance stop ${name}`).waitFor();
  await dialog.getByRole("tab", { name: "AWS CLI" }).click();
  await dialog.getByText(new RegExp(`^aws lightsail stop-instance[^]*--instance-name ${name}`)).waitFor();
  expect(await rig.inspect("plan-as-aws")).toEqual([]);
  await dialog.getByRole("button", { name: "Stop", exact: true }).click();

  // What was done is heard: the region of messages is live, and has the way back.
  const region = rig.page.locator('[role="region"][aria-live="polite"]');
  await region.getByText(new RegExp(name)).first().waitFor();
  await region.getByRole("button", { name: "Undo" }).click();
  await expect
    .poll(async () => (await rig.platform.call<{ desired: string }>("GET", `/v1/instances/${name}`)).desired)
    .toBe("running");
});

test("what is done about another thing is found by its name", async () => {
  await rig.open("/status");
  await press("Control+k");
  const search = getByRole("combobox", { name: "Search and do" });
  await search.fill("renew domain shop");
  await getByRole("option", { name: /Renew domain shop\.test/ })
    .first()
    .waitFor();
  await press("Enter");
  await getByRole("dialog").getByRole("button", { name: "Renew", exact: true }).waitFor();
  await press("Escape");
});

test("a resource's page has its history beside it, and tags of one's own", async () => {
  await rig.open("/instances/shop-1?tab=settings");
  await rig.page.getByLabel("Key", { exact: true }).fill("stage");
  await rig.page.getByLabel("Value", { exact: true }).fill("test");
  await getByRole("button", { name: "Add", exact: true }).click();
  await getByRole("main").getByText("= test").waitFor();
  expect(await rig.inspect("tags")).toEqual([]);
  await getByRole("button", { name: "History", exact: true }).click();
  const panel = getByRole("dialog", { name: "History of shop-1" });
  await panel
    .getByRole("link", { name: /[Tt]ag/ })
    .first()
    .waitFor();
  expect(await rig.inspect("history-of")).toEqual([]);
  await panel.getByRole("link", { name: "As a page, with filters" }).click();
  await expect.poll(() => new URL(rig.page.url()).searchParams.get("resource")).toBe("shop-1");
  await rig.open("/instances/shop-1?tab=settings");
  await getByRole("button", { name: "Take tag stage away" }).click();
  await getByRole("main").getByText("= test").waitFor({ state: "detached" });
});

test("what was not loaded at first is there when the platform is away", async () => {
  await rig.open("/status");
  await rig.page.waitForLoadState("networkidle").catch(() => {});
  await rig.page.waitForFunction(() =>
    performance.getEntriesByType("resource").some(({ name }) => name.includes("/palette-")),
  );
  await rig.platform.stop();
  await rig.page.getByText("The platform does not answer").waitFor();
  await press("Control+k");
  await getByRole("combobox", { name: "Search and do" }).waitFor();
  await press("Escape");
  await rig.platform.start();
  await rig.page.getByText("The platform does not answer").waitFor({ state: "detached" });
});

test("nothing was thrown, and the page's policy was kept", () => {
  expect(rig.complaints).toEqual([]);
});
