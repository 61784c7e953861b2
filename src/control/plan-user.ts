// create-user, update-user, delete-user. There is always an owner who can enter: the last one can be neither demoted, disabled nor
// removed. A user's keys go with the user.

import { PlatformError, type Command } from "#contract";
import type { UserFact } from "./access/facts.ts";
import type { CommandOutline, PlanContext, Plans } from "./plan-context.ts";
import type { State } from "./state.ts";

/** How each command of this area is planned. */
export const userPlans: Plans<"create-user" | "update-user" | "delete-user"> = {
  "create-user": planCreateUser,
  "update-user": planUpdateUser,
  "delete-user": planDeleteUser,
};

/** Most users of a platform. */
const maxUsers = 10_000;

/** Plans a new user. Throws `resource-exists`, `input-malformed`. */
function planCreateUser(
  { draft, state, now }: PlanContext,
  { email: given, role }: Extract<Command, { action: "create-user" }>,
): CommandOutline {
  const email = given.toLowerCase();
  if (state.get("user", email))
    throw new PlatformError("resource-exists", `Cannot create user "${email}": there is one already`);
  if (state.all("user").size >= maxUsers)
    throw new PlatformError(
      "input-malformed",
      `Cannot create user "${email}": there are ${maxUsers} already`,
    );
  draft.put("user", email, { email, role, isDisabled: false, createdAt: now });
  return outline(`Create user ${email} as ${role}`, "CreateUser", email);
}

/** Plans another role for a user, or to disable or enable one. Throws `resource-not-found`, `last-owner`. */
function planUpdateUser(
  { draft, state }: PlanContext,
  wanted: Extract<Command, { action: "update-user" }>,
): CommandOutline {
  const email = wanted.email.toLowerCase();
  const fact = findUser(state, email, "change");
  const next: UserFact = {
    ...fact,
    role: wanted.role ?? fact.role,
    isDisabled: wanted.isDisabled ?? fact.isDisabled,
  };
  if (next.role !== "owner" || next.isDisabled) requireOtherOwner(state, fact, "change");
  draft.put("user", email, next);
  const parts = [
    ...(next.role === fact.role ? [] : [`${email} becomes ${next.role}`]),
    ...(next.isDisabled === fact.isDisabled
      ? []
      : [`${email} is ${next.isDisabled ? "disabled" : "enabled"}`]),
  ];
  return outline(parts.join(", ") || `${email} stays as it is`, "UpdateUser", email);
}

/** Plans to remove a user with all keys. Throws `resource-not-found`, `last-owner`. */
function planDeleteUser(
  { draft, state }: PlanContext,
  wanted: Extract<Command, { action: "delete-user" }>,
): CommandOutline {
  const email = wanted.email.toLowerCase();
  requireOtherOwner(state, findUser(state, email, "remove"), "remove");
  for (const [id, { value }] of state.all("access-key"))
    if (value.user === email) draft.remove("access-key", id);
  draft.remove("user", email);
  return outline(`Remove user ${email}`, "DeleteUser", email);
}

function findUser(state: State, email: string, verb: string): UserFact {
  const fact = state.value("user", email);
  if (!fact)
    throw new PlatformError(
      "resource-not-found",
      `Cannot ${verb} user "${email}": there is none of that address`,
    );
  return fact;
}

function requireOtherOwner(state: State, { email, role, isDisabled }: UserFact, verb: string): void {
  if (role !== "owner" || isDisabled || countOwners(state) > 1) return;
  throw new PlatformError("last-owner", `Cannot ${verb} user "${email}": no other owner could sign in`);
}

/** Owners who can enter. */
export function countOwners(state: State): number {
  return [...state.all("user").values()].filter(({ value }) => value.role === "owner" && !value.isDisabled)
    .length;
}

function outline(title: string, operationType: string, resourceName: string): CommandOutline {
  return { title, operationType, resourceName, resourceType: "User" };
}
