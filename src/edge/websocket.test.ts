// WebSockets through the edge (RFC 6455 section 4, RFC 9110 section 7.8): the handshake's fields pass as they are, and from then on octets pass
// both ways untouched, whatever becomes of the routes. What a real client and server make of it is in test/platform/websocket.test.ts.

import { expect, test } from "vitest";
import { instanceResource } from "#contract";
import { EdgeEngine } from "./edge-engine.ts";
import { MemoryNetwork, type FarEnd } from "./testing.ts";

const handshake =
  "GET /chat HTTP/1.1\r\nHost: shop.test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Protocol: chat\r\n\r\n";
const accepted =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

const web = instanceResource({
  id: "r1",
  name: "web",
  addresses: ["127.53.8.1"],
  listen: [{ address: "127.53.9.1", port: 8080 }],
});
const other = instanceResource({ id: "r2", name: "other", addresses: ["127.53.8.2"], listen: [] });

function open(): { network: MemoryNetwork; edge: EdgeEngine; client: FarEnd; server: FarEnd } {
  const edge = new EdgeEngine();
  const network = new MemoryNetwork(edge);
  edge.setRoutes([web]);
  network.servers.set("127.53.9.1:8080", {});
  const client = network.accept("127.53.8.1:8080", "192.0.2.1:5000");
  client.send(handshake);
  const [server] = network.outgoing;
  if (!server) throw new Error("no connection was opened");
  return { network, edge, client, server };
}

test("RFC 6455 section 4: passes the handshake's fields both ways", () => {
  const { client, server } = open();
  for (const field of [
    "Connection: upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Extensions: permessage-deflate",
    "Sec-WebSocket-Protocol: chat",
  ])
    expect(server.text).toContain(`\r\n${field}\r\n`);
  server.send(accepted);
  expect(client.text).toMatch(/^HTTP\/1.1 101 Switching Protocols\r\n/);
  for (const field of [
    "Connection: upgrade",
    "Upgrade: WebSocket",
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
  ])
    expect(client.text).toContain(`\r\n${field}\r\n`);
});

test("RFC 6455 section 5: passes frames on octet by octet, however they are cut, through changes of the routes", () => {
  const { edge, client, server } = open();
  server.send(accepted);
  const start = client.text.length;
  const sent = server.text.length;
  // A masked text frame, a ping, and a close with 4001; the server's are not masked.
  const fromClient = "\x81\x85\x01\x02\x03\x04igooo\x89\x80\0\0\0\0\x88\x82\0\0\0\0\x0f\xa1";
  const fromServer = "\x81\x05hello\x8a\0\x88\x02\x0f\xa1";
  for (let i = 0; i < Math.max(fromClient.length, fromServer.length); i++) {
    edge.setRoutes(i % 2 === 0 ? [web, other] : [{ ...web, name: `web${i}` }]);
    if (i < fromClient.length) client.send(fromClient.charAt(i));
    if (i < fromServer.length) server.send(fromServer.charAt(i));
  }
  expect(server.text.slice(sent)).toBe(fromClient);
  expect(client.text.slice(start)).toBe(fromServer);
  server.end();
  client.end();
  expect([client.isGone, server.isGone, client.wasDestroyed, server.wasDestroyed]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test("RFC 6455 section 7.1.1: a side that breaks off breaks the other off", () => {
  const { client, server } = open();
  server.send(accepted);
  server.reset();
  expect(client.wasDestroyed).toBe(true);
});

test("RFC 9110 section 7.8: a target may only switch to what was offered", () => {
  const { client, server } = open();
  server.send(accepted.replace("WebSocket", "other"));
  expect(client.text).toMatch(/^HTTP\/1.1 502 /);
  expect(server.wasDestroyed).toBe(true);
});

test("RFC 6455 section 4.2.2: a refused handshake is a response like others, and no request follows it to the target", () => {
  const { network, client, server } = open();
  server.send(
    "HTTP/1.1 426 Upgrade Required\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nno",
  );
  expect(client.text).toMatch(
    /^HTTP\/1.1 426 Upgrade Required\r\n[^]*\r\nUpgrade: websocket\r\n[^]*\r\n\r\nno$/,
  );
  client.send("GET /next HTTP/1.1\r\nHost: shop.test\r\n\r\n");
  expect([server.wasDestroyed, server.text.includes("/next")]).toEqual([true, false]);
  expect(network.outgoing[1]?.text).toContain("GET /next HTTP/1.1\r\nHost: shop.test\r\n");
});

test.each([
  ["in HTTP/1.1", "", "Connection: upgrade\r\n"],
  ["and nothing after it", "Connection: close\r\n", "Connection: upgrade, close\r\n"],
])("RFC 9112 section 9.6: 426 says whether the connection goes on, %s", (_, line, expected) => {
  const { network } = open();
  const client = network.accept("127.53.8.1:8080", "192.0.2.1:5001");
  client.send(`GET / HTTP/1.1\r\nHost: shop.test\r\n${line}\r\n`);
  network.outgoing[1]?.send(
    "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nno",
  );
  expect(client.text).toContain(`\r\n${expected}Upgrade: websocket\r\n`);
  expect(client.hasEnd).toBe(line !== "");
});

test("RFC 9112 section 9.6: 426 whose content goes on to the end says that the connection ends", () => {
  const { client, server } = open();
  server.send("HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\n\r\nno");
  server.end();
  expect(client.text).toContain("\r\nConnection: upgrade, close\r\nUpgrade: websocket\r\n");
  expect([client.text.endsWith("\r\n\r\nno"), client.hasEnd]).toEqual([true, true]);
});

test("a tunnel stops reading from the side whose other side takes no more, and holds little meanwhile", () => {
  const { edge, client, server } = open();
  server.send(accepted);
  client.read();
  client.capacity = 10_000;
  for (let i = 0; i < 100; i++) server.send("x".repeat(30_000));
  expect([server.isPaused, client.unread]).toEqual([true, 30_000]);
  expect(edge.readCounters()["octets-held"]).toBeLessThan(64_000);
  for (let i = 0; i < 100; i++) client.read();
  expect([server.isPaused, client.text.length > 3_000_000]).toEqual([false, true]);
});

test("RFC 6455 section 5.5.2: a tunnel without any octet for an hour is ended, pings keep it", () => {
  const { network, client, server } = open();
  server.send(accepted);
  for (let hour = 0; hour < 5; hour++) {
    network.advance(3_500_000);
    client.send("\x89\x80\0\0\0\0");
  }
  expect(client.isGone).toBe(false);
  network.advance(3_700_000);
  expect([client.isGone, server.isGone]).toEqual([true, true]);
});
