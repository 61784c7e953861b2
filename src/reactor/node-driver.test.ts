// The node driver under the drivers' contract, on loopback.

import { networkInterfaces } from "node:os";
import { describe } from "vitest";
import { runDriverContract } from "./driver.contract.ts";
import type { EngineFault } from "./driver.ts";
import { NodeDriver } from "./node-driver.ts";
import { happenings, type Harness } from "./testing.ts";

async function make(address: string): Promise<Harness> {
  const faults: EngineFault[] = [];
  const server = new NodeDriver((fault) => faults.push(fault));
  const client = new NodeDriver((fault) => faults.push(fault));
  return {
    server,
    client,
    address,
    faults,
    async until(condition) {
      while (!condition()) await happenings.next();
    },
    async close() {
      await Promise.all([server.close(), client.close()]);
    },
  };
}

const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === "::1"),
);

describe("IPv4", () => runDriverContract(() => make("127.0.0.1")));
// A machine without ::1 cannot run these: IPv6 is switched off there.
describe.skipIf(!hasIpv6)("IPv6", () => runDriverContract(() => make("::1")));
