// Commands for domains: register, list, delete.

import type { Domain, DomainSearch, WriteAnswer } from "#contract";
import type { Command } from "./command.ts";
import { contactArguments, readContacts } from "./command-registration.ts";
import { readDomainName, readWholeNumber } from "./read-values.ts";
import { write, writeArguments } from "./write-command.ts";

export const search: Command = {
  description: "Search for a name to register: under every top-level domain, and names like it",
  args: {
    query: { type: "positional", description: "a name or words: shop, shop.test, 'tea shop'" },
    count: { type: "string", valueHint: "N", description: "how many names like it, 0 to 100 (12)" },
    available: { type: "boolean", description: "leave out names like it that cannot be had" },
  },
  examples: ["fairlead search shop", "fairlead search shop.test --available --count 30"],
  rest: "values",
  async run(values, context, rest) {
    const { count, available } = values;
    const query = new URLSearchParams({ query: [String(values["query"]), ...rest].join(" ") });
    if (typeof count === "string") query.set("count", String(readWholeNumber("--count", count, 0, 100)));
    if (available === true) query.set("onlyAvailable", "1");
    const found = (await context
      .api()
      .request("GET", `/v1/domains/search?${query.toString()}`)) as DomainSearch;
    context.output.data(found);
    context.output.table(
      ["NAME", "AVAILABILITY", ""],
      found.results.map(({ name, unicodeName, availability, reason = "" }) => [
        unicodeName === undefined ? name : `${name} (${unicodeName})`,
        availability,
        reason,
      ]),
    );
    const free = found.results.find(({ isAvailable }) => isAvailable);
    if (free) context.output.line(`Next: fairlead register ${free.name}`);
  },
};

export const register: Command = {
  description: "Register a domain: registry entry, zone on four name servers, delegation, as one change",
  args: {
    name: { type: "positional", description: "the domain, such as mine.test" },
    years: { type: "string", valueHint: "N", description: "for how many years, 1 to 10 (1)" },
    "auto-renew": {
      type: "boolean",
      description: "renew it 35 days before it expires; --no-auto-renew lets it expire",
    },
    lock: { type: "boolean", description: "lock it against transfers" },
    ...contactArguments,
    ...writeArguments,
  },
  examples: [
    "fairlead register mine.test",
    "fairlead register mine.test --years 2 --no-auto-renew --plan",
    "fairlead register mine.test --lock --contact me.json",
  ],
  async run(values, context) {
    const { years, lock, "auto-renew": autoRenew } = values;
    const answer: WriteAnswer = await write(context, values, "POST", "/v1/domains", {
      name: readDomainName(String(values["name"])),
      ...(typeof years === "string" ? { years: readWholeNumber("--years", years, 1, 10) } : {}),
      ...(typeof autoRenew === "boolean" ? { autoRenew } : {}),
      ...(lock === true ? { lock } : {}),
      ...readContacts(values),
    });
    const { operation } = answer;
    const name = operation?.resourceName;
    if (name !== undefined && operation?.status === "Succeeded")
      context.output.line(`${name} is registered and answers. Next: fairlead assign ${name} RESOURCE`);
  },
};

export const domains: Command = {
  description: "List the registered domains",
  args: { all: { type: "boolean", description: "the platform's own too" } },
  examples: ["fairlead domains"],
  async run(values, context) {
    const path = `/v1/domains${values["all"] === true ? "?all=1" : ""}`;
    const { domains: list } = (await context.api().request("GET", path)) as { domains: Domain[] };
    context.output.data(list);
    context.output.table(
      ["DOMAIN", "STATUS", "EXPIRES", "RENEWS", "NAME SERVERS"],
      list.map((domain) => [
        domain.name,
        domain.statuses.join(", "),
        domain.expiresAt.slice(0, 10),
        domain.renewsAt?.slice(0, 10) ?? "no",
        domain.nameServers.join(" "),
      ]),
    );
  },
};

export const domainDelete: Command = {
  description: "Delete a domain with its zone and its delegation",
  args: { name: { type: "positional", description: "the domain" }, ...writeArguments },
  examples: ["fairlead domain delete mine.test --plan"],
  async run(values, context) {
    await write(
      context,
      values,
      "DELETE",
      `/v1/domains/${encodeURIComponent(readDomainName(String(values["name"])))}`,
    );
  },
};
