// A container service by the console alone: created, deployed on from a folder, deployed on again, a version that fails and says why, the way
// back, its log with what wants to pass for something else, more nodes, disabled and enabled.

import { get } from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ContainerService, Plan } from "#contract";
import { startConsole, type ConsoleRig } from "./console.ts";
import { applyPlan, choose, chooseMore, openDialog, readPlan, soon } from "./forms.ts";

let rig: ConsoleRig;
const folder = mkdtempSync(join(tmpdir(), "fl-console-"));

/** Answers with its name, and writes a line for each request; one of them wants to turn the page round. */
const program = `
const server = require("node:http").createServer((request, response) => {
  if (request.url === "/hostile") console.log("ERROR \\u202e<img src=x onerror=alert(1)>\\u001b[31m red");
  else if (request.url !== "/health") console.log("asked for " + request.url);
  response.end(process.env.NAME);
});
server.listen(Number(process.env.PORT), process.env.HOST, () => console.log("serving " + process.env.NAME));
process.on("SIGTERM", () => process.exit(0));
`;

beforeAll(async () => {
  writeFileSync(join(folder, "server.js"), program);
  writeFileSync(join(folder, "broken.js"), 'console.error("cannot find the database"); process.exit(3);\n');
  rig = await startConsole();
});
afterAll(async () => {
  await rig?.close();
  rmSync(folder, { recursive: true, force: true });
});

const show = (): Promise<ContainerService> => rig.platform.call("GET", "/v1/container-services/app");

async function visit(path = "/"): Promise<string> {
  const { publicAddresses, dnsName } = await show();
  return new Promise((resolve, reject) => {
    get(
      {
        host: publicAddresses[0]?.address,
        port: rig.platform.port(8080),
        path,
        headers: { host: dnsName },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => (text += part));
        response.once("end", () => resolve(`${response.statusCode} ${text}`));
      },
    ).once("error", reject);
  });
}

/** A version in the line of time. */
const version = (number: number) =>
  rig.page.getByRole("listitem", { name: `Version ${number}`, exact: true });

/** Reviews what the form says, and deploys it. */
async function deploy(): Promise<string> {
  await rig.page.getByRole("button", { name: "Review the plan" }).click();
  const plan = await readPlan(rig.page);
  await applyPlan(rig.page, "Deploy");
  await rig.page.waitForURL(/\/container-services\/app\?tab=deployments/);
  return plan;
}

test("it is created, and the first deployment is next", async () => {
  await rig.open("/container-services");
  await rig.page.getByText("No container service yet").waitFor();
  expect(await rig.inspect("container-services-none")).toEqual([]);
  await rig.page.getByRole("link", { name: "Create a container service" }).first().click();
  await rig.page.getByLabel("Name", { exact: true }).fill("app");
  await choose(rig.page, "Power of each node", /^micro/);
  expect(await rig.inspect("container-service-create")).toEqual([]);
  await rig.page.getByRole("button", { name: "Review the plan" }).click();
  await applyPlan(rig.page, "Create");
  await rig.page.waitForURL(/\/container-services\/app\/deploy$/);
  await rig.page.getByRole("heading", { level: 1, name: "Deploy on app" }).waitFor();
});

test("a folder with a command is deployed, and serves once it is healthy; the value of a variable is in no plan", async () => {
  const { page } = rig;
  await page.getByRole("button", { name: "Review the plan" }).click();
  await page.getByRole("alert").getByText("web has no folder").waitFor();
  await page.getByLabel("Folder", { exact: true }).fill(folder);
  await page.getByLabel("Command", { exact: true }).fill(`'${process.execPath}' server.js`);
  await page.getByRole("button", { name: "Add a variable" }).click();
  await page.getByLabel("Variable 1", { exact: true }).fill("NAME");
  await page.getByLabel("Value 1", { exact: true }).fill("the first");
  await page.getByLabel("Path", { exact: true }).fill("/health");
  await page.getByLabel("Healthy with").fill("200");
  await page.getByLabel("Every, s").fill("1");
  await page.getByLabel("Answers within, s").fill("0.9");
  expect(await rig.inspect("container-service-deploy")).toEqual([]);
  const plan = await deploy();
  expect(plan).toContain("Deploy version 1 of container service app");
  expect(plan).not.toContain("the first");
  await version(1).getByText("active", { exact: true }).waitFor(soon);
  expect(await visit()).toBe("200 the first");
  await rig.open("/container-services/app");
  await page.getByText("Version 1 serves visitors.").waitFor();
  await page.getByText("Its health check is passed").waitFor();
  expect(await rig.inspect("container-service")).toEqual([]);
});

test("the next version begins with what runs, values too, and takes over once it is healthy", async () => {
  await rig.page.getByRole("link", { name: "Deploy", exact: true }).click();
  const value = rig.page.getByLabel("Value 1", { exact: true });
  await value.waitFor();
  expect(await value.inputValue()).toBe("the first");
  expect(await rig.page.getByLabel("Command", { exact: true }).inputValue()).toContain("server.js");
  await value.fill("the second");
  await deploy();
  await version(2).getByText("active", { exact: true }).waitFor(soon);
  await version(1).getByText("was active").waitFor();
  expect(await visit()).toBe("200 the second");
});

test("a version that fails says why and leads to what it wrote, and what served goes on", async () => {
  await version(2).getByRole("link", { name: "Change a copy of version 2" }).click();
  await rig.page.waitForURL(/deploy\?from=2/);
  await rig.page.getByText("Begins with what version 2 was").waitFor();
  await rig.page.getByLabel("Command", { exact: true }).fill(`${process.execPath} broken.js`);
  await deploy();
  await version(3).getByText("failed", { exact: true }).waitFor({ timeout: 90_000 });
  await version(3)
    .getByText(/ended with status 3/)
    .waitFor();
  expect(await visit()).toBe("200 the second");
  expect(await rig.inspect("container-service-deployments")).toEqual([]);
  await version(3).getByRole("link", { name: "Read what it wrote" }).click();
  await rig.page.getByRole("log").getByText("cannot find the database").first().waitFor(soon);
  await rig.page.getByRole("tab", { name: "Deployments" }).click();
});

test("the way back is a new version that is what an earlier one was", async () => {
  await version(1).getByRole("button", { name: "Roll back to version 1…" }).click();
  expect(await readPlan(rig.page)).toContain("Roll container service app back to version 1, as version 4");
  await applyPlan(rig.page, "Roll back");
  await version(4).getByText("active", { exact: true }).waitFor(soon);
  await version(4).getByText("as version 1 was").waitFor();
  expect(await visit()).toBe("200 the first");
});

test("the log is followed and filtered, and shows what wants to turn the page round as text", async () => {
  await rig.open("/container-services/app?tab=logs");
  const log = rig.page.getByRole("log", { name: "Log of web" });
  await log.getByText("serving the first").first().waitFor();
  await visit("/news");
  await log.getByText("asked for /news").waitFor(soon);
  await visit("/hostile");
  await log.getByText("ERROR ⟨U+202E⟩<img src=x onerror=alert(1)>⟨U+001B⟩[31m red").waitFor(soon);
  expect(await rig.page.locator("main img").count()).toBe(0);
  expect(await rig.inspect("container-service-logs")).toEqual([]);
  await rig.page.getByLabel("Lines with").fill("ERROR");
  await rig.page.waitForURL(/filter=ERROR/);
  await rig.page.getByText("1 line, followed").waitFor(soon);
  await rig.page.getByLabel("Lines with").fill("nobody wrote this");
  await rig.page.getByText("No line of the last hour is so.").waitFor(soon);
});

test("more nodes are one plan, and each is seen to serve; undo takes them back", async () => {
  await rig.open("/container-services/app");
  await rig.page.getByRole("button", { name: "Change…" }).click();
  await openDialog(rig.page).getByLabel("Nodes").fill("2");
  expect(await rig.inspect("container-service-size")).toEqual([]);
  await openDialog(rig.page).getByRole("button", { name: "Review the plan" }).click();
  await applyPlan(rig.page, "Change size");
  const second = rig.page.getByRole("listitem").filter({ hasText: /^Node 2/ });
  await second.waitFor(soon);
  await expect.poll(() => rig.page.getByText("Its health check is passed").count(), soon).toBe(2);
  await rig.page.getByRole("button", { name: "Undo", exact: true }).click();
  await expect.poll(async () => (await show()).scale, soon).toBe(1);
  await second.waitFor({ state: "detached", ...soon });
});

test("images and names have their pages, and the names lead to the wizard", async () => {
  await rig.open("/container-services/app?tab=images");
  await rig.page.getByText("No image was pushed yet").waitFor();
  await rig.page.getByText("Processes of this machine").first().waitFor();
  expect(await rig.inspect("container-service-images")).toEqual([]);
  await rig.open("/container-services/app?tab=names");
  expect(await rig.page.getByRole("link", { name: "Assign a name" }).last().getAttribute("href")).toBe(
    "/console/assign?resource=app",
  );
  expect(await rig.inspect("container-service-names")).toEqual([]);
});

test("it is disabled and enabled, and deleted", async () => {
  await rig.open("/container-services/app");
  await chooseMore(rig.page, "Disable");
  await applyPlan(rig.page, "Disable");
  await rig.page.getByText("It is disabled: nothing runs").waitFor(soon);
  await chooseMore(rig.page, "Enable");
  await applyPlan(rig.page, "Enable");
  await rig.page.getByText("Version 4 serves visitors.").waitFor(soon);
  expect(await visit()).toBe("200 the first");
  await rig.open("/container-services");
  await rig.page.getByRole("row", { name: /app/ }).getByText("serves").waitFor();
  expect(await rig.inspect("container-services")).toEqual([]);
  await rig.open("/container-services/app");
  await chooseMore(rig.page, "Delete");
  await applyPlan(rig.page, "Delete");
  await rig.page.getByText("No container service yet").waitFor(soon);
});

test("what was typed as a value is nowhere in the history", async () => {
  const { changes } = await rig.platform.call<{ changes: object[] }>("GET", "/v1/changes?limit=200");
  expect(JSON.stringify(changes)).not.toContain("the first");
  const plan = await rig.platform
    .call<{ plan: Plan }>("POST", "/v1/container-services?plan=1", {
      name: "other",
      power: "nano",
      scale: 1,
      deployment: {
        containers: { web: { image: `folder:${folder}`, environment: { KEY: "secret-value" } } },
      },
    })
    .then((answer) => JSON.stringify(answer));
  expect(plan).not.toContain("secret-value");
});

test("nothing was thrown, and the page's policy was kept", () => {
  expect(rig.complaints).toEqual([]);
});
