// The command line's way to the control API: one request at a time, errors turned back into the platform's own.

import type { ErrorBody, ErrorCode } from "#contract";
import { errorTable, PlatformError } from "#contract/plain";

/** A client of the native API. */
export interface ApiClient {
  /** Base address, such as http://127.0.0.1:7700. */
  readonly base: string;
  /** Sends a request; `body` is sent as JSON where given. Returns the decoded JSON, or text where it is not JSON. */
  request(method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: unknown): Promise<unknown>;
  /** Sends octets as they come. Returns the decoded JSON. */
  upload(path: string, octets: ReadableStream<Uint8Array>): Promise<unknown>;
}

/** How long an upload may take as a whole, in milliseconds: gigabytes from this machine take minutes. */
const uploadLimitMs = 3_600_000;

/** How long the platform may take over one request, in milliseconds: a trace past silent servers takes the longest, some 20 s. */
const answerLimitMs = 60_000;

/**
 * Makes a client.
 *
 * Throws `usage` for an address that is no URL, and for a key that cannot be one. Its requests throw `platform-unreachable` where nothing answers, `role-unreachable` where what
 * accepts connections there does not answer within `limitMs`, and what the API said where it refuses.
 */
export function createApiClient(base: string, key: string, limitMs: number = answerLimitMs): ApiClient {
  if (!/^https?:\/\//i.test(base) || !URL.canParse(base)) {
    throw new PlatformError(
      "usage",
      `Cannot use API address "${base}": expected a URL such as http://127.0.0.1:7700`,
    );
  }
  // What a header field can carry; fetch() fails on anything else as if nobody answered.
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new PlatformError(
      "usage",
      "Cannot use the access key: it has blanks, line ends or other such characters",
    );
  const send = async (path: string, { method, type, body, withinMs }: Sending): Promise<unknown> => {
    let response: Response;
    let text: string;
    try {
      response = await fetch(new URL(path, base), {
        method,
        redirect: "error",
        signal: AbortSignal.timeout(withinMs),
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { "content-type": type }),
        },
        // A stream is sent while it is read: `half` says that the answer comes afterwards.
        ...(body === undefined ? {} : { body, duplex: "half" }),
      });
      text = await response.text();
    } catch (cause) {
      // The supervisor holds the API's socket: with control down, connections are accepted and wait.
      if ((cause as Error).name === "TimeoutError") {
        const state = `there was no answer within ${withinMs / 1000} s`;
        throw new PlatformError("role-unreachable", `Cannot reach control at ${base}: ${state}`, { cause });
      }
      throw new PlatformError(
        "platform-unreachable",
        `Cannot reach the platform at ${base}: nothing answers there`,
        { cause },
      );
    }
    const isJson = /\bjson\b/.test(response.headers.get("content-type") ?? "");
    const value: unknown = isJson && text !== "" ? parseJson(text, base) : text;
    if (!response.ok) throw toPlatformError(value, response.status, base);
    return value;
  };
  return {
    base,
    request: (method, path, body) =>
      send(path, {
        method,
        type: "application/json",
        withinMs: limitMs,
        body: body === undefined ? undefined : JSON.stringify(body),
      }),
    upload: (path, octets) =>
      send(path, { method: "POST", type: "application/x-tar", withinMs: uploadLimitMs, body: octets }),
  };
}

/** What is sent. */
interface Sending {
  readonly method: string;
  /** Media type of the body. */
  readonly type: string;
  readonly withinMs: number;
  readonly body: string | ReadableStream<Uint8Array> | undefined;
}

function parseJson(text: string, base: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PlatformError(
      "platform-unreachable",
      `Cannot understand what answers at ${base}: it is not Fairlead's API`,
      { cause },
    );
  }
}

function toPlatformError(value: unknown, status: number, base: string): PlatformError {
  const body = value as (Partial<ErrorBody> & { readonly code?: unknown }) | null;
  if (typeof body === "object" && body !== null && typeof body.code === "string" && body.code in errorTable) {
    const { conflicts, moreConflicts, reasons } = body;
    return new PlatformError(body.code as ErrorCode, String(body.message), {
      detail: {
        ...(conflicts ? { conflicts } : {}),
        ...(moreConflicts === undefined ? {} : { moreConflicts }),
        ...(reasons ? { reasons } : {}),
      },
    });
  }
  return new PlatformError(
    "platform-unreachable",
    `Cannot understand what answers at ${base}: status ${status} without an error of Fairlead's`,
  );
}
