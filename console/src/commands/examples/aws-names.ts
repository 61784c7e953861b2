// Operations of AWS's services for commands about names: domains are Route 53's, zones and records Lightsail's.

import type { ContactInput } from "#contract";
import { calls, domains, lightsail, type AwsCall, type AwsCalls } from "./aws-call.ts";
import type { NameAction } from "./cli-names.ts";
import { membersOf, type CommandOf } from "./table.ts";

const oneByOne = "Lightsail has an operation for each single record, and none for several as one.";
const ownAuthority = "AWS's services have nothing like it.";
const ownSigning = "Lightsail signs no zones; Route 53 has operations for its own hosted zones alone.";
const nobodyForces = "AWS has no way to force it.";

/** A row each. */
export const nameCalls: { readonly [Action in NameAction]: (command: CommandOf<Action>) => AwsCalls } = {
  register,
  "renew-domain": ({ name, years, currentExpiry }) =>
    currentExpiry === undefined
      ? { none: "Route 53 Domains wants the year in which the domain expires today." }
      : calls(
          domains("RenewDomain", {
            DomainName: name,
            DurationInYears: years,
            CurrentExpiryYear: Number(currentExpiry.slice(0, 4)),
          }),
        ),
  "set-domain": setDomain,
  "set-name-servers": ({ name, nameServers, force }) =>
    force === true || !nameServers
      ? { none: force === true ? nobodyForces : "Route 53 Domains wants the name servers themselves." }
      : calls(
          domains("UpdateDomainNameservers", {
            DomainName: name,
            Nameservers: nameServers.map((server) => ({
              Name: server.name,
              ...(server.addresses ? { GlueIps: server.addresses } : {}),
            })),
          }),
        ),
  "add-delegation-signer": ({ name, flags, algorithm, publicKey, force }) =>
    force === true
      ? { none: nobodyForces }
      : calls(
          domains("AssociateDelegationSignerToDomain", {
            DomainName: name,
            SigningAttributes: { Algorithm: algorithm, Flags: flags, PublicKey: publicKey },
          }),
        ),
  "remove-delegation-signer": ({ name, id }) =>
    calls(domains("DisassociateDelegationSignerFromDomain", { DomainName: name, Id: id })),
  "delete-domain": ({ name }) => calls(domains("DeleteDomain", { DomainName: name })),
  "set-zone-signing": () => ({ none: ownSigning }),
  "roll-zone-key": () => ({ none: ownSigning }),
  "create-zone": ({ name }) => calls(lightsail("CreateDomain", { domainName: name })),
  "delete-zone": ({ name }) => ({
    calls: [lightsail("DeleteDomain", { domainName: name })],
    note: "A domain that is registered here loses its delegation by it.",
  }),
  "put-rrset": () => ({ none: oneByOne }),
  "delete-rrset": () => ({ none: oneByOne }),
  "edit-rrset": editRrset,
  "change-record": () => ({
    none: "Lightsail wants the whole entry, with an id of its own (update-domain-entry).",
  }),
  "delete-record": () => ({
    none: "Lightsail wants the whole entry, with an id of its own (delete-domain-entry).",
  }),
  "change-rrsets": () => ({ none: oneByOne }),
  "put-network-table": () => ({ none: "Lightsail has no routing policies." }),
  "delete-network-table": () => ({ none: "Lightsail has no routing policies." }),
  "set-negative-anchor": () => ({ none: "Lightsail has no resolver." }),
  "delete-negative-anchor": () => ({ none: "Lightsail has no resolver." }),
  "import-zone": () => ({ none: oneByOne }),
  "import-document": () => ({ none: oneByOne }),
  "put-alias": ({ zone, name, target, entry }) =>
    calls(
      lightsail("CreateDomainEntry", {
        domainName: zone,
        domainEntry: {
          name: absolute(name, zone),
          type: entry?.type ?? "A",
          target: entry?.target ?? (target === "@" ? zone : target),
          isAlias: true,
        },
      }),
    ),
  "delete-alias": () => ({ none: "Lightsail wants the whole entry, with its target (delete-domain-entry)." }),
  assign: () => ({
    none: "Lightsail has no operation for it: record, certificate and attachment are one each there.",
  }),
  unassign: () => ({ none: "Lightsail has no operation for it." }),
  "create-certificate": ({ name, domainName, subjectAlternativeNames, issuer, challenge, loadBalancer }) => {
    if (issuer !== undefined || challenge !== undefined)
      return { none: "Lightsail does not say who issues a certificate, or how a name is proven." };
    return loadBalancer === undefined
      ? calls(lightsail("CreateCertificate", { certificateName: name, domainName, subjectAlternativeNames }))
      : calls(
          lightsail("CreateLoadBalancerTlsCertificate", {
            loadBalancerName: loadBalancer,
            certificateName: name,
            certificateDomainName: domainName,
            certificateAlternativeNames: subjectAlternativeNames,
          }),
        );
  },
  "delete-certificate": ({ name, force }) =>
    force === true
      ? { none: nobodyForces }
      : calls(lightsail("DeleteCertificate", { certificateName: name })),
  "renew-certificate": () => ({ none: "Lightsail renews certificates by itself alone." }),
  "import-certificate": () => ({ none: "Lightsail takes over no certificates of others." }),
  "set-acme-account": () => ({ none: ownAuthority }),
  "delete-acme-account": () => ({ none: ownAuthority }),
};

function register(command: CommandOf<"register">): AwsCalls {
  const { name, years = 1, autoRenew, lock, contacts = {}, privacy = {} } = command;
  const { registrant, admin, tech, billing } = contacts;
  if (!registrant || !admin || !tech)
    return { none: "Route 53 Domains wants contacts: registrant, admin and tech." };
  const [Registrant, Admin, Tech, Billing] = [registrant, admin, tech, billing ?? undefined].map(
    (contact) => contact && contactOf(contact),
  );
  if (!Registrant || !Admin || !Tech || (billing && !Billing)) return { none: contactReason };
  return calls(
    domains("RegisterDomain", {
      DomainName: name,
      DurationInYears: years,
      AutoRenew: autoRenew,
      RegistrantContact: Registrant,
      AdminContact: Admin,
      TechContact: Tech,
      BillingContact: Billing,
      PrivacyProtectRegistrantContact: privacy.registrant,
      PrivacyProtectAdminContact: privacy.admin,
      PrivacyProtectTechContact: privacy.tech,
      PrivacyProtectBillingContact: privacy.billing,
    }),
    // Route 53 locks what it registers.
    ...(lock === true ? [] : [domains("DisableDomainTransferLock", { DomainName: name })]),
  );
}

const contactReason = "Route 53 Domains has a first and a last name, and two lines of a street.";

/** A contact as Route 53 Domains has it; undefined where it has no form there. */
function contactOf(contact: ContactInput): Readonly<Record<string, unknown>> | undefined {
  const last = contact.familyName ?? /\S+$/.exec(contact.name.includes(" ") ? contact.name : "")?.[0];
  if (last === undefined || !contact.name.endsWith(` ${last}`) || contact.street.length > 2) return undefined;
  const all = {
    FirstName: contact.name.slice(0, -last.length).trimEnd(),
    LastName: last,
    ContactType: contact.contactType,
    OrganizationName: contact.organization,
    AddressLine1: contact.street[0],
    AddressLine2: contact.street[1],
    City: contact.city,
    State: contact.state,
    CountryCode: contact.countryCode,
    ZipCode: contact.postalCode,
    PhoneNumber: contact.phone,
    Email: contact.email,
    Fax: contact.fax,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function setDomain({ name, autoRenew, lock, ...others }: CommandOf<"set-domain">): AwsCalls {
  const { addStatuses = [], removeStatuses = [], contacts, privacy } = others;
  if (addStatuses.length + removeStatuses.length > 0)
    return { none: "Of the statuses, Route 53 Domains sets the transfer lock alone." };
  const DomainName = name;
  const all: AwsCall[] = [];
  const onOff = (isOn: boolean): string => (isOn ? "Enable" : "Disable");
  if (autoRenew !== undefined) all.push(domains(`${onOff(autoRenew)}DomainAutoRenew`, { DomainName }));
  if (lock !== undefined) all.push(domains(`${onOff(lock)}DomainTransferLock`, { DomainName }));
  if (contacts && membersOf(contacts).length > 0) {
    const given = (["registrant", "admin", "tech", "billing"] as const).flatMap((role) => {
      const contact = contacts[role];
      return contact === undefined ? [] : [{ role, contact: contact ? contactOf(contact) : undefined }];
    });
    if (given.some(({ contact }) => !contact)) return { none: contactReason };
    const named = given.map(({ role, contact }) => [`${capital(role)}Contact`, contact]);
    all.push(domains("UpdateDomainContact", { DomainName, ...(Object.fromEntries(named) as object) }));
  }
  if (privacy && membersOf(privacy).length > 0) {
    const named = Object.entries(privacy).map(([role, isPrivate]) => [`${capital(role)}Privacy`, isPrivate]);
    all.push(domains("UpdateDomainContactPrivacy", { DomainName, ...(Object.fromEntries(named) as object) }));
  }
  return { calls: all };
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function editRrset({
  zone,
  name,
  type,
  add = [],
  remove = [],
  ttl,
  written,
}: CommandOf<"edit-rrset">): AwsCalls {
  if (ttl !== undefined) return { none: "Lightsail's entries have no TTL of their own." };
  const entry = (target: string): AwsCall["input"] => ({
    domainName: zone,
    domainEntry: { name: absolute(name, zone), type, target },
  });
  return calls(
    ...remove.map((target) => lightsail("DeleteDomainEntry", entry(target))),
    ...add.map((target) => lightsail("CreateDomainEntry", entry(written ?? target))),
  );
}

/** A name with its zone, as Lightsail has it. */
function absolute(name: string, zone: string): string {
  if (name === "@") return zone;
  const plain = name.replace(/\.$/, "");
  return plain === zone || plain.endsWith(`.${zone}`) || name.endsWith(".") ? plain : `${plain}.${zone}`;
}
