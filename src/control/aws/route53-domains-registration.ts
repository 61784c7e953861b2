// What Route 53 Domains does with a registration: each is one command of the platform's, which the history shows and undo takes back.

import {
  type Command,
  type ContactsInput,
  type PrivacyInput,
  type Route53DomainsOperations,
  type Route53DomainsShapes,
} from "#contract";
import { formatDay, type DomainObject } from "#registry";
import { requireOperate } from "../access/authorise.ts";
import { readName, shown } from "../names.ts";
import { AwsError } from "./aws-error.ts";
import { readContact } from "./route53-domains-contact.ts";
import { heldDomain, lookUpName, readDomain, submit, type Submitted } from "./route53-domains-held.ts";
import type { AwsCall, AwsOperations } from "./service.ts";

type Shapes = Route53DomainsShapes;
type SetDomain = Omit<Extract<Command, { action: "set-domain" }>, "action" | "name">;

/** Operations that change registrations. */
export const registrationOperations: Pick<
  AwsOperations<Route53DomainsOperations>,
  | "RegisterDomain"
  | "RenewDomain"
  | "DeleteDomain"
  | "UpdateDomainNameservers"
  | "UpdateDomainContact"
  | "UpdateDomainContactPrivacy"
  | "EnableDomainAutoRenew"
  | "DisableDomainAutoRenew"
  | "EnableDomainTransferLock"
  | "DisableDomainTransferLock"
  | "RetrieveDomainAuthCode"
> = {
  RegisterDomain: { access: "write", handle: register },
  RenewDomain: { access: "write", handle: renew },
  DeleteDomain: {
    access: "write",
    handle: ({ DomainName }, call) => {
      const name = nameOf(call, DomainName);
      return submit(call, name, "DeleteDomain", { action: "delete-domain", name });
    },
  },
  UpdateDomainNameservers: { access: "write", handle: updateNameServers },
  UpdateDomainContact: {
    access: "write",
    handle: (input, call) => {
      const contacts = readContacts(input);
      if (Object.keys(contacts).length === 0)
        throw new AwsError("InvalidInput", "Expected a contact that is to be changed");
      return change(call, input.DomainName, "UpdateDomainContact", { contacts });
    },
  },
  UpdateDomainContactPrivacy: {
    access: "write",
    handle: ({ DomainName, AdminPrivacy, RegistrantPrivacy, TechPrivacy, BillingPrivacy }, call) => {
      const privacy = withoutAbsent({
        admin: AdminPrivacy,
        registrant: RegistrantPrivacy,
        tech: TechPrivacy,
        billing: BillingPrivacy,
      });
      if (Object.keys(privacy).length === 0)
        throw new AwsError("InvalidInput", "Expected a contact whose privacy is to be changed");
      return change(call, DomainName, "UpdateDomainContactPrivacy", { privacy });
    },
  },
  EnableDomainAutoRenew: {
    access: "write",
    handle: async ({ DomainName }, call) => {
      await change(call, DomainName, "EnableDomainAutoRenew", { autoRenew: true });
      return {};
    },
  },
  DisableDomainAutoRenew: {
    access: "write",
    handle: async ({ DomainName }, call) => {
      await change(call, DomainName, "DisableDomainAutoRenew", { autoRenew: false });
      return {};
    },
  },
  EnableDomainTransferLock: {
    access: "write",
    handle: ({ DomainName }, call) => change(call, DomainName, "EnableDomainTransferLock", { lock: true }),
  },
  DisableDomainTransferLock: {
    access: "write",
    handle: ({ DomainName }, call) => change(call, DomainName, "DisableDomainTransferLock", { lock: false }),
  },
  RetrieveDomainAuthCode: {
    access: "write",
    handle: async ({ DomainName }, { core, principal, ...rest }) => {
      const name = nameOf({ core, principal, ...rest }, DomainName);
      requireOperate(principal, "RetrieveDomainAuthCode");
      const { authCode } = await core.renewAuthCode(name, principal.actor);
      return { AuthCode: authCode };
    },
  },
};

async function register(input: Shapes["RegisterDomainRequest"], call: AwsCall): Promise<Submitted> {
  const name = readDomain(call, input.DomainName);
  refuseName(call, name);
  const contacts = readContacts(input);
  const privacy: PrivacyInput = {
    admin: input.PrivacyProtectAdminContact ?? true,
    registrant: input.PrivacyProtectRegistrantContact ?? true,
    tech: input.PrivacyProtectTechContact ?? true,
    ...(contacts.billing && { billing: input.PrivacyProtectBillingContact ?? true }),
  };
  return submit(call, name, "RegisterDomain", {
    action: "register",
    name,
    years: input.DurationInYears,
    autoRenew: input.AutoRenew ?? true,
    // Route 53 locks what it registers.
    lock: true,
    contacts,
    privacy,
  });
}

/** Refuses what nobody can ever register; a name that is taken is for the registry to refuse. */
function refuseName(call: AwsCall, name: string): void {
  const { availability, reason } = lookUpName(call, name);
  const text = `${shown(name)} cannot be registered: ${reason}`;
  if (availability === "RESERVED") throw new AwsError("TLDRulesViolation", text);
  if (availability === "INVALID_NAME_FOR_TLD") throw new AwsError("InvalidInput", text);
}

async function renew(input: Shapes["RenewDomainRequest"], call: AwsCall): Promise<Submitted> {
  const { name, exDate } = heldDomain(call, input.DomainName).value;
  const currentExpiry = formatDay(exDate);
  const year = Number(currentExpiry.slice(0, 4));
  if (input.CurrentExpiryYear !== year) {
    throw new AwsError(
      "InvalidInput",
      `CurrentExpiryYear: ${shown(name)} expires in ${year}, not in ${input.CurrentExpiryYear}`,
    );
  }
  const years = input.DurationInYears ?? 1;
  return submit(call, name, "RenewDomain", { action: "renew-domain", name, years, currentExpiry });
}

async function updateNameServers(
  input: Shapes["UpdateDomainNameserversRequest"],
  call: AwsCall,
): Promise<Submitted> {
  const held = heldDomain(call, input.DomainName);
  const { name } = held.value;
  if (input.FIAuthKey !== undefined)
    throw new AwsError("InvalidInput", "FIAuthKey: this registry knows no such key");
  if (input.Nameservers.length === 0)
    throw new AwsError("InvalidInput", "Nameservers: expected one name server or more");
  const nameServers = input.Nameservers.map(({ Name, GlueIps = [] }) => ({
    name: Name,
    ...(GlueIps.length > 0 && { addresses: [...GlueIps] }),
  }));
  const wanted = nameServers.map((server) => readName(server.name));
  const isSame =
    wanted.toSorted().join() === held.value.nameServers.toSorted().join() &&
    nameServers.every(({ addresses }) => addresses === undefined);
  // Who copies a zone's name servers to where they are already has done what they wanted.
  if (isSame) return confirmDelegation(call, held.value);
  return submit(call, name, "UpdateNameServers", { action: "set-name-servers", name, nameServers });
}

/** An operation that changes nothing and looks whether the top-level domain's servers delegate the domain as it is to be. */
function confirmDelegation({ core, principal }: AwsCall, { name }: DomainObject): Submitted {
  requireOperate(principal, "UpdateDomainNameservers");
  const { id } = core.operations.begin({
    id: core.identities.uuid(),
    changeId: "",
    operationType: "UpdateNameServers",
    resourceName: shown(name),
    resourceType: "RegisteredDomain",
    region: core.config.region,
    createdAt: core.host.clock.wall(),
    revision: core.views.state.revision,
    roles: [],
    checks: [{ step: "delegate", apex: name }],
    instances: [],
    ports: [],
    attached: [],
    drained: [],
    certificates: [],
  });
  return { OperationId: id };
}

async function change(
  call: AwsCall,
  text: string,
  operationType: string,
  given: SetDomain,
): Promise<Submitted> {
  const name = nameOf(call, text);
  return submit(call, name, operationType, { action: "set-domain", name, ...given });
}

function nameOf(call: AwsCall, text: string): string {
  return heldDomain(call, text).value.name;
}

type Contacts = Pick<
  Shapes["UpdateDomainContactRequest"],
  "AdminContact" | "RegistrantContact" | "TechContact" | "BillingContact"
>;

function readContacts(input: Contacts): ContactsInput {
  const { AdminContact, RegistrantContact, TechContact, BillingContact } = input;
  return {
    ...(RegistrantContact && { registrant: readContact("RegistrantContact", RegistrantContact) }),
    ...(AdminContact && { admin: readContact("AdminContact", AdminContact) }),
    ...(TechContact && { tech: readContact("TechContact", TechContact) }),
    ...(BillingContact && { billing: readContact("BillingContact", BillingContact) }),
  };
}

function withoutAbsent(given: PrivacyInput | Record<string, boolean | undefined>): PrivacyInput {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
