// TLS of connections that engines open on the node driver: who is trusted, by chain and name or by key, and that nothing is said to anybody else.

import { createHash, X509Certificate } from "node:crypto";
import { createServer, type AddressInfo, type Server } from "node:net";
import { endpoint, type TlsClient } from "#engine";
import { afterEach, expect, test } from "vitest";
import { NodeDriver } from "./node-driver.ts";
import { happenings, Probe } from "./testing.ts";
import { makeCertificate, TestTlsServer } from "./testing-tls.ts";

const good = await makeCertificate(["ns1.test"]);
const other = await makeCertificate(["ns1.test"]);
const expired = await makeCertificate(["ns1.test"]);

const pinOf = ({ chain }: typeof good): string =>
  createHash("sha256")
    .update(new X509Certificate(chain).publicKey.export({ type: "spki", format: "der" }))
    .digest("base64");

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function serve(): Promise<{ port: number; probe: Probe }> {
  const driver = new NodeDriver();
  const probe: Probe = new Probe({
    received: (slot, input, length) => void probe.effects.write(slot, input.slice(0, length)),
  });
  const tls = new TestTlsServer(good);
  tls.serve(good, { protocols: ["dot"], oldest: "TLSv1.3" });
  const { listeners } = await driver.attach(probe, [
    { transport: "tcp", address: "127.0.0.1", port: 0, tls },
  ]);
  closers.push(() => driver.close());
  return { port: listeners[0]?.port ?? 0, probe };
}

/** What becomes of a connection: what came back of what was said, or how it ended. */
async function connect(port: number, tls: TlsClient): Promise<string> {
  const driver = new NodeDriver();
  closers.push(() => driver.close());
  const probe = new Probe({});
  await driver.attach(probe, []);
  const slot = probe.effects.connect(endpoint("127.0.0.1", port), undefined, tls);
  probe.effects.write(slot, Uint8Array.of(1, 2, 3));
  while (!probe.saw("closed") && probe.octets(slot).length < 3) await happenings.next();
  return probe.saw("closed") ? (probe.events.at(-1) ?? "") : `connected, ${probe.octets(slot).join(" ")}`;
}

const base: TlsClient = { protocols: ["dot"] };

test.each<[string, Partial<TlsClient>, string]>([
  ["the chain and the name are", { authorities: good.chain, serverName: "ns1.test" }, "connected, 1 2 3"],
  ["the name is another", { authorities: good.chain, serverName: "ns2.test" }, "closed 0 untrusted"],
  ["there is no name, and the address is not in it", { authorities: good.chain }, "closed 0 untrusted"],
  ["the authority is another", { authorities: other.chain, serverName: "ns1.test" }, "closed 0 untrusted"],
  ["the authorities are the public ones", { serverName: "ns1.test" }, "closed 0 untrusted"],
  ["the key is, whoever signed it", { pins: [pinOf(expired), pinOf(good)] }, "connected, 1 2 3"],
  [
    "the key is another, though the chain is",
    { pins: [pinOf(other)], authorities: good.chain },
    "closed 0 untrusted",
  ],
])("a server is trusted where %s as it should be", async (_, tls, expected) => {
  const { port, probe } = await serve();
  expect(await connect(port, { ...base, ...tls })).toBe(expected);
  if (expected.endsWith("untrusted")) expect(probe.saw("received")).toBe(false);
});

test("a server that speaks no TLS, or an older one, hears nothing", async () => {
  const heard: number[] = [];
  const server: Server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (octets: Buffer) => heard.push(...octets));
    socket.end("220 hello\r\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => void server.close());
  const { port } = server.address() as AddressInfo;
  expect(await connect(port, { ...base, authorities: good.chain, serverName: "ns1.test" })).toMatch(
    /^closed 0 /,
  );
  // A hello, and never what was to be said.
  expect(heard[0]).toBe(22);
});
