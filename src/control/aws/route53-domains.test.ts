// Route 53 Domains over a control in memory: every operation, and every refusal with the exception that its clients know. Answers are held
// against the model that AWS's clients were made from (testing.ts).

import { beforeEach, describe, expect, test } from "vitest";
import type { Domain, Operation } from "#contract";
import { route53DomainsModel } from "#contract/aws";
import { contact, contacts, refusedDomains, registerDomain } from "./testing-domains.ts";
import { AwsTestApi, type AwsRefusal } from "./testing.ts";

const aws = new AwsTestApi();
beforeEach(aws.start);

const day = 86_400_000;

const register = (DomainName?: string, more?: object): Promise<string> =>
  registerDomain(aws, DomainName, more);
const refused = (name: string, input: unknown): Promise<AwsRefusal> => refusedDomains(aws, name, input);
const domain = (name = "shop.test"): Promise<Domain> => aws.api.json<Domain>("GET", `/v1/domains/${name}`);

describe("registering", () => {
  test("a domain is registered with its zone, and followed by its operation", async () => {
    expect(await aws.callDomains("CheckDomainAvailability", { DomainName: "Shop.Test." })).toEqual({
      Availability: "AVAILABLE",
    });
    const id = await register("shop.test", { DurationInYears: 3, AutoRenew: false });
    expect(await aws.callDomains("GetOperationDetail", { OperationId: id })).toMatchObject({
      OperationId: id,
      Status: "SUCCESSFUL",
      Type: "REGISTER_DOMAIN",
      DomainName: "shop.test",
    });
    expect(await domain()).toMatchObject({ autoRenew: false, isLocked: true, hasZone: true });
    const detail = await aws.callDomains("GetDomainDetail", { DomainName: "SHOP.test" });
    expect(detail).toMatchObject({
      DomainName: "shop.test",
      AutoRenew: false,
      ...contacts,
      AdminPrivacy: true,
      RegistrantPrivacy: true,
      TechPrivacy: true,
      RegistrarName: "Fairlead",
      StatusList: ["clientTransferProhibited", "addPeriod"],
      DnssecKeys: [],
    });
    expect(detail).not.toHaveProperty("BillingContact");
    expect(detail.Nameservers).toEqual(
      [1, 2, 3, 4].map((i) => ({ Name: `ns${i}.s1.nic.test`, GlueIps: [] })),
    );
    expect(new Date((detail.ExpirationDate ?? 0) * 1000).getUTCFullYear()).toBe(
      new Date(aws.api.time.now).getUTCFullYear() + 3,
    );
    expect(await aws.callDomains("CheckDomainAvailability", { DomainName: "shop.test" })).toEqual({
      Availability: "UNAVAILABLE",
    });
  });

  test("auto-renew and privacy are on where nothing else is said, and a billing contact has its own", async () => {
    await register("shop.test", {
      BillingContact: { ...contact, FirstName: "Mary", ContactType: undefined },
      PrivacyProtectBillingContact: false,
      PrivacyProtectTechContact: false,
    });
    expect(await aws.callDomains("GetDomainDetail", { DomainName: "shop.test" })).toMatchObject({
      AutoRenew: true,
      BillingContact: { FirstName: "Mary", LastName: "King Lovelace" },
      AdminPrivacy: true,
      RegistrantPrivacy: true,
      TechPrivacy: false,
      BillingPrivacy: false,
    });
  });

  test.each([
    ["shop.example", "UnsupportedTLD", /test, internal, lab, home\.arpa/],
    ["test", "InvalidInput", /top-level domain itself|below/],
    ["www.shop.test", "InvalidInput", /one label below/],
    ["nic.test", "TLDRulesViolation", /reserved/],
    ["-shop.test", "InvalidInput", /letters, digits/],
    ["shop..test", "InvalidInput", /shop\.\.test/],
    ["", "InvalidInput", /./],
  ])("of the name %o it is refused with %s", async (DomainName, type, text) => {
    const refusal = await refused("RegisterDomain", { DomainName, DurationInYears: 1, ...contacts });
    expect(refusal).toMatchObject({ type, status: 400 });
    expect(refusal.message).toMatch(text);
  });

  test.each([
    ["without a first name", { FirstName: undefined }, /AdminContact: FirstName is missing/],
    ["with an empty last name", { LastName: " " }, /AdminContact: LastName is missing/],
    ["without an e-mail address", { Email: undefined }, /AdminContact: Email is missing/],
    ["with a telephone number of another form", { PhoneNumber: "020 7946 0000" }, /telephone number/],
    ["with a country that is none", { CountryCode: "UK" }, /CountryCode/],
    ["with a parameter of another registry", { ExtraParams: [{ Name: "DUNS_NUMBER", Value: "1" }] }, /DUNS/],
    ["with a name beyond all bounds", { FirstName: "x".repeat(256) }, /FirstName/],
  ])("a contact %s is refused", async (_, change, text) => {
    const refusal = await refused("RegisterDomain", {
      DomainName: "shop.test",
      DurationInYears: 1,
      ...contacts,
      AdminContact: { ...contact, ...change },
    });
    expect(refusal).toMatchObject({ type: "InvalidInput" });
    expect(refusal.message).toMatch(text);
    expect(await aws.callDomains("ListDomains", {})).toEqual({ Domains: [] });
  });

  test("for eleven years, or without a registrant, it is refused", async () => {
    const input = { DomainName: "shop.test", DurationInYears: 1, ...contacts };
    for (const wrong of [
      { ...input, DurationInYears: 11 },
      { ...input, DurationInYears: 0 },
      { ...input, RegistrantContact: undefined },
    ])
      expect(await refused("RegisterDomain", wrong)).toMatchObject({ type: "InvalidInput" });
  });

  test("while a registration is under way another is a DuplicateRequest, and after it the name is taken", async () => {
    const { names } = aws.api.roles;
    names.disconnect();
    const id = await register();
    expect(await aws.callDomains("GetOperationDetail", { OperationId: id })).toMatchObject({
      Status: "IN_PROGRESS",
      Message: expect.stringMatching(/names role/) as string,
    });
    const response = await aws.send(
      "Route53Domains_v20140515.RegisterDomain",
      JSON.stringify({ DomainName: "shop.test", DurationInYears: 1, ...contacts }),
      { ...aws.key, service: "route53domains" },
    );
    expect(await response.json()).toMatchObject({ __type: "DuplicateRequest", requestId: id });
    names.connect(aws.api.control.hub);
    await aws.api.pass(60_000);
    expect(await aws.callDomains("GetOperationDetail", { OperationId: id })).toMatchObject({
      Status: "SUCCESSFUL",
    });
    expect(
      await refused("RegisterDomain", { DomainName: "shop.test", DurationInYears: 1, ...contacts }),
    ).toMatchObject({ type: "InvalidInput", message: expect.stringMatching(/registered already/) as string });
  });
});

describe("looking for names", () => {
  test.each([
    ["nic.test", "RESERVED"],
    ["a.b.test", "INVALID_NAME_FOR_TLD"],
    ["-x.test", "INVALID_NAME_FOR_TLD"],
    ["free.home.arpa", "AVAILABLE"],
  ])("%s is %s", async (DomainName, Availability) => {
    expect(await aws.callDomains("CheckDomainAvailability", { DomainName })).toEqual({ Availability });
  });

  test("under a foreign top-level domain nothing is told", async () => {
    for (const name of ["CheckDomainAvailability", "CheckDomainTransferability", "GetDomainDetail"])
      expect(await refused(name, { DomainName: "example.com" })).toMatchObject({ type: "UnsupportedTLD" });
  });

  test("suggestions are as many as wanted, without the name itself, free ones alone where asked", async () => {
    await register("shops.test");
    const { SuggestionsList = [] } = await aws.callDomains("GetDomainSuggestions", {
      DomainName: "shop.test",
      SuggestionCount: 7,
      OnlyAvailable: true,
    });
    expect(SuggestionsList).toHaveLength(7);
    const names = SuggestionsList.map(({ DomainName }) => DomainName);
    expect(names).not.toContain("shop.test");
    expect(names).not.toContain("shops.test");
    expect(names).toContain("shop.lab");
    expect(new Set(SuggestionsList.map(({ Availability }) => Availability))).toEqual(new Set(["AVAILABLE"]));
    for (const SuggestionCount of [0, 51, -1])
      expect(
        await refused("GetDomainSuggestions", {
          DomainName: "shop.test",
          SuggestionCount,
          OnlyAvailable: false,
        }),
      ).toMatchObject({ type: "InvalidInput" });
  });

  test("nothing costs anything, under each top-level domain, page by page", async () => {
    const { Prices = [] } = await aws.callDomains("ListPrices", {});
    expect(Prices.map(({ Name }) => Name)).toEqual(["test", "internal", "lab", "home.arpa"]);
    expect(Prices[0]).toMatchObject({ RegistrationPrice: { Price: 0, Currency: "USD" } });
    expect((await aws.callDomains("ListPrices", { Tld: "lab" })).Prices).toHaveLength(1);
    expect(await refused("ListPrices", { Tld: "com" })).toMatchObject({ type: "UnsupportedTLD" });
    const first = await aws.callDomains("ListPrices", { MaxItems: 3 });
    expect(first.Prices).toHaveLength(3);
    const second = await aws.callDomains("ListPrices", { MaxItems: 3, Marker: first.NextPageMarker });
    expect(second).toMatchObject({ Prices: [{ Name: "home.arpa" }] });
    expect(second).not.toHaveProperty("NextPageMarker");
    expect(await aws.callDomains("ViewBilling", {})).toEqual({ BillingRecords: [] });
  });

  test("what is registered here is in the account already, and nothing else can be transferred", async () => {
    await register();
    const ask = (DomainName: string): Promise<unknown> =>
      aws.callDomains("CheckDomainTransferability", { DomainName });
    expect(await ask("shop.test")).toMatchObject({
      Transferability: { Transferable: "DOMAIN_IN_OWN_ACCOUNT" },
    });
    expect(await ask("free.test")).toMatchObject({ Transferability: { Transferable: "UNTRANSFERABLE" } });
    for (const DomainName of ["shop.test", "free.test"])
      expect(await refused("TransferDomain", { DomainName, ...contacts })).toMatchObject({
        type: "InvalidInput",
      });
  });
});

describe("lists", () => {
  test("domains are filtered and sorted, and come page by page", async () => {
    for (const [i, name] of ["b.test", "a.lab", "c.test", "ba.test"].entries())
      await register(name, { DurationInYears: i + 1 });
    const list = async (input: object): Promise<unknown[]> =>
      ((await aws.callDomains("ListDomains", input)).Domains ?? []).map(({ DomainName }) => DomainName);
    expect(await list({})).toEqual(["a.lab", "b.test", "ba.test", "c.test"]);
    const byExpiry = { Name: "Expiry", SortOrder: "DESC" };
    expect(await list({ SortCondition: byExpiry })).toEqual(["ba.test", "c.test", "a.lab", "b.test"]);
    const startsWithB = { Name: "DomainName", Operator: "BEGINS_WITH", Values: ["B"] };
    expect(await list({ FilterConditions: [startsWithB] })).toEqual(["b.test", "ba.test"]);
    const inTwoYears = String((aws.api.time.now + 800 * day) / 1000);
    expect(
      await list({
        FilterConditions: [{ Name: "Expiry", Operator: "GE", Values: [inTwoYears] }],
        SortCondition: { Name: "Expiry", SortOrder: "ASC" },
      }),
    ).toEqual(["c.test", "ba.test"]);
    expect(
      await list({
        FilterConditions: [{ Name: "Expiry", Operator: "LE", Values: ["1999-01-01T00:00:00Z"] }],
      }),
    ).toEqual([]);
    for (const wrong of [
      { FilterConditions: [startsWithB], SortCondition: byExpiry },
      { FilterConditions: [{ Name: "DomainName", Operator: "GE", Values: ["b"] }] },
      { FilterConditions: [{ Name: "Expiry", Operator: "GE", Values: ["soon"] }] },
      { FilterConditions: [{ Name: "Expiry", Operator: "GE", Values: [] }] },
      { MaxItems: 0 },
      { MaxItems: 101 },
      { Marker: "%%%" },
    ])
      expect(await refused("ListDomains", wrong)).toMatchObject({ type: "InvalidInput" });
    const pages: unknown[] = [];
    let Marker: string | undefined;
    do {
      const page = await aws.callDomains("ListDomains", { MaxItems: 3, Marker });
      pages.push((page.Domains ?? []).map(({ DomainName }) => DomainName));
      Marker = page.NextPageMarker;
    } while (Marker !== undefined);
    expect(pages).toEqual([["a.lab", "b.test", "ba.test"], ["c.test"]]);
  });

  test("a page goes on behind where the last one ended, though that domain is gone", async () => {
    for (const name of ["a.test", "b.test", "c.test"]) await register(name);
    const { NextPageMarker: Marker } = await aws.callDomains("ListDomains", { MaxItems: 1 });
    await aws.callDomains("DeleteDomain", { DomainName: "a.test" });
    await aws.api.pass(60_000);
    const { Domains = [] } = await aws.callDomains("ListDomains", { MaxItems: 5, Marker });
    expect(Domains.map(({ DomainName }) => DomainName)).toContain("c.test");
    expect(Domains.map(({ DomainName }) => DomainName)).not.toContain("a.test");
  });

  test("operations are filtered by status, type and time, and those of other things are not told of", async () => {
    const first = await register("a.test");
    const since = aws.api.time.now / 1000;
    await aws.api.pass(1000);
    const second = await register("b.test");
    const { OperationId: lock } = await aws.callDomains("DisableDomainTransferLock", {
      DomainName: "b.test",
    });
    const { operation: instance } = await aws.api.json<{ operation: Operation }>("POST", "/v1/instances", {
      name: "web",
      run: { kind: "address", address: "127.0.0.1", port: 3000 },
    });
    await aws.api.pass(5000);
    const list = async (input: object): Promise<unknown[]> =>
      ((await aws.callDomains("ListOperations", input)).Operations ?? []).map(
        ({ OperationId }) => OperationId,
      );
    expect(await list({})).toEqual([lock, second, first]);
    expect(await list({ SortBy: "SubmittedDate", SortOrder: "ASC" })).toEqual([first, second, lock]);
    expect(await list({ SubmittedSince: since })).toEqual([lock, second]);
    expect(await list({ Type: ["DOMAIN_LOCK"] })).toEqual([lock]);
    expect(await list({ Status: ["FAILED", "ERROR"] })).toEqual([]);
    expect(await list({ Status: ["SUCCESSFUL"], MaxItems: 2 })).toEqual([lock, second]);
    for (const OperationId of [instance.id, "nonsense"]) {
      const refusal = await refused("GetOperationDetail", { OperationId });
      expect(refusal).toMatchObject({ type: "InvalidInput" });
      expect(refusal.message).toMatch(/not found/);
    }
    expect(await refused("ListOperations", { Status: ["DONE"] })).toMatchObject({ type: "InvalidInput" });
    expect(await refused("ResendOperationAuthorization", { OperationId: first })).toMatchObject({
      type: "InvalidInput",
    });
  });
});

describe("changing", () => {
  test("what is changed of a registration is what the platform shows, each change with its operation", async () => {
    await register();
    const DomainName = "shop.test";
    const typeOf = async (OperationId: string | undefined): Promise<unknown> => {
      await aws.api.pass(5000);
      return (await aws.callDomains("GetOperationDetail", { OperationId: OperationId ?? "" })).Type;
    };
    const unlocked = await aws.callDomains("DisableDomainTransferLock", { DomainName });
    expect(await typeOf(unlocked.OperationId)).toBe("DOMAIN_LOCK");
    expect(await domain()).toMatchObject({ isLocked: false });
    expect(await aws.callDomains("ListDomains", {})).toMatchObject({ Domains: [{ TransferLock: false }] });
    const locked = await aws.callDomains("EnableDomainTransferLock", { DomainName });
    expect(await typeOf(locked.OperationId)).toBe("DOMAIN_LOCK");
    expect(await domain()).toMatchObject({ isLocked: true });
    expect(await aws.callDomains("DisableDomainAutoRenew", { DomainName })).toEqual({});
    expect(await domain()).toMatchObject({ autoRenew: false });
    expect(await aws.callDomains("EnableDomainAutoRenew", { DomainName })).toEqual({});
    expect(await domain()).toMatchObject({ autoRenew: true });
    const privacy = await aws.callDomains("UpdateDomainContactPrivacy", { DomainName, TechPrivacy: false });
    expect(await typeOf(privacy.OperationId)).toBe("CHANGE_PRIVACY_PROTECTION");
    const other = { ...contact, FirstName: "Mary", LastName: "Somerville", AddressLine2: undefined };
    const updated = await aws.callDomains("UpdateDomainContact", {
      DomainName,
      TechContact: other,
      Consent: { MaxPrice: 10, Currency: "USD" },
    });
    expect(await typeOf(updated.OperationId)).toBe("UPDATE_DOMAIN_CONTACT");
    const { AddressLine2: _, ...rest } = other;
    const detail = await aws.callDomains("GetDomainDetail", { DomainName });
    expect(detail).toMatchObject({ AdminContact: contact, AdminPrivacy: true, TechPrivacy: false });
    expect(detail.TechContact).toEqual(rest);
    expect((await domain()).contacts.tech).toMatchObject({ name: "Mary Somerville", isPrivate: false });
  });

  test("contacts of the native API are shown with their last word as the last name", async () => {
    const details = {
      street: ["1 Way"],
      city: "Bonn",
      countryCode: "DE",
      phone: "+49.228",
      email: "a@b.test",
    };
    await aws.api.json("POST", "/v1/domains", {
      name: "shop.test",
      contacts: {
        registrant: { name: "Ludwig van Beethoven", ...details },
        admin: { name: "Cher", ...details, street: ["1 Way", "House 2", "Floor 3"] },
      },
    });
    const detail = await aws.callDomains("GetDomainDetail", { DomainName: "shop.test" });
    expect(detail.RegistrantContact).toMatchObject({ FirstName: "Ludwig van", LastName: "Beethoven" });
    expect(detail.AdminContact).toMatchObject({ FirstName: "Cher", AddressLine2: "House 2, Floor 3" });
    expect(detail.AdminContact).not.toHaveProperty("LastName");
    expect(detail).not.toHaveProperty("TechContact");
  });

  test("renewals must name the year of expiry, so that one that is sent twice renews once", async () => {
    await register();
    const DomainName = "shop.test";
    const year = new Date((await domain()).expiresAt).getUTCFullYear();
    for (const CurrentExpiryYear of [year - 1, year + 1])
      expect(await refused("RenewDomain", { DomainName, CurrentExpiryYear })).toMatchObject({
        type: "InvalidInput",
      });
    const { OperationId = "" } = await aws.callDomains("RenewDomain", {
      DomainName,
      DurationInYears: 2,
      CurrentExpiryYear: year,
    });
    await aws.api.pass(5000);
    expect(await aws.callDomains("GetOperationDetail", { OperationId })).toMatchObject({
      Type: "RENEW_DOMAIN",
      Status: "SUCCESSFUL",
    });
    expect(new Date((await domain()).expiresAt).getUTCFullYear()).toBe(year + 2);
    expect(
      await refused("RenewDomain", { DomainName, DurationInYears: 2, CurrentExpiryYear: year }),
    ).toMatchObject({ type: "InvalidInput" });
    const far = { DomainName, DurationInYears: 10, CurrentExpiryYear: year + 2 };
    expect(await refused("RenewDomain", far)).toMatchObject({ type: "TLDRulesViolation" });
  });

  test("what a status forbids is a TLDRulesViolation where clients know that, else InvalidInput", async () => {
    await register();
    await aws.api.json("PUT", "/v1/domains/shop.test", {
      addStatuses: ["clientUpdateProhibited", "clientDeleteProhibited", "clientRenewProhibited"],
    });
    const DomainName = "shop.test";
    const CurrentExpiryYear = new Date((await domain()).expiresAt).getUTCFullYear();
    for (const [name, input, type] of [
      ["DeleteDomain", {}, "TLDRulesViolation"],
      ["RenewDomain", { CurrentExpiryYear }, "TLDRulesViolation"],
      ["EnableDomainAutoRenew", {}, "TLDRulesViolation"],
      ["DisableDomainAutoRenew", {}, "InvalidInput"],
      ["DisableDomainTransferLock", {}, "TLDRulesViolation"],
      ["UpdateDomainContact", { TechContact: { ...contact, FirstName: "Eve" } }, "TLDRulesViolation"],
      ["UpdateDomainContactPrivacy", { TechPrivacy: false }, "TLDRulesViolation"],
      ["RetrieveDomainAuthCode", {}, "InvalidInput"],
    ] as const) {
      const refusal = await refused(name, { DomainName, ...input });
      expect([name, refusal.type]).toEqual([name, type]);
      expect(refusal.message).toMatch(/client\w+Prohibited/);
    }
  });

  test("an authorization code is a new one each time", async () => {
    await register();
    const one = await aws.callDomains("RetrieveDomainAuthCode", { DomainName: "shop.test" });
    const two = await aws.callDomains("RetrieveDomainAuthCode", { DomainName: "shop.test" });
    expect(one.AuthCode).toMatch(/^\w{24}$/);
    expect(two.AuthCode).not.toBe(one.AuthCode);
  });

  test("a domain is deleted with its zone, and its operation can be read afterwards", async () => {
    await register();
    const { OperationId = "" } = await aws.callDomains("DeleteDomain", { DomainName: "shop.test" });
    await aws.api.pass(60_000);
    expect(await aws.callDomains("GetOperationDetail", { OperationId })).toMatchObject({
      Type: "DELETE_DOMAIN",
      Status: "SUCCESSFUL",
    });
    const refusal = await refused("GetDomainDetail", { DomainName: "shop.test" });
    expect(refusal).toMatchObject({
      type: "InvalidInput",
      message: "Domain shop.test not found in 000000000000 account.",
    });
  });
});

describe("what this platform has nothing for", () => {
  test.each([
    ["TransferDomainToAnotherAwsAccount", { AccountId: "123456789012" }, "InvalidInput"],
    ["AcceptDomainTransferFromAnotherAwsAccount", { Password: "x" }, "InvalidInput"],
    ["RejectDomainTransferFromAnotherAwsAccount", {}, "InvalidInput"],
    ["CancelDomainTransferToAnotherAwsAccount", {}, "InvalidInput"],
    ["PushDomain", { Target: "TAG" }, "UnsupportedTLD"],
    ["GetContactReachabilityStatus", {}, "UnsupportedTLD"],
    ["ResendContactReachabilityEmail", {}, "UnsupportedTLD"],
  ])("%s says so", async (name, more, type) => {
    await register();
    const input = { DomainName: "shop.test", domainName: "shop.test", ...more };
    expect(await refused(name, input)).toMatchObject({ type, status: 400 });
  });

  test("no operation of the model is without a word of its own", async () => {
    for (const name of Object.keys(route53DomainsModel.operations)) {
      const { type } = await refused(name, {
        DomainName: 7,
        OperationId: 7,
        MaxItems: "x",
        domainName: 7,
      }).catch(() => ({ type: "served" }));
      expect([name, type]).toEqual([name, name === "ViewBilling" ? type : "InvalidInput"]);
    }
    expect(await refused("TransferEverything", {})).toMatchObject({ type: "UnknownOperationException" });
  });
});

describe("who may", () => {
  test("a viewer reads and changes nothing; a key limited to zones hears nothing of registrations", async () => {
    await register();
    const viewer = { ...(await aws.createKey({ role: "viewer" })), service: "route53domains" };
    expect(await aws.callDomains("ListDomains", {}, viewer)).toMatchObject({
      Domains: [{ DomainName: "shop.test" }],
    });
    const limited = await aws.createKey({ role: "operator", zones: ["shop.test"] });
    const DomainName = "shop.test";
    for (const [name, input] of [
      ["DeleteDomain", { DomainName }],
      ["RetrieveDomainAuthCode", { DomainName }],
      ["UpdateDomainNameservers", { DomainName, Nameservers: [{ Name: "ns1.s1.nic.test" }] }],
      ["RegisterDomain", { DomainName: "b.test", DurationInYears: 1, ...contacts }],
    ] as const) {
      for (const key of [viewer, { ...limited, service: "route53domains" }]) {
        const refusal = await aws.refused(name, input, key, route53DomainsModel);
        expect([name, refusal.type, refusal.code]).toEqual([
          name,
          "AccessDeniedException",
          "AccessDeniedException",
        ]);
      }
    }
    const read = { ...limited, service: "route53domains" };
    for (const [name, input] of [
      ["ListDomains", {}],
      ["GetDomainDetail", { DomainName }],
      ["GetDomainDetail", { DomainName: "unknown.test" }],
    ] as const)
      expect((await aws.refused(name, input, read, route53DomainsModel)).type).toBe("AccessDeniedException");
  });
});
