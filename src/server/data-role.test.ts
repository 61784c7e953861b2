// Roles of the data plane in this process, on real sockets: what they serve with control away, and when it comes.

import { createServer as createHttpServer } from "node:http";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import pino from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { instanceResource, type RoleName, type RoleObject, type ToControl } from "#contract";
import { linuxDriverProblem, openListeners } from "#reactor";
import { Name, parseZoneFile, Rcode, RrType, type Message } from "#wire";
import { encodeRrset, groupRecords } from "#zone";
import { askServer } from "./dns-client.ts";
import type { DriverName } from "./driver-choice.ts";
import { startEdge } from "./edge-role.ts";
import { messagesOn, type MessageConnection } from "./json-lines.ts";
import { layoutOf, prepareDataFolder, type Layout } from "./layout.ts";
import { startNames } from "./names-role.ts";
import { makeProfile, type PlannedListener } from "./profile.ts";
import { startResolver } from "./resolver-role.ts";
import type { RoleConfig } from "./role-config.ts";
import type { RunningRole, StartRole } from "./role.ts";
import { saveState } from "./state-file.ts";
import { digestOf, freePort, removeFolder, temporaryFolder, until } from "./testing.ts";

const address = "127.0.0.1";
let folder: string;
let layout: Layout;
let port: number;
let running: RunningRole[];
let control: Server | undefined;
let received: ToControl[];

function nameOf(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

function zone(apex: string, text: string): RoleObject[] {
  const origin = nameOf(apex);
  const { records } = parseZoneFile(`@ 60 IN SOA ns hostmaster 1 2 3 4 60\n@ 60 IN NS ns\n${text}`, {
    origin,
  });
  const rrsets = groupRecords(records).map((rrset) => encodeRrset(origin, rrset));
  return [{ kind: "zone", apex, groups: ["s1"] }, ...rrsets];
}

async function start(
  role: RoleName,
  startRole: StartRole,
  label: string,
  driver: DriverName = "node",
  more: { workers?: number; listeners?: RoleConfig["listeners"] } = {},
): Promise<void> {
  const transports = role === "edge" ? (["tcp"] as const) : (["udp", "tcp"] as const);
  const listeners: PlannedListener[] = transports.map((transport) => ({
    transport,
    address,
    port,
    label,
  }));
  const outside = { policy: "refuse" as const, forwarders: [] };
  const config: RoleConfig = {
    role,
    platform: { folder: layout.folder, profile: makeProfile(), outside, driver, workers: more.workers ?? 1 },
    configuration: "",
    listeners: more.listeners ?? listeners,
  };
  running.push(await startRole({ config, layout, log: pino({ level: "silent" }) }));
}

async function ask(name: string): Promise<Message> {
  const answer = await askServer({ server: { address, port }, name: nameOf(name), type: RrType.A });
  if (!answer.ok) throw new Error(answer.reason);
  return answer.message;
}

/** Control's end of the stream. */
function listen(): Promise<MessageConnection> {
  return new Promise((resolve) => {
    control = createServer((socket) => {
      const connection = messagesOn(socket, 1 << 20, {
        message: (value) => {
          received.push(value as ToControl);
          if ((value as ToControl).type === "hello") resolve(connection);
        },
        closed: () => {},
      });
    }).listen(layout.streamSocket);
  });
}

beforeEach(async () => {
  folder = temporaryFolder();
  prepareDataFolder(join(folder, "data"));
  layout = layoutOf(join(folder, "data"));
  port = await freePort(address);
  [running, received] = [[], []];
});

afterEach(async () => {
  for (const role of running) await role.stop("stop");
  control?.close();
  control = undefined;
  removeFolder(folder);
});

const drivers: DriverName[] = linuxDriverProblem() === undefined ? ["linux", "node"] : ["node"];

test.each(drivers)(
  "names on %s serves its last state with control away, takes a change, and counts",
  async (driver) => {
    const before = zone("shop.test.", "@ 60 IN A 127.53.8.1");
    saveState(join(layout.state, "names"), { revision: 3, digest: digestOf(before), objects: before });
    await start("names", startNames, "s1", driver);
    const answer = await ask("shop.test.");
    expect([answer.flags.aa, [...(answer.answer[0]?.rdata ?? [])]]).toEqual([true, [127, 53, 8, 1]]);
    expect((await ask("other.test.")).rcode).toBe(Rcode.REFUSED);
    const connection = await listen();
    const put = zone("other.test.", "@ 60 IN A 127.53.8.2");
    const digest = digestOf([...before, ...put]);
    connection.send({ type: "delta", base: 3, revision: 4, digest, put, remove: [] });
    await until("the acknowledgement", () => received.some(({ type }) => type === "ack"));
    expect((await ask("other.test.")).rcode).toBe(Rcode.NOERROR);
    expect(received.find(({ type }) => type === "hello")).toMatchObject({ driver: { name: driver } });
    connection.send({ type: "ask", id: 1, question: { ask: "counters" } });
    const counters = await until("the counters", () => received.find((message) => message.type === "answer"));
    expect(counters.answer).toMatchObject({
      "queries{group=s1}": 3,
      "queries{group=root}": 0,
      "engine-faults": 0,
    });
  },
);

test.skipIf(!drivers.includes("linux"))("names answers with several workers on one port", async () => {
  const objects = zone("shop.test.", "@ 60 IN A 127.53.8.1");
  saveState(join(layout.state, "names"), { revision: 3, digest: digestOf(objects), objects });
  const sockets = openListeners(
    (["udp", "tcp"] as const).map((transport) => ({ transport, address, port, label: "s1", sockets: 3 })),
  );
  expect(sockets.map(({ place }) => place)).toEqual([0, 1, 2, 0, 1, 2]);
  await start("names", startNames, "s1", "linux", { workers: 3, listeners: sockets });
  const answers = await Promise.all(Array.from({ length: 30 }, () => ask("shop.test.")));
  expect(answers.every(({ rcode }) => rcode === Rcode.NOERROR)).toBe(true);
  const connection = await listen();
  const put = zone("other.test.", "@ 60 IN A 127.53.8.2");
  const digest = digestOf([...objects, ...put]);
  connection.send({ type: "delta", base: 3, revision: 4, digest, put, remove: [] });
  await until("the acknowledgement", () => received.some(({ type }) => type === "ack"));
  // In force in all of them by then: whichever the kernel chooses.
  const later = await Promise.all(Array.from({ length: 30 }, () => ask("other.test.")));
  expect(later.every(({ rcode }) => rcode === Rcode.NOERROR)).toBe(true);
  connection.send({ type: "ask", id: 1, question: { ask: "counters" } });
  const counters = await until("the counters", () => received.find((message) => message.type === "answer"));
  expect(counters.answer).toMatchObject({ "queries{group=s1}": 60, "engine-faults": 0 });
});

test.each(drivers)("names on %s refuses what it cannot read, and serves on", async (driver) => {
  const before = zone("shop.test.", "@ 60 IN A 127.53.8.1");
  saveState(join(layout.state, "names"), { revision: 3, digest: digestOf(before), objects: before });
  await start("names", startNames, "s1", driver);
  const connection = await listen();
  const apex = "shop.test.";
  const put: RoleObject[] = [
    { kind: "rrset", apex, owner: "x.shop.test.", type: 1, ttl: 60, rdata: ["AAAA"] },
  ];
  const digest = digestOf([...before, ...put]);
  connection.send({ type: "delta", base: 3, revision: 4, digest, put, remove: [] });
  await until("the refusal", () => received.some(({ type }) => type === "nack"));
  expect((await ask("shop.test.")).rcode).toBe(Rcode.NOERROR);
  expect((await ask("x.shop.test.")).rcode).toBe(Rcode.NXDOMAIN);
});

test("edge passes requests on to where its state says, with control away", async () => {
  const origin = createHttpServer((_, response) => response.end("from the origin"));
  const originPort = await freePort(address);
  await new Promise<void>((resolve) => origin.listen(originPort, address, resolve));
  const objects: RoleObject[] = [
    instanceResource({
      id: "r",
      name: "web",
      addresses: [address],
      listen: [{ address, port: originPort }],
    }),
  ];
  saveState(join(layout.state, "edge"), { revision: 3, digest: digestOf(objects), objects });
  await start("edge", startEdge, "edge");
  expect(running[0]?.revision).toBe(3);
  const response = await fetch(`http://${address}:${port}/`);
  expect([response.status, await response.text()]).toEqual([200, "from the origin"]);
  origin.close();
});

test("a resolver that was told of no tree refuses", async () => {
  await start("resolver", startResolver, "resolver");
  expect((await ask("shop.test.")).rcode).toBe(Rcode.REFUSED);
});
