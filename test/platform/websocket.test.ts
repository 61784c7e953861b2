// A real WebSocket client and server (RFC 6455) with the edge between them on real sockets, straight and through a tunnel of the visitor proxy:
// messages of all sizes, pings, close codes, backpressure, and connections that live on while the routes change under them.

import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { instanceResource } from "#contract";
import { EdgeEngine, VisitorProxyEngine } from "#edge";
import { parseAddress } from "#engine";
import { NodeDriver } from "#reactor";

const loopback = "127.0.0.1";
/** Larger than what all buffers on the way hold. */
const largeOctets = 8 * 1024 * 1024;
/** What a reader that does not read is sent. */
const floodOctets = 64 * 1024 * 1024;

const faults: unknown[] = [];
let driver: NodeDriver;
let edge: EdgeEngine;
let server: WebSocketServer;
let edgePort = 0;
let proxyPort = 0;

beforeAll(async () => {
  server = new WebSocketServer({ host: loopback, port: 0, maxPayload: floodOctets });
  await once(server, "listening");
  server.on("connection", (socket) => {
    socket.on("error", (error) => faults.push(error));
    socket.on("message", (data, isBinary) => {
      const text = isBinary ? "" : (data as Buffer).toString();
      if (text === "flood") socket.send(Buffer.alloc(floodOctets));
      else if (text === "close") socket.close(4002, "as you like");
      else socket.send(data as Buffer, { binary: isBinary });
    });
  });
  driver = new NodeDriver((fault) => faults.push(fault.error));
  edge = new EdgeEngine();
  const attached = await driver.attach(edge, [{ transport: "tcp", address: loopback, port: 0 }]);
  edgePort = attached.listeners[0]?.port ?? 0;
  setRoutes(0);
  const address = parseAddress(loopback) ?? new Uint8Array(16);
  const proxy = new VisitorProxyEngine({
    names: {
      lookup: (_, __, callback) => callback({ kind: "addresses", addresses: [address] }, driver.now()),
    },
    suffixes: ["test"],
    isEdgeAddress: () => true,
    edgeHttpPort: edgePort,
    edgeHttpsPort: edgePort,
  });
  const proxied = await driver.attach(proxy, [{ transport: "tcp", address: loopback, port: 0 }]);
  proxyPort = proxied.listeners[0]?.port ?? 0;
});

afterAll(async () => {
  for (const socket of server.clients) socket.terminate();
  server.close();
  await driver.close();
  expect(faults).toEqual([]);
});

/** Swaps the routes for others that still lead to the server. */
function setRoutes(revision: number): void {
  const { port } = server.address() as AddressInfo;
  edge.setRoutes([
    instanceResource({
      id: "web",
      name: `web${revision}`,
      addresses: [loopback],
      listen: [{ address: loopback, port }],
    }),
    instanceResource({ id: `other${revision}`, name: "other", addresses: ["127.0.0.2"], listen: [] }),
  ]);
}

async function openTunnel(): Promise<Socket> {
  const socket = connect(proxyPort, loopback);
  socket.write("CONNECT ws.test:80 HTTP/1.1\r\nHost: ws.test:80\r\n\r\n");
  const [answer] = (await once(socket, "data")) as [Buffer];
  expect(answer.toString("latin1")).toMatch(/^HTTP\/1.1 200 /);
  return socket;
}

async function open(way: string): Promise<WebSocket> {
  const tunnel = way === "straight" ? undefined : await openTunnel();
  const socket = tunnel
    ? new WebSocket("ws://ws.test/", { createConnection: () => tunnel })
    : new WebSocket(`ws://${loopback}:${edgePort}/`);
  await once(socket, "open");
  return socket;
}

async function echo(socket: WebSocket, message: string | Buffer): Promise<Buffer> {
  const reply = once(socket, "message") as Promise<[Buffer, boolean]>;
  socket.send(message);
  return (await reply)[0];
}

const digest = (octets: Buffer): string => createHash("sha256").update(octets).digest("hex");

test.each(["straight", "through the visitor proxy"])(
  "RFC 6455: messages, pings and close codes, %s",
  async (way) => {
    const socket = await open(way);
    expect((await echo(socket, "héllo")).toString()).toBe("héllo");
    for (const octets of [0, 1, 125, 126, 65_535, 65_536, largeOctets]) {
      const message = randomBytes(octets);
      expect(digest(await echo(socket, message))).toBe(digest(message));
    }
    const pong = once(socket, "pong") as Promise<[Buffer]>;
    socket.ping("are you there");
    expect((await pong)[0].toString()).toBe("are you there");
    const closed = once(socket, "close") as Promise<[number, Buffer]>;
    socket.send("close");
    const [code, reason] = await closed;
    expect([code, reason.toString()]).toEqual([4002, "as you like"]);

    const other = await open(way);
    const seen = new Promise<[number, string]>((resolve) => {
      for (const one of server.clients)
        one.once("close", (code, reason) => resolve([code, reason.toString()]));
    });
    other.close(4001, "enough");
    expect(await seen).toEqual([4001, "enough"]);
  },
);

test.each(["straight", "through the visitor proxy"])(
  "a WebSocket and a busy one beside it live through a thousand changes of the routes, %s",
  async (way) => {
    const quiet = await open(way);
    const busy = await open(way);
    for (let revision = 1; revision <= 1000; revision++) {
      setRoutes(revision);
      if (revision % 10 === 0) expect((await echo(busy, `at ${revision}`)).toString()).toBe(`at ${revision}`);
    }
    expect((await echo(quiet, "still here")).toString()).toBe("still here");
    for (const socket of [quiet, busy]) {
      const closed = once(socket, "close");
      socket.close(1000);
      await closed;
    }
  },
);

test.each(["straight", "through the visitor proxy"])(
  "a reader that does not read holds the sender up, and loses nothing, %s",
  async (way) => {
    const socket = await open(way);
    const [sender] = [...server.clients].slice(-1);
    socket.pause();
    socket.send("flood");
    const waits = (): number => sender?.bufferedAmount ?? 0;
    // What buffers on the way take is taken once the amount stands still.
    let before = -1;
    while (waits() === 0 || waits() !== before) {
      before = waits();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(waits()).toBeGreaterThan(floodOctets / 2);
    expect(edge.readCounters()["octets-held"]).toBeLessThan(1024 * 1024);
    const message = once(socket, "message") as Promise<[Buffer]>;
    socket.resume();
    expect((await message)[0].length).toBe(floodOctets);
    socket.terminate();
  },
);
