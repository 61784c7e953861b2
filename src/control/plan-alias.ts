// put-alias and delete-alias: a name that has the addresses of a resource or of another name, apexes too. And what holds for aliases in
// every plan: none goes round in a circle, and what their targets outside were found to have is written with them.

import { PlatformError, type Command } from "#contract";
import { parseAddress } from "#engine";
import { typeName } from "#wire";
import { leftOutText, type FoundAddresses } from "./alias-lookup.ts";
import { aliasTypes, targetText } from "./alias-rules.ts";
import { addressesFactOf } from "./alias-watch.ts";
import { aliasKeyOf, type AliasEntry, type AliasFact } from "./facts.ts";
import { readName, readOwner, shown } from "./names.ts";
import { findZone } from "./plan-rrset.ts";
import type { CommandOutline, PlanContext, Plans } from "./plan-context.ts";
import { findResource, resourceKinds } from "./resources.ts";
import type { State } from "./state.ts";

/** How each command of this area is planned. */
export const aliasPlans: Plans<"put-alias" | "delete-alias"> = {
  "put-alias": planPutAlias,
  "delete-alias": planDeleteAlias,
};

/** Makes a name an alias; one that is an alias already leads elsewhere from then on. */
function planPutAlias(
  context: PlanContext,
  command: Extract<Command, { action: "put-alias" }>,
): CommandOutline {
  const { draft, state, now } = context;
  const { apex } = findZone(state, command.zone);
  const owner = readOwner(command.name, apex);
  const action = `Cannot make "${shown(owner)}" an alias`;
  const target = readTarget(state, command.target, apex, action);
  const key = aliasKeyOf({ zone: apex, owner });
  const before = state.value("alias", key);
  const isSame = before !== undefined && JSON.stringify(before.target) === JSON.stringify(target);
  const entries = entriesOf(command.entry, isSame ? before : undefined);
  if (isSame && JSON.stringify(entries) === JSON.stringify(before.entries))
    throw new PlatformError("assigned-already", `${action}: it is one of "${targetText(target)}" already`);
  refuseBeside(state, apex, owner, action);
  draft.put("alias", key, {
    zone: apex,
    owner,
    target,
    ...(entries ? { entries } : {}),
    createdAt: before?.createdAt ?? now,
  });
  draft.require("zone", apex);
  if ("resource" in target) {
    const resource = findResource(state, target.resource);
    if (resource) draft.require(resourceKinds[resource.type], resource.name);
  }
  return {
    title: `Make ${shown(owner)} an alias of ${targetText(target)}`,
    operationType: before ? "UpdateDomainEntry" : "CreateDomainEntry",
    resourceName: shown(apex),
    resourceType: "Domain",
  };
}

/** The records of another API that an alias stands for, with one that comes to them. */
function entriesOf(
  entry: AliasEntry | undefined,
  before: AliasFact | undefined,
): readonly AliasEntry[] | undefined {
  const others = (before?.entries ?? []).filter(({ type }) => type !== entry?.type);
  if (!entry) return before?.entries;
  return [...others, entry].sort((a, b) => (a.type < b.type ? -1 : 1));
}

/** Takes an alias away, or one of the records that another API made of it. */
function planDeleteAlias(
  { draft, state }: PlanContext,
  command: Extract<Command, { action: "delete-alias" }>,
): CommandOutline {
  const { apex } = findZone(state, command.zone);
  const owner = readOwner(command.name, apex);
  const key = aliasKeyOf({ zone: apex, owner });
  const before = state.value("alias", key);
  if (!before)
    throw new PlatformError("record-not-found", `Cannot delete alias "${shown(owner)}": it is none`);
  const left = (before.entries ?? []).filter(({ type }) => type !== command.type);
  if (command.type !== undefined && left.length > 0) draft.put("alias", key, { ...before, entries: left });
  else draft.remove("alias", key);
  return {
    title: `Delete alias ${shown(owner)} of ${targetText(before.target)}`,
    operationType: "DeleteDomainEntry",
    resourceName: shown(apex),
    resourceType: "Domain",
  };
}

/**
 * Reads a target: the name of a resource, or a domain name, of which a resource's own in the platform's zone is the resource again. A
 * final dot tells a domain name. Throws `resource-not-found` or `name-malformed`.
 */
export function readTarget(state: State, text: string, apex: string, action: string): AliasFact["target"] {
  if (text === "@") return { name: apex };
  if (findResource(state, text)) return { resource: text };
  if (!text.includes(".") && !text.includes(":")) {
    throw new PlatformError(
      "resource-not-found",
      `${action} of "${text}": no resource is called that; a domain name is written whole, such as "${text}.${shown(apex)}"`,
    );
  }
  if (parseAddress(text)) {
    const type = text.includes(":") ? "AAAA" : "A";
    throw new PlatformError(
      "name-malformed",
      `${action} of "${text}": that is an address; make an ${type} record of it`,
    );
  }
  const name = readName(text);
  const resource = state.resourceOfDnsName(name);
  return resource === undefined ? { name } : { resource };
}

function refuseBeside(state: State, apex: string, owner: string, action: string): void {
  const assignment = state.value("assignment", owner);
  if (assignment?.zone === apex) {
    throw new PlatformError(
      "record-conflict",
      `${action}: it is assigned to "${assignment.resource}"; unassign it first`,
    );
  }
  const types = state
    .rrsetsAt(apex, owner)
    .flatMap(({ type }) => (aliasTypes.has(type) ? typeName(type) : []));
  if (types.length > 0) {
    throw new PlatformError(
      "record-conflict",
      `${action}: it has ${[...new Set(types)].join(", ")} records of its own; delete them first`,
    );
  }
}

/**
 * What holds for every alias that a draft bears on. Throws where one does not end; names in warnings those that are left without addresses.
 *
 * @param looked  what names outside were found to have, where they were looked up for this plan
 * @returns names outside of which nothing is known yet
 */
export function settleAliases(
  context: PlanContext,
  command: Command | "platform",
  looked: ReadonlyMap<string, FoundAddresses>,
): string[] {
  const { draft, state, warnings, now } = context;
  if (state.aliases.isEmpty) return [];
  const touched = new Set<string>();
  for (const { kind, key, before, after } of draft.changes()) {
    if (kind === "alias") touched.add(key);
    for (const alias of state.aliasesOver(kind, key, [before, after])) touched.add(alias);
  }
  const wanted: string[] = [];
  for (const key of touched) {
    const alias = state.value("alias", key);
    const end = state.aliases.chainOf(key)?.end;
    if (!alias || !end) continue;
    if (end.kind === "endless") throw endless(command, alias, end.reason);
    if (end.kind === "nothing") {
      refuseUnusable(command, alias, end.reason);
      warnings.push(`${shown(alias.owner)} has no addresses: ${end.reason}`);
    }
    if (end.kind !== "outside") continue;
    const before = state.value("alias-addresses", end.name);
    const found = looked.get(end.name);
    if (found?.ok) {
      draft.put("alias-addresses", end.name, addressesFactOf(end.name, found, before, now));
      if (found.leftOut) warnings.push(`${shown(end.name)}: ${leftOutText(found.leftOut)}`);
    } else if (!before && !found) wanted.push(end.name);
    else if (found && !found.ok) {
      if (found.isCertain) refuseUnusable(command, alias, `at ${shown(end.name)} ${found.reason}`);
      warnings.push(
        before
          ? `${shown(end.name)} cannot be looked up now, and what it had last is given: ${found.reason}`
          : `${shown(alias.owner)} has no addresses until ${shown(end.name)} can be looked up: ${found.reason}`,
      );
    }
  }
  return wanted;
}

/** What an alias is made of must be there; what other changes take away is warned of. */
function refuseUnusable(command: Command | "platform", alias: AliasFact, reason: string): void {
  if (command === "platform" || command.action !== "put-alias") return;
  if (alias.owner !== ownerOf(command)) return;
  throw new PlatformError(
    "alias-target-unusable",
    `Cannot make "${shown(alias.owner)}" an alias of "${targetText(alias.target)}": ${reason}`,
  );
}

function ownerOf({ name, zone }: Extract<Command, { action: "put-alias" }>): string {
  return readOwner(name, readName(zone));
}

function endless(command: Command | "platform", alias: AliasFact, reason: string): PlatformError {
  if (command !== "platform" && command.action === "undo") {
    const at = `the alias at "${shown(alias.owner)}" would not end`;
    return new PlatformError("undo-refused", `Cannot undo change ${command.changeId}: ${at}: ${reason}`);
  }
  const what = `"${shown(alias.owner)}" an alias of "${targetText(alias.target)}"`;
  return new PlatformError("alias-loop", `Cannot have ${what}: ${reason}`);
}
