import { endpoint } from "#engine";
import { textOf } from "#http";
import { expect, test } from "vitest";
import { PortEngine } from "./port-engine.ts";
import { TargetTraffic } from "./resource-counters.ts";
import { MemoryNetwork } from "./testing.ts";

const first = "127.53.9.1:5432";
const second = "127.53.9.2:5432";

function port(): MemoryNetwork & { port: PortEngine } {
  const engine = new PortEngine(endpoint("127.53.9.1", 5432), { connectMs: 1000, idleMs: 60_000 });
  const network = Object.assign(new MemoryNetwork(engine), { port: engine });
  for (const at of [first, second])
    network.servers.set(at, { received: (peer, octets) => peer.send(`${at} ${textOf(octets)}`) });
  return network;
}

test("passes octets both ways, and half a connection's end", () => {
  const network = port();
  const client = network.accept();
  client.send("hello");
  expect(client.text).toBe(`${first} hello`);
  client.end();
  expect(network.outgoing[0]?.hasEnd).toBe(true);
  expect(client.hasEnd).toBe(false);
  network.outgoing[0]?.end();
  expect(client.hasEnd).toBe(true);
});

test("octets count at whoever counts for the target, both ways", () => {
  const traffic = new TargetTraffic();
  const network = new MemoryNetwork(new PortEngine(endpoint("127.53.9.1", 5432), {}, () => traffic));
  network.servers.set(first, { received: (peer) => peer.send("0123456789") });
  const client = network.accept();
  client.send("hello");
  client.send("you");
  expect(traffic.read("web").counts).toEqual({ "octets-to-target": 8, "octets-from-target": 20 });
});

test("another target is for connections that come; those that are there live on", () => {
  const network = port();
  const old = network.accept();
  old.send("a");
  network.port.setTarget(endpoint("127.53.9.2", 5432));
  const fresh = network.accept();
  fresh.send("b");
  old.send("c");
  expect([old.text, fresh.text]).toEqual([`${first} a${first} c`, `${second} b`]);
});

test("what breaks off on one side breaks off on the other, either way", () => {
  const network = port();
  const client = network.accept();
  client.send("a");
  network.outgoing[0]?.reset();
  expect(client.wasDestroyed).toBe(true);
  const other = network.accept();
  other.send("a");
  other.reset();
  expect(network.outgoing[1]?.wasDestroyed).toBe(true);
  expect(network.port.connections).toBe(0);
});

test("a target that refuses, or does not answer in time, ends the connection", () => {
  const network = port();
  network.servers.delete(first);
  const client = network.accept();
  client.send("a");
  expect([client.wasDestroyed, client.text]).toEqual([true, ""]);
  network.servers.set(first, undefined);
  const waiting = network.accept();
  network.advance(1100);
  expect(waiting.wasDestroyed).toBe(true);
  expect(network.port.connections).toBe(0);
});

test("silence for an hour's length ends a connection; an octet begins it anew", () => {
  const network = port();
  const client = network.accept();
  client.send("a");
  network.advance(50_000);
  client.send("b");
  network.advance(50_000);
  expect(client.wasDestroyed).toBe(false);
  network.advance(11_000);
  expect(client.wasDestroyed).toBe(true);
});

test("a side that cannot take more stops the other", () => {
  const network = port();
  const client = network.accept();
  client.capacity = 10;
  client.send("0123456789");
  expect(network.outgoing[0]?.isPaused).toBe(true);
  client.read();
  expect(network.outgoing[0]?.isPaused).toBe(false);
});
