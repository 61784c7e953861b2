// Attacks that need a whole platform: ways through the visitor proxy to what is not for visitors, writes that race, processes that
// pretend to be roles, and a data folder that was tampered with. Octets at random are in hostile.test.ts.

import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Change, RoleName, Status } from "#contract";
import { until } from "#runtime/testing";
import { layoutOf } from "#server";
import { startPlatform, type Platform } from "./harness.ts";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ example: true });
});
afterAll(async () => platform?.remove());

/** Asks the API with the first key. */
async function call<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
  const response = await fetch(`http://127.0.0.1:${platform.port(7700)}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${platform.key()}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as T };
}

/** Sends a request to the visitor proxy and gives the status of its answer. */
function throughProxy(text: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(platform.port(7780), "127.0.0.1");
    let answer = "";
    socket.setEncoding("latin1").on("data", (part: string) => {
      answer += part;
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1];
      if (status === undefined) return;
      socket.destroy();
      resolve(Number(status));
    });
    socket.once("error", reject);
    socket.write(text);
  });
}

/** Processes of a role on the platform's data folder: what ran before its record was written is among them. */
function processesOf(role: RoleName): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        if (!words.includes("role-main") || !words.includes(platform.data)) return false;
        return readFileSync(`/proc/${pid}/environ`, "utf8").includes(`"role":"${role}"`);
      } catch {
        return false; // it ended meanwhile
      }
    });
}

async function isReady(): Promise<boolean> {
  return (await call<Status>("GET", "/v1/status")).body.isReady;
}

describe("the visitor proxy leads to nothing that is not for visitors", () => {
  const records = [
    ["control", "A", "127.0.0.1"],
    ["unspecified", "A", "0.0.0.0"],
    ["cloud", "A", "169.254.169.254"],
    ["mapped", "AAAA", "::ffff:127.0.0.1"],
    ["compatible", "AAAA", "::127.0.0.1"],
    ["loopback", "AAAA", "::1"],
    ["six-to-four", "AAAA", "2002:7f00:1::"],
    ["alias", "CNAME", "control.rebind.test."],
  ] as const;
  beforeAll(async () => {
    await call("POST", "/v1/domains", { name: "rebind.test" });
    for (const [name, type, data] of records) {
      const put = { name, type, ttl: 0, records: [data] };
      expect((await call("PUT", "/v1/zones/rebind.test/rrsets", put)).status).toBe(200);
    }
  });

  const names = records
    .map(([name]) => `${name}.rebind.test`)
    .concat(["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0.0.0.0", "localhost"])
    .concat(["[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"]);
  test.each(names)("not to the control API by %s", async (name) => {
    const to = `${name}:${platform.port(7700)}`;
    expect(await throughProxy(`CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\n\r\n`)).toBe(403);
    expect(await throughProxy(`GET http://${to}/v1/status HTTP/1.1\r\nHost: ${to}\r\n\r\n`)).toBe(403);
  });

  test("not to instances and name servers themselves, nor to other ports of the edge", async () => {
    const places = [
      ["127.53.9.1", 8080],
      ["127.53.2.1", 5301],
      ["127.53.8.1", 7700],
    ] as const;
    for (const [address, port] of places) {
      const to = `${platform.address(address)}:${platform.port(port)}`;
      expect(await throughProxy(`CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\n\r\n`)).toBe(403);
    }
  });
});

test("of fifty that register a name at once, one gets it, and the history says so once", async () => {
  const all = await Promise.all(
    Array.from({ length: 50 }, () => call("POST", "/v1/domains", { name: "race.test" })),
  );
  expect(all.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(all.filter(({ status }) => status === 409)).toHaveLength(49);
  const { changes } = (await call<{ changes: Change[] }>("GET", "/v1/changes?limit=200")).body;
  expect(changes.filter(({ title }) => title.includes("race.test"))).toHaveLength(1);
  const revisions = changes.map(({ revision }) => revision);
  expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => b - a));
});

test("processes that pretend to be roles come and go; the roles are back, and nothing is said of them", async () => {
  for (let i = 0; i < 20; i++) {
    for (const role of ["names", "resolver", "edge", "runtime"]) {
      const socket = connect(layoutOf(platform.data).streamSocket);
      socket.on("error", () => {}); // it may be closed before all is written
      socket.resume();
      const hello = { type: "hello", role, pid: 1, protocolVersions: [1], lastRevision: 0, digest: "" };
      const lies = [
        hello,
        { type: "nack", revision: 1, reason: "no" },
        { type: "ack", revision: 9, digest: "" },
      ];
      socket.end(lies.map((message) => `${JSON.stringify(message)}\n`).join(""));
      await new Promise((resolve) => socket.once("close", resolve));
    }
  }
  await until("all roles are back", isReady);
  const { roles } = (await call<Status>("GET", "/v1/status")).body;
  expect(roles.map(({ isConnected, problem }) => [isConnected, problem])).toEqual(
    roles.map(() => [true, undefined]),
  );
});

test("a role whose record cannot be written is started once, not again and again", async () => {
  const record = join(platform.data, "run/edge.json");
  rmSync(record);
  mkdirSync(join(record, "in-the-way"), { recursive: true });
  const [pid = 0] = processesOf("edge");
  process.kill(pid, "SIGKILL");
  await until("another edge", () => processesOf("edge").some((one) => one !== pid));
  await until("all roles are back", isReady);
  expect(processesOf("edge")).toHaveLength(1);
  rmSync(record, { recursive: true });
});

test("a store that was emptied is said to be damaged, and nothing is forgotten or left running for it", async () => {
  await platform.stop();
  const store = join(platform.data, "store.sqlite");
  copyFileSync(store, `${store}.whole`);
  truncateSync(store);
  for (const name of ["store.sqlite-wal", "store.sqlite-shm"])
    rmSync(join(platform.data, name), { force: true });
  const instances = readdirSync(join(platform.data, "instances"));
  await expect(platform.start()).rejects.toThrow(/^The platform ended with \d+:[^]*it is gone or empty/);
  expect(readdirSync(join(platform.data, "instances"))).toEqual(instances);
  for (const role of ["control", "names", "resolver", "edge", "runtime"] as const)
    expect(processesOf(role)).toEqual([]);
  const running = readdirSync("/proc").filter((name) => {
    try {
      return readFileSync(`/proc/${name}/environ`, "utf8").includes(`INSTANCE_FOLDER=${platform.data}`);
    } catch {
      return false; // no process, or gone
    }
  });
  expect(running).toEqual([]);
  copyFileSync(`${store}.whole`, store);
  await platform.start();
  expect(await throughProxy("GET http://shop.test/ HTTP/1.1\r\nHost: shop.test\r\n\r\n")).toBe(200);
});
