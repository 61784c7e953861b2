// The edge role in this process behind TLS, on real sockets: keys sealed as control seals them, control away and back, a certificate
// swapped under a connection that is kept.

import { createPublicKey } from "node:crypto";
import { Agent, request } from "node:https";
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { createServer, type AddressInfo, type Server } from "node:net";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import pino from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { encodePrivateKey, issueLeaf, makePrivateKey, makeRoot } from "#certificate";
import {
  certificateKeyPurpose,
  instanceResource,
  type CertificateObject,
  type RoleObject,
  type ToControl,
} from "#contract";
import { loadSealer, prepareKeys } from "./data-key.ts";
import { startEdge } from "./edge-role.ts";
import { messagesOn, type MessageConnection } from "./json-lines.ts";
import { layoutOf, prepareDataFolder, type Layout } from "./layout.ts";
import { makeProfile } from "./profile.ts";
import type { RunningRole } from "./role.ts";
import { saveState } from "./state-file.ts";
import { digestOf, freePort, removeFolder, temporaryFolder, until } from "./testing.ts";

const address = "127.0.0.1";
const root = makeRoot(["test"], Date.now());

let folder: string;
let layout: Layout;
let port: number;
let origin: HttpServer;
let running: RunningRole | undefined;
let control: Server | undefined;
let agent: Agent;

beforeEach(async () => {
  folder = temporaryFolder();
  vi.stubEnv("XDG_CONFIG_HOME", join(folder, "config"));
  layout = prepareDataFolder(join(folder, "data"));
  layout = layoutOf(layout.folder);
  prepareKeys(layout);
  port = await freePort(address);
  origin = createHttpServer((incoming, response) =>
    response.end(`${String(incoming.headers["x-forwarded-proto"])} ${String(incoming.headers.host)}`),
  );
  await new Promise<void>((resolve) => origin.listen(0, address, resolve));
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
});
afterEach(async () => {
  agent.destroy();
  await running?.stop("stop");
  running = undefined;
  control?.close();
  control = undefined;
  origin.close();
  vi.unstubAllEnvs();
  removeFolder(folder);
});

function certificate(names: string[]): CertificateObject {
  const key = makePrivateKey();
  const now = Date.now();
  return {
    kind: "certificate",
    id: "c1",
    name: "shop",
    names,
    chain: issueLeaf(root, { names, publicKey: createPublicKey(key), now }),
    sealedKey: loadSealer(layout).seal(certificateKeyPurpose, "k1", encodePrivateKey(key)),
    keyId: "k1",
    notAfter: now + 1e9,
  };
}

function objectsWith(...certificates: CertificateObject[]): RoleObject[] {
  return [
    instanceResource({
      id: "r",
      name: "web",
      addresses: [address],
      listen: [{ address, port: (origin.address() as AddressInfo).port }],
      certificates: certificates.map(({ id }) => id),
    }),
    ...certificates,
  ];
}

async function start(objects: RoleObject[]): Promise<void> {
  saveState(join(layout.state, "edge"), { revision: 3, digest: digestOf(objects), objects });
  running = await startEdge({
    config: {
      role: "edge",
      platform: {
        folder: layout.folder,
        profile: makeProfile(),
        outside: { policy: "refuse", forwarders: [] },
      },
      configuration: "",
      listeners: [{ transport: "tcp", address, port, label: "edge-https" }],
    },
    layout,
    log: pino({ level: "silent" }),
  });
}

/** A GET by HTTPS: what came, over which local port, and the names of the certificate. */
function get(with_: { agent?: Agent; servername?: string } = {}) {
  return new Promise<{ body: string; localPort: number; names: string }>((resolve, reject) => {
    const outgoing = request(
      {
        host: address,
        port,
        servername: "shop.test",
        ca: root.certificate,
        headers: { host: "shop.test" },
        ...with_,
      },
      (response) => {
        const socket = response.socket as TLSSocket;
        const { localPort = 0 } = socket;
        const names = socket.getPeerCertificate().subjectaltname ?? "";
        response.setEncoding("utf8").on("data", (body: string) => resolve({ body, localPort, names }));
      },
    );
    outgoing.on("error", reject).end();
  });
}

/** Control's end of the stream. */
function listen(received: ToControl[]): Promise<MessageConnection> {
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

test("HTTPS is served with the sealed key of the last state, and targets hear that it was HTTPS", async () => {
  await start(objectsWith(certificate(["shop.test"])));
  expect(await get({ agent })).toMatchObject({ body: "https shop.test", names: "DNS:shop.test" });
});

test("another certificate is served from the next handshake on; connections that are kept go on", async () => {
  const before = objectsWith(certificate(["shop.test"]));
  await start(before);
  const first = await get({ agent });
  const received: ToControl[] = [];
  const connection = await listen(received);
  const next = certificate(["shop.test", "www.shop.test"]);
  const digest = digestOf([...before.slice(0, 1), next]);
  connection.send({ type: "delta", base: 3, revision: 4, digest, put: [next], remove: [] });
  await until("the acknowledgement", () => received.some(({ type }) => type === "ack"));
  const kept = await get({ agent });
  expect([kept.body, kept.localPort]).toEqual(["https shop.test", first.localPort]);
  const fresh = await get({ servername: "www.shop.test" });
  expect(fresh.names).toBe("DNS:shop.test, DNS:www.shop.test");
  connection.send({ type: "ask", id: 1, question: { ask: "counters" } });
  const counters = await until("the counters", () => received.find((message) => message.type === "answer"));
  expect(counters.answer).toMatchObject({ "handshakes{outcome=finished}": 2, requests: 3 });
});

test.each<[string, () => RoleObject[]]>([
  ["without any certificate", () => objectsWith()],
  ["whose key does not open", () => objectsWith({ ...certificate(["shop.test"]), keyId: "k2" })],
])("a port %s refuses the handshake at once, and the role runs", async (_name, make) => {
  await start(make());
  await expect(get()).rejects.toThrow(/unrecognized name/);
  const socket = connect({ host: address, port });
  const failure = await new Promise<Error>((resolve) => socket.on("error", resolve));
  expect(failure).toMatchObject({ code: "ERR_SSL_TLSV1_UNRECOGNIZED_NAME" });
  expect(running?.revision).toBe(3);
});
