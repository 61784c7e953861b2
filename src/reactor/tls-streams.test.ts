// The streams' part of the drivers' contract over TLS: an engine cannot tell it from plain TCP.

import { connect as connectTcp } from "node:net";
import { connect as connectTls, type SecureVersion } from "node:tls";
import { formatAddress, type Endpoint } from "#engine";
import { afterEach, beforeEach, describe, expect } from "vitest";
import type { EngineFault, FaultListener } from "./driver.ts";
import { NodeDriver } from "./node-driver.ts";
import type { OpeningSocket } from "./node-socket.ts";
import { runStreamContract } from "./stream.contract.ts";
import { dial, happenings, serve, type Bench, type Harness, type Probe } from "./testing.ts";
import {
  makeCertificate,
  makeTlsDriver,
  TestTlsServer,
  tlsDrivers,
  type TlsDriver,
  type TlsDriverName,
} from "./testing-tls.ts";

const certificate = await makeCertificate(["shop.test"]);

/** Who serves, who connects, and by which version. Node's own client speaks the older one too. */
const served: readonly (readonly [TlsDriverName, "node's TLS" | TlsDriverName, SecureVersion])[] = [
  ...tlsDrivers.flatMap((name) => [
    [name, "node's TLS", "TLSv1.3"] as const,
    [name, "node's TLS", "TLSv1.2"] as const,
  ]),
  // Who connects by the port; the rest of what the drivers' own clients do stands in tls-client.test.ts.
  ...(tlsDrivers.includes("linux") ? ([["node", "linux", "TLSv1.3"]] as const) : []),
];

describe.each(served)("%s, asked by %s over %s", (name, asker, version) => {
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

  function makeClient(onFault: FaultListener): TlsDriver {
    if (asker !== "node's TLS") return makeTlsDriver(asker, onFault);
    const driver = new NodeDriver(onFault, connect);
    return { driver, close: () => driver.close() };
  }

  beforeEach(() => {
    probes = [];
    const faults: EngineFault[] = [];
    const onFault: FaultListener = (fault) => void faults.push(fault);
    const { driver: server, close } = makeTlsDriver(name, onFault);
    const { driver: client, close: closeClient } = makeClient(onFault);
    harness = {
      server,
      client,
      address: "127.0.0.1",
      faults,
      tls: new TestTlsServer(certificate),
      ...(asker === "node's TLS"
        ? {}
        : { clientTls: { serverName: "shop.test", authorities: certificate.chain, protocols: [] } }),
      async until(condition) {
        while (!condition()) await happenings.next();
      },
      async close() {
        await Promise.all([close(), closeClient()]);
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
