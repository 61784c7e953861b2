// What every driver must pass: the promises of the port (src/engine/port.ts) and of `Driver`.
// Each driver's test calls `runDriverContract`. Nothing here waits for time to pass: tests wait for events, and that
// something does not happen is shown by what comes after it.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runDatagramContract } from "./datagram.contract.ts";
import { runServiceContract } from "./service.contract.ts";
import { runStreamContract } from "./stream.contract.ts";
import { dial, serve, type Bench, type Harness, type Probe } from "./testing.ts";
import { runTimerContract } from "./timer.contract.ts";

/** Runs the whole contract. @param make  makes fresh drivers for each test */
export function runDriverContract(make: () => Promise<Harness>): void {
  let current: Harness | undefined;
  let probes: Probe[] = [];
  const harness = (): Harness => {
    if (!current) throw new RangeError("Cannot use the harness: no test runs");
    return current;
  };

  beforeEach(async () => {
    probes = [];
    current = await make();
  });
  afterEach(async () => {
    await harness().close();
    expect(probes.flatMap((probe) => probe.breaches)).toEqual([]);
  });

  const bench: Bench = {
    harness,
    async serve(transports, handlers) {
      const served = await serve(harness(), transports, handlers);
      probes.push(served.probe);
      return served;
    },
    async dial(handlers) {
      const probe = await dial(harness(), handlers);
      probes.push(probe);
      return probe;
    },
  };

  describe("datagrams", () => runDatagramContract(bench));
  describe("streams", () => runStreamContract(bench));
  describe("timers", () => runTimerContract(bench));
  describe("service", () => runServiceContract(bench));

  test("now() shows both clocks and gives an object of the caller's", () => {
    const first = harness().server.now();
    expect(harness().server.now()).not.toBe(first);
    expect(first.wall).toBeGreaterThan(Date.UTC(2020, 0, 1));
  });
}
