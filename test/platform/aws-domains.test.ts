// Registrations through the Route 53 Domains API, as scripts written for AWS make and follow them: an old and the newest SDK and the command
// line, with nothing but the endpoint changed. What the API says is what the DNS answers.

import { afterAll, beforeAll, expect, test } from "vitest";
import { awsCli, type AwsCli } from "../aws-clients/aws-cli.ts";
import { route53Domains, sts, type AwsPlace, type SdkClient } from "../aws-clients/sdk.ts";
import { startPlatform, type Platform } from "./harness.ts";
import { awsPlace, digShort, operationEnd } from "./aws-story.ts";

let platform: Platform;
let old: SdkClient;
let latest: SdkClient;
let cli: AwsCli;
let place: AwsPlace;

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

test("sts get-caller-identity tells whose key it is, to the command line and to an SDK", async () => {
  const said = await cli.json<{ Account: string; Arn: string; UserId: string }>("sts", "get-caller-identity");
  expect(said).toMatchObject({ Account: "000000000000", Arn: "arn:aws:iam::000000000000:user/scripts" });
  expect(await sts(place).call("GetCallerIdentity")).toMatchObject(said);
});

test("a domain is registered, followed, seen in the DNS, changed, renewed and deleted, by old and new SDK and command line", async () => {
  for (const [client, name] of [
    [old, "old-sdk.test"],
    [latest, "new-sdk.test"],
  ] as const) {
    expect(await client.call("CheckDomainAvailability", { DomainName: name })).toMatchObject({
      Availability: "AVAILABLE",
    });
    const { OperationId } = await client.call<{ OperationId: string }>("RegisterDomain", {
      DomainName: name,
      DurationInYears: 2,
      ...contacts,
    });
    const seen = await operationEnd(client, OperationId);
    expect(seen).toMatchObject({ Status: "SUCCESSFUL", Type: "REGISTER_DOMAIN", DomainName: name });
    const detail = await client.call<{ Nameservers: { Name: string }[]; ExpirationDate: Date }>(
      "GetDomainDetail",
      { DomainName: name },
    );
    expect(detail).toMatchObject({
      DomainName: name,
      AutoRenew: true,
      AdminContact: contact,
      RegistrantContact: contact,
      TechContact: contact,
      AdminPrivacy: true,
    });
    expect(digShort(platform, name, "NS")).toEqual(detail.Nameservers.map(({ Name }) => `${Name}.`).sort());
  }
});
