// Users, keys and one's own account in the console, each through its own forms: an invitation that is opened, a key that is shown once and
// used, a second factor that an authenticator reads, and what ends all of them.

import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { codeOf, decodeBase32 } from "#identity/testing";
import { goTo, owner, settle, startConsole, type ConsoleRig } from "./console.ts";

let rig: ConsoleRig;
const getByRole: Page["getByRole"] = (...asked) => rig.page.getByRole(...asked);

beforeAll(async () => {
  rig = await startConsole({ example: true });
});
afterAll(() => rig?.close());

/** Chooses one of a menu that a button opens. */
async function choose(button: string, item: string): Promise<void> {
  await getByRole("button", { name: button }).click();
  await getByRole("menuitem", { name: item }).click();
}

/** Applies the plan that is shown. */
async function apply(verb: string): Promise<void> {
  const dialog = getByRole("dialog");
  await dialog.getByText("Show as command line").waitFor();
  await dialog.getByRole("button", { name: verb, exact: true }).click();
}

test("somebody is invited by a link, gets another role, is disabled, and removed", async () => {
  await rig.open("/users");
  await getByRole("button", { name: "Invite" }).click();
  await getByRole("dialog").getByLabel("E-mail address").fill("bob@example.org");
  expect(await rig.inspect("invite")).toEqual([]);
  await getByRole("button", { name: "Make the link" }).click();
  const link = await getByRole("dialog").getByLabel("One-time link, to copy").innerText();
  await getByRole("button", { name: "Done" }).click();
  await getByRole("table", { name: "One-time links" }).getByText("bob@example.org").waitFor();
  expect(await rig.inspect("users-invited")).toEqual([]);

  const theirs = await rig.browser.newContext();
  theirs.setDefaultTimeout(60_000);
  const page = await theirs.newPage();
  await goTo(page, link.trim());
  await page.fill("input[name=password]:visible >> nth=0", "another horse battery staple");
  await page.click("main button");
  await page.waitForURL(/\/account/);
  await rig.open("/users");
  const row = getByRole("row", { name: /bob@example\.org/ });
  await row.waitFor();

  await choose("More for bob@example.org", "Change the role …");
  await getByRole("combobox", { name: "Role" }).click();
  await getByRole("option", { name: /Viewer/ }).click();
  await getByRole("button", { name: "Show the plan" }).click();
  await apply("Change the role");
  await row.getByText("Viewer").waitFor();

  await choose("More for bob@example.org", "Sessions …");
  await getByRole("dialog")
    .getByText(/Chrome/)
    .first()
    .waitFor();
  expect(await rig.inspect("user-sessions")).toEqual([]);
  await getByRole("dialog").getByRole("button", { name: "End" }).first().click();
  await getByRole("dialog").getByText("Nobody is signed in with this account.").waitFor();
  await getByRole("dialog").getByRole("button", { name: "Close" }).click();

  await choose("More for bob@example.org", "Disable");
  await apply("Disable");
  await row.getByText("disabled").waitFor();
  expect(await rig.inspect("users")).toEqual([]);
  await choose("More for bob@example.org", "Remove");
  await apply("Remove");
  await row.waitFor({ state: "detached" });
  await theirs.close();
});

test("the last owner cannot be removed, and the refusal says why", async () => {
  await rig.open("/users");
  await choose(`More for ${owner.email}`, "Remove");
  await getByRole("dialog")
    .getByText(/no other owner could sign in/)
    .first()
    .waitFor();
  await getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
});

test("a key is created with limits, shown once, used, disabled and deleted", async () => {
  await rig.open("/keys");
  await getByRole("heading", { name: "Keys" }).waitFor();
  expect(await rig.inspect("keys-empty")).toEqual([]);
  await getByRole("button", { name: "Create a key" }).first().click();
  const dialog = getByRole("dialog");
  await dialog.getByLabel("Name").fill("acme");
  await dialog.getByLabel("Only these verbs").fill("read, put-rrset");
  await dialog.getByRole("checkbox", { name: "shop.test" }).click();
  expect(await rig.inspect("key-create")).toEqual([]);
  await dialog.getByRole("button", { name: "Show the plan" }).click();
  await apply("Create the key");
  await getByRole("heading", { name: "The key, shown this once" }).waitFor();
  const secret = (await dialog.getByLabel("secret").innerText()).trim();
  await getByRole("button", { name: "I have kept it" }).click();
  const row = getByRole("row", { name: /acme/ });
  await row.getByText("only read, put-rrset").waitFor();
  await row.getByText("not yet").waitFor();

  const me = await fetch(`${rig.base}/v1/me`, { headers: { authorization: `Bearer ${secret}` } });
  expect(await me.json()).toMatchObject({ name: "acme", zones: ["shop.test"] });
  await rig.open("/keys");
  await row.getByText(/now|second/).waitFor();
  expect(await rig.inspect("keys")).toEqual([]);

  // What was shown once is not shown with the next plan.
  await choose("More for acme", "Disable");
  await getByRole("dialog")
    .getByText(/Disable key acme/i)
    .first()
    .waitFor();
  await apply("Disable");
  await row.getByText("disabled").waitFor();
  const after = await fetch(`${rig.base}/v1/me`, { headers: { authorization: `Bearer ${secret}` } });
  expect(after.status).toBe(401);
  await choose("More for acme", "Delete");
  await apply("Delete");
  await row.waitFor({ state: "detached" });
});

test("a key of the AWS type has an id and a secret", async () => {
  await rig.open("/keys");
  await getByRole("button", { name: "Create a key" }).first().click();
  const dialog = getByRole("dialog");
  await dialog.getByLabel("Name").fill("terraform");
  await dialog.getByRole("combobox", { name: "Type" }).click();
  await getByRole("option", { name: /AWS/ }).click();
  await dialog.getByRole("button", { name: "Show the plan" }).click();
  await apply("Create the key");
  await dialog.getByLabel("secret").waitFor();
  expect((await dialog.getByLabel("id", { exact: true }).innerText()).trim()).toMatch(/^[A-Z0-9]{20}$/);
  expect(await rig.inspect("key-shown")).toEqual([]);
  await getByRole("button", { name: "I have kept it" }).click();
});

test("one's own password, second factor and sessions", async () => {
  await rig.open("/account");
  await getByRole("heading", { level: 1, name: "Your account" }).waitFor();
  expect(await rig.inspect("account")).toEqual([]);
  await rig.page.getByLabel("Your password").fill("wrong");
  await getByRole("button", { name: "Add a second factor" }).click();
  await getByRole("alert").waitFor();
  await rig.page.getByLabel("Your password").fill(owner.password);
  await getByRole("button", { name: "Add a second factor" }).click();
  await getByRole("img", { name: "The key as a QR code" }).waitFor();
  expect(await rig.inspect("second-factor")).toEqual([]);
  const secret = await rig.page.locator("code").first().innerText();
  await rig.page.getByLabel("Code of the authenticator").fill(codeOf(decodeBase32(secret)));
  await getByRole("button", { name: "Confirm" }).click();
  await getByRole("button", { name: "Take the second factor away" }).waitFor();
  await rig.page.getByLabel("Your password").fill(owner.password);
  await getByRole("button", { name: "Take the second factor away" }).click();
  await getByRole("button", { name: "Add a second factor" }).waitFor();
  await rig.page.getByLabel("Password now").fill(owner.password);
  await rig.page.getByLabel("New password").fill("yet another horse battery");
  await getByRole("button", { name: "Change the password" }).click();
  await rig.page.getByText("The password is another one").waitFor();
  await settle(rig.page);
  await getByRole("main").getByText("this one").waitFor();
});

test("nothing was thrown, and the page's policy was kept", () => {
  expect(rig.complaints).toEqual([]);
});
