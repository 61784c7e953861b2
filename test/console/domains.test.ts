// Domains in the console: a name is found and registered, its zone and name servers appear, its state stands in plain words, and what can be
// set is set and taken back.

import { afterAll, beforeAll, expect, test } from "vitest";
import type { Domain } from "#contract";
import { startConsole, type ConsoleRig } from "./console.ts";

let rig: ConsoleRig;
const name = "bakery.test";

beforeAll(async () => {
  rig = await startConsole({ example: true });
});
afterAll(() => rig?.close());

type Part = ReturnType<ConsoleRig["page"]["locator"]>;
// A toast is a dialog too, but no modal one.
const dialog = (): Part => rig.page.locator('[role="dialog"]:not([aria-modal="false"])');
const domain = (): Promise<Domain> => rig.platform.call("GET", `/v1/domains/${name}`);

test("a search finds the name under every top-level domain, what is taken too, and stays in the URL", async () => {
  await rig.open("/domains");
  const search = rig.page.getByLabel("Find a name to register");
  await search.fill("shop");
  const exact = rig.page.getByRole("list", { name: "The name itself" });
  await exact.getByText("shop.test", { exact: true }).waitFor();
  await exact.getByText("taken").waitFor();
  await search.fill("bakery");
  await exact.getByText("bakery.home.arpa").waitFor();
  expect(new URL(rig.page.url()).searchParams.get("q")).toBe("bakery");
  expect(await rig.inspect("domains-search")).toEqual([]);
  await search.fill("<b>..");
  await rig.page.getByRole("heading", { name: "Registered" }).waitFor();
  await search.fill("bakery");
});

test("a name is registered, and its four name servers appear", async () => {
  await rig.page.getByRole("button", { name: `Register ${name}`, exact: true }).click();
  await dialog().getByText("Renew it by itself").waitFor();
  expect(await rig.inspect("domain-register")).toEqual([]);
  await dialog().getByRole("combobox", { name: "For how long" }).click();
  await rig.page.getByRole("option", { name: "2 years" }).click();
  await dialog().getByRole("button", { name: "Register" }).click();
  await dialog().getByText(`${name} is yours`).waitFor();
  await dialog().getByText("Four name servers answer for it").waitFor();
  await dialog().getByText("delegates bakery.test on all its name servers").waitFor();
  expect(await rig.inspect("domain-registered")).toEqual([]);
  const { nameServers, isLocked, autoRenew, expiresAt, createdAt } = await domain();
  expect([nameServers.length, isLocked, autoRenew]).toEqual([4, true, true]);
  expect(Date.parse(expiresAt) - Date.parse(createdAt)).toBeGreaterThan(700 * 86_400_000);
  await dialog().getByRole("button", { name: "Its records" }).click();
  await rig.page.getByText("This zone has no records of its own yet").waitFor();
  expect(await rig.inspect("zone-empty")).toEqual([]);
});

test("a registration says how it stands, and what is set is told with its undo", async () => {
  await rig.open(`/domains/${name}`);
  await rig.page.getByText("It was registered a few days ago").waitFor();
  await rig.page.getByText("as it should be").waitFor();
  expect(await rig.inspect("domain")).toEqual([]);
  await rig.page.getByRole("switch", { name: "Lock it" }).click();
  await expect.poll(async () => (await domain()).isLocked).toBe(false);
  await rig.page.getByRole("button", { name: "Undo" }).click();
  await expect.poll(async () => (await domain()).isLocked).toBe(true);
  await rig.page.getByRole("switch", { name: "Hold" }).click();
  await dialog().getByRole("button", { name: "Hold it" }).click();
  await dialog().waitFor({ state: "detached" });
  await rig.page.getByText("on hold", { exact: true }).waitFor();
  await rig.page.getByRole("switch", { name: "Hold" }).click();
  await expect.poll(async () => (await domain()).statuses).not.toContain("clientHold");
});

test("contacts are written once for all roles", async () => {
  await rig.open(`/domains/${name}`);
  await rig.page.getByRole("button", { name: "Set the contacts" }).click();
  for (const [label, text] of [
    ["Name", "Ada Lovelace"],
    ["Street", "1 St James's Square"],
    ["City", "London"],
    ["Postal code", "SW1Y 4LB"],
    ["Country", "GB"],
    ["Telephone", "+44.2071234567"],
    ["E-mail address", "ada@example.org"],
  ] as const)
    await dialog().getByLabel(label, { exact: true }).fill(text);
  expect(await rig.inspect("domain-contacts")).toEqual([]);
  await dialog().getByRole("button", { name: "Plan it" }).click();
  await dialog().getByRole("button", { name: "Set the contacts" }).click();
  await dialog().waitFor({ state: "detached" });
  await rig.page.getByText("Registrant, Administration, Technology").waitFor();
  expect((await domain()).contacts.tech?.name).toBe("Ada Lovelace");
});

test("name servers that do not answer are refused with what each said", async () => {
  await rig.open(`/domains/${name}`);
  await rig.page.getByRole("button", { name: "Change", exact: true }).click();
  await dialog().getByLabel("One a line").fill("ns1.nowhere.example\nns2.nowhere.example");
  expect(await rig.inspect("domain-name-servers")).toEqual([]);
  await dialog().getByRole("button", { name: "Ask them, and plan" }).click();
  await dialog().getByRole("alert").getByText("ns1.nowhere.example").first().waitFor({ timeout: 60_000 });
  await dialog().getByRole("button", { name: "Cancel" }).click();
});

test("a domain is renewed, its code for a transfer is shown once, and it is deleted", async () => {
  await rig.open(`/domains/${name}`);
  const before = (await domain()).expiresAt;
  await rig.page.getByRole("button", { name: "Renew" }).click();
  await dialog().getByRole("button", { name: "Plan it" }).click();
  await dialog().getByRole("button", { name: "Renew" }).click();
  await dialog().waitFor({ state: "detached" });
  expect(Date.parse((await domain()).expiresAt)).toBeGreaterThan(Date.parse(before));
  await rig.page.getByRole("button", { name: "More" }).click();
  await rig.page.getByRole("menuitem", { name: "Code for a transfer" }).click();
  await dialog().getByRole("button", { name: "Make a new code" }).click();
  await dialog().getByLabel("The authorization code").waitFor();
  await dialog().getByRole("button", { name: "I have kept it" }).click();
  await rig.page.getByRole("button", { name: "More" }).click();
  await rig.page.getByRole("menuitem", { name: "Delete the domain" }).click();
  await dialog().getByRole("button", { name: "Delete the domain" }).click();
  await rig.page.waitForURL(/\/console\/domains$/);
});

test("nothing was thrown, and the page's policy was kept", () => {
  expect(rig.complaints).toEqual([]);
});
