// Signature Version 4 of requests, as AWS's clients and `curl --aws-sigv4` make it: reads the Authorization field, builds the canonical
// request and compares. The date may be five minutes off. Whether a signature was used before is looked at elsewhere (used-signatures.ts).
//
// The path is taken encoded once more (as all services but S3 have it) or as it was sent, since curl and some clients do that: both
// stand for one path only. Deviates: UNSIGNED-PAYLOAD, streaming bodies, presigned URLs and session tokens are refused.

import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** A request as its signature covers it. */
export interface SignedRequest {
  readonly method: string;
  /** As on the wire: percent-encoded, without query. */
  readonly path: string;
  /** As on the wire, without the question mark. */
  readonly query: string;
  /** The value of a field, several joined by a comma; undefined where there is none. */
  readonly header: (name: string) => string | undefined;
  readonly body: Uint8Array;
}

/** What an Authorization field of Signature Version 4 says. */
export interface Credential {
  readonly accessKeyId: string;
  /** YYYYMMDD */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  /** In lower case, sorted. */
  readonly signedHeaders: readonly string[];
  /** 64 hexadecimal digits in lower case. */
  readonly signature: string;
}

/** What came of reading something from outside. */
type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

const algorithm = "AWS4-HMAC-SHA256";
/** Services whose name a signature may carry: this API's own and those that it speaks like. */
const services: ReadonlySet<string> = new Set(["fairlead", "lightsail", "route53domains", "sts"]);
/** How far a request's date may be off, in milliseconds. */
export const maxClockSkewMs: number = 5 * 60_000;
/** Longest field that is read: an id, a scope, some thirty names of header fields and a signature take less. */
const maxFieldLength = 2048;
/** Most header fields that a signature covers. */
const maxSignedHeaders = 50;
/** Most parameters of a query that a signature covers. */
const maxQueryParameters = 200;

/** Tells whether an Authorization field is of this scheme. */
export function isSignature(authorization: string): boolean {
  return /^AWS4-/i.test(authorization);
}

/** Reads an Authorization field. */
export function readCredential(authorization: string): Read<Credential> {
  if (authorization.length > maxFieldLength) return no("the field Authorization is too long");
  const [scheme, ...rest] = authorization.split(" ");
  if (scheme !== algorithm) return no(`the algorithm is not ${algorithm}`);
  const parts = new Map<string, string>();
  for (const part of rest.join("").split(",")) {
    const [, name = "", value = ""] = /^(\w+)=(.*)$/.exec(part) ?? [];
    if (name === "" || parts.has(name))
      return no("its parts are not Credential, SignedHeaders and Signature");
    parts.set(name, value);
  }
  const scope = /^([A-Z0-9]{16,128})\/(\d{8})\/([a-z0-9-]{1,64})\/([a-z0-9-]{1,64})\/aws4_request$/.exec(
    parts.get("Credential") ?? "",
  );
  if (!scope) return no("its Credential is not KEYID/DATE/REGION/SERVICE/aws4_request");
  const signature = parts.get("Signature") ?? "";
  if (!/^[0-9a-f]{64}$/.test(signature)) return no("its Signature has not 64 hexadecimal digits");
  const signedHeaders = (parts.get("SignedHeaders") ?? "").split(";");
  const isSorted = signedHeaders.every((name, i) => i === 0 || (signedHeaders[i - 1] ?? "") < name);
  const areNames = signedHeaders.every((name) => /^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name));
  if (!isSorted || !areNames || signedHeaders.length > maxSignedHeaders)
    return no("its SignedHeaders are not names in lower case and in order");
  const [, accessKeyId = "", date = "", region = "", service = ""] = scope;
  if (!services.has(service)) return no(`its service "${service}" is none of ${[...services].join(", ")}`);
  return { ok: true, value: { accessKeyId, date, region, service, signedHeaders, signature } };
}

/**
 * Compares a request with its signature.
 * @param now  wall time in milliseconds
 * @returns why it is not signed as it should be, in words; undefined where it is
 */
export function checkSignature(
  credential: Credential,
  request: SignedRequest,
  secret: string,
  now: number,
): string | undefined {
  const { signedHeaders, date } = credential;
  if (!signedHeaders.includes("host")) return "it does not sign the field Host";
  const sentDate = request.header("x-amz-date") ?? request.header("date") ?? "";
  const dateField = request.header("x-amz-date") === undefined ? "date" : "x-amz-date";
  if (!signedHeaders.includes(dateField)) return "it does not sign its date";
  const at = readDate(sentDate);
  if (at === undefined) return "its date is not YYYYMMDDTHHMMSSZ";
  if (!sentDate.startsWith(date)) return "its date is not that of its Credential";
  if (Math.abs(now - at) > maxClockSkewMs)
    return `its date is ${Math.round(Math.abs(now - at) / 1000)} s off, and at most ${maxClockSkewMs / 1000} s are taken`;
  const bodyDigest = createHash("sha256").update(request.body).digest("hex");
  const sentDigest = request.header("x-amz-content-sha256");
  if (sentDigest !== undefined && sentDigest !== bodyDigest)
    return "its body is not the one that x-amz-content-sha256 tells of";
  const query = canonicalQuery(request.query);
  if (query === undefined) return "its query cannot be read";
  const fields: string[] = [];
  for (const name of signedHeaders) {
    const value = request.header(name);
    if (value === undefined) return `it signs the field "${name}", which is not there`;
    fields.push(`${name}:${value.trim().replaceAll(/ +/g, " ")}\n`);
  }
  const key = signingKey(secret, credential);
  const given = Buffer.from(credential.signature, "hex");
  let isSigned = false;
  for (const path of new Set([encodePath(request.path), request.path])) {
    const canonical = [
      request.method,
      path,
      query,
      fields.join(""),
      signedHeaders.join(";"),
      bodyDigest,
    ].join("\n");
    const text = [algorithm, sentDate, scopeOf(credential), sha256(canonical)].join("\n");
    // Both forms are compared whatever came of the first.
    if (timingSafeEqual(createHmac("sha256", key).update(text).digest(), given)) isSigned = true;
  }
  return isSigned ? undefined : "its signature is not the one of this request and its key";
}

function no(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}

function scopeOf({ date, region, service }: Credential): string {
  return `${date}/${region}/${service}/aws4_request`;
}

function signingKey(secret: string, { date, region, service }: Credential): Buffer {
  let key = Buffer.from(`AWS4${secret}`);
  for (const part of [date, region, service, "aws4_request"])
    key = createHmac("sha256", key).update(part).digest();
  return key;
}

function readDate(text: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at) ? undefined : at;
}

/** Names and values decoded and encoded anew, sorted by name, then value. Undefined where a percent sign stands for nothing. */
function canonicalQuery(query: string): string | undefined {
  if (query === "") return "";
  const parameters = query.split("&");
  if (parameters.length > maxQueryParameters) return undefined;
  try {
    return parameters
      .map((parameter) => {
        const at = parameter.indexOf("=");
        const [name, value] = at < 0 ? [parameter, ""] : [parameter.slice(0, at), parameter.slice(at + 1)];
        return [encode(decodeURIComponent(name)), encode(decodeURIComponent(value))] as const;
      })
      .sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)))
      .map(([name, value]) => `${name}=${value}`)
      .join("&");
  } catch {
    return undefined; // a malformed escape
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Everything but the unreserved characters of RFC 3986 section 2.3. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function encodePath(path: string): string {
  return path.split("/").map(encode).join("/");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
