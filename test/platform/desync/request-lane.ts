// One lane of the request test: a client, a relay in the middle (the edge, or a planted one that is at fault), and a peer behind it that
// ends at a recording origin. A case is a run of octets on a connection of its own. What the edge's parser reads in them is
// what the edge says it passes on; what the origin was sent must be exactly that, case by case.

import { connect, createServer, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { instanceResource } from "#contract";
import { EdgeEngine } from "#edge";
import { BodyReader, BodyStatus, HeadStatus, MessageHead, Method, textOf } from "#http";
import { NodeDriver } from "#reactor";
import { readPlainMessage, valuesOf, type PlainMessage } from "./plain-messages.ts";
import type { Chance } from "./random.ts";
import {
  closeServer,
  listen,
  parseSeen,
  seenRequest,
  type RecordingOrigin,
  type SeenRequest,
} from "./recording-origin.ts";

/** Milliseconds that a case may take before it counts as hanging. */
const caseLimitMs = 8000;

/** A relay in service. */
export interface RelayInService {
  readonly port: number;
  close(): Promise<void>;
}

/** A lane. */
export interface RequestLane {
  readonly name: string;
  readonly relay: RelayInService;
  readonly origin: RecordingOrigin;
  /** Why the peer may refuse a request that was passed on to it as read; undefined where it may not. */
  reasonToRefuse(seen: SeenRequest, text: string): string | undefined;
  /** True where the peer may refuse what the relay should have: a fault is to be found by what is served alone. */
  readonly ignoresRefusals?: boolean;
}

/** What the cases of a run came to. */
export interface LaneCounts {
  cases: number;
  /** Requests that were passed on and read alike. */
  passed: number;
  /** Requests that the edge refused or answered by itself. */
  refused: number;
  /** Requests that were read alike up to the peer, which refused them for a reason of its own. */
  refusedByPeer: Map<string, number>;
}

/** Counts of nothing yet. */
export function noCounts(): LaneCounts {
  return { cases: 0, passed: 0, refused: 0, refusedByPeer: new Map() };
}

/** Starts the edge on a real socket, with one target. */
export async function startEdge(targetPort: number): Promise<RelayInService> {
  const faults: unknown[] = [];
  const driver = new NodeDriver((fault) => faults.push(fault.error));
  const engine = new EdgeEngine();
  const attachment = await driver.attach(engine, [{ transport: "tcp", address: "127.0.0.1", port: 0 }]);
  engine.setRoutes([
    instanceResource({
      id: "r",
      name: "peer",
      addresses: ["127.0.0.1"],
      listen: [{ address: "127.0.0.1", port: targetPort }],
    }),
  ]);
  return {
    port: attachment.listeners[0]?.port ?? 0,
    async close() {
      await driver.close();
      if (faults.length > 0) throw new Error(`the edge threw ${faults.length} times`, { cause: faults[0] });
    },
  };
}

/** Starts the planted fault: a relay that passes octets on as they come. */
export async function startRawRelay(targetPort: number): Promise<RelayInService> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const target = connect({ port: targetPort, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
    for (const socket of [client, target])
      sockets.add(socket.on("error", () => {}).on("close", () => sockets.delete(socket)));
    client.pipe(target, { end: false });
    target.pipe(client, { end: false });
    target.on("end", () => client.end());
    client.on("close", () => target.destroy());
    // It does not know where an answer ends: quiet is all that it can go by.
    client.setTimeout(60, () => client.destroy());
  });
  const port = await listen(server);
  return { port, close: () => closeServer(server, () => sockets.forEach((socket) => socket.destroy())) };
}

/** What the edge's parser reads in a client's octets: the requests that are whole, in the form they are passed on in. */
export function readAsEdge(text: string): SeenRequest[] {
  const octets = Buffer.from(text, "latin1");
  const requests: SeenRequest[] = [];
  const head = new MessageHead("request");
  const body = new BodyReader();
  let at = 0;
  for (;;) {
    head.reset();
    if (head.parse(octets, at, octets.length) !== HeadStatus.Complete) return requests;
    const start = at;
    at += head.length;
    const path = textOf(octets, start + head.pathStart, start + head.pathEnd);
    const root = head.method === Method.OPTIONS ? "*" : "/";
    const target = path === "" ? root : path.startsWith("?") ? `/${path}` : path;
    const method = textOf(octets, start + head.methodStart, start + head.methodEnd);
    const host = head.hostField < 0 ? undefined : head.valueText(octets, start, head.hostField);
    body.begin(head.framing, head.contentLength, false);
    let content = "";
    let status: number;
    do {
      status = body.read(octets, at, octets.length);
      content += textOf(octets, body.from, body.to);
      at = body.at;
    } while (status === BodyStatus.Again);
    if (status !== BodyStatus.Done) return requests;
    const named = textOf(octets, start + head.hostStart, start + head.hostEnd);
    const port = head.port < 0 ? "" : `:${head.port}`;
    requests.push(seenRequest(method, target, host ?? (named === "" ? "*" : `${named}${port}`), content));
    if (!head.keepsAlive) return requests;
  }
}

/** Sends a case and judges it. Returns what is wrong, or undefined. */
export async function runRequests(
  lane: RequestLane,
  text: string,
  chance: Chance | undefined,
  counts?: LaneCounts,
): Promise<string | undefined> {
  const claims = readAsEdge(text);
  const received = await exchange(lane.relay.port, text, chance);
  if (received === undefined) return "the connection hangs";
  const wrong = judge(lane, claims, received, counts, text);
  // What was left over somewhere comes before the next visitor's request.
  const probe = await exchange(
    lane.relay.port,
    "GET /probe HTTP/1.1\r\nHost: probe.test\r\nConnection: close\r\n\r\n",
    undefined,
  );
  const records = lane.origin.take();
  if (wrong !== undefined) return wrong;
  if (lane.ignoresRefusals) return undefined;
  const answers = seenIn(received, claims);
  const expected = [...answers, seenRequest("GET", "/probe", "probe.test", "")];
  if (JSON.stringify(records) !== JSON.stringify(expected))
    return `the origin was sent ${describe(records)} and the answers are to ${describe(expected)}`;
  const probed = probe === undefined ? [] : seenIn(probe, []);
  if (probed.length !== 1 || probed[0]?.target !== "/probe")
    return `the next visitor's request was answered by ${JSON.stringify(probe?.slice(0, 200))}`;
  return lane.origin.faults.length > 0
    ? `the peer wrote ${lane.origin.faults.splice(0).join("; ")}`
    : undefined;
}

const describe = (requests: readonly SeenRequest[]): string =>
  `${requests.length} [${requests.map(({ method, target, host, octets }) => `${method} ${target.slice(0, 60)} (${host.slice(0, 40)}) +${octets}`).join(", ")}]`;

function seenIn(received: string, claims: readonly SeenRequest[]): SeenRequest[] {
  const seen: SeenRequest[] = [];
  for (const response of readResponses(received, claims).responses) {
    const [text] = valuesOf(response.fields, "x-seen");
    if (text !== undefined) seen.push(parseSeen(text));
  }
  return seen;
}

function judge(
  lane: RequestLane,
  claims: readonly SeenRequest[],
  received: string,
  counts: LaneCounts | undefined,
  text: string,
): string | undefined {
  const { responses, why } = readResponses(received, claims);
  if (why !== undefined) return why;
  let isClosed = false;
  for (const [i, response] of responses.entries()) {
    if (isClosed) return "a response follows the one that ends the connection";
    const status = Number(response.startLine.slice(9, 12));
    const claim = claims[i];
    const [seenText] = valuesOf(response.fields, "x-seen");
    isClosed = valuesOf(response.fields, "connection").includes("close");
    if (seenText !== undefined) {
      const seen = parseSeen(seenText);
      if (!claim) return `a request that is to be refused was passed on as ${JSON.stringify(seen)}`;
      const host = claim.host === "*" ? seen.host : claim.host;
      if (JSON.stringify(seen) !== JSON.stringify({ ...claim, host }))
        return `read as ${JSON.stringify(claim)} and by the peer as ${JSON.stringify(seen)}`;
      if (counts) counts.passed++;
    } else if (valuesOf(response.fields, "x-content-type-options").includes("nosniff")) {
      if (counts) counts.refused++;
      if (!claim && !isClosed) return `the refusal ${response.startLine} does not end the connection`;
    } else {
      if (lane.ignoresRefusals) return undefined;
      if (!claim) return `a request that is to be refused was passed on and answered ${response.startLine}`;
      const reason = status === 400 ? lane.reasonToRefuse(claim, text) : undefined;
      if (reason === undefined) return `refused by the peer: ${JSON.stringify(claim)}, ${response.startLine}`;
      counts?.refusedByPeer.set(reason, (counts.refusedByPeer.get(reason) ?? 0) + 1);
    }
  }
  if (!isClosed && responses.length < claims.length)
    return `${claims.length} requests have ${responses.length} responses`;
  if (responses.length > claims.length + 1)
    return `${claims.length} requests have ${responses.length} responses`;
  if (counts) counts.cases++;
  return undefined;
}

/** The final responses in what a client received. */
function readResponses(
  received: string,
  claims: readonly SeenRequest[],
): { responses: PlainMessage[]; why?: string } {
  const responses: PlainMessage[] = [];
  let rest = received;
  while (rest !== "") {
    // To a refused request the edge cannot know that it was HEAD only where its method could not be read.
    const method = claims[responses.length]?.method;
    let reading = readPlainMessage(rest, "response", method ?? "GET", true);
    if (method === undefined && reading.kind === "partial")
      reading = readPlainMessage(rest, "response", "HEAD", true);
    if (reading.kind === "partial")
      return { responses, why: `half a response: ${JSON.stringify(rest.slice(0, 200))}` };
    if (reading.kind === "malformed") return { responses, why: `a response is malformed: ${reading.why}` };
    rest = rest.slice(reading.message.length);
    if (!reading.message.startLine.startsWith("HTTP/1.1 1")) responses.push(reading.message);
  }
  return { responses };
}

/** Sends octets, ends, and gives all that came until the other side ended; undefined where it does not. */
async function exchange(port: number, text: string, chance: Chance | undefined): Promise<string | undefined> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
  let received = "";
  const over = new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), caseLimitMs);
    const finish = (): void => {
      clearTimeout(timer);
      resolve(true);
    };
    socket.setEncoding("latin1").on("data", (data) => (received += String(data)));
    socket
      .on("error", () => {})
      .on("end", finish)
      .on("close", finish);
  });
  for (const piece of cut(text, chance)) {
    socket.write(piece, "latin1");
    await setImmediate();
  }
  socket.end();
  const isOver = await over;
  socket.destroy();
  return isOver ? received : undefined;
}

function cut(text: string, chance: Chance | undefined): string[] {
  if (!chance?.is(0.4)) return [text];
  const at = [chance.below(text.length + 1), chance.below(text.length + 1)].sort((a, b) => a - b);
  return [text.slice(0, at[0]), text.slice(at[0], at[1]), text.slice(at[1])].filter((piece) => piece !== "");
}
