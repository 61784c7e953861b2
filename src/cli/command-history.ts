// Commands for what was changed: history, show, undo; and for operations.

import type { Change, Operation } from "#contract";
import { PlatformError } from "#contract/plain";
import type { Command } from "./command.ts";
import { formatTime } from "./format-time.ts";
import { isForGood, printRecords, write, writeArguments } from "./write-command.ts";

export const history: Command = {
  description: "List the changes, the newest first",
  args: {
    change: { type: "positional", required: false, description: "show this change whole, by number or id" },
  },
  examples: ["fairlead history", "fairlead history 12"],
  async run(values, context) {
    if (typeof values["change"] === "string") {
      const change = (await context
        .api()
        .request("GET", `/v1/changes/${encodeURIComponent(values["change"])}`)) as Change;
      context.output.data(change);
      context.output.line(`${change.title} (${formatTime(change.at)} UTC, by ${change.actor})`);
      for (const line of change.changes) context.output.line(`  ${line.text}`);
      printRecords(context.output, change.records);
      return;
    }
    const { changes } = (await context.api().request("GET", "/v1/changes")) as { changes: Change[] };
    context.output.data(changes);
    context.output.table(
      ["CHANGE", "WHEN (UTC)", "BY", "WHAT", "TAKEN BACK"],
      changes.map((change) => [
        String(change.revision),
        formatTime(change.at),
        change.actor,
        change.title,
        change.undoneBy ? "yes" : "",
      ]),
    );
  },
};

export const undo: Command = {
  description: "Take a change back: a new plan against today's state; what came later shows as a conflict",
  args: {
    change: {
      type: "positional",
      required: false,
      description: "the change, by the number that `history` shows (the newest that is not undone)",
    },
    ...writeArguments,
  },
  examples: ["fairlead undo --plan", "fairlead undo", "fairlead undo 12"],
  async run(values, context) {
    let id = values["change"];
    if (typeof id !== "string") {
      const { changes } = (await context.api().request("GET", "/v1/changes")) as { changes: Change[] };
      id = changes.find((change) => !change.undoneBy && !change.undoes && !isForGood(change))?.id;
    }
    if (id === undefined) {
      throw new PlatformError("change-not-found", "Cannot undo: there is no change that was not taken back");
    }
    await write(context, values, "POST", `/v1/changes/${encodeURIComponent(id)}/undo`, {});
  },
};

export const operation: Command = {
  description: "Show how far an operation has come",
  args: { id: { type: "positional", description: "the operation" } },
  examples: ["fairlead operation 01890a5d-ac96-774b-bcce-b302099a8057"],
  async run(values, context) {
    const found = (await context
      .api()
      .request("GET", `/v1/operations/${encodeURIComponent(String(values["id"]))}`)) as Operation;
    context.output.data(found);
    context.output.line(`${found.operationType} ${found.resourceName}: ${found.status}`);
    for (const step of found.steps)
      context.output.line(
        `  ${step.status.padEnd(10)} ${step.title}${step.detail ? `: ${step.detail}` : ""}`,
      );
    if (found.errorDetails) context.output.line(`  ${found.errorDetails}`);
  },
};
