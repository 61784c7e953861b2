import { describe, expect, test } from "vitest";
import { lightsailModel } from "./lightsail-table.ts";
import { checkRequest, checkResponse, operationOf, type ServiceModel } from "./model.ts";
import { route53DomainsModel } from "./route53-domains-table.ts";

const models: readonly ServiceModel[] = [lightsailModel, route53DomainsModel];

function refused(shape: string, value: unknown, model: ServiceModel = lightsailModel): string {
  const checked = checkRequest(model, shape, value);
  return checked.ok ? "taken" : `${checked.member}: ${checked.reason}`;
}

describe("the tables", () => {
  test("describe every operation, and every shape that it is made of", () => {
    expect(models.map(({ operations }) => Object.keys(operations).length)).toEqual([97, 34]);
    for (const model of models) {
      for (const name of Object.keys(model.operations)) {
        const operation = operationOf(model, name);
        expect(operation?.errors.length).toBeGreaterThan(0);
        for (const shape of [operation?.input ?? "", operation?.output ?? ""])
          expect(model.shapes[shape]).toMatch(/^structure/);
      }
      const built = new Set(Object.keys(model.shapes));
      for (const line of Object.values(model.shapes)) {
        if (line.startsWith("structure"))
          for (const word of line.split(" ").slice(1)) expect(built).toContain(word.split(":")[1]);
      }
    }
  });

  test("have no operation that is only named like a member of every object", () => {
    for (const name of ["toString", "constructor", "__proto__", "hasOwnProperty"])
      expect(operationOf(lightsailModel, name)).toBeUndefined();
  });
});

describe("checkRequest()", () => {
  test("leaves out what it does not know, and takes null for absent", () => {
    const sent: unknown = JSON.parse('{"domainName":"a.test","tags":null,"more":1,"__proto__":{"x":1}}');
    expect(checkRequest(lightsailModel, "CreateDomainRequest", sent)).toEqual({
      ok: true,
      value: { domainName: "a.test" },
    });
  });

  test.each<[string, string, unknown, string]>([
    ["what is missing", "CreateDomainRequest", {}, "domainName: it is required"],
    ["null for what is required", "CreateDomainRequest", { domainName: null }, "domainName: it is required"],
    ["a list for an object", "CreateDomainRequest", [], ": expected an object"],
    ["a number for a text", "CreateDomainRequest", { domainName: 1 }, "domainName: expected a string"],
    ["a text for a list", "CreateInstancesRequest", { instanceNames: "a" }, "instanceNames: expected a list"],
    [
      "a member of a list",
      "CreateDomainRequest",
      { domainName: "a.test", tags: [{ key: 1 }] },
      "tags[0].key: expected a string",
    ],
    ["a text for a truth", "boolean", "true", ": expected true or false"],
    ["a fraction", "integer", 1.5, ": expected a whole number"],
    ["no number", "timestamp", "2026-01-01T00:00:00Z", ": expected a number"],
    ["too much", "ContainerServiceScale", 21, ": expected 1 to 20"],
    ["too little", "ContainerServiceScale", 0, ": expected 1 to 20"],
    ["a port below all", "Port", -2, ": expected -1 to 65535"],
    ["another word", "IpAddressType", "ipv5", ": expected one of dualstack, ipv4, ipv6"],
    ["an empty name", "NonEmptyString", " ", ': " " does not match .*\\S.*'],
    ["a short name", "ResourceName", "a", ': "a" does not match'],
    ["a name beyond all", "ResourceName", "a".repeat(1 << 20), ': "aaa'],
    ["an empty list of names", "SetupDomainNameList", [], ": expected 1 to 10 members"],
    [
      "capitals after two letters",
      "ContainerServiceName",
      "abCD",
      ': "abCD" does not match ^(?:^[a-z0-9]{1,2}|',
    ],
  ])("refuses %s", (_, shape, value, reason) => {
    expect(refused(shape, value).startsWith(reason), refused(shape, value)).toBe(true);
  });

  test.each<[string, unknown]>([
    ["ResourceName", "shop.test"],
    ["ResourceName", "web-1"],
    ["ContainerServiceName", "a"],
    ["ContainerServiceName", "shop-service-1"],
    ["timestamp", 1570728588.6],
    ["Port", -1],
    ["RegionName", "mars-north-1"],
    ["EmailAddress", "ada@example.org"],
  ])("takes %s %s", (shape, value) => expect(refused(shape, value)).toBe("taken"));

  test("takes every key of a map, those of every object's members among them", () => {
    const sent: unknown = JSON.parse('{"__proto__":"a","constructor":"b"}');
    const checked = checkRequest(lightsailModel, "Environment", sent);
    expect(checked.ok && Object.entries(checked.value as object)).toEqual([
      ["__proto__", "a"],
      ["constructor", "b"],
    ]);
  });
});

describe("checkResponse()", () => {
  test("refuses what clients would not see, and null", () => {
    expect(checkResponse(lightsailModel, "GetDomainResult", { domain: { nme: "a" } })).toMatchObject({
      ok: false,
      reason: 'it has a member "nme"',
    });
    expect(checkResponse(lightsailModel, "GetDomainResult", { domain: null }).ok).toBe(false);
    expect(checkResponse(lightsailModel, "GetDomainResult", {}).ok).toBe(true);
  });
});
