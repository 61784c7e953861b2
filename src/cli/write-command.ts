// What commands that change something have in common: `--plan` shows the plan and stops; without it the change is made, its plan is
// shown, and the operation is followed to its end.

import type { Change, ErrorCode, Operation, Plan, WriteAnswer } from "#contract";
import { errorTable, PlatformError } from "#contract/plain";
import type { ApiClient } from "./api-client.ts";
import type { Arguments, Values } from "./command.ts";
import type { Context } from "./context.ts";
import { formatSeconds, formatTime } from "./format-time.ts";
import type { Output } from "./output.ts";

/** The options of a command that changes something. */
export const writeArguments: Arguments = {
  plan: { type: "boolean", description: "show what would change, and change nothing" },
};

/** How long an operation is followed before its id is given instead. */
const followMs = 30_000;
const pollMs = 50;
/** After how long it is said what is waited for. */
const silentMs = 1000;

/**
 * Sends a write, shows its plan, follows its operation.
 *
 * @param isFarEnough  tells that what is left of an operation is not to be waited for
 * @param further  what `--json` shows beside the answer
 * Throws `instance-failed` or `internal` where the operation fails.
 */
export async function write(
  context: Context,
  values: Values,
  method: "POST" | "PUT" | "DELETE",
  path: string,
  body?: unknown,
  further: Readonly<Record<string, unknown>> = {},
  isFarEnough: (operation: Operation) => boolean = () => false,
): Promise<WriteAnswer> {
  const api = context.api();
  const isPlan = values["plan"] === true;
  const query = isPlan ? `${path.includes("?") ? "&" : "?"}plan=1` : "";
  const answer = (await api.request(method, `${path}${query}`, body)) as WriteAnswer;
  printPlan(context.output, answer.plan);
  if (isPlan || !answer.operation) {
    context.output.data({ ...answer, ...further });
    if (isPlan)
      context.output.line("Nothing was changed: this is the plan. Leave out --plan to carry it out.");
    return answer;
  }
  const operation = await follow(api, answer.operation, context.output, isFarEnough);
  if (operation.status === "Failed") throw operationFailure(operation);
  const done = { ...answer, operation };
  context.output.data({ ...done, ...further });
  if (!operation.isTerminal) {
    context.output.line(`Still under way: ${operation.operationDetails}`);
    context.output.line(`It goes on by itself; to look again: fairlead operation ${operation.id}`);
  } else
    context.output.line(
      answer.change?.undoes || (answer.change && isForGood(answer.change))
        ? "Done."
        : "Done; `fairlead undo` takes it back.",
    );
  return done;
}

const forGood: ReadonlySet<string> = new Set([
  "platform",
  "reboot-instance",
  "purge-distribution",
  "reset-distribution-cache",
]);

/** What an undo never takes back: the platform's own, who may do what, a process that was started anew, and what a cache forgot. */
export function isForGood({ action }: Pick<Change, "action">): boolean {
  return forGood.has(action) || /-(?:user|access-key)$/.test(action);
}

async function follow(
  api: ApiClient,
  started: Operation,
  output: Output,
  isFarEnough: (operation: Operation) => boolean,
): Promise<Operation> {
  const from = performance.now();
  let operation = started;
  let told: string | undefined;
  while (!operation.isTerminal && !isFarEnough(operation) && performance.now() < from + followMs) {
    await new Promise((resolve) => setTimeout(resolve, pollMs));
    operation = (await api.request("GET", `/v1/operations/${encodeURIComponent(operation.id)}`)) as Operation;
    const waitedFor = operation.steps.find(({ status }) => status === "Started" || status === "NotStarted");
    if (
      !operation.isTerminal &&
      waitedFor &&
      waitedFor.title !== told &&
      performance.now() > from + silentMs
    ) {
      told = waitedFor.title;
      output.line(`Waiting until ${told.replace(/^[A-Z]/, (letter) => letter.toLowerCase())} ...`);
    }
  }
  return operation;
}

function operationFailure(operation: Operation): PlatformError {
  // The runtime tells why in its first line, and what the instance wrote last in the others.
  const [reason = "no reason was given", ...wrote] = (operation.errorDetails ?? "").split("\n");
  const log = wrote.length === 0 ? "" : `; it wrote: ${wrote.join(" / ")}`;
  const code = operation.errorCode as ErrorCode | undefined;
  return new PlatformError(
    code && code in errorTable ? code : "instance-failed",
    `Cannot complete ${operation.operationType} of "${operation.resourceName}": ${reason}${log}`,
  );
}

/** Prints a plan: what changes in words and as records, warnings, and until when old answers live. */
export function printPlan(
  output: Output,
  plan: Pick<Plan, "title" | "changes" | "records" | "warnings" | "evidence" | "oldAnswersUntil">,
): void {
  output.line(plan.title);
  const signs = { create: "+", update: "~", delete: "-" } as const;
  for (const change of plan.changes) output.line(`  ${signs[change.effect]} ${change.text}`);
  printRecords(output, plan.records);
  for (const line of plan.evidence ?? []) output.line(`  = ${line}`);
  for (const warning of plan.warnings) output.line(`  ! ${warning}`);
  if (plan.oldAnswersUntil !== undefined) output.line(`  ${oldAnswers(plan.records, plan.oldAnswersUntil)}`);
}

function oldAnswers(records: Plan["records"], until: string): string {
  const seconds = Math.ceil((Date.parse(until) - Date.now()) / 1000);
  const span = `${seconds > 0 ? `for ${formatSeconds(seconds)} ` : ""}(until ${formatTime(until)} UTC)`;
  return records.every(({ removed, moreRemoved }) => removed.length + moreRemoved === 0)
    ? `Resolvers that were asked before may go on without these ${span}`
    : `Resolvers may give the old answers ${span}`;
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
