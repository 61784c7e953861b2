// Collectors of frames that do what none should: half a handshake, garbage, streams that end as soon as they begin, one that reads nothing. Nobody waits
// for them, what is held has a bound, and each frame is counted as written or as dropped.

import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { controlFrame, ControlFrame, dataFrame } from "#wire";
import { FrameStreamSocket, type FrameStreamLimits } from "./frame-stream-socket.ts";
import { temporaryFolder } from "./testing.ts";

const contentType = "protobuf:dnstap.Dnstap";
const accept = controlFrame(ControlFrame.ACCEPT, contentType);
const frame = dataFrame(new Uint8Array(996));

let folder: string;
let path: string;
let collector: Server;
let connections: Socket[];
let problems: string[];
let stream: FrameStreamSocket | undefined;
let onProblem: () => void;

beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, "tap");
  connections = [];
  problems = [];
  onProblem = () => {};
});

afterEach(async () => {
  await stream?.close();
  stream = undefined;
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Collects as it is told to. */
async function collect(take: (socket: Socket) => void): Promise<void> {
  collector = createServer((socket) => {
    connections.push(socket);
    socket.on("error", () => {});
    take(socket);
  });
  await new Promise<void>((resolve) => collector.listen(path, resolve));
}

async function stop(): Promise<void> {
  for (const one of connections) one.destroy();
  if (collector?.listening) await new Promise((resolve) => collector.close(resolve));
}

function open(limits: Partial<FrameStreamLimits> = {}): FrameStreamSocket {
  stream = new FrameStreamSocket(
    path,
    contentType,
    (text) => {
      problems.push(text);
      onProblem();
    },
    // However slow the machine is, nothing but what is tried is out of time.
    { firstRetryMs: 1, finishMs: 20, handshakeMs: 60_000, steadyMs: 60_000, ...limits },
  );
  return stream;
}

/** Waits for so many things to be told. */
async function told(count: number): Promise<void> {
  while (problems.length < count) await new Promise<void>((resolve) => (onProblem = resolve));
}

/** Accepts, and calls back with what comes behind it. */
function acceptOf(socket: Socket, then: (octets: Buffer) => void = () => {}): void {
  socket.once("data", () => {
    socket.on("data", then);
    socket.write(accept);
  });
}

test.each<[string, (socket: Socket) => void, string]>([
  ["says nothing", () => {}, "it has not accepted in time"],
  [
    "says half of it, an octet at a time",
    (socket) => {
      let at = 0;
      const timer = setInterval(() => socket.write(accept.subarray(at % 8, (at++ % 8) + 1)), 2);
      socket.once("close", () => clearInterval(timer));
    },
    "it has not accepted in time",
  ],
  [
    "says something else",
    (socket) => void socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"),
    "what it says is no Frame Streams",
  ],
  [
    "sends data",
    (socket) => void socket.write(dataFrame(new Uint8Array(10))),
    "what it says is no Frame Streams",
  ],
  ["ends at once", (socket) => void socket.destroy(), ""],
])("a collector that %s is left, and looked for again with growing pauses", async (_, take, reason) => {
  await collect(take);
  const out = open(reason.includes("in time") ? { handshakeMs: 40 } : {});
  await told(1);
  for (let i = 0; i < 10; i++) out.write(frame);
  expect([out.written, out.dropped]).toEqual([0, 10]);
  expect(problems[0]).toContain(`nobody collects at "${path}": ${reason}`);
  while (connections.length < 3) await once(collector, "connection");
  expect(out.retryMs).toBeGreaterThanOrEqual(4);
  expect(problems).toHaveLength(1); // it is said once
});

test("streams that end as soon as they begin do not make the pauses shorter", async () => {
  await collect((socket) => acceptOf(socket, () => socket.destroy()));
  const out = open();
  await told(6);
  expect(out.retryMs).toBeGreaterThanOrEqual(8);
});

test("what comes before the first collector has accepted is held for it, in order and within the bound", async () => {
  const asked = Promise.withResolvers<Socket>();
  await collect((socket) => void socket.once("data", () => asked.resolve(socket)));
  const frames = Array.from({ length: 12 }, (_, i) => dataFrame(new Uint8Array(996).fill(i)));
  const out = open({ waitingOctets: 10_000 });
  for (const one of frames.slice(0, 6)) out.write(one);
  const socket = await asked.promise;
  for (const one of frames.slice(6)) out.write(one);
  expect([out.written, out.dropped]).toEqual([0, 2]);
  const got: Buffer[] = [];
  const start = controlFrame(ControlFrame.START, contentType);
  const all = Buffer.concat([start, ...frames.slice(0, 10)]);
  const taken = Promise.withResolvers<void>();
  socket.on("data", (octets: Buffer) => {
    got.push(octets);
    if (Buffer.concat(got).length >= all.length) taken.resolve();
  });
  socket.write(accept);
  await taken.promise;
  expect(Buffer.concat(got).equals(all)).toBe(true);
  expect(problems).toEqual([]);
});

test("one that reads nothing holds a bound; when it goes, what waited counts as dropped; the next one gets what comes then", async () => {
  await collect((socket) => {
    acceptOf(socket, () => socket.pause());
  });
  const out = open({ waitingOctets: 100_000 });
  out.write(frame);
  while (out.written === 0) await new Promise((resolve) => setImmediate(resolve));
  const total = 5000; // far more than the system takes
  while (out.dropped === total || out.dropped === 0) {
    out.dropped = 0;
    for (let i = 0; i < total; i++) out.write(frame);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { dropped } = out;
  expect(dropped).toBeLessThan(total);
  await stop();
  await told(1);
  const taken = out.written;
  expect(out.dropped).toBeGreaterThan(dropped);
  const got = Promise.withResolvers<void>();
  let octets = 0;
  rmSync(path, { force: true });
  await collect((socket) =>
    acceptOf(socket, (part) => {
      octets += part.length;
      if (octets >= frame.length) got.resolve();
    }),
  );
  await told(2);
  expect(problems[1]).toBe(`"${path}" collects again`);
  out.write(frame);
  await got.promise;
  await out.close();
  expect(out.written).toBe(taken + 1);
});

test("the end waits for a collector that does not finish no longer than it is given", async () => {
  await collect((socket) => acceptOf(socket));
  const out = open();
  while (connections.length === 0) await once(collector, "connection");
  await out.close();
  expect(problems).toEqual([]);
});
