// The native API, asked with the session's cookie. A refusal is an `ApiFailure` with the body that the API gave; an API that does not
// answer is one with the code `unreachable`. Who listens hears of both what ended a session and what is away.

import type { ErrorBody } from "#contract";

/** A request that was refused or never answered. */
export class ApiFailure extends Error {
  override readonly name = "ApiFailure";
  /** HTTP status; 0 where nothing answered. */
  readonly status: number;
  readonly body: ErrorBody;

  constructor(status: number, body: ErrorBody) {
    super(body.message);
    this.status = status;
    this.body = body;
  }

  /** True where the API is away: the request may be sent again when it is back. */
  get isUnreachable(): boolean {
    return this.status === 0;
  }

  /** True where there is no session, or not any more. */
  get isSignedOut(): boolean {
    return this.status === 401;
  }
}

type Method = "GET" | "POST" | "PUT" | "DELETE";

/** What the rest of the console wants to know of every request. */
export interface Listener {
  /** The API answered, whatever it said. */
  answered(): void;
  /** Nothing answered. */
  unreachable(): void;
  /** The session has ended, or there was none. */
  signedOut(): void;
}

let listener: Listener = { answered: () => {}, unreachable: () => {}, signedOut: () => {} };

/** Sets who hears of what comes of requests. */
export function listenToRequests(to: Listener): void {
  listener = to;
}

/**
 * Sends one request and reads the JSON answer, at whose word it is taken: console and API are of one version.
 * @param body  sent as JSON; absent for none
 * Throws ApiFailure.
 */
export async function request<Answer>(
  method: Method,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<Answer> {
  const response = await send(path, {
    method,
    ...(signal ? { signal } : {}),
    headers: {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await response.json()) as Answer;
}

/** Reads a text: a zone file, a log. Throws ApiFailure. */
export async function requestText(path: string, signal?: AbortSignal): Promise<string> {
  return (await send(path, signal ? { signal } : {})).text();
}

/** Sends one request; an answer that is a refusal is thrown. */
async function send(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...init });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    listener.unreachable();
    throw unreachable(path);
  }
  listener.answered();
  if (response.ok) return response;
  const body = await errorBodyOf(response);
  // A password that is asked for again and is wrong ends no session.
  if (response.status === 401 && body.code !== "sign-in-refused") listener.signedOut();
  throw new ApiFailure(response.status, body);
}

async function errorBodyOf(response: Response): Promise<ErrorBody> {
  try {
    return (await response.json()) as ErrorBody;
  } catch {
    // Something between here and the API answered with a page of its own.
    return {
      code: "internal",
      message: `Cannot read the answer: ${response.status} ${response.statusText}`.trim(),
      help: "What answers at this address may not be Fairlead's API. Look at `fairlead status`.",
      supportCode: "",
    };
  }
}

function unreachable(path: string): ApiFailure {
  return new ApiFailure(0, {
    code: "unreachable",
    message: `Cannot reach the platform: nothing answered ${path.split("?", 1)[0]}`,
    help: "Names and pages are served on meanwhile. This page goes on by itself as soon as the platform answers.",
    supportCode: "",
  });
}

/** A path of the API from its segments: `at("zones", zone, "rrsets")` is `/v1/zones/shop.test/rrsets`. */
export function at(...segments: readonly string[]): string {
  return `/v1/${segments.map(encodeURIComponent).join("/")}`;
}
