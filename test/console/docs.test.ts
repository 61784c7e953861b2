// The documentation in the console: every page of docs/ opens, links and anchors lead where they say, the search finds, pictures are there in
// both themes.

import { globSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "../platform/harness.ts";
import { startConsole, type ConsoleRig } from "./console.ts";

const pages = globSync("**/*.md", { cwd: join(root, "docs") })
  .map((file) => file.replace(/\.md$/, "").replace(/^index$/, ""))
  .sort();
let rig: ConsoleRig;

beforeAll(async () => {
  rig = await startConsole();
});
afterAll(() => rig?.close());

test("every page opens, with a title and nothing beside the window", async () => {
  expect(pages.length).toBeGreaterThan(25);
  const wrong: string[] = [];
  await rig.page.setViewportSize({ width: 390, height: 844 });
  for (const path of pages) {
    await rig.open(`/docs/${path}`);
    const seen = await rig.page.evaluate(() => ({
      title: document.querySelector("h1")?.textContent ?? "",
      isTooWide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
      pictures: [...document.querySelectorAll("article img")].filter(
        (picture) => !(picture instanceof HTMLImageElement) || picture.naturalWidth === 0,
      ).length,
    }));
    if (seen.title === "" || seen.title.startsWith("There is no") || seen.isTooWide || seen.pictures > 0)
      wrong.push(`${path}: ${JSON.stringify(seen)}`);
  }
  await rig.page.setViewportSize({ width: 1280, height: 860 });
  expect(wrong).toEqual([]);
});

test.each([
  ["start", ""],
  ["how-to", "how-to/cache-a-site"],
  ["explanation", "explanation/path-of-a-visit"],
  ["reference", "reference/errors"],
])("axe finds nothing on a page of the kind %s", async (name, path) => {
  await rig.open(`/docs/${path}`);
  expect(await rig.inspect(`docs-${name}`)).toEqual([]);
});

test("an error's code is an address: the page opens at it", async () => {
  await rig.open("/docs/reference/errors#change-conflict");
  await expect
    .poll(() =>
      rig.page.evaluate(() => document.getElementById("change-conflict")?.getBoundingClientRect().top ?? -1),
    )
    .toBeGreaterThan(0);
  const top = await rig.page.evaluate(
    () => document.getElementById("change-conflict")?.getBoundingClientRect().top,
  );
  expect(top).toBeLessThan(400);
});

test("links lead from page to page without a load of the whole", async () => {
  await rig.open("/docs");
  await rig.page.evaluate(() => Object.assign(window, { isSame: true }));
  await rig.page.getByRole("article").getByRole("link", { name: "Bring a zone from BIND" }).click();
  await rig.page.getByRole("heading", { level: 1, name: "Bring a zone from BIND" }).waitFor();
  expect(new URL(rig.page.url()).pathname).toBe("/console/docs/how-to/bring-a-zone");
  expect(await rig.page.evaluate(() => "isSame" in window)).toBe(true);
});

test("the search finds parts of pages by all of their words, and stands in the address", async () => {
  await rig.open("/docs");
  await rig.page.getByRole("searchbox", { name: "Search the documentation" }).fill("change-conflict");
  await rig.page.getByRole("link", { name: "Errors: change-conflict" }).click();
  await rig.page.getByRole("heading", { level: 3, name: "change-conflict" }).waitFor();
  await rig.open("/docs?q=prometheus");
  await rig.page.getByRole("link", { name: /Measure, and be told.*: Prometheus/ }).waitFor();
  await rig.open("/docs?q=zzzzzz");
  await rig.page.getByText("Nothing was found.").waitFor();
});

test("what is no page says so", async () => {
  await rig.open("/docs/how-to/nothing");
  await rig.page.getByText("There is no such page").waitFor();
});

test("nothing was thrown, and the page's policy was kept", () => {
  expect(rig.complaints).toEqual([]);
});
