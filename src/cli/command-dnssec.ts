// fairlead dnssec: how zones are signed.

import type { ZoneSigningStatus } from "#contract";
import { PlatformError } from "#contract/plain";
import type { Command } from "./command.ts";
import { readDomainName } from "./read-values.ts";
import { write, writeArguments } from "./write-command.ts";
import { zonePath } from "./zone-delegation.ts";

const zoneArgument = { type: "positional", description: "the zone; . for the root" } as const;

function signingPath(values: Readonly<Record<string, unknown>>): string {
  const text = String(values["zone"]);
  return text === "." ? "/v1/zones/@/signing" : `${zonePath(readDomainName(text))}/signing`;
}

export const dnssecStatus: Command = {
  description: "Show how a zone is signed, with its keys and what is next for them",
  args: { zone: zoneArgument },
  examples: ["fairlead dnssec status shop.test", "fairlead dnssec status test"],
  async run(values, context) {
    const { output } = context;
    const status = (await context.api().request("GET", signingPath(values))) as ZoneSigningStatus;
    output.data(status);
    const next = status.nextAt === undefined ? "" : `, not before ${status.nextAt}`;
    output.line(`${status.zone}: ${status.state} (${status.signing})`);
    if (status.detail !== "") output.line(`Next: ${status.detail}${next}`);
    if (status.signaturesEndAt !== undefined)
      output.line(`Signatures hold until ${status.signaturesEndAt} at least`);
    for (const { role, tag, algorithm, stage, since } of status.keys)
      output.line(`  ${role.toUpperCase()} ${tag} ${algorithm}: ${stage} since ${since}`);
    for (const ds of status.ds) output.line(`  ${ds}`);
  },
};

export const dnssecEnable: Command = {
  description: "Have a zone signed; its parent vouches for it once its name servers have the signatures",
  args: {
    zone: zoneArgument,
    denial: {
      type: "string",
      valueHint: "KIND",
      description:
        "what says that a name is not there: nsec (the default), nsec3 with hashed names, or compact, signed by the name servers when they are asked (RFC 9824)",
    },
    ...writeArguments,
  },
  examples: ["fairlead dnssec enable shop.test", "fairlead dnssec enable shop.test --denial nsec3"],
  async run(values, context) {
    const signing = typeof values["denial"] === "string" ? values["denial"] : "nsec";
    if (signing !== "nsec" && signing !== "nsec3" && signing !== "compact")
      throw new PlatformError("usage", `Cannot read --denial "${signing}": expected nsec, nsec3 or compact`);
    await write(context, values, "PUT", signingPath(values), { signing });
  },
};

export const dnssecDisable: Command = {
  description:
    "Have a zone signed no more: its parent stops vouching for it, and the signatures go two days later",
  args: { zone: zoneArgument, ...writeArguments },
  examples: ["fairlead dnssec disable shop.test --plan"],
  async run(values, context) {
    await write(context, values, "PUT", signingPath(values), { signing: "off" });
  },
};

export const dnssecRoll: Command = {
  description: "Have a key of a zone take the place of another before its time",
  args: {
    zone: zoneArgument,
    role: {
      type: "string",
      valueHint: "ROLE",
      description: "zsk, which signs records (the default), or ksk, which the parent vouches for",
    },
    ...writeArguments,
  },
  examples: ["fairlead dnssec roll shop.test", "fairlead dnssec roll shop.test --role ksk"],
  async run(values, context) {
    const role = typeof values["role"] === "string" ? values["role"] : "zsk";
    if (role !== "zsk" && role !== "ksk")
      throw new PlatformError("usage", `Cannot read --role "${role}": expected zsk or ksk`);
    await write(context, values, "POST", `${signingPath(values)}/rolls`, { role });
  },
};
