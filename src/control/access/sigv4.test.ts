import { createHash, createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { checkSignature, readCredential, type SignedRequest } from "./sigv4.ts";

const now = Date.parse("2015-08-30T12:36:00Z");
const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const scope = "AKIDEXAMPLEAKIDEXAMP/20150830/us-east-1/lightsail/aws4_request";

/** Signs by the letter of the specification, apart from the code under test. */
function sign(canonical: string, date: string): string {
  const hmac = (key: string | Buffer, text: string): Buffer =>
    createHmac("sha256", key).update(text).digest();
  const digest = createHash("sha256").update(canonical).digest("hex");
  const text = `AWS4-HMAC-SHA256\n${date}\n20150830/us-east-1/lightsail/aws4_request\n${digest}`;
  const key = ["us-east-1", "lightsail", "aws4_request"].reduce<Buffer>(
    hmac,
    hmac(`AWS4${secret}`, "20150830"),
  );
  return hmac(key, text).toString("hex");
}

const empty = createHash("sha256").digest("hex");

function request(changes: Partial<SignedRequest> & { fields?: Record<string, string> } = {}): SignedRequest {
  const fields: Record<string, string> = {
    host: "127.0.0.1:7700",
    "x-amz-date": "20150830T123600Z",
    ...changes.fields,
  };
  return {
    method: "GET",
    path: "/v1/zones",
    query: "",
    header: (name) => fields[name],
    body: new Uint8Array(),
    ...changes,
  };
}

function authorization(signature: string, signedHeaders: string = "host;x-amz-date"): string {
  return `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
}

function check(
  canonical: string,
  sent: SignedRequest,
  signedHeaders?: string,
  at: number = now,
): string | undefined {
  const credential = readCredential(authorization(sign(canonical, "20150830T123600Z"), signedHeaders));
  if (!credential.ok) throw new Error(credential.reason);
  return checkSignature(credential.value, sent, secret, at);
}

const headers = "host:127.0.0.1:7700\nx-amz-date:20150830T123600Z\n\nhost;x-amz-date\n";

describe("checkSignature()", () => {
  test("takes a request as it was signed, with path and query in their canonical forms", () => {
    expect(check(`GET\n/v1/zones\n\n${headers}${empty}`, request())).toBeUndefined();
    const query = "b=2&a=%20x&a=%2B&plan";
    const canonical = `GET\n/v1/zones\na=%20x&a=%2B&b=2&plan=\n${headers}${empty}`;
    expect(check(canonical, request({ query }))).toBeUndefined();
    // Once more encoded, as all services but S3 have it, and as it was sent, as curl has it.
    for (const path of ["/v1/zones/%2540/rrsets", "/v1/zones/%40/rrsets"]) {
      const encoded = `GET\n${path}\n\n${headers}${empty}`;
      expect(check(encoded, request({ path: "/v1/zones/%40/rrsets" }))).toBeUndefined();
    }
  });

  test("takes blanks in a field as one, and a body by its digest", () => {
    const body = new TextEncoder().encode('{"name":"a"}');
    const digest = createHash("sha256").update(body).digest("hex");
    const fields = { "content-type": "  application/json;   charset=utf-8 " };
    const signed = "content-type;host;x-amz-date";
    const canonical = `POST\n/v1/zones\n\ncontent-type:application/json; charset=utf-8\nhost:127.0.0.1:7700\nx-amz-date:20150830T123600Z\n\n${signed}\n${digest}`;
    expect(check(canonical, request({ method: "POST", body, fields }), signed)).toBeUndefined();
    const other = request({ method: "POST", body: body.slice(1), fields });
    expect(check(canonical, other, signed)).toMatch(/its signature is not/);
  });

  const canonical = `GET\n/v1/zones\n\n${headers}${empty}`;
  test.each<[string, SignedRequest, RegExp]>([
    ["another method", request({ method: "DELETE" }), /its signature/],
    ["another path", request({ path: "/v1/domains" }), /its signature/],
    ["a query of its own", request({ query: "plan=0" }), /its signature/],
    ["another host", request({ fields: { host: "localhost:7700" } }), /its signature/],
    ["a body", request({ body: new Uint8Array([1]) }), /its signature/],
    ["a query that cannot be read", request({ query: "%zz" }), /query/],
    ["too many parameters", request({ query: "a&".repeat(500) }), /query/],
    ["an unsigned payload", request({ fields: { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" } }), /body/],
    ["a date in another form", request({ fields: { "x-amz-date": "2015-08-30" } }), /YYYYMMDD/],
    ["the date of another day", request({ fields: { "x-amz-date": "20150831T123600Z" } }), /Credential/],
  ])("refuses %s", (_, sent, reason) => expect(check(canonical, sent)).toMatch(reason));

  test("refuses what is more than five minutes off, either way, and takes the same again within them", () => {
    for (const minutes of [-5, 0, 5])
      expect(check(canonical, request(), undefined, now + minutes * 60_000)).toBeUndefined();
    for (const minutes of [-5.1, 5.1])
      expect(check(canonical, request(), undefined, now + minutes * 60_000)).toMatch(/306 s off/);
  });

  test("refuses a signature that leaves host or date out, or names a field that is not there", () => {
    expect(check(canonical, request(), "x-amz-date")).toMatch(/Host/);
    expect(check(canonical, request(), "host")).toMatch(/date/);
    expect(check(canonical, request(), "host;x-amz-date;x-more")).toMatch(/"x-more"/);
  });
});

describe("readCredential()", () => {
  const good = authorization("a".repeat(64));
  test.each([
    ["another algorithm", good.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")],
    ["another service", good.replace("lightsail", "s3")],
    ["a short scope", good.replace("/aws4_request", "")],
    ["a signature in upper case", good.replace("aaaa", "AAAA")],
    ["a short signature", good.slice(0, -1)],
    ["no signed fields", good.replace("host;x-amz-date", "")],
    ["signed fields out of order", good.replace("host;x-amz-date", "x-amz-date;host")],
    ["a signed field twice", good.replace("host;", "host;host;")],
    ["a part twice", `${good}, Signature=${"b".repeat(64)}`],
    ["a part without value", good.replace("Signature=", "Signature")],
    ["nothing else", "AWS4-HMAC-SHA256"],
    ["too much", `${good}${" ".repeat(3000)}`],
    ["an id in other letters", good.replace("AKIDEXAMPLE", "akid../../x")],
  ])("refuses %s", (_, text) => expect(readCredential(text)).toMatchObject({ ok: false }));

  test("takes parts with and without blanks between them", () => {
    expect(readCredential(good.replaceAll(", ", ","))).toMatchObject({ ok: true });
    expect(readCredential(good)).toMatchObject({ ok: true });
  });
});
