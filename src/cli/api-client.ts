// The command line's way to the control API: one request at a time, errors turned back into the platform's own.

import { errorTable, PlatformError, type ErrorCode } from "#contract";

/** A client of the native API. */
export interface ApiClient {
  /** Base address, such as http://127.0.0.1:7700. */
  readonly base: string;
  /** Sends a request; `body` is sent as JSON where given. Returns the decoded JSON, or text where it is not JSON. */
  request(method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: unknown): Promise<unknown>;
}

/**
 * Makes a client.
 *
 * Its requests throw `platform-unreachable` where nothing answers, and what the API said where it refuses.
 */
export function createApiClient(base: string, key: string): ApiClient {
  return {
    base,
    async request(method, path, body) {
      let response: Response;
      try {
        response = await fetch(new URL(path, base), {
          method,
          redirect: "error",
          headers: {
            authorization: `Bearer ${key}`,
            ...(body === undefined ? {} : { "content-type": "application/json" }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
      } catch (cause) {
        throw new PlatformError(
          "platform-unreachable",
          `Cannot reach the platform at ${base}: nothing answers there`,
          { cause },
        );
      }
      const text = await response.text();
      const isJson = /\bjson\b/.test(response.headers.get("content-type") ?? "");
      const value: unknown = isJson && text !== "" ? parseJson(text, base) : text;
      if (!response.ok) throw toPlatformError(value, response.status, base);
      return value;
    },
  };
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
  const body = value as { code?: unknown; message?: unknown } | null;
  if (typeof body === "object" && body !== null && typeof body.code === "string" && body.code in errorTable) {
    return new PlatformError(body.code as ErrorCode, String(body.message));
  }
  return new PlatformError(
    "platform-unreachable",
    `Cannot understand what answers at ${base}: status ${status} without an error of Fairlead's`,
  );
}
