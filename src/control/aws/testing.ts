// A client of the AWS endpoint for tests: requests that are signed by the letter of the specification, apart from the code under test, and
// answers that are held against the models that AWS's own clients were made from.

import { createHash, createHmac } from "node:crypto";
import type {
  LightsailOperations,
  MintedKey,
  Route53DomainsOperations,
  ServiceModel,
  WriteAnswer,
} from "#contract";
import { checkResponse, lightsailModel, operationOf, route53DomainsModel } from "#contract/aws";
import { TestApi } from "../api/testing.ts";
import type { ControlConfig } from "../config.ts";
import { settle, testConfig } from "../testing.ts";

/** What a refusal holds, with what stands around it. */
export interface AwsRefusal {
  readonly status: number;
  readonly type: string;
  readonly code: string;
  readonly message: string;
  readonly headers: Headers;
}

/** What a request is signed with; tests change it. */
export interface Signing {
  readonly id: string;
  readonly secret: string;
  readonly region?: string;
  readonly service?: string;
  /** Milliseconds that the client's clock is off. */
  readonly skewMs?: number;
  /** Header fields beside the usual ones; all are signed. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Exceptions that every client knows, whatever the operation. */
const commonErrors: ReadonlySet<string> = new Set([
  "AccessDeniedException",
  "IncompleteSignatureException",
  "InternalFailure",
  "InvalidSignatureException",
  "MissingAuthenticationTokenException",
  "RequestEntityTooLargeException",
  "SerializationException",
  "UnknownOperationException",
  "UnrecognizedClientException",
]);

/** Signs a POST of a body to `/`. @returns the request's header fields, Authorization among them */
export function sign(
  body: string | Uint8Array,
  now: number,
  signing: Signing,
  target: string,
): Record<string, string> {
  const { id, secret, region = "us-east-1", service = "lightsail", skewMs = 0, headers = {} } = signing;
  const date = new Date(now + skewMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const fields: Record<string, string> = {
    "content-type": "application/x-amz-json-1.1",
    host: "127.0.0.1:7700",
    "x-amz-date": date,
    ...(target === "" ? {} : { "x-amz-target": target }),
    ...headers,
  };
  const names = Object.keys(fields).sort();
  const sha256 = (text: string | Uint8Array): string => createHash("sha256").update(text).digest("hex");
  const hmac = (key: string | Buffer, text: string): Buffer =>
    createHmac("sha256", key).update(text).digest();
  const canonical = [
    "POST",
    "/",
    "",
    ...names.map((name) => `${name}:${fields[name] ?? ""}`),
    "",
    names.join(";"),
    sha256(body),
  ].join("\n");
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  const text = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`;
  const key = scope.split("/").reduce<string | Buffer>(hmac, `AWS4${secret}`);
  const signature = hmac(key, text).toString("hex");
  const credential = `Credential=${id}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return { ...fields, authorization: `AWS4-HMAC-SHA256 ${credential}` };
}

/** A control with a client of its AWS endpoint. Call `start` before each test. */
export class AwsTestApi {
  readonly api: TestApi = new TestApi();
  /** The key that requests are signed with. */
  key!: MintedKey;

  /** Starts anew with an empty store, and makes an owner's key. */
  start = (): Promise<void> => this.startWith(testConfig);

  /** The same, with another configuration. */
  startWith = async (config: ControlConfig): Promise<void> => {
    await this.api.startWith(config);
    this.key = await this.createKey();
  };

  /** Makes a key of the AWS style. */
  createKey = async (wanted: Readonly<Record<string, unknown>> = {}): Promise<MintedKey> => {
    const name = `aws-${Math.floor(this.api.time.now++)}`;
    const body = { name, type: "aws", role: "owner", ...wanted };
    const { accessKey } = await this.api.json<WriteAnswer>("POST", "/v1/keys", body);
    if (!accessKey) throw new Error("no key was made");
    return accessKey;
  };

  /** Sends a body to the endpoint, signed, and lets happen what follows. */
  send = async (
    target: string,
    body: string | Uint8Array<ArrayBuffer>,
    signing: Signing = this.key,
  ): Promise<Response> => {
    const headers = sign(body, this.api.time.now, signing, target);
    return this.post(body, headers);
  };

  /** Sends a body to the endpoint with the header fields given. */
  post = async (
    body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>,
    headers: Record<string, string>,
  ): Promise<Response> => {
    const request = new Request("http://127.0.0.1:7700/", {
      method: "POST",
      headers,
      body,
      ...(body instanceof ReadableStream ? { duplex: "half" } : {}),
    });
    const response = await this.api.control.fetch(request);
    await settle();
    return response;
  };

  /** Calls an operation of Lightsail that is to be served. */
  call = async <Name extends keyof LightsailOperations>(
    name: Name,
    input: LightsailOperations[Name]["input"],
    signing?: Signing,
  ): Promise<LightsailOperations[Name]["output"]> =>
    (await this.#served(lightsailModel, name, input, signing)) as LightsailOperations[Name]["output"];

  /** Calls an operation of Route 53 Domains that is to be served. */
  callDomains = async <Name extends keyof Route53DomainsOperations>(
    name: Name,
    input: Route53DomainsOperations[Name]["input"],
    signing: Signing = { ...this.key, service: "route53domains" },
  ): Promise<Route53DomainsOperations[Name]["output"]> =>
    (await this.#served(
      route53DomainsModel,
      name,
      input,
      signing,
    )) as Route53DomainsOperations[Name]["output"];

  /** Calls an operation that is to be refused, with whatever input. */
  refused = async (
    name: string,
    input: unknown,
    signing?: Signing,
    model: ServiceModel = lightsailModel,
  ): Promise<AwsRefusal> => {
    const response = await this.send(`${model.targetPrefix}.${name}`, JSON.stringify(input), signing);
    if (response.ok) throw new Error(`${name} was served: ${await response.text()}`);
    const refusal = await readRefusal(response);
    const known = operationOf(model, name)?.errors ?? [];
    if (!known.includes(refusal.type) && !commonErrors.has(refusal.type))
      throw new Error(`${name} is refused with ${refusal.type}, which its clients do not know`);
    return refusal;
  };

  /**
   * Sends requests that change nothing, each of which is to be refused: operation, input, exception, and what its message says.
   * @returns a line for each that is refused otherwise
   */
  refusals = async (
    rows: readonly (readonly [name: string, input: unknown, type: string, message: RegExp])[],
  ): Promise<string[]> => {
    const others: string[] = [];
    for (const [name, input, type, message] of rows) {
      const refusal = await this.refused(name, input);
      if (refusal.type !== type || !message.test(refusal.message))
        others.push(`${name} ${JSON.stringify(input)}: ${refusal.type}: ${refusal.message}`);
    }
    return others;
  };

  async #served(model: ServiceModel, name: string, input: unknown, signing?: Signing): Promise<unknown> {
    const response = await this.send(`${model.targetPrefix}.${name}`, JSON.stringify(input), signing);
    const value: unknown = await response.json();
    if (!response.ok) throw new Error(`${name} is refused: ${JSON.stringify(value)}`);
    const checked = checkResponse(model, operationOf(model, name)?.output ?? "", value);
    if (!checked.ok)
      throw new Error(`${name} answers what its model has not: ${checked.member}: ${checked.reason}`);
    return value;
  }
}

/** Reads a refusal, and holds its two names against each other. */
export async function readRefusal(response: Response): Promise<AwsRefusal> {
  const body = (await response.json()) as { __type: string; code: string; message: string };
  const type = response.headers.get("x-amzn-errortype") ?? "";
  if (type !== body.__type) throw new Error(`it is named ${type} and ${body.__type}`);
  return {
    status: response.status,
    type,
    code: body.code,
    message: body.message,
    headers: response.headers,
  };
}
