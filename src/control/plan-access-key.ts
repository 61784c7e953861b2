// create-access-key, update-access-key, delete-access-key. A key's secret is made with its plan and shown once, when that is applied.

import { command, PlatformError, type Command } from "#contract";
import type { AccessKeyFact } from "./access/facts.ts";
import { mintKey } from "./access/keys.ts";
import { hasRole, lesserRole, type Principal } from "./access/principal.ts";
import { readName, shown } from "./names.ts";
import type { CommandOutline, PlanContext, Plans } from "./plan-context.ts";

/** How each command of this area is planned. */
export const accessKeyPlans: Plans<"create-access-key" | "update-access-key" | "delete-access-key"> = {
  "create-access-key": planCreateAccessKey,
  "update-access-key": planUpdateAccessKey,
  "delete-access-key": planDeleteAccessKey,
};

/** Most keys of a platform. */
const maxKeys = 10_000;

/** What a key can be limited to beside zones. */
const verbs: ReadonlySet<string> = new Set([
  "read",
  "plan",
  "apply",
  ...command.options.map((option) => option.shape.action.value),
]);

/** Plans a new key. Throws `access-denied`, `input-malformed`, `zone-not-found`, `resource-not-found`. */
function planCreateAccessKey(
  { draft, state, now, by }: PlanContext,
  wanted: Extract<Command, { action: "create-access-key" }>,
): CommandOutline {
  const { name } = wanted;
  const cannot = `Cannot create key "${name}"`;
  const malformed = (why: string): PlatformError => new PlatformError("input-malformed", `${cannot}: ${why}`);
  // It stands in the history between parentheses, in tables and in the log.
  if (!/^[\p{L}\p{N}][\p{L}\p{N} ._@-]*$/u.test(name))
    throw malformed("its name has other than letters, digits and ._@-");
  const user = wanted.user?.toLowerCase() ?? by.user;
  if (user !== by.user) {
    if (by.role !== "owner") throw denied(by, cannot, "the keys of others are an owner's matter");
    if (user !== undefined && !state.get("user", user))
      throw new PlatformError("resource-not-found", `${cannot}: there is no user ${user}`);
  }
  const role = wanted.role ?? lesserRole("operator", by.role);
  const most = user === undefined ? by.role : (state.value("user", user)?.role ?? by.role);
  if (!hasRole(by.role, role) || !hasRole(most, role))
    throw denied(by, cannot, `its role ${role} would be more than ${user ?? by.name} may`);
  const unknown = wanted.verbs?.find((verb) => !verbs.has(verb));
  if (unknown !== undefined) throw malformed(`"${unknown}" is no verb; there are ${[...verbs].join(", ")}`);
  const zones = wanted.zones?.map((zone) => readName(zone));
  for (const zone of zones ?? []) {
    if (!state.get("zone", zone))
      throw new PlatformError("zone-not-found", `${cannot}: there is no zone ${shown(zone)}`);
    draft.require("zone", zone);
  }
  const expiresAt = wanted.expiresAt === undefined ? undefined : Date.parse(wanted.expiresAt);
  if (expiresAt !== undefined && expiresAt <= now) throw malformed(`it would end before it begins`);
  const all = [...state.all("access-key").values()];
  if (all.some(({ value }) => value.name === name && value.user === user))
    throw new PlatformError("resource-exists", `${cannot}: ${user ?? "the first key"} has one of that name`);
  if (all.length >= maxKeys) throw malformed(`there are ${maxKeys} already`);
  const type = wanted.type ?? "bearer";
  const { minted, digest } = mintKey(type);
  const fact: AccessKeyFact = {
    id: minted.id,
    name,
    type,
    role,
    ...(wanted.verbs ? { verbs: [...new Set(wanted.verbs)] } : {}),
    ...(zones ? { zones: [...new Set(zones)] } : {}),
    ...(user === undefined ? {} : { user }),
    isDisabled: false,
    createdAt: now,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(digest === undefined ? {} : { digest }),
  };
  draft.put("access-key", minted.id, fact);
  if (user !== undefined) draft.require("user", user);
  return outline(`Create key ${name}`, "CreateAccessKey", fact, minted);
}

/** Plans to disable a key, or to enable it again. Throws `resource-not-found`, `access-denied`. */
function planUpdateAccessKey(
  context: PlanContext,
  { id, isDisabled }: Extract<Command, { action: "update-access-key" }>,
): CommandOutline {
  const verb = isDisabled ? "disable" : "enable";
  const fact = ownKey(context, id, `Cannot ${verb} key "${id}"`);
  context.draft.put("access-key", fact.id, { ...fact, isDisabled });
  return outline(`${isDisabled ? "Disable" : "Enable"} key ${fact.name}`, "UpdateAccessKey", fact);
}

/** Plans to delete a key. Throws `resource-not-found`, `access-denied`. */
function planDeleteAccessKey(
  context: PlanContext,
  { id }: Extract<Command, { action: "delete-access-key" }>,
): CommandOutline {
  const fact = ownKey(context, id, `Cannot delete key "${id}"`);
  context.draft.remove("access-key", fact.id);
  return outline(`Delete key ${fact.name}`, "DeleteAccessKey", fact);
}

/** A key of the asker's, or of anybody where an owner asks. */
function ownKey({ state, by }: PlanContext, id: string, cannot: string): AccessKeyFact {
  const fact = state.value("access-key", id);
  if (!fact || !maySeeKey(by, fact))
    throw new PlatformError("resource-not-found", `${cannot}: there is no such key`);
  return fact;
}

/** Tells whether a principal may see a key: owners all, others their own. */
export function maySeeKey(by: Principal, { user }: AccessKeyFact): boolean {
  return by.role === "owner" || (user !== undefined && user === by.user);
}

function denied(by: Principal, cannot: string, why: string): PlatformError {
  return new PlatformError("access-denied", `${cannot} as "${by.name}": ${why}`);
}

function outline(
  title: string,
  operationType: string,
  { name, user }: AccessKeyFact,
  minted?: ReturnType<typeof mintKey>["minted"],
): CommandOutline {
  return {
    title: user === undefined ? title : `${title} of ${user}`,
    operationType,
    resourceName: name,
    resourceType: "AccessKey",
    ...(minted ? { minted } : {}),
  };
}
