// The overview on a real platform: the picture of routes with the ways through what is pointed at, the same as a list, what goes on now
// while somebody visits, and an instance that stops: its way is seen to break without a reload, and to heal.

import { afterAll, beforeAll, expect, test } from "vitest";
import { runAside } from "../platform/harness.ts";
import { startConsole, type ConsoleRig } from "./console.ts";

let rig: ConsoleRig;

beforeAll(async () => {
  rig = await startConsole({ example: true });
});
afterAll(() => rig?.close());

/** How long something may take that follows by itself. */
const soon = { timeout: 60_000 };

/** The names of nodes in a column of the picture. */
const column = (name: string) => rig.page.getByRole("list", { name, exact: true }).getByRole("listitem");

test("every name stands at the left, and its way to what answers beside it", async () => {
  await rig.open("/");
  await rig.page.getByText("Every name that leads to a resource here works").waitFor();
  await column("Name").first().waitFor();
  expect(await column("Name").allTextContents()).toEqual([
    expect.stringContaining("shop.test"),
    expect.stringContaining("app.shop.test"),
  ]);
  expect(await column("In front").allTextContents()).toEqual([expect.stringContaining("shop-cache")]);
  expect(await rig.inspect("overview")).toEqual([]);
});

test("who comes to a node by keyboard sees the ways through it, and nothing else lit", async () => {
  await rig.open("/");
  const node = rig.page.getByRole("link", { name: /^shop-app/ }).first();
  await node.waitFor();
  await node.focus();
  const opacityOf = (name: string, at: string): Promise<string> =>
    column(name)
      .filter({ hasText: at })
      .first()
      .evaluate((element) => getComputedStyle(element).opacity);
  await expect.poll(() => opacityOf("Name", "app.shop.test"), soon).toBe("1");
  await expect.poll(() => opacityOf("In front", "shop-cache"), soon).toBe("0.3");
  await node.press("Enter");
  await rig.page.waitForURL(/\/console\/container-services\/shop-app/);
});

test("the same as a list, in the URL, for those with a part of a name", async () => {
  await rig.open("/");
  await rig.page.getByRole("button", { name: "List" }).click();
  await rig.page.waitForURL(/as=list/);
  await rig.page.getByRole("list", { name: "Routes" }).waitFor();
  await rig.page.getByLabel("Only names with").fill("app.");
  await rig.page.waitForURL(/name=app/);
  await expect
    .poll(() => rig.page.getByRole("list", { name: "Routes" }).getByRole("link").first().textContent(), soon)
    .toBe("app.shop.test");
  await rig.page.getByLabel("Only names with").fill("nobody has this");
  await rig.page.getByText("No such name").waitFor();
  expect(await rig.inspect("overview-nothing-found")).toEqual([]);
});

test("what visitors ask for is seen as it comes", async () => {
  await rig.open("/");
  const [address = ""] = rig.platform
    .json<{ publicAddresses: { address: string }[] }>("distribution", "show", "shop-cache")
    .publicAddresses.map((one) => one.address);
  const url = `http://${address}:${rig.platform.port(8080)}/`;
  const visit = runAside("sh", [
    "-c",
    `for i in $(seq 40); do curl -sS -o /dev/null -H 'Host: shop.test' ${url}; sleep 0.1; done`,
  ]);
  await column("In front").filter({ hasText: /\d\/s/ }).waitFor();
  await expect
    .poll(
      async () =>
        /requests (\d+)/.exec((await rig.page.locator("figcaption").first().textContent()) ?? "")?.[1],
      soon,
    )
    .not.toBe("0");
  expect((await visit).status).toBe(0);
});

test("an instance that stops is seen to be missing without a reload, and to be back", async () => {
  await rig.open("/");
  for (const name of ["shop-1", "shop-2"])
    await rig.platform.succeed("POST", `/v1/instances/${name}/stop`, {});
  await rig.page.getByText("Needs attention").waitFor();
  await expect
    .poll(
      () =>
        rig.page
          .getByRole("link", { name: /^shop.test/ })
          .first()
          .textContent(),
      soon,
    )
    .toContain("down");
  expect(await rig.inspect("overview-broken")).toEqual([]);
  for (const name of ["shop-1", "shop-2"])
    await rig.platform.succeed("POST", `/v1/instances/${name}/start`, {});
  await rig.page.getByText("Every name that leads to a resource here works").waitFor();
});

test("nothing was thrown, and the page's policy was kept", () => {
  expect(rig.complaints).toEqual([]);
});
