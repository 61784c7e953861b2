// The status page and the frame around every page: signing in over a page that stays, the theme, the palette, the way back when the
// platform was away.

import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../platform/harness.ts";
import { owner, settle, startConsole, type ConsoleRig } from "./console.ts";
import { soon } from "./forms.ts";

let rig: ConsoleRig;

beforeAll(async () => {
  rig = await startConsole({ example: true });
});
afterAll(() => rig?.close());

test("the status page names every role, and axe finds nothing", async () => {
  await rig.open("/status");
  for (const role of ["names", "resolver", "edge", "runtime"])
    await expect.poll(() => rig.page.getByRole("row", { name: new RegExp(role) }).count()).toBeGreaterThan(0);
  const root = [`@${rig.platform.address("127.53.0.1")}`, "-p", String(rig.platform.port(5301))];
  run("dig", [...root, "+norecurse", "+tries=1", ".", "SOA"]);
  const groups = rig.page.getByRole("table", { name: "Groups of name servers" });
  await groups.getByRole("row", { name: /^Root .*(?:µs|ms)/ }).waitFor(soon);
  await rig.page.getByRole("region", { name: "Time to answer" }).locator("canvas").waitFor();
  expect(await rig.inspect("status")).toEqual([]);
});

test("a session that ends is asked for again over the page, which stays as it was", async () => {
  await rig.open("/status");
  await rig.context.clearCookies();
  const dialog = rig.page.getByRole("dialog", { name: "Sign in to Fairlead" });
  await dialog.waitFor();
  expect(await rig.inspect("sign-in")).toEqual([]);
  await dialog.getByLabel("E-mail address").fill(owner.email);
  await dialog.getByLabel("Password").fill("wrong");
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await dialog.getByText("is not right").waitFor();
  await dialog.getByLabel("Password").fill(owner.password);
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await dialog.waitFor({ state: "detached" });
  await settle(rig.page);
  await rig.page.getByRole("heading", { name: "Status" }).waitFor();
});

test("control away: the page says so, and comes back by itself", async () => {
  await rig.open("/status");
  await rig.platform.stop();
  const banner = rig.page.getByText("The platform does not answer");
  await banner.waitFor();
  await rig.platform.start();
  await banner.waitFor({ state: "detached" });
});

test("the palette leads to pages and things from the keyboard", async () => {
  await rig.open("/status");
  await rig.page.keyboard.press("Control+k");
  const search = rig.page.getByRole("combobox", { name: "Search and do" });
  await search.fill("shop.test");
  await rig.page.getByRole("option").first().waitFor();
  await search.fill("status");
  await rig.page.keyboard.press("Enter");
  await search.waitFor({ state: "detached" });
  expect(new URL(rig.page.url()).pathname).toBe("/console/status");
});

test("nothing was thrown, and the page's policy was kept", () => {
  expect(rig.complaints).toEqual([]);
});
