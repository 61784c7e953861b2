// TLS of the drivers that have it, each under one contract.

import { describe, vi } from "vitest";
import { loadLinuxCalls } from "./linux-calls.ts";
import { LinuxDriver } from "./linux-driver.ts";
import { HostedLoop } from "./linux-hosted.ts";
import { LinuxLoop } from "./linux-loop.ts";
import { NodeDriver } from "./node-driver.ts";
import { loadOpenSsl } from "./openssl.ts";
import { runTlsContract } from "./tls.contract.ts";

describe("node", () =>
  runTlsContract((onFault) => {
    const driver = new NodeDriver(onFault);
    return { driver, pass: (ms) => void vi.advanceTimersByTime(ms), close: () => driver.close() };
  }));

const calls = loadLinuxCalls();

// Elsewhere than on Linux, or without the foreign-function library, there is no linux driver.
describe.skipIf(typeof calls === "string" || typeof loadOpenSsl() === "string")("linux", () =>
  runTlsContract((onFault) => {
    if (typeof calls === "string") throw new Error(calls);
    const loop = new LinuxLoop(calls);
    const hosted = new HostedLoop(loop);
    const driver = new LinuxDriver(loop, onFault);
    return {
      driver,
      pass: (milliseconds) => {
        const { clock } = loop;
        const refresh = clock.refresh.bind(clock);
        clock.refresh = () => {
          const now = refresh();
          return { ...now, monotonic: now.monotonic + milliseconds };
        };
        loop.onWork();
      },
      close: async () => {
        await driver.close();
        hosted.close();
        driver.free();
      },
    };
  }),
);
