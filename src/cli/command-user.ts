// Commands for people: the link for the first owner, users, invitations.

import type { LinkAnswer, User } from "#contract";
import { PlatformError } from "#contract/plain";
import type { ApiClient } from "./api-client.ts";
import type { Command, Values } from "./command.ts";
import type { Context } from "./context.ts";
import { formatTime } from "./format-time.ts";
import { write, writeArguments } from "./write-command.ts";

const roles = ["owner", "operator", "viewer"];

/** Asks for the link that makes the first owner. Throws `resource-exists` where there is one. */
export async function makeSetupLink(api: ApiClient): Promise<LinkAnswer> {
  return (await api.request("POST", "/v1/setup", {})) as LinkAnswer;
}

export const setup: Command = {
  description: "Make a one-time link that creates the first owner; the one before is void",
  args: {},
  examples: ["fairlead setup"],
  async run(_values, context) {
    showLink(context, await makeSetupLink(context.api()), "Open this link to become the owner");
  },
};

export const userList: Command = {
  description: "List the users",
  args: {},
  examples: ["fairlead user list"],
  async run(_values, context) {
    const { users } = (await context.api().request("GET", "/v1/users")) as { users: User[] };
    context.output.data(users);
    context.output.table(
      ["USER", "ROLE", "SINCE (UTC)"],
      users.map((user) => [
        user.email,
        `${user.role}${user.isDisabled ? ", disabled" : ""}`,
        formatTime(user.createdAt),
      ]),
    );
  },
};

export const userInvite: Command = {
  description: "Invite a user: prints a one-time link to choose a password with",
  args: {
    email: { type: "positional", description: "the user's e-mail address" },
    role: { type: "string", valueHint: "ROLE", description: "viewer (the default), operator or owner" },
  },
  examples: ["fairlead user invite ada@example.org --role operator"],
  async run(values, context) {
    const body = { email: values["email"], role: readRole(values["role"] ?? "viewer") };
    const link = (await context.api().request("POST", "/v1/invitations", body)) as LinkAnswer;
    showLink(context, link, `Give this link to ${String(values["email"])}`);
  },
};

export const userReset: Command = {
  description: "Make a one-time link for a new password; it takes the second factor away",
  args: { email: { type: "positional", description: "the user's e-mail address" } },
  examples: ["fairlead user reset ada@example.org"],
  async run(values, context) {
    const link = (await context.api().request("POST", `${userPath(values)}/reset`, {})) as LinkAnswer;
    showLink(context, link, `Give this link to ${String(values["email"])}`);
  },
};

export const userRole: Command = {
  description: "Give a user another role",
  args: {
    email: { type: "positional", description: "the user's e-mail address" },
    role: { type: "positional", description: "viewer, operator or owner" },
    ...writeArguments,
  },
  examples: ["fairlead user role ada@example.org owner"],
  async run(values, context) {
    await write(context, values, "PUT", userPath(values), { role: readRole(values["role"]) });
  },
};

export const userDisable: Command = {
  description: "Disable a user: sessions and keys end at once",
  args: { email: { type: "positional", description: "the user's e-mail address" }, ...writeArguments },
  examples: ["fairlead user disable ada@example.org"],
  async run(values, context) {
    await write(context, values, "PUT", userPath(values), { isDisabled: true });
  },
};

export const userEnable: Command = {
  description: "Let a disabled user in again",
  args: { email: { type: "positional", description: "the user's e-mail address" }, ...writeArguments },
  examples: ["fairlead user enable ada@example.org"],
  async run(values, context) {
    await write(context, values, "PUT", userPath(values), { isDisabled: false });
  },
};

export const userRemove: Command = {
  description: "Remove a user with all keys and sessions",
  args: { email: { type: "positional", description: "the user's e-mail address" }, ...writeArguments },
  examples: ["fairlead user remove ada@example.org --plan"],
  async run(values, context) {
    await write(context, values, "DELETE", userPath(values));
  },
};

function userPath(values: Values): string {
  return `/v1/users/${encodeURIComponent(String(values["email"]))}`;
}

function readRole(value: unknown): string {
  const role = String(value);
  if (roles.includes(role)) return role;
  throw new PlatformError("usage", `Cannot use role "${role}": expected ${roles.join(", ")}`);
}

function showLink({ output }: Context, link: LinkAnswer, text: string): void {
  output.data(link);
  output.line(`${text}; it is good once, until ${formatTime(link.expiresAt)} UTC:`);
  output.line(`  ${link.url}`);
}
