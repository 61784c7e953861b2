// What an ACME client is given by its process: requests over HTTPS, and time. The product's is in src/server; tests have small servers
// of their own behind it.

/** One request. */
export interface AcmeRequest {
  readonly method: "GET" | "HEAD" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Its answer, whole. */
export interface AcmeResponse {
  readonly status: number;
  /** By names in lower case; several fields of one name are joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Sends requests. */
export interface AcmeTransport {
  /**
   * Sends one request and reads its whole answer. Redirects are not followed: they are the answer.
   *
   * Rejects where none comes in time, where it has more than `maxOctets`, or where the server's certificate is not trusted: with an Error
   * whose message says so in words.
   */
  send(request: AcmeRequest, limits: { maxOctets: number; timeoutMs: number }): Promise<AcmeResponse>;
}

/** The time that an ACME client lives in. */
export interface AcmeTime {
  /** Milliseconds since 1970. */
  wall(): number;
  /** Settles after so many milliseconds; rejects where the process ends before. */
  wait(milliseconds: number): Promise<void>;
}
