// The endpoint: signatures, sizes, unknown operations, malformed requests, and the form of every refusal.

import { beforeEach, describe, expect, test } from "vitest";
import { AwsTestApi, readRefusal, sign, type Signing } from "./testing.ts";

const aws = new AwsTestApi();
beforeEach(aws.start);

const target = "Lightsail_20161128.GetRegions";

/** How a request is refused. */
async function refusal(
  body: string,
  signing: Signing,
  change: (headers: Record<string, string>) => Record<string, string> = (headers) => headers,
): Promise<string> {
  const headers = change(sign(body, aws.api.time.now, signing, target));
  const { status, type } = await readRefusal(await aws.post(body, headers));
  return `${status} ${type}`;
}

describe("signatures", () => {
  test.each<
    [string, string, (key: Signing) => Signing, (fields: Record<string, string>) => Record<string, string>]
  >([
    [
      "no signature",
      "MissingAuthenticationTokenException",
      (key) => key,
      (fields) => Object.fromEntries(Object.entries(fields).filter(([name]) => name !== "authorization")),
    ],
    [
      "a bearer key",
      "MissingAuthenticationTokenException",
      (key) => key,
      (fields) => ({ ...fields, authorization: "Bearer fl_x" }),
    ],
    [
      "an unknown key",
      "UnrecognizedClientException",
      (key) => ({ ...key, id: "AKIAAAAAAAAAAAAAAAAA" }),
      (fields) => fields,
    ],
    [
      "a session token",
      "UnrecognizedClientException",
      (key) => ({ ...key, headers: { "x-amz-security-token": "x" } }),
      (fields) => fields,
    ],
    [
      "half a signature",
      "IncompleteSignatureException",
      (key) => key,
      (fields) => ({ ...fields, authorization: "AWS4-HMAC-SHA256 Credential=x" }),
    ],
    [
      "another service",
      "IncompleteSignatureException",
      (key) => ({ ...key, service: "s3" }),
      (fields) => fields,
    ],
    [
      "another secret",
      "InvalidSignatureException",
      (key) => ({ ...key, secret: "wrong" }),
      (fields) => fields,
    ],
    [
      "another target",
      "InvalidSignatureException",
      (key) => key,
      (fields) => ({ ...fields, "x-amz-target": "Lightsail_20161128.GetDomains" }),
    ],
    [
      "a clock that is late",
      "InvalidSignatureException",
      (key) => ({ ...key, skewMs: -301_000 }),
      (fields) => fields,
    ],
    [
      "a clock that is early",
      "InvalidSignatureException",
      (key) => ({ ...key, skewMs: 301_000 }),
      (fields) => fields,
    ],
  ])("refuses %s as %s", async (_, type, signing, change) => {
    expect(await refusal("{}", signing(aws.key), change)).toBe(`400 ${type}`);
  });

  test("covers all fields that say what is to be done", async () => {
    const headers = sign("{}", aws.api.time.now, aws.key, "");
    const { type, message } = await readRefusal(await aws.post("{}", { ...headers, "x-amz-target": target }));
    expect([type, message]).toEqual(["InvalidSignatureException", expect.stringMatching(/x-amz-target/)]);
  });

  test("says of a clock that is off what clients look for, and of a wrong secret too", async () => {
    const late = await aws.refused("GetRegions", {}, { ...aws.key, skewMs: -900_000 });
    expect(late.message).toMatch(/^Signature expired: /);
    const wrong = await aws.refused("GetRegions", {}, { ...aws.key, secret: "wrong" });
    expect(wrong.message).toMatch(/^The request signature we calculated does not match/);
  });

  test("covers the body, octet by octet", async () => {
    const headers = sign('{"includeAvailabilityZones":true}', aws.api.time.now, aws.key, target);
    const { type } = await readRefusal(await aws.post('{"includeAvailabilityZones":false}', headers));
    expect(type).toBe("InvalidSignatureException");
  });

  test.each(["lightsail", "route53domains", "sts", "fairlead"])(
    "takes the service name %s",
    async (service) => {
      const { type } = await aws.refused("NoSuch", {}, { ...aws.key, service });
      expect(type).toBe("UnknownOperationException");
    },
  );

  test("is good once for a write, but for a client that repeats itself at once; for a read as often as it comes", async () => {
    const body = '{"staticIpName":"ip"}';
    const write = sign(body, aws.api.time.now, aws.key, "Lightsail_20161128.AllocateStaticIp");
    const read = sign("{}", aws.api.time.now, aws.key, target);
    expect((await aws.post(body, write)).status).toBe(200);
    // It is looked at, and refused for what it asks.
    expect((await readRefusal(await aws.post(body, write))).type).toBe("InvalidInputException");
    aws.api.time.advance(3000);
    const { type, message } = await readRefusal(await aws.post(body, write));
    expect([type, message]).toEqual(["InvalidSignatureException", expect.stringMatching(/used before/)]);
    for (let i = 0; i < 2; i++) expect((await aws.post("{}", read)).status).toBe(200);
  });

  test("ends with the key", async () => {
    const key = await aws.createKey();
    await aws.api.json("DELETE", `/v1/keys/${key.id}`);
    expect(await refusal("{}", key)).toBe("400 UnrecognizedClientException");
  });
});

test("regions, names and operations are listed for whoever is new here", async () => {
  const { regions } = await aws.call(
    "GetRegions",
    { includeAvailabilityZones: true },
    { ...aws.key, region: "moon-1" },
  );
  expect(regions?.map(({ name }) => name)).toEqual(expect.arrayContaining(["us-east-1", "moon-1"]));
  expect(regions?.[0]?.availabilityZones?.map(({ zoneName }) => zoneName)).toEqual([
    "us-east-1a",
    "us-east-1b",
    "us-east-1c",
  ]);
  await aws.api.json("POST", "/v1/domains", { name: "shop.test" });
  await aws.call("AllocateStaticIp", { staticIpName: "ip" });
  expect(await aws.call("GetActiveNames", {})).toEqual({ activeNames: ["ip", "shop.test"] });
  const { operations } = await aws.call("GetOperations", {});
  expect(operations?.map(({ operationType }) => operationType)).toEqual(["AllocateStaticIp"]);
});

describe("requests", () => {
  test.each<[string, string]>([
    ["{", "SerializationException"],
    ["[]", "SerializationException"],
    ["null", "SerializationException"],
    ['"text"', "SerializationException"],
    ["[".repeat(100_000), "SerializationException"],
    [`{"a":${'{"a":'.repeat(100)}1${"}".repeat(100)}}`, "SerializationException"],
  ])("refuses %.20s", async (body, type) => {
    expect(await refusal(body, aws.key)).toBe(`400 ${type}`);
  });

  test("brackets in a text are no nesting", async () => {
    const body = JSON.stringify({ domainName: `${"[".repeat(1000)}\\"${"{".repeat(1000)}` });
    const { type } = await readRefusal(await aws.send("Lightsail_20161128.NoSuch", body));
    expect(type).toBe("UnknownOperationException");
  });

  test("what is not UTF-8 is refused", async () => {
    const body = new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    expect((await readRefusal(await aws.send(target, body))).type).toBe("SerializationException");
  });

  test("a body beyond the limit is refused by its length alone", async () => {
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 65_536;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    const headers = sign("", aws.api.time.now, aws.key, target);
    const response = await aws.post(body, { ...headers, "content-length": String(100 << 20) });
    expect((await readRefusal(response)).type).toBe("RequestEntityTooLargeException");
    expect([response.status, response.headers.get("connection")]).toEqual([413, "close"]);
    expect(pulled).toBeLessThan(1 << 20);
  });

  test("a body without a length is read no further than the limit", async () => {
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 65_536;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    const response = await aws.post(body, sign("", aws.api.time.now, aws.key, target));
    expect((await readRefusal(response)).type).toBe("RequestEntityTooLargeException");
    expect(pulled).toBeLessThan(3 << 20);
  });

  test.each([
    "",
    "Lightsail_20161128",
    "Nothing_2016.GetRegions",
    "Lightsail_20161128.toString",
    ".",
    "Lightsail_20161128.GetRegions\u{e9}",
  ])("refuses the target %s", async (name) => {
    const { type, status } = await readRefusal(await aws.send(name, "{}"));
    expect([status, type]).toEqual([400, "UnknownOperationException"]);
  });

  test("refuses a foreign Host and a foreign Origin", async () => {
    for (const headers of [{ host: "evil.example" }, { origin: "http://evil.example" }]) {
      const response = await aws.send(target, "{}", { ...aws.key, headers });
      expect((await readRefusal(response)).type).toBe("AccessDeniedException");
    }
  });

  test("serves old SDKs, which leave the port out of Host, and names by `code` what their model has not", async () => {
    const served = await aws.send(target, "{}", { ...aws.key, headers: { host: "127.0.0.1" } });
    expect((await served.clone().text()).includes("host-refused")).toBe(false);
    for (const headers of [{ host: "127.0.0" }, { host: "evil.example" }, { host: "127.0.0.1:1" }]) {
      const response = await aws.send(target, "{}", { ...aws.key, headers });
      const { type, code } = await readRefusal(response);
      expect([type, code]).toEqual(["AccessDeniedException", expect.any(String)]);
    }
    const { code } = await readRefusal(await aws.send(target, "[]"));
    expect(code).toBe("SerializationException");
  });

  test("every refusal has an id, a name in header and body, and says what to do", async () => {
    const response = await aws.send("Lightsail_20161128.CreateDisk", "{}");
    expect(response.headers.get("content-type")).toBe("application/x-amz-json-1.1");
    expect(response.headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
    expect(await response.json()).toEqual({
      __type: "OperationFailureException",
      code: "UnsupportedOperation",
      message: "Cannot serve CreateDisk: this platform has nothing that it stands for",
      docs: "docs/reference/aws-api.md",
    });
  });
});
