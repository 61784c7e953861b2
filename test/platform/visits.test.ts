// What a name can lead to, end to end: a command, and a server that exists already, on IPv4 and on IPv6. Each is opened through the
// visitor proxy, and at the IPv6 address that all share. An answer too large for a datagram comes over TCP at every step.

import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run, runAside, startPlatform, type Platform } from "./harness.ts";

/** Where IPv6 is switched off, nothing listens on ::1. */
const hasIpv6 =
  existsSync("/proc/net/if_inet6") && /^0{31}1 /m.test(readFileSync("/proc/net/if_inet6", "utf8"));

let platform: Platform;
const servers: Server[] = [];

beforeAll(async () => {
  platform = await startPlatform();
  platform.json("register", "mine.test");
  const program =
    "require('http').createServer((q, s) => s.end('app at ' + process.env.HOST)).listen(process.env.PORT, process.env.HOST)";
  const words = ["instance", "create", "app", "--command", "--", process.execPath, "-e", program];
  expect(platform.fairlead(...words)).toMatchObject({ status: 0, stderr: "" });
  platform.json("instance", "create", "four", "--address", await ownServer("127.0.0.1", "four"));
  for (const name of ["app", "four"]) platform.json("assign", `${name}.mine.test`, name);
  if (hasIpv6) {
    platform.json("instance", "create", "six", "--address", await ownServer("::1", "six"));
    platform.json("assign", "six.mine.test", "six");
  }
});
afterAll(async () => {
  for (const server of servers) server.close();
  await platform?.remove();
});

/** A server of the user's own, on a port of its own. @returns where it listens, as --address takes it */
async function ownServer(address: string, text: string): Promise<string> {
  const server = createServer((request, response) => response.end(`${text} ${request.headers.host}`));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const at = server.address();
  if (at === null || typeof at === "string") throw new Error("The server has no port");
  return address.includes(":") ? `[${address}]:${at.port}` : `${address}:${at.port}`;
}

/** What curl gets; the servers in this process can answer meanwhile. */
async function curl(...words: string[]): Promise<string> {
  const { stdout, stderr } = await runAside("curl", ["-sS", "-g", ...words]);
  return `${stdout}${stderr}`;
}

function dig(...words: string[]): string {
  return run("dig", ["@127.0.0.1", "-p", String(platform.port(5300)), ...words]).stdout;
}

const targets: [string, string | RegExp][] = [
  ["app", /^app at 127\.\d+\.9\.1$/],
  ["four", "four four.mine.test"],
  ...(hasIpv6 ? [["six", "six six.mine.test"] as [string, string]] : []),
];

test.each(targets)("%s is opened through the visitor proxy", async (name, page) => {
  const url = `http://${name}.mine.test/`;
  expect(await curl("-x", `http://127.0.0.1:${platform.port(7780)}`, url)).toMatch(page);
});

test.each(targets)("%s has an IPv4 address of its own, where the edge needs no name", async (name, page) => {
  const address = dig("+short", `${name}.mine.test`, "A").trim();
  const found = await curl("-H", `Host: ${name}.mine.test`, `http://${address}:${platform.port(8080)}/`);
  expect(found).toMatch(page);
  expect(await curl(`http://${address}:${platform.port(8080)}/`)).toMatch(new RegExp(`^${name} `));
});

test.skipIf(!hasIpv6).each(targets)(
  "%s is opened over IPv6 by its name, and its AAAA leads there",
  async (name, page) => {
    expect(dig("+short", `${name}.mine.test`, "AAAA")).toBe("::1\n");
    const edge = `http://[::1]:${platform.port(8080)}/`;
    expect(await curl("-H", `Host: ${name}.mine.test`, edge)).toMatch(page);
    expect(await curl("-x", `http://[::1]:${platform.port(7780)}`, `http://${name}.mine.test/`)).toMatch(
      page,
    );
  },
);

test.skipIf(!hasIpv6)("over IPv6 a name that leads nowhere is told so", async () => {
  const words = ["-o", "/dev/null", "-w", "%{http_code}", "-H", "Host: other.test"];
  expect(await curl(...words, `http://[::1]:${platform.port(8080)}/`)).toBe("404");
  const asked = run("dig", [
    "-6",
    "@::1",
    "-p",
    String(platform.port(5300)),
    "+short",
    "four.mine.test",
    "A",
  ]);
  expect(asked.stdout).toBe(dig("+short", "four.mine.test", "A"));
});

test("an RRset too large for a datagram is truncated over UDP and comes over TCP, to the resolver and to dig", () => {
  const texts = Array.from({ length: 12 }, (_, i) => `"${String(i).padStart(2, "0")}${"x".repeat(240)}"`);
  const [first = "", ...others] = texts;
  const set = ["records", "set", "mine.test", "big", "TXT", first, "--", ...others];
  expect(platform.fairlead(...set).status).toBe(0);
  const server = [`@${platform.address("127.53.2.1")}`, "-p", String(platform.port(5301)), "+norecurse"];
  const cut = run("dig", [...server, "+noedns", "+ignore", "big.mine.test", "TXT"]).stdout;
  expect(cut).toMatch(/flags: qr aa tc;.* ANSWER: 0,/);
  const overTcp = (): number => platform.counters("resolver")["upstream-tcp"] ?? 0;
  const before = overTcp();
  expect(dig("+noedns", "+ignore", "big.mine.test", "TXT")).toMatch(/flags: qr tc rd ra ad;.* ANSWER: 0,/);
  expect(overTcp()).toBe(before + 1);
  const whole = dig("+noedns", "big.mine.test", "TXT");
  expect(whole).toContain(";; Truncated, retrying in TCP mode.");
  expect(whole.match(/IN\s+TXT\s+"\d\dx+"/g)).toHaveLength(12);
  // What is in the cache is not asked for again.
  expect(overTcp()).toBe(before + 1);
});
