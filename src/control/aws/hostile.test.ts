// Requests that mean harm, over a control in memory: every operation of every service is given values of the wrong kind, size and content,
// made by its own model. Each is answered, with an exception that its clients know, and never with a failure of ours.

import { beforeEach, expect, test } from "vitest";
import type { ServiceModel } from "#contract";
import { lightsailModel, route53DomainsModel } from "#contract/aws";
import { seededRandom, testConfig } from "../testing.ts";
import { AwsTestApi } from "./testing.ts";

const aws = new AwsTestApi();
beforeEach(async () => {
  const { profile } = testConfig;
  // Enough of them, so that what is created does not end at addresses that are all in use.
  const many = (part: number): string[] => Array.from({ length: 250 }, (_, i) => `127.53.${part}.${i + 1}`);
  const edge = { ...profile.edge, addresses: many(8) };
  const instances = { ...profile.instances, addresses: many(9) };
  await aws.startWith({ ...testConfig, profile: { ...profile, edge, instances } });
});

/** What no member expects, or few. */
const hostile: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  -1e308,
  2 ** 53,
  "",
  " ",
  "\0",
  "a\0b",
  "\u202egpj.exe",
  "%00",
  "../../etc/passwd",
  "a".repeat(300),
  "a".repeat(70_000),
  `${"a.".repeat(200)}test`,
  "-",
  ".",
  "..",
  "*",
  "@",
  "\\",
  "\\000",
  "xn--a",
  "__proto__",
  "constructor",
  "'; drop table change; --",
  "${jndi:ldap://x}",
  [],
  {},
  [null],
  [[[]]],
  { constructor: 1 },
  Array.from({ length: 2000 }, () => "x"),
];

/** What is right often enough to come past the first look. */
const plausible: readonly unknown[] = [
  "shop.test",
  "shop.example",
  "www.shop.test",
  "web",
  "ip",
  "lb",
  "cdn",
  "svc",
  "192.0.2.1",
  '"text"',
  "A",
  "TXT",
  "GET,HEAD",
  80,
  1,
  86_400,
  1_800_000_000,
];

type Draw = (most: number) => number;

/** A value of a shape, mostly; deeper ones are plain. */
function valueOf(model: ServiceModel, name: string, draw: Draw, depth: number): unknown {
  const pick = (list: readonly unknown[]): unknown => list[draw(list.length)];
  if (draw(12) === 0 || depth > 5) return pick(hostile);
  const [type = "", ...parts] = (model.shapes[name] ?? "string").split(" ");
  switch (type) {
    case "structure":
      return Object.fromEntries(
        parts.flatMap((part) => {
          const [, member = "", star, shape = ""] = /^(\w+)(\*?):(\w+)$/.exec(part) ?? [];
          const isGiven = star === "*" ? draw(20) > 0 : draw(3) > 0;
          return isGiven ? [[member, valueOf(model, shape, draw, depth + 1)]] : [];
        }),
      );
    case "list":
      return Array.from({ length: draw(4) }, () => valueOf(model, parts[0] ?? "", draw, depth + 1));
    case "map":
      return Object.fromEntries(
        Array.from({ length: draw(4) }, () => [
          String(pick(plausible)),
          valueOf(model, parts[1] ?? "", draw, depth + 1),
        ]),
      );
    case "enum":
      return pick(parts);
    case "boolean":
      return draw(2) === 0;
    case "string":
      return String(pick(draw(4) === 0 ? hostile : plausible));
    default:
      return draw(4) === 0 ? pick(hostile) : pick([0, 1, 2, 10, 60, 80, 443, 86_400, 1_800_000_000]);
  }
}

test.each([
  ["Lightsail", lightsailModel],
  ["Route 53 Domains", route53DomainsModel],
] as const)(
  "no request to %s fails inside, and each refusal is one that its clients know",
  async (_, model) => {
    await aws.api.json("POST", "/v1/domains", { name: "shop.test" });
    await aws.api.json("POST", "/v1/zones", { name: "shop.example" });
    await aws.api.json("POST", "/v1/instances", {
      name: "web",
      run: { kind: "address", address: "127.0.0.1", port: 9 },
    });
    await aws.call("AllocateStaticIp", { staticIpName: "ip" });
    await aws.call("CreateLoadBalancer", { loadBalancerName: "lb", instancePort: 80 });
    await aws.call("CreateContainerService", { serviceName: "svc", power: "nano", scale: 1 });
    await aws.call("CreateDistribution", {
      distributionName: "cdn",
      origin: { name: "web", regionName: "us-east-1" },
      defaultCacheBehavior: { behavior: "cache" },
      bundleId: "small_1_0",
    });
    const random = seededRandom(20_261_125);
    const key = { ...aws.key, service: model.signingName };
    const outcomes = new Map<string, number>();
    for (const name of Object.keys(model.operations)) {
      for (let round = 0; round < 12; round++) {
        const [input = ""] = (model.operations[name] ?? "").split(" ");
        const value = valueOf(model, input, (most) => random.integer(most), 0);
        const text = JSON.stringify(value);
        if (text.length > 1 << 19) continue;
        const response = await aws.send(`${model.targetPrefix}.${name}`, text, key);
        const answer = (await response.json()) as { __type?: string; message?: string };
        const outcome = response.ok ? "served" : (answer.__type ?? "nothing");
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        const shown = `${name} ${text.slice(0, 500)}: ${answer.message}`;
        if (response.ok) continue;
        expect([response.status, shown]).toEqual([400, shown]);
        const always = ["SerializationException", "AccessDeniedException", "InvalidInputException"];
        const [, , ...known] = (model.operations[name] ?? "").split(" ");
        expect([...known, ...always], shown).toContain(answer.__type);
        expect((answer.message ?? "").length, shown).toBeLessThan(3000);
      }
    }
    // What was tried came to something: much was served, much refused.
    expect(outcomes.get("served")).toBeGreaterThan(10);
    expect(outcomes.size).toBeGreaterThan(2);
  },
);

test.each([
  ["half a surrogate pair", '{"domainName":"\\ud800.test"}'],
  ["the other half", '{"domainName":"a","tags":[{"key":"\\udc00","value":"x"}]}'],
  ["half of one in a name of a member", '{"domainName":"a","\\ud800":1}'],
  ["nothing but brackets", "[".repeat(200_000)],
  ["objects in objects", '{"a":'.repeat(100_000)],
  ["a number beyond all numbers", '{"domainName":1e999999}'],
  ["octets that are no UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ["a byte order mark alone", new Uint8Array([0xef, 0xbb, 0xbf])],
  ["NUL behind the end", "{}\0"],
  ["two values", "{}{}"],
  ["a text", '"x"'],
  ["a form", "Action=GetDomains"],
])("a body of %s is refused in words", async (_, body) => {
  const response = await aws.send("Lightsail_20161128.CreateDomain", body);
  const { __type, message } = (await response.json()) as { __type: string; message: string };
  expect([response.status, __type]).toEqual([400, expect.stringMatching(/Serialization|InvalidInput/)]);
  expect(message.length).toBeLessThan(500);
});
