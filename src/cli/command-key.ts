// Commands for access keys, and whoami.

import type { AccessKey, Me } from "#contract";
import { PlatformError } from "#contract/plain";
import type { Command } from "./command.ts";
import { formatTime } from "./format-time.ts";
import { write, writeArguments } from "./write-command.ts";

export const whoami: Command = {
  description: "Show whose key is used here, and what it may do",
  args: {},
  examples: ["fairlead whoami"],
  async run(_values, context) {
    const found = (await context.api().request("GET", "/v1/me")) as Me;
    context.output.data(found);
    context.output.line(`${found.kind} ${found.name}: ${found.role}${limitsOf(found)}`);
  },
};

export const keyCreate: Command = {
  description: "Create an access key; its secret is shown once",
  args: {
    name: { type: "positional", description: "what to call it" },
    type: {
      type: "string",
      valueHint: "TYPE",
      description: "bearer (the default), or aws for AWS's clients",
    },
    role: { type: "string", valueHint: "ROLE", description: "viewer, operator (the default) or owner" },
    verbs: {
      type: "string",
      valueHint: "VERB,...",
      description: "only these: read, plan, apply, undo, or commands such as put-rrset",
    },
    zones: { type: "string", valueHint: "ZONE,...", description: "only these zones, and nothing else" },
    expires: {
      type: "string",
      valueHint: "DAYS",
      description: "after so many days, 1 to 3650, or at a time such as 2027-01-31T12:00:00Z (never)",
    },
    user: { type: "string", valueHint: "EMAIL", description: "for this user (yourself)" },
    ...writeArguments,
  },
  examples: [
    "fairlead key create laptop",
    "fairlead key create acme --verbs put-rrset,delete-rrset --zones mine.test --expires 90",
    "fairlead key create terraform --type aws",
  ],
  async run(values, context) {
    const { output } = context;
    const days = text(values["expires"]);
    const answer = await write(context, values, "POST", "/v1/keys", {
      name: values["name"],
      ...given("type", values["type"]),
      ...given("role", values["role"]),
      ...given("user", values["user"]),
      ...list("verbs", values["verbs"]),
      ...list("zones", values["zones"]),
      ...(days === undefined ? {} : { expiresAt: readExpiry(days) }),
    });
    const { accessKey } = answer;
    if (!accessKey) return;
    output.line();
    output.line(
      accessKey.type === "aws" ? `  Access key id:     ${accessKey.id}` : `  Key: ${accessKey.secret}`,
    );
    if (accessKey.type === "aws") output.line(`  Secret access key: ${accessKey.secret}`);
    output.line("It is shown this once; who has it may do what it may.");
  },
};

export const keyList: Command = {
  description: "List your access keys; for owners everybody's",
  args: {},
  examples: ["fairlead key list"],
  async run(_values, context) {
    const { keys } = (await context.api().request("GET", "/v1/keys")) as { keys: AccessKey[] };
    context.output.data(keys);
    context.output.table(
      ["ID", "NAME", "OF", "TYPE", "MAY", "UNTIL (UTC)"],
      keys.map((key) => [
        key.id,
        key.name,
        key.user ?? "-",
        key.type,
        `${key.role}${limitsOf(key)}${key.isDisabled ? ", disabled" : ""}`,
        key.expiresAt === undefined ? "-" : formatTime(key.expiresAt),
      ]),
    );
  },
};

export const keyDelete: Command = {
  description: "Delete an access key: it ends at once",
  args: { id: { type: "positional", description: "its id" }, ...writeArguments },
  examples: ["fairlead key delete FLBKQ2X5ZC7N4JWRH6TA"],
  async run(values, context) {
    await write(context, values, "DELETE", keyPath(values["id"]));
  },
};

export const keyDisable: Command = {
  description: "Disable an access key, until it is enabled again",
  args: { id: { type: "positional", description: "its id" }, ...writeArguments },
  examples: ["fairlead key disable FLBKQ2X5ZC7N4JWRH6TA"],
  async run(values, context) {
    await write(context, values, "PUT", keyPath(values["id"]), { isDisabled: true });
  },
};

export const keyEnable: Command = {
  description: "Let a disabled access key in again",
  args: { id: { type: "positional", description: "its id" }, ...writeArguments },
  examples: ["fairlead key enable FLBKQ2X5ZC7N4JWRH6TA"],
  async run(values, context) {
    await write(context, values, "PUT", keyPath(values["id"]), { isDisabled: false });
  },
};

function keyPath(id: unknown): string {
  return `/v1/keys/${encodeURIComponent(String(id))}`;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function given(name: string, value: unknown): Record<string, string> {
  return typeof value === "string" ? { [name]: value } : {};
}

function list(name: string, value: unknown): Record<string, string[]> {
  if (typeof value !== "string") return {};
  return { [name]: value.split(",").map((item) => item.trim()) };
}

/** A number of days from now, or a time as the API takes it. */
function readExpiry(days: string): string {
  if (/^\d{4}-\d\d-\d\dT[\d:.]{1,16}Z$/.test(days)) return days;
  const count = Number(days);
  if (!/^\d{1,4}$/.test(days) || count < 1 || count > 3650)
    throw new PlatformError(
      "usage",
      `Cannot read --expires "${days}": expected a number of days from 1 to 3650, or a time such as 2027-01-31T12:00:00Z`,
    );
  return new Date(Date.now() + count * 86_400_000).toISOString();
}

function limitsOf({ verbs, zones }: Pick<Me, "verbs" | "zones">): string {
  return `${verbs ? `, only ${verbs.join(", ")}` : ""}${zones ? `, only in ${zones.join(", ")}` : ""}`;
}
