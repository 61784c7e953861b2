// The visitor that traces send out: a real query to the platform's resolver and a real request to the address that it
// got, both marked with the trace's id. What it reports is what it saw itself; everything else, the serving processes do.

import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { encodeTraceOption, traceHeader, traceOptionCode } from "#contract";
import type { TLSSocket } from "node:tls";
import type { Visitor, VisitorAnswer, VisitorHandshake, VisitorResponse } from "#control";
import { servedPort } from "#control";
import { formatAddress } from "#engine";
import { formatFlags, formatRecord, Name, Rcode, rcodeName, RrType } from "#wire";
import { addressesFor } from "./addresses.ts";
import { askServer } from "./dns-client.ts";
import { networkFailureInWords } from "./in-words.ts";
import type { Profile, SocketAddress } from "./profile.ts";
import { describeHandshake, trustedAuthorities } from "./visitor-handshake.ts";

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
    request: (url, address, traceId, authorities) => request(profile, url, address, { traceId, authorities }),
  };
}

async function query(
  server: SocketAddress | undefined,
  name: string,
  type: "A" | "AAAA",
  traceId: string,
  fresh: boolean,
): Promise<VisitorAnswer> {
  const parsed = Name.parse(name);
  const at = server ? `${server.address}:${server.port}` : "";
  const failed = (outcome: string): VisitorAnswer => ({
    server: at,
    answer: [],
    addresses: [],
    outcome,
    flags: [],
    isFailure: true,
  });
  if (!server || !parsed.ok) return failed("not asked: the name is malformed");
  const option = { code: traceOptionCode, octets: encodeTraceOption({ id: traceId, isFresh: fresh }) };
  const answer = await askServer({ server, name: parsed.value, type: RrType[type], options: [option] });
  if (!answer.ok) return failed(answer.reason === "timeout" ? "no answer" : "connection refused");
  const { message } = answer;
  return {
    server: at,
    answer: message.answer.map(formatRecord),
    addresses: addressesFor(message, parsed.value, RrType[type]).map(formatAddress),
    outcome: rcodeName(message.rcode),
    flags: formatFlags(message.flags),
    isFailure: message.rcode !== Rcode.NOERROR,
  };
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
  const server = address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    let isConnected = false;
    let tls: VisitorHandshake | undefined;
    const settle = (outcome: string, answer: string[], isFailure: boolean): void => {
      clearTimeout(timer);
      resolve({ server, outcome, answer, isConnected, isFailure, ...(tls ? { tls } : {}) });
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
        ? { ca: trustedAuthorities(authorities), rejectUnauthorized: false }
        : {}),
    });
    const timer = setTimeout(() => settle("no answer", [], true), requestLimitMs);
    sent.once("socket", (socket) => {
      socket.once("connect", () => (isConnected = true));
      socket.once("secureConnect", () => {
        tls = describeHandshake(socket as TLSSocket, url.hostname);
        if (tls.isFailure) settle(tls.outcome, [], true);
      });
    });
    sent.once("error", (error: NodeJS.ErrnoException) => {
      if (url.protocol === "https:" && isConnected && !tls)
        tls = { outcome: `no handshake: ${networkFailureInWords(error)}`, answer: [], isFailure: true };
      settle(networkFailureInWords(error), [], true);
    });
    sent.once("response", (response) => {
      let octets = 0;
      response.on("data", (part: Buffer) => {
        octets += part.length;
        if (octets > maxPageOctets) settle(statusOf(response), evidence(response, octets), isBad(response));
      });
      response.once("end", () => settle(statusOf(response), evidence(response, octets), isBad(response)));
      response.once("error", () => settle("the answer was cut off", evidence(response, octets), true));
    });
    sent.end();
  });
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
