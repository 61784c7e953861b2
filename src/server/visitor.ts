// The visitor that traces send out: a real query to the platform's resolver and a real request to the address that it
// got, both marked with the trace's id. What it reports is what it saw itself; everything else, the serving processes do.

import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { DnsDetail, HttpDetail, TraceOption } from "#contract";
import { encodeTraceOption, traceHeader, traceOptionCode } from "#contract/plain";
import type { TLSSocket } from "node:tls";
import type { Visitor, VisitorAnswer, VisitorHandshake, VisitorResponse } from "#control";
import { servedPort } from "#control";
import { formatAddress } from "#engine";
import {
  decodeMessage,
  describeMessage,
  formatDigCommand,
  formatFlags,
  formatRecord,
  Name,
  Rcode,
  rcodeName,
  RrType,
} from "#wire";
import { addressesFor } from "./addresses.ts";
import { askServer, type DnsOctets, type DnsQuestion } from "./dns-client.ts";
import { networkFailureInWords } from "./in-words.ts";
import type { Profile, SocketAddress } from "./profile.ts";
import { describeHandshake, trustedAuthorities } from "./visitor-handshake.ts";

/** How long a name server may take that is asked beside a visit: people wait for the trace. */
const asideLimitMs = 1200;
/** How long a page may take from the connection to its last octet, in milliseconds. */
const requestLimitMs = 15_000;
/** Octets of a page that are read; the rest is left. */
const maxPageOctets = 16 << 20;
/** Header fields that are shown. */
const shownFields: readonly string[] = [
  "server",
  "via",
  "content-type",
  "content-length",
  "etag",
  "age",
  "location",
];

/** Makes the visitor of a platform. */
export function makeVisitor(profile: Profile): Visitor {
  return {
    query: (name, type, traceId, fresh) => query(profile.resolver[0], name, type, traceId, fresh),
    queryServer: (server, name, type, id) =>
      askTraced(
        server,
        name,
        type,
        { id, isFresh: false, isAside: true },
        { isRecursionDesired: false, timeoutMs: asideLimitMs },
      ),
    request: (url, address, traceId, authorities) => request(profile, url, address, { traceId, authorities }),
  };
}

function query(
  server: SocketAddress | undefined,
  name: string,
  type: "A" | "AAAA",
  id: string,
  isFresh: boolean,
): Promise<VisitorAnswer> {
  return askTraced(server, name, type, { id, isFresh }, { isRecursionDesired: true });
}

/** Asks a question that carries a trace, and tells what was seen of it. */
async function askTraced(
  server: SocketAddress | undefined,
  name: string,
  type: "A" | "AAAA",
  trace: TraceOption,
  how: Pick<DnsQuestion, "isRecursionDesired" | "timeoutMs">,
): Promise<VisitorAnswer> {
  const parsed = Name.parse(name);
  const at = server ? formatPlace(server) : "";
  const failed = (outcome: string): VisitorAnswer => ({
    server: at,
    answer: [],
    addresses: [],
    outcome,
    flags: [],
    isFailure: true,
  });
  if (!server || !parsed.ok) return failed("not asked: the name is malformed");
  const option = { code: traceOptionCode, octets: encodeTraceOption(trace) };
  const answer = await askServer({
    server,
    name: parsed.value,
    type: RrType[type],
    options: [option],
    ...how,
  });
  const dns = describeExchange(server, answer);
  if (!answer.ok) return { ...failed(answer.reason === "timeout" ? "no answer" : "connection refused"), dns };
  const { message } = answer;
  return {
    server: at,
    answer: message.answer.map(formatRecord),
    addresses: addressesFor(message, parsed.value, RrType[type]).map(formatAddress),
    outcome: rcodeName(message.rcode),
    flags: formatFlags(message.flags),
    isFailure: message.rcode !== Rcode.NOERROR,
    dns,
  };
}

function describeExchange(server: SocketAddress, { query, response, isTcp }: DnsOctets): DnsDetail {
  const asked = describeMessage(query);
  const answered = response && describeMessage(response);
  const decoded = decodeMessage(query);
  return {
    transport: isTcp ? "tcp" : "udp",
    address: server.address,
    port: server.port,
    ...(asked ? { query: asked } : {}),
    ...(answered ? { response: answered } : {}),
    dig: decoded.ok ? formatDigCommand(decoded.value, { ...server, isTcp }) : "",
  };
}

function formatPlace({ address, port }: SocketAddress): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The port that a visitor comes to: on its own addresses the local profile's edge serves public ports elsewhere. */
function portFor(profile: Profile, url: URL, address: string): number {
  const { edge } = profile;
  const isHttps = url.protocol === "https:";
  const asked = url.port === "" ? (isHttps ? 443 : 80) : Number(url.port);
  const isEdge = edge.addresses.includes(address) || edge.sharedAddresses.includes(address);
  if (!isEdge) return asked;
  return asked === edge.httpPort || asked === edge.httpsPort ? asked : servedPort(profile, asked);
}

function request(
  profile: Profile,
  url: URL,
  address: string,
  { traceId, authorities }: { readonly traceId: string; readonly authorities: readonly string[] },
): Promise<VisitorResponse> {
  const port = portFor(profile, url, address);
  const server = formatPlace({ address, port });
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const began = performance.now();
    let isConnected = false;
    let connectMs = 0;
    let sentAt = 0;
    let tls: VisitorHandshake | undefined;
    const settle = (outcome: string, answer: string[], isFailure: boolean, http?: HttpDetail): void => {
      clearTimeout(timer);
      const ended = performance.now();
      if (!isConnected) connectMs = ended - began;
      resolve({
        server,
        outcome,
        answer,
        isConnected,
        isFailure,
        connectMs,
        ...(sentAt > 0 ? { pageMs: ended - sentAt } : {}),
        ...(http ? { http } : {}),
        ...(tls ? { tls } : {}),
      });
      sent.destroy();
    };
    const sent = send({
      host: address,
      port,
      servername: url.hostname,
      path: `${url.pathname}${url.search}`,
      headers: { Host: url.host, "User-Agent": "fairlead-trace", [traceHeader]: traceId },
      agent: false,
      // Looked at below, so that what is wrong with a certificate is told and not only that something is.
      ...(url.protocol === "https:"
        ? { secureContext: trustedAuthorities(authorities), rejectUnauthorized: false }
        : {}),
    });
    const timer = setTimeout(() => settle("no answer", [], true), requestLimitMs);
    sent.once("socket", (socket) => {
      socket.once("connect", () => {
        isConnected = true;
        connectMs = performance.now() - began;
        if (url.protocol === "http:") sentAt = performance.now();
      });
      socket.once("secureConnect", () => {
        const tookMs = performance.now() - began - connectMs;
        tls = { ...describeHandshake(socket as TLSSocket, url.hostname), tookMs };
        if (tls.isFailure) settle(tls.outcome, [], true);
        else sentAt = performance.now();
      });
    });
    sent.once("error", (error: NodeJS.ErrnoException) => {
      if (url.protocol === "https:" && isConnected && !tls)
        tls = {
          outcome: `no handshake: ${networkFailureInWords(error)}`,
          answer: [],
          isFailure: true,
          tookMs: performance.now() - began - connectMs,
        };
      settle(networkFailureInWords(error), [], true);
    });
    sent.once("response", (response) => {
      let octets = 0;
      const firstByteMs = performance.now() - sentAt;
      const end = (outcome: string, isFailure: boolean): void =>
        settle(
          outcome,
          evidence(response, octets),
          isFailure,
          describeExchangeOf(sent, response, octets, firstByteMs),
        );
      response.on("data", (part: Buffer) => {
        octets += part.length;
        if (octets > maxPageOctets) end(statusOf(response), isBad(response));
      });
      response.once("end", () => end(statusOf(response), isBad(response)));
      response.once("error", () => end("the answer was cut off", true));
    });
    sent.end();
  });
}

/** Characters of a head that are shown. */
const maxHeadLength = 16_384;

function describeExchangeOf(
  sent: ClientRequest,
  response: IncomingMessage,
  contentOctets: number,
  firstByteMs: number,
): HttpDetail {
  const request = [`${sent.method} ${sent.path} HTTP/1.1`];
  for (const [name, value] of Object.entries(sent.getHeaders())) request.push(`${name}: ${String(value)}`);
  const lines = [`HTTP/${response.httpVersion} ${statusOf(response)}`];
  let length = 0;
  for (let i = 0; i + 1 < response.rawHeaders.length && length < maxHeadLength; i += 2) {
    const line = `${response.rawHeaders[i] ?? ""}: ${response.rawHeaders[i + 1] ?? ""}`.slice(
      0,
      maxHeadLength,
    );
    length += line.length;
    lines.push(line);
  }
  return { request, response: lines, contentOctets, firstByteMs };
}

function statusOf(response: IncomingMessage): string {
  return `${response.statusCode} ${response.statusMessage}`.trim();
}

function isBad({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 400;
}

function evidence({ headers }: IncomingMessage, octets: number): string[] {
  const fields = shownFields.flatMap((name) => {
    const value = headers[name];
    return value === undefined ? [] : [`${name}: ${String(value)}`];
  });
  return [...fields, `${octets} octets of content`];
}
