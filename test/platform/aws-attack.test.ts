// Attacks on the AWS endpoint of a running platform: signatures that are wrong, old, altered or sent again, header fields that say two things,
// bodies without end, and thousands of requests at once. Each is answered with an exception that clients know, in bounded time and memory.

import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  requestText,
  sendRaw,
  signedFields,
  type RawAnswer,
  type Signing,
} from "../aws-clients/raw-request.ts";
import { lightsail, type AwsPlace } from "../aws-clients/sdk.ts";
import { awsPlace, processOf } from "./aws-story.ts";
import { startPlatform, type Platform } from "./harness.ts";

let platform: Platform;
let place: AwsPlace;
let pid: number;

beforeAll(async () => {
  platform = await startPlatform();
  place = await awsPlace(platform);
  await platform.succeed("POST", "/v1/domains", { name: "shop.test" });
  pid = processOf(platform, "control");
});
afterAll(async () => {
  try {
    // Whatever was sent, the same process serves on.
    if (platform) expect(processOf(platform, "control")).toBe(pid);
  } finally {
    await platform?.remove();
  }
});

const getDomain = "Lightsail_20161128.GetDomain";
const body = '{"domainName":"shop.test"}';

/** Sends a signed request, spoiled by a change of its fields. */
function send(
  signing: Signing = {},
  change: (fields: Record<string, string>) => Record<string, string | string[]> = (fields) => fields,
  sent: string = String(signing.body ?? "{}"),
  at: AwsPlace = place,
): Promise<RawAnswer> {
  const fields = { ...change(signedFields(at, signing)), "content-length": String(Buffer.byteLength(sent)) };
  return sendRaw(place, requestText(fields, sent));
}

const shop = { target: getDomain, body };

/** Resident memory in MiB: now, and the most so far. */
function memory(): { now: number; most: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const read = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
  return { now: read("VmRSS"), most: read("VmHWM") };
}

/** Processor time that control has had so far, in seconds: other than time by the clock it is the same on a busy machine. */
function processorSeconds(): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const [user, system] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13);
  return (Number(user) + Number(system)) / 100;
}

describe("signatures", () => {
  test("one that is right is served, and within its time served again, as AWS does", async () => {
    const fields = { ...signedFields(place, shop), "content-length": String(body.length) };
    for (let i = 0; i < 3; i++) expect((await sendRaw(place, requestText(fields, body))).status).toBe(200);
  });

  test("a write that is sent again changes nothing a second time", async () => {
    const sent = '{"domainName":"replay.example"}';
    const signing = { target: "Lightsail_20161128.CreateDomain", body: sent };
    const fields = { ...signedFields(place, signing), "content-length": String(sent.length) };
    const first = await sendRaw(place, requestText(fields, sent));
    expect(first.status).toBe(200);
    const second = await sendRaw(place, requestText(fields, sent));
    expect([second.status, second.type]).toEqual([400, "InvalidInputException"]);
  });

  const without = (name: string) => (fields: Record<string, string>) => {
    const { [name]: _, ...others } = fields;
    return others;
  };
  const resigned = (from: RegExp, to: string) => (fields: Record<string, string>) => ({
    ...fields,
    authorization: (fields["authorization"] ?? "").replace(from, to),
  });
  const rows: [
    title: string,
    type: string,
    signing: Signing,
    change: Parameters<typeof send>[1],
    sent?: string,
  ][] = [
    ["none", "MissingAuthenticationTokenException", shop, without("authorization")],
    [
      "a bearer key",
      "MissingAuthenticationTokenException",
      shop,
      (f) => ({ ...f, authorization: "Bearer x" }),
    ],
    ["an old one", "InvalidSignatureException", { ...shop, skewMs: -6 * 60_000 }, undefined],
    ["one of later", "InvalidSignatureException", { ...shop, skewMs: 6 * 60_000 }, undefined],
    ["one of yesterday's scope", "InvalidSignatureException", { ...shop, scopeDate: "20200101" }, undefined],
    ["one with another body", "InvalidSignatureException", shop, undefined, '{"domainName":"shop.tesT"}'],
    [
      "one with another operation",
      "InvalidSignatureException",
      shop,
      (f) => ({ ...f, "x-amz-target": "Lightsail_20161128.DeleteDomain" }),
    ],
    [
      "one with another date",
      "InvalidSignatureException",
      shop,
      (f) => ({ ...f, "x-amz-date": "20260101T000000Z" }),
    ],
    ["one without its date", "InvalidSignatureException", shop, without("x-amz-date")],
    ["one without a field that it signs", "InvalidSignatureException", shop, without("content-type")],
    [
      "one that signs no host",
      "InvalidSignatureException",
      shop,
      resigned(/content-type;host;/, "content-type;"),
    ],
    [
      "one in capitals",
      "IncompleteSignatureException",
      shop,
      resigned(/Signature=\w+/, `Signature=${"A".repeat(64)}`),
    ],
    [
      "one that is cut short",
      "IncompleteSignatureException",
      shop,
      resigned(/Signature=\w+/, "Signature=ab"),
    ],
    [
      "one with two credentials",
      "IncompleteSignatureException",
      shop,
      resigned(/Credential=/, "Credential=x, Credential="),
    ],
    ["one of another service", "IncompleteSignatureException", { ...shop, service: "s3" }, undefined],
    ["fields that are named twice", "IncompleteSignatureException", shop, resigned(/host;/, "host;host;")],
    [
      "a thousand signed fields",
      "IncompleteSignatureException",
      shop,
      resigned(
        /SignedHeaders=[^,]*/,
        `SignedHeaders=${Array.from({ length: 300 }, (_, i) => `a${i + 1000}`).join(";")}`,
      ),
    ],
    ["one that is too long", "IncompleteSignatureException", shop, resigned(/$/, ` ${"x".repeat(4000)}`)],
    [
      "a session token",
      "UnrecognizedClientException",
      { ...shop, headers: { "x-amz-security-token": "x" } },
      undefined,
    ],
    [
      "a body that is not signed",
      "InvalidSignatureException",
      { ...shop, headers: { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" } },
      undefined,
    ],
    [
      "a body in signed chunks",
      "InvalidSignatureException",
      { ...shop, headers: { "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" } },
      undefined,
    ],
    [
      "a field of AWS's that is not signed",
      "InvalidSignatureException",
      shop,
      (f) => ({ ...f, "x-amz-meta-more": "1" }),
    ],
    [
      "a second target",
      "InvalidSignatureException",
      shop,
      (f) => ({ ...f, "x-amz-target": [getDomain, "Lightsail_20161128.DeleteDomain"] }),
    ],
  ];
  test.each(rows)("%s is refused with %s", async (_, type, signing, change, sent) => {
    const answer = await send(signing, change, sent ?? String(signing.body));
    expect([answer.status, answer.type]).toEqual([400, type]);
    expect(answer.text).toContain(`"__type":"${type}"`);
    expect(answer.text).not.toContain("shop.test");
  });

  test("another's secret and an unknown key are told apart from a wrong signature by name alone", async () => {
    const wrong = await send(shop, undefined, body, { ...place, secretAccessKey: "wrong" });
    expect(wrong.type).toBe("InvalidSignatureException");
    const unknown = await send(shop, undefined, body, { ...place, accessKeyId: "AKIAAAAAAAAAAAAAAAAA" });
    expect(unknown.type).toBe("UnrecognizedClientException");
  });

  test("the presigned form is none", async () => {
    const query = `/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${place.accessKeyId}&X-Amz-Signature=${"a".repeat(64)}`;
    const fields = { host: new URL(place.endpoint).host, "x-amz-target": getDomain, "content-length": "2" };
    const answer = await sendRaw(place, requestText(fields, "{}", `POST ${query} HTTP/1.1`));
    expect([answer.status, answer.type]).toEqual([400, "MissingAuthenticationTokenException"]);
  });
});

describe("requests that say two things", () => {
  const own = (): string => new URL(place.endpoint).host;
  test.each<[string, (fields: Record<string, string>) => Record<string, string | string[]>]>([
    ["two hosts", (f) => ({ ...f, host: [own(), "evil.example"] })],
    ["no host", ({ host, ...f }) => (host === "" ? {} : f)],
    ["an empty host", (f) => ({ ...f, host: "" })],
    ["two lengths", (f) => ({ ...f, "content-length": ["26", "2"] })],
    ["a length that is none", (f) => ({ ...f, "content-length": "-1" })],
    ["length and chunks", (f) => ({ ...f, "content-length": "26", "transfer-encoding": "chunked" })],
    ["chunks of chunks", (f) => ({ ...f, "transfer-encoding": "chunked, chunked" })],
    ["a blank before a colon", (f) => ({ ...f, "x-amz-date ": "x" })],
    ["NUL in a field", (f) => ({ ...f, "x-more": "a\0b" })],
    ["a field of 100 KiB", (f) => ({ ...f, "x-more": "a".repeat(100 << 10) })],
    [
      "ten thousand fields",
      (f) => ({ ...f, ...Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`x-${i}`, "1"])) }),
    ],
  ])("%s: refused before anything is done", async (_, change) => {
    const fields = { "content-length": String(body.length), ...change(signedFields(place, shop)) };
    const answer = await sendRaw(place, requestText(fields, body));
    expect([400, 403, 413, 431]).toContain(answer.status);
    expect(answer.text).not.toContain("arn:aws");
  });

  test.each([
    "text/plain",
    "application/json",
    "multipart/form-data; boundary=x",
    "",
    "application/x-amz-json-1.0",
  ])("a body of type %o is read as the target says, once it is signed", async (type) => {
    const answer = await send({ ...shop, headers: { "content-type": type } });
    expect(answer.status).toBe(200);
  });

  test("a form with a target is the target's, and one without is STS's", async () => {
    const type = { "content-type": "application/x-www-form-urlencoded" };
    const withTarget = await send({ ...shop, headers: type });
    expect(withTarget.status).toBe(200);
    const without = await send({
      target: "",
      body: "Action=GetCallerIdentity&Version=2011-06-15",
      headers: type,
      service: "sts",
    });
    expect([without.status, without.text]).toEqual([200, expect.stringContaining("<Arn>")]);
    const json = await send({ target: "", body });
    expect([json.status, json.type]).toEqual([400, "UnknownOperationException"]);
  });

  test.each(["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])("%s / is no call of AWS's", async (method) => {
    const fields = { ...signedFields(place, shop), "content-length": String(body.length) };
    const answer = await sendRaw(place, requestText(fields, body, `${method} / HTTP/1.1`));
    expect(answer.text).not.toContain("arn:aws");
  });
});

describe("bodies without end", () => {
  const size = 100 << 20;
  const piece = Buffer.alloc(1 << 16, 0x61);

  async function* flood(head: string, isChunked: boolean): AsyncGenerator<string | Buffer> {
    yield head;
    for (let sent = 0; sent < size; sent += piece.length) {
      if (isChunked) yield `${piece.length.toString(16)}\r\n`;
      yield piece;
      if (isChunked) yield "\r\n";
    }
  }

  test.each([
    ["with their length", false],
    ["in chunks", true],
  ])(
    "twenty bodies of 100 MiB at once, %s, are refused without being read, and memory stays",
    async (_, isChunked) => {
      await send(shop);
      const before = memory().now;
      const fields = signedFields(place, shop);
      const framing = isChunked ? { "transfer-encoding": "chunked" } : { "content-length": String(size) };
      const answers = await Promise.all(
        Array.from({ length: 20 }, () =>
          sendRaw(place, flood(requestText({ ...fields, ...framing }, ""), isChunked)),
        ),
      );
      // A connection that is closed while it is written to may lose the answer.
      for (const { status, type } of answers)
        expect(["413 RequestEntityTooLargeException", "0 "]).toContain(`${status} ${type}`);
      expect(answers.filter(({ status }) => status === 413).length).toBeGreaterThan(0);
      expect(memory().most - before).toBeLessThan(150);
      expect((await send(shop)).status).toBe(200);
    },
  );

  test("an unsigned one is not read at all", async () => {
    const fields = {
      host: new URL(place.endpoint).host,
      "x-amz-target": getDomain,
      "transfer-encoding": "chunked",
    };
    const answer = await sendRaw(place, flood(requestText(fields, ""), true));
    expect(["400 MissingAuthenticationTokenException", "0 "]).toContain(`${answer.status} ${answer.type}`);
  });

  test("bodies that never come hold nobody up", async () => {
    const fields = { ...signedFields(place, shop), "content-length": String(body.length) };
    const head = requestText(fields, '{"');
    let ended = 0;
    const { hostname, port } = new URL(place.endpoint);
    const open = Array.from({ length: 200 }, () =>
      connect(Number(port), hostname, function (this: Socket) {
        this.write(head);
      })
        .on("error", () => {})
        .on("close", () => ended++),
    );
    await wait(200);
    // They are all open yet when others have their answers.
    for (let i = 0; i < 3; i++) expect([(await send(shop)).status, ended]).toEqual([200, 0]);
    for (const socket of open) socket.destroy();
    await expect.poll(() => ended).toBe(200);
    expect((await send(shop)).status).toBe(200);
  });

  test.each([
    ["brackets", "[".repeat(1_000_000)],
    ["objects", '{"a":'.repeat(200_000)],
    ["digits", `{"domainName":${"9".repeat(1_000_000)}}`],
    [
      "members",
      `{${Array.from({ length: 60_000 }, (_, i) => `"a${i}":${i}`).join(",")},"domainName":"nothing.test"}`,
    ],
    ["escapes", `{"domainName":"${"\\u0000".repeat(170_000)}"}`],
    ["one name", `{"domainName":"${"a.".repeat(500_000)}"}`],
  ])("a MiB of %s is answered, with little of the processor's time", async (_, sent) => {
    const before = processorSeconds();
    const answer = await send({ target: getDomain, body: sent });
    expect([answer.status, answer.type]).toEqual([
      400,
      expect.stringMatching(/^(?:SerializationException|InvalidInputException|NotFoundException)$/),
    ]);
    // A message has some 2,500 characters at most, each of which JSON may write in six.
    expect(answer.text.length).toBeLessThan(18_000);
    expect(processorSeconds() - before).toBeLessThan(5);
  });
});

describe("thousands at once", () => {
  /** Sends signed requests over many connections. @returns how many had each status */
  async function many(count: number, connections: number, signing: Signing): Promise<Map<string, number>> {
    const agent = new Agent({ keepAlive: true, maxSockets: connections });
    const outcomes = new Map<string, number>();
    const one = (): Promise<string> =>
      new Promise((resolve) => {
        const sent = String(signing.body);
        const headers = { ...signedFields(place, signing), "content-length": Buffer.byteLength(sent) };
        const { hostname, port } = new URL(place.endpoint);
        const call = request({ agent, hostname, port, method: "POST", path: "/", headers }, (response) => {
          response
            .resume()
            .on("end", () =>
              resolve(`${response.statusCode} ${String(response.headers["x-amzn-errortype"] ?? "")}`.trim()),
            );
        });
        call.on("error", (error) => resolve(error.message));
        call.end(sent);
      });
    await Promise.all(
      Array.from({ length: count }, async () => {
        const outcome = await one();
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }),
    );
    agent.destroy();
    return outcomes;
  }

  test("five thousand reads over five hundred connections are all served, and memory stays", async () => {
    await many(500, 100, shop);
    const before = memory().now;
    expect([...(await many(5000, 500, shop))]).toEqual([["200", 5000]]);
    expect(memory().now - before).toBeLessThan(150);
  });

  test("five thousand with a wrong signature are all refused, while others are served", async () => {
    const client = lightsail("new", place);
    const wrong = { ...shop, skewMs: -10 * 60_000 };
    let isOver = false;
    const attack = many(5000, 200, wrong).finally(() => (isOver = true));
    // The others need not wait until it is over.
    await client.call("GetDomain", { domainName: "shop.test" });
    expect(isOver).toBe(false);
    for (let i = 0; i < 9; i++) await client.call("GetDomain", { domainName: "shop.test" });
    expect([...(await attack)]).toEqual([["400 InvalidSignatureException", 5000]]);
  });

  test("two hundred writes at once of one name: one comes about, all others hear why not", async () => {
    const sent = '{"domainName":"race.example"}';
    const outcomes = await many(200, 200, { target: "Lightsail_20161128.CreateDomain", body: sent });
    expect(Object.fromEntries(outcomes)).toEqual({ "200": 1, "400 InvalidInputException": 199 });
  });
});
