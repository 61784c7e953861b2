// The linux driver under the drivers' contract, on loopback, as a guest of Node's event loop.

import { networkInterfaces } from "node:os";
import { describe } from "vitest";
import { runDriverContract } from "./driver.contract.ts";
import type { EngineFault } from "./driver.ts";
import { loadLinuxCalls } from "./linux-calls.ts";
import { LinuxDriver } from "./linux-driver.ts";
import { HostedLoop } from "./linux-hosted.ts";
import { LinuxLoop } from "./linux-loop.ts";
import { happenings, type Harness } from "./testing.ts";

const calls = loadLinuxCalls();

async function make(address: string): Promise<Harness> {
  if (typeof calls === "string") throw new Error(calls);
  const faults: EngineFault[] = [];
  const loops = [new LinuxLoop(calls), new LinuxLoop(calls)] as const;
  const hosted = loops.map((loop) => new HostedLoop(loop));
  const [server, client] = loops.map((loop) => new LinuxDriver(loop, (fault) => faults.push(fault)));
  if (!server || !client) throw new Error("no drivers");
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
      for (const one of hosted) one.close();
      server.free();
      client.free();
    },
  };
}

const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === "::1"),
);

// Elsewhere than on Linux, or without the foreign-function library, there is no linux driver.
describe.skipIf(typeof calls === "string")("on this machine", () => {
  describe("IPv4", () => runDriverContract(() => make("127.0.0.1")));
  describe.skipIf(!hasIpv6)("IPv6", () => runDriverContract(() => make("::1")));
});
