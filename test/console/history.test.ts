// The history in the console: filters that stand in the URL, pages that come as one scrolls, one change with its records and steps, undo
// as a plan, and an undo that is refused with both sides.

import { afterAll, beforeAll, expect, test } from "vitest";
import { settle, startConsole, type ConsoleRig } from "./console.ts";

let rig: ConsoleRig;
const getByRole: ConsoleRig["page"]["getByRole"] = (...asked) => rig.page.getByRole(...asked);

beforeAll(async () => {
  rig = await startConsole({ example: true });
  const { platform } = rig;
  const put = (name: string, type: string, data: string): Promise<void> =>
    platform.succeed("PUT", "/v1/zones/shop.test/rrsets", { name, type, records: [data] });
  await put("hostile", "TXT", '"a\u202eb <img src=x onerror=alert(1)>"');
  for (let i = 0; i < 60; i++) await put(`n${i}`, "A", `192.0.2.${i + 1}`);
  await put("n1", "A", "192.0.2.200");
});
afterAll(() => rig?.close());

test("all changes are there as one scrolls, and each says who and when", async () => {
  await rig.open("/history");
  const rows = getByRole("main").getByRole("listitem");
  await expect.poll(() => rows.count()).toBe(50);
  expect(await rig.inspect("history")).toEqual([]);
  await getByRole("button", { name: "Show earlier changes" }).scrollIntoViewIfNeeded();
  await getByRole("main").getByText("That is all of them.").waitFor();
  expect(await rows.count()).toBeGreaterThan(62);
});

test("filters stand in the URL, and a link to them shows the same", async () => {
  await rig.open("/history");
  await getByRole("combobox", { name: "What" })
    .or(getByRole("textbox", { name: "What" }))
    .fill("n7.shop.test A");
  await rig.page.keyboard.press("Enter");
  await expect.poll(() => new URL(rig.page.url()).searchParams.get("resource")).toBe("n7.shop.test A");
  await settle(rig.page);
  await expect.poll(() => getByRole("main").getByRole("listitem").count()).toBe(1);
  await rig.open("/history?action=assign");
  await settle(rig.page);
  const titles = await getByRole("main").getByRole("listitem").allInnerTexts();
  expect(titles.length).toBeGreaterThan(0);
  for (const title of titles) expect(title).toMatch(/Assign/);
  await getByRole("button", { name: "Show all" }).click();
  await expect.poll(() => new URL(rig.page.url()).search).toBe("");
  await rig.open("/history?actor=user%3Anobody%40example.org");
  await getByRole("main").getByText("No change is like that").waitFor();
});

test("one change has its records, its steps, and an undo that is planned first", async () => {
  await rig.open("/history?resource=n9.shop.test%20A");
  await getByRole("main")
    .getByRole("link", { name: /n9\.shop\.test/ })
    .click();
  await getByRole("heading", { level: 1, name: /n9\.shop\.test/ }).waitFor();
  await getByRole("group", { name: /Records of shop\.test/ })
    .getByText("192.0.2.10")
    .waitFor();
  await rig.page.getByText("in force").waitFor();
  expect(await rig.inspect("change")).toEqual([]);
  await getByRole("button", { name: "Undo", exact: true }).click();
  // The toast that follows is a dialog to those who cannot see, too.
  const dialog = getByRole("dialog").filter({ hasText: "Show as command line" });
  await dialog.getByText("Show as command line").click();
  await dialog.getByText(/^fairlead undo /).waitFor();
  expect(await rig.inspect("undo-plan")).toEqual([]);
  await dialog.getByRole("button", { name: "Undo", exact: true }).click();
  await dialog.waitFor({ state: "detached" });
  await rig.page.getByText("undone", { exact: true }).waitFor();
  await rig.page.getByText("Taken back by").waitFor();
});

test("an undo that later changes stand in the way of is refused with both sides", async () => {
  await rig.open("/history?resource=n1.shop.test%20A");
  await getByRole("main")
    .getByRole("link", { name: /n1\.shop\.test/ })
    .last()
    .click();
  await getByRole("button", { name: "Undo", exact: true }).click();
  const conflict = getByRole("dialog").getByRole("region", { name: /Conflict at n1\.shop\.test A/ });
  await conflict.getByText("192.0.2.200").waitFor();
  await conflict.getByText("192.0.2.2", { exact: true }).waitFor();
  expect(await rig.inspect("undo-conflict")).toEqual([]);
});

test("hostile text is shown as text", async () => {
  await rig.open("/history?resource=hostile.shop.test%20TXT");
  await getByRole("main")
    .getByRole("link", { name: /hostile/ })
    .click();
  // What turns the order of letters round is shown as its code point, octet by octet or as a character.
  await getByRole("group", { name: /Records of shop\.test/ })
    .getByText(/<img src=x onerror/)
    .waitFor();
  expect(await rig.page.locator("img[src=x]").count()).toBe(0);
  expect(rig.complaints).toEqual([]);
});
