// What commands that change something have in common: `--plan` shows the plan and stops; without it the change is made, its plan is
// shown, and the operation is followed to its end.

import { PlatformError, type Change, type Operation, type Plan, type WriteAnswer } from "#contract";
import type { ApiClient } from "./api-client.ts";
import type { Arguments, Values } from "./command.ts";
import type { Context } from "./context.ts";
import type { Output } from "./output.ts";

/** The options of a command that changes something. */
export const writeArguments: Arguments = {
  plan: { type: "boolean", description: "show what would change, and change nothing" },
};

/** How long an operation is followed before its id is given instead. */
const followMs = 60_000;
const pollMs = 50;

/** Sends a write, shows its plan, follows its operation. Throws `instance-failed` or `internal` where the operation fails. */
export async function write(
  context: Context,
  values: Values,
  method: "POST" | "PUT" | "DELETE",
  path: string,
  body?: unknown,
): Promise<WriteAnswer> {
  const api = context.api();
  const isPlan = values["plan"] === true;
  const query = isPlan ? `${path.includes("?") ? "&" : "?"}plan=1` : "";
  const answer = (await api.request(method, `${path}${query}`, body)) as WriteAnswer;
  printPlan(context.output, answer.plan);
  if (isPlan || !answer.operation) {
    context.output.data(answer);
    if (isPlan)
      context.output.line("Nothing was changed: this is the plan. Leave out --plan to carry it out.");
    return answer;
  }
  const operation = await follow(api, answer.operation);
  const done = { ...answer, operation };
  context.output.data(done);
  if (operation.status === "Failed") throw operationFailure(operation);
  if (!operation.isTerminal) context.output.line(`Still under way: fairlead operation ${operation.id}`);
  return done;
}

async function follow(api: ApiClient, started: Operation): Promise<Operation> {
  const until = performance.now() + followMs;
  let operation = started;
  while (!operation.isTerminal && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, pollMs));
    operation = (await api.request("GET", `/v1/operations/${encodeURIComponent(operation.id)}`)) as Operation;
  }
  return operation;
}

function operationFailure(operation: Operation): PlatformError {
  const reason = operation.errorDetails ?? "no reason was given";
  return new PlatformError(
    "instance-failed",
    `Cannot complete ${operation.operationType} of "${operation.resourceName}": ${reason}`,
  );
}

/** Prints a plan: what changes in words and as records, warnings, and until when old answers live. */
export function printPlan(
  output: Output,
  plan: Pick<Plan, "title" | "changes" | "records" | "warnings" | "oldAnswersUntil">,
): void {
  output.line(plan.title);
  const signs = { create: "+", update: "~", delete: "-" } as const;
  for (const change of plan.changes) output.line(`  ${signs[change.effect]} ${change.text}`);
  printRecords(output, plan.records);
  for (const warning of plan.warnings) output.line(`  ! ${warning}`);
  if (plan.oldAnswersUntil) output.line(`  Resolvers may give the old answers until ${plan.oldAnswersUntil}`);
}

/** Prints the records of a plan or a change, zone by zone. */
export function printRecords(output: Output, records: Change["records"]): void {
  for (const { zone, removed, added, moreRemoved, moreAdded } of records) {
    output.line(`  in zone ${zone}:`);
    for (const line of removed) output.line(`    - ${line}`);
    if (moreRemoved > 0) output.line(`    - and ${moreRemoved} more`);
    for (const line of added) output.line(`    + ${line}`);
    if (moreAdded > 0) output.line(`    + and ${moreAdded} more`);
  }
}
