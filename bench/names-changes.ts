// How soon a change of one record in a zone of a million is answered from by every worker, and how many such changes a second are kept up with: DNS
// UPDATE (RFC 2136) from one client, and questions from sockets that reach all workers.

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { encodeRequest, Name, Opcode, RrClass, RrType } from "#wire";
import { quantile, tell } from "./names-figures.ts";
import { address, cpuOf, questionFor, startServer, stopServer } from "./names-servers.ts";
import { largeName, plainApex, signZoneFile, writeLargeZone } from "./names-zones.ts";

const port = 5391;
const workers = 2;
/** Sockets that ask: the kernel spreads them over the workers. */
const askers = 16;
/** Changes that are timed one by one, and those that are sent at a rate. */
const timedChanges = 300;
const changesPerSecond = 1000;
/** Changes that are sent and not answered yet, at most. */
const underWay = 48;

/** See the head of this file. @param more  options of the server, for a zone that is signed */
export async function measureChanges(
  folder: string,
  records: number,
  seconds: number,
  what: string,
  path: string = writeLargeZone(folder, plainApex, records),
  more: readonly string[] = [],
  bringsNames: boolean = false,
): Promise<void> {
  const server = await startServer(folder, {
    kind: "linux",
    port,
    workers,
    zones: [{ apex: plainApex, path }],
    more: ["--allow-update", `${plainApex}=127.0.0.1`, ...more],
    ready: [`${largeName(records - 1)}.${plainApex}`],
  });
  const updater = await connected();
  const sockets = await Promise.all(Array.from({ length: askers }, connected));
  try {
    const nameOf = (i: number): string => `${largeName((i * 7919) % records)}.${plainApex}`;
    const first = await timeChange(updater, sockets, nameOf(0), 0);
    tell(`${what}: the first change after a start is answered after ${first.toFixed(1)} ms`);
    const times: number[] = [];
    for (let i = 1; i <= timedChanges; i++) times.push(await timeChange(updater, sockets, nameOf(i), i));
    tell(
      `${what}: a change is answered by all of ${workers} workers after p50 ${quantile(times, 0.5).toFixed(2)} ms, p99 ${quantile(times, 0.99).toFixed(2)} ms, ` +
        `at most ${Math.max(...times).toFixed(2)} ms (${times.length} changes, with UPDATE's own way)`,
    );
    const held = (sent: number): string => `${largeName((sent * 104_729) % records)}.${plainApex}`;
    const kinds = [
      ["changes", held],
      ...(bringsNames ? ([["new names", (sent: number) => `new-${held(sent)}`]] as const) : []),
    ] as const;
    for (const [kind, named] of kinds) {
      const before = cpuOf(server.child.pid ?? 0);
      const { answered, p99, took } = await sendAtRate(updater, named, seconds);
      const after = cpuOf(server.child.pid ?? 0);
      const cpu = after.user + after.kernel - before.user - before.kernel;
      tell(
        `${what}: ${answered} of ${changesPerSecond * seconds} ${kind} made in ${took.toFixed(2)} s, each answered after p99 ${p99.toFixed(1)} ms, ` +
          `${((cpu / answered) * 1e6).toFixed(0)} µs of CPU each`,
      );
    }
  } finally {
    for (const socket of [updater, ...sockets]) socket.close();
    await stopServer(server);
  }
}

/** The same of a zone that the server signs as it is changed, and names that come to it. */
export async function measureSignedChanges(
  folder: string,
  records: number,
  seconds: number,
  denial: "nsec" | "nsec3",
): Promise<void> {
  signZoneFile(folder, writeLargeZone(folder, plainApex, 0)); // makes the key
  await measureChanges(
    folder,
    records,
    seconds,
    `signed zone of ${records} names, ${denial}`,
    writeLargeZone(folder, plainApex, records),
    ["--sign", `${plainApex}=${join(folder, "keys")}`, "--denial", denial],
    true,
  );
}

/** Milliseconds from sending a change until every socket is answered with it. */
async function timeChange(
  updater: Socket,
  sockets: readonly Socket[],
  name: string,
  turn: number,
): Promise<number> {
  const octet = 1 + (turn % 250);
  const updated = once(updater, "message");
  const question = questionFor(name, turn & 0xffff);
  const startedAt = performance.now();
  updater.send(updateOf(name, octet, turn & 0xffff));
  const last = await Promise.all(sockets.map((socket) => askUntil(socket, question, octet)));
  const took = Math.max(...last) - startedAt;
  await updated;
  return took;
}

/** Asks again and again until the address ends as it should. Returns the time then. */
function askUntil(socket: Socket, question: Uint8Array, octet: number): Promise<number> {
  const told = Promise.withResolvers<number>();
  const ask = (): void => socket.send(question);
  // A datagram may be lost.
  const timer = setInterval(ask, 1000);
  const onMessage = (answer: Buffer): void => {
    // The last octets of the answer are the address: 203.0.113.N.
    if (answer.at(-1) === octet && answer.at(-4) === 203) told.resolve(performance.now());
    else ask();
  };
  socket.on("message", onMessage);
  ask();
  return told.promise.finally(() => {
    clearInterval(timer);
    socket.off("message", onMessage);
  });
}

async function sendAtRate(
  updater: Socket,
  nameOf: (sent: number) => string,
  seconds: number,
): Promise<{ answered: number; p99: number; took: number }> {
  const total = changesPerSecond * seconds;
  const sentAt = new Float64Array(total);
  const times: number[] = [];
  const onMessage = (answer: Buffer): void => {
    if ((answer[3]! & 15) === 0) times.push(performance.now() - sentAt[answer.readUInt16BE(0)]!);
  };
  updater.on("message", onMessage);
  const startedAt = performance.now();
  for (let sent = 0; sent < total;) {
    const due = Math.min(total, ((performance.now() - startedAt) / 1000) * changesPerSecond);
    for (; sent < due && sent - times.length < underWay; sent++) {
      sentAt[sent] = performance.now();
      updater.send(updateOf(nameOf(sent), 1 + (sent % 250), sent));
    }
    await nextTurn();
  }
  for (const until = performance.now() + 3000; times.length < total && performance.now() < until;)
    await nextTurn();
  const took = (performance.now() - startedAt) / 1000;
  updater.off("message", onMessage);
  return { answered: times.length, p99: quantile(times, 0.99), took };
}

/** An UPDATE that gives a name one address, 203.0.113.N, in the place of what it has. */
function updateOf(text: string, octet: number, id: number): Uint8Array {
  const [name, zone] = [Name.parse(text), Name.parse(plainApex)];
  if (!name.ok || !zone.ok) throw new Error(text);
  return encodeRequest(zone.value, RrType.SOA, {
    id,
    flags: { opcode: Opcode.UPDATE },
    authority: [
      { name: name.value, type: RrType.A, class: RrClass.ANY, ttl: 0, rdata: new Uint8Array() },
      {
        name: name.value,
        type: RrType.A,
        class: RrClass.IN,
        ttl: 300,
        rdata: Uint8Array.of(203, 0, 113, octet),
      },
    ],
  });
}

async function connected(): Promise<Socket> {
  const socket = createSocket({ type: "udp4", recvBufferSize: 1 << 20 });
  socket.connect(port, address);
  await once(socket, "connect");
  return socket;
}
