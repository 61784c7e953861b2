// Registrations through the Route 53 Domains API, as scripts written for AWS make and follow them: an old and the newest SDK and the command
// line, with nothing but the endpoint changed. What the API says is what the DNS answers.

import { afterAll, beforeAll, expect, test } from "vitest";
import { awsCli, type AwsCli } from "../aws-clients/aws-cli.ts";
import { route53Domains, sts, type AwsPlace, type SdkClient } from "../aws-clients/sdk.ts";
import { awsPlace, digAt, digShort, operationEnd } from "./aws-story.ts";
import { startPlatform, type Platform } from "./harness.ts";

let platform: Platform;
let place: AwsPlace;
let old: SdkClient;
let latest: SdkClient;
let cli: AwsCli;

beforeAll(async () => {
  platform = await startPlatform();
  place = await awsPlace(platform);
  [old, latest, cli] = [route53Domains("old", place), route53Domains("new", place), awsCli(place)];
});
afterAll(async () => platform?.remove());

const contact = {
  FirstName: "Ada",
  LastName: "King Lovelace",
  ContactType: "PERSON",
  AddressLine1: "12 St James's Square",
  AddressLine2: "Second floor",
  City: "London",
  CountryCode: "GB",
  ZipCode: "SW1Y 4JH",
  PhoneNumber: "+44.2079460000",
  Email: "ada@example.org",
};
const contacts = { AdminContact: contact, RegistrantContact: contact, TechContact: contact };

/** A command line of route53domains, with its input as JSON. */
const domains = (operation: string, input: object): string[] => [
  "route53domains",
  operation,
  "--cli-input-json",
  JSON.stringify(input),
];

test("sts get-caller-identity tells whose key it is, to the command line and to an SDK", async () => {
  const said = await cli.json<{ Account: string; Arn: string; UserId: string }>("sts", "get-caller-identity");
  expect(said).toEqual({
    Account: "000000000000",
    Arn: "arn:aws:iam::000000000000:user/scripts",
    UserId: place.accessKeyId,
  });
  expect(await sts(place).call("GetCallerIdentity")).toMatchObject(said);
});

test("both SDKs register a domain, follow it, see it in the DNS, change, renew and delete it", async () => {
  for (const [client, DomainName] of [
    [old, "old-sdk.test"],
    [latest, "new-sdk.test"],
  ] as const) {
    const submit = async (operation: string, input: object = {}): Promise<Record<string, unknown>> => {
      const { OperationId } = await client.call<{ OperationId: string }>(operation, { DomainName, ...input });
      const end = await operationEnd(client, OperationId);
      expect([operation, end["Status"], end["DomainName"]]).toEqual([operation, "SUCCESSFUL", DomainName]);
      return end;
    };
    const detail = (): Promise<Record<string, unknown>> => client.call("GetDomainDetail", { DomainName });
    const available = await client.call("CheckDomainAvailability", { DomainName });
    expect(available["Availability"]).toBe("AVAILABLE");
    expect(digAt(platform, "127.53.1.1", 5301, DomainName, "NS").rcode).toBe("NXDOMAIN");
    const end = await submit("RegisterDomain", { DurationInYears: 2, ...contacts });
    expect(end["Type"]).toBe("REGISTER_DOMAIN");
    expect(end["SubmittedDate"]).toBeInstanceOf(Date);
    const registered = await detail();
    expect(registered).toMatchObject({ DomainName, AutoRenew: true, ...contacts, AdminPrivacy: true });
    const expiry = registered["ExpirationDate"] as Date;
    expect(expiry.getUTCFullYear()).toBe(new Date().getUTCFullYear() + 2);
    const servers = (registered["Nameservers"] as { Name: string }[]).map(({ Name }) => Name);
    expect(servers).toHaveLength(4);
    expect(digShort(platform, DomainName, "NS")).toEqual(servers.map((name) => `${name}.`).sort());

    await submit("UpdateDomainNameservers", { Nameservers: servers.map((Name) => ({ Name })) });
    await submit("DisableDomainTransferLock");
    await client.call("DisableDomainAutoRenew", { DomainName });
    await submit("UpdateDomainContactPrivacy", { AdminPrivacy: false });
    await submit("UpdateDomainContact", { TechContact: { ...contact, FirstName: "Mary" } });
    await submit("RenewDomain", { DurationInYears: 1, CurrentExpiryYear: expiry.getUTCFullYear() });
    const changed = await detail();
    expect(changed).toMatchObject({ AutoRenew: false, AdminPrivacy: false, TechPrivacy: true });
    expect(changed["TechContact"]).toEqual({ ...contact, FirstName: "Mary" });
    expect(changed["AdminContact"]).toEqual(contact);
    expect(changed["StatusList"]).not.toContain("clientTransferProhibited");
    expect((changed["ExpirationDate"] as Date).getUTCFullYear()).toBe(expiry.getUTCFullYear() + 1);
    const { AuthCode } = await client.call<{ AuthCode: string }>("RetrieveDomainAuthCode", { DomainName });
    expect(AuthCode).toMatch(/^\w{24}$/);

    expect((await submit("DeleteDomain"))["Type"]).toBe("DELETE_DOMAIN");
    const gone = await client.fail("GetDomainDetail", { DomainName });
    expect([gone.name, client.isA(gone, "InvalidInput")]).toEqual(["InvalidInput", true]);
    expect(gone.message).toBe(`Domain ${DomainName} not found in 000000000000 account.`);
  }
});

test("the command line does the same, and its pages follow one another by themselves", async () => {
  for (const name of ["cli-a.test", "cli-b.test", "cli-c.lab"]) {
    const { OperationId } = await cli.json<{ OperationId: string }>(
      ...domains("register-domain", { DomainName: name, DurationInYears: 1, ...contacts }),
    );
    await operationEnd(latest, OperationId);
    const seen = await cli.json("route53domains", "get-operation-detail", "--operation-id", OperationId);
    expect(seen).toMatchObject({ Status: "SUCCESSFUL", Type: "REGISTER_DOMAIN", DomainName: name });
    expect(digShort(platform, name, "NS")).toHaveLength(4);
  }
  const names = async (...words: string[]): Promise<string[]> =>
    (
      await cli.json<{ Domains: { DomainName: string }[] }>("route53domains", "list-domains", ...words)
    ).Domains.map(({ DomainName }) => DomainName);
  expect(await names()).toEqual(["cli-a.test", "cli-b.test", "cli-c.lab"]);
  expect(await names("--page-size", "1")).toEqual(["cli-a.test", "cli-b.test", "cli-c.lab"]);
  expect(await names("--max-items", "2")).toEqual(["cli-a.test", "cli-b.test"]);
  expect(
    await names(
      "--filter-conditions",
      "Name=DomainName,Operator=BEGINS_WITH,Values=cli-b",
      "--sort-condition",
      "Name=DomainName,SortOrder=DESC",
    ),
  ).toEqual(["cli-b.test"]);
  const detail = await cli.json("route53domains", "get-domain-detail", "--domain-name", "cli-a.test");
  expect(detail).toMatchObject({
    ...contacts,
    AutoRenew: true,
    StatusList: ["clientTransferProhibited", "addPeriod"],
  });
  expect(String(detail["ExpirationDate"])).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/);
  // These print nothing.
  for (const operation of ["disable-domain-auto-renew", "enable-domain-auto-renew"])
    expect(
      await cli.json<undefined>("route53domains", operation, "--domain-name", "cli-a.test"),
    ).toBeUndefined();
  const prices = await cli.json("route53domains", "list-prices", "--tld", "test");
  expect(prices).toMatchObject({ Prices: [{ Name: "test", RenewalPrice: { Price: 0, Currency: "USD" } }] });
  const suggested = await cli.json<{ SuggestionsList: unknown[] }>(
    ..."route53domains get-domain-suggestions --domain-name cli-a.test --suggestion-count 5".split(" "),
    "--only-available",
  );
  expect(suggested.SuggestionsList).toHaveLength(5);
  const listed = await cli.json<{ Operations: { Type: string }[] }>(
    ..."route53domains list-operations --type REGISTER_DOMAIN --page-size 2".split(" "),
  );
  expect(listed.Operations.filter(({ Type }) => Type === "REGISTER_DOMAIN").length).toBeGreaterThanOrEqual(5);
});

test("every refusal has its exact exception in each client", async () => {
  const DomainName = "cli-a.test";
  const register = { DomainName: "free.test", DurationInYears: 1, ...contacts };
  const detail = await latest.call<{ ExpirationDate: Date }>("GetDomainDetail", { DomainName });
  const year = detail.ExpirationDate.getUTCFullYear();
  const rows: [operation: string, input: object, exception: string, text: RegExp][] = [
    ["RegisterDomain", { ...register, DomainName: "free.example" }, "UnsupportedTLD", /home\.arpa/],
    ["RegisterDomain", { ...register, DomainName: "nic.test" }, "TLDRulesViolation", /reserved/],
    ["RegisterDomain", { ...register, DomainName }, "InvalidInput", /registered already/],
    ["RegisterDomain", { ...register, DomainName: "www.free.test" }, "InvalidInput", /one label/],
    [
      "RegisterDomain",
      { ...register, AdminContact: { ...contact, PhoneNumber: "12" } },
      "InvalidInput",
      /telephone number/,
    ],
    ["CheckDomainAvailability", { DomainName: "example.com" }, "UnsupportedTLD", /com/],
    ["CheckDomainTransferability", { DomainName: "example.com" }, "UnsupportedTLD", /com/],
    ["ListPrices", { Tld: "com" }, "UnsupportedTLD", /com/],
    ["RenewDomain", { DomainName, CurrentExpiryYear: year + 1 }, "InvalidInput", /expires in/],
    [
      "RenewDomain",
      { DomainName, CurrentExpiryYear: year, DurationInYears: 10 },
      "TLDRulesViolation",
      /ten|10 years/,
    ],
    [
      "UpdateDomainNameservers",
      { DomainName, Nameservers: [{ Name: "ns1.free.lab" }, { Name: "ns2.free.lab" }] },
      "TLDRulesViolation",
      /ns1\.free\.lab/,
    ],
    ["DeleteDomain", { DomainName: "free.test" }, "InvalidInput", /not found in 000000000000 account/],
    ["EnableDomainTransferLock", { DomainName: "free.test" }, "InvalidInput", /not found/],
    ["GetOperationDetail", { OperationId: "nothing" }, "InvalidInput", /not found/],
    ["ListDomains", { Marker: "nothing" }, "InvalidInput", /Marker/],
    ["GetContactReachabilityStatus", { domainName: DomainName }, "UnsupportedTLD", /e-mail/],
    [
      "TransferDomainToAnotherAwsAccount",
      { DomainName, AccountId: "123456789012" },
      "InvalidInput",
      /one account/,
    ],
  ];
  for (const [operation, input, exception, text] of rows) {
    for (const client of [old, latest]) {
      const error = await client.fail(operation, input);
      expect([operation, client.release, error.name]).toEqual([operation, client.release, exception]);
      expect([operation, client.isA(error, exception)]).toEqual([operation, true]);
      expect(error.message).toMatch(text);
      expect(error.$metadata).toMatchObject({ httpStatusCode: 400, attempts: 1 });
      expect(error.$metadata?.requestId).toMatch(/^[0-9a-f-]{36}$/);
    }
    const words = operation.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
    const refused = await cli.refused(...domains(words, input));
    expect([operation, refused.type]).toEqual([operation, exception]);
    expect(refused.message).toMatch(text);
  }
});

test("who is not let in hears it in each client's own words", async () => {
  const wrong = { ...place, secretAccessKey: `${place.secretAccessKey.slice(0, -1)}!` };
  const unknown = { ...place, accessKeyId: "AKIAAAAAAAAAAAAAAAAA" };
  const viewer = await awsPlace(platform, { name: "viewer", role: "viewer" });
  const limited = await awsPlace(platform, { name: "limited", role: "operator", zones: ["cli-a.test"] });
  const DomainName = "cli-a.test";
  for (const [at, exception] of [
    [wrong, "InvalidSignatureException"],
    [unknown, "UnrecognizedClientException"],
    [viewer, "AccessDeniedException"],
    [limited, "AccessDeniedException"],
  ] as const) {
    for (const client of [route53Domains("old", at), route53Domains("new", at)]) {
      const error = await client.fail("DeleteDomain", { DomainName });
      expect([client.release, error.name]).toEqual([client.release, exception]);
    }
    const refused = await awsCli(at).refused("route53domains", "delete-domain", "--domain-name", DomainName);
    expect(refused.type).toBe(exception);
  }
  for (const [at, exception] of [
    [wrong, "SignatureDoesNotMatch"],
    [unknown, "InvalidClientTokenId"],
  ] as const) {
    expect((await sts(at).fail("GetCallerIdentity")).name).toBe(exception);
    expect((await awsCli(at).refused("sts", "get-caller-identity")).type).toBe(exception);
  }
});
