import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import pino from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { InstanceState, RoleObject, ToControl, ToRole } from "#contract";
import { messagesOn, type MessageConnection } from "./json-lines.ts";
import { RoleStream, type RoleChange, type RoleStreamOptions } from "./role-stream.ts";
import { digestOf, removeFolder, temporaryFolder, until } from "./testing.ts";

const host = (name: string, resourceId = "r"): RoleObject => ({ kind: "host", host: name, resourceId });

let folder: string;
let server: Server | undefined;
let sockets: Socket[];
let connection: MessageConnection | undefined;
let received: ToControl[];
let changes: RoleChange[];
let streams: RoleStream[];

/** Control's end of the socket: takes down what comes and sends what a test tells it to. */
async function listen(): Promise<void> {
  server = createServer((socket) => {
    sockets.push(socket);
    connection = messagesOn(socket, 1 << 20, {
      message: (value) => void received.push(value as ToControl),
      closed: () => {},
    });
  });
  await new Promise<void>((resolve) => server?.listen(join(folder, "c.sock"), resolve));
}

async function hangUp(): Promise<void> {
  for (const socket of sockets.splice(0)) socket.destroy();
  await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  server = undefined;
}

function open(options: Partial<RoleStreamOptions> = {}): RoleStream {
  const stream = new RoleStream({
    role: "edge",
    socketPath: join(folder, "c.sock"),
    statePath: join(folder, "edge"),
    log: pino({ level: "silent" }),
    apply: (change) => void changes.push({ ...change, objects: new Map(change.objects) }),
    answer: () => ({ requests: 1 }),
    maxBackOffMs: 50,
    saveDelayMs: 1,
    ...options,
  });
  streams.push(stream);
  stream.start();
  return stream;
}

const next = <T extends ToControl["type"]>(type: T): Promise<Extract<ToControl, { type: T }>> =>
  until(`a message ${type}, have ${JSON.stringify(received)}`, () => {
    const at = received.findIndex((message) => message.type === type);
    return at < 0 ? undefined : (received.splice(at, 1)[0] as Extract<ToControl, { type: T }>);
  });

function send(message: ToRole): void {
  connection?.send(message);
}

function snapshot(revision: number, objects: RoleObject[]): ToRole {
  return { type: "snapshot", version: 1, revision, digest: digestOf(objects), objects };
}

beforeEach(() => {
  folder = temporaryFolder();
  [sockets, received, changes, streams] = [[], [], [], []];
});

afterEach(async () => {
  for (const stream of streams) stream.close();
  await hangUp();
  removeFolder(folder);
});

test("says hello, takes a snapshot and deltas, each as one change, and acknowledges them", async () => {
  await listen();
  const stream = open();
  expect(await next("hello")).toMatchObject({
    role: "edge",
    pid: process.pid,
    protocolVersions: [1],
    lastRevision: 0,
  });
  expect(stream.isSynced).toBe(false);
  send(snapshot(5, [host("a"), host("b")]));
  expect(await next("ack")).toEqual({ type: "ack", revision: 5, digest: digestOf([host("a"), host("b")]) });
  const after = [host("a", "other"), host("c")];
  const put = [host("a", "other"), host("c")];
  send({ type: "delta", base: 5, revision: 9, digest: digestOf(after), put, remove: ["host/b"] });
  expect((await next("ack")).revision).toBe(9);
  expect(changes[1]).toMatchObject({ put, removed: [host("b")], revision: 9 });
  expect([...(changes[1]?.objects.values() ?? [])]).toEqual(after);
  expect([stream.isSynced, stream.revision]).toEqual([true, 9]);
});

test.each([
  ["on another revision", { base: 4 }, "builds on revision 4"],
  ["with another digest", { digest: "0".repeat(16) }, "digest"],
  [
    "with an object for another role",
    { put: [{ kind: "zone", apex: "a.", groups: [] }] },
    "not for this role",
  ],
  [
    "that the role refuses",
    { put: [host("bad")], digest: digestOf([host("a"), host("bad")]) },
    "no such host",
  ],
])("refuses a delta %s, and holds what it held", async (_, part, reason) => {
  await listen();
  const stream = open({
    apply: ({ put }) => {
      if (put.some((object) => object.kind === "host" && object.host === "bad"))
        throw new Error("no such host");
    },
  });
  send(await next("hello").then(() => snapshot(5, [host("a")])));
  await next("ack");
  const good = {
    base: 5,
    revision: 6,
    digest: digestOf([host("a"), host("b")]),
    put: [host("b")],
    remove: [],
  };
  send({ type: "delta", ...good, ...(part as object) });
  const nack = await next("nack");
  expect([nack.revision, nack.reason]).toEqual([6, expect.stringContaining(reason)]);
  send({ type: "delta", ...good });
  expect((await next("ack")).revision).toBe(6);
  expect(stream.revision).toBe(6);
});

test("starts from disk with control away, and tells it what it holds when it is there", async () => {
  await listen();
  open();
  send(await next("hello").then(() => snapshot(5, [host("a")])));
  await next("ack");
  await until("the state on disk", () => existsSync(join(folder, "edge")));
  streams.pop()?.close();
  await hangUp();
  changes = [];
  const stream = open();
  expect(changes).toMatchObject([{ put: [host("a")], revision: 5 }]);
  expect([stream.revision, stream.isSynced]).toEqual([5, false]);
  await listen();
  expect(await next("hello")).toMatchObject({ lastRevision: 5, digest: digestOf([host("a")]) });
});

test("starts empty where the state on disk is damaged", async () => {
  writeFileSync(join(folder, "edge"), "fairlead-role-state 1 0\n{}");
  await listen();
  open();
  expect(await next("hello")).toMatchObject({ lastRevision: 0, digest: "0".repeat(16) });
});

test("connects again each time control comes back", async () => {
  const stream = open();
  for (let i = 0; i < 3; i++) {
    await listen();
    await next("hello");
    send(snapshot(i + 1, [host("a")]));
    await next("ack");
    await hangUp();
    await until("control is away", () => !stream.isSynced);
  }
});

test.each([
  ["no JSON", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
  ["octets that are no UTF-8", Buffer.from([0xff, 0xfe, 0x0a])],
  ["JSON that is no message", Buffer.from('{"type":"explode"}\n')],
  ["a document of nothing", Buffer.from("null\n")],
  ["a message that is too long", Buffer.alloc(70_000, 0x20)],
  ["a version that is not known", Buffer.from(`${JSON.stringify({ ...snapshot(1, []), version: 9 })}\n`)],
])("hangs up on %s, and connects again", async (_, octets) => {
  await listen();
  open({ maxMessageOctets: 65_536 });
  await next("hello");
  sockets.at(-1)?.write(octets);
  await next("hello");
  send(snapshot(5, [host("a")]));
  await next("ack");
});

test("answers what it is asked, also where the answer fails", async () => {
  await listen();
  open({
    answer: ({ ask }) => {
      if (ask === "logs") throw new Error("no logs");
      return { requests: 1 };
    },
  });
  await next("hello");
  send({ type: "ask", id: 3, question: { ask: "counters" } });
  expect(await next("answer")).toEqual({ type: "answer", id: 3, answer: { requests: 1 } });
  send({ type: "ask", id: 4, question: { ask: "logs", instanceId: "i", lines: 1 } });
  expect(await next("answer")).toEqual({ type: "answer", id: 4, answer: null });
});

test("keeps reports while control is away: bounded, and of an instance the last", async () => {
  const stream = open();
  const report = (id: string, state: InstanceState["state"]): void =>
    stream.report({ type: "instance", instance: { id, state } });
  for (let i = 0; i < 1500; i++) report(`i${i}`, "pending");
  report("i1499", "running");
  await listen();
  await next("hello");
  await until("all reports", () => received.length === 1000);
  expect(received.at(-1)).toEqual({
    type: "report",
    report: { type: "instance", instance: { id: "i1499", state: "running" } },
  });
  report("later", "running");
  await until("one more", () => received.length === 1001);
});

test("serves on where the state cannot be written", async () => {
  await listen();
  const stream = open({ statePath: join(folder, "no/such/folder") });
  await next("hello");
  send(snapshot(5, [host("a")]));
  await next("ack");
  stream.close();
  expect(stream.revision).toBe(5);
  chmodSync(folder, 0o700);
  expect(() => readFileSync(join(folder, "no/such/folder"))).toThrow("ENOENT");
});

test("takes a snapshot and a delta that come in parts as one change each, and forgets parts of a lost connection", async () => {
  await listen();
  const stream = open();
  await next("hello");
  send({ type: "part", put: [host("lost")], remove: [] });
  for (const socket of sockets.splice(0)) socket.destroy();
  await next("hello");
  send({ type: "part", put: [host("a")], remove: [] });
  send({ type: "part", put: [host("b")], remove: [] });
  const all = [host("a"), host("b"), host("c")];
  send({ type: "snapshot", version: 1, revision: 5, digest: digestOf(all), objects: [host("c")] });
  expect((await next("ack")).revision).toBe(5);
  expect(changes).toHaveLength(1);
  expect([...(changes[0]?.objects.keys() ?? [])]).toEqual(["host/a", "host/b", "host/c"]);
  send({ type: "part", put: [host("d")], remove: ["host/a"] });
  const after = [host("c"), host("d")];
  send({ type: "delta", base: 5, revision: 6, digest: digestOf(after), put: [], remove: ["host/b"] });
  expect((await next("ack")).revision).toBe(6);
  expect(changes).toHaveLength(2);
  expect([...(changes[1]?.objects.keys() ?? [])].sort()).toEqual(["host/c", "host/d"]);
  expect(stream.revision).toBe(6);
});

test("takes an earlier revision where control's state is an older one", async () => {
  await listen();
  const stream = open();
  await next("hello");
  send(snapshot(50, [host("a"), host("b")]));
  await next("ack");
  send(snapshot(40, [host("a")]));
  expect((await next("ack")).revision).toBe(40);
  expect(stream.revision).toBe(40);
  expect(changes[1]).toMatchObject({ put: [host("a")], removed: [host("b")] });
});
