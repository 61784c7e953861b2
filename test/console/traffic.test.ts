// Instances, static IPs and load balancers on a real platform, made, changed and undone in the browser: each change by its plan, what
// fails seen as it fails, what was answered shown as text whatever it was.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "../platform/harness.ts";
import { settle, startConsole, type ConsoleRig } from "./console.ts";

let rig: ConsoleRig;
let server: Server;
/** What the server elsewhere answers to health checks. */
let status = 200;

beforeAll(async () => {
  rig = await startConsole();
  server = createServer((_, response) => {
    response.writeHead(status, "answer <b>bold</b>");
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  server?.close();
  await rig?.close();
});

/** Reviews the plan that is open and applies it. Toasts are dialogs too, of another kind. */
async function apply(verb: string): Promise<void> {
  const dialog = rig.page.locator("[role=dialog][aria-labelledby]:not([data-type])");
  await dialog.getByRole("list").first().waitFor();
  await dialog.getByRole("button", { name: verb, exact: true }).click();
  await dialog.waitFor({ state: "detached" });
}

/** Takes back what a toast tells of. */
const undo = (title: RegExp): Promise<void> =>
  rig.page.getByRole("dialog", { name: title }).getByRole("button", { name: "Undo" }).click();

const button = (name: string) => rig.page.getByRole("button", { name, exact: true });
const field = (name: string) => rig.page.getByLabel(name, { exact: true });

async function createInstance(name: string, fill: () => Promise<void>): Promise<void> {
  await rig.open("/instances/create");
  await fill();
  await field("Name").fill(name);
  await button("Review the plan").click();
  await apply("Create");
  await rig.page.waitForURL(new RegExp(`/instances/${name}$`));
}

const folder = join(root, "examples", "shop");

test("an instance is created by its plan, undone from the toast, and created again", async () => {
  await rig.open("/instances");
  await rig.page.getByText("No instance yet").waitFor();
  expect(await rig.inspect("instances-empty")).toEqual([]);
  await createInstance("web-1", () => field("Folder").fill(folder));
  await undo(/Create instance web-1/);
  await rig.page.getByText(/Cannot find instance/).waitFor();
  await createInstance("web-1", () => field("Folder").fill(folder));
  await rig.page.getByText("running", { exact: true }).first().waitFor();
  await rig.open("/instances/create");
  expect(await rig.inspect("instance-create")).toEqual([]);
});

test("what a process writes is its log, as text, and why it ended is the headline", async () => {
  await createInstance("broken", async () => {
    await button("A command").click();
    await field("Command").fill(
      String.raw`sh -c 'printf "<script>alert(1)</script> \342\200\256gnp.exe\n"; exit 7'`,
    );
    await field("Runs in").fill("/tmp");
  });
  await rig.page.getByText("broken does not run").waitFor();
  await rig.page
    .getByText(/ended with status 7/)
    .first()
    .waitFor();
  await rig.page.getByRole("tab", { name: "Log" }).click();
  await rig.page.waitForURL(/tab=log/);
  const log = rig.page.getByRole("log");
  await log.getByText("<script>alert(1)</script> ⟨U+202E⟩gnp.exe").first().waitFor();
  expect(await rig.inspect("instance-broken-log")).toEqual([]);
  await field("Only lines with").fill("nothing like it");
  await rig.page.getByText("0 lines of").waitFor();
});

test("an instance is stopped, started, limited, and its ports are opened and closed", async () => {
  await rig.open("/instances/web-1");
  await rig.page.getByRole("heading", { name: "Routes" }).waitFor();
  expect(await rig.inspect("instance")).toEqual([]);
  await button("Stop").click();
  await apply("Stop");
  await rig.page.getByText("stopped", { exact: true }).first().waitFor();
  await button("Start").click();
  await apply("Start");
  await rig.page.getByText("running", { exact: true }).first().waitFor();
  await rig.page.getByRole("tab", { name: "Limits and ports" }).click();
  await field("Memory").fill("8");
  await rig.page.getByText("A whole number, 16 at least").waitFor();
  await field("Memory").fill("256");
  await button("Review the plan").click();
  await apply("Change limits");
  await rig.page.getByLabel("Open ports", { exact: true }).last().fill("5432, 70000");
  await rig.page.getByText(/“70000” is no port/).waitFor();
  await rig.page.getByLabel("Open ports", { exact: true }).last().fill("5432");
  await button("Open").click();
  await apply("Open the port");
  await button("Close port 5432").click();
  await apply("Close the port");
  await button("Close port 5432").waitFor({ state: "detached" });
  expect(await rig.inspect("instance-settings")).toEqual([]);
});

test("a load balancer shows each instance in HAProxy's words, with its checks and what was answered", async () => {
  const { port } = server.address() as AddressInfo;
  await createInstance("elsewhere", async () => {
    await button("An existing server").click();
    await field("Where it listens").fill("nowhere");
    await rig.page.getByText(/An address and a port/).waitFor();
    await field("Where it listens").fill(`127.0.0.1:${port}`);
  });
  await rig.open("/load-balancers/create");
  await field("Name").fill("front");
  await rig.page.getByRole("checkbox", { name: "web-1" }).click();
  await rig.page.getByRole("checkbox", { name: "elsewhere" }).click();
  expect(await rig.inspect("load-balancer-create")).toEqual([]);
  await button("Review the plan").click();
  await apply("Create");
  await rig.page.waitForURL(/load-balancers\/front$/);
  const row = (name: string) =>
    rig.page
      .getByRole("listitem")
      .filter({ has: rig.page.getByRole("link", { name }) })
      .first();
  await rig.page.getByText("2 of 2 healthy").first().waitFor();
  await row("elsewhere").getByText("UP").waitFor();

  await rig.page.getByRole("tab", { name: "Settings" }).click();
  await field("Every").fill("0.2");
  await field("Has to answer within").fill("0.2");
  await field("Good codes").fill("fine");
  await rig.page.getByText("Codes and ranges, such as 200-299,301").waitFor();
  await field("Good codes").fill("200");
  expect(await rig.inspect("load-balancer-settings")).toEqual([]);
  await button("Review the plan").click();
  await apply("Change settings");

  status = 503;
  await rig.page.getByRole("tab", { name: "Instances" }).click();
  await row("elsewhere").getByText("DOWN").waitFor();
  await row("elsewhere").locator("p").getByText("503 answer <b>bold</b>").waitFor();
  await expect
    .poll(
      async () =>
        /(\d+) of the last/.exec(
          (await row("elsewhere").getByRole("img").getAttribute("aria-label")) ?? "",
        )?.[1],
      { timeout: 60_000 },
    )
    .toBeDefined();
  await row("elsewhere").getByText("Every check of").click();
  await row("elsewhere").getByRole("table").getByText("bad", { exact: true }).first().waitFor();
  expect(await rig.inspect("load-balancer-down")).toEqual([]);
  status = 200;
  await row("elsewhere").getByText("UP").waitFor();
});

test("an instance leaves a load balancer by its plan, and comes back by an undo", async () => {
  await rig.open("/load-balancers/front");
  const row = rig.page
    .getByRole("list", { name: "Instances", exact: true })
    .getByRole("listitem")
    .filter({ hasText: "Every check of elsewhere" });
  await row.getByRole("button", { name: "Detach" }).click();
  await apply("Detach");
  await rig.page.getByText("1 of 1 healthy").first().waitFor();
  await undo(/Detach elsewhere/);
  await rig.page.getByText("2 of 2 healthy").first().waitFor();
  await rig.page.getByRole("tab", { name: "Names and certificates" }).click();
  await rig.page.getByText("Its own name, always there").waitFor();
  expect(await rig.inspect("load-balancer-names")).toEqual([]);
  await rig.open("/load-balancers");
  expect(await rig.inspect("load-balancers")).toEqual([]);
});

test("a static IP is allocated, moved to another instance, detached and released", async () => {
  await rig.open("/static-ips");
  await button("Allocate a static IP").first().click();
  await rig.page.getByRole("dialog").getByLabel("Name").fill("anchor");
  await rig.page.getByRole("dialog").getByLabel("Instance").click();
  await rig.page.getByRole("option", { name: "web-1" }).click();
  await rig.page.getByRole("dialog").getByRole("button", { name: "Review the plan" }).click();
  await apply("Allocate");
  await rig.page.getByRole("link", { name: "anchor" }).waitFor();
  expect(await rig.inspect("static-ips")).toEqual([]);
  await rig.page.getByRole("link", { name: "anchor" }).click();
  await settle(rig.page);
  await rig.page.getByText("attached", { exact: true }).waitFor();
  await field("Instance").click();
  await rig.page.getByRole("option", { name: "broken" }).click();
  await button("Move here").click();
  await apply("Move");
  await rig.page.getByRole("link", { name: "broken", exact: true }).first().waitFor();
  expect(await rig.inspect("static-ip")).toEqual([]);
  await button("Detach").click();
  await apply("Detach");
  await rig.page.getByText("attached to nothing").first().waitFor();
  await button("Release").click();
  await apply("Release");
  await rig.page.waitForURL(/static-ips$/);
  await rig.page.getByText("No static IP yet").waitFor();
});

test("all instances with what leads to each, and one is deleted from its menu", async () => {
  await rig.open("/instances");
  await rig.page
    .getByRole("row", { name: /elsewhere/ })
    .getByText("load balancer front")
    .waitFor();
  expect(await rig.inspect("instances")).toEqual([]);
  await button("What to do with broken").click();
  await rig.page.getByRole("menuitem", { name: "Delete" }).click();
  await apply("Delete");
  await rig.page.getByRole("row", { name: /broken/ }).waitFor({ state: "detached" });
});

test("nothing was thrown, and the page's policy was kept", () => {
  expect(rig.complaints).toEqual([]);
});
