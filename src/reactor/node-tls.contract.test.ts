// The streams' part of the drivers' contract over TLS: an engine cannot tell it from plain TCP.

import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { formatAddress, type Endpoint } from "#engine";
import { afterEach, beforeEach, describe, expect } from "vitest";
import type { EngineFault } from "./driver.ts";
import { NodeDriver } from "./node-driver.ts";
import type { OpeningSocket } from "./node-socket.ts";
import { runStreamContract } from "./stream.contract.ts";
import { dial, happenings, serve, type Bench, type Harness, type Probe } from "./testing.ts";
import { makeCertificate, TestTlsServer } from "./testing-tls.ts";

const certificate = await makeCertificate(["shop.test"]);

describe.each(["TLSv1.3", "TLSv1.2"] as const)("%s", (version) => {
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
    const server = new NodeDriver((fault) => faults.push(fault));
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
        await Promise.all([server.close(), client.close()]);
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
