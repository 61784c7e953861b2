// The simulated driver under the drivers' contract: on a plain path and on a rough one, over IPv4 and IPv6.

import { describe } from "vitest";
import { runDriverContract } from "./driver.contract.ts";
import type { EngineFault } from "./driver.ts";
import type { SimulatedLink } from "./simulated-core.ts";
import { SimulatedNetwork } from "./simulated-network.ts";
import type { Harness } from "./testing.ts";
import type { TlsServer } from "./tls.ts";

/** Listeners behind TLS are taken like others: their octets travel in the clear, and nothing is asked. */
const tls: TlsServer = {
  choose() {
    throw new RangeError("a simulated host has no TLS");
  },
  ticketKey() {
    throw new RangeError("a simulated host has no TLS");
  },
};

async function make(address: string, other: string, link: Partial<SimulatedLink>): Promise<Harness> {
  const faults: EngineFault[] = [];
  const network = new SimulatedNetwork({ seed: 5, link, onFault: (fault) => faults.push(fault) });
  return {
    server: network.host("server", [address]),
    client: network.host("client", [other]),
    address,
    tls,
    faults,
    async until(condition) {
      if (!network.runUntil(condition)) throw new Error("Cannot wait any longer: a minute has passed");
    },
    async close() {
      network.advance(1);
    },
  };
}

describe("IPv4, a plain path", () => runDriverContract(() => make("192.0.2.1", "198.51.100.1", {})));
describe("IPv6, an uneven path", () =>
  runDriverContract(() => make("2001:db8::1", "2001:db8:1::1", { latencyMs: 3, jitterMs: 0.01 })));
