// Zones in the console: records that are edited, staged, reviewed, applied and undone; two editors of one zone; a session that ends in the
// midst of it; hostile text; the same by keyboard, in both themes and widths.

import { afterAll, beforeAll, expect, test } from "vitest";
import type { Rrset, ZoneFigures, ZoneSigningStatus } from "#contract";
import { run } from "../platform/harness.ts";
import { owner, startConsole, type ConsoleRig } from "./console.ts";
import { applyPlan, choose, readPlan, soon } from "./forms.ts";

let rig: ConsoleRig;
type Part = ReturnType<ConsoleRig["page"]["locator"]>;
const zone = "shop.test";

beforeAll(async () => {
  rig = await startConsole({ example: true });
  await put("mail", "A", ["192.0.2.25"]);
  await put("@", "MX", ["10 mail", "20 gone"]);
  await put("@", "TXT", ['"v=spf1 mx -all"']);
  await put("old", "A", ["192.0.2.1", "192.0.2.2"], 86_401);
});
afterAll(() => rig?.close());

const put = (name: string, type: string, records: string[], ttl = 300): Promise<void> =>
  rig.platform.succeed("PUT", `/v1/zones/${zone}/rrsets`, { name, type, ttl, records });
const records = async (name: string, type: string): Promise<string[]> => {
  const { rrsets } = await rig.platform.call<{ rrsets: Rrset[] }>(
    "GET",
    `/v1/zones/${zone}/rrsets?name=${name}.`,
  );
  return rrsets.filter((one) => one.type === type).flatMap(({ entries }) => entries.map(({ data }) => data));
};
const row = (text: RegExp): Part => rig.page.getByRole("row", { name: text });
const openZone = async (search = ""): Promise<void> => {
  await rig.open(`/zones/${zone}${search}`);
  await row(/SOA/)
    .or(row(/shop|mail|old/))
    .first()
    .waitFor();
};
const tray = (): Part => rig.page.getByRole("region", { name: "Staged changes" });
// A toast is a dialog too, but no modal one.
const dialog = (): Part => rig.page.locator('[role="dialog"]:not([aria-modal="false"])');
const apply = async (): Promise<void> => {
  await tray().getByRole("button", { name: "Review plan" }).click();
  await dialog().getByRole("button", { name: "Apply" }).click();
  await dialog().waitFor({ state: "detached" });
};

test("the list of zones leads to one, with advice on its records", async () => {
  await rig.open("/zones");
  await rig.page.getByRole("link", { name: zone }).waitFor();
  expect(await rig.inspect("zones")).toEqual([]);
  await rig.page.getByRole("link", { name: zone }).click();
  await row(/mail.*192\.0\.2\.25/).waitFor();
  await rig.page.getByText(/will not work as/).click();
  await rig.page.getByText("name gone.shop.test, which has no addresses").first().waitFor();
  expect(await rig.inspect("zone")).toEqual([]);
});

const sets = async (name: string): Promise<string[]> => {
  const { rrsets } = await rig.platform.call<{ rrsets: Rrset[] }>(
    "GET",
    `/v1/zones/${zone}/rrsets?name=${name}.`,
  );
  return rrsets.map(({ setIdentifier, policy, health, ttl, entries }) =>
    [
      setIdentifier === "" ? "-" : setIdentifier,
      policy?.kind === "weighted" ? policy.weight : policy?.kind === "failover" ? policy.role : policy?.kind,
      health?.kind === "check"
        ? [health.url, health.host, health.verifyCertificate === true ? "verified" : undefined]
            .filter((one) => one !== undefined)
            .join(" ")
        : health?.resource,
      ttl,
      entries.map(({ data }) => data).join(),
    ].join(" "),
  );
};
const inSet = (name: string): Part => dialog().getByRole("group", { name: `Set ${name}`, exact: true });

test("a record that stands by itself becomes the first of two sets, one of which is seen to be unhealthy as it goes on", async () => {
  await put("pool", "A", ["192.0.2.61"], 120);
  await openZone();
  await rig.page.getByRole("button", { name: "Routing policy for pool.shop.test A 192.0.2.61" }).click();
  await dialog().getByText("becomes the first set").waitFor();
  await expect.poll(() => inSet("1").getByLabel("Values").inputValue()).toBe("192.0.2.61");
  // What is wrong is said beside its field, and there is no plan of it.
  await inSet("1").getByLabel("Weight").fill("256");
  await inSet("2").getByLabel("Values").fill("192.0.2.x");
  await dialog().getByRole("button", { name: "Review the plan" }).click();
  await dialog().getByText("A whole number from 0 to 255").waitFor();
  await dialog().getByText("Expected an IPv4 address").waitFor();
  await dialog().getByText("2 sets cannot be so").waitFor();
  expect(await rig.inspect("zone-policy-wrong")).toEqual([]);
  await inSet("1").getByLabel("Weight").fill("9");
  await inSet("1").getByLabel("Set", { exact: true }).fill("blue");
  await inSet("2").getByLabel("Set", { exact: true }).fill("blue");
  await dialog().getByText("Another set is called so").first().waitFor();
  await inSet("2")
    .or(dialog().getByRole("group", { name: "Set blue" }).nth(1))
    .getByLabel("Set", { exact: true })
    .fill("green");
  await inSet("green").getByLabel("Values").fill("192.0.2.62");
  await choose(inSet("green"), "Health", "TCP");
  await inSet("green").getByLabel("Address").fill("127.0.0.1");
  await dialog().getByText("An address with its port").waitFor();
  await inSet("green").getByLabel("Address").fill("127.0.0.1:1");
  await inSet("green").getByRole("button", { name: "Other times" }).click();
  await inSet("green").getByLabel("Every").fill("0.5");
  await inSet("green").getByLabel("Answers within").fill("0.5");
  await inSet("green").getByLabel("Looks in a row").fill("1");
  await inSet("blue").getByText("90 % of the answers").waitFor();
  expect(await rig.inspect("zone-policy")).toEqual([]);
  await dialog().getByRole("button", { name: "Review the plan" }).click();
  const plan = await readPlan(rig.page);
  expect(plan).toContain("192.0.2.62");
  expect(await rig.inspect("zone-policy-plan")).toEqual([]);
  await applyPlan(rig.page, "Make the policy");
  expect(await sets("pool.shop.test")).toEqual([
    "blue 9  120 192.0.2.61",
    "green 1 tcp://127.0.0.1:1 120 192.0.2.62",
  ]);
  const chip = rig.page.getByRole("button", { name: /192\.0\.2\.62: green · weight 1, unhealthy: / });
  await chip.waitFor(soon);
  expect(await rig.inspect("zone-policy-unhealthy")).toEqual([]);
  await chip.click();
  await expect
    .poll(() => inSet("green").getByTestId("set-health").textContent(), soon)
    .toMatch(/^unhealthyconnection refused.*(?:ago|now)$/);
  await expect
    .poll(() =>
      inSet("green")
        .getByLabel("Weight")
        .evaluate((field) => field === document.activeElement),
    )
    .toBe(true);
  expect(await rig.inspect("zone-policy-health")).toEqual([]);
  await inSet("green").getByLabel("Weight").fill("5");
  await dialog().getByRole("button", { name: "Review the plan" }).click();
  await applyPlan(rig.page, "Change the policy");
  await rig.page.getByRole("button", { name: /192\.0\.2\.62: green · weight 5/ }).waitFor();
  await rig.page
    .getByRole("dialog")
    .filter({ hasText: "Put set green of A records" })
    .getByRole("button", { name: "Undo" })
    .click();
  await rig.page.getByRole("button", { name: /192\.0\.2\.62: green · weight 1/ }).waitFor();
});

test("another set stands beside the others, one goes, and the policy is taken away", async () => {
  await openZone();
  await rig.page.getByRole("button", { name: "Another set beside pool.shop.test A 192.0.2.62" }).click();
  await inSet("3").getByLabel("Set", { exact: true }).fill("red");
  await inSet("red").getByLabel("Values").fill("192.0.2.63");
  await inSet("green").getByRole("button", { name: "Remove set green" }).click();
  await dialog().getByRole("button", { name: "Review the plan" }).click();
  await applyPlan(rig.page, "Change the policy");
  await rig.page.getByRole("button", { name: /192\.0\.2\.63: red/ }).waitFor();
  expect(await sets("pool.shop.test")).toEqual(["blue 9  120 192.0.2.61", "red 1  120 192.0.2.63"]);
  await rig.page.getByRole("button", { name: /192\.0\.2\.63: red/ }).click();
  await dialog().getByText("Nothing differs").waitFor();
  await dialog().getByRole("button", { name: "Take away" }).click();
  await rig.page.getByRole("menuitem", { name: "Keep blue alone, without a policy" }).click();
  await applyPlan(rig.page, "Take the policy away");
  await expect.poll(() => sets("pool.shop.test")).toEqual(["-   120 192.0.2.61"]);
  await rig.platform.succeed("DELETE", `/v1/zones/${zone}/rrsets/pool/A`);
});

test("the first sets of a name are made by keyboard and on a phone, with health of a resource", async () => {
  await openZone();
  await rig.page.setViewportSize({ width: 390, height: 844 });
  await rig.page.getByRole("button", { name: "Routing policy", exact: true }).focus();
  await rig.page.keyboard.press("Enter");
  await dialog().getByLabel("Name").waitFor();
  await rig.page.keyboard.type("both");
  await choose(dialog(), "Chosen", /^Failover/);
  await inSet("primary").getByLabel("Values").fill("192.0.2.71");
  await choose(inSet("primary"), "Health", /^A resource/);
  await inSet("primary").getByLabel("Resource").fill("shop-1");
  await inSet("secondary").getByLabel("Values").fill("192.0.2.72");
  await choose(inSet("secondary"), "Health", /^HTTPS/);
  await inSet("secondary").getByLabel("Address").fill("127.0.0.1:1/up");
  await inSet("secondary").getByRole("button", { name: "Times, host, certificate" }).click();
  await inSet("secondary").getByLabel("Host").fill("127.0.0.1");
  await inSet("secondary").getByText("A host name, such as shop.test").waitFor();
  await inSet("secondary").getByLabel("Host").fill("shop.test");
  await inSet("secondary").getByRole("switch", { name: "Trusted certificate" }).click();
  expect(await rig.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  expect(await rig.inspect("zone-policy-failover")).toEqual([]);
  await dialog().getByRole("button", { name: "Review the plan" }).click();
  await applyPlan(rig.page, "Make the policy");
  expect(await sets("both.shop.test")).toEqual([
    "primary primary shop-1 300 192.0.2.71",
    "secondary secondary https://127.0.0.1:1/up shop.test verified 300 192.0.2.72",
  ]);
  // Where something follows a resource, and where a CNAME stands, there is no policy.
  await rig.page.getByRole("button", { name: "Routing policy", exact: true }).click();
  await dialog().getByText("is assigned to a resource").or(dialog().getByText("is an alias")).waitFor();
  await dialog().getByRole("button", { name: "Cancel" }).click();
  await rig.platform.succeed("DELETE", `/v1/zones/${zone}/rrsets/both/A`);
});

test("queries of the last hour are seen as they come, and why there are none", async () => {
  const { platform, page } = rig;
  const ask = (...words: string[]): void => {
    const at = [`@${platform.address("127.53.2.1")}`, "-p", String(platform.port(5301))];
    run("dig", [...at, "+norecurse", "+tries=1", ...words]);
  };
  for (let i = 0; i < 5; i++) ask("shop.test", "A", `gone${i}.shop.test`, "TXT", "shop.test", "MX");
  await rig.open(`/zones/${zone}`);
  await page.getByRole("tab", { name: "Queries" }).click();
  await page.getByRole("heading", { name: "Queries", exact: true }).waitFor();
  const shares = (title: string): Part => page.getByRole("region", { name: title }).getByRole("listitem");
  await expect
    .poll(() => shares("Answers").allTextContents(), soon)
    .toContainEqual(expect.stringMatching(/^NXDOMAIN\d/));
  expect(await shares("Types").allTextContents()).toContainEqual(expect.stringMatching(/^MX/));
  await page.locator("canvas").first().waitFor();
  expect(await rig.inspect("zone-queries")).toEqual([]);
  for (let i = 0; i < 3; i++) ask(`later${i}.shop.test`, "SRV");
  await expect
    .poll(() => shares("Types").allTextContents(), soon)
    .toContainEqual(expect.stringMatching(/^SRV3/));
  const none = { zone: "shop.test.", seconds: 60, queries: 0, answers: {}, types: [], spans: [] };
  const told = async (counting: ZoneFigures["counting"], text: RegExp, maxZones = 1000): Promise<void> => {
    await page.route("**/queries/figures", (route) =>
      route.fulfill({ json: { ...none, counting, maxZones } }),
    );
    await rig.open(`/zones/${zone}?tab=queries`);
    await page.getByText(text).waitFor();
    await page.unroute("**/queries/figures");
  };
  await told("own", /No query for shop\.test has come/);
  await told("shared", /The first 1,000 zones .* have theirs/);
  await told("unkept", /the last hour of this zone is not kept/i);
  await told("unknown", /The name servers are away/);
  await told("off", /fairlead up --zone-counters 1000/, 0);
  expect(await rig.inspect("zone-queries-off")).toEqual([]);
});

test("a value is edited in its row, staged with Enter, dropped with Escape, applied and undone", async () => {
  await openZone();
  const cell = rig.page.getByRole("button", { name: "Change the value of mail.shop.test A 192.0.2.25" });
  await cell.click();
  await rig.page.keyboard.type("192.0.2.99");
  await rig.page.keyboard.press("Escape");
  await cell.waitFor();
  expect(await tray().count()).toBe(0);
  await cell.click();
  await rig.page.keyboard.type("192.0.2.x");
  await rig.page.keyboard.press("Enter");
  await rig.page.getByRole("alert").filter({ hasText: "Expected an IPv4 address" }).waitFor();
  await rig.page.getByLabel("Value of mail.shop.test A").fill("192.0.2.26");
  await rig.page.keyboard.press("Enter");
  await tray().getByText("1 change staged").waitFor();
  expect(await records("mail.shop.test", "A")).toEqual(["192.0.2.25"]);
  await tray().getByText("No warnings").waitFor();
  expect(await rig.inspect("zone-staged")).toEqual([]);
  await tray().getByRole("button", { name: "Review plan" }).click();
  await dialog().getByText("Update A at mail.shop.test: 192.0.2.26").waitFor();
  await dialog()
    .getByText(/Resolvers may give the old answers until/)
    .waitFor();
  expect(await rig.inspect("zone-review")).toEqual([]);
  await dialog().getByRole("button", { name: "Apply" }).click();
  await rig.page.getByRole("button", { name: "Undo" }).waitFor();
  expect(await records("mail.shop.test", "A")).toEqual(["192.0.2.26"]);
  await row(/mail.*192\.0\.2\.26/).waitFor();
  await rig.page.getByRole("button", { name: "Undo" }).click();
  await row(/mail.*192\.0\.2\.25/).waitFor();
});

test("what is staged outlives a reload and a session that ends", async () => {
  await openZone();
  await rig.page.getByRole("button", { name: /Change the TTL of mail\.shop\.test A/ }).click();
  await rig.page.keyboard.type("9m");
  await rig.page.keyboard.press("Enter");
  await tray().getByText("1 change staged").waitFor();
  await rig.page.reload();
  await tray().getByText("1 change staged").waitFor();
  await rig.context.clearCookies();
  const signIn = rig.page.getByRole("dialog", { name: "Sign in to Fairlead" });
  // Whatever is asked next finds that the session has ended.
  const history = rig.page.getByRole("tab", { name: "History" }).click();
  await Promise.race([signIn.waitFor(), history]);
  await signIn.waitFor();
  await signIn.getByLabel("E-mail address").fill(owner.email);
  await signIn.getByLabel("Password").fill(owner.password);
  await signIn.getByRole("button", { name: "Sign in" }).click();
  await signIn.waitFor({ state: "detached" });
  await history;
  await rig.page.getByRole("tab", { name: "Records" }).click();
  await apply();
  await tray().waitFor({ state: "detached" });
  const { rrsets } = await rig.platform.call<{ rrsets: Rrset[] }>(
    "GET",
    `/v1/zones/${zone}/rrsets?name=mail`,
  );
  expect(rrsets[0]?.ttl).toBe(540);
});

test("two who edit one zone see each other's change as a conflict with both sides", async () => {
  await openZone();
  await rig.page.getByRole("button", { name: /Change the value of old\.shop\.test A 192\.0\.2\.1/ }).click();
  await rig.page.keyboard.type("192.0.2.11");
  await rig.page.keyboard.press("Enter");
  await tray().getByText("1 change staged").waitFor();
  // The other one.
  await put("old", "A", ["192.0.2.2", "192.0.2.77"]);
  await tray().getByText("1 conflict").waitFor();
  await tray().getByRole("button", { name: "Review plan" }).click();
  const conflict = dialog().getByRole("region", { name: "Conflict at old.shop.test A" });
  for (const text of ["You saw", "There is now", "You want", "192.0.2.77", "192.0.2.11"])
    await conflict.getByText(text).first().waitFor();
  await conflict.getByText(/Put A records at old\.shop\.test/).waitFor();
  expect(await rig.inspect("zone-conflict")).toEqual([]);
  await conflict.getByRole("button", { name: "Have both" }).click();
  await dialog().getByRole("button", { name: "Apply" }).click();
  await tray().waitFor({ state: "detached" });
  expect((await records("old.shop.test", "A")).sort()).toEqual(["192.0.2.11", "192.0.2.2", "192.0.2.77"]);
});

test("the form says what will be answered, and offers the way out of a clash", async () => {
  await openZone();
  await rig.page.getByRole("button", { name: "Add record" }).click();
  await dialog().getByLabel("Name").fill("api");
  await dialog().getByLabel("IPv4 address").fill("192.0.2.40");
  await dialog().getByText("will answer").waitFor();
  expect(await rig.inspect("zone-add")).toEqual([]);
  await dialog().getByRole("combobox", { name: "Type" }).click();
  await rig.page.getByRole("option", { name: /^CNAME/ }).click();
  await dialog().getByLabel("Name").fill("@");
  await dialog().getByLabel("Target").fill("mail");
  await dialog().getByText("A CNAME cannot stand at the zone’s own name").waitFor();
  await dialog().getByLabel("Name").fill("mail");
  await dialog().getByText("A CNAME stands alone, and there is also A").waitFor();
  await dialog().getByLabel("Name").fill("smtp");
  await dialog().getByRole("button", { name: "Stage", exact: true }).click();
  await tray().getByText("1 change staged").waitFor();
  await apply();
  expect(await records("smtp.shop.test", "CNAME")).toEqual(["mail.shop.test."]);
});

test("several records are chosen by a filter that the URL keeps, and changed as one", async () => {
  await openZone("?filter=type%3Aa%20-mail%20from%3Auser");
  await expect.poll(() => rig.page.getByLabel("Filter records").inputValue()).toBe("type:a -mail from:user");
  await rig.page.getByRole("checkbox").first().check();
  const selection = rig.page.getByRole("region", { name: "Selected records" });
  await selection.getByRole("button", { name: /Select all/ }).click();
  await selection.getByLabel("New TTL of the selected records").fill("2h");
  await selection.getByRole("button", { name: "Set TTL" }).click();
  await tray()
    .getByText(/staged/)
    .first()
    .waitFor();
  await apply();
  const { rrsets } = await rig.platform.call<{ rrsets: Rrset[] }>("GET", `/v1/zones/${zone}/rrsets?name=old`);
  expect(rrsets[0]?.ttl).toBe(7200);
  await rig.page.getByLabel("Filter records").fill("type:zzz");
  await rig.page.getByText("No record is so").waitFor();
  expect(new URL(rig.page.url()).searchParams.get("filter")).toBe("type:zzz");
});

test("what dig prints is pasted, and what is not understood is named", async () => {
  await openZone();
  await rig.page.getByRole("button", { name: "Paste" }).click();
  await dialog()
    .getByLabel("Text")
    .fill(
      "; <<>> DiG 9.20 <<>> www.shop.test\n;; ANSWER SECTION:\npasted.shop.test.\t60\tIN\tA\t192.0.2.50\nbroken A 1.2.3\n",
    );
  await dialog()
    .getByText(/Line 4/)
    .waitFor();
  expect(await rig.inspect("zone-paste")).toEqual([]);
  await dialog().getByRole("button", { name: "Stage 1 record" }).click();
  await apply();
  expect(await records("pasted.shop.test", "A")).toEqual(["192.0.2.50"]);
});

test("the zone as a text is read while it is typed, and its differences are staged", async () => {
  await rig.open(`/zones/${zone}?tab=file`);
  const text = rig.page.getByLabel("Zone file text");
  const before = await text.inputValue();
  await text.fill(`${before}typed 300 IN A 192.0.2.999\n`);
  await rig.page.getByRole("button", { name: /^Line \d+, column \d+/ }).waitFor();
  expect(await rig.inspect("zone-file")).toEqual([]);
  await text.fill(`${before.replace(/^pasted.*\n/m, "")}typed 300 IN A 192.0.2.60\n`);
  await rig.page.getByText("all of them understood").waitFor();
  await rig.page.getByRole("button", { name: "Stage the differences" }).click();
  await rig.page.getByRole("tab", { name: "Records" }).click();
  await tray().getByText("2 changes staged").waitFor();
  await apply();
  expect(await records("typed.shop.test", "A")).toEqual(["192.0.2.60"]);
  expect(await records("pasted.shop.test", "A")).toEqual([]);
});

test("a zone file is imported by its plan, after what is wrong in it was named; an undo takes all of it back", async () => {
  const file = (text: string) => ({ name: "db.zone", mimeType: "text/plain", buffer: Buffer.from(text) });
  await openZone();
  await rig.page.getByRole("button", { name: "More" }).click();
  await rig.page.getByRole("menuitem", { name: "Import" }).click();
  const input = dialog().getByLabel("File");
  await input.setInputFiles(file("brought 300 IN A 192.0.2.70\nbrought 300 IN A 192.0.2.999\n"));
  await dialog()
    .getByText(/Line 2, column/)
    .waitFor();
  expect(await rig.inspect("zone-import")).toEqual([]);
  await input.setInputFiles(file("$TTL 5m\nbrought A 192.0.2.70\nbrought.sub MX 10 brought\n"));
  await dialog().getByText("brought.sub.shop.test. 300 IN MX 10 brought.shop.test.").waitFor();
  await dialog().getByRole("button", { name: "Import", exact: true }).click();
  await dialog().waitFor({ state: "detached" });
  expect(await records("brought.shop.test", "A")).toEqual(["192.0.2.70"]);
  expect(await records("brought.sub.shop.test", "MX")).toEqual(["10 brought.shop.test."]);
  await rig.page.getByRole("button", { name: "Undo" }).first().click();
  await expect.poll(() => records("brought.shop.test", "A")).toEqual([]);
  expect(await records("brought.sub.shop.test", "MX")).toEqual([]);
});

test("the history has every change with its records, and takes one back", async () => {
  await rig.open(`/zones/${zone}?tab=history`);
  await rig.page.getByText("Change 2 record sets in shop.test").first().click();
  await rig.page.getByText("typed.shop.test. 300 IN A 192.0.2.60").first().waitFor();
  expect(await rig.inspect("zone-history")).toEqual([]);
  await rig.page.getByRole("button", { name: "Take it back" }).first().click();
  await dialog().getByRole("button", { name: "Undo" }).click();
  await dialog().waitFor({ state: "detached" });
  expect(await records("typed.shop.test", "A")).toEqual([]);
});

test("how a zone is signed is shown with its DS and keys; a key is rolled and the way of signing changed, each by its plan", async () => {
  const status = (): Promise<ZoneSigningStatus> =>
    rig.platform.call<ZoneSigningStatus>("GET", `/v1/zones/${zone}/signing`);
  const { ds, keys } = await status();
  await rig.open(`/domains/${zone}`);
  await rig.page.getByRole("link", { name: "its keys and DS" }).click();
  await rig.page.getByText("Its answers can be proven").waitFor();
  await rig.page.getByText(ds[0] ?? "").waitFor();
  for (const { tag } of keys) await row(new RegExp(`^${tag} `)).waitFor();
  expect(await rig.inspect("zone-signing")).toEqual([]);
  const ksk = keys.find(({ role }) => role === "ksk");
  await rig.page.getByRole("button", { name: `Roll key ${ksk?.tag}` }).click();
  await dialog().getByText("Roll the KSK of shop.test").first().waitFor();
  await dialog().getByRole("button", { name: "Roll the key" }).click();
  await dialog().waitFor({ state: "detached" });
  await row(/shown, and signs next/).waitFor();
  expect((await status()).keys).toHaveLength(3);
  await rig.page.getByLabel("How it is signed").click();
  await rig.page.getByRole("option", { name: /With NSEC3/ }).click();
  await dialog().getByRole("button", { name: "Sign it so" }).click();
  await dialog().waitFor({ state: "detached" });
  expect((await status()).signing).toBe("nsec3");
  await rig.page.getByLabel("How it is signed").click();
  await rig.page.getByRole("option", { name: /Not signed/ }).click();
  await dialog().getByText("its parent stops vouching for it first", { exact: false }).first().waitFor();
  await dialog().getByRole("button", { name: "Stop signing" }).click();
  await rig.page.getByText("Its parent vouches for it no more").waitFor();
});

test("hostile text in a record is text", async () => {
  await put("evil", "TXT", [String.raw`"<img src=x onerror=alert(1)>\226\128\174abc"`]);
  await openZone("?filter=evil");
  await rig.page.getByText("<img src=x onerror=alert(1)>").first().waitFor();
  expect(await rig.page.locator("img[src=x]").count()).toBe(0);
});

test("nothing was thrown, and the page's policy was kept", () => {
  expect(rig.complaints).toEqual([]);
});
