// Commands for what a registration is: show, renew, auto-renew, lock, statuses, contacts, authorization code.

import type { AuthCodeAnswer, Domain, Zone } from "#contract";
import { PlatformError } from "#contract/plain";
import type { Arguments, Command, Values } from "./command.ts";
import type { Output } from "./output.ts";
import { readTextFile } from "./read-file.ts";
import { printDelegation, zonePath } from "./zone-delegation.ts";
import { readDomainName, readWholeNumber } from "./read-values.ts";
import { write, writeArguments } from "./write-command.ts";

const nameArgument: Arguments = { name: { type: "positional", description: "the domain" } };

/** The path of a domain named on the command line. */
export function domainPath(values: Values): string {
  return `/v1/domains/${encodeURIComponent(readDomainName(String(values["name"])))}`;
}

const contactRoles = ["registrant", "admin", "tech", "billing"] as const;

/** Options that give contacts, by role. */
export const contactArguments: Arguments = {
  contact: {
    type: "string",
    valueHint: "FILE",
    description: "contact of all roles: a JSON file, or JSON that begins with {",
  },
  ...Object.fromEntries(
    contactRoles.map((role) => [
      role,
      {
        type: "string",
        valueHint: "FILE",
        description: `the ${role} contact alone; none takes it away`,
      } as const,
    ]),
  ),
  privacy: { type: "string", valueHint: "ON|OFF", description: "keep the contacts from strangers (on)" },
};

/** What the options of contacts say, as members of a request. Throws `path-unusable` or `usage`. */
export function readContacts(values: Values): { contacts?: object; privacy?: object } {
  const contacts: Record<string, unknown> = {};
  const all = values["contact"];
  for (const role of contactRoles) {
    const own = values[role];
    const text = typeof own === "string" ? own : all;
    if (typeof text !== "string") continue;
    contacts[role] = text === "none" ? null : readContact(typeof own === "string" ? role : "contact", text);
  }
  const given = values["privacy"];
  const isPrivate = typeof given === "string" ? readSwitch("--privacy", given) : undefined;
  const named = Object.keys(contacts).filter((role) => contacts[role] !== null);
  const roles = named.length > 0 ? named : contactRoles;
  return {
    ...(Object.keys(contacts).length > 0 && { contacts }),
    ...(isPrivate !== undefined && { privacy: Object.fromEntries(roles.map((role) => [role, isPrivate])) }),
  };
}

function readContact(option: string, text: string): unknown {
  const json = text.startsWith("{") ? text : readTextFile(text, "contact file");
  try {
    return JSON.parse(json) as unknown;
  } catch (cause) {
    throw new PlatformError(
      "usage",
      `Cannot read --${option} "${text.slice(0, 100)}": expected a JSON object such as the one that --help shows`,
      { cause },
    );
  }
}

/** Reads `on` or `off`. Throws `usage`. */
export function readSwitch(what: string, text: string): boolean {
  if (text === "on" || text === "off") return text === "on";
  throw new PlatformError("usage", `Cannot read ${what} "${text}": expected on or off`);
}

const switchArgument: Arguments = {
  switch: { type: "positional", valueHint: "ON|OFF", description: "on or off" },
};

export const domainShow: Command = {
  description: "Show a domain: life cycle, statuses in words, name servers, contacts",
  args: nameArgument,
  examples: ["fairlead domain show shop.test"],
  async run(values, context) {
    const domain = await findDomain(values, context);
    context.output.data(domain);
    if ("delegation" in domain) printDelegation(context.output, domain);
    else printDomain(context.output, domain);
  },
};

/** The domain; or the zone of that name, where the domain is registered elsewhere. */
async function findDomain(values: Values, context: Parameters<Command["run"]>[1]): Promise<Domain | Zone> {
  const api = context.api();
  try {
    return (await api.request("GET", domainPath(values))) as Domain;
  } catch (notRegistered) {
    try {
      return (await api.request("GET", zonePath(readDomainName(String(values["name"]))))) as Zone;
    } catch {
      throw notRegistered; // neither is there: the domain is what was asked for
    }
  }
}

/** Prints all that is known of a domain. */
function printDomain(output: Output, domain: Domain): void {
  const { name, unicodeName, expiresAt, renewsAt, createdAt, nameServers, contacts } = domain;
  output.line(unicodeName === undefined ? name : `${name} (${unicodeName})`);
  output.line(`  registered    ${day(createdAt)} as ${domain.roid}, sponsored by ${domain.sponsoringClient}`);
  output.line(
    `  expires       ${day(expiresAt)}${renewsAt === undefined ? ", and does not renew itself" : `, renews itself on ${day(renewsAt)}`}`,
  );
  output.line(`  transfers     ${domain.isLocked ? "locked" : "not locked"}`);
  for (const { code, text } of domain.states) output.line(`  ${code}: ${text}`);
  output.line(`  name servers  ${nameServers.join(" ") || "none"}`);
  printContacts(output, contacts);
}

function printContacts(output: Output, contacts: Domain["contacts"]): void {
  for (const role of contactRoles) {
    const contact = contacts[role];
    if (!contact) continue;
    const { name, organization, street, postalCode, city, state, countryCode, email, phone } = contact;
    const place = [postalCode, city, state, countryCode].filter(Boolean).join(" ");
    const parts = [name, organization, ...street, place, email, phone].filter(Boolean);
    output.line(`  ${role.padEnd(12)}  ${parts.join(", ")}${contact.isPrivate ? " (private)" : ""}`);
  }
}

const day = (iso: string): string => iso.slice(0, 10);

export const domainRenew: Command = {
  description: "Renew a domain; one that is out of the zone and can still be restored is restored",
  args: {
    ...nameArgument,
    years: { type: "string", valueHint: "N", description: "for how many years, 1 to 10 (1)" },
    expires: {
      type: "string",
      valueHint: "DAY",
      description: "renew only if it expires on this day, 2027-11-23: a command that is repeated renews once",
    },
    ...writeArguments,
  },
  examples: [
    "fairlead domain renew shop.test",
    "fairlead domain renew shop.test --years 2 --expires 2027-11-23 --plan",
  ],
  async run(values, context) {
    const { years, expires } = values;
    await write(context, values, "POST", `${domainPath(values)}/renew`, {
      ...(typeof years === "string" ? { years: readWholeNumber("--years", years, 1, 10) } : {}),
      ...(typeof expires === "string" ? { currentExpiry: expires } : {}),
    });
  },
};

export const domainAutoRenew: Command = {
  description: "Let a domain renew itself 35 days before it expires, or not",
  args: { ...nameArgument, ...switchArgument, ...writeArguments },
  examples: ["fairlead domain auto-renew shop.test off"],
  async run(values, context) {
    const autoRenew = readSwitch("auto-renew", String(values["switch"]));
    await write(context, values, "PUT", domainPath(values), { autoRenew });
  },
};

export const domainLock: Command = {
  description: "Lock a domain against transfers to another registrar, or unlock it",
  args: { ...nameArgument, ...switchArgument, ...writeArguments },
  examples: ["fairlead domain lock shop.test on"],
  async run(values, context) {
    const lock = readSwitch("lock", String(values["switch"]));
    await write(context, values, "PUT", domainPath(values), { lock });
  },
};

export const domainStatus: Command = {
  description: "Set and take away EPP statuses of a domain: hold, and what is forbidden",
  args: {
    ...nameArgument,
    add: {
      type: "string",
      valueHint: "STATUS,...",
      description:
        "clientHold, clientDeleteProhibited, clientUpdateProhibited, clientRenewProhibited, clientTransferProhibited",
    },
    remove: { type: "string", valueHint: "STATUS,...", description: "the same" },
    ...writeArguments,
  },
  examples: [
    "fairlead domain status shop.test --add clientHold --plan",
    "fairlead domain status shop.test --remove clientHold",
  ],
  async run(values, context) {
    const { add, remove } = values;
    const list = (text: unknown): string[] => String(text).split(",");
    if (add === undefined && remove === undefined)
      throw new PlatformError("usage", 'Cannot run "domain status": expected --add or --remove');
    await write(context, values, "PUT", domainPath(values), {
      ...(add === undefined ? {} : { addStatuses: list(add) }),
      ...(remove === undefined ? {} : { removeStatuses: list(remove) }),
    });
  },
};

export const domainContacts: Command = {
  description: "Show the contacts of a domain, or change them by role",
  args: { ...nameArgument, ...contactArguments, ...writeArguments },
  examples: [
    "fairlead domain contacts shop.test",
    'fairlead domain contacts shop.test --contact \'{"name":"Ada Lovelace","street":["12 St James Square"],"city":"London","countryCode":"GB","phone":"+44.2070000000","email":"ada@example.org"}\'',
    "fairlead domain contacts shop.test --tech tech.json --privacy off",
    "fairlead domain contacts shop.test --billing none",
  ],
  async run(values, context) {
    const body = readContacts(values);
    if (Object.keys(body).length > 0) {
      await write(context, values, "PUT", domainPath(values), await withKnownRoles(values, context, body));
      return;
    }
    const { name, contacts } = (await context.api().request("GET", domainPath(values))) as Domain;
    context.output.data(contacts);
    context.output.line(name);
    printContacts(context.output, contacts);
    if (Object.keys(contacts).length === 0) context.output.line("  no contacts");
  },
};

/** Privacy that names no role is that of all contacts that there are. */
async function withKnownRoles(
  values: Values,
  context: Parameters<Command["run"]>[1],
  body: ReturnType<typeof readContacts>,
): Promise<object> {
  if (body.privacy === undefined || body.contacts !== undefined) return body;
  const { contacts } = (await context.api().request("GET", domainPath(values))) as Domain;
  const privacy = Object.entries(body.privacy).filter(([role]) => role in contacts);
  if (privacy.length === 0)
    throw new PlatformError(
      "usage",
      'Cannot run "domain contacts": there is no contact to be private or not',
    );
  return { privacy: Object.fromEntries(privacy) };
}

export const domainAuthCode: Command = {
  description: "Make a new authorization code for a transfer, and show it this once; it ends the one before",
  args: nameArgument,
  examples: ["fairlead domain auth-code shop.test"],
  async run(values, context) {
    const answer = (await context
      .api()
      .request("POST", `${domainPath(values)}/auth-code`, {})) as AuthCodeAnswer;
    context.output.data(answer);
    context.output.line(answer.authCode);
    context.output.line("It is not kept: whoever wants to know it again asks for a new one.");
  },
};
