import { createSocket, type Socket } from "node:dgram";
import { createServer, type Server } from "node:net";
import { afterEach, expect, test } from "vitest";
import { decodeMessage, encodeMessage, Name, RrType, type Message } from "#wire";
import { askServer, type DnsAnswer } from "./dns-client.ts";
import { freePort } from "./testing.ts";

const parsed = Name.parse("shop.test.");
const name = parsed.ok ? parsed.value : Name.root;
let udp: Socket | undefined;
let tcp: Server | undefined;

afterEach(() => {
  udp?.close();
  tcp?.close();
  udp = tcp = undefined;
});

function encode(message: Message): Uint8Array {
  const encoded = encodeMessage(message);
  if (!encoded.ok) throw new Error(encoded.failure.code);
  return encoded.value.octets;
}

/** A server that answers each query with what `answer` makes of it, and over TCP with the plain answer. */
async function serve(answer: (query: Message) => Message[]): Promise<number> {
  const port = await freePort("127.0.0.1");
  await new Promise<void>((resolve) => {
    const server = createServer((socket) => {
      socket.on("data", (octets: Buffer) => {
        const query = decodeMessage(octets.subarray(2));
        if (!query.ok) return;
        const reply = encode(plain(query.value));
        const length = Buffer.alloc(2);
        length.writeUInt16BE(reply.length);
        // In two parts, because TCP promises no more than the order.
        socket.write(Buffer.concat([length, reply.subarray(0, 5)]), () => socket.write(reply.subarray(5)));
      });
    });
    tcp = server.listen(port, "127.0.0.1", resolve);
  });
  udp = createSocket("udp4");
  udp.on("message", (octets, from) => {
    const query = decodeMessage(octets);
    if (query.ok)
      for (const message of answer(query.value)) udp?.send(encode(message), from.port, from.address);
  });
  await new Promise<void>((resolve) => udp?.bind(port, "127.0.0.1", resolve));
  return port;
}

function plain(query: Message): Message {
  const record = { name, type: RrType.A, class: 1, ttl: 60, rdata: new Uint8Array([127, 53, 8, 1]) };
  return { ...query, flags: { ...query.flags, qr: true, ra: true }, answer: [record] };
}

function ask(port: number, timeoutMs: number = 60_000): Promise<DnsAnswer> {
  return askServer({ server: { address: "127.0.0.1", port }, name, type: RrType.A, timeoutMs });
}

test("askServer() takes the answer to its own question only", async () => {
  const other = Name.parse("other.test.");
  const port = await serve((query) => [
    { ...plain(query), id: (query.id + 1) & 0xffff, rcode: 3 },
    {
      ...plain(query),
      question: [{ name: other.ok ? other.value : name, type: RrType.A, class: 1 }],
      rcode: 3,
    },
    { ...query, rcode: 3 },
    plain(query),
  ]);
  const answer = await ask(port);
  expect(answer.ok && [answer.message.rcode, [...(answer.message.answer[0]?.rdata ?? [])]]).toEqual([
    0,
    [127, 53, 8, 1],
  ]);
});

test("askServer() asks over TCP where the answer was truncated (RFC 7766 section 5)", async () => {
  const port = await serve((query) => [
    { ...plain(query), answer: [], flags: { ...query.flags, qr: true, tc: true } },
  ]);
  const answer = await ask(port);
  expect(answer.ok && [answer.message.flags.tc, answer.message.answer.length]).toEqual([false, 1]);
});

test("askServer() tells where nobody listens, and where nobody answers", async () => {
  const port = await serve(() => []);
  expect(await ask(port, 50)).toMatchObject({ ok: false, reason: "timeout" });
  udp?.close();
  udp = undefined;
  expect(await ask(port)).toMatchObject({ ok: false, reason: "unreachable" });
});
