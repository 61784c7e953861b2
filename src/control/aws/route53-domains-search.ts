// What can be registered, and for how much: availability, suggestions, prices, and whether a name can be transferred.
//
// Nothing costs anything here: every price is 0 USD.

import type { Route53DomainsOperations, Route53DomainsShapes } from "#contract";
import type { Availability } from "#registry";
import { shown } from "../names.ts";
import { registryView } from "../registry-view.ts";
import { searchDomains } from "../search-domains.ts";
import { tldRules } from "../tld-rules.ts";
import { AwsError } from "./aws-error.ts";
import { lookUpName, readDomain } from "./route53-domains-held.ts";
import { domainsPageOf } from "./route53-domains-page.ts";
import type { AwsCall, AwsOperations } from "./service.ts";

/** Most suggestions of one request. */
const maxSuggestions = 50;
const maxPrices = 1000;

const free: Route53DomainsShapes["PriceWithCurrency"] = { Price: 0, Currency: "USD" };

/** Operations about names that need not be registered. */
export const searchOperations: Pick<
  AwsOperations<Route53DomainsOperations>,
  | "CheckDomainAvailability"
  | "CheckDomainTransferability"
  | "GetDomainSuggestions"
  | "ListPrices"
  | "ViewBilling"
> = {
  CheckDomainAvailability: {
    access: "read",
    handle: ({ DomainName }, call) => ({ Availability: availabilityOf(call, readDomain(call, DomainName)) }),
  },
  CheckDomainTransferability: {
    access: "read",
    handle: ({ DomainName }, call) => {
      const name = readDomain(call, DomainName);
      const isHeld = availabilityOf(call, name) === "UNAVAILABLE";
      return {
        Transferability: { Transferable: isHeld ? "DOMAIN_IN_OWN_ACCOUNT" : "UNTRANSFERABLE" },
        Message: isHeld
          ? `${shown(name)} is registered through this platform already`
          : `${shown(name)} is not registered, and this registry has no other registrar to transfer it from`,
      };
    },
  },
  GetDomainSuggestions: {
    access: "read",
    handle: ({ DomainName, SuggestionCount, OnlyAvailable }, call) => {
      if (SuggestionCount < 1 || SuggestionCount > maxSuggestions)
        throw new AwsError("InvalidInput", `SuggestionCount: expected 1 to ${maxSuggestions}`);
      const asked = shown(readDomain(call, DomainName));
      const { core } = call;
      const { results } = searchDomains(
        registryView(core.views.state, core.config.profile),
        { query: asked, count: SuggestionCount, onlyAvailable: OnlyAvailable },
        core.host.clock.wall(),
      );
      return {
        SuggestionsList: results
          .filter(({ name, isAvailable }) => name !== asked && (isAvailable || !OnlyAvailable))
          .slice(0, SuggestionCount)
          .map(({ name, availability }) => ({ DomainName: name, Availability: availability })),
      };
    },
  },
  ListPrices: {
    access: "read",
    handle: ({ Tld, Marker, MaxItems }, { core }) => {
      const tlds = tldRules(core.config.profile).map(({ name }) => shown(name));
      const asked = Tld?.toLowerCase().replace(/^\./, "");
      const listed = tlds.filter((name) => asked === undefined || name === asked);
      if (listed.length === 0) {
        throw new AwsError(
          "UnsupportedTLD",
          `The top-level domain "${asked}" is not supported: this registry has ${tlds.join(", ")}`,
        );
      }
      const page = domainsPageOf(listed, (name) => name, Marker, MaxItems ?? maxPrices, maxPrices);
      return {
        Prices: page.items.map((Name) => ({
          Name,
          RegistrationPrice: free,
          TransferPrice: free,
          RenewalPrice: free,
          ChangeOwnershipPrice: free,
          RestorationPrice: free,
        })),
        NextPageMarker: page.next,
      };
    },
  },
  // Nothing was ever charged, so there is no record of it.
  ViewBilling: { access: "read", handle: () => ({ BillingRecords: [] }) },
};

function availabilityOf(call: AwsCall, name: string): Availability {
  return lookUpName(call, name).availability;
}
