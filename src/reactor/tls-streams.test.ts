// The streams' part of the drivers' contract over TLS: an engine cannot tell it from plain TCP.

import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { formatAddress, type Endpoint } from "#engine";
import { afterEach, beforeEach, describe, expect } from "vitest";
import type { EngineFault, FaultListener } from "./driver.ts";
import { loadLinuxCalls } from "./linux-calls.ts";
import { LinuxDriver } from "./linux-driver.ts";
import { HostedLoop } from "./linux-hosted.ts";
import { LinuxLoop } from "./linux-loop.ts";
import { NodeDriver } from "./node-driver.ts";
import type { OpeningSocket } from "./node-socket.ts";
import { loadOpenSsl } from "./openssl.ts";
import { runStreamContract } from "./stream.contract.ts";
import { dial, happenings, serve, type Bench, type Harness, type Probe } from "./testing.ts";
import { makeCertificate, TestTlsServer } from "./testing-tls.ts";
import type { TlsHarness } from "./tls.contract.ts";

const certificate = await makeCertificate(["shop.test"]);

const calls = loadLinuxCalls();
const hasLinux = typeof calls !== "string" && typeof loadOpenSsl() !== "string";

const served = [
  ["node", "TLSv1.3"],
  ["node", "TLSv1.2"],
  ...(hasLinux
    ? ([
        ["linux", "TLSv1.3"],
        ["linux", "TLSv1.2"],
      ] as const)
    : []),
] as const;

/** The serving side, and what ends it. */
function makeServer(name: "node" | "linux", onFault: FaultListener): Omit<TlsHarness, "pass"> {
  if (name === "node" || typeof calls === "string") {
    const driver = new NodeDriver(onFault);
    return { driver, close: () => driver.close() };
  }
  const loop = new LinuxLoop(calls);
  const hosted = new HostedLoop(loop);
  const driver = new LinuxDriver(loop, onFault);
  return {
    driver,
    close: async () => {
      await driver.close();
      hosted.close();
      driver.free();
    },
  };
}

describe.each(served)("%s, %s", (name, version) => {
  let harness: Harness;
  let probes: Probe[] = [];

  function connect(to: Endpoint): OpeningSocket {
    const raw = connectTcp({
      host: formatAddress(to.address),
      port: to.port,
      allowHalfOpen: true,
      noDelay: true,
    });
    const stream = connectTls({
      socket: raw,
      servername: "shop.test",
      ca: certificate.chain,
      minVersion: version,
      maxVersion: version,
    });
    return { stream, raw, openEvent: "secureConnect" };
  }

  beforeEach(() => {
    probes = [];
    const faults: EngineFault[] = [];
    const { driver: server, close } = makeServer(name, (fault) => faults.push(fault));
    const client = new NodeDriver((fault) => faults.push(fault), connect);
    harness = {
      server,
      client,
      address: "127.0.0.1",
      faults,
      tls: new TestTlsServer(certificate),
      async until(condition) {
        while (!condition()) await happenings.next();
      },
      async close() {
        await Promise.all([close(), client.close()]);
      },
    };
  });
  afterEach(async () => {
    await harness.close();
    expect(probes.flatMap((probe) => probe.breaches)).toEqual([]);
  });

  const bench: Bench = {
    harness: () => harness,
    async serve(transports, handlers) {
      const served = await serve(harness, transports, handlers);
      probes.push(served.probe);
      return served;
    },
    async dial(handlers) {
      const probe = await dial(harness, handlers);
      probes.push(probe);
      return probe;
    },
  };
  runStreamContract(bench);
});
