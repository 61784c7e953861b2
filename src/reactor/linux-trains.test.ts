// Answers that are handed to the kernel together, on real sockets: who asked gets each of them as a datagram of its own, whether the kernel takes trains or not.

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { afterEach, describe, expect, test } from "vitest";
import { endpoint } from "#engine";
import { socketAddressOctets, writeSocketAddress } from "./linux-address.ts";
import { type LinuxCalls, loadLinuxCalls } from "./linux-calls.ts";
import { Linux } from "./linux-constants.ts";
import { DatagramBatch } from "./linux-datagrams.ts";
import { Memory } from "./linux-memory.ts";

const found = loadLinuxCalls();
const opened: (() => void)[] = [];

const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === "::1"),
);

afterEach(() => {
  for (const close of opened.splice(0)) close();
});

interface Rig {
  readonly batch: DatagramBatch;
  readonly fd: number;
  readonly port: number;
  /** Messages of each call to the kernel. */
  readonly calls: number[];
}

/** A socket and a batch. @param refuse  says of each call that hands messages over whether it is refused */
function rigOf(address: string, refuse: (call: number) => boolean = () => false): Rig {
  if (typeof found === "string") throw new Error(found);
  const calls: number[] = [];
  let errno: number | undefined;
  const wrapped: LinuxCalls = {
    ...found,
    errno: () => errno ?? found.errno(),
    sendMany: (fd, headers, count, flags) => {
      calls.push(count);
      errno = refuse(calls.length) ? 22 : undefined;
      return errno === undefined ? found.sendMany(fd, headers, count, flags) : -1;
    },
  };
  const isV4 = !address.includes(":");
  const fd = found.socket(isV4 ? Linux.AF_INET : Linux.AF_INET6, Linux.SOCK_DGRAM | Linux.SOCK_CLOEXEC, 0);
  const memory = new Memory(found, socketAddressOctets + 8);
  const length = writeSocketAddress(memory.octets, 0, endpoint(address, 0));
  expect(found.bind(fd, memory.address, length)).toBe(0);
  memory.words[7] = socketAddressOctets;
  found.localAddress(fd, memory.address, memory.address + 28);
  const port = (memory.octets[2]! << 8) | memory.octets[3]!;
  memory.free();
  const batch = new DatagramBatch(wrapped);
  opened.push(() => (batch.free(), found.close(fd)));
  return { batch, fd, port, calls };
}

async function clientOf(address: string, port: number): Promise<Socket> {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  socket.connect(port, address);
  await once(socket, "connect");
  opened.push(() => socket.close());
  return socket;
}

/** Lets clients ask in turn, answers each with as many octets as it says, and gives what each of them gets, sorted. */
async function exchange(
  { batch, fd }: Rig,
  clients: readonly Socket[],
  questions: readonly (readonly [client: number, octets: number])[],
): Promise<string[][]> {
  const got = clients.map((): string[] => []);
  const all = Promise.withResolvers<void>();
  let left = questions.length;
  const listeners = clients.map((client, i) => {
    const listener = (octets: Buffer): void => {
      got[i]?.push(`${octets[0]} ${octets.length} ${octets.at(-1)}`);
      if (--left === 0) all.resolve();
    };
    client.on("message", listener);
    return listener;
  });
  for (const [i, [client, octets]] of questions.entries()) {
    const question = Buffer.of(i, octets >> 8, octets & 255);
    await new Promise((resolve) => clients[client]?.send(question, resolve));
  }
  expect(batch.receive({ fd, hasPacketInfo: false })).toBe(questions.length);
  for (let i = 0; i < questions.length; i++) {
    const input = batch.inputs[i]!;
    const octets = (input[1]! << 8) | input[2]!;
    batch.output.fill(input[0]!, batch.at, batch.at + octets);
    batch.answer(i, octets);
  }
  batch.send(fd);
  await all.promise;
  clients.forEach((client, i) => client.off("message", listeners[i]!));
  return got.map((lines) => lines.sort());
}

function expected(
  clients: number,
  questions: readonly (readonly [client: number, octets: number])[],
): string[][] {
  return Array.from({ length: clients }, (_, client) =>
    questions.flatMap(([own, octets], i) => (own === client ? [`${i} ${octets} ${i}`] : [])).sort(),
  );
}

const mixed = Array.from({ length: 60 }, (_, i) => [i % 3, 40 + (i % 4 === 0 ? i : 0)] as const);

describe.skipIf(typeof found === "string")("answers of a batch", () => {
  test.each(hasIpv6 ? ["127.0.0.1", "::1"] : ["127.0.0.1"])(
    "go in trains by receiver and length (%s)",
    async (address) => {
      const rig = rigOf(address);
      const clients = await Promise.all([0, 1, 2].map(() => clientOf(address, rig.port)));
      expect(await exchange(rig, clients, mixed)).toEqual(expected(3, mixed));
      // Three trains of those that have the same length, and one for each other answer.
      expect(rig.calls).toEqual([3 + 14]);
      expect(rig.batch.dropped).toBe(0);
    },
  );

  test("that are all different go as they are", async () => {
    const rig = rigOf("127.0.0.1");
    const clients = [await clientOf("127.0.0.1", rig.port)];
    const questions = Array.from({ length: 20 }, (_, i) => [0, 100 + i] as const);
    expect(await exchange(rig, clients, questions)).toEqual(expected(1, questions));
    expect(rig.calls).toEqual([20]);
  });

  test("of more octets than a packet has make several trains", async () => {
    const rig = rigOf("127.0.0.1");
    const clients = [await clientOf("127.0.0.1", rig.port)];
    const questions = Array.from({ length: 60 }, () => [0, 1100] as const);
    expect(await exchange(rig, clients, questions)).toEqual(expected(1, questions));
    expect(rig.calls).toEqual([2]);
  });

  test("that nobody can get, alone or in a train, end no trains for others", async () => {
    let isRefused = false;
    const rig = rigOf("127.0.0.1", () => isRefused);
    const clients = [await clientOf("127.0.0.1", rig.port)];
    const questions = Array.from({ length: 8 }, () => [0, 50] as const);
    const [, first] = questions;
    for (let turn = 0; turn < 20; turn++) {
      // As from port 0: each call is refused.
      isRefused = true;
      for (let i = 0; i < 8; i++)
        await new Promise((resolve) => clients[0]?.send(Buffer.of(i, 0, 50), resolve));
      expect(rig.batch.receive({ fd: rig.fd, hasPacketInfo: false })).toBe(8);
      for (let i = 0; i < 8; i++) rig.batch.answer(i, first?.[1] ?? 50);
      rig.batch.send(rig.fd);
      isRefused = false;
    }
    expect(rig.batch.dropped).toBe(20 * 8);
    rig.calls.length = 0;
    expect(await exchange(rig, clients, questions)).toEqual(expected(1, questions));
    expect(rig.calls).toEqual([1]);
  });

  test("go one by one where the kernel refuses trains, which are not tried for ever", async () => {
    // Each first call of a batch is refused; what follows it is not.
    let isFirst = true;
    const rig = rigOf("127.0.0.1", () => isFirst && !(isFirst = false));
    const clients = [await clientOf("127.0.0.1", rig.port)];
    const questions = Array.from({ length: 8 }, () => [0, 50] as const);
    const calls: number[] = [];
    for (let turn = 0; turn < 18; turn++) {
      isFirst = turn < 16;
      rig.calls.length = 0;
      expect(await exchange(rig, clients, questions)).toEqual(expected(1, questions));
      calls.push(rig.calls.length);
    }
    expect(calls).toEqual([...Array.from({ length: 16 }, () => 9), 1, 1]);
    expect(rig.calls).toEqual([8]);
    expect(rig.batch.dropped).toBe(0);
  });
});
