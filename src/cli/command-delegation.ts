// Commands for where names are delegated to: a domain's name servers, and zones whose domains are registered elsewhere.

import type { Domain, Zone } from "#contract";
import { PlatformError } from "#contract/plain";
import type { Command } from "./command.ts";
import { domainPath } from "./command-registration.ts";
import { readDomainName } from "./read-values.ts";
import { write, writeArguments } from "./write-command.ts";
import { printDelegation, zonePath } from "./zone-delegation.ts";

export const domainNameServers: Command = {
  description: "Show the name servers of a domain, or delegate it to others after asking each for the zone",
  args: {
    name: { type: "positional", description: "the domain" },
    server: {
      type: "positional",
      required: false,
      description:
        "name servers; one inside the domain with its addresses: ns1.mine.test=192.0.2.1,2001:db8::1",
    },
    default: { type: "boolean", description: "back to the platform's own name servers" },
    force: {
      type: "boolean",
      description: "delegate although they do not answer as they should; it is recorded",
    },
    ...writeArguments,
  },
  rest: "values",
  examples: [
    "fairlead domain name-servers mine.test",
    "fairlead domain name-servers mine.test ns1.example.org ns2.example.org --plan",
    "fairlead domain name-servers mine.test ns1.mine.test=192.0.2.1 ns2.mine.test=192.0.2.2",
    "fairlead domain name-servers mine.test --default",
  ],
  async run(values, context, rest) {
    const given = [...(typeof values["server"] === "string" ? [values["server"]] : []), ...rest];
    const isDefault = values["default"] === true;
    if (isDefault && given.length > 0)
      throw new PlatformError(
        "usage",
        'Cannot run "domain name-servers": expected name servers or --default',
      );
    if (!isDefault && given.length === 0) {
      const { nameServers } = (await context.api().request("GET", domainPath(values))) as Domain;
      context.output.data(nameServers);
      for (const server of nameServers) context.output.line(server);
      if (nameServers.length === 0) context.output.line("It has no name servers.");
      return;
    }
    await write(context, values, "PUT", `${domainPath(values)}/name-servers`, {
      ...(isDefault ? {} : { nameServers: given.map(readServer) }),
      ...(values["force"] === true ? { force: true } : {}),
    });
  },
};

function readServer(text: string): { name: string; addresses?: string[] } {
  const [name = "", addresses] = text.split("=");
  return {
    name: readDomainName(name),
    ...(addresses === undefined ? {} : { addresses: addresses.split(",") }),
  };
}

export const zoneCreate: Command = {
  description: "Create a zone for a domain that is registered elsewhere, and watch for its delegation",
  args: { name: { type: "positional", description: "the zone, such as shop.example" }, ...writeArguments },
  examples: ["fairlead zone create shop.example", "fairlead zone create shop.example --plan"],
  async run(values, context) {
    const name = readDomainName(String(values["name"]));
    const answer = await write(context, values, "POST", "/v1/zones", { name }, {}, isAwaitingRegistrar);
    if (!answer.operation) return;
    const zone = (await context.api().request("GET", zonePath(name))) as Zone;
    printDelegation(context.output, zone);
  },
};

/** Nobody waits at the command line for what is entered at a registrar: the operation is followed up to there. */
const isAwaitingRegistrar: NonNullable<Parameters<typeof write>[6]> = ({ steps }) =>
  steps.at(-1)?.title.endsWith(" where it is registered") === true &&
  steps.slice(0, -1).every(({ status }) => status === "Succeeded");

export const zoneDelete: Command = {
  description: "Delete a zone whose domain is registered elsewhere, with its records",
  args: {
    name: { type: "positional", description: "the zone" },
    "with-delegation": {
      type: "boolean",
      description: "also one whose domain is registered here: the domain goes on without name servers",
    },
    ...writeArguments,
  },
  examples: ["fairlead zone delete shop.example --plan", "fairlead zone delete shop.test --with-delegation"],
  async run(values, context) {
    const query = values["with-delegation"] === true ? "?withDelegation=1" : "";
    await write(context, values, "DELETE", `${zonePath(readDomainName(String(values["name"])))}${query}`);
  },
};
