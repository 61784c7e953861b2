// GetCallerIdentity as the query protocol has it, and its refusals, over a control in memory.

import { beforeEach, expect, test } from "vitest";
import { AwsTestApi, sign, type Signing } from "./testing.ts";

const aws = new AwsTestApi();
beforeEach(aws.start);

const form = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
const identity = "Action=GetCallerIdentity&Version=2011-06-15";

async function ask(body: string, change: Partial<Signing> = {}): Promise<{ status: number; xml: string }> {
  const signing = { ...aws.key, service: "sts", headers: form, ...change };
  const response = await aws.post(body, sign(body, aws.api.time.now, signing, ""));
  expect(response.headers.get("content-type")).toBe("text/xml");
  expect(response.headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
  return { status: response.status, xml: await response.text() };
}

const element = (xml: string, name: string): string | undefined =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];

test("the caller is the key's: account, user and the key's id", async () => {
  const { status, xml } = await ask(identity);
  expect(status).toBe(200);
  expect(xml).toMatch(
    /^<GetCallerIdentityResponse xmlns="https:\/\/sts\.amazonaws\.com\/doc\/2011-06-15\/">/,
  );
  expect(element(xml, "Account")).toBe("000000000000");
  expect(element(xml, "UserId")).toBe(aws.key.id);
  expect(element(xml, "Arn")).toMatch(/^arn:aws:iam::000000000000:user\/aws-\d+$/);
});

test.each([
  ["a token", "Action=GetSessionToken&Version=2011-06-15"],
  ["a role", "Action=AssumeRole&Version=2011-06-15&RoleArn=x&RoleSessionName=y"],
  ["another version", "Action=GetCallerIdentity&Version=1999-01-01"],
  ["nothing", ""],
  ["what would be XML", "Action=%3Cb%3E%00%EF%BF%BF&Version=%26"],
])("who asks for %s hears that there is no such operation", async (_, body) => {
  const { status, xml } = await ask(body);
  expect([status, element(xml, "Code"), element(xml, "Type")]).toEqual([400, "InvalidAction", "Sender"]);
  for (const text of ["<b>", "\0", "\uffff"]) expect(xml).not.toContain(text);
});

test.each([
  ["of a key that is not known", { id: "AKIAAAAAAAAAAAAAAAAA" }, "InvalidClientTokenId"],
  ["with another secret", { secret: "wrong" }, "SignatureDoesNotMatch"],
  ["with a clock that is wrong", { skewMs: 3_600_000 }, "SignatureDoesNotMatch"],
] as const)("a signature %s is refused with %s", async (_, change, code) => {
  const { status, xml } = await ask(identity, change);
  expect([status, element(xml, "Code")]).toEqual([403, code]);
});
