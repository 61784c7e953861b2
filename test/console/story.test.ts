// The five-minute story with the console alone, on a platform that has nothing yet: the setup link, a domain, a folder of one's own as an
// instance, the name led to it with HTTPS, the checklist until the first page, that page in a browser behind the visitor proxy, and the
// trace of its way. The run prints how long it took, by the clock on the wall.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Page } from "playwright-core";
import { goTo, owner, startConsole } from "./console.ts";

/** What the story may take as a whole, in milliseconds: five minutes are what a person has for it. */
const mostMs = 300_000;

test(
  "from the setup link to a traced page with HTTPS, with the console alone",
  { timeout: mostMs },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "fairlead-story-"));
    writeFileSync(
      join(folder, "index.html"),
      "<!doctype html><title>Tea</title><h1>The tea room is open</h1>",
    );
    const rig = await startConsole({ signIn: false });
    const { page, platform } = rig;
    const byRole: Page["getByRole"] = (...asked) => page.getByRole(...asked);
    const dialog = () => byRole("dialog");
    const area = (name: string): Promise<void> =>
      byRole("navigation", { name: "Areas" }).getByRole("link", { name }).click();
    const began = performance.now();
    let from = began;
    const told: string[] = [];
    const tell = (what: string): void => {
      const now = performance.now();
      told.push(`${((now - from) / 1000).toFixed(1).padStart(6)} s  ${what}`);
      from = now;
    };
    try {
      await goTo(page, platform.json<{ url: string }>("setup").url);
      await page.fill("input[name=email]", owner.email);
      await page.fill("input[name=password]:visible >> nth=0", owner.password);
      await page.click("main button");
      await page.waitForURL(/\/account/);
      await goTo(page, `${rig.base}/console/`);
      await byRole("heading", { level: 1, name: "Overview" }).waitFor();
      tell("the owner is signed in");

      await area("Domains");
      await page.getByLabel("Find a name to register").fill("tearoom");
      await byRole("button", { name: "Register tearoom.test", exact: true }).click();
      await dialog().getByRole("button", { name: "Register", exact: true }).click();
      await dialog().getByText("tearoom.test is yours").waitFor();
      await dialog().getByText("delegates tearoom.test on all its name servers").waitFor();
      await dialog().getByRole("button", { name: "Close" }).click();
      tell("tearoom.test is registered, and delegated by all servers of its top-level domain");

      await area("Instances");
      await byRole("link", { name: "Create an instance" }).first().click();
      await page.getByLabel("Folder", { exact: true }).fill(folder);
      await page.getByLabel("Name", { exact: true }).fill("tearoom");
      await byRole("button", { name: "Review the plan" }).click();
      await dialog().getByText("Show as command line").waitFor();
      await dialog().getByRole("button", { name: "Create", exact: true }).click();
      await page.getByText("running", { exact: true }).first().waitFor();
      tell("an instance serves the folder");

      await area("Assign a name");
      await page.getByLabel("Domain name").fill("tearoom.test");
      await byRole("radio", { name: /tearoom/ }).check();
      await page.getByText("Assign tearoom.test to tearoom", { exact: true }).waitFor();
      await byRole("button", { name: "Apply" }).click();
      await byRole("heading", { name: "It works" }).waitFor({ timeout: 60_000 });
      tell("the name leads to it with HTTPS: the checklist is ticked off to the first page");

      const visitor = await rig.browser.newContext({
        proxy: { server: `http://127.0.0.1:${platform.port(7780)}` },
        // The authority of a platform that was made a minute ago is in no browser's list; who issued the certificate is looked at below.
        ignoreHTTPSErrors: true,
      });
      visitor.setDefaultTimeout(60_000);
      const visit = await visitor.newPage();
      const response = await goTo(visit, "https://tearoom.test/");
      expect(response?.status()).toBe(200);
      expect((await response?.securityDetails())?.issuer).toContain("Fairlead");
      await visit.getByRole("heading", { name: "The tea room is open" }).waitFor();
      await visitor.close();
      tell("a browser behind the visitor proxy shows the page");

      await byRole("link", { name: "Show the way as a map" }).click();
      await page.getByText(/^https:\/\/tearoom\.test\/ answered 200 OK/).waitFor();
      await byRole("group", { name: "Map of the visit" }).getByText("TLS 1.3").first().waitFor();
      tell("the trace shows its way, hop by hop");
      expect(await rig.inspect("story")).toEqual([]);
      expect(rig.complaints).toEqual([]);
      const took = ((from - began) / 1000).toFixed(1);
      process.stdout.write(
        `The five-minute story with the console alone took ${took} s:\n${told.join("\n")}\n`,
      );
    } finally {
      await rig.close();
      rmSync(folder, { recursive: true });
    }
  },
);
