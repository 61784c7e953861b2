// Certificates by the console alone: requested and proven, one whose record somebody else has to enter, attached and detached, imported,
// replaced; the built-in authority with its root as a file, and the account at an ACME authority.

import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Authority, Certificate, Distribution } from "#contract";
import { run } from "../platform/harness.ts";
import { startConsole, type ConsoleRig } from "./console.ts";
import { applyPlan, choose, chooseMore, openDialog, readPlan, soon } from "./forms.ts";

let rig: ConsoleRig;
const folder = mkdtempSync(join(tmpdir(), "fl-certificates-"));

beforeAll(async () => {
  rig = await startConsole();
  await rig.platform.succeed("POST", "/v1/domains", { name: "shop.test" });
  rig.platform.json("instance", "create", "web", "--address", "127.0.0.1:9");
  await rig.platform.succeed("POST", "/v1/distributions", { name: "site", origin: "web" });
});
afterAll(async () => {
  await rig?.close();
  rmSync(folder, { recursive: true, force: true });
});

const show = (name: string): Promise<Certificate> => rig.platform.call("GET", `/v1/certificates/${name}`);

test("one is requested for several names, proven by records that are entered by themselves, and issued", async () => {
  await rig.open("/certificates");
  await rig.page.getByText("No certificate yet").waitFor();
  expect(await rig.inspect("certificates-none")).toEqual([]);
  await rig.page.getByRole("button", { name: "Request a certificate" }).first().click();
  const dialog = openDialog(rig.page);
  await dialog.getByLabel("Names, one a line").fill("shop.test\nwww.shop.test");
  expect(await rig.inspect("certificate-request")).toEqual([]);
  await dialog.getByRole("button", { name: "Review the plan" }).click();
  expect(await readPlan(rig.page)).toContain("shop.test");
  await applyPlan(rig.page, "Request");
  await rig.page.waitForURL(/\/certificates\/shop\.test$/);
  await rig.page.locator("main").getByText("valid", { exact: true }).waitFor(soon);
  await rig.page.getByText("It is renewed by itself before then.").waitFor();
  await expect.poll(() => rig.page.getByText("seen: it is proven").count(), soon).toBe(2);
  await rig.page.getByText("The platform entered these records by itself").waitFor();
  const { fingerprint = "" } = await show("shop.test");
  await rig.page.getByText(fingerprint).first().waitFor();
  expect(await rig.inspect("certificate")).toEqual([]);
});

test("it is attached to a distribution and taken from it again", async () => {
  await rig.open("/certificates/shop.test");
  await choose(rig.page, "Attach it to", /^site/);
  await rig.page.getByRole("button", { name: "Attach…" }).click();
  await applyPlan(rig.page, "Attach");
  const attached = async (): Promise<string | undefined> =>
    (await rig.platform.call<Distribution>("GET", "/v1/distributions/site")).certificateName;
  expect(await attached()).toBe("shop.test");
  await rig.page.getByRole("button", { name: "Detach… from site" }).click();
  await applyPlan(rig.page, "Detach");
  expect(await attached()).toBeUndefined();
});

test("it is renewed on demand: another certificate of the same names", async () => {
  const before = await show("shop.test");
  await rig.page.getByRole("button", { name: "Renew now" }).click();
  await applyPlan(rig.page, "Renew");
  await expect.poll(async () => (await show("shop.test")).fingerprint, soon).not.toBe(before.fingerprint);
});

test("the account at an ACME authority is set up, and names whose zone is elsewhere say what is to be entered there", async () => {
  await rig.open("/certificates?tab=acme");
  await rig.page.getByText("No account yet").waitFor();
  await choose(rig.page, "Authority", /^Another one/);
  await rig.page.getByLabel("ACME directory").fill("https://127.0.0.1:9/directory");
  await rig.page.getByLabel("E-mail address").fill("ada@example.org");
  expect(await rig.page.getByRole("button", { name: "Review the plan" }).isDisabled()).toBe(true);
  await rig.page.getByText("I agree to the authority’s terms of service").click();
  expect(await rig.inspect("certificates-acme")).toEqual([]);
  await rig.page.getByRole("button", { name: "Review the plan" }).click();
  await applyPlan(rig.page, "Set it up");
  await rig.page.getByText("https://127.0.0.1:9/directory").first().waitFor();
  await rig.open("/certificates");
  await rig.page.getByRole("button", { name: "Request a certificate" }).first().click();
  await openDialog(rig.page).getByLabel("Names, one a line").fill("www.example.com");
  await openDialog(rig.page).getByLabel("What to call it").fill("far");
  await openDialog(rig.page).getByRole("button", { name: "Review the plan" }).click();
  await applyPlan(rig.page, "Request");
  await rig.page.waitForURL(/\/certificates\/far$/);
  await rig.page.getByText("Enter these records where the zone is served").waitFor();
  await rig.page.getByText("not seen yet").waitFor();
  const [record] = (await show("far")).domainValidationRecords;
  const [name = "", value = ""] = [record?.resourceRecord.name, record?.resourceRecord.value];
  await rig.page.getByText(name, { exact: true }).waitFor();
  await rig.page.getByText(value, { exact: true }).waitFor();
  await rig.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await rig.page.getByRole("button", { name: "Copy" }).last().click();
  expect(await rig.page.evaluate(() => navigator.clipboard.readText())).toBe(value);
  expect(await rig.inspect("certificate-elsewhere")).toEqual([]);
  await chooseMore(rig.page, "Delete");
  await applyPlan(rig.page, "Delete");
  await rig.page.waitForURL(/\/certificates$/);
  await rig.open("/certificates?tab=acme");
  await rig.page.getByRole("button", { name: "Give it up…" }).click();
  await applyPlan(rig.page, "Give the account up");
  await rig.page.getByText("No account yet").waitFor();
});

test("one of somebody's own is imported from files, its key in no plan, and replaced", async () => {
  const make = (name: string): { certificate: string; key: string } => {
    const [key, certificate] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
    const words = `req -x509 -newkey rsa:2048 -nodes -days 15 -subj /CN=own.shop.test -addext subjectAltName=DNS:own.shop.test -addext basicConstraints=critical,CA:FALSE`;
    const made = run("openssl", [...words.split(" "), "-keyout", key, "-out", certificate]);
    if (made.status !== 0) throw new Error(made.stderr);
    return { certificate, key };
  };
  const first = make("first");
  await rig.open("/certificates");
  await rig.page.getByRole("button", { name: "Import" }).click();
  const dialog = openDialog(rig.page);
  await dialog.getByLabel("What to call it").fill("own");
  await dialog
    .getByLabel("Certificate and what stands between it and its root, from a file")
    .setInputFiles(first.certificate);
  await dialog.getByLabel("Private key, from a file").setInputFiles(first.key);
  expect(await rig.inspect("certificate-import")).toEqual([]);
  await dialog.getByRole("button", { name: "Review the plan" }).click();
  expect(await readPlan(rig.page)).not.toContain("PRIVATE KEY");
  await applyPlan(rig.page, "Import");
  await rig.page.waitForURL(/\/certificates\/own$/);
  await rig.page.getByText("valid, ends soon").waitFor();
  await rig.page.getByText("You replace it yourself before then.").waitFor();
  const fingerprintOf = (file: string): string =>
    new X509Certificate(readFileSync(file)).fingerprint256.replaceAll(":", "").toLowerCase();
  expect((await show("own")).fingerprint).toBe(fingerprintOf(first.certificate));
  const second = make("second");
  await rig.page.getByRole("button", { name: "Replace" }).click();
  await openDialog(rig.page)
    .getByLabel("Certificate and what stands between it and its root", { exact: true })
    .fill(readFileSync(second.certificate, "utf8"));
  // A key that does not belong to it is refused, and the dialog says so.
  await openDialog(rig.page).getByLabel("Private key", { exact: true }).fill(readFileSync(first.key, "utf8"));
  await openDialog(rig.page).getByRole("button", { name: "Review the plan" }).click();
  await openDialog(rig.page).getByRole("alert").waitFor();
  expect(await rig.inspect("certificate-refused")).toEqual([]);
  await openDialog(rig.page).getByRole("button", { name: "Cancel" }).click();
  await rig.page.getByRole("button", { name: "Replace" }).click();
  await openDialog(rig.page)
    .getByLabel("Private key", { exact: true })
    .fill(readFileSync(second.key, "utf8"));
  await openDialog(rig.page).getByRole("button", { name: "Review the plan" }).click();
  await applyPlan(rig.page, "Import");
  await expect
    .poll(async () => (await show("own")).fingerprint, soon)
    .toBe(fingerprintOf(second.certificate));
});

test("the list says how each stands", async () => {
  await rig.open("/certificates");
  const row = (name: string) => rig.page.getByRole("row", { name: new RegExp(`^${name}`) });
  await row("own").getByText("valid, ends soon").waitFor();
  await row("own").getByText("in 14 days").waitFor();
  await row("own").getByText("you replace it").waitFor();
  await row("shop.test").getByText("valid", { exact: true }).waitFor();
  expect(await rig.inspect("certificates")).toEqual([]);
});

test("the built-in authority's root is had as a file, and each place says how to trust it", async () => {
  await rig.open("/certificates?tab=authority");
  const authority = await rig.platform.call<Authority>("GET", "/v1/authority");
  await rig.page.getByText(authority.fingerprint).waitFor();
  const [download] = await Promise.all([
    rig.page.waitForEvent("download"),
    rig.page.getByRole("link", { name: "Download the root" }).first().click(),
  ]);
  expect(download.suggestedFilename()).toBe("fairlead-root.crt");
  const file = join(folder, "root.crt");
  await download.saveAs(file);
  expect(new X509Certificate(readFileSync(file)).fingerprint256.replaceAll(":", "").toLowerCase()).toBe(
    authority.fingerprint,
  );
  await rig.page.getByText("npx fairlead trust install --plan").waitFor();
  expect(await rig.inspect("certificates-authority")).toEqual([]);
  for (const [tab, text] of [
    ["Phone", "Certificate Trust Settings"],
    ["Other machines", "update-ca-certificates"],
    ["Programs", "NODE_EXTRA_CA_CERTS"],
  ] as const) {
    await rig.page.getByRole("tab", { name: tab }).click();
    await rig.page.getByText(text).first().waitFor();
  }
  expect(await rig.inspect("certificates-authority-programs")).toEqual([]);
});

test("nothing was thrown, and the page's policy was kept", () => {
  expect(rig.complaints).toEqual([]);
});
