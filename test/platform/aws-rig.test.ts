// The real clients of AWS that the other tests use, before a server that only writes down what they send: what this person has of AWS's
// settings reaches none of them, and what they take for an error is what the header field and the body say together.

import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { awsCli } from "../aws-clients/aws-cli.ts";
import { lightsail, route53Domains, sts, type AwsPlace } from "../aws-clients/sdk.ts";

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const leaks: Readonly<Record<string, string>> = {
  AWS_PROFILE: "somebody",
  AWS_SESSION_TOKEN: "leaked-token",
  AWS_ACCESS_KEY_ID: "AKIALEAKEDLEAKEDLEAK",
  AWS_SECRET_ACCESS_KEY: "leaked",
  AWS_REGION: "eu-west-3",
  AWS_ENDPOINT_URL: "http://127.0.0.1:1",
};
const held = { ...process.env };
const seen: Seen[] = [];
let answer: { status: number; headers: Record<string, string>; body: string };
let server: Server;
let place: AwsPlace;

beforeAll(async () => {
  Object.assign(process.env, leaks);
  server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      seen.push({ method: request.method ?? "", path: request.url ?? "", headers: request.headers, body });
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  place = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    accessKeyId: "AKIAFAIRLEADTESTKEYS",
    secretAccessKey: "secret",
  };
});
afterAll(() => {
  server?.close();
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
  for (const [name, value] of Object.entries(held)) if (name.startsWith("AWS_")) process.env[name] = value;
});
beforeEach(() => {
  seen.length = 0;
  answer = { status: 200, headers: { "content-type": "application/x-amz-json-1.1" }, body: "{}" };
});

const credential = /Credential=AKIAFAIRLEADTESTKEYS\/\d{8}\/us-east-1\/(\w+)\/aws4_request/;

test("the command line and both SDK releases send one signed POST each, with the test's key and region and nothing else", async () => {
  await awsCli(place).json("lightsail", "get-domain", "--domain-name", "shop.test");
  await lightsail("old", place).call("GetDomain", { domainName: "shop.test" });
  await lightsail("new", place).call("GetDomain", { domainName: "shop.test" });
  expect(seen).toHaveLength(3);
  for (const { method, path, headers, body } of seen) {
    expect([method, path]).toEqual(["POST", "/"]);
    expect(headers["x-amz-target"]).toBe("Lightsail_20161128.GetDomain");
    expect(headers["content-type"]).toBe("application/x-amz-json-1.1");
    expect(headers["x-amz-security-token"]).toBeUndefined();
    expect(credential.exec(headers.authorization ?? "")?.[1]).toBe("lightsail");
    expect(JSON.parse(body)).toEqual({ domainName: "shop.test" });
  }
});

test("registrations and identity are asked for in the same place under names of their own", async () => {
  answer.body = JSON.stringify({ Availability: "AVAILABLE" });
  for (const release of ["old", "new"] as const)
    expect(
      await route53Domains(release, place).call("CheckDomainAvailability", { DomainName: "shop.test" }),
    ).toMatchObject({ Availability: "AVAILABLE" });
  expect(
    await awsCli(place).json(
      "route53domains",
      "check-domain-availability",
      "--domain-name",
      "shop.test",
      "--region",
      "us-east-1",
    ),
  ).toEqual({ Availability: "AVAILABLE" });
  for (const { headers } of seen) {
    expect(headers["x-amz-target"]).toBe("Route53Domains_v20140515.CheckDomainAvailability");
    expect(credential.exec(headers.authorization ?? "")?.[1]).toBe("route53domains");
  }
  seen.length = 0;
  await sts(place)
    .call("GetCallerIdentity")
    .catch(() => {});
  expect(seen[0]?.headers["content-type"]).toMatch(/^application\/x-www-form-urlencoded/);
  expect(seen[0]?.body).toMatch(/Action=GetCallerIdentity/);
});

test("an error has its type in every client where header field and body name it", async () => {
  answer = {
    status: 400,
    headers: { "content-type": "application/x-amz-json-1.1", "x-amzn-errortype": "NotFoundException" },
    body: JSON.stringify({ __type: "NotFoundException", code: "DoesNotExist", message: "it is not here" }),
  };
  for (const release of ["old", "new"] as const) {
    const client = lightsail(release, place);
    const error = await client.fail("GetDomain", { domainName: "shop.test" });
    expect([error.name, error.message]).toEqual(["NotFoundException", "it is not here"]);
    expect(client.isA(error, "NotFoundException")).toBe(true);
    expect(client.isA(error, "LightsailServiceException")).toBe(true);
  }
  const refused = await awsCli(place).refused("lightsail", "get-domain", "--domain-name", "shop.test");
  expect(refused).toEqual({ type: "NotFoundException", message: "it is not here" });
});
