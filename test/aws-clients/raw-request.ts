// Requests to the AWS endpoint as no SDK would send them: signed by the letter of Signature Version 4 and then spoiled, or octet by octet on a
// socket.

import { createHash, createHmac } from "node:crypto";
import { connect } from "node:net";
import type { AwsPlace } from "./sdk.ts";

/** What is signed, and how. */
export interface Signing {
  readonly target?: string;
  readonly body?: string | Uint8Array;
  readonly service?: string;
  /** Header fields beside the usual ones; all are signed. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds that the clock is off. */
  readonly skewMs?: number;
  /** Of the credential scope, in place of today. */
  readonly scopeDate?: string;
}

/** Header fields of a signed POST to `/`, in the order they were signed in, and Authorization. */
export function signedFields(place: AwsPlace, signing: Signing = {}): Record<string, string> {
  const {
    target = "Lightsail_20161128.GetDomains",
    body = "{}",
    service = "lightsail",
    headers = {},
  } = signing;
  const date = new Date(Date.now() + (signing.skewMs ?? 0)).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const fields: Record<string, string> = {
    "content-type": "application/x-amz-json-1.1",
    host: new URL(place.endpoint).host,
    "x-amz-date": date,
    ...(target === "" ? {} : { "x-amz-target": target }),
    ...headers,
  };
  const names = Object.keys(fields).sort();
  const lines = names.map((name) => `${name}:${fields[name] ?? ""}`);
  const request = ["POST", "/", "", ...lines, "", names.join(";"), sha256(body)].join("\n");
  const scope = `${signing.scopeDate ?? date.slice(0, 8)}/us-east-1/${service}/aws4_request`;
  const key = scope.split("/").reduce<string | Buffer>(hmac, `AWS4${place.secretAccessKey}`);
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(request)}`).toString("hex");
  return {
    ...fields,
    authorization: `AWS4-HMAC-SHA256 Credential=${place.accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`,
  };
}

function sha256(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

/** What came back. */
export interface RawAnswer {
  readonly status: number;
  /** The exception's name in the header field; empty where there is none. */
  readonly type: string;
  readonly text: string;
}

/** Sends octets as they are, reads until the answer is whole or the connection ends. Status 0 stands for none. */
export function sendRaw(
  place: AwsPlace,
  octets: string | Uint8Array | AsyncIterable<string | Uint8Array>,
  timeoutMs = 120_000,
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(place.endpoint);
    const socket = connect(Number(port), hostname);
    let text = "";
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({
        status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? "0"),
        type: /^x-amzn-errortype: *(\S+)\r$/im.exec(text)?.[1] ?? "",
        text,
      });
    };
    const timer = setTimeout(end, timeoutMs);
    socket.setEncoding("latin1").on("data", (part: string) => {
      text += part;
      if (isWhole(text)) end();
    });
    socket.on("error", end);
    socket.on("end", end);
    socket.on("close", end);
    void (async () => {
      if (typeof octets === "string" || octets instanceof Uint8Array) {
        socket.write(octets);
        return;
      }
      for await (const part of octets) {
        if (socket.destroyed) return;
        if (!socket.write(part)) await new Promise((go) => socket.once("drain", go).once("close", go));
      }
    })().catch(end);
  });
}

/** Whether an answer with a length, or in chunks, is there to its end. */
function isWhole(text: string): boolean {
  const at = text.indexOf("\r\n\r\n");
  if (at < 0) return false;
  const length = /^content-length: *(\d+)\r$/im.exec(text.slice(0, at + 2))?.[1];
  return length === undefined ? text.endsWith("0\r\n\r\n") : text.length >= at + 4 + Number(length);
}

/** A request as text: its fields in the order given, a field more than once where its value is a list. */
export function requestText(
  fields: Readonly<Record<string, string | readonly string[]>>,
  body: string,
  line = "POST / HTTP/1.1",
): string {
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    (typeof value === "string" ? [value] : value).map((one) => `${name}: ${one}`),
  );
  return [line, ...lines, "", body].join("\r\n");
}
