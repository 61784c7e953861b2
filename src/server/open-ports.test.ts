import { createServer, connect, type AddressInfo, type Server } from "node:net";
import { PlatformError, type PortObject, type PortState } from "#contract";
import { NodeDriver, type Driver } from "#reactor";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { OpenPorts } from "./open-ports.ts";
import { freePort, until } from "./testing.ts";

const address = "127.0.0.1";
let driver: NodeDriver;
let open: OpenPorts;
let told: readonly PortState[];
const servers: Server[] = [];

beforeEach(() => {
  driver = new NodeDriver();
  told = [];
  open = new OpenPorts(driver, (ports) => (told = ports));
});

afterEach(async () => {
  await open.close();
  await driver.close();
  for (const server of servers.splice(0)) server.close();
});

/** Lets what is ready go on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A server that says its name and ends. */
async function serve(name: string, port = 0): Promise<number> {
  const server = createServer((socket) => socket.on("error", () => {}).end(name));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  return (server.address() as AddressInfo).port;
}

/** What is said at a port; empty where the connection is refused or broken off. */
function ask(port: number): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(port, address, () => {});
    socket.on("data", (chunk) => (text += String(chunk)));
    socket.on("error", () => resolve(""));
    socket.on("close", () => resolve(text));
  });
}

function portObject(listen: number, target: number): PortObject {
  return {
    kind: "port",
    id: "i/1",
    resourceId: "i",
    name: "db",
    publicPort: listen,
    listen: { address, port: listen },
    target: { address, port: target },
  };
}

test("opens a port, moves it to another target, and closes it", async () => {
  const [first, second] = [await serve("first"), await serve("second")];
  const port = await freePort(address);
  open.want([portObject(port, first)]);
  await until("open", () => told[0]?.isOpen);
  expect(await ask(port)).toBe("first");
  open.want([portObject(port, second)]);
  expect(await ask(port)).toBe("second");
  open.want([]);
  await until("closed", () => told.length === 0);
  expect(await ask(port)).toBe("");
});

test("tells of a port that another program holds, and of the others all the same", async () => {
  const target = await serve("target");
  const taken = await serve("another program");
  const free = await freePort(address);
  open.want([portObject(taken, target), { ...portObject(free, target), id: "i/2" }]);
  await until("told", () => told.length === 2 && told.some(({ reason }) => reason !== undefined));
  expect(told.find(({ id }) => id === "i/1")?.reason).toContain(`${address}:${taken}`);
  expect(told.find(({ id }) => id === "i/2")).toEqual({ id: "i/2", isOpen: true });
  expect(await ask(taken)).toBe("another program");
  expect(await ask(free)).toBe("target");
});

test("a port that waits for its turn while others are tried again is opened once", async () => {
  vi.useFakeTimers();
  const attached: number[] = [];
  const slow = Promise.withResolvers<void>();
  const attach: Driver["attach"] = async (_, [listener]) => {
    const { port = 0 } = listener ?? {};
    attached.push(port);
    if (port === 1) throw new PlatformError("port-in-use", "another program does");
    if (port === 2) await slow.promise;
    return { listeners: [], close: () => Promise.resolve() };
  };
  const ports = new OpenPorts({ attach } as unknown as Driver, (said) => (told = said));
  const object = (port: number): PortObject => ({ ...portObject(port, 9), id: `i/${port}` });
  ports.want([1, 2, 3].map(object));
  await vi.advanceTimersByTimeAsync(5000);
  slow.resolve();
  await vi.advanceTimersByTimeAsync(0);
  expect(attached).toEqual([1, 2, 3, 1]);
  expect(told.filter(({ isOpen }) => isOpen)).toHaveLength(2);
  await ports.close();
  vi.useRealTimers();
});

test("a port is told of until it is closed", async () => {
  const slow = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const attach: Driver["attach"] = async () => {
    await slow[0]?.promise;
    return { listeners: [], close: () => slow[1]?.promise ?? Promise.resolve() };
  };
  const ports = new OpenPorts({ attach } as unknown as Driver, (said) => (told = said));
  const ids = (): string[] => told.map(({ id }) => id);
  ports.want([portObject(1, 9)]);
  ports.want([]);
  ports.tell();
  expect(ids()).toEqual(["i/1"]);
  ports.want([portObject(1, 9)]);
  await settle();
  ports.want([]);
  slow[0]?.resolve();
  await settle();
  expect(ids()).toEqual(["i/1"]);
  slow[1]?.resolve();
  await settle();
  expect(ids()).toEqual([]);
  await ports.close();
});
