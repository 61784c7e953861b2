// What Route 53 Domains shows of registrations: one in full, and the list with its filters and its order.

import type { Route53DomainsOperations, Route53DomainsShapes } from "#contract";
import { explainStatuses, type ContactRole, type DomainObject } from "#registry";
import { shown } from "../names.ts";
import { lockStatus } from "../plan-registration.ts";
import { resourceZone } from "../resources.ts";
import type { State } from "../state.ts";
import { viewContact } from "../plan-contacts.ts";
import { AwsError } from "./aws-error.ts";
import { writeContact } from "./route53-domains-contact.ts";
import { writeDnssecKeys } from "./route53-domains-dnssec.ts";
import { heldDomain, seconds } from "./route53-domains-held.ts";
import { domainsPageOf } from "./route53-domains-page.ts";
import type { AwsOperations } from "./service.ts";

type Detail = Route53DomainsShapes["GetDomainDetailResponse"];
type Filter = Route53DomainsShapes["FilterCondition"];
type Sort = Route53DomainsShapes["SortCondition"];

const usualDomains = 20;
const maxDomains = 100;

/** The registrar that this platform is, by name. */
const registrarName = "Fairlead";

/** Operations that show registrations. */
export const detailOperations: Pick<
  AwsOperations<Route53DomainsOperations>,
  "GetDomainDetail" | "ListDomains"
> = {
  GetDomainDetail: {
    access: "read",
    handle: ({ DomainName }, call) => {
      const { value } = heldDomain(call, DomainName);
      const { state } = call.core.views;
      return { ...viewDetail(state, value, call.core.host.clock.wall()), ...viewContacts(state, value) };
    },
  },
  ListDomains: {
    access: "read",
    handle: ({ FilterConditions = [], SortCondition, Marker, MaxItems = usualDomains }, { core }) => {
      checkConditions(FilterConditions, SortCondition);
      const matching = [...core.views.state.all("domain").values()]
        .map(({ value }) => value)
        .filter((domain) => domain.name !== resourceZone)
        .filter((domain) => FilterConditions.every((filter) => matches(domain, filter)))
        .sort(orderOf(SortCondition));
      const { items, next } = domainsPageOf(matching, ({ name }) => name, Marker, MaxItems, maxDomains);
      return {
        Domains: items.map((domain) => ({
          DomainName: shown(domain.name),
          AutoRenew: domain.autoRenew,
          TransferLock: domain.statuses.includes(lockStatus),
          Expiry: seconds(domain.exDate),
        })),
        NextPageMarker: next,
      };
    },
  },
};

function viewDetail(state: State, domain: DomainObject, now: number): Detail {
  const inside = (server: string): boolean => server === domain.name || server.endsWith(`.${domain.name}`);
  return {
    DomainName: shown(domain.name),
    Nameservers: domain.nameServers.map((server) => ({
      Name: shown(server),
      GlueIps: inside(server) ? [...(state.value("host", server)?.addresses ?? [])] : [],
    })),
    AutoRenew: domain.autoRenew,
    RegistrarName: registrarName,
    RegistryDomainId: domain.roid,
    CreationDate: seconds(domain.crDate),
    ...(domain.upDate !== undefined && { UpdatedDate: seconds(domain.upDate) }),
    ExpirationDate: seconds(domain.exDate),
    StatusList: explainStatuses(domain, now).map(({ code }) => code),
    DnssecKeys: writeDnssecKeys(domain),
  };
}

/** Contacts and their privacy: whose domain it is sees them all. */
function viewContacts(state: State, { contacts }: DomainObject): Detail {
  const show = (role: ContactRole): Detail["AdminContact"] => {
    const object = state.value("contact", contacts[role]?.contact ?? "");
    return object && writeContact(viewContact(object));
  };
  return {
    AdminContact: show("admin"),
    RegistrantContact: show("registrant"),
    TechContact: show("tech"),
    BillingContact: show("billing"),
    AdminPrivacy: contacts.admin?.isPrivate,
    RegistrantPrivacy: contacts.registrant?.isPrivate,
    TechPrivacy: contacts.tech?.isPrivate,
    BillingPrivacy: contacts.billing?.isPrivate,
  };
}

/** Throws `InvalidInput` for conditions that do not go together. */
function checkConditions(filters: readonly Filter[], sort: Sort | undefined): void {
  for (const { Name, Operator, Values } of filters) {
    const isPrefix = Operator === "BEGINS_WITH";
    if (isPrefix !== (Name === "DomainName"))
      throw new AwsError("InvalidInput", `FilterConditions: ${Name} has no operator ${Operator}`);
    if (Name === "Expiry" && timeOf(Values[0]) === undefined)
      throw new AwsError("InvalidInput", `FilterConditions: expected a time for Expiry`);
    if (sort && sort.Name !== Name)
      throw new AwsError("InvalidInput", `SortCondition: what is filtered by ${Name} is sorted by ${Name}`);
  }
}

function matches({ name, exDate }: DomainObject, { Operator, Values: [value = ""] }: Filter): boolean {
  switch (Operator) {
    case "BEGINS_WITH":
      return shown(name).startsWith(value.toLowerCase());
    case "LE":
      return exDate <= (timeOf(value) ?? 0);
    case "GE":
      return exDate >= (timeOf(value) ?? 0);
  }
}

/** A time as clients write it: seconds since 1970, or a date. */
function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = /^\d{1,12}(?:\.\d{1,9})?$/.test(text)
    ? Number(text) * 1000
    : /^\d{4}-\d\d-\d\d(?:T|$)/.test(text)
      ? Date.parse(text)
      : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

function orderOf(sort: Sort | undefined): (a: DomainObject, b: DomainObject) => number {
  const byName = (a: DomainObject, b: DomainObject): number =>
    a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
  const up =
    sort?.Name === "Expiry"
      ? (a: DomainObject, b: DomainObject) => a.exDate - b.exDate || byName(a, b)
      : byName;
  return sort?.SortOrder === "DESC" ? (a, b) => up(b, a) : up;
}
