// HTTP to a Docker-compatible API over a UNIX socket. Every answer is bounded in octets and time; an engine that is absent, hangs, breaks off or
// says something else than HTTP is `EngineAway`, one that refuses is an `EngineRefusal` with what it said.

import { request, type IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { EngineAway } from "./engine.ts";

/** The largest answer that is read, in octets: a list of some thousands of containers. */
const maxAnswerOctets = 8 << 20;
/** How long an answer may take, in milliseconds, unless the request takes its time. */
const answerMs = 30_000;
/** How long a body may stand still that is sent to the engine, in milliseconds. */
const uploadStallMs = 60_000;
/** Characters of what an engine says that are shown to people. */
const maxShownLength = 500;

/** An engine's refusal. */
export class EngineRefusal extends Error {
  override name = "EngineRefusal";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A request to an engine. */
export interface EngineRequest {
  readonly method?: "GET" | "POST" | "DELETE";
  /** Path and query, encoded. */
  readonly path: string;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly body?: Readable;
  /** Milliseconds until the whole answer is there. */
  readonly timeoutMs?: number;
  /** The most octets of the answer. */
  readonly maxOctets?: number;
}

/** An answer. */
export interface EngineAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** Asks the engines behind one socket. */
export class DockerTransport {
  readonly socket: string;

  constructor(socket: string) {
    this.socket = socket;
  }

  /** Sends a request and reads the whole answer. Throws `EngineRefusal` for a status from 400 on, `EngineAway` where there is no answer. */
  async ask(order: EngineRequest): Promise<EngineAnswer> {
    const { timeoutMs = answerMs, maxOctets = maxAnswerOctets } = order;
    const over = AbortSignal.timeout(timeoutMs);
    const response = await this.#send(order, over);
    const parts: Buffer[] = [];
    let octets = 0;
    try {
      for await (const part of response as AsyncIterable<Buffer>) {
        octets += part.length;
        if (octets > maxOctets) throw this.#away(`its answer has more than ${maxOctets} octets`);
        parts.push(part);
      }
    } catch (error) {
      throw error instanceof EngineAway
        ? error
        : this.#away(
            over.aborted ? `it gave no whole answer in ${timeoutMs / 1000} s` : "its answer broke off",
          );
    } finally {
      response.destroy();
    }
    const body = Buffer.concat(parts);
    const { statusCode: status = 0, headers } = response;
    if (status >= 400) throw new EngineRefusal(status, saidIn(body) ?? `status ${status}`);
    return { status, headers, body };
  }

  /** Sends a request and gives the answer as it comes; it ends when the signal says so. Throws as `ask` does, of what comes before the body. */
  async open(order: EngineRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const head = AbortSignal.timeout(answerMs);
    const response = await this.#send(order, AbortSignal.any([signal, head]), signal);
    if ((response.statusCode ?? 0) < 400) return response;
    response.destroy();
    throw new EngineRefusal(response.statusCode ?? 0, `status ${response.statusCode}`);
  }

  /** What cannot be made of an answer, as an error. */
  unreadable(what: string): EngineAway {
    return this.#away(`${what} cannot be read`);
  }

  /** @param lasting  ends the answer once its head is there; absent: `signal` goes on to */
  #send(order: EngineRequest, signal: AbortSignal, lasting?: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { method = "GET", path, json, body } = order;
      const text = json === undefined ? undefined : JSON.stringify(json);
      const sent = request({
        socketPath: this.socket,
        agent: false,
        method,
        path,
        headers: {
          Host: "engine",
          ...(text === undefined
            ? {}
            : { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) }),
          ...(body ? { "Content-Type": "application/x-tar" } : {}),
        },
      });
      const abort = (): void => {
        sent.destroy();
        reject(this.#away("it does not answer"));
      };
      if (signal.aborted) abort();
      signal.addEventListener("abort", abort, { once: true });
      sent.on("error", (error: NodeJS.ErrnoException) => reject(this.#away(inWords(error))));
      sent.once("response", (response) => {
        if (lasting) {
          signal.removeEventListener("abort", abort);
          const end = (): void => void response.destroy();
          lasting.addEventListener("abort", end, { once: true });
          response.once("close", () => lasting.removeEventListener("abort", end));
          if (lasting.aborted) end();
        }
        response.on("error", () => {}); // whoever reads it hears of it too
        resolve(response);
      });
      if (!body) {
        sent.end(text);
        return;
      }
      sent.setTimeout(uploadStallMs, abort);
      body.once("error", (error) => {
        sent.destroy();
        reject(error);
      });
      body.pipe(sent);
    });
  }

  #away(what: string): EngineAway {
    return new EngineAway(`Cannot ask the container engine at ${this.socket}: ${what}`);
  }
}

function inWords({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "ENOENT":
      return "there is no such socket";
    case "ECONNREFUSED":
      return "nobody listens there";
    case "EACCES":
      return "this user may not";
    case "ECONNRESET":
    case "EPIPE":
      return "it broke off";
    default:
      return code?.startsWith("HPE_") ? "it does not speak HTTP" : message;
  }
}

/** The message of an error answer, bounded, on one line. */
function saidIn(body: Buffer): string | undefined {
  let message: unknown;
  try {
    ({ message } = JSON.parse(body.toString("utf8")) as { message?: unknown });
  } catch {
    message = body.toString("utf8"); // older engines say it as plain text
  }
  if (typeof message !== "string") return undefined;
  const text = message.replace(/\s+/g, " ").trim();
  return text === "" ? undefined : text.slice(0, maxShownLength);
}
