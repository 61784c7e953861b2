// Route 53 Domains over a control in memory: name servers, the keys that a zone is vouched for with, and tags.

import { beforeEach, describe, expect, test } from "vitest";
import type { Domain } from "#contract";
import { RrType } from "#wire";
import { refusedDomains, registerDomain } from "./testing-domains.ts";
import { AwsTestApi, type AwsRefusal } from "./testing.ts";

const aws = new AwsTestApi();
beforeEach(aws.start);

const register = (DomainName?: string, more?: object): Promise<string> =>
  registerDomain(aws, DomainName, more);
const refused = (name: string, input: unknown): Promise<AwsRefusal> => refusedDomains(aws, name, input);
const domain = (name = "shop.test"): Promise<Domain> => aws.api.json<Domain>("GET", `/v1/domains/${name}`);

describe("delegation signers", () => {
  const PublicKey =
    "GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==";
  const SigningAttributes = { Algorithm: 13, Flags: 257, PublicKey };

  test("a key that the zone has is associated, shown and taken away", async () => {
    await register();
    const DomainName = "shop.test";
    aws.api.resolver.set("shop.test.", RrType.DNSKEY, [`257 3 13 ${PublicKey}`]);
    const added = await aws.callDomains("AssociateDelegationSignerToDomain", {
      DomainName,
      SigningAttributes,
    });
    await aws.api.pass(5000);
    expect(
      await aws.callDomains("GetOperationDetail", { OperationId: added.OperationId ?? "" }),
    ).toMatchObject({
      Type: "ADD_DNSSEC",
      Status: "SUCCESSFUL",
    });
    const { DnssecKeys: [first] = [] } = await aws.callDomains("GetDomainDetail", { DomainName });
    expect(first).toMatchObject({
      ...SigningAttributes,
      DigestType: 2,
      Digest: expect.stringMatching(/^[0-9A-F]{64}$/) as string,
    });
    const removed = await aws.callDomains("DisassociateDelegationSignerFromDomain", {
      DomainName,
      Id: first?.Id ?? "",
    });
    await aws.api.pass(5000);
    expect(
      await aws.callDomains("GetOperationDetail", { OperationId: removed.OperationId ?? "" }),
    ).toMatchObject({
      Type: "REMOVE_DNSSEC",
      Status: "SUCCESSFUL",
    });
    expect(await aws.callDomains("GetDomainDetail", { DomainName })).toMatchObject({ DnssecKeys: [] });
  });

  test("one that it has not, or that is none, is refused", async () => {
    await register();
    const DomainName = "shop.test";
    aws.api.resolver.set("shop.test.", RrType.DNSKEY, []);
    const refuse = (attributes: object): Promise<AwsRefusal> =>
      refused("AssociateDelegationSignerToDomain", { DomainName, SigningAttributes: attributes });
    expect(await refuse(SigningAttributes)).toMatchObject({ type: "TLDRulesViolation" });
    expect(await refuse({})).toMatchObject({ type: "InvalidInput" });
    expect(await refuse({ ...SigningAttributes, Flags: 0 })).toMatchObject({ type: "InvalidInput" });
    expect(await refuse({ ...SigningAttributes, Algorithm: 15 })).toMatchObject({ type: "InvalidInput" });
    expect(await refused("DisassociateDelegationSignerFromDomain", { DomainName, Id: "x" })).toMatchObject({
      type: "InvalidInput",
    });
  });
});

describe("tags", () => {
  test("they are put, read and taken away, and what is so already is no change", async () => {
    await register();
    const DomainName = "shop.test";
    const list = async (): Promise<unknown> =>
      (await aws.callDomains("ListTagsForDomain", { DomainName })).TagList;
    expect(await list()).toEqual([]);
    const TagsToUpdate = [{ Key: "b", Value: "2" }, { Key: "a" }];
    expect(await aws.callDomains("UpdateTagsForDomain", { DomainName, TagsToUpdate })).toEqual({});
    const put = [
      { Key: "a", Value: "" },
      { Key: "b", Value: "2" },
    ];
    expect(await list()).toEqual(put);
    const { changes: before } = await aws.api.json<{ changes: unknown[] }>("GET", "/v1/changes");
    await aws.callDomains("UpdateTagsForDomain", { DomainName, TagsToUpdate });
    await aws.callDomains("UpdateTagsForDomain", { DomainName });
    await aws.callDomains("DeleteTagsForDomain", { DomainName, TagsToDelete: ["c"] });
    const { changes: after } = await aws.api.json<{ changes: unknown[] }>("GET", "/v1/changes");
    expect(after).toEqual(before);
    await aws.callDomains("DeleteTagsForDomain", { DomainName, TagsToDelete: ["a", "c"] });
    expect(await list()).toEqual(put.slice(1));
    const { Operations = [] } = await aws.callDomains("ListOperations", {});
    expect(Operations.map(({ Type }) => Type)).toEqual(["REGISTER_DOMAIN"]);
  });

  test("they are refused where there is no domain, and with keys that are AWS's or none", async () => {
    await register();
    const TagsToUpdate = [{ Key: "a", Value: "1" }];
    for (const wrong of [
      { DomainName: "free.test", TagsToUpdate },
      { DomainName: "shop.test", TagsToUpdate: [{ Key: "aws:x", Value: "1" }] },
      { DomainName: "shop.test", TagsToUpdate: [{ Value: "1" }] },
      { DomainName: "shop.test", TagsToUpdate: [{ Key: "k".repeat(129), Value: "1" }] },
    ])
      expect(await refused("UpdateTagsForDomain", wrong)).toMatchObject({ type: "InvalidInput" });
    expect(await refused("ListTagsForDomain", { DomainName: "x.example" })).toMatchObject({
      type: "UnsupportedTLD",
    });
  });
});

describe("name servers", () => {
  test("the four that a domain has already are confirmed: that is what scripts copy from its zone", async () => {
    await register();
    const before = await domain();
    const { OperationId = "" } = await aws.callDomains("UpdateDomainNameservers", {
      DomainName: "shop.test",
      Nameservers: [4, 3, 2, 1].map((i) => ({ Name: `ns${i}.s1.nic.test.` })),
    });
    await aws.api.pass(5000);
    expect(await aws.callDomains("GetOperationDetail", { OperationId })).toMatchObject({
      Type: "UPDATE_NAMESERVER",
      Status: "SUCCESSFUL",
    });
    expect(await domain()).toEqual(before);
  });

  test("others must serve the domain; one inside it has its addresses along", async () => {
    await register();
    const DomainName = "shop.test";
    const servers = [
      { Name: "ns1.shop.test", GlueIps: ["127.0.0.9"] },
      { Name: "ns2.shop.test", GlueIps: ["127.0.0.10"] },
    ];
    const lame = { DomainName, Nameservers: servers };
    const refusal = await refused("UpdateDomainNameservers", lame);
    expect(refusal).toMatchObject({ type: "TLDRulesViolation" });
    expect(refusal.message).toMatch(/ns1\.shop\.test/);
    for (const Nameservers of [
      [],
      [{ Name: "not a name" }],
      [servers[0], { Name: "ns2.shop.test", GlueIps: ["1.2.3"] }],
    ])
      expect(await refused("UpdateDomainNameservers", { DomainName, Nameservers })).toMatchObject({
        type: "InvalidInput",
      });
    const withKey = { DomainName, FIAuthKey: "x", Nameservers: [{ Name: "ns1.s1.nic.test" }] };
    expect(await refused("UpdateDomainNameservers", withKey)).toMatchObject({ type: "InvalidInput" });
    const nameServers = ["ns1.shop.test.", "ns2.shop.test."];
    for (const address of ["127.0.0.9", "127.0.0.10"])
      aws.api.foreign.servers.set(address, { zone: "shop.test.", nameServers });
    const { OperationId = "" } = await aws.callDomains("UpdateDomainNameservers", lame);
    await aws.api.pass(5000);
    expect(await aws.callDomains("GetOperationDetail", { OperationId })).toMatchObject({
      Type: "UPDATE_NAMESERVER",
      Status: "SUCCESSFUL",
    });
    expect(await aws.callDomains("GetDomainDetail", { DomainName })).toMatchObject({
      Nameservers: servers,
    });
  });
});
