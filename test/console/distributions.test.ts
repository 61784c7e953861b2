// A distribution by the console alone: created over an origin, watched while visitors come, asked why it misses and what mends that, purged
// with what that takes, set otherwise by one plan and set back by its undo, disabled, enabled, deleted.

import { createServer, get, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Distribution } from "#contract";
import { settle, startConsole, type ConsoleRig } from "./console.ts";
import { applyPlan, choose, chooseMore, openDialog, readPlan, soon } from "./forms.ts";

let rig: ConsoleRig;
let server: Server;
let asked = 0;

beforeAll(async () => {
  rig = await startConsole();
  server = createServer((request, response) => {
    asked++;
    const { url = "" } = request;
    response.setHeader(
      "cache-control",
      url.startsWith("/basket") ? "no-store" : url.startsWith("/now") ? "max-age=0" : "max-age=600",
    );
    response.end(`${"x".repeat(2000)} ${url}\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  await rig?.close();
  server?.close();
});

const show = (): Promise<Distribution> => rig.platform.call("GET", "/v1/distributions/site");

/** Visits a path of the distribution; says whether the cache answered. */
async function visit(path: string): Promise<string> {
  const { publicAddresses } = await show();
  return new Promise((resolve, reject) => {
    get(
      {
        host: publicAddresses[0]?.address,
        port: rig.platform.port(8080),
        path,
        headers: { host: "site.distributions.fairlead.internal" },
      },
      (response) => {
        response.resume();
        response.once("end", () => resolve(String(response.headers["x-cache"]).split(" ", 1)[0] ?? ""));
      },
    ).once("error", reject);
  });
}

test("without anything to stand in front of, the page says what comes first", async () => {
  await rig.open("/distributions");
  await rig.page.getByText("No distribution yet").waitFor();
  expect(await rig.inspect("distributions-none")).toEqual([]);
  await rig.open("/distributions/create");
  await rig.page.getByText("There is nothing to stand in front of yet").waitFor();
});

test("it is created over an origin, and its page opens", async () => {
  const { port } = server.address() as AddressInfo;
  rig.platform.json("instance", "create", "origin", "--address", `127.0.0.1:${port}`);
  await rig.open("/distributions");
  await rig.page.getByRole("link", { name: "Create a distribution" }).first().click();
  await rig.page.getByLabel("Name", { exact: true }).fill("site");
  expect(await rig.inspect("distribution-create")).toEqual([]);
  await rig.page.getByRole("button", { name: "Review the plan" }).click();
  expect(await readPlan(rig.page)).toContain("Create distribution site over origin");
  await applyPlan(rig.page, "Create");
  await rig.page.waitForURL(/\/distributions\/site$/);
  await rig.page.getByRole("heading", { level: 1, name: "site" }).waitFor();
  await rig.page.getByText("No request has come yet").waitFor();
  await expect.poll(async () => (await show()).status, soon).toBe("Deployed");
});

test("the hit ratio follows the visitors, and each miss has its reason and what would mend it", async () => {
  await rig.open("/distributions/site");
  for (const path of ["/a", "/img/1", "/img/2", "/basket", "/now"]) await visit(path);
  const ratio = rig.page.getByTestId("hit-ratio");
  await expect.poll(() => ratio.textContent(), soon).toBe("0 %");
  for (let i = 0; i < 5; i++) expect(await visit("/a")).toBe("Hit");
  await expect.poll(() => ratio.textContent(), soon).toBe("50 %");
  for (let i = 0; i < 2; i++) for (const path of ["/basket", "/now"]) await visit(path);
  const misses = rig.page.getByRole("table", { name: "Top misses" });
  await misses
    .getByRole("row", { name: /\/basket/ })
    .getByText("The origin forbids keeping it (no-store).")
    .waitFor();
  await misses.getByRole("row", { name: /\/now/ }).getByText("its TTL is 0").waitFor();
  const times = misses
    .getByRole("row", { name: /\/basket/ })
    .getByRole("cell")
    .last();
  await expect.poll(() => times.textContent(), soon).toContain("3");
  await rig.page.getByText("9.8 KiB that the origin did not have to send").waitFor();
  await expect.poll(() => rig.page.locator("canvas").count(), soon).toBe(4);
  expect(await rig.inspect("distribution")).toEqual([]);
});

test("what was measured is shown over an hour to a week, and the span stands in the URL", async () => {
  await rig.open("/distributions/site");
  const plots = rig.page.getByRole("region", { name: "Requests" });
  await plots.getByText("requests", { exact: false }).first().waitFor();
  await expect.poll(() => plots.locator("canvas").count(), soon).toBe(1);
  await rig.page.getByRole("button", { name: "1 w" }).click();
  await rig.page.waitForURL(/span=1w/);
  await rig.page.getByText("A point for each hour of the last week").waitFor();
  await rig.page.getByRole("tab", { name: "Settings" }).waitFor();
  expect(rig.complaints).toEqual([]);
});

test("a purge says what it takes, and when it is done; what was forgotten comes from the origin again", async () => {
  await rig.open("/distributions/site");
  const paths = rig.page.getByLabel("Paths, one a line");
  const preview = rig.page.getByRole("list", { name: "What will be forgotten" });
  await paths.fill("img");
  await preview.getByText("A path begins with a slash").waitFor();
  expect(await rig.page.getByRole("button", { name: "Purge…" }).isDisabled()).toBe(true);
  await paths.fill("/img/*\n/a\n/nobody");
  await preview.getByText("2 stored answers, 3.9 KiB").waitFor();
  await preview.getByText("1 stored answer, 2.0 KiB").waitFor();
  await preview.getByText("Nothing is stored under it now").waitFor();
  await expect.poll(() => rig.page.locator("canvas").count(), soon).toBe(4);
  expect(await rig.inspect("distribution-purge")).toEqual([]);
  expect(await visit("/img/1")).toBe("Hit");
  await rig.page.getByRole("button", { name: "Purge…" }).click();
  expect(await readPlan(rig.page)).toContain("Purge /img/*, /a, /nobody from distribution site");
  await applyPlan(rig.page, "Purge");
  await rig.page.getByText("the edge has forgotten it").waitFor();
  const before = asked;
  expect([await visit("/img/1"), await visit("/img/2"), await visit("/a")]).toEqual(["Miss", "Miss", "Miss"]);
  expect(asked).toBe(before + 3);
  await rig.page.getByRole("button", { name: "Forget everything…" }).click();
  await applyPlan(rig.page, "Forget everything");
  await rig.page.getByText("the edge has forgotten it").waitFor();
  expect(await visit("/a")).toBe("Miss");
});

test("settings are one plan, and the toast's undo takes all of it back", async () => {
  await rig.open("/distributions/site?tab=settings");
  const { page } = rig;
  await page.getByRole("button", { name: "Add a path" }).click();
  await page.getByLabel("Path 1", { exact: true }).fill("/api/*");
  await page.getByLabel("Minimum TTL").fill("120");
  await page.getByText("= 2 min").waitFor();
  await choose(page, "Query strings", /Only these/);
  await page.getByRole("button", { name: "Add an error page" }).click();
  await page.getByLabel("Page", { exact: true }).fill("/404.html");
  await page.getByText("4 settings changed, not applied yet").waitFor();
  // Nothing is named yet: it cannot be planned.
  expect(await page.getByRole("button", { name: "Review the plan" }).isDisabled()).toBe(true);
  await page.getByLabel("Names of query strings").fill("page, sort");
  expect(await rig.inspect("distribution-settings")).toEqual([]);
  await page.getByRole("button", { name: "Review the plan" }).click();
  const plan = await readPlan(page);
  for (const part of ["/api/*", "120", "page", "404"]) expect(plan).toContain(part);
  expect(await rig.inspect("distribution-plan")).toEqual([]);
  await applyPlan(page, "Change settings");
  expect(await show()).toMatchObject({
    cacheBehaviors: [{ path: "/api/*", behavior: "dont-cache" }],
    cacheBehaviorSettings: {
      minimumTtl: 120,
      forwardedQueryStrings: { option: "allow-list", names: ["page", "sort"] },
    },
    customErrorResponses: [{ errorCode: 404, responsePagePath: "/404.html" }],
  });
  await page.getByText("not applied yet").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Undo", exact: true }).click();
  await expect.poll(async () => (await show()).cacheBehaviors, soon).toEqual([]);
  await expect.poll(() => page.getByLabel("Minimum TTL").inputValue(), soon).toBe("");
  // A member that another sets meanwhile stays as they set it.
  await page.getByLabel("Default root object").fill("index.html");
  await rig.platform.succeed("PUT", "/v1/distributions/site", { cacheBehaviorSettings: { defaultTtl: 77 } });
  await expect.poll(() => page.getByLabel("Default TTL").inputValue(), soon).toBe("77");
  await page.getByRole("button", { name: "Review the plan" }).click();
  await applyPlan(page, "Change settings");
  expect(await show()).toMatchObject({
    defaultRootObject: "index.html",
    cacheBehaviorSettings: { defaultTtl: 77 },
  });
});

test("a refused setting says why, in the dialog", async () => {
  await rig.open("/distributions/site?tab=settings");
  await rig.page.getByLabel("Minimum TTL").fill("500");
  await rig.page.getByLabel("Maximum TTL").fill("100");
  await rig.page.getByRole("button", { name: "Review the plan" }).click();
  await openDialog(rig.page).getByText("is above the maximum of 100 s").waitFor();
  await rig.page.getByRole("button", { name: "Cancel" }).click();
  await rig.page.getByRole("button", { name: "Put back" }).click();
  await rig.page.getByText("not applied yet").waitFor({ state: "detached" });
});

test("its names stand on its page and lead to the wizard for this resource", async () => {
  await rig.platform.succeed("POST", "/v1/domains", { name: "shop.test" });
  await rig.platform.succeed("POST", "/v1/assignments", { name: "shop.test", resource: "site" });
  await rig.open("/distributions/site?tab=names");
  await rig.page.getByText("shop.test", { exact: true }).first().waitFor();
  expect(await rig.page.getByRole("link", { name: "Assign a name" }).last().getAttribute("href")).toBe(
    "/console/assign?resource=site",
  );
  expect(await rig.inspect("distribution-names")).toEqual([]);
  await rig.open("/distributions");
  await rig.page.getByRole("row", { name: /site/ }).getByText("shop.test").waitFor();
  expect(await rig.inspect("distributions")).toEqual([]);
});

test("it is disabled, enabled and, once no name leads to it, deleted", async () => {
  await rig.open("/distributions/site");
  await chooseMore(rig.page, "Disable");
  await applyPlan(rig.page, "Disable");
  await rig.page.locator("main").getByText("disabled", { exact: true }).waitFor();
  await chooseMore(rig.page, "Enable");
  await applyPlan(rig.page, "Enable");
  await rig.page.locator("main").getByText("serves", { exact: true }).waitFor();
  await chooseMore(rig.page, "Delete");
  await openDialog(rig.page).getByRole("alert").getByText("shop.test").first().waitFor();
  await rig.page.getByRole("button", { name: "Cancel" }).click();
  await rig.platform.succeed("DELETE", "/v1/assignments/shop.test");
  await chooseMore(rig.page, "Delete");
  await applyPlan(rig.page, "Delete");
  await rig.page.waitForURL(/\/distributions$/);
  await rig.page.getByText("No distribution yet").waitFor();
  await rig.open("/distributions/site");
  await settle(rig.page);
  await rig.page.getByText('Cannot find distribution "site"').waitFor();
  expect(await rig.inspect("distribution-gone")).toEqual([]);
});

test("nothing was thrown, and the page's policy was kept", () => {
  expect(rig.complaints).toEqual([]);
});
