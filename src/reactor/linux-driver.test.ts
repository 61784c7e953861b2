// The linux driver under the drivers' contract, on loopback, as a guest of Node's event loop.

import { once } from "node:events";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { describe, expect, test } from "vitest";
import { runDriverContract } from "./driver.contract.ts";
import type { Driver, EngineFault } from "./driver.ts";
import { loadLinuxCalls } from "./linux-calls.ts";
import { LinuxDriver } from "./linux-driver.ts";
import { HostedLoop } from "./linux-hosted.ts";
import { LinuxLoop } from "./linux-loop.ts";
import { closeListeners, openListeners } from "./listeners.ts";
import { happenings, type Harness } from "./testing.ts";

const calls = loadLinuxCalls();

async function make(address: string, isInherited = false): Promise<Harness> {
  if (typeof calls === "string") throw new Error(calls);
  const faults: EngineFault[] = [];
  const loops = [new LinuxLoop(calls), new LinuxLoop(calls)] as const;
  const hosted = loops.map((loop) => new HostedLoop(loop));
  const [server, client] = loops.map((loop) => new LinuxDriver(loop, (fault) => faults.push(fault)));
  if (!server || !client) throw new Error("no drivers");
  return {
    server: isInherited ? onInherited(server) : server,
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

/** The same driver, given descriptors that are open already. It closes what it takes over, so each is used once. */
function onInherited(driver: LinuxDriver): Driver {
  return {
    attach: async (engine, listeners) => driver.attach(engine, openListeners(listeners)),
    attachDatagram: async (engine, listener) =>
      driver.attachDatagram(
        engine,
        listener.transport === "tcp" ? listener : (openListeners([listener])[0] ?? listener),
      ),
    now: () => driver.now(),
    close: (graceMs) => driver.close(graceMs),
    get faultCount() {
      return driver.faultCount;
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
  describe("on inherited descriptors", () => runDriverContract(() => make("127.0.0.1", true)));

  test("a descriptor that is no such socket is refused", async () => {
    const { server, close } = await make("127.0.0.1");
    const [tcp] = openListeners([{ transport: "tcp", address: "127.0.0.1", port: 0 }]);
    if (!tcp) throw new Error("Cannot test: there is no listener");
    const plain = connect(tcp.port, "127.0.0.1");
    await once(plain, "connect");
    const connected = (plain as unknown as { _handle: { fd: number } })._handle.fd;
    for (const wrong of [
      { ...tcp, transport: "udp" as const }, // not UDP
      { ...tcp, fd: connected }, // does not listen
      { ...tcp, fd: 9999 }, // nothing
    ]) {
      await expect(server.attach({ start() {} }, [wrong])).rejects.toMatchObject({ code: "internal" });
    }
    plain.destroy();
    closeListeners([tcp]);
    await close();
  });
});
