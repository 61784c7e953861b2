// Listeners handed to real child processes.

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { endpoint } from "#engine";
import { afterEach, describe, expect, test } from "vitest";
import { runDriverContract } from "./driver.contract.ts";
import type { EngineFault, Listener } from "./driver.ts";
import { listenError } from "./io-error.ts";
import { SystemCallError } from "./libc.ts";
import { canOpenListeners, closeListeners, openListeners } from "./listeners.ts";
import { NodeDriver } from "./node-driver.ts";
import { dial, happenings, type Harness } from "./testing.ts";

const program = fileURLToPath(new URL("testing-child.ts", import.meta.url));
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** Starts a child on descriptors and waits until it serves. */
async function startChild(listeners: readonly (Listener & { fd: number })[]): Promise<ChildProcess> {
  const ports = listeners.map(({ port }) => String(port));
  const child = spawn(process.execPath, ["--conditions=fairlead-source", program, "127.0.0.1", ...ports], {
    stdio: ["ignore", "pipe", "inherit", ...listeners.map(({ fd }) => fd)],
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  children.push(child);
  if (!child.stdout) throw new Error("Cannot read from the child: it has no standard output");
  await once(child.stdout, "data");
  return child;
}

function openPair() {
  return openListeners([
    { transport: "udp", address: "127.0.0.1", port: 0 },
    { transport: "tcp", address: "127.0.0.1", port: 0, backlog: 100, label: "pages" },
  ]);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await happenings.next();
}

// Elsewhere than on Linux roles bind by themselves: there is nothing to test.
describe.skipIf(process.platform !== "linux")("openListeners()", () => {
  test("gives plans back with descriptors and ports, and frees the ports when closed", () => {
    expect(canOpenListeners()).toBe(true);
    const first = openPair();
    expect(first[1]).toMatchObject({ transport: "tcp", address: "127.0.0.1", label: "pages" });
    expect(first.every(({ port, fd }) => port > 0 && fd > 2)).toBe(true);
    closeListeners(first);
    const plans = first.map(({ transport, address, port }) => ({ transport, address, port }));
    closeListeners(openListeners(plans));
  });

  test.each(["udp", "tcp"] as const)(
    "opens several %s sockets on one port, and lets nobody else join them",
    (transport) => {
      const plan = { transport, address: "127.0.0.1", port: 0, sockets: 3 };
      const opened = openListeners([plan]);
      const port = opened[0]?.port ?? 0;
      expect(opened.map((listener) => [listener.place, listener.port])).toEqual([
        [0, port],
        [1, port],
        [2, port],
      ]);
      // A second platform of the same user would take a part of what comes.
      for (const sockets of [1, 3])
        expect(() => openListeners([{ ...plan, port, sockets }])).toThrow(`process ${process.pid} (`);
      closeListeners(opened);
      closeListeners(openListeners([{ ...plan, port }]));
    },
  );

  test.each(["udp", "tcp"] as const)(
    "refuses a %s port in use, naming who holds it, and opens none",
    (transport) => {
      const held = openListeners([{ transport, address: "127.0.0.1", port: 0 }]);
      const free = openListeners([{ transport, address: "127.0.0.1", port: 0 }]);
      closeListeners(free);
      const port = held[0]?.port ?? 0;
      const both = [...free, ...held].map((listener) => ({
        transport,
        address: "127.0.0.1",
        port: listener.port,
      }));
      const message = new RegExp(
        `^Cannot listen on ${transport} 127.0.0.1:${port}: process ${process.pid} \\(.+\\) holds`,
      );
      expect(() => openListeners(both)).toThrow(message);
      expect(() => openListeners(both)).toThrow(expect.objectContaining({ code: "port-in-use" }));
      for (const address of ["0.0.0.0", "127.0.0.1"]) {
        expect(() => openListeners([{ transport, address, port }])).toThrow(`process ${process.pid} (`);
      }
      closeListeners(openListeners(both.slice(0, 1)));
      closeListeners(held);
    },
  );

  test("a port held by a socket with SO_REUSEPORT is in use all the same", async () => {
    const { createSocket } = await import("node:dgram");
    const socket = createSocket({ type: "udp4", reusePort: true });
    const { port } = socket.bindSync({ address: "127.0.0.1", port: 0 });
    expect(() => openListeners([{ transport: "udp", address: "127.0.0.1", port }])).toThrow("holds the port");
    socket.close();
  });

  test.each([
    ["198.51.100.77", "address-unavailable"],
    ["2001:db8::77", "address-unavailable"],
    ["shop.test", "address-malformed"],
  ])("refuses %s with %s", (address, code) => {
    for (const transport of ["udp", "tcp"] as const) {
      expect(() => openListeners([{ transport, address, port: 0 }])).toThrow(
        expect.objectContaining({ code }),
      );
    }
  });

  test("IPv6 and IPv4 have their ports apart", () => {
    const [v6] = openListeners([{ transport: "tcp", address: "::", port: 0 }]);
    const port = v6?.port ?? 0;
    const v4 = openListeners([{ transport: "tcp", address: "0.0.0.0", port }]);
    expect(v4[0]?.port).toBe(port);
    closeListeners([...v4, ...(v6 ? [v6] : [])]);
  });

  test("a child has only the descriptors that it is handed", async () => {
    const listeners = openPair();
    const sockets = listeners.map(({ fd }) => readlinkSync(`/proc/self/fd/${fd}`));
    const code = `const fs = require("fs"); for (const fd of fs.readdirSync("/proc/self/fd"))
      try { console.log(fs.readlinkSync("/proc/self/fd/" + fd)); } catch {}`;
    const child = spawn(process.execPath, ["-e", code], {
      stdio: ["ignore", "pipe", "inherit", listeners[0]?.fd],
    });
    let output = "";
    child.stdout?.on("data", (chunk) => (output += String(chunk)));
    await once(child, "close");
    expect(sockets.map((socket) => output.includes(socket))).toEqual([true, false]);
    closeListeners(listeners);
  });

  test("a child killed while datagrams and connections queue: the next one answers them all", async () => {
    const listeners = openPair();
    const [udp, tcp] = listeners.map(({ port }) => endpoint("127.0.0.1", port));
    if (!udp || !tcp) throw new Error("Cannot test: there are no listeners");
    const driver = new NodeDriver();
    const texts: string[] = [];
    const harness: Harness = {
      server: driver,
      client: driver,
      address: "127.0.0.1",
      faults: [],
      until,
      close: () => driver.close(),
    };
    const client = await dial(harness, {
      datagram: (_socket, input, length) =>
        void texts.push(String.fromCharCode(...input.subarray(0, length))),
      ended: (slot) => {
        texts.push(String.fromCharCode(...client.octets(slot)));
        client.effects.end(slot);
      },
    });
    const socket = client.effects.openDatagram(udp);
    const ask = (text: string): void => {
      client.effects.send(socket, udp, new TextEncoder().encode(`u${text}`));
      client.effects.write(client.effects.connect(tcp), new TextEncoder().encode(`t${text}`));
    };
    const answersOf = (child: ChildProcess): string[] =>
      texts.filter((text) => text.startsWith(`${child.pid} `)).map((text) => text.split(" ")[1] ?? "");

    const first = await startChild(listeners);
    ask("0");
    await until(() => texts.length === 2);
    expect(answersOf(first).toSorted()).toEqual(["t0", "u0"]);

    first.kill("SIGSTOP"); // it reads nothing more, as one that hangs
    for (let i = 1; i <= 50; i++) ask(String(i));
    await until(() => client.count("connected") === 51);
    first.kill("SIGKILL");
    await once(first, "exit");
    for (let i = 51; i <= 80; i++) ask(String(i)); // nobody serves now
    await until(() => client.count("connected") === 81);

    const second = await startChild(listeners);
    await until(() => texts.length === 162);
    const expected = Array.from({ length: 80 }, (_, i) => [`t${i + 1}`, `u${i + 1}`]).flat();
    expect(answersOf(second).toSorted()).toEqual(expected.toSorted());
    expect(client.saw("datagramFailed")).toBe(false);
    expect(client.breaches).toEqual([]);
    closeListeners(listeners);
    await driver.close();
  });

  describe("the driver contract on inherited descriptors", () => {
    runDriverContract(async () => {
      const faults: EngineFault[] = [];
      const node = new NodeDriver((fault) => faults.push(fault));
      const client = new NodeDriver((fault) => faults.push(fault));
      // The driver closes what it takes over, so each descriptor is used once.
      const server = {
        attach: async (engine: Parameters<NodeDriver["attach"]>[0], listeners: readonly Listener[]) =>
          node.attach(engine, openListeners(listeners)),
        attachDatagram: async (engine: Parameters<NodeDriver["attachDatagram"]>[0], listener: Listener) => {
          if (listener.transport === "tcp") return node.attachDatagram(engine, listener);
          return node.attachDatagram(engine, openListeners([listener])[0] ?? listener);
        },
        now: () => node.now(),
        close: (graceMs?: number) => node.close(graceMs),
        get faultCount() {
          return node.faultCount;
        },
      };
      const close = async (): Promise<void> => {
        await Promise.all([node.close(), client.close()]);
      };
      return { server, client, address: "127.0.0.1", faults, until, close };
    });
  });
});

test.each([
  [13, "port-not-permitted", "Cannot listen on udp 127.0.0.1:53: this user may not bind the port"],
  [99, "address-unavailable", "Cannot listen on udp 127.0.0.1:53: this machine does not have the address"],
  [24, "internal", "Cannot listen on udp 127.0.0.1:53: the system refused with EMFILE"],
])("listenError() of errno %i is %s", (errno, code, message) => {
  const plan = { transport: "udp", address: "127.0.0.1", port: 53 } as const;
  const cause = new SystemCallError("bind", errno);
  expect(listenError(plan, cause)).toMatchObject({ code, message, cause });
});

test.skipIf(process.platform !== "linux")(
  "a driver refuses a descriptor that is no such socket",
  async () => {
    const driver = new NodeDriver();
    const [tcp] = openListeners([{ transport: "tcp", address: "127.0.0.1", port: 0 }]);
    if (!tcp) throw new Error("Cannot test: there is no listener");
    await expect(driver.attach({ start() {} }, [{ ...tcp, transport: "udp" }])).rejects.toMatchObject({
      code: "internal",
    });
    closeListeners([tcp]);
  },
);
