import { endpoint, formatEndpoint, type DatagramEngine, type Effects, type Engine } from "#engine";
import { expect, test } from "vitest";
import { SeededRandom } from "./random.ts";
import type { SimulatedLink } from "./simulated-core.ts";
import { SimulatedNetwork } from "./simulated-network.ts";

/** Sends each datagram back. */
const echo: DatagramEngine = {
  handle(input, length, _from, _to, output, at) {
    output.set(input.subarray(0, length), at);
    return length;
  },
};

/** Sends back what arrives on a connection, and ends when the peer does. */
class StreamEcho implements Engine {
  #effects: Effects | undefined;
  start(effects: Effects): void {
    this.#effects = effects;
  }
  accepted(): void {}
  received(slot: number, input: Uint8Array, length: number): void {
    this.#effects?.write(slot, input.subarray(0, length));
  }
  ended(slot: number): void {
    this.#effects?.end(slot);
  }
}

/** An engine made of handlers, with its effects. */
function engineOf(handlers: Omit<Engine, "start">): Engine & { effects: Effects } {
  const engine = {
    ...handlers,
    effects: undefined as unknown as Effects,
    start(effects: Effects): void {
      engine.effects = effects;
    },
  };
  return engine;
}

async function pair(options: ConstructorParameters<typeof SimulatedNetwork>[0] = {}) {
  const network = new SimulatedNetwork(options);
  const server = network.host("server", ["192.0.2.1", "2001:db8::1"]);
  const client = await network.client("client", ["198.51.100.1", "2001:db8::2"]);
  await server.attachDatagram(echo, { transport: "udp", address: "0.0.0.0", port: 53 });
  await server.attachDatagram(echo, { transport: "udp", address: "2001:db8::1", port: 53 });
  await server.attach(new StreamEcho(), [{ transport: "tcp", address: "192.0.2.1", port: 80 }]);
  return { network, server, client };
}

const hello = new TextEncoder().encode("hello");

/** A stream that cannot be mistaken when octets are lost, doubled or moved. */
function patterned(length: number): Uint8Array {
  const random = new SeededRandom(7);
  return Uint8Array.from({ length }, () => random.integer(256));
}

test.each(["192.0.2.1:53", "[2001:db8::1]:53"])(
  "ask() gets the answer of %s after two latencies",
  async (to) => {
    const { network, client } = await pair({ link: { latencyMs: 10 } });
    expect(client.ask(to, hello)).toEqual(hello);
    expect(network.time).toBe(20);
    expect(network.countDatagramsTo(to)).toBe(1);
  },
);

test("a datagram to a closed port fails with refused, one to nobody is lost in silence", async () => {
  const { network, client } = await pair();
  const refused = client.send("192.0.2.1:54", hello);
  const lost = client.send("203.0.113.9:53", hello);
  network.advance(1000);
  expect([refused.failure, lost.failure]).toEqual(["refused", undefined]);
  expect(network.packets.map((packet) => [packet.transport, packet.fate])).toEqual([
    ["udp", "no-port"],
    ["udp", "no-host"],
    ["icmp", "delivered"],
  ]);
});

test("an address family that the host does not have is unreachable", async () => {
  const network = new SimulatedNetwork();
  const client = await network.client("v4", ["192.0.2.7"]);
  const exchange = client.send("[2001:db8::1]:53", hello);
  const stream = client.open("[2001:db8::1]:80");
  network.advance(1);
  expect([exchange.failure, stream.failure, stream.state]).toEqual(["unreachable", "unreachable", "closed"]);
});

const rough: Partial<SimulatedLink> = {
  latencyMs: 20,
  jitterMs: 15,
  loss: 0.2,
  duplicate: 0.1,
  reorder: 0.2,
};

test.each<[string, Partial<SimulatedLink>]>([
  ["a plain path", {}],
  ["loss, jitter, reordering and duplication", rough],
])("a stream keeps its octets and their order: %s", async (_name, link) => {
  const { network, client } = await pair({ seed: 3, link });
  const sent = patterned(300_000);
  const stream = client.open("192.0.2.1:80");
  stream.write(sent);
  stream.end();
  network.runUntil(() => stream.state === "closed", 1e7);
  expect(stream.failure).toBeUndefined();
  expect(Buffer.compare(stream.received, sent)).toBe(0);
  expect(network.count((packet) => packet.kind === "data" && packet.octets.length < 17)).toBeGreaterThan(20);
});

function replay(seed: number): Promise<string[]> {
  return pair({ seed, link: rough }).then(({ network, client }) => {
    for (let i = 0; i < 20; i++) client.send("192.0.2.1:53", Uint8Array.of(i));
    const stream = client.open("192.0.2.1:80");
    stream.write(patterned(20_000));
    stream.end();
    network.runUntilIdle();
    return network.packets.map(
      (p) =>
        `${p.at} ${p.kind} ${formatEndpoint(p.from)} ${formatEndpoint(p.to)} ${p.octets.join(",")} ${p.fate}`,
    );
  });
}

test("the same seed replays identically, another does not", async () => {
  const first = await replay(42);
  expect(first.length).toBeGreaterThan(60);
  expect(await replay(42)).toEqual(first);
  expect(await replay(43)).not.toEqual(first);
});

test("a partition cuts and mends; a stream under way outlives it", async () => {
  const { network, client } = await pair();
  const stream = client.open("192.0.2.1:80");
  network.runUntil(() => stream.state === "open");
  const mend = network.partition(["client"]);
  stream.write(hello);
  expect(client.ask("192.0.2.1:53", hello, 500)).toBeUndefined();
  mend();
  expect(network.runUntil(() => stream.received.length === 5)).toBe(true);
  expect(client.ask("192.0.2.1:53", hello)).toEqual(hello);
});

test("a partition between two groups leaves others alone", async () => {
  const { network, client } = await pair();
  const other = await network.client("other", ["198.51.100.2"]);
  network.partition(["server"], ["other"]);
  expect(client.ask("192.0.2.1:53", hello)).toEqual(hello);
  expect(other.ask("192.0.2.1:53", hello, 100)).toBeUndefined();
});

test("a connection to a host that is down times out, to a closed port it is refused", async () => {
  const { network, server, client } = await pair();
  const refused = client.open("192.0.2.1:81");
  network.advance(10);
  server.crash();
  const silent = client.open("192.0.2.1:80");
  network.runUntilIdle();
  expect([refused.failure, silent.failure]).toEqual(["refused", "timeout"]);
  expect(network.time).toBe(127_010); // 1 + 2 + 4 + … + 64 s, the usual seven attempts
});

test("a crash is noticed by what is sent: reset once the host is back, time-out otherwise", async () => {
  const { network, server, client } = await pair();
  const one = client.open("192.0.2.1:80");
  const two = client.open("192.0.2.1:80");
  network.runUntilIdle();
  server.crash();
  network.advance(10_000);
  expect([one.state, two.state]).toEqual(["open", "open"]);
  one.write(hello);
  network.runUntilIdle();
  expect(one.failure).toBe("timeout");
  server.restart();
  two.write(hello);
  network.advance(10);
  expect(two.failure).toBe("reset");
  await server.attachDatagram(echo, { transport: "udp", address: "192.0.2.1", port: 53 });
  expect(client.ask("192.0.2.1:53", hello)).toEqual(hello);
});

test("a killed process resets its connections and frees its ports; its timers are gone", async () => {
  const { network, server, client } = await pair();
  let fired = 0;
  const ticking = engineOf({ timer: () => void fired++ });
  await server.attach(ticking, []);
  ticking.effects.setTimer(50);
  const stream = client.open("192.0.2.1:80");
  network.runUntil(() => stream.state === "open");
  server.kill();
  network.advance(100);
  expect([stream.failure, fired, client.send("192.0.2.1:53", hello).replies.length]).toEqual(["reset", 0, 0]);
  await server.attachDatagram(echo, { transport: "udp", address: "192.0.2.1", port: 53 });
  expect(client.ask("192.0.2.1:53", hello)).toEqual(hello);
});

test("wall clocks step apart from monotonic time", async () => {
  const { network, server } = await pair({ wall: 1000 });
  network.advance(500);
  expect(server.now()).toEqual({ monotonic: 500, wall: 1500 });
  network.stepWall(-400);
  server.stepWall(7);
  expect(server.now()).toEqual({ monotonic: 500, wall: 1107 });
  network.setWall(9000);
  expect(server.now()).toEqual({ monotonic: 500, wall: 9007 });
});

test("47 virtual hours with a timer each minute pass in a moment", async () => {
  const network = new SimulatedNetwork();
  let ticks = 0;
  const engine = engineOf({
    timer: (_id, now) => {
      ticks++;
      engine.effects.setTimer(now.monotonic + 60_000);
    },
  });
  await network.host("h", ["192.0.2.1"]).attach(engine, []);
  engine.effects.setTimer(60_000);
  network.advance(47 * 3_600_000);
  expect(ticks).toBe(47 * 60);
  expect(network.runUntilIdle(1000)).toBe(false);
});

test("the local profile's addresses work on one host, each reaching the others", async () => {
  const network = new SimulatedNetwork();
  const machine = network.host("machine", []);
  await machine.attachDatagram(echo, { transport: "udp", address: "127.53.2.1", port: 5301 });
  const seen: string[] = [];
  const engine = engineOf({
    datagram: (_socket, _input, _length, from) => void seen.push(formatEndpoint(from)),
  });
  await machine.attach(engine, []);
  const to = endpoint("127.53.2.1", 5301);
  engine.effects.send(engine.effects.openDatagram(to), to, hello);
  expect(network.runUntilIdle()).toBe(true);
  expect(seen).toEqual(["127.53.2.1:5301"]);
});

test("an engine's fault ends the run with its error unless somebody listens", async () => {
  const network = new SimulatedNetwork();
  const bad: DatagramEngine = {
    handle() {
      throw new RangeError("planted");
    },
  };
  const host = network.host("h", ["192.0.2.1"]);
  await host.attachDatagram(bad, { transport: "udp", address: "192.0.2.1", port: 53 });
  const client = await network.client("c", ["192.0.2.2"]);
  expect(() => client.ask("192.0.2.1:53", hello)).toThrow("planted");
  expect(host.faultCount).toBe(1);
});

test("buffers and endpoints handed to an engine are spoilt after the call", async () => {
  const { network, server, client } = await pair();
  const kept: { input: Uint8Array; address: Uint8Array }[] = [];
  await server.attach(
    engineOf({
      datagram: (_socket, input, _length, from) => void kept.push({ input, address: from.address }),
    }),
    [{ transport: "udp", address: "192.0.2.1", port: 5353 }],
  );
  client.send("192.0.2.1:5353", hello);
  network.runUntilIdle();
  expect(kept.map(({ input, address }) => [input[0], address[15]])).toEqual([[0xdb, 0xdb]]);
});
