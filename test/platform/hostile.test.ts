// Hostile octets against the live sockets: 9,773 odd packets (suite `packets`) at the name servers and the resolver, over UDP and TCP, and
// garbage at every stream socket. Nothing falls over, what can be answered is answered once, and memory stays.

import { createSocket, type Socket } from "node:dgram";
import { existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Status } from "#contract";
import { decodeMessage, encodeRequest, Name, RrType } from "#wire";
import { root, run, startPlatform, type Platform } from "./harness.ts";

const suites = process.env["FAIRLEAD_SUITES"] ?? join(root, "..", "shared", "suites");
const file = join(suites, "packets", "packets.hex.gz");
const isHere = existsSync(file);

/** Largest UDP payload over IPv4: 65,535 less 20 of IP and 8 of UDP. */
const maxUdpOctets = 65_507;
/** A probe is sent after so many packets. */
const probeEvery = 100;
/** Connections with garbage that are open at once. */
const atOnce = 10;

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ example: true });
});
afterAll(async () => platform?.remove());

test("the suite is here where it is required", () => {
  if (process.env["FAIRLEAD_SUITES_REQUIRED"] === "1") expect(isHere, file).toBe(true);
});

function packets(): Buffer[] {
  return gunzipSync(readFileSync(file))
    .toString("latin1")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => Buffer.from(line.trim(), "hex"));
}

function probeQuery(id: number, name: string): Buffer {
  const parsed = Name.parse(name, Name.root);
  if (!parsed.ok) throw new Error(name);
  return Buffer.from(encodeRequest(parsed.value, RrType.A, { id, flags: { rd: true } }));
}

const wantsReply = (packet: Buffer): boolean => packet.length >= 12 && ((packet[2] ?? 0) & 0x80) === 0;

/** By how much the second pass may leave a process larger than the first (README of the suites). */
const passGrowthOctets = 5 * 1024 * 1024;

/** Octets that a role's process holds in memory. */
function residentOctets(role: string): number {
  const pid = platform.json<Status>("status").roles.find((one) => one.role === role)?.pid;
  const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib) * 1024;
}

/** A UDP client that sends one packet at a time and counts every reply. */
class UdpClient {
  // Room for the answers to a hundred packets: what comes while this process waits for a processor is not lost.
  readonly socket: Socket = createSocket({ type: "udp4", recvBufferSize: 2 ** 22 });
  readonly replies: Buffer[] = [];
  #wake: (() => void) | undefined;

  constructor() {
    this.socket.on("message", (octets) => {
      this.replies.push(octets);
      this.#wake?.();
    });
    this.socket.on("error", () => {}); // a packet that cannot be sent is seen by its missing reply
  }

  /** Waits until a reply satisfies, for at most `limitMs`. */
  async until(isDone: () => boolean, limitMs: number): Promise<boolean> {
    const deadline = performance.now() + limitMs;
    while (!isDone()) {
      const left = deadline - performance.now();
      if (left <= 0) return false;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return true;
  }
}

/** One pass of all packets over UDP. A probe after each hundred tells that all before it were read: sockets keep order. */
async function passUdp(
  address: string,
  port: number,
  probeName: string,
  list: readonly Buffer[],
): Promise<string[]> {
  const problems: string[] = [];
  const client = new UdpClient();
  try {
    for (let from = 0; from < list.length; from += probeEvery) {
      const part = list.slice(from, from + probeEvery).filter((packet) => packet.length <= maxUdpOctets);
      client.replies.length = 0;
      for (const packet of part)
        await new Promise<void>((resolve) => client.socket.send(packet, port, address, () => resolve()));
      const probe = probeQuery(0xfead, probeName);
      await new Promise<void>((resolve) => client.socket.send(probe, port, address, () => resolve()));
      const expected = part.filter(wantsReply).length + 1;
      await client.until(() => client.replies.length >= expected, 60_000);
      const ids = (buffers: readonly Buffer[]): string =>
        buffers
          .map((buffer) => buffer.readUInt16BE(0))
          .sort((a, b) => a - b)
          .join();
      const wanted = ids([...part.filter(wantsReply), probe]);
      if (ids(client.replies) !== wanted)
        problems.push(
          `packets ${from} to ${from + part.length}: replies ${client.replies.length}, expected ${expected}`,
        );
      for (const reply of client.replies) {
        const message = decodeMessage(reply);
        if (!message.ok || !message.value.flags.qr)
          problems.push(`packets from ${from}: a reply that is none: ${reply.toString("hex").slice(0, 80)}`);
      }
    }
  } finally {
    client.socket.close();
  }
  return problems;
}

/** One pass over TCP: a hundred framed packets on each connection, which the server may close on garbage, ten of them at once, and a probe on another after them. */
async function passTcp(
  address: string,
  port: number,
  probeName: string,
  list: readonly Buffer[],
): Promise<string[]> {
  const problems: string[] = [];
  const frame = (packet: Buffer): Buffer =>
    Buffer.concat([Buffer.from([packet.length >> 8, packet.length & 0xff]), packet]);
  const parts = Array.from({ length: Math.ceil(list.length / probeEvery) }, (_, i) =>
    list.slice(i * probeEvery, (i + 1) * probeEvery).filter((packet) => packet.length <= 65_535),
  );
  for (let from = 0; from < parts.length; from += atOnce) {
    const sent = parts.slice(from, from + atOnce);
    await Promise.all(sent.map((part) => exchange(address, port, Buffer.concat(part.map(frame)), 100)));
    const probe = probeQuery(0xfead, probeName);
    const answer = await exchange(
      address,
      port,
      frame(probe),
      60_000,
      (all) => all.length >= 2 && all.length >= 2 + all.readUInt16BE(0),
    );
    if (answer.length < 4 || answer.readUInt16BE(2) !== 0xfead)
      problems.push(
        `after packets ${from * probeEvery} to ${(from + sent.length) * probeEvery}: the probe is not answered`,
      );
  }
  return problems;
}

/** Writes octets, and reads until `isDone`, the peer's end, or the limit. */
function exchange(
  address: string,
  port: number,
  octets: Buffer,
  limitMs: number,
  isDone: (all: Buffer) => boolean = () => false,
): Promise<Buffer> {
  return new Promise((resolve) => {
    const socket = connect(port, address);
    const pieces: Buffer[] = [];
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(Buffer.concat(pieces));
    };
    const timer = setTimeout(finish, limitMs);
    socket.on("data", (piece: Buffer) => {
      pieces.push(piece);
      if (isDone(Buffer.concat(pieces))) finish();
    });
    socket.on("error", () => {}); // a reset is an answer to garbage too
    socket.on("close", finish);
    socket.write(octets);
  });
}

describe.skipIf(!isHere)("hostile packets (suite packets)", () => {
  const targets = [
    { role: "names", at: "127.53.0.1", port: 5301, probe: "shop.test.", title: "the root" },
    { role: "names", at: "127.53.2.1", port: 5301, probe: "shop.test.", title: "a name server" },
    { role: "resolver", at: "127.0.0.1", port: 5300, probe: "shop.test.", title: "the resolver" },
  ];
  test.each(targets)(
    "over UDP, $title replies exactly once and keeps its memory",
    async ({ role, at, port, probe }) => {
      const list = packets();
      expect(list.length).toBeGreaterThan(9000);
      const pass = (): Promise<string[]> => passUdp(platform.address(at), platform.port(port), probe, list);
      expect(await pass()).toEqual([]);
      const first = residentOctets(role);
      expect(await pass()).toEqual([]);
      expect(residentOctets(role) - first).toBeLessThan(passGrowthOctets);
    },
  );

  test.each(targets)("over TCP, $title serves on", async ({ at, port, probe }) => {
    expect(await passTcp(platform.address(at), platform.port(port), probe, packets())).toEqual([]);
  });
});

test("garbage at every stream socket: each serves on", async () => {
  const garbage = [
    Buffer.alloc(70_000, 0),
    Buffer.from("GET / HTTP/1.1\r\n".repeat(3000)),
    Buffer.from(`GET / HTTP/1.1\r\nHost: ${"a".repeat(200_000)}\r\n\r\n`),
    Buffer.from(
      "POST / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX",
    ),
    Buffer.from("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003", "latin1"),
    Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * 7919) & 0xff)),
    Buffer.from("CONNECT [::1]:22 HTTP/1.1\r\n\r\n"),
    Buffer.from('{"type":"hello"}\n'.repeat(2000)),
  ];
  const sockets = [
    ["127.53.8.1", 8080],
    ["127.53.8.1", 8443],
    ["127.0.0.1", 7780],
    ["127.0.0.1", 7700],
    ["127.53.2.1", 5301],
    ["127.0.0.1", 5300],
  ] as const;
  for (const [at, port] of sockets)
    await Promise.all(
      garbage.map((octets) => exchange(platform.address(at), platform.port(port), octets, 300)),
    );
  const proxy = `http://127.0.0.1:${platform.port(7780)}`;
  expect(run("curl", ["-sS", "-x", proxy, "http://shop.test/"]).stdout).toContain("shop.test");
  const status = platform.json<Status>("status");
  expect(status.roles.map((role) => [role.role, role.isConnected])).toEqual(
    status.roles.map((role) => [role.role, true]),
  );
  expect(status.isReady).toBe(true);
});
