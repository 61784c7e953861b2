// The HTTPS server under what clients and attackers do to it, on loopback: both versions of HTTP, content that is too long or never ends, streams
// that are opened and reset, connections that say nothing, and another certificate while one is open.

import { createPublicKey } from "node:crypto";
import { connect as connectHttp2, type ClientHttp2Session } from "node:http2";
import { request as requestHttp1 } from "node:https";
import { connect as connectTcp } from "node:net";
import { networkInterfaces } from "node:os";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { encodePrivateKey, issueLeaf, makeIssuing, makePrivateKey, makeRoot } from "#certificate";
import { DohServer, socketEndpoint, type DohLimits } from "./doh-server.ts";
import { ServiceTls, usableCertificate } from "./service-tls.ts";

const root = makeRoot(["test"], Date.now());
const issuing = makeIssuing(root, ["test"], Date.now());

function certificate(): ReturnType<typeof usableCertificate> {
  const key = makePrivateKey();
  const wanted = {
    names: ["ns1.test"],
    addresses: ["127.0.0.1"],
    publicKey: createPublicKey(key),
    now: Date.now(),
  };
  return usableCertificate(`${issueLeaf(issuing, wanted)}${issuing.certificate}`, encodePrivateKey(key));
}

let tls: ServiceTls;
let server: DohServer;
let port = 0;
let asked = 0;
const open: { destroy(): void }[] = [];

async function start(limits: Partial<DohLimits> = {}): Promise<void> {
  asked = 0;
  tls = new ServiceTls("s1");
  tls.serve(certificate());
  server = new DohServer({
    service: "s1",
    tls,
    limits,
    // Says what was asked, as a response.
    answer: (octets, _from, _to, reply) => {
      asked++;
      const response = octets.slice();
      response[2] = 0x80;
      reply(response);
    },
  });
  port = await server.listen({ address: "127.0.0.1", port: 0 });
}

beforeEach(() => start());
afterEach(async () => {
  for (const one of open.splice(0)) one.destroy();
  await server.close(0);
});

function session(): ClientHttp2Session {
  const client = connectHttp2(`https://127.0.0.1:${port}`, { ca: root.certificate });
  client.on("error", () => {});
  open.push(client);
  return client;
}

/** Its end, whatever it is. */
const closed = (one: { once(event: "close", listener: () => void): unknown }): Promise<void> =>
  new Promise((resolve) => one.once("close", resolve));

interface Got {
  readonly status: number;
  readonly fields: Record<string, unknown>;
  readonly body: Buffer;
}

async function ask(
  client: ClientHttp2Session,
  fields: Record<string, string>,
  body?: Uint8Array,
): Promise<Got> {
  const stream = client.request({ ":path": "/dns-query", ...fields });
  stream.on("error", () => {});
  stream.end(body);
  const [head] = (await once(stream, "response")) as [Record<string, unknown>];
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return { status: Number(head[":status"]), fields: head, body: Buffer.concat(parts) };
}

const post = { ":method": "POST", "content-type": "application/dns-message" };

test("content that is not there whole is held within a bound in all: what exceeds it ends, the rest is answered", async () => {
  await server.close(0);
  await start({ heldOctets: 1000 });
  const client = session();
  const first = client.request({ ":path": "/dns-query", ...post });
  first.write(Buffer.alloc(600));
  await ask(client, post, Buffer.alloc(40)); // the first part is there before this one is
  const second = client.request({ ":path": "/dns-query", ...post });
  second.on("error", () => {});
  second.write(Buffer.alloc(600));
  await closed(second);
  expect(second.rstCode).toBe(11); // ENHANCE_YOUR_CALM
  const answered = once(first, "response");
  first.end(Buffer.alloc(300));
  expect(Number((await answered)[0][":status"])).toBe(200);
  // All of it was let go again.
  for (let i = 0; i < 5; i++) expect((await ask(client, post, Buffer.alloc(900))).status).toBe(200);
});

test("GET and POST over HTTP/2 and HTTP/1.1; the message comes back as it was, ID 0 too", async () => {
  const client = session();
  const query = Buffer.alloc(40, 0);
  const got = await ask(client, { ":path": `/dns-query?dns=${query.toString("base64url")}` });
  expect([got.status, got.fields["content-type"], got.body.length, got.body.readUInt16BE(0)]).toEqual([
    200,
    "application/dns-message",
    40,
    0,
  ]);
  expect(got.fields["cache-control"]).toBe("max-age=0");
  expect((await ask(client, post, query)).status).toBe(200);
  const head = await ask(client, {
    ":method": "HEAD",
    ":path": `/dns-query?dns=${query.toString("base64url")}`,
  });
  expect([head.status, head.body.length]).toEqual([200, 0]);
  const old = requestHttp1({
    host: "127.0.0.1",
    port,
    path: "/dns-query",
    method: "POST",
    ca: root.certificate,
    headers: { "content-type": "application/dns-message" },
    agent: false,
  });
  old.end(query);
  const [response] = (await once(old, "response")) as [
    { statusCode: number; httpVersion: string; resume(): void },
  ];
  response.resume();
  expect([response.statusCode, response.httpVersion]).toEqual([200, "1.1"]);
});

test.each([
  [404, { ":path": "/" }, undefined],
  [405, { ":method": "DELETE" }, undefined],
  [415, { ":method": "POST", "content-type": "text/plain" }, Buffer.alloc(12)],
  [400, post, Buffer.alloc(3)],
  [413, post, Buffer.alloc(70_000)],
  [413, { ...post, "content-length": "70000" }, Buffer.alloc(70_000)],
] as const)("%i is what %j gets, and the connection is good for more", async (status, fields, body) => {
  const client = session();
  const got = await ask(client, fields, body);
  expect(got.status).toBe(status);
  if (status === 405) expect(got.fields["allow"]).toBe("GET, POST");
  expect(got.fields["cache-control"]).toBe("no-store");
  expect((await ask(client, post, Buffer.alloc(12))).status).toBe(200);
  expect(asked).toBe(1);
});

test("content that never ends, and a connection without a request, end in time", async () => {
  await server.close(0);
  await start({ requestMs: 100, idleMs: 200 });
  const client = session();
  const stream = client.request({ ":path": "/dns-query", ...post });
  stream.on("error", () => {});
  stream.write(Buffer.alloc(5));
  await closed(stream);
  expect(asked).toBe(0);
  // PING is no request.
  const pinging = setInterval(() => client.ping(() => {}), 20);
  await closed(client);
  clearInterval(pinging);
  const silent = connectTcp(port, "127.0.0.1");
  silent.on("error", () => {});
  await closed(silent);
});

test("connections of one address are bounded, streams of one connection too", async () => {
  await server.close(0);
  await start({ connectionsPerAddress: 2, streams: 3 });
  const clients = [session(), session()];
  await Promise.all(clients.map((client) => once(client, "connect")));
  const third = session();
  await closed(third);
  expect(server.counters()["https-connections{group=s1,event=refused}"]).toBe(1);
  const [first] = clients;
  expect(first?.remoteSettings.maxConcurrentStreams).toBe(3);
  expect(first && (await ask(first, post, Buffer.alloc(12))).status).toBe(200);
});

const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === "::1"),
);

test.skipIf(!hasIpv6)(
  "all addresses of IPv6 are those alone: the same port of IPv4 is taken beside them, and both are asked",
  async () => {
    let at = 0;
    // A port that is free on one may be another program's on the other.
    for (let tries = 0; at === 0 && tries < 20; tries++) {
      const six = await server.listen({ address: "::", port: 0 });
      at = await server.listen({ address: "0.0.0.0", port: six }).catch(() => 0);
    }
    expect(at).toBeGreaterThan(0);
    for (const address of ["127.0.0.1", "[::1]"]) {
      const client = connectHttp2(`https://${address}:${at}`, {
        ca: root.certificate,
        checkServerIdentity: () => undefined,
      });
      client.on("error", () => {});
      open.push(client);
      expect((await ask(client, post, Buffer.alloc(12))).status).toBe(200);
    }
  },
);

test("a client at a link-local address is one too: its address has the interface behind it", () => {
  expect(socketEndpoint("fe80::1%eth0", 5)).toEqual(socketEndpoint("fe80::1", 5));
  expect(socketEndpoint("fe80::1", 5)?.address[15]).toBe(1);
  expect([socketEndpoint(undefined, undefined), socketEndpoint("x", 1)]).toEqual([undefined, undefined]);
});

test("heads of HTTP/1.1 that come an octet at a time, or never, end in time", async () => {
  await server.close(0);
  await start({ requestMs: 100, idleMs: 200 });
  // Where the handshake itself takes too long, it ends as well.
  const begin = async (head: string, part = ""): Promise<void> => {
    const one = connectTls({ host: "127.0.0.1", port, ca: root.certificate, servername: "ns1.test" });
    one.on("error", () => {});
    open.push(one);
    const gone = closed(one);
    await Promise.race([new Promise((resolve) => one.once("secureConnect", resolve)), gone]);
    one.resume().write(head);
    const trickle = setInterval(() => part !== "" && one.write(part), 20);
    await gone;
    clearInterval(trickle);
  };
  const line = "GET /dns-query HTTP/1.1\r\nHost: x\r\nA: ";
  await Promise.all([begin(line, "x"), begin(""), begin(line)]);
  expect(asked).toBe(0);
});

/** A connection of HTTP/2 that frames are written to by hand, and the end of it. */
async function byHand(frames: (at: number) => Uint8Array): Promise<void> {
  const one = connectTls({
    host: "127.0.0.1",
    port,
    ca: root.certificate,
    servername: "ns1.test",
    ALPNProtocols: ["h2"],
  });
  one.on("error", () => {});
  open.push(one);
  await once(one, "secureConnect");
  one.resume();
  let isClosed = false;
  const gone = closed(one).then(() => (isClosed = true));
  one.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  one.write(frame(4, 0, 0));
  // As much as it takes, and far more than it should.
  for (let at = 0; at < 200_000 && !isClosed; at++) {
    one.write(frames(at));
    if (at % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await gone;
}

/** RFC 9113 section 4.1. */
function frame(type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const octets = Buffer.alloc(9 + payload.length);
  octets.writeUIntBE(payload.length, 0, 3);
  octets[3] = type;
  octets[4] = flags;
  octets.writeUInt32BE(stream, 5);
  octets.set(payload, 9);
  return octets;
}

/** A head that asks for the path and is not over; each field literal (RFC 7541 section 6.2.2). */
const fields = Buffer.concat(
  [
    [":method", "POST"],
    [":scheme", "https"],
    [":authority", "x"],
    [":path", "/dns-query"],
    ["content-type", "application/dns-message"],
  ].map(([name = "", value = ""]) =>
    Buffer.from([0, name.length, ...Buffer.from(name), value.length, ...Buffer.from(value)]),
  ),
);
const field = Buffer.from([0, 1, 120, 100, ...Buffer.alloc(100, 121)]);

test.each<[string, (at: number) => Uint8Array]>([
  [
    "opens streams and resets them",
    (at) =>
      Buffer.concat([frame(1, 4, 2 * at + 1, fields), frame(3, 0, 2 * at + 1, Buffer.from([0, 0, 0, 8]))]),
  ],
  ["opens streams and says no more", (at) => frame(1, 4, 2 * at + 1, fields)],
  ["opens streams that are none", (at) => frame(1, 5, 2 * at + 1, fields.subarray(0, 10))],
  ["goes on with a head for ever", (at) => (at === 0 ? frame(1, 0, 1, fields) : frame(9, 0, 1, field))],
  ["goes on with a head by nothing", (at) => (at === 0 ? frame(1, 0, 1, fields) : frame(9, 0, 1))],
  ["sends content of no octets", (at) => (at === 0 ? frame(1, 4, 1, fields) : frame(0, 0, 1))],
  [
    "sends content of no stream",
    (at) => (at === 0 ? frame(1, 5, 1, fields) : frame(0, 0, 1, Buffer.alloc(10))),
  ],
])("a client that %s is cut off, and others are answered", async (_, frames) => {
  const other = session();
  await once(other, "connect");
  await byHand(frames);
  expect((await ask(other, post, Buffer.alloc(12))).status).toBe(200);
  expect((await ask(session(), post, Buffer.alloc(12))).status).toBe(200);
});

test("streams that are opened and reset at once do not keep others from their answers", async () => {
  const attacker = session();
  await once(attacker, "connect");
  for (let i = 0; i < 3000 && !attacker.destroyed && !attacker.closed; i++) {
    const stream = attacker.request({ ":path": "/dns-query", ...post });
    stream.on("error", () => {});
    stream.close(8);
  }
  expect((await ask(session(), post, Buffer.alloc(12))).status).toBe(200);
});

test("TLS 1.2 is refused; another certificate is there for the next handshake, and what is open lives on", async () => {
  const old = connectTls({ host: "127.0.0.1", port, ca: root.certificate, maxVersion: "TLSv1.2" });
  const [error] = (await once(old, "error")) as [{ code: string }];
  expect(error.code).toContain("PROTOCOL_VERSION");
  const client = session();
  await once(client, "connect");
  const before = (client.socket as TLSSocket).getPeerCertificate().serialNumber;
  tls.serve(certificate());
  expect((await ask(client, post, Buffer.alloc(12))).status).toBe(200);
  const next = session();
  await once(next, "connect");
  expect((next.socket as TLSSocket).getPeerCertificate().serialNumber).not.toBe(before);
});
