// Streams under everything at once: a rough path, partitions, crashes and engines that do senseless things.
// Any seed must keep the port's rules, and what one side took as whole must be what the other wrote.

import { endpoint } from "#engine";
import { afterAll, expect, test } from "vitest";
import { SeededRandom } from "./random.ts";
import { SimulatedNetwork } from "./simulated-network.ts";
import { patterned, Probe } from "./testing.ts";

const seeds = Array.from({ length: 15 }, (_, i) => i + 1);

let wholeBodies = 0;

// Guards the test itself: most bodies do arrive.
afterAll(() => expect(wholeBodies).toBeGreaterThan(seeds.length * 5));

test.each(seeds)("seed %i", async (seed) => {
  const link = { latencyMs: 20, jitterMs: 30, loss: 0.1, duplicate: 0.1, reorder: 0.1 };
  const network = new SimulatedNetwork({ seed, link, limits: { window: 4000, highWater: 3000 } });
  const chance = new SeededRandom(seed);
  const body = patterned(20_000);
  const server = network.host("server", ["192.0.2.1"]);
  const act = (probe: Probe, slot: number): void => {
    const choice = chance.integer(12);
    if (choice === 0) probe.effects.destroy(slot);
    else if (choice === 1) probe.effects.pause(slot);
    else if (choice === 2) probe.effects.end(slot);
    else if (choice === 3) probe.effects.write(slot, body.subarray(0, chance.integer(50)));
    for (const open of [slot, chance.integer(10)]) if (chance.integer(3) > 0) probe.effects.resume(open);
  };
  const answering: Probe = new Probe({
    accepted: (slot) => void answering.effects.write(slot, body),
    received: (slot) => act(answering, slot),
    drained: (slot) => act(answering, slot),
    ended: (slot) => answering.effects.end(slot),
  });
  const listener = { transport: "tcp", address: "192.0.2.1", port: 80 } as const;
  await server.attach(answering, [listener]);
  // A second server that only writes the body and ends: what its clients take as ended must be whole.
  const whole: Probe = new Probe({
    accepted: (slot) => {
      whole.effects.write(slot, body);
      whole.effects.end(slot);
    },
  });
  await server.attach(whole, [{ ...listener, port: 81 }]);
  const broken: number[] = [];
  const asking: Probe = new Probe({
    connected: (slot) => {
      if (!wholeSlots.has(slot)) act(asking, slot);
    },
    received: (slot) => {
      if (!wholeSlots.has(slot)) act(asking, slot);
    },
    ended: (slot) => {
      if (wholeSlots.has(slot) && Buffer.compare(asking.octets(slot), body) !== 0) broken.push(slot);
      asking.effects.end(slot);
    },
    closed: (slot) => void wholeSlots.delete(slot),
  });
  const wholeSlots = new Set<number>();
  const client = network.host("client", ["198.51.100.1"]);
  await client.attach(asking, []);
  for (let round = 0; round < 6; round++) {
    for (let i = 0; i < 3; i++) {
      asking.effects.connect(endpoint("192.0.2.1", 80));
      wholeSlots.add(asking.effects.connect(endpoint("192.0.2.1", 81)));
    }
    network.advance(chance.integer(400));
    const mend = chance.integer(3) === 0 ? network.partition(["client"]) : undefined;
    network.advance(chance.integer(3000));
    mend?.();
    if (round === 4) {
      server.crash();
      network.advance(chance.integer(2000));
      server.restart();
    }
  }
  expect(network.runUntilIdle(10_000_000)).toBe(true);
  expect([...asking.breaches, ...answering.breaches, ...whole.breaches, ...broken]).toEqual([]);
  wholeBodies += asking.count("ended");
  expect(whole.count("closed")).toBeLessThanOrEqual(whole.count("accepted"));
});
