// A registry in maps, for tests of its flows.

import {
  createContact,
  createDomain,
  createHost,
  type ContactDetails,
  type ContactObject,
  type CreateDomainRequest,
  type DomainObject,
  type HostObject,
  type Outcome,
  type RegistryView,
} from "./index.ts";

/** Details that all rules allow. */
export const goodDetails: ContactDetails = {
  postalInfo: { name: "Ada Lovelace", street: ["12 St James's Square"], city: "London", countryCode: "GB" },
  voice: "+44.2070000000",
  email: "ada@example.org",
};

/** A registry's tables as its flows see them. */
export class RegistryTables implements RegistryView {
  readonly domains: Map<string, DomainObject> = new Map();
  readonly hosts: Map<string, HostObject> = new Map();
  readonly contacts: Map<string, ContactObject> = new Map();
  readonly tlds: RegistryView["tlds"] = ["test.", "home.arpa."].map((name) => ({
    name,
    reservedLabels: ["nic"],
    minYears: 1,
    maxYears: 10,
  }));
  domain = (name: string): DomainObject | undefined => this.domains.get(name);
  host = (name: string): HostObject | undefined => this.hosts.get(name);
  contact = (id: string): ContactObject | undefined => this.contacts.get(id);
  subordinateHosts = (domain: string): HostObject[] =>
    [...this.hosts.values()].filter(({ name }) => name.endsWith(`.${domain}`));
  domainsOfHost = (host: string): string[] =>
    this.#domainsWith(({ nameServers }) => nameServers.includes(host));
  domainsOfContact = (id: string): string[] =>
    this.#domainsWith(({ contacts }) => Object.values(contacts).some(({ contact }) => contact === id));

  #domainsWith(has: (domain: DomainObject) => boolean): string[] {
    return [...this.domains.values()].filter(has).map(({ name }) => name);
  }

  /** Takes an outcome's facts over. @returns its code, with the reason of a refusal */
  take(outcome: Outcome<unknown>): string {
    if (outcome.code !== 1000) return `${outcome.code} ${outcome.reason}`;
    for (const { table, name, value } of outcome.facts) {
      const map = this[`${table}s`] as Map<string, unknown>;
      if (value) map.set(name, value);
      else map.delete(name);
    }
    return "1000";
  }

  /** Registers at time 0 for a year, unless told otherwise. */
  create(
    name: string,
    nameServers: string[] = [],
    client: string = "r1",
    years: number = 1,
    further: Partial<CreateDomainRequest> = {},
  ): string {
    return this.take(
      createDomain(this, { name, years, nameServers, client, roid: "D1", now: 0, ...further }),
    );
  }

  createHost(name: string, addresses: string[], client: string = "r1"): string {
    return this.take(createHost(this, { name, addresses, client, roid: "H1", now: 0 }));
  }

  createContact(id: string, details: ContactDetails = goodDetails, client: string = "r1"): string {
    return this.take(createContact(this, { id, details, client, roid: "C1", now: 0 }));
  }
}
