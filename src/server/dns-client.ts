// One question to one server: asks over UDP, again over TCP where the answer was truncated (RFC 7766 section 5), and takes an
// answer only where address, port, id and question are its own (RFC 5452 section 9). What the visitor proxy and traces
// resolve names with, and what control looks at name servers with; it knows no other server than the one it is given.

import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import {
  decodeMessage,
  type EdnsOptionValue,
  encodeRequest,
  frame,
  FrameReader,
  type Message,
  type Name,
  udpPayloadOctets,
} from "#wire";

/** What is asked, and how long for. */
export interface DnsQuestion {
  /** The resolver's address in text, and its port. */
  readonly server: { readonly address: string; readonly port: number };
  readonly name: Name;
  readonly type: number;
  /** EDNS options to send along. */
  readonly options?: readonly EdnsOptionValue[];
  /** False for a question to an authoritative server. Default true. @see RFC 1035 section 4.1.1 */
  readonly isRecursionDesired?: boolean;
  /** Milliseconds for the whole. Default 10,000. */
  readonly timeoutMs?: number;
}

/** What came of it. */
export type DnsAnswer =
  | ({ readonly ok: true; readonly message: Message; readonly tookMs: number } & DnsOctets)
  | ({ readonly ok: false; readonly reason: "timeout" | "unreachable" } & DnsOctets);

/** What went over the wire last. */
export interface DnsOctets {
  readonly query: Uint8Array;
  /** Absent where no answer came. */
  readonly response?: Uint8Array;
  readonly isTcp: boolean;
}

/** When a question is sent again while there is no answer, in milliseconds after it was sent first. */
const resendMs: readonly number[] = [1000, 3000];

/** Asks a server one question. */
export async function askServer(question: DnsQuestion): Promise<DnsAnswer> {
  const started = performance.now();
  const deadline = started + (question.timeoutMs ?? 10_000);
  const overUdp = await askOverUdp(question, deadline);
  const isTcp = typeof overUdp.got === "object" && overUdp.got.message.flags.tc;
  const { query, got } = isTcp ? await askOverTcp(question, deadline) : overUdp;
  if (typeof got === "string") return { ok: false, reason: got, query, isTcp };
  const { message, octets } = got;
  return { ok: true, message, tookMs: performance.now() - started, query, response: octets, isTcp };
}

type Got = { readonly message: Message; readonly octets: Uint8Array } | "timeout" | "unreachable";

/** A query that was sent, and what came back. */
interface SentQuery {
  readonly query: Uint8Array;
  readonly got: Got;
}

function askOverUdp(question: DnsQuestion, deadline: number): Promise<SentQuery> {
  const { server, name, type } = question;
  const { id, octets } = makeQuery(question);
  return new Promise((resolve) => {
    const socket = createSocket(server.address.includes(":") ? "udp6" : "udp4");
    const timers: NodeJS.Timeout[] = [];
    const settle = (got: Got): void => {
      for (const timer of timers) clearTimeout(timer);
      socket.removeAllListeners("error").on("error", () => {}); // a late ICMP error is of no interest
      socket.close();
      resolve({ query: octets, got });
    };
    socket.once("error", () => settle("unreachable"));
    socket.on("message", (received) => {
      const message = readAnswer(received, id, name, type);
      if (message) settle({ message, octets: received });
    });
    // Connected: what comes from elsewhere does not reach us, and a port without a server is told of.
    socket.connect(server.port, server.address, () => {
      socket.send(octets);
      for (const delay of resendMs) timers.push(setTimeout(() => socket.send(octets), delay));
      timers.push(setTimeout(() => settle("timeout"), Math.max(0, deadline - performance.now())));
    });
  });
}

function askOverTcp(question: DnsQuestion, deadline: number): Promise<SentQuery> {
  const { server, name, type } = question;
  const { id, octets } = makeQuery(question);
  return new Promise((resolve) => {
    const socket = connect({ host: server.address, port: server.port });
    const timer = setTimeout(() => settle("timeout"), Math.max(0, deadline - performance.now()));
    const frames = new FrameReader();
    function settle(got: Got): void {
      clearTimeout(timer);
      socket.destroy();
      resolve({ query: octets, got });
    }
    socket.once("error", () => settle("unreachable"));
    socket.once("close", () => settle("unreachable"));
    socket.once("connect", () => socket.write(frame(octets)));
    socket.on("data", (part: Buffer) => {
      const [received] = frames.push(part, part.length);
      if (!received) return;
      const message = readAnswer(received, id, name, type);
      settle(message ? { message, octets: received.slice() } : "unreachable");
    });
  });
}

function makeQuery({ name, type, options = [], isRecursionDesired: rd = true }: DnsQuestion): {
  id: number;
  octets: Uint8Array;
} {
  const id = randomInt(0x10000);
  const edns = { udpPayloadSize: udpPayloadOctets, version: 0, isDnssecOk: false, options };
  return { id, octets: encodeRequest(name, type, { id, flags: { rd }, edns }) };
}

/** The answer to a query; undefined where it is not one to it. */
function readAnswer(octets: Uint8Array, id: number, name: Name, type: number): Message | undefined {
  const decoded = decodeMessage(octets);
  if (!decoded.ok) return undefined;
  const { value: message } = decoded;
  const [asked] = message.question;
  const isOurs = message.id === id && message.flags.qr && asked?.type === type && asked.name.equals(name);
  return isOurs ? message : undefined;
}
