// Traces in the console on a real platform: a visit as a map, its hops opened from the keyboard, a visit that breaks with its repair, the
// comparison, and what can be taken along.

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { trace } from "#contract";
import { settle, startConsole, type ConsoleRig } from "./console.ts";

let rig: ConsoleRig;

beforeAll(async () => {
  rig = await startConsole({ example: true });
  await rig.context.grantPermissions(["clipboard-read", "clipboard-write"]);
});
afterAll(() => rig?.close());

const map = () => rig.page.getByRole("group", { name: "Map of the visit" });
const stepOf = (text: string) => map().getByRole("button").filter({ hasText: text });
const copied = (): Promise<string> => rig.page.evaluate(() => navigator.clipboard.readText());

test("a link with a URL makes the visit and shows its map, every hop as its process told it", async () => {
  await rig.open("/traces?url=https://shop.test/");
  await rig.page.waitForURL(/\/traces\/[0-9a-f]{16}/);
  await rig.page.getByText(/answered 200 OK in/).waitFor();
  for (const lane of [
    "Browser",
    "Resolver",
    "Root",
    "TLD",
    "Name servers",
    "Record",
    "Edge",
    "Cache",
    "Resource",
    "Page",
  ])
    expect(await map().getByText(lane, { exact: true }).count()).toBe(1);
  // All four name servers, and the visit's way to the page.
  for (const server of ["ns1.s1", "ns2.s1", "ns3.s1", "ns4.s1"]) expect(await stepOf(server).count()).toBe(1);
  expect(await stepOf("200 OK").count()).toBeGreaterThan(0);
  expect(await rig.inspect("trace")).toEqual([]);
});

test("arrows step, and the open hop is in the link, decoded to its octets", async () => {
  await rig.page.locator("body").press("ArrowRight");
  await rig.page.waitForURL(/step=1$/);
  const detail = rig.page
    .locator("section")
    .filter({ has: rig.page.getByRole("heading", { name: "1. Browser" }) });
  await detail.getByText("shop.test. IN A").waitFor();
  expect(await detail.getByText(/^shop\.test\. \d+ IN A 127\./).count()).toBeGreaterThan(0);
  await detail.getByText(/^Octets/).click();
  expect(await detail.locator("pre[aria-label=Octets]").textContent()).toMatch(/^0000 {2}([0-9a-f]{2} ){15}/);
  expect(await detail.getByText(/^dig @127\.0\.0\.1 -p \d+ shop\.test\. A/).count()).toBe(1);
  await stepOf("TLS 1.3").click();
  await rig.page.getByText("the site’s own").waitFor();
  expect(await rig.page.getByText(/^Fairlead root/).count()).toBeGreaterThan(0);
  expect(await rig.inspect("trace-certificates")).toEqual([]);
  // A reload opens the same hop.
  const url = rig.page.url();
  await rig.page.reload();
  await settle(rig.page);
  await rig.page.getByText("the site’s own").waitFor();
  expect(rig.page.url()).toBe(url);
});

test("the space bar plays the visit to its end", async () => {
  await rig.page.locator("body").press("ArrowLeft");
  await rig.page.locator("h1").click();
  await rig.page.locator("body").press(" ");
  await rig.page.getByRole("button", { name: /^Stop/ }).waitFor();
  await rig.page.getByRole("button", { name: /^Play/ }).waitFor();
  await rig.page.getByText(/^Step (\d+) of \1$/).waitFor();
});

test("a trace is taken along as link, JSON, commands, SVG and PNG", async () => {
  const take = async (label: string): Promise<void> => {
    await rig.page.getByRole("button", { name: "Take along" }).click();
    await rig.page.getByRole("menuitem", { name: label }).click();
  };
  await take("Copy as JSON");
  await expect.poll(async () => trace.safeParse(JSON.parse(await copied())).success).toBe(true);
  await take("Copy all dig commands");
  await expect.poll(copied).toMatch(/^dig @127\.0\.0\.1 .*\n(dig @\S+ .*\n){4,}$/);
  await take("Copy the link");
  await expect.poll(copied).toBe(rig.page.url());
  for (const [label, head] of [
    ["Save as SVG", "<svg xmlns="],
    ["Save as PNG", "\u0089PNG"],
  ] as const) {
    const download = rig.page.waitForEvent("download");
    await take(label);
    const file = readFileSync(await (await download).path(), "latin1");
    expect(file.slice(0, head.length)).toBe(head);
    expect(file.length).toBeGreaterThan(5000);
  }
});

test("a visit that breaks has its reason as the headline, what lies behind it is grey, and its repair is a plan that mends it", async () => {
  for (const name of ["shop-1", "shop-2"])
    await rig.platform.succeed("POST", `/v1/instances/${name}/stop`, {});
  await rig.platform.succeed("POST", "/v1/distributions/shop-cache/reset", {});
  await rig.open("/traces?url=https://shop.test/");
  await rig.page.waitForURL(/\/traces\/[0-9a-f]{16}/);
  const alert = rig.page.getByRole("alert").first();
  await alert.getByText("Resource: shop has nothing that could answer").waitFor();
  expect(await map().locator(".lane.broken").count()).toBe(1);
  expect(await map().locator(".lane.behind").count()).toBe(1);
  await rig.page.getByRole("button", { name: "Compare" }).click();
  await rig.page.getByText("the first difference").waitFor();
  expect(await rig.inspect("trace-broken")).toEqual([]);
  await alert.getByRole("button", { name: /plan/ }).click();
  await rig.page.getByRole("dialog").getByRole("button", { name: "Repair" }).click();
  // What was done is told in a toast, which is a dialog too.
  await rig.page.getByRole("button", { name: "Repair", exact: true }).waitFor({ state: "detached" });
  await expect
    .poll(
      async () => {
        await rig.page.getByRole("button", { name: "Trace again" }).click();
        await settle(rig.page);
        return rig.page.getByText(/answered 200 OK in/).count();
      },
      { timeout: 60_000, interval: 1000 },
    )
    .toBe(1);
});

test("a name that is not registered, and hostile text, are shown as what they are", async () => {
  await rig.open("/traces");
  await rig.page.getByLabel("URL or name").fill("nobody.test");
  await rig.page.getByRole("button", { name: "Trace", exact: true }).click();
  await rig.page.getByText("TLD: nobody.test is not registered").waitFor();
  await rig.open("/traces");
  await rig.page.getByLabel("URL or name").fill("ftp://shop.test/<b>");
  await rig.page.getByRole("button", { name: "Trace", exact: true }).click();
  await rig.page
    .getByRole("alert")
    .getByText(/ftp:\/\/shop\.test\/<b>/)
    .waitFor();
  expect(await rig.inspect("traces")).toEqual([]);
  expect(rig.complaints).toEqual([]);
});
