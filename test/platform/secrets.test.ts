// Secrets of a running platform are found nowhere in clear: data folder (store with its write-ahead log, state of the roles, instances),
// logs and what dying processes wrote. The search is shown to find what it looks for.

import { createHash, createPrivateKey } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ContainerService } from "#contract";
import { layoutOf } from "#server";
import { loadSealer } from "../../src/server/data-key.ts";
import { findSecrets, type KnownSecret } from "./find-secrets.ts";
import { startPlatform, type Platform } from "./harness.ts";

let platform: Platform;
const folder = mkdtempSync(join(tmpdir(), "fl-secrets-"));
const masterKey = Buffer.from(Array.from({ length: 32 }, (_, i) => (i * 37 + 11) % 256));

beforeAll(async () => {
  writeFileSync(join(folder, "master"), masterKey);
  platform = await startPlatform({
    example: true,
    environment: { FAIRLEAD_MASTER_KEY_FILE: join(folder, "master"), FAIRLEAD_PASSPHRASE: "not-used-at-all" },
  });
});
afterAll(async () => {
  await platform?.remove();
  rmSync(folder, { recursive: true, force: true });
});

test("the search finds a secret in every form, in SQLite and its log, and in PEM", () => {
  const octets = Buffer.from(Array.from({ length: 100 }, (_, i) => (i * 91 + 5) % 256));
  const secrets = [{ name: "key", octets }];
  const inner = join(folder, "found", "deep");
  mkdirSync(inner, { recursive: true });
  const pem = `x\n${(octets.toString("base64").match(/.{1,64}/g) ?? []).join("\n")}\n`;
  const database = new DatabaseSync(join(inner, "a.sqlite"));
  database.exec("PRAGMA journal_mode=WAL; CREATE TABLE t (v)");
  database.prepare("INSERT INTO t VALUES (?)").run(octets);
  const forms: [string, string | Buffer][] = [
    ["octets", Buffer.concat([Buffer.from("before"), octets])],
    ["hexadecimal", octets.toString("hex")],
    ["base64", pem],
    ["base64 after one octet", Buffer.concat([Buffer.from("a"), octets]).toString("base64")],
    ["base64url after two", Buffer.concat([Buffer.from("ab"), octets]).toString("base64url")],
    ["JSON", JSON.stringify({ pem })],
    ["only its end", octets.subarray(70)],
  ];
  for (const [name, content] of forms) writeFileSync(join(inner, name), content);
  const found = findSecrets([join(folder, "found")], secrets).join("\n");
  for (const [name] of forms) expect(found).toContain(`${name} as`);
  expect(found).toContain("a.sqlite-wal as octets");
  database.close();
});

test("neither data key nor first API key lies in the data folder, and instances are told of none", async () => {
  // What instances inherit is seen from one.
  const site = mkdtempSync(join(folder, "site-"));
  const program = `require("fs").writeFileSync("env", JSON.stringify(process.env)); require("http").createServer((q, s) => s.end("hi")).listen(process.env.PORT, process.env.HOST)`;
  platform.fairlead(
    "instance",
    "create",
    "env",
    "--command",
    "--folder",
    site,
    "--",
    process.execPath,
    "-e",
    program,
  );
  await expect.poll(() => readFileSync(join(site, "env"), "utf8"), { timeout: 60_000 }).toContain("PORT");
  expect(readFileSync(join(site, "env"), "utf8")).not.toMatch(/FAIRLEAD_(?!INSTANCE)|CREDENTIALS/);
  expect(
    findSecrets(
      [platform.data, site],
      [
        { name: "data key", octets: masterKey },
        { name: "first API key", octets: platform.key() },
        { name: "passphrase", octets: "not-used-at-all" },
      ],
    ),
  ).toEqual([]);
});

test("values of a container's environment lie nowhere but in the container, whatever is done with them", async () => {
  const token = "a-token-that-is-nobody-elses-47";
  const site = mkdtempSync(join(folder, "container-"));
  // It shows that it knows it, without its command saying what it is.
  const program = `const told = require("crypto").createHash("sha256").update(process.env.TOKEN ?? "").digest("hex"); require("http").createServer((q, s) => s.end(told)).listen(process.env.PORT, process.env.HOST)`;
  const body = {
    containers: {
      web: {
        image: `folder:${site}`,
        command: [process.execPath, "-e", program],
        environment: { TOKEN: token },
        ports: { "80": "HTTP" },
      },
    },
    publicEndpoint: { containerName: "web", containerPort: 80 },
  };
  const service = "/v1/container-services/sealed";
  await platform.succeed("POST", "/v1/container-services", {
    name: "sealed",
    power: "small",
    scale: 1,
    deployment: body,
  });
  const { publicAddresses } = await platform.call<ContainerService>("GET", service);
  const page = await fetch(`http://${publicAddresses[0]?.address}:${platform.port(8080)}/`);
  expect(await page.text()).toBe(createHash("sha256").update(token).digest("hex"));
  // Planned and never carried out, rolled back, and a program that dies with it.
  await platform.call("POST", `${service}/deployments?plan=1`, body);
  await platform.succeed("POST", `${service}/deployments/1/roll-back`, {});
  const dying = { ...body.containers.web, command: ["false"] };
  await platform.change("POST", `${service}/deployments`, { ...body, containers: { web: dying } });
  expect(await platform.call(`GET`, `${service}/deployments/1?values=1`)).toMatchObject({
    containers: { web: { environment: { TOKEN: token } } },
  });
  expect(findSecrets([platform.data], [{ name: "environment", octets: token }])).toEqual([]);
  expect(platform.log()).not.toContain(token);
});

test("keys that zones are signed with, and those of TLS, lie nowhere in clear: folder, log, state, a backup, and where name servers sign by themselves", async () => {
  const opened = (): KnownSecret[] => {
    const database = new DatabaseSync(layoutOf(platform.data).store, { readOnly: true });
    const rows = database
      .prepare("SELECT purpose, id, sealed FROM secret WHERE purpose IN ('zone-key', 'service-key')")
      .all();
    database.close();
    const sealer = loadSealer(layoutOf(platform.data), {
      FAIRLEAD_MASTER_KEY_FILE: join(folder, "master"),
    });
    return rows.map(({ purpose, id, sealed }) => {
      const octets = sealer.open(String(purpose), String(id), String(sealed));
      const { d = "" } = createPrivateKey({
        key: Buffer.from(octets),
        format: "der",
        type: "pkcs8",
      }).export({ format: "jwk" });
      return { name: `${String(purpose)} ${String(id)}`, octets: Buffer.from(d, "base64url") };
    });
  };
  const before = opened();
  // Root, four top-level domains, the platform's own zone and the example's: two keys each. Three groups of name servers and the resolver.
  expect(before.length).toBe(14 + 4);
  for (const { octets } of before) expect(octets.length).toBe(32);
  platform.json("dnssec", "roll", "shop.test", "--role", "zsk");
  platform.json("dnssec", "enable", "shop.test", "--denial", "compact");
  await expect.poll(() => opened().length, { timeout: 60_000 }).toBe(15 + 4);
  const secrets = opened();
  const backup = join(folder, "backup");
  await platform.stop();
  cpSync(platform.data, backup, {
    recursive: true,
    filter: (path) => !path.endsWith(".role") && !path.endsWith("sock"),
  });
  await platform.start();
  expect(findSecrets([platform.data, backup], secrets)).toEqual([]);
  for (const { octets } of secrets)
    expect(platform.log()).not.toContain(Buffer.from(octets).toString("base64url"));
});

test("with another data key nothing starts and nothing is changed, with the right one all is there again", async () => {
  await platform.stop();
  const before = readFileSync(join(platform.data, "data-key.json"), "utf8");
  for (const [variables, code] of [
    [{ FAIRLEAD_MASTER_KEY_FILE: join(folder, "absent") }, "data-key-missing"],
    [{ FAIRLEAD_MASTER_KEY_FILE: "" }, "data-key-wrong"],
    [{ FAIRLEAD_MASTER_KEY_FILE: "", FAIRLEAD_PASSPHRASE: "" }, "data-key-missing"],
  ] as const) {
    const ran = platform.fairleadWith(variables, "up", "--network", "127.250", "--port-offset", "1000");
    expect([ran.status, ran.stderr]).toEqual([6, expect.stringContaining(`(${code})`)]);
  }
  expect(readFileSync(join(platform.data, "data-key.json"), "utf8")).toBe(before);
  await platform.start();
  expect(platform.json<{ domains?: unknown }>("status")).toMatchObject({ isReady: true });
});
