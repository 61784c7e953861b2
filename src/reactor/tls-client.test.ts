// TLS of connections that engines open: who is trusted, by chain and name or by key, and that nothing is said to anybody else. The drivers differ in
// nothing of it.

import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { connect as connectTcp, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { endpoint, type TlsClient } from "#engine";
import { afterEach, describe, expect, test } from "vitest";
import { NodeDriver } from "./node-driver.ts";
import { happenings, patterned, Probe } from "./testing.ts";
import { makeCertificate, makeTlsDriver, TestTlsServer, tlsDrivers } from "./testing-tls.ts";
import type { TlsCertificate, TlsChoice } from "./tls.ts";

const good = await makeCertificate(["ns1.test"]);
const other = await makeCertificate(["ns1.test"]);
const third = await makeCertificate(["ns1.test"]);
const wide = await makeCertificate(["*.wide.test"]);
const partly = await makeCertificate(["ns*.part.test"]);
const addressed = await makeCertificate(["127.0.0.1"]);
const nameless = await makeCertificate([], "ec", "ns1.test");
const client = await makeCertificate(["client.test"]);
const expired = await makeCertificate(["ns1.test"], "ec", "expired", Date.now() - 86_400_000);

const pinOf = ({ chain }: TlsCertificate): string =>
  createHash("sha256")
    .update(new X509Certificate(chain).publicKey.export({ type: "spki", format: "der" }))
    .digest("base64");

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface ServerSide {
  readonly port: number;
  readonly probe: Probe;
  readonly tls: TestTlsServer;
}

/** A server that sends back what it is sent. */
async function serve(
  certificate: TlsCertificate = good,
  choice: Partial<TlsChoice> = {},
  greeting?: Uint8Array,
): Promise<ServerSide> {
  const driver = new NodeDriver();
  const probe: Probe = new Probe({
    accepted: (slot) => {
      if (greeting) probe.effects.write(slot, greeting);
    },
    received: (slot, input, length) => void probe.effects.write(slot, input.slice(0, length)),
  });
  const tls = new TestTlsServer(certificate);
  tls.serve(certificate, { protocols: ["dot"], oldest: "TLSv1.3", ...choice });
  const { listeners } = await driver.attach(probe, [
    { transport: "tcp", address: "127.0.0.1", port: 0, tls },
  ]);
  closers.push(() => driver.close());
  return { port: listeners[0]?.port ?? 0, probe, tls };
}

/** A plain TCP server. */
async function listen(take: (socket: Socket) => void): Promise<number> {
  const server: Server = createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => {});
    closers.push(() => void socket.destroy());
    take(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const base: TlsClient = { protocols: ["dot"], authorities: good.chain, serverName: "ns1.test" };

describe.each(tlsDrivers)("%s", (name) => {
  async function open(): Promise<Probe> {
    const { driver, close } = makeTlsDriver(name);
    closers.push(close);
    const probe = new Probe({});
    closers.push(() => expect(probe.breaches).toEqual([]));
    await driver.attach(probe, []);
    return probe;
  }

  /** What becomes of a connection: what came back of what was said, or how it ended. */
  async function ask(port: number, tls: TlsClient): Promise<string> {
    const probe = await open();
    const slot = probe.effects.connect(endpoint("127.0.0.1", port), undefined, tls);
    probe.effects.write(slot, Uint8Array.of(1, 2, 3));
    while (!probe.saw("closed") && probe.octets(slot).length < 3) await happenings.next();
    return probe.saw("closed") ? (probe.events.at(-1) ?? "") : `connected, ${probe.octets(slot).join(" ")}`;
  }

  test.each<[string, TlsCertificate, Partial<TlsClient>, "trusted" | "untrusted" | "misnamed"]>([
    ["the chain and the name are", good, {}, "trusted"],
    ["the name is, written with its root", good, { serverName: "ns1.test." }, "trusted"],
    ["the name is another", good, { serverName: "ns2.test" }, "misnamed"],
    ["the name is longer", good, { serverName: "a.ns1.test" }, "misnamed"],
    ["the name stands for a label", wide, { authorities: wide.chain, serverName: "a.wide.test" }, "trusted"],
    ["it stands for one alone", wide, { authorities: wide.chain, serverName: "a.b.wide.test" }, "misnamed"],
    [
      "it stands for a part of a label",
      partly,
      { authorities: partly.chain, serverName: "ns1.part.test" },
      "misnamed",
    ],
    ["the name is the subject's alone", nameless, { authorities: nameless.chain }, "misnamed"],
    [
      "there is no name, but the address",
      addressed,
      { authorities: addressed.chain, serverName: "127.0.0.1" },
      "trusted",
    ],
    [
      "the address is another",
      addressed,
      { authorities: addressed.chain, serverName: "127.0.0.2" },
      "misnamed",
    ],
    ["the authority is another", good, { authorities: other.chain }, "untrusted"],
    ["there is no authority", good, { authorities: "" }, "untrusted"],
    [
      "the key is, whoever signed it",
      good,
      { pins: [pinOf(third), pinOf(good)], authorities: other.chain },
      "trusted",
    ],
    ["the key is another, though the chain is", good, { pins: [pinOf(other)] }, "untrusted"],
    ["there are pins, but none", good, { pins: [] }, "untrusted"],
  ])("a server is trusted where %s as it should be", async (_, certificate, tls, expected) => {
    const { port, probe } = await serve(certificate);
    expect(await ask(port, { ...base, ...tls })).toBe(
      expected === "trusted" ? "connected, 1 2 3" : `closed 0 ${expected}`,
    );
    if (expected !== "trusted") expect(probe.saw("received")).toBe(false);
  });

  test("without a name the certificate has to be the address's, and without authorities the public ones vouch", async () => {
    const { port, tls } = await serve(addressed);
    expect(await ask(port, { protocols: ["dot"], authorities: addressed.chain })).toBe("connected, 1 2 3");
    expect(await ask(port, { protocols: ["dot"] })).toBe("closed 0 untrusted");
    // An address is no server name (RFC 6066 section 3).
    expect(tls.hellos).toEqual([undefined, undefined]);
    const { port: named } = await serve();
    expect(await ask(named, { protocols: ["dot"], authorities: good.chain })).toBe("closed 0 misnamed");
  });

  test("a certificate is out of its time, whoever trusts it, but where anyone may answer", async () => {
    const { port } = await serve(expired);
    const own: TlsClient = { ...base, authorities: expired.chain };
    expect(await ask(port, own)).toBe("closed 0 expired");
    expect(await ask(port, { ...own, hasUsualAuthorities: true })).toBe("closed 0 expired");
    expect(await ask(port, { protocols: ["dot"], canBeAnyone: true })).toBe("connected, 1 2 3");
  });

  test("authorities beside the usual ones are trusted, and others are not", async () => {
    const { port } = await serve();
    const usual: TlsClient = { protocols: ["dot"], serverName: "ns1.test", hasUsualAuthorities: true };
    expect(await ask(port, usual)).toBe("closed 0 untrusted");
    for (let i = 0; i < 2; i++)
      expect(await ask(port, { ...usual, authorities: good.chain })).toBe("connected, 1 2 3");
    expect(await ask(port, { ...usual, authorities: other.chain })).toBe("closed 0 untrusted");
    expect(await ask(port, { ...usual, authorities: good.chain, serverName: "ns2.test" })).toBe(
      "closed 0 misnamed",
    );
  });

  test("a name is asked for where there is one, and TLS 1.2 is spoken where it may be", async () => {
    const names: (string | false | null)[] = [];
    const key = createPrivateKey({ key: Buffer.from(good.key), format: "der", type: "pkcs8" });
    const server = createTlsServer(
      {
        cert: good.chain,
        key: key.export({ type: "pkcs8", format: "pem" }),
        maxVersion: "TLSv1.2",
        ALPNProtocols: ["dot"],
      },
      (socket) => {
        names.push(socket.servername);
        socket.on("error", () => {});
        socket.pipe(socket);
        closers.push(() => void socket.destroy());
      },
    );
    server.on("tlsClientError", () => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closers.push(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const anyone: TlsClient = { protocols: ["dot"], canBeAnyone: true };
    expect(await ask(port, anyone)).toBe("closed 0 no-tls");
    expect(await ask(port, { ...anyone, oldest: "TLSv1.2", serverName: "ns1.test" })).toBe(
      "connected, 1 2 3",
    );
    expect(await ask(port, { ...anyone, oldest: "TLSv1.2" })).toBe("connected, 1 2 3");
    expect(names).toEqual(["ns1.test", false]);
  });

  test("what a connection failed of is not taken for the failure of what comes next", async () => {
    for (const server of [
      await serve(good, { protocols: ["h2"] }),
      await serve(good, { clientAuthorities: client.chain }),
    ]) {
      expect(await ask(server.port, base)).toMatch(/^closed 0 /);
      const key = createPrivateKey({ key: Buffer.from(good.key), format: "der", type: "pkcs8" });
      expect(key.export({ type: "pkcs8", format: "pem" })).toContain("PRIVATE KEY");
    }
  });

  test("a server that wants to know who asks is shown a certificate, and others are not let in", async () => {
    const { port, tls, probe } = await serve(good, { clientAuthorities: client.chain });
    expect(await ask(port, { ...base, certificate: client })).toBe("connected, 1 2 3");
    expect(await ask(port, { ...base, certificate: other })).toMatch(/^closed 0 /);
    expect(await ask(port, base)).toMatch(/^closed 0 /);
    expect(probe.count("accepted")).toBe(1);
    expect(tls.hellos).toEqual(["ns1.test", "ns1.test", "ns1.test"]);
  });

  test("a server that has none of the protocols, or no TLS 1.3, is not spoken to", async () => {
    const { port, tls } = await serve(good, { protocols: ["h2"] });
    expect(await ask(port, base)).toMatch(/^closed 0 /);
    expect(tls.outcomes).toEqual(["no-protocol"]);
    // The record is of version 3.3, and so is the hello: handshake_failure.
    const old = await listen((socket) =>
      socket.once("data", () => socket.end(Buffer.from("15030300020228", "hex"))),
    );
    expect(await ask(old, base)).toMatch(/^closed 0 /);
  });

  test("what is long goes both ways whole, and what the server says first is not lost", async () => {
    const greeting = patterned(40_000);
    const { port } = await serve(good, {}, greeting);
    const probe = await open();
    const slot = probe.effects.connect(endpoint("127.0.0.1", port), undefined, base);
    const long = patterned(700_000);
    probe.effects.write(slot, long);
    probe.effects.end(slot);
    const whole = greeting.length + long.length;
    while (!probe.saw("closed") && probe.octets(slot).length < whole) await happenings.next();
    const octets = Buffer.from(probe.octets(slot));
    expect(octets.subarray(0, greeting.length).equals(greeting)).toBe(true);
    expect(octets.subarray(greeting.length).equals(long)).toBe(true);
  });

  test("a handshake whose octets come one by one is one", async () => {
    const { port } = await serve();
    const slow = await listen((socket) => {
      const server = connectTcp({ port, host: "127.0.0.1", noDelay: true });
      closers.push(() => void server.destroy());
      server.on("error", () => {});
      socket.pipe(server);
      server.on("data", (octets: Buffer) => {
        for (const octet of octets) socket.write(Uint8Array.of(octet));
      });
    });
    expect(await ask(slow, base)).toBe("connected, 1 2 3");
  });

  test.each<[string, (socket: Socket) => void]>([
    ["speaks no TLS", (socket) => void socket.end("220 hello\r\n")],
    ["ends", (socket) => void socket.end()],
    ["ends after the hello", (socket) => void socket.once("data", () => socket.end())],
    ["breaks it off after the hello", (socket) => void socket.once("data", () => socket.resetAndDestroy())],
    ["sends a record that is too long", (socket) => void socket.write(Buffer.from("160303ffff", "hex"))],
    ["floods", (socket) => void socket.write(new Uint8Array(1 << 20).fill(22))],
  ])("a server that %s hears a hello and nothing else", async (_, take) => {
    const heard: Buffer[] = [];
    const port = await listen((socket) => {
      socket.on("data", (octets: Buffer) => void heard.push(octets));
      take(socket);
    });
    expect(await ask(port, base)).toMatch(/^closed 0 (reset|no-tls)$/);
    const octets = Buffer.concat(heard);
    // Records of handshakes and alerts: what was to be said would have been one of application data (RFC 8446 section 5.1).
    for (let at = 0; at + 5 <= octets.length; at += 5 + octets.readUInt16BE(at + 3))
      expect([21, 22]).toContain(octets[at]);
  });

  test("a connection that is dropped during its handshake is gone, and what it was to say with it", async () => {
    const met = Promise.withResolvers<Socket>();
    const port = await listen((socket) => met.resolve(socket));
    const probe = await open();
    const slot = probe.effects.connect(endpoint("127.0.0.1", port), undefined, base);
    probe.effects.write(slot, Uint8Array.of(1, 2, 3));
    const socket = await met.promise;
    await new Promise((resolve) => socket.once("data", resolve));
    const over = new Promise((resolve) => socket.once("close", resolve));
    probe.effects.destroy(slot);
    while (!probe.saw("closed")) await happenings.next();
    expect(probe.events).toEqual(["closed 0 cleanly"]);
    await over;
  });

  test("authorities that cannot be read vouch for nobody; a certificate to show that cannot be is an error, and no connection", async () => {
    const { port, probe: server } = await serve();
    const probe = await open();
    const at = endpoint("127.0.0.1", port);
    const garbled = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    expect(await ask(port, { ...base, authorities: garbled })).toBe("closed 0 untrusted");
    for (const tls of [
      { ...base, certificate: { chain: garbled, key: client.key } },
      { ...base, certificate: { chain: client.chain, key: Uint8Array.of(1, 2, 3) } },
      { ...base, certificate: { chain: client.chain, key: other.key } },
    ])
      expect(() => probe.effects.connect(at, undefined, tls)).toThrow();
    expect(await ask(port, base)).toBe("connected, 1 2 3");
    expect(server.count("accepted")).toBe(1);
  });
});
