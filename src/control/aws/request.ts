// A request to the AWS endpoint as it comes in: its body within bounds, and whose it is.

import { PlatformError } from "#contract";
import type { Access } from "../access/access.ts";
import type { Principal } from "../access/principal.ts";
import { isSignature, readCredential } from "../access/sigv4.ts";
import { AwsError } from "./aws-error.ts";

/** Largest body, in octets: the largest request that a client makes is a script of 16 KiB, or an environment of some more. */
const maxBodyOctets = 1 << 20;
/** Deepest nesting of JSON: the deepest request of the models has eight levels. */
const maxDepth = 32;

/** Names of operations that change nothing. */
const readingOperation = /^(?:Get|List|Check|View|Retrieve)/;

/** Who a request is of, and what it was signed for. */
export interface Signer {
  readonly principal: Principal;
  readonly region: string;
  readonly service: string;
}

/** Finds whose a request is. Throws an AwsError as AWS names what is wrong with a signature. */
export async function authenticate(
  request: Request,
  access: Access,
  readBody: () => Promise<Uint8Array>,
): Promise<Signer> {
  const authorization = request.headers.get("authorization");
  if (authorization === null || !isSignature(authorization)) {
    throw new AwsError("MissingAuthenticationTokenException", "Missing Authentication Token", {
      tip: "Sign the request with Signature Version 4, with an access key of the type aws: `fairlead key create NAME --type aws`.",
    });
  }
  // There are no temporary keys here, so a token is one of somebody else.
  if (request.headers.has("x-amz-security-token")) throw unknownKey();
  const credential = readCredential(authorization);
  if (!credential.ok) {
    throw new AwsError(
      "IncompleteSignatureException",
      `The field Authorization cannot be used: ${credential.reason}`,
    );
  }
  const unsigned = [...request.headers.keys()].find(
    (name) => name.startsWith("x-amz-") && !credential.value.signedHeaders.includes(name),
  );
  // Such a field says what is to be done; who passes the request on could have put in another.
  if (unsigned !== undefined) {
    throw new AwsError(
      "InvalidSignatureException",
      `The request signature cannot be checked: the field ${unsigned} is there, and is not signed`,
      { tip: "Sign all fields that begin with x-amz-." },
    );
  }
  const { pathname, search } = new URL(request.url);
  const signed = {
    method: request.method,
    path: pathname,
    query: search.slice(1),
    header: (name: string) => request.headers.get(name) ?? undefined,
  };
  try {
    const operation = request.headers.get("x-amz-target")?.split(".").at(-1);
    const principal = await access.bySignature(
      authorization,
      async () => ({ ...signed, body: await readBody() }),
      operation !== undefined && !readingOperation.test(operation),
    );
    return { principal, region: credential.value.region, service: credential.value.service };
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    if (error.code === "key-wrong") throw unknownKey();
    if (error.code !== "signature-wrong") throw error;
    throw new AwsError("InvalidSignatureException", signatureText(error.message), { tip: error.row.help });
  }
}

function unknownKey(): AwsError {
  return new AwsError(
    "UnrecognizedClientException",
    "The security token included in the request is invalid.",
    { tip: "Sign with an access key of this platform that is in force; a session token is none." },
  );
}

/** Clients look at the first words: with the date of the answer they set a clock right that is off. */
function signatureText(message: string): string {
  const reason = message.replace(/^Cannot serve the request: /, "");
  if (reason.startsWith("its signature was used")) return `The request signature cannot be taken: ${reason}`;
  if (reason.startsWith("its signature is not"))
    return "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.";
  return reason.startsWith("its date is") && reason.includes("off")
    ? `Signature expired: ${reason}`
    : `The request signature cannot be checked: ${reason}`;
}

/** Reads a body, and no more of it than may be. Throws an AwsError for one that is larger. */
export async function readBody(request: Request): Promise<Uint8Array> {
  const length = Number(request.headers.get("content-length") ?? "0");
  if (length > maxBodyOctets) throw tooLarge();
  if (!request.body) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let octets = 0;
  // Octets of a request are a stream of them, whatever the types of the platform say.
  for await (const part of request.body as unknown as AsyncIterable<Uint8Array>) {
    octets += part.length;
    if (octets > maxBodyOctets) throw tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function tooLarge(): AwsError {
  return new AwsError(
    "RequestEntityTooLargeException",
    `The request has more than ${maxBodyOctets} octets in its body`,
    { httpStatus: 413 },
  );
}

/** Reads a body as a JSON object; an empty body is an empty one. Throws `SerializationException`. */
export function parseBody(body: Uint8Array): Readonly<Record<string, unknown>> {
  if (body.length === 0) return {};
  if (isTooDeep(body)) throw malformed(`it is nested more than ${maxDepth} levels deep`);
  let value: unknown;
  let isWhole = true;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    value = JSON.parse(text);
    // Half a surrogate pair can only be written as an escape. It is no character, and what is kept of it would be another text.
    isWhole = !/\\u[dD][89a-fA-F]/.test(text) || isWellFormed(value);
  } catch {
    // Whatever is wrong with it: what was sent is not to be quoted back.
    throw malformed("it is not JSON in UTF-8");
  }
  if (!isWhole) throw malformed("it has half of a surrogate pair");
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw malformed("it is not an object");
  return value as Readonly<Record<string, unknown>>;
}

/** Tells whether all texts of a value are sequences of characters. */
function isWellFormed(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([name, member]) => name.isWellFormed() && isWellFormed(member));
}

function malformed(reason: string): AwsError {
  return new AwsError("SerializationException", `The body of the request cannot be read: ${reason}`);
}

/** Counts brackets outside of strings; octets of other characters are never one of these. */
function isTooDeep(body: Uint8Array): boolean {
  let depth = 0;
  let isString = false;
  for (let i = 0; i < body.length; i++) {
    const octet = body[i];
    if (isString) {
      if (octet === 0x5c) i++;
      else if (octet === 0x22) isString = false;
    } else if (octet === 0x22) isString = true;
    else if (octet === 0x7b || octet === 0x5b) {
      if (++depth > maxDepth) return true;
    } else if (octet === 0x7d || octet === 0x5d) depth--;
  }
  return false;
}
