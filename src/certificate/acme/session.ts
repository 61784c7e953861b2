// Signed requests to one ACME server (RFC 8555 section 6): its directory, nonces, and answers that are read whole and within bounds.
//
// The server is a stranger: every URL that it names must lie on the directory's own origin, so that it cannot aim what we sign elsewhere;
// answers have a most in octets and time; what is asked again is counted.

import type { KeyObject } from "node:crypto";
import type { z } from "zod";
import { AcmeFailure, readProblem } from "./failure.ts";
import { signRequest } from "./jws.ts";
import { directorySchema, type Directory } from "./shapes.ts";
import type { AcmeRequest, AcmeResponse, AcmeTime, AcmeTransport } from "./transport.ts";

/** Octets of an answer: a chain of ten large certificates has some 30,000. */
const maxAnswerOctets = 256 << 10;
const requestTimeoutMs = 30_000;
/** How often a request is sent anew because the server did not like its nonce. @see RFC 8555 section 6.5 */
const maxNonceAttempts = 20;
/** How often a request is sent anew because the server was away or busy, and what is waited before each. */
const busyWaitsMs: readonly number[] = [1000, 5000];
/** Nonces that are kept. */
const maxNonces = 10;
/** The longest wait that a server's Retry-After is taken at its word for within a request. */
const maxRetryAfterMs = 60_000;
/** Milliseconds that a Retry-After can come to at all: a day. */
const maxTold = 86_400_000;

/** What a session is made with. */
export interface AcmeSettings {
  /** URL of the server's directory: https. */
  readonly directoryUrl: string;
  /** The account's private key. */
  readonly key: KeyObject;
  readonly transport: AcmeTransport;
  readonly time: AcmeTime;
  /** Such as `fairlead/0.1.0`. @see RFC 8555 section 6.1 */
  readonly userAgent: string;
}

/** An answer with its body parsed. */
export interface Answered {
  readonly response: AcmeResponse;
  /** Parsed JSON; undefined where it is none. */
  readonly json: unknown;
}

/** One run of requests with one account's key. See the head of this file. */
export class AcmeSession {
  readonly settings: AcmeSettings;
  /** The account's URL, once it is known. */
  accountUrl: string | undefined;
  readonly #origin: string;
  readonly #nonces: string[] = [];
  #directory: Directory | undefined;

  /** Throws {@link AcmeFailure} for a directory URL that is not https. */
  constructor(settings: AcmeSettings) {
    this.settings = settings;
    const parsed = URL.canParse(settings.directoryUrl) ? new URL(settings.directoryUrl) : undefined;
    if (parsed?.protocol !== "https:")
      throw new AcmeFailure(
        "protocol",
        `Cannot use ACME directory "${settings.directoryUrl}": it is no https URL`,
      );
    this.#origin = parsed.origin;
  }

  /** The server's directory, read once. */
  async directory(): Promise<Directory> {
    if (this.#directory) return this.#directory;
    const { response, json } = await this.get(this.settings.directoryUrl);
    if (response.status !== 200) throw this.failure("read the directory", { response, json });
    this.#directory = this.parse(directorySchema, json, "directory");
    return this.#directory;
  }

  /** A plain GET: the directory and renewal information (RFC 9773 section 4.1). */
  async get(address: string): Promise<Answered> {
    return answered(await this.#send({ method: "GET", url: this.check(address), headers: this.#headers() }));
  }

  /**
   * A signed request. Nonces that the server refuses are replaced, and a server that is busy is asked again a few times.
   * @param payload  undefined for POST-as-GET
   * @returns the answer, whatever its status; a problem document is for the caller
   */
  async post(address: string, payload: unknown, accept: string = "application/json"): Promise<Answered> {
    const at = this.check(address);
    let busy = 0;
    for (let attempt = 1; ; attempt++) {
      const nonce = this.#nonces.pop() ?? (await this.#newNonce());
      const kid = this.accountUrl;
      const header = { nonce, url: at, ...(kid === undefined ? {} : { kid }) };
      const body = signRequest(this.settings.key, header, payload);
      const headers = { ...this.#headers(), "content-type": "application/jose+json", accept };
      const found = answered(await this.#send({ method: "POST", url: at, headers, body }));
      const { status } = found.response;
      if (status < 400) return found;
      if (readProblem(found.json).type === "badNonce") {
        if (attempt < maxNonceAttempts) continue;
        return found;
      }
      const wait = busyWaitsMs[busy];
      if (status !== 503 || wait === undefined) return found;
      busy++;
      await this.settings.time.wait(Math.min(this.retryAfter(found.response) ?? wait, maxRetryAfterMs));
    }
  }

  /** A signed request that must succeed. @param action  what it does, to stand after "Cannot" */
  async expect(action: string, address: string, payload: unknown, accept?: string): Promise<Answered> {
    const found = await this.post(address, payload, accept);
    if (found.response.status >= 300) throw this.failure(action, found);
    return found;
  }

  /** The failure that an answer stands for. */
  failure(action: string, { response, json }: Answered): AcmeFailure {
    const { type, detail } = readProblem(json);
    const { status } = response;
    const where = new URL(this.#origin).host;
    const words =
      status >= 300 && status < 400
        ? `Cannot ${action}: ${where} answers with a redirect, which ACME has not`
        : `Cannot ${action}: ${where} answers ${status}${type === "" ? "" : ` ${type}`}: ${detail}`;
    return new AcmeFailure(type || "protocol", words, {
      httpStatus: status,
      retryAfterMs: this.retryAfter(response),
    });
  }

  /** Milliseconds from now that an answer's Retry-After comes to; undefined where it has none. @see RFC 9110 section 10.2.3 */
  retryAfter({ headers }: AcmeResponse): number | undefined {
    const text = headers["retry-after"];
    if (text === undefined) return undefined;
    const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - this.settings.time.wall();
    return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), maxTold) : undefined;
  }

  /** Holds an answer against a schema. Throws {@link AcmeFailure}. */
  parse<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
    const read = schema.safeParse(value);
    if (read.success) return read.data;
    const [issue] = read.error.issues;
    const where = issue?.path.join(".") ?? "";
    throw new AcmeFailure(
      "protocol",
      `Cannot read the ${what} of ${new URL(this.#origin).host}: ${where === "" ? "it" : `"${where}"`} is not as RFC 8555 has it`,
    );
  }

  /** A URL of the server's, held against its origin. Relative ones are resolved. */
  check(address: string): string {
    const { directoryUrl } = this.settings;
    const parsed = URL.canParse(address, directoryUrl) ? new URL(address, directoryUrl) : undefined;
    if (!parsed || parsed.origin !== this.#origin || parsed.username !== "" || parsed.password !== "") {
      throw new AcmeFailure(
        "protocol",
        `Cannot follow "${address.slice(0, 200)}": the ACME server at ${this.#origin} names another server`,
      );
    }
    return parsed.href;
  }

  #headers(): Record<string, string> {
    return { "user-agent": this.settings.userAgent };
  }

  async #newNonce(): Promise<string> {
    const { newNonce } = await this.directory();
    const request = { method: "HEAD" as const, url: this.check(newNonce), headers: this.#headers() };
    const response = await this.#send(request);
    const nonce = this.#nonces.pop();
    if (nonce === undefined) throw this.failure("get a nonce", answered(response));
    return nonce;
  }

  async #send(request: AcmeRequest): Promise<AcmeResponse> {
    const { transport } = this.settings;
    let response: AcmeResponse;
    try {
      response = await transport.send(request, { maxOctets: maxAnswerOctets, timeoutMs: requestTimeoutMs });
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      throw new AcmeFailure("network", `Cannot reach the ACME server at ${this.#origin}: ${words}`, {
        cause: error,
      });
    }
    const nonce = response.headers["replay-nonce"];
    // A nonce that breaks the rule is none. @see RFC 8555 section 6.5.1
    if (nonce !== undefined && /^[A-Za-z0-9_-]{1,500}$/.test(nonce) && this.#nonces.length < maxNonces)
      this.#nonces.push(nonce);
    return response;
  }
}

function answered(response: AcmeResponse): Answered {
  const type = response.headers["content-type"] ?? "";
  if (!/^application\/(?:[a-z.+-]*\+)?json\b/i.test(type)) return { response, json: undefined };
  try {
    return { response, json: JSON.parse(new TextDecoder().decode(response.body)) as unknown };
  } catch {
    return { response, json: undefined }; // whoever wants JSON of it says what is missing
  }
}
