// Commands, plans and changes: what is to be done, what that will do, and what it did.
//
// A command is turned into a plan; a plan is committed as one change; a change's steps are followed by one operation (progress.ts).

import { z } from "zod";
import { rollOptions, signingOptions } from "./signing-commands.ts";
import { alarmCommands } from "./alarm.ts";
import { certificateCommands } from "./certificate.ts";
import { containerCommands } from "./container-commands.ts";
import {
  instanceCommands,
  instanceLimits,
  ipAddressType,
  maxPortRules,
  portRule,
} from "./instance-commands.ts";
import { distributionCommands } from "./distribution.ts";
import {
  addSignerOptions,
  domainOptions,
  nameServerOptions,
  registerOptions,
  renewOptions,
  removeSignerOptions,
} from "./registration.ts";
import { createKeyBody, email, role, updateKeyBody, updateUserBody } from "./identity.ts";
import { instanceRun } from "./resource.ts";
import { maxImportRecords, maxRrsetRecords, recordCommands } from "./record-commands.ts";
import { negativeAnchorCommands } from "./negative-anchor.ts";
import { policyCommands, setIdentifier, setMembers } from "./routing-policy.ts";
import { tagCommands } from "./tags.ts";
import { assignmentMembers, trafficCommands } from "./traffic-commands.ts";

const nameText = z.string().min(1).max(1020); // 255 octets, each at most `\DDD`

/** A record as it stands in a request: RDATA in presentation format. */
export const importRecord = z.strictObject({
  /** Absolute with a final dot, or as for `put-rrset`. */
  name: nameText,
  type: z.string().min(1).max(32),
  ttl: z.int().min(0).max(2147483647).optional(),
  data: z.string().max(400_000),
});
export type ImportRecord = z.infer<typeof importRecord>;

/** An alias in an API that has one a type of address. */
const aliasEntry = z.strictObject({ type: z.enum(["A", "AAAA"]), target: nameText });

const keyId = z.string().min(1).max(64);

export const command = z
  .discriminatedUnion("action", [
    z.strictObject({
      action: z.literal("register"),
      name: nameText,
      ...registerOptions,
    }),
    z.strictObject({ action: z.literal("renew-domain"), name: nameText, ...renewOptions }),
    z.strictObject({ action: z.literal("set-domain"), name: nameText, ...domainOptions }),
    z.strictObject({ action: z.literal("set-name-servers"), name: nameText, ...nameServerOptions }),
    z.strictObject({ action: z.literal("add-delegation-signer"), name: nameText, ...addSignerOptions }),
    z.strictObject({ action: z.literal("remove-delegation-signer"), name: nameText, ...removeSignerOptions }),
    z.strictObject({ action: z.literal("create-zone"), name: nameText }),
    z.strictObject({ action: z.literal("set-zone-signing"), zone: nameText, ...signingOptions }),
    z.strictObject({ action: z.literal("roll-zone-key"), zone: nameText, ...rollOptions }),
    z.strictObject({
      action: z.literal("delete-zone"),
      name: nameText,
      /** Whether a domain that is registered here and delegated to it loses its name servers first; refused where absent. */
      withDelegation: z.boolean().optional(),
    }),
    z.strictObject({ action: z.literal("delete-domain"), name: nameText }),
    z.strictObject({
      action: z.literal("put-rrset"),
      zone: nameText,
      /** `@` for the apex, `www` for a name inside the zone, or a name that ends with the zone's. */
      name: nameText,
      type: z.string().min(1).max(32),
      ...setMembers,
      /** Seconds; 60 where absent. */
      ttl: z.int().min(0).max(2147483647).optional(),
      /** RDATA of every record, in presentation format: this replaces the RRset whole. */
      records: z.array(z.string().max(400_000)).min(1).max(maxRrsetRecords),
    }),
    z.strictObject({
      action: z.literal("delete-rrset"),
      zone: nameText,
      name: nameText,
      type: z.string().min(1).max(32),
      /** Absent where routing policies choose: all sets. */
      setIdentifier: setIdentifier.optional(),
    }),
    z.strictObject({
      action: z.literal("import-zone"),
      zone: nameText,
      records: z.array(importRecord).max(maxImportRecords),
    }),
    z.strictObject({
      action: z.literal("create-instance"),
      name: z.string().min(1).max(255),
      run: instanceRun,
      limits: instanceLimits.optional(),
      /** Public ports that are open; 80 and 443 where absent. */
      ports: z.array(portRule).max(maxPortRules).optional(),
      /** `dualstack` where absent. */
      ipAddressType: ipAddressType.optional(),
    }),
    ...recordCommands,
    ...policyCommands,
    ...negativeAnchorCommands,
    ...instanceCommands,
    ...certificateCommands,
    ...tagCommands,
    z.strictObject({ action: z.literal("delete-instance"), name: z.string().min(1).max(255) }),
    ...trafficCommands,
    ...distributionCommands,
    ...containerCommands,
    ...alarmCommands,
    z.strictObject({ action: z.literal("assign"), name: nameText, ...assignmentMembers }),
    z.strictObject({ action: z.literal("unassign"), name: nameText }),
    z.strictObject({
      action: z.literal("put-alias"),
      zone: nameText,
      /** As for `put-rrset`. */
      name: nameText,
      /** The name of a resource, or a domain name: whole, with or without final dot, or `@` for the zone's own. */
      target: nameText,
      /** The record that another API makes of it, as it was written there. */
      entry: aliasEntry.optional(),
    }),
    z.strictObject({
      action: z.literal("delete-alias"),
      zone: nameText,
      name: nameText,
      /** The record of another API that is deleted: the alias goes with its last one. */
      type: aliasEntry.shape.type.optional(),
    }),
    z.strictObject({ action: z.literal("create-access-key"), ...createKeyBody.shape }),
    z.strictObject({ action: z.literal("update-access-key"), id: keyId, ...updateKeyBody.shape }),
    z.strictObject({ action: z.literal("delete-access-key"), id: keyId }),
    /** By a one-time link only. */
    z.strictObject({ action: z.literal("create-user"), email, role }),
    z.strictObject({ action: z.literal("update-user"), email, ...updateUserBody.shape }),
    z.strictObject({ action: z.literal("delete-user"), email }),
    z.strictObject({ action: z.literal("undo"), changeId: z.string().min(1).max(64) }),
  ])
  .meta({ id: "Command" });
/** Something to be done, as one change. */
export type Command = z.infer<typeof command>;
export type CommandAction = Command["action"];

/** One thing that a plan creates, updates or deletes, in words. */
export const changeLine = z.strictObject({
  effect: z.enum(["create", "update", "delete"]),
  /** Domain, Zone, Rrset, Instance, Assignment … */
  resourceType: z.string(),
  resourceName: z.string(),
  text: z.string(),
});
export type ChangeLine = z.infer<typeof changeLine>;

/** The records of one zone that disappear and appear, as zone-file lines. SOA serials are left out. */
export const zoneRecords = z.strictObject({
  zone: z.string(),
  removed: z.array(z.string()),
  added: z.array(z.string()),
  /** Records beyond the first 1,000 of each list. */
  moreRemoved: z.number(),
  moreAdded: z.number(),
});
export type ZoneRecords = z.infer<typeof zoneRecords>;

export const plan = z
  .strictObject({
    id: z.string(),
    command,
    /** What it does, in one line: `Register shop.test`. */
    title: z.string(),
    changes: z.array(changeLine),
    records: z.array(zoneRecords),
    warnings: z.array(z.string()),
    /** What was seen that the plan builds on, and what is to be done elsewhere. */
    evidence: z.array(z.string()).optional(),
    /** Until when resolvers may still give the old answers; absent where nothing answered before. */
    oldAnswersUntil: z.string().optional(),
    /** The revision of the store that it was made against. */
    revision: z.number(),
  })
  .meta({ id: "Plan" });
/** What a command would do today. */
export type Plan = z.infer<typeof plan>;

export const change = z
  .strictObject({
    id: z.string(),
    arn: z.string(),
    revision: z.number(),
    at: z.string(),
    title: z.string(),
    action: z.string(),
    /** Who made it: `user:ada@example.org`, `key:laptop (ada@example.org)`. */
    actor: z.string(),
    changes: z.array(changeLine),
    records: z.array(zoneRecords),
    operationId: z.string(),
    /** The change that this one took back. */
    undoes: z.string().optional(),
    /** The change that took this one back. */
    undoneBy: z.string().optional(),
  })
  .meta({ id: "Change" });
/** A plan that was committed: one entry of the history. */
export type Change = z.infer<typeof change>;

/** What is told of a commit: what pages are to look at anew. */
export const changeEvent = z
  .strictObject({
    revision: z.number(),
    /** Absent for what the platform writes of its own accord and no history has: a certificate was issued. */
    changeId: z.string().optional(),
    title: z.string().optional(),
    actor: z.string(),
    /** What it touched, by the names that plans have: the first 100. */
    resources: z.array(z.strictObject({ resourceType: z.string(), resourceName: z.string() })),
    moreResources: z.number(),
    /** Zones and domains that it touched: the first 100. */
    zones: z.array(z.string()),
  })
  .meta({ id: "ChangeEvent" });
export type ChangeEvent = z.infer<typeof changeEvent>;
