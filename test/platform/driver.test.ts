// What name servers run on, as a user sees it: the linux driver with several threads, the node driver because it was asked for, and the node
// driver with the reason where the foreign-function library is missing. Each answers over UDP and TCP, before and after its role was killed.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import type { Status } from "#contract";
import { until } from "#runtime/testing";
import { rolePid, run, startPlatform, type Platform } from "./harness.ts";

const folder = mkdtempSync(join(tmpdir(), "fl-driver-"));
/** Loaded first by each process: the library cannot be found. */
const hook = join(folder, "without-koffi.mjs");
writeFileSync(
  hook,
  `import { registerHooks } from "node:module";
registerHooks({
  resolve(name, context, next) {
    if (name === "koffi") throw new Error("planted: there is no koffi");
    return next(name, context);
  },
});
`,
);
/** The same, where the library is there and Node exports nothing of OpenSSL. */
const plainHook = join(folder, "without-openssl.mjs");
const shim = join(folder, "koffi.cjs");
const real = createRequire(import.meta.url).resolve("koffi");
writeFileSync(
  shim,
  `const real = require(${JSON.stringify(real)});
module.exports = {
  ...real,
  load: (path) => {
    const library = real.load(path);
    return {
      func: (...parts) => {
        if (/SSL|BIO_|X509|d2i_|EVP_|ERR_/.test(parts[0])) throw new Error("planted: it is not exported");
        return library.func(...parts);
      },
    };
  },
};
`,
);
writeFileSync(
  plainHook,
  `import { registerHooks } from "node:module";
registerHooks({
  resolve: (name, context, next) =>
    name === "koffi" ? { url: ${JSON.stringify(pathToFileURL(shim).href)}, format: "commonjs", shortCircuit: true } : next(name, context),
});
`,
);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function answer(platform: Platform, name: string, ...options: string[]): string {
  const server = [`@${platform.address("127.53.2.3")}`, "-p", String(platform.port(5301))];
  return run("dig", [...server, "+short", "+tries=5", "+time=5", ...options, name, "A"]).stdout.trim();
}

function namesOf(platform: Platform): Status["roles"][number] {
  const found = platform.json<Status>("status").roles.find(({ role }) => role === "names");
  if (!found) throw new Error("there is no role names");
  return found;
}

test.each([
  { name: "linux with two workers", words: ["--workers", "2"], driver: { name: "linux" }, environment: {} },
  {
    name: "linux, with TLS in the main thread where OpenSSL's functions are missing",
    words: [],
    driver: { name: "linux" },
    environment: { NODE_OPTIONS: `--import ${plainHook}` },
  },
  { name: "node by choice", words: ["--driver", "node"], driver: { name: "node" }, environment: {} },
  {
    name: "node without the library",
    words: ["--workers", "2"],
    driver: {
      name: "node",
      reason: "the foreign-function library cannot be loaded: planted: there is no koffi",
    },
    environment: { NODE_OPTIONS: `--import ${hook}` },
  },
])("$name", async ({ words, driver, environment }) => {
  const platform = await startPlatform({ words, environment });
  try {
    platform.json("register", "shop.test");
    platform.json("records", "set", "shop.test", "www", "A", "192.0.2.1");
    const names = namesOf(platform);
    expect(names.driver).toEqual(driver);
    expect(readFileSync(join(platform.data, "log", "names.log"), "utf8")).toContain(
      `"name":"${driver.name}"`,
    );
    // Over TLS it is workers that answer, or the main thread where there are none.
    const at = [`@${platform.address("127.53.2.3")}`, "-p", String(platform.port(8853))];
    for (let i = 0; i < 4; i++)
      expect(run("kdig", [...at, "+tls", "+short", "www.shop.test", "A"]).stdout).toBe("192.0.2.1\n");
    const shown = platform.fairlead("status").stdout;
    expect(shown).toMatch(new RegExp(`^names +running +${driver.name} `, "m"));
    if (environment.NODE_OPTIONS?.includes(plainHook))
      expect(readFileSync(join(platform.data, "log", "names.log"), "utf8")).toContain(
        "OpenSSL's functions cannot be had: planted",
      );
    if (driver.reason !== undefined) expect(shown).toContain(driver.reason);
    for (let i = 0; i < 10; i++) {
      expect(answer(platform, "www.shop.test")).toBe("192.0.2.1");
      expect(answer(platform, "www.shop.test", "+tcp")).toBe("192.0.2.1");
    }
    process.kill(await rolePid(platform.data, "names"), "SIGKILL");
    await until("names is back", () => {
      const { pid, isConnected } = namesOf(platform);
      return isConnected && pid !== names.pid;
    });
    platform.json("records", "set", "shop.test", "new", "A", "192.0.2.2");
    for (let i = 0; i < 10; i++) expect(answer(platform, "new.shop.test")).toBe("192.0.2.2");
  } finally {
    await platform.remove();
  }
});

test("a driver or a number of workers that is none is refused", () => {
  for (const [option, value] of [
    ["--driver", "kernel"],
    ["--workers", "0"],
    ["--workers", "64"],
  ] as const) {
    const ran = run(join(import.meta.dirname, "..", "..", "bin", "fairlead"), ["up", option, value]);
    expect([ran.status, ran.stderr]).toEqual([2, expect.stringContaining(option)]);
  }
});
