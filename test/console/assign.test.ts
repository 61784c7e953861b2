// A name led to a resource in the console, on a real platform: the plan beside the choices, the checklist until the first page, an instance
// that is stopped as a line that says what to fix, and the way back.

import { afterAll, beforeAll, expect, test } from "vitest";
import { settle, startConsole, type ConsoleRig } from "./console.ts";

let rig: ConsoleRig;

beforeAll(async () => {
  rig = await startConsole({ example: true });
  await rig.platform.succeed("POST", "/v1/domains", { name: "mine.test" });
});
afterAll(() => rig?.close());

const apply = () => rig.page.getByRole("button", { name: "Apply" });

test("name and resource make a plan, which is made anew as they change, and changes nothing", async () => {
  await rig.open("/assign?resource=shop");
  await rig.page.getByLabel("Domain name").fill("mine.test");
  await rig.page.getByText("Assign mine.test to shop", { exact: true }).waitFor();
  await rig.page.getByRole("radio", { name: /shop-1/ }).check();
  await rig.page.getByText("Assign mine.test to shop-1").waitFor();
  await rig.page.getByRole("switch", { name: "www too" }).click();
  await rig.page.getByText("Assign mine.test and www.mine.test to shop-1").waitFor();
  expect(await rig.inspect("assign")).toEqual([]);
  await rig.page.getByRole("switch", { name: "www too" }).click();
  const { assignments } = await rig.platform.call<{ assignments: { name: string }[] }>(
    "GET",
    "/v1/assignments",
  );
  expect(assignments.map(({ name }) => name)).not.toContain("mine.test");
});

test("a name that nobody has registered is refused with what to do", async () => {
  await rig.page.getByLabel("Domain name").fill("nobody.test");
  await rig.page
    .getByRole("alert")
    .getByText(/no zone served here holds that name/)
    .waitFor();
  expect(await apply().count()).toBe(0);
  await rig.page.getByLabel("Domain name").fill("mine.test");
  await apply().waitFor();
});

test("what is applied goes on as a checklist until a visitor gets a page with HTTPS, and then shows its way", async () => {
  await apply().click();
  await rig.page.waitForURL(/\/assign\/mine\.test\?change=/);
  await rig.page.getByRole("heading", { name: "It works" }).waitFor({ timeout: 60_000 });
  await rig.page.getByText("All 4 name servers give its address").waitFor();
  expect(await rig.page.getByRole("listitem").filter({ hasText: "Done:" }).count()).toBe(5);
  expect(await rig.inspect("assign-ready")).toEqual([]);
  await rig.page.getByRole("link", { name: "Show the way as a map" }).click();
  await rig.page.getByText(/^https:\/\/mine\.test\/ answered 200 OK/).waitFor();
});

test("an instance that is stopped is a red line with its repair, and the list turns green by itself", async () => {
  await rig.platform.succeed("POST", "/v1/instances/shop-1/stop", {});
  await rig.open("/assign/mine.test");
  const line = rig.page.getByRole("listitem").filter({ hasText: "A visitor gets a page" });
  await line.getByText("Instance shop-1 is stopped").first().waitFor();
  expect(await rig.inspect("assign-broken")).toEqual([]);
  await line.getByRole("button", { name: /plan/ }).click();
  await rig.page.getByRole("dialog").getByRole("button", { name: "Repair" }).click();
  await rig.page.getByRole("heading", { name: "It works" }).waitFor({ timeout: 60_000 });
});

test("the assignment is taken back as one", async () => {
  await rig.page.goBack();
  await rig.open("/assign");
  await rig.page.getByLabel("Domain name").fill("app.mine.test");
  await rig.page.getByRole("radio", { name: /shop-2/ }).check();
  await apply().click();
  await rig.page.waitForURL(/\/assign\/app\.mine\.test\?change=/);
  await rig.page.getByRole("button", { name: "Undo" }).click();
  await expect
    .poll(async () => {
      const { assignments } = await rig.platform.call<{ assignments: { name: string }[] }>(
        "GET",
        "/v1/assignments",
      );
      return assignments.map(({ name }) => name).includes("app.mine.test");
    })
    .toBe(false);
  await settle(rig.page);
  expect(rig.complaints).toEqual([]);
});
