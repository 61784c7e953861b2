// The example that `npm start` shows, as its visitors have it: https://shop.test/ on a distribution in front of a load balancer over two
// instances, opened by a browser that trusts the platform's authority. Under constant load an instance stops, the certificate is swapped and a
// static IP moves without a request lost; a WebSocket through a load balancer lives through all of that.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { Authority, Certificate, Distribution, LoadBalancer, StaticIp } from "#contract";
import { root, runAside, startPlatform, type Platform } from "./harness.ts";

/** An instance that says who it is, and sends back what comes over a WebSocket. */
const chat = `
  const { createServer } = require("node:http");
  const { WebSocketServer } = require("ws");
  const server = createServer((request, response) => response.end(process.argv[1]));
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => socket.on("message", (text) => socket.send(process.argv[1] + " " + text)));
  server.listen(process.env.PORT, process.env.HOST);
`;

let platform: Platform;
let home: string;
let ca: string;
let load: Load | undefined;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "fl-home-"));
  platform = await startPlatform({ example: true });
  ca = (await platform.call<Authority>("GET", "/v1/authority")).root;
});
afterEach(() => load?.stop());
afterAll(async () => {
  await platform?.remove();
  rmSync(home, { recursive: true, force: true });
});

/** One visit over TLS, with the certificate judged. */
interface Visit {
  readonly status: number | undefined;
  readonly body: string;
  readonly serial: string;
}

function visit(host: string, address: string, agent: Agent): Promise<Visit> {
  return new Promise((resolve, reject) => {
    const options = { host: address, port: platform.port(8443), path: "/", agent, servername: host, ca };
    const sent = get({ ...options, headers: { host }, timeout: 60_000 }, (response) => {
      const socket = response.socket as TLSSocket;
      const serial = socket.getPeerCertificate().serialNumber ?? "";
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.on("end", () => resolve({ status: response.statusCode, body, serial }));
      response.on("error", reject);
    });
    sent.on("error", reject);
  });
}

/** Visitors without a pause: half of them over one connection each, half over a new one each time. */
class Load {
  readonly failures: string[] = [];
  readonly seen: Set<string> = new Set();
  count = 0;
  #isOn = true;
  readonly #visitors: Promise<void>[];

  /** @param tell  what is to be remembered of a visit */
  constructor(host: string, address: string, tell: (visit: Visit) => string) {
    this.#visitors = [true, true, false, false].map(async (keepAlive) => {
      const agent = new Agent({ keepAlive, maxSockets: 1, maxCachedSessions: 0 });
      while (this.#isOn) {
        try {
          const answer = await visit(host, address, agent);
          this.count++;
          if (answer.status === 200) this.seen.add(tell(answer));
          else this.failures.push(`${answer.status} ${answer.body}`);
        } catch (error) {
          this.failures.push(String(error));
        }
        await wait(5);
      }
      agent.destroy();
    });
  }

  /** Waits until so many more visits have been answered: how long that takes is the machine's. */
  async more(visits: number): Promise<void> {
    for (const enough = this.count + visits; this.count < enough && this.failures.length === 0;)
      await wait(10);
  }

  async stop(): Promise<void> {
    this.#isOn = false;
    await Promise.all(this.#visitors);
  }
}

async function addressOf(kind: "load-balancers" | "distributions", name: string): Promise<string> {
  const found = await platform.call<LoadBalancer | Distribution>("GET", `/v1/${kind}/${name}`);
  return found.publicAddresses[0]?.address ?? "";
}

test("a browser that trusts the authority opens https://shop.test/ through the visitor proxy, and one that does not, does not", async () => {
  const database = join(home, ".pki", "nssdb");
  const browse = async (): Promise<string> => {
    const words = [
      "HOME=" + home,
      "chromium",
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--user-data-dir=${mkdtempSync(join(home, "chromium-"))}`,
      `--proxy-server=http://127.0.0.1:${platform.port(7780)}`,
      "--dump-dom",
      "https://shop.test/",
    ];
    return (await runAside("env", words)).stdout;
  };
  expect(await browse()).not.toContain("<title>shop.test</title>");
  const pem = join(home, "root.pem");
  writeFileSync(pem, ca);
  await runAside("mkdir", ["-p", database]);
  await runAside("certutil", ["-d", `sql:${database}`, "-N", "--empty-password"]);
  const trust = ["-A", "-n", "Fairlead", "-t", "C,,", "-i", pem];
  const added = await runAside("certutil", ["-d", `sql:${database}`, ...trust]);
  expect(added).toMatchObject({ status: 0 });
  // Again where Chromium gave it up because a network of the machine came or went.
  await expect.poll(browse).toContain("<title>shop.test</title>");
});

test("an instance of the example stops and starts under load, and no request over TLS is lost", async () => {
  load = new Load("shop.test", await addressOf("distributions", "shop-cache"), ({ body }) =>
    String(body.includes("It works")),
  );
  await load.more(20);
  await platform.succeed("POST", "/v1/instances/shop-1/stop", {});
  await load.more(20);
  await platform.succeed("POST", "/v1/instances/shop-1/start", {});
  await platform.succeed("POST", "/v1/instances/shop-2/reboot", {});
  await load.more(20);
  await load.stop();
  expect(load.failures).toEqual([]);
  expect([...load.seen]).toEqual(["true"]);
});

test("the certificate is swapped under load: connections that are open live on, new ones get the new one", async () => {
  const { certificates } = await platform.call<{ certificates: Certificate[] }>("GET", "/v1/certificates");
  const before = certificates.find(({ domainName }) => domainName === "shop.test");
  load = new Load("shop.test", await addressOf("distributions", "shop-cache"), ({ serial }) =>
    serial.toLowerCase(),
  );
  await load.more(20);
  await platform.succeed("POST", `/v1/certificates/${before?.name}/renew`, {});
  const after = await platform.call<Certificate>("GET", `/v1/certificates/${before?.name}`);
  expect(after.serialNumber).not.toBe(before?.serialNumber);
  await expect.poll(() => load?.seen.size).toBe(2);
  await load.stop();
  expect(load.failures).toEqual([]);
  const serialOf = (serial: string | undefined): string => (serial ?? "").toLowerCase().replaceAll(":", "");
  expect([...load.seen].sort()).toEqual(
    [serialOf(before?.serialNumber), serialOf(after.serialNumber)].sort(),
  );
});

test("a static IP with a name moves under load, and a WebSocket through a load balancer lives through it all", async () => {
  for (const name of ["chat-1", "chat-2"]) {
    const command = [process.execPath, "-e", chat, name];
    await platform.succeed("POST", "/v1/instances", {
      name,
      run: { kind: "command", command, folder: root },
    });
  }
  await platform.succeed("POST", "/v1/domains", { name: "chat.test" });
  await platform.succeed("POST", "/v1/load-balancers", { name: "chat", instances: ["chat-1", "chat-2"] });
  await platform.succeed("POST", "/v1/assignments", { name: "chat.test", resource: "chat" });
  await platform.succeed("POST", "/v1/static-ips", { name: "chat-ip", instance: "chat-1" });
  await platform.succeed("POST", "/v1/assignments", { name: "ip.chat.test", resource: "chat-ip" });

  const balancer = await addressOf("load-balancers", "chat");
  const socket = new WebSocket(`wss://chat.test:${platform.port(8443)}/`, {
    ca,
    lookup: (_host, options, done) => {
      if (options.all === true) done(null, [{ address: balancer, family: 4 }]);
      else done(null, balancer, 4);
    },
  });
  const heard: string[] = [];
  let closed = 0;
  socket.on("message", (text) => heard.push((text as Buffer).toString()));
  socket.on("close", () => closed++);
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const echo = async (text: string): Promise<string> => {
    const count = heard.length;
    socket.send(text);
    await expect.poll(() => heard.length).toBe(count + 1);
    return heard.at(-1) ?? "";
  };
  const first = await echo("hello");
  expect(first).toMatch(/^chat-[12] hello$/);
  const [mine = "", other = ""] = first.startsWith("chat-1") ? ["chat-1", "chat-2"] : ["chat-2", "chat-1"];

  const ip = await platform.call<StaticIp>("GET", "/v1/static-ips/chat-ip");
  load = new Load("ip.chat.test", ip.publicAddresses[0]?.address ?? "", ({ body }) => body);
  await load.more(20);
  await platform.succeed("POST", "/v1/static-ips/chat-ip/attach", { instance: "chat-2" });
  await expect.poll(() => load?.seen.size).toBe(2);
  await platform.succeed("POST", "/v1/static-ips/chat-ip/attach", { instance: "chat-1" });
  await load.stop();
  expect(load.failures).toEqual([]);
  expect([...load.seen].sort()).toEqual(["chat-1", "chat-2"]);

  await platform.succeed("PUT", "/v1/load-balancers/chat", {
    algorithm: "least-requests",
    stickiness: { isEnabled: true },
  });
  await platform.succeed("POST", `/v1/instances/${other}/stop`, {});
  await platform.succeed("POST", "/v1/load-balancers/chat/detach", { instances: [other] });
  const [certificate] = (
    await platform.call<{ certificates: Certificate[] }>("GET", "/v1/certificates")
  ).certificates.filter(({ domainName }) => domainName === "chat.test");
  await platform.succeed("POST", `/v1/certificates/${certificate?.name}/renew`, {});
  await platform.succeed("DELETE", "/v1/assignments/chat.test");
  expect(await echo("still here")).toBe(`${mine} still here`);
  expect(closed).toBe(0);
  socket.terminate();
});
