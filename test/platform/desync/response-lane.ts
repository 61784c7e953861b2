// The response test's parts: an origin that sends what a case says, what the edge reads in it, and clients that ask through the edge. After each
// case the client asks for a probe: its answer must be the probe's own, whatever the response before was made of.

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { BodyReader, BodyStatus, framingOfResponse, HeadStatus, MessageHead, Method, textOf } from "#http";
import { listsOption, readPlainMessage, valuesOf, type PlainMessage } from "./plain-messages.ts";
import { closeServer, listen } from "./recording-origin.ts";

/** Milliseconds after which the origin ends a connection that waits for more. */
const originQuietMs = 15;
/** Milliseconds that a client may wait for a case before that is tried again alone. */
export const caseLimitMs = 8000;
/** Interim responses that the edge lets pass: its default limit. */
const maxInterim = 32;

/** An origin whose responses are given. */
export interface GivenOrigin {
  readonly port: number;
  /** What is answered to `/case/N`. */
  readonly responses: Map<number, string>;
  close(): Promise<void>;
}

/** Starts the origin: `/case/N` is answered with the given octets, `/probe/N` with its own name. */
export async function startGivenOrigin(): Promise<GivenOrigin> {
  const responses = new Map<number, string>();
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket.setEncoding("latin1").on("error", () => {}));
    socket.on("close", () => sockets.delete(socket));
    let text = "";
    socket.on("data", (data) => {
      text += String(data);
      for (;;) {
        const reading = readPlainMessage(text, "request");
        if (reading.kind !== "message") return;
        text = text.slice(reading.message.length);
        const target = reading.message.startLine.split(" ")[1] ?? "";
        const number = Number(/^\/case\/(\d+)$/.exec(target)?.[1] ?? -1);
        const given = responses.get(number);
        if (given !== undefined) {
          socket.write(given, "latin1");
          socket.setTimeout(originQuietMs, () => socket.end());
        } else socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${target}`);
      }
    });
  });
  const port = await listen(server);
  return { port, responses, close: () => closeServer(server, () => sockets.forEach((one) => one.destroy())) };
}

/** What the edge makes of a response to GET. */
export interface ResponseClaim {
  /** `refused`: 502. `broken`: the head is passed on and the connection ends before the content is whole. */
  readonly kind: "whole" | "refused" | "broken";
  readonly status: number;
  readonly body: string;
  /** True where a 100 comes before it, though nobody asked. */
  readonly hasContinue: boolean;
}

/** Reads an origin's octets with the edge's parser; the connection ends after them. */
export function readResponseAsEdge(text: string): ResponseClaim {
  const octets = Buffer.from(text, "latin1");
  const head = new MessageHead("response");
  let hasContinue = false;
  let at = 0;
  for (let interim = 0; ; interim++) {
    head.reset();
    if (head.parse(octets, at, octets.length) !== HeadStatus.Complete)
      return { kind: "refused", status: 502, body: "", hasContinue };
    at += head.length;
    if (head.hasOtherCoding || head.status === 101 || interim > maxInterim)
      return { kind: "refused", status: 502, body: "", hasContinue };
    if (head.status >= 200) break;
    hasContinue ||= head.status === 100;
  }
  const { status } = head;
  const body = new BodyReader();
  body.begin(framingOfResponse(head, Method.GET), head.contentLength, false);
  let content = "";
  let state: number;
  do {
    state = body.read(octets, at, octets.length);
    content += textOf(octets, body.from, body.to);
    at = body.at;
  } while (state === BodyStatus.Again);
  const isWhole = state !== BodyStatus.Failed && (body.isDone || body.end());
  return { kind: isWhole ? "whole" : "broken", status, body: content, hasContinue };
}

/** What a client made of a response; `error` where it gave up. */
export interface Outcome {
  readonly status: number;
  readonly body: string;
  readonly isOwn: boolean;
  readonly error?: string;
}

/** Tells what is wrong with an outcome, or undefined. */
export function judgeOutcome(claim: ResponseClaim, outcome: Outcome): string | undefined {
  const { error, status, body, isOwn } = outcome;
  if (claim.kind === "whole") {
    if (error !== undefined) return `a whole response (${claim.status}) fails: ${error}`;
    return isOwn || status !== claim.status || body !== claim.body
      ? `read as ${JSON.stringify(claim)} and by the client as ${JSON.stringify(outcome)}`
      : undefined;
  }
  if (error !== undefined) return undefined;
  if (isOwn && status === 502) return undefined;
  return `${claim.kind}, and the client takes it for ${JSON.stringify(outcome)}`;
}

/** A client on one connection for as long as it may be. */
export interface ResponseClient {
  readonly name: string;
  /** Asks for cases and their probes, in order. */
  ask(
    port: number,
    numbers: readonly number[],
    limitMs?: number,
  ): Promise<{ outcome: Outcome; probe: string }[]>;
}

const failed = (error: unknown): Outcome => ({ status: 0, body: "", isOwn: false, error: String(error) });

/** A client of the plain reader: case and probe are sent at once on one connection. */
export const plainClient: ResponseClient = {
  name: "a plain reader",
  async ask(port, numbers, limitMs = caseLimitMs) {
    const results: { outcome: Outcome; probe: string }[] = [];
    for (const number of numbers) {
      const received = await exchange(port, number, limitMs);
      const outcome = takeResponse(received);
      let probe = `/probe/${number}`;
      if (outcome.rest !== undefined && outcome.rest !== "") {
        const after = takeResponse({ text: outcome.rest, hasEnded: received.hasEnded });
        probe = after.rest === "" && after.error === undefined ? after.body : JSON.stringify(outcome.rest);
      } else if (outcome.error === undefined && !outcome.closes) probe = "no answer";
      const { status, body, isOwn, error } = outcome;
      results.push({ outcome: { status, body, isOwn, ...(error === undefined ? {} : { error }) }, probe });
    }
    return results;
  },
};

function takeResponse(input: {
  text: string;
  hasEnded: boolean;
}): Outcome & { rest?: string; closes: boolean } {
  let { text } = input;
  for (;;) {
    const reading = readPlainMessage(text, "response", "GET", input.hasEnded);
    if (reading.kind === "partial") return { ...failed("broken off"), closes: true };
    // What the edge writes is never malformed: a body of that is what no claim has.
    if (reading.kind === "malformed") return { status: -1, body: reading.why, isOwn: false, closes: true };
    text = text.slice(reading.message.length);
    const status = statusOf(reading.message);
    if (status < 200) continue;
    const { fields, body } = reading.message;
    return {
      status,
      body,
      isOwn: valuesOf(fields, "x-content-type-options").includes("nosniff"),
      rest: text,
      closes: listsOption(reading.message, "close"),
    };
  }
}

const statusOf = ({ startLine }: PlainMessage): number => Number(startLine.slice(9, 12));

async function exchange(
  port: number,
  number: number,
  limitMs: number,
): Promise<{ text: string; hasEnded: boolean }> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
  let text = "";
  const isWhole = new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), limitMs);
    const finish = (hasEnded: boolean): void => {
      clearTimeout(timer);
      resolve(hasEnded);
    };
    socket.setEncoding("latin1").on("data", (data) => (text += String(data)));
    socket
      .on("error", () => finish(false))
      .on("end", () => finish(true))
      .on("close", () => finish(false));
  });
  for (const path of [`/case/${number}`, `/probe/${number}`])
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a.test\r\n\r\n`);
  socket.end();
  const hasEnded = await isWhole;
  socket.destroy();
  return { text, hasEnded };
}

/** Node's own client, with keep-alive. */
export const nodeClient: ResponseClient = {
  name: "Node's client",
  async ask(port, numbers, limitMs = caseLimitMs) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const get = (path: string): Promise<Outcome> =>
      new Promise((resolve) => {
        const asked = request({ port, host: "127.0.0.1", path, agent, timeout: limitMs }, (response) => {
          let body = "";
          response.setEncoding("latin1").on("data", (data: string) => (body += data));
          response.on("error", (error) => resolve(failed(error)));
          response.on("end", () => {
            const isOwn = response.headers["x-content-type-options"] === "nosniff";
            resolve(
              response.complete ? { status: response.statusCode ?? 0, body, isOwn } : failed("not complete"),
            );
          });
        });
        asked.on("error", (error) => resolve(failed(error))).on("upgrade", () => resolve(failed("upgrade")));
        asked.on("timeout", () => asked.destroy(new Error("timeout"))).end();
      });
    const results: { outcome: Outcome; probe: string }[] = [];
    for (const number of numbers) {
      const outcome = await get(`/case/${number}`);
      results.push({ outcome, probe: (await get(`/probe/${number}`)).body });
    }
    agent.destroy();
    return results;
  },
};

/** undici, as `fetch`. */
export const fetchClient: ResponseClient = {
  name: "undici",
  async ask(port, numbers, limitMs = caseLimitMs) {
    const get = async (path: string): Promise<Outcome> => {
      try {
        const response = await fetch(`http://127.0.0.1:${port}${path}`, {
          redirect: "manual",
          signal: AbortSignal.timeout(limitMs),
        });
        const body = Buffer.from(await response.arrayBuffer()).toString("latin1");
        const isOwn = response.headers.get("x-content-type-options") === "nosniff";
        return { status: response.status, body, isOwn };
      } catch (error) {
        return failed(error);
      }
    };
    const results: { outcome: Outcome; probe: string }[] = [];
    for (const number of numbers) {
      const outcome = await get(`/case/${number}`);
      results.push({ outcome, probe: (await get(`/probe/${number}`)).body });
    }
    return results;
  },
};

/** curl, all cases in one process. */
export const curlClient: ResponseClient = {
  name: "curl",
  async ask(port, numbers, limitMs = caseLimitMs) {
    const folder = mkdtempSync(join(tmpdir(), "fl-curl-"));
    try {
      const config = join(folder, "config");
      const parts = numbers.flatMap((number) =>
        ["case", "probe"].map((kind) =>
          [
            `url = "http://127.0.0.1:${port}/${kind}/${number}"`,
            `output = "${folder}/${kind}-${number}"`,
            "silent",
            `max-time = ${limitMs / 1000}`,
            `write-out = "${kind}-${number} %{http_code} %{exitcode} %header{x-content-type-options}\\n"`,
          ].join("\n"),
        ),
      );
      writeFileSync(config, `${parts.join("\nnext\n")}\n`);
      // Its exit status is the last transfer's: each has its own in what is printed.
      const printed = await promisify(execFile)("curl", ["-q", "-K", config]).then(
        ({ stdout }) => stdout,
        (error: { stdout?: string }) => error.stdout ?? "",
      );
      const lines = new Map(printed.split("\n").map((line) => [line.split(" ")[0] ?? "", line.split(" ")]));
      const read = (name: string): string => {
        try {
          return readFileSync(join(folder, name), "latin1");
        } catch {
          return ""; // a transfer without content leaves no file
        }
      };
      return numbers.map((number) => {
        const [, status = "", exit = "", own = ""] = lines.get(`case-${number}`) ?? [];
        const outcome: Outcome =
          exit === "0"
            ? { status: Number(status), body: read(`case-${number}`), isOwn: own === "nosniff" }
            : failed(`curl ${exit}`);
        return { outcome, probe: read(`probe-${number}`) };
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
