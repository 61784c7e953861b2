// TLS on the linux driver under what the contracts do not do to it: records that lie in the library while an engine pauses, a peer that never reads,
// hundreds of idle connections that end in every way. Real sockets on loopback, bounded.

import { once } from "node:events";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadLinuxCalls } from "./linux-calls.ts";
import { LinuxDriver } from "./linux-driver.ts";
import { HostedLoop } from "./linux-hosted.ts";
import { LinuxLoop } from "./linux-loop.ts";
import { linuxTlsProblem } from "./openssl.ts";
import { happenings, Probe } from "./testing.ts";
import { makeCertificate, TestTlsServer } from "./testing-tls.ts";

const calls = loadLinuxCalls();
const certificate = await makeCertificate(["shop.test"]);

describe.skipIf(typeof calls === "string" || linuxTlsProblem() !== undefined)(
  "TLS on the linux driver",
  () => {
    let driver: LinuxDriver;
    let hosted: HostedLoop;
    let sockets: TLSSocket[] = [];

    beforeEach(() => {
      if (typeof calls === "string") throw new Error(calls);
      const loop = new LinuxLoop(calls);
      hosted = new HostedLoop(loop);
      driver = new LinuxDriver(loop);
      sockets = [];
    });
    afterEach(async () => {
      for (const socket of sockets) socket.destroy();
      await driver.close();
      hosted.close();
      driver.free();
    });

    async function serve(probe: Probe): Promise<number> {
      const tls = new TestTlsServer(certificate);
      const { listeners } = await driver.attach(probe, [
        { transport: "tcp", address: "127.0.0.1", port: 0, tls },
      ]);
      return listeners[0]?.port ?? 0;
    }

    async function open(port: number): Promise<TLSSocket> {
      const socket = connectTls({
        host: "127.0.0.1",
        port,
        servername: "shop.test",
        ca: certificate.chain,
        ALPNProtocols: ["http/1.1"],
      });
      sockets.push(socket);
      socket.on("error", () => {});
      await once(socket, "secureConnect");
      return socket;
    }

    async function until(condition: () => boolean): Promise<void> {
      while (!condition()) await happenings.next();
    }

    test("records that came together are handed over in order, however often the engine pauses between them", async () => {
      const probe: Probe = new Probe({
        received: (slot) => {
          probe.effects.pause(slot);
          probe.effects.setTimer(0);
        },
        timer: () => probe.effects.resume(0),
      });
      const socket = await open(await serve(probe));
      // A record each, all of them in the socket before the first is read; more than one turn takes.
      socket.cork();
      const sent: number[] = [];
      for (let i = 0; i < 300; i++) {
        socket.write(Uint8Array.of(i & 0xff, i >> 8));
        sent.push(i & 0xff, i >> 8);
      }
      socket.uncork();
      await until(() => probe.octets(0).length === sent.length);
      expect([...probe.octets(0)]).toEqual(sent);
      socket.end();
      await until(() => probe.saw("ended 0"));
      expect(probe.breaches).toEqual([]);
    });

    test("a peer that never reads: no more is asked of its engine until it does, and then all of it arrives", async () => {
      const chunk = new Uint8Array(32_768).map((_, i) => i % 251);
      let written = 0;
      let isOver = false;
      const fill = (slot: number): void => {
        for (let more = true; more && !isOver; written += chunk.length)
          more = probe.effects.write(slot, chunk);
        if (isOver) probe.effects.end(slot);
      };
      const probe: Probe = new Probe({ accepted: fill, drained: fill });
      const port = await serve(probe);
      const slow = await open(port);
      slow.pause();
      for (let before = -1; written !== before;) {
        before = written;
        for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
      }
      expect(written).toBeLessThan(64 << 20);
      isOver = true;
      let got = 0;
      let isRight = true;
      slow.on("data", (octets: Buffer) => {
        isRight &&= octets[0] === (got % 32_768) % 251;
        got += octets.length;
      });
      slow.resume();
      await once(slow, "end");
      expect([got, isRight]).toEqual([written, true]);
      expect(probe.breaches).toEqual([]);
    });

    test("hundreds of idle connections stay open beside one that is served, and each end of them is seen", async () => {
      const probe: Probe = new Probe({
        received: (slot, input, length) => void probe.effects.write(slot, input.slice(0, length)),
        ended: (slot) => probe.effects.end(slot),
      });
      const port = await serve(probe);
      const idle = await Promise.all(Array.from({ length: 300 }, () => open(port)));
      const active = await open(port);
      for (const text of ["hello", "still"]) {
        active.write(text);
        expect(String((await once(active, "data"))[0])).toBe(text);
        if (text === "still") break;
        for (const [i, socket] of idle.entries()) {
          if (i % 2 === 0) socket.destroy();
          else socket.end();
        }
        await until(() => probe.count("closed") === 300);
      }
      expect(probe.breaches).toEqual([]);
    });
  },
);
