// Names outside the private tree, by `--outside`: forwarded to a resolver of the operator's, over TCP where its answer is cut, and
// refused after a start that says so. `iterate` walks the public tree, which is no place for a test: test/suites/deckard.test.ts has it.

import { createSocket, type Socket } from "node:dgram";
import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "#runtime/testing";
import { decodeMessage, encodeMessage, RrType, type Message } from "#wire";
import { runAside, startPlatform, type Platform } from "./harness.ts";

let platform: Platform;
let udp: Socket;
let tcp: Server;
/** What the forwarder was asked, as `udp www.example.org. A rd`. */
const asked: string[] = [];

/** The forwarder: 192.0.2.80 for every name; names that begin with "big" are cut over UDP. */
function reply(octets: Uint8Array, transport: "udp" | "tcp"): Uint8Array | undefined {
  const decoded = decodeMessage(octets);
  const question = decoded.ok ? decoded.value.question[0] : undefined;
  if (!decoded.ok || !question) return undefined;
  const query = decoded.value;
  asked.push(`${transport} ${question.name.toString()} ${query.flags.rd ? "rd" : "-"}`);
  const isCut = transport === "udp" && question.name.toString().startsWith("big");
  const record = {
    name: question.name,
    type: RrType.A,
    class: 1,
    ttl: 300,
    rdata: Uint8Array.of(192, 0, 2, 80),
  };
  const message: Message = {
    ...query,
    flags: { ...query.flags, qr: true, ra: true, tc: isCut },
    answer: !isCut && question.type === RrType.A ? [record] : [],
  };
  const encoded = encodeMessage(message);
  return encoded.ok ? encoded.value.octets : undefined;
}

beforeAll(async () => {
  tcp = createServer((socket) => {
    socket.on("error", () => {}); // the resolver drops the connection once it has the answer
    socket.on("data", (piece: Buffer) => {
      const octets = reply(piece.subarray(2), "tcp");
      if (octets)
        socket.end(Buffer.concat([Buffer.from([octets.length >> 8, octets.length & 0xff]), octets]));
    });
  });
  const port = await freePort("127.0.0.1");
  await new Promise<void>((resolve) => tcp.listen(port, "127.0.0.1", resolve));
  udp = createSocket("udp4", (octets, from) => {
    const answer = reply(octets, "udp");
    if (answer) udp.send(answer, from.port, from.address);
  });
  await new Promise<void>((resolve) => udp.bind(port, "127.0.0.1", resolve));
  platform = await startPlatform({ example: true, words: ["--outside", `forward=127.0.0.1:${port}`] });
});
afterAll(async () => {
  udp?.close();
  tcp?.close();
  await platform?.remove();
});

async function dig(name: string): Promise<{ rcode: string | undefined; address: string | undefined }> {
  const server = ["@127.0.0.1", "-p", String(platform.port(5300)), "+noall", "+comments", "+answer"];
  const { stdout } = await runAside("dig", [...server, name, "A"]);
  return {
    rcode: /status: (\w+)/.exec(stdout)?.[1],
    address: /IN\s+A\s+(\S+)/.exec(stdout)?.[1],
  };
}

test("a name outside is asked of the forwarder, once; a name inside is not", async () => {
  expect(await dig("www.example.org")).toEqual({ rcode: "NOERROR", address: "192.0.2.80" });
  expect(await dig("www.example.org")).toEqual({ rcode: "NOERROR", address: "192.0.2.80" });
  expect(await dig("shop.test")).toEqual({ rcode: "NOERROR", address: platform.address("127.53.8.4") });
  expect(asked).toEqual(["udp www.example.org. rd"]);
});

test("an answer that the forwarder cuts is asked for over TCP", async () => {
  expect(await dig("big.example.org")).toEqual({ rcode: "NOERROR", address: "192.0.2.80" });
  expect(asked.slice(1)).toEqual(["udp big.example.org. rd", "tcp big.example.org. rd"]);
});

test("the visitor proxy serves names of the private tree only, wherever others are looked up", async () => {
  const proxy = `http://127.0.0.1:${platform.port(7780)}`;
  const code = ["-sS", "-o", "/dev/null", "-w", "%{http_code}", "-x", proxy];
  expect((await runAside("curl", [...code, "http://www.example.org/"])).stdout).toBe("403");
  expect((await runAside("curl", [...code, "http://shop.test/"])).stdout).toBe("200");
});
