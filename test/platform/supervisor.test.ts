// A real platform under a supervisor of its own: what it serves, and what is left of it when any of its processes is
// killed. Only processes that were started here are killed, each by its pid.

import { spawn, type ChildProcess } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Instance, Operation, RoleName, WriteAnswer } from "#contract";
import { identifyProcess, isAlive, ownProgram } from "#runtime";
import { claimPlace, removeFolder, temporaryFolder, until } from "#runtime/testing";
import { askServer, makeProfile, plannedListeners, status, type Profile } from "#server";
import { formatRdata, Name, type Message, rcodeName, type ResourceRecord, typeNumber, typeName } from "#wire";
import { firstKeyOf, rolePids } from "./harness.ts";

const back = 60_000; // milliseconds against waiting for ever

let base: string;
let data: string;
let profile: Profile;
let supervisor: ChildProcess;
/** The program started last, ready or not. */
let launched: ChildProcess;

/** Starts a supervisor; gives what it says first. */
async function start(folder: string = data, at: Profile = profile): Promise<string> {
  const [file = "", ...parameters] = ownProgram("./up-program", import.meta.url);
  const child = spawn(file, [...parameters, folder, at.network, String(at.portOffset)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  launched = child;
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
  const said = await until(
    "the supervisor says something",
    () => printed.includes("\n") && printed.trim(),
    200_000,
  );
  if (said === "ready") supervisor = child;
  return said;
}

/** Stops the supervisor as a service manager does, and waits for its end. */
async function stop(): Promise<void> {
  const ended = new Promise((resolve) => supervisor.once("exit", resolve));
  supervisor.kill("SIGTERM");
  await ended;
}

const pids = (): Promise<Map<RoleName, number>> => rolePids(data);

async function killRole(role: RoleName): Promise<number> {
  const pid = (await pids()).get(role) ?? 0;
  const identity = identifyProcess(pid);
  if (!identity) throw new Error(`Role ${role} does not run`);
  process.kill(pid, "SIGKILL");
  await until(`${role} is gone`, () => !isAlive(identity));
  return pid;
}

async function ask(address: string, port: number, name: string, type: string): Promise<Message> {
  const parsed = Name.parse(name);
  if (!parsed.ok) throw new Error(name);
  const question = {
    server: { address, port },
    name: parsed.value,
    type: typeNumber(type) ?? 0,
    timeoutMs: back,
  };
  const answer = await askServer(question);
  if (!answer.ok) throw new Error(`${name} ${type} at ${address}: ${answer.reason}`);
  return answer.message;
}

function text({ name, ttl, type, rdata }: ResourceRecord): string {
  return `${name.toString()} ${ttl} ${typeName(type)} ${formatRdata(type, rdata)}`;
}

const resolve = (name: string, type: string): Promise<Message> =>
  ask("127.0.0.1", profile.resolver[0]?.port ?? 0, name, type);

async function api<T>(method: string, path: string, body?: unknown): Promise<T> {
  const key = firstKeyOf(data);
  const response = await fetch(`http://127.0.0.1:${profile.control.port}/v1${path}`, {
    method,
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

/** Makes a change and waits until its operation has ended well. */
async function change(method: string, path: string, body?: unknown): Promise<void> {
  const { operation } = await api<WriteAnswer>(method, path, body);
  if (!operation) return;
  const ended = await until(
    `operation of ${method} ${path}`,
    async () => {
      const now = await api<Operation>("GET", `/operations/${operation.id}`);
      return now.isTerminal && now;
    },
    120_000,
  );
  if (ended.status === "Failed") throw new Error(`${method} ${path}: ${ended.errorDetails}`);
}

/** What an HTTP server answers, by its address and the name that is asked for. */
function page(address: string, port: number, path = "http://shop.test/"): Promise<string> {
  return new Promise((settle, reject) => {
    const sent = request(
      { host: address, port, path, headers: { Host: "shop.test" }, timeout: back },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => (body += part));
        response.on("end", () => settle(`${response.statusCode} ${body}`));
      },
    );
    sent.on("timeout", () => sent.destroy(new Error("timeout")));
    sent.on("error", reject);
    sent.end();
  });
}

/** A whole visit: the name is resolved by our resolver, the page comes from the address it got. */
async function visit(): Promise<string> {
  const { answer } = await resolve("shop.test.", "A");
  const address = answer[0] ? formatRdata(answer[0].type, answer[0].rdata) : "";
  return page(address, profile.edge.httpPort, "/");
}

const visitAgain = (): Promise<string> =>
  until("the page is there again", () => visit().catch(() => undefined), back);

/** A profile that is this test's own: several platforms may run at once. */
async function claimProfile(): Promise<Profile> {
  const { network, portOffset } = await claimPlace();
  return makeProfile({ network: `127.${network}`, portOffset });
}

beforeAll(async () => {
  base = temporaryFolder();
  data = join(base, "data");
  const site = join(base, "site");
  mkdirSync(site);
  writeFileSync(join(site, "index.html"), "<h1>Shop</h1>");
  profile = await claimProfile();
  expect(await start()).toBe("ready");
  await change("POST", "/domains", { name: "shop.test" });
  await change("POST", "/instances", { name: "web", run: { kind: "site", folder: site } });
  await change("POST", "/assignments", { name: "shop.test", resource: "web" });
  await until("the instance runs", async () => {
    const { instances } = await api<{ instances: Instance[] }>("GET", "/instances");
    return instances[0]?.state === "running";
  });
});

afterAll(async () => {
  if (supervisor?.exitCode === null && supervisor.signalCode === null) await stop();
  removeFolder(base);
});

test("the root refers to the TLD's servers, the TLD to the four name servers, and these answer", async () => {
  const groups = profile.groups.map(({ hosts }) => hosts.flatMap(({ addresses }) => addresses));
  const [root = [], tlds = [], set = []] = groups;
  for (const address of root) {
    const referral = await ask(address, profile.authorityPort, "shop.test.", "A");
    expect([referral.flags.aa, referral.answer]).toEqual([false, []]);
    expect(referral.authority.map(text).sort()).toEqual([
      "test. 172800 NS a.nic.test.",
      "test. 172800 NS b.nic.test.",
    ]);
  }
  for (const address of tlds) {
    const referral = await ask(address, profile.authorityPort, "shop.test.", "A");
    const hosts = [1, 2, 3, 4].map((i) => `shop.test. 172800 NS ns${i}.s1.nic.test.`);
    expect(referral.authority.map(text).sort()).toEqual(hosts);
    expect(referral.additional.map(text)).toContain(`ns1.s1.nic.test. 172800 A ${set[0]}`);
  }
  expect(set.length).toBe(4);
  for (const address of set) {
    const answer = await ask(address, profile.authorityPort, "shop.test.", "A");
    expect([answer.flags.aa, answer.answer.length]).toEqual([true, 1]);
    expect(rcodeName((await ask(address, profile.authorityPort, ".", "NS")).rcode)).toBe("REFUSED");
  }
});

test("a visit goes from the name to the page, and through the visitor proxy under the name itself", async () => {
  expect(await visit()).toBe("200 <h1>Shop</h1>");
  for (const { address, port } of profile.proxy.slice(0, 1)) {
    expect(await page(address, port)).toBe("200 <h1>Shop</h1>");
  }
});

test("everything listens on loopback, and nobody else can read the data folder", () => {
  const listening = Object.values(plannedListeners(profile)).flat();
  expect(listening.every(({ address }) => address === "::1" || address.startsWith("127."))).toBe(true);
  const modes = readdirSync(data, { recursive: true, withFileTypes: true })
    .filter((entry) => !/\b(instances|cache)\b/.test(entry.parentPath))
    .map((entry) => [entry.name, statSync(join(entry.parentPath, entry.name)).mode & 0o077] as const);
  expect(modes.filter(([, others]) => others !== 0)).toEqual([]);
  expect(statSync(data).mode & 0o777).toBe(0o700);
});

test("a second platform on the same data folder is refused, and so is one whose port is taken", async () => {
  expect(await start()).toMatch(/^already-running: /);
  const other = await claimProfile();
  let taken: Server | undefined;
  const holder = await new Promise<Server>((settle) => {
    taken = createServer().listen(other.control.port, "127.0.0.1", () => settle(taken as Server));
  });
  const folder = join(base, "other");
  expect(await start(folder, other)).toContain(`127.0.0.1:${other.control.port}`);
  expect((await status(folder)).roles.filter(({ state }) => state !== "stopped")).toEqual([]);
  await new Promise((settle) => holder.close(settle));
});

test("a start that is given up leaves nothing running", async () => {
  const folder = join(base, "given-up");
  const other = await claimProfile();
  const said = start(folder, other);
  const record = join(folder, "run", "runtime.json");
  const child = await until("the last role is started", () => existsSync(record) && launched);
  child.kill("SIGTERM");
  expect(await said).toContain("AbortError");
  expect((await status(folder)).roles.filter(({ state }) => state !== "stopped")).toEqual([]);
  expect(existsSync(join(folder, "run", "lock"))).toBe(false);
});

interface Load {
  /** How many questions and requests were answered. */
  answered: number;
  readonly failures: unknown[];
  /** Ends the load, and waits for what is under way. */
  stop(): Promise<void>;
}

function checkAnswer({ rcode, answer }: Message): void {
  if (answer.length === 0) throw new Error(`No address: ${rcodeName(rcode)}`);
}

/** Visitors that ask without end: resolver, name servers, and pages; a request that breaks off is sent once more. */
function startLoad(): Load {
  let isOver = false;
  const [address = ""] = profile.groups[2]?.hosts[1]?.addresses ?? [];
  const [proxy] = profile.proxy;
  const proxyPage = async (): Promise<void> => {
    const got = await page(proxy?.address ?? "", proxy?.port ?? 0);
    if (!got.startsWith("200 ")) throw new Error(got);
  };
  const visitors: (() => Promise<unknown>)[] = [
    () => resolve("shop.test.", "A").then(checkAnswer),
    () => ask(address, profile.authorityPort, "shop.test.", "A").then(checkAnswer),
    () => proxyPage().catch(proxyPage),
  ];
  const load: Load = { answered: 0, failures: [], stop: () => ((isOver = true), ended.then(() => {})) };
  const ended = Promise.all(
    visitors.map(async (visitor) => {
      while (!isOver) {
        await visitor().then(
          () => load.answered++,
          (error: unknown) => load.failures.push(error),
        );
        await pause(2);
      }
    }),
  );
  return load;
}

/** The header of a database that a newer program wrote. */
function newerDatabase(): Buffer {
  const header = Buffer.alloc(4096);
  header.write("SQLite format 3\0");
  header.writeUInt32BE(999, 60);
  return header;
}

test.each([
  ["a data folder of a newer version", '{"data":999}', undefined, /^data-newer: /],
  ["a store of a newer version", '{"data":1}', newerDatabase(), /^data-newer: .*store\.sqlite/],
  ["a store that is none", '{"data":1}', Buffer.alloc(4096, "x"), /^data-damaged: .*store\.sqlite/],
])("%s is refused in one sentence, left as it is, and nothing runs", async (_, version, store, said) => {
  const folder = mkdtempSync(join(base, "bad-"));
  writeFileSync(join(folder, "version"), version);
  if (store) writeFileSync(join(folder, "store.sqlite"), store);
  const other = await claimProfile();
  expect(await start(folder, other)).toMatch(said);
  if (store) expect(readFileSync(join(folder, "store.sqlite"))).toEqual(store);
  expect((await status(folder)).roles.filter(({ state }) => state !== "stopped")).toEqual([]);
});

test.each(["names", "resolver", "edge", "runtime", "control"] as const)(
  "role %s is back when it was killed under load, and no visitor fails",
  async (role) => {
    const load = startLoad();
    const killed = await killRole(role);
    expect(await visitAgain()).toBe("200 <h1>Shop</h1>");
    const pid = await until(
      `${role} is back`,
      async () => {
        const { roles } = await status(data);
        const found = roles.find((one) => one.role === role);
        return found?.state === "ready" && found.pid !== killed && found.pid;
      },
      back,
    );
    expect(pid).not.toBe(killed);
    await until("the API answers", () => api("GET", "/domains").catch(() => undefined), back);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.answered).toBeGreaterThan(10);
  },
);

test("roles serve on without a supervisor; the next one adopts those that live and starts the one that does not", async () => {
  const before = await pids();
  supervisor.kill("SIGKILL");
  await until("the supervisor is gone", () => supervisor.signalCode !== null);
  expect(await visit()).toBe("200 <h1>Shop</h1>");
  await killRole("resolver");
  const edge = (await api<{ instances: Instance[] }>("GET", "/instances")).instances[0]?.publicAddresses[0]
    ?.address;
  expect(await page(edge ?? "", profile.edge.httpPort, "/")).toBe("200 <h1>Shop</h1>");
  expect(await start()).toBe("ready");
  const after = await pids();
  for (const role of ["control", "names", "edge", "runtime"] as const)
    expect(after.get(role)).toBe(before.get(role));
  expect(after.get("resolver")).not.toBe(before.get("resolver"));
  expect(await visit()).toBe("200 <h1>Shop</h1>");
  await killRole("names");
  expect(await visitAgain()).toBe("200 <h1>Shop</h1>");
});

test("roles of another configuration are replaced, not adopted", async () => {
  const before = await pids();
  supervisor.kill("SIGKILL");
  await until("the supervisor is gone", () => supervisor.signalCode !== null);
  const { portOffset } = await claimPlace();
  const moved = makeProfile({ network: profile.network, portOffset });
  expect(await start(data, moved)).toBe("ready");
  const old = profile.control;
  profile = moved;
  const after = await pids();
  expect([...after].filter(([role, pid]) => before.get(role) === pid)).toEqual([]);
  await expect(fetch(`http://${old.address}:${old.port}/`)).rejects.toThrow();
  expect(await visitAgain()).toBe("200 <h1>Shop</h1>");
});

test("after everything was killed at once, the next start has domain, zone and site", async () => {
  const all = [...(await pids()).values(), supervisor.pid ?? 0].map((pid) => identifyProcess(pid));
  for (const identity of all) if (identity) process.kill(identity.pid, "SIGKILL");
  await until("all are gone", () => all.every((identity) => !identity || !isAlive(identity)));
  expect(await start()).toBe("ready");
  expect(await visitAgain()).toBe("200 <h1>Shop</h1>");
});

test("SIGTERM stops everything, instances too, and the next start brings it all back", async () => {
  const { instances } = await api<{ instances: Instance[] }>("GET", "/instances");
  const all = [...(await pids()).values()].map((pid) => identifyProcess(pid));
  await stop();
  expect(all.filter((identity) => identity && isAlive(identity))).toEqual([]);
  const [{ privateAddress, privatePort } = { privateAddress: "", privatePort: 0 }] = instances;
  await expect(page(privateAddress, privatePort, "/")).rejects.toThrow("ECONNREFUSED");
  expect(await start()).toBe("ready");
  expect(await visitAgain()).toBe("200 <h1>Shop</h1>");
  // Nobody watches over the instances for a moment, and they are to end all the same.
  await killRole("runtime");
  await stop();
  await expect(page(privateAddress, privatePort, "/")).rejects.toThrow("ECONNREFUSED");
});
