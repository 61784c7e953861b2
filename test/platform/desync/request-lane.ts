// One lane of the request test: a client, a relay in the middle (the edge, or a planted one that is at fault), and a peer behind it that
// ends at a recording origin. A case is a run of octets on a connection of its own. What the edge's parser reads in them is
// what the edge says it passes on; what the origin was sent must be exactly that, case by case.

import { connect, createServer, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { instanceResource } from "#contract";
import { EdgeEngine } from "#edge";
import { BodyReader, BodyStatus, HeadStatus, MessageHead, Method, textOf } from "#http";
import { NodeDriver } from "#reactor";
import { listsOption, readPlainMessage, valuesOf, type PlainMessage } from "./plain-messages.ts";
import type { Chance } from "./random.ts";
import type { ReadRequest } from "./reasons-to-refuse.ts";
import {
  closeServer,
  listen,
  parseSeen,
  seenRequest,
  type RecordingOrigin,
  type SeenRequest,
} from "./recording-origin.ts";

/** Milliseconds that a case may take before it is tried again alone. */
const caseLimitMs = 8000;
/** Milliseconds that it may take then. */
const aloneLimitMs = 20_000;
/** How often what time alone may explain is tried again: it counts where none of them goes well. */
const triesAlone = 3;

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
  readonly reasonToRefuse: (request: ReadRequest) => string | undefined;
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

/**
 * Starts the planted fault: a relay that passes octets on as they come.
 * @param quietMs  it does not know where an answer ends: after so long without any octet it ends the connection
 */
export async function startRawRelay(targetPort: number, quietMs: number = 60): Promise<RelayInService> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const target = connect({ port: targetPort, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
    for (const socket of [client, target])
      sockets.add(socket.on("error", () => {}).on("close", () => sockets.delete(socket)));
    client.pipe(target, { end: false });
    target.pipe(client, { end: false });
    target.on("end", () => client.end());
    client.on("close", () => target.destroy());
    client.setTimeout(quietMs, () => client.destroy());
  });
  const port = await listen(server);
  return { port, close: () => closeServer(server, () => sockets.forEach((socket) => socket.destroy())) };
}

/** What the edge's parser reads in a client's octets. */
export interface EdgeReading {
  /** The requests that are whole, in the form they are passed on in. */
  readonly requests: readonly ReadRequest[];
  /** One more whose head is whole and whose content is not, or is malformed: its head may be passed on before that shows. */
  readonly begun?: ReadRequest;
}

/** Reads a client's octets with the edge's parser. */
export function readAsEdge(text: string): EdgeReading {
  const octets = Buffer.from(text, "latin1");
  const requests: ReadRequest[] = [];
  const head = new MessageHead("request");
  const body = new BodyReader();
  let at = 0;
  for (;;) {
    head.reset();
    if (head.parse(octets, at, octets.length) !== HeadStatus.Complete) return { requests };
    const start = at;
    at += head.length;
    const path = textOf(octets, start + head.pathStart, start + head.pathEnd);
    const root = head.method === Method.OPTIONS ? "*" : "/";
    const target = path === "" ? root : path.startsWith("?") ? `/${path}` : path;
    const method = textOf(octets, start + head.methodStart, start + head.methodEnd);
    const hostField = head.hostField < 0 ? undefined : head.valueText(octets, start, head.hostField);
    const named = textOf(octets, start + head.hostStart, start + head.hostEnd);
    const port = head.port < 0 ? "" : `:${head.port}`;
    const host = hostField ?? (named === "" ? "*" : `${named}${port}`);
    const { wantsUpgrade, keepsAlive } = head;
    const fields = fieldsOf(head, octets, start);
    const restStart = at;
    body.begin(head.framing, head.contentLength, false);
    let content = "";
    let status: number;
    do {
      status = body.read(octets, at, octets.length);
      content += textOf(octets, body.from, body.to);
      at = body.at;
    } while (status === BodyStatus.Again);
    const trailers = body.trailers ? fieldsOf(body.trailers, body.trailerOctets, 0) : [];
    const isWhole = status === BodyStatus.Done;
    const rest = text.slice(restStart, isWhole ? at : undefined);
    const seen = seenRequest(method, target, host, content);
    const request = { seen, fields, trailers, rest, wantsUpgrade };
    if (!isWhole) return { requests, begun: request };
    requests.push(request);
    if (!keepsAlive) return { requests };
  }
}

function fieldsOf(head: MessageHead, octets: Uint8Array, start: number): ReadRequest["fields"] {
  return Array.from(
    { length: head.fieldCount },
    (_, i) => [head.nameText(octets, start, i), head.valueText(octets, start, i)] as const,
  );
}

/** What is wrong with a case. */
interface Fault {
  readonly why: string;
  /** True where a machine that stood still explains it as well. */
  readonly isOfTime: boolean;
}

/** Sends a case and judges it. Returns what is wrong, or undefined. */
export async function runRequests(
  lane: RequestLane,
  text: string,
  chance: Chance | undefined,
  counts?: LaneCounts,
): Promise<string | undefined> {
  const pieces = cut(text, chance);
  let fault = await runOnce(lane, pieces, caseLimitMs, counts);
  if (!fault?.isOfTime || lane.ignoresRefusals) return fault?.why;
  for (let i = 0; i < triesAlone && fault; i++) {
    // What was still on its way of the try before is answered, or given up, before this.
    await exchange(lane.relay.port, [probe], aloneLimitMs);
    lane.origin.take();
    lane.origin.faults.length = 0;
    fault = await runOnce(lane, pieces, aloneLimitMs, counts);
  }
  return fault?.why;
}

const probe = "GET /probe HTTP/1.1\r\nHost: probe.test\r\nConnection: close\r\n\r\n";

async function runOnce(
  lane: RequestLane,
  pieces: readonly string[],
  limitMs: number,
  counts: LaneCounts | undefined,
): Promise<Fault | undefined> {
  const reading = readAsEdge(pieces.join(""));
  const received = await exchange(lane.relay.port, pieces, limitMs);
  if (received === undefined) return { why: "the connection hangs", isOfTime: true };
  const wrong = judge(lane, reading, received, counts);
  // What was left over somewhere comes before the next visitor's request.
  const after = await exchange(lane.relay.port, [probe], limitMs);
  const records = lane.origin.take();
  if (wrong !== undefined) return wrong;
  if (lane.ignoresRefusals) return undefined;
  const answers = seenIn(received, reading);
  const expected = [...answers, seenRequest("GET", "/probe", "probe.test", "")];
  if (after === undefined) return { why: "the next visitor's connection hangs", isOfTime: true };
  if (JSON.stringify(records) !== JSON.stringify(expected))
    return ofOctets(`the origin was sent ${describe(records)} and the answers are to ${describe(expected)}`);
  const probed = seenIn(after, { requests: [] });
  if (probed.length !== 1 || probed[0]?.target !== "/probe")
    return ofOctets(`the next visitor's request was answered by ${JSON.stringify(after.slice(0, 200))}`);
  return lane.origin.faults.length > 0
    ? ofOctets(`the peer wrote ${lane.origin.faults.splice(0).join("; ")}`)
    : undefined;
}

const ofOctets = (why: string): Fault => ({ why, isOfTime: false });

const describe = (requests: readonly SeenRequest[]): string =>
  `${requests.length} [${requests.map(({ method, target, host, octets }) => `${method} ${target.slice(0, 60)} (${host.slice(0, 40)}) +${octets}`).join(", ")}]`;

function seenIn(received: string, reading: EdgeReading): SeenRequest[] {
  const seen: SeenRequest[] = [];
  for (const response of readResponses(received, reading).responses) {
    const [text] = valuesOf(response.fields, "x-seen");
    if (text !== undefined) seen.push(parseSeen(text));
  }
  return seen;
}

function judge(
  lane: RequestLane,
  reading: EdgeReading,
  received: string,
  counts: LaneCounts | undefined,
): Fault | undefined {
  const claims = reading.requests;
  const { responses, why } = readResponses(received, reading);
  if (why !== undefined) return ofOctets(why);
  let isClosed = false;
  for (const [i, response] of responses.entries()) {
    if (isClosed) return ofOctets("a response follows the one that ends the connection");
    const status = Number(response.startLine.slice(9, 12));
    const claim = claims[i];
    const [seenText] = valuesOf(response.fields, "x-seen");
    isClosed = listsOption(response, "close");
    if (seenText !== undefined) {
      const seen = parseSeen(seenText);
      if (!claim) return ofOctets(`a request that is to be refused was passed on as ${JSON.stringify(seen)}`);
      const host = claim.seen.host === "*" ? seen.host : claim.seen.host;
      if (JSON.stringify(seen) !== JSON.stringify({ ...claim.seen, host }))
        return ofOctets(`read as ${JSON.stringify(claim.seen)} and by the peer as ${JSON.stringify(seen)}`);
      if (counts) counts.passed++;
    } else if (valuesOf(response.fields, "x-content-type-options").includes("nosniff")) {
      // A peer that refuses may break off before its answer was read. What it has no reason to refuse, it is to answer.
      if (noAnswer.has(status) && claim && !lane.reasonToRefuse(claim))
        return {
          why: `not answered: ${JSON.stringify(claim.seen)}, ${response.startLine}, ${response.body}`,
          isOfTime: true,
        };
      if (counts) counts.refused++;
      if (!claim && !isClosed)
        return ofOctets(`the refusal ${response.startLine} does not end the connection`);
    } else {
      if (lane.ignoresRefusals) return undefined;
      // A peer may refuse a head before the content that follows shows itself to be malformed or cut off.
      const refused = claim ?? reading.begun;
      if (!refused)
        return ofOctets(`a request that is to be refused was passed on and answered ${response.startLine}`);
      const reason = status === 400 ? lane.reasonToRefuse(refused) : undefined;
      if (reason === undefined)
        return ofOctets(`refused by the peer: ${JSON.stringify(refused.seen)}, ${response.startLine}`);
      if (!claim && !isClosed)
        return ofOctets(`the refusal ${response.startLine} of half a request does not end the connection`);
      counts?.refusedByPeer.set(reason, (counts.refusedByPeer.get(reason) ?? 0) + 1);
    }
  }
  if (!isClosed && responses.length < claims.length)
    return ofOctets(`${claims.length} requests have ${responses.length} responses`);
  if (responses.length > claims.length + 1)
    return ofOctets(`${claims.length} requests have ${responses.length} responses`);
  if (counts) counts.cases++;
  return undefined;
}

/** What the edge answers where its target does not, or where a client takes too long. */
const noAnswer = new Set([408, 502, 503, 504]);

/** The final responses in what a client received. */
function readResponses(
  received: string,
  { requests }: EdgeReading,
): { responses: PlainMessage[]; why?: string } {
  const responses: PlainMessage[] = [];
  let rest = received;
  while (rest !== "") {
    // To a refused request the edge cannot know that it was HEAD only where its method could not be read.
    const method = requests[responses.length]?.seen.method;
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
async function exchange(
  port: number,
  pieces: readonly string[],
  limitMs: number,
): Promise<string | undefined> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
  let received = "";
  const over = new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), limitMs);
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
  for (const piece of pieces) {
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
