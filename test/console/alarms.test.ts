// Alarms by the console alone: made, changed, tried out, deleted and brought back; and the plots of an instance that the same metrics are of.

import { afterAll, beforeAll, expect, test } from "vitest";
import type { Alarm } from "#contract";
import { startConsole, type ConsoleRig } from "./console.ts";
import { applyPlan, choose, openDialog, readPlan, soon } from "./forms.ts";

let rig: ConsoleRig;

beforeAll(async () => {
  rig = await startConsole();
});
afterAll(() => rig?.close());

const list = async (): Promise<Alarm[]> =>
  (await rig.platform.call<{ alarms: Alarm[] }>("GET", "/v1/alarms")).alarms;
const card = (name: string) =>
  rig.page.getByRole("listitem").filter({ has: rig.page.getByRole("heading", { name, exact: true }) });

/** Opens the menu of an alarm, and chooses. */
async function act(name: string, choice: string): Promise<void> {
  await rig.page.getByRole("button", { name: `What can be done with ${name}` }).click();
  await rig.page.getByRole("menuitem", { name: choice, exact: true }).click();
}

test("without an instance there is nothing to look at; with one an alarm is made with what is usual", async () => {
  await rig.open("/alarms");
  await rig.page.getByText("No alarm yet").waitFor();
  await rig.page.getByRole("button", { name: "Create an alarm" }).first().click();
  await openDialog(rig.page).getByText("There is no instance and no load balancer yet").waitFor();
  await openDialog(rig.page).getByRole("button", { name: "Cancel" }).click();
  rig.platform.json("instance", "create", "web", "--address", "127.0.0.1:9");
  await rig.open("/alarms");
  await rig.page.getByRole("button", { name: "Create an alarm" }).first().click();
  const dialog = openDialog(rig.page);
  await dialog.getByLabel("Name", { exact: true }).fill("busy");
  await expect.poll(() => dialog.getByLabel("Threshold").inputValue()).toBe("90");
  await choose(dialog, "Metric", /^ResponseTime/);
  await dialog.getByLabel("Threshold").fill("0.5");
  await dialog.getByLabel("Of the last").fill("1");
  expect(await dialog.getByRole("button", { name: "Review the plan" }).isDisabled()).toBe(true);
  await dialog.getByLabel("Of the last").fill("3");
  expect(await rig.inspect("alarm-create")).toEqual([]);
  await dialog.getByRole("button", { name: "Review the plan" }).click();
  expect(await readPlan(rig.page)).toContain("Create alarm busy of web");
  await applyPlan(rig.page, "Create");
  await card("busy")
    .getByText("the average of ResponseTime is above 500 ms over 5 min, 2 of the last 3 times")
    .waitFor();
  await card("busy").getByText("not known yet").waitFor();
  expect(await list()).toMatchObject([{ threshold: 0.5, evaluationPeriods: 3, datapointsToAlarm: 2 }]);
});

test("it is tried out: it goes off until it is judged next", async () => {
  await act("busy", "Try it out");
  await rig.page.getByText("busy goes off").first().waitFor();
  expect(await rig.inspect("alarms")).toEqual([]);
});

test("it is changed, deleted, and brought back by the toast's undo as it was", async () => {
  await rig.open("/alarms?resource=web");
  await act("busy", "Change");
  const dialog = openDialog(rig.page);
  expect(await dialog.getByLabel("Threshold").inputValue()).toBe("0.5");
  await dialog.getByLabel("Threshold").fill("2");
  await dialog.getByRole("button", { name: "Review the plan" }).click();
  await applyPlan(rig.page, "Change the alarm");
  await card("busy").getByText("is above 2.0 s").waitFor();
  await act("busy", "Delete");
  await applyPlan(rig.page, "Delete");
  await rig.page.getByText("No alarm yet").waitFor();
  await rig.page
    .getByRole("dialog", { name: /Delete alarm busy/ })
    .getByRole("button", { name: "Undo", exact: true })
    .click();
  await card("busy").getByText("is above 2.0 s").waitFor(soon);
  expect(await list()).toMatchObject([{ name: "busy", threshold: 2 }]);
});

test("nothing was thrown, and the page's policy was kept", () => {
  expect(rig.complaints).toEqual([]);
});
