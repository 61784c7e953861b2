// Processes for the linux driver's tests, by their first argument: `echo` serves TCP on a port that it prints; the others come to an end while a
// thread waits in the loop.

import { isMainThread, workerData } from "node:worker_threads";
import { endpoint } from "#engine";
import { loadLinuxCalls } from "./linux-calls.ts";
import { LinuxDriver } from "./linux-driver.ts";
import { HostedLoop } from "./linux-hosted.ts";
import { LinuxLoop } from "./linux-loop.ts";
import { LinuxWorker, runLinuxWorker } from "./linux-worker.ts";
import { datagramEcho, Probe } from "./testing.ts";

const udp = { transport: "udp", address: "127.0.0.1", port: 0 } as const;

if (isMainThread) await main(process.argv[2] ?? "");
else {
  await runLinuxWorker(
    workerData,
    ({ driver }) => ({
      answer: async (question) => {
        if (question === "crash") setTimeout(() => driver.loop.later(() => Reflect.get(Object(null), "a").b));
        else return (await driver.attachDatagram(datagramEcho, udp)).listeners[0]?.port;
        return undefined;
      },
    }),
    () => () => {},
  );
}

async function main(mode: string): Promise<void> {
  if (mode.startsWith("worker-")) {
    await withWorker(mode);
    return;
  }
  const calls = loadLinuxCalls();
  if (typeof calls === "string") throw new Error(calls);
  const loop = new LinuxLoop(calls);
  const hosted = new HostedLoop(loop);
  const driver = new LinuxDriver(loop);
  const probe: Probe = new Probe({
    received: (slot, input, length) => void probe.effects.write(slot, input.slice(0, length)),
    ended: (slot) => probe.effects.end(slot),
  });
  const { listeners } = await driver.attach(probe, [{ ...udp, transport: "tcp" }]);
  process.stdout.write(`${listeners[0]?.port}\n`);
  if (mode === "echo") return;
  // By then a thread of the pool waits for the loop.
  setTimeout(() => {
    if (mode === "exit") process.exit(3);
    hosted.close();
    throw new Error("planted");
  }, 50);
}

async function withWorker(mode: string): Promise<void> {
  const worker = new LinuxWorker({
    program: new URL(import.meta.url),
    execArgv: ["--conditions=fairlead-source"],
    data: undefined,
    onTold: () => {},
    onFailure: () => process.exit(4),
  });
  const port = (await worker.ask("attach")) as number;
  endpoint("127.0.0.1", port); // throws where it is none
  if (mode === "worker-exit") process.exit(3);
  if (mode === "worker-throw") throw new Error("planted");
  if (mode === "worker-crash") void worker.ask("crash");
  if (mode === "worker-close") {
    await worker.close();
    await worker.ask("attach").then(
      () => process.exit(5),
      () => {}, // nobody is there to answer
    );
  }
}
