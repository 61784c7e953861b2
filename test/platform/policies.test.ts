// Routing policies as people use them: the command line, dig and kdig with client subnets, delv as a judge of each choice, an instance that stops
// and a server that goes away: answers fail over, and heal.

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Instance, Rrset, SetHealth, SetHealthList, SetHealthState, Trace } from "#contract";
import { freePort } from "#runtime/testing";
import { run, startPlatform, type Platform } from "./harness.ts";
import { checkedHost, startTlsServers, type ServerKind, type TlsServers } from "./tls-servers.ts";

let platform: Platform;
let folder: string;
let anchors: string;
let first: string;
let second: string;
let tlsServers: TlsServers;
const children = new Set<ChildProcess>();

const waitMs = 60_000;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fl-policies-"));
  writeFileSync(join(folder, "index.html"), "<h1>Hello</h1>");
  tlsServers = await startTlsServers();
  const authorities = join(folder, "authorities.pem");
  writeFileSync(authorities, tlsServers.root);
  platform = await startPlatform({ environment: { NODE_EXTRA_CA_CERTS: authorities } });
  platform.json("register", "mine.test");
  for (const name of ["one", "two"]) platform.json("instance", "create", name, "--site", folder);
  [first = "", second = ""] = ["one", "two"].map(
    (name) =>
      platform
        .json<Instance>("instance", "show", name)
        .publicAddresses.find(({ family }) => family === "ipv4")?.address ?? "",
  );
  anchors = join(folder, "anchors");
  const { stdout } = run("dig", [...at("127.53.1.1", 5301), "test", "DNSKEY", "+short", "+nosplit"]);
  const [flags, protocol, algorithm, key] =
    stdout
      .split("\n")
      .find((line) => line.startsWith("257 "))
      ?.split(" ") ?? [];
  writeFileSync(
    anchors,
    `trust-anchors { "test." static-key ${flags} ${protocol} ${algorithm} "${key}"; };\n`,
  );
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await platform?.remove();
  tlsServers?.close();
  rmSync(folder, { recursive: true, force: true });
});

function at(address: string, port: number): string[] {
  return [`@${platform.address(address)}`, "-p", String(platform.port(port))];
}

/** Addresses that a name server of the zone gives. */
function asked(name: string, ...more: string[]): string[] {
  const { stdout } = run("dig", [...at("127.53.2.1", 5301), "+short", "+norecurse", name, "A", ...more]);
  return stdout.split("\n").filter((line) => line !== "");
}

function set(name: string, address: string, ...options: string[]): void {
  const ran = platform.fairlead("records", "set", "mine.test", name, "A", address, "--ttl", "1", ...options);
  expect(ran.status, `${ran.stderr}${ran.stdout}`).toBe(0);
}

/** What delv says of the answer that the resolver has. */
function judged(name: string): string {
  const { stdout, stderr } = spawnSync(
    "delv",
    [...at("127.0.0.1", 5300), "-a", anchors, "+root=test.", name, "A"],
    { encoding: "utf8" },
  );
  return `${stdout}\n${stderr}`;
}

/** A server in a process of its own: this one waits for commands, and would not answer meanwhile. */
async function serve(port: number): Promise<{ readonly end: () => Promise<void> }> {
  const program = `const server = require("node:http").createServer((_, response) => response.end("up"));
    server.listen(${port}, "127.0.0.1", () => console.log("up"));`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  children.add(child);
  await once(child.stdout, "data");
  return {
    end: async () => {
      child.kill("SIGKILL");
      await once(child, "exit");
      children.delete(child);
    },
  };
}

test("an instance that stops is failed over from, and failed back to; every answer validates", async () => {
  set("www", first, "--failover", "primary", "--health", "one");
  set("www", second, "--failover", "secondary", "--health", "two");
  await vi.waitFor(() => expect(asked("www.mine.test")).toEqual([first]), waitMs);
  await vi.waitFor(() => expect(judged("www.mine.test")).toContain("; fully validated"), waitMs);
  const serial = run("dig", [...at("127.53.2.1", 5301), "+short", "mine.test", "SOA"]).stdout;
  platform.json("instance", "stop", "one", "--force");
  await vi.waitFor(() => expect(asked("www.mine.test")).toEqual([second]), waitMs);
  await vi.waitFor(() => {
    const said = judged("www.mine.test");
    expect(said).toContain("; fully validated");
    expect(said).toContain(second);
  }, waitMs);
  // Nothing was signed, and no secondary has to be told.
  expect(run("dig", [...at("127.53.2.1", 5301), "+short", "mine.test", "SOA"]).stdout).toBe(serial);
  const list = platform.json<Rrset[]>("records", "mine.test", "--name", "www");
  expect(list.map(({ setIdentifier, healthState }) => [setIdentifier, healthState])).toEqual([
    ["primary", "unhealthy"],
    ["secondary", "healthy"],
  ]);
  const trace = platform.json<Trace>("trace", "http://www.mine.test/", "--fresh");
  const step = trace.steps.find(({ hop, dns }) => hop === "name-servers" && dns?.choice);
  expect(step?.dns?.choice).toEqual({
    policy: "failover",
    sets: ["secondary"],
    reason: "the primary is unhealthy, and the secondary healthy",
  });
  platform.json("instance", "start", "one");
  await vi.waitFor(() => expect(asked("www.mine.test")).toEqual([first]), waitMs);
});

test("a server of one's own is looked at, and its end is seen and healed", async () => {
  const port = await freePort("127.0.0.1");
  let server = await serve(port);
  // Who has ended refuses at once; one who only stands still, on a busy machine, is waited for: as long as the next look allows.
  const check = ["--health-every", "2", "--health-within", "2", "--health-times", "2"];
  set("api", "192.0.2.1", "--failover", "primary", "--health", `http://127.0.0.1:${port}/up`, ...check);
  set("api", "192.0.2.2", "--failover", "secondary");
  set("tcp", "192.0.2.1", "--failover", "primary", "--health", `tcp://127.0.0.1:${port}`, ...check);
  set("tcp", "192.0.2.2", "--failover", "secondary");
  const both = (): string => [...asked("api.mine.test"), ...asked("tcp.mine.test")].join();
  const states = (): string =>
    platform
      .json<SetHealthState[]>("health")
      .filter(({ id }) => id.includes(String(port)))
      .map(({ state }) => state)
      .join();
  await vi.waitFor(() => expect(states()).toBe("healthy,healthy"), waitMs);
  await vi.waitFor(() => expect(both()).toBe("192.0.2.1,192.0.2.1"), waitMs);
  await server.end();
  await vi.waitFor(() => expect(both()).toBe("192.0.2.2,192.0.2.2"), waitMs);
  expect(states()).toBe("unhealthy,unhealthy");
  server = await serve(port);
  await vi.waitFor(() => expect(both()).toBe("192.0.2.1,192.0.2.1"), waitMs);
  await server.end();
});

type Check = Partial<Extract<SetHealth, { kind: "check" }>>;

const verified: Check = { host: checkedHost, verifyCertificate: true };

/** Of each server: how it is looked at, and what is seen. */
const looks: readonly (readonly [string, ServerKind, Check, string])[] = [
  ["good", "good", {}, "healthy 200 OK"],
  ["good-host", "good", { host: checkedHost }, "healthy 200 OK"],
  ["good-named", "good", { host: "api.shop.test", serverName: checkedHost }, "healthy 200 OK"],
  ["good-verified", "good", verified, "healthy 200 OK"],
  ["good-address", "good", { verifyCertificate: true }, "healthy 200 OK"],
  ["self", "self-signed", { host: checkedHost }, "healthy 200 OK"],
  ["self-verified", "self-signed", verified, "unhealthy certificate not trusted"],
  ["old-date", "expired", {}, "healthy 200 OK"],
  ["old-date-verified", "expired", verified, "unhealthy certificate out of its time"],
  ["other", "misnamed", { host: checkedHost }, "healthy 200 OK"],
  ["other-verified", "misnamed", verified, "unhealthy certificate of other names"],
  ["other-asked", "misnamed", { ...verified, serverName: "other.test" }, "healthy 200 OK"],
  ["tls12", "old", verified, "healthy 200 OK"],
  ["refusing", "refusing", verified, "unhealthy 503 Service Unavailable"],
  ["silent", "silent", { timeoutMs: 500 }, "unhealthy no TLS connection within 500 ms"],
  ["closing", "closing", {}, "unhealthy connection broken off"],
  ["noise", "noise", {}, "unhealthy no TLS to be had"],
  ["head", "endless head", {}, "unhealthy its response is malformed (fields-too-large)"],
  ["content", "endless content", {}, "healthy 200 OK"],
  ["plain", "plain", {}, "unhealthy no TLS to be had"],
];

test("servers are looked at over HTTPS, whoever they are, or only where their certificate is trusted", async () => {
  platform.json("assign", "tls.mine.test", "one");
  const own = { url: `https://${first.includes(":") ? `[${first}]` : first}:${platform.port(8443)}/` };
  const urlOf = (kind: ServerKind): string => `https://127.0.0.1:${tlsServers.ports[kind]}/up`;
  const wanted: readonly (readonly [string, Check, string])[] = [
    ...looks.map(([name, kind, check, seen]) => [name, { url: urlOf(kind), ...check }, seen] as const),
    // The platform's own authority is trusted beside the usual ones.
    ["own", { ...own, host: "tls.mine.test", verifyCertificate: true }, "healthy 200 OK"],
  ];
  const edits = wanted.flatMap(([name, check]) => [
    {
      name,
      type: "A",
      setIdentifier: "primary",
      policy: { kind: "failover", role: "primary" },
      // One look decides; a busy machine has ten seconds for it.
      health: { kind: "check", timeoutMs: 10_000, threshold: 1, ...check },
      put: { ttl: 1, records: ["192.0.2.1"] },
    },
    {
      name,
      type: "A",
      setIdentifier: "secondary",
      policy: { kind: "failover", role: "secondary" },
      put: { ttl: 1, records: ["192.0.2.2"] },
    },
  ]);
  await platform.succeed("POST", "/v1/zones/mine.test/rrsets/edits", { edits });
  const seen = async (): Promise<Record<string, string>> => {
    const { checks } = await platform.call<SetHealthList>("GET", "/v1/health-checks");
    return Object.fromEntries(
      checks.flatMap(({ sets, state, detail = "" }) =>
        sets.map(({ name }) => [name.split(".")[0], `${state} ${detail.replace(/ in \d+ ms$/, "")}`]),
      ),
    ) as Record<string, string>;
  };
  const expected = Object.fromEntries(wanted.map(([name, , said]) => [name, said]));
  await vi.waitFor(async () => expect(await seen()).toMatchObject(expected), {
    timeout: 60_000,
    interval: 250,
  });
  // Names and hosts as they were given; an address is no server name (RFC 6066 section 3).
  expect([...tlsServers.asked].toSorted()).toEqual(
    ["- 127.0.0.1", `${checkedHost} ${checkedHost}`, `${checkedHost} api.shop.test`].toSorted(),
  );
  // What floods is let go of after its bound, and what lies in the system's buffers.
  await vi.waitFor(() => expect(tlsServers.floods.length).toBeGreaterThanOrEqual(3), waitMs);
  for (const octets of tlsServers.floods) expect(octets).toBeLessThan(16_000_000);
  for (const [name, , said] of wanted)
    if (["good-verified", "self-verified", "silent", "own"].includes(name))
      await vi.waitFor(
        () =>
          expect(asked(`${name}.mine.test`)).toEqual([
            said.startsWith("healthy") ? "192.0.2.1" : "192.0.2.2",
          ]),
        waitMs,
      );
  const { stdout } = platform.fairlead("health");
  expect(stdout).toMatch(/^healthy +https:\/\/\S+\/up as www\.shop\.test, certificate verified +/m);
  expect(stdout).toMatch(/^unhealthy +https:\/\/\S+ +\S+ \S+ +no TLS connection within 500 ms +/m);
  await platform.succeed("POST", "/v1/zones/mine.test/rrsets/edits", {
    edits: wanted.flatMap(([name]) =>
      ["primary", "secondary"].map((setIdentifier) => ({ name, type: "A", setIdentifier, put: null })),
    ),
  });
});

test("weights, several together, and what is nearest by the client's subnet", async () => {
  set("w", "192.0.2.1", "--set", "a", "--weight", "1");
  set("w", "192.0.2.2", "--set", "b", "--weight", "3");
  set("w", "192.0.2.3", "--set", "c", "--weight", "0");
  for (const i of [1, 2, 3]) set("m", `192.0.2.${i}`, "--set", `v${i}`, "--multivalue");
  const file = join(folder, "networks.txt");
  writeFileSync(
    file,
    "# where clients are\nplace berlin 52.5 13.4\nplace tokyo 35.7, 139.7\n198.51.100.0/24 berlin\n203.0.113.0/24,tokyo\n2001:db8::/32 tokyo\n",
  );
  platform.json("networks", "set", file);
  set("near", "192.0.2.11", "--set", "eu", "--nearest", "48.9,2.4");
  set("near", "192.0.2.12", "--set", "jp", "--nearest", "tokyo");
  set("near", "192.0.2.13", "--set", "rest", "--nearest", "*");
  await vi.waitFor(() => expect(asked("near.mine.test")).toEqual(["192.0.2.13"]), waitMs);

  const drawn = new Map<string, number>();
  for (let i = 0; i < 120; i++) {
    const [address = ""] = asked("w.mine.test");
    drawn.set(address, (drawn.get(address) ?? 0) + 1);
  }
  // With chance as it should be, each of these is missed less than once in a hundred million times.
  expect([...drawn.keys()].toSorted()).toEqual(["192.0.2.1", "192.0.2.2"]);
  expect(drawn.get("192.0.2.1")).toBeGreaterThan(2);
  expect(drawn.get("192.0.2.2")).toBeGreaterThan(drawn.get("192.0.2.1") ?? 120);

  expect(asked("m.mine.test").toSorted()).toEqual(["192.0.2.1", "192.0.2.2", "192.0.2.3"]);
  expect(judged("m.mine.test")).toContain("; fully validated");
  expect(judged("w.mine.test")).toContain("; fully validated");
  expect(judged("near.mine.test")).toContain("; fully validated");

  const near = (program: string, subnet: string): string => {
    const { stdout } = run(program, [...at("127.53.2.1", 5301), "near.mine.test", "A", `+subnet=${subnet}`]);
    const address = /\sA\s+(192\.0\.2\.\d+)/.exec(stdout)?.[1];
    const scope = /CLIENT-SUBNET: (\S+)/i.exec(stdout)?.[1];
    return `${address} ${scope}`;
  };
  for (const program of ["dig", "kdig"]) {
    expect(near(program, "198.51.100.0/24")).toBe("192.0.2.11 198.51.100.0/24/24");
    expect(near(program, "203.0.113.0/24")).toBe("192.0.2.12 203.0.113.0/24/24");
    expect(near(program, "2001:db8:7::/56")).toBe("192.0.2.12 2001:db8:7::/56/32");
    expect(near(program, "198.51.101.0/24")).toBe("192.0.2.13 198.51.101.0/24/24");
  }
  expect(near("dig", "0.0.0.0/0")).toBe("192.0.2.13 0.0.0.0/0/0");
});
