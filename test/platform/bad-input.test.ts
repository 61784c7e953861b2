// Every bad input of a person gets one clear sentence with what to do, an exit code of its kind, and changes nothing.

import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Status } from "#contract";
import { claimPlace } from "#runtime/testing";
import { root, startPlatform, type Platform } from "./harness.ts";

let platform: Platform;
let folder = "";

beforeAll(async () => {
  platform = await startPlatform();
  folder = mkdtempSync(join(tmpdir(), "fl-bad-"));
  platform.json("register", "mine.test");
  platform.json("records", "set", "mine.test", "www", "A", "192.0.2.1");
  platform.json("instance", "create", "web", "--address", "127.0.0.1:9");
  platform.json("assign", "mine.test", "web");
});
afterAll(async () => {
  await platform?.remove();
  rmSync(folder, { recursive: true, force: true });
});

const revision = async (): Promise<number> => (await platform.call<Status>("GET", "/v1/status")).revision;

test.each([
  {
    words: ["records", "set", "mine.test", "www.other.test.", "A", "192.0.2.1"],
    exit: 2,
    code: "name-outside-zone",
    says: /www\.other\.test/,
  },
  {
    words: ["records", "set", "mine.test", "a", "A", "192.0.2.256"],
    exit: 2,
    code: "address-malformed",
    says: /192\.0\.2\.256/,
  },
  {
    words: ["records", "set", "mine.test", "a", "AAAA", "192.0.2.1"],
    exit: 2,
    code: "address-malformed",
    says: /AAAA/,
  },
  {
    words: ["records", "set", "mine.test", "a", "NOSUCH", "x"],
    exit: 2,
    code: "record-malformed",
    says: /NOSUCH/,
  },
  {
    words: ["records", "set", "mine.test", "www", "CNAME", "mine.test."],
    exit: 6,
    code: "record-conflict",
    says: /www\.mine\.test/,
  },
  {
    words: ["records", "set", "gone.test", "www", "A", "192.0.2.1"],
    exit: 3,
    code: "zone-not-found",
    says: /gone\.test/,
  },
  {
    words: ["records", "delete", "mine.test", "nothing", "A"],
    exit: 3,
    code: "record-not-found",
    says: /nothing/,
  },
  { words: ["register", "mine.test"], exit: 6, code: "domain-taken", says: /mine\.test/ },
  { words: ["register", "shop.example"], exit: 2, code: "tld-unknown", says: /shop\.example/ },
  { words: ["register", "a..test"], exit: 2, code: "name-malformed", says: /a\.\.test/ },
  { words: ["register", `${"a".repeat(64)}.test`], exit: 2, code: "name-malformed", says: /63|label/ },
  { words: ["register", "deep.mine.test"], exit: 2, code: "tld-unknown", says: /deep\.mine\.test/ },
  { words: ["assign", "mine.test", "nowhere"], exit: 3, code: "resource-not-found", says: /nowhere/ },
  { words: ["assign", "unknown.test", "web"], exit: 3, code: "zone-not-found", says: /unknown\.test/ },
  {
    words: ["instance", "create", "web", "--address", "127.0.0.1:9"],
    exit: 6,
    code: "resource-exists",
    says: /web/,
  },
  {
    words: ["instance", "create", "x", "--address", "300.0.0.1:80"],
    exit: 2,
    code: "address-malformed",
    says: /300\.0\.0\.1/,
  },
  {
    words: ["instance", "create", "x", "--site", "/no/such/folder"],
    exit: 2,
    code: "path-unusable",
    says: /\/no\/such\/folder/,
  },
  { words: ["instance", "create", "x"], exit: 2, code: "usage", says: /--site/ },
  { words: ["instance", "delete", "web"], exit: 6, code: "resource-in-use", says: /mine\.test/ },
  {
    words: ["distribution", "create", "site", "nowhere"],
    exit: 3,
    code: "resource-not-found",
    says: /nowhere/,
  },
  { words: ["distribution", "create", "web", "web"], exit: 6, code: "resource-exists", says: /web/ },
  {
    words: ["distribution", "create", "site", "web", "--protocol", "https-only"],
    exit: 2,
    code: "input-malformed",
    says: /expected the protocol http-only/,
  },
  {
    words: ["distribution", "create", "site", "web", "--min-ttl", "1m", "--headers", "all"],
    exit: 2,
    code: "input-malformed",
    says: /must be 0 where all headers are forwarded/,
  },
  {
    words: ["distribution", "create", "site", "web", "--paths", "/api"],
    exit: 2,
    code: "usage",
    says: /\/api\/\*/,
  },
  { words: ["distribution", "purge", "site", "/a"], exit: 3, code: "resource-not-found", says: /site/ },
  { words: ["distribution", "set", "site"], exit: 2, code: "usage", says: /nothing to change/ },
  { words: ["undo", "no-such-change"], exit: 3, code: "change-not-found", says: /no-such-change/ },
  { words: ["assign", "mine.test", "web"], exit: 6, code: "assigned-already", says: /"web" already/ },
  { words: ["trace", "ftp://mine.test/"], exit: 2, code: "input-malformed", says: /such as https:/ },
  { words: ["register", "x.test", "--years", "two"], exit: 2, code: "usage", says: /from 1 to 10/ },
  { words: ["search", "-"], exit: 2, code: "input-malformed", says: /name or words/ },
  { words: ["domain", "show", "gone.test"], exit: 3, code: "domain-not-found", says: /gone\.test/ },
  {
    words: ["domain", "renew", "mine.test", "--years", "10"],
    exit: 6,
    code: "renewal-refused",
    says: /10 years/,
  },
  {
    words: ["domain", "renew", "mine.test", "--expires", "2001-01-01"],
    exit: 2,
    code: "registry-policy",
    says: /not on 2001-01-01/,
  },
  { words: ["domain", "lock", "mine.test", "maybe"], exit: 2, code: "usage", says: /on or off/ },
  { words: ["domain", "status", "mine.test"], exit: 2, code: "usage", says: /--add or --remove/ },
  {
    words: ["domain", "status", "mine.test", "--add", "serverHold"],
    exit: 2,
    code: "input-malformed",
    says: /addStatuses/,
  },
  {
    words: ["domain", "contacts", "mine.test", "--contact", "/no/such.json"],
    exit: 2,
    code: "path-unusable",
    says: /there is no such file/,
  },
  {
    words: ["domain", "contacts", "mine.test", "--contact", "{name}"],
    exit: 2,
    code: "usage",
    says: /JSON object/,
  },
  {
    words: ["domain", "contacts", "mine.test", "--privacy", "off"],
    exit: 2,
    code: "usage",
    says: /no contact/,
  },
  {
    words: ["domain", "name-servers", "mine.test", "ns1.mine.test", "ns2.mine.test"],
    exit: 2,
    code: "registry-policy",
    says: /give its address along/,
  },
  {
    words: ["domain", "name-servers", "mine.test", "ns1.example.org", "--default"],
    exit: 2,
    code: "usage",
    says: /--default/,
  },
  { words: ["zone", "create", "nic.test"], exit: 2, code: "registry-policy", says: /reserved/ },
  { words: ["zone", "delete", "mine.test"], exit: 6, code: "resource-in-use", says: /registered here/ },
  { words: ["regsiter", "x.test"], exit: 2, code: "usage", says: /did you mean "register"\?/ },
  { words: ["nonsense"], exit: 2, code: "usage", says: /nonsense/ },
  { words: ["register", "x.test", "--no-such-option"], exit: 2, code: "usage", says: /--no-such-option/ },
  { words: ["register"], exit: 2, code: "usage", says: /name/i },
  {
    words: ["import", "/no/such.zone", "--zone", "mine.test"],
    exit: 2,
    code: "path-unusable",
    says: /no such file/,
  },
  { words: ["trace", "http://"], exit: 2, code: "input-malformed", says: /./ },
])("fairlead $words is refused as $code", async ({ words, exit, code, says }) => {
  const before = await revision();
  const ran = platform.fairlead(...words);
  expect([ran.status, ran.stdout]).toEqual([exit, ""]);
  expect(ran.stderr.trim().split("\n")).toHaveLength(2);
  expect(ran.stderr).toMatch(says);
  expect(ran.stderr).toContain(`(${code})`);
  expect(await revision()).toBe(before);
});

test("with --json a refusal is one JSON value on the standard output, and the exit code is the same", () => {
  for (const { exit, code, words } of [
    { exit: 2, code: "usage", words: ["nonsense", "--json"] },
    { exit: 3, code: "zone-not-found", words: ["records", "gone.test", "--json"] },
    {
      exit: 6,
      code: "instance-failed",
      words: ["instance", "create", "ends", "--json", "--command", "--", "false"],
    },
  ]) {
    const ran = platform.fairlead(...words);
    expect([ran.status, ran.stderr, JSON.parse(ran.stdout)]).toEqual([
      exit,
      "",
      { code, message: expect.any(String), help: expect.any(String) },
    ]);
  }
  platform.json("instance", "delete", "ends");
});

test("a zone file with defects is refused with file, line, column and what was expected, and nothing is imported", async () => {
  const file = join(folder, "bad.zone");
  writeFileSync(file, "ok A 192.0.2.1\nbad A 192.0.2.256\n$INCLUDE part.zone\n");
  writeFileSync(join(folder, "part.zone"), "\n\nmx MX mail\n");
  const before = await revision();
  const ran = platform.fairlead("import", file, "--zone", "mine.test");
  expect(ran.status).toBe(2);
  expect(ran.stderr).toMatch(/bad\.zone:2:7\b.*expected/);
  expect(ran.stderr).toMatch(/part\.zone:3:7\b.*expected/);
  expect(await revision()).toBe(before);
});

test("a zone file may not include files outside its folder", () => {
  mkdirSync(join(folder, "inner"), { recursive: true });
  writeFileSync(join(folder, "inner", "x.zone"), "$INCLUDE ../../../../etc/passwd\n");
  const ran = platform.fairlead("import", join(folder, "inner", "x.zone"), "--zone", "mine.test");
  expect(ran.status).toBe(2);
  expect(ran.stderr).not.toContain("root:");
});

test("a record outside the zone in a zone file is refused by name", () => {
  const file = join(folder, "outside.zone");
  writeFileSync(file, "www.other.test. 60 A 192.0.2.1\n");
  const ran = platform.fairlead("import", file, "--zone", "mine.test");
  expect([ran.status, ran.stderr]).toEqual([
    2,
    expect.stringMatching(/www\.other\.test.*outside\.zone:1.*\n.*name-outside-zone/),
  ]);
});

test("a port in use is named, with nothing started", async () => {
  const data = mkdtempSync(join(tmpdir(), "fl-port-"));
  const { network, portOffset, release } = await claimPlace();
  // Where its resolver would be.
  const port = 5300 + portOffset;
  const holder = createSocket("udp4");
  await new Promise<void>((resolve) => holder.bind(port, "127.0.0.1", resolve));
  const words = ["up", "--data", data, "--network", `127.${network}`, "--port-offset", String(portOffset)];
  const ran = spawnSync(join(root, "bin", "fairlead"), words, { encoding: "utf8", timeout: 180_000 });
  expect([ran.status, ran.stderr]).toEqual([
    6,
    expect.stringMatching(new RegExp(`udp 127\\.0\\.0\\.1.*${port}`)),
  ]);
  expect(ran.stderr).toContain("(port-in-use)");
  holder.close();
  release();
  rmSync(data, { recursive: true, force: true });
});

test("a second platform on the same data folder is refused", () => {
  const ran = platform.fairlead("up", "--network", "127.250", "--port-offset", "1000");
  expect([ran.status, ran.stderr]).toEqual([6, expect.stringContaining("(already-running)")]);
});

test("a data folder of a newer version is refused and left as it is", () => {
  const data = mkdtempSync(join(tmpdir(), "fl-new-"));
  const version = '{"data":999}\n';
  writeFileSync(join(data, "version"), version);
  const ran = spawnSync(join(root, "bin", "fairlead"), ["up", "--data", data], {
    encoding: "utf8",
    timeout: 180_000,
  });
  expect([ran.status, ran.stderr]).toEqual([6, expect.stringContaining("(data-newer)")]);
  expect(readFileSync(join(data, "version"), "utf8")).toBe(version);
  rmSync(data, { recursive: true, force: true });
});

test("a data folder whose address another platform has taken over is told apart from a wrong key", () => {
  const data = mkdtempSync(join(tmpdir(), "fl-other-"));
  mkdirSync(join(data, "run"));
  const key = join(data, "another-key");
  writeFileSync(key, "another\n");
  const api = `http://127.0.0.1:${platform.port(7700)}`;
  writeFileSync(join(data, "run", "platform.json"), JSON.stringify({ api, key }));
  const ran = platform.fairlead("status", "--data", data);
  expect([ran.status, ran.stderr]).toEqual([7, expect.stringMatching(/another one answers at/)]);
  expect(platform.fairlead("status", "--key", "another").stderr).toContain("(key-wrong)");
  rmSync(data, { recursive: true, force: true });
});

test("without a platform every command says how to start one", () => {
  const data = mkdtempSync(join(tmpdir(), "fl-none-"));
  const ran = spawnSync(join(root, "bin", "fairlead"), ["status", "--data", data], { encoding: "utf8" });
  expect([ran.status, ran.stderr]).toEqual([7, expect.stringContaining("(platform-unreachable)")]);
  rmSync(data, { recursive: true, force: true });
});

test("the API refuses requests without a key, with a wrong one, from foreign pages, and what is no JSON", async () => {
  const base = `http://127.0.0.1:${platform.port(7700)}`;
  const before = await revision();
  const post = async (headers: Record<string, string>, body: string): Promise<[number, unknown]> => {
    const response = await fetch(`${base}/v1/instances`, { method: "POST", headers, body });
    const { code } = (await response.json()) as { code?: string };
    return [response.status, code];
  };
  const key = { authorization: `Bearer ${platform.key()}` };
  const json = { "content-type": "application/json" };
  const body = JSON.stringify({
    name: "evil",
    run: { kind: "command", command: ["touch", "/tmp/evil"], folder: "/" },
  });
  expect(await post(json, body)).toEqual([401, "key-missing"]);
  expect(await post({ ...json, authorization: "Bearer nonsense" }, body)).toEqual([401, "key-wrong"]);
  expect(await post({ ...json, ...key, origin: "http://evil.example" }, body)).toEqual([403, "host-refused"]);
  expect(await post({ ...key, "content-type": "text/plain" }, body)).toEqual([400, "input-malformed"]);
  expect(await post({ ...json, ...key }, "{")).toEqual([400, "input-malformed"]);
  expect(await post({ ...json, ...key }, JSON.stringify({ name: "x", extra: 1 }))).toEqual([
    400,
    "input-malformed",
  ]);
  const large = spawnSync(
    "curl",
    [
      "-sS",
      "-H",
      "Content-Type: application/json",
      "-H",
      `Authorization: Bearer ${platform.key()}`,
      "--data-binary",
      "@-",
      `${base}/v1/instances`,
    ],
    { encoding: "utf8", input: `"${"x".repeat(70 << 20)}"` },
  );
  expect(JSON.parse(large.stdout)).toMatchObject({ code: "input-too-large" });
  const rebound = spawnSync(
    "curl",
    [
      "-sS",
      "-o",
      "/dev/null",
      "-w",
      "%{http_code}",
      "-H",
      "Host: evil.example",
      "-H",
      `Authorization: Bearer ${platform.key()}`,
      `${base}/v1/status`,
    ],
    { encoding: "utf8" },
  );
  expect(rebound.stdout).toBe("403");
  expect(await revision()).toBe(before);
});
