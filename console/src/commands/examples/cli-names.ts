// Lines of `fairlead` for commands about names: domains, zones, records, aliases, assignments, certificates.

import type { CommandAction, ContactsInput, ImportRecord, PrivacyInput } from "#contract";
import { fairlead, lines, none, type Example, type Options } from "./shell.ts";
import { membersOf, type CommandOf, type Rows } from "./table.ts";

/** Actions about names. */
export type NameAction = Extract<
  CommandAction,
  | "register"
  | "renew-domain"
  | "set-domain"
  | "set-name-servers"
  | "add-delegation-signer"
  | "remove-delegation-signer"
  | "delete-domain"
  | "set-zone-signing"
  | "roll-zone-key"
  | "create-zone"
  | "delete-zone"
  | "put-rrset"
  | "delete-rrset"
  | "edit-rrset"
  | "change-record"
  | "delete-record"
  | "change-rrsets"
  | "put-network-table"
  | "delete-network-table"
  | "set-negative-anchor"
  | "delete-negative-anchor"
  | "import-zone"
  | "import-document"
  | "put-alias"
  | "delete-alias"
  | "assign"
  | "unassign"
  | "create-certificate"
  | "delete-certificate"
  | "renew-certificate"
  | "import-certificate"
  | "set-acme-account"
  | "delete-acme-account"
>;

const severalChanges = "Each line is a change of its own.";

/** A row each. */
export const nameRows: Rows<NameAction> = {
  register: (command) => {
    const contacts = contactOptions(command.contacts, command.privacy);
    if (!contacts) return none("The command line sets the privacy of all contacts alike.");
    const { name, years, autoRenew, lock } = command;
    return one("register", [name], { years, "auto-renew": autoRenew, lock: lock || undefined, ...contacts });
  },
  "renew-domain": ({ name, years, currentExpiry }) =>
    one("domain renew", [name], { years, expires: currentExpiry }),
  "set-domain": setDomain,
  "set-name-servers": ({ name, nameServers, force }) =>
    one(
      "domain name-servers",
      [name, ...(nameServers ?? []).map((server) => [server.name, ...addressesOf(server)].join("="))],
      { default: nameServers ? undefined : true, force: force || undefined },
    ),
  "add-delegation-signer": ({ name, flags, algorithm, publicKey, force }) =>
    one("domain signers", [name], {
      add: `${flags} 3 ${algorithm} ${publicKey}`,
      force: force || undefined,
    }),
  "remove-delegation-signer": ({ name, id }) => one("domain signers", [name], { remove: id }),
  "delete-domain": ({ name }) => one("domain delete", [name]),
  "set-zone-signing": ({ zone, signing }) =>
    signing === "off" ? one("dnssec disable", [zone]) : one("dnssec enable", [zone], { denial: signing }),
  "roll-zone-key": ({ zone, role }) => one("dnssec roll", [zone], { role }),
  "create-zone": ({ name }) => one("zone create", [name]),
  "delete-zone": ({ name, withDelegation }) =>
    one("zone delete", [name], { "with-delegation": withDelegation || undefined }),
  "put-rrset": ({ zone, name, type, ttl, records, ...set }) =>
    one("records set", [zone, name, type, ...records.map((data) => dataWord(type, data))], {
      ttl,
      ...setOptions(set),
    }),
  "delete-rrset": ({ zone, name, type, setIdentifier }) =>
    one("records delete", [zone, name, type], { set: setIdentifier }),
  "edit-rrset": editRrset,
  "change-record": ({ zone, id, data, ...others }) =>
    data === undefined || membersOf(others, "action").length > 0
      ? none("The command line changes the data of one record, and nothing else of it.")
      : one("records change", [zone, id, data]),
  "delete-record": () =>
    none("The command line deletes a record by its data: `fairlead records delete ZONE NAME TYPE DATA`."),
  "put-network-table": ({ table }) => read("networks set", ["-"], JSON.stringify(table, null, 2)),
  "delete-network-table": () => one("networks delete", []),
  "set-negative-anchor": ({ name, seconds, reason, force }) =>
    one("negative-anchors set", [name], { for: seconds, reason, force }),
  "delete-negative-anchor": ({ name }) => one("negative-anchors delete", [name]),
  "change-rrsets": ({ zone, edits }) => read("records apply", [zone, "-"], JSON.stringify(edits, null, 2)),
  "import-zone": ({ zone, records }) => read("import", ["-"], zoneFile(records), { zone }),
  "import-document": ({ zone, document }) =>
    read("import", ["-"], JSON.stringify(document, null, 2), { zone }),
  "put-alias": ({ zone, name, target, entry }) =>
    entry
      ? none("It keeps how a client of AWS wrote the entry, which the command line does not know.")
      : one("alias", [zone, name, target]),
  "delete-alias": ({ zone, name, type }) =>
    type
      ? none("It takes one entry of an alias away, as clients of AWS have them.")
      : one("alias delete", [zone, name]),
  assign: ({ name, resource, withWww, https }) =>
    one("assign", [name, resource], {
      "with-www": withWww || undefined,
      https: https === false ? false : undefined,
    }),
  unassign: ({ name }) => one("unassign", [name]),
  "create-certificate": ({
    name,
    domainName,
    subjectAlternativeNames = [],
    issuer,
    challenge,
    loadBalancer,
  }) =>
    loadBalancer === undefined
      ? one("certificate create", [name, domainName, ...subjectAlternativeNames], { issuer, challenge })
      : none("A load balancer's own certificate is Lightsail's; the command line attaches any certificate."),
  "delete-certificate": ({ name, force }) => one("certificate delete", [name], { force: force || undefined }),
  "renew-certificate": ({ name }) => one("certificate renew", [name]),
  "import-certificate": ({ name }) =>
    one(
      "certificate import",
      [name],
      { certificate: "fullchain.pem", "private-key": "privkey.pem" },
      "The private key is in no command: both come from your files.",
    ),
  "set-acme-account": (command) =>
    one(
      "issuer set",
      [command.directoryUrl],
      {
        email: command.email,
        agree: command.termsOfServiceAgreed || undefined,
        "eab-key-id": command.externalKeyId,
        "eab-hmac-key": command.externalHmacId === undefined ? undefined : "hmac-key.txt",
        authorities: command.authorities === undefined ? undefined : "authorities.pem",
        "preferred-issuer": command.preferredIssuer,
      },
      command.externalHmacId === undefined && command.authorities === undefined
        ? undefined
        : "What is secret or long comes from your files.",
    ),
  "delete-acme-account": () => one("issuer delete", []),
};

function one(command: string, words: readonly string[], options: Options = {}, note?: string): Example {
  return lines([fairlead(command, words, options)], note);
}

function read(command: string, words: readonly string[], input: string, options: Options = {}): Example {
  return lines([fairlead(command, words, options, { input })]);
}

function addressesOf({ addresses }: { readonly addresses?: readonly string[] | undefined }): string[] {
  return addresses ? [addresses.join(",")] : [];
}

/** What a registration is changed with has a command line for each part of it. */
function setDomain(command: CommandOf<"set-domain">): Example {
  const { name, autoRenew, lock, addStatuses, removeStatuses, contacts, privacy } = command;
  const all: string[] = [];
  const onOff = (isOn: boolean): string => (isOn ? "on" : "off");
  if (autoRenew !== undefined) all.push(fairlead("domain auto-renew", [name, onOff(autoRenew)]));
  if (lock !== undefined) all.push(fairlead("domain lock", [name, onOff(lock)]));
  if (addStatuses !== undefined || removeStatuses !== undefined)
    all.push(
      fairlead("domain status", [name], { add: addStatuses?.join(","), remove: removeStatuses?.join(",") }),
    );
  if (contacts !== undefined || privacy !== undefined) {
    const options = contacts && contactOptions(contacts, privacy);
    if (!options) return none("The command line sets the privacy of all contacts alike.");
    all.push(fairlead("domain contacts", [name], options));
  }
  return lines(all, all.length > 1 ? severalChanges : undefined);
}

/** Contacts as options; undefined where their privacy is not that of all whom the options name. */
function contactOptions(contacts: ContactsInput = {}, privacy?: PrivacyInput): Options | undefined {
  const roles = ["registrant", "admin", "tech", "billing"] as const;
  const options: Record<string, string> = {};
  for (const role of roles) {
    const contact = contacts[role];
    if (contact !== undefined) options[role] = contact ? JSON.stringify(contact) : "none";
  }
  if (!privacy) return options;
  const named = roles.filter((role) => contacts[role]);
  const meant = named.length > 0 ? named : roles;
  const [isPrivate] = Object.values(privacy);
  const isAlike =
    membersOf(privacy).length === meant.length && meant.every((role) => privacy[role] === isPrivate);
  return isAlike ? { ...options, privacy: isPrivate === true ? "on" : "off" } : undefined;
}

/** Which of several sets is meant, by what it is chosen, and its health. */
function setOptions({
  setIdentifier,
  policy,
  health,
}: Pick<CommandOf<"put-rrset">, "setIdentifier" | "policy" | "health">): Options {
  const check = health?.kind === "check" ? health : undefined;
  const seconds = (milliseconds: number | undefined): string | undefined =>
    milliseconds === undefined ? undefined : String(milliseconds / 1000);
  return {
    set: setIdentifier,
    weight: policy?.kind === "weighted" ? policy.weight : undefined,
    failover: policy?.kind === "failover" ? policy.role : undefined,
    multivalue: policy?.kind === "multivalue" || undefined,
    nearest: policy?.kind === "nearest" ? policy.place : undefined,
    health:
      health === null ? "none" : (check?.url ?? (health?.kind === "resource" ? health.resource : undefined)),
    "health-every": seconds(check?.intervalMs),
    "health-within": seconds(check?.timeoutMs),
    "health-times": check?.threshold,
    "health-host": check?.host,
    "health-server-name": check?.serverName,
    "health-verify": check?.verifyCertificate || undefined,
  };
}

function editRrset(command: CommandOf<"edit-rrset">): Example {
  const { zone, name, type, setIdentifier: set, add, remove, ttl, written } = command;
  const place = [zone, name, type];
  const data = (list: readonly string[]): string[] => list.map((text) => dataWord(type, text));
  if (written !== undefined)
    return none("It keeps how a client of AWS wrote the record, which the command line does not know.");
  if (add && !remove) return one("records add", [...place, ...data(add)], { ttl, set });
  if (remove && !add && ttl === undefined) return one("records delete", [...place, ...data(remove)], { set });
  if (ttl !== undefined && !add && !remove) return one("records ttl", [...place, String(ttl)], { set });
  return none("The command line adds records, takes some away or sets the TTL: one of these at a time.");
}

/** RDATA as a word: text outside quotes would be taken as one text, blanks and all. */
function dataWord(type: string, data: string): string {
  if (!/^(?:txt|spf)$/i.test(type) || /^\s*(?:"|\\#)/.test(data)) return data;
  return data
    .trim()
    .split(/\s+/)
    .map((text) => `"${text}"`)
    .join(" ");
}

function zoneFile(records: readonly ImportRecord[]): string {
  return records
    .map(({ name, ttl, type, data }) =>
      [name, ...(ttl === undefined ? [] : [ttl]), "IN", type, data].join(" "),
    )
    .join("\n");
}
