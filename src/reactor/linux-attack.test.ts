// The linux driver under what the contract suite does not do to it: floods, addresses, descriptors that run out, a thousand idle connections,
// children that are started while it runs, signals, threads that end. Real sockets on loopback, bounded.

import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { copyEndpoint, formatEndpoint, type DatagramEngine, type Endpoint } from "#engine";
import { loadLinuxCalls } from "./linux-calls.ts";
import { LinuxDriver } from "./linux-driver.ts";
import { HostedLoop } from "./linux-hosted.ts";
import { LinuxLoop } from "./linux-loop.ts";
import { linuxDriverProblem } from "./linux-probe.ts";
import { datagramEcho, happenings, Probe } from "./testing.ts";

const problem = linuxDriverProblem();

describe.skipIf(problem !== undefined)("the linux driver", () => {
  let loop: LinuxLoop;
  let hosted: HostedLoop;
  let driver: LinuxDriver;
  const sockets: { destroy(): void }[] = [];

  beforeEach(() => {
    const calls = loadLinuxCalls();
    if (typeof calls === "string") throw new Error(calls);
    loop = new LinuxLoop(calls);
    hosted = new HostedLoop(loop);
    driver = new LinuxDriver(loop);
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await driver.close();
    hosted.close();
    driver.free();
  });

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await happenings.next();
  }

  async function open(port: number, address = "127.0.0.1"): Promise<Socket> {
    const socket = connect(port, address);
    socket.on("error", () => {});
    sockets.push(socket);
    await once(socket, "connect");
    return socket;
  }

  test("a flood of many batches is answered, each datagram whole, up to the largest", async () => {
    const { listeners } = await driver.attachDatagram(datagramEcho, {
      transport: "udp",
      address: "127.0.0.1",
      port: 0,
    });
    const client = createSocket("udp4");
    sockets.push({ destroy: () => client.close() });
    await new Promise<void>((resolve) => client.bind(0, "127.0.0.1", resolve));
    client.setRecvBufferSize(4 << 20);
    const sizes: number[] = [];
    client.on("message", (message) => {
      expect(message.every((octet) => octet === message.length % 251)).toBe(true);
      sizes.push(message.length);
      happenings.notify();
    });
    const wanted = [1, 65_507, ...Array.from({ length: 600 }, (_, i) => 1 + i), 65_507];
    for (const size of wanted) client.send(Buffer.alloc(size, size % 251), listeners[0]?.port, "127.0.0.1");
    await until(() => sizes.length === wanted.length);
    expect(sizes.toSorted((a, b) => a - b)).toEqual(wanted.toSorted((a, b) => a - b));
  });

  test.each([
    ["0.0.0.0", "udp4", ["127.0.0.1", "127.0.0.2", "127.9.8.7"]],
    ["::", "udp6", ["::1"]],
  ] as const)("on %s answers leave from the address that was asked", async (address, type, asked) => {
    const seen: string[] = [];
    const engine: DatagramEngine = {
      handle(input, length, from, to, output, at, now) {
        seen.push(formatEndpoint(to));
        return datagramEcho.handle(input, length, from, to, output, at, now);
      },
    };
    const { listeners } = await driver.attachDatagram(engine, { transport: "udp", address, port: 0 });
    const stream = new Probe({
      datagram: (socket, _input, _length, from) => stream.effects.send(socket, from, Uint8Array.of(7)),
    });
    const other = await driver.attach(stream, [{ transport: "udp", address, port: 0 }]);
    const ports = [listeners[0]?.port ?? 0, other.listeners[0]?.port ?? 0];
    for (const port of ports) {
      for (const to of asked) {
        const client = createSocket(type);
        await new Promise<void>((resolve) => client.connect(port, to, resolve)); // hears no other address
        client.send("x");
        await once(client, "message");
        client.close();
      }
    }
    expect(seen).toEqual(asked.map((to) => (type === "udp6" ? `[${to}]:${ports[0]}` : `${to}:${ports[0]}`)));
  });

  test("a connection to a listener on all addresses is told with the address that was asked", async () => {
    const seen: Endpoint[] = [];
    const probe = new Probe({ accepted: (_slot, _listener, _from, to) => void seen.push(copyEndpoint(to)) });
    const { listeners } = await driver.attach(probe, [{ transport: "tcp", address: "0.0.0.0", port: 0 }]);
    const port = listeners[0]?.port ?? 0;
    await open(port, "127.0.0.5");
    await until(() => seen.length === 1);
    expect(formatEndpoint(seen[0] ?? { address: new Uint8Array(16), port: 0 })).toBe(`127.0.0.5:${port}`);
  });

  test("a thousand idle connections stay open beside one that is served, and their end is seen", async () => {
    const probe: Probe = new Probe({
      received: (slot, input, length) => void probe.effects.write(slot, input.slice(0, length)),
      ended: (slot) => probe.effects.end(slot),
    });
    const { listeners } = await driver.attach(probe, [{ transport: "tcp", address: "127.0.0.1", port: 0 }]);
    const port = listeners[0]?.port ?? 0;
    const idle = await Promise.all(Array.from({ length: 1000 }, () => open(port)));
    const active = await open(port);
    active.write("hello");
    expect(String((await once(active, "data"))[0])).toBe("hello");
    await until(() => probe.count("accepted") === 1001);
    for (const [i, socket] of idle.entries()) {
      if (i % 2 === 0) socket.resetAndDestroy();
      else socket.end();
    }
    await until(() => probe.count("closed") === 1000);
    active.write("still");
    expect(String((await once(active, "data"))[0])).toBe("still");
    expect(probe.breaches).toEqual([]);
  });

  test("a peer that never reads: nothing more is asked of its engine until it does", async () => {
    let written = 0;
    const chunk = new Uint8Array(32_768);
    const fill = (slot: number): void => {
      if (slot !== 0) return;
      for (let more = true; more; written += chunk.length) more = probe.effects.write(slot, chunk);
    };
    const probe: Probe = new Probe({ accepted: fill, drained: fill });
    const { listeners } = await driver.attach(probe, [{ transport: "tcp", address: "127.0.0.1", port: 0 }]);
    const port = listeners[0]?.port ?? 0;
    const slow = await open(port);
    slow.pause();
    // The kernel takes some megabytes. It is full once nothing was drained while others came and went.
    for (let before = -1; written !== before;) {
      before = written;
      for (let i = 0; i < 20; i++) (await open(port)).destroy();
    }
    const full = written;
    expect(full).toBeLessThan(64 << 20);
    slow.resume();
    await until(() => written > full);
    expect(probe.breaches).toEqual([]);
  });

  test("children that are started meanwhile hold no socket of the driver's, and closed ones stay closed", async () => {
    const probe: Probe = new Probe({
      received: (slot) => probe.effects.destroy(slot),
    });
    const { listeners } = await driver.attach(probe, [{ transport: "tcp", address: "127.0.0.1", port: 0 }]);
    const port = listeners[0]?.port ?? 0;
    const inodes = new Set<string>();
    for (let i = 0; i < 10; i++) {
      const child = spawn("ls", ["-l", "/proc/self/fd"], { stdio: ["ignore", "pipe", "ignore"] });
      child.stdout.on("data", (text: Buffer) => {
        for (const [inode] of text.toString().matchAll(/socket:\[\d+\]/g)) inodes.add(inode);
      });
      const socket = await open(port);
      socket.write("x");
      await once(child, "close");
    }
    await until(() => probe.count("closed") === 10);
    expect([...inodes].filter((inode) => inode.length > 0).length).toBeLessThanOrEqual(10); // their own pipes to here
    expect([probe.count("accepted"), probe.breaches]).toEqual([10, []]);
  });

  test("an engine that closes its own listener while it answers sends nothing on what is opened next", async () => {
    let closing: Promise<void> | undefined;
    const next: Promise<unknown>[] = [];
    const probe: Probe = new Probe({
      datagram: (socket, _input, _length, from) => {
        probe.effects.send(socket, from, Uint8Array.of(9));
        closing ??= attachment.close();
        // The descriptor that was closed is the lowest one that is free.
        next.push(driver.attachDatagram(datagramEcho, { transport: "udp", address: "127.0.0.1", port: 0 }));
      },
    });
    const attachment = await driver.attach(probe, [{ transport: "udp", address: "127.0.0.1", port: 0 }]);
    const client = createSocket("udp4");
    sockets.push({ destroy: () => client.close() });
    const heard: number[] = [];
    client.on("message", (message) => {
      heard.push(message[0] ?? 0);
      happenings.notify();
    });
    client.send("x", attachment.listeners[0]?.port ?? 0, "127.0.0.1");
    await until(() => closing !== undefined);
    await closing;
    await Promise.all(next);
    const echo = await driver.attachDatagram(datagramEcho, {
      transport: "udp",
      address: "127.0.0.1",
      port: 0,
    });
    client.send(Uint8Array.of(5), echo.listeners[0]?.port ?? 0, "127.0.0.1");
    await until(() => heard.length > 0);
    expect(heard).toEqual([5]);
  });

  test("signals interrupt a wait and nothing else", async () => {
    const { listeners } = await driver.attachDatagram(datagramEcho, {
      transport: "udp",
      address: "127.0.0.1",
      port: 0,
    });
    const seen = Promise.withResolvers<void>();
    process.once("SIGUSR2", () => seen.resolve());
    process.kill(process.pid, "SIGUSR2");
    await seen.promise;
    const client = createSocket("udp4");
    sockets.push({ destroy: () => client.close() });
    client.send("x", listeners[0]?.port ?? 0, "127.0.0.1");
    expect(String((await once(client, "message"))[0])).toBe("x");
  });
});

describe.skipIf(problem !== undefined)("a process with the linux driver", () => {
  /** Runs testing-linux-child.ts. */
  function child(mode: string, limit = ""): ReturnType<typeof spawn> {
    const program = new URL("./testing-linux-child.ts", import.meta.url).pathname;
    const command = `${limit} exec "${process.execPath}" --conditions=fairlead-source "${program}" ${mode}`;
    return spawn("sh", ["-c", command], { stdio: ["ignore", "pipe", "inherit"] });
  }

  test.concurrent("without a descriptor left it rests, and serves who waits once others have gone", async () => {
    const process = child("echo", "ulimit -n 64;");
    const [printed] = (await once(process.stdout ?? process, "data")) as [Buffer];
    const port = Number(printed.toString());
    const sockets = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const socket = connect(port, "127.0.0.1");
        socket.on("error", () => {});
        await once(socket, "connect"); // the kernel's queue takes it, whether it is accepted or not
        return socket;
      }),
    );
    // Each asks; who is answered leaves, so that the next one finds room.
    await Promise.all(
      sockets.map(async (socket, i) => {
        socket.write(`${i}`);
        expect(String((await once(socket, "data"))[0])).toBe(`${i}`);
        socket.destroy();
      }),
    );
    process.kill("SIGKILL");
    await once(process, "exit");
  });

  test.concurrent.each([
    ["exit", 3],
    ["throw", 1],
    ["worker-exit", 3],
    ["worker-throw", 1],
    ["worker-crash", 4],
    ["worker-close", 0],
  ])("%s ends it, though a thread waits", async (mode, status) => {
    const process = child(mode, "exec 2>/dev/null;");
    expect((await once(process, "exit"))[0]).toBe(status);
  });
});
